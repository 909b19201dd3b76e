"""What people read, in their language: English in the code, Simplified Chinese in ``bot/locale``.

``say`` is stdlib gettext. The language is that of the terminal (``LANGUAGE``, ``LC_ALL``, ``LANG``) unless told.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

FOLDER = Path(__file__).with_name("locale")
_catalogue: gettext.NullTranslations | None = None


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


def language() -> str:
    """Return the language that is read: ``en`` or ``zh``."""
    if _catalogue is None:
        set_language(None)
    assert _catalogue is not None
    return "zh" if _catalogue.info().get("language", "").startswith("zh") else "en"


def say(text: str, /, **values: object) -> str:
    """Return ``text`` in the reader's language, with ``{names}`` filled in."""
    if _catalogue is None:
        set_language(None)
    assert _catalogue is not None
    # The empty text is gettext's name for a catalogue's own description.
    found = _catalogue.gettext(text) if text else ""
    return found.format(**values) if values else found
