"""The spine"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "account_state",
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("paused", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.String(length=27), nullable=True),
        sa.Column("next_send", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_state")),
    )
    op.create_table(
        "attempt",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("once_key", sa.String(length=80), nullable=False),
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("started", sa.String(length=27), nullable=False),
        sa.Column("ended", sa.String(length=27), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("post_id", "n", "attempt", name=op.f("pk_attempt")),
    )
    op.create_table(
        "brand",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.String(length=12), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("learned", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand")),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("brief", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_brand_created"), ["brand", "created"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("was", sa.String(length=20), nullable=False),
        sa.Column("now", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_subject"), ["subject"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("seen", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_table(
        "rulebook",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("learned", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("brand", "version", name=op.f("pk_rulebook")),
    )
    op.create_table(
        "sandbox_account",
        sa.Column("handle", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("joined", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_sandbox_account")),
    )
    op.create_table(
        "sandbox_fault",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("operation", sa.String(length=20), nullable=False),
        sa.Column("effect", sa.String(length=30), nullable=False),
        sa.Column("amount", sa.Float(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_fault")),
    )
    op.create_table(
        "sandbox_post",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("visibility", sa.String(length=20), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("parent_id", sa.String(length=60), nullable=False),
        sa.Column("root_id", sa.String(length=60), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("arrived", sa.String(length=27), nullable=False),
        sa.Column("visible", sa.String(length=27), nullable=False),
        sa.Column("once", sa.String(length=200), nullable=True),
        sa.Column("deleted", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sandbox_post")),
        sa.UniqueConstraint("id", name=op.f("uq_sandbox_post_id")),
    )
    with op.batch_alter_table("sandbox_post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sandbox_post_account_once"), ["account", "once"], unique=True)
        batch_op.create_index(batch_op.f("ix_sandbox_post_root_id"), ["root_id"], unique=False)

    op.create_table(
        "sandbox_reaction",
        sa.Column("post_id", sa.String(length=60), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "account", "kind", name=op.f("pk_sandbox_reaction")),
    )
    op.create_table(
        "switch",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switch")),
    )
    op.create_table(
        "transcript",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=160), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("usd", sa.String(length=20), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript")),
    )
    op.create_table(
        "vault",
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_vault")),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("started", sa.String(length=27), nullable=False),
        sa.Column("seen", sa.String(length=27), nullable=False),
        sa.Column("stopped", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "approval_request",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("draft_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("policy_rule", sa.String(length=80), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("four_eyes", sa.Integer(), nullable=False),
        sa.Column("signers", sa.JSON(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("expires", sa.String(length=27), nullable=False),
        sa.Column("remind", sa.String(length=27), nullable=True),
        sa.Column("escalate_to", sa.String(length=80), nullable=False),
        sa.Column("used", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_approval_request_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_request")),
        sa.UniqueConstraint("draft_id", "version", name=op.f("uq_approval_request_draft_id_version")),
    )
    op.create_table(
        "draft_version",
        sa.Column("draft_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.CheckConstraint(
            "state in ('proposed','in_review','approved','rejected','lapsed','superseded')",
            name=op.f("ck_draft_version_state"),
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_version_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "version", name=op.f("pk_draft_version")),
    )
    with op.batch_alter_table("draft_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_version_state"), ["state"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("draft_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("choice", sa.String(length=12), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("via", sa.String(length=12), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["approval_request.id"], name=op.f("fk_decision_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("request_id", "person", name=op.f("uq_decision_request_id_person")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("draft_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("due", sa.String(length=27), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_post_draft_id")),
        sa.ForeignKeyConstraint(["request_id"], ["approval_request.id"], name=op.f("fk_post_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("request_id", name=op.f("uq_post_request_id")),
    )
    op.create_table(
        "post_part",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("not_before", sa.String(length=27), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("once_key", sa.String(length=80), nullable=False),
        sa.Column("first_sent", sa.String(length=27), nullable=True),
        sa.Column("last_sent", sa.String(length=27), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(length=300), nullable=True),
        sa.Column("cid", sa.String(length=120), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("live_at", sa.String(length=27), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('due','sending','live','refused','doubtful','asked','cancelled','deleted')",
            name=op.f("ck_post_part_state"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_part_post_id")),
        sa.PrimaryKeyConstraint("post_id", "n", name=op.f("pk_post_part")),
    )
    with op.batch_alter_table("post_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_part_account_state"), ["account", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_post_part_state_not_before"), ["state", "not_before"], unique=False)

    # ### end Alembic commands ###


def downgrade() -> None:

    with op.batch_alter_table("post_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_part_state_not_before"))
        batch_op.drop_index(batch_op.f("ix_post_part_account_state"))

    op.drop_table("post_part")
    op.drop_table("post")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_draft_id"))

    op.drop_table("decision")
    with op.batch_alter_table("draft_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_version_state"))

    op.drop_table("draft_version")
    op.drop_table("approval_request")
    op.drop_table("worker")
    op.drop_table("vault")
    op.drop_table("transcript")
    op.drop_table("switch")
    op.drop_table("sandbox_reaction")
    with op.batch_alter_table("sandbox_post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sandbox_post_root_id"))
        batch_op.drop_index(batch_op.f("ix_sandbox_post_account_once"))

    op.drop_table("sandbox_post")
    op.drop_table("sandbox_fault")
    op.drop_table("sandbox_account")
    op.drop_table("rulebook")
    op.drop_table("notice")
    op.drop_table("lease")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_subject"))

    op.drop_table("event")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_brand_created"))

    op.drop_table("draft")
    op.drop_table("brand")
    op.drop_table("attempt")
    op.drop_table("account_state")
    # ### end Alembic commands ###
