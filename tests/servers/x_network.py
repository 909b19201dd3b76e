"""What the stand-in for X knows: people, posts, media, logins; and what X makes of a text.  See ``x.py``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
import secrets
import threading
import time
import unicodedata
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from oauthlib.oauth1.rfc5849 import signature  # type: ignore[import-untyped]

HOST = "https://api.x.com"
_EPOCH = 1288834974657
PROBLEM = "https://api.x.com/2/problems/"


def weighted(text: str) -> int:
    """Return the length in the words of X's own library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reads its data through setuptools
        from twitter_text import parse_tweet  # type: ignore[import-not-found]
    return int(parse_tweet(text).weightedLength)


def links(text: str) -> list[dict[str, Any]]:
    """Return the links of a text as X's own library sees them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from twitter_text.extract_urls import extract_urls_with_indices  # type: ignore[import-not-found]
    return list(extract_urls_with_indices(text))


@dataclass
class User:
    id: str
    handle: str
    name: str


@dataclass
class Tweet:
    id: str
    author: str
    text: str
    created: datetime
    parent: str = ""
    conversation: str = ""
    quoted: str = ""
    media: tuple[str, ...] = ()
    entities: dict[str, Any] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    hidden: bool = False
    likes: int = 0
    labels: dict[str, bool] = field(default_factory=dict)
    #: A newer version stands in timelines; this one can still be read by its id.
    superseded: bool = False
    #: What was sent, before X made something else of it.
    raw: str = ""


@dataclass
class Medium:
    owner: str
    category: str
    mime: str
    total: int = 0
    pieces: dict[int, bytes] = field(default_factory=dict)
    state: str = "new"
    looks: int = 0
    alt: str = ""
    fails: bool = False

    @property
    def data(self) -> bytes:
        return b"".join(self.pieces[n] for n in sorted(self.pieces))


class No(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, kind: str, title: str, detail: str, **more: Any) -> None:
        super().__init__(title)
        self.status = status
        self.body = {"title": title, "detail": detail, "type": PROBLEM + kind if kind else "about:blank",
                     "status": status, **more}  # fmt: skip


class Network:
    """What X knows."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.tweets: dict[str, Tweet] = {}
        self.media: dict[str, Medium] = {}
        self.short: dict[str, str] = {}
        self.app = ("app-key-" + secrets.token_hex(6), "app-secret-" + secrets.token_hex(12))
        self.client = ("client-" + secrets.token_hex(6), "client-secret-" + secrets.token_hex(12))
        #: OAuth 1: token -> (secret, user, level); request tokens -> (secret, callback, verifier, user).
        self.tokens: dict[str, tuple[str, str, str]] = {}
        self.requests: dict[str, dict[str, str]] = {}
        #: OAuth 2: access -> {user, scopes, ends}; refresh -> {user, scopes}; codes.
        self.access: dict[str, dict[str, Any]] = {}
        self.refresh: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.page = 100
        self.self_serve = True
        self.lives = 7200
        self.slow_media = 1
        self.left: dict[str, int] = {}
        self._last = 0

    # --- people and posts ----------------------------------------------------------------------------------

    def new_id(self) -> str:
        with self.lock:
            self._last = max(self._last + 1, (int(time.time() * 1000) - _EPOCH) << 22)
            return str(self._last)

    def join(self, handle: str, name: str = "") -> User:
        user = User(self.new_id(), handle, name or handle.title())
        self.users[user.id] = user
        return user

    def keys(self, user: User, level: str = "read-write") -> dict[str, str]:
        """Return the four settings of OAuth 1."""
        token, secret = f"{user.id}-{secrets.token_hex(10)}", secrets.token_hex(20)
        self.tokens[token] = (secret, user.id, level)
        return {"api_key": self.app[0], "api_secret": self.app[1], "access_token": token, "access_secret": secret}

    def grant(self, user_id: str, scopes: str) -> dict[str, Any]:
        """Return an answer of the token endpoint."""
        access, refresh = "at-" + secrets.token_hex(20), "rt-" + secrets.token_hex(20)
        self.access[access] = {"user": user_id, "scopes": scopes.split(), "ends": time.time() + self.lives}
        answer = {"token_type": "bearer", "expires_in": self.lives, "access_token": access, "scope": scopes}
        if "offline.access" in scopes.split():
            self.refresh[refresh] = {"user": user_id, "scopes": scopes}
            answer["refresh_token"] = refresh
        return answer

    def by_handle(self, handle: str) -> User | None:
        return next((u for u in self.users.values() if u.handle.lower() == handle.lower()), None)

    def post(
        self, author: User, text: str, parent: str = "", quoted: str = "", media: tuple[str, ...] = (),
        labels: dict[str, bool] | None = None,
    ) -> Tweet:  # fmt: skip
        """Make a post as X does: trimmed, NFC, who is answered named in front, links short, a media link behind."""
        with self.lock:
            id = self.new_id()
            raw, text = text, unicodedata.normalize("NFC", text).strip()
            above = self.tweets.get(parent)
            if above and above.author != author.id:
                text = f"@{self.users[above.author].handle} {text}"
            if quoted:
                whose = self.users[self.tweets[quoted].author].handle
                text = f"{text} https://twitter.com/{whose}/status/{quoted}"
            text, entities = self._shorten(text)
            if media:
                short = self._short(f"https://x.com/{author.handle}/status/{id}/photo/1")
                text = f"{text} {short}".strip()
                entities.setdefault("urls", []).append(
                    {"url": short, "expanded_url": self.short[short], "display_url": "pic.x.com/" + short[-10:],
                     "media_key": f"3_{media[0]}"}
                )  # fmt: skip
            named = []
            for match in re.finditer(r"@(\w{1,15})", text):
                user = self.by_handle(match[1])
                if user:
                    named.append({"start": match.start(), "end": match.end(), "username": user.handle, "id": user.id})
            if named:
                entities["mentions"] = named
            tweet = Tweet(
                id, author.id, html.escape(text, quote=False), datetime.fromtimestamp(int(time.time()), UTC), parent,
                above.conversation if above else id, quoted, media, entities, [id], labels=labels or {}, raw=raw,
            )  # fmt: skip
            self.tweets[id] = tweet
            return tweet

    def edit(self, old: str, text: str) -> Tweet:
        """Have a post edited by its author: a new id, the same history; the old version is gone from timelines."""
        with self.lock:
            was = self.tweets[old]
            was.superseded = True
            new = self.post(self.users[was.author], text, was.parent, was.quoted)
            # Each version names all of them: https://docs.x.com/x-api/fundamentals/edit-posts (read 2026-11-22).
            known = [*was.history, new.id]
            for version in (self.tweets[id] for id in known):
                version.history = known
            new.conversation = was.conversation if was.conversation != old else new.id
            return new

    def _shorten(self, text: str) -> tuple[str, dict[str, Any]]:
        made, at, urls = "", 0, []
        for link in sorted(links(text), key=lambda link: link["indices"][0]):
            start = link["indices"][0]
            if start < at:
                continue
            full = link["url"] if "://" in link["url"] else "http://" + link["url"]
            short = self._short(full)
            made += text[at:start] + short
            urls.append({"url": short, "expanded_url": full, "display_url": re.sub(r"^https?://", "", full)})
            at = start + len(link["url"])
        return made + text[at:], ({"urls": urls} if urls else {})

    def _short(self, full: str) -> str:
        short = "https://t.co/" + base64.b32encode(secrets.token_bytes(10)).decode()[:10]
        self.short[short] = full
        return short

    # --- login ---------------------------------------------------------------------------------------------

    def who(self, method: str, path: str, query: str, headers: Any, scopes: tuple[str, ...]) -> tuple[User, str]:
        """Return who asks, and the level of their token. Raises No."""
        said = headers.get("authorization", "")
        if said.startswith("OAuth "):
            token, _, level = self.signed(method, path, query, said)
            return self.users[self.tokens[token][1]], level
        if said.startswith("Bearer "):
            kept = self.access.get(said.removeprefix("Bearer "))
            if said == "Bearer app-only":
                raise No(403, "unsupported-authentication", "Unsupported Authentication",
                         "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.")  # fmt: skip
            if kept and kept["ends"] > time.time():
                if set(scopes) - set(kept["scopes"]):
                    raise No(403, "", "Forbidden", "Forbidden")
                return self.users[kept["user"]], ""
        raise No(401, "", "Unauthorized", "Unauthorized")

    def signed(self, method: str, path: str, query: str, said: str, temporary: bool = False) -> tuple[str, str, str]:
        """Check an OAuth 1 signature; return token, verifier or callback, and level."""
        from urllib.parse import unquote

        given = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', said)}
        token, key = given.get("oauth_token", ""), given.get("oauth_consumer_key")
        if temporary:
            kept = self.requests.get(token)
            secret, level = kept["secret"] if kept else "", ""
        else:
            secret, _, level = self.tokens.get(token, ("", "", ""))
        base = signature.signature_base_string(
            method, HOST + path,
            signature.normalize_parameters(
                [(k, v) for k, v in given.items() if k != "oauth_signature"] + parse_qsl(query, keep_blank_values=True)
            ),
        )  # fmt: skip
        digest = hmac.new(f"{self.app[1]}&{secret}".encode(), base.encode(), hashlib.sha1).digest()
        right = base64.b64encode(digest).decode()
        if key != self.app[0] or (token and not secret) or right != given.get("oauth_signature"):
            raise No(401, "", "Unauthorized", "Unauthorized")
        return token, given.get("oauth_verifier") or given.get("oauth_callback", ""), level
