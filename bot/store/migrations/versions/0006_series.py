"""Recurring series"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:

    op.create_table(
        "series",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("draft_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("start", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("days_ahead", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("last", sa.String(length=16), nullable=False),
        sa.Column("look_at", sa.String(length=27), nullable=True),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_series_draft_id_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index(op.f("ix_series_brand"), "series", ["brand"])
    op.create_index(op.f("ix_draft_account_created"), "draft", ["account", "created"])


def downgrade() -> None:

    op.drop_index(op.f("ix_draft_account_created"), table_name="draft")
    op.drop_index(op.f("ix_series_brand"), table_name="series")
    op.drop_table("series")
