"""Train the classifiers that come with Signoff, and write them beside the code: bot/insight/weights.

``python -m tests.bench.train_sentiment`` fits on ``data/sentiment/train.*.tsv``: mood, what the writer wants, text; all
written for this. A temperature above that of cross-validation makes up for texts from elsewhere being harder than a
fifth of these left out; ``--temperature`` sets it.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from bot.domain.comment import MOODS, Intent
from bot.insight.features import features, shipped_embedder
from bot.insight.linear import WEIGHTS
from bot.insight.training import fit

DATA = Path(__file__).parent / "data" / "sentiment"
_MOOD = {"-": "negative", "0": "neutral", "+": "positive"}


def rows(which: str) -> list[tuple[str, str, str, str]]:
    """Return language, mood, intent and text of each line of a file in both languages."""
    found = []
    for language in ("en", "zh"):
        for line in (DATA / f"{which}.{language}.tsv").read_text(encoding="utf-8").splitlines():
            mood, intent, text = line.split("\t")
            found.append((language, _MOOD[mood], intent, text))
    return found


def main() -> int:
    """Fit both, print what cross-validation says, and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--temperature", type=float, default=1.35, help="for the mood; times that of the fit")
    wanted = parser.parse_args()
    data, embedder = rows("train"), shipped_embedder()
    x = features([r[3] for r in data], [r[0] for r in data], embedder)
    about = {"trained_on": "data/sentiment/train.*.tsv", "texts": len(data)}
    WEIGHTS.mkdir(exist_ok=True)
    for name, place, classes in (("sentiment", 1, MOODS), ("intent", 2, [i.value for i in Intent])):
        model, held = fit(x, [r[place] for r in data], classes, embedder=embedder.name, card={"name": name, **about})
        if name == "sentiment":
            model = dataclasses.replace(model, temperature=round(model.temperature * wanted.temperature, 3))
        file = WEIGHTS / f"{name}.npz"
        file.write_bytes(model.to_bytes())
        print(f"{name}: {held.macro_f1=} {held.accuracy=} {held.ece=} {model.temperature=} {file.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
