"""Block Kit, built so that nobody's words can act: every function returns JSON as Slack documents it.

Our own sentences may be mrkdwn, with every inserted value escaped and ``verbatim`` set. What others wrote goes into
``plain_text`` or rich text, where Slack looks for no links, mentions or emoji. Lengths are counted as Slack's servers
may count them at the worst: UTF-16 units, after escaping. https://docs.slack.dev/reference/block-kit (2026-11-22)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import regex  # type: ignore[import-untyped]

Block = dict[str, Any]

#: Characters in one text of a section, blocks in a message and in a view, parts of a row of buttons.
TEXT, BLOCKS, VIEW, ACTIONS = 3000, 50, 100, 25
#: What a whole message's blocks may come to as JSON. Not documented: ``chat.postMessage`` refused 13,297 characters
#: with ``msg_blocks_too_long``. https://github.com/slackapi/bolt-js/issues/2509 (2025-04-24)
MESSAGE = 12_800
_GRAPHEME = regex.compile(r"\X")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Safe(str):
    """mrkdwn that was made here, so that it is not escaped a second time."""

    __slots__ = ()


def escape(text: object) -> str:
    """Write the three characters that begin and end Slack's markup so that they stand for themselves."""
    if isinstance(text, Safe):
        return text
    return "".join(_ESCAPES.get(c, c) for c in str(text))


def weight(text: str) -> int:
    """Return what a text counts towards a limit, at most: UTF-16 units, escapes written out."""
    return sum(len(_ESCAPES.get(c, c)) + (ord(c) > 0xFFFF) for c in text)


def clip(text: str, most: int) -> str:
    """Shorten a label, a title or a list's line; the texts that people sign are split instead."""
    if weight(text) <= most:
        return text
    return text[: _cut(text, most - 1)].rstrip() + "…"


def split(text: str, most: int = TEXT) -> list[str]:
    """Cut a text into pieces that weigh at most ``most``, between lines or words where it can, never within a grapheme.

    The pieces put together are the text.
    """
    pieces, rest = [], text
    while weight(rest) > most:
        at = _cut(rest, most)
        pieces.append(rest[:at])
        rest = rest[at:]
    return [*pieces, rest] if rest or not pieces else pieces


def _cut(text: str, most: int) -> int:
    """Return where the first piece ends: behind a line, else a word, where that leaves it half full; never at 0."""
    used = end = 0
    for match in _GRAPHEME.finditer(text):
        used += weight(match.group())
        if used > most:
            break
        end = match.end()
    if not end:
        # One letter with more accents than a section holds is no letter of any language.
        used, end = weight(text[0]), 1
        while end < len(text) and (used := used + weight(text[end])) <= most:
            end += 1
    for mark in ("\n", " "):
        at = text.rfind(mark, 0, end) + 1
        if at > end // 2:
            return at
    return end


def plain(text: str, most: int = TEXT) -> Block:
    """Return a text in which nothing acts and no ``:name:`` becomes an emoji. Longer ones than ``most`` are clipped."""
    return {"type": "plain_text", "text": clip(text, most) or " ", "emoji": False}


def mrkdwn(text: str, /, **values: object) -> Block:
    """Return one of our own sentences, its ``{names}`` filled with escaped values; no address becomes a link."""
    said = text.format(**{name: escape(value) for name, value in values.items()}) if values else text
    return {"type": "mrkdwn", "text": said or " ", "verbatim": True}


def link(url: str, label: str = "") -> Safe:
    """Return a link of ours for a value of ``mrkdwn``; what is no web address stays text."""
    if not url.startswith(("https://", "http://")) or any(c.isspace() for c in url):
        return Safe(escape(label or url))
    address = url.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E").replace("&", "&amp;")
    return Safe(f"<{address}|{escape(label or url).replace('|', '¦')}>")


