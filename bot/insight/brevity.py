"""Comments that say too little by themselves: "this!", "真的吗", a row of emoji. What they mean stands above them."""

from __future__ import annotations

import re

from bot.insight import feeling
from bot.insight import text as texts

#: Most Latin words, or Han characters, of a comment that may lean on what was said before it.
WORDS, HAN = 4, 6
#: How strongly words may feel, from 0 to 1, before they speak for themselves: "love it!" does.
PLAIN = 0.3
_THANKS = re.compile(r"\b(?:thanks?|thx|ty)\b|谢|感恩|辛苦", re.I)


def leans(text: str) -> bool:
    """Say whether a comment can hardly be read without what it answers.

    Emoji are left out when its feeling is weighed: under a complaint, a thumb up agrees with it.
    """
    words = texts.prose(text)
    if _THANKS.search(words) or texts.han(words) > HAN or len(words.split()) > WORDS or len(words) > 10 * WORDS:
        return False
    return not any(c.isalnum() for c in words) or abs(feeling.mood(words).score) < PLAIN
