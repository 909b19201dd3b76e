"""The sandbox network as a person looks at it: posts with what was said to them, people, faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.errors import BadInput, NotFound
from bot.surfaces.cli import screen
from bot.words import joined, say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Account
    from bot.store.sandbox_tables import NetPost


def account(app: App, given: str) -> Account:
    """Return the sandbox account that is meant: its key, its name or its handle; the only one if nothing is given."""
    from bot.platforms.sandbox import handle_of

    known = [a for a in app.brand().accounts if a.platform == "sandbox"]
    wanted = given.removeprefix("@")
    found = [a for a in known if not given or wanted in (a.key, a.name, handle_of(a))]
    names = ", ".join(a.key for a in known)
    if not known:
        raise NotFound(
            say("The brand has no account on the sandbox network."),
            next_step=say("Add one to brand.yaml, such as `- key: sandbox:main`, and learn it."),
        )
    if not found:
        raise NotFound(
            say("There is no sandbox account {account!r}.", account=given),
            next_step=say("There are: {names}.", names=names),
        )
    if len(found) > 1:
        raise BadInput(
            say("The brand has several accounts on the sandbox network."),
            next_step=say("Name one: {names}.", names=names),
        )
    return found[0]


def post(app: App, given: str) -> NetPost:
    """Return the live post or comment of an id or address. Raises NotFound."""
    found = app.sandbox.get(given.strip().rstrip("/").rpartition("/")[2])
    if found is None or found.deleted is not None:
        raise NotFound(
            say("There is no post {id} on the sandbox network.", id=given),
            next_step=say("`signoff sandbox` lists the posts with their ids."),
        )
    return found


def overview(app: App, handle: str, limit: int, comments: int) -> list[dict[str, Any]]:
    """Return the newest posts with their counts and the newest of what was said to them."""
    net = app.sandbox
    posts = net.newest(limit, handle)
    counts = net.counts([p.id for p in posts])
    found = []
    for one in posts:
        said = [c for c in net.comments(one.account, 0, 10_000) if one.id in (c.root_id, c.quote_id)]
        likes, replies, reposts = counts.get(one.id, (0, 0, 0))
        row = {"id": one.id, "account": one.account, "at": one.arrived, "text": one.text, "likes": likes,
               "reposts": reposts, "replies": replies, "comments": [comment(c) for c in said[-comments:]]}  # fmt: skip
        found.append(row)
    return found


def mentions(app: App, handle: str, limit: int) -> list[dict[str, Any]]:
    """Return the newest comments that name the account and are below none of its posts."""
    said = [c for c in app.sandbox.comments(handle, 0, 10_000) if c.kind == "mention"]
    return [comment(c) for c in said[-limit:]] if limit else []


def comment(one: NetPost) -> dict[str, Any]:
    return {"id": one.id, "at": one.arrived, "who": one.account, "name": one.name, "bot": one.bot, "kind": one.kind,
            "text": one.text, "edited": one.edited is not None}  # fmt: skip


def show(row: dict[str, Any], zone: str) -> None:
    """Print a post and what was said to it."""
    from bot.workflow import when

    said = say("likes: {likes}, reposts: {reposts}, comments: {replies}", **_counts(row))
    click.echo(f"{row['id']}  {row['account']}  {when.spoken(row['at'], zone)}")
    click.echo(f"  {plain(row['text'])}")
    click.echo(f"  {said}")
    for one in row["comments"]:
        show_comment(one)
    click.echo()


def show_comment(one: dict[str, Any]) -> None:
    """Print one comment on one line; what it hides is written out."""
    notes = [say(one["kind"])] if one["kind"] != "reply" else []
    notes += [say("bot")] if one["bot"] else []
    notes += [say("edited")] if one["edited"] else []
    about = f" ({', '.join(notes)})" if notes else ""
    click.echo(f"    {one['id']}  {one['who']}{about}: {plain(one['text'])}")


def plain(text: str) -> str:
    """Return a stranger's text on one line, without anything that a terminal or an eye would miss."""
    from bot.checks.text import visible

    line = " ".join(text.split())
    return visible("".join(c if c.isprintable() or ord(c) > 0x7F else "·" for c in line))


