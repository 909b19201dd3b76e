"""Counting and linking as Mastodon does, HTML to text, limits of a server, walking notifications: no server needed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.domain.draft import Media, Part
from bot.domain.post import Outgoing, Receipt
from bot.errors import Misconfigured
from bot.platforms.base import Cursor, Platform
from bot.platforms.kit import mastodon_limits, mastodon_notes, mastodon_status
from bot.platforms.kit.mastodon_html import text_of
from bot.platforms.kit.mastodon_text import alike, length, links
from bot.platforms.kit.mastodon_wire import base_of
from bot.platforms.mastodon import Mastodon
from tests.contract.platform_contract import FAMILY

LONG = "http://" + "b" * 30 + ".com/example"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        # spec/validators/status_length_validator_spec.rb of mastodon/mastodon (read 2026-11-22), case by case
        ("a" * 476 + " " + LONG, 500),
        ("a" * 476 + LONG, 476 + len(LONG)),
        ("a" * 475 + " @alice@" + "b" * 30 + ".com", 482),
        ("@alice@" + "b" * 500 + ".com", 511),
        ("http://example.com/valid?" + "#foo?" * 1000, 5025),
        ("✨" * 500, 500),
        ("🏳️‍⚧️" * 500, 500),
        # what the patterns of twitter_regex.rb and account.rb follow
        (FAMILY, 1),
        ("", 0),
        ("https://a.co", 23),
        ("a https://a.co b", 27),
        ("see (https://en.wikipedia.org/wiki/A_(b)).", 5 + 23 + 2),
        ("https://example.com/a,b.", 24),
        ("https://foo.notatld/x", 21),
        ("https://localhost/x", 19),
        ("https://127.0.0.1/x", 19),
        ("example.com", 11),
        ("https://x.com/@foo@bar.com", 23),
        ("@a@b.com", 2),
        ("mail me@b.com", 13),
        ("@a@@b", 5),
        ("看@a@b.com", 9),
        ("看https://example.com/长路径", 24),
        ("https://e.com/x?a=1&b=茶", 23),
        ("https://e.com/x?!", 25),
    ],
)
def test_it_counts_as_mastodon_does(text: str, count: int) -> None:
    assert length(text) == count
    assert Mastodon.length(text) == count


def test_a_link_takes_in_the_chinese_text_behind_it() -> None:
    """Mastodon does so (twitter_regex.rb); the checks must judge the address that readers will press."""
    assert links("见https://example.com/a。后面 完") == ["https://example.com/a。后面"]
    assert Mastodon.link_uris("见https://example.com/a 完") == ["https://example.com/a"]


@pytest.mark.parametrize("text", ["(" * 4000, "https://a.com/" + "(a" * 2000, "@a." * 5000, "https://a.b" * 2000,
                                  "https://a.com/?" + "a&!" * 3000, "@" * 9000 + "a"])  # fmt: skip
def test_no_text_takes_long_to_count(text: str) -> None:
    began = time.thread_time()
    length(text)
    assert time.thread_time() - began < 3


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello world</p>", "Hello world"),
        ("<p>One<br />Two</p><p>Three</p>", "One\nTwo\n\nThree"),
        ("<p>Tea &amp; &lt;b&gt; &#39;x&#39; &quot;</p>", "Tea & <b> 'x' \""),
        (
            '<p><span class="h-card" translate="no"><a href="https://m.test/@a" class="u-url mention">@<span>a</span>'
            "</a></span> hi</p>",
            "@a hi",
        ),
        (
            '<p>See <a href="https://www.example.com/a/very/long/path/that/goes/on" rel="nofollow"><span '
            'class="invisible">https://www.</span><span class="ellipsis">example.com/a/very/long/path/t</span><span '
            'class="invisible">hat/goes/on</span></a></p>',
            "See https://www.example.com/a/very/long/path/that/goes/on",
        ),
        ('<p><a href="https://m.test/tags/tea" class="mention hashtag" rel="tag">#<span>tea</span></a></p>', "#tea"),
        ('<p>Go to <a href="https://evil.test/x">your bank</a></p>', "Go to your bank (https://evil.test/x)"),
        ('<p><a href="https://evil.test/">bank.test</a></p>', "bank.test (https://evil.test/)"),
        ('<a href="https://e.test/abcdef">e.test/abc…</a>', "https://e.test/abcdef"),
        ('<a href="https://e.test/"></a>', "https://e.test/"),
        ('<p class="quote-inline">RE: <a href="https://m.test/1">https://m.test/1</a></p><p>So true</p>', "So true"),
        ("<p>a</p><script>alert(1)</script><style>p{}</style>", "a"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<blockquote><p>q</p></blockquote><p>a</p>", "q\n\na"),
        ('<p>hi <img alt=":blobcat:" src="x"></p>', "hi :blobcat:"),
        ("<pre><code>a\n b</code></pre>", "a\nb"),
        ("plain & simple <b>bold", "plain & simple bold"),
        ("</p></a></span>odd", "odd"),
        ("", ""),
    ],
)
def test_html_becomes_what_readers_see(html: str, text: str) -> None:
    assert text_of(html) == text


def test_words_are_known_again_after_a_server_rewrote_them() -> None:
    assert alike("Hi  @Brand@m.test\n\nCafe\u0301 *so*") == alike("Hi @brand Café so")
    assert alike("a b") != alike("a c")


# --- limits -------------------------------------------------------------------------------------------------------

SAID: dict[str, Any] = {
    "domain": "m.test", "version": "4.6.0",
    "configuration": {
        "statuses": {"max_characters": 1000, "max_media_attachments": 6, "characters_reserved_per_url": 30},
        "media_attachments": {
            "supported_mime_types": ["image/jpeg", "image/heic", "video/mp4", "audio/mp3"], "image_size_limit": 10,
            "image_matrix_limit": 11, "video_size_limit": 12, "video_matrix_limit": 13, "description_limit": 14,
        },
    },
}  # fmt: skip


def test_limits_are_those_that_the_server_says() -> None:
    limits = Mastodon.limits_of({"instance": {"at": "2026-11-22T00:00:00+00:00", "said": mastodon_limits.read(SAID)}})
    assert (limits.text, limits.images, limits.image_types) == (1000, 6, ("image/jpeg",))
    assert (limits.image_bytes, limits.image_pixels, limits.gif_bytes) == (10, 11, 10)
    assert (limits.videos, limits.video_types, limits.video_bytes, limits.video_pixels) == (1, ("video/mp4",), 12, 13)
    assert limits.alt == 14
    # Links weigh 30 there: 23 + 977 letters are 7 too many.
    text = "a" * 976 + " https://a.co"
    assert Mastodon.length(text) == 1000
    assert [problem.over for problem in Mastodon.fits([Part(text)], limits=limits)] == [7]
    assert not Mastodon.fits([Part(text[7:])], limits=limits)


@pytest.mark.parametrize("said", [{}, {"configuration": None}, {"configuration": {"statuses": {"max_characters": "x"}}},
                                  {"configuration": {"statuses": {"max_characters": -1}}}])  # fmt: skip
def test_a_server_that_says_nothing_has_mastodons_own_limits(said: dict[str, Any]) -> None:
    assert Mastodon.limits_of({"instance": {"said": mastodon_limits.read(said)}}) == Mastodon.limits
    assert Mastodon.limits_of({}) == Mastodon.limits
    assert Mastodon.limits_of({"instance": "odd"}) == Mastodon.limits


def test_an_old_server_says_its_length_at_the_top() -> None:
    assert mastodon_limits.limits(mastodon_limits.read({"max_toot_chars": 5000, "uri": "p.test"})).text == 5000


def test_a_warning_counts_as_it_is_written() -> None:
    """No link in it is shortened: app/validators/status_length_validator.rb counts the spoiler as it stands."""
    link = "https://example.com/" + "x" * 30
    assert not Mastodon.fits([Part("a" * 450)], warning=link)
    assert [p.over for p in Mastodon.fits([Part("a" * 451)], warning=link)] == [1]


# --- walking ------------------------------------------------------------------------------------------------------


class Server:
    """Notifications as a server hands them out, in pages of at most ``page``."""

    def __init__(self, page: int = 40) -> None:
        self.page, self.ids = page, list[int]()

    def ask(self, min_id: str | None = None, max_id: str | None = None, limit: int = 40) -> list[dict[str, Any]]:
        limit = min(limit, self.page)
        ids = sorted(self.ids)
        if min_id:
            ids = [i for i in ids if i > int(min_id)][:limit]
        else:
            ids = [i for i in ids if not max_id or i < int(max_id)][-limit:]
        return [{"id": str(i)} for i in reversed(ids)]

    def read(self, since: Cursor | None, limit: int) -> tuple[list[int], Cursor]:
        found: list[int] = []
        for _ in range(500):
            taken, cursor, more = mastodon_notes.Walk(since).take(self.ask, limit)
            found += [int(row["id"]) for row in taken]
            since = cursor
            if not more:
                return found, cursor
        raise AssertionError("it never ends")


@pytest.mark.parametrize("page", [30, 40, 80])
@pytest.mark.parametrize("limit", [1, 3, 10, 50, 200])
def test_a_walk_hands_over_each_once(page: int, limit: int) -> None:
    server = Server(page)
    server.ids = list(range(1, 120))
    found, cursor = server.read(None, limit)
    assert found == server.ids
    server.ids += range(200, 290)
    more, cursor = server.read(cursor, limit)
    assert more == list(range(200, 290))
    assert server.read(cursor, limit)[0] == []
    assert len(cursor.value) < 1000


def test_a_notification_written_late_is_not_lost() -> None:
    server = Server()
    server.ids = [n for n in range(1, 60) if n not in (57, 52)]
    _, cursor = server.read(None, 50)
    server.ids += [57, 52, 60]
    assert server.read(cursor, 1)[0] == [52, 57, 60]


def test_deleted_notifications_and_an_empty_answer_move_nothing() -> None:
    server = Server()
    server.ids = list(range(1, 21))
    _, cursor = server.read(None, 50)
    kept, server.ids = server.ids, []
    found, cursor = server.read(cursor, 50)
    assert found == []
    server.ids = [n for n in kept if n != 20]
    assert server.read(cursor, 50)[0] == []
    server.ids.append(30)
    assert server.read(cursor, 50)[0] == [30]


def test_a_first_read_of_a_few_is_not_repeated() -> None:
    server = Server()
    server.ids = [4, 5]
    found, cursor = server.read(None, 1)
    assert found == [4, 5]
    server.ids = []
    _, cursor = server.read(cursor, 1)
    server.ids = [4, 5, 6]
    assert server.read(cursor, 1)[0] == [6]


# --- words and addresses ------------------------------------------------------------------------------------------


def note(**more: Any) -> dict[str, Any]:
    author = {"id": "7", "acct": "fan@m.test", "display_name": "Fan", "bot": False, "note": "<p>Hi</p>"}
    status = {
        "id": "100", "content": "<p>@brand What is it?</p>", "created_at": "2026-11-22T09:00:00.000Z",
        "in_reply_to_id": "90", "in_reply_to_account_id": "1", "visibility": "private", "url": "https://m.test/@fan/100",
        "language": "de", "spoiler_text": "", "account": {**author, **more.pop("author", {})},
        "mentions": [{"id": "1", "username": "brand", "acct": "brand"}], **more.pop("status", {}),
    }  # fmt: skip
    return {"id": "5", "type": "mention", "created_at": "2026-11-22T09:00:01Z", "status": status, **more}


def read(given: dict[str, Any]) -> Any:
    now = mastodon_notes.instant("2026-11-22T10:00:00Z")
    assert now is not None
    return mastodon_notes.read(given, "mastodon:main", "1", lambda parent: f"root of {parent}", now)


def test_a_reply_is_told_in_signoffs_words() -> None:
    heard = read(note())
    assert (heard.remote_id, heard.text, heard.kind, heard.visibility) == ("100", "What is it?", "reply", "followers")
    assert (heard.parent_id, heard.root_id, heard.language) == ("90", "root of 90", "de")
    assert (heard.author.id, heard.author.handle, heard.author.bot) == ("7", "fan@m.test", False)
    assert heard.at.isoformat() == "2026-11-22T09:00:00+00:00"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"status": {"in_reply_to_account_id": "2"}}, ("mention", "@brand What is it?")),
        ({"status": {"in_reply_to_id": None, "in_reply_to_account_id": None}}, ("mention", "@brand What is it?")),
        ({"type": "quote"}, ("quote", "What is it?")),
        ({"status": {"content": "<p>@brand</p>"}}, ("reply", "@brand")),
        ({"status": {"content": "<p>@other @brand hi @brand</p>"}}, ("reply", "@other hi @brand")),
        ({"status": {"spoiler_text": "Food"}}, ("reply", "Food\n\nWhat is it?")),
    ],
)
def test_kinds_and_names(given: dict[str, Any], wanted: tuple[str, str]) -> None:
    heard = read(note(**given))
    assert (heard.kind, heard.text) == wanted


@pytest.mark.parametrize("given", [{"status": {"id": None}}, {"author": {"id": "1"}}, {"type": "favourite"}])
def test_what_is_no_comment(given: dict[str, Any]) -> None:
    assert read(note(**given)) is None
    assert read({"id": "5", "type": "mention", "status": None}) is None


@pytest.mark.parametrize("author", [{"bot": True}, {"note": "<p>Artist. #<span>NoBot</span></p>"}])
def test_bots_and_those_who_want_none_get_no_automatic_answer(author: dict[str, Any]) -> None:
    heard = read(note(author=author))
    assert Mastodon.may_answer(heard, None, automatic=True)  # type: ignore[arg-type]
    assert not Mastodon.may_answer(heard, None, automatic=False)  # type: ignore[arg-type]
    assert not Mastodon.may_answer(read(note()), None, automatic=True)  # type: ignore[arg-type]


def test_a_visibility_of_another_make_is_the_narrowest() -> None:
    assert mastodon_notes.visibility("local") == mastodon_notes.visibility(None) == "direct"
    assert mastodon_notes.wider("public", "unlisted")
    assert mastodon_notes.wider("followers", "direct")
    assert not mastodon_notes.wider("direct", "public")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://m.test/@brand/109", ("m.test", "109")),
        (" https://M.test/@brand@other.test/109?x#y ", ("m.test", "109")),
        ("https://m.test/users/brand/statuses/109", ("m.test", "109")),
        ("https://m.test/web/statuses/109", ("m.test", "109")),
        ("https://g.test/@brand/statuses/01HX", ("g.test", "01HX")),
        ("https://m.test/@brand", None),
        ("https://m.test/about/109", None),
        ("ftp://m.test/@brand/109", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_addresses_of_statuses(url: str, wanted: tuple[str, str] | None) -> None:
    assert mastodon_status.address(url) == wanted


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("mastodon.social", "https://mastodon.social"),
        ("https://mastodon.social/", "https://mastodon.social"),
        ("@brand@mastodon.social", "https://mastodon.social"),
        ("https://m.test/@brand", "https://m.test"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_what_people_call_their_server(said: str, base: str) -> None:
    assert base_of(said) == base


@pytest.mark.parametrize(
    "said", ["", "https://", "ftp://m.test", "https://user:pass@m.test", "https://m.test:x", "a b"]
)
def test_what_is_no_server(said: str) -> None:
    with pytest.raises(Misconfigured):
        base_of(said)


def test_of_two_alike_only_the_one_with_our_parent_warning_media_and_time_is_ours() -> None:
    since = mastodon_notes.instant("2026-11-22T09:00:00Z")
    assert since is not None
    sent = Outgoing(Part("Tea & cake", (Media("0" * 64, "image/png", 1, 1, "x"),)), warning="Food",
                    parent=Receipt("90", "", since))  # fmt: skip
    ours: dict[str, Any] = {
        "id": "1", "content": "<p>Tea &amp; cake</p>", "spoiler_text": "Food", "in_reply_to_id": "90",
        "media_attachments": [{}], "created_at": "2026-11-22T09:00:00.500Z",
    }  # fmt: skip
    assert mastodon_status.is_ours(ours, sent, since)
    for change in ({"content": "<p>Tea</p>"}, {"spoiler_text": ""}, {"in_reply_to_id": None}, {"media_attachments": []},
                   {"created_at": "2026-11-22T08:59:59Z"}, {"created_at": None}, {"reblog": {"id": "2"}}):  # fmt: skip
        assert not mastodon_status.is_ours({**ours, **change}, sent, since), change


def test_it_is_a_platform() -> None:
    assert issubclass(Mastodon, Platform)
    assert all(way.id and way.fields and way.steps for way in Mastodon.ways)
    assert {field.name for way in Mastodon.ways for field in way.fields} <= set(Mastodon.settings)
    assert all("https://" in rule for rule in Mastodon.rules)
