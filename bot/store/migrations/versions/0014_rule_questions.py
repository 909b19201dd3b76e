"""Questions that a model wrote for rules"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:

    op.create_table(
        "rule_question",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("prompt", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("brand", "digest", name=op.f("pk_rule_question")),
    )


def downgrade() -> None:

    op.drop_table("rule_question")
