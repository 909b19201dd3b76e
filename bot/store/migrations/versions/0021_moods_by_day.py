"""Moods by the day, beside those by the hour"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:

    op.create_table(
        "mood_day",
        sa.Column("brand", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=False),
        sa.Column("neutral", sa.Integer(), nullable=False),
        sa.Column("positive", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "name", "day", "account", "language", name=op.f("pk_mood_day")),
    )
    op.create_index(op.f("ix_mood_day_brand_day"), "mood_day", ["brand", "day"], unique=False)
    # What was counted by the hour is added up once; from here on the two are written together.
    op.execute(
        "INSERT INTO mood_day (brand, name, day, account, language, negative, neutral, positive) "
        "SELECT brand, name, substr(hour, 1, 10), account, language, sum(negative), sum(neutral), sum(positive) "
        "FROM mood_hour GROUP BY brand, name, substr(hour, 1, 10), account, language"
    )


def downgrade() -> None:

    op.drop_index(op.f("ix_mood_day_brand_day"), table_name="mood_day")
    op.drop_table("mood_day")
