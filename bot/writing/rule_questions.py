"""Have the connected model write, for each rule that has none yet, the questions by which people will look for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import App
from bot.domain.brand import Brand
from bot.errors import ModelError
from bot.store import desk, questions
from bot.writing.common import transcript_for

if TYPE_CHECKING:
    from memory.base import MemoryItem


@dataclass(frozen=True)
class Asked:
    """What came of it: rules with questions now, rules without, and why writing stopped early."""

    rules: int
    without: int
    written: int
    failed: ModelError | None = None


def write(app: App, folder: Path, on_progress: Callable[[int, int], None] | None = None) -> Asked:
    """Ask for what is missing, batch by batch; each batch is stored at once, so that nothing is paid for twice.

    ``on_progress`` hears how many of the missing rules are done. Learn the folder again afterwards. Raises
    Misconfigured when the folder has errors, and ModelUnavailable when no model can be had.
    """
    from bot import brand_folder
    from bot.agent import rule_questions
    from bot.agent.limits import Meter
    from bot.prompting import load

    with app.db.read() as conn:
        previous = desk.rules_of_folder(conn, str(folder.resolve()))
    found = brand_folder.load(folder, previous=previous, copies=app.copies).require()
    keys = {key(item): item for item in found.items}
    with app.db.write() as conn:
        questions.drop_others(conn, found.brand.id, keys)
        known = questions.of(conn, found.brand.id)
    missing = {k: item for k, item in keys.items() if not known.get(k)}
    done = written = 0
    failed: ModelError | None = None
    for batch in _batches(list(missing.values()), rule_questions.at_once(app.model()) if missing else 1):
        if on_progress:
            on_progress(done, len(missing))
        model, limits = app.model(), app.limits()
        meter = Meter.of(limits, model)
        transcript = transcript_for(app, found.brand, "", "questions of rules")
        try:
            made = rule_questions.write(
                [(item.heading, item.text) for item in batch], batch[0].language, model, meter, app.clock, transcript
            )
        except ModelError as error:
            failed = error
            break
        given = {key(item): said for item, said in zip(batch, made, strict=True) if said}
        with app.db.write() as conn:
            questions.keep(conn, found.brand.id, given, model.name, load("rule_questions").ref, app.clock.now())
        done += len(batch)
        written += sum(map(len, given.values()))
    return _counted(app, found.brand, set(keys), written, failed)


def key(item: MemoryItem) -> str:
    """Return by what an item's questions are known."""
    return questions.digest(item.language, item.heading, item.text)


def _counted(app: App, brand: Brand, keys: set[str], written: int, failed: ModelError | None) -> Asked:
    with app.db.read() as conn:
        known = questions.of(conn, brand.id)
    have = sum(bool(known.get(k)) for k in keys)
    return Asked(have, len(keys) - have, written, failed)


def _batches(items: list[MemoryItem], size: int) -> list[list[MemoryItem]]:
    """Cut items into batches of one language each."""
    out: list[list[MemoryItem]] = []
    for item in sorted(items, key=lambda i: i.language):
        if not out or len(out[-1]) == size or out[-1][0].language != item.language:
            out.append([])
        out[-1].append(item)
    return out
