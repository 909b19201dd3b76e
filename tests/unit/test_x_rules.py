"""X's rules of 2026 as preconditions, and how each of its refusals is told apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.domain.brand import Account
from bot.domain.comment import Author, Comment
from bot.domain.draft import Part
from bot.domain.post import Receipt
from bot.errors import PlatformError, Reconnect, Refused, TryLater, Unsupported
from bot.platforms.kit import x_errors
from bot.platforms.kit.x_mentions import Known
from bot.platforms.kit.x_posts import Me, comment, first_id, parse, quotes
from bot.platforms.x import X
from tests.contract.x_bench import XBench
from tests.servers.faulty_requests import Reply
from tests.servers.x import start_x

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def bench() -> Iterator[XBench]:
    with start_x() as (net, url):
        bench = XBench(net, url)
        yield bench
        bench.close()


def by_id(id: str) -> Receipt:
    return Receipt(id, "", NOW)


# --- who may be answered ----------------------------------------------------------------------------------


def test_nobody_is_answered_who_did_not_ask(bench: XBench) -> None:
    """https://docs.x.com/x-api/posts/manage-tweets/integrate, since 2026-02-23 (read 2026-11-22)."""
    stranger = bench.net.post(bench.fan, "Any good tea?")
    with pytest.raises(Unsupported) as caught:
        bench.publish(bench.adapter(), bench.out(parent=by_id(stranger.id)))
    assert bench.sends() == 0
    assert stranger.id in caught.value.next_step
    # The network itself refuses it too: the rule above is not ours alone.
    bench.net.users[bench.brand.id] = replace(bench.brand)
    reads = [call for call in bench.wire.calls if call.path == f"/2/tweets/{stranger.id}"]
    assert len(reads) == 1, "what is answered is read once"


def test_who_named_or_quoted_us_is_answered(bench: XBench) -> None:
    adapter = bench.adapter()
    post = bench.publish(adapter, bench.out())
    asked = [
        bench.net.post(bench.fan, "Hi @Brand").id,
        bench.net.post(bench.fan, "How much?", post.remote_id).id,
        bench.net.post(bench.fan, "Look", quoted=post.remote_id).id,
    ]
    for id in asked:
        assert bench.publish(adapter, bench.out(parent=by_id(id))).remote_id
        assert bench.net.tweets[bench.sent().parent_id].id == id


def test_an_own_thread_goes_on_without_reading(bench: XBench) -> None:
    adapter = bench.adapter()
    first = bench.publish(adapter, bench.out())
    calls = bench.calls()
    second = bench.publish(adapter, bench.out(parent=first, root=first))
    assert bench.calls() == calls + 1
    # Known by its id alone, as after a person's correction, it is read, and found to be ours.
    assert bench.publish(adapter, bench.out(parent=by_id(second.remote_id))).remote_id


def test_what_the_network_refuses_to_have_answered_is_refused(bench: XBench) -> None:
    asked = bench.says("Price?")
    said = {
        "title": "Forbidden",
        "type": "about:blank",
        "detail": "Reply to this conversation is not allowed because ...",
    }
    bench.wire.fail(Reply(403, said))
    with pytest.raises(Refused, match="not allowed"):
        bench.publish(bench.adapter(), bench.out(parent=by_id(asked)))


def test_a_stored_comment_tells_whether_it_may_be_answered() -> None:
    said = Comment("x:main", "1", Author("2", "fan"), "Hello", NOW, "mention")
    account = Account("x", "main", "@brand")
    for kind in ("reply", "mention", "quote"):
        assert X.may_answer(replace(said, kind=kind), account, automatic=False) == ""
    assert "mentioned or quoted" in X.may_answer(replace(said, kind="found"), account, automatic=False)
    assert "AUTO_REPLIES_APPROVED" in X.may_answer(said, account, automatic=True)