def _counts(row: dict[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in ("likes", "reposts", "replies")}


# --- what the commands do ----------------------------------------------------------------------------------


def look(app: App, given: str, limit: int, comments: int, as_json: bool) -> None:
    """Print the newest posts of one sandbox account, or of all of the brand's."""
    from bot.platforms.sandbox import handle_of

    brand = app.brand()
    accounts = [account(app, given)] if given else [a for a in brand.accounts if a.platform == "sandbox"]
    handles = [handle_of(a) for a in accounts or [account(app, given)]]
    found = [row for handle in handles for row in overview(app, handle, limit, comments)]
    found = sorted(found, key=lambda row: row["at"], reverse=True)[:limit]
    named = [one for handle in handles for one in mentions(app, handle, comments)]
    if as_json:
        screen.emit({"brand": brand.id, "posts": found, "mentions": named})
        return
    if not found and not named:
        click.echo(say("Nothing was posted on the sandbox network yet."))
    for row in found:
        show(row, brand.zone)
    if named:
        click.echo(say("Mentions:"))
        for one in named:
            show_comment(one)


def list_people(as_json: bool) -> None:
    """Print who lives on the network."""
    from bot.store.sandbox_personas import PEOPLE

    if as_json:
        names = ("id", "handle", "name", "languages", "mood", "about", "bot")
        screen.emit({"people": [{name: getattr(person, name) for name in names} for person in PEOPLE]})
        return
    screen.columns([(p.id, p.handle, "/".join(p.languages), say(p.mood), say(p.about)) for p in PEOPLE])


def speak(app: App, persona: str, text: str, to: str, quote: bool, given: str) -> str:
    """Let a person say something; return what to print."""
    from bot.platforms.sandbox import handle_of
    from bot.store import sandbox_people
    from bot.store.sandbox_personas import PEOPLE

    person = sandbox_people.find(persona)
    if person is None:
        raise NotFound(
            say("Nobody on the sandbox network is called {name!r}.", name=persona),
            next_step=say("There are: {names}.", names=", ".join(p.id for p in PEOPLE)),
        )
    if not text.strip():
        raise BadInput(say("There is nothing to say."), next_step=say("Put the words behind the person."))
    if quote and not to:
        raise BadInput(say("Say which post is quoted."), next_step=say("Use --to POST."))
    above = post(app, to) if to else None
    if above is None:
        handle = handle_of(account(app, given))
        text = text if f"@{handle}" in text else f"@{handle} {text}"
    language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
    parent, quoted = (above.id, "") if above and not quote else ("", above.id if above else "")
    made = app.sandbox.post(person.handle, text, language=language, parent_id=parent, quote_id=quoted)
    if made is None:
        raise NotFound(say("There is no post {id} on the sandbox network.", id=to))
    return say("{who} said it: {id}", who=person.handle, id=made.id)


def crisis(app: App, given: str, topic: str, hours: float, size: int, end: bool) -> str:
    """Begin or end a crisis; return what to print."""
    from bot.platforms.sandbox import handle_of

    found = account(app, given)
    handle = handle_of(found)
    if end:
        ended = app.sandbox.end_crisis(handle)
        return say("The crisis of {account} is over.", account=found.key) if ended else say("There is no crisis.")
    app.sandbox.begin_crisis(handle, topic.strip(), language=found.language, hours=hours, size=size)
    return joined(
        say("{n} angry comments to {account} are coming over {hours:g} hours.", n=size, account=found.key, hours=hours),
        say("A running worker brings them, or `signoff sandbox tick --hours 1`."),
    )


def fault(app: App, effect: str, given: str, clear: bool, more: dict[str, Any]) -> list[str]:
    """Set, clear or list faults; return the lines to print."""
    from bot.platforms.sandbox import handle_of
    from bot.store.sandbox import EFFECTS

    handle = handle_of(account(app, given)) if given else "*"
    known = ", ".join((*sorted(EFFECTS), "http NNN"))
    if clear:
        return [say("Faults taken away: {n}.", n=app.sandbox.mend(handle))]
    if effect:
        try:
            app.sandbox.break_next(effect, account=handle, **more)
        except ValueError:
            raise BadInput(
                say("There is no fault {effect!r}.", effect=effect), next_step=say("There are: {names}.", names=known)
            ) from None
    lines = [_waiting(row) for row in app.sandbox.waiting_faults()]
    return lines if effect else [*(lines or [say("No fault waits.")]), say("There are: {names}.", names=known)]


def _waiting(row: dict[str, Any]) -> str:
    often = say("{n} times", n=row["remaining"]) if row["remaining"] > 0 else say("until it is cleared")
    chance = ", " + say("chance {p:g}", p=row["chance"]) if row["chance"] is not None else ""
    return f"  {row['effect']}  {row['operation']}  {row['account']}  {often}{chance}"
