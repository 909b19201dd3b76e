"""The web desk: sessions, one-time links, passwords, addresses of calendar feeds"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:

    op.create_table(
        "web_session",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("seen", sa.String(length=27), nullable=False),
        sa.Column("expires", sa.String(length=27), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_brand_person"), "web_session", ["brand", "person"], unique=False)
    op.create_table(
        "web_link",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("expires", sa.String(length=27), nullable=False),
        sa.Column("used", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_web_link")),
    )
    op.create_table(
        "web_password",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("brand", "person", name=op.f("pk_web_password")),
    )
    op.create_table(
        "web_feed",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("brand", "person", name=op.f("pk_web_feed")),
    )
    op.create_index(op.f("ix_web_feed_token"), "web_feed", ["token"], unique=True)


def downgrade() -> None:

    op.drop_table("web_feed")
    op.drop_table("web_password")
    op.drop_table("web_link")
    op.drop_table("web_session")
