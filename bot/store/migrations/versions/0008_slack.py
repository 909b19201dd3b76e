"""Slack: what was delivered, who is who, which message shows what"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:

    op.add_column("brand", sa.Column("chat_people", sa.Text(), server_default="[]", nullable=False))
    op.create_table(
        "chat_group",
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("team", "group", "brand", name=op.f("pk_chat_group")),
    )
    op.create_table(
        "chat_person",
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.CheckConstraint("source in ('link','group')", name=op.f("ck_chat_person_source")),
        sa.PrimaryKeyConstraint("team", "user", "brand", name=op.f("pk_chat_person")),
    )
    op.create_index(op.f("ix_chat_person_brand_person"), "chat_person", ["brand", "person"], unique=False)
    op.create_table(
        "chat_setting",
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user", name=op.f("pk_chat_setting")),
    )
    op.create_table(
        "conversation",
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("thread", sa.String(length=40), nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "thread", name=op.f("pk_conversation")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("delivery", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("lane", sa.String(length=200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("received", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('pending','working','done','failed')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("delivery", name=op.f("uq_inbox_delivery")),
    )
    op.create_index(op.f("ix_inbox_lane_state"), "inbox", ["lane", "state"], unique=False)
    op.create_index(op.f("ix_inbox_state_id"), "inbox", ["state", "id"], unique=False)
    op.create_table(
        "slack_cursor",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_slack_cursor")),
    )
    op.create_table(
        "slack_message",
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("ts", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "ts", name=op.f("pk_slack_message")),
    )
    op.create_index(op.f("ix_slack_message_subject"), "slack_message", ["subject"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_slack_message_subject"), table_name="slack_message")
    op.drop_table("slack_message")
    op.drop_table("slack_cursor")
    op.drop_index(op.f("ix_inbox_state_id"), table_name="inbox")
    op.drop_index(op.f("ix_inbox_lane_state"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("conversation")
    op.drop_table("chat_setting")
    op.drop_index(op.f("ix_chat_person_brand_person"), table_name="chat_person")
    op.drop_table("chat_person")
    op.drop_table("chat_group")
    with op.batch_alter_table("brand", schema=None) as batch_op:
        batch_op.drop_column("chat_people")
