"""What the drafts and answers of the connected model are worth: ten briefs and ten questions, scored by code.

The brand is the shipped example. Without settings the model is the embedded one, so this takes ten minutes. What code
can see is no more than a floor: read the texts, which are printed.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot import writing  # noqa: E402
from bot.app import App  # noqa: E402
from bot.errors import ModelError  # noqa: E402
from bot.settings import load  # noqa: E402

BRAND = ROOT / "examples" / "lumen-tea"
EN, ZH = "sandbox:main", "sandbox:cn"
#: Of ten drafts, how many must keep all that code looks for; of ten questions, how many must be answered rightly.
GOAL_DRAFTS, GOAL_ANSWERS = 6, 8
#: What no draft may say: words of an instruction, questions handed on, things nobody told.
NEVER = (
    r"(?:^|[.!?] )announce|invite people|say (?:where|what)|remind people|tell people|where the tea comes from\W"
    r"|plenty|comfortable|\bcozy|\bcosy|Leicester|York|Manchester|莱斯特|曼彻斯特|来自哪里|什么味道|舒适|充足|宣布|免费品尝|limited"
)


@dataclass(frozen=True)
class Brief:
    """One brief, what its post must say (regular expressions), and a rule that it must cite."""

    account: str
    text: str
    says: tuple[str, ...]
    cites: str


BRIEFS = (
    Brief(
        EN,
        (BRAND / "brief.txt").read_text(encoding="utf-8").strip(),
        (
            "28 November|November 28",
            r"\b11",
            "Leeds",
            "Anxi|Fujian|Chen",
            "chestnut|honey",
            "twelve|12",
            r"tickets\.example\.com",
        ),
        "autumn-oolong",
    ),
    Brief(
        ZH,
        (BRAND / "brief.txt").read_text(encoding="utf-8").strip(),
        ("11月28日", "11:00|11点|十一点", "利兹|Leeds", "安溪|福建", "栗|蜂蜜", "十二|12", r"tickets\.example\.com"),
        "autumn-oolong.zh",
    ),
    Brief(EN, "Remind people when the shop is open.", ("Tuesday", "Sunday", "10", "18|6"), "opening-hours"),
    Brief(ZH, "提醒大家门店几点开门。", ("周二", "周日", "10|十点", "18|六点|6点"), "opening-hours.zh"),
    Brief(EN, "Explain how to brew our oolong at home.", (r"\b5 ?g", "95", "40"), "brewing"),
    Brief(ZH, "教大家在家怎么泡乌龙茶。", ("5 ?克|五克", "95", "40|四十"), "brewing.zh"),
    Brief(
        EN,
        "New in the shop from Friday 4 December: Autumn Oolong in a tin of 80 g, £12 incl. VAT.",
        ("4 December|December 4", r"\b80", r"\b12\b", "Anxi|Fujian|Chen"),
        "autumn-oolong",
    ),
    Brief(
        ZH,
        "12月5日周六下午三点，陈师傅在门店演示炭火焙茶，免费，二十个座位。",
        ("12月5日", "三点|3点|15:00", "陈师傅", "炭|焙", "免费", "二十|20"),
        "",
    ),
    Brief(EN, "Say that we take our tins back, and what they are made of.", ("tin", "recycled", "back|refill"), "tins"),
    Brief(
        ZH,
        "感谢周六来品茶的朋友。下一场：12月12日周六11:00，在 Leeds 的品茶室。",
        ("谢", "12月12日", "11:00|11点|十一点", "Leeds|利兹"),
        "",
    ),
)

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


def drafts(app: App) -> tuple[int, float]:
    """Draft every brief, print texts and marks, and return how many passed and the seconds they took."""
    passed, spent = 0, 0.0
    for n, brief in enumerate(BRIEFS, 1):
        began = time.monotonic()
        try:
            written = writing.draft(app, brief.text, [brief.account], "anna")
        except ModelError as error:
            print(f"{n}. {brief.account} FAILED {error}")
            continue
        finally:
            took = time.monotonic() - began
            spent += took
        (made,) = written.drafts
        text = "\n".join(p.text for p in made.content.parts)
        wrong = [f"lacks {s}" for s in brief.says if not re.search(s, text, re.I)]
        wrong += [f"says {m}" for m in re.findall(NEVER, text, re.I)]
        if brief.cites and brief.cites not in made.citations:
            wrong.append(f"does not cite {brief.cites}")
        if re.sub(r"#\w+|\W", "", text) == re.sub(r"\W", "", brief.text):
            wrong.append("is the brief")
        if made.blocked:
            wrong.append("is blocked")
        passed += not wrong
        print(f"{n}. {brief.account} {took:.0f}s {'; '.join(wrong) or 'passed'}\n   {text}")
        print(f"   cites {', '.join(made.citations)}" + (f"\n   note: {made.note}" if made.note else ""), flush=True)
    return passed, spent


def shorter(app: App) -> int:
    """Ask for a shorter version of the first draft; 1 if it is another and shorter text."""
    from bot.store import drafts as rows

    with app.db.read() as conn:
        *_, (draft, version) = rows.current(conn, app.brand().id, limit=len(BRIEFS))  # the newest come first
    old = version.content.parts[0].text
    try:
        (made,) = writing.another(app, draft.id, "shorter", "anna").drafts
    except ModelError as error:
        print(f"shorter: {error}")
        return 0
    new = made.content.parts[0].text
    print(f"shorter: {old}\n      -> {new}")
    return int(new != old and len(new) < len(old))


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


def main() -> int:
    """Measure, print the closing line, and say by the exit code whether the goals hold."""
    with tempfile.TemporaryDirectory() as folder, App(load(home=Path(folder), brand="lumen-tea")) as app:
        app.learn(BRAND)
        model = app.model().name.replace(" ", "_")
        right = answers(app)
        passed, spent = drafts(app)
        differs = shorter(app)
    print(
        f"drafts: passed={passed} of={len(BRIEFS)} shorter={differs} answers={right} of={len(QUESTIONS)} "
        f"seconds_each={spent / len(BRIEFS):.0f} model={model}"
    )
    return 0 if passed >= GOAL_DRAFTS and right >= GOAL_ANSWERS and differs else 1


if __name__ == "__main__":
    raise SystemExit(main())
