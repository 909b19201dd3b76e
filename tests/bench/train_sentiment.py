"""Train the classifiers that come with Signoff, and write them beside the code: bot/insight/weights.

``python -m tests.bench.train_sentiment --tweets FILE`` fits on ``data/sentiment/train.*.tsv``: mood, what the writer
wants, text; all written for this. For the mood the 4,200 tweets that VADER's makers had rated help, a tenth as much
each: ``tweets_GroundTruth.txt`` of ``hutto_ICWSM_2014.tar.gz`` in the source package of vaderSentiment 3.3.2 (MIT); a
mean rating within 0.6 of zero is neutral.

A temperature above that of cross-validation makes up for texts from elsewhere being harder than a fifth of these left
out; ``--temperature`` sets it. What ships was made with 1.2.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from bot.domain.comment import MOODS, Intent
from bot.insight.features import Embedder, features, shipped_embedder
from bot.insight.linear import WEIGHTS
from bot.insight.training import More, fit

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


def rated(file: Path, embedder: Embedder) -> More:
    """Return the tweets with their moods; the third column is the text, the second the mean rating, -4 to 4."""
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    texts = [line[2] for line in lines]
    moods = [MOODS[1 + (float(line[1]) > 0.6) - (float(line[1]) < -0.6)] for line in lines]
    return More(features(texts, ["en"] * len(texts), embedder), moods, 0.1)


def main() -> int:
    """Fit both, print what cross-validation says, and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tweets", type=Path, help="VADER's rated tweets; without them it does a little less well")
    parser.add_argument("--temperature", type=float, default=1.2, help="for the mood; times that of the fit")
    wanted = parser.parse_args()
    data, embedder = rows("train"), shipped_embedder()
    x = features([r[3] for r in data], [r[0] for r in data], embedder)
    about: dict[str, Any] = {"trained_on": "data/sentiment/train.*.tsv", "texts": len(data)}
    WEIGHTS.mkdir(exist_ok=True)
    tweets = rated(wanted.tweets, embedder) if wanted.tweets else None
    for name, place, classes in (("sentiment", 1, MOODS), ("intent", 2, [i.value for i in Intent])):
        more = tweets if name == "sentiment" else None
        if more:
            about["and"] = f"{len(more.labels)} tweets of vaderSentiment (MIT)"
        said = [r[place] for r in data]
        done = fit(x, said, classes, more=more, embedder=embedder.name, card={"name": name, **about})
        # Nobody trains over the texts that these were fitted to: they need no parts.
        model, held = dataclasses.replace(done.model, parts=()), done.report
        if name == "sentiment":
            model = dataclasses.replace(model, temperature=round(model.temperature * wanted.temperature, 3))
        file = WEIGHTS / f"{name}.npz"
        file.write_bytes(model.to_bytes())
        print(f"{name}: {held.macro_f1=} {held.accuracy=} {held.ece=} {model.temperature=} {file.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
