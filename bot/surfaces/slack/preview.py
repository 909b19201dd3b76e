"""Cards as a local HTML page, drawn from the very blocks that Slack is given: ``signoff slack preview``.

It is close to Slack's look, not a copy of it: to see what a card holds, its order and its buttons. The page loads
nothing from anywhere and runs no script.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """One thing to look at: a message's blocks, or a whole view (modal or App Home)."""

    name: str
    title: str
    blocks: Sequence[Json] = ()
    view: Json | None = None
    #: Who alone sees a message; empty for all.
    only: str = ""
    language: str = "en"
    #: Pictures by their Slack file id, as ``data:`` addresses.
    pictures: Mapping[str, str] | None = None


def page(samples: Iterable[Sample]) -> str:
    """Return one page with every sample, each under its own name."""
    made = "".join(
        f'<section id="{_e(s.name)}" lang="{"zh-CN" if s.language == "zh" else "en"}"><h2>{_e(s.title)}</h2>'
        f"{one(s)}</section>"
        for s in samples
    )
    return (
        '<!doctype html><html><head><meta charset="utf-8"><title>Signoff in Slack</title>'
        # Nothing is fetched, whatever stands on a card.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; style-src '
        f"'unsafe-inline'\"><style>{_CSS}</style></head><body>{made}</body></html>"
    )


def one(sample: Sample) -> str:
    """Return the HTML of one sample."""
    draw = _Draw(sample.pictures or {})
    view = sample.view
    if view is None:
        only = f'<div class="only">{_e(sample.only)}</div>' if sample.only else ""
        head = '<div class="who"><b>Signoff</b><span class="app">APP</span><span class="time">9:41</span></div>'
        body = draw.blocks(sample.blocks)
        return f'<div class="message"><div class="face">S</div><div class="body">{only}{head}{body}</div></div>'
    body = draw.blocks(view["blocks"])
    if view["type"] == "home":
        return f'<div class="home">{body}</div>'
    foot = f'<span class="button">{draw.text(view["close"])}</span>' if view.get("close") else ""
    foot += f'<span class="button primary">{draw.text(view["submit"])}</span>' if view.get("submit") else ""
    title = f'<div class="title">{draw.text(view["title"])}<span class="x">×</span></div>'
    return f'<div class="modal">{title}<div class="inside">{body}</div><div class="foot">{foot}</div></div>'


