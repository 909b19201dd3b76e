"""What each tool says to the model, and what it never does."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bot.agent.scripted import ScriptedDesk as Desk
from bot.domain.draft import Finding, Severity
from bot.errors import NotFound
from tools.kit import ToolKit, ToolStop, calling, cut_off, load_all, whole, wrong_language

TEXT = "The autumn oolongs are here. Come by on Harbour Street."


def draft(kit: ToolKit, **changes: Any) -> Any:
    from tools.draft_post import build

    tool = build(kit)
    given = {"account": "sandbox:main", "citations": ["voice-1"], "parts": [TEXT], **changes}
    return lambda **more: tool.invoke({**given, **more})


def test_a_good_text_is_proposed_with_what_it_rests_on() -> None:
    desk = Desk()
    with calling("r_1:call_1"):
        said = draft(desk.kit())()
    assert said == "Proposed as d_00000001 for sandbox:main."
    assert desk.proposed == [
        ("sandbox:main", (TEXT,), ("voice-1",), None, "en", {"key": "r_1:call_1", "notes": ()}),
    ]


def test_the_same_call_again_proposes_nothing_new() -> None:
    desk = Desk()
    once = draft(desk.kit())
    with calling("r_1:call_1"):
        assert once() == once()
    assert len(desk.proposed) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parts": ["x" * 299 + "."], "account": "sandbox:cn"}, "200 characters too long for sandbox:cn: shorten it"),
        ({"parts": ["The autumn oolongs are here and we"]}, "not complete"),
        ({"account": "sandbox:cn"}, "must be in Chinese"),
        ({"parts": ["秋天的乌龙茶到了。"]}, "must be in English"),
        ({"citations": ["voice-9"]}, "no rule voice-9"),
    ],
)
def test_what_the_model_can_mend_is_said_and_nothing_is_proposed(changes: dict[str, Any], said: str) -> None:
    desk = Desk()
    assert said in draft(desk.kit())(**changes)
    assert desk.proposed == []


def test_a_second_text_under_the_same_call_id_is_not_swallowed() -> None:
    """Some endpoints number the calls of each answer afresh."""
    desk = Desk()
    once = draft(desk.kit())
    with calling("r_1:call_0"):
        assert once() == "Proposed as d_00000001 for sandbox:main."
        assert once(parts=["Another text, quite another."]) == "Proposed as d_00000002 for sandbox:main."
        assert once() == "Proposed as d_00000001 for sandbox:main."
    assert len(desk.proposed) == 2


def test_what_failed_before_a_proposal_is_forgotten_with_it() -> None:
    desk = Desk()
    again = draft(desk.kit())
    again(parts=["The oolongs are here and"])
    again(parts=["The oolongs are here and we"])
    assert again().startswith("Proposed")
    assert "Not proposed" in again(parts=["The jasmine is here and"])


def test_where_code_cites_the_model_is_not_asked_to() -> None:
    desk = Desk()
    tool = load_all(desk.kit(cite=lambda parts: ("voice-1",)), ["draft_post"])[0]
    assert set(tool.args) == {"account", "parts"}
    assert tool.invoke({"account": "sandbox:main", "parts": [TEXT]}).startswith("Proposed")
    assert desk.proposed[0][2] == ("voice-1",)


def test_a_last_sentence_that_is_cut_off_is_left_out_where_most_remains() -> None:
    assert whole("The autumn oolongs are here. Come by on Sat") == "The autumn oolongs are here."
    assert whole("秋乌龙到了，来店里坐坐，喝一杯吧。我们在港") == "秋乌龙到了，来店里坐坐，喝一杯吧。"
    assert whole("Here. The autumn oolongs are here and") == "Here. The autumn oolongs are here and"


def test_after_two_repairs_it_is_proposed_with_notes_for_the_person() -> None:
    desk = Desk()
    again = draft(desk.kit(), citations=["voice-1", "voice-9"])
    assert "Not proposed" in again()
    assert "Not proposed" in again()
    assert again().startswith("Proposed")
    (_, _, citations, _, _, named) = desk.proposed[0]
    assert citations == ("voice-1",)
    assert named["notes"] == ("There is no rule voice-9: cite only ids you were shown.",)


def test_of_several_bad_attempts_the_least_bad_is_proposed() -> None:
    desk = Desk()
    again = draft(desk.kit())
    again(parts=["秋天的乌龙"])
    again(parts=["The oolongs are here and"])
    again(parts=["秋天的乌龙茶"])
    assert desk.proposed[0][1] == ("The oolongs are here and",)


def test_a_finding_that_blocks_goes_back_to_the_model_with_its_fix() -> None:
    desk = Desk(findings=(Finding("words", Severity.BLOCK, "“cure” is never said.", fix="Leave it out."),))
    assert "“cure” is never said. Leave it out." in draft(desk.kit())()


def test_only_named_accounts_and_given_rules_can_be_said() -> None:
    kit = Desk().kit(citable=("voice-1",))
    with pytest.raises(ValidationError):
        draft(kit)(account="bluesky:other")
    with pytest.raises(ValidationError):
        draft(kit)(citations=["voice-2"])
    with pytest.raises(ToolStop):
        kit.account("bluesky:other")


def test_a_time_is_checked_before_it_is_proposed() -> None:
    from tools.schedule_post import build

    def set_time(draft_id: str, wall: str) -> str:
        raise NotFound(f"There is no draft {draft_id}.")

    tool = build(Desk().kit(suggest_or_set_time=set_time))
    assert "Give the time as" in tool.invoke({"draft_id": "d_1", "wall_time": "tomorrow"})
    assert "not a time that exists" in tool.invoke({"draft_id": "d_1", "wall_time": "2026-02-30T09:00"})
    assert "There is no draft d_1" in tool.invoke({"draft_id": "d_1", "wall_time": "2026-12-01T09:00"})


def test_searching_and_listing_say_when_there_is_nothing() -> None:
    kit = Desk().kit(search=lambda query, k: [], queue=list)
    search, queue = load_all(kit, ["search_brand", "list_queue"])[::-1]
    assert search.invoke({"query": "prices"}) == "The brand has no rule on that."
    assert search.invoke({"query": " "}) == "Say what to look for."
    assert queue.invoke({}) == "The queue is empty."


def test_a_tool_that_does_not_exist_is_named() -> None:
    with pytest.raises(ToolStop, match="publish_now"):
        load_all(Desk().kit(), ["publish_now"])


@pytest.mark.parametrize(
    ("text", "language", "wrong"),
    [
        ("Come and taste.", "en", False),
        ("Come and taste 乌龙 (oolong) with us this Saturday.", "en", False),
        ("周六来品茶。", "en", True),
        ("周六来 Lumen Tea 品茶。", "zh-Hans", False),
        ("Come and taste oolong this Saturday 乌龙。", "zh-Hans", True),
        ("土曜日にお茶を。", "zh-Hans", True),
        ("土曜日にお茶を。", "ja", False),
        ("Samstag gibt es Tee.", "de", False),
        ("https://lumen.example/秋 #乌龙", "en", False),
        ("123 🍵", "zh-Hans", False),
    ],
)
def test_a_wrong_language_is_seen_by_its_script(text: str, language: str, wrong: bool) -> None:
    assert wrong_language(text, language) is wrong


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Come by.", False),
        ("Come by!”", False),
        ("周六见。", False),
        ("Come by #tea", True),
        ("Come by. #tea https://lumen.example/a", False),
        ("Open until 18:00", False),
        ("See you 🍵", False),
        ("Come by and", True),
        ("Book at https://lumen.example/a #tea", False),
        ("Book at #tea", True),
        ("请访问https://lumen.example/a。 #茶", False),
        ("预约请访问 https://lumen.example/a", False),
        ("Book at [", True),
        ("Come by. tickets.example.com #tea", False),
        ("我们在港口街等", True),
        ("Oolong, jasmine,", True),
        ("", True),
        ("#tea", False),
    ],
)
def test_a_cut_sentence_is_seen_by_its_end(text: str, cut: bool) -> None:
    assert cut_off(text) is cut
