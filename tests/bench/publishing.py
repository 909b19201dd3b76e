"""Posts by the thousand, a platform that answers at once, and a worker process: what ``bench_publish`` measures with.

``python -m tests.bench.publishing HOME URL`` is one worker; it ends when its standard input is closed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.app import App
from bot.clock import Clock, SystemClock
from bot.domain.approval import ApprovalRequest, Choice, Decision, content_hash
from bot.domain.brand import Account, Brand, Person, Plan, Role, Rule, RuleBook, RuleKind
from bot.domain.draft import Content, Draft, DraftState, DraftVersion, Part, Window
from bot.domain.policy import ApprovalPolicy
from bot.domain.post import Outgoing, Receipt
from bot.platforms.base import Context
from bot.platforms.sandbox import Sandbox
from bot.settings import load
from bot.store import desk as rows
from bot.store.rows import as_dict
from bot.store.tables import approval_request, decision, draft, draft_version, post, post_part

LI = Person("li", "Li", frozenset({Role.APPROVER}))


def brand(accounts: int) -> Brand:
    """Return a brand with a rule book of forty rules, as brands have."""
    rules = [Rule(f"rule-{n}", RuleKind.NEVER, f"Never say miracle {n}.", hard=True, words=(f"miracle{n}",))
             for n in range(40)]  # fmt: skip
    return Brand(
        id="lumen", name="Lumen Tea", languages=("en",), zone="Europe/Berlin", people=(LI,),
        accounts=tuple(Account("sandbox", f"a{n}", f"a{n}.sandbox", "en", "Europe/Berlin") for n in range(accounts)),
        link_hosts=("lumen.example",), rulebook=RuleBook(tuple(rules)), plan=Plan(gap_minutes=0),
    )  # fmt: skip


class Instant(Sandbox):
    """A platform in this process that takes every post at once."""

    def publish(self, out: Outgoing, once: str) -> Receipt:
        out.before_send()
        return Receipt(once, f"https://instant.example/{once}", self.context.clock.now())


def open_app(home: Path, url: str, clock: Clock | None = None, platform: type[Instant] = Instant) -> App:
    """Return a Signoff whose accounts are all on the instant platform, or another kind of it."""
    app = App(
        load(home=home, database_url=url, operator="li", llm_discover=False, log_level="ERROR"),
        clock=clock or SystemClock(),
    )

    def made(key: str, account: Account, handle: str | None) -> Instant:
        context = Context(account=account, clock=app.clock, vault=app.vault.of(key), media=app.media.read,
                          sandbox=app.sandbox)  # fmt: skip
        return platform(context, {})

    # The adapter is looked up as always, for each post: only what is found is another one.
    app._made = made  # type: ignore[method-assign]
    app.desk = replace(app.desk, others_act=lambda: 0)
    return app


def learn(app: App, accounts: int) -> Brand:
    value = brand(accounts)
    with app.db.write() as conn:
        rows.save_brand(conn, value, ApprovalPolicy(), "folder", app.clock.now())
    return value


def signed(app: App, value: Brand, dues: Sequence[tuple[int, datetime]], prefix: str) -> None:
    """Store posts that are signed off, each for (account's number, instant due): the rows that `approve` writes."""
    tables: dict[Any, list[dict[str, Any]]] = {
        t: [] for t in (draft, draft_version, approval_request, decision, post, post_part)
    }
    for n, (which, due) in enumerate(dues):
        account = value.accounts[which]
        key, made = f"{prefix}{n:06d}", due - timedelta(hours=1)
        content = Content(
            brand=value.id, account=account.key, handle=account.handle, rulebook=value.rulebook.version, language="en",
            parts=(Part(f"Oolong number {key} is here. Come and try a cup."),),
            window=Window(due.strftime("%Y-%m-%dT%H:%M"), "UTC", 600),
        )  # fmt: skip
        digest = content_hash(content)
        tables[draft].append(as_dict(Draft(f"d_{key}", value.id, account.key, "Say that it is here.", "li", made)))
        version = DraftVersion(draft_id=f"d_{key}", version=1, content=content, hash=digest, state=DraftState.APPROVED,
                               author="li", origin="person", created=made)  # fmt: skip
        tables[draft_version].append(
            {**as_dict(version), "state": version.state.value, "citations": [], "findings": []}
        )
        request = ApprovalRequest(id=f"r_{key}", draft_id=f"d_{key}", version=1, hash=digest, policy_rule="", needed=1,
                                  four_eyes=False, signers=(), created=made, expires=due, used=made)  # fmt: skip
        tables[approval_request].append({**as_dict(request), "signers": [], "four_eyes": 0})
        given = Decision(id=f"c_{key}", request_id=request.id, draft_id=f"d_{key}", version=1, hash=digest, person="li",
                         choice=Choice.APPROVE, at=made, via="bench", shown="", reason="")  # fmt: skip
        tables[decision].append({**as_dict(given), "choice": given.choice.value})
        tables[post].append(
            {
                "id": f"p_{key}", "draft_id": f"d_{key}", "version": 1, "request_id": request.id, "brand": value.id,
                "account": account.key, "content": as_dict(content), "hash": digest, "due": due, "created": made,
            }
        )  # fmt: skip
        tables[post_part].append(
            {"post_id": f"p_{key}", "n": 0, "account": account.key, "state": "due", "not_before": due}
        )
    with app.db.write() as conn:
        for table, values in tables.items():
            conn.execute(table.insert(), values)


def pending(app: App, like: str, count: int) -> None:
    """Store ``count`` more posts like one, by the database's own hand."""
    seq = f"WITH RECURSIVE seq(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM seq WHERE n < {count}) "
    names = {draft: {"id": "d"}, draft_version: {"draft_id": "d"}, approval_request: {"id": "r", "draft_id": "d"},
             post: {"id": "p", "draft_id": "d", "request_id": "r"}, post_part: {"post_id": "p"}}  # fmt: skip
    with app.db.write() as conn:
        for table, ids in names.items():
            columns = [c.name for c in table.columns]
            given = {**{c: f"'{i}_far' || seq.n" for c, i in ids.items()}, "account": "'sandbox:far' || (seq.n % 1000)"}
            chosen = ", ".join(given.get(c, f"t.{c}") for c in columns)
            where = " AND ".join(f"t.{c} = '{i}_{like}'" for c, i in ids.items())
            into = f"INSERT INTO {table.name} ({', '.join(columns)}) {seq}"
            conn.execute(text(f"{into} SELECT {chosen} FROM {table.name} t, seq WHERE {where}"))
    with app.db.engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


async def _work(app: App) -> None:
    from bot.workflow.worker import Worker

    stop = asyncio.Event()
    work = asyncio.create_task(Worker(app.desk).run(stop))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    stop.set()
    await work


if __name__ == "__main__":
    with open_app(Path(sys.argv[1]), sys.argv[2]) as app:
        asyncio.run(_work(app))
