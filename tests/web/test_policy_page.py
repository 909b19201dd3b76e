"""The policy in plain words for everybody; for an admin the file: tried, saved, learned, bound to what was seen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot import brand_folder
from bot.domain.comment import Author, Comment, Intent, Priority, Triage
from bot.domain.policy import ApprovalPolicy, Ask
from bot.errors import Halted, Stale
from bot.store import desk as rows
from bot.store import events, leases
from bot.workflow.turn import LEASE
from bot.writing import brand_files
from memory.in_memory import InMemory
from tests.shop import POLICY, brand_yaml, shop
from tests.web.served import Browser, hear
from tests.world import World

Opens = Callable[..., Browser]

BRAND = brand_yaml(ben="approver")

NEW = """\
rules:
  - name: two-eyes-more
    when: {kind: [post]}
    ask: {needed: 2}
replies:
  rules:
    - name: thanks
      when: {intent: [praise]}
      do: propose
"""


@pytest.fixture
def folder(desk: World, tmp_path: Path) -> Path:
    """Return a real brand folder, learned."""
    made = shop(tmp_path, ben="approver")
    desk.app.use_memory(InMemory())
    desk.app.learn(made)
    return made


@pytest.fixture
def sam(folder: Path, browser: Opens) -> Browser:
    return browser("sam")


def own(desk: World) -> ApprovalPolicy:
    with desk.db.read() as conn:
        return rows.load_brand(conn, "lumen")[1]


def send(one: Browser, deed: str, text: str, **given: str) -> httpx.Response:
    """Type a text into the form as it stands, and press a button."""
    page = one.get("/brand/policy" + (f"?file={given['file']}" if "file" in given else "")).text
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    fields = {"file": "policy.yaml", "seen": found[1] if found else "", "text": text, **given}
    return one.press(f"/brand/policy/{deed}", **fields)


def test_everybody_reads_the_policy_in_plain_words_and_only_an_admin_the_file(
    folder: Path, sam: Browser, browser: Opens
) -> None:
    page = browser("anna").get("/brand/policy").text
    assert "One approver must sign." in page
    assert "It waits in the inbox for a person" in page
    assert "<textarea" not in page
    assert "An admin changes it." in page
    assert "needed: 1" in sam.get("/brand/policy").text
    hidden = browser("li").get("/brand/policy?file=brand.yaml").text
    assert "roles: [author]" not in hidden


def test_trying_names_each_error_with_its_line_and_stores_nothing(desk: World, folder: Path, sam: Browser) -> None:
    found = send(sam, "try", POLICY + "  - name: second\n    when: {kind: [pots]}\n    ask: {needed: 1}\n")
    assert found.status_code == 422
    page = unescape(found.text)
    assert "policy.yaml</bdi> · line 5" in page
    assert "Did you mean 'post'?" in page
    assert "Save and learn" not in page
    assert "kind: [pots]" in page
    broken = send(sam, "try", "rules:\n  - name: x\n\task: {}\n")
    assert "line 3" in broken.text
    assert "not with tabs" in broken.text
    assert (folder / "policy.yaml").read_text() == POLICY
    assert own(desk).rules[0].name == "usual"


def test_nobody_can_sign_is_an_error_before_it_is_saved(folder: Path, sam: Browser) -> None:
    found = send(sam, "save", "rules:\n  - name: many\n    ask: {needed: 9}\n")
    assert found.status_code == 422
    assert "needs 9 people to sign, and only 3 may" in found.text
    assert (folder / "policy.yaml").read_text() == POLICY


def test_trying_shows_what_it_would_have_done_and_whose_drafts_move(desk: World, folder: Path, sam: Browser) -> None:
    waiting = desk.draft("The autumn oolongs are here.")
    for n, (text, intent) in enumerate((("Lovely tea!", Intent.PRAISE), ("Lovely cups!", Intent.PRAISE),
                                        ("Where is my parcel?", Intent.SUPPORT))):  # fmt: skip
        came = Comment("sandbox:main", f"c{n}", Author(f"a{n}", f"a{n}"), text, desk.clock.now() - timedelta(days=n))
        hear(desk, came, Triage("en", "positive", 0.9, 0.9, "It says so.", intent=intent, priority=Priority.LOW))
    found = send(sam, "try", NEW)
    assert found.status_code == 200
    page = unescape(found.text)
    assert 'id="waiting">Drafts that wait <span class="count">1</span>' in page
    assert f"/draft/{waiting.draft_id}" in page
    assert "2 different approvers must sign." in page
    assert "others must be asked" in page
    assert re.search(r"thanks</bdi></td><td>answer proposed</td><td class=\"number\">2</td><td>waiting 2</td>", page)
    assert "no rule: people decide" in page
    assert page.count('class="a-propose"') == 3, "two columns and the legend"
    assert page.count('class="a-leave"') == 2
    assert "<ins>" in page
    assert (folder / "policy.yaml").read_text() == POLICY
    assert own(desk).rules[0].name == "usual"
    table = send(sam, "csv", NEW)
    assert table.headers["content-type"].startswith("text/csv")
    assert "thanks,propose,2,waiting 2" in table.text


def test_what_the_policy_would_refuse_is_said(desk: World, folder: Path, sam: Browser) -> None:
    desk.draft("The autumn oolongs are here.")
    page = send(sam, "try", 'rules:\n  - name: none\n    refuse: "not this month"\n').text
    assert "it could not be published" in page


def test_saving_keeps_the_file_learns_it_and_puts_the_old_one_aside(desk: World, folder: Path, sam: Browser) -> None:
    found = send(sam, "save", NEW)
    assert found.status_code == 303
    assert (folder / "policy.yaml").read_text(encoding="utf-8") == NEW
    rule = own(desk).rules[0]
    assert rule.name == "two-eyes-more"
    assert isinstance(rule.outcome, Ask)
    assert rule.outcome.needed == 2
    kept = list((folder / ".signoff").iterdir())
    assert [p.read_text(encoding="utf-8") for p in kept] == [POLICY]
    page = sam.get(found.headers["location"]).text
    assert "saved and learned" in page
    assert kept[0].name in page
    assert "ask: {needed: 1}" in sam.get(f"/brand/policy?file=policy.yaml&version={kept[0].name}").text
    assert brand_folder.check(folder) == []
    with desk.db.read() as conn:
        record = events.about(conn, "brand:lumen")
    assert [(r["who"], r["was"], r["now"]) for r in record] == [
        ("sam", hashlib.sha256(POLICY.encode()).hexdigest()[:12], hashlib.sha256(NEW.encode()).hexdigest()[:12])
    ]


def test_a_file_that_changed_meanwhile_is_not_overwritten(desk: World, folder: Path, sam: Browser) -> None:
    other = POLICY + "# somebody else was here\n"
    seen = brand_files.look(desk.app, "policy.yaml").digest
    (folder / "policy.yaml").write_text(other, encoding="utf-8")
    for given in (seen, "", "0" * 64):
        found = send(sam, "save", NEW, seen=given)
        assert found.status_code == 409
        assert "was changed after you opened it" in found.text
        assert "two-eyes-more" in found.text, "what was typed is kept"
    assert (folder / "policy.yaml").read_text(encoding="utf-8") == other
    assert not (folder / ".signoff").exists()
    assert own(desk).rules[0].name == "usual"


@pytest.mark.parametrize("person", ["anna", "li"])
def test_only_an_admin_tries_or_saves(folder: Path, browser: Opens, person: str) -> None:
    one = browser(person)
    for deed in ("try", "save", "csv"):
        seen = hashlib.sha256(POLICY.encode()).hexdigest()
        assert one.press(f"/brand/policy/{deed}", file="policy.yaml", seen=seen, text=NEW).status_code == 403
    assert (folder / "policy.yaml").read_text() == POLICY


def test_no_other_file_can_be_named(folder: Path, sam: Browser) -> None:
    for name in ("rules.yaml", "../policy.yaml", "/etc/passwd", "guidelines/voice.md", ""):
        for deed in ("try", "save"):
            assert send(sam, deed, "x", file=name).status_code == 404
        assert "root:" not in sam.get("/brand/policy", params={"file": name}).text
    for version in ("../policy.yaml", "policy-20260101T000000Z-00000000.yaml", "../../etc/passwd", "brand.yaml"):
        found = sam.get("/brand/policy", params={"version": version})
        assert found.status_code == 404


def test_where_learning_fails_the_file_is_as_it_was(desk: World, folder: Path, sam: Browser) -> None:
    class Broken(InMemory):
        def learn(self, *args: object, **given: object) -> None:  # type: ignore[override]
            raise Halted("The disk is full.")

    desk.app.use_memory(Broken())
    found = send(sam, "save", NEW)
    assert found.status_code == 503
    assert "The disk is full." in found.text
    assert (folder / "policy.yaml").read_text() == POLICY
    assert own(desk).rules[0].name == "usual"


def test_another_one_who_learns_is_waited_for_and_named(desk: World, folder: Path, sam: Browser) -> None:
    leases.take(desk.db, "learn", "elsewhere:1", LEASE * 100, gone=lambda _: False)
    found = send(sam, "save", NEW)
    assert found.status_code == 503
    assert "Another command is learning" in found.text
    assert (folder / "policy.yaml").read_text() == POLICY


def test_people_are_changed_in_the_same_way(desk: World, folder: Path, sam: Browser) -> None:
    more = BRAND + '  - {id: rose, name: Rose, roles: [author], sign_in: [rose@lumen.example, "sub:U9"]}\n'
    page = send(sam, "try", more, file="brand.yaml")
    assert page.status_code == 200
    assert "What it would have done" not in page.text
    assert send(sam, "save", more, file="brand.yaml").status_code == 303
    rose = desk.app.brand().person("rose")
    assert rose is not None
    assert rose.sign_in == ("rose@lumen.example", "sub:U9")
    for change, why in (
        (BRAND.replace("roles: [admin]", "roles: [author]"), "Nobody would be an admin any more."),
        (BRAND.replace("id: lumen", "id: other"), "The brand's id cannot be changed here."),
        (BRAND.replace("name: Anna,", "name: Anna, sign_in: [nobody],"), "neither an e-mail address"),
        (more.replace("id: anna, name: Anna,", "id: anna, name: Anna, sign_in: [ROSE@lumen.example],"),
         "signs in anna already"),
    ):  # fmt: skip
        found = send(sam, "save", change, file="brand.yaml")
        assert found.status_code == 422, why
        assert why in unescape(found.text)


def test_what_else_changed_in_the_folder_is_said_before_it_is_learned(folder: Path, sam: Browser) -> None:
    (folder / "guidelines" / "voice.md").write_text("# Voice\n\n- Be brief. {#brief}\n", encoding="utf-8")
    page = send(sam, "try", NEW).text
    assert "Rules that changed in the folder: 2. It is learned with this." in page


def test_a_folder_elsewhere_cannot_be_changed_here(desk: World, browser: Opens) -> None:
    page = browser("sam").get("/brand/policy").text
    assert "is not on this machine" in page
    assert "<textarea" not in page


def test_a_text_that_is_too_long_is_refused(folder: Path, sam: Browser) -> None:
    found = send(sam, "try", "# " + "x" * 60_000)
    assert found.status_code == 422
    assert "60000 at most" in found.text


def test_of_two_who_save_at_once_one_does(desk: World, folder: Path) -> None:
    seen = brand_files.look(desk.app, "policy.yaml").digest
    sam = desk.app.brand().person("sam")
    assert sam is not None
    brand_files.save(desk.app, "policy.yaml", NEW, seen, sam)
    with pytest.raises(Stale):
        brand_files.save(desk.app, "policy.yaml", POLICY + "# mine\n", seen, sam)
    assert (folder / "policy.yaml").read_text(encoding="utf-8") == NEW


def test_a_file_of_windows_keeps_its_lines(desk: World, folder: Path, sam: Browser) -> None:
    (folder / "policy.yaml").write_bytes(POLICY.replace("\n", "\r\n").encode())
    assert send(sam, "save", NEW).status_code == 303
    assert (folder / "policy.yaml").read_bytes() == NEW.replace("\n", "\r\n").encode()


def test_a_replay_looks_at_the_newest_where_there_are_many(desk: World) -> None:
    from bot.workflow import replay

    for n in range(5):
        came = Comment("sandbox:main", f"c{n}", Author("a", "a"), "Hi", desk.clock.now() - timedelta(hours=n))
        hear(desk, came, Triage("en", "neutral", 0.0, 0.9, "", intent=Intent.OTHER, priority=Priority.LOW))
    found = replay.replay(desk.desk, "lumen", 30, None, 3)
    assert (found.comments, found.cut) == (3, True)
    found = replay.replay(desk.desk, "lumen", 30, None, 5)
    assert (found.comments, found.cut) == (5, False)


def test_an_account_taken_out_says_what_waits_for_it_before_it_is_saved(
    desk: World, sam: Browser, folder: Path
) -> None:
    desk.approve(desk.draft())
    other = (folder / "brand.yaml").read_text(encoding="utf-8").replace("sandbox:main", "sandbox:other")
    tried = unescape(send(sam, "try", other, file="brand.yaml").text)
    assert "Posts that wait for sandbox:main, which brand.yaml does not name any more: 1" in tried
    same = (folder / "brand.yaml").read_text(encoding="utf-8")
    assert "Posts that wait for" not in unescape(send(sam, "try", same, file="brand.yaml").text)
