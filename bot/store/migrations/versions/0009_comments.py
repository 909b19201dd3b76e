"""Comments: what others said, notes on it, who asked to be left alone, who answers where, and how far was read"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:

    op.create_table(
        "author_state",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("opted_out", sa.String(length=27), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("brand", "platform", "author", name=op.f("pk_author_state")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("remote_id", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("author_id", sa.String(length=200), nullable=False),
        sa.Column("author_handle", sa.String(length=200), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("author_bot", sa.Integer(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("heard", sa.String(length=27), nullable=False),
        sa.Column("parent_id", sa.String(length=300), nullable=False),
        sa.Column("thread", sa.String(length=300), nullable=False),
        sa.Column("root_id", sa.String(length=300), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("visibility", sa.String(length=20), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=12), server_default="", nullable=False),
        sa.Column("intent", sa.String(length=20), server_default="", nullable=False),
        sa.Column("triage", sa.JSON(), nullable=True),
        sa.Column("aside", sa.String(length=20), server_default="", nullable=False),
        sa.Column("fingerprint", sa.String(length=40), server_default="", nullable=False),
        sa.Column("like_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("assignee", sa.String(length=80), server_default="", nullable=False),
        sa.Column("snoozed", sa.String(length=27), nullable=True),
        sa.Column("draft", sa.String(length=40), server_default="", nullable=False),
        sa.Column("rule", sa.String(length=80), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("answered", sa.String(length=27), nullable=True),
        sa.Column("closed", sa.String(length=27), nullable=True),
        sa.Column("edited", sa.String(length=27), nullable=True),
        sa.Column("deleted", sa.String(length=27), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holder", sa.String(length=120), server_default="", nullable=False),
        sa.Column("held_until", sa.String(length=27), nullable=True),
        sa.CheckConstraint(
            "state in ('new','triaged','ignored','hidden','proposed','auto_replied','escalated','answered','closed')",
            name=op.f("ck_comment_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("account", "remote_id", name=op.f("uq_comment_account_remote_id")),
    )
    op.create_index(op.f("ix_comment_account_thread"), "comment", ["account", "thread"], unique=False)
    op.create_index(op.f("ix_comment_author_id"), "comment", ["author_id"], unique=False)
    op.create_index(op.f("ix_comment_brand_at"), "comment", ["brand", "at"], unique=False)
    op.create_index(op.f("ix_comment_brand_fingerprint"), "comment", ["brand", "fingerprint"], unique=False)
    op.create_index(op.f("ix_comment_brand_state_priority"), "comment", ["brand", "state", "priority"], unique=False)
    op.create_index(op.f("ix_comment_draft"), "comment", ["draft"], unique=False)
    op.create_table(
        "listening",
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("next_look", sa.String(length=27), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_listening")),
    )
    op.create_table(
        "thread_state",
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("thread", sa.String(length=300), nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("account", "thread", name=op.f("pk_thread_state")),
    )
    op.create_table(
        "comment_note",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("comment", sa.String(length=40), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["comment"], ["comment.id"], name=op.f("fk_comment_note_comment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_note")),
    )
    op.create_index(op.f("ix_comment_note_comment"), "comment_note", ["comment"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_comment_note_comment"), table_name="comment_note")
    op.drop_table("comment_note")
    op.drop_table("thread_state")
    op.drop_table("listening")
    op.drop_index(op.f("ix_comment_draft"), table_name="comment")
    op.drop_index(op.f("ix_comment_brand_state_priority"), table_name="comment")
    op.drop_index(op.f("ix_comment_brand_fingerprint"), table_name="comment")
    op.drop_index(op.f("ix_comment_brand_at"), table_name="comment")
    op.drop_index(op.f("ix_comment_author_id"), table_name="comment")
    op.drop_index(op.f("ix_comment_account_thread"), table_name="comment")
    op.drop_table("comment")
    op.drop_table("author_state")
