"""What one run of the command line knows: who asks, for which brand, in which home; and the App it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.agent.task import Event
    from bot.app import App
    from bot.settings import Settings


@dataclass
class Session:
    """The global options, which may stand before or after the command."""

    person: str | None = None
    brand: str | None = None
    home: Path | None = None

    def settings(self, **more: Any) -> Settings:
        """Read the settings, the options on top. Raises Misconfigured."""
        from bot import settings

        home = self.home.expanduser() if self.home else None
        return settings.load(**{"operator": self.person, "brand": self.brand, "home": home, **more})

    def to_stop(self) -> Settings:
        """Read what stopping needs; a fault in any other setting is said as a warning. Raises Misconfigured."""
        import click

        from bot import settings
        from bot.words import joined, retold

        home = self.home.expanduser() if self.home else None
        found, fault = settings.to_stop(operator=self.person, brand=self.brand, home=home)
        if fault is not None:
            click.echo(joined(retold(fault.message), retold(fault.next_step)), err=True)
        return found

    @contextmanager
    def open_app(self, settings: Settings | None = None, **more: Any) -> Iterator[App]:
        """Open Signoff for one command, with progress on standard error; ``settings`` are read already."""
        from bot.app import App
        from bot.surfaces.cli.progress import Progress

        progress = Progress()
        app = App(settings or self.settings(**more), progress=progress)
        try:
            yield app
        finally:
            progress.close()
            app.close()

    @contextmanager
    def telling(self) -> Iterator[Callable[[Event], None]]:
        """Show on standard error what a run of the agent is doing, for the length of the block."""
        from bot.surfaces.cli.progress import Progress

        progress = Progress()
        try:
            yield progress.event
        finally:
            progress.close()
