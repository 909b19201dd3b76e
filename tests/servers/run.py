"""Hold one server up until told to stop: ``python -m tests.servers.run bluesky``.

Prints one line of JSON when it is ready. Ends on SIGTERM or Ctrl-C, or with the process named by ``--parent``, so
that a killed test run leaves nothing behind. Choices: ``postgres``, ``bluesky`` (with AppView), ``pds`` (without),
``mastodon``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import threading
from contextlib import ExitStack
from typing import Any


def main() -> None:
    """Start what is named, say where it is, wait."""
    from tests.servers.bluesky import start_bluesky
    from tests.servers.mastodon import start_mastodon
    from tests.servers.postgres import start_postgres

    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("server", choices=["postgres", "bluesky", "pds", "mastodon"])
    words.add_argument("--parent", type=int, default=os.getppid())
    said = words.parse_args()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with ExitStack() as stack:
        found: dict[str, Any]
        if said.server == "postgres":
            found = {"url": stack.enter_context(start_postgres())}
        elif said.server == "mastodon":
            found = dataclasses.asdict(stack.enter_context(start_mastodon()))
        else:
            found = dataclasses.asdict(stack.enter_context(start_bluesky(appview=said.server == "bluesky")))
        print(json.dumps({"ready": True, **found}), flush=True)
        while not over.wait(1.0) and _alive(said.parent):
            pass
    # Whoever asked us to stop may not be our parent, and then cannot wait for us.
    print(json.dumps({"stopped": True}), flush=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
