"""Read a brand folder into Signoff.

Run it again after every change: only what changed is learned anew. Pages that guidelines/urls.txt names are read each
time. Drafts that wait are checked against the new rules before they can be signed or sent; `signoff diff` names them.
Posts that wait for an account which brand.yaml does not name any more are counted; `signoff diff DIR` does it before.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.surfaces.cli import options, screen
from bot.surfaces.cli.session import Session
from bot.words import say


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--reindex", is_flag=True, help="Learn everything anew, as after a change of the embedding model.")
@click.option(
    "--questions",
    is_flag=True,
    help="Let the model write questions for each rule, so that a search finds it in other words.",
)
@options.as_json
@click.pass_obj
def command(session: Session, folder: Path, reindex: bool, questions: bool, as_json: bool) -> None:
    """Learn the folder."""
    from bot import own_words, rulebook_diff
    from bot.brand_folder import pages
    from bot.store import rulebooks
    from bot.surfaces.cli import asked_for, rules_changed
    from bot.workflow import stranded

    with session.open_app() as app:
        place = str(folder.resolve())
        read = app.read_pages(folder)
        for told in filter(None, (pages.told(page, app.clock.now()) for page in read)):
            click.echo(f"! {told}", err=True)
        with app.db.read() as conn:
            before = rulebooks.of_folder(conn, place)
        learned = app.learn(folder, reindex=reindex)
        with app.db.read() as conn:
            brand_id, version = rulebooks.of_folder(conn, place) or ("", "")
            brand, _ = app.desk.brand(conn, brand_id)
            without = stranded.told(conn, brand)
        own_words.refresh(app, brand, reindex=reindex)
        asked = asked_for.questions(app, folder) if questions else None
        new = before is not None and before[1] != version
        changed = rulebook_diff.of_versions(app, before[1], version, brand_id=brand_id) if before and new else None
    counts = {"added": learned.added, "changed": learned.changed, "removed": learned.removed}
    rules = len(brand.rulebook.rules)
    if as_json:
        screen.emit({
            "brand": brand.id, "rulebook": version, "rules": rules, **counts, **asked_for.counts(asked),
            "pages": [
                {"url": p.source.url, "changed": p.changed, "copy_of": p.copy and p.copy.fetched, "why": p.why}
                for p in read
            ],
            "checked_against_older_rules": rules_changed.counts(changed), "without_account": without,
        })  # fmt: skip
        return
    if reindex:
        click.echo(say("Learned {name} anew: {rules} rules.", name=brand.name, rules=rules))
    else:
        click.echo(
            say(
                "Learned {name}: {rules} rules ({added} new, {changed} changed, {removed} gone).",
                name=brand.name,
                rules=rules,
                **counts,
            )
        )
    if asked is not None:
        click.echo(say("{n} questions written; {rules} rules have some, {without} have none.",
                       n=asked.written, rules=asked.rules, without=asked.without))  # fmt: skip
    elif session.settings().llm_model:
        click.echo(say("Your model can write questions by which rules are found more surely: {command}.",
                       command=f"`signoff learn {folder} --questions`"))  # fmt: skip
    for line in rules_changed.in_short(changed) if changed else ():
        click.echo(line)
    for line in without:
        click.echo(f"! {line}")
    if not session.settings().operator:
        known = ", ".join(f"{p.id} ({p.name})" for p in brand.people)
        click.echo(say("Say who you are with --as or SIGNOFF_OPERATOR. People: {people}.", people=known))
