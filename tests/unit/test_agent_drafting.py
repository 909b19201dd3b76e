"""Drafting and answering with a scripted model: the real prompts, tools and loop around it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from bot.agent import facts
from bot.agent.drafting import answer, choose_rules, draft
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


def test_rules_of_the_accounts_language_come_first_and_twins_once() -> None:
    assert [r.id for r in choose_rules(RULES, "en", 6)] == ["never-1", "voice-1"]
    assert [r.id for r in choose_rules(RULES, "zh-Hans", 6)] == ["voice-2", "never-1"]
    assert [r.id for r in choose_rules(RULES, "zh-Hans", 1)] == ["voice-2"]


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
    assert facts.links("Come at 3 p.m. We open. 3.5 g") == []


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
