"""Drafting and answering with a scripted model: the real prompts, tools and loop around it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from bot.agent import choosing, facts, faithful, places
from bot.agent.assignment import Order
from bot.agent.drafting import answer, draft
from bot.agent.limits import Limits
from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, ScriptedDesk, call
from bot.agent.strategies import JsonSchemaChatModel
from bot.agent.transcript import Transcript
from bot.clock import FixedClock
from bot.domain.brand import Rule, RuleKind
from bot.errors import ModelError
from tools.kit import RuleHit

BRIEF = "Oolong tasting on Saturday 3 October at 15:00 on Harbour Street"
EN = "On Saturday 3 October at 3 pm we pour oolong on Harbour Street. Come and taste."
ZH = "10月3日周六下午三点,港口街店请您品乌龙茶。"
RULES = (
    Rule("voice-1", RuleKind.VOICE, "Warm and plain.", "en", twin="voice-2"),
    Rule("voice-2", RuleKind.VOICE, "亲切平实。", "zh-Hans"),
    Rule("never-1", RuleKind.NEVER, "No health claims.", "en", hard=True),
)


def connected(
    *script: Any, strategy: str = "native", embedded: bool = False
) -> tuple[ConnectedModel, ScriptedChatModel]:
    scripted = ScriptedChatModel(script=list(script))
    model = scripted if strategy == "native" else JsonSchemaChatModel(inner=scripted)
    abilities = Abilities(strategy == "native", True, ("en", "zh"))
    return ConnectedModel("scripted", "", strategy, abilities, lambda: model, embedded=embedded), scripted


def post(account: str, text: str, *citations: str) -> AIMessage:
    return call("draft_post", account=account, citations=list(citations), parts=[text])


def step(account: str, text: str, *citations: str) -> str:
    args = {"account": account, "citations": list(citations), "parts": [text]}
    return json.dumps({"tool": "draft_post", "args": args}, ensure_ascii=False)


def desk() -> ScriptedDesk:
    return ScriptedDesk(rules=RULES)


BOTH = ["sandbox:main", "sandbox:cn"]


def test_each_account_gets_a_draft_in_its_language_in_one_call_each() -> None:
    at, saved = desk(), list[Transcript]()
    model, scripted = connected(post(BOTH[0], EN, "voice-1"), post(BOTH[1], ZH, "voice-2"))
    record = Transcript("r_1", FixedClock(), save=saved.append)
    result = draft(BRIEF, BOTH, at.kit(), model, RULES, brand="Lumen Tea", clock=FixedClock(), transcript=record)
    assert [(p.account, p.text_parts, p.citations, p.notes) for p in result.proposed] == [
        ("sandbox:main", (EN,), ("voice-1",), ()),
        ("sandbox:cn", (ZH,), ("voice-2",), ()),
    ]
    assert (len(scripted.sent), result.run.usage.calls, result.failed) == (2, 2, {})
    assert [r.split("@")[0] for r in result.prompt_refs] == ["agent", "draft_post"]
    assert saved == [record]
    system, question = scripted.sent[0][0].text, scripted.sent[0][-1].text
    assert "Lumen Tea" in system
    assert "voice-1: Warm and plain." in system
    assert BRIEF in question
    assert "(10月3日)" in scripted.sent[1][-1].text


def test_a_small_model_is_shown_an_example_turn_and_starts_afresh_after_a_bad_text() -> None:
    at = desk()
    bad = step(BOTH[1], "6月3日下午三点,港口街店有茶 tasting活动。", "voice-2")
    model, scripted = connected(bad, step(BOTH[1], ZH, "voice-2"), strategy="json_schema", embedded=True)
    result = draft(BRIEF, BOTH[1:], at.kit(), model, RULES, brand="Lumen Tea", clock=FixedClock())
    assert result.proposed[0].text_parts == (ZH,)
    first, second = scripted.sent
    assert [m.type for m in first] == ["system", "human", "ai", "human"]
    assert json.loads(first[2].text)["args"]["account"] == "sandbox:cn"
    assert [m.type for m in second] == ["system", "human", "ai", "human"]
    assert [m.text for m in second[:3]] == [m.text for m in first[:3]]
    assert "Say tasting in Chinese." in second[-1].text
    assert "The brief does not say 6: leave it out." in second[-1].text
    assert "tasting活动" not in second[-1].text
    assert scripted.settings[1]["temperature"] == 0.7


def test_another_version_may_leave_things_out_and_sees_the_last_text() -> None:
    at = desk()
    model, scripted = connected(post(BOTH[0], "Oolong, poured for you. Come and taste.", "voice-1"))
    result = draft(
        BRIEF,
        BOTH[:1],
        at.kit(),
        model,
        RULES,
        brand="Lumen Tea",
        clock=FixedClock(),
        feedback="shorter",
        previous={BOTH[0]: EN},
    )
    assert result.proposed[0].notes == ()
    assert f"Previous post: {EN}" in scripted.sent[0][-1].text
    assert "Change it: shorter" in scripted.sent[0][-1].text


def test_one_account_that_fails_does_not_take_the_other_with_it() -> None:
    at = desk()
    model, _ = connected("Hm.", "Hm.", "Hm.", post(BOTH[1], ZH, "voice-2"))
    result = draft(BRIEF, BOTH, at.kit(), model, RULES, brand="Lumen Tea", clock=FixedClock())
    assert [p.account for p in result.proposed] == ["sandbox:cn"]
    assert "no usable answer" in result.failed["sandbox:main"]
    model, _ = connected(*["Hm."] * 6)
    with pytest.raises(ModelError, match="no usable answer"):
        draft(BRIEF, BOTH, desk().kit(), model, RULES, brand="Lumen Tea", clock=FixedClock())


def test_the_limits_are_those_of_the_whole_draft() -> None:
    model, scripted = connected(post(BOTH[0], EN, "voice-1"), post(BOTH[1], ZH, "voice-2"))
    result = draft(BRIEF, BOTH, desk().kit(), model, RULES, brand="b", clock=FixedClock(), limits=Limits(steps=1))
    assert len(scripted.sent) == 1
    assert "SIGNOFF_LIMIT_STEPS" in result.failed["sandbox:cn"]


def test_a_model_cannot_name_another_account_or_an_unknown_rule() -> None:
    at = desk()
    model, _ = connected(*[post("sandbox:cn", EN, "voice-1")] * 9)
    with pytest.raises(ModelError, match="wrongly"):
        draft(BRIEF, BOTH[:1], at.kit(), model, RULES, brand="b", clock=FixedClock())
    assert at.proposed == []


# --- which rules are shown and cited -----------------------------------------------------------------------

BOOK = (
    Rule("tasting", RuleKind.FACT, "A tasting lasts 45 minutes and costs £8.", "en", twin="tasting.zh"),
    Rule(
        "origin", RuleKind.FACT, "The oolong comes from Anxi in Fujian; it tastes of chestnut.", "en", twin="origin.zh"
    ),
    Rule("origin.zh", RuleKind.FACT, "乌龙来自福建安溪，有炒栗子的香。", "zh", twin="origin"),
    Rule("events", RuleKind.MUST, "Put time and place into the first sentence of an invitation.", "en"),
    Rule("tags", RuleKind.MUST, "Use one or two hashtags, always #LumenTea, at the end.", "en"),
    Rule("sorry", RuleKind.MUST, "Answer a complaint once.", "en"),
    Rule("warm", RuleKind.VOICE, "Write like a friend.", "en"),
    Rule("health", RuleKind.NEVER, "Never promise that tea makes people healthy.", "en"),
    *(Rule(f"hard-{n}", RuleKind.NEVER, f"Never say word {n}.", "en", hard=True) for n in range(6)),
)
ASKING = (
    "Invite people to our tasting of the oolong that comes in autumn, on 3 October at 15:00. Say where it comes from."
)


def test_a_small_model_is_shown_facts_and_voice_although_there_are_six_hard_rules() -> None:
    shown = choosing.choose_rules(BOOK, "en", brief=ASKING, embedded=True)
    assert [r.id for r in shown] == ["origin", "events", "warm"]
    # A fact that the brief is not near to would only be told out of place; a few words need one.
    assert [r.id for r in choosing.choose_rules(BOOK, "en", brief="A tasting.", embedded=True)] == ["tasting", "warm"]
    said = "Tell our oolong friends about the chestnut trees that we have planted behind the shop."
    assert [r.id for r in choosing.choose_rules(BOOK, "en", brief=said, embedded=True)] == ["origin", "warm"]


def test_a_larger_model_is_shown_every_hard_rule_and_they_come_last() -> None:
    many = [*(Rule(f"v{n}", RuleKind.VOICE, f"Voice {n}.") for n in range(40)), *BOOK]
    shown = [r.id for r in choosing.choose_rules(many, "en")]
    assert len(shown) == choosing.MOST
    assert shown[-6:] == [f"hard-{n}" for n in range(6)]


def test_rules_come_in_the_accounts_language_by_their_twins() -> None:
    assert [r.id for r in choosing.in_language(RULES, "en")] == ["voice-1", "never-1"]
    assert [r.id for r in choosing.in_language(RULES, "zh-Hans")] == ["voice-2", "never-1"]
    assert choosing.in_language([BOOK[1], *BOOK], "zh")[0].id == "origin.zh"


def test_a_small_model_cites_by_code_what_the_text_draws_on() -> None:
    text = "On 3 October at 15:00 we pour an oolong from Anxi; it tastes of chestnut. #LumenTea"
    assert choosing.cited(text, ASKING, BOOK) == ("origin", "events", "tags", "warm")
    # Neither a fact that is not in the text, nor a rule on complaints, nor never-rules the brief does not come near.
    assert "health" in choosing.cited("Tea.", "Say that our tea makes people healthy.", BOOK)


def test_hashtags_that_are_always_wanted_are_known() -> None:
    assert choosing.tags_of(Rule("t", RuleKind.MUST, "结尾用一到两个话题标签，必须包含 #露明茶。")) == ["#露明茶"]
    assert choosing.tags_of(Rule("ad", RuleKind.MUST, "Mark paid posts with #ad.")) == []


def test_the_fact_that_a_brief_asks_for_reaches_the_model_and_must_be_told() -> None:
    at = ScriptedDesk(rules=BOOK)
    bland = step(BOTH[0], "On 3 October at 15:00, come to our tasting. It is from China.")
    good = "On 3 October at 15:00, come and taste our oolong from Anxi in Fujian, full of chestnut."
    kit = at.kit(search=lambda query, k: [RuleHit(r) for r in BOOK[1:3]])
    model, scripted = connected(bland, step(BOTH[0], good), strategy="json_schema", embedded=True)
    result = draft(ASKING, BOTH[:1], kit, model, BOOK, brand="Lumen Tea", clock=FixedClock())
    first, second = (sent[-1].text for sent in scripted.sent)
    assert f"Come to our tasting of the oolong that comes in autumn, on 3 October at 15:00. {BOOK[1].text}" in first
    assert "Say where" not in first
    assert BOOK[0].text not in first
    assert f"Tell this: {BOOK[1].text}" in second
    assert result.proposed[0].text_parts == (f"{good} #LumenTea",)
    assert result.proposed[0].citations == ("origin", "events", "tags", "warm")
    assert "citations" not in scripted.sent[0][0].text


def test_a_statement_says_what_its_points_say_and_nothing_else() -> None:
    hours = Rule("hours", RuleKind.FACT, "门店周二至周日10:00开门。", "zh")
    text = "一批茶罐可能有锋利边缘，原因还不清楚，明天12:00会再次说明。"
    at = ScriptedDesk(rules=(hours,))
    model, scripted = connected(step(BOTH[1], text), strategy="json_schema", embedded=True)
    brief = "一批茶罐可能有锋利边缘；原因不明；明天12:00再说明"
    order = Order("holding_statement")
    result = draft(brief, BOTH[1:], at.kit(), model, [hours], brand="b", clock=FixedClock(), order=order)
    assert result.proposed[0].notes == ()
    assert "开门" not in scripted.sent[0][-1].text


def test_another_version_with_the_same_words_is_not_proposed() -> None:
    at = desk()
    model, scripted = connected(*[post(BOTH[0], EN.replace(".", " !"), "voice-1")] * 3)
    wish = {"brand": "b", "clock": FixedClock(), "feedback": "warmer", "previous": {BOTH[0]: EN}}
    with pytest.raises(ModelError, match="no other wording"):
        draft(BRIEF, BOTH[:1], at.kit(), model, RULES, **wish)  # type: ignore[arg-type]
    assert at.proposed == []
    assert scripted.settings[0]["temperature"] > 0.5


def test_a_shorter_version_is_shorter() -> None:
    at = desk()
    longer = "Come on Saturday 3 October, at 15:00, to Harbour Street, where we pour the oolong all day for you."
    short = "Oolong on Harbour Street, 3 October, 15:00."
    model, scripted = connected(post(BOTH[0], longer, "voice-1"), post(BOTH[0], short, "voice-1"))
    result = draft(
        BRIEF, BOTH[:1], at.kit(), model, RULES, brand="b", clock=FixedClock(), feedback="shorter",
        previous={BOTH[0]: EN},
    )  # fmt: skip
    assert result.proposed[0].text_parts == (short,)
    assert "must be shorter" in scripted.sent[1][-1].text
    assert faithful.wants_shorter("再短一点")
    assert not faithful.wants_shorter("warmer, please")


# --- answers -----------------------------------------------------------------------------------------------

HITS = [RuleHit(r) for r in RULES]


def said(text: str, known: bool, *citations: str) -> AIMessage:
    return call("answer", citations=list(citations), text=text, known=known)


def test_an_answer_cites_only_what_was_found() -> None:
    model, scripted = connected(said("No, never.", True, "never-1", "never-1"))
    given = answer("May we say tea heals?", HITS, model, clock=FixedClock())
    assert (given.text, given.citations, given.known) == ("No, never.", ("never-1",), True)
    assert given.prompt_ref.startswith("answer@")
    assert "never-1: No health claims." in scripted.sent[0][-1].text


def test_an_answer_without_a_rule_is_not_given() -> None:
    model, _ = connected(said("Sure.", True), said("The rules do not tell.", False))
    given = answer("May we swear?", HITS, model, clock=FixedClock())
    assert (given.citations, given.known) == ((), False)
    assert given.text.startswith("The brand's rules do not tell.")


def test_a_small_model_only_picks_the_rule_and_the_rule_is_quoted() -> None:
    model, scripted = connected(
        '{"tool": "answer", "args": {"rule": "never-1"}}', strategy="json_schema", embedded=True
    )
    given = answer("May we say tea heals?", HITS, model, clock=FixedClock())
    assert (given.text, given.citations, given.known) == ("No health claims.", ("never-1",), True)
    assert scripted.sent[0][-1].text == "May we say tea heals?"
    model, _ = connected('{"tool": "answer", "args": {"rule": "none"}}', strategy="json_schema", embedded=True)
    assert not answer("May we swear?", HITS, model, clock=FixedClock()).known


def test_an_invented_rule_is_refused() -> None:
    model, _ = connected(*[said("Yes.", True, "never-9")] * 9)
    with pytest.raises(ModelError, match="wrongly"):
        answer("May we swear?", HITS, model, clock=FixedClock())


def test_without_any_rule_the_model_is_not_asked() -> None:
    model, scripted = connected()
    assert answer("可以说脏话吗?", [], model, clock=FixedClock()).text.startswith("品牌规则里没有说明")
    assert scripted.sent == []


# --- facts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["3 October, 15:00.", "October 3rd at 3pm", "Oct 3, 3 p.m.", "10月3日15点", "10月三日下午三点", "１０月３日 15:00"],
)
def test_numbers_are_kept_in_any_usual_form(text: str) -> None:
    assert facts.missing(BRIEF, text) == []
    assert facts.invented(text, [BRIEF]) == []


def test_lost_and_invented_numbers_are_named() -> None:
    assert facts.missing(BRIEF, "On 13 October at 16:00") == ["3", "15:00"]
    assert facts.invented("6月3日 at 10:00, 20 seats", [BRIEF]) == ["6", "10:00", "20"]
    assert facts.missing("Tins of 80 g at 12.50", "80 g, 12.50") == []
    assert facts.invented("12 seats", ["seats for twelve"]) == []


def test_links_are_kept_and_none_is_invented() -> None:
    brief = "Book at tickets.example.com or https://lumen.example/a?b=1."
    assert facts.links(brief) == ["tickets.example.com", "https://lumen.example/a?b=1"]
    assert facts.missing(brief, "Book at tickets.example.com.") == ["https://lumen.example/a?b=1"]
    assert facts.links("Write to hello@lumen.example.") == ["hello@lumen.example"]
    assert facts.links("Come at 3 p.m. We open. 3.5 g") == []


def test_counts_in_words_are_kept() -> None:
    assert facts.missing("Twelve seats for one of us.", "Come by.") == ["12"]
    assert facts.missing("Twelve seats.", "十二个座位。") == facts.missing("二十个座位", "20 seats") == []
    assert facts.missing("二十个座位", "来坐坐") == ["20"]


def test_a_small_model_may_forget_the_link_and_code_adds_it() -> None:
    at = desk()
    model, scripted = connected(step(BOTH[0], EN), strategy="json_schema", embedded=True)
    brief = f"{BRIEF}. Book at tickets.example.com."
    result = draft(brief, BOTH[:1], at.kit(), model, RULES, brand="b", clock=FixedClock())
    assert result.proposed[0].text_parts == (f"{EN} tickets.example.com",)
    assert len(scripted.sent) == 1


def test_a_copied_brief_and_a_rambling_text_are_seen() -> None:
    assert facts.copied(BRIEF, BRIEF + ".")
    assert not facts.copied(BRIEF, EN)
    assert facts.rambles("茶 #早餐 #面包 #周末 #生活 #健康")
    assert facts.rambles("good tea, " * 12)
    assert not facts.rambles(EN)


def test_dates_are_written_in_chinese_for_a_chinese_post() -> None:
    assert facts.with_dates("Sat 3rd October, not Dec 7", "zh-Hans") == "Sat 3rd October (10月3日), not Dec 7 (12月7日)"
    assert facts.with_dates("3 October", "en") == "3 October"
    assert facts.with_dates("May we? In March.", "zh") == "May we? In March."


# --- names, instructions, questions ------------------------------------------------------------------------

TOLD = "Announce our tasting in Leeds with Anna Chen. Say where the tea comes from. Twelve seats."


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Come and taste in Leeds with Anna Chen.", "en", ""),
        ("Come and taste with Anna Chen.", "en", "Name Leeds"),
        ("Come and taste in Leeds with Anna.", "en", "Name Chen"),
        ("Come and taste in Leeds with Anna Chen and Peter.", "en", "Nobody said Peter"),
        ("Come to Leeds on Saturday; Anna Chen is there. There are plenty of seats.", "en", "Nobody said plenty"),
        ("Announce our tasting in Leeds with Anna Chen.", "en", "hands on the instruction"),
        ("Meet Anna Chen in Leeds. Where does the tea come from?", "en", "Do not ask"),
        ("在利兹来品茶吧。", "zh-Hans", ""),
        ("在 Leeds 来品茶吧。", "zh-Hans", ""),
        ("在莱斯特来品茶吧。", "zh-Hans", "Name Leeds"),
        ("在莱斯特来品茶吧。", "zh-Hans", "Nobody said 莱斯特"),
        ("在利兹来品茶，茶叶来自哪里？", "zh-Hans", "Do not ask"),
        ("在利兹品茶，座位充足。", "zh-Hans", "Nobody said 充足"),
    ],
)
def test_what_leaves_the_brief_is_named(text: str, language: str, said: str) -> None:
    found = " ".join(faithful.unfaithful(TOLD, text, [TOLD], language=language))
    assert (said in found) if said else not found


def test_the_prompts_own_example_is_not_handed_on() -> None:
    example = "We go over brakes, chain and lights. 刹车、链条、车灯都看一遍。"
    text = "Come to Leeds. Anna Chen and we go over brakes and chain."
    assert "from the example" in " ".join(faithful.unfaithful(TOLD, text, [TOLD], language="en", example=example))
    text = "Join us on Saturday in Leeds with Anna Chen."
    assert faithful.unfaithful(TOLD, text, [TOLD], language="en", example="Join us on Saturday in York.") == []


def test_names_in_a_chinese_brief_are_kept() -> None:
    brief = "陈师傅在 Leeds 演示焙茶。"
    assert faithful.unfaithful(brief, "来看陈师傅焙茶,就在利兹。", [brief], language="zh") == []
    assert "陈师傅" in " ".join(faithful.unfaithful(brief, "来 Leeds 看焙茶。", [brief], language="zh"))


def test_cities_get_their_chinese_name() -> None:
    assert places.with_chinese("In Leeds, not in York (约克).") == "In Leeds (利兹), not in York (约克)."
    assert places.named("New York 和利兹, 汉堡") == ["New York", "Leeds"]


def test_a_fact_is_told_when_each_thing_asked_for_is() -> None:
    fact = "The oolong comes from the Chen family's garden, and tastes of chestnut."
    brief = "Say where the oolong comes from and what it tastes like."
    assert not faithful.untold(fact, "It comes from the Chen garden and tastes of chestnut.", brief, brief)
    assert faithful.untold(fact, "It comes from the garden of the Chen family.", brief, brief)
    lacks = faithful.untold("Take 5 g, 95 °C water and 40 seconds for leaves.", "Take water, leaves for seconds.", "")
    assert lacks.startswith("Say 5, 95, 40, as in this")


def test_an_order_becomes_notes() -> None:
    answers = [("Say where the tea comes from.", Rule("f", RuleKind.FACT, "It comes from Anxi."))]
    brief = "Announce our tea and invite people to the tasting. Say where the tea comes from. Twelve seats."
    assert faithful.notes(brief, answers) == "Our tea; come to the tasting. It comes from Anxi. Twelve seats."
    assert faithful.notes("提醒大家周一休息。", []) == "周一休息。"
    assert facts.in_chinese("Saturday 28 November, Mar 3") == "11月28日周六, 3月3日"
    assert places.in_chinese("in Leeds") == "in 利兹"


def test_a_question_puts_its_kind_of_rule_first() -> None:
    assert choosing.for_question("When is it?", BOOK[3:] + BOOK[:1], "en")[0].id == "tasting"
    assert choosing.for_question("May we?", BOOK, "en")[0].id == "health"
    assert choosing.for_question("Hm.", BOOK, "en")[0].id == "tasting"


def test_texts_that_differ_in_spaces_only_are_the_same() -> None:
    assert faithful.nearly("Come  by, friends!", "come by friends")
    assert not faithful.nearly(EN, "Oolong on Harbour Street.")
