"""PDF, Word and HTML say the same rules as the Markdown that they were made from, and harm nobody."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from memory.base import IngestError
from memory.extract import extract
from memory.ingest import GuidelineRule, Page, carry_ids, read_all, read_guidelines
from tests.unit.documents import Text, docx, flow, locked, paragraph, pdf, table

TWIN = """# Lumen Tea

## Voice
- Write like a friend who pours the tea: warm, unhurried, curious, and never in a hurry to sell. {#voice-warm}
- Say "we":
  - never "the company"

## Never
1. Compare our prices with those of another shop.
2. Promise cures

## 语气
- 像朋友一样说话，温暖、从容、好奇，不要急着推销任何东西，也不要在任何渠道里催促顾客下单购买我们的茶叶。
- 简短。

## Facts
Our shop in Leeds opens at ten. It was founded by two friends who liked oolong.
"""
TABLE = """
## Shops
| Shop | Hours |
|---|---|
| Leeds | 10-18 |
| York | 9-17 |
"""
HTML = """<!doctype html><html lang="en"><head><title>Not a rule</title><style>p {{}}</style></head><body>
<nav><ul><li>Home</li><li>Shop</li></ul></nav><script>document.write("<li>Nor this</li>")</script>
<main>
<h1>Lumen Tea</h1>
<h2>Voice</h2>
<ul>
<li>Write like a friend who pours the tea: warm,
    unhurried, curious, and never in a hurry to sell. {{#voice-warm}}</li>
<li>Say "we":<ul><li>never "the company"</li></ul></li></ul>
<h2>Never</h2><ol><li><p>Compare <b>our prices</b> with those of another shop.</p></li><li>Promise cures</li></ol>
<h2>语气</h2><ul><li>像朋友一样说话，温暖、从容、好奇，不要急着推销
任何东西，也不要在任何渠道里催促顾客下单购买我们的茶叶。</li><li>简短。</li></ul>
<h2>Facts</h2><p>Our shop in Leeds opens at ten. It was founded by two friends who liked oolong.</p>
{table}</main>
<footer><ul><li>© Lumen Tea</li></ul></footer></body></html>
"""
SHOPS = (
    "<h2>Shops</h2><table><tr><th>Shop</th><th>Hours</th></tr><tr><td>Leeds</td><td>10-18</td></tr>"
    "<tr><td>York</td><td>9-17</td></tr></table>"
)
WORD = [
    paragraph("Lumen Tea", "H1"),
    paragraph("Voice", "H2"),
    paragraph(
        "Write like a friend who pours the tea: warm, unhurried, curious, and never in a hurry to sell. {#voice-warm}",
        "*",
    ),
    paragraph('Say "we":', "*"),
    paragraph('never "the company"', "**"),
    paragraph("Never", "H2"),
    paragraph("Compare our prices with those of another shop.", "1"),
    paragraph("Promise cures", "1"),
    paragraph("语气", "H2"),
    paragraph(
        "像朋友一样说话，温暖、从容、好奇，不要急着推销任何东西，也不要在任何渠道里催促顾客下单购买我们的茶叶。", "*"
    ),
    paragraph("简短。", "*"),
    paragraph("Facts", "H2"),
    paragraph("Our shop in Leeds opens at ten. It was founded by two friends who liked oolong."),
]
SHOPS_IN_WORD = [paragraph("Shops", "H2"), table(("Shop", "Hours"), ("Leeds", "10-18"), ("York", "9-17"))]
HEAD = [Text("Lumen Tea brand book", 72, 820, 8), Text("internal", 480, 820, 8)]


def foot(n: int) -> list[Text]:
    return [Text(f"Page {n} of 2", 280, 24, 8)]


PDF = (
    [
        *HEAD,
        *flow(
            [
                Text("Lumen Tea", size=20), "", Text("Voice", size=15), "",
                "• Write like a friend who pours the tea: warm, unhur-",
                Text("ried, curious, and never in a hurry to sell. {#voice-warm}", 84),
                '• Say "we":',
                Text('– never "the company"', 96), "",
                Text("Never", size=15), "",
                "1. Compare our prices with those of another shop.",
                "2. Promise cures",
            ]
        ),
        *foot(1),
    ],
    [
        *HEAD,
        *flow(
            [
                Text("语气", size=15), "",
                "\uf0b7 像朋友一样说话，温暖、从容、好奇，不要急着推销",
                Text("任何东西，也不要在任何渠道里催促顾客下单购买我们的茶叶。", 84),
                "\uf0b7 简短。", "",
                Text("Facts", bold=True), "",
                "Our shop in Leeds opens at ten. It was founded by two",
                "friends who liked oolong.",
            ]
        ),
        *foot(2),
    ],
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "guidelines").mkdir()
    return tmp_path / "guidelines"


def said(rules: list[GuidelineRule]) -> list[tuple[str, str, str, str, str]]:
    """What a rule is, whatever file it stands in."""
    return [(r.id if r.explicit else "", r.kind, r.text, r.language, r.heading[-1]) for r in rules]


def read(folder: Path, name: str, body: bytes) -> list[GuidelineRule]:
    (folder / name).write_bytes(body)
    try:
        return read_guidelines(folder)
    finally:
        (folder / name).unlink()


@pytest.mark.parametrize(
    ("name", "body", "twin"),
    [
        ("book.pdf", pdf(*PDF), TWIN),
        ("book.docx", docx(*WORD, *SHOPS_IN_WORD), TWIN + TABLE),
        ("book.html", HTML.format(table=SHOPS).encode(), TWIN + TABLE),
        ("BOOK.HTM", HTML.format(table="").encode("utf-16"), TWIN),
    ],
)  # fmt: skip
def test_every_format_gives_the_rules_of_its_markdown_twin(folder: Path, name: str, body: bytes, twin: str) -> None:
    expected = said(read(folder, "book.md", twin.encode()))
    assert len(expected) >= 7
    found = read(folder, name, body)
    assert said(found) == expected
    assert {r.file for r in found} == {name}


def test_each_format_says_where_a_person_finds_the_rule(folder: Path) -> None:
    by_page = {r.text[:12]: r.line for r in read(folder, "book.pdf", pdf(*PDF))}
    assert (by_page["Write like a"], by_page["Promise cure"], by_page["简短。"]) == (1, 1, 2)
    page = HTML.format(table=SHOPS)
    for rule in read(folder, "book.html", page.encode()):
        first = rule.text.split("; ")[0].split(": ")[-1] if rule.heading[-1] == "Shops" else rule.text[:9]
        assert first in page.splitlines()[rule.line - 1].replace("<b>", ""), rule
    assert [r.line for r in read(folder, "book.docx", docx(*WORD))] == [3, 4, 7, 8, 10, 11, 13]


def test_a_rule_keeps_its_id_when_a_brand_book_becomes_another_format(folder: Path) -> None:
    old = read(folder, "book.pdf", pdf(*PDF))
    new = carry_ids(old, read(folder, "voice.md", TWIN.encode()))
    assert [r.id for r in new] == [r.id for r in old]
    assert {r.file for r in new} == {"voice.md"}


# --- PDF ---------------------------------------------------------------------------------------------------


def lines(body: bytes) -> list[str]:
    return [line for line in extract(body, ".pdf", "b.pdf").lines if line]


def test_what_repeats_on_pages_and_their_numbers_are_left_out() -> None:
    pages = [
        [Text("Brand book", 72, 800), Text(f"Rule number {n} is here.", 72, 600), Text(f"– {n} –", 290, 30)]
        for n in range(1, 4)
    ]
    assert lines(pdf(*pages)) == [f"Rule number {n} is here." for n in range(1, 4)]
    # A list that begins where heads stand is a list all the same.
    listed = [[Text(f"• Say {n} of them.", 72, 760), Text("Text.", 72, 500)] for n in range(3)]
    assert sum("of them" in line for line in lines(pdf(*listed))) == 3
    # What repeats in the middle of pages is text; a number there is too.
    again = [[Text("Never shout.", 72, 500), Text("12", 72, 400)] for _ in range(3)]
    assert sum("Never shout." in line for line in lines(pdf(*again))) == 3


def test_a_bullet_goes_on_over_the_page() -> None:
    first = flow(["• Write like a friend", Text("who pours", 84)], top=110)
    second = flow([Text("the tea.", 84), "• Be brief."])
    assert lines(pdf(first, second)) == ["- Write like a friend who pours the tea.", "- Be brief."]


def test_hyphens_at_the_end_of_a_line_are_undone_and_compounds_before_a_capital_kept() -> None:
    page = flow(["• Use co-", Text("operative words for non-", 84), Text("English readers.", 84)])
    assert lines(pdf(page)) == ["- Use cooperative words for non- English readers."]


def test_paragraphs_are_told_apart_by_their_distance() -> None:
    page = flow(["Our shop in Leeds opens at ten every day", "except on Mondays.", "", "York opens at nine."])
    assert lines(pdf(page)) == ["Our shop in Leeds opens at ten every day except on Mondays.", "York opens at nine."]


@pytest.mark.parametrize(
    ("line", "read_as"),
    [
        ("1、写明产地。", "1. 写明产地。"),
        ("（2）写明年份。", "1. 写明年份。"),
        ("① 写明价格。", "1. 写明价格。"),
        ("➢ Name the farm.", "- Name the farm."),
        ("3.5 g of tea a cup.", "3.5 g of tea a cup."),
        ("ﬁrst oﬀers are ⽔ and 茶", "first offers are 水 and 茶"),
        ("# is a sign we like", "is a sign we like"),
        ("Never <!-- hidden", "Never hidden"),
    ],
)
def test_bullets_numbers_and_odd_letters(line: str, read_as: str) -> None:
    assert [" ".join(found.split()) for found in lines(pdf([Text(line)]))] == [read_as]


def test_headings_are_told_by_size_bold_type_or_their_name() -> None:
    page = flow(
        [
            Text("Brand", size=24), "", Text("2.1 Voice", size=16), "", "Short sentences.", "",
            Text("How we sound", bold=True), "", "Warm.", "", "禁止：", "", "比较价格。",
        ]
    )  # fmt: skip
    found = [line for line in lines(pdf(page)) if line.startswith("#")]
    assert found == ["# Brand", "## 2.1 Voice", "###### How we sound", "###### 禁止："]


def test_a_numbered_heading_names_the_kind(folder: Path) -> None:
    rules = read(folder, "v.md", "# 2.1 Voice\n- Short.\n# 三、禁止\n- 比价。\n# 1. Facts\n- Ten.\n".encode())
    assert [r.kind for r in rules] == ["voice", "never", "fact"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (locked(pdf(*PDF), "secret"), "locked with a password"),
        (pdf([], [], picture=True), "its pages are pictures"),
        (pdf([Text("\ue001\ue002\ue003\ue004")]), "cannot be told"),
        (b"%PDF-1.7 nothing", "broken"),
        (b"", "broken"),
        (pdf(*([Text("x")] for _ in range(501))), "has 501 pages"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why_and_what_to_do(folder: Path, body: bytes, said: str) -> None:
    with pytest.raises(IngestError, match=said) as caught:
        read(folder, "b.pdf", body)
    assert caught.value.file == "b.pdf"
    assert caught.value.next_step


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    assert "- 简短。" in lines(locked(pdf(*PDF), ""))


def test_a_page_that_is_only_a_picture_is_named(folder: Path) -> None:
    (folder / "b.pdf").write_bytes(pdf([Text("Be brief.")], [], picture=True))
    found = read_all(folder)
    assert [(n.file, n.line) for n in found.notes] == [("b.pdf", 2)]
    assert len(found.rules) == 1


# --- Word --------------------------------------------------------------------------------------------------


def test_a_short_bold_paragraph_is_a_heading_and_a_bold_sentence_is_not(folder: Path) -> None:
    body = docx(paragraph("Never", "b"), paragraph("Compare prices.", "*"), paragraph("Tone", "b"),
                paragraph("We never shout at anybody.", "b"))  # fmt: skip
    assert [(r.kind, r.text) for r in read(folder, "b.docx", body)] == [
        ("never", "Compare prices."), ("voice", "We never shout at anybody."),
    ]  # fmt: skip


ENTITIES = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (docx(paragraph("A"), prolog=ENTITIES), "declares XML entities"),
        (docx(paragraph("A"), prolog=ENTITIES).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "cannot be read"),
        (docx(paragraph("A"), more={"word/bomb.xml": b"<a>" + b" " * 21_000_000 + b"</a>"}), "more than 20 MB"),
        (docx(paragraph("A"), more={f"word/{n}.xml": b"<a/>" for n in range(5001)}), "more than 20 MB"),
        (docx("<w:p>" * 300 + "</w:p>" * 300), "nested too deeply"),
        (docx("<w:p>"), "cannot be read"),
        (b"PK but not a zip", "cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "locked with a password"),
        (b"x" * 25_000_001, "too large"),
    ],
)
def test_a_word_file_that_is_broken_or_made_to_do_harm_is_refused(folder: Path, body: bytes, said: str) -> None:
    with pytest.raises(IngestError, match=said) as caught:
        read(folder, "b.docx", body)
    assert caught.value.next_step


def test_macros_and_linked_files_are_not_opened(folder: Path) -> None:
    drawing = (
        '<w:p><w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:link="x"/>'
        "</w:drawing></w:r></w:p>"
    )
    body = docx(drawing, paragraph("Be brief.", "*"), more={"word/vbaProject.bin": b"Sub AutoOpen()"})
    assert [r.text for r in read(folder, "b.docx", body)] == ["Be brief."]


# --- HTML --------------------------------------------------------------------------------------------------


def page(body: str) -> list[str]:
    return [line.strip() for line in extract(body.encode(), ".html", "b.html").lines if line.strip()]


@pytest.mark.parametrize(
    ("body", "read_as"),
    [
        ("<body><header>Shop</header><h1>Voice</h1><ul><li>Warm.</li></ul><aside>Ad</aside>", ["# Voice", "- Warm."]),
        ("<article><header><h1>Voice</h1></header><p>Warm.</p></article><p>Other</p>", ["# Voice", "Warm."]),
        ("<div role=navigation>Menu</div><p hidden>A</p><p style='display: none'>B</p><p>C</p>", ["C"]),
        (
            "<dl><dt>Name:</dt><dd>Lumen Tea</dd><dt>Since</dt><dd>2012</dd></dl>",
            ["- Name: Lumen Tea", "- Since: 2012"],
        ),
        ("<p><strong>Never</strong></p><ul><li>Lie</li></ul>", ["###### Never", "- Lie"]),
        ("<ul><li><a href='#x'>Name the farm</a></li></ul>", ["- Name the farm"]),
        ("<p>See <a href='https://a.example/b'>our shop</a>.</p>", ["See [our shop](https://a.example/b)."]),
        ("<p>a &lt;!-- b</p><p>* c_d_e</p>", ["a  b", "* c_d_e"]),
        ("<table><tr><td><b>Shop</b></td></tr><tr><td>Leeds</td></tr></table>", ["| Shop |", "| --- |", "| Leeds |"]),
        ("<form action=x><h1>Voice</h1><p>Warm.</p><input><button>Go</button></form>", ["# Voice", "Warm."]),
        ("<form><label>Your mail</label></form><p>Warm.</p>", ["Warm."]),
        ("<pre>- not a rule</pre><p>\x1b[31mRed.</p>", ["[31mRed."]),
    ],
)
def test_what_a_page_says_is_kept_and_what_stands_around_it_is_not(body: str, read_as: list[str]) -> None:
    assert page(body) == read_as


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<meta charset='gbk'><p>简短。</p>".encode("gbk"), "简短。"),
        ('<?xml version="1.0" encoding="Big5"?><p>簡短。</p>'.encode("big5"), "簡短。"),
        ("<p>简短。</p>".encode("utf-8-sig"), "简短。"),
    ],
)
def test_a_page_is_read_in_the_charset_that_it_names(body: bytes, text: str) -> None:
    assert text in extract(body, ".html", "b.html").lines


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<p>简短。</p>".encode("gbk"), "not UTF-8"),
        (b"<meta charset=klingon><p>x</p>", "klingon"),
        (b"<div>" * 3000 + b"x", "nested too deeply"),
        (b" " * 5_000_001, "too large"),
        (b"<p>" + b"words " * 600_000, "too much text"),
    ],
)
def test_a_page_that_cannot_be_read_says_why(body: bytes, said: str) -> None:
    with pytest.raises(IngestError, match=said) as caught:
        extract(body, ".html", "b.html")
    assert caught.value.next_step


# --- the folder --------------------------------------------------------------------------------------------


def test_the_language_stands_in_the_name_and_word_s_lock_files_are_not_read(folder: Path) -> None:
    (folder / "~$book.docx").write_bytes(b"lock")
    (folder / ".hidden.md").write_text("- Hidden")
    rules = read(folder, "book.zh.pdf", pdf([Text("Only English here.")]))
    assert [(r.language, r.id.partition("-")[0]) for r in rules] == [("zh", "book")]


def test_every_file_that_cannot_be_read_is_named_at_once(folder: Path) -> None:
    (folder / "a.pdf").write_bytes(b"x")
    (folder / "b.docx").write_bytes(b"x")
    (folder / "c.md").write_text("- One {#one}\n- Two {#one}\n- Three\n")
    found = read_all(folder)
    assert [e.file for e in found.errors] == ["a.pdf", "b.docx", "c.md"]
    assert [r.text for r in found.rules] == ["One", "Three"]


def test_a_page_is_named_by_its_address(folder: Path) -> None:
    url = "https://lumen.example/brand/voice.html?v=2"
    [rule] = read_all(folder, pages=[Page(url, ".html", b"<p>Be brief.</p>", "en")]).rules
    assert (rule.file, rule.language, rule.id.rpartition("-")[0]) == (url, "en", "voice")
    [rule] = read_all(folder, pages=[Page("https://lumen.example/", ".md", b"Be brief.")]).rules
    assert rule.id.startswith("lumen-example-")


def test_a_compressed_page_in_a_folder_is_no_html(folder: Path) -> None:
    with pytest.raises(IngestError, match="not UTF-8"):
        read(folder, "b.html", gzip.compress(b"<p>x</p>"))