@pytest.mark.parametrize(
    ("given", "may"), [("yes", True), ("true", True), ("", False), ("no", False), ("maybe", False)]
)
def test_automatic_answers_wait_for_the_networks_approval(bench: XBench, given: str, may: bool) -> None:
    """https://docs.x.com/developer-guidelines (read 2026-11-22)."""
    adapter = bench.adapter(auto_replies_approved=given)
    said = Comment("x:main", "1", Author("2", "fan"), "Hello", NOW, "mention")
    assert (adapter.may_answer(said, adapter.context.account, automatic=True) == "") is may
    assert adapter.may_answer(said, adapter.context.account, automatic=False) == ""
    assert X.may_answer(said, adapter.context.account, automatic=True), "other accounts have no approval of it"


# --- what a post may hold ---------------------------------------------------------------------------------


def test_one_cashtag(bench: XBench) -> None:
    """https://docs.x.com/x-api/posts/manage-tweets/integrate (read 2026-11-22)."""
    assert X.fits([Part("Up: $TSLA")]) == []
    [problem] = X.fits([Part("Fine"), Part("Up: $TSLA, down: $AAPL")])
    assert problem.part == 1
    with pytest.raises(Unsupported):
        bench.publish(bench.adapter(), bench.out("$TSLA $AAPL"))
    assert bench.calls() == 0


@pytest.mark.parametrize("labels", [(), ("paid_partnership",), ("made_with_ai",), ("paid_partnership", "made_with_ai")])
def test_labels_leave_as_fields(bench: XBench, labels: tuple[str, ...]) -> None:
    receipt = bench.publish(bench.adapter(), bench.out(labels=labels))
    assert bench.net.tweets[receipt.remote_id].labels == dict.fromkeys(labels, True)
    assert set(bench.wire.last().json) == {"text", *labels}


def test_the_text_leaves_as_it_was_signed(bench: XBench) -> None:
    text = "  Cafe\u0301\r\n  example.com  "
    bench.publish(bench.adapter(), bench.out(text))
    assert bench.wire.last().json == {"text": text}


def test_every_rule_has_its_link_and_date() -> None:
    assert len(X.rules) >= 6
    assert all("https://docs.x.com/" in rule and rule.endswith("(2026-11-22)") for rule in X.rules)


# --- a text that is there already -------------------------------------------------------------------------


def test_a_double_of_ours_is_ours_and_one_of_before_is_refused(bench: XBench) -> None:
    adapter = bench.adapter()
    out = bench.out()
    receipt = bench.publish(adapter, out)
    assert bench.publish(adapter, out) == receipt
    late = replace(out, created=(out.created or NOW).replace(year=2027))
    with pytest.raises(Refused, match="a post with this text already"):
        bench.publish(adapter, late)
    assert bench.copies(out.part.text) == 1


def test_when_a_double_cannot_be_looked_for_nothing_is_claimed(bench: XBench) -> None:
    adapter = bench.adapter()
    out = bench.out()
    bench.publish(adapter, out)
    bench.answer("find", 503)
    with pytest.raises(TryLater):
        bench.publish(adapter, out)


# --- refusals ---------------------------------------------------------------------------------------------


def sorted_out(status: int, body: Any, kind: Any = "send", **headers: str) -> PlatformError:
    low = {name.replace("_", "-"): value for name, value in headers.items()}
    return x_errors.no(kind, status, low, body, NOW, platform="x", account="x:main", renewable=False, scrub=str)


def problem(kind: str, detail: str = "", title: str = "Forbidden") -> dict[str, str]:
    return {"type": f"https://api.x.com/2/problems/{kind}", "title": title, "detail": detail}


EPOCH = str(int(NOW.timestamp()) + 120)


