"""What texts and numbers say, by measure: pure functions without I/O beyond word lists that come with the code.

Texts: ``text`` takes them apart, ``reading`` tells how hard they are, ``feeling`` how they sound, ``keyword`` what they
are about.
"""

from bot.insight.feeling import Emotions, Mood, emotion, mood
from bot.insight.keyword import Keyword, keywords
from bot.insight.reading import Readability, readability

__all__ = ["Emotions", "Keyword", "Mood", "Readability", "emotion", "keywords", "mood", "readability"]
