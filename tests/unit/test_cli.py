"""The command line in this process: words, exit codes, questions, JSON."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert

import bot
from bot import words, writing
from bot.clock import SystemClock
from bot.domain.brand import Account, Person, Role
from bot.domain.post import PostState
from bot.errors import BadInput
from bot.store import approvals, posts, tables
from bot.store import desk as rows
from bot.store.vault import Keys, Store
from bot.surfaces.cli import group, main, printed
from bot.surfaces.cli.progress import Progress
from tests.world import World, brand

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(p for p in group.COMMANDS.glob("*.py") if p.stem != "__init__")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Iterator[World]:
    """The test brand in the home that the command line works in, on the machine's clock."""
    home.mkdir()
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        yield world


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str, person: str = "") -> tuple[int, str, str]:
        code = main(["--home", str(home), *(["--as", person] if person else []), *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


# --- help --------------------------------------------------------------------------------------------------


def test_help_lists_every_command_with_its_first_line_and_imports_none() -> None:
    program = (
        "import sys; from bot.surfaces.cli import main; main(['--help']); "
        "sys.stderr.write(' '.join(m for m in sys.modules if m.split('.')[0] in "
        "('sqlalchemy', 'pydantic', 'rich', 'langchain') or '.commands.' in m))"
    )
    env = {"LANGUAGE": "en", "PYTHONPATH": str(ROOT), "PATH": ""}
    ran = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    shown = " ".join(ran.stdout.split())
    for path in COMMANDS:
        first = path.read_text(encoding="utf-8").splitlines()[0].strip('"')
        assert f"{path.stem} {first}" in shown, path.stem


@pytest.mark.parametrize("path", COMMANDS, ids=lambda p: p.stem)
def test_a_command_file_imports_little_and_explains_itself(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    doc = ast.get_docstring(tree) or ""
    assert len(doc.splitlines()[0]) <= 80
    allowed = {"click", "bot.errors", "bot.words", "bot.surfaces.cli", "bot.surfaces.cli.session"}
    for node in tree.body:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        # The domain is standard library only.
        assert all(
            n in allowed or n.startswith("bot.domain.") or n.split(".")[0] in sys.stdlib_module_names for n in names
        )
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 100


@pytest.mark.parametrize("path", COMMANDS, ids=lambda p: p.stem)
def test_every_command_has_help_in_both_languages(path: Path, run: Run) -> None:
    code, english, _ = run(path.stem, "--help")
    assert code == 0
    code, chinese, _ = run("--lang", "zh", path.stem, "--help")
    assert code == 0
    assert english != chinese
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)


def test_the_printed_pages_are_up_to_date() -> None:
    stale = [p.name for p, text in printed.pages().items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make env`"


def test_every_exit_code_is_documented() -> None:
    assert [code for code, _ in printed.exit_codes()] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 130]


# --- errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["queue"], 4, "No brand has been learned yet. `signoff init my-brand` writes a folder to edit;"),
        (["draff"], 2, "There is no command `draff`. Did you mean `draft`? See `signoff --help`."),
        (["draft"], 2, "Missing argument 'BRIEF'. See `signoff draft --help`."),
        (["queue", "--jsn"], 2, "No such option '--jsn'."),
        (["learn", "nowhere"], 4, "There is no folder nowhere. `signoff init nowhere` makes one."),
        (["reschedule", "d_1"], 2, "Say when. Use --at TIME, --slot next or --now."),
        (["settle", "p_1"], 2, "Say what you found. Use --live URL or --not-live."),
    ],
)
def test_an_error_is_one_sentence_with_the_next_step(argv: list[str], code: int, said: str, run: Run) -> None:
    got, out, err = run(*argv)
    assert (got, out) == (code, "")
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_a_mistyped_setting_and_a_folder_that_cannot_be_used_are_named(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("SIGNOFF_OPERATR=li\n", encoding="utf-8")
    code, _, err = run("queue")
    assert (code, err.startswith("SIGNOFF_OPERATR: there is no such setting (did you mean SIGNOFF_OPERATOR?)")) == (
        3,
        True,
    )
    (tmp_path / ".env").unlink()
    (tmp_path / "file").touch()
    assert main(["--home", str(tmp_path / "file" / "x"), "queue"]) == 3
    assert "Choose another one with --home or SIGNOFF_HOME." in capsys.readouterr().err


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("Usage: signoff ")


def test_errors_are_read_in_the_language_that_is_asked_for(run: Run) -> None:
    assert run("draft", "--lang", "zh")[2].startswith("缺少参数")
    assert run("stop", "--lang=zh", person="nobody")[0] == 4


def test_ctrl_c_is_quiet(run: Run, desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.surfaces.cli.listing.rows", interrupt)
    code, out, err = run("queue")
    assert (code, out, err.strip()) == (130, "", "")


def test_what_nobody_foresaw_goes_into_a_file_without_secrets(
    run: Run, desk: World, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNOFF_LLM_API_KEY", "top-secret-value")

    def fail(*_: Any) -> None:
        raise RuntimeError("with top-secret-value and sk-abcdefghijklmnop1234")

    monkeypatch.setattr("bot.surfaces.cli.listing.rows", fail)
    code, _, err = run("queue")
    assert code == 1
    assert err == f"Something unexpected happened (RuntimeError). The details are in {home / 'errors.log'}.\n"
    kept = (home / "errors.log").read_text(encoding="utf-8")
    assert "RuntimeError: with *** and ***" in kept


def test_a_broken_brand_folder_names_file_and_line(run: Run, tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "b"), "--name", "B")[0] == 0
    (tmp_path / "b" / "brand.yaml").write_text("id: b\nname: B\nacounts: []\n", encoding="utf-8")
    code, out, _ = run("check", str(tmp_path / "b"))
    assert code == 3
    assert "brand.yaml:3: error: There is no field 'acounts' here. Did you mean 'accounts'?" in out
    found = json.loads(run("check", str(tmp_path / "b"), "--json")[1])
    assert not found["ok"]
    assert {"file", "line", "severity", "message", "fix"} == set(found["problems"][0])


# --- deciding ----------------------------------------------------------------------------------------------


def test_a_signature_holds_exactly_what_was_shown(run: Run, desk: World) -> None:
    version = desk.draft("The autumn oolongs are here.")
    code, out, err = run("approve", version.draft_id[2:6], "--yes", person="li")
    assert (code, err) == (0, "")
    with desk.db.read() as conn:
        decision = approvals.decisions(conn, draft_id=version.draft_id)[0]
    assert out.startswith(decision.shown)
    assert "The autumn oolongs are here." in decision.shown
    assert (decision.person, decision.via, decision.hash) == ("li", "cli", version.hash)
    assert "goes out as soon as a worker takes it" in out
    assert "No worker is running" in out


def test_without_a_terminal_nothing_is_signed_by_accident(run: Run, desk: World) -> None:
    version = desk.draft()
    code, _, err = run("approve", version.draft_id, person="li")
    assert code == 2
    assert err == "There is no terminal to ask you in. Look at it first, then add --yes.\n"
    assert desk.draft() is not None
    with desk.db.read() as conn:
        assert approvals.decisions(conn, draft_id=version.draft_id) == []


def test_a_person_is_asked_and_may_say_no(run: Run, desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    version = desk.draft()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked: list[str] = []
    monkeypatch.setattr(click, "confirm", lambda text, **_: asked.append(text))
    code, out, _ = run("approve", version.draft_id, person="li")
    assert code == 0
    assert asked == [f"Sign off version 1 of {version.draft_id} as Li?"]
    assert out.endswith("Not signed.\n")


@pytest.mark.parametrize(("person", "why"), [("anna", "is not an approver"), ("mallory", "is not one of"), ("", "who")])
def test_who_may_not_sign_is_told_why(person: str, why: str, run: Run, desk: World) -> None:
    code, _, err = run("approve", desk.draft().draft_id, "--yes", person=person)
    assert code == 5
    assert why in err


def test_the_author_cannot_sign_with_four_eyes(run: Run, desk: World) -> None:
    code, _, err = run("approve", desk.draft(author="ben").draft_id, "--yes", person="ben")
    assert (code, "somebody else must sign it off" in err) == (5, True)


def test_global_options_may_stand_behind_the_command(
    desk: World, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue", "--json", "--home", str(home), "--as", "li"]) == 0
    assert json.loads(capsys.readouterr().out)["brand"] == "lumen"


def test_the_queue_tells_each_state_and_its_json_is_stable(run: Run, desk: World) -> None:
    waiting, live = desk.draft("Waiting text."), desk.draft("Live text.")
    desk.draft("A miracle of a tea.")
    scheduled = desk.draft("Later text.", window=_tomorrow())
    desk.approve(live)
    desk.approve(scheduled)
    desk.drain()
    code, out, _ = run("queue")
    assert code == 0
    titles = ["Held back by a check", "Waits for a signature", "Scheduled", "Live"]
    assert [t for t in titles if f"\n{t}\n" in out] == titles
    assert "sandbox://lumen.sandbox/" in out
    found = json.loads(run("queue", "--json")[1])
    assert set(found) == {"brand", "stopped", "paused", "notices", "items"}
    by_id = {item["id"]: item for item in found["items"]}
    assert [by_id[v.draft_id]["state"] for v in (waiting, live, scheduled)] == ["review", "live", "scheduled"]
    assert set(by_id[live.draft_id]) == {
        "id", "post", "account", "state", "version", "author", "due", "zone", "text", "parts", "live", "urls", "why",
        "kind", "series", "angle", "place", "variant",
    }  # fmt: skip
    assert by_id[scheduled.draft_id]["due"].endswith("+00:00")
    assert found["notices"][0]["level"] == "info"


def _tomorrow() -> Any:
    from bot.domain.draft import Window

    return Window("2099-12-01T09:00", "Europe/Berlin")


def test_an_edit_makes_a_new_version_and_keeps_parts_apart(run: Run, desk: World) -> None:
    version = desk.draft("One.", "Two.")
    code, out, _ = run("edit", version.draft_id, "--text", "First.\n---\nSecond.\n", person="anna")
    assert code == 0
    assert "Part 2 of 2 (7 / 500 characters): Second." in out
    assert "v2" in out
    assert run("edit", version.draft_id, "--text", "First.\n---\nSecond.", person="anna")[1] == "Nothing was changed.\n"
    code, _, err = run("edit", version.draft_id, person="anna")
    assert (code, err.startswith("There is no terminal for an editor.")) == (2, True)


def test_reject_reschedule_and_cancel(run: Run, desk: World) -> None:
    first, second = desk.draft(), desk.draft()
    assert run("reject", first.draft_id, "--reason", "too loud", person="li")[1].startswith("Rejected: ")
    code, out, _ = run("reschedule", second.draft_id, "--at", "2099-12-01 09:00", person="anna")
    assert (code, "Tue 01 Dec 2099 09:00 Europe/Berlin" in out) == (0, True)
    code, _, err = run("reschedule", second.draft_id, "--at", "tomorrow", person="anna")
    assert (code, err.startswith("'tomorrow' is not a time.")) == (2, True)
    assert run("cancel", second.draft_id, person="anna")[0] == 0
    shown = json.loads(run("queue", "--all", "--json")[1])
    assert {i["state"] for i in shown["items"]} == {"rejected", "cancelled"}


def test_show_and_audit_give_everything_as_json(run: Run, desk: World) -> None:
    version = desk.draft("The autumn oolongs are here.", citations=("warm",))
    post = desk.approve(version)
    desk.drain()
    card = json.loads(run("show", version.draft_id, "--json")[1])
    assert card["version"]["content"]["parts"][0]["text"] == "The autumn oolongs are here."
    assert card["cited"][0]["id"] == "warm"
    record = json.loads(run("audit", post.id, "--json")[1])
    assert record["posts"][0]["attempts"][0]["outcome"] == "live"
    assert record["decisions"][0]["shown"]
    code, out, _ = run("audit", version.draft_id)
    assert code == 0
    assert "signed by li over test: version 1" in out
    assert "part 1, attempt 1: live" in out


# --- running -----------------------------------------------------------------------------------------------


def test_stop_asks_nobody_for_which_of_several_brands(run: Run, desk: World) -> None:
    other = (Account("sandbox", "other", "noctua.sandbox", "en", "Europe/Berlin"),)
    people = (Person("pat", "Pat", frozenset({Role.AUTHOR})), Person("kai", "Kai", frozenset({Role.APPROVER})))
    desk.learn(brand(id="noctua", accounts=other, people=people))
    assert run("stop", person="nobody")[0] == 3
    assert run("stop", person="pat")[1].startswith("Stopped.")
    assert run("--brand", "lumen", "resume", person="li")[0] == 5, "it was not theirs"
    assert run("--brand", "noctua", "resume", person="kai")[1] == "Running again.\n"


def test_anyone_may_stop_and_an_approver_resumes(run: Run, desk: World) -> None:
    desk.approve(desk.draft())
    assert run("stop", "--reason", "bad press", person="anna")[1].startswith("Stopped.")
    assert "Nothing is sent: stopped by anna: bad press." in run("worker", "--once")[1]
    assert desk.live() == []
    assert run("resume", person="anna")[0] == 5
    assert run("resume", person="li")[1] == "Running again.\n"
    code, out, _ = run("worker", "--once")
    assert code == 0
    assert "live  sandbox://" in out
    assert len(desk.live()) == 1


def test_a_paused_account_goes_on_when_told(run: Run, desk: World) -> None:
    with desk.db.write() as conn:
        rows.pause(conn, "sandbox:main", "the login died", who="w", at=desk.clock.now())
    assert "sandbox:main is paused: the login died" in run("queue")[1]
    assert run("resume", "sandbox:main", person="li")[1] == "sandbox:main goes on.\n"
    assert run("resume", "sandbox:nope", person="li")[0] == 4


def test_notices_are_read_once(run: Run, desk: World) -> None:
    desk.approve(desk.draft())
    desk.drain()
    assert "is live: sandbox://" in run("notices")[1]
    assert run("notices")[1] == "There is nothing new.\n"
    assert len(json.loads(run("notices", "--all", "--json")[1])["notices"]) == 1


def test_connect_keeps_settings_encrypted_and_tries_them(
    run: Run, desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("latency=0.5\n\n"))
    code, out, _ = run("connect", "sandbox:main", person="li")
    assert code == 0
    assert "login  ok" in out
    assert "0.5" not in out
    assert desk.app.vault.load("sandbox:main", "setting:latency") == "0.5"
    monkeypatch.setattr("sys.stdin", io.StringIO("latncy=1\n"))
    assert run("connect", "sandbox:main", person="li")[0] == 2
    assert run("connect", "sandbox:main", person="anna")[0] == 5


def test_keys_rotate_leaves_secrets_readable(run: Run, desk: World, home: Path) -> None:
    desk.app.vault.store("sandbox:main", "setting:latency", "1")
    before = (home / "keys").read_text(encoding="ascii")
    assert run("keys", "rotate")[0] == 0
    assert (home / "keys").read_text(encoding="ascii") != before
    assert desk.app.vault.load("sandbox:main", "setting:latency") == "1"


@pytest.mark.parametrize("keys", [None, "other"])
def test_a_worker_without_the_keys_of_the_logins_does_not_start(
    run: Run, desk: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str | None
) -> None:
    desk.app.vault.store("sandbox:main", "setting:latency", "1")
    post = desk.approve(desk.draft())
    monkeypatch.setenv("SIGNOFF_DATABASE_URL", str(desk.settings.database))
    other = tmp_path / "other"
    if keys:
        monkeypatch.setenv("SIGNOFF_KEYS", Fernet.generate_key().decode())
    code, _, err = run("--home", str(other), "worker", "--once")
    assert code == 3
    assert "cannot be opened with the keys at hand" in err
    assert ("SIGNOFF_KEYS" if keys else str(other / "keys")) in err
    assert not (other / "keys").exists()
    with desk.db.read() as conn:
        assert rows.all_paused(conn) == set(), "nor does it make the accounts pause for those who have them"
    assert desk.states(post.id) == ["due"]


def test_keys_rotate_locks_no_other_machine_out(run: Run, desk: World, home: Path) -> None:
    desk.app.vault.store("sandbox:main", "setting:latency", "1")
    before = (home / "keys").read_text(encoding="ascii")
    with desk.db.write() as conn:
        rows.beat(conn, "another-host:1:2:3", desk.clock.now())
    code, _, err = run("keys", "rotate")
    assert code == 3
    assert "another-host" in err
    assert (home / "keys").read_text(encoding="ascii") == before
    assert run("keys", "rotate", "--shared")[0] == 0
    assert (home / "keys").read_text(encoding="ascii") != before


def test_keys_rotate_says_which_keys_of_the_environment_may_go(
    run: Run, desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, lost = (Fernet.generate_key().decode() for _ in range(3))
    monkeypatch.setenv("SIGNOFF_KEYS", lost)
    assert run("keys", "rotate")[1].endswith(
        "To change it, put a new key and a comma before it, restart Signoff, and rotate again.\n"
    )
    Store(desk.db, Keys(None, old), SystemClock(), "me").store("sandbox:main", "setting:latency", "1")
    monkeypatch.setenv("SIGNOFF_KEYS", f"{new},{old}")
    code, out, _ = run("keys", "rotate")
    assert code == 0
    assert out == (
        "1 stored secrets are encrypted with the first key of SIGNOFF_KEYS.\n"
        "Once every Signoff process runs with this list, drop from it key number 2.\n"
    )
    monkeypatch.setenv("SIGNOFF_KEYS", lost)
    code, out, err = run("keys", "rotate")
    assert (code, out) == (3, "")
    assert err.startswith("Not every stored secret opens with the first key: sandbox:main setting:latency. ")
    monkeypatch.delenv("SIGNOFF_KEYS")
    assert run("keys", "rotate")[2].startswith("Not every stored secret opens with the new key, so no key was dropped")


@pytest.mark.parametrize(
    "argv",
    [["draft", "\udcff", "--account", "sandbox:main"], ["ask", "what\udcff?"], ["edit", "ID", "--text", "\udcff"]],
)
def test_a_byte_that_is_no_text_is_refused_before_a_model_is_fetched(
    run: Run, desk: World, monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.setattr("bot.app.App.model", lambda _: pytest.fail("a model was fetched"))
    version = desk.draft()
    code, _, err = run(*(version.draft_id if a == "ID" else a for a in argv), person="anna")
    assert (code, err) == (2, "The text holds a byte that is not text. Type it again, or save it as UTF-8.\n")


def test_a_turn_of_a_chat_that_is_no_text_is_refused(desk: World) -> None:
    with pytest.raises(BadInput, match="not text"):
        writing.converse(desk.app, "hi\udcff", "anna")


def test_a_doubtful_part_is_settled_by_hand(run: Run, desk: World) -> None:
    post = desk.approve(desk.draft())
    with desk.db.write() as conn:
        posts.set_part(conn, post.id, 0, state=PostState.ASKED.value, attempts=1)
        now = desk.clock.now()
        conn.execute(insert(tables.attempt).values(
            post_id=post.id, n=0, attempt=1, once_key="k", started=now, worker="w", fence=1, outcome="unknown"
        ))  # fmt: skip
    found = desk.app.sandbox.post("lumen.sandbox", "Warm tea.")
    other = desk.app.sandbox.post("ada.fan.sandbox", "Warm tea.")
    assert found is not None
    assert other is not None
    code, _, err = run("settle", post.id, "--live", "https://elsewhere.example/1", person="li")
    assert (code, err) == (4, "There is no post at https://elsewhere.example/1.\n")
    code, _, err = run("settle", post.id, "--live", f"sandbox://ada.fan.sandbox/{other.id}", person="li")
    assert (code, "is not a post of sandbox:main" in err) == (2, True)
    code, out, _ = run("settle", post.id, "--live", f"sandbox://lumen.sandbox/{found.id}", person="li")
    assert (code, out) == (0, f"{post.id}: live\n")
    receipt = desk.post(post.id).parts[0].receipt
    assert receipt is not None
    assert receipt.remote_id == found.id


def test_a_live_thread_is_taken_down_and_looked_for_again(run: Run, desk: World) -> None:
    post = desk.approve(desk.draft("One.", "Two."))
    desk.drain()
    assert desk.live() == ["One.", "Two."]
    assert run("undo", post.draft_id, person="li")[0] == 2
    code, _, err = run("undo", post.draft_id, "--yes", person="anna")
    assert (code, "Only an approver" in err) == (5, True)
    assert desk.live() == ["One.", "Two."]
    code, out, _ = run("undo", post.draft_id, "--yes", "--reason", "wrong date", person="li")
    assert code == 0
    assert out.startswith("This will be deleted from sandbox:main:\n  sandbox://lumen.sandbox/")
    assert out.count("deleted; looked again, and it is not there any more") == 2
    assert desk.live() == []
    assert desk.states(post.id) == ["deleted", "deleted"]
    assert json.loads(run("queue", "--all", "--json")[1])["items"][0]["state"] == "deleted"
    assert "wrong date" in run("audit", post.draft_id)[1]
    code, _, err = run("undo", post.draft_id, "--yes", person="li")
    assert (code, err) == (2, f"Nothing of draft {post.draft_id} is live.\n")


def test_the_version_is_told(run: Run) -> None:
    assert run("--version") == (0, f"signoff {bot.VERSION}\n", "")


@pytest.mark.parametrize(
    ("argv", "chinese"),
    [
        (["init"], False),
        (["--lang", "zh", "init"], True),
        (["--lang", "zh", "init", "--en"], False),
        (["init", "--zh"], True),
    ],
)
def test_a_new_folder_is_in_the_language_that_is_read_or_asked_for(
    argv: list[str], chinese: bool, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "my-brand"
    assert run(*argv, str(folder))[0] == 0
    assert any("\u4e00" <= c <= "\u9fff" for c in (folder / "brand.yaml").read_text(encoding="utf-8")) is chinese


def test_only_the_chosen_brands_notices_are_shown_and_marked(run: Run, desk: World) -> None:
    with desk.db.write() as conn:
        for brand in ("lumen", "other", ""):
            rows.notify(conn, desk.clock.now(), brand, "x", f"Said to {brand or 'all'}.", "")
    assert [n["brand"] for n in json.loads(run("notices", "--json", "--brand", "lumen")[1])["notices"]] == ["", "lumen"]
    assert [n["brand"] for n in json.loads(run("notices", "--json")[1])["notices"]] == ["other"]


def test_checks_and_problems_are_read_in_chinese(run: Run, desk: World, tmp_path: Path) -> None:
    run("init", str(tmp_path / "b"))
    file = tmp_path / "b" / "brand.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("languages:", "langages:"), encoding="utf-8")
    out = run("--lang", "zh", "check", str(tmp_path / "b"))[1]
    assert "错误: 这里没有“langages”这个字段。是不是想写“languages”？" in out
    version = desk.draft("Warm tea.")
    out = run("--lang", "zh", "edit", version.draft_id, "--text", "A miracle of a tea.", person="anna")[1]
    assert "必须修改 [no-miracles]: 不允许写“miracle”：" in out
    out = run("--lang", "zh", "doctor", "--no-model", person="li")[1]
    assert "sandbox:main 登录  正常  以 lumen.sandbox 登录" in out


def test_platforms_are_listed_with_their_settings(run: Run) -> None:
    found = {p["id"]: p for p in json.loads(run("platforms", "--json")[1])["platforms"]}
    assert found["bluesky"]["settings"]["app_password"]["secret"]
    assert found["sandbox"]["limits"]["text"] == 500


# --- progress ----------------------------------------------------------------------------------------------


def test_progress_without_a_terminal_is_a_line_every_tenth() -> None:
    import io

    out = io.StringIO()
    progress = Progress(out)
    for done in range(0, 2_000_001, 50_000):
        progress("fetching the language model, part 1 of 2", done, 2_000_000)
    progress("starting the embedded language model")
    lines = out.getvalue().splitlines()
    assert lines[0] == "· fetching the language model: 0 / 2 MB (0%)"
    assert lines[-2] == "· fetching the language model: 2 / 2 MB (100%)"
    assert len(lines) == 12
    assert lines[-1] == "· starting the embedded language model..."


def test_progress_in_a_terminal_moves_in_one_line() -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    progress = Progress(out)
    progress("joining the parts", 1_000_000, 2_000_000)
    progress("joining the parts", 2_000_000, 2_000_000)
    progress.close()
    assert out.getvalue().count("\n") == 1
    assert "████████████░░░░░░░░░░░░ 1 / 2 MB" in out.getvalue()


def test_a_text_that_nobody_rewrites_is_drafted_without_a_model(desk: World, run: Run) -> None:
    code, out, err = run(
        "draft", "The oolongs are here.\n---\nCome by.", "--verbatim", "--account", "sandbox:main", person="anna"
    )
    assert code == 0, err
    assert "Come by." in out
    code, out, err = run(
        "draft",
        "Tea for all.",
        "--verbatim",
        "--account",
        "sandbox:main",
        "--account",
        "sandbox:cn",
        "--json",
        person="anna",
    )
    assert code == 0, err
    assert [one["content"]["account"] for one in json.loads(out)["drafts"]] == ["sandbox:main", "sandbox:cn"]
    for wrong, why in (
        (["Tea.", "--variants", "2", "--account", "sandbox:main"], "in its own words"),
        (["Tea.", "--kind", "article", "--account", "sandbox:main"], "in its own words"),
        (["  ", "--account", "sandbox:main"], "The text is empty."),
        (["Tea.", "--account", "x:none"], "no account 'x:none'"),
        (["Tea."], "No account was named."),
    ):
        code, _, err = run("draft", *wrong, "--verbatim", person="anna")
        assert code != 0
        assert why in err
