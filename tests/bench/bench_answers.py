"""Whether the connected model answers from the right rule, and shortens a text when asked: ten questions, one draft.

The brand is the shipped example. Without settings the model is the embedded one, so this takes a few minutes. Drafts
have a measure of their own: ``signoff eval drafts``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot import writing  # noqa: E402
from bot.app import App  # noqa: E402
from bot.errors import ModelError  # noqa: E402
from bot.settings import load  # noqa: E402

BRAND = ROOT / "examples" / "lumen-tea"
#: Of ten questions, how many must be answered rightly.
GOAL = 8

#: Each question, and the rules of which one must be cited; none means that the rules do not tell.
QUESTIONS = (
    ("May we compare prices?", {"price-claims", "no-rivals"}),
    ("Can we say our tea helps you sleep?", {"health-claims", "no-health-claims"}),
    ("When do we open?", {"opening-hours"}),
    ("How many hashtags should a post have?", {"hashtags"}),
    ("Who won the football match?", set[str]()),
    ("可以说我们的茶最好吗？", {"no-superlatives"}),
    ("品茶会多少钱？", {"tastings"}),
    ("能公开顾客的照片吗？", {"customer-consent"}),
    ("秋乌龙产自哪里？", {"autumn-oolong"}),
    ("我们招聘司机吗？", set[str]()),
)


def answers(app: App) -> int:
    """Ask every question and return how many were answered with the right rule, or rightly not at all."""
    right = 0
    for question, rules in QUESTIONS:
        told = writing.ask(app, question, "anna")
        cited = {c.removesuffix(".zh") for c in told.answer.citations}
        good = bool(cited & rules) if rules else not told.answer.known
        right += good
        print(f"{'right' if good else 'WRONG'}: {question} -> {', '.join(told.answer.citations)}: {told.answer.text}")
    return right


def shorter(app: App) -> int:
    """Ask for a shorter version of a draft; 1 if it is another and shorter text."""
    brief = (BRAND / "brief.txt").read_text(encoding="utf-8").strip()
    try:
        (old,) = writing.draft(app, brief, ["sandbox:main"], "anna").drafts
        (made,) = writing.another(app, old.draft_id, "shorter", "anna").drafts
    except ModelError as error:
        print(f"shorter: {error}")
        return 0
    before, after = old.content.parts[0].text, made.content.parts[0].text
    print(f"shorter: {before}\n      -> {after}")
    return int(after != before and len(after) < len(before))


def main() -> int:
    """Measure, print the closing line, and say by the exit code whether the goals hold."""
    with tempfile.TemporaryDirectory() as folder, App(load(home=Path(folder), brand="lumen-tea")) as app:
        app.learn(BRAND)
        model = app.model().name.replace(" ", "_")
        right, differs = answers(app), shorter(app)
    print(f"answers: right={right} of={len(QUESTIONS)} shorter={differs} model={model}")
    return 0 if right >= GOAL and differs else 1


if __name__ == "__main__":
    raise SystemExit(main())
