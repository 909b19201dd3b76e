"""The inbox by mood"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_WAITING = sa.text("state in ('new','triaged','proposed','auto_replied','escalated')")


def upgrade() -> None:
    op.create_index(
        "ix_comment_waiting_label", "comment", ["brand", "label", "priority", "at"], sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )  # fmt: skip


def downgrade() -> None:

    op.drop_index("ix_comment_waiting_label", table_name="comment")
