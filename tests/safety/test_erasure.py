"""What must not be found is looked for as `strings` would: in the database, its journals, Chroma's folder, the log and
backups."""

from __future__ import annotations

import logging
import re
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import FixedClock
from bot.domain.comment import Author, Comment, CommentState, Triage
from bot.errors import Misconfigured
from bot.operations import backup
from bot.store import api, api_tables, approvals, comments, drafts, tables
from bot.store.vault import Keys, Store
from bot.workflow import inbox, listen, tend
from bot.writing import forgetting
from tests.world import World

TOKENS = {
    f"setting:{name}": f"canary-{name}-7f3a91c2" for name in ("token", "access_token", "refresh_token", "app_password")
}
WORDS, HANDLE, NAME = "canaryword Zanzibar", "canary-eve", "Canary Evelyn"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "home").mkdir()
    url = f"sqlite:///{tmp_path / 'home' / 'signoff.db'}"
    with World(url, tmp_path / "home", FixedClock(), brand="lumen", llm_api_key="sk-canary0123456789abcdef") as made:
        yield made


def strings(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder; files of a tar are read one by one."""
    found: dict[str, bytes] = {}
    for path in (p for p in folder.rglob("*") if p.is_file()):
        found[path.name] = path.read_bytes()
        if path.suffixes[-2:] == [".tar", ".gz"]:
            with tarfile.open(path) as tar:
                for member in (m for m in tar if m.isfile()):
                    file = tar.extractfile(member)
                    assert file is not None
                    found[f"{path.name}:{member.name}"] = file.read()
    return found


def holding(found: dict[str, bytes], *needles: str) -> list[str]:
    """Return where any of the needles stands: as UTF-8, as UTF-16, or with JSON's escapes."""
    return sorted(
        {
            name
            for name, data in found.items()
            for needle in needles
            for raw in (needle.encode(), needle.encode("utf-16-le"))
            if re.search(re.escape(raw), data, re.IGNORECASE)
        }
    )


def _logins(world: World) -> None:
    for name, secret in TOKENS.items():
        world.app.vault.store("sandbox:main", name, secret)


def _heard(world: World) -> str:
    said = Comment("sandbox:main", "r1", Author("u-canary", HANDLE, NAME), f"Where is it? {WORDS}", world.clock.now())
    with world.db.write() as conn:
        (one,) = listen.hear(world.desk, conn, "lumen", [said]).new
        now = world.clock.now()
        taken = comments.claim(conn, "w", now, now, 9, state=CommentState.NEW)
        read = Triage("en", "neutral", 0.0, 0.9, f"It says {WORDS}.", by="t")
        comments.keep_triage(conn, [(entry, read) for entry in taken], "w", now, "t")
    inbox.note(world.desk, one, f"{HANDLE} again: {WORDS}", world.app.brand().people[1])
    return one


def test_no_secret_stands_in_a_file_or_a_backup(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _logins(world)
    with world.db.read() as conn:
        world.app.known_secrets(conn)
    logging.getLogger("bot.test").warning("it answered %s", TOKENS["setting:token"])
    path, _ = backup.back_up(world.app, tmp_path / "signoff.tar.gz")
    found = strings(tmp_path)
    assert len(found) > 2
    assert any(name.endswith("signoff.db") for name in found)
    assert holding(found, *TOKENS.values(), "sk-canary0123456789abcdef") == []
    # The same look finds what was not sealed.
    (tmp_path / "leak.txt").write_text(TOKENS["setting:token"])
    assert holding(strings(tmp_path), *TOKENS.values()) == ["leak.txt"]
    # Nor is the key in the backup that did not ask for it.
    key = world.app.vault.keys.lines()[0]
    assert holding({n: d for n, d in found.items() if n.startswith(path.name)}, key) == []


def test_after_a_rotation_the_old_key_opens_nothing_and_stands_nowhere(world: World, tmp_path: Path) -> None:
    _logins(world)
    old = world.app.vault.keys.lines()[0]
    with closing(sqlite3.connect(world.settings.home / "signoff.db")) as raw:
        sealed = [str(row[0]) for row in raw.execute("select secret from vault")]
    assert holding(strings(world.settings.home), *sealed)
    done = world.app.vault.rotate()
    assert (done.left, done.sealed) == ((), len(TOKENS))
    new = world.app.vault.keys.lines()
    assert old not in new
    found = strings(world.settings.home)
    assert holding(found, old) == []
    assert holding(found, *TOKENS.values()) == []
    # Whoever has the old key finds nothing that it opens, in no page that is free now.
    assert holding(found, *sealed) == []
    for name, secret in TOKENS.items():
        assert world.app.vault.load("sandbox:main", name) == secret
    with_old = Store(world.db, Keys(None, old), world.clock, "tests", lambda _: False)
    with pytest.raises(Misconfigured):
        with_old.load("sandbox:main", "setting:token")


def test_who_is_forgotten_stands_in_no_file(world: World, tmp_path: Path) -> None:
    _heard(world)
    needles = (WORDS, HANDLE, NAME, "u-canary")
    assert holding(strings(world.settings.home), *needles)
    before, _ = backup.back_up(world.app, tmp_path / "before.tar.gz")
    forgetting.forget(world.app, HANDLE, "", "sam")
    after, _ = backup.back_up(world.app, tmp_path / "after.tar.gz")
    assert holding(strings(world.settings.home), *needles) == []
    found = strings(tmp_path)
    assert [n for n in holding(found, *needles) if n.startswith(after.name)] == []
    # What the documentation says of older backups is true: they still hold it.
    assert [n for n in holding(found, *needles) if n.startswith(before.name)]


def test_who_was_forgotten_does_not_come_back_with_the_next_page(world: World) -> None:
    _heard(world)
    forgetting.forget(world.app, HANDLE, "", "sam")
    again = Comment("sandbox:main", "r2", Author("u-canary", HANDLE, NAME), f"Once more {WORDS}", world.clock.now())
    with world.db.write() as conn:
        assert not listen.hear(world.desk, conn, "lumen", [again]).new
    assert holding(strings(world.settings.home), WORDS, HANDLE) == []


def test_of_an_answered_comment_nothing_stays_but_the_answer(world: World) -> None:
    one = _heard(world)
    # The same person under an older handle, which nobody names when they ask to be forgotten.
    earlier = Comment(
        "sandbox:main", "r0", Author("u-canary", "canary-older", NAME), f"Hello? {WORDS}", world.clock.now()
    )
    with world.db.write() as conn:
        listen.hear(world.desk, conn, "lumen", [earlier])
    anna, li = world.app.brand().people[:2]
    version = inbox.answer(world.desk, one, "In our shop, from Monday.", anna)
    world.approve(version, li.id)
    with world.db.write() as conn:
        shown = conn.execute(select(tables.decision.c.shown)).scalar_one()
        assert WORDS in shown, "the card quotes what is answered"
        api.add_token(conn, "sgn_test", api.Token("k1", "lumen", "li", "crm", frozenset(), world.clock.now(), "li",
                                                  world.clock.now()))  # fmt: skip
        for key, body in (("a", f'{{"id": "{one}", "text": "{WORDS}"}}'), ("b", '{"id": "d_other"}')):
            assert api.begin(conn, "k1", key, "h", world.clock.now()) is None
            api.finish(conn, "k1", key, 200, {}, body)
    assert holding(strings(world.settings.home), WORDS)
    forgetting.forget(world.app, f"@{HANDLE.upper()}", "", "sam")
    assert holding(strings(world.settings.home), WORDS, HANDLE, "canary-older", NAME, "u-canary") == []
    with world.db.write() as conn:
        kept = drafts.version(conn, version.draft_id, version.version)
        assert kept.content.parts[0].text == "In our shop, from Monday."
        (decided,) = approvals.decisions(conn, draft_id=version.draft_id)
        assert (decided.person, decided.hash, decided.shown) == (li.id, version.hash, "(erased)")
        assert api.begin(conn, "k1", "a", "h", world.clock.now()) is None
        assert (api.begin(conn, "k1", "b", "h", world.clock.now()) or api.Kept("", 0, {}, "")).status == 200


def test_answers_to_programs_are_let_go_of_after_a_day_whoever_asks_next(world: World) -> None:
    with world.db.write() as conn:
        api.begin(conn, "k1", "a", "h", world.clock.now())
        api.finish(conn, "k1", "a", 200, {}, WORDS)
    assert holding(strings(world.settings.home), WORDS)
    world.advance(25 * 3600)
    tend.tend(world.desk)
    with world.db.read() as conn:
        assert conn.execute(select(api_tables.api_answer)).all() == []
