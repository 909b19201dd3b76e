"""The writer of answers: it sees one comment as marked data and rules by id, and gives an action, a text and citations.

It names no target, account, time or link: those are code's. What it says must stand in what it was given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from bot.agent import facts, faithful
from bot.agent.assignment import quoted
from bot.agent.limits import Limits
from bot.agent.task import Task
from bot.agent.transcript import Transcript
from bot.checks.duplicates import ALIKE, likeness
from bot.clock import Clock
from bot.prompting import load
from tools.kit import cut_off, language_name, wrong_language

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel

#: Characters of a comment and of its thread that the model sees.
MOST, MOST_THREAD = 1_500, 1_200
#: Shorter answers are alike by chance.
_SHORT = 40
#: How often an answer that says more than it was given is handed back.
REPAIRS = 2
#: What may be answered kindly without anything that says so.
_SMALL_TALK = ("praise", "other")
_PROMISE = (
    "we will ", "we'll ", "we are going to ", "i will ", "i'll ", "refund you", "guarantee", "will contact you",
    "our team will", "我们会", "我们将", "会尽快", "马上为您", "稍后联系", "保证",
)  # fmt: skip


#: A clause that states nothing: it thanks, or is sorry.
_KIND = re.compile(
    r"\b(?:sorry|apolog\w+|thank\w*|thanks|glad|happy|delighted)\b|抱歉|对不起|谢谢|感谢|高兴|开心", re.I
)


@dataclass(frozen=True)
class Entry:
    """Something the brand wrote: a rule, or a saved answer."""

    id: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What the model came to."""

    #: ``reply``, ``ask``, ``escalate`` or ``ignore``.
    action: str
    text: str
    citations: tuple[str, ...]
    prompt_ref: str
    #: Whether it says nearly what somebody else was told, and would not say it otherwise.
    repeats: bool = False


def answer(
    comment: str, thread: str, entries: Sequence[Entry], model: ConnectedModel, *, language: str, limit: int,
    sounds: str, intent: str, clock: Clock, limits: Limits | None = None, transcript: Transcript | None = None,
    alone: bool = False, examples: Sequence[str] = (), others: Sequence[str] = (),
) -> Answer:  # fmt: skip
    """Return an answer to one comment; ``thread`` is what was said before it. Raises ModelError.

    ``alone``: it may go out without a person, so that no word of the comment itself may carry a statement.
    ``examples`` are answers that people signed, for their tone; ``others`` those that people who said nearly the same
    were given: it is worded differently, or says that it is not.
    """
    from langchain_core.tools import tool
    from pydantic import BaseModel, Field

    from bot.agent.loop import run

    prompt = load("reply_to_comment")
    ids: Any = Literal[tuple(e.id for e in entries)] if entries else Literal["none"]

    class Said(BaseModel):
        action: Literal["reply", "ask", "escalate", "ignore"]
        text: str = Field(max_length=limit)
        citations: list[ids] = Field(max_length=4)

    given: list[Answer] = []
    refused: list[str] = []
    alike: list[Answer] = []

    def again(why: str) -> str:
        """Hand an answer back; one that stays wrong goes to people, rather than cost call after call."""
        refused.append(why)
        if len(refused) > REPAIRS:
            # What says only what somebody else was told is right, and for a person to send.
            given.append(alike[-1] if alike else Answer("escalate", "", (), prompt.ref))
        return why

    @tool("answer_comment", args_schema=Said)
    def answer_comment(action: str, text: str, citations: list[str]) -> str:
        """Answer the comment, or say that somebody else must."""
        text = text.strip()
        cited = tuple(dict.fromkeys(c for c in citations if c != "none"))
        if action in ("escalate", "ignore"):
            given.append(Answer(action, "", cited, prompt.ref))
            return "Given."
        if action == "reply" and not cited and intent not in _SMALL_TALK:
            return again("Cite the entry that tells this; where none does, the action is escalate.")
        known = (
            [e.text for e in entries] if action == "ask" or not cited else [e.text for e in entries if e.id in cited]
        )
        # A question back may name what it asks about; a statement rests on what the brand wrote, and on nothing else.
        wrong = faults(text, known, comment if action == "ask" else "", language)
        if action == "reply" and alone:
            wrong += echoes(text, known, comment)
        if wrong:
            return again(" ".join(wrong))
        if repeats(text, others):
            alike.append(Answer(action, text, cited, prompt.ref, repeats=True))
            return again("Somebody else was told nearly this: say the same in other words.")
        given.append(Answer(action, text, cited, prompt.ref))
        return "Given."

    shown = [{"id": e.id, "text": e.text} for e in entries]
    turns = prompt.turns(
        comment=quoted(comment, most=MOST), thread=quoted(thread, most=MOST_THREAD) if thread.strip() else "",
        facts=shown, language=language, limit=limit, sounds=sounds,
        examples=[" ".join(text.split()) for text in examples], others=[" ".join(text.split()) for text in others],
    )  # fmt: skip
    task = Task(turns[0][1], turns[-1][1], done=partial(bool, given), must_call=True)
    run(task, model, [answer_comment], limits or Limits(), clock, transcript)
    return given[0]


def repeats(text: str, others: Sequence[str]) -> bool:
    """Say whether a text says nearly what one of the others says, by the limits of the check on repeats."""
    return any(
        faithful.nearly(text, other) or (len(text) >= _SHORT and likeness(text, other)[0] >= ALIKE) for other in others
    )


def faults(text: str, known: Sequence[str], asked: str, language: str) -> list[str]:
    """Return what is wrong with an answer, as sentences for the model: invented, promised, cut off, wrong language.

    ``asked`` is what a question back may repeat of the comment; empty for an answer.
    """
    if not text:
        return ["The text is empty."]
    found = []
    if cut_off(text):
        found.append("The last sentence is not complete: end it, in fewer words.")
    if wrong_language(text, language):
        found.append(f"The text must be in {language_name(language)}.")
    told = "\n".join(known)
    new = [*facts.invented(text, [*known, asked]), *(link for link in facts.links(text) if link not in told)]
    new += faithful.unsaid(text, f"{told}\n{asked}", language)
    found += [f"No entry tells {thing}: leave it out." for thing in dict.fromkeys(new)]
    promised = [p.strip() for p in _PROMISE if p in text.casefold() and p.strip() not in told.casefold()]
    found += [f"Do not promise ({p}): nobody would do it." for p in promised[:2]]
    return found


def echoes(text: str, known: Sequence[str], comment: str) -> list[str]:
    """Return what an answer states in the comment's words alone: “yes, it is vegan” where only the comment says vegan.

    Regret and thanks may say again what they are about.
    """
    told = set().union(*map(faithful.marks, known)) if known else set()
    theirs = faithful.marks(comment) - told
    stated = [c for s in faithful.sentences(text) for c in re.split(r"[,;:，；：]", s) if not _KIND.search(c)]
    taken = sorted(set().union(*map(faithful.marks, stated)) & theirs) if stated else []
    return [f"Only the comment says this ({', '.join(taken[:4])}): state it in the entries' words."] if taken else []
