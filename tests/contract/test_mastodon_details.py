"""What holds for Mastodon alone: the wire, media that take time, the hour of a key, edits, what is heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.domain.post import Receipt
from bot.errors import OutcomeUnknown, Refused, TryLater, Unsupported
from bot.media import MediaFolder
from tests.contract.mastodon_bench import POST, STATUSES, MastodonBench
from tests.servers.faulty_requests import Reply
from tests.servers.mastodon import Login, MastodonNetwork
from tests.unit.clips import made, program

pytestmark = pytest.mark.slow
UPLOAD, INSTANCE, APP = "/api/v2/media", "/api/v2/instance", "/api/v1/apps/verify_credentials"
ATTACHED = {"id": "55", "type": "image", "url": None, "preview_url": "https://m.test/small.png"}


@pytest.fixture(scope="module")
def people(mastodon_network: MastodonNetwork) -> tuple[Login, Login]:
    return mastodon_network.new_account("brand", bot=True), mastodon_network.new_account("fan")


@pytest.fixture
def bench(mastodon_network: MastodonNetwork, people: tuple[Login, Login]) -> Iterator[MastodonBench]:
    bench = MastodonBench(mastodon_network.url, *(one.token for one in people))
    yield bench
    bench.close()


# --- what leaves --------------------------------------------------------------------------------------------------


def test_a_post_leaves_with_its_key_and_every_field(bench: MastodonBench) -> None:
    adapter = bench.adapter()
    first = bench.publish(adapter, bench.out(visibility="followers"))
    out = bench.out("Tea @fan", parent=first, root=first, visibility="direct", warning="Food", labels=("sensitive",),
                    language="de")  # fmt: skip
    receipt = bench.publish(adapter, out)
    call = bench.wire.last()
    assert {name: values[0] for name, values in call.form.items()} == {
        "status": "Tea @fan", "in_reply_to_id": first.remote_id, "visibility": "direct", "spoiler_text": "Food",
        "sensitive": "1", "language": "de",
    }  # fmt: skip
    assert call.headers["idempotency-key"] == bench.key(adapter, out)
    assert call.headers["authorization"] == f"Bearer {bench.brand}"
    there = bench.ask("GET", f"{STATUSES}/{receipt.remote_id}", bench.brand)
    assert (there["spoiler_text"], there["sensitive"], there["visibility"]) == ("Food", True, "direct")
    assert (receipt.remote_id, receipt.url) == (there["id"], there["url"])


def test_a_plain_post_says_no_more_than_it_must(bench: MastodonBench) -> None:
    bench.publish(bench.adapter(), bench.out("Tea", language=""))
    assert bench.wire.last().form == {"status": ["Tea"], "sensitive": ["0"], "visibility": ["public"]}


@pytest.mark.parametrize(("ours", "theirs"), [("public", "public"), ("unlisted", "unlisted"), ("followers", "private"),
                                              ("direct", "direct")])  # fmt: skip
def test_each_visibility_has_mastodons_word(bench: MastodonBench, ours: str, theirs: str) -> None:
    bench.publish(bench.adapter(), bench.out(visibility=ours))
    assert bench.wire.last().form["visibility"] == [theirs]


def test_pictures_leave_byte_for_byte_as_they_were_signed(bench: MastodonBench) -> None:
    medium = bench.picture(40, 20, mime="image/png")
    bench.publish(bench.adapter(), bench.out(media=(medium,)))
    fields = bench.wire.last("POST", UPLOAD).multipart
    assert fields["file"] == ("image/png", bench.pictures[medium.sha256])
    assert fields["description"][1].decode() == medium.alt
    assert set(fields) == {"file", "description"}
    paths = [call.path for call in bench.wire.calls]
    assert paths.index(UPLOAD) < paths.index(STATUSES)


def test_a_video_leaves_as_it_was_signed_or_not_at_all(bench: MastodonBench, tmp_path: Path) -> None:
    folder, raw = MediaFolder(tmp_path / "media", program), made("mp4")
    (tmp_path / "film.mp4").write_bytes(raw)
    film = folder.add(tmp_path / "film.mp4", "A test film")
    bench.pictures[film.sha256] = folder.read(film)
    bench.publish(bench.adapter(), bench.out(media=(film,)))
    assert bench.wire.last("POST", UPLOAD).multipart["file"] == ("video/mp4", bench.pictures[film.sha256])
    calls = bench.calls()
    for data, error in ((raw, Refused), (b"no film", Unsupported)):
        bench.pictures[film.sha256] = data
        with pytest.raises(error):
            bench.publish(bench.adapter(), bench.out(media=(film,)))
    assert bench.calls() == calls


def test_a_picture_that_tells_of_place_or_camera_is_refused_before_any_call(bench: MastodonBench) -> None:
    with pytest.raises(Refused, match="camera or place"):
        bench.publish(bench.adapter(), bench.out(media=(bench.picture(40, 20, exif=True),)))
    medium = bench.picture()
    bench.pictures[medium.sha256] = b"GIF89a not at all"
    with pytest.raises(Unsupported):
        bench.publish(bench.adapter(), bench.out(media=(medium,)))
    assert bench.calls() == 0


def test_only_public_requests_go_without_their_own_headers(bench: MastodonBench) -> None:
    """Nothing goes out that was not asked for: no version check, no second look."""
    adapter = bench.adapter()
    bench.publish(adapter, bench.out(media=(bench.picture(),)))
    assert [call.path for call in bench.wire.calls] == [INSTANCE, UPLOAD, STATUSES]
    bench.publish(adapter, bench.out())
    assert [call.path for call in bench.wire.calls][3:] == [STATUSES]


# --- media that take time -----------------------------------------------------------------------------------------


@pytest.fixture
def patient(bench: MastodonBench) -> MastodonBench:
    bench.clock = FixedClock(datetime.now(UTC))
    bench.publish(bench.adapter(), bench.out())
    return bench


def test_media_are_waited_for_until_the_server_is_done(patient: MastodonBench) -> None:
    answers = [Reply(206, b""), Reply(206, {**ATTACHED}), Reply(200, {**ATTACHED, "url": "https://m.test/x.png"})]
    patient.wire.fail(Reply(202, ATTACHED), "POST", UPLOAD)
    patient.wire.fail(lambda call: answers.pop(0), "GET", "/api/v1/media/55", count=9)
    patient.publish(patient.adapter(), patient.out(media=(patient.picture(),)))
    assert patient.wire.last().form["media_ids[]"] == ["55"]
    assert patient.wire.count("GET", "/api/v1/media/55") == 3
    assert isinstance(patient.clock, FixedClock)
    assert patient.clock.slept == [1.0, 1.5, 2.25]


def test_media_that_take_too_long_are_asked_for_later_and_not_sent_again(patient: MastodonBench) -> None:
    medium, sends = patient.picture(), patient.sends()
    out = patient.out(media=(medium,))
    patient.wire.fail(Reply(202, ATTACHED), "POST", UPLOAD)
    patient.wire.fail(Reply(206, b""), "GET", "/api/v1/media/55", count=99)
    with pytest.raises(TryLater) as caught:
        patient.publish(patient.adapter(), out)
    assert caught.value.after
    assert isinstance(patient.clock, FixedClock)
    assert sum(patient.clock.slept) <= 30
    assert patient.sends() == sends
    patient.wire.forget()
    patient.wire.fail(Reply(200, {**ATTACHED, "url": "https://m.test/x.png"}), "GET", "/api/v1/media/55")
    patient.publish(patient.adapter(), out)
    assert patient.wire.count("POST", UPLOAD) == 1
    assert patient.wire.last().form["media_ids[]"] == ["55"]
    assert patient.facts.load("media") == {}


def test_media_that_the_server_lost_meanwhile_are_sent_again(patient: MastodonBench) -> None:
    out = patient.out(media=(patient.picture(),))
    patient.wire.fail(Reply(202, ATTACHED), "POST", UPLOAD)
    patient.wire.fail(Reply(206, b""), "GET", "/api/v1/media/55", count=99)
    with pytest.raises(TryLater):
        patient.publish(patient.adapter(), out)
    patient.wire.forget()
    patient.wire.fail(Reply(404, {"error": "Record not found"}), "GET", "/api/v1/media/55")
    patient.publish(patient.adapter(), out)
    assert patient.wire.count("POST", UPLOAD) == 2
    assert patient.wire.last().form["media_ids[]"] != ["55"]


def test_media_that_the_server_cannot_read_are_refused(patient: MastodonBench) -> None:
    patient.wire.fail(Reply(202, ATTACHED), "POST", UPLOAD)
    problem = {"error": "Validation failed: File content type is invalid"}
    patient.wire.fail(Reply(422, problem), "GET", "/api/v1/media/55")
    sends = patient.sends()
    with pytest.raises(Refused, match="content type"):
        patient.publish(patient.adapter(), patient.out(media=(patient.picture(),)))
    assert patient.sends() == sends


# --- at most once -------------------------------------------------------------------------------------------------


def test_finding_never_posts_and_knows_nothing_of_keys(bench: MastodonBench) -> None:
    """A server that ignores keys, and an hour that is over: the own timeline tells."""
    adapter, began = bench.adapter(), datetime.now(UTC)
    for n in range(3):
        bench.ask("POST", STATUSES, bench.brand, status=f"Another {n}", visibility="direct")
    out = bench.out("Read https://example.com/a?b=1 #tea, @nobody@example.com")
    bench.fail("timeout_after_accept")
    with pytest.raises(OutcomeUnknown):
        adapter.publish(out, "a key")
    sends = bench.sends()
    found = adapter.find(out, "another key, of an hour later", began)
    assert found is not None
    assert bench.sends() == sends
    assert bench.copies(out.part.text) == 1


def test_a_post_is_found_behind_many_newer_ones(bench: MastodonBench) -> None:
    adapter, began, out = bench.adapter(), datetime.now(UTC), bench.out()
    receipt = bench.publish(adapter, out)
    for n in range(45):
        bench.ask("POST", STATUSES, bench.brand, status=f"Newer {n}")
    assert adapter.find(out, "", began) == receipt
    assert adapter.find(bench.out(), "", began) is None
    asked = [call.query for call in bench.wire.calls if call.path.endswith("/statuses") and call.method == "GET"]
    assert [bool(query.get("max_id")) for query in asked[:2]] == [False, True]


def test_a_boost_of_ours_is_not_ours(bench: MastodonBench) -> None:
    bench.wire.fail(
        Reply(200, [{"id": "1", "content": "<p>x</p>", "created_at": datetime.now(UTC).isoformat(), "reblog": {}},
                    {"id": "2", "created_at": "2020-01-01T00:00:00Z"}]),
        where=lambda call: call.path.endswith(f"{bench.me['id']}/statuses"),
    )  # fmt: skip
    assert bench.adapter().find(bench.out("y"), "", datetime.now(UTC) - timedelta(minutes=1)) is None


# --- answers and edits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours", "fits"),
    [("private", "followers", True), ("private", "unlisted", False), ("limited", "followers", False),
     ("unlisted", "direct", True)],
)  # fmt: skip
def test_no_answer_is_for_more_people_than_its_parent(bench: MastodonBench, theirs: str, ours: str, fits: bool) -> None:
    adapter = bench.adapter()
    parent = bench.publish(adapter, bench.out())
    there = {**bench.ask("GET", f"{STATUSES}/{parent.remote_id}", bench.brand), "visibility": theirs}
    bench.wire.fail(Reply(200, there), "GET", f"{STATUSES}/{parent.remote_id}")
    sends, out = bench.sends(), bench.out(parent=parent, root=parent, visibility=ours)
    if fits:
        bench.publish(adapter, out)
        return
    with pytest.raises(Refused) as caught:
        bench.publish(adapter, out)
    assert caught.value.next_step
    assert bench.sends() == sends


def test_a_parent_that_goes_at_the_last_moment_is_a_refusal(bench: MastodonBench) -> None:
    adapter = bench.adapter()
    parent = bench.publish(adapter, bench.out())
    bench.wire.fail(Reply(404, {"error": "Record not found"}), POST, STATUSES)
    with pytest.raises(Refused, match="Record not found"):
        bench.publish(adapter, bench.out(parent=parent, root=parent))


def test_an_edit_keeps_what_it_does_not_change(bench: MastodonBench) -> None:
    adapter = bench.adapter()
    out = bench.out(media=(bench.picture(),), warning="Food")
    receipt = bench.publish(adapter, out)
    new = replace(out, part=replace(out.part, text="Corrected"), warning="")
    changed = adapter.edit(receipt, new)
    assert (changed.remote_id, changed.url) == (receipt.remote_id, receipt.url)
    form = bench.wire.last("PUT", f"{STATUSES}/{receipt.remote_id}").form
    # What is not named is taken away: PostStatusService's sibling UpdateStatusService, so media and warning are.
    assert (form["status"], form["spoiler_text"], form["sensitive"]) == (["Corrected"], [""], ["0"])
    assert len(form["media_ids[]"]) == 1
    with pytest.raises(Refused, match="who sees"):
        adapter.edit(receipt, replace(new, visibility="unlisted"))


# --- listening ----------------------------------------------------------------------------------------------------


def test_a_quote_is_read_from_a_recorded_answer(bench: MastodonBench) -> None:
    """https://docs.joinmastodon.org/entities/Notification/#type: ``quote``, since 4.5 (read 2026-11-22)."""
    author = {"id": "7", "acct": "fan@m.test", "bot": False}
    status = {"id": "900", "content": '<p class="quote-inline">RE: <a href="https://m.test/1">https://m.test/1</a></p>'
              "<p>So true</p>", "created_at": "2026-11-22T09:00:00Z", "visibility": "public", "account": author,
              "in_reply_to_id": None, "url": "https://m.test/@fan/900", "mentions": []}  # fmt: skip
    notes = [{"id": "3", "type": "quote", "status": status}, {"id": "2", "type": "mention", "status": None}, "odd"]
    bench.wire.fail(Reply(200, notes), "GET", "/api/v1/notifications")
    [heard] = bench.adapter().comments(None).items
    assert (heard.remote_id, heard.kind, heard.text, heard.parent_id) == ("900", "quote", "So true", "")
    assert bench.wire.last("GET", "/api/v1/notifications").query["types[]"] == ["mention", "quote"]


