"""How a change of rules is shown: for `signoff diff`, and in short for `signoff learn`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from bot.surfaces.cli import listing, screen
from bot.words import joined, retold, say

if TYPE_CHECKING:
    from bot.rulebook_diff import Affected, RulebookDiff, RuleChange

#: Rows shown of what was checked against older rules, beyond those that are marked.
_ROWS = 20


def counts(found: RulebookDiff | None) -> dict[str, Any]:
    """Return how many posts were checked against older rules, and which of them break a new one, for ``--json``."""
    affected = found.affected if found else ()
    return {
        "waiting": sum(not a.live for a in affected),
        "live": sum(a.live for a in affected),
        "marked": [a.draft.id for a in affected if a.marked],
    }


def show(found: RulebookDiff) -> None:
    """Print what changed, and what was checked against older rules."""
    then = f"{found.since:%Y-%m-%d %H:%M}" if found.since else "-"
    now = f"{found.until:%Y-%m-%d %H:%M}" if found.until else say("not learned yet")
    versions = {"before": found.before, "after": found.after}
    click.echo(say("Rules {before} ({then}, UTC) → {after} ({now})", **versions, then=then, now=now))
    for url in found.unread:
        click.echo(say("{url} was never read: its rules are missing here.", url=url))
    if not found.changes:
        click.echo(say("The rules say the same."))
    for change, title in (("added", say("New")), ("changed", say("Changed")), ("removed", say("Gone"))):
        mine = [c for c in found.changes if c.change == change]
        if mine:
            screen.heading(f"{title} ({len(mine)})")
            for one in mine:
                _rule(one)
    if any(c.change == "changed" for c in found.changes) and not sys.stdout.isatty():
        click.echo("\n" + say("[-gone-] and {+new+} mark words that changed."))
    _affected(found)


def _rule(one: RuleChange) -> None:
    from bot.checks.text import visible

    rule = one.after or one.before
    assert rule is not None
    place = f"{rule.file}:{rule.line}" if rule.file else ""
    told = "; ".join([say(rule.kind.value), *([place] if place else []), *one.also])
    click.echo(f"  [{one.id}] ({visible(told)})")
    text = rule.text if one.change != "changed" else "".join(_piece(what, visible(words)) for what, words in one.words)
    for line in text.splitlines():
        click.echo(f"      {line if one.change == 'changed' else visible(line)}")


def _piece(what: str, words: str) -> str:
    if what == "same":
        return words
    if sys.stdout.isatty():
        return click.style(words, fg="red", strikethrough=True) if what == "gone" else click.style(words, fg="green")
    return f"[-{words}-]" if what == "gone" else f"{{+{words}+}}"


def _affected(found: RulebookDiff) -> None:
    for live, title in (
        (False, say("Waiting, checked against older rules")),
        (True, say("Live, checked against older rules")),
    ):
        mine = [a for a in found.affected if a.live is live]
        if not mine:
            continue
        shown = [a for n, a in enumerate(mine) if a.marked or n < _ROWS]
        screen.heading(f"{title} ({len(mine)})")
        for one in shown:
            state = say(listing.GROUPS[listing.state(one.version, one.post)])
            text = screen.short(one.version.content.parts[0].text if one.version.content.parts else "", 44)
            click.echo(f"  {one.draft.id}  {one.draft.account}  {state}  {text}")
            for line in _marks(one):
                click.echo(f"      ! {line}")
        if len(shown) < len(mine):
            click.echo("  " + say("{n} more: `--json` lists them all.", n=len(mine) - len(shown)))


def _marks(one: Affected) -> list[str]:
    found = [joined(say("breaks {rule}:", rule=f"[{f.rule_id}]"), retold(f.message)) for f in one.breaks]
    if one.cites:
        found.append(say("cites what changed or is gone: {rules}", rules=", ".join(f"[{c}]" for c in one.cites)))
    return found


def in_short(found: RulebookDiff) -> list[str]:
    """Return what `signoff learn` says of it: nothing where no draft or post is concerned."""
    if not found.affected:
        return []
    live = len(found.affected) - found.waiting
    lines = [say("Checked against older rules: {n} waiting, {m} live. See `signoff diff`.", n=found.waiting, m=live)]
    broken = sum(bool(a.breaks) for a in found.affected)
    if broken:
        lines.append(say("{n} of them now break a hard rule.", n=broken))
    return lines


def as_data(found: RulebookDiff) -> dict[str, Any]:
    """Return it for `--json`."""
    return {
        "brand": found.brand,
        "from": {"version": found.before, "learned": found.since},
        "to": {"version": found.after, "learned": found.until},
        "unread": found.unread,
        "rules": [
            {
                "id": c.id,
                "change": c.change,
                "before": c.before,
                "after": c.after,
                "words": [{"is": what, "text": text} for what, text in c.words],
                "also": c.also,
            }
            for c in found.changes
        ],
        "checked_against_older_rules": [
            {
                "id": a.draft.id,
                "version": a.version.version,
                "post": a.post.id if a.post else None,
                "account": a.draft.account,
                "state": listing.state(a.version, a.post),
                "live": a.live,
                "rulebook": a.version.content.rulebook,
                "text": a.version.content.parts[0].text if a.version.content.parts else "",
                "cites_changed": a.cites,
                "breaks": a.breaks,
            }
            for a in found.affected
        ],
    }
