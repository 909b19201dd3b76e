"""The main job from end to end on the sandbox network, with everything real but the network."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import BadInput, ModelError, NotFound, SignoffError
from bot.surfaces.cli import record, review, screen, texts, trouble
from bot.words import joined, retold, say

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.draft import DraftVersion
    from bot.surfaces.cli.session import Session

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "lumen-tea"
ACCOUNTS = ("sandbox:main", "sandbox:cn")
#: Who asks for the drafts, and who signs: with four eyes these are two people.
AUTHOR, APPROVER = "anna", "demo"
#: Left in the folder of the demo, so that no other folder is ever removed.
MARK = ".signoff-demo"
#: How often a draft that a check holds back is written anew when nobody is there to mend it.
TRIES = 3
#: Seconds to wait for the posts to be live; a lost answer is looked up after 2 s.
PATIENCE = 60.0


@dataclass
class Demonstration:
    """One run of the demo."""

    session: Session
    attended: bool
    began: float = field(default_factory=time.monotonic)
    drafts: int = 0
    published: int = 0
    turned_down: int = 0
    doubtful: int = 0
    model: str = "none"

    def run(self, *, keep: bool) -> int:
        """Do everything, print the closing line, and return the exit code; with a person there, show the desk, too."""
        code, shown = 1, False
        try:
            home = self._home(keep)
            with self.session.open_app(**self._settings(home)) as app:
                self._all(app, home)
            shown = self.attended
            wanted = len(ACCOUNTS)
            whole = self.drafts == wanted and self.published + self.turned_down == wanted and not self.doubtful
            code = 0 if whole else 1
        except SignoffError as error:
            click.echo(retold(str(error)), err=True)
            code = error.exit_code
        except Exception as error:
            # Said here, so that the line that sums up stays the last one.
            sentence, code = trouble.explain(error, self.session)
            click.echo(sentence, err=True)
        finally:
            seconds = time.monotonic() - self.began
            click.echo(
                f"demo: drafts={self.drafts} published={self.published} doubtful={self.doubtful} "
                f"model={self.model} seconds={seconds:.0f}"
            )
        if shown:
            self.show_desk()
        return code

    def show_desk(self) -> None:
        """Serve the web desk of the demo's home, with a link that signs the approver in, until Ctrl-C.

        Raises NotFound without an earlier demo.
        """
        from bot.surfaces.cli import working
        from bot.surfaces.web import entry, server

        home = self._place()
        if not (home / MARK).exists():
            raise NotFound(say("There is no demo in {folder} yet.", folder=home),
                           next_step=say("Run it first: `signoff demo`."))  # fmt: skip
        # A port that is free; what is set for the desk of one's own brand is not touched.
        settings = {**self._settings(home), "web": "127.0.0.1:0", "web_url": "", "web_oidc_issuer": ""}
        with self.session.open_app(**settings) as app:
            app.brand()
            with server.serving(app) as desk:
                assert desk is not None
                token, _ = entry.link(app)
                click.echo(say("See it all in the browser. This link signs you in as the demo approver, once, within "
                               "fifteen minutes:"))  # fmt: skip
                click.echo(f"    {desk.url}/enter?token={token}")
                click.echo(say("The web desk is served from here, and what you sign there is sent, until you press "
                               "Ctrl-C."))  # fmt: skip
                working.until_stopped(app)

    def _settings(self, home: Path) -> dict[str, Any]:
        return {"home": home, "database_url": "", "chroma_url": "", "brand": "lumen-tea", "operator": APPROVER}

    def _all(self, app: App, home: Path) -> None:
        self._step(1, say("Learn a brand: Lumen Tea, from its folder of guidelines in English and Chinese"))
        self._learn(app, home)
        self._step(2, say("Connect the language model"))
        model = app.model()
        self.model = model.name.replace(" ", "_")
        where = say("on this machine") if model.embedded else model.base_url
        click.echo(say("Using {model}, {where}.", model=model.name, where=where))
        self._step(3, say("Draft from a brief, for two accounts"))
        brief = (EXAMPLE / "brief.txt").read_text(encoding="utf-8").strip()
        click.echo(screen.wrapped(say("Anna asks: {brief}", brief=brief)))
        if model.embedded:
            click.echo(say("The model runs on this machine's processor; a minute or two a text is normal."))
        made = self._draft(app, brief)
        self._step(4, say("Decide: nothing is published that nobody signed"))
        if not self.attended:
            click.echo(say("Nobody is asked here: the demo approver signs, after the same checks as everybody."))
        for version in made:
            self._decide(app, version)
        self._step(5, say("Publish on the sandbox network"))
        self._publish(app, made)
        self._step(6, say("Look back"))
        self._look_back(app, made)
        self._onwards(home)

    def _step(self, n: int, text: str) -> None:
        screen.heading(f"{n}. {text}")

    def _place(self) -> Path:
        return self.session.settings().home.expanduser().resolve() / "demo"

    def _home(self, keep: bool) -> Path:
        home = self._place()
        if home.exists() and any(home.iterdir()) and not (home / MARK).exists():
            raise BadInput(
                say("{folder} is there already and is not the demo's.", folder=home),
                next_step=say("Choose another home with --home DIR."),
            )
        if home.exists() and not keep:
            click.echo(say("Starting afresh: what an earlier demo left in {folder} is removed.", folder=home))
            shutil.rmtree(home)
        home.mkdir(parents=True, exist_ok=True)
        (home / MARK).touch()
        click.echo(say("Everything of this demo stays in {folder}.", folder=home))
        return home

    def _learn(self, app: App, home: Path) -> None:
        folder = home / "lumen-tea"
        if not folder.exists():
            shutil.copytree(EXAMPLE, folder)
        learned = app.learn(folder)
        brand = app.brand()
        rules, new = len(brand.rulebook.rules), learned.added
        click.echo(say("{rules} rules learned ({new} new), each with an id to cite.", rules=rules, new=new))

    def _draft(self, app: App, brief: str) -> list[DraftVersion]:
        from bot import writing

        made: dict[str, DraftVersion] = {}
        for _ in range(2):
            missing = [a for a in ACCOUNTS if a not in made]
            if not missing:
                break
            try:
                with self.session.telling() as tell:
                    written = writing.draft(app, brief, missing, AUTHOR, on_event=tell)
            except ModelError as error:
                if not made and missing == list(ACCOUNTS):
                    raise
                click.echo(retold(str(error)), err=True)
                continue
            made |= {v.content.account: v for v in written.drafts}
            for account, why in written.failed.items():
                click.echo(f"{account}: {retold(why)}", err=True)
        self.drafts = len(made)
        return [made[a] for a in ACCOUNTS if a in made]

    # --- deciding ------------------------------------------------------------------------------------------

    def _decide(self, app: App, version: DraftVersion) -> None:
        tries = 0
        while True:
            card = review.load(app, version.draft_id)
            click.echo()
            screen.show(card)
            version = card.version
            choice = self._choose(version, tries)
            tries += 1
            try:
                if choice == "approve":
                    self._approve(app, version.draft_id)
                    return
                if choice == "reject":
                    self._reject(app, version.draft_id)
                    return
                if choice == "give up":
                    return
                version = self._again(app, version, choice)
            except SignoffError as error:
                click.echo(retold(str(error)), err=True)

    def _choose(self, version: DraftVersion, tries: int) -> str:
        blocked = version.blocked
        if not self.attended:
            if not blocked:
                # A remark that is left says what a person would send back: once, for a small model has its limits.
                return "another" if version.note and not tries else "approve"
            return "another" if tries < TRIES else "give up"
        choices = {"a": "approve", "e": "edit", "v": "another", "r": "reject"}
        if blocked:
            del choices["a"]
            click.echo(say("A check holds this back."))
        names = {
            "approve": say("Approve"),
            "edit": say("Edit"),
            "another": say("another Version"),
            "reject": say("Reject"),
        }
        asked = "  ".join(f"[{key}] {names[word]}" for key, word in choices.items())
        answer = click.prompt(asked, type=click.Choice(list(choices), case_sensitive=False), show_choices=False)
        return choices[answer]

    def _approve(self, app: App, draft_id: str) -> None:
        from bot.workflow import decide

        card = review.load(app, draft_id)
        outcome = decide.approve(app.desk, review.answer(card, APPROVER, reason=self._why()))
        words = {"n": card.version.version, "id": draft_id, "hash": card.version.hash[:8]}
        click.echo(say("Signed by the demo approver: version {n} of {id}, #{hash}.", **words))
        if outcome.post is None:
            click.echo(say("It waits for {n} more.", n=outcome.needed - outcome.signed))

    def _reject(self, app: App, draft_id: str) -> None:
        from bot.workflow import decide

        decide.reject(app.desk, review.answer(review.load(app, draft_id), APPROVER))
        self.turned_down += 1
        click.echo(say("Rejected: {id} will not be published.", id=draft_id))

    def _why(self) -> str:
        return "" if self.attended else "signed off by the demo without a person"

    def _again(self, app: App, version: DraftVersion, choice: str) -> DraftVersion:
        from bot import writing
        from bot.writing import composing

        if choice == "edit":
            old = composing.whole(version.content)
            new = texts.in_editor(old)
            if new is None or composing.parts(new) == composing.parts(old):
                click.echo(say("Nothing was changed."))
                return version
            return writing.edit(app, version.draft_id, composing.parts(new), AUTHOR, seen_version=version.version)
        found = joined(
            version.note, *(joined(retold(f.message), retold(f.fix)) for f in version.findings if f.severity == "block")
        )
        wish = click.prompt(say("What should be different?")) if self.attended else found
        if not self.attended:
            click.echo(say("The demo approver asks for another version: {wish}", wish=wish))
        with self.session.telling() as tell:
            written = writing.another(app, version.draft_id, wish, AUTHOR, on_event=tell)
        return written.drafts[0] if written.drafts else version

    # --- publishing ----------------------------------------------------------------------------------------

    def _publish(self, app: App, made: list[DraftVersion]) -> None:
        from bot.domain.post import PostState
        from bot.store import posts
        from bot.surfaces.cli import working
        from bot.workflow.worker import Worker

        waiting = {PostState.DUE, PostState.SENDING, PostState.DOUBTFUL}
        worker = Worker(app.desk, tell=working.teller(app))
        until = time.monotonic() + PATIENCE
        while True:
            asyncio.run(worker.once())
            with app.db.read() as conn:
                parts = [part for v in made for post in posts.of_draft(conn, v.draft_id) for part in post.parts]
            states = [part.state for part in parts]
            if not waiting & set(states) or time.monotonic() > until:
                break
            time.sleep(0.2)
        if not states:
            click.echo(say("There is nothing to publish."))
        with app.db.read() as conn:
            found = [post for v in made for post in posts.of_draft(conn, v.draft_id)]
        self.published = sum(post.live == len(post.parts) for post in found)
        self.doubtful = sum(state in (PostState.DOUBTFUL, PostState.ASKED) for state in states)

    def _look_back(self, app: App, made: list[DraftVersion]) -> None:
        from bot import evidence
        from bot.store import posts

        app.sandbox.tick(app.clock.now() + timedelta(hours=3))
        click.echo(say("Three hours pass on the sandbox network, and its fans react:"))
        for version in made:
            with app.db.read() as conn:
                live = [p for post in posts.of_draft(conn, version.draft_id) for p in post.parts if p.receipt]
            platform = app.platform(version.content.account)
            for reading in platform.readings([p.receipt for p in live if p.receipt]):
                counts = {"likes": reading.likes, "reposts": reading.reposts, "replies": reading.replies}
                said = say("likes: {likes}, reposts: {reposts}, comments: {replies}", **counts)
                click.echo(f"  {version.content.account}  {reading.remote_id}  {said}")
            for comment in platform.comments(None).items[:3]:
                click.echo(f"    {comment.author.handle}: {comment.text}")
        for version in made:
            click.echo()
            found = evidence.audit(app, version.draft_id)
            for line in record.lines(found, app.brand().zone, brief=True):
                click.echo(line)

    def _onwards(self, home: Path) -> None:
        program = screen.program_name()
        here = f"{program} --home {home} --as {APPROVER}"
        again = f"{program} --home {home.parent} demo --desk"
        screen.heading(say("Where to go next"))
        for about, command in (
            (say("See it all in the browser"), again),
            (say("Look around in what was made here"), f"{here} queue"),
            (say("Ask the brand's rules"), f'{here} ask "May we compare prices?"'),
            (say("Start with your own brand"), f"{program} init my-brand"),
            ("", f"{program} check my-brand && {program} learn my-brand"),
            (say("Connect Bluesky: add an account `bluesky:main` to my-brand/brand.yaml, learn it, then"),
             f"{program} --as YOUR-ID connect bluesky:main"),
            (say("Use a hosted model: put these into a file .env here"),
             "SIGNOFF_LLM_BASE_URL=https://HOST/v1  SIGNOFF_LLM_API_KEY=...  SIGNOFF_LLM_MODEL=..."),
            (say("See what is missing"), f"{program} doctor"),
        ):  # fmt: skip
            if about:
                click.echo(about)
            click.echo(f"    {command}")
        click.echo()
