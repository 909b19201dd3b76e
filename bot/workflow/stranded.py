"""Posts that are signed and wait for an account which is not the brand's any more: said when the folder is learned."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.store import posts
from bot.words import joined, say
from bot.workflow import when

#: Drafts named in one sentence.
_NAMED = 5


def told(conn: Connection, brand: Brand) -> list[str]:
    """Say how many posts wait for each account that ``brand`` does not name, until when, and what to do."""
    return [_sentence(brand, one) for one in posts.stranded(conn, brand.id, [a.key for a in brand.accounts])]


def _sentence(brand: Brand, one: posts.Stranded) -> str:
    first, last = (when.spoken(at, brand.zone) for at in (one.first, one.last))
    drafts = ", ".join(one.drafts[:_NAMED]) + (", ..." if len(one.drafts) > _NAMED else "")
    return joined(
        say(
            "Posts that wait for {account}, which brand.yaml does not name any more: {n}, the first at {first}, "
            "the last at {last}. None of them is sent.",
            account=one.account, n=len(one.drafts), first=first, last=last,
        ),
        say(
            "Put the account back and learn the folder again before then; or take each back with `signoff cancel ID`, "
            "and draft it for another account: {drafts}.",
            drafts=drafts,
        ),
    )  # fmt: skip
