"""The preview: what it draws is what Slack would take, whole and inert; its pictures stand in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.surfaces.cli import main
from bot.surfaces.slack import preview, samples
from tests import slack_blocks
from tests.slack import pictures

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def drawn() -> list[preview.Sample]:
    return samples.samples()


def test_every_sample_is_what_slack_takes_and_is_drawn_whole(drawn: list[preview.Sample]) -> None:
    assert len(drawn) >= 24
    assert len({s.name for s in drawn}) == len(drawn)
    for sample in drawn:
        if sample.view is None:
            slack_blocks.check_message(sample.blocks, "text")
        else:
            slack_blocks.check_view(sample.view)
        assert 'class="unknown"' not in preview.one(sample), sample.name


def test_the_page_shows_every_word_and_fetches_nothing(tmp_path: Path, drawn: list[preview.Sample]) -> None:
    assert main(["slack", "preview", "--out", str(tmp_path / "cards.html")]) == 0
    page = (tmp_path / "cards.html").read_text(encoding="utf-8")
    for words in ("Friday at four", "周五下午四点", "Only visible to you", "批准"):
        assert words in page
    assert not re.search(r"<script|<a |(?:src|href)=\"(?!data:)", page)
    # A second one does not replace the first by accident.
    assert main(["slack", "preview", "--out", str(tmp_path / "cards.html")]) == 2


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("*a* _b_ ~c~ `d`", "<b>a</b> <i>b</i> <s>c</s> <code>d</code>"),
        ("a*b*c snake_case_name", "a*b*c snake_case_name"),
        ("&lt;!channel&gt; &amp;", "&lt;!channel&gt; &amp;"),
        ("<script>alert(1)</script>", '<span class="link" title="script">script</span>alert(1)'),
        ("<https://a.example|x &lt;b&gt;>", '<span class="link" title="https://a.example">x &lt;b&gt;</span>'),
    ],
)
def test_markup_is_drawn_and_never_followed(said: str, shown: str) -> None:
    assert preview.mrkdwn(said).startswith(shown)


def test_the_docs_have_a_picture_of_each_and_none_is_large(drawn: list[preview.Sample]) -> None:
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    for sample in drawn:
        if sample.name in pictures.LEFT_OUT:
            continue
        picture = pictures.FOLDER / f"{sample.name}.png"
        assert picture.exists(), f"{sample.name}: run `make slack-pictures`"
        assert picture.stat().st_size <= pictures.LARGEST
        assert f"(slack/{sample.name}.png)" in page, f"docs/slack.md does not show {sample.name}"
