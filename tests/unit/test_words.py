"""What people read: every text has its Chinese, and the compiled catalogue is the one in the .po file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot import words
from bot.surfaces.cli import catalogue
from bot.words import language, retold, say, set_language


@pytest.fixture(autouse=True)
def _language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    words._catalogue = None


def test_every_text_is_translated_and_compiled() -> None:
    assert catalogue.problems() == []


def test_chinese_is_read_where_it_is_asked_for() -> None:
    set_language("zh-Hans")
    assert language() == "zh"
    assert say("Not signed.") == "没有签发。"
    assert say("{n} running", n=2) == "2 个在运行"
    set_language("en")
    assert (language(), say("Not signed.")) == ("en", "Not signed.")


@pytest.mark.parametrize(("terminal", "read"), [("zh_CN.UTF-8", "zh"), ("de_DE.UTF-8", "en"), ("C", "en")])
def test_the_terminals_language_is_taken_when_none_is_told(
    terminal: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANGUAGE")
    monkeypatch.setenv("LC_ALL", terminal)
    set_language(None)
    assert language() == read


def test_a_text_without_translation_and_an_empty_one_stay_what_they_are() -> None:
    set_language("zh")
    assert say("No such words in {place}.", place="any file") == "No such words in any file."
    assert say("") == ""


def test_braces_in_values_are_left_alone() -> None:
    assert say("Draft {draft} is held back: {why}", draft="d_1", why="{0} {x}") == "Draft d_1 is held back: {0} {x}"


def test_a_sentence_put_together_elsewhere_is_said_again_in_chinese() -> None:
    said = "The guidelines of 'lumen' were learnt with the embedding model 'a', not 'b'."
    set_language("en")
    assert retold(said) == said
    set_language("zh")
    assert retold(said) == "'lumen' 的准则是用嵌入模型 'a' 学习的，不是 'b'。"
    assert retold("The embedding model is not installed.") == "没有安装嵌入模型。"
    two = "The language model cannot be reached. Check SIGNOFF_LLM_BASE_URL and that its server runs."
    assert retold(two) == "连不上语言模型。请检查 SIGNOFF_LLM_BASE_URL，并确认它的服务器在运行。"
    assert retold("Nobody ever said this.") == "Nobody ever said this."
    assert retold("") == ""


def test_a_missing_translation_is_noticed() -> None:
    assert not catalogue.read_po()["Rejected"] == ""
    po = catalogue.read_po()
    assert catalogue.compiled(po) != catalogue.compiled({**po, "Rejected": "x"})


def test_each_of_many_people_is_spoken_to_in_their_own_language() -> None:
    words.set_language("en")
    with words.speaking("zh-CN"):
        assert words.language() == "zh"
        assert words.say("There is nothing new.") == "没有新通知。"
        assert words.retold("sandbox:main is paused: hello") == "sandbox:main 已暂停：hello"
        with ThreadPoolExecutor(1) as other:
            # Another thread speaks with somebody else.
            assert other.submit(words.language).result() == "en"
        with words.speaking("en-GB"):
            assert words.say("There is nothing new.") == "There is nothing new."
        assert words.language() == "zh"
    assert words.language() == "en"
