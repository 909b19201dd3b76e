"""The cascade that reads comments: cheap local models settle what they can, the language model sees the rest.

Both are heard: the model's answer is weighed against the local chances, so a sure local reader is not overruled by one
unsure word. At most a share of all comments goes to the model; the unsurest go first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.domain.comment import MOODS, Triage
from bot.errors import ModelError, NotFound
from bot.insight import intent as intents
from bot.insight import triage as local
from bot.insight.linear import Linear
from bot.insight.sentiment import finish, irony

if TYPE_CHECKING:
    from bot.agent.reader import Reader, Said
    from bot.app import App

#: Local confidence from which on a comment is settled: right about nine times in ten on texts from elsewhere.
SURE = 0.75
#: Chance below which an intent is not settled.
SURE_INTENT = 0.4
#: Most comments that the model sees, as a share of all; one more at the beginning, while there is no share yet.
SHARE, HEAD_START = 0.29, 1
#: How often the model is right on what is left to it; the rest falls on the two other moods alike.
TRUST, TRUST_EMBEDDED = 0.85, 0.6
#: Comments read in one go: what is unsure is ranked within it.
BATCH = 128
#: Answers of the model that a person waits for without being told how far it is.
QUIET = 5
#: How sure a local reading of a comment that leans on what stands above it is, at most: the model is to see it.
LEANING = 0.5


@dataclass
class Counts:
    """What a cascade has done so far."""

    read: int = 0
    asked: int = 0
    #: Asked, and no usable answer came: the local reading stands.
    unanswered: int = 0
    #: Why the model was not used at all; empty where it was.
    trouble: str = ""


@dataclass
class Cascade:
    """Reads comments; safe to use from several threads. Without ``reader`` everything is read locally."""

    models: local.Models = field(default_factory=local.Models)
    #: Makes the reader when first needed: a model takes seconds to connect.
    reader: Callable[[], Reader] | None = None
    share: float = SHARE
    sure: float = SURE
    counts: Counts = field(default_factory=Counts)
    #: Looks up which classifiers are in use, at each call; None where they stay what they are.
    refresh: Callable[[], local.Models] | None = None
    #: Told how many answers are in, where a person waits for many.
    progress: Callable[[str, int, int], None] | None = None
    _reader: Reader | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self, texts: Sequence[str], before: Sequence[str] = ()) -> list[Triage]:
        """Return what is read out of each text, in order. A model that fails leaves the local reading standing.

        ``before`` is what was said above each text, for those that say little by themselves; empty for the others.
        """
        with self._turn:
            # A worker runs for weeks: a model that was down may be back, and a new version may be in use.
            self.counts.trouble = ""
            if self._reader is not None:
                self._reader.afresh()
            if self.refresh is not None:
                self.models = self.refresh()
        found: list[Triage] = []
        waiting: list[tuple[int, local.Read, Future[Said | None]]] = []
        reader = None
        for start in range(0, len(texts), BATCH):
            # While the model is waited for, the next batch is read locally.
            above = before[start : start + BATCH] or [""] * BATCH
            read = zip(local.read(texts[start : start + BATCH], self.models), above, strict=False)
            done = [_leaning(one) if up else one for one, up in read]
            unsure = self._unsure(done, above) if not self.counts.trouble else []
            reader = self._connected() if unsure else reader
            if reader is not None:
                coming = reader.start([done[n].text for n in unsure], [above[n] for n in unsure])
                waiting += [(len(found) + n, done[n], one) for n, one in zip(unsure, coming, strict=True)]
            found += [one.triage for one in done]
        answered = 0
        for k, (n, own, one) in enumerate(waiting):
            assert reader is not None
            if self.progress is not None and len(waiting) > QUIET:
                self.progress("asking the language model about the unsurest texts", k, len(waiting))
            if (said := one.result()) is not None:
                answered += 1
                trust = TRUST_EMBEDDED if reader.model.embedded else TRUST
                found[n] = weighed(own, said, trust, reader.model.name, leans=bool(before and before[n]))
        with self._turn:
            self.counts.unanswered += len(waiting) - answered
            if waiting and not answered and reader is not None and reader.trouble is not None:
                self.counts.trouble = reader.trouble.message
        return found

    def _unsure(self, done: Sequence[local.Read], above: Sequence[str]) -> list[int]:
        """Return the places of what goes to the model, the unsurest first, within the share."""
        need = {n: doubt for n, one in enumerate(done) if (doubt := self._doubt(one, bool(above[n]))) > 0}
        with self._turn:
            self.counts.read += len(done)
            if self.reader is None:
                return []
            room = int(self.counts.read * self.share + HEAD_START * (self.share > 0)) - self.counts.asked
            chosen = sorted(need, key=lambda n: -need[n])[: max(0, room)]
            self.counts.asked += len(chosen)
        return chosen

    def _doubt(self, one: local.Read, leans: bool) -> float:
        """Return how unsure the local reading is, 0 where it is settled."""
        if not leans and not any(c.isalnum() for c in one.text):
            return 0.0
        mood = max(0.0, self.sure - one.triage.confidence)
        wish = 0.5 * max(0.0, SURE_INTENT - one.triage.intent_confidence)
        return mood + wish

    def _connected(self) -> Reader | None:
        """Return the reader; None, with the trouble noted, where no model can be had."""
        with self._turn:
            if self._reader is None and self.reader is not None:
                try:
                    self._reader = self.reader()
                except ModelError as error:
                    self.counts.trouble = error.message
            return self._reader


def _leaning(one: local.Read) -> local.Read:
    """Return a reading that is less sure of itself: its words mean what stands above them."""
    sure = min(one.triage.confidence, LEANING)
    return replace(one, triage=replace(one.triage, confidence=sure))


def weighed(one: local.Read, said: Said, trust: float, name: str, *, leans: bool = False) -> Triage:
    """Return a reading that hears both: the local chances, times how likely the model says this where each is true.

    ``leans`` says that the model saw more than the words: what stands above them.
    """
    rest = (1 - trust) / 2
    # Where words may mean their opposite, the local chances are worth little; where they lean on others, nothing.
    before = [1.0 if leans else c**0.3 if irony(one.text) else c for c in one.sentiment.chances]
    values = [p * (trust if mood == said.mood else rest) for mood, p in zip(MOODS, before, strict=True)]
    values = [v / sum(values) for v in values]
    label = MOODS[max(range(3), key=values.__getitem__)]
    read = finish(one.text, one.triage.language, values, name if label == said.mood else "")
    if leans:
        # No word of its own shows it.
        why = f"With what stands above it, it sounds {label} to {name}."
        row = (values[0], values[1], values[2])
        read = replace(read, label=label, score=round(values[2] - values[0], 3), reason=why, span=(0, 0), chances=row)
    intent, sure = one.triage.intent, one.triage.intent_confidence
    if intents.by_words(one.text) is None and intent != said.intent and sure < trust:
        intent, sure = said.intent, round(trust - 0.1, 3)
    made = local.put_together(one.text, read, intent, sure, name)
    # Two readers that were heard are one answer: what the word lists alone made doubtful is settled.
    return replace(made, confidence=round(min(0.99, max(values)), 3))


def models_of(app: App, brand: str = "") -> local.Models:
    """Return the classifiers that the brand's people trained, where one is in use; else those of Signoff."""
    from bot.store import desk, labels

    with app.db.read() as conn:
        known = desk.brands(conn)
        brand = brand or app.brand_id or (known[0] if len(known) == 1 else "")
        found = {kind: labels.in_use(conn, brand, kind) for kind in labels.KINDS}
    own = {kind: Linear.of_bytes(one.weights) for kind, one in found.items() if one is not None}
    mood = found["sentiment"]
    return local.Models(own.get("sentiment"), own.get("intent"), name=f"brand {mood.version}" if mood else "")


def of_app(app: App, *, use_model: bool = True, share: float = SHARE, brand: str = "") -> Cascade:
    """Return the cascade of this Signoff: the brand's own classifiers first, its connected model for the rest."""
    from bot.agent.limits import Limits
    from bot.agent.reader import TOGETHER, Reader

    def connect() -> Reader:
        # A run of the agent has few steps; here each comment is one, and money is what bounds it.
        try:
            limits = app.limits()
        except NotFound:  # no brand yet whose daily money could be counted
            limits = Limits(usd=app.settings.limit_usd)
        wide = replace(limits, steps=10**6, tokens=10**8, seconds=86_400.0)
        model = app.model()
        # A small model loses count of several, and nobody pays for its calls.
        several = model.strategy == "native" and not model.embedded
        return Reader(model, wide, together=TOGETHER if several else 1)

    return Cascade(
        reader=connect if use_model else None, share=share, refresh=lambda: models_of(app, brand), progress=app.progress
    )
