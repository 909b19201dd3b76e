"""Lists of a busy desk by index"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_WAITING = sa.text("state in ('new','triaged','proposed','auto_replied','escalated')")
_ASSIGNED = sa.text("assignee <> ''")
_FAILED = sa.text("outcome not in ('live','unsent')")
_NEW = (
    ("ix_draft_brand_created_id", "draft", ["brand", "created", "id"], None),
    ("ix_post_account_due", "post", ["account", "due"], None),
    ("ix_post_brand_created_id", "post", ["brand", "created", "id"], None),
    ("ix_decision_at", "decision", ["at"], None),
    ("ix_post_part_account_live_at", "post_part", ["account", "live_at"], None),
    ("ix_post_part_remote_id", "post_part", ["remote_id"], None),
    ("ix_attempt_failed", "attempt", ["ended"], _FAILED),
    ("ix_comment_author_handle", "comment", ["author_handle"], None),
    ("ix_comment_brand_account_at", "comment", ["brand", "account", "at"], None),
    ("ix_comment_brand_intent_at", "comment", ["brand", "intent", "at"], None),
    ("ix_comment_assigned", "comment", ["brand", "assignee", "at"], _ASSIGNED),
    ("ix_comment_open", "comment", ["brand", "at"], _WAITING),
)


def upgrade() -> None:
    op.drop_index("ix_draft_brand_created", table_name="draft")
    for name, table, columns, where in _NEW:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _, _ in _NEW:
        op.drop_index(name, table_name=table)
    op.create_index("ix_draft_brand_created", "draft", ["brand", "created"])
