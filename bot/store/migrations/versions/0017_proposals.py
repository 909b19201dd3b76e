"""Changes to the brand folder that are proposed"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:

    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("drafts", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("who", sa.String(length=80), server_default="", nullable=False),
        sa.Column("decided", sa.String(length=27), nullable=True),
        sa.CheckConstraint("state in ('open','accepted','refused')", name=op.f("ck_proposal_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("brand", "digest", name=op.f("uq_proposal_brand_digest")),
    )
    op.create_index("ix_proposal_brand_state", "proposal", ["brand", "state"])


def downgrade() -> None:

    op.drop_table("proposal")
