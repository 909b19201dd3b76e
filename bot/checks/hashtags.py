"""Hashtags: from the brand's list, not too many, and such that platforms take the whole of them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import islice

from bot.checks.base import Subject
from bot.checks.kit.wording import HAN
from bot.checks.text import fold
from bot.domain.brand import RuleKind
from bot.domain.draft import Finding, Severity
from bot.insight import text as measures
from bot.words import say

#: How many one post bears where the brand does not say: what reads well, below what each platform allows. Threads
#: makes only one tag a link.
MOST = {"x": 2, "bluesky": 3, "threads": 1, "mastodon": 4, "linkedin": 4, "weibo": 2, "instagram": 5}
MOST_ELSEWHERE = 4
#: More than these of one part are not told one by one.
_MOST_TOLD = 30
#: A tag, the signs at which a platform ends it though a reader reads on, and the second # that Weibo sets.
_TAG = re.compile(
    r"(?<![\w&/#＃])[#＃](?P<name>\w+)(?P<rest>(?:[-'’&+.%/](?=\w)[\w'’&+.%/-]*|[+%&])?)(?P<close>[#＃]?)"
)
_GLUED = re.compile(r"(?<=[A-Za-z0-9])[#＃][^\W\d_]\w*")


@dataclass(frozen=True)
class Tag:
    """A hashtag: its name without #, what stands behind it as if it belonged to it, and where."""

    name: str
    rest: str
    span: tuple[int, int]
    #: Written between two #, which ends it.
    closed: bool = False


def find(text: str) -> list[Tag]:
    """Return the hashtags of a text; what stands in an address is none, and neither is ``#1``."""
    taken = [link.span for link in measures.links(text)]
    found = []
    for match in _TAG.finditer(text):
        name, start = match["name"], match.start()
        if name.isdigit() or any(a <= start < b for a, b in taken):
            continue
        # "#露明茶#" is one tag, "#tea#coffee" two.
        closed = bool(match["close"]) and bool(re.search(rf"[{HAN}]", name))
        end = match.end() if closed else match.end("rest")
        found.append(Tag(name, "" if closed else match["rest"], (start, end), closed))
    return found


def check(subject: Subject) -> list[Finding]:
    """Warn of tags that are not the brand's, of too many, and of those that a platform would cut or not link."""
    brand, found = subject.brand, list[Finding]()
    listed = {_bare(tag): tag.lstrip("#＃") for tag in brand.hashtags}
    # What a hard rule demands may be said, whether it is on the list or not.
    demanded = (w for r in brand.rulebook.hard if r.kind is RuleKind.MUST for w in r.words if w.startswith("#"))
    allowed = {*listed, *map(_bare, demanded)}
    limit = brand.plan.style.hashtags
    if limit is None:
        limit = MOST.get(subject.content.account.partition(":")[0], MOST_ELSEWHERE)

    def warn(n: int, span: tuple[int, int], message: str, fix: str, instead: str | None = None) -> None:
        found.append(Finding("hashtags", Severity.WARN, message, "", n, span, fix, instead))

    for n, part in enumerate(subject.content.parts):
        tags = find(part.text)
        for tag in tags[:_MOST_TOLD]:
            if tag.rest:
                whole, instead = f"#{tag.name}{tag.rest}", "#" + re.sub(r"[\W_]", "", tag.name + tag.rest)
                message = say("Platforms end “{tag}” at “#{kept}”.", tag=whole, kept=tag.name)
                fix = say("Write it as one word, such as {tag}, or set a space.", tag=instead)
                warn(n, tag.span, message, fix, instead)
            elif listed and _bare(tag.name) not in allowed:
                warn(n, tag.span, *_unlisted(tag, listed))
        taken = [link.span for link in measures.links(part.text)]
        for match in islice(_GLUED.finditer(part.text), _MOST_TOLD):
            if not any(a <= match.start() < b for a, b in taken):
                message = say("Right behind a letter, “{tag}” is no hashtag to platforms.", tag=match.group())
                warn(n, match.span(), message, say("Set a space before the #."), f" {match.group()}")
        if len(tags) > limit:
            span = (tags[limit].span[0], tags[-1].span[1])
            message = say("The post has {n} hashtags; {most} are enough.", n=len(tags), most=limit)
            warn(n, span, message, say("Keep the ones that matter most."))
    return found


def _bare(tag: str) -> str:
    return fold(tag.lstrip("#＃")).text


def _unlisted(tag: Tag, listed: dict[str, str]) -> tuple[str, str, str | None]:
    """Return message, fix and replacement for a tag that is not on the list."""
    bare = _bare(tag.name)
    runs_on = [known for known in listed if bare.startswith(known) and re.match(rf"[{HAN}]", bare[len(known) :])]
    if runs_on and not tag.closed:
        own = max(runs_on, key=len)
        message = say("The hashtag “#{tag}” runs into the words behind it.", tag=tag.name)
        instead = f"#{listed[own]} {tag.name[len(own) :]}"
        return message, say("Set a space behind #{tag}.", tag=listed[own]), instead
    message = say("“#{tag}” is not on the brand's list of hashtags.", tag=tag.name)
    near = difflib.get_close_matches(bare, listed, 1, 0.5)
    if not near:
        # None is alike, but one that shares a word is still the nearest: 乌龙茶 and 秋乌龙.
        shared = {known: len(_pairs(known) & _pairs(bare)) for known in listed}
        near = [known for known in sorted(listed, key=lambda k: -shared[k])[:1] if shared[known]]
    if near:
        instead = f"#{listed[near[0]]}"
        return message, say("Write {tag}, or add this one to hashtags in brand.yaml.", tag=instead), instead
    known = ", ".join(f"#{tag}" for tag in list(listed.values())[:8])
    return message, say("Take one of the list ({known}), or add it in brand.yaml.", known=known), None


def _pairs(text: str) -> set[str]:
    # Two Chinese characters are a word; Latin letters need more to mean anything.
    size = 2 if re.search(rf"[{HAN}]", text) else 4
    return {text[i : i + size] for i in range(len(text) - size + 1)}
