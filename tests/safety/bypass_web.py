"""Ways round an approval through the web desk: the true server, spoken to by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import update

from bot.clock import FixedClock
from bot.domain.draft import DraftVersion
from bot.store import web as sessions
from bot.store.web_tables import web_link, web_session
from bot.surfaces.web import entry
from tests.safety import bypass_shapes
from tests.safety.bypass import Groups, Scene, Try, Way, run
from tests.safety.bypass_visitors import COOKIE, DEEDS, ELSEWHERE, SIGNING, Visitors, fault
from tests.web.served import link, served


def every(scene: Scene, them: Visitors) -> Groups:
    """Yield all groups."""
    yield "without a session", list(_nobody(scene, them))
    yield "with a session that does not count", list(_sessions(scene, them))
    yield "with a foreign form token", list(_tokens(scene, them))
    yield "from elsewhere", list(_elsewhere(scene, them))
    yield "by another method", list(bypass_shapes.methods(scene, them))
    yield "in another form", list(bypass_shapes.bodies(scene, them))
    yield "without the role", list(_roles(scene, them))
    yield "of another text", list(_values(scene, them))
    yield "in the wrong state", list(_states(scene, them))
    yield "of another brand", list(_brands(scene, them))
    yield "with fields twice", list(bypass_shapes.twice(scene, them))
    yield "edited between show and click", list(_edited(scene, them))
    yield "sent again", list(_again(scene, them))
    yield "links and passwords", list(_entry(scene, them))


def _nobody(scene: Scene, them: Visitors) -> Iterator[Try]:
    for deed in DEEDS:
        for name, version in (
            ("a draft", scene.anna),
            ("a live one", scene.live_one),
            ("a planned one", scene.planned),
        ):
            yield Try(f"{deed} of {name}", them.on(version, deed, token=""))
    for path in ELSEWHERE:
        for what, form in (("with a token", {"csrf": them.csrf["li"]}), ("without", {})):
            yield Try(f"{path} {what}", lambda p=path, f=form: fault(them.ask("POST", p, f)))


def _sessions(scene: Scene, them: Visitors) -> Iterator[Try]:
    old, idle, out = them.enter("li"), them.enter("li"), them.enter("li")
    gone = them.tokens["kim"]
    good = them.enter("li")
    with scene.db.write() as conn:
        past = scene.clock.now() - timedelta(seconds=1)
        conn.execute(update(web_session).where(web_session.c.token == sessions.digest(old)).values(expires=past))
        conn.execute(
            update(web_session)
            .where(web_session.c.token == sessions.digest(idle))
            .values(seen=scene.clock.now() - entry.IDLE - timedelta(seconds=1))
        )
        sessions.sign_out(conn, sessions.digest(out))
        kept = sessions.digest(good)
    scene.leave("kim")
    tokens = {
        "that ran out": old,
        "unused too long": idle,
        "signed out": out,
        "of somebody who left": gone,
        "with one letter changed": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "cut short": good[:-1],
        "one letter longer": good + "A",
        "twice": good + good,
        "in capitals": good.upper(),
        "a digest": kept,
        "a person's name": "li",
        "a form's token": them.csrf["li"],
        "very long": "x" * 4000,
        "with SQL": "' OR '1'='1",
        "with a wildcard": "%",
        "of a person's draft": scene.anna.draft_id,
        "empty": '""',
    }
    for name, token in tokens.items():
        for deed in ("approve", "now", "reject", "cancel", "edit"):
            csrf = {"csrf": entry.form_token(token)} if name != "empty" else {}
            yield Try(f"{deed} with a session {name}", them.on(scene.anna, deed, token=token, **csrf))
    for deed in SIGNING:

        def elsewhere(deed: str = deed, **more: Any) -> object:
            path = f"/draft/{scene.anna.draft_id}/{deed}"
            return fault(
                them.ask("POST", path + more.get("query", ""), them.form(scene.anna), headers=more.get("headers"))
            )

        yield Try(f"{deed} with the session in the address", lambda e=elsewhere: e(query=f"?{COOKIE}={good}"))
        yield Try(
            f"{deed} with the session as a bearer", lambda e=elsewhere: e(headers={"authorization": f"Bearer {good}"})
        )
        yield Try(f"{deed} under another cookie's name", lambda e=elsewhere: e(headers={"cookie": f"session={good}"}))
        yield Try(
            f"{deed} under the cookie's name of https",
            lambda e=elsewhere: e(headers={"cookie": f"__Host-signoff={good}"}),
        )
        yield Try(
            f"{deed} with the session in a header",
            lambda e=elsewhere: e(
                headers={"x-session": good, "x-user": "li", "x-forwarded-user": "li", "remote-user": "li"}
            ),
        )


def _tokens(scene: Scene, them: Visitors) -> Iterator[Try]:
    mine = them.csrf["li"]
    older = entry.form_token(them.tokens["sam"])
    wrong: dict[str, Any] = {
        "none": None,
        "empty": "",
        "of another person": them.csrf["ben"],
        "of another session": older,
        "cut short": mine[:-1],
        "half": mine[:32],
        "longer": mine + "0",
        "in capitals": mine.upper() + "",
        "of zeros": "0" * 64,
        "of letters": "é" * 64,
        "a session": them.tokens["li"],
        "with a space": mine + " ",
        "with a null": "\0" + mine,
    }
    for deed in DEEDS:
        for name, token in wrong.items():
            if token == mine:
                continue
            yield Try(f"{deed} with a token: {name}", them.on(scene.anna, deed, csrf=token))
    for path in ELSEWHERE:
        for name in ("none", "of another person", "cut short"):
            form = {} if wrong[name] is None else {"csrf": wrong[name]}
            yield Try(
                f"{path} with a token: {name}",
                lambda p=path, f=form: fault(them.ask("POST", p, f, token=them.tokens["li"])),
            )
    for deed in SIGNING:

        def beside(deed: str = deed, headers: dict[str, str] | None = None, query: str = "") -> object:
            form = {k: v for k, v in them.form(scene.anna).items() if k != "csrf"}
            path = f"/draft/{scene.anna.draft_id}/{deed}{query}"
            return fault(them.ask("POST", path, form, token=them.tokens["li"], headers=headers))

        yield Try(f"{deed} with its token in the address", lambda b=beside: b(query=f"?csrf={mine}"))
        yield Try(
            f"{deed} with its token in a header",
            lambda b=beside: b(headers={"x-csrf-token": mine, "x-csrftoken": mine}),
        )


def _elsewhere(scene: Scene, them: Visitors) -> Iterator[Try]:
    evil, ours = "https://evil.example", them.url
    origins = {
        "another site": (evil, "cross-site"),
        "another site that says nothing": (evil, ""),
        "nowhere": ("null", ""),
        "nowhere, cross-site": ("null", "cross-site"),
        "nowhere, same site": ("null", "same-site"),
        "no origin": ("-", ""),
        "ours, cross-site": (ours, "cross-site"),
        "ours, same site": (ours, "same-site"),
        "ours, none": (ours, "none"),
        "a longer name": (ours + ".evil.example", ""),
        "another scheme": (ours.replace("http:", "https:"), ""),
        "a name before": (ours.replace("//", "//evil.example@"), ""),
        "a slash behind": (ours + "/", ""),
        "two": (f"{ours}, {evil}", ""),
        "a wildcard": ("*", ""),
        "a file": ("file://", ""),
    }
    for deed in ("approve", "now", "reject", "edit", "cancel"):
        for name, (origin, site) in origins.items():
            headers = {"origin": origin, **({"sec-fetch-site": site} if site else {})}
            yield Try(f"{deed} from {name}", them.on(scene.anna, deed, headers=headers))
    port = ours.rpartition(":")[2]
    for deed in SIGNING:
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "127.0.0.1",
            f"127.0.0.1.evil.example:{port}",
            f"localhost.evil.example:{port}",
            "0.0.0.0",
        ):
            yield Try(f"{deed} under the name {host}", them.on(scene.anna, deed, headers={"host": host}))
    for how in (
        {"origin": evil, "x-forwarded-host": "evil.example"},
        {"origin": evil, "x-forwarded-origin": ours},
        {"origin": evil, "referer": ours + "/"},
        {"origin": evil, "forwarded": f"host={ours}"},
    ):
        yield Try(f"approve with {sorted(how)[-1]}", them.on(scene.anna, "approve", headers=how))


def _roles(scene: Scene, them: Visitors) -> Iterator[Try]:
    for name, version in scene.all_drafts().items():
        for deed in DEEDS:
            yield Try(f"Rose: {deed} of a draft {name}", them.on(version, deed, "rose"))
        for deed in (*SIGNING, "undo"):
            yield Try(f"Anna: {deed} of a draft {name}", them.on(version, deed, "anna"))
    yield from _own_words(scene, them)
    for extra in (
        {"person": "li"},
        {"as": "li"},
        {"who": "li"},
        {"user": "li", "role": "approver"},
        {"operator": "li"},
    ):
        for deed in SIGNING:
            yield Try(f"Anna: {deed} with {extra}", them.on(scene.anna, deed, "anna", **extra))
    for who in ("anna", "rose"):
        for path in ("/resume", "/accounts/resume"):
            yield Try(
                f"{who}: {path}",
                lambda p=path, w=who: fault(
                    them.ask("POST", p, {"csrf": them.csrf[w], "account": "sandbox:main"}, token=them.tokens[w])
                ),
            )


def _own_words(scene: Scene, them: Visitors) -> Iterator[Try]:
    for deed in ("approve", "now"):
        for n in range(5):
            yield Try(f"Ben: {deed} of his own words, time {n + 1}", them.on(scene.ben, deed, "ben"))


def wrong_bounds(scene: Scene) -> dict[str, dict[str, str]]:
    """Return versions and hashes that do not name the newest text of ``second``."""
    v, h = str(scene.second.version), scene.second.hash
    return {
        "the version before": {"version": "1", "hash": scene.first.hash},
        "the old hash": {"version": v, "hash": scene.first.hash},
        "the old number": {"version": "1", "hash": h},
        "a version to come": {"version": str(int(v) + 1), "hash": h},
        "version 0": {"version": "0", "hash": h},
        "a negative version": {"version": f"-{v}", "hash": h},
        "a huge version": {"version": "9" * 30, "hash": h},
        "a version with a point": {"version": f"{v}.0", "hash": h},
        "a version as a sum": {"version": "1+1", "hash": h},
        "a version in full width": {"version": chr(0xFF10 + int(v)), "hash": h},
        "no version": {"version": "", "hash": h},
        "another's hash": {"version": v, "hash": scene.anna.hash},
        "zeros": {"version": v, "hash": "0" * 64},
        "capitals": {"version": v, "hash": h.upper()},
        "half a hash": {"version": v, "hash": h[:32]},
        "a longer hash": {"version": v, "hash": h + "0"},
        "no hash": {"version": v, "hash": ""},
        "a wildcard": {"version": v, "hash": "%" * 64},
        "a hash with a line": {"version": v, "hash": h + "\n"},
        "a hash with a space": {"version": v, "hash": " " + h[1:]},
    }


def _values(scene: Scene, them: Visitors) -> Iterator[Try]:
    for deed in DEEDS:
        for name, bound in wrong_bounds(scene).items():
            yield Try(f"{deed} with {name}", them.on(scene.second, deed, **bound))
    for deed in SIGNING:
        for name, given in {
            "that is not": "d_00000000",
            "with a path": "../" + scene.anna.draft_id,
            "with SQL": "' OR 1=1 --",
            "with a wildcard": "%",
            "a beginning": scene.anna.draft_id[:6],
            "in capitals": scene.anna.draft_id.upper(),
            "with a null": scene.anna.draft_id + "\0",
            "with a space": scene.anna.draft_id + " ",
        }.items():
            path = f"/draft/{quote(given, safe='')}/{deed}"
            yield Try(
                f"{deed} of a draft {name}",
                lambda p=path: fault(them.ask("POST", p, them.form(scene.anna), token=them.tokens["li"])),
            )
        for version in (scene.ben, scene.second):
            path = f"/draft/{version.draft_id}/{deed}"
            yield Try(
                f"{deed}: the card of one, the address of another",
                lambda p=path: fault(them.ask("POST", p, them.form(scene.anna), token=them.tokens["li"])),
            )


def _states(scene: Scene, them: Visitors) -> Iterator[Try]:
    for name in ("held back", "rejected", "expired", "that is live", "that is planned", "of an older version"):
        for deed in SIGNING:
            for who in ("li", "ben"):
                yield Try(f"{deed} of a draft {name} by {who}", them.on(scene.all_drafts()[name], deed, who))


def _brands(scene: Scene, them: Visitors) -> Iterator[Try]:
    for deed in DEEDS:
        for who in ("li", "ben"):
            yield Try(f"{deed} of another brand's draft by {who}", them.on(scene.other, deed, who))
            yield Try(f"{deed} naming the brand, by {who}", them.on(scene.other, deed, who, brand="noctua"))
    token = "p" * 43
    with scene.db.write() as conn:
        sessions.add_session(conn, token, "noctua", "pat", "t", scene.clock.now(), scene.clock.now() + entry.STAY)
    for name, version in scene.all_drafts().items():
        for deed in SIGNING:
            yield Try(
                f"an approver of another brand: {deed} of a draft {name}",
                them.on(version, deed, token=token, csrf=entry.form_token(token)),
            )


def _edited(scene: Scene, them: Visitors) -> Iterator[Try]:
    """Somebody changes the text, its time or its account's name after the card was shown."""
    from bot.domain.draft import Part
    from bot.workflow import propose, schedule

    for n in range(24):
        deed = SIGNING[n % 3]
        version = scene.fresh(f"Shown {n}.")

        def change(version: DraftVersion = version, n: int = n) -> None:
            if n % 2:
                schedule.reschedule(scene.desk, version.draft_id, f"2027-05-0{1 + n % 9}T09:00", "anna", seen_version=1)
            else:
                propose.revise(
                    scene.desk, version.draft_id, propose.Proposal("sandbox:main", (Part(f"Swapped {n}."),), "anna")
                )

        yield Try(
            f"{deed} of version 1 after {'a new time' if n % 2 else 'new words'}", them.on(version, deed), first=change
        )


