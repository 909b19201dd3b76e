"""No password, key or token may ever go out, whoever wrote the text."""

from __future__ import annotations

import re
import unicodedata

from bot.checks.base import Subject
from bot.checks.kit.credentials import credentials
from bot.checks.text import fold
from bot.domain.draft import Finding, Severity
from bot.logs import APP_PASSWORD, TOKEN_SHAPES
from bot.words import say

_HIDDEN = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
#: Two Arabic ligatures stand for whole sentences, of 18 and of 8 letters; no key is hidden in them, so one letter each
#: is read in their place. All other characters stand for six at most.
_SENTENCES = {0xFDFA: "\u0635", 0xFDFB: "\u062c"}


def _shaped(text: str) -> bool:
    return bool(TOKEN_SHAPES.search(text)) or next(credentials(text), None) is not None


def check(subject: Subject) -> list[Finding]:
    """Block known secret values and anything with the shape of a credential, without repeating it."""
    found: dict[int, Finding] = {}
    known = [s for secret in subject.secrets if (s := fold(secret.translate(_SENTENCES)).text)]
    for text in subject.texts:
        said = text.text.translate(_SENTENCES)
        folded = fold(said).text
        written = (said, unicodedata.normalize("NFKC", _HIDDEN.sub("", said)))
        if any(s in folded for s in known) or any(_shaped(t) for t in written):
            found[text.part] = Finding(
                "secrets",
                Severity.BLOCK,
                say("The text holds something that looks like a password or key."),
                part=text.part,
                fix=say("Take it out. If it is real, change that password or key now."),
            )
        elif any(APP_PASSWORD.search(t) for t in (*written, folded)):
            # Four groups of four may as well be a voucher or an address; a person can tell.
            warning = Finding(
                "secrets",
                Severity.WARN,
                say("The text holds something with the shape of an app password."),
                part=text.part,
                fix=say("Take it out if it is one."),
            )
            found.setdefault(text.part, warning)
    return list(found.values())
