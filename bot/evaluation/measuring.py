"""Writing from every brief in a home of its own, and marking what came: nothing is left on anybody's desk."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import App
from bot.clock import SystemClock
from bot.domain.brand import Brand, Role
from bot.domain.policy import ApprovalPolicy
from bot.errors import BadInput, Misconfigured, ModelUnavailable, NotFound, SignoffError
from bot.evaluation import form, marking
from bot.evaluation.briefs import Brief, Briefs
from bot.evaluation.marking import Mark, Piece
from bot.store import desk as rows
from bot.words import say

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel, Progress
    from bot.settings import Settings
    from bot.writing import Tell
    from memory.base import BrandMemory

#: The brand that the shipped briefs are for.
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lumen-tea"


@dataclass(frozen=True)
class Place:
    """A temporary home with one brand learned."""

    home: Path
    settings: Settings
    brand: Brand
    #: Open for all briefs: an embedding model is not loaded sixty times.
    memory: BrandMemory

    def database(self, name: str) -> str:
        """Return the address of a database in this home."""
        return f"sqlite:///{self.home / name}.db"

    def now(self) -> datetime:
        """Return the present instant."""
        return SystemClock().now()


@contextmanager
def place(settings: Settings, folder: Path = EXAMPLE, progress: Progress | None = None) -> Iterator[Place]:
    """Learn a brand folder in a temporary home, which is gone afterwards. Raises Misconfigured, NotFound."""
    with tempfile.TemporaryDirectory(prefix="signoff-eval-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        own = {"home": home, "database_url": f"sqlite:///{home / 'learned.db'}", "chroma_url": "", "platforms": {}}
        mine = settings.model_copy(update={**own, "brand": ""})
        with App(mine, progress=progress) as app:
            _carry(settings, app, folder)
            app.learn(folder)
            brand = app.brand()
            # Whom a policy asks, or what it refuses, is no matter of a text.
            with app.db.write() as conn:
                rows.save_brand(conn, brand, ApprovalPolicy(), str(folder.resolve()), app.clock.now())
            memory = app.memory
        yield Place(home, mine, brand, memory)


def _carry(settings: Settings, app: App, folder: Path) -> None:
    """Take over what an own brand's home knows of its folder: ids of rules, copies of pages."""
    if folder == EXAMPLE:
        return
    with App(settings) as own, own.db.read() as conn:
        brand, policy, _ = rows.load_brand(conn, settings.brand or None)
    with app.db.write() as conn:
        rows.save_brand(conn, brand, policy, str(folder.resolve()), app.clock.now())
    pages, copies = settings.home / "pages", app.settings.home / "pages"
    if pages.is_dir():
        shutil.copytree(pages, copies, dirs_exist_ok=True)


def folder_of(settings: Settings) -> Path:
    """Return the folder of the brand that a home knows. Raises NotFound."""
    with App(settings) as app, app.db.read() as conn:
        folder = Path(rows.load_brand(conn, settings.brand or None)[2])
    if not folder.is_dir():
        raise NotFound(
            say("The brand folder {folder} is gone.", folder=folder), next_step=say("Learn it from where it is now.")
        )
    return folder


def usable(briefs: Sequence[Brief], brand: Brand) -> None:
    """Refuse briefs that cannot be written for a brand, before a model is asked. Raises BadInput."""
    from bot.agent import kinds

    for brief in briefs:
        kind = kinds.load(brief.kind)
        if kind.is_post and brand.account(brief.account) is None:
            known = ", ".join(a.key for a in brand.accounts) or "-"
            raise BadInput(
                say("Brief {id}: {brand} has no account {account}.", id=brief.id, brand=brand.name,
                    account=repr(brief.account)),
                next_step=say("It has: {known}.", known=known),
            )  # fmt: skip
        if kind.needs_source and not brief.source:
            raise BadInput(
                say("Brief {id} has no source to sum up.", id=brief.id), next_step=say("Name one of `sources:`.")
            )


def chosen(briefs: Sequence[Brief], only: Sequence[str], limit: int | None) -> list[Brief]:
    """Return the briefs of some kinds or ids, at most so many. Raises NotFound for a word that is neither."""
    known = {b.id for b in briefs} | {b.kind for b in briefs}
    if unknown := [word for word in only if word not in known]:
        kinds = ", ".join(dict.fromkeys(b.kind for b in briefs))
        raise NotFound(
            say("No brief has the id or kind {word}.", word=repr(unknown[0])),
            next_step=say("The kinds are: {known}.", known=kinds),
        )
    found = [b for b in briefs if not only or b.id in only or b.kind in only]
    return found[:limit]


def measure(
    place: Place, briefs: Briefs, some: Sequence[Brief], model: ConnectedModel, on_event: Tell | None = None
) -> Iterator[Mark]:
    """Write from each brief on an empty desk, and yield its mark as it comes.

    A brief of which nothing comes is a mark with the reason. Raises ModelUnavailable when the model is gone twice.
    """
    kept = replace(model, _close=lambda: None)
    for n, brief in enumerate(some):
        try:
            yield _marked(place, briefs, brief, kept, f"brief-{n}", on_event)
        except ModelUnavailable:
            # A machine that was busy for a while must not end an hour's work; a model that is gone does.
            yield _marked(place, briefs, brief, kept, f"brief-{n}-again", on_event)


def _marked(place: Place, briefs: Briefs, brief: Brief, model: ConnectedModel, desk: str, tell: Tell | None) -> Mark:
    shutil.copyfile(place.home / "learned.db", place.home / f"{desk}.db")
    with App(place.settings.model_copy(update={"database_url": place.database(desk)})) as app:
        app.use_model(model)
        app.use_memory(place.memory)
        began = time.monotonic()
        pieces: Sequence[Piece] = ()
        try:
            pieces, failed = _write(app, brief, place.home, tell)
        except (ModelUnavailable, Misconfigured):
            raise
        except SignoffError as error:
            failed = str(error)
        seconds = time.monotonic() - began
        with app.db.read() as conn:
            tokens_in, tokens_out, usd = rows.spent(conn)
    return marking.mark(
        brief, pieces, place.brand, briefs.never, seconds=seconds, tokens=(tokens_in, tokens_out), usd=usd,
        failed=failed,
    )  # fmt: skip


def _write(app: App, brief: Brief, folder: Path, tell: Tell | None) -> tuple[list[Piece], str]:
    """Return what was written from a brief, and why some of it is missing."""
    from bot import writing
    from bot.agent import kinds
    from bot.writing import documents, wishes

    author = _author(app.brand())
    kind = kinds.load(brief.kind)
    if kind.is_post:
        wish = wishes.Wish(
            brief.kind, brief.variants, segment=brief.segment, to=(brief.to,) if brief.to else (),
            back_translation=False,
        )  # fmt: skip
        written = writing.draft(app, brief.text, [brief.account], author, wish=wish, on_event=tell)
        pieces = [form.post(version, brief.kind) for version in written.drafts]
        return pieces, " ".join(written.failed.values())
    source = ""
    if brief.source:
        path = folder / "source.md"
        path.write_text(brief.source, encoding="utf-8")
        source = str(path)
    made = documents.write(
        app, brief.kind, brief.text, author, language=brief.language, source=source, on_event=tell
    )  # fmt: skip
    return [form.document(made, kind)], ""


def _author(brand: Brand) -> str:
    people = sorted(brand.people, key=lambda p: Role.AUTHOR not in p.roles)
    if not people:
        raise Misconfigured(
            say("{brand} has no people.", brand=brand.name), next_step=say("Name one in brand.yaml, and learn it.")
        )
    return people[0].id
