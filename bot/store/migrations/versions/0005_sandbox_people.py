"""The sandbox's people: quotes, edits, crises, faults by chance"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:

    op.add_column("sandbox_account", sa.Column("bot", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sandbox_post", sa.Column("sent", sa.Text(), nullable=True))
    op.add_column("sandbox_post", sa.Column("quote_id", sa.String(length=60), server_default="", nullable=False))
    op.add_column("sandbox_post", sa.Column("around", sa.JSON(), nullable=True))
    op.add_column("sandbox_post", sa.Column("edited", sa.String(length=27), nullable=True))
    op.add_column("sandbox_fault", sa.Column("chance", sa.Float(), nullable=True))
    op.add_column("sandbox_fault", sa.Column("seed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("sandbox_fault", sa.Column("drawn", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "sandbox_crisis",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("began", sa.String(length=27), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("ended", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_crisis")),
    )
    op.create_table(
        "sandbox_time",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sandbox_time")),
    )


def downgrade() -> None:

    op.drop_table("sandbox_time")
    op.drop_table("sandbox_crisis")
    with op.batch_alter_table("sandbox_fault", schema=None) as batch_op:
        for name in ("drawn", "seed", "chance"):
            batch_op.drop_column(name)
    with op.batch_alter_table("sandbox_post", schema=None) as batch_op:
        for name in ("edited", "around", "quote_id", "sent"):
            batch_op.drop_column(name)
    with op.batch_alter_table("sandbox_account", schema=None) as batch_op:
        batch_op.drop_column("bot")
