"""Documents: what is written and not posted as it stands. The model writes, the checks read, a person uses it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.app import App
from bot.checks import base as checks
from bot.domain.brand import Brand, Rule
from bot.domain.document import Document
from bot.domain.draft import Content, Finding, Part, Severity
from bot.errors import BadInput, ModelError
from bot.store import documents
from bot.words import retold, say
from bot.writing import sources
from bot.writing.common import readable, relevant, transcript_for

if TYPE_CHECKING:
    from bot.agent.kinds import Kind
    from bot.agent.limits import Limits
    from bot.agent.reading import Reading
    from bot.agent.writing_kinds import Writing
    from bot.writing.posts import Tell

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
#: What a small model may use for a document: it writes nine tokens a second, in many short calls.
SECONDS_SMALL, STEPS_SMALL = 1_200.0, 32
#: Checks of what only a post has.
_OF_POSTS = frozenset({"length", "hashtags", "accessibility", "unplaced"})
_BRIEFLESS = {"en": "What this page says, for the brand's own team.", "zh": "给品牌团队看的内容摘要。"}


def write(
    app: App,
    kind_name: str,
    brief: str,
    author: str,
    *,
    language: str = "",
    source: str = "",
    formats: Sequence[str] = (),
    on_event: Tell | None = None,
) -> Document:
    """Write a document of a kind and store it, with what it rests on and what the checks found.

    ``source`` is a file or an address. Raises NotFound for an unknown kind, format or file, BadInput, and ModelError
    when nothing came of it.
    """
    from bot.agent import kinds

    kind = kinds.load(kind_name)
    document = compose(
        app, kind, brief, author, language=language, source=source, formats=formats, on_event=on_event
    )  # fmt: skip
    with app.desk.deciding() as conn:
        documents.add(conn, document)
    return document


def compose(
    app: App,
    kind: Kind,
    brief: str,
    author: str,
    *,
    language: str = "",
    source: str = "",
    formats: Sequence[str] = (),
    on_event: Tell | None = None,
) -> Document:
    """Write a document and return it without storing it. Raises as ``write``."""
    from bot.agent import kind_body, kinds, reading
    from bot.agent.limits import Meter
    from bot.agent.transcript import one_record
    from bot.agent.writing_kinds import Wish, Writer

    readable(brief, source)
    brand = app.brand()
    language = language or brand.languages[0]
    _usable(kind, brief, language, source, formats)
    given = sources.load(app, source) if source else None
    chosen = tuple(kind.format(name) for name in formats) or kind.usual_formats(language)
    model = app.model()
    transcript = transcript_for(app, brand, author, kind.name)
    limits = _limits(app, small=model.embedded)
    meter = Meter.of(limits, model)
    brief = brief.strip() or kinds.said(_BRIEFLESS, language)
    with one_record(transcript):
        read: Reading | None = None
        if given:
            read = reading.read(given.text, language, model, meter, app.clock, transcript, on_event)
            if not read.points:
                raise ModelError(
                    say("The language model found nothing in the source that its words bear out."),
                    next_step=say("Try a shorter text, or a larger model."),
                )
        points = read.points if read else ()
        about = " ".join([brief, *(p.text for p in points)])
        check = _Check(app, brand, kind, language, about)
        wish = Wish(
            kind,
            brief,
            language,
            brand,
            tuple(relevant(app, brand, about)),
            lambda words, most: relevant(app, brand, words, k=most, hard=False),
            check.of,
            tuple(p.text for p in points),
            tuple(p.quote for p in points),
            chosen,
        )
        written = Writer(wish, model, app.clock, meter, transcript, on_event).write()
    body = kind_body.fill(kind, written.body, brief, language, brand, points)
    texts = kind_body.texts(kind, body)
    support = kind_body.supported(_cited(written, small=model.embedded), texts, brief)
    evidence = {
        "model": model.name, "strategy": model.strategy, "run": transcript.run_id,
        "paths": [leaf.path for leaf in texts], "support": support, **_behind(written, given, read),
    }  # fmt: skip
    return Document(
        id=app.clock.new_id("c"),
        brand=brand.id,
        kind=kind.name,
        language=language,
        brief=brief,
        author=author,
        created=app.clock.now(),
        body=body,
        text=kind_body.render(kind, body, language),
        citations=tuple(support),
        findings=check.all([leaf.text for leaf in texts]),
        evidence=evidence,
    )


def _behind(written: Writing, given: sources.Source | None, read: Reading | None) -> dict[str, Any]:
    """Return what is kept of how a document came about: prompts, rules, notes, and the source's points."""
    found: dict[str, Any] = {
        "prompts": list(dict.fromkeys([*written.prompts, *([read.prompt_ref] if read else [])])),
        "retrieved": [r.id for r in written.shown],
        "notes": list(dict.fromkeys([*written.notes, *(read.notes if read else ())])),
    }
    if given:
        found["source"] = given.name
        found["points"] = [{"text": p.text, "quote": p.quote} for p in (read.points if read else ())]
    return found


