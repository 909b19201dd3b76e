"""Posts are found by their draft, and by when they are due"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:

    op.create_index(op.f("ix_post_draft_id"), "post", ["draft_id"])
    op.create_index(op.f("ix_post_brand_due"), "post", ["brand", "due"])


def downgrade() -> None:

    op.drop_index(op.f("ix_post_brand_due"), table_name="post")
    op.drop_index(op.f("ix_post_draft_id"), table_name="post")
