"""What the team taught: labels, and classifiers fitted to them"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:

    op.create_table(
        "classifier",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("promoted", sa.Boolean(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "kind", "version", name=op.f("pk_classifier")),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("was", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("brand", "kind", "digest", name=op.f("uq_label_brand_kind_digest")),
    )
    op.create_index(op.f("ix_label_comment"), "label", ["comment"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_label_comment"), table_name="label")
    op.drop_table("label")
    op.drop_table("classifier")