def _usable(kind: Kind, brief: str, language: str, source: str, formats: Sequence[str]) -> None:
    if kind.is_post:
        raise BadInput(
            say("A {kind} is written for an account.", kind=kind.label), next_step=say("Say --account platform:name.")
        )
    if not _LANGUAGE.fullmatch(language):
        raise BadInput(
            say("{word!r} is no language.", word=language), next_step=say("Write a code such as en or zh-Hans.")
        )
    if kind.needs_source and not source:
        raise BadInput(
            say("A {kind} needs a text to start from.", kind=kind.label),
            next_step=say("Name a file or an address with --from."),
        )
    if formats and not kind.formats:
        raise BadInput(say("{kind} has no formats.", kind=kind.name), next_step=say("Leave --format out."))
    if not brief.strip() and not source:
        raise BadInput(say("The brief is empty."), next_step=say("Say in a sentence what it is about."))


def _limits(app: App, *, small: bool) -> Limits:
    """Return what a document may cost: more than a post, where many short calls make it up."""
    from bot.agent.writing_kinds import REPLY, REPLY_SMALL

    limits = app.limits()
    if not small:
        return replace(limits, reply_tokens=REPLY)
    return replace(
        limits,
        reply_tokens=REPLY_SMALL,
        seconds=max(limits.seconds, SECONDS_SMALL),
        steps=max(limits.steps, STEPS_SMALL),
    )


def _cited(written: Writing, *, small: bool) -> list[Rule]:
    """Return the rules that a model cited; of a small one that is not asked, all it was shown, for code to judge."""
    shown = {r.id: r for r in written.shown}
    return list(shown.values()) if small else [shown[c] for c in dict.fromkeys(written.cited) if c in shown]


class _Check:
    """The brand's checks on texts of a document; a finding's ``part`` counts the texts."""

    def __init__(self, app: App, brand: Brand, kind: Kind, language: str, about: str) -> None:
        self.brand, self.kind, self.language, self.about = brand, kind, language, about
        with app.db.read() as conn:
            self.secrets = app.desk.secrets(conn)

    def of(self, texts: Sequence[str]) -> tuple[Finding, ...]:
        """Return the findings on a piece; what the whole must hold is not asked of it."""
        return tuple(f for f in self.all(texts) if f.check != "required_words")

    def all(self, texts: Sequence[str]) -> tuple[Finding, ...]:
        """Return the findings on a whole document."""
        brand = self.brand
        content = Content(
            brand.id, "", tuple(Part(t) for t in texts), language=self.language, rulebook=brand.rulebook.version
        )
        subject = checks.Subject(
            content, brand, secrets=self.secrets, kind=self.kind.name, sources=[checks.Source("brief", self.about)]
        )
        always = {r.id for r in brand.rulebook.hard if not r.when}
        return tuple(
            f
            for f in checks.run(subject)
            # Words that every post must hold, such as a hashtag, are no part of an article.
            if f.check not in _OF_POSTS and not (f.check == "required_words" and f.rule_id in always)
        )


def blocked(document: Document) -> bool:
    """Say whether a hard rule is broken in it."""
    return any(f.severity is Severity.BLOCK for f in document.findings)


def markdown(app: App, document: Document) -> str:
    """Return a document with what a reader must know of it: broken rules first, then sources, and who wrote it."""
    from bot.agent.kind_schema import where

    brand = app.brand()
    marks = {Severity.BLOCK: "⛔", Severity.WARN: "⚠️", Severity.NOTE: "·"}
    paths = document.evidence.get("paths") or []
    blocks = [document.text, "---"]
    if found := document.findings:
        lines = []
        for f in found:
            place = where(paths[f.part]) if f.part < len(paths) else ""
            rule = f" [{f.rule_id}]" if f.rule_id else ""
            lines.append(f"- {marks[f.severity]} {place}: {retold(f.message)} {retold(f.fix)}".rstrip() + rule)
        broken = say("A hard rule is broken: do not use it as it is")
        title = broken if blocked(document) else say("Found by the checks")
        blocks += [f"**{title}**", "\n".join(lines)]
    if notes := document.evidence.get("notes"):
        blocks += [f"**{say('Not mended: please look')}**", "\n".join(f"- {retold(n)}" for n in notes)]
    if document.kind == "campaign":
        from bot.writing import campaign

        blocks += campaign.told(app, document)
    if document.citations:
        support = document.evidence.get("support") or {}
        lines = []
        for rule_id in document.citations:
            found_rule = brand.rulebook.get(rule_id)
            places = ", ".join(where(p) for p in support.get(rule_id, ()))
            lines.append(f"- [{rule_id}] {found_rule.text if found_rule else ''}{f' ({places})' if places else ''}")
        blocks += [f"**{say('It rests on')}**", "\n".join(lines)]
    if source := document.evidence.get("source"):
        blocks.append(say("Source: {name}", name=source))
    model = document.evidence.get("model", "")
    blocks.append(say("{id}, written by {model} for {who}", id=document.id, model=model, who=document.author))
    return "\n\n".join(blocks)


def find(app: App, start: str) -> Document:
    """Return the document whose id begins so. Raises NotFound."""
    with app.db.read() as conn:
        return documents.find(conn, start, app.brand().id)


def listed(app: App, kind: str = "") -> list[Document]:
    """Return the newest documents. Raises NotFound for an unknown kind."""
    from bot.agent import kinds

    if kind:
        kinds.load(kind)
    with app.db.read() as conn:
        return documents.listed(conn, app.brand().id, kind)
