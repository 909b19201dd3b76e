"""`signoff optimise` and what it rests on: wordings are taken only when better, whole and true to the original."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from bot import prompting, words
from bot.agent.condensing import PASSAGE, PASSAGES, condense
from bot.agent.holding import held
from bot.agent.limits import Limits
from bot.agent.models import ConnectedModel
from bot.agent.optimising import ROUNDS, optimise, pieces_of, tidied
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, ScriptedDesk, call
from bot.agent.strategies import JsonSchemaChatModel
from bot.agent.transcript import Transcript
from bot.clock import FixedClock, SystemClock
from bot.domain.brand import Brand, Rule, RuleBook, RuleKind
from bot.domain.draft import DraftState, Finding, Severity
from bot.domain.editorial import Plan, Style
from bot.errors import ModelError, ModelUnavailable
from bot.insight.score import Goal, measure
from bot.store import desk as rows
from bot.store import drafts
from bot.surfaces.cli import main
from bot.surfaces.cli.scores import bar
from memory.base import MemoryItem
from memory.in_memory import InMemory
from tests.unit.fake_endpoint import endpoint
from tests.world import PEOPLE, World, brand
from tools import optimise_text
from tools.kit import TargetAccount

POOR = (
    "We are pleased to announce that in consideration of seasonal availability the autumn oolong will be served on "
    "3 October at 15:00 on Harbour Street. #autumnoolong"
)
BETTER = "Taste the autumn oolong with us on 3 October at 15:00 on Harbour Street. Come by! #AutumnOolong"
#: Better than POOR, with room left.
FAIR = "The autumn oolong will be served on 3 October at 15:00 on Harbour Street. #AutumnOolong"
LOST = "Taste the autumn oolong with us in October on Harbour Street. Come by! #AutumnOolong"
ZH_POOR = (
    "近日，本公司根据市场需求对产品结构进行了优化调整，并将于10月3日15:00在海港街举行乌龙茶品鉴活动以满足消费者需求。"
)
ZH_BETTER = "10月3日15:00，来海港街一起品乌龙茶吧。我们备好了新茶，等你来。"
GOAL = Goal(language="en", limit=300)


def connected(
    *script: Any, strategy: str = "native", embedded: bool = False
) -> tuple[ConnectedModel, ScriptedChatModel]:
    scripted = ScriptedChatModel(script=list(script))
    model = scripted if strategy == "native" else JsonSchemaChatModel(inner=scripted)
    abilities = Abilities(strategy == "native", True, ("en", "zh"))
    return ConnectedModel("scripted", "", strategy, abilities, lambda: model, embedded=embedded), scripted


def rewrite(text: str) -> AIMessage:
    return call("rewrite", text=text)


def shorter(text: str) -> AIMessage:
    return call("condense", text=text)


def work(model: ConnectedModel, *parts: str, goal: Goal = GOAL, rules: tuple[Rule, ...] = (), **given: Any) -> Any:
    fields: dict[str, Any] = {"check": lambda texts: (), "brand": "Lumen Tea", "clock": FixedClock(), **given}
    return optimise(parts, goal, model=model, rules=rules, **fields)


# --- what a wording must keep --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (BETTER, ()),
        (LOST, ("3", "15:00")),
        (BETTER.replace("15:00", "3 pm"), ()),
        (BETTER.replace("Harbour Street", "town"), ("Harbour", "Street")),
    ],
)
def test_numbers_and_names_of_the_original_are_held(text: str, lost: tuple[str, ...]) -> None:
    assert held(POOR, text, "en").lost == lost


def test_years_links_and_handles_are_held_too() -> None:
    original = "Founded in 1998: see https://lumen.example/a and ask @lumen. Come by."
    assert held(original, "See us and ask. Come by.", "en").lost == ("https://lumen.example/a", "1998", "@lumen")
    assert not held(original, original, "en").problems


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (BETTER.replace("Come by!", "Only 5 pounds!"), "Nobody said 5"),
        (BETTER.replace("Come by!", "See evil.example now!"), "Nobody said evil.example"),
        (BETTER.replace("Come by!", "It is free of charge!"), "Nobody said free of charge"),
        (ZH_BETTER, "must be in English"),
        (BETTER.replace("Come by! #AutumnOolong", "Come by and"), "not complete"),
        ("", "empty"),
    ],
)
def test_what_is_invented_cut_or_in_another_language_is_wrong(text: str, wrong: str) -> None:
    assert wrong in " ".join(held(POOR, text, "en").wrong)


def test_a_fact_that_was_given_may_be_added() -> None:
    text = BETTER.replace("Come by!", "It is picked at 1200 metres.")
    assert held(POOR, text, "en").wrong
    assert not held(POOR, text, "en", ["Our oolong is picked at 1200 metres."]).problems


# --- rewording -----------------------------------------------------------------------------------------------


def test_a_better_wording_is_taken_and_its_score_told() -> None:
    model, scripted = connected(rewrite(FAIR), rewrite(POOR), rewrite(LOST))
    found = work(model, POOR)
    assert found.parts == (FAIR,)
    assert found.report.score == measure(FAIR, GOAL).score > measure(POOR, GOAL).score
    assert [bool(a.refused) for a in found.attempts] == [False, True, True]
    asked = scripted.sent[0][-1].text
    assert POOR[:60] in asked
    assert "Begin with the news itself" in asked
    assert "Shorter sentences" in asked


def test_a_wording_that_loses_a_number_is_refused_and_the_model_told_why() -> None:
    model, scripted = connected(*[rewrite(LOST)] * ROUNDS)
    found = work(model, POOR)
    # What code can mend alone is mended: the hashtag.
    assert found.parts == (POOR.replace("#autumnoolong", "#AutumnOolong"),)
    assert all("Keep 15:00." in a.refused for a in found.attempts)
    assert "Keep 15:00." in scripted.sent[1][-1].text
    assert len(scripted.sent) == ROUNDS


def test_a_wording_that_breaks_a_rule_is_never_taken() -> None:
    def check(texts: tuple[str, ...]) -> list[Finding]:
        bad = "miracle" in " ".join(texts)
        return [Finding("banned_words", Severity.BLOCK, "“miracle” is not said.")] if bad else []

    model, _ = connected(*[rewrite(BETTER.replace("Come by!", "Come by, a miracle!"))] * ROUNDS)
    found = work(model, POOR, check=check)
    assert "miracle" not in " ".join(found.parts)
    assert all("“miracle” is not said." in a.refused for a in found.attempts)


def test_a_worse_wording_never_replaces_a_better_one() -> None:
    model, _ = connected(*[rewrite(POOR)] * ROUNDS)
    found = work(model, BETTER)
    assert found.parts == (BETTER,)
    assert found.report == measure(BETTER, GOAL)


def test_rounds_are_bounded_whatever_the_model_does() -> None:
    model, scripted = connected(*[rewrite(LOST)] * 20)
    work(model, POOR)
    assert len(scripted.sent) == ROUNDS


def test_a_model_that_does_not_answer_is_an_error_once_nothing_came() -> None:
    model, _ = connected(ModelUnavailable())
    with pytest.raises(ModelUnavailable):
        work(model, POOR)
    model, _ = connected(rewrite(FAIR), ModelUnavailable())
    found = work(model, POOR)
    assert found.parts == (FAIR,)
    assert found.notes


def test_a_small_model_sees_the_example_in_its_own_form() -> None:
    model, scripted = connected(
        json.dumps({"tool": "rewrite", "args": {"text": ZH_BETTER}}, ensure_ascii=False),
        *[json.dumps({"tool": "rewrite", "args": {"text": ZH_POOR}})] * 2,
        strategy="json_schema",
        embedded=True,
    )
    found = work(model, ZH_POOR, goal=Goal(language="zh-Hans", limit=300))
    assert found.parts == (ZH_BETTER,)
    example = json.loads(scripted.sent[0][2].text)
    assert example["tool"] == "rewrite"
    assert "要求" in scripted.sent[0][-1].text
    assert "Begin" not in scripted.sent[0][-1].text


def test_a_text_that_is_too_long_is_condensed_first() -> None:
    goal = Goal(language="en", limit=120)
    model, scripted = connected(shorter(BETTER), *[rewrite(BETTER)] * ROUNDS)
    found = work(model, POOR, goal=goal)
    assert found.parts == (BETTER,)
    assert found.report.score > 49
    assert "fewer words" in scripted.sent[0][0].text


def test_a_too_short_text_gets_a_fact_and_cites_it() -> None:
    facts = (Rule("fact-1", RuleKind.FACT, "The autumn oolong tastes of chestnut and honey.", "en"),)
    longer = "Taste the autumn oolong with us: chestnut and honey in one cup. Come by on Harbour Street!"
    model, scripted = connected(*[rewrite(longer)] * ROUNDS)
    found = work(model, "Autumn oolong, Harbour Street.", rules=facts)
    assert found.parts == (longer,)
    assert found.citations == ("fact-1",)
    assert "Say more, from the facts." in scripted.sent[0][-1].text
    assert "tastes of chestnut" in scripted.sent[0][-1].text


def test_a_thread_keeps_its_parts_and_a_long_text_its_paragraphs() -> None:

    def mend(sent: list[Any]) -> AIMessage:
        return rewrite(BETTER if POOR[:20] in sent[-1].text else "No.")

    model, _ = connected(mend, mend)
    found = work(
        model,
        "Your new tea is here from the hills. Come and see us by the harbour today: we pour it until six.",
        POOR,
        goal=Goal("thread", "en", 300, school_years=4),
    )
    assert len(found.parts) == 2
    assert found.parts[1] == BETTER
    text = "# Heading\n\n" + "\n\n".join(f"Paragraph {n} is here. " * 30 for n in range(6))
    assert "\n\n".join(pieces_of(text.strip())) == text.strip()
    assert pieces_of("Short.\n\nText.") == ("Short.\n\nText.",)


@pytest.mark.parametrize("name", ["optimise", "condense"])
def test_a_chinese_text_is_asked_for_in_chinese(name: str) -> None:
    prompt = prompting.load(name)
    golden = Path(__file__).parents[1] / "prompts" / "golden" / f"{name}.zh.txt"
    assert prompt.render(**{**prompt.example, "language": "zh-Hans"}) + "\n" == golden.read_text(encoding="utf-8")


def test_the_record_is_handed_over_once() -> None:
    saved: list[Transcript] = []
    model, _ = connected(shorter(BETTER), *[rewrite(BETTER)] * ROUNDS)
    record = Transcript("t_1", FixedClock(), save=saved.append)
    work(model, POOR, goal=Goal(language="en", limit=120), transcript=record)
    assert saved == [record]


def test_code_mends_hashtags_and_rows_of_emoji() -> None:
    assert tidied("Come 🎉🎉🎉 #teatasting #Tea #茶会") == "Come 🎉 #TeaTasting #Tea #茶会"


# --- condensing ----------------------------------------------------------------------------------------------

LONG = (
    "As in every year, and as many of you asked us to, we are going to pour the autumn oolong on 3 October at 15:00. "
    "The tasting is in our shop on Harbour Street. It is open to all who like tea, and to those who do not yet."
)
SHORT = "We pour the autumn oolong on 3 October at 15:00, in our shop on Harbour Street."


def test_a_text_that_fits_comes_back_as_it_is_without_a_model() -> None:
    model, scripted = connected()
    assert condense(SHORT, 300, model=model, clock=FixedClock()).text == SHORT
    assert scripted.sent == []


def test_condensing_mends_what_is_cut_too_long_or_lost() -> None:
    script = [shorter("We pour the autumn oolong on 3 October at 15:00, in our shop on"), shorter(LONG), shorter(SHORT)]
    model, scripted = connected(*script)
    found = condense(LONG, 100, model=model, clock=FixedClock())
    assert (found.text, found.rounds, found.lost) == (SHORT, 3, ())
    assert "not complete" in scripted.sent[1][-1].text
    assert "too long: leave more out" in scripted.sent[2][-1].text


def test_condensing_says_what_did_not_find_room() -> None:
    brief = "We pour the autumn oolong on 3 October on Harbour Street."
    model, _ = connected(*[shorter(brief)] * 3)
    found = condense(LONG, 60, model=model, clock=FixedClock())
    assert (found.text, found.lost) == (brief, ("15:00",))
    model, _ = connected(*[shorter(brief)] * 3)
    with pytest.raises(ModelError, match=r"15:00"):
        condense(LONG, 60, model=model, clock=FixedClock(), keep_all=True)


def test_condensing_never_cuts_and_stops_after_its_rounds() -> None:
    cut = LONG[:99]
    model, scripted = connected(*[shorter(cut)] * 20)
    with pytest.raises(ModelError, match="within 100 characters in 3 tries") as caught:
        condense(LONG, 100, model=model, clock=FixedClock())
    assert len(scripted.sent) == 3
    assert caught.value.next_step


def test_a_text_of_many_passages_is_read_passage_by_passage() -> None:
    passage = "The tea is poured on Harbour Street, as it was in the year before, and the guests were happy. "
    many = "\n\n".join([passage * (PASSAGE // len(passage))] * 3)
    told = "The tea is poured on Harbour Street."
    model, scripted = connected(*[shorter(told)] * 4)
    found = condense(many, 60, model=model, clock=FixedClock())
    assert (found.text, found.rounds) == (told, 4)
    assert len(scripted.sent) == 4
    assert all(len(sent[-1].text) < PASSAGE + 1000 for sent in scripted.sent)
    model, scripted = connected()
    with pytest.raises(ModelError, match="too long for this model"):
        condense(
            "\n\n".join([passage * (PASSAGE // len(passage))] * (PASSAGES + 1)), 60, model=model, clock=FixedClock()
        )
    assert scripted.sent == []


def test_condensing_counts_as_the_platform_does() -> None:
    model, _ = connected(shorter(SHORT), shorter("We pour the autumn oolong on 3 October, 15:00, Harbour Street."))
    found = condense(LONG, 130, lambda text: 2 * len(text), model=model, clock=FixedClock(), limits=Limits())
    assert 2 * len(found.text) <= 130


# --- the tool ------------------------------------------------------------------------------------------------


def test_the_tool_tells_the_score_and_what_to_mend() -> None:
    desk = ScriptedDesk()
    tool = optimise_text.build(desk.kit())
    said = tool.invoke({"account": "sandbox:main", "text": POOR, "keywords": ["chestnut"]})
    assert said.startswith("Score ")
    assert "chestnut" in said
    assert desk.proposed == []
    by_brand = desk.kit(measure=lambda account, text, keywords: measure(text, Goal(hashtags=("#LumenTea",))))
    assert "#LumenTea" in optimise_text.build(by_brand).invoke({"account": "sandbox:main", "text": POOR})
    few = desk.kit(accounts=(TargetAccount("sandbox:main", "en", 20),))
    assert "too long" in optimise_text.build(few).invoke({"account": "sandbox:main", "text": POOR})


# --- the command ---------------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    home = tmp_path / "home"
    home.mkdir()
    with World(f"sqlite:///{home / 'signoff.db'}", home, SystemClock()) as world:
        yield world


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    memory = InMemory()
    memory.learn("lumen", "1", [MemoryItem("warm", "Write as to a friend.", kind="voice")])
    monkeypatch.setattr("bot.app.App.memory", memory)

    def call(*argv: str, person: str = "anna") -> tuple[int, str, str]:
        code = main(["--home", str(tmp_path / "home"), "--as", person, "optimise", *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Connect a loopback endpoint that hands in these texts, one a call, the last one for ever."""
    with ExitStack() as stack:

        def with_texts(*given: str) -> Any:
            waiting = list(given)

            def manner(asked: dict[str, Any]) -> dict[str, Any]:
                tool = asked["tools"][0]["function"]["name"] if asked.get("tools") else ""
                if tool == "note_number":
                    args: dict[str, Any] = {"number": 4}
                elif tool:
                    args = {"text": waiting.pop(0) if len(waiting) > 1 else waiting[0]}
                else:
                    return {"content": '{"en": "Hello", "zh": "你好"}'}
                function = {"name": tool, "arguments": json.dumps(args)}
                return {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": function}]}

            at = stack.enter_context(endpoint(manner))
            monkeypatch.setenv("SIGNOFF_LLM_BASE_URL", at.url)
            monkeypatch.setenv("SIGNOFF_LLM_MODEL", "fake")
            return at

        yield with_texts


def test_a_draft_is_worded_better_and_nothing_stored(desk: World, run: Run, speak: Callable[..., Any]) -> None:
    draft = desk.draft(POOR)
    speak(BETTER)
    code, said, _ = run(draft.draft_id)
    assert code == 0
    assert BETTER in said
    assert "→" in said
    assert "[-We are pleased to announce" in said
    assert "#AutumnOolong+}" in said
    assert "Nothing was stored" in said
    with desk.db.read() as conn:
        assert drafts.get(conn, draft.draft_id).version == 1


def test_apply_makes_a_new_version_of_the_models_that_nobody_has_signed(
    desk: World, run: Run, speak: Callable[..., Any]
) -> None:
    draft = desk.draft(POOR, citations=("warm",))
    at = speak(BETTER)
    code, said, _ = run(draft.draft_id, "--apply", "--json")
    assert code == 0
    data = json.loads(said)
    assert data["after"]["score"] > data["before"]["score"]
    assert data["text"] == BETTER
    assert data["applied"]["version"] == 2
    with desk.db.read() as conn:
        version = drafts.version(conn, draft.draft_id)
        old = drafts.version(conn, draft.draft_id, 1)
    assert version.content.parts[0].text == BETTER
    assert (version.origin, version.author, version.state) == ("model", "anna", DraftState.IN_REVIEW)
    assert old.state is DraftState.SUPERSEDED
    assert version.citations == ("warm",)
    assert version.evidence["model"] == "fake"
    assert version.evidence["score"] == {"before": data["before"]["score"], "after": data["after"]["score"]}
    assert [p.split("@")[0] for p in version.evidence["prompts"]] == ["agent", "optimise"]
    asked = " ".join(str(m["content"]) for body in at.asked for m in body["messages"])
    assert "Write as to a friend." in asked


def test_a_broken_hard_rule_is_not_offered(desk: World, run: Run, speak: Callable[..., Any]) -> None:
    draft = desk.draft(POOR)
    speak(BETTER.replace("Come by!", "Come by, it is a miracle!"))
    code, said, _ = run(draft.draft_id, "--json")
    data = json.loads(said)
    assert code == 0
    assert "miracle" not in (data["text"] or "")
    assert all(a["refused"] for a in data["attempts"])


def test_without_a_model_the_score_still_stands(
    desk: World, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "post.txt"
    file.write_text(POOR, encoding="utf-8")
    code, plain, _ = run(str(file), "--no-rewrite", "--account", "sandbox:main")
    assert code == 0
    assert "Score: " in plain
    assert "Better wording" not in plain
    monkeypatch.setenv("SIGNOFF_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("SIGNOFF_LLM_MODEL", "none")
    code, said, _ = run(str(file))
    assert code == 0
    assert "cannot be reached" in said
    assert "#AutumnOolong" in said


def test_a_chinese_text_from_standard_input(
    desk: World, run: Run, speak: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(ZH_BETTER)
    monkeypatch.setattr("sys.stdin", io.StringIO(ZH_POOR))
    code, said, _ = run("-", "--json", "--keyword", "乌龙茶")
    data = json.loads(said)
    assert code == 0
    assert data["language"] == "zh-Hans"
    assert data["text"] == ZH_BETTER
    assert data["id"] == ""


def test_it_works_before_a_brand_is_learned(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "post.txt"
    file.write_text(BETTER, encoding="utf-8")
    code, said, _ = run(str(file), "--no-rewrite", "--json", "--platform", "bluesky", person="")
    assert code == 0
    assert json.loads(said)["before"]["score"] > 80


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["nothing"], 4, "no file, no draft and no document"),
        (["missing.txt"], 4, "There is no file"),
        (["{file}", "--apply"], 2, "Only a draft can take a new version"),
        (["{file}", "--tone", "loud"], 2, "There is no tone"),
        (["{file}", "--account", "x:y"], 4, "There is no account"),
        (["{file}", "--platform", "nowhere"], 3, "There is no platform"),
        (["{empty}"], 2, "There is no text in it"),
        (["{bytes}"], 2, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said(
    desk: World, run: Run, tmp_path: Path, argv: list[str], code: int, said: str
) -> None:
    (tmp_path / "a.txt").write_text(POOR, encoding="utf-8")
    (tmp_path / "b.txt").write_text(" \n", encoding="utf-8")
    (tmp_path / "c.txt").write_bytes(b"\xff\xfe")
    names = {"file": tmp_path / "a.txt", "empty": tmp_path / "b.txt", "bytes": tmp_path / "c.txt"}
    found, _, wrong = run(*[a.format(**names) for a in argv], "--no-rewrite")
    assert found == code
    assert said in wrong


def test_the_brands_plan_says_what_is_aimed_at(desk: World, run: Run, tmp_path: Path) -> None:
    learned: Brand = brand(hashtags=("LumenTea",), rulebook=RuleBook())
    desk.learn(replace(learned, people=PEOPLE, plan=Plan(style=Style(mood="neutral", hashtags=1, school_years=5))))
    with desk.db.read() as conn:
        assert rows.load_brand(conn, None)[0].plan.style.mood == "neutral"
    file = tmp_path / "post.txt"
    file.write_text(BETTER, encoding="utf-8")
    _, said, _ = run(str(file), "--no-rewrite")
    assert "aim: at most 5" in said
    assert "Not on the brand's list: #AutumnOolong" in said


def test_the_bars_can_be_compared() -> None:
    assert bar(100) == "█" * 20
    assert bar(50, 75) == "█" * 10 + "▓" * 5 + "░" * 5
    assert bar(75, 50) == "█" * 10 + "·" * 5 + "░" * 5
    assert bar(0) == "░" * 20