def fallback(text: str, most: int = 300) -> str:
    """Return a message's ``text``: what notifications and screen readers say. It is mrkdwn, so it is escaped."""
    return escape(clip(" ".join(text.split()), most)) or " "


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def section(text: Block | str, *, accessory: Block | None = None) -> Block:
    """Return a paragraph; a bare string is plain text. It is shown in full, not behind "see more"."""
    block = {"type": "section", "text": plain(text) if isinstance(text, str) else text, "expand": True}
    return block if accessory is None else {**block, "accessory": accessory}


def stranger(text: str) -> list[Block]:
    """Return what others wrote, whole, as plain text over as many sections as it takes."""
    return [section(piece) for piece in split(text)]


def rows(pairs: Iterable[tuple[str, str]], most: int = 2500) -> list[Block]:
    """Return ``Label: text`` lines, the label bold; nothing in either acts. Long texts go on in the next block."""
    lines: list[tuple[int, Block]] = []
    for label, body in pairs:
        for n, piece in enumerate(split(body, most) if body else [" "]):
            spans = [] if n else [{"type": "text", "text": f"{label}  ", "style": {"bold": True}}]
            line = {"type": "rich_text_section", "elements": [*spans, {"type": "text", "text": piece}]}
            lines.append((weight(label + piece), line))
    found: list[Block] = []
    room = 0
    for heavy, line in lines:
        if heavy > room:
            found.append({"type": "rich_text", "elements": []})
            room = most + 100
        found[-1]["elements"].append(line)
        room -= heavy
    return found


def context(*texts: Block | str) -> Block:
    """Return a line of small print: up to 10 texts; a bare string is plain text."""
    return {"type": "context", "elements": [plain(t, 2000) if isinstance(t, str) else t for t in texts[:10]]}


def divider() -> Block:
    return {"type": "divider"}


def actions(*elements: Block, block_id: str = "") -> Block:
    """Return a row of buttons, pickers and menus: up to 25."""
    return {"type": "actions", "elements": list(elements), **({"block_id": block_id} if block_id else {})}


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> Block:
    """Return the question that Slack asks before it sends a press on."""
    found = {"title": plain(title, 100), "text": plain(text, 300), "confirm": plain(yes, 30), "deny": plain(no, 30)}
    return {**found, "style": "danger"} if danger else found


def button(action: str, label: str, value: str = "", *, style: str = "", ask: Block | None = None, url: str = "",
           spoken: str = "") -> Block:  # fmt: skip
    """Return a button; ``action`` up to its first dot names the file in ``actions/``.

    ``style`` is ``primary`` or ``danger``, ``spoken`` what a screen reader says where the label is not enough.
    """
    found: Block = {"type": "button", "action_id": action, "text": plain(label, 75)}
    more = {"value": value, "style": style, "confirm": ask, "url": url, "accessibility_label": clip(spoken, 75)}
    return {**found, **{name: given for name, given in more.items() if given}}


def image(alt: str, *, url: str = "", file: str = "", title: str = "") -> Block:
    """Return a picture: ``file`` is the id of one that was uploaded to Slack, ``url`` a public address."""
    found: Block = {"type": "image", "alt_text": clip(alt, 2000) or " "}
    found |= {"slack_file": {"id": file}} if file else {"image_url": url}
    return {**found, "title": plain(title, 2000)} if title else found


def option(label: str, value: str, *, note: str = "") -> Block:
    """Return one choice of a menu; ``value`` has 150 characters at most."""
    found: Block = {"text": plain(label, 75), "value": value}
    return {**found, "description": plain(note, 75)} if note else found


def select(action: str, options: Sequence[Block], *, chosen: str | Sequence[str] = "", hint: str = "",
           many: bool = False) -> Block:  # fmt: skip
    """Return a menu of up to 100 choices; ``chosen`` are the values that are chosen already."""
    found: Block = {"type": "multi_static_select" if many else "static_select", "action_id": action}
    found["options"] = list(options)[:100]
    wanted = [chosen] if isinstance(chosen, str) else list(chosen)
    if first := [o for o in found["options"] if o["value"] in wanted]:
        found |= {"initial_options": first} if many else {"initial_option": first[0]}
    return {**found, "placeholder": plain(hint, 150)} if hint else found


