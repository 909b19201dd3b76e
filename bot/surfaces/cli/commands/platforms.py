"""Print what each platform can do, and how to set it up."""

from __future__ import annotations

import click

from bot.surfaces.cli import options, screen


@click.command()
@options.as_json
def command(as_json: bool) -> None:
    """Print it."""
    from bot.platforms import matrix, registry

    if not as_json:
        click.echo(matrix.page(head="").lstrip(), nl=False)
        return
    found = []
    for name in registry.ids():
        adapter = registry.load(name)
        settings = {key: {"about": about, "secret": secret} for key, (about, secret) in adapter.settings.items()}
        data = {"id": name, "label": adapter.label, "limits": adapter.limits, "features": adapter.features}
        found.append({**data, "settings": settings, "links": adapter.links})
    screen.emit({"platforms": found})
