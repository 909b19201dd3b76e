"""Fit a linear classifier on labelled texts: cross-validation, calibration, a report, and what makes one better.

Needs scikit-learn; what is fitted does not. Single-threaded, seconds for a few thousand texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import BadInput
from bot.insight.linear import Linear, beside, softmax
from bot.words import say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDS = 5
#: Penalties that are tried; the best in cross-validation is taken.
PENALTIES = (0.03, 0.1, 0.3)
#: Fewest labels of a class, and in all, below which nothing is fitted.
LEAST_OF_CLASS, LEAST = 8, 60


@dataclass(frozen=True)
class Report:
    """How well answers fit labels."""

    texts: int
    accuracy: float
    macro_f1: float
    #: By class: F1, precision, recall and number of texts.
    classes: dict[str, dict[str, float]]
    #: Expected calibration error: mean gap between confidence and being right, over ten bins.
    ece: float


@dataclass(frozen=True)
class More:
    """Labelled texts from elsewhere, that count less each, by ``weights``, where a text of one's own counts 1."""

    rows: NDArray[np.float32]
    labels: Sequence[str]
    weights: Sequence[float]


@dataclass(frozen=True)
class Outcome:
    """A fitted classifier, and what it says of each text when fitted without that text's fold."""

    model: Linear
    report: Report
    #: One row a text, over the model's classes.
    chances: NDArray[np.float32]


def fit(
    rows: NDArray[np.float32],
    labels: Sequence[str],
    classes: Sequence[str],
    fold: NDArray[Any] | None = None,
    *,
    more: More | None = None,
    embedder: str = "",
    over: str = "",
    card: dict[str, Any] | None = None,
) -> Outcome:
    """Fit a classifier. ``fold`` gives the fold of each text, 0 to FOLDS - 1; None spreads each class evenly.

    Every figure of the report is of texts that the part which judged them never saw. ``over`` names the shipped
    classifier that it starts from; ``more`` helps to fit and is never measured on. Raises BadInput where there are too
    few labels.
    """
    import numpy as np

    rows = beside(rows, over)
    present = [c for c in classes if c in set(labels)]
    enough(labels, present)
    y = np.array([present.index(label) for label in labels])
    fold = folds(y, 1) if fold is None else fold
    penalty, logits, parts = _best(rows, y, fold, present, more)
    temperature = _temperature(logits, y)
    weights, bias = _fitted(rows, y, penalty, present, more)
    held = softmax(logits / temperature)
    said = report(list(labels), held, present)
    about = {"labels": dict(Counter(labels)), "penalty": penalty, "temperature": temperature,
             "cross_validation": as_data(said), **(card or {})}  # fmt: skip
    model = Linear(tuple(present), weights, bias, temperature, embedder, over, parts, about)
    return Outcome(model, said, held)


def enough(labels: Sequence[str], present: Sequence[str]) -> None:
    """Raise BadInput where labels are too few, or all of one class, and say which are missing."""
    counts = Counter(labels)
    if len(labels) < LEAST or len(present) < 2:
        raise BadInput(
            say("{n} labels are too few to learn from: {least} are needed, of two kinds at least.",
                n=len(labels), least=LEAST),
            next_step=say("Correct more comments with `signoff relabel`, or bring labels with --file."),
        )  # fmt: skip
    thin = [f"{c} ({counts[c]})" for c in present if counts[c] < LEAST_OF_CLASS]
    if thin:
        raise BadInput(
            say("Too few labels of: {names}. Each needs {least}.", names=", ".join(thin), least=LEAST_OF_CLASS),
            next_step=say("Label more of these, or leave them out."),
        )


def report(labels: Sequence[str], chances: NDArray[np.float32], classes: Sequence[str]) -> Report:
    """Hold chances against labels."""
    import numpy as np

    y = np.array([list(classes).index(label) if label in classes else -1 for label in labels])
    said = chances.argmax(axis=1)
    found: dict[str, dict[str, float]] = {}
    for n, name in enumerate(classes):
        hit, called, there = int(((said == n) & (y == n)).sum()), int((said == n).sum()), int((y == n).sum())
        precision, recall = hit / called if called else 0.0, hit / there if there else 0.0
        f1 = 2 * hit / (called + there) if hit else 0.0
        found[name] = {"f1": round(f1, 3), "precision": round(precision, 3), "recall": round(recall, 3), "texts": there}
    measured = [f["f1"] for f in found.values() if f["texts"]]
    right, sure = said == y, chances.max(axis=1)
    return Report(
        len(y),
        round(float(right.mean()), 3),
        round(sum(measured) / len(measured), 3) if measured else 0.0,
        found,
        round(calibration_error(right, sure), 3),
    )


