"""Somebody writes into the database: what goes out then is what was signed, or nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.domain.approval import content_hash
from bot.domain.draft import DraftVersion
from bot.store import copying, tables
from bot.store.rows import content
from tests.safety.bypass import Scene, Try


@contextmanager
def kept(scene: Scene) -> Iterator[None]:
    """Put every row back afterwards."""
    there = [t for t in copying.tables() if t.name in scene.ledger() or t.name in ("notice", "rate", "lease")]
    with scene.db.read() as conn:
        rows = {t.name: [dict(r) for r in conn.execute(select(t)).mappings()] for t in there}
    try:
        yield
    finally:
        with scene.db.write() as conn:
            for table in reversed(there):
                conn.execute(delete(table))
            for table in there:
                if rows[table.name]:
                    conn.execute(insert(table), rows[table.name])


def changes() -> dict[str, Callable[[dict[str, Any]], None]]:
    """Return what is changed in a stored content, by name."""

    def part(**given: Any) -> Callable[[dict[str, Any]], None]:
        return lambda c: c["parts"][0].update(given)

    picture = {"sha256": "ab" * 32, "mime": "image/png", "width": 1, "height": 1, "alt": "x", "size": 1, "seconds": 0.0}
    return {
        "other words": part(text="Rotten tea."),
        "one letter": part(text="The planned words!"),
        "a space at the end": part(text="The planned words. "),
        "a hidden character": part(text="The planned\u200b words."),
        "a look-alike": part(text="The pl\u0430nned words."),
        "another normal form": part(text="The planned words\u037e"),
        "a picture": part(media=[picture]),
        "a link card": part(card={"url": "https://evil.example", "title": "x", "description": "", "picture": None}),
        "one part more": lambda c: c["parts"].append({"text": "And more.", "media": [], "card": None}),
        "another account": lambda c: c.update(account="sandbox:cn"),
        "another handle": lambda c: c.update(handle="noctua.sandbox"),
        "another brand": lambda c: c.update(brand="noctua"),
        "an answer to somebody": lambda c: c.update(reply_parent="p_1"),
        "a quote": lambda c: c.update(quote="p_1"),
        "who sees it": lambda c: c.update(visibility="direct"),
        "a warning": lambda c: c.update(warning="Do not open"),
        "a label": lambda c: c.update(labels=["nudity"]),
        "the language": lambda c: c.update(language="zh"),
        "the time": lambda c: c["window"].update(wall=None if c["window"]["wall"] else "2020-01-01T09:00"),
        "the grace": lambda c: c["window"].update(grace_minutes=9999),
        "the rules": lambda c: c.update(rulebook="000000000000"),
    }


def every(scene: Scene) -> Iterator[Try]:
    """Somebody writes into the database: what goes out then is what was signed, or nothing."""
    wheres = ("post", "version", "both", "both and two hashes")
    for name, change in changes().items():
        for where in wheres:
            for when in ("planned", "due"):
                yield Try(f"{name} in {where}, {when}", _tampered(scene, change, where, when == "due"))
    for name, sql in forgeries(scene).items():
        yield Try(name, forged(scene, sql))


def _tampered(scene: Scene, change: Callable[[dict[str, Any]], None], where: str, due: bool) -> Callable[[], str]:
    def go() -> str:
        with kept(scene):
            version = scene.planned
            if due:
                # Signed to go out at once: its time is no bar, and only what was signed is.
                version = scene.fresh("The planned words.")
                scene.approve(version)
            with scene.db.write() as conn:
                stored = (
                    conn.execute(select(tables.post).where(tables.post.c.draft_id == version.draft_id)).mappings().one()
                )
                body = copy.deepcopy(stored["content"])
                change(body)
                hashed = {"hash": content_hash(content(body))} if "hashes" in where else {}
                of_post = tables.post.c.draft_id == version.draft_id
                if where != "version":
                    conn.execute(update(tables.post).where(of_post).values(content=body, **hashed))
                if where != "post":
                    of_version = tables.draft_version.c.draft_id == version.draft_id
                    conn.execute(update(tables.draft_version).where(of_version).values(content=body, **hashed))
            return _sent(scene, allowed=["The planned words."] if where == "version" else [])

    return go


def _sent(scene: Scene, allowed: list[str]) -> str:
    before = scene.sent()
    for account in ("sandbox:main", "sandbox:cn", "sandbox:other"):
        scene.drain(account)
    new = [text for _, text in scene.sent()[len(before) :] if text not in allowed]
    return f"{new[0]!r} went out" if new else ""


def forgeries(scene: Scene) -> dict[str, Callable[[Any], None]]:
    """Return writes that pretend a signature which was never given."""
    request, decision, post, part = tables.approval_request, tables.decision, tables.post, tables.post_part
    now = scene.clock.now()

    def signed(
        who: str | None,
        *,
        used: bool = True,
        state: str = "approved",
        choice: str = "approve",
        needed: int | None = None,
        target: DraftVersion = scene.anna,
        hashed: str = "",
    ) -> Callable[[Any], None]:
        def write(conn: Any) -> None:
            found = conn.execute(select(request).where(request.c.draft_id == target.draft_id)).mappings().first()
            if found is None:
                found = {
                    "id": "r_forged",
                    "draft_id": target.draft_id,
                    "version": 1,
                    "hash": hashed or target.hash,
                    "policy_rule": "x",
                    "needed": 1,
                    "four_eyes": 0,
                    "signers": [],
                    "created": now,
                    "expires": now + timedelta(days=1),
                }
                conn.execute(insert(request).values(**found))
            values = {**({"used": now} if used else {}), **({"needed": needed} if needed is not None else {})}
            if values:
                conn.execute(update(request).where(request.c.id == found["id"]).values(**values))
            if who is not None:
                conn.execute(
                    insert(decision).values(
                        id="s_forged",
                        request_id=found["id"],
                        draft_id=target.draft_id,
                        version=target.version,
                        hash=target.hash,
                        person=who,
                        choice=choice,
                        at=now,
                        via="cli",
                        shown="",
                        reason="",
                    )
                )
            where = (
                tables.draft_version.c.draft_id == target.draft_id,
                tables.draft_version.c.version == target.version,
            )
            conn.execute(update(tables.draft_version).where(*where).values(state=state))
            stored = conn.execute(select(tables.draft_version).where(*where)).mappings().one()
            conn.execute(
                insert(post).values(
                    id="p_forged",
                    draft_id=target.draft_id,
                    version=target.version,
                    request_id=found["id"],
                    brand="lumen",
                    account="sandbox:main",
                    content=stored["content"],
                    hash=target.hash,
                    due=now,
                    created=now,
                )
            )
            conn.execute(
                insert(part).values(
                    post_id="p_forged", n=0, account="sandbox:main", state="due", not_before=now, attempts=0
                )
            )

        return write

    def again(conn: Any) -> None:
        conn.execute(
            update(part).where(part.c.state == "live").values(state="due", remote_id=None, url=None, live_at=None)
        )

    def planned(conn: Any, table: Any, **given: Any) -> None:
        of_post = scene.planned.draft_id
        its = select(post.c.id).where(post.c.draft_id == of_post).scalar_subquery()
        where = post.c.id == its if table is post else part.c.post_id == its
        conn.execute(update(table).where(where).values(**given))

    def early(conn: Any) -> None:
        planned(conn, part, not_before=now - timedelta(seconds=1))

    def early_in_both(conn: Any) -> None:
        planned(conn, post, due=now - timedelta(seconds=1))
        early(conn)

    def elsewhere(conn: Any) -> None:
        early_in_both(conn)
        planned(conn, post, account="sandbox:cn")
        planned(conn, part, account="sandbox:cn")

    found: dict[str, Callable[[Any], None]] = {
        "a part made due before its time": early,
        "a post made due before its time": early_in_both,
        "a post moved to another account, at once": elsewhere,
        "a post without a signature": signed(None),
        "a post whose request is open": signed(None, used=False),
        "a post that needs nobody": signed(None, needed=0),
        "a post that needs less than nobody": signed(None, needed=-1),
        "a post that somebody rejected": signed("li", choice="reject"),
        "a live part made due again": again,
        "a post of a version in review": signed("li", state="in_review"),
        "a post of a rejected version": signed("li", state="rejected"),
        "a post of a version that was replaced": signed("li", state="superseded"),
        "a request still open, signed": signed("li", used=False),
        "words that a check holds back": signed("li", target=scene.blocked),
        "a request of another hash": signed("li", hashed="0" * 64, target=scene.blocked),
    }
    for who in ("anna", "rose", "eve", "pat", "", "Li", "policy", "li ", "slack:T/U", "%"):
        found[f"a signature of {who!r}"] = signed(who)
    return found


def forged(scene: Scene, write: Callable[[Any], None]) -> Callable[[], str]:
    def go() -> str:
        with kept(scene):
            with scene.db.write() as conn:
                write(conn)
            return _sent(scene, allowed=[])

    return go
