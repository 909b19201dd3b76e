"""A stand-in for X on this machine, after its documents: https://docs.x.com (read 2026-11-22).

It keeps state, checks every signature and token, refuses by X's own rules, rewrites links, and counts a text with the
package twitter-text-parser, which the adapter does not use. ``Redirected`` sends there what was meant for X.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter

from tests.servers.x_network import HOST, PROBLEM, Medium, Network, No, Tweet, User, weighted

__all__ = ["Network", "Redirected", "Tweet", "User", "start_x"]


class Redirected(HTTPAdapter):
    """A ``requests`` adapter for which X is at ``base``."""

    base = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        for host in (HOST, "https://api.twitter.com"):
            if str(request.url).startswith(host):
                request.url = self.base + str(request.url)[len(host) :]
        return super().send(request, *args, **more)


class Api:
    """What X answers to one request."""

    def __init__(self, net: Network, method: str, path: str, query: str, headers: Any, body: bytes) -> None:
        self.net, self.method, self.path, self.query = net, method, path, query
        self.headers, self.raw = headers, body
        self.level = ""

    def answer(self) -> tuple[int, Any, dict[str, str]]:
        given = dict(parse_qsl(self.query, keep_blank_values=True))
        try:
            with self.net.lock:
                if self.path.startswith("/oauth/"):
                    return 200, self._oauth1(), {}
                if self.path == "/2/oauth2/token":
                    return 200, self._oauth2(), {}
                for method, pattern, scopes, route in _ROUTES:
                    match = re.fullmatch(pattern, self.path)
                    if match and method == self.method:
                        self.user, self.level = self.net.who(method, self.path, self.query, self.headers, scopes)
                        self._rate(f"{method} {pattern}")
                        if method != "GET" and self.level == "read":
                            raise No(403, "oauth1-permissions", "Forbidden", "Your client app is not configured with "
                                     "the appropriate oauth1 app permissions for this endpoint.")  # fmt: skip
                        status, body = route(self, match, given)
                        return status, body, self._headers
            raise No(404, "resource-not-found", "Not Found", "Nothing is here.")
        except No as no:
            return no.status, no.body, getattr(self, "_headers", {})

    def _rate(self, route: str) -> None:
        left = self.net.left.get(route, 300) - 1
        self.net.left[route] = left
        reset = int(time.time()) + 900
        self._headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": str(max(0, left)),
                         "x-rate-limit-reset": str(reset)}  # fmt: skip
        if self.level:
            self._headers["x-access-level"] = self.level
        if left < 0:
            raise No(429, "rate-limit-exceeded", "Too Many Requests", "Too Many Requests")

    def json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.raw or b"{}")
        except ValueError:
            raise No(400, "invalid-request", "Invalid Request", "The body is no JSON.") from None
        return found if isinstance(found, dict) else {}

    # --- consent -------------------------------------------------------------------------------------------

    def _oauth1(self) -> bytes:
        said = self.headers.get("authorization", "")
        if self.path == "/oauth/request_token":
            _, callback, _ = self.net.signed("POST", self.path, self.query, said)
            token = "rq-" + secrets.token_hex(8)
            self.net.requests[token] = {"secret": secrets.token_hex(8), "callback": callback}
            return urlencode({"oauth_token": token, "oauth_token_secret": self.net.requests[token]["secret"],
                              "oauth_callback_confirmed": "true"}).encode()  # fmt: skip
        token, verifier, _ = self.net.signed("POST", self.path, self.query, said, temporary=True)
        kept = self.net.requests.pop(token)
        if not kept.get("verifier") or verifier != kept["verifier"]:
            raise No(401, "", "Unauthorized", "Invalid verifier")
        user = self.net.users[kept["user"]]
        keys = self.net.keys(user)
        return urlencode({"oauth_token": keys["access_token"], "oauth_token_secret": keys["access_secret"],
                          "user_id": user.id, "screen_name": user.handle}).encode()  # fmt: skip

    def _oauth2(self) -> dict[str, Any]:
        form = dict(parse_qsl(self.raw.decode()))
        said, (client, secret) = self.headers.get("authorization", ""), self.net.client
        basic = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
        if said != basic and (said or form.get("client_id") != client):
            raise No(401, "", "unauthorized_client", "Missing valid authorization header",
                     error="unauthorized_client", error_description="Missing valid authorization header")  # fmt: skip
        bad = No(400, "", "invalid_request", "Value passed for the token was invalid.", error="invalid_request",
                 error_description="Value passed for the token was invalid.")  # fmt: skip
        if form.get("grant_type") == "refresh_token":
            kept = self.net.refresh.pop(form.get("refresh_token", ""), None)
            if kept is None:
                raise bad
            return self.net.grant(kept["user"], kept["scopes"])
        kept = self.net.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if kept is None or kept["challenge"] != challenge or kept["redirect"] != form.get("redirect_uri"):
            raise bad
        if kept["at"] + 30 < time.time():
            raise bad
        return self.net.grant(kept["user"], kept["scopes"])

    # --- posts ---------------------------------------------------------------------------------------------

    def create(self, match: Any, given: Any) -> tuple[int, Any]:
        body, net = self.json(), self.net
        known = {"text", "media", "reply", "paid_partnership", "made_with_ai", "quote_tweet_id", "reply_settings"}
        if set(body) - known:
            raise No(400, "invalid-request", "Invalid Request", f"unknown {sorted(set(body) - known)}")
        text, ids = str(body.get("text") or ""), tuple(table(body.get("media")).get("media_ids") or ())
        if not text.strip() and not ids:
            raise No(400, "invalid-request", "Invalid Request", "text or media is required")
        if weighted(text) > 280:
            raise No(403, "", "Forbidden", "Your Tweet text is too long.")
        for id in ids:
            medium = net.media.get(id)
            if medium is None or medium.owner != self.user.id or medium.state != "succeeded":
                raise No(400, "invalid-request", "Invalid Request", "Your media IDs are invalid.")
        moving = [i for i in ids if net.media[i].category in ("tweet_gif", "tweet_video")]
        if len(ids) > 4 or (moving and len(ids) > 1):
            raise No(400, "invalid-request", "Invalid Request", "Too many media.")
        if net.self_serve and len(re.findall(r"(?<!\S)\$[A-Za-z]{1,6}\b", text)) > 1:
            raise No(403, "", "Forbidden", "A post may have one cashtag.")
        parent = str(table(body.get("reply")).get("in_reply_to_tweet_id") or "")
        if parent:
            self._may_reply(parent)
        recent = [t for t in net.tweets.values() if t.author == self.user.id]
        if text and not ids and any(t.raw.strip() == text.strip() and t.parent == parent for t in recent):
            raise No(403, "", "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        labels = {k: bool(body[k]) for k in ("paid_partnership", "made_with_ai") if k in body}
        made = net.post(self.user, text, parent, media=ids, labels=labels)
        return 201, {"data": {"id": made.id, "text": made.text, "edit_history_tweet_ids": made.history}}

    def _may_reply(self, parent: str) -> None:
        above = self.net.tweets.get(parent)
        if above is None:
            raise No(403, "", "Forbidden",
                     "You attempted to reply to a Tweet that is deleted or not visible to you.")  # fmt: skip
        named = any(m["id"] == self.user.id for m in above.entities.get("mentions", []))
        quoted = self.net.tweets.get(above.quoted)
        if not self.net.self_serve or above.author == self.user.id or named or (
            quoted is not None and quoted.author == self.user.id
        ):  # fmt: skip
            return
        raise No(403, "", "Forbidden", "Reply to this conversation is not allowed because you have not been mentioned "
                 "or otherwise engaged by the author of the post you are replying to.")  # fmt: skip

    def delete(self, match: Any, given: Any) -> tuple[int, Any]:
        tweet = self.net.tweets.get(match[1])
        if tweet is None:
            raise No(404, "resource-not-found", "Not Found Error", f"Could not find tweet with id: [{match[1]}].")
        if tweet.author != self.user.id:
            raise No(403, "", "Forbidden", "You are not authorized to delete this Tweet.")
        del self.net.tweets[match[1]]
        return 200, {"data": {"deleted": True}}

    def hide(self, match: Any, given: Any) -> tuple[int, Any]:
        """Hide or show an answer: only in a conversation that the account began."""
        tweet = self.net.tweets.get(match[1])
        if tweet is None:
            raise No(404, "resource-not-found", "Not Found Error", f"Could not find tweet with id: [{match[1]}].")
        top = self.net.tweets.get(tweet.conversation)
        if top is None or top is tweet or top.author != self.user.id:
            raise No(403, "", "Forbidden", "You may only hide replies to your own conversations.")
        tweet.hidden = bool(self.json().get("hidden"))
        return 200, {"data": {"hidden": tweet.hidden}}

    def shown(self, tweet: Tweet, fields: str) -> dict[str, Any]:
        """Return a post with the fields that were asked for."""
        net, asked = self.net, set(fields.split(","))
        all_replies = sum(t.parent == tweet.id for t in net.tweets.values())
        above = net.tweets.get(tweet.parent)
        refs = [{"type": "replied_to", "id": tweet.parent}] if tweet.parent else []
        refs += [{"type": "quoted", "id": tweet.quoted}] if tweet.quoted else []
        more = {
            "author_id": tweet.author, "conversation_id": tweet.conversation, "lang": "en",
            "attachments": {"media_keys": [f"3_{m}" for m in tweet.media]} if tweet.media else None,
            "created_at": tweet.created.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "entities": tweet.entities,
            "in_reply_to_user_id": above.author if above else None, "referenced_tweets": refs,
            "public_metrics": {"like_count": tweet.likes, "reply_count": all_replies, "retweet_count": 0,
                               "quote_count": 0, "impression_count": 7 * tweet.likes, "bookmark_count": 0},
            **tweet.labels,
        }  # fmt: skip
        return {"id": tweet.id, "text": tweet.text, "edit_history_tweet_ids": tweet.history} | {
            name: value for name, value in more.items() if name in asked and value
        }

    def one(self, match: Any, given: dict[str, str]) -> tuple[int, Any]:
        tweet = self.net.tweets.get(match[1])
        if tweet is None:
            return 200, {"errors": [gone(match[1])]}
        return 200, {"data": self.shown(tweet, given.get("tweet.fields", "")), **self._along([tweet], given)}

    def many(self, match: Any, given: dict[str, str]) -> tuple[int, Any]:
        ids = given.get("ids", "").split(",")
        if not 1 <= len(ids) <= 100:
            raise No(400, "invalid-request", "Invalid Request", "ids takes 1 to 100")
        found = [self.net.tweets[i] for i in ids if i in self.net.tweets]
        missing = [gone(i) for i in ids if i not in self.net.tweets]
        said: dict[str, Any] = {"data": [self.shown(t, given.get("tweet.fields", "")) for t in found]} if found else {}
        return 200, said | ({"errors": missing} if missing else {})

    def timeline(self, match: Any, given: dict[str, str]) -> tuple[int, Any]:
        return self._page([t for t in self.net.tweets.values() if t.author == match[1]], given)

    def mentions(self, match: Any, given: dict[str, str]) -> tuple[int, Any]:
        own = match[1]
        found = [t for t in self.net.tweets.values()
                 if any(m["id"] == own for m in t.entities.get("mentions", []))]  # fmt: skip
        return self._page(sorted(found, key=lambda t: int(t.id))[-800:], given)

    def _page(self, found: list[Tweet], given: dict[str, str]) -> tuple[int, Any]:
        size = int(given.get("max_results", "10"))
        found = [t for t in found if not t.superseded]
        if not 5 <= size <= 100:
            raise No(400, "invalid-request", "Invalid Request", "max_results must be between 5 and 100")
        size = min(size, self.net.page)
        if "since_id" in given:
            found = [t for t in found if int(t.id) > int(given["since_id"])]
        if "start_time" in given:
            start = datetime.strptime(given["start_time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            if start.timestamp() > time.time():
                raise No(400, "invalid-request", "Invalid Request", "start_time lies in the future")
            found = [t for t in found if t.created >= start]
        found.sort(key=lambda t: int(t.id), reverse=True)
        if "pagination_token" in given:
            # The token names where the next page begins, so a post that comes in meanwhile shifts nothing.
            found = [t for t in found if int(t.id) < int(given["pagination_token"].removeprefix("tk"))]
        page, rest = found[:size], found[size:]
        meta: dict[str, Any] = {"result_count": len(page)}
        if rest:
            meta["next_token"] = f"tk{page[-1].id}"
        said: dict[str, Any] = {"meta": meta}
        if page:
            said["data"] = [self.shown(t, given.get("tweet.fields", "")) for t in page]
            said |= self._along(page, given)
        return 200, said

    def _along(self, page: list[Tweet], given: dict[str, str]) -> dict[str, Any]:
        wanted, along = given.get("expansions", "").split(","), {}
        if "author_id" in wanted:
            users = {t.author: self.net.users[t.author] for t in page}
            along["users"] = [{"id": u.id, "username": u.handle, "name": u.name} for u in users.values()]
        if "referenced_tweets.id" in wanted:
            near = [self.net.tweets[i] for t in page for i in (t.parent, t.quoted) if i in self.net.tweets]
            along["tweets"] = [self.shown(t, given.get("tweet.fields", "")) for t in near]
        return {"includes": along} if any(along.values()) else {}

    def me(self, match: Any, given: Any) -> tuple[int, Any]:
        return 200, {"data": {"id": self.user.id, "username": self.user.handle, "name": self.user.name}}

    # --- media ---------------------------------------------------------------------------------------------

    def upload(self, match: Any, given: Any) -> tuple[int, Any]:
        body = self.json()
        if body.get("media_type") not in ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff"):
            raise No(400, "invalid-request", "Invalid Request", "media_type")
        data = base64.b64decode(body["media"])
        if len(data) > 5 * 1024 * 1024 or body.get("media_category") != "tweet_image":
            raise No(400, "invalid-request", "Invalid Request", "media")
        id = self.net.new_id()
        self.net.media[id] = Medium(self.user.id, "tweet_image", body["media_type"], len(data), {0: data}, "succeeded")
        return 200, {"data": {"id": id, "media_key": f"3_{id}", "size": len(data), "expires_after_secs": 86400}}

    def initialize(self, match: Any, given: Any) -> tuple[int, Any]:
        body, id = self.json(), self.net.new_id()
        medium = Medium(self.user.id, str(body["media_category"]), str(body["media_type"]), int(body["total_bytes"]))
        self.net.media[id] = medium
        return 200, {"data": {"id": id, "media_key": f"13_{id}", "expires_after_secs": 1295999}}

    def _medium(self, id: str, *states: str) -> Medium:
        medium = self.net.media.get(id)
        if medium is None or medium.owner != self.user.id or medium.state not in states:
            raise No(400, "invalid-request", "Invalid Request", "media id")
        return medium

    def append(self, match: Any, given: Any) -> tuple[int, Any]:
        body, medium = self.json(), self._medium(match[1], "new")
        data, n = base64.b64decode(body["media"]), int(body["segment_index"])
        if not 0 <= n <= 999 or len(data) > 5 * 1024 * 1024:
            raise No(400, "invalid-request", "Invalid Request", "segment")
        medium.pieces[n] = data
        return 204, None

    def finalize(self, match: Any, given: Any) -> tuple[int, Any]:
        medium = self._medium(match[1], "new")
        if len(medium.data) != medium.total or sorted(medium.pieces) != list(range(len(medium.pieces))):
            raise No(400, "invalid-request", "Invalid Request", "Segments do not add up.")
        if medium.category == "tweet_image":
            medium.state = "succeeded"
            return 200, {"data": {"id": match[1], "size": medium.total}}
        medium.state = "pending"
        return 200, {"data": {"id": match[1], "size": medium.total,
                              "processing_info": {"state": "pending", "check_after_secs": 1}}}  # fmt: skip

    def status(self, match: Any, given: dict[str, str]) -> tuple[int, Any]:
        if given.get("command") != "STATUS":
            raise No(400, "invalid-request", "Invalid Request", "command")
        medium = self._medium(given.get("media_id", ""), "pending", "in_progress", "succeeded", "failed")
        medium.looks += 1
        if medium.looks > self.net.slow_media:
            medium.state = "failed" if medium.fails or medium.data.startswith(b"BAD") else "succeeded"
        elif medium.state == "pending":
            medium.state = "in_progress"
        info: dict[str, Any] = {"state": medium.state}
        if medium.state == "in_progress":
            info["check_after_secs"] = 1
        if medium.state == "failed":
            info["error"] = {"code": 1, "name": "InvalidMedia", "message": "Unsupported video format"}
        return 200, {"data": {"id": given["media_id"], "processing_info": info}}

    def metadata(self, match: Any, given: Any) -> tuple[int, Any]:
        body = self.json()
        medium = self._medium(str(body["id"]), "new", "pending", "in_progress", "succeeded")
        text = body["metadata"]["alt_text"]["text"]
        if len(text) > 1000:
            raise No(400, "invalid-request", "Invalid Request", "alt_text")
        medium.alt = text
        return 200, {"data": {"id": body["id"], "associated_metadata": body["metadata"]}}


def table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def gone(id: str) -> dict[str, Any]:
    return {"resource_id": id, "resource_type": "tweet", "title": "Not Found Error", "value": id, "parameter": "id",
            "detail": f"Could not find tweet with id: [{id}].", "type": PROBLEM + "resource-not-found"}  # fmt: skip


_READ, _WRITE, _MEDIA = ("tweet.read", "users.read"), ("tweet.read", "tweet.write", "users.read"), ("media.write",)
_ROUTES: list[tuple[str, str, tuple[str, ...], Any]] = [
    ("POST", "/2/tweets", _WRITE, Api.create),
    ("GET", "/2/tweets", _READ, Api.many),
    ("GET", "/2/tweets/([0-9]+)", _READ, Api.one),
    ("DELETE", "/2/tweets/([0-9]+)", _WRITE, Api.delete),
    ("PUT", "/2/tweets/([0-9]+)/hidden", ("tweet.moderate.write",), Api.hide),
    ("GET", "/2/users/me", _READ, Api.me),
    ("GET", "/2/users/([0-9]+)/tweets", _READ, Api.timeline),
    ("GET", "/2/users/([0-9]+)/mentions", _READ, Api.mentions),
    ("POST", "/2/media/upload", _MEDIA, Api.upload),
    ("GET", "/2/media/upload", _MEDIA, Api.status),
    ("POST", "/2/media/upload/initialize", _MEDIA, Api.initialize),
    ("POST", "/2/media/upload/([0-9]+)/append", _MEDIA, Api.append),
    ("POST", "/2/media/upload/([0-9]+)/finalize", _MEDIA, Api.finalize),
    ("POST", "/2/media/metadata", _MEDIA, Api.metadata),
]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    net: Network

    def _any(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(size)
        parts = urlsplit(self.path)
        low = {name.lower(): value for name, value in self.headers.items()}
        status, said, headers = Api(self.net, self.command, parts.path, parts.query, low, body).answer()
        data = b"" if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    do_GET = do_POST = do_DELETE = do_PUT = _any

    def log_message(self, *args: Any) -> None:
        """Say nothing: the tests watch from the other side."""


@contextmanager
def start_x() -> Iterator[tuple[Network, str]]:
    """Run the stand-in; yield what it knows and its address."""
    net = Network()
    handler = type("Handler", (_Handler,), {"net": net})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield net, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
