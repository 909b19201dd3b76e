"""How X, Mastodon and Bluesky speak, in the calls that publishing needs; ``network.py`` decides what happens.

Each says a post back in its own way: X with links made short and signs escaped, Mastodon as HTML with a space behind,
Bluesky as the record that it was given. Answers have the shapes of the contract tests' servers (``tests/servers``).
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import time
from datetime import UTC, datetime
from typing import Any

from tests.acceptance.harness.network import Answer, Asked, Drop, Login, Network, Stored
from tests.acceptance.harness.uploads import cid, multipart, named

_LINK = re.compile(r"https://\S+")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def _letters(seed: str, n: int) -> str:
    digest = hashlib.sha512(seed.encode()).digest()
    return "".join(_ALPHABET[byte & 31] for byte in digest[:n])


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Speaker:
    """What is alike: who asks, whether the token still holds, and reading that fails now and then."""

    paths: tuple[str, ...] = ()
    base = ""

    def __init__(self, net: Network) -> None:
        self.net = net

    def who(self, asked: Asked, stale: Answer) -> Login:
        """Return whose token this is. Raises ``stale`` for none, and now and then lets a good one run out."""
        login = self.net.by_access(asked.bearer)
        if login is None:
            raise stale
        if self.net.draw(self.net.faults.expiry):
            self.net.write("expired", account=login.key)
            login.access = ""
            raise stale
        return login

    def reading(self) -> None:
        """Fail now and then, where nothing is posted. Raises Answer, Drop."""
        if self.net.draw(self.net.faults.read_fails):
            if self.net.draw(0.5):
                raise Drop("reset")
            raise Answer(503, self.trouble(503))

    def same(self, login: Login, once: str) -> Stored | None:
        """Return the post that was made with this key, where the platform honours keys."""
        return None

    def name(self, login: Login, stored: Stored) -> None:
        """Give a post more than its number."""

    def trouble(self, status: int) -> Any:
        raise NotImplementedError

    def refusal(self) -> tuple[int, Any]:
        raise NotImplementedError

    def made(self, login: Login, stored: Stored) -> Any:
        raise NotImplementedError

    def refreshed(self, token: str) -> Login | None:
        """Renew the login whose refresh token this is; None where it is used up."""
        with self.net.lock:
            every = self.net.logins.values()
            found = next((a for a in every if token and (token == a.refresh or token in a.before)), None)
            if found is not None:
                self.net.renew(found)
                self.net.write("refreshed", account=found.key)
            return found


class X(Speaker):
    """No key, links become t.co, ``&`` becomes ``&amp;``, times are whole seconds."""

    paths = ("/2/",)

    def trouble(self, status: int) -> Any:
        titles = {429: "Too Many Requests", 503: "Service Unavailable", 500: "Internal Server Error"}
        return {"title": titles[status], "detail": titles[status], "type": "about:blank", "status": status}

    def refusal(self) -> tuple[int, Any]:
        return 403, {"title": "Forbidden", "detail": "This post breaks a rule.", "type": "about:blank", "status": 403}

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.path == "/2/oauth2/token":
            self.reading()
            login = self.refreshed(str(asked.form.get("refresh_token", "")))
            if login is None:
                raise Answer(400, {"error": "invalid_request",
                                   "error_description": "Value passed for the token was invalid."})  # fmt: skip
            scope = "tweet.read tweet.write users.read offline.access"
            return 200, {"token_type": "bearer", "expires_in": 7200, "access_token": login.access,
                         "refresh_token": login.refresh, "scope": scope}  # fmt: skip
        login = self.who(asked, Answer(401, {"title": "Unauthorized", "detail": "Unauthorized", "status": 401}))
        if asked.method == "POST" and asked.path == "/2/tweets":
            body = asked.form
            parent = str((body.get("reply") or {}).get("in_reply_to_tweet_id") or "")
            self._duplicate(login, str(body["text"]), parent)
            bad = Answer(400, {"title": "Invalid Request", "detail": "Your media IDs are invalid.", "status": 400})
            media = self.net.pictures(login, (body.get("media") or {}).get("media_ids") or [], bad)
            stored = self.net.create(login, asked, str(body["text"]), parent, "", media=media)
            return 201, self.made(login, stored)
        if asked.path == "/2/media/upload":
            id = self.net.new_id()
            said = {"data": {"id": id, "media_key": f"3_{id}", "expires_after_secs": 86400}}
            self.net.uploads.take(login, asked, base64.b64decode(asked.form["media"]), id, said)
            return 200, said
        if asked.path == "/2/media/metadata":
            self.reading()
            return 200, {"data": {"id": asked.form["id"], "associated_metadata": asked.form["metadata"]}}
        if asked.method == "DELETE":
            self.net.delete(login, asked.path.rpartition("/")[2])
            return 200, {"data": {"deleted": True}}
        self.reading()
        if asked.path == "/2/users/me":
            return 200, {"data": {"id": login.id, "username": login.handle, "name": login.handle}}
        if asked.path.endswith("/tweets") and asked.path.startswith("/2/users/"):
            return 200, self._timeline(login, asked.query)
        post = self.net.by_id.get(asked.path.rpartition("/")[2])
        if post is None:
            return 200, {"errors": [{"type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found"}]}
        return 200, {"data": self._shown(post)}

    def _duplicate(self, login: Login, text: str, parent: str) -> None:
        if login.key in self.net.refuse_repeats:
            for post in reversed(self.net.posts[login.key][-50:]):
                if (post.text, post.parent) == (text, parent):
                    said = "You are not allowed to create a Tweet with duplicate content."
                    raise Answer(403, {"title": "Forbidden", "detail": said, "type": "about:blank", "status": 403})

    def made(self, login: Login, stored: Stored) -> Any:
        return {"data": {"id": stored.id, "text": stored.text, "edit_history_tweet_ids": [stored.id]}}

    def _timeline(self, login: Login, query: dict[str, str]) -> Any:
        since = datetime.fromisoformat(query["start_time"].replace("Z", "+00:00")).timestamp()
        found = [p for p in reversed(self.net.visible(login.key)) if int(p.at) >= since]
        first, size = int(query.get("pagination_token") or 0), int(query.get("max_results") or 100)
        page = found[first : first + size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if len(found) > first + size:
            meta["next_token"] = str(first + size)
        return {"data": [self._shown(post) for post in page], "meta": meta} if page else {"meta": meta}

    def _shown(self, post: Stored) -> dict[str, Any]:
        urls: list[dict[str, str]] = []

        def short(match: re.Match[str]) -> str:
            made = "https://t.co/" + _letters(match[0], 10)
            urls.append({"url": made, "expanded_url": match[0], "display_url": match[0].removeprefix("https://")})
            return made

        text = html.escape(_LINK.sub(short, post.text.strip()), quote=False)
        if media := post.more.get("media"):
            # The pictures' own link, behind the text.
            own = "https://t.co/" + _letters(post.id, 10)
            text += f" {own}"
            urls.append({"url": own, "expanded_url": f"https://x.com/i/status/{post.id}/photo/1",
                         "display_url": f"pic.x.com/{_letters(post.id, 10)}", "media_key": f"3_{post.id}"})  # fmt: skip
        shown: dict[str, Any] = {
            "id": post.id, "text": text,
            "author_id": self.net.logins[post.account].id, "edit_history_tweet_ids": [post.id],
            "created_at": datetime.fromtimestamp(int(post.at), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }  # fmt: skip
        if urls:
            shown["entities"] = {"urls": urls}
        if media:
            shown["attachments"] = {"media_keys": [f"3_{n}" for n, _ in enumerate(media)]}
        if post.parent:
            shown["referenced_tweets"] = [{"type": "replied_to", "id": post.parent}]
        return shown


class Mastodon(Speaker):
    """A key that is honoured for as long as a run lasts; texts come back as HTML."""

    paths = ("/api/",)

    def trouble(self, status: int) -> Any:
        return {"error": {429: "Too many requests", 503: "There was a temporary problem", 500: "Error"}[status]}

    def refusal(self) -> tuple[int, Any]:
        return 422, {"error": "Validation failed: Text breaks a rule"}

    def same(self, login: Login, once: str) -> Stored | None:
        return next((p for p in reversed(self.net.posts[login.key]) if once and p.once == once), None)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.path.endswith("/instance"):
            self.reading()
            return 200, {"domain": "mastodon.invalid", "version": "4.5.0", "configuration": {}}
        login = self.net.by_access(asked.bearer)
        if login is None:
            raise Answer(401, {"error": "The access token is invalid"})
        name = asked.path.rpartition("/")[2]
        if asked.method == "POST" and asked.path == "/api/v1/statuses":
            form = asked.form
            parent = str(form.get("in_reply_to_id") or "")
            once = asked.headers.get("idempotency-key", "")
            bad = Answer(422, {"error": "Validation failed: Cannot attach files that have not finished processing"})
            media = self.net.pictures(login, named(asked), bad)
            stored = self.net.create(login, asked, str(form["status"]), parent, once, media=media)
            return 200, self.made(login, stored)
        if asked.method == "POST" and asked.path.endswith("/media"):
            return self._taken(login, asked)
        if asked.method == "DELETE":
            if not self.net.delete(login, name):
                raise Answer(404, {"error": "Record not found"})
            return 200, {}
        self.reading()
        if "/media/" in asked.path:
            found = self.net.uploads.known.get(name)
            if found is None or found.account != login.key:
                raise Answer(404, {"error": "Record not found"})
            ready = found.ready <= time.time()
            return (200 if ready else 206), self._medium(name, ready)
        if name == "verify_credentials":
            if "/apps/" in asked.path:
                return 200, {"name": "Signoff", "scopes": ["read", "write"]}
            count = len(self.net.visible(login.key))
            return 200, {"id": login.id, "username": login.handle, "acct": login.handle, "bot": True,
                         "display_name": login.handle, "url": f"{self.base}/@{login.handle}",
                         "statuses_count": count}  # fmt: skip
        if asked.path.startswith("/api/v1/accounts/"):
            before = asked.query.get("max_id")
            found = [p for p in reversed(self.net.visible(login.key)) if not before or int(p.id) < int(before)]
            return 200, [self.made(login, p) for p in found[: int(asked.query.get("limit") or 20)]]
        post = self.net.by_id.get(name)
        if post is None:
            raise Answer(404, {"error": "Record not found"})
        return 200, self.made(login, post)

    def _taken(self, login: Login, asked: Asked) -> tuple[int, Any]:
        """Take a picture; every third one is worked on for a while, as the server does with all of them."""
        name = self.net.new_id()
        wait = self.net.between(0.2, 1.6) if self.net.draw(0.33) else 0.0
        said = self._medium(name, not wait)
        self.net.uploads.take(login, asked, multipart(asked), name, said, wait)
        return (202 if wait else 200), said

    def _medium(self, name: str, ready: bool) -> Any:
        return {"id": name, "type": "image", "url": f"{self.base}/media/{name}.png" if ready else None}

    def made(self, login: Login, stored: Stored) -> Any:
        def linked(match: re.Match[str]) -> str:
            host, _, rest = match[0].removeprefix("https://").partition("/")
            end = f"/{rest}" if rest else ""
            return (
                f'<a href="{match[0]}" rel="nofollow"><span class="invisible">https://</span>'
                f'<span class="ellipsis">{host}</span><span class="invisible">{end}</span></a>'
            )

        body = _LINK.sub(linked, html.escape(stored.text, quote=False)).replace("\n\n", "</p><p>")
        return {"id": stored.id, "content": f"<p>{body.replace(chr(10), '<br />')} </p>", "spoiler_text": "",
                "created_at": _instant(stored.at), "in_reply_to_id": stored.parent or None, "reblog": None,
                "media_attachments": [self._medium(sha256, True) for sha256 in stored.more.get("media", ())],
                "visibility": "public", "url": f"{self.base}/@{login.handle}/{stored.id}",
                "account": {"id": login.id, "acct": login.handle}}  # fmt: skip


class Bluesky(Speaker):
    """The record's name is the writer's; a second record of the same name is an error 500 (measured on a PDS)."""

    paths = ("/xrpc/",)

    def trouble(self, status: int) -> Any:
        return {429: {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"},
                503: {"error": "NotEnoughResources", "message": "busy"},
                500: {"error": "InternalServerError", "message": "Internal Server Error"}}[status]  # fmt: skip

    def refusal(self) -> tuple[int, Any]:
        return 400, {"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record: it breaks a rule"}

    def answer(self, asked: Asked) -> tuple[int, Any]:
        call = asked.path.rpartition("/")[2]
        if call == "com.atproto.server.describeServer":
            return 200, {"did": "did:web:127.0.0.1", "availableUserDomains": []}
        if call == "com.atproto.server.createSession":
            login = next((a for a in self.net.logins.values() if a.handle == asked.form.get("identifier")), None)
            if login is None:
                raise Answer(401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"})
            self.net.renew(login)
            self.net.write("login", account=login.key)
            return 200, self._session(login)
        if call == "com.atproto.server.refreshSession":
            self.reading()
            found = self.refreshed(asked.bearer)
            if found is None:
                raise Answer(400, {"error": "ExpiredToken", "message": "Token has been revoked"})
            return 200, self._session(found)
        login = self.who(asked, Answer(400, {"error": "ExpiredToken", "message": "Token has expired"}))
        if call == "com.atproto.repo.createRecord":
            return 200, self._create(login, asked)
        if call == "com.atproto.repo.uploadBlob":
            kept = {"$type": "blob", "ref": {"$link": cid(asked.body)}, "size": len(asked.body),
                    "mimeType": asked.headers.get("content-type", "")}  # fmt: skip
            self.net.uploads.take(login, asked, asked.body, f"{login.key} {cid(asked.body)}", {"blob": kept})
            return 200, {"blob": kept}
        if call == "com.atproto.repo.deleteRecord":
            self.net.delete(login, f"at://{login.id}/app.bsky.feed.post/{asked.form.get('rkey')}")
            return 200, {}
        self.reading()
        if call == "com.atproto.server.getSession":
            return 200, {"did": login.id, "handle": login.handle}
        if call == "com.atproto.repo.getRecord":
            uri = f"at://{asked.query['repo']}/app.bsky.feed.post/{asked.query['rkey']}"
            post = self.net.by_id.get(uri)
            if post is None:
                raise Answer(400, {"error": "RecordNotFound", "message": f"Could not locate record: {uri}"})
            return 200, {"uri": uri, "cid": post.more["cid"], "value": post.more["record"]}
        raise Answer(404, {"error": "XRPCNotSupported", "message": "not here"})

    def _session(self, login: Login) -> Any:
        return {"did": login.id, "handle": login.handle, "accessJwt": login.access, "refreshJwt": login.refresh,
                "didDoc": {"id": login.id, "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer",
                                                         "serviceEndpoint": self.base}]}}  # fmt: skip

    def _create(self, login: Login, asked: Asked) -> Any:
        form = asked.form
        record, rkey = form["record"], str(form["rkey"])
        parent = str(((record.get("reply") or {}).get("parent") or {}).get("uri") or "")
        root = str(((record.get("reply") or {}).get("root") or {}).get("uri") or "")
        images = (record.get("embed") or {}).get("images") or ()
        bad = Answer(400, {"error": "InvalidRequest", "message": "Could not find blob"})
        names = [f"{login.key} {one['image']['ref']['$link']}" for one in images]
        media = self.net.pictures(login, names, bad)
        stored = self.net.create(login, asked, str(record["text"]), parent, rkey, record=record, root=root, media=media)
        return self.made(login, stored)

    def same(self, login: Login, once: str) -> Stored | None:
        if f"at://{login.id}/app.bsky.feed.post/{once}" in self.net.by_id:
            self.net.write("repeated", account=login.key, once=once)
            raise Answer(500, self.trouble(500))
        return None

    def name(self, login: Login, stored: Stored) -> None:
        stored.id = f"at://{login.id}/app.bsky.feed.post/{stored.once}"
        stored.more["cid"] = "bafyrei" + _letters(stored.id + stored.text, 52)

    def made(self, login: Login, stored: Stored) -> Any:
        return {"uri": stored.id, "cid": stored.more["cid"]}
