"""A process that attends to comments until it is killed or nothing is left: ``python -m ... URL HOME``."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.app import App
from bot.domain.comment import CommentState
from bot.settings import load
from bot.store import comments
from bot.workflow import listen, reply, triage

TRIAGED = CommentState.TRIAGED


def main(url: str, home: Path) -> None:
    with App(load(home=home, database_url=url, operator="li", llm_discover=False)) as app:
        print("ready", flush=True)
        while True:
            listen.listen(app.desk)
            triage.triage(app.desk)
            reply.reply(app.desk)
            with app.db.read() as conn:
                new = comments.brands_with(conn, CommentState.NEW)
                read = comments.recent(conn, "lumen", None, limit=None, only=comments.Filter(states=(TRIAGED,)))
            if not new and all(one.rule for one in read) and not listen.accounts(app.desk):
                return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
