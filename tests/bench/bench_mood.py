"""How well the mood of a text is told: macro-F1 over negative, neutral and positive on a file of labelled texts.

``python -m tests.bench.bench_mood FILE`` reads JSON lines with ``text``, ``label`` and ``lang``. None comes with
the project: labelled posts are mostly for research only.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from bot.insight import mood

LABELS = ("negative", "neutral", "positive")


def main(file: Path) -> int:
    """Print one line a class and the line of the bench."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    began = time.process_time()
    seen = Counter((row["label"], mood(row["text"], row.get("lang", "")).label) for row in rows)
    seconds = time.process_time() - began
    scores = []
    for label in LABELS:
        right = seen[label, label]
        wrong = sum(n for (is_, said), n in seen.items() if (is_ == label) != (said == label))
        scores.append(2 * right / (2 * right + wrong) if right else 0.0)
        print(f"{label}: f1={scores[-1]:.3f} of={sum(seen[label, said] for said in LABELS)}")
    print(f"mood: texts={len(rows)} macro_f1={sum(scores) / 3:.3f} per_second={len(rows) / seconds:.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
