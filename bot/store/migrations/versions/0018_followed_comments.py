"""Comments that are followed: when each is read again"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_FOLLOWED = sa.text("reread is not null")


def upgrade() -> None:

    op.add_column("comment", sa.Column("reread", sa.String(length=27), nullable=True))
    op.create_index(
        "ix_comment_reread", "comment", ["account", "reread"], sqlite_where=_FOLLOWED, postgresql_where=_FOLLOWED
    )


def downgrade() -> None:

    op.drop_index("ix_comment_reread", table_name="comment")
    op.drop_column("comment", "reread")
