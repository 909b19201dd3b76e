"""What is written but not posted as it stands: articles, lists of titles, scripts, plans of a campaign."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.draft import Finding


@dataclass(frozen=True)
class Document:
    """One text for people to work with. It is never sent; posts are made of it as drafts."""

    id: str
    brand: str
    #: Name of the kind, such as ``article``; its prompt is ``prompts/kinds/<kind>.md``.
    kind: str
    language: str
    brief: str
    author: str
    created: datetime
    #: The fields of the kind's schema, as the model filled them.
    body: dict[str, Any]
    #: The same as Markdown, rendered by code.
    text: str
    citations: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    #: Model, strategy, prompt, run id, sources.
    evidence: dict[str, Any] = field(default_factory=dict)
