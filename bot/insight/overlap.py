"""How near suggested texts are to those that people let stand: chrF and BLEU over a whole set, from 0 to 1.

chrF: M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015,
https://aclanthology.org/W15-3049; BLEU: K. Papineni and others, ACL 2002, https://aclanthology.org/P02-1040 (both read
2026-11-22). BLEU is not smoothed: without one run of four words in common it is 0.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]")


def chrf(found: Sequence[str], wanted: Sequence[str], *, order: int = 6, beta: float = 2.0) -> float:
    """Return the F-score of runs of one to ``order`` characters without spaces; recall counts ``beta`` times."""
    total = 0.0
    pairs = [("".join(a.split()), "".join(b.split())) for a, b in zip(found, wanted, strict=True)]
    for n in range(1, order + 1):
        runs = [(_runs(a, n), _runs(b, n)) for a, b in pairs]
        shared = sum((a & b).total() for a, b in runs)
        if shared:
            precision, recall = (shared / sum(pair[k].total() for pair in runs) for k in (0, 1))
            total += (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
    return total / order


def bleu(found: Sequence[str], wanted: Sequence[Sequence[str]], *, order: int = 4) -> float:
    """Return BLEU of texts against one or several others each; Chinese is counted by characters."""
    logs, ours, theirs = 0.0, 0, 0
    texts = [(tokens(text), [tokens(other) for other in others]) for text, others in zip(found, wanted, strict=True)]
    for mine, others in texts:
        ours += len(mine)
        # Of several, the length nearest to it counts; of two as near, the shorter one.
        theirs += min((abs(len(o) - len(mine)), len(o)) for o in others)[1]
    for n in range(1, order + 1):
        hits = sum(clipped(mine, others, n) for mine, others in texts)
        tried = sum(max(0, len(mine) - n + 1) for mine, _ in texts)
        if not hits:
            return 0.0
        logs += math.log(hits / tried) / order
    return math.exp(logs + min(0.0, 1 - theirs / ours))


def clipped(mine: Sequence[str], others: Sequence[Sequence[str]], n: int) -> int:
    """Count runs of ``n`` tokens that one of the others has, each at most as often as there."""
    most: Counter[Sequence[str]] = Counter()
    for other in others:
        most |= _runs(other, n)
    return (_runs(mine, n) & most).total()


def tokens(text: str) -> list[str]:
    """Cut a text into words, Han characters and marks."""
    return _TOKEN.findall(text)


def _runs(said: Sequence[str], n: int) -> Counter[Sequence[str]]:
    whole = said if isinstance(said, str) else tuple(said)
    return Counter(whole[k : k + n] for k in range(len(whole) - n + 1))
