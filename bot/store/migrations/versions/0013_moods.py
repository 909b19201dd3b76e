"""Moods by the hour, and the indexes that a full inbox is read by"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_WAITING = sa.text("state in ('new','triaged','proposed','auto_replied','escalated')")
_PARTS = (
    ("waiting", ["brand", "priority", "at"], _WAITING),
    ("waiting_intent", ["brand", "intent", "priority", "at"], _WAITING),
    ("waiting_account", ["brand", "account", "priority", "at"], _WAITING),
    ("waiting_assignee", ["brand", "assignee", "priority", "at"], _WAITING),
    ("snoozed", ["brand", "snoozed"], sa.text("snoozed is not null")),
    ("like", ["like_id"], sa.text("like_id <> ''")),
    ("answered", ["brand", "answered"], sa.text("answered is not null")),
)


def upgrade() -> None:

    op.create_table(
        "mood_hour",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("hour", sa.String(length=13), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=False),
        sa.Column("neutral", sa.Integer(), nullable=False),
        sa.Column("positive", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "name", "hour", "account", "language", name=op.f("pk_mood_hour")),
    )
    op.create_index(op.f("ix_mood_hour_brand_hour"), "mood_hour", ["brand", "hour"], unique=False)
    op.create_table(
        "mood_stale",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.String(length=13), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mood_stale")),
    )
    op.create_index(op.f("ix_mood_stale_brand_hour"), "mood_stale", ["brand", "hour"], unique=False)
    for name, columns, where in _PARTS:
        op.create_index(f"ix_comment_{name}", "comment", columns, sqlite_where=where, postgresql_where=where)
    op.create_index(op.f("ix_post_part_live_at"), "post_part", ["live_at"], unique=False)
    # What was heard before is counted by the next worker, or the next look at the page.
    op.execute(
        "INSERT INTO mood_stale (brand, hour) SELECT DISTINCT brand, substr(at, 1, 13) FROM comment WHERE label <> ''"
    )


def downgrade() -> None:

    op.drop_index(op.f("ix_post_part_live_at"), table_name="post_part")
    for name, _, _ in _PARTS:
        op.drop_index(f"ix_comment_{name}", table_name="comment")
    op.drop_index(op.f("ix_mood_stale_brand_hour"), table_name="mood_stale")
    op.drop_table("mood_stale")
    op.drop_index(op.f("ix_mood_hour_brand_hour"), table_name="mood_hour")
    op.drop_table("mood_hour")