@pytest.mark.parametrize(
    ("error", "wanted", "after"),
    [
        (sorted_out(429, problem("rate-limit-exceeded"), x_rate_limit_reset=EPOCH), TryLater, 120),
        (sorted_out(429, problem("usage-capped", title="UsageCapExceeded")), TryLater, 6 * 3600),
        (
            sorted_out(429, {}, x_rate_limit_reset=EPOCH, x_user_limit_24hour_remaining="0",
                       x_user_limit_24hour_reset=str(int(NOW.timestamp()) + 9000)), TryLater, 9000,
        ),
        (sorted_out(403, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}), TryLater, None),
        (sorted_out(403, {"errors": [{"code": 185, "message": "over daily limit"}]}), TryLater, 1800),
        (sorted_out(402, problem("credits", "no credits", "CreditsDepleted")), Reconnect, None),
        (sorted_out(401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}), Reconnect, None),
        (sorted_out(403, {"errors": [{"code": 64, "message": "Your account is suspended"}]}), Reconnect, None),
        (sorted_out(403, {"errors": [{"code": 326, "message": "temporarily locked"}]}), Reconnect, None),
        (sorted_out(403, problem("", "Your account is suspended and is not permitted")), Reconnect, None),
        (sorted_out(403, problem("client-forbidden", "attached to a Project"), "read"), Reconnect, None),
        (sorted_out(403, problem("oauth1-permissions")), Reconnect, None),
        (sorted_out(403, problem("unsupported-authentication")), Reconnect, None),
        (sorted_out(403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}), x_errors.Duplicate, None),
        (sorted_out(403, {"errors": [{"code": 186, "message": "needs to be a bit shorter"}]}), Refused, None),
        (sorted_out(400, problem("invalid-request", "Bad")), Refused, None),
        (sorted_out(403, None, "read"), TryLater, None),
    ],
)  # fmt: skip
def test_each_refusal_is_told_by_what_happens_next(
    error: PlatformError, wanted: type[PlatformError], after: float | None
) -> None:
    assert type(error) is wanted
    if isinstance(error, TryLater):
        assert error.after == after
    if isinstance(error, Reconnect):
        assert "x:main" in error.next_step


def test_only_the_app_being_logged_in_is_told(bench: XBench) -> None:
    """A bearer token of the app alone is of the wrong kind for every call of ours."""
    bench.oauth2 = True
    said = problem("unsupported-authentication")
    bench.wire.fail(Reply(403, said))
    with pytest.raises(Reconnect, match="kind of login"):
        bench.publish(bench.adapter(), bench.out())


def test_keys_that_may_only_read_are_told_of_before_anything_is_sent(bench: XBench) -> None:
    bench.login = bench.net.keys(bench.brand, "read")
    adapter = bench.adapter()
    who = adapter.identity()
    assert (who.scopes, who.lacking) == (("read",), ("read-write",))
    assert not all(line.ok for line in adapter.health())
    with pytest.raises(Reconnect, match="may only read"):
        bench.publish(adapter, bench.out())


def test_a_wrong_secret_is_a_matter_for_a_person(bench: XBench) -> None:
    with pytest.raises(Reconnect):
        bench.adapter(access_secret="wrong").identity()


# --- reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://x.com/Brand/status/12?s=20", ("Brand", "12")),
        ("http://www.twitter.com/brand/status/12/photo/1", ("brand", "12")),
        ("mobile.twitter.com/brand/status/12", ("brand", "12")),
        ("https://x.com/i/status/12", ("", "12")),
        ("https://x.com/i/web/status/12", ("", "12")),
        ("https://evil.com/x.com/brand/status/12", None),
        ("https://x.com.evil.com/brand/status/12", None),
        ("https://x.com/brand/status/abc", None),
        ("https://[x.com/brand/status/1", None),
    ],
)
def test_addresses_of_posts(url: str, found: tuple[str, str] | None) -> None:
    assert parse(url) == found


def test_only_own_posts_are_looked_up(bench: XBench) -> None:
    theirs = bench.net.post(bench.fan, "Mine")
    for url in (f"https://x.com/fan/status/{theirs.id}", f"https://x.com/brand/status/{theirs.id}"):
        with pytest.raises(Exception, match="is not a post of x:main"):
            bench.adapter().lookup(url)


