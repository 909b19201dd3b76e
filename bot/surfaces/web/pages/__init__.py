"""The pages: one file each, with its addresses in ``ROUTES``."""

from __future__ import annotations

from bot.surfaces.web.pages import accounts, calendar, deciding, inbox, review, switch, you

ROUTES = (*review.ROUTES, *deciding.ROUTES, *calendar.ROUTES, *inbox.ROUTES, *accounts.ROUTES, *switch.ROUTES,
          *you.ROUTES)  # fmt: skip
