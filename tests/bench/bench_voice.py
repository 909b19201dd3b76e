"""Whether a brand's own posts are nearer to its voice than another's, and whether a repeat is told from a new post.

``data/voice`` has two made-up roasters in each language that talk about the same things, post by post, so that the
subject does not tell them apart; if anything it misleads. Each own post is held against all the others of its brand.
Weights and thresholds were chosen on these; the goal is held to ``held-out.*``, two bookshops written afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bot.insight import habits, voice  # noqa: E402
from bot.insight.alike import CLOSE, background, cosine, likeness  # noqa: E402
from memory.base import Embedder  # noqa: E402
from memory.embeddings import ShippedEmbedder  # noqa: E402

DATA = Path(__file__).parent / "data" / "voice"
GOAL = 0.9


def auc(near: Sequence[float], far: Sequence[float]) -> float:
    """Return how often a value of ``near`` is smaller than one of ``far``; a tie counts half."""
    return sum((a < b) + (a == b) / 2 for a in near for b in far) / (len(near) * len(far))


def sample(text: str, embedder: Embedder | None) -> voice.Sample:
    """Return a text with the vectors of its sentences."""
    said = [text[a:b] for a, b in habits.sentences(text)]
    return voice.Sample(text, embedder.embed(said) if embedder else ())


def told_apart(
    brands: dict[str, list[str]], language: str, embedder: Embedder | None
) -> tuple[float, dict[str, float]]:
    """Return the mean AUC over the brands, of the whole and of each distance alone."""
    samples = {name: [sample(t, embedder) for t in texts] for name, texts in brands.items()}
    found: list[float] = []
    parts: dict[str, list[float]] = {}
    for name, own in samples.items():
        fitted = voice.Profile(own, language)
        others = [fitted.measure(s) for other, theirs in samples.items() if other != name for s in theirs]
        # Own posts are measured without themselves: by profiles of all the others.
        mine = [voice.Profile([*own[:n], *own[n + 1 :]], language).measure(s) for n, s in enumerate(own)]
        found.append(auc([v.distance for v in mine], [v.distance for v in others]))
        for part in mine[0].parts:
            parts.setdefault(part, []).append(auc([v.parts[part] for v in mine], [v.parts[part] for v in others]))
    return sum(found) / len(found), {part: sum(x) / len(x) for part, x in parts.items()}


def repeats(data: dict[str, Any], embedder: Embedder) -> tuple[list[float], list[float]]:
    """Return the likeness of each rewrite to its post, and of all pairs of different posts of one brand."""

    def floor(text: str, vector: Sequence[float]) -> float:
        said = embedder.embed(background(text))
        return sum(cosine(vector, v) for v in said) / len(said)

    same, other = [], []
    for name, number, text in data["rewrites"]:
        before = data["brands"][name][number]
        a, b = embedder.embed([before, text])
        same.append(likeness(before, text, cosine(a, b), floor(text, b)))
    for texts in data["brands"].values():
        vectors = embedder.embed(texts)
        floors = [floor(t, v) for t, v in zip(texts, vectors, strict=True)]
        for i, k in combinations(range(len(texts)), 2):
            other.append(likeness(texts[i], texts[k], cosine(vectors[i], vectors[k]), floors[k]))
    return same, other


def main() -> int:
    """Measure, print the closing line, and say by the exit code whether the goal holds."""
    embedder = ShippedEmbedder()
    line, fine = [], True
    for language in ("en", "zh"):
        data, unseen = (
            yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
            for name in (f"{language}.yaml", f"held-out.{language}.yaml")
        )
        for name, brands in (("development", data["brands"]), ("held out", unseen["brands"])):
            whole, parts = told_apart(brands, language, embedder)
            print(f"{language}, {name}: auc {whole:.3f}; " + ", ".join(f"{p} alone {x:.3f}" for p, x in parts.items()))
        same, other = repeats(data, embedder)
        found, wrong = sum(x >= CLOSE for x in same), sum(x >= CLOSE for x in other)
        print(
            f"{language}: repeats found {found} of {len(same)} (least {min(same):.3f}), "
            f"false {wrong} of {len(other)} (most {max(other):.3f})"
        )
        line.append(f"auc_{language}={whole:.3f} repeats_{language}={found / len(same):.2f} false_{language}={wrong}")
        fine &= whole >= GOAL
    print("voice: " + " ".join(line))
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
