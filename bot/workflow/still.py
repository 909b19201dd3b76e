"""Whether a comment may be answered, asked three times: before something is written, as it is stored, as it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.checks.kit.posing import imitates
from bot.domain.brand import Brand
from bot.domain.comment import Entry
from bot.domain.post import Post
from bot.domain.replies import ReplyPolicy, ReplyRule
from bot.errors import PlatformError, Refused, TryLater, Unsupported
from bot.insight import cleaning
from bot.platforms.base import Platform, Sight
from bot.store import answers, authors, comments, drafts
from bot.store.comment_rows import Heard
from bot.words import say
from bot.workflow import changed, restored
from bot.workflow.desk import Desk

#: An answer to an answer to an answer is a conversation: that is for people.
DEPTH = 2
_DAY = timedelta(days=1)
_ASIDE = {
    "own": "it is the brand's own account",
    "bot": "its author is a bot",
    "spam": "it looks like an advertisement",
    "opt-out": "its author asked to be left alone",
    "poison": "it could not be read",
}


def barred(desk: Desk, conn: Connection, brand: Brand, one: Entry, *, automatic: bool, rule: ReplyRule) -> str:
    """Return why nothing may be written for a comment by a machine, in English as it is stored; empty where it may."""
    said, platform = one.comment, one.comment.account.partition(":")[0]
    account = brand.account(said.account)
    if one.source:
        return "it came from a file"
    if one.deleted:
        return "its author removed it"
    if one.aside:
        return _ASIDE.get(one.aside, one.aside)
    if authors.opted_out(conn, brand.id, platform, said.author.id):
        return "its author asked to be left alone"
    if taken := authors.taken_by(conn, said.account, one.thread):
        return f"{taken} answers in this thread"
    if account is None:
        return f"the brand has no account {said.account} any more"
    if authors.answers(conn, platform, thread=one.thread, author=said.author.id, but=one.id):
        return "its author has an answer in this thread"
    if depth(conn, one) > DEPTH:
        return "the conversation goes on for longer than a machine may take part"
    now = desk.clock.now()
    if automatic:
        if one.edited:
            return "its author changed it: a person answers"
        if posed := imitates(said.author, brand, said.account):
            return f"its author looks like {posed} and is somebody else: a person answers"
        return desk.platform_class(platform).may_answer(said, account, automatic=True) or _caps(
            conn, platform, one, rule, now
        )
    return ""


def _caps(conn: Connection, platform: str, one: Entry, rule: ReplyRule, now: datetime) -> str:
    since, author = now - _DAY, one.comment.author.id
    name = authors.AUTO + rule.name
    if authors.answers(conn, platform, since=since, rule=name, but=one.id) >= rule.per_day:
        return f"the rule {rule.name} has answered {rule.per_day} times in a day"
    if authors.answers(conn, platform, since=since, author=author, automatic=True, but=one.id) >= rule.per_author:
        return f"its author was answered {rule.per_author} times in a day"
    return ""


def depth(conn: Connection, one: Entry) -> int:
    """Return how many comments of this author's stand above one another in its thread, itself included."""
    parent, known, n = one.comment.parent_id, {one.comment.remote_id}, 1
    while parent and parent not in known and n <= DEPTH + 1:
        known.add(parent)
        # One by one: the whole of a thread that everybody answers in is never read.
        above = comments.parent_of(conn, one.comment.account, parent)
        if above is not None:
            n, parent = n + 1, above
        else:
            # One of our own answers: what it answered stands above it.
            parent = answers.own(conn, one.comment.account, [parent]).get(parent, "")
    return n


def there(desk: Desk, platform: Platform, post: Post) -> None:
    """Look, right before an answer is sent, whether it is still wanted, and whether its comment still says the same.

    Raises Refused where the author removed or changed it or asked to be left alone, where a person answers in an
    automatic one's place, or where its rule was switched off; TryLater where an automatic answer's comment cannot be
    looked at. What is no answer to a comment on the desk passes.
    """
    if not post.content.reply_parent:
        return
    with desk.db.read() as conn:
        found = comments.of_draft(conn, post.draft_id)
        written = drafts.version(conn, post.draft_id, post.version).created
        rules = desk.brand(conn, post.content.brand)[1].replies
        why = next((w for one in found if (w := _unwanted(conn, one, written, rules))), "")
    if why:
        raise Refused(why, platform=platform.id)
    if not found:
        return
    one, automatic = found[0], found[0].rule.startswith(authors.AUTO)
    try:
        sight = platform.look_at(one.comment.remote_id)
    except Unsupported:
        # Every adapter looks for the parent itself before it sends; what a restore forgot it cannot know.
        why = restored.unseen(desk, one, automatic=automatic)
    except PlatformError as error:
        if automatic or restored.untold(desk, one):
            raise TryLater(say("The comment could not be looked at."), platform=platform.id) from error
        return
    else:
        why = seen(desk, one, sight, automatic=automatic)
    if why:
        raise Refused(why, platform=platform.id)


def _unwanted(conn: Connection, one: Entry, written: datetime, rules: ReplyPolicy) -> str:
    said, platform = one.comment, one.comment.account.partition(":")[0]
    if one.deleted:
        return say("The author removed the comment.")
    if one.edited and one.edited > written:
        return say("The author changed the comment.")
    if authors.opted_out(conn, one.brand, platform, said.author.id):
        return say("The author asked to be left alone.")
    if not one.rule.startswith(authors.AUTO):
        return ""
    if authors.taken_by(conn, said.account, one.thread):
        return say("A person answers in this thread.")
    # Switched off since: what it signed and has not sent goes to people.
    name = one.rule.removeprefix(authors.AUTO)
    return "" if rules.automatic(name) else say("The rule {rule} answers nothing by itself any more.", rule=name)


def seen(desk: Desk, one: Entry, sight: Sight, *, automatic: bool) -> str:
    """Keep what a look at a comment told; return why it is not to be answered now, or an empty text."""
    now = desk.clock.now()
    if sight.text is None:
        with desk.db.write() as conn:
            comments.change(conn, one.id, now, "platform", "its author removed it", deleted=now)
            changed.erase(desk, conn, [one])
        return say("The author removed the comment.")
    if cleaning.clean(sight.text) != one.text:
        with desk.db.write() as conn:
            text = cleaning.clean(sight.text)
            said = Heard(replace(one.comment, text=sight.text), text, fingerprint=cleaning.fingerprint(text))
            comments.edit(conn, one.id, said, now, was=one.text)
        return say("The author changed the comment.")
    with desk.db.write() as conn:
        ours = answers.own(conn, one.comment.account, sight.answers)
        if all(answer in ours for answer in sight.answers):
            return ""
        why = restored.answered_before(conn, one, now)
        if automatic:
            authors.take_over(conn, one.comment.account, one.thread, "somebody at the platform", now)
        return why or (say("A person answers in this thread.") if automatic else "")
