"""What the team teaches: corrections are kept, a classifier is fitted to them, and used once it is surely better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.domain.comment import MOODS, Intent, Triage
from bot.errors import BadInput
from bot.insight import language
from bot.insight import triage as local
from bot.insight.features import features, shipped_embedder
from bot.insight.linear import Linear, shipped
from bot.insight.priority import judge
from bot.insight.training import FOLDS, Report, fit, gain, report
from bot.store import labels as store
from bot.store.labels import Fitted, Label
from bot.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.app import App

#: What each kind may be labelled as.
VALUES = {"sentiment": MOODS, "intent": tuple(i.value for i in Intent)}


@dataclass(frozen=True)
class Taught:
    """What came of training."""

    made: Fitted
    #: What was used before: ``shipped`` or ``version 2``.
    before: str
    #: macro-F1 of the new and the old on all labels, each text judged by a part that never saw it.
    new_f1: float
    old_f1: float
    gain: float
    #: One chance in twenty that the true gain is below it.
    bound: float


def relabel(app: App, comment_id: str, given: dict[str, str], who: str) -> Triage:
    """Keep what a person says of a comment, for the desk and for training. Raises NotFound, BadInput."""
    from bot.store import comments

    for kind, value in given.items():
        _known(kind, value)
    at = app.clock.now()
    with app.desk.deciding() as conn:
        entry = comments.get(conn, comment_id, lock=True)
        was = entry.triage or local.read([entry.text])[0].triage
        now = corrected(entry.text, was, given, who)
        before = {"sentiment": was.sentiment, "intent": was.intent.value} if entry.triage else {}
        made = [
            Label(kind, entry.text, value, was.language, before.get(kind, ""), entry.id)
            for kind, value in given.items()
        ]
        store.add(conn, entry.brand, made, who, at, [app.clock.new_id("l") for _ in made])
        comments.relabel(conn, entry.id, now, at, who, ", ".join(given.values()))
    return now


def corrected(text: str, was: Triage, given: dict[str, str], who: str) -> Triage:
    """Return a reading with what a person said of it, and the priority that follows."""
    mood, intent = given.get("sentiment", was.sentiment), Intent(given.get("intent", was.intent.value))
    said = mood != was.sentiment or "sentiment" in given
    priority, urgency = judge(text, mood, intent)
    return replace(
        was,
        sentiment=mood,
        score=float(MOODS.index(mood) - 1) if said else was.score,
        confidence=1.0 if said else was.confidence,
        reason=f"{who} said that it is {mood}." if said else was.reason,
        span=(0, 0) if said else was.span,
        emotion="" if mood != was.sentiment else was.emotion,
        intent=intent,
        intent_confidence=1.0 if "intent" in given else was.intent_confidence,
        priority=priority,
        urgency=urgency,
        by=f"person:{who}",
    )


def from_file(path: Path, kind: str) -> list[Label]:
    """Read labels from JSON lines: ``text``, and ``label`` or the kind's name. Raises BadInput with the line."""
    found = []
    try:
        body = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            say("{path} cannot be read.", path=path), next_step=say("Name a file of JSON lines in UTF-8.")
        ) from None
    for n, line in enumerate(body.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, value = row["text"], row.get(kind) or row["label"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadInput(
                say("Line {n} is no JSON object with text and label.", n=n),
                next_step=say('Write {"text": "...", "label": "..."} on each line.'),
            ) from None
        _known(kind, value)
        found.append(Label(kind, text, value, language.tell(text)))
    return found


def keep(app: App, given: Sequence[Label], who: str) -> int:
    """Store labels for the brand; return how many are of new texts."""
    with app.desk.deciding() as conn:
        return store.add(conn, app.brand().id, given, who, app.clock.now(), (app.clock.new_id("l") for _ in given))


def train(app: App, kind: str, who: str, *, force: bool = False) -> Taught:
    """Fit the brand's classifier to all its labels; put it in use where the bound on its gain is above zero.

    ``force`` puts it in use anyway. Raises BadInput where labels are too few.
    """
    import numpy as np

    brand = app.brand().id
    with app.db.read() as conn:
        given = store.of(conn, brand, kind)
        used = store.in_use(conn, brand, kind)
    if not given:
        raise BadInput(
            say("There are no labels yet."),
            next_step=say("Correct comments with `signoff relabel`, or bring labels with --file."),
        )
    embedder = shipped_embedder()
    texts, said = [one.text for one in given], [one.value for one in given]
    rows = features(texts, [one.language or language.tell(one.text) for one in given], embedder)
    # By its digest, so that a text stays in its fold whatever is added: versions can be compared.
    fold = np.array([int(store.digest(text)[:8], 16) % FOLDS for text in texts])
    old = Linear.of_bytes(used.weights) if used else shipped(kind)
    done = fit(rows, said, VALUES[kind], fold, embedder=embedder.name, over=kind)
    before = answers(old, rows, fold)
    now = [done.model.classes[n] for n in done.chances.argmax(axis=1)]
    better, bound = gain(said, now, before)
    promoted = bound > 0 or force
    card = {**done.model.card, "kind": kind, "against": f"version {used.version}" if used else "shipped",
            "gain": round(better, 3), "gain_bound_95": round(bound, 3), "forced": force and bound <= 0,
            "languages": _counted(one.language for one in given), "labelled_by": _counted(one.who for one in given),
            "embedder": embedder.name, "embedder_features": int(rows.shape[1])}  # fmt: skip
    fitted = replace(done.model, card=card)
    made = Fitted(kind, 0, app.clock.now(), who, promoted, card, fitted.to_bytes())
    with app.desk.deciding() as conn:
        made = store.keep(conn, brand, made)
    old_f1 = _f1(said, before)
    return Taught(made, card["against"], _f1(said, now), old_f1, better, bound)


def answers(model: Linear, rows: NDArray[Any], fold: NDArray[Any]) -> list[str]:
    """Return a classifier's answers, each of the part that never saw the text."""
    found = [""] * len(rows)
    for n in sorted(set(fold.tolist())):
        places = (fold == n).nonzero()[0]
        best = model.of_fold(n).chances(rows[places]).argmax(axis=1)
        for place, k in zip(places, best, strict=True):
            found[place] = model.classes[k]
    return found


def evaluate(app: App, kind: str, given: Sequence[Label], *, use: str) -> Report:
    """Score a reader on labels: ``shipped``, ``trained``, ``cascade`` or ``model`` (the connected one for each)."""
    import numpy as np

    from bot.writing import triage as cascade

    texts, said = [one.text for one in given], [one.value for one in given]
    classes = VALUES[kind]
    if use == "shipped" or use == "trained":
        models = local.Models() if use == "shipped" else cascade.models_of(app)
        if use == "trained" and getattr(models, kind) is None:
            raise BadInput(
                say("No classifier of yours is in use."), next_step=say("`signoff train {kind}`.", kind=kind)
            )
        found = [one.triage for one in local.read(texts, models)]
    else:
        reader = cascade.of_app(app, share=1.0 if use == "model" else cascade.SHARE)
        if use == "model":
            reader.sure = 2.0
        found = reader(texts)
        if reader.counts.trouble:
            raise BadInput(reader.counts.trouble, next_step=say("Run `signoff doctor`."))
    chances = np.full((len(texts), len(classes)), 1e-6, dtype="float32")
    for n, read in enumerate(found):
        value = read.sentiment if kind == "sentiment" else read.intent.value
        sure = read.confidence if kind == "sentiment" else read.intent_confidence
        # The rest is spread evenly; a confidence lowered below that of a guess still names its class.
        share = max(sure, 1 / len(classes) + 0.01)
        chances[n] = (1 - share) / (len(classes) - 1)
        chances[n, classes.index(value)] = share
    return report(said, chances, classes)


def export(given: Sequence[Label]) -> str:
    """Return labels in chat format, one JSON object a line, as services for fine-tuning take them."""
    from bot.agent.assignment import quoted
    from bot.agent.reader import MOST
    from bot.prompting import load

    by_text: dict[str, dict[str, str]] = {}
    for one in given:
        by_text.setdefault(one.text, {})[one.kind] = one.value
    lines = []
    for text, values in by_text.items():
        if "sentiment" not in values:
            continue
        turns = load("read_comment").turns(text=quoted(text, most=MOST), before="")
        answer = json.dumps({"mood": values["sentiment"], "wants": values.get("intent", "other")}, ensure_ascii=False)
        messages = [
            {"role": "system", "content": turns[0][1]},
            {"role": "user", "content": turns[-1][1]},
            {"role": "assistant", "content": answer},
        ]
        lines.append(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")
    return "".join(lines)


def _known(kind: str, value: str) -> None:
    if value not in VALUES[kind]:
        raise BadInput(
            say("{value} is no {kind}.", value=repr(value), kind=kind),
            next_step=say("Use one of: {known}.", known=", ".join(VALUES[kind])),
        )


def _counted(values: Any) -> dict[str, int]:
    from collections import Counter

    return dict(Counter(v or "?" for v in values))


def _f1(said: Sequence[str], found: Sequence[str]) -> float:
    import numpy as np

    names = sorted(set(said))
    chances = np.array([[float(name == f) for name in names] for f in found], dtype="float32")
    return report(list(said), chances, names).macro_f1
