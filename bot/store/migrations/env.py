"""Alembic's entry: runs on the connection that ``bot/store/migrate.py`` hands over."""

from alembic import context

from bot.store import (  # noqa: F401  # their tables belong to the metadata
    api_tables,
    chat_tables,
    comment_tables,
    label_tables,
    mood_tables,
    proposal_tables,
    question_tables,
    sandbox,
    series_tables,
    web_tables,
)
from bot.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
