"""Words as the lexical half of a search sees them: English by stem, Chinese by overlapping pairs of characters.

Pairs need no segmenter and no dictionary, and know words that no dictionary has.
"""

from __future__ import annotations

import re

#: A Latin word or number, one with joints in it (an id, a file, a host, ``24-7``), or a run of Han.
_TOKEN = re.compile(r"[a-z0-9À-ɏ]+(?:[-_./'’:][a-z0-9À-ɏ]+)*|[\u3400-\u9fff]+", re.IGNORECASE)
_JOINT = re.compile(r"[-_./:]")
#: A file or a host, not a number with a point.
_PLACE = re.compile(r"/|[a-z]\.[a-z]")
_QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”|「([^」]+)」|『([^』]+)』|《([^》]+)》|`([^`]+)`')
#: What follows the word rule: perhaps a rule's id.
_NAMED = re.compile(r"(?:\brules?|规则|規則)\s*[:：#]?\s*[\"“「『`]?([a-z0-9][\w.-]*)", re.IGNORECASE)
_MARKED = re.compile(r"[#@]([\w-]+)")

#: Words that say only that something is asked, or nothing at all.
_SAYS_NOTHING = frozenset(
    """a an the and or of to in on at for by with from is are was were be been being do does did can could may might
    must should shall will would we our us you your they them their he she it its this that these those i me my not no
    nor if when what which who whom where why how there here as than then so but about into out up any some someone
    somebody anyone have has had let say says said want wants one also too very need allowed okay ok fine""".split()
)
_ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "e")


def is_han(token: str) -> bool:
    """Say whether a token begins with a Han character."""
    return "\u3400" <= token[:1] <= "\u9fff"


def stem(word: str) -> str:
    """Return an English word, in lower case, without its commonest ending."""
    word = word.removesuffix("'s").removesuffix("’s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def stems(text: str) -> list[str]:
    """Return the stems of the Latin words of ``text``, in order, words with joints taken apart."""
    return [stem(part) for word in _TOKEN.findall(text.lower()) if not is_han(word) for part in _JOINT.split(word)]


def tokens(text: str) -> list[str]:
    """Return what ``text`` is indexed under: stems, pairs of Han, and words with joints also whole."""
    found: list[str] = []
    for word in _TOKEN.findall(text.lower()):
        if is_han(word):
            found += [word[n : n + 2] for n in range(len(word) - 1)] or [word]
            continue
        parts = _JOINT.split(word)
        found += [stem(part) for part in parts if part not in _SAYS_NOTHING]
        if len(parts) > 1:
            found.append(word)
    return found


def quoted(query: str) -> set[str]:
    """Return the quotations in ``query``, in lower case, single letters left out."""
    found = {"".join(groups).strip().lower() for groups in _QUOTED.findall(query)}
    return {quotation for quotation in found if len(quotation) > 1}


def named(query: str) -> set[str]:
    """Return what may be a rule's id in ``query``, in lower case: words with joints, and what follows the word rule."""
    words = {word for word in _TOKEN.findall(query.lower()) if _JOINT.search(word)}
    return words | {word.lower().rstrip(".") for word in _NAMED.findall(query)}


def literal(query: str) -> set[str]:
    """Return the tokens of ``query`` that are meant to the letter: quoted words, #tags, @names, files and hosts."""
    found: set[str] = {word for word in _TOKEN.findall(query.lower()) if _PLACE.search(word)}
    for groups in _QUOTED.findall(query):
        found.update(tokens("".join(groups)))
    for tag in _MARKED.findall(query):
        found.update(tokens(tag))
    return found - _SAYS_NOTHING


def mentioned(query: str) -> set[str]:
    """Return what is likely to the letter: numbers, words with joints, Latin names in a Chinese sentence."""
    chinese = any(is_han(c) for c in query)
    words = {word for word in _TOKEN.findall(query.lower()) if not is_han(word)}
    jointed = {word for word in words if _JOINT.search(word)}
    plain = {stem(w) for w in words - jointed if chinese or any(c.isdigit() for c in w)}
    return (jointed | plain) - literal(query) - _SAYS_NOTHING
