"""What people made of suggested answers: how near the texts were, and how often they were signed as they stood."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bot.app import App
from bot.insight import certainty
from bot.store import learned
from bot.workflow.reply_words import undisclosed


@dataclass(frozen=True)
class Share:
    """How often the answers about one topic were signed unchanged."""

    topic: str
    decided: int
    signed: int
    share: float
    #: With 95 % certainty, at least this share.
    at_least: float


@dataclass(frozen=True)
class Outcomes:
    """Suggested answers against what people let stand; chrF and BLEU from 0 to 1."""

    #: Suggested answers that were signed, as they stood or changed.
    texts: int
    chrf: float
    bleu: float
    #: All of them, as topic ``all``, then by topic, the most frequent first.
    topics: tuple[Share, ...]


def outcomes(app: App) -> Outcomes:
    """Score the suggested answers that people decided about, newest ones; a person's own answers are left out."""
    from bot.insight.overlap import bleu, chrf

    with app.db.read() as conn:
        told = [one for one in learned.ended(conn, app.brand().id) if one.suggested]
    pairs = [(undisclosed(one.suggested), undisclosed(one.final)) for one in told if one.accepted]
    found, wanted = [a for a, _ in pairs], [b for _, b in pairs]
    decided: Counter[str] = Counter()
    signed: Counter[str] = Counter()
    for one in told:
        for topic in dict.fromkeys(("all", *(one.topics or (one.intent or "other",)))):
            decided[topic] += 1
            signed[topic] += one.outcome == "signed"
    ranked = sorted(decided, key=lambda topic: (topic != "all", -decided[topic], topic))
    shares = (
        Share(t, decided[t], signed[t], round(signed[t] / decided[t], 3),
              round(certainty.at_least(signed[t], decided[t]), 3))
        for t in ranked
    )  # fmt: skip
    return Outcomes(
        len(pairs), round(chrf(found, wanted), 3) if pairs else 0.0,
        round(bleu(found, [[w] for w in wanted]), 3) if pairs else 0.0, tuple(shares),
    )  # fmt: skip
