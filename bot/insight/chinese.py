"""Chinese words by jieba, with a dictionary of its own.

jieba as it comes logs to standard error, and keeps its dictionary in the temp folder under a name that anybody on the
machine may have written first. So the dictionary is read from the package itself, once a process (0.7 s).
"""

from __future__ import annotations

import math
import re
import warnings
from copy import copy
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

_reading = Lock()
#: jieba takes the square of the time for a run of characters that are no words: nothing is handed over in one piece.
_PIECE = re.compile(r"[^。！？!?\n]{1,300}[。！？!?\n]*|[。！？!?\n]+")


def cut(text: str) -> list[str]:
    """Return all tokens of a text in order, punctuation and spaces too."""
    tokenizer = _tokenizer()
    return [word for piece in _PIECE.findall(text) for word in tokenizer.lcut(piece)]


def zipf(word: str) -> float:
    """Return how common a word is: the logarithm of its count in a billion words, 0 where the dictionary lacks it.

    的 has 6.7, 茶 5.2, 品鉴 1.8.
    """
    tokenizer = _tokenizer()
    count = tokenizer.FREQ.get(word, 0)
    return math.log10(count * 1e9 / tokenizer.total) if count else 0.0


@lru_cache(maxsize=2**14)
def ease(word: str) -> float:
    """Return how familiar a word is, as ``zipf``; one that the dictionary lacks is as familiar as its rarest character
    less 1.5, because common characters are read even in an unknown word."""
    han = [zipf(c) for c in word if "\u3400" <= c <= "\u9fff"]
    return max(zipf(word), min(han) - 1.5 if len(han) > 1 else 0.0)


def weights(text: str, most: int) -> list[tuple[str, float]]:
    """Return the words that tell a text from others, by jieba's TF-IDF, heaviest first."""
    found: list[tuple[str, float]] = _tfidf().extract_tags(text, topK=most, withWeight=True)
    return found


def _tokenizer() -> Any:
    with _reading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Any:
    jieba = _import()
    tokenizer = jieba.Tokenizer()
    with Path(jieba.__file__).with_name("dict.txt").open("rb") as file:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(file)
    tokenizer.initialized = True
    return tokenizer


class _Cutter:
    """What jieba's TF-IDF asks for words."""

    def cut(self, text: str) -> list[str]:
        return cut(text)


@lru_cache(maxsize=1)
def _tfidf() -> Any:
    _tokenizer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba.analyse

    # A copy of the one that its import makes: each one reads its table of 270,000 words again.
    extractor: Any = copy(jieba.analyse.default_tfidf)
    extractor.tokenizer = _Cutter()
    return extractor


def _import() -> Any:
    # Its patterns have escapes that newer Pythons warn of, and its import takes over a logger.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import logging

        import jieba

    logger = logging.getLogger("jieba")
    logger.setLevel(logging.WARNING)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    return jieba
