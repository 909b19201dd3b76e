"""Which language a short text is in: by its script first, by its commonest small words for Latin letters.

Comments are too short for a large detector to be sure; what cannot be told is ``und``.
"""

from __future__ import annotations

import re

from bot.insight import text as texts

#: Small words of each language that the others hardly have.
_SMALL = {
    "en": "the and you is are was my it this that of for not with have your to i'm don't can do on what how we they be",
    "de": "der die das und ich nicht ist ein eine mit auf für sie wir haben sehr bei auch von zu den aber",
    "fr": "le la les des est et je vous pas une pour dans nous avec sur mon c'est très que qui du",
    "es": "el los las y es no que por una para con muy mi gracias está pero como lo su del",
    "pt": "o os não é que uma para com muito meu obrigado está mas como você eu do da em",
    "it": "il gli che non è una per con molto mio grazie sono ma come questo della ho di",
    "nl": "de het een en niet ik is van voor met jullie maar zijn wij heel bij naar",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
)
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def tell(text: str) -> str:
    """Return the language of a text as a BCP 47 tag; ``und`` where no letter tells it."""
    plain = texts.prose(text)
    letters = sum(c.isalpha() for c in plain)
    if not letters:
        return "und"
    for language, script in _SCRIPTS:
        # A brand's name in another script makes no language; a few kana among Chinese characters are one.
        if len(script.findall(plain)) > letters * (0.08 if language == "ja" else 0.4):
            return language
    if texts.is_chinese(plain):
        return "zh"
    words = [w.lower().replace("’", "'") for w in _LETTERS.findall(plain)]
    counts = {language: sum(w in small for w in words) for language, small in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    # English leads the table, so it also wins where nothing or an equal count tells.
    return best if counts[best] > counts["en"] else "en"