class _Draw:
    """Draws blocks; what it does not know is named, so that nothing goes missing silently."""

    def __init__(self, pictures: Mapping[str, str]) -> None:
        self._pictures = pictures

    def blocks(self, blocks: Iterable[Json]) -> str:
        return "".join(self._block(block) for block in blocks)

    def text(self, value: Json) -> str:
        return mrkdwn(value["text"]) if value["type"] == "mrkdwn" else _lines(_e(value["text"]))

    def _block(self, block: Json) -> str:
        draw = getattr(self, f"_{block['type']}", None)
        return draw(block) if draw else f'<div class="unknown">{_e(block["type"])}</div>'

    def _section(self, block: Json) -> str:
        text = f'<div class="text">{self.text(block["text"])}</div>' if block.get("text") else ""
        cells = "".join(f"<div>{self.text(f)}</div>" for f in block.get("fields", ()))
        fields = f'<div class="fields">{cells}</div>' if cells else ""
        side = f'<div class="side">{self._element(block["accessory"])}</div>' if block.get("accessory") else ""
        return f'<div class="section"><div class="main">{text}{fields}</div>{side}</div>'

    def _header(self, block: Json) -> str:
        return f'<div class="header">{self.text(block["text"])}</div>'

    def _divider(self, _: Json) -> str:
        return "<hr>"

    def _context(self, block: Json) -> str:
        return f'<div class="context">{"".join(f"<span>{self._element(e)}</span>" for e in block["elements"])}</div>'

    def _actions(self, block: Json) -> str:
        return f'<div class="actions">{"".join(self._element(e) for e in block["elements"])}</div>'

    def _image(self, block: Json) -> str:
        title = f'<div class="caption">{self.text(block["title"])}</div>' if block.get("title") else ""
        return f'<div class="image">{title}{self._picture(block, "big")}</div>'

    def _input(self, block: Json) -> str:
        label = f'<div class="label">{self.text(block["label"])}{_OPTIONAL if block.get("optional") else ""}</div>'
        hint = f'<div class="hint">{self.text(block["hint"])}</div>' if block.get("hint") else ""
        return f'<div class="input">{label}{self._element(block["element"])}{hint}</div>'

    def _markdown(self, block: Json) -> str:
        return f'<div class="section"><div class="text">{_lines(_e(block["text"]))}</div></div>'

    def _file(self, block: Json) -> str:
        return f'<div class="unknown">{_e(block.get("external_id", "file"))}</div>'

    def _rich_text(self, block: Json) -> str:
        return f'<div class="rich">{"".join(self._rich(part) for part in block["elements"])}</div>'

    def _rich(self, part: Json) -> str:
        kind = part["type"]
        if kind == "rich_text_list":
            tag = "ol" if part.get("style") == "ordered" else "ul"
            return f"<{tag}>{''.join(f'<li>{self._rich(e)}</li>' for e in part['elements'])}</{tag}>"
        inner = "".join(self._span(e) for e in part["elements"])
        tag = {"rich_text_preformatted": "pre", "rich_text_quote": "blockquote"}.get(kind, "div")
        return f"<{tag}>{inner}</{tag}>"

    def _span(self, span: Json) -> str:
        named = f":{span.get('name')}:" if span.get("name") else span["type"]
        said = span.get("text") or span.get("url") or span.get("fallback") or named
        text = _lines(_e(str(said)))
        tags = {"bold": "b", "italic": "i", "strike": "s", "code": "code", "underline": "u"}
        for name, on in (span.get("style") or {}).items():
            if on and name in tags:
                text = f"<{tags[name]}>{text}</{tags[name]}>"
        return f'<span class="link">{text}</span>' if span["type"] == "link" else text

    def _element(self, element: Json) -> str:
        kind = element["type"]
        if kind in ("plain_text", "mrkdwn"):
            return self.text(element)
        if kind == "image":
            return self._picture(element, "small")
        if kind == "button":
            return f'<span class="button {_e(element.get("style", ""))}">{self.text(element["text"])}</span>'
        if kind == "plain_text_input":
            rows = " tall" if element.get("multiline") else ""
            given = element.get("initial_value")
            said = _lines(_e(given)) if given else f"<em>{self._placeholder(element)}</em>"
            return f'<div class="field{rows}">{said}</div>'
        if kind in ("checkboxes", "radio_buttons"):
            return self._choices(element, kind)
        if kind == "overflow":
            return '<span class="button">⋯</span>'
        if kind == "file_input":
            return '<div class="field"><em>+</em></div>'
        return f'<span class="field pick">{self._picked(element)}<i>⌄</i></span>'

    def _choices(self, element: Json, kind: str) -> str:
        chosen = element.get("initial_options") or [element.get("initial_option")]
        on, off = ("☑", "☐") if kind == "checkboxes" else ("◉", "○")
        values = {c["value"] for c in chosen if c}
        rows = (f"{on if o['value'] in values else off} {self.text(o['text'])}" for o in element["options"])
        return f'<div class="choices">{"".join(f"<div>{row}</div>" for row in rows)}</div>'

    def _picked(self, element: Json) -> str:
        options = element.get("initial_options") or [element.get("initial_option")]
        if named := [self.text(o["text"]) for o in options if o]:
            return ", ".join(named)
        given = element.get("initial_date") or element.get("initial_time")
        return _e(str(given)) if given else f"<em>{self._placeholder(element)}</em>"

    def _placeholder(self, element: Json) -> str:
        return self.text(element["placeholder"]) if element.get("placeholder") else "&nbsp;"

    def _picture(self, block: Json, size: str) -> str:
        file = (block.get("slack_file") or {}).get("id", "")
        alt = _e(block.get("alt_text", ""))
        if source := self._pictures.get(file, ""):
            return f'<img class="{size}" src="{_e(source)}" alt="{alt}">'
        return f'<div class="nopicture {size}">{alt}</div>'


_OPTIONAL = ' <span class="optional">(optional)</span>'
_MARKS = (("b", r"\*"), ("i", "_"), ("s", "~"))


