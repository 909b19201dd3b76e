"""How well a comment's mood and intent are told, beside VADER, SnowNLP and a list of 25 words; and how fast.

On ``data/sentiment/unseen.*.tsv``: texts that were written after the training texts, by the same hand, and trained
nothing. Expect less on texts from elsewhere: ``--data FILE`` (JSON lines: ``text``, ``label``, ``lang``) measures on
yours. ``--model`` has the connected model read what is unsure, as in daily work. Emotions are told on
``data/sentiment/emotion.*.tsv``, 60 texts a language that trained nothing, over eight of them and none; or on the
``emotion`` of each line of ``--data``, over those that stand there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bot.domain.comment import EMOTIONS, MOODS, Intent  # noqa: E402
from bot.insight import mood, triage  # noqa: E402
from bot.insight.training import report  # noqa: E402
from tests.bench.train_sentiment import DATA, rows  # noqa: E402

GOALS = {"en": 0.55, "zh": 0.60}
_GOOD = "good great love thanks best happy nice amazing perfect 好 爱 谢谢 开心 棒 喜欢 美".split()
_BAD = "bad worst hate delay broken sad 差 坏 气 难过".split()


def f1(said: Sequence[str], found: Sequence[str], classes: Sequence[str] = MOODS) -> float:
    """Return macro-F1."""
    chances = np.array([[float(c == x) for c in classes] for x in found], dtype="float32")
    return report(said, chances, classes).macro_f1


def words(text: str) -> str:
    """Judge by twenty-five words, as a first script would."""
    low = text.lower()
    n = sum(w in low for w in _GOOD) - sum(w in low for w in _BAD)
    return MOODS[1 + (n > 0) - (n < 0)]


def snownlp() -> Callable[[str], str]:
    """Return SnowNLP's mood; it knows two classes, so the middle third of its scale is taken for neutral."""
    from snownlp import SnowNLP

    def judge(text: str) -> str:
        score = SnowNLP(text).sentiments
        return MOODS[0 if score < 1 / 3 else 2 if score > 2 / 3 else 1]

    return judge


def given(file: Path | None) -> list[tuple[str, str, str, str]]:
    """Return language, mood, intent and text of what is measured on."""
    if file is None:
        return rows("unseen")
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [(r.get("lang", "en")[:2], r["label"], r.get("intent", ""), r["text"]) for r in found]


#: What other sets call them; anything else that is no emotion here is none.
_CALLED = {"happy": "joy", "happiness": "joy", "like": "joy", "angry": "anger", "sad": "sadness"}


def felt(file: Path | None) -> list[tuple[str, str, str]]:
    """Return language, emotion (empty for none) and text of what emotions are told on."""
    if file is not None:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
        named = [(r.get("lang", "en")[:2], _CALLED.get(r["emotion"], r["emotion"]), r["text"]) for r in lines
                 if "emotion" in r]  # fmt: skip
        return [(language, name if name in EMOTIONS else "", text) for language, name, text in named]
    found = []
    for language in GOALS:
        for line in (DATA / f"emotion.{language}.tsv").read_text(encoding="utf-8").splitlines():
            name, text = line.split("\t")
            found.append((language, "" if name == "-" else name, text))
    return found


def emotions(file: Path | None) -> str:
    """Return the part of the closing line that says how well emotions are told."""
    data, line = felt(file), ""
    for language in GOALS:
        mine = [(name, text) for tongue, name, text in data if tongue == language]
        if not mine:
            continue
        read = [one.triage.emotion for one in triage.read([text for _, text in mine])]
        said = [name for name, _ in mine]
        classes = [name for name in ("", *EMOTIONS) if name in said]
        # What is no class of this set is wrong wherever it is said.
        told = f1(said, [name if name in classes else "?" for name in read], [*classes, "?"])
        line += f" emotion_{language}={told:.3f}"
    return line


def main() -> int:
    """Measure, print a line a language and the closing line; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", action="store_true")
    wanted = parser.parse_args()
    data = given(wanted.data)
    texts = [r[3] for r in data]
    triage.read(texts[:8])  # loads the encoder
    began = time.process_time()
    found = [one.triage for one in triage.read(texts)]
    speed = len(texts) / (time.process_time() - began)
    if wanted.model:
        from bot.app import App
        from bot.settings import load
        from bot.writing.triage import of_app

        with tempfile.TemporaryDirectory() as home, App(load(home=Path(home))) as app:
            cascade = of_app(app)
            found = cascade(texts)
            print(f"the model read {cascade.counts.asked} of {len(texts)} {cascade.counts.trouble}")
    line, missed = "sentiment:", False
    for language, goal in GOALS.items():
        mine = [n for n, r in enumerate(data) if r[0] == language]
        if not mine:
            continue
        said = [data[n][1] for n in mine]
        own = f1(said, [found[n].sentiment for n in mine])
        other = snownlp() if language == "zh" else lambda text: mood(text, "en").label
        theirs = f1(said, [other(texts[n]) for n in mine])
        listed = f1(said, [words(texts[n]) for n in mine])
        missed = missed or own < goal or own <= theirs
        name = "snownlp" if language == "zh" else "vader"
        line += f" f1_{language}={own:.3f} {name}_{language}={theirs:.3f} words25_{language}={listed:.3f}"
        if any(data[n][2] for n in mine):
            wants = f1([data[n][2] for n in mine], [found[n].intent.value for n in mine], [i.value for i in Intent])
            line += f" intent_{language}={wants:.3f}"
    line += emotions(wanted.data)
    print(f"{line} texts_per_s={speed:.0f} texts={len(texts)} cores={os.cpu_count()}")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
