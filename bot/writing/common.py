"""What every kind of writing needs: rules near a question, a record of the run, and texts that are texts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.agent.transcript import Transcript
from bot.app import App
from bot.domain.brand import Brand, Rule, RuleKind
from bot.errors import BadInput
from bot.store import desk as rows
from bot.store.prose import storable
from bot.words import say


@dataclass(frozen=True)
class Near:
    """A rule that a search found, and how near it is: at most 1."""

    rule: Rule
    score: float


def nearest(app: App, brand: Brand, query: str, k: int) -> list[Near]:
    """Return up to ``k`` rules nearest to ``query``, the best first, each in the language of the query if it has one.

    Raises MemoryFault, as ``BrandMemory.search`` does.
    """
    hits = app.memory.search(brand.id, query, k, _language(query, brand))
    return [Near(rule, hit.score) for hit in hits if (rule := brand.rulebook.get(hit.id))]


def _language(query: str, brand: Brand) -> str | None:
    """Return which of the brand's languages a query is in, judged by its script; None where that does not tell."""
    spoken = list(dict.fromkeys(tag.split("-")[0].lower() for tag in brand.languages))
    letters = [c for c in query if c.isalpha()]
    if sum("\u3400" <= c <= "\u9fff" for c in letters) * 5 >= max(len(letters), 1):
        return "zh" if "zh" in spoken else None
    latin = [tag for tag in spoken if tag not in ("zh", "ja", "ko")]
    return latin[0] if len(latin) == 1 else None


def relevant(app: App, brand: Brand, query: str, *, k: int = 16, hard: bool = True) -> list[Rule]:
    """Return the rules nearest to ``query``, each followed by its twin; with ``hard``, all that always holds."""
    book = brand.rulebook
    near = [found.rule for found in nearest(app, brand, query, k)]
    found = [r for rule in near for r in (rule, book.get(rule.twin)) if r is not None]
    always = [r for r in book.rules if r.hard or r.kind in (RuleKind.VOICE, RuleKind.MUST)] if hard else []
    return list(dict.fromkeys([*found, *always]))


def readable(*texts: str) -> None:
    """Refuse bytes that are no text, before a model is fetched for them: nothing could store or send them."""
    if any(storable(text) != text for text in texts):
        raise BadInput(
            say("The text holds a byte that is not text."), next_step=say("Type it again, or save it as UTF-8.")
        )


def transcript_for(app: App, brand: Brand, who: str, purpose: str) -> Transcript:
    run_id = app.clock.new_id("t")

    def save(transcript: Transcript) -> None:
        tokens = [e["tokens"] for e in transcript.events if e["kind"] == "model"]
        spent = [sum(t[i] for t in tokens) for i in (0, 1)]
        model = app.model()
        usd = (spent[0] * model.price_in + spent[1] * model.price_out) / 1e6
        with app.db.write() as conn:
            rows.save_transcript(
                conn,
                id=run_id,
                brand=brand.id,
                who=who,
                purpose=purpose,
                model=model.name,
                body=transcript.events,
                tokens_in=spent[0],
                tokens_out=spent[1],
                usd=f"{usd:.6f}",
                created=app.clock.now(),
            )

    return Transcript(run_id, app.clock, save)