def radio(action: str, options: Sequence[Block], *, chosen: str = "") -> Block:
    """Return up to 10 choices of which one is taken."""
    found: Block = {"type": "radio_buttons", "action_id": action, "options": list(options)[:10]}
    first = [o for o in found["options"] if o["value"] == chosen]
    return {**found, "initial_option": first[0]} if first else found


def checkboxes(action: str, options: Sequence[Block], *, chosen: Sequence[str] = ()) -> Block:
    """Return up to 10 boxes to tick."""
    found: Block = {"type": "checkboxes", "action_id": action, "options": list(options)[:10]}
    first = [o for o in found["options"] if o["value"] in chosen]
    return {**found, "initial_options": first} if first else found


def date(action: str, chosen: str = "") -> Block:
    """Return a date picker; ``chosen`` is ``YYYY-MM-DD``."""
    return {"type": "datepicker", "action_id": action, **({"initial_date": chosen} if chosen else {})}


def time(action: str, chosen: str = "", zone: str = "") -> Block:
    """Return a time picker; ``chosen`` is ``HH:MM``, ``zone`` an IANA name that Slack shows beside it."""
    found: Block = {"type": "timepicker", "action_id": action}
    return {**found, **({"initial_time": chosen} if chosen else {}), **({"timezone": zone} if zone else {})}


def files(action: str, kinds: Sequence[str], most: int = 10) -> Block:
    """Return a field that takes files: ``kinds`` are endings such as ``png``."""
    return {"type": "file_input", "action_id": action, "filetypes": list(kinds), "max_files": most}


def text(action: str, *, given: str = "", lines: bool = False, most: int = TEXT, hint: str = "") -> Block:
    """Return a field to type in; ``given`` is what stands in it and has 3000 characters at most."""
    found: Block = {"type": "plain_text_input", "action_id": action, "multiline": lines, "max_length": most}
    found |= {"initial_value": given} if given else {}
    return {**found, "placeholder": plain(hint, 150)} if hint else found


def field(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """Return a form's field: ``block_id`` names it in the state that is submitted."""
    found: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    found |= {"optional": True} if optional else {}
    return {**found, "hint": plain(hint, 2000)} if hint else found


def modal(callback: str, title: str, blocks: Sequence[Block], *, submit: str = "", close: str = "",
          metadata: Mapping[str, Any] | None = None) -> Block:  # fmt: skip
    """Return a view; ``callback`` up to its first dot names the file in ``views/``, ``metadata`` comes back with it.

    What comes back may be forged: nothing in it may give anybody a right.
    """
    view: Block = {"type": "modal", "callback_id": callback, "title": plain(title, 24), "blocks": list(blocks)}
    view |= {"submit": plain(submit, 24)} if submit else {}
    view |= {"close": plain(close, 24)} if close else {}
    if metadata:
        view["private_metadata"] = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
    return view


def home(blocks: Sequence[Block]) -> Block:
    return {"type": "home", "blocks": list(blocks)}


def value(state: Mapping[str, Any], block_id: str) -> Any:
    """Return what was typed or chosen in a field of a submitted view: a string, a list of strings, or None."""
    for element in (state.get(block_id) or {}).values():
        kind = element.get("type", "")
        if kind == "plain_text_input":
            return element.get("value") or ""
        if kind in ("static_select", "radio_buttons"):
            return (element.get("selected_option") or {}).get("value")
        if kind in ("multi_static_select", "checkboxes"):
            return [chosen["value"] for chosen in element.get("selected_options") or ()]
        if kind == "file_input":
            return [file["id"] for file in element.get("files") or ()]
        return element.get({"datepicker": "selected_date", "timepicker": "selected_time"}.get(kind, "value"))
    return None


def size(blocks: Sequence[Block]) -> int:
    """Return what blocks come to as JSON, in characters."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def fit(blocks: Sequence[Block]) -> bool:
    """Say whether blocks go into one message."""
    return len(blocks) <= BLOCKS and size(blocks) <= MESSAGE
