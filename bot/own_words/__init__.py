"""What the brand itself said: its live posts, replies that people signed off, and texts from before Signoff.

Three uses, each one call, none of which ever holds up a draft:

- ``examples(app, brand, brief, account)``: the own posts near a brief that did best, to show a large model how the
  brand sounds. Called by ``bot.writing`` before a model writes; an empty list where there is no corpus.
- ``remarks(app, brand, account, texts, language)``: how near a text is to the brand's voice, and which own post it
  nearly repeats. Called where drafts are made, and kept in a draft's evidence, which the card shows.
- ``voice(app, text, language)``: the same in full, for `signoff voice`.

The database is what is true; the memory's collections ``posts`` and ``replies`` follow it when they are used
(``refresh``), so that a deleted post is forgotten and one that went live in another process is known.
"""

from bot.own_words.corpus import Close, closest, examples, refresh, said_in, texts
from bot.own_words.history import Problem, Report, remember
from bot.own_words.sound import Sound, profile, remarks, voice

__all__ = [
    "Close", "Problem", "Report", "Sound", "closest", "examples", "profile", "refresh", "remarks",
    "remember", "said_in", "texts", "voice",
]  # fmt: skip
