"""What tells the kinds of posts apart for code: how many parts, how long, and what each is held against.

The words for the writer are in the kind's prompt; see ``kinds.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.insight import text as measures
from bot.insight.sentence import cut


@dataclass(frozen=True)
class Shape:
    """The outer shape of one kind of post."""

    #: Parts: at least, at most; 0 means what the platform takes.
    fewest: int = 1
    most: int = 0
    #: Text aimed for, in code points, where the platform takes more: Latin and Han.
    longest: int = 360
    longest_han: int = 130
    #: Hashtags are added.
    tags: bool = True
    #: It need not say everything that the brief does.
    leaves_out: bool = False
    #: It may ask the reader something.
    asks: bool = False
    #: It may say no more than the brief, nearly in its words.
    plain: bool = False
    #: It answers words of somebody outside: the writer's schema is closed.
    answers: bool = False
    #: It stands under another post; without that post, it is text to copy.
    below: bool = False


SHAPES = {
    "post": Shape(),
    "thread": Shape(2, 6, 280, 130),
    "reply": Shape(1, 1, 280, 110, tags=False, asks=True, answers=True, below=True),
    "comment_starter": Shape(1, 1, 200, 80, tags=False, leaves_out=True, asks=True, below=True),
    "holding_statement": Shape(1, 1, 420, 160, tags=False, plain=True),
}
_CALLS = re.compile(
    r"https?://|\b(?:come|join|visit|book|order|try|taste|see you|drop (?:in|by)|read|reply|tell us|write|ask|sign up|"
    r"register|find|bring|call|follow|share|get|stop by|meet|reserve|save|pick up|let us know|start|look)\b"
    r"|来|欢迎|预约|报名|留言|告诉我们|试试|看看|点击|下单|联系|加入|参加|带上|分享|转发|关注|评论|等您|等你|问",
    re.I,
)
_HANGS = re.compile(r"(?:[:：…]|\.\.\.|👇|🧵|⬇️?|↓)\s*$")
_COUNTED = re.compile(r"^\s*(?:\(?\d{1,2}\s*[/.)、]|[①-⑩])|(?:\(?\d{1,2}/\d{1,2}\)?)\s*$")
_BLAME = re.compile(
    r"\b(?:fault|to blame|blames?d?|culprits?|careless\w*|negligen\w+|incompeten\w+|caused by (?:our|the) \w+(?:'s)?)\b"
    r"|怪罪|都怪|责任在|归咎|失职|过错|疏忽",
    re.I,
)
_OPEN = re.compile(
    r"\b(?:do not|don't|does not|cannot|can't|not) (?:yet )?(?:know|say|clear|confirm\w*)\b|\bnot yet\b|\bunclear\b"
    r"|\bnot (?:yet )?known\b|\bunknown\b"
    r"|\bstill\b|\binvestigat\w+|\blooking into\b|\bestablish\w*|\bfinding out\b|\bchecking\b"
    r"|不清楚|不明|未知|尚|还不|仍在|正在|核实|调查|了解",
    re.I,
)
_NEXT = re.compile(
    r"\b(?:next|updates?|will (?:tell|say|share|report|post|let you know|speak|write)|more (?:news|information)|by \d+|"
    r"at \d+|again (?:at|on|by|tomorrow|today))\b|再|更新|通报|公布|告知|说明|之前|后续",
    re.I,
)


def shape(kind: str) -> Shape:
    """Return the shape of a kind; one that nobody described is shaped as a post."""
    return SHAPES.get(kind, SHAPES["post"])


def divided(parts: tuple[str, ...], fewest: int) -> tuple[str, ...]:
    """Return at least ``fewest`` parts: those given, or their sentences shared out evenly where there are too few.

    A small model sometimes writes a thread in one piece; with fewer sentences than parts wanted it stays as it is.
    """
    if len(parts) >= fewest:
        return parts
    text = " ".join(parts)
    said: list[str] = []
    for piece in cut(text):
        # What goes on in small letters goes on.
        if said and (not re.search(r"\w", piece) or re.match(r"[a-z]", piece)):
            said[-1] += piece
        else:
            said.append(piece)
    if len(said) < fewest:
        return parts
    size, more = divmod(len(said), fewest)
    found, at = [], 0
    for n in range(fewest):
        end = at + size + (n < more)
        found.append("".join(said[at:end]).strip())
        at = end
    return tuple(found)


def problems(kind: str, parts: Sequence[str], language: str) -> list[str]:
    """Say, one sentence each, what a text of this kind lacks."""
    text = "\n".join(parts)
    if kind == "thread":
        return _thread(parts)
    if kind == "comment_starter" and not re.search(r"[?？]", text):
        return ["It must ask the readers one question."]
    if kind == "comment_starter" and len(re.findall(r"[?？]", text)) > 1:
        return ["One question is enough: leave the others out."]
    return _holding(text) if kind == "holding_statement" else []


def _thread(parts: Sequence[str]) -> list[str]:
    found = []
    if len(parts) < 2:
        return ["A thread has several parts: give each as one item of parts."]
    if _HANGS.search(parts[0]):
        found.append("The first part must stand alone: end it with a whole sentence, not with a promise of more.")
    if not _CALLS.search(parts[-1]):
        found.append("The last part must say what the reader can do now.")
    if any(_COUNTED.search(part) for part in parts):
        found.append("Do not number the parts.")
    bare = [re.sub(r"[\W_]+", "", part.casefold()) for part in parts]
    if len(set(bare)) < len(bare):
        found.append("Two parts say the same: say each thing once.")
    return found


def _holding(text: str) -> list[str]:
    found = []
    if not _OPEN.search(text):
        found.append("Say openly what is not known yet.")
    if not _NEXT.search(text):
        found.append("Say when we will speak next.")
    if blame := _BLAME.search(text):
        found.append(f"“{blame[0]}” gives blame: say only what happened.")
    if measures.exclamations(text) or measures.emoji(text):
        found.append("Stay calm: no exclamation marks and no emoji.")
    return found
