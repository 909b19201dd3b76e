"""Kinds of content"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:

    for name, length, default in (("kind", 40, "post"), ("series", 40, ""), ("angle", 40, ""), ("segment", 64, "")):
        op.add_column("draft", sa.Column(name, sa.String(length=length), nullable=False, server_default=default))
    op.create_index(op.f("ix_draft_series"), "draft", ["series"])
    op.create_table(
        "document",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_brand_created"), "document", ["brand", "created"])


def downgrade() -> None:

    op.drop_table("document")
    op.drop_index(op.f("ix_draft_series"), "draft")
    for name in ("segment", "angle", "series", "kind"):
        op.drop_column("draft", name)
