"""Try a text: findings where they are, rules that are near, the brand's voice, the score and its parts, the mood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.brand import Role
from bot.errors import SignoffError
from bot.surfaces.web import words
from bot.surfaces.web.visit import Route, Visit, status_of, told
from bot.words import joined, retold, say
from bot.workflow import finding_words
from bot.writing import aim, playground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from bot.domain.draft import Finding
    from bot.surfaces.web.words import Piece
    from bot.writing.playground import Look

#: Everybody who writes or signs: the work costs more than reading a page does.
TRIERS = frozenset({Role.AUTHOR, Role.APPROVER})
#: Columns of the picture of the voice.
_BINS = 20


@dataclass(frozen=True)
class FindingView:
    """What a check noticed."""

    severity: str
    word: str
    said: str
    rule: str


@dataclass(frozen=True)
class VoiceView:
    """How near the text is to the brand's own, as a picture of twenty columns and in words."""

    #: (x, height) of each column, and where this text stands, 0 to 100.
    columns: list[tuple[int, float]]
    at: float
    rows: list[tuple[str, int]]


def blank(visit: Visit) -> Response:
    """Show the form."""
    return _page(visit)


def look(visit: Visit) -> Response:
    """Look at what was typed."""
    form = visit.form
    try:
        found = playground.look(
            visit.app, form.get("text", ""), form.get("account", ""), form.get("kind") or "post",
            form.get("language", ""),
        )  # fmt: skip
    except SignoffError as error:
        return _page(visit, said=told(error), status=status_of(error))
    return _page(visit, found)


def _page(visit: Visit, found: Look | None = None, said: str = "", status: int = 200) -> Response:
    from bot.agent import kinds

    every = [kinds.load(name) for name in kinds.names()]
    text = visit.form.get("text", "")
    shown: dict[str, Any] = {"found": found}
    if found is not None:
        body = text.strip()
        shown |= {
            "marked": words.pieces(body, _spans(found.findings)),
            "findings": [_finding(f) for f in found.findings],
            "parts": [(aim.part_word(p.name), p.score, p.why, p.fix) for p in found.report.parts],
            "voice": _voice(found), "odd": _odd(body, found),
        }  # fmt: skip
    answer = visit.page(
        "playground.html", status, said=said, text=text, longest=playground.LONGEST,
        accounts=[a.key for a in visit.brand.accounts], languages=visit.brand.languages,
        kinds=[(k.name, k.label) for k in every if k.is_post], account=visit.form.get("account", ""),
        kind=visit.form.get("kind") or "post", retold=retold, language_of=visit.form.get("language", ""),
        may=any(visit.person.may(role) for role in TRIERS), **shown,
    )  # fmt: skip
    answer.headers["hx-replace-url"] = "/brand/try"
    return answer


def _spans(findings: Sequence[Finding]) -> list[tuple[int, int, str, str]]:
    return [(*f.span, f.severity.value, words.seen(_said(f))) for f in findings if any(f.span)]


def _finding(finding: Finding) -> FindingView:
    return FindingView(finding.severity.value, finding_words.marked(finding.severity), words.seen(_said(finding)),
                       finding.rule_id)  # fmt: skip


def _said(finding: Finding) -> str:
    return joined(retold(finding.message), retold(finding.fix))


def _voice(found: Look) -> VoiceView | None:
    if found.sound is None or found.sound.voice is None:
        return None
    counts = [0] * _BINS
    for value in found.sound.spread:
        counts[min(int(value * _BINS), _BINS - 1)] += 1
    most = max(counts) or 1
    return VoiceView(
        [(n * 100 // _BINS, round(count / most * 40, 2)) for n, count in enumerate(counts)],
        round(min(max(found.sound.voice.distance, 0.0), 1.0) * 100, 1),
        [(f"{n * 100 // _BINS}–{(n + 1) * 100 // _BINS}", count) for n, count in enumerate(counts) if count],
    )


def _odd(text: str, found: Look) -> list[Piece]:
    """Return the text with the sentences that do not sound like the brand."""
    if found.sound is None or found.sound.voice is None:
        return []
    spans = [(*odd.span, "note", say("; ").join(odd.why)) for odd in found.sound.voice.odd]
    return words.pieces(text, spans)


ROUTES = (Route("GET", "/brand/try", blank), Route("POST", "/brand/try", look, TRIERS))
