"""What a document is held against by code: its schema, its language, and the checks that its kind names.

Each problem is one sentence that a model can mend, and where it stands. ``tools/kit.py`` has the same for posts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from bot.agent import facts, faithful
from bot.agent.kind_schema import Leaf, leaves, length, where
from bot.agent.kinds import Field
from bot.domain.brand import Rule
from bot.insight.sentence import cut
from tools.kit import Problem, cut_off, language_name, untranslated, wrong_language

#: How fast a voice-over is spoken: English words, or Han characters, a second.
WORDS_A_SECOND, HAN_A_SECOND = 2.5, 4.5
#: Length of a short video when nobody says.
SECONDS = 30
#: What a brief says about the size of what is to be written, and not about the brand.
_SIZE = re.compile(
    r"\b(?:\d+|three|four|five|six|seven|eight|nine|ten)[- ]?(?:seconds?|secs?|s|words?|characters?|titles?|headlines?|"
    r"ideas?|scenes?|sections?|parts?|posts?|points?|slides?)\b|[\d一二三四五六七八九十]+\s*(?:秒|字|个标题|条标题|个场景|段|节|条帖子|篇)",
    re.I,
)
_SECONDS = re.compile(r"(\d{1,3})[- ]?(?:seconds?|secs?|s\b|秒)", re.I)


@dataclass(frozen=True)
class Material:
    """What a document may rest on."""

    brief: str
    #: Name of the brand.
    brand: str
    language: str
    #: Rules the model was shown, facts first.
    shown: tuple[Rule, ...] = ()
    #: What the source says, point by point.
    points: tuple[str, ...] = ()
    #: Texts of the prompt's example: nothing of them may come back.
    example: str = ""

    @property
    def known(self) -> tuple[str, ...]:
        return (self.brief, self.brand, *(r.text for r in self.shown), *self.points)

    @property
    def wanted(self) -> str:
        """The brief without what it says of sizes."""
        return _SIZE.sub(" ", self.brief)


def seconds_asked(brief: str) -> int:
    """Return how long a video is to be."""
    found = _SECONDS.search(brief)
    return min(180, max(6, int(found[1]))) if found else SECONDS


def spoken(text: str, language: str) -> float:
    """Return how many seconds a text takes to say."""
    if language.split("-")[0] in {"zh", "ja"}:
        return len(re.findall(r"[\u4e00-\u9fff]|\d|[A-Za-z]+", text)) / HAN_A_SECOND
    return len(text.split()) / WORDS_A_SECOND


def problems(
    fields: Sequence[Field], body: dict[str, Any], checks: Sequence[str], material: Material, *, before: str = ""
) -> list[Problem]:
    """Say what the model should mend; ``before`` is what the document says already."""
    texts = leaves(fields, body)
    found = [*_counts(fields, body), *(p for leaf in texts for p in _leaf(leaf, material))]
    whole = "\n".join(leaf.text for leaf in texts)
    if wrong_language(whole, material.language):
        name = language_name(material.language)
        found.append(Problem(f"All of it must be in {name}: translate it.", 20))
    found += _again(texts, before)
    if "kept" in checks:
        told = f"{before}\n{whole}"
        found += [Problem(f"Say {lost}, as the brief does.", 3) for lost in facts.missing(material.wanted, told)]
        names = faithful.lost_names(material.wanted, told, material.language)
        found += [Problem(f"Name {name} as the brief does.", 2) for name in names]
    if "grounded" in checks:
        found += _ungrounded(texts, material)
    if "distinct" in checks:
        found += _alike(fields, body)
    if "speakable" in checks:
        found += _too_much(texts, material)
    if "asks" in checks and not re.search(r"[?？]", whole):
        found.append(Problem("It must ask the readers one question.", 5))
    return found


def _counts(fields: Sequence[Field], body: dict[str, Any]) -> list[Problem]:
    found = []
    for f in fields:
        value = body.get(f.name)
        if f.type not in ("list", "records"):
            continue
        fewest, most = f.items
        count = len(value or ())
        if not fewest <= count <= most:
            asked = str(fewest) if fewest == most else f"{fewest} to {most}"
            found.append(Problem(f"{f.name}: there must be {asked}, and there are {count}.", 8))
        for record in value or () if f.type == "records" else ():
            found += _counts(f.of, record)
    return found


def _leaf(leaf: Leaf, material: Material) -> list[Problem]:
    here, text, language = where(leaf.path), leaf.text, material.language
    if not text.strip():
        return [Problem(f"{here} is empty.", 10)]
    found = []
    over = length(text, leaf.field.unit) - leaf.field.most(language)
    if over > 0:
        found.append(Problem(f"{here} is {over} characters too long: shorten it.", 5))
    elif leaf.field.prose and (cut_off(text) or text[-1].isdigit()):
        found.append(Problem(f"{here}: the last sentence is not complete; end it, in fewer words.", 4))
    if len(bare := facts.without_links(text).strip()) > 12 and wrong_language(bare, language):
        found.append(Problem(f"{here} must be in {language_name(language)}.", 6))
    elif foreign := [w for w in untranslated(text, language) if w not in " ".join(material.known)]:
        found.append(Problem(f"{here}: say {', '.join(foreign)} in {language_name(language)}.", 2))
    if leaf.field.prose and facts.rambles(text):
        found.append(Problem(f"{here} repeats itself: say each thing once.", 3))
    return found


def _again(texts: Sequence[Leaf], before: str) -> list[Problem]:
    """Find sentences that the document has said already."""
    told, lines = {_bare(s) for s in faithful.sentences(before)}, {_bare(line) for line in before.splitlines()}
    found = []
    for leaf in texts:
        if not leaf.field.prose and len(_bare(leaf.text)) > 3 and _bare(leaf.text) in lines:
            found.append(Problem(f"{where(leaf.path)}: “{leaf.text[:40]}” was said before; say something new.", 3))
        for sentence in faithful.sentences(leaf.text) if leaf.field.prose else ():
            bare = _bare(sentence)
            if _long(bare) and bare in told:
                found.append(Problem(f"{where(leaf.path)}: “{sentence[:40]}” was said before; say something new.", 3))
            told.add(bare)
        if leaf.field.name in ("title", "headline"):
            told |= {_bare(s) for s in faithful.sentences(leaf.text)}
    return found


def _long(bare: str) -> bool:
    """Say whether a sentence, without its marks, is longer than what people say twice on purpose."""
    return len(bare) > (6 if re.search(r"[\u4e00-\u9fff]", bare) else 12)


def unrepeated(text: str, before: str) -> str:
    """Return a text without the sentences that it, or what stands before it, has said; whole where none would be left.

    White space between what stays is kept as it was.
    """
    told, kept = {_bare(s) for s in faithful.sentences(before)}, list[str]()
    for piece in cut(text):
        bare = _bare(piece)
        if not (_long(bare) and bare in told):
            kept.append(piece)
        told.add(bare)
    left = "".join(kept).strip()
    return left if _bare(left) else text


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _ungrounded(texts: Sequence[Leaf], material: Material) -> list[Problem]:
    known, said = "\n".join(material.known), []
    for leaf in texts:
        here = where(leaf.path)
        new = [*facts.invented(leaf.text, material.known)]
        new += [link for link in facts.links(leaf.text) if link.lower() not in known.lower()]
        # Headlines are often written with capitals throughout, so names are looked for in sentences only.
        new += faithful.unsaid(leaf.text, known, material.language) if leaf.field.prose else []
        said += [Problem(f"{here}: nobody said {thing}; leave it out.", 3) for thing in dict.fromkeys(new)]
    whole = "\n".join(leaf.text for leaf in texts)
    if material.example and (leaked := faithful.borrowed(material.example, whole, known)):
        said.append(Problem(f"“{leaked}” is from the example: leave it out.", 4))
    return said


def _alike(fields: Sequence[Field], body: dict[str, Any]) -> list[Problem]:
    found = []
    single = [(f.name, str(body.get(f.name) or "")) for f in fields if f.type == "text"]
    for n, (name, text) in enumerate(single):
        same = next((other for other, words in single[:n] if words and alike(words, text)), None)
        if same is not None:
            found.append(Problem(f"{same} and {name} say the same: make {name} different.", 4))
    for f in fields:
        if f.type not in ("list", "records"):
            continue
        items = [" ".join(map(str, i.values())) if isinstance(i, dict) else i for i in body.get(f.name) or ()]
        for n, one in enumerate(items):
            twin = next((m for m in range(n) if alike(items[m], one)), None)
            if twin is not None:
                found.append(Problem(f"{f.name} {twin + 1} and {n + 1} say the same: make {n + 1} different.", 4))
    return found


def alike(one: str, other: str) -> bool:
    """Say whether two texts of a list are so near that the second adds nothing."""
    a, b = _bare(one), _bare(other)
    return SequenceMatcher(None, a, b, autojunk=False).ratio() > 0.8


def _too_much(texts: Sequence[Leaf], material: Material) -> list[Problem]:
    total = seconds_asked(material.brief)
    needs = sum(spoken(leaf.text, material.language) for leaf in texts if leaf.path.rsplit(".", 1)[-1] == "voice")
    if needs <= total:
        return []
    chinese = material.language.startswith("zh")
    room = int(total * HAN_A_SECOND) if chinese else int(total * WORDS_A_SECOND)
    unit = "characters" if chinese else "words"
    return [Problem(f"The voice-over takes {needs:.0f} seconds and there are {total}: use {room} {unit} in all.", 5)]
