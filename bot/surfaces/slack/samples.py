"""Every kind of card, form and notice, made from a small brand that lives as long as the drawing: for the preview.

Nothing is invented for the picture: drafts are proposed, signed, moved and published on a practice network by the same
code as everywhere, and what is drawn is what Slack would be given.
"""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bot.surfaces.slack.preview import Sample
from bot.words import say, speaking

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.brand import Brand
    from bot.domain.draft import DraftVersion
    from bot.surfaces.slack.request import Ask, Blocks, Speaker

TEAM, CHANNEL, ME = "T0SAMPLE", "C0SOCIAL", "U0ME"
TEXT = (
    "Friday at four: the first autumn oolongs. 24 of them, from 39 euros. Come and taste: https://lumen.example/oolong"
)
CHINESE = "周五下午四点，今秋第一批乌龙茶到店：二十四种，39 欧元起。来尝一杯吧：https://lumen.example/oolong"


@dataclass
class _Paper:
    """Stands where Slack would be: keeps what is said."""

    team: str = TEAM
    bot_user: str = "U0BOT"
    said: list[Blocks] = field(default_factory=list)
    views: list[Mapping[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def upload(self, channel: str, content: Path | bytes, title: str, alt: str, *, thread: str = "") -> str:
        raw = content if isinstance(content, bytes) else content.read_bytes()
        name = f"F{len(self.files):08d}"
        self.files[name] = f"data:image/png;base64,{base64.b64encode(raw).decode()}"
        return name

    def post(self, channel: str, blocks: Blocks, text: str, *, thread: str = "") -> str:
        self.said.append(blocks)
        return f"1.{len(self.said):06d}"

    def ephemeral(self, channel: str, user: str, blocks: Blocks, text: str, *, thread: str = "") -> None:
        self.said.append(blocks)

    def update(self, channel: str, ts: str, blocks: Blocks, text: str) -> None:
        self.said.append(blocks)

    def open(self, trigger: str, view: Mapping[str, Any]) -> str:
        self.views.append(view)
        return f"V{len(self.views)}"

    def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        self.views.append(view)

    def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        return {"ok": True, "permalink": "https://slack.com/archives/C0SOCIAL/p1", "file": {"mimetype": "image/png"}}

    def info(self, user: str) -> Mapping[str, Any]:
        return {"tz": "Europe/Berlin", "locale": "en-US"}


def samples() -> list[Sample]:
    """Return everything there is to look at, in the order in which people meet it."""
    with _world() as world:
        return list(world.all())


@contextmanager
def _world() -> Iterator[_World]:
    from bot.app import App
    from bot.clock import FixedClock
    from bot.settings import Settings

    with tempfile.TemporaryDirectory(prefix="signoff-preview-") as folder:
        home = Path(folder)
        # Made by hand: a preview is the same whatever is set, and reaches nothing of anybody's.
        settings = Settings.model_construct(
            **{name: f.get_default(call_default_factory=True) for name, f in Settings.model_fields.items()}
        ).model_copy(update={"home": home, "cache": home / "cache", "llm_discover": False})
        app = App(settings, clock=FixedClock())
        try:
            yield _World(app)
        finally:
            app.close()


def _brand(app: App, needed: int = 1) -> Brand:
    """Store the brand of the preview: a tea shop with four people."""
    from bot.domain import policy
    from bot.domain.brand import Account, Brand, Person, Role, Rule, RuleBook, RuleKind
    from bot.store import desk as rows

    brand = Brand(
        "lumen", "Lumen Tea", ("en", "zh"), "Europe/Berlin",
        accounts=(Account("bluesky", "main", "lumen.example", "en", "Europe/Berlin"),
                  Account("sandbox", "main", "lumen", "en", "Europe/Berlin")),
        people=(Person("anna", "Anna", frozenset({Role.AUTHOR})), Person("li", "Li", frozenset({Role.APPROVER})),
                Person("sam", "Sam", frozenset({Role.ADMIN}))),
        link_hosts=("lumen.example",),
        rulebook=RuleBook((
            Rule("no-miracles", RuleKind.NEVER, "Never promise that tea heals.", hard=True, words=("miracle", "heals"),
                 file="guidelines/claims.md", line=7),
            Rule("warm", RuleKind.VOICE, "Write as to a friend who loves tea.", file="guidelines/voice.md", line=3),
            Rule("price", RuleKind.FACT, "Oolongs start at 39 euros.", file="guidelines/prices.md", line=4),
        )),
    )  # fmt: skip
    rule = policy.PolicyRule("all posts", outcome=policy.Ask(needed=needed))
    with app.db.write() as conn:
        rows.save_brand(conn, brand, policy.ApprovalPolicy((rule,)), "folder", app.clock.now())
    return brand


class _World:
    def __init__(self, app: App) -> None:
        self.app = app
        self.brand = _brand(app)

    def all(self) -> Iterator[Sample]:
        """Yield all samples."""
        yield from self._cards()
        yield from self._forms()
        yield from self._notices()
        yield from self._answers()

    # --- cards --------------------------------------------------------------------------------------------------

    def _cards(self) -> Iterator[Sample]:
        from bot import writing
        from bot.workflow import decide

        first = self._draft(TEXT, picture=True)
        yield self._card("card", say("A card that waits for a signature"), first)
        yield self._card("card-zh", say("The same for somebody who reads Chinese"), self._draft(CHINESE), language="zh")
        yield self._card("blocked", say("Held back by a check"), self._draft("Our miracle tea heals every cold."))
        odd = "T\u0435a for two: bring a friend\u200b on Friday."
        yield self._card("lookalikes", say("Look-alike and hidden characters are shown"), self._draft(odd))
        _brand(self.app, needed=2)
        two = self._draft("Our oolong tasting: Friday at four, six seats.")
        decide.approve(self.app.desk, self._answer(two, "li"))
        yield self._card("two-step", say("One of two signatures"), two)
        _brand(self.app)
        old = self._draft("Come by on Friday for a tasting of oolongs.")
        writing.edit(self.app, old.draft_id, ["Come by on Friday at four for a tasting of oolongs."], "anna")
        yield self._card("stale", say("A card whose text was changed meanwhile"), old, number=1)
        no = self._draft("BUY NOW!!! Oolongs!!!")
        decide.reject(self.app.desk, self._answer(no, "li", reason="We do not shout."))
        yield self._card("rejected", say("Turned down, with the reason"), no)
        yield self._card(
            "live", say("Published a minute ago: ten minutes for Undo"), self._live("The oolongs are here.")
        )
        parts = [
            f"{n}/3 {said}" for n, said in enumerate(("Three ways to brew oolong.", "Hot.", "Cold, overnight."), 1)
        ]
        yield self._card("thread", say("A thread"), self._draft(*parts))
        yield self._card("long", say("Too long for Slack: it cannot be signed here"), self._draft(
            "A long tale of tea. " * 900, account="sandbox:main"))  # fmt: skip

    def _draft(self, *texts: str, account: str = "bluesky:main", picture: bool = False) -> DraftVersion:
        from bot.domain.draft import Part, Window
        from bot.workflow import propose

        media = (self._picture(),) if picture else ()
        parts = (Part(texts[0], media), *map(Part, texts[1:]))
        return propose.new(
            self.app.desk,
            propose.Proposal(
                account, parts, "anna", brief="Our autumn oolongs arrive on Friday", origin="model",
                citations=("warm", "price"), evidence={"model": "qwen3:4b"},
                window=Window("2026-11-27T09:00", "Europe/Berlin"),
            ),
        )  # fmt: skip

    def _picture(self) -> Any:
        """Return a picture of a bowl of tea."""
        from PIL import Image, ImageDraw

        image = Image.new("RGB", (640, 400), (233, 226, 208))
        pen = ImageDraw.Draw(image)
        pen.ellipse((190, 90, 450, 350), fill=(250, 248, 240), outline=(180, 170, 150), width=4)
        pen.ellipse((220, 120, 420, 320), fill=(196, 142, 60))
        pen.ellipse((250, 150, 330, 200), fill=(214, 168, 96))
        raw = io.BytesIO()
        image.save(raw, "PNG")
        self.app.media.folder.mkdir(parents=True, exist_ok=True)
        return self.app.media.take(raw.getvalue(), "A bowl of amber oolong, seen from above", "oolong.png")

    def _answer(self, version: DraftVersion, person: str, reason: str = "") -> Any:
        from bot.workflow import card, decide

        with self.app.db.read() as conn:
            shown = card.text(card.card(self.app.desk, conn, version.draft_id))
        return decide.Answer(
            draft_id=version.draft_id, version=version.version, hash=version.hash, person=person, via="slack",
            shown=shown, reason=reason,
        )  # fmt: skip

    def _live(self, text: str) -> DraftVersion:
        from bot.clock import FixedClock
        from bot.domain.draft import Part
        from bot.workflow import decide, propose, turn

        version = propose.new(self.app.desk, propose.Proposal("sandbox:main", (Part(text),), "anna"))
        decide.approve(self.app.desk, self._answer(version, "li"))
        turn.drain(self.app.desk, "sandbox:main", "preview")
        cast(FixedClock, self.app.clock).sleep(60)
        return version

    def _card(
        self, name: str, title: str, version: DraftVersion, *, number: int | None = None, language: str = "en"
    ) -> Sample:
        from bot.surfaces.slack.cards import posted, review
        from bot.workflow import card as cards

        paper = _Paper()
        with self.app.db.read() as conn:
            found = cards.card(self.app.desk, conn, version.draft_id, number)
        files = posted.uploaded(self.app, cast("Speaker", paper), found)
        reader = posted.reader_of(self.app, self.brand, language, "Europe/Berlin")
        return Sample(name, title, review.blocks(found, reader, files), language=language, pictures=paper.files)

    # --- forms and the App Home ---------------------------------------------------------------------------------

    def _forms(self) -> Iterator[Sample]:
        from bot.surfaces.slack import home
        from bot.surfaces.slack.cards import binding
        from bot.surfaces.slack.views import another, draft, edit, reject, reschedule, settings

        version = self._draft(TEXT)
        card, ask = binding.load(self.app, version.draft_id), self._ask(_Paper())
        value = {"card": str(binding.Bound.of(version))}
        made: dict[str, tuple[str, Callable[[], Mapping[str, Any]]]] = {
            "form-edit": (say("Edit: the checks run when it is saved"), lambda: edit.view(card, value)),
            "form-another": (say("Another version"), lambda: another.view(card, value)),
            "form-reschedule": (say("Reschedule"), lambda: reschedule.view(ask, card, value)),
            "form-reject": (say("Reject"), lambda: reject.view(card, value)),
            "form-draft": (say("A new draft"), lambda: draft.view(ask)),
            "form-settings": (say("Settings of one person"), lambda: settings.view(ask)),
        }
        with speaking("en"):
            for name, (title, view) in made.items():
                yield Sample(name, title, view=view())
            paper = _Paper()
            home.opened(self._ask(paper))
        yield Sample("home", say("App Home"), view=paper.views[-1])

    def _ask(self, paper: _Paper, text: str = "", language: str = "en") -> Ask:
        from bot.surfaces.slack.request import Ask

        person = self.brand.person("li")
        assert person is not None
        return Ask(
            app=self.app, brand=self.brand, person=person, speaker=cast("Speaker", paper), team=TEAM, user=ME,
            channel=CHANNEL, text=text, zone="Europe/Berlin", language=language,
        )  # fmt: skip

    # --- notices, and what words answer --------------------------------------------------------------------------

    def _notices(self) -> Iterator[Sample]:
        from bot.store import desk as rows
        from bot.store import posts
        from bot.surfaces.slack import notices
        from bot.workflow import switching

        live = self._live("Six seats for the tasting on Friday.")
        with self.app.db.write() as conn:
            post = posts.of_draft(conn, live.draft_id)[-1]
            rows.notify(
                conn,
                self.app.clock.now(),
                self.brand.id,
                "worker",
                "The last worker gave no sign of life for a minute.",
                "Start `signoff serve`.",
            )
        with self.app.db.read() as conn:
            left = rows.notices(conn, brand=self.brand.id)
        reader = notices.Reader("Europe/Berlin")
        told = {
            "notice-live": (say("Published, with the link"), f"post:{post.id}", None),
            "notice-worker": (say("Nothing can go out"), "worker", next(n for n in left if n["subject"] == "worker")),
        }
        for name, (title, subject, row) in told.items():
            with speaking("en"), self.app.db.read() as conn:
                made = notices.message(self.app, conn, subject, row, reader)
            if made is not None:
                yield Sample(name, title, made.blocks)
        switching.stop(self.app.desk, "sam", "A wrong price is going round")
        with speaking("en"), self.app.db.read() as conn:
            made = notices.message(self.app, conn, notices.STOP, None, reader)
        if made is not None:
            yield Sample("notice-stop", say("Everything was stopped"), made.blocks)
        sam = self.brand.person("sam")
        assert sam is not None
        switching.resume(self.app.desk, self.brand, sam, None, "")

    def _answers(self) -> Iterator[Sample]:
        from bot.errors import NotAllowed
        from bot.surfaces.slack import commands
        from bot.surfaces.slack.errors import told
        from bot.surfaces.slack.request import plainly

        for word, language in (("help", "en"), ("help", "zh"), ("queue", "en"), ("policy", "en"), ("qeue", "en")):
            paper = _Paper()
            with speaking(language):
                commands.run(self._ask(paper, word, language))
            end = "-zh" if language == "zh" else ""
            for blocks in paper.said:
                yield Sample(f"word-{word}{end}", f"/signoff {word}", list(blocks), language=language,
                             only=say("Only visible to you"))  # fmt: skip
        with speaking("en"):
            error = NotAllowed(say("{person} asked for this text, so somebody else must sign it off.", person="Anna"))
            yield Sample(
                "refused",
                say("Whoever may not sign is told why"),
                plainly(told(error)),
                only=say("Only visible to you"),
            )