def _again(scene: Scene, them: Visitors) -> Iterator[Try]:
    """A press that counted, sent again: by the same person, by others, in another order, as another deed."""
    version = scene.fresh("Signed once.")
    scene.known.append(("lumen.sandbox", "Signed once."))
    press = them.on(version, "approve")
    assert press() == ""
    yield Try("approve again", press)
    for n in range(20):
        yield Try(f"approve, time {n + 3}", press)
    for deed in (*SIGNING, "fix"):
        for who in ("li", "ben", "anna", "rose"):
            yield Try(f"{deed} after it was signed, by {who}", them.on(version, deed, who))
    no = scene.fresh("Rejected once.")
    decide_no = them.on(no, "reject")
    assert decide_no() == ""
    for deed in (*SIGNING, "fix"):
        for who in ("li", "ben"):
            yield Try(f"{deed} after it was rejected, by {who}", them.on(no, deed, who))


def _entry(scene: Scene, them: Visitors) -> Iterator[Try]:
    used = link(scene, "li")
    assert them.ask("POST", "/enter", {"token": used}).status_code == 303
    late, looked = link(scene, "li"), link(scene, "li")
    with scene.db.write() as conn:
        past = scene.clock.now() - timedelta(seconds=1)
        conn.execute(update(web_link).where(web_link.c.token == sessions.digest(late)).values(expires=past))

    def enter(token: str, headers: dict[str, str] | None = None) -> Callable[[], object]:
        def go() -> object:
            found = them.ask("POST", "/enter", {"token": token, "person": "li"}, headers=headers)
            return (
                f"signed in by {token[:8]}"
                if "set-cookie" in found.headers and found.status_code == 303
                else fault(found)
            )

        return go

    for name, token in {
        "used": used,
        "late": late,
        "cut short": looked[:-1],
        "longer": looked + "a",
        "in capitals": looked.upper(),
        "empty": "",
        "a wildcard": "%",
        "with SQL": "' OR 1=1 --",
        "a digest": sessions.digest(looked),
        "a name": "li",
        "a session": them.tokens["li"],
    }.items():
        yield Try(f"enter with a link that is {name}", enter(token))
    yield Try("enter with a good link from another site", enter(looked, {"origin": "https://evil.example"}))

    def look() -> object:
        found = them.ask("GET", f"/enter?token={looked}", {})
        return "a look signed in" if "set-cookie" in found.headers else ""

    yield Try("a look at a link", look)
    for n in range(12):

        def guess(n: int = n) -> object:
            found = them.ask(
                "POST", "/sign-in", {"person": ("li", "sam", "nobody")[n % 3], "password": f"a guess of length {n}"}
            )
            return "a guess signed in" if found.status_code == 303 else ""

        yield Try(f"password, guess {n + 1}", guess)


def rightful(scene: Scene, them: Visitors) -> bool:
    """Let Li sign what was attacked; say whether exactly that went out."""
    before = scene.sent()
    for version in (scene.anna, scene.second):
        them.on(version, "approve")()
    scene.drain()
    new = [text for _, text in scene.sent() if (_, text) not in before]
    return sorted(new) == ["A text of Anna.", "The second words."]


def whole(home: Path) -> Way:
    with Scene(home, FixedClock()) as scene, served(scene) as url:
        them = Visitors(scene, url)
        try:
            result = run(scene, every(scene, them))
            return Way("web", result.tries, result.bypasses, rightful(scene, them))
        finally:
            them.close()