def test_an_edit_is_handed_over_once_and_with_its_newest_words(bench: XBench) -> None:
    adapter = bench.adapter()
    said = bench.says("Hello")
    bench.net.edit(said, "@brand Hello, I mean")
    page = adapter.comments(None)
    assert [(c.remote_id, c.text) for c in page.items] == [(said, "@brand Hello, I mean")]
    bench.edits(said, "@brand Never mind")
    assert adapter.comments(page.cursor).items == ()


def test_mentions_are_asked_for_since_the_last_one_and_in_pages(bench: XBench) -> None:
    adapter = bench.adapter()
    bench.net.page = 5
    said = [bench.says(f"Number {n}") for n in range(12)]
    first = adapter.comments(None, 3)
    asked = [call.query for call in bench.wire.calls if call.path.endswith("/mentions")]
    assert "since_id" not in asked[0]
    assert len(asked) == 2, "an account that was never read is not read to its beginning"
    assert [c.remote_id for c in first.items] == said[2:5]
    rest = adapter.comments(first.cursor, 100)
    asked = [call.query for call in bench.wire.calls if call.path.endswith("/mentions")][2:]
    assert len(asked) == 3
    assert all(int(query["since_id"][0]) < int(said[-1]) for query in asked)
    # What is looked at again because X may be late with it includes the two that were left out at first.
    assert sorted(c.remote_id for c in (*first.items, *rest.items)) == said
    assert adapter.comments(rest.cursor).items == ()


def test_a_stranger_record_is_left_out_and_the_rest_is_read() -> None:
    me = Me("7", "brand")
    fine = {"id": "9", "text": "Hi &lt;3", "author_id": "8", "created_at": "2026-11-22T09:00:00.000Z"}
    assert comment({"id": "9"}, {}, "x:main", me) is None
    assert comment({**fine, "created_at": "soon"}, {}, "x:main", me) is None
    read = comment({**fine, "entities": {"mentions": "x", "urls": [7]}, "referenced_tweets": 3}, {}, "x:main", me)
    assert read is not None
    assert (read.text, read.kind, read.author.bot) == ("Hi <3", "mention", False)
    assert first_id({"id": "9", "edit_history_tweet_ids": ["5", "9"]}) == "5"
    assert not quotes({"id": "9", "referenced_tweets": [{"type": "quoted", "id": "4"}]}, me)


def test_the_rate_is_noted_once_a_minute(bench: XBench) -> None:
    adapter = bench.adapter()
    adapter.identity()
    noted = bench.facts.load("rate")
    assert (noted["limit"], noted["left"]) == (300, 299)
    bench.publish(adapter, bench.out())
    adapter.identity()
    assert bench.facts.load("rate") == noted
    bench.clock.follow(datetime.fromisoformat(noted["at"]).replace(year=2027))
    adapter.identity()
    assert bench.facts.load("rate")["left"] == 297


def test_an_edit_of_what_was_handed_over_long_ago_is_no_new_comment() -> None:
    """X lets an edit follow within the hour; by then the cursor has forgotten the post itself."""
    minute = 60_000 << 22
    old, edited, late = (str(10**18 + n * minute) for n in (0, 40, 41))
    cursor = Known(None).after([{"id": old}, {"id": str(10**18 + 30 * minute)}])
    assert json.loads(cursor.value)["seen"] == [str(10**18 + 30 * minute)]
    assert not Known(cursor).is_new({"id": edited, "edit_history_tweet_ids": [old, edited]})
    assert Known(cursor).is_new({"id": late})


def test_a_post_is_carried_to_no_other_place(bench: XBench) -> None:
    bench.fail("moved")
    with pytest.raises(TryLater):
        bench.publish(bench.adapter(), bench.out())
    assert {urlsplit(call.url).hostname for call in bench.wire.calls} == {"api.x.com"}
