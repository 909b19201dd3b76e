"""The pages: one file each, with its addresses in ``ROUTES``."""

from __future__ import annotations

from bot.surfaces.web.pages import (
    accounts,
    brand,
    calendar,
    deciding,
    drafting,
    inbox,
    inbox_deeds,
    mood,
    moving,
    people,
    playground,
    policy,
    proposals,
    report,
    results,
    review,
    switch,
    together,
    you,
)

ROUTES = (
    *review.ROUTES,
    *deciding.ROUTES,
    *together.ROUTES,
    *drafting.ROUTES,
    *calendar.ROUTES,
    *moving.ROUTES,
    *inbox.ROUTES,
    *inbox_deeds.ROUTES,
    *mood.ROUTES,
    *results.ROUTES,
    *report.ROUTES,
    *brand.ROUTES,
    *people.ROUTES,
    *policy.ROUTES,
    *proposals.ROUTES,
    *playground.ROUTES,
    *accounts.ROUTES,
    *switch.ROUTES,
    *you.ROUTES,
)
