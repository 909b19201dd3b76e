"""What sending rests on beside a post's own rows, asked once for all parts that one transaction decides about."""

from __future__ import annotations

from functools import cache, cached_property, partial

from sqlalchemy import Connection

from bot.domain.brand import Brand
from bot.workflow.desk import Desk


class Round:
    """The brands, policies and secrets of one transaction."""

    def __init__(self, desk: Desk, conn: Connection) -> None:
        self.desk, self.conn = desk, conn
        #: A brand with its policy, by its id.
        self.known = cache(partial(desk.brand, conn))

    def brand(self, brand_id: str) -> Brand:
        return self.known(brand_id)[0]

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        return self.desk.secrets(self.conn)