def test_a_conversation_that_cannot_be_read_still_brings_its_comments(bench: MastodonBench) -> None:
    adapter = bench.adapter()
    post = bench.publish(adapter, bench.out())
    said = bench.says("Hello", post)
    bench.wire.fail("upstream", where=lambda call: call.path.endswith("/context"), count=99)
    heard = {comment.remote_id: comment for comment in adapter.comments(None).items}[said]
    assert (heard.parent_id, heard.root_id) == (post.remote_id, post.remote_id)


def test_readings_come_one_by_one_where_the_server_is_old(bench: MastodonBench) -> None:
    adapter = bench.adapter()
    receipts = [bench.publish(adapter, bench.out()) for _ in range(2)]
    bench.wire.fail(
        Reply(404, {"error": "Not Found"}), where=lambda call: call.path == STATUSES and call.method == "GET"
    )
    assert [reading.likes for reading in adapter.readings(receipts)] == [0, 0]
    many = [Receipt(str(n), "", datetime.now(UTC)) for n in range(45)]
    assert list(adapter.readings(many)) == []
    assert [len(call.query["id[]"]) for call in bench.wire.found("GET", STATUSES)][1:] == [20, 20, 5]


def test_a_comment_is_looked_at_with_our_answers_right_below_it(bench: MastodonBench) -> None:
    """What its author sees of it, and what stands below it by us, whoever of us wrote that; nothing further down."""
    adapter = bench.adapter()
    post = bench.publish(adapter, bench.out())
    said = bench.says("Is it good?", post)
    assert (adapter.look_at(said).text, adapter.look_at(said).answers) == ("Is it good?", ())
    below = Receipt(said, "", bench.clock.now())
    ours = bench.publish(adapter, bench.out("It is", parent=below))
    bench.says("Hm", below)
    bench.publish(adapter, bench.out("Even better cold", parent=ours))
    assert adapter.look_at(said).answers == (ours.remote_id,)
    # What a colleague says in another app is an answer of the account too.
    app = bench.ask("POST", STATUSES, bench.brand, status="From my phone", in_reply_to_id=said)
    assert sorted(adapter.look_at(said).answers) == sorted((ours.remote_id, str(app["id"])))
    bench.edits(said, "Is it bad?")
    assert adapter.look_at(said).text == "Is it bad?"
    bench.removes(said)
    assert adapter.look_at(said).text is None


def test_a_look_that_fails_says_nothing_of_the_comment(bench: MastodonBench) -> None:
    adapter = bench.adapter()
    said = bench.says("Is it good?", bench.publish(adapter, bench.out()))
    for path in (f"{STATUSES}/{said}", f"{STATUSES}/{said}/context"):
        bench.wire.fail(Reply(503, {"error": "Busy"}), "GET", path)
        with pytest.raises(TryLater):
            adapter.look_at(said)
    assert adapter.look_at(said).text == "Is it good?"
