"""Fetch the embedded model that two tests start, as the program itself fetches it: ``python -m tests.servers.model``.

A machine that already has it returns within a second. Where it cannot be fetched one line says so, and those two tests
say that they were left out; in CI they fail.
"""

from __future__ import annotations

from bot.agent.download import ensure
from bot.agent.models import ModelSettings
from bot.errors import ModelUnavailable
from bot.surfaces.cli.progress import Progress


def main() -> None:
    """Fetch it into the cache folder, with progress."""
    progress = Progress()
    try:
        ensure(ModelSettings().cache / "models", progress)
    except ModelUnavailable as error:
        print(f"test servers: going on without the embedded model. {error.message}", flush=True)
    finally:
        progress.close()


if __name__ == "__main__":
    main()
