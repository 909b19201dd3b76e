"""One signature for several posts of a series"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:

    op.add_column("approval_request", sa.Column("covers", sa.Integer(), nullable=True))
    op.add_column("approval_request", sa.Column("covers_until", sa.String(length=27), nullable=True))
    op.add_column("approval_request", sa.Column("stands_on", sa.String(length=40), nullable=True))
    op.create_table(
        "lasting",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("rules", sa.String(length=64), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.Column("given", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["approval_request.id"], name=op.f("fk_lasting_request_id")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("fk_lasting_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lasting")),
        sa.UniqueConstraint("request_id", name=op.f("uq_lasting_request_id")),
    )
    op.create_index("ix_lasting_series", "lasting", ["series"])
    op.create_table(
        "lasting_use",
        sa.Column("lasting_id", sa.String(length=40), nullable=False),
        sa.Column("wall", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["lasting_id"], ["lasting.id"], name=op.f("fk_lasting_use_lasting_id")),
        sa.ForeignKeyConstraint(["request_id"], ["approval_request.id"], name=op.f("fk_lasting_use_request_id")),
        sa.PrimaryKeyConstraint("lasting_id", "wall", name=op.f("pk_lasting_use")),
        sa.UniqueConstraint("request_id", name=op.f("uq_lasting_use_request_id")),
    )


def downgrade() -> None:

    op.drop_table("lasting_use")
    op.drop_table("lasting")
    for name in ("stands_on", "covers_until", "covers"):
        op.drop_column("approval_request", name)
