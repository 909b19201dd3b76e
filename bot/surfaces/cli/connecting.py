"""Connecting accounts on the terminal: whom it is about, what is asked, and how accounts are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from bot.errors import BadInput, NotAllowed, NotFound
from bot.surfaces.cli import screen
from bot.words import retold, say

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app import App
    from bot.connecting.overview import Standing
    from bot.domain.brand import Account, Brand, Person
    from bot.platforms.base import Health, Platform, Way


def approver(app: App, step: str) -> Person:
    """Return the person at the terminal, who may connect accounts. Raises NotAllowed."""
    from bot.domain.brand import Role

    person = app.operator()
    if not person.may(Role.APPROVER):
        raise NotAllowed(
            say("{person} is not an approver of {brand}.", person=person.name, brand=app.brand().name), next_step=step
        )
    return person


def meant(brand: Brand, given: str) -> Account:
    """Return the account meant by its name or by its platform. Raises BadInput, NotFound, Misconfigured."""
    if (account := brand.account(given)) is not None:
        return account
    known = ", ".join(a.key for a in brand.accounts)
    if ":" in given:
        raise NotFound(
            say("{brand} has no account {account}.", brand=brand.name, account=repr(given)),
            next_step=say("It has: {known}. Others are added in brand.yaml.", known=known),
        )
    from bot.platforms import registry

    adapter = registry.load(given)
    mine = [a for a in brand.accounts if a.platform == given]
    if len(mine) == 1:
        return mine[0]
    if mine:
        raise BadInput(
            say("{brand} has several accounts on {label}.", brand=brand.name, label=adapter.label),
            next_step=say("Say which: {names}.", names=", ".join(a.key for a in mine)),
        )
    lines = f'accounts:\n  - key: {given}:main\n    handle: "..."\n    language: en'
    raise NotFound(
        say("{brand} has no account on {label}.", brand=brand.name, label=adapter.label),
        next_step=say("Write it into brand.yaml, then `signoff learn` the folder:") + f"\n{lines}",
    )


def explain(adapter: type[Platform], way: Way, redirect: str) -> None:
    """Say what to do before, and which other ways there are."""
    others = ", ".join(f"`--way {w.id}`" for w in adapter.ways if w.id != way.id)
    click.echo(say("Way: {way}.", way=say(way.label)) + (" " + say("Others: {names}.", names=others) if others else ""))
    from bot.platforms.terms import RETURN_ADDRESS

    steps = [say(step).replace("{redirect}", redirect).replace(RETURN_ADDRESS, redirect) for step in way.steps]
    for n, step in enumerate(steps, 1):
        click.echo(screen.wrapped(f"  {n}. {step}"))
    if way.begin is not None and not any(redirect in step for step in steps):
        click.echo("  " + say("The browser comes back to {address}.", address=redirect))


def typed(names: dict[str, tuple[str, bool]], stored: dict[str, str]) -> dict[str, str]:
    """Ask for each value; leave out what is left empty."""
    given = {}
    for name, (about, secret) in names.items():
        click.echo(screen.wrapped(f"  {say(about)}"))
        if name in stored:
            click.echo("  " + (say("One is stored; Enter keeps it, - removes it.") if secret else _kept(stored[name])))
        value = click.prompt(f"  {name}", default="", show_default=False, hide_input=secret).strip()
        if value:
            given[name] = value
    return given


def _kept(value: str) -> str:
    return say("Enter keeps {value}, - removes it.", value=value)


def piped(names: dict[str, tuple[str, bool]]) -> dict[str, str]:
    """Read lines NAME=VALUE. Raises BadInput."""
    given = {}
    for line in sys.stdin:
        name, equals, value = line.strip().partition("=")
        if not line.strip():
            continue
        if not equals or name.strip() not in names:
            raise BadInput(
                say("A line is not NAME=VALUE with a name that this platform knows."),
                next_step=say("It knows: {names}.", names=", ".join(names) or "-"),
            )
        if value.strip():
            given[name.strip()] = value.strip()
    return given


def opened(try_it: bool) -> Callable[[str], None]:
    """Return what prints the address of a platform's page, and opens it if ``try_it``."""

    def show(url: str) -> None:
        click.echo(say("Open this page, signed in as the account to connect, and agree:"))
        click.echo(f"  {url}")
        if try_it:
            import webbrowser

            if not webbrowser.open(url):
                click.echo(say("No browser opened here. On another machine, start again with --no-browser."))
            click.echo(say("Waiting for you to come back from the browser; Ctrl-C stops."))

    return show


