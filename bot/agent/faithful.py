"""Whether a post is faithful to its brief in words: names, instructions, questions, and what nobody told.

``facts.py`` does the same for numbers, dates and links. Code sees only the surface; it is there for what small models
do again and again, and a person reads every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from bot.agent import facts, places
from bot.domain.brand import Rule
from bot.insight.sentence import cut

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
#: A sentence of a brief that leaves the answer to the writer.
_ASKS = re.compile(
    r"\b(?:say|tell|explain|describe|mention|remind|show|write|add)\b.*\b(?:where|what|how|when|why|who|which)\b"
    r"|说说|说明|讲讲|介绍|解释|提醒|告诉|教|怎么|如何|哪里|几点|什么|多少",
    re.IGNORECASE,
)
_DIRECTIVES = (
    "announce|invite|say|tell|explain|describe|mention|remind|introduce|promote|write|inform|advertise|state|include"
)
_ORDER = re.compile(
    rf"(?:^|[.!?:,]\s+|\band\s+)(?:{_DIRECTIVES})\s+(?:our|the|that|where|what|how|when|why|people|everyone|customers|them)\b",
    re.I,
)
_INVITE = re.compile(r"(\s+and\s+|,\s*)?\binvite\s+(?:people|everyone|everybody|readers|customers|them)\s+to\b", re.I)
_DIRECTIVE = re.compile(
    rf"^(?:please\s+)?(?:{_DIRECTIVES})\s+(?:(?:people|everyone|everybody|readers|customers|them)\s+)?(?:that\s+|about\s+|of\s+)?"
    r"|^请?(?:提醒|告诉)(?:大家|读者|顾客)?[,,：:]?|^请?(?:写一[条篇](?:关于)?|介绍一下|介绍|宣布|说说|讲讲|说明)",
    re.I,
)
_ORDER_ZH = re.compile(r"宣布|说说|讲讲|写一[条篇]|介绍一下|说明一下")
_QUESTION = re.compile(
    r"\b(?:where|what|how|when|why|who)\b[^.!?]*\?|(?:哪里|什么|怎么|如何|几点|多少)[^。！？]{0,12}？", re.I
)
#: What small models add because posts often say it; each is a claim that somebody must have made.
_CLAIMS = re.compile(
    r"\b(?:plenty|comfortabl[ey]|cos[iy]ness|co[sz]y|spacious|renowned|famous|award\w*|exclusive\w*|limited|finest|exquisite"
    r"|complimentary|for free|free of charge|discount\w*|special offer|refreshments?|live music|snacks?|pastries"
    r"|organic|hand-?picked|authentic|delicious|rare|experts?|family-friendly"
    r"|quiet|perfect for|eco-friendly|sustainable|stylish|durable|unique|investment|premium)\b"
    r"|免费|舒适|充足|限量|优惠|折扣|独家|正宗|著名|知名|有机|手工采摘|稀有|专家|不容错过|丰富多彩|精美礼品|小吃|点心",
    re.IGNORECASE,
)
_CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mondays tuesdays wednesdays thursdays fridays saturdays sundays "
    "mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec "
    "i i'm i've i'll we we're we'll we've you your our the a an and but so ok am pm celsius fahrenheit vat".split()
)
_STOP = frozenset(
    "about after also because been before being between both could every from give have here into itself just "
    "like little made make more most much only onto other over same shall should some such than that their them then "
    "there these they this those under until upon very want were what when where which while will with would "
    "your yours person people".split()
)


def sentences(text: str) -> list[str]:
    """Cut a text into its sentences."""
    return [s for piece in cut(text) if (s := piece.strip())]


def needed(brief: str, facts_of: Callable[[str], Sequence[tuple[Rule, str]]]) -> list[tuple[str, Rule]]:
    """Return each sentence of the brief that asks for a fact, with the fact nearest to it; each fact once.

    ``facts_of`` gives facts by nearness, each with what it says in all its languages; shared words go before nearness.
    """
    found: list[tuple[str, Rule]] = []
    for sentence in sentences(brief):
        if _ASKS.search(sentence):
            facts_near = facts_of(sentence)
            near = max(facts_near, key=lambda f: len(marks(f[1]) & marks(sentence)), default=None)
            if near is not None and near[0] not in [r for _, r in found]:
                found.append((sentence, near[0]))
    return found


def notes(brief: str, answers: Sequence[tuple[str, Rule]]) -> str:
    """Turn an order into notes to write from: the fact in place of the question, and no “announce” or “invite people”.

    A small model repeats what it reads; what it reads is therefore what the post is to say.
    """
    told = {sentence: rule.text for sentence, rule in answers}
    out = []
    for sentence in sentences(brief):
        if sentence in told and (facts.missing(sentence, told[sentence]) or places.named(sentence)):
            out += [_undirected(sentence), told[sentence]]
        else:
            out.append(told.get(sentence) or _undirected(sentence))
    return " ".join(out)


def _undirected(sentence: str) -> str:
    bare = _INVITE.sub(lambda m: f"{'; ' if m[1] else ''}come to", sentence)
    bare = _DIRECTIVE.sub("", bare)
    return bare[:1].upper() + bare[1:]


def uses(rule: str, text: str, brief: str) -> bool:
    """Say whether a text draws on a rule: words of the rule that are not already in the brief stand in it."""
    theirs = marks(text)
    return len((marks(rule) - marks(brief)) & theirs) >= 2


def untold(rule: str, text: str, brief: str, sentence: str = "") -> str:
    """Say what a text lacks of the fact that a sentence of the brief asked for; empty when it tells it.

    It must have some words of the fact, most of its numbers, and something of each piece that the sentence is about.
    """
    figures = [n for n in facts.numbers(facts.without_links(rule)) if not re.fullmatch(r"(19|20)\d\d", n)]
    lost = facts.missing(" ".join(figures), text)
    asked, there = marks(sentence), marks(text)
    pieces = [own for piece in re.split(r"[,;，；]", rule) if (own := marks(piece)) & asked]
    if not uses(rule, text, brief) or not all(p & there for p in pieces):
        return f"Tell this: {rule}"
    return f"Say {', '.join(lost)}, as in this: {rule}" if len(lost) * 2 > len(figures) else ""


def near(rule: str, *texts: str, shared: int = 1) -> bool:
    """Say whether a rule and one of the texts speak of the same thing, judged by the words they share."""
    mine = {m for m in marks(rule) if not m[0].isdigit()}
    return any(len(mine & marks(text)) >= shared for text in texts)


def marks(text: str) -> set[str]:
    """Return what tells a text from others: the stems of its words, three Han characters in a row, its numbers."""
    bare = facts.without_links(text)
    words = {w.lower()[:5] for w in _WORD.findall(bare) if len(w) > 3 and w.lower() not in _STOP}
    han = {run[i : i + 3] for run in _HAN_RUN.findall(bare) for i in range(len(run) - 2)}
    return words | han | {n for n in facts.numbers(bare) if n not in {"1", "2"}}


def unfaithful(
    brief: str,
    text: str,
    sources: Sequence[str],
    *,
    language: str,
    example: str = "",
    changed: bool = False,
    asks: bool = False,
) -> list[str]:
    """Say, one sentence each, where the words of a post leave its brief.

    ``changed``: it may leave things out; ``asks``: it may ask the reader something.
    """
    known = "\n".join(sources)
    said = []
    if not changed:
        said += [f"Name {name} as the brief does." for name in lost_names(brief, text, language)]
    said += [f"Nobody said {new}: leave it out." for new in unsaid(text, known, language)]
    if _ORDER.search(text) or _ORDER_ZH.search(text):
        said.append("That hands on the instruction: speak to the reader.")
    if not asks and _QUESTION.search(text) and not _QUESTION.search(known):
        said.append("Do not ask what the brief asks: give the answer, from the facts.")
    if example and (leaked := borrowed(example, text, known)):
        said.append(f"“{leaked}” is from the example: leave it out.")
    return said


def lost_names(brief: str, text: str, language: str) -> list[str]:
    """Return the names and cities of the brief that the text does not name."""
    low = text.lower()
    cities = places.named(brief)
    lost = [c for c in cities if c.lower() not in low and places.CITIES[c] not in text]
    if language.startswith("zh"):
        # Of an English brief only cities can be held against a Chinese text.
        names = _names(brief) if _HAN_RUN.search(brief) else []
        names += re.findall(r"[\u4e00-\u9fff](?:师傅|老师|先生|女士|医生)", brief)
    else:
        names = _names(brief)
    return lost + [n for n in names if n not in cities and n.lower() not in low]


def unsaid(text: str, known: str, language: str) -> list[str]:
    """Return the names, cities and praise of the text that stand nowhere in what is known."""
    low = known.lower()
    there = set(places.named(known))
    found = [c if c in text else places.CITIES[c] for c in places.named(text) if c not in there]
    found += [m[0] for m in _CLAIMS.finditer(text) if m[0].lower() not in low]
    if not language.startswith("zh"):
        found += [n for n in _names(text) if n.lower() not in low and n.lower().rstrip("s") not in low]
    return list(dict.fromkeys(found))


def _names(text: str) -> list[str]:
    """Return the words with a capital that do not begin a sentence and are no day or month."""
    found = []
    for sentence in sentences(re.sub(r"[#@]\S+", " ", facts.without_links(text))):
        for word in list(_WORD.finditer(sentence)):
            before = sentence[: word.start()].rstrip(" \"'“‘(-–—*_")
            begins = not before or before[-1] in ":.!?…" or (not before[-1].isascii() and not before[-1].isalpha())
            plain = word[0].removesuffix("'s").removesuffix("’s")
            if not begins and plain[0].isupper() and plain.lower() not in _CALENDAR:
                found.append(plain)
    return list(dict.fromkeys(found))


def borrowed(example: str, text: str, known: str) -> str:
    """Return two telling words, four in a row, or six Han characters, that only the example and the text have."""
    low, there = known.lower(), text.lower()
    words = [m[0].lower() for m in _WORD.finditer(example)]
    grams = [" ".join(words[i : i + 4]) for i in range(len(words) - 3)]
    grams += [run[i : i + 6] for run in _HAN_RUN.findall(example) for i in range(len(run) - 5)]
    flat = {s: " ".join(_WORD.findall(s)) if s.isascii() else s for s in (there, low)}
    alien = [w for w in dict.fromkeys(words) if _tells(w) and w not in low and re.search(rf"\b{w}\b", there)]
    if len(alien) > 1:
        return ", ".join(alien)
    grams = [g for g in grams if not g.isascii() or sum(_tells(w) for w in g.split()) > 1]
    return next((g for g in grams if (g in flat[there] or g in there) and g not in low and g not in flat[low]), "")


def _tells(word: str) -> bool:
    return len(word) > 3 and word not in _STOP and word not in _CALENDAR


def nearly(one: str, other: str) -> bool:
    """Say whether two texts differ in so little that nobody would call it another version."""
    return SequenceMatcher(None, _bare(one), _bare(other), autojunk=False).ratio() > 0.97


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def wants_shorter(feedback: str) -> bool:
    """Say whether a person asks for less."""
    return bool(
        re.search(r"\bshort|\bbrief|\bconcise|\btight|\bless\b|\bcut\b|\btrim|短|简洁|精简|简练|少一点", feedback, re.I)
    )