def calibration_error(right: NDArray[Any], sure: NDArray[Any]) -> float:
    """Return the expected calibration error over ten bins of confidence."""
    total = 0.0
    for low in range(10):
        inside = (sure > low / 10) & (sure <= (low + 1) / 10)
        if inside.any():
            total += float(inside.sum()) * abs(float(right[inside].mean()) - float(sure[inside].mean()))
    return total / len(sure) if len(sure) else 0.0


def gain(
    labels: Sequence[str], new: Sequence[str], old: Sequence[str], *, rounds: int = 1000, seed: int = 1
) -> tuple[float, float]:
    """Return how much macro-F1 the new answers gain over the old, and the lower bound of its 90 % interval.

    Paired bootstrap over texts: one chance in twenty that the true gain is below the bound.
    """
    import numpy as np

    names = sorted(set(labels))
    index = {name: n for n, name in enumerate(names)}
    y = np.array([index[label] for label in labels])
    a, b = (np.array([index.get(x, -1) for x in said]) for said in (new, old))
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(0, len(y), len(y)) for _ in range(rounds)]
    gains = sorted(_macro(y[d], a[d], len(names)) - _macro(y[d], b[d], len(names)) for d in drawn)
    return _macro(y, a, len(names)) - _macro(y, b, len(names)), gains[int(rounds * 0.05)]


def as_data(held: Report) -> dict[str, Any]:
    """Return a report as it stands in a model card."""
    return {"texts": held.texts, "accuracy": held.accuracy, "macro_f1": held.macro_f1, "ece": held.ece,
            "classes": held.classes}  # fmt: skip


def _macro(y: NDArray[Any], said: NDArray[Any], count: int) -> float:
    total = 0.0
    for n in range(count):
        hit = int(((said == n) & (y == n)).sum())
        total += 2 * hit / max(1, int((said == n).sum()) + int((y == n).sum()))
    return total / count


def _fitted(
    rows: NDArray[Any], y: NDArray[Any], penalty: float, classes: Sequence[str], more: More | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    count, weight = len(classes), np.ones(len(y))
    if more is not None:
        rows = np.vstack([rows, more.rows])
        y = np.hstack([y, [classes.index(label) for label in more.labels]])
        weight = np.hstack([weight, more.weights])
    make: Any = LogisticRegression
    limited: Any = threadpool_limits
    model = make(C=penalty, max_iter=2000, class_weight="balanced")
    with limited(1):
        model.fit(rows, y, sample_weight=weight)
    weights, bias = model.coef_.T, model.intercept_
    if count == 2:  # one row for two classes: the chance of the second
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return weights.astype("float32"), bias.astype("float32")


def folds(y: NDArray[Any], seed: int) -> NDArray[Any]:
    """Return the fold of each text, each class spread evenly."""
    import numpy as np

    rng, found = np.random.default_rng(seed), np.zeros(len(y), dtype=int)
    for value in sorted(set(y.tolist())):
        places = rng.permutation(np.flatnonzero(y == value))
        found[places] = (np.arange(len(places)) + rng.integers(FOLDS)) % FOLDS
    return found


_Parts = tuple[tuple[Any, Any], ...]


def _best(
    rows: NDArray[Any], y: NDArray[Any], fold: NDArray[Any], classes: Sequence[str], more: More | None
) -> tuple[float, NDArray[np.float32], _Parts]:
    """Return the penalty with the best macro-F1 in cross-validation, its logits of texts left out, and its parts."""
    import numpy as np

    count = len(classes)
    tried: list[tuple[float, float, NDArray[np.float32], _Parts]] = []
    for penalty in PENALTIES:
        logits, parts = np.zeros((len(y), count), dtype="float32"), []
        for n in range(FOLDS):
            out = fold == n
            if len(set(y[~out].tolist())) < count:
                raise BadInput(
                    say("The labels are too few to hold some back."), next_step=say("Label more of the rarest kind.")
                )
            parts.append(_fitted(rows[~out], y[~out], penalty, classes, more))
            logits[out] = rows[out] @ parts[-1][0] + parts[-1][1]
        tried.append((_macro(y, logits.argmax(axis=1), count), penalty, logits, tuple(parts)))
    _, penalty, logits, kept = max(tried, key=lambda t: t[0])
    return penalty, logits, kept


def _temperature(logits: NDArray[Any], y: NDArray[Any]) -> float:
    """Return the temperature under which the true classes of texts left out are likeliest."""
    import numpy as np

    def surprise(t: float) -> float:
        return float(-np.log(softmax(logits / t)[np.arange(len(y)), y] + 1e-9).mean())

    return float(min((round(0.2 + 0.05 * n, 2) for n in range(77)), key=surprise))
