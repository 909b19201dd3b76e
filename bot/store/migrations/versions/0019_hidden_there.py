"""Comments that are hidden on their platform, or wait to be"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_WAITS = sa.text("hiding in ('hide','show')")


def upgrade() -> None:

    op.add_column("comment", sa.Column("hiding", sa.String(length=12), nullable=False, server_default=""))
    op.create_index("ix_comment_hiding", "comment", ["account"], sqlite_where=_WAITS, postgresql_where=_WAITS)


def downgrade() -> None:

    op.drop_index("ix_comment_hiding", table_name="comment")
    op.drop_column("comment", "hiding")
