"""A text taken apart: language, words, sentences, and the marks of social media. Pure functions; spans are half-open
and count code points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.insight.sentence import cut

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[\x21-\x7e]*)?(?![\w.-])",
    re.I,
)
#: ``#tag``, or ``#tag#`` as Weibo writes it.
_TAG = re.compile(r"(?<![\w&/])[#＃]([\w]+(?:[·-]\w+)*)([#＃]?)")
_MENTION = re.compile(r"(?<![\w/])[@＠]([\w.-]*\w)")
_PICTURE = (
    "\U0001f000-\U0001f02f\U0001f0a0-\U0001f0ff\U0001f100-\U0001f1ff\U0001f200-\U0001f2ff\U0001f300-\U0001faff"
    "\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
)
#: One picture with all that joins to it: skin tone, variation, a family, a flag, a keycap.
_EMOJI = re.compile(
    rf"[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}"
    rf"|[{_PICTURE}][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
    rf"(?:\u200d[{_PICTURE}][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)
_EMOJI_RUN = re.compile(rf"(?:{_EMOJI.pattern})(?:[ \t]*(?:{_EMOJI.pattern}))*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class Mark:
    """Something found in a text, with its place."""

    text: str
    span: tuple[int, int]
    #: How many there are in it, for a run.
    count: int = 1


def is_chinese(text: str, language: str = "") -> bool:
    """Say whether a text is to be read as Chinese: by its letters, ``language`` tips the scale."""
    said = language.lower().startswith("zh")
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if han == latin == 0:
        return said
    # A Chinese sentence of ten characters says as much as thirty letters do; names in Latin letters may make up more.
    return han * (8 if said else 3) >= latin


def prose(text: str) -> str:
    """Return what is left to read when links, mentions, emoji and hashtags behind the text are taken out."""
    text = _EMOJI.sub(" ", _MENTION.sub(" ", _LINK.sub(" ", text)))
    # Not by one pattern: on a long run of spaces that would look from each of them to the end.
    end = len(text)
    for tag in reversed(list(_TAG.finditer(text))):
        if text[tag.end() : end].strip():
            break
        end = tag.start()
    text = text[:end]
    text = _TAG.sub(lambda tag: f" {_apart(tag[1])} ", text)
    return re.sub(r"[ \t]+", " ", text).strip()


def _apart(tag: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", tag)


def sentences(text: str) -> list[str]:
    """Return the sentences; a line's end is one too, an abbreviation's or a number's point is not."""
    return [s.strip() for s in cut(text) if re.search(r"\w", s)]


def words(text: str, language: str = "") -> list[str]:
    """Return the words and numbers in order: Chinese by jieba, the rest by its letters. Punctuation is left out."""
    if not is_chinese(text, language):
        return _WORD.findall(text)
    from bot.insight.chinese import cut

    return [w for w in cut(text) if re.search(r"\w", w)]


def length(text: str) -> int:
    """Count what a reader sees as length: each Han character and each word of other scripts is one."""
    return len(_HAN.findall(text)) + len(_WORD.findall(_HAN.sub(" ", text)))


def han(text: str) -> int:
    """Count the Han characters."""
    return len(_HAN.findall(text))


def hashtags(text: str) -> list[Mark]:
    """Return the hashtags, ``text`` without its sign."""
    return [Mark(m[1], m.span()) for m in _TAG.finditer(_blank(text)) if not m[1].isdigit()]


def mentions(text: str) -> list[Mark]:
    """Return the handles that are mentioned, without their sign."""
    return [Mark(m[1], m.span()) for m in _MENTION.finditer(text)]


def links(text: str) -> list[Mark]:
    """Return web addresses and bare host names."""
    return [Mark(m[0], m.span()) for m in _LINK.finditer(text)]


def _blank(text: str) -> str:
    """Blank out addresses, whose # begins no hashtag, keeping every place."""
    return _LINK.sub(lambda m: " " * len(m[0]), text)


def emoji(text: str) -> list[Mark]:
    """Return each emoji, whatever it is joined of."""
    return [Mark(m[0], m.span()) for m in _EMOJI.finditer(text)]


def emoji_runs(text: str, least: int = 3) -> list[Mark]:
    """Return runs of at least ``least`` emoji in a row; screen readers read out each one's name."""
    runs = [Mark(m[0], m.span(), len(_EMOJI.findall(m[0]))) for m in _EMOJI_RUN.finditer(text)]
    return [run for run in runs if run.count >= least]


def emoji_within(text: str) -> list[Mark]:
    """Return emoji that stand in the middle of a sentence, where a screen reader stumbles over them."""
    found = []
    for mark in emoji(text):
        before, after = text[: mark.span[0]].rstrip(" "), text[mark.span[1] :].lstrip(" ")
        if before[-1:].isalnum() and after[:1].isalnum():
            found.append(mark)
    return found


def run_together(text: str) -> list[Mark]:
    """Return hashtags of several words that are written small: ``#wearethechampions`` instead of capitals between."""
    return [t for t in hashtags(text) if t.text.isascii() and t.text.islower() and len(_pieces(t.text)) > 1]


def camel_case(tag: str) -> str:
    """Write a hashtag of several words with capitals: ``autumnoolong`` becomes ``AutumnOolong``."""
    return "".join(piece[:1].upper() + piece[1:] for piece in _pieces(tag))


def _pieces(tag: str) -> list[str]:
    if not re.fullmatch(r"[a-z]{6,40}", tag):
        return [tag]
    from bot.insight.english import split_words

    return split_words(tag)


def capitals(text: str) -> list[Mark]:
    """Return words of four and more letters in capitals; shorter ones are mostly abbreviations."""
    return [Mark(m[0], m.span()) for m in re.finditer(r"\b[A-Z]{4,}\b", _blank(text))]


def exclamations(text: str) -> int:
    """Count exclamation marks, of either width."""
    return len(re.findall(r"[!！‼❗]", text))
