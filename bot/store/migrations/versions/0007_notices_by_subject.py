"""Notices are found by what they are about"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:

    op.create_index(op.f("ix_notice_subject"), "notice", ["subject"])


def downgrade() -> None:

    op.drop_index(op.f("ix_notice_subject"), table_name="notice")
