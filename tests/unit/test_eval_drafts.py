"""`signoff eval drafts`: the marks, the perfect writer through the real loop, the figures, the file and the page."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.agent import kinds
from bot.domain.brand import Brand
from bot.domain.document import Document
from bot.domain.draft import Finding, Severity
from bot.errors import BadInput, NotFound
from bot.evaluation import briefs, form, marking, measuring, perfect, results
from bot.evaluation.briefs import Brief
from bot.evaluation.marking import Mark, Piece
from bot.surfaces.cli.group import program
from bot.surfaces.cli.session import Session
from tests.unit.fake_endpoint import endpoint

ROOT = Path(__file__).parents[2]
GOOD = "Autumn Oolong comes from the Chen family's garden in Anxi and tastes of chestnut and honey. Try it in Leeds."


@pytest.fixture(scope="module")
def lumen() -> Brand:
    from bot import brand_folder

    return brand_folder.load(measuring.EXAMPLE).require().brand


def piece(text: str = GOOD, **given: Any) -> Piece:
    fields: dict[str, Any] = {"citations": ("autumn-oolong",), "findings": (), "schema": True, "length": True}
    return Piece("d_1", (text,), **{**fields, **given})


def marked(brand: Brand, *pieces: Piece, never: str = "", **given: Any) -> Mark:
    fields: dict[str, Any] = {"account": "sandbox:main", "says": ("Anxi|Chen",), "cites": ("autumn-oolong",)}
    brief = Brief("one", "post", "Say where it comes from.", **{**fields, **given})
    return marking.mark(brief, pieces, brand, never, seconds=2.0, tokens=(100, 20), usd=0.001)


# --- the briefs ----------------------------------------------------------------------------------------------


def test_there_are_sixty_briefs_half_of_them_chinese_and_the_example_brand_can_be_asked_for_all(lumen: Brand) -> None:
    found = briefs.load().briefs
    assert len(found) == 60
    assert len({b.id for b in found}) == 60
    assert sum(b.id.endswith("-zh") for b in found) == 30
    measuring.usable(found, lumen)
    for brief in found:
        assert all(lumen.rulebook.get(c) for c in brief.cites), brief.id


def test_every_kind_is_measured_in_both_languages() -> None:
    found = briefs.load().briefs
    for kind in kinds.names():
        ends = {b.id.rsplit("-", 1)[-1] for b in found if b.kind == kind}
        assert ends == {"en", "zh"}, kind


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no: list", "holds no briefs"),
        ("briefs: [{id: a, kind: post}]", "`brief`"),
        ("briefs: [{id: a, kind: post, brief: b, tone: warm}]", "`tone`"),
        ("briefs: [{id: a, kind: post, brief: b, says: ['(']}]", "`says: (`"),
        ("briefs: [{id: a, kind: summary, brief: b, source: gone}]", "`source: gone`"),
        ("briefs: [{id: a, kind: post, brief: b, variants: many}]", "`variants: many`"),
        ("briefs: [{id: a, kind: post, brief: b}, {id: a, kind: post, brief: c}]", "two briefs with the id a"),
        ("briefs: [", "cannot be read"),
    ],
)
def test_a_file_of_briefs_that_cannot_be_used_says_why(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "briefs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        briefs.load(path)
    assert told in str(error.value)


def test_briefs_are_chosen_by_kind_and_by_id() -> None:
    found = briefs.load().briefs
    assert {b.kind for b in measuring.chosen(found, ["reply"], None)} == {"reply"}
    assert [b.id for b in measuring.chosen(found, ["post-hours-zh", "post-hours-en"], 1)] == ["post-hours-en"]
    with pytest.raises(NotFound, match="'replay'"):
        measuring.chosen(found, ["replay"], None)


def test_a_brief_for_an_account_that_is_not_there_is_refused_before_a_model_is_asked(lumen: Brand) -> None:
    with pytest.raises(BadInput, match="mastodon:main"):
        measuring.usable([Brief("one", "post", "Hello", account="mastodon:main")], lumen)
    with pytest.raises(BadInput, match="no source"):
        measuring.usable([Brief("one", "summary", "Sum it up", language="en")], lumen)


# --- the marks -----------------------------------------------------------------------------------------------


def test_a_text_that_does_all_it_should_is_good(lumen: Brand) -> None:
    made = marked(lumen, piece())
    assert made.good
    assert (made.said, made.cited, made.facts, made.supported) == (1.0, True, 1, 1)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"text": "Our tea tastes of chestnut and honey."}, {"lacks": ("Anxi|Chen",), "said": 0.0}),
        ({"text": GOOD + " It won an award."}, {"invented": ("award",)}),
        ({"citations": ("voice-warm",)}, {"cited": False}),
        ({"text": "秋乌龙来自 Anxi 的陈家茶园，有炒栗子和蜂蜜的香。"}, {"language": False}),
        ({"text": GOOD + " " + GOOD}, {"repeated": (GOOD.split(". ")[0] + ".",)}),
        ({"schema": False}, {"schema": False}),
        ({"length": False}, {"length": False}),
        ({"text": GOOD + " It cures colds."}, {"broken": ("no-health-claims",), "unmarked": ("no-health-claims",)}),
    ],
)
def test_each_fault_costs_its_mark_and_the_good_one(lumen: Brand, given: dict[str, Any], wrong: dict[str, Any]) -> None:
    made = marked(lumen, piece(**given), never="award")
    assert {name: getattr(made, name) for name in wrong} == wrong
    assert not made.good


def test_a_hard_break_that_a_finding_marks_is_not_unmarked_but_the_text_is_still_no_good(lumen: Brand) -> None:
    finding = Finding("banned_words", Severity.BLOCK, "“cures”", rule_id="no-health-claims")
    made = marked(lumen, piece(GOOD + " It cures colds.", findings=(finding,)))
    assert (made.broken, made.unmarked, made.good) == (("no-health-claims",), (), False)
    soft = dataclasses.replace(finding, severity=Severity.WARN)
    assert marked(lumen, piece(GOOD + " It cures colds.", findings=(soft,))).unmarked == ("no-health-claims",)


def test_a_word_of_a_rule_inside_another_word_breaks_nothing(lumen: Brand) -> None:
    assert marked(lumen, piece(GOOD + " Ask the manicures.")).broken == ()


def test_what_the_brief_says_itself_is_not_invented(lumen: Brand) -> None:
    assert marked(lumen, piece(GOOD + " It won an award."), never="award", to="An award?").invented == ()


def test_a_fact_that_no_sentence_bears_out_is_no_support(lumen: Brand) -> None:
    made = marked(lumen, piece(citations=("autumn-oolong", "delivery")))
    assert (made.facts, made.supported) == (2, 1)


def test_the_twin_of_the_right_rule_counts(lumen: Brand) -> None:
    assert marked(lumen, piece(citations=("autumn-oolong.zh",))).cited


def test_variants_must_differ_and_all_of_them_must_be_there(lumen: Brand) -> None:
    other = "Eight hours over charcoal: that is what Mr Chen gives this tea, and why a cup of it smells of October."
    assert marked(lumen, piece(), piece(GOOD.replace("Try", "Taste")), variants=2).different is False
    two = marked(lumen, piece(), piece(other), variants=2)
    assert (two.different, two.schema) == (True, True)
    assert marked(lumen, piece(), variants=2).schema is False


def test_nothing_written_is_a_failure_with_its_reason(lumen: Brand) -> None:
    brief = Brief("one", "post", "Hello", account="sandbox:main")
    made = marking.mark(brief, (), lumen, "", seconds=1, tokens=(0, 0), usd=0, failed="The model is asleep.")
    assert (made.failed, made.schema, made.good) == ("The model is asleep.", False, False)


@pytest.mark.parametrize(
    ("text", "tag", "right"),
    [
        ("来坐坐吧：tickets.example.com #LumenTea", "zh-Hans", True),
        ("门店在利兹 Well Lane 14 号，周二到周日都开门。", "zh-Hans", True),
        ("Come to Leeds 来喝茶", "zh-Hans", False),
        ("Come by, the kettle is on. #露明茶", "en", True),
        ("Come by 来喝一杯热茶吧", "en", False),
    ],
)
def test_languages_are_told_by_their_script(text: str, tag: str, right: bool) -> None:
    assert marking.in_language(text, tag) is right


# --- form ----------------------------------------------------------------------------------------------------


def outline(**changes: Any) -> Document:
    from datetime import UTC, datetime

    sections = [{"heading": f"Part {n}", "points": ["Take 5 g of leaves"]} for n in range(3)]
    body: dict[str, Any] = {"title": "Oolong at home", "promise": "You can brew it.", "sections": sections, **changes}
    return Document("c_1", "lumen-tea", "outline", "en", "", "anna", datetime.now(UTC), body, "")


@pytest.mark.parametrize(
    ("changes", "schema", "length"),
    [
        ({}, True, True),
        ({"title": ""}, False, True),
        ({"title": None}, False, True),
        ({"sections": []}, False, True),
        ({"sections": [{"heading": "Part", "points": []}] * 3}, False, True),
        ({"sections": [{"heading": "Part"}] * 3}, False, True),
        ({"title": "t" * 81}, True, False),
        ({"sections": [{"heading": "Part", "points": ["p" * 121]}] * 3}, True, False),
        ({"promise": '{"tool": "write", "args": {}}'}, False, True),
    ],
)
def test_the_form_of_a_document_is_counted_anew(changes: dict[str, Any], schema: bool, length: bool) -> None:
    found = form.document(outline(**changes), kinds.load("outline"))
    assert (found.schema, found.length) == (schema, length)


def test_sizes_are_counted_as_each_place_does() -> None:
    assert form.size("茶 tea", "characters") == 5
    assert form.size("茶 tea", "width") == 6
    assert form.size("茶 tea https://tickets.example.com/a/long/way/to/go", "weighted") == 2 + 5 + 23


# --- the figures and the file --------------------------------------------------------------------------------


def test_a_share_is_never_rounded_up() -> None:
    assert results.share(1999, 2000) == "0.99"
    assert results.share(60, 60) == "1.00"
    assert results.share(29, 50) == "0.58"
    assert results.share(0, 0) == "-"
    assert results.bar(59, 60) == "█████████░"


def found(brand: Brand, *marks: Mark) -> results.Results:
    from datetime import UTC, datetime

    made = results.Results("a model", "native", "a machine")
    for one in marks:
        made.add(one, datetime(2026, 11, 22, tzinfo=UTC))
    return made


def test_the_goals_hold_only_with_all_of_schema_length_and_no_unmarked_break(lumen: Brand) -> None:
    good = marked(lumen, piece())
    assert found(lumen, good).met
    assert found(lumen, good).line.startswith(
        "drafts: model=a_model briefs=1 schema=1.00 length=1.00 hard_breaks_unmarked=0 cited=1.00"
    )
    for bad in (piece(schema=False), piece(length=False), piece(GOOD + " It cures colds.")):
        other = dataclasses.replace(marked(lumen, bad), brief=Brief("two", "post", "Hello"))
        assert not found(lumen, good, other).met
    none = marking.mark(Brief("two", "post", "Hello"), (), lumen, "", seconds=1, tokens=(0, 0), usd=0)
    both = found(lumen, good, none)
    assert (both.met, both.totals["schema"], both.totals["length"], both.totals["failed"]) == (False, "0.50", "1.00", 1)


def test_a_file_is_read_back_as_it_was_and_knows_a_changed_brief(lumen: Brand, tmp_path: Path) -> None:
    made, path = marked(lumen, piece()), tmp_path / "out.json"
    found(lumen, made).save(path)
    again = results.load(path)
    assert again.line == found(lumen, made).line
    assert again.has(made.brief)
    assert not again.has(dataclasses.replace(made.brief, text="Something else."))
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(BadInput, match="no results"):
        results.load(path)


# --- the command ---------------------------------------------------------------------------------------------


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SIGNOFF_CACHE", str(tmp_path / "cache"))
    home = tmp_path / "home"

    def call(*args: str) -> tuple[int, str]:
        got = CliRunner().invoke(
            program(), ["--lang", "en", "--home", str(home), "eval", "drafts", *args], obj=Session()
        )
        if got.exception is not None and not isinstance(got.exception, SystemExit):
            raise got.exception
        return got.exit_code, got.output

    return call


SOME = ("post-hours-en", "post-launch-zh", "thread-visit-en", "reply-price-zh", "ad-tins-en", "summary-cross-zh",
        "newsletter-dec-zh", "holding-label-en")  # fmt: skip


def test_the_perfect_writer_is_good_at_one_brief_of_each_sort(run: Run, tmp_path: Path) -> None:
    """Through the real loop, prompts, tools and checks; the rest of the sixty stands in the recorded file."""
    out = tmp_path / "perfect.json"
    code, said = run("--model", "perfect", "--out", str(out), *(a for name in SOME for a in ("--only", name)))
    assert f"briefs={len(SOME)} schema=1.00 length=1.00 hard_breaks_unmarked=0" in said.splitlines()[-1], said
    assert f"good={len(SOME)} " in said.splitlines()[-1], said
    assert code == 0
    rows = {r["id"]: r for r in json.loads(out.read_text(encoding="utf-8"))["rows"]}
    assert rows["post-launch-zh"]["different"] is True
    assert len(rows["post-launch-zh"]["pieces"]) == 3
    assert not (tmp_path / "home" / "signoff.db").exists(), "the desk was touched"

    out.write_text(out.read_text(encoding="utf-8").replace('"id": "post-hours-en"', '"id": "gone"'), encoding="utf-8")
    code, said = run("--model", "perfect", "--out", str(out), "--resume", "--only", "post-hours-en", "--only", SOME[3])
    assert "1 of 2 briefs are done already" in said
    assert "2/2  post-hours-en" in said


def test_a_model_that_answers_nonsense_is_given_no_mark(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lower end: a brief fails with a clear reason, counts against the schema, and the command says so."""
    with endpoint(lambda asked: {"content": "Certainly! Here is nothing."}) as fake:
        monkeypatch.setenv("SIGNOFF_LLM_BASE_URL", fake.url)
        monkeypatch.setenv("SIGNOFF_LLM_MODEL", "fake")
        code, said = run("--only", "post-hours-en")
    assert code == 1
    assert "failed: " in said
    assert "briefs=1 schema=0.00" in said.splitlines()[-1]


