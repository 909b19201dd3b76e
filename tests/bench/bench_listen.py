"""Ten thousand comments at once: how long until all are stored, and whether the urgent ones are taken first.

The sandbox network has them all before the clock starts; what is timed is one look: the pages of the adapter, the
cleaning, the grouping of those that say nearly the same, the threads, and the writes. Then all is read once more, as
after a crash that lost the cursor. ``--db`` takes the address of an empty database; without it, SQLite in a new folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import insert, select

from bot.clock import FixedClock
from bot.domain.comment import CommentState
from bot.store import comments
from bot.store.comment_tables import comment
from bot.store.sandbox_tables import sandbox_post
from bot.workflow import listen
from tests.world import World

LIMIT, FANS, URGENT = 10.0, 977, 20
_WORDS = ("I drink it daily.", "Where is it sold?", "我每天都喝这个茶。", "My order came broken again!", "So good ❤️")


def crowd(world: World, many: int) -> set[str]:
    """Put comments on the network, a fifth of them below others; return the ids of those that are urgent."""
    post = world.app.sandbox.post("lumen.sandbox", "The oolongs are here.")
    assert post is not None
    now, urgent, made = world.clock.now() - timedelta(minutes=5), set[str](), []
    for n in range(many):
        name, text = f"sb_n{n:06d}", f"Number {n}: {_WORDS[n % len(_WORDS)]}"
        if n % (many // URGENT) == many // URGENT - 1:
            urgent.add(name)
            text = f"Number {n}: my son is in hospital after drinking it"
        parent = f"sb_n{n - 1:06d}" if n % 5 == 4 else post.id
        made.append({
            "id": name, "account": f"fan{n % FANS}.sandbox", "text": text, "language": "en", "visibility": "public",
            "media": [], "parent_id": parent, "root_id": post.id, "quote_id": "", "created": now, "arrived": now,
            "visible": now,
        })  # fmt: skip
    with world.db.write() as conn:
        for n in range(FANS):
            world.app.sandbox.enter(conn, f"fan{n}.sandbox")
        conn.execute(insert(sandbox_post), made)
    return urgent


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--comments", type=int, default=10_000)
    asked.add_argument("--db", default="", help="address of an empty database; SQLite by default")
    given = asked.parse_args()
    many = max(URGENT, given.comments)
    with tempfile.TemporaryDirectory() as folder:
        url = given.db or f"sqlite:///{Path(folder) / 'signoff.db'}"
        with World(url, Path(folder), FixedClock()) as world:
            urgent = crowd(world, many)
            began, worked = time.perf_counter(), time.process_time()
            new = listen.listen(world.desk)["new"]
            seconds, cpu = time.perf_counter() - began, time.process_time() - worked
            # Once more from the beginning, as after a crash before the cursor was stored: nothing may double.
            with world.db.write() as conn:
                listen.listening.keep(conn, "sandbox:main", "", world.clock.now(), world.clock.now())
            again = listen.listen(world.desk)["new"]
            with world.db.write() as conn:
                ids = list(conn.execute(select(comment.c.remote_id)).scalars())
                now = world.clock.now()
                first = comments.claim(conn, "w", now, now, len(urgent), state=CommentState.NEW)
    lost, doubled = many - len(set(ids)), len(ids) - len(set(ids)) + again
    ahead = {e.comment.remote_id for e in first} == urgent
    told = f"comments={new} seconds={seconds:.1f} lost={lost} doubled={doubled}"
    print(f"listen: {told} urgent_first={str(ahead).lower()} cpu={cpu:.1f}")
    return 0 if seconds <= LIMIT and not lost and not doubled and ahead and new == many else 1


if __name__ == "__main__":
    sys.exit(main())
