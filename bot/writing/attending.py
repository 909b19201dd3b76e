"""What a worker reads and answers comments with: set here, by the surfaces that run one."""

from __future__ import annotations

from collections.abc import Sequence

from bot.app import App
from bot.domain.comment import Entry, Triage


def equip(app: App) -> None:
    """Let this Signoff's worker hear, read and answer comments. Nothing is loaded before it is needed."""
    from bot.writing import replying

    cascades: dict[str, object] = {}

    def read(found: Sequence[Entry]) -> Sequence[Triage]:
        from bot.writing.triage import of_app

        brand = found[0].brand if found else ""
        if brand not in cascades:
            cascades[brand] = of_app(app, brand=brand)
        return cascades[brand]([one.text for one in found])  # type: ignore[operator, no-any-return]

    app.desk.minds.read = read
    app.desk.minds.write = replying.writer(app)