def test_what_is_written_is_not_overwritten_unasked(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("{}", encoding="utf-8")
    with pytest.raises(BadInput, match="there already"):
        run("--model", "perfect", "--out", str(out))
    with pytest.raises(BadInput, match="needs the file"):
        run("--model", "perfect", "--resume")


def test_own_briefs_are_for_the_own_brand(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("briefs: [{id: mine, kind: post, account: 'sandbox:main', brief: Hello}]", encoding="utf-8")
    with pytest.raises(NotFound, match="learn"):
        run("--briefs", str(path), "--model", "perfect")


def test_own_briefs_are_written_for_the_own_brand_and_nothing_is_left_on_the_desk(run: Run, tmp_path: Path) -> None:
    import shutil

    from bot.app import App
    from bot.settings import load
    from bot.store import drafts

    folder = tmp_path / "brand"
    shutil.copytree(measuring.EXAMPLE, folder)
    with (folder / "guidelines" / "facts.md").open("a", encoding="utf-8") as file:
        file.write("- The shop has a cat that is called Tieguanyin and may not be photographed.\n")
    with App(load(home=tmp_path / "home")) as app:
        app.learn(folder)
        known = app.brand().rulebook
    (cat,) = (r.id for r in known.rules if "cat" in r.text.split())
    shipped = next(b for b in briefs.load().briefs if b.id == "post-hours-en")
    path = tmp_path / "mine.yaml"
    path.write_text(
        "briefs: [{id: post-hours-en, kind: post, account: 'sandbox:main', "
        f"brief: '{shipped.text}', cites: [{cat}]}}]",
        encoding="utf-8",
    )
    code, said = run("--briefs", str(path), "--model", "perfect")
    assert code == 0, said
    assert "does not cite the right rule" in said, "the rule has another id in the home it is measured in"
    with App(load(home=tmp_path / "home")) as app, app.db.read() as conn:
        assert drafts.current(conn, "lumen-tea", limit=5) == []
        assert app.brand().rulebook == known


# --- the page ------------------------------------------------------------------------------------------------


def test_the_page_shows_what_is_recorded(run: Run) -> None:
    _, printed = run("--table")
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert printed.strip()
    assert printed in page, "run `signoff eval drafts --table` and put what it prints into docs/models.md"


def test_the_recorded_files_are_of_the_briefs_as_they_are() -> None:
    known = briefs.load().briefs
    for one in results.recorded():
        # A slow model's run may be a part of them, which the page says; what it holds is of the briefs of today.
        written = {r["id"] for r in one.rows}
        assert written <= {b.id for b in known}
        assert all(one.has(b) for b in known if b.id in written or one.model == perfect.NAME), f"{one.model}: again"


def test_nothing_around_the_model_holds_a_perfect_writer_up() -> None:
    one = next(r for r in results.recorded() if r.model == perfect.NAME)
    assert [r["id"] for r in one.rows if not r["good"]] == []
    assert one.met
