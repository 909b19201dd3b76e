"""The card of a comment: what a stranger said as quoted plain text, what was read out of it, and the answer to sign."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.checks.kit.posing import imitates
from bot.checks.tables import LOOKALIKES
from bot.checks.text import invisible, visible
from bot.domain.comment import SETTLED, CommentState, Priority
from bot.domain.draft import DraftState
from bot.store import hiding
from bot.surfaces.slack import blocks as kit
from bot.surfaces.slack.cards import pieces, review
from bot.surfaces.slack.cards.binding import Bound
from bot.words import joined, retold, say, speaking
from bot.workflow import comment_words, handling, when

if TYPE_CHECKING:
    from bot.surfaces.slack.blocks import Block
    from bot.surfaces.slack.cards.heard import Heard
    from bot.surfaces.slack.cards.pieces import Reader
    from bot.workflow.card import Card

#: Characters of a comment that a card shows, as room gets less; the platform and the inbox show all of it.
_SHOWN = (2900, 2900, 1200, 400)
#: Characters of each thing that was said before.
_BEFORE = 300
_NOTES = 3
_POSING = frozenset(char for many in LOOKALIKES.values() for char in many)
_CUT = "incomplete"


def blocks(heard: Heard, reader: Reader, pictures: Mapping[str, str] | None = None) -> list[Block]:
    """Draw it. Where the answer has no room it is not shown in part, and cannot be signed here."""
    with speaking(reader.language):
        if heard.entry.deleted is not None:
            return _removed(heard, reader)
        for folded in range(len(_SHOWN)):
            made = _drawn(heard, reader, pictures or {}, folded)
            if kit.fit(made):
                return made
        return _drawn(heard, reader, {}, len(_SHOWN) - 1, whole=False)


def erased(language: str) -> tuple[list[Block], str]:
    """Return the card of a comment that is not on the desk any more: nothing of it is kept here."""
    with speaking(language):
        title = say("A comment that is gone")
        said = say("It was erased from the desk, and its words with it.")
        return [kit.header(f"🗑️ {title}"), kit.section(said)], kit.fallback(title)


def complete(heard: Heard, reader: Reader) -> bool:
    """Say whether the card shows everything that signing the answer covers."""
    return review.complete(blocks(heard, reader))


def fallback(heard: Heard, reader: Reader) -> str:
    """Return what notifications say of it; of a comment that its author removed, none of its words."""
    with speaking(reader.language):
        title = f"{_title(heard)}: {_state(heard)}"
        if heard.entry.deleted is not None:
            return kit.fallback(title)
        return kit.fallback(f"{title}. {_who(heard)}: {kit.clip(visible(heard.entry.text), 160)}")


# --- how it stands ----------------------------------------------------------------------------------------------


def waits(heard: Heard) -> bool:
    """Say whether the comment has an answer that a person may sign."""
    card = heard.answer
    if card is None or heard.alone or heard.entry.deleted is not None or heard.entry.state is not CommentState.PROPOSED:
        return False
    return card.version.state is DraftState.IN_REVIEW


def _state(heard: Heard) -> str:
    return comment_words.stands(heard.entry, heard.answer, bool(heard.alone))


def _why(heard: Heard) -> list[str]:
    """Say why it stands so, who has it, and who answers in its thread."""
    one, names = heard.entry, {p.id: p.name for p in heard.brand.people}
    found = []
    if one.deleted is not None:
        return [say("Nothing is sent, and its words are not shown any more.")]
    if heard.alone:
        found.append(say("Nothing is sent to them, never again."))
    if one.why:
        by = one.why.removeprefix("by ")
        found.append(say("By {person}.", person=names[by]) if by in names and by != one.why
                     else say("Why: {why}.", why=retold(one.why).rstrip(".。")))  # fmt: skip
    if one.edited is not None:
        found.append(say("Its author changed it; these are the words now."))
    if heard.taken:
        found.append(say("{person} answers in this thread: no rule does.", person=names.get(heard.taken, heard.taken)))
    if one.assignee:
        found.append(say("{person} has it.", person=names.get(one.assignee, one.assignee)))
    if heard.hiding:
        found.append({
            hiding.HIDE: say("A worker is about to hide it on {label}.", label=heard.label),
            hiding.HIDDEN: say("Readers on {label} do not see it.", label=heard.label),
            hiding.SHOW: say("A worker is about to show it on {label} again.", label=heard.label),
        }[heard.hiding])  # fmt: skip
    return found


def _title(heard: Heard) -> str:
    account = heard.brand.account(heard.entry.comment.account)
    return f"{heard.label} · {account.handle if account and account.handle else heard.entry.comment.account}"


def _mark(heard: Heard) -> str:
    one = heard.entry
    if one.deleted is not None:
        return "🗑️"
    if one.state in SETTLED:
        return "✅" if one.state is CommentState.ANSWERED else "✔️"
    urgent = one.triage is not None and one.triage.priority >= Priority.HIGH
    return "‼️" if urgent else "💬"


# --- drawing ----------------------------------------------------------------------------------------------------


def _removed(heard: Heard, reader: Reader) -> list[Block]:
    said = heard.entry.comment
    state = _state(heard)
    return [
        kit.header(f"🗑️ {_title(heard)}"),
        kit.section(kit.plain(joined(say("{state}.", state=f"{state[:1].upper()}{state[1:]}"), *_why(heard)), 1500)),
        kit.context(f"{heard.entry.id}  ·  {said.account}  ·  {when.spoken(said.at, reader.zone)}"),
    ]


def _drawn(
    heard: Heard, reader: Reader, pictures: Mapping[str, str], folded: int, *, whole: bool = True
) -> list[Block]:  # fmt: skip
    one, state = heard.entry, _state(heard)
    found = [kit.header(f"{_mark(heard)} {_title(heard)}")]
    found.append(
        kit.section(kit.plain(joined(say("{state}.", state=f"{state[:1].upper()}{state[1:]}"), *_why(heard)), 1500))
    )
    if heard.above and folded < 2:
        found += kit.rows(_before(heard, reader))
    found += kit.rows(_from(heard, reader))
    found += _quoted(heard, _SHOWN[folded])
    found += kit.rows(_reading(heard))
    if notes := [n for n in heard.notes if n["kind"] == "note"][-_NOTES:]:
        names = {p.id: p.name for p in heard.brand.people}
        found += kit.rows([(say("Note"), visible(f"{names.get(n['who'], n['who'])}: {kit.clip(n['text'], 900)}"))
                           for n in notes])  # fmt: skip
    shown = heard.answer if one.state not in SETTLED or one.state is CommentState.ANSWERED else None
    if shown is not None and whole:
        found += [kit.divider(), *_answer(shown, reader, pictures, folded, signing=waits(heard))]
    elif shown is not None:
        why = say("The answer is longer than one Slack message, so it cannot be signed here. Sign it on the command "
                  "line: {command}", command=f"signoff approve {shown.draft.id}")  # fmt: skip
        found.append({**kit.section(f"✂️ {why}"), "block_id": _CUT})
    name = f"{one.id}  ·  {shown.draft.id} v{shown.version.version} #{shown.version.hash[:8]}" if shown else one.id
    found.append(kit.context(f"{name}  ·  {one.comment.account}"))
    return [*found, *(kit.actions(*row) for row in _buttons(heard, whole=whole) if row)]


def _who(heard: Heard) -> str:
    author = heard.entry.comment.author
    return visible(f"@{author.handle}" if author.handle else author.name or author.id)


def _from(heard: Heard, reader: Reader) -> list[tuple[str, str]]:
    """Return who wrote it, each name with the letters in it that pose as others, and where and when."""
    said = heard.entry.comment
    author = said.author
    name = " · ".join(
        filter(None, (visible(author.name), _who(heard) if author.handle else "", "ID " + visible(author.id)))
    )
    rows = [(say("From"), kit.clip(" ".join(name.split()), 600))]
    if strange := _strange(f"{author.name} {author.handle}"):
        rows.append((f"⚠️ {say('Look-alike letters')}", strange))
    if posed := imitates(author, heard.brand, said.account):
        like = say("looks like {name}, and is somebody else", name=visible(posed))
        rows.append((f"⚠️ {say('Impostor?')}", like))
    if author.bot:
        rows.append((f"⚠️ {say('Program')}", say("the platform calls this account a program")))
    zones = dict.fromkeys((reader.zone, heard.brand.zone))
    kind = {"mention": say("mention"), "quote": say("quote")}.get(said.kind, say("reply"))
    time = " = ".join(when.spoken(said.at, zone) for zone in zones)
    rows.append((say("Where"), f"{heard.label}, {kind}, {time}"))
    if said.url:
        rows.append((say("Link"), kit.clip(visible(said.url), 500)))
    return rows


def _strange(name: str) -> str:
    """Name the letters of other alphabets in a name that is written to be read as Latin."""
    letters = [c for c in name if c.isalpha()]
    posing = dict.fromkeys(c for c in letters if c in _POSING and not c.isascii())
    mixed = any(c.isascii() for c in letters) or all(c in _POSING for c in letters)
    if not posing or not mixed:
        return ""
    return "; ".join(f"{c} = U+{ord(c):04X} {unicodedata.name(c, '').lower()}" for c in list(posing)[:6])


def _before(heard: Heard, reader: Reader) -> list[tuple[str, str]]:
    found = [(say("Before that"), say("{n} more in the thread", n=heard.more))] if heard.more else []
    for said in heard.above:
        at = f" · {when.spoken(said.at, reader.zone)}" if said.at else ""
        found.append(
            (f"↳ {kit.clip(visible(said.who), 80)}{at}", visible(kit.clip(" ".join(said.text.split()), _BEFORE)))
        )
    return found


def _quoted(heard: Heard, most: int) -> list[Block]:
    """Return the words as plain text behind a bar on each line, so that none can pass for a line of ours."""
    one = heard.entry
    text = visible(one.text) or "…"
    shown = kit.clip(text, most)
    found = kit.stranger("\n".join(f"▏ {line}" for line in shown.splitlines()))
    if shown != text:
        found.append(kit.context(say("… it goes on: {command} shows all of it", command=f"signoff inbox {one.id}")))
    if hidden := sum(invisible(c) for c in one.comment.text.replace("\r", "")):
        found.append(kit.context(f"⚠️ {say('Hidden characters were in it: {n}', n=hidden)}"))
    return found


def _reading(heard: Heard) -> list[tuple[str, str]]:
    read = heard.entry.triage
    language = (read.language if read else "") or heard.entry.comment.language
    rows = [(say("Language"), comment_words.tongue(language))] if language and language != "und" else []
    if read is None:
        return [*rows, (say("Reading"), say("nothing was read out of it"))]
    feeling = ", ".join(filter(None, (say(read.sentiment), say(read.emotion) if read.emotion else "")))
    sure = say("{n} % sure", n=round(100 * read.confidence))
    rows.append((say("Mood"), comment_words.reasoned(f"{feeling} ({sure})", retold(read.reason))))
    rows.append((say("Intent"), say(read.intent.value)))
    rows.append((say("Priority"), comment_words.priority(read)))
    return [(label, visible(body)) for label, body in rows]


def _answer(
    card: Card, reader: Reader, pictures: Mapping[str, str], folded: int, *, signing: bool
) -> list[Block]:  # fmt: skip
    """Return the answer exactly as it would be sent, what it rests on, and who may sign it."""
    bound = str(Bound.of(card.version))
    title = say("The answer, as it would be sent") if signing else say("The answer")
    found = [kit.section(kit.mrkdwn("*{title}*", title=title))]
    if post := handling.post_of(card):
        found += pieces.whereabouts(post)
    for n in range(len(card.version.content.parts)):
        found += pieces.part(card, n, pictures)
    mend = handling.standing(card) in ("review", "held")
    found += pieces.findings(card, bound, mend=mend, all_of_them=folded < 2)
    if not card.version.findings:
        found += kit.rows([(f"✓ {say('Checks')}", say("nothing found"))])
    found += kit.rows(pieces.signatures(card, reader)) if signing else []
    if not folded:
        found += kit.rows(pieces.background_rows(card))
    return found


# --- buttons ----------------------------------------------------------------------------------------------------


def _buttons(heard: Heard, *, whole: bool) -> list[list[Block]]:
    one, value, card = heard.entry, heard.bound, heard.answer
    look = _look(one.comment.url)
    if one.state in SETTLED:
        again = [] if one.state is CommentState.ANSWERED else [kit.button("reopen", say("Put it back"), value)]
        return [[*again, *_there(heard), *look]]
    first: list[Block] = []
    if card is not None and one.state is CommentState.PROPOSED:
        draft = str(Bound.of(card.version))
        change = [kit.button("edit", say("Edit"), draft), kit.button("another", say("Another version"), draft)]
        if waits(heard):
            # Where a rule says one click, one click it is; else Slack asks once more.
            once = handling.one_press(card.version, card.request)
            word = say("Sign and send") if once else say("Reply")
            sign = kit.button("reply", word, f"{value}:{draft}", style="primary", ask=None if once else _sure(card))
            every = kit.button("wordings", say("Answers to all {n} who say the same", n=heard.together), value)
            first = [*([sign] if whole else []), *change, *([every] if heard.together else [])]
        elif card.version.state is DraftState.PROPOSED and not heard.alone:
            first = change
    elif not heard.alone and one.state is not CommentState.AUTO_REPLIED and not one.source:
        first = [kit.button("answer", say("Write an answer"), value, style="primary")]
    hide = kit.confirm(say("Hide it?"), say("Lists here leave it out. On the platform it stays as it is."), say("Hide"),
                       say("Not now"))  # fmt: skip
    mine = (
        kit.button("give_back", say("Let the rules answer again"), value) if heard.taken
        else kit.button("take_over", say("Take over"), value)
    )  # fmt: skip
    rest = [
        kit.button("ignore", say("Ignore"), value), kit.button("hide", say("Hide"), value, ask=hide),
        *_there(heard), kit.button("escalate", say("Escalate"), value), mine,
        kit.button("relabel", say("Correct the reading"), value),
    ]  # fmt: skip
    return [first, [*rest, *look]]


def _there(heard: Heard) -> list[Block]:
    """Return the button that hides a comment from readers, or shows it again; none where the platform cannot."""
    if not heard.hides:
        return []
    if heard.hiding in (hiding.HIDE, hiding.HIDDEN):
        return [kit.button("show_there", say("Show it again on {label}", label=heard.label), heard.bound)]
    if heard.entry.state in SETTLED and heard.entry.state is not CommentState.HIDDEN:
        return []
    sure = kit.confirm(
        say("Hide it on {label}?", label=heard.label),
        say("Readers there do not see it any more, and lists here leave it out. A worker does it within a minute."),
        say("Hide it there"), say("Not now"),
    )  # fmt: skip
    return [kit.button("hide_there", say("Hide it on {label}", label=heard.label), heard.bound, ask=sure)]


def _sure(card: Card) -> Block | None:
    """Ask before the signature that sends it: there is no time on an answer to wait for."""
    request = card.request
    if request is None or len(card.signed) + 1 < request.needed:
        return None
    return kit.confirm(say("Send this answer?"), say("With your signature it goes out, as it stands on the card."),
                       say("Sign and send"), say("Not now"))  # fmt: skip


def _look(url: str) -> list[Block]:
    """Return the button to the comment, with the host that it leads to."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return []
    plain = url.startswith(("https://", "http://")) and not any(c.isspace() for c in url) and len(url) <= 3000
    return (
        [kit.button("link", say("See it on {host}", host=kit.clip(visible(host), 40)), url=url)]
        if plain and host
        else []
    )