def pasted() -> str:
    """Ask for the address that the browser was sent to."""
    click.echo(say("The browser then fails to open a page of this machine: that is expected. Copy its whole address."))
    # It holds a code that is worth the account until it is used.
    return str(click.prompt("  " + say("Address"), hide_input=sys.stdin.isatty()))


# --- how they stand ----------------------------------------------------------------------------------------


def standings(app: App, brand: Brand) -> list[Standing]:
    """Return how each account of a brand stands, without asking its platform."""
    from bot import evidence

    return evidence.accounts(app, brand)


def _stored(app: App, account: Account) -> set[str]:
    with app.db.read() as conn:
        return {n for n in app.vault.names(conn, account.key) if n.startswith("setting:")}


def asked(app: App, account: Account) -> list[Health]:
    """Ask an account's platform now, and keep what it says of itself; one without a login is not asked."""
    from bot.app import platform_class
    from bot.connecting import overview
    from bot.errors import SignoffError
    from bot.platforms.base import Health
    from bot.workflow import asking_again

    if overview.loginless(platform_class(account.platform), _stored(app, account), app.settings.account(account.key)):
        return [Health("login", False, say("not connected"))]
    try:
        platform = app.platform(account.key)
        asking_again.ask(app.desk, account.key, aloud=False)
        return platform.health()
    except SignoffError as error:
        return [Health("login", False, error.message, error.next_step or f"`signoff connect {account.key}`.")]


def show(app: App, found: list[Standing], answers: dict[str, list[Health]]) -> None:
    """Print accounts as a table, and below it what does not fit into a line."""
    heads = ("account", "handle", "connected", "way", "login holds", "calls left", "spent this month")
    rows = [[say(head) for head in heads]]
    rows += [_row(s) for s in found]
    used = [n for n in range(len(heads)) if n < 3 or any(row[n] for row in rows[1:])]
    screen.columns([[row[n] for n in used] for row in rows])
    for one in found:
        lines = _details(app, one, answers.get(one.account, []))
        if lines:
            click.echo()
            click.secho(f"  {one.account}", bold=True)
        for line in lines:
            click.echo(screen.wrapped(f"    {line}"))
    if not found:
        click.echo("  " + say("The brand has no accounts."))


def _row(one: Standing) -> list[str]:
    how = {
        "yes": say("yes"), "no": say("NO"), "untried": say("not tried"), "needless": say("needs no login"),
    }[one.connected]  # fmt: skip
    if one.paused:
        how += ", " + say("paused")
    days = "" if one.days is None else say("ended") if one.days < 0 else say("{n} days", n=one.days)
    left = "" if one.left is None else say("{n} of {most}", n=one.left, most=one.limit or "?")
    spent = "" if one.spent is None else f"${one.spent:.2f}" + (f" / ${one.cap:.2f}" if one.cap else "")
    way = say("environment") if one.way == "environment" else one.way
    return [one.account, one.handle, how, way, days, left, spent]


def _details(app: App, one: Standing, answers: list[Health]) -> list[str]:
    from bot.connecting import overview

    lines = []
    if said := overview.marked(one):
        lines.append(("! " if one.lacking else "") + say("rights: {names}", names=said))
    if one.expires is not None:
        lines.append(say("login holds until {time}", time=_time(one.expires)))
    if one.resets is not None and one.left is not None:
        lines.append(say("calls are counted anew at {time}", time=_time(one.resets)))
    if one.waits is not None:
        lines.append(say("the platform asked to wait: nothing is posted before {time}", time=_time(one.waits)))
    if one.cap_daily is not None:
        sums = {"spent": f"{one.spent_today or 0:.2f}", "cap": f"{one.cap_daily:.2f}"}
        lines.append(say("spent today: ${spent} of ${cap}", **sums))
    told = {health.detail for health in answers}
    lines += [f"! {remark}" for remark in map(retold, one.remarks) if remark not in told]
    for health in answers:
        lines.append(f"{say(health.name)}: {say('ok') if health.ok else say('FAILS')}  {health.detail}")
        lines += [f"  → {health.fix}"] if health.fix and not health.ok else []
    if one.paused:
        lines.append(say("paused: {why}", why=retold(one.paused)))
    if one.trouble is not None:
        after = " " + say("(posts went out since)") if one.trouble.over else ""
        said = say("last error, {time}: {what}", time=_time(one.trouble.at), what=retold(one.trouble.what))
        lines.append(said + after)
    if one.next_step:
        lines.append("→ " + retold(one.next_step))
    return lines


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
