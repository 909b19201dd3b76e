"""`@signoff` in a channel, in a direct message and in Slack's assistant: a conversation with the agent.

A thread is a conversation, and is remembered; a direct message outside a thread goes on in one of its own. The agent
looks up and proposes; what it drafts becomes a card, and it can publish nothing. It reads what people say to it, never
what else stands in a channel. Deliveries are stored before anybody answers them, so Bolt's Assistant class, which
answers before that, is not used; its calls are.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.errors import BadInput, Misconfigured, ModelError
from bot.store import chat
from bot.store import drafts as store
from bot.surfaces.slack import commands, drafting
from bot.surfaces.slack.errors import SlackBusy, SlackRefused, told
from bot.surfaces.slack.page import Page, short
from bot.surfaces.slack.streaming import Stream
from bot.words import say
from memory.base import MemoryFault

if TYPE_CHECKING:
    from bot.domain.draft import DraftVersion
    from bot.surfaces.slack.request import Ask

#: Turns that are kept and sent along, and characters of each: a small model's context holds few.
REMEMBERED, LONGEST = 12, 4000
#: A conversation in which nothing was said for so long is forgotten.
KEPT = timedelta(days=30)
#: Characters of one message that are read.
MOST = 12_000
#: Words that act at once also without the slash: whoever writes "@signoff stop" is in a hurry.
AT_ONCE = ("stop", "resume", "status", "queue", "calendar", "policy", "help")
# Not across another "<": Slack escapes those, and looking on from each of many would take seconds.
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto|tel)[^|<>]*)(?:\|[^<>]*)?>")


def started(ask: Ask) -> None:
    """Greet somebody who opens the assistant, with things to begin with."""
    brand = ask.brand.name
    prompts = [
        {"title": say("What waits?"), "message": say("What is waiting for a signature?")},
        {"title": say("Draft a post"), "message": say("Draft a short post about what is new this week.")},
        {"title": say("Ask the rules"), "message": say("What do our rules say about prices?")},
    ]
    hello = say("I draft for {brand}, look up its rules, and say what waits. I publish nothing by myself.", brand=brand)
    page = Page().text(hello)
    ask.speaker.post(ask.channel, page.blocks, page.fallback, thread=ask.thread)
    with suppress(SlackRefused):
        ask.speaker.call(
            "assistant.threads.setSuggestedPrompts", channel_id=ask.channel, thread_ts=ask.thread, prompts=prompts
        )


def run(ask: Ask) -> None:
    """Take one turn: answer in the thread, with a line for each draft. Raises SlackBusy."""
    said = words(ask.text, ask.speaker.bot_user)
    direct = ask.channel.startswith("D")
    ask = replace(ask, text=said, thread=ask.thread or ("" if direct else ask.message))
    word = at_once(said)
    if not said or word:
        commands.run(replace(ask, text=word))
        return
    known = _turns(ask)
    if direct and ask.thread:
        _assistant(ask, first=not known)
    stream = Stream(ask, say("Thinking about it"))
    stream.begin()
    try:
        answer, drafts = _answer(ask, known, stream)
        page = Page().text(answer)
        for draft_id in drafts:
            with ask.app.db.read() as conn:
                version = store.version(conn, draft_id)
            drafting.add_draft(page, version, drafting.cards(ask, draft_id))
        stream.finish(page)
    except SlackBusy:
        raise
    except (BadInput, ModelError) as error:
        # One bad turn does not end the conversation, and is not remembered.
        stream.finish(Page().text(told(error)))
    except MemoryFault as fault:
        stream.finish(Page().text(told(Misconfigured(fault.message, next_step=fault.next_step))))
    except BaseException:
        stream.withdraw()
        raise


def at_once(said: str) -> str:
    """Return the word that a message consists of, where it is one that acts at once: "Stop!!" is no less than that."""
    bare = said.strip(" \t\r\n.,!。，！~…").removeprefix("/signoff ").strip()
    word = commands.CHINESE.get(bare, bare.lower())
    return word if word in AT_ONCE else ""


def words(text: str, bot: str) -> str:
    """Return what was written to the bot, as text: without its own name, links as addresses, escapes undone."""
    said = _MENTION.sub(lambda m: "" if bot and bot in m[0] else m[0], text)
    said = _LINK.sub(lambda m: m[1], said)
    for mark, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        said = said.replace(mark, character)
    return said.strip()


def _answer(ask: Ask, known: list[dict[str, Any]], stream: Stream) -> tuple[str, list[str]]:
    """Return the answer and the drafts of this turn; those of a turn that was answered before come from memory."""
    for turn in known:
        if ask.delivery and turn.get("delivery") == ask.delivery and turn["who"] == "bot":
            return turn["text"], list(turn.get("drafts", ()))
    if made := drafting.before(ask):
        # The work was cut off after it had drafted: to ask the model again would draft again.
        answer, drafts = say("I was interrupted after this was drafted."), [v.draft_id for v in made]
    else:
        answer, drafts = _conversed(ask, known, stream)
    _remember(ask, answer, drafts)
    return answer, drafts


def _conversed(ask: Ask, known: list[dict[str, Any]], stream: Stream) -> tuple[str, list[str]]:
    from bot import writing

    if len(ask.text) > MOST:
        raise BadInput(
            say("This is longer than I can read at once: {n} characters.", n=len(ask.text)),
            next_step=say("Say it in fewer words: up to {n}.", n=MOST),
        )
    made: list[DraftVersion] = []
    history = [(turn["who"], turn["text"]) for turn in known][-REMEMBERED:]
    answer = ""
    for event in writing.converse(
        ask.app, ask.text, ask.person.id, history, asked=ask.delivery, on_draft=made.append
    ):  # fmt: skip
        stream(event)
        answer = event.text if event.kind == "text" else answer
    drafts = list(dict.fromkeys(v.draft_id for v in made))
    return answer or (say("It is drafted.") if drafts else say("I have nothing to say to that.")), drafts


def _turns(ask: Ask) -> list[dict[str, Any]]:
    with ask.app.db.read() as conn:
        return chat.turns(conn, ask.team, ask.channel, ask.thread)


def _remember(ask: Ask, answer: str, drafts: list[str]) -> None:
    """Store a turn before it is posted: an answer that Slack has no time for is not made twice."""
    now = ask.app.clock.now()
    turns: list[dict[str, Any]] = [
        {"who": "person", "text": ask.text[:LONGEST], "person": ask.person.id, "delivery": ask.delivery},
        {"who": "bot", "text": answer[:LONGEST], "delivery": ask.delivery, "drafts": drafts},
    ]
    with ask.app.db.write() as conn:
        said = [*chat.turns(conn, ask.team, ask.channel, ask.thread), *turns][-REMEMBERED:]
        chat.set_turns(conn, ask.team, ask.channel, ask.thread, said, now)
        chat.forget_conversations(conn, now - KEPT)


def _assistant(ask: Ask, *, first: bool) -> None:
    """Say in the assistant that something is being done, and name the conversation; elsewhere Slack refuses that."""
    where = {"channel_id": ask.channel, "thread_ts": ask.thread}
    with suppress(SlackRefused):
        ask.speaker.call("assistant.threads.setStatus", **where, status=say("is thinking..."))
        if first:
            ask.speaker.call("assistant.threads.setTitle", **where, title=short(ask.text, 60))
