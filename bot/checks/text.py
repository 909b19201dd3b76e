"""Text as a reader perceives it: for finding words that are written to be missed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

#: Letters of other scripts that look like Latin ones; enough to see through a disguised word.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһвкмнтАВЕКМНОРСТХІЈЅαορνιοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhBKMHTABEKMHOPCTXIJSaopvioABEZHIKMNOPTYX",
)


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

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the folded text back to the text as written."""
        return self.origin[start], self.origin[end - 1] + 1


def fold(text: str) -> Folded:
    """Fold case, width, compatibility forms, accents on look-alikes and invisible characters away."""
    letters: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        if invisible(char):
            continue
        for piece in unicodedata.normalize("NFKC", char).translate(_LOOKALIKES).casefold():
            letters.append(piece)
            origin.append(index)
    return Folded("".join(letters), tuple(origin))


_JOINERS = "\u200d\ufe0e\ufe0f"


def hidden(text: str, at: int) -> bool:
    """Say whether the character at ``at`` is invisible and not part of an emoji."""
    char = text[at]
    return invisible(char) and not (char in _JOINERS and at > 0 and ord(text[at - 1]) > 0x2000)


def visible(text: str) -> str:
    """Return ``text`` with every hidden character written out, as in ``price⟨U+200B⟩less``."""
    return "".join(f"⟨U+{ord(c):04X}⟩" if hidden(text, n) else c for n, c in enumerate(text))
