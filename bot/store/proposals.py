"""Changes to the brand folder that were proposed from what people edited: rows <-> values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, desc, insert, select, update

from bot.errors import NotFound
from bot.store import events
from bot.store.desk import put
from bot.store.proposal_tables import proposal
from bot.store.tables import switch
from bot.words import say


@dataclass(frozen=True)
class Proposed:
    """One change that waits, or that somebody decided."""

    id: str
    #: ``rule`` or ``saved_answer``.
    kind: str
    topic: str
    #: BCP 47.
    language: str
    before: str
    after: str
    drafts: tuple[str, ...]
    at: datetime
    #: ``open``, ``accepted`` or ``refused``.
    state: str = "open"
    who: str = ""
    decided: datetime | None = None


def add(conn: Connection, brand: str, one: Proposed) -> bool:
    """Store a proposal; False where the same was proposed before, whatever became of it."""
    said = "\x1f".join((one.kind, one.topic, one.language, one.before, one.after))
    digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
    known = select(proposal.c.id).where(proposal.c.brand == brand, proposal.c.digest == digest)
    if conn.execute(known).first() is not None:
        return False
    values = {**vars(one), "drafts": list(one.drafts)}
    conn.execute(insert(proposal).values(brand=brand, digest=digest, **values))
    events.record(conn, one.at, "signoff", f"proposal:{one.id}", "", "open", f"{len(one.drafts)} answers show it")
    return True


def looked(conn: Connection, brand: str) -> datetime | None:
    """Return when a brand's answers were last looked through, or None."""
    found: datetime | None = conn.execute(select(switch.c.at).where(switch.c.name == _mark(brand))).scalar_one_or_none()
    return found


def look(conn: Connection, brand: str, at: datetime) -> None:
    """Note down that they were."""
    put(conn, switch, {"name": _mark(brand)}, {"value": "", "who": "clock", "why": "", "at": at})


def _mark(brand: str) -> str:
    return "learned:" + hashlib.sha256(brand.encode()).hexdigest()[:24]


def listed(conn: Connection, brand: str, *, every: bool = False, limit: int = 100) -> list[Proposed]:
    """Return the proposals that wait, newest first; with ``every``, also decided ones."""
    query = select(proposal).where(proposal.c.brand == brand).order_by(desc(proposal.c.at), proposal.c.id).limit(limit)
    if not every:
        query = query.where(proposal.c.state == "open")
    return [_value(row) for row in conn.execute(query).mappings()]


def get(conn: Connection, brand: str, proposal_id: str) -> Proposed:
    """Return one proposal of a brand. Raises NotFound."""
    query = select(proposal).where(proposal.c.brand == brand, proposal.c.id == proposal_id)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(say("There is no proposal {id}.", id=repr(proposal_id)),
                       next_step=say("`signoff proposals` lists them."))  # fmt: skip
    return _value(row)


def decide(conn: Connection, brand: str, proposal_id: str, state: str, who: str, at: datetime) -> bool:
    """Close an open proposal as ``accepted`` or ``refused``; False where somebody did before."""
    where = (proposal.c.brand == brand, proposal.c.id == proposal_id, proposal.c.state == "open")
    if conn.execute(update(proposal).where(*where).values(state=state, who=who, decided=at)).rowcount != 1:
        return False
    events.record(conn, at, who, f"proposal:{proposal_id}", "open", state, "")
    return True


def _value(row: object) -> Proposed:
    columns = {name: row[name] for name in Proposed.__dataclass_fields__}  # type: ignore[index]
    return Proposed(**{**columns, "drafts": tuple(columns["drafts"])})
