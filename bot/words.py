"""What people read, in their language: English in the code, Simplified Chinese in ``bot/locale``.

``say`` is stdlib gettext. The language is that of the terminal (``LANGUAGE``, ``LC_ALL``, ``LANG``) unless told; where
one process speaks with many people, ``speaking`` sets it for the length of a block, in this thread or task.
"""

from __future__ import annotations

import functools
import gettext
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

FOLDER = Path(__file__).with_name("locale")
_catalogue: gettext.NullTranslations | None = None
#: The language of whoever is spoken with here, where it is not the process's.
_spoken: ContextVar[str] = ContextVar("spoken", default="")


def set_language(code: str | None) -> None:
    """Read in ``code`` (``en``, ``zh``...); None means the terminal's language."""
    global _catalogue
    if code is None:
        names = None
    else:
        names = ["zh_CN"] if code.lower().startswith("zh") else ["en"]
        # The command-line library speaks through gettext's own functions, which know only the environment.
        os.environ["LANGUAGE"] = names[0]  # noqa: TID251 - written, not read
    gettext.bindtextdomain("signoff", FOLDER)
    gettext.textdomain("signoff")
    _catalogue = gettext.translation("signoff", FOLDER, languages=names, fallback=True)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak ``code`` (``en``, ``zh``, a locale such as ``zh-CN``) for the length of the block."""
    token = _spoken.set("zh" if code.lower().startswith("zh") else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


@functools.cache
def _translation(code: str) -> gettext.NullTranslations:
    return gettext.translation("signoff", FOLDER, languages=["zh_CN" if code == "zh" else "en"], fallback=True)


def _current() -> gettext.NullTranslations:
    if spoken := _spoken.get():
        return _translation(spoken)
    if _catalogue is None:
        set_language(None)
    assert _catalogue is not None
    return _catalogue


def language() -> str:
    """Return the language that is read: ``en`` or ``zh``."""
    return "zh" if _current().info().get("language", "").startswith("zh") else "en"


def joined(*sentences: str) -> str:
    """Put sentences one behind the other: Chinese sets no space between them."""
    return ("" if language() == "zh" else " ").join(filter(None, sentences))


#: Names that are only ever filled with a word of our own.
_OURS = ("what", "risk")
#: Sentences that are recognised although they have few words of their own.
_BRIEF = ("the rule {rule}",)
#: What findings begin with where they are not about the text itself (``checks.base``).
_PLACES = ("In an alt text: ", "In a link card: ", "In the content warning: ")


def retold(text: str) -> str:
    """Return a text that was put together in English elsewhere, in the reader's language.

    That is what ``memory`` raises, and what the workflow stores: notices and reasons, read by people of any language.

    A text that no sentence of the catalogue fits stays as it is.
    """
    found = say(text)
    if found != text or language() == "en":
        return found
    for place in _PLACES:
        if text.startswith(place):
            return say(place) + retold(text.removeprefix(place))
    # Whoever reads English has nothing to look up, so the sentences are those of the one other language.
    for pattern, template in _templates():
        if match := pattern.fullmatch(text):
            # What fills a name may be such a sentence itself: why a post waits, within a notice. A single word may be
            # somebody's own, and is left as it is, except where it is always one of ours.
            return say(
                template, **{n: retold(v) if " " in v or n in _OURS else v for n, v in match.groupdict().items()}
            )
    reasons = text.split("; ")
    if len(reasons) > 1 and (told := [retold(reason) for reason in reasons]) != reasons:
        return "；".join(told)
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z`])", text)
    return joined(*map(retold, sentences)) if len(sentences) > 1 else text


@functools.cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences with names in braces, as patterns; those with most words of their own first."""
    texts = [key for key in getattr(_translation("zh"), "_catalog", {}) if isinstance(key, str) and "{" in key]
    made = []
    for text in sorted(texts, key=lambda t: -len(re.sub(r"{[^}]*}", "", t))):
        pieces, seen = re.split(r"{(\w+)[^}]*}", text), set[str]()
        if len("".join(pieces[::2])) < 10 and text not in _BRIEF:
            continue
        pattern = ""
        for n, piece in enumerate(pieces):
            pattern += (
                re.escape(piece)
                if n % 2 == 0
                else f"(?P={piece})"
                if piece in seen
                else f"(?P<{piece}>.{'*' if piece == 'where' else '+'}?)"
            )
            seen.add(piece if n % 2 else "")
        made.append((re.compile(pattern, re.DOTALL), text))
    return made


def say(text: str, /, **values: object) -> str:
    """Return ``text`` in the reader's language, with ``{names}`` filled in."""
    # The empty text is gettext's name for a catalogue's own description.
    found = _current().gettext(text) if text else ""
    return found.format(**values) if values else found