def mrkdwn(text: str) -> str:
    """Return Slack's markup as HTML. Links are shown, not made: nothing on this page can be followed."""
    kept: list[str] = []

    def keep(made: str) -> str:
        kept.append(made)
        return f"\0{len(kept) - 1}\0"

    def angle(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        shown = html.escape(html.unescape(label or target))
        if target.startswith("!date^"):
            return keep(shown)
        return keep(f'<span class="link" title="{html.escape(html.unescape(target))}">{shown}</span>')

    text = re.sub(r"`([^`\n]+)`", lambda m: keep(f"<code>{html.escape(html.unescape(m[1]))}</code>"), text)
    text = re.sub(r"<([^<>\n]+)>", angle, text)
    said = html.escape(html.unescape(text))
    for tag, mark in _MARKS:
        said = re.sub(rf"(?<![\w{mark}]){mark}(?=\S)([^\n]*?\S){mark}(?!\w)", rf"<{tag}>\1</{tag}>", said)
    lines = [f"<q>{line[4:].lstrip()}</q>" if line.startswith("&gt;") else line for line in said.split("\n")]
    return re.sub("\0(\\d+)\0", lambda m: kept[int(m[1])], "<br>".join(lines)).replace("</q><br>", "</q>")


def _e(text: str) -> str:
    return html.escape(str(text))


def _lines(text: str) -> str:
    return text.replace("\n", "<br>")


_CSS = """
* { box-sizing: border-box }
body { margin: 0; padding: 24px; background: #fff; color: #1d1c1d; width: 760px;
  font: 15px/1.47 Lato, "Helvetica Neue", Arial, "Noto Sans CJK SC", "PingFang SC", "WenQuanYi Zen Hei", sans-serif }
section { margin: 0 0 32px }
h2 { font-size: 13px; color: #616061; font-weight: 400; margin: 0 0 8px }
.message { display: flex; gap: 8px; max-width: 700px }
.face { flex: none; width: 36px; height: 36px; border-radius: 6px; background: #1f3d36; color: #fff;
  font: bold 20px/36px Georgia, serif; text-align: center }
.body { flex: 1; min-width: 0 }
.who .app { background: #eee; color: #616061; font-size: 10px; padding: 1px 4px; margin: 0 6px; border-radius: 2px }
.who .time { color: #616061; font-size: 12px }
.only { color: #616061; font-size: 12px }
.header { font-size: 18px; font-weight: 900; margin: 6px 0 }
.section { display: flex; gap: 16px; margin: 6px 0; overflow-wrap: anywhere }
.main { flex: 1; min-width: 0 } .side { flex: none }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 16px }
.context { display: flex; flex-wrap: wrap; gap: 2px 10px; color: #616061; font-size: 12px; margin: 6px 0;
  align-items: center; overflow-wrap: anywhere }
.context span { min-width: 0 }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 }
.button { display: inline-block; border: 1px solid #bbb; border-radius: 4px; padding: 4px 11px; font-weight: 700;
  font-size: 13px; background: #fff; white-space: nowrap }
.button.primary { background: #007a5a; border-color: #007a5a; color: #fff }
.button.danger { border-color: #e01e5a; color: #e01e5a }
hr { border: 0; border-top: 1px solid #ddd; margin: 10px 0 }
.rich { margin: 6px 0; overflow-wrap: anywhere } .rich ul, .rich ol { margin: 2px 0; padding-left: 24px }
blockquote, q { display: block; border-left: 4px solid #ddd; margin: 2px 0; padding-left: 12px; quotes: none }
q::before, q::after { content: none }
code { background: #f6f6f6; border: 1px solid #ddd; border-radius: 3px; color: #c01343; font-size: 12px;
  padding: 1px 3px; font-family: "DejaVu Sans Mono", Menlo, monospace }
pre { background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 8px; font-size: 12px; margin: 4px 0;
  white-space: pre-wrap; font-family: "DejaVu Sans Mono", Menlo, monospace }
.link { color: #1264a3 }
.image .caption { font-size: 13px; color: #616061 }
img.big { max-width: 360px; max-height: 360px; border-radius: 8px; display: block }
img.small { width: 88px; height: 88px; object-fit: cover; border-radius: 8px }
.context img.small { width: 20px; height: 20px; border-radius: 3px; vertical-align: middle }
.nopicture { background: #f0efe9; border-radius: 8px; color: #616061; font-size: 12px; padding: 8px; width: 220px;
  min-height: 60px }
.nopicture.small { width: 88px; overflow: hidden }
.modal { width: 520px; border: 1px solid #ccc; border-radius: 8px; box-shadow: 0 8px 32px #0002 }
.modal .title { font-size: 20px; font-weight: 900; padding: 14px 20px; border-bottom: 1px solid #eee }
.modal .x { float: right; color: #616061; font-weight: 400 }
.inside { padding: 8px 20px } .foot { border-top: 1px solid #eee; padding: 12px 20px; text-align: right }
.foot .button { margin-left: 8px; padding: 7px 16px; font-size: 15px }
.home { width: 700px; border: 1px solid #ddd; border-radius: 8px; padding: 12px 24px }
.input { margin: 12px 0 } .label { font-weight: 700; margin-bottom: 4px }
.optional, .hint { color: #616061; font-weight: 400; font-size: 13px }
.field { border: 1px solid #bbb; border-radius: 4px; padding: 6px 10px; overflow-wrap: anywhere; background: #fff }
.field.tall { min-height: 74px } .field em { color: #888; font-style: normal }
.pick { display: inline-block; min-width: 150px } .pick i { float: right; color: #616061; font-style: normal;
  margin-left: 12px }
.unknown { border: 1px dashed #e01e5a; color: #e01e5a; padding: 4px 8px }
"""
