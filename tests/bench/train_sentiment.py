"""Train the classifiers that come with Signoff, and write them beside the code: bot/insight/weights.

``python -m tests.bench.train_sentiment --tweets FILE --tweeteval FOLDER`` fits on ``data/sentiment/train.*.tsv``: mood,
what the writer wants, text; all written for this. For the mood tweets help that people had labelled:

- the 4,200 that VADER's makers had rated, a tenth as much each: ``tweets_GroundTruth.txt`` of
  ``hutto_ICWSM_2014.tar.gz`` in the source package of vaderSentiment 3.3.2 (MIT); a mean rating within 0.6 of zero is
  neutral;
- the 2,000 of the validation part of TweetEval's sentiment, 0.3 as much each (0.6 in the second classifier):
  ``val_text.txt`` and ``val_labels.txt`` of https://github.com/cardiffnlp/tweeteval/tree/main/datasets/sentiment, which
  are those of SemEval-2017 task 4 (CC BY 3.0). Its test part trained nothing.

A temperature above that of cross-validation makes up for texts from elsewhere being harder than a fifth of these left
out; ``--temperature`` sets it. What ships was made with 1.2.
"""

from __future__ import annotations

import argparse
import dataclasses
import html
import re
from pathlib import Path
from typing import Any

from bot.domain.comment import MOODS, Intent
from bot.insight.features import Embedder, features, second_embedder, shipped_embedder
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


def rated(file: Path) -> list[tuple[str, str]]:
    """Return the tweets with their moods; the third column is the text, the second the mean rating, -4 to 4."""
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    return [(line[2], MOODS[1 + (float(line[1]) > 0.6) - (float(line[1]) < -0.6)]) for line in lines]


def tweeteval(folder: Path, part: str = "val") -> list[tuple[str, str]]:
    """Return the tweets of one part with their moods, without the marks of the file they were kept in."""
    texts = (folder / f"{part}_text.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    labels = (folder / f"{part}_labels.txt").read_text(encoding="utf-8").split()
    return [(plain(text), MOODS[int(label)]) for text, label in zip(texts, labels, strict=True)]


def plain(text: str) -> str:
    """Return a tweet as it was written: characters spelled as ``\\u2019`` and entities read, doubled quotes single."""
    spelled = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    return html.unescape(spelled).replace('\\""', '"').replace('""', '"').strip()


def helping(wanted: argparse.Namespace, embedder: Embedder, share: float) -> More | None:
    """Return the tweets that help, those of TweetEval counting ``share`` of a text of our own; None without any."""
    tweets = [(t, m, 0.1) for t, m in rated(wanted.tweets)] if wanted.tweets else []
    tweets += [(t, m, share) for t, m in tweeteval(wanted.tweeteval)] if wanted.tweeteval else []
    if not tweets:
        return None
    texts, moods, weights = zip(*tweets, strict=True)
    return More(features(texts, ["en"] * len(texts), embedder), moods, weights)


def main() -> int:
    """Fit all three, print what cross-validation says, and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tweets", type=Path, help="VADER's rated tweets; without them it does a little less well")
    parser.add_argument("--temperature", type=float, default=1.2, help="for the mood; times that of the fit")
    parser.add_argument("--tweeteval", type=Path, help="TweetEval's datasets/sentiment; without it, less well again")
    wanted = parser.parse_args()
    data, wants = rows("train"), [i.value for i in Intent]
    WEIGHTS.mkdir(exist_ok=True)
    for name, place, classes, embedder, share in (
        ("sentiment", 1, MOODS, shipped_embedder(), 0.3),
        ("sentiment_second", 1, MOODS, second_embedder(), 0.6),
        ("intent", 2, wants, shipped_embedder(), 0.0),
    ):
        about: dict[str, Any] = {"trained_on": "data/sentiment/train.*.tsv", "texts": len(data)}
        x = features([r[3] for r in data], [r[0] for r in data], embedder)
        more = helping(wanted, embedder, share) if share else None
        if more:
            about["and"] = f"{len(more.labels)} tweets of vaderSentiment (MIT) and TweetEval (SemEval-2017, CC BY 3.0)"
        said = [r[place] for r in data]
        done = fit(x, said, classes, more=more, embedder=embedder.name, card={"name": name, **about})
        # Nobody trains over the texts that these were fitted to: they need no parts.
        model, held = dataclasses.replace(done.model, parts=()), done.report
        if place == 1:
            model = dataclasses.replace(model, temperature=round(model.temperature * wanted.temperature, 3))
        file = WEIGHTS / f"{name}.npz"
        file.write_bytes(model.to_bytes())
        print(f"{name}: {held.macro_f1=} {held.accuracy=} {held.ece=} {model.temperature=} {file.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
