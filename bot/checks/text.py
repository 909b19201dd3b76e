"""Text as a reader perceives it: for finding words that are written to be missed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.checks.tables import LOOKALIKES

_LOOKALIKES = str.maketrans({posing: letter for letter, many in LOOKALIKES.items() for posing in many})


def invisible(char: str) -> bool:
    """Say whether a character shows nothing: format, control, private or unassigned, but not a line break.

    Emoji joiners and variation selectors are judged by the caller, who sees their neighbours.
    """
    if char in "\n\t":
        return False
    code = ord(char)
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or char in "\u115f\u1160\u3164\uffa0\u034f":
        return True
    return unicodedata.category(char) in ("Cf", "Cc", "Co", "Cn")


@dataclass(frozen=True)
class Folded:
    """A folded text and, for each of its characters, where it came from."""

    text: str
    origin: tuple[int, ...]
    #: Where the character as written ends, with the accents that were written behind it.
    until: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the folded text back to the text as written."""
        return self.origin[start], self.until[end - 1]


def _loose(char: str) -> bool:
    """Say whether a character is an accent of any script's letters, as in letters struck through or piled high."""
    code = ord(char)
    return (
        0x300 <= code <= 0x36F or 0x1AB0 <= code <= 0x1AFF or 0x1DC0 <= code <= 0x1DFF or 0x20D0 <= code <= 0x20FF
        or 0xFE20 <= code <= 0xFE2F
    )  # fmt: skip


@lru_cache(maxsize=2**16)
def _pieces(char: str) -> str:
    if invisible(char) or _loose(char):
        return ""
    if "\U0001f150" <= char <= "\U0001f189":
        # White letters on black circles and squares, which normalisation leaves as they are.
        return chr(ord("a") + (ord(char) - 0x1F150) % 32) if (ord(char) - 0x1F150) % 32 < 26 else char
    return unicodedata.normalize("NFKC", char).translate(_LOOKALIKES).casefold()


@lru_cache(maxsize=2**16)
def _joins(char: str) -> bool:
    """Say whether a character may become one with the one before it: an accent, or a part of a Korean syllable."""
    return unicodedata.combining(char) != 0 or 0x1161 <= ord(char) <= 0x11FF


def _whole(cluster: str) -> str:
    return "".join(_pieces(c) for c in unicodedata.normalize("NFC", cluster))


def _clean(text: str) -> bool:
    return text.isascii() and text.replace("\n", " ").replace("\t", " ").isprintable()


#: More accents than these on one letter are no letter of any language; the rest are left out.
_MOST_ACCENTS = 16


@lru_cache(maxsize=32)
def fold(text: str) -> Folded:
    """Fold case, width, compatibility forms, look-alikes, loose accents and invisible characters away.

    A letter with its accent is one however it is written: é, or e and an accent behind it.
    """
    if _clean(text):
        return Folded(text.lower(), tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    letters: list[str] = []
    origin: list[int] = []
    until: list[int] = []
    cluster, begin, first = "", 0, 0
    for index, char in enumerate(text):
        pieces = _pieces(char)
        if _joins(char) and letters and not invisible(char):
            if len(cluster) > _MOST_ACCENTS:
                until[-1] = index + 1
                continue
            cluster += char
            whole = _whole(cluster)
            letters[first:], origin[first:] = list(whole), [begin] * len(whole)
            until[first:] = [index + 1] * len(whole)
        elif pieces:
            cluster, begin, first = char, index, len(letters)
            for piece in pieces:
                letters.append(piece)
                origin.append(index)
                until.append(index + 1)
    return Folded("".join(letters), tuple(origin), tuple(until))


class _Plain(dict[int, int]):
    def __missing__(self, code: int) -> int:
        base = unicodedata.normalize("NFD", chr(code))[0]
        self[code] = ord(base) if base.isascii() else code
        return self[code]


_PLAIN = _Plain()


def plain(folded: str) -> str:
    """Take the accents off Latin letters of a folded text; its length stays."""
    return folded if folded.isascii() else folded.translate(_PLAIN)


_JOINERS = "\u200d\ufe0e\ufe0f"
#: England, Scotland and Wales: the flags that are spelt with tags, as in no other emoji.
_FLAG = re.compile(
    "\U0001f3f4(?:\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f)"
)


def hidden(text: str, at: int) -> bool:
    """Say whether the character at ``at`` is invisible and not part of an emoji."""
    char = text[at]
    if not invisible(char):
        return False
    if 0xE0020 <= ord(char) <= 0xE007F:
        start = text.rfind("\U0001f3f4", max(0, at - 6), at)
        flag = _FLAG.match(text, start) if start >= 0 else None
        return flag is None or flag.end() <= at
    before = text[at - 1] if at else ""
    # A joiner joins two signs, and a selector chooses for one: more of them in a row, or at an end, hide there.
    own = text[at - 2 : at - 1] if at > 1 and char == "\u200d" and before in "\ufe0e\ufe0f" else before
    emoji = char in _JOINERS and _sign(own) and (char != "\u200d" or _sign(text[at + 1 : at + 2]))
    keycap = char == "\ufe0f" and before and before in "0123456789#*" and text[at + 1 : at + 2] == "\u20e3"
    return not (emoji or keycap)


def _sign(char: str) -> bool:
    return bool(char) and ord(char) > 0x2000 and not char.isalpha() and not char.isspace() and not invisible(char)


def spelled(text: str) -> list[str]:
    """Return how each character is shown: hidden ones written out, and a bracket that only looks like that, too.

    So two texts that differ are never shown alike, as far as characters that cannot be seen go.
    """
    if _clean(text):
        return list(text)
    return [f"⟨U+{ord(c):04X}⟩" if written_out(text, n) else c for n, c in enumerate(text)]


def written_out(text: str, at: int) -> bool:
    """Say whether the character at ``at`` is shown by its number."""
    return (invisible(text[at]) and hidden(text, at)) or text.startswith("⟨U+", at)


def numbered(text: str) -> str:
    """Return ``text`` with every hidden character as its number in square brackets, as in ``price[U+200B]less``.

    For words about a text: they are made visible again where they are shown, and would be written out twice.
    """
    if _clean(text):
        return text
    return "".join(f"[U+{ord(c):04X}]" if invisible(c) and hidden(text, n) else c for n, c in enumerate(text))


def visible(text: str) -> str:
    """Return ``text`` with every hidden character written out, as in ``price⟨U+200B⟩less``."""
    return text if _clean(text) else "".join(spelled(text))
