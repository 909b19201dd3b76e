"""A checker of Block Kit: what Slack documents of blocks, elements, views and messages, and what we ask beyond it.

Written from Slack's reference, read 2026-11-22; the page of each table stands behind it:
blocks https://docs.slack.dev/reference/block-kit/blocks · elements
https://docs.slack.dev/reference/block-kit/block-elements · texts, options, questions
https://docs.slack.dev/reference/block-kit/composition-objects · views https://docs.slack.dev/reference/views ·
messages https://docs.slack.dev/reference/methods/chat.postMessage
Ours beyond it: mrkdwn is ``verbatim``, no broadcast and no mention anywhere, links only to the web, and a whole message
of at most 13,000 characters of JSON (https://github.com/slackapi/bolt-js/issues/2509).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS, MESSAGE_TEXT, MESSAGE_JSON = 50, 100, 40_000, 13_000
_DATE, _TIME = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"([01]\d|2[0-3]):[0-5]\d")
#: What pings people or groups, or points into Slack, in mrkdwn.
_ACTIVE = re.compile(r"<(?:!(?!date\^)|@|#)")
_LINK = re.compile(r"<(?!https?://|!date\^)[^>]*>")
_BUTTONS = ("button",)
_PICKERS = ("static_select", "multi_static_select", "datepicker", "timepicker", "radio_buttons", "checkboxes",
            "overflow", "users_select", "conversations_select")  # fmt: skip
#: Which elements a block may hold.
ACTIONS = {*_BUTTONS, *_PICKERS} - {"multi_static_select"}
SECTION = {*_BUTTONS, *_PICKERS, "image"}
INPUT = {*_PICKERS, "plain_text_input", "file_input", "multi_conversations_select"} - {"overflow"}
CONTEXT = {"image", "plain_text", "mrkdwn"}
#: Blocks by where they may stand.
MESSAGE = {"section", "header", "divider", "context", "actions", "image", "rich_text", "markdown", "file"}
MODAL = {"section", "header", "divider", "context", "actions", "image", "rich_text", "input"}
HOME = MODAL


class Wrong(AssertionError):
    """Slack would refuse this, or should not get it."""


def check_message(blocks: Sequence[Json], text: str) -> None:
    """Raise Wrong where a message's blocks or its ``text`` break a rule."""
    found = list(_blocks(blocks, MESSAGE, MESSAGE_BLOCKS))
    found += _length("text", text, MESSAGE_TEXT, least=1)
    found += _inert("text", text)
    if (size := len(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))) > MESSAGE_JSON:
        found.append(f"blocks: {size} characters of JSON, {MESSAGE_JSON} go into a message")
    _raise(found, blocks)


def check_view(view: Json) -> None:
    """Raise Wrong where a modal or an App Home breaks a rule."""
    found = list(_fields("view", view, {"type", "blocks"}, {
        "title", "close", "submit", "private_metadata", "callback_id", "clear_on_close", "notify_on_close",
        "external_id", "submit_disabled",
    }))  # fmt: skip
    modal = view.get("type") == "modal"
    if view.get("type") not in ("modal", "home"):
        found.append(f"view: type {view.get('type')!r}")
    found += _blocks(view.get("blocks", ()), MODAL if modal else HOME, VIEW_BLOCKS)
    for name in ("title", "close", "submit"):
        if name in view:
            found += _text(name, view[name], 24, plain=True)
    if modal and "title" not in view:
        found.append("view: a modal needs a title")
    if modal and "submit" not in view and any(b.get("type") == "input" for b in view.get("blocks", ())):
        found.append("view: input blocks need a submit button")
    found += _length("private_metadata", view.get("private_metadata", ""), 3000)
    found += _length("callback_id", view.get("callback_id", ""), 255)
    if len(json.dumps(view, ensure_ascii=False)) > 250_000:
        found.append("view: more than 250 kB")
    _raise(found, view)


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text that people see, with what it is: ``mrkdwn``, ``plain_text``, ``text`` of rich text..."""
    if isinstance(value, Mapping):
        kind = value.get("type")
        if kind in ("mrkdwn", "plain_text", "text") and isinstance(value.get("text"), str):
            yield str(kind), value["text"]
        for name in ("alt_text", "initial_value", "private_metadata"):
            if isinstance(value.get(name), str):
                yield name, value[name]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from texts(inner)


def said(blocks: Any) -> str:
    """Return all that people read, as one text, escapes undone: to look for words in."""
    return "\n".join(t.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for _, t in texts(blocks))


def buttons(value: Any) -> dict[str, Json]:
    """Return every element with an action_id."""
    found: dict[str, Json] = {}
    if isinstance(value, Mapping):
        if "action_id" in value:
            found[value["action_id"]] = value
        for inner in value.values():
            found |= buttons(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            found |= buttons(inner)
    return found


# --- blocks -----------------------------------------------------------------------------------------------------


def _raise(found: Sequence[str], what: Any) -> None:
    if found:
        shown = json.dumps(what, ensure_ascii=False, indent=1)
        raise Wrong("\n".join([*found, shown[:4000]]))


def _blocks(blocks: Any, allowed: set[str], most: int) -> Iterator[str]:
    if not isinstance(blocks, Sequence) or isinstance(blocks, str):
        yield "blocks: not a list"
        return
    if not 1 <= len(blocks) <= most:
        yield f"blocks: {len(blocks)}, between 1 and {most} are taken"
    ids, acts = [b["block_id"] for b in blocks if "block_id" in b], [b for b in blocks if b.get("type") == "input"]
    if len(ids) != len(set(ids)):
        yield "blocks: one block_id twice"
    if acts and any("block_id" not in b for b in acts):
        yield "blocks: an input without block_id could not be read back"
    for n, block in enumerate(blocks):
        kind, where = block.get("type"), f"blocks[{n}] {block.get('type')}"
        if kind not in allowed:
            yield f"{where}: not allowed here"
            continue
        yield from _length(f"{where} block_id", block.get("block_id", ""), 255)
        yield from _KINDS[kind](where, block)


def _section(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type"}, {"text", "fields", "accessory", "block_id", "expand"})
    if "text" not in block and not block.get("fields"):
        yield f"{where}: neither text nor fields"
    if "text" in block:
        yield from _text(f"{where} text", block["text"], 3000)
    if len(block.get("fields", ())) > 10:
        yield f"{where}: more than 10 fields"
    for n, text in enumerate(block.get("fields", ())):
        yield from _text(f"{where} fields[{n}]", text, 2000)
    if "accessory" in block:
        yield from _element(f"{where} accessory", block["accessory"], SECTION)


def _header(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type", "text"}, {"block_id"})
    yield from _text(where, block.get("text"), 150, plain=True)


def _divider(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type"}, {"block_id"})


def _context(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type", "elements"}, {"block_id"})
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= 10:
        yield f"{where}: {len(elements)} elements, between 1 and 10 are taken"
    for n, element in enumerate(elements):
        if element.get("type") == "image":
            yield from _element(f"{where}[{n}]", element, CONTEXT)
        else:
            yield from _text(f"{where}[{n}]", element, 3000)


def _actions(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type", "elements"}, {"block_id"})
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= 25:
        yield f"{where}: {len(elements)} elements, between 1 and 25 are taken"
    named = [e.get("action_id") for e in elements]
    if len(named) != len(set(named)):
        yield f"{where}: one action_id twice"
    for n, element in enumerate(elements):
        yield from _element(f"{where}[{n}]", element, ACTIONS)


def _image(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type", "alt_text"}, {"image_url", "slack_file", "title", "block_id"})
    yield from _picture(where, block)
    if "title" in block:
        yield from _text(f"{where} title", block["title"], 2000, plain=True)


def _picture(where: str, value: Json) -> Iterator[str]:
    yield from _length(f"{where} alt_text", value.get("alt_text", ""), 2000, least=1)
    if ("image_url" in value) == ("slack_file" in value):
        yield f"{where}: either image_url or slack_file"
    if "image_url" in value:
        yield from _url(where, value["image_url"])
    if "slack_file" in value and len(set(value["slack_file"]) & {"id", "url"}) != 1:
        yield f"{where}: slack_file has either id or url"
    # Slack names this pattern when it refuses: https://github.com/slackapi/python-slack-sdk/issues/1521 (2024-06-28)
    if not re.fullmatch(r"F[A-Z0-9]{8,}", value.get("slack_file", {}).get("id", "F00000000")):
        yield f"{where}: {value['slack_file']['id']!r} is no file's id"


def _input(where: str, block: Json) -> Iterator[str]:
    more = {"dispatch_action", "block_id", "hint", "optional"}
    yield from _fields(where, block, {"type", "label", "element"}, more)
    yield from _text(f"{where} label", block.get("label"), 2000, plain=True)
    if "hint" in block:
        yield from _text(f"{where} hint", block["hint"], 2000, plain=True)
    yield from _element(f"{where} element", block.get("element", {}), INPUT)


def _markdown(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type", "text"}, {"block_id"})
    yield from _length(where, block.get("text", ""), 12_000, least=1)


def _file(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type", "external_id", "source"}, {"block_id"})


_STYLES = {"bold", "italic", "strike", "code", "underline"}
_RICH = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}


def _rich_text(where: str, block: Json) -> Iterator[str]:
    yield from _fields(where, block, {"type", "elements"}, {"block_id"})
    if not block.get("elements"):
        yield f"{where}: no elements"
    for n, part in enumerate(block.get("elements", ())):
        yield from _rich_part(f"{where}[{n}]", part)


def _rich_part(where: str, part: Json) -> Iterator[str]:
    kind = part.get("type")
    if kind not in _RICH:
        yield f"{where}: {kind!r} in rich text"
        return
    more = {"rich_text_list": {"style", "indent", "offset", "border"}, "rich_text_preformatted": {"border", "language"},
            "rich_text_quote": {"border"}}.get(str(kind), set())  # fmt: skip
    yield from _fields(where, part, {"type", "elements"}, more)
    for n, element in enumerate(part.get("elements", ())):
        inner = f"{where}.{n}"
        if kind == "rich_text_list":
            yield from _rich_part(inner, element)
            continue
        what = element.get("type")
        if what == "text":
            yield from _fields(inner, element, {"type", "text"}, {"style"})
            # Not documented; a section's limit is kept to.
            yield from _length(inner, element.get("text", ""), 3000, least=1)
        elif what == "link":
            yield from _fields(inner, element, {"type", "url"}, {"text", "unsafe", "style"})
            yield from _url(inner, element.get("url", ""))
        elif what == "date":
            yield from _fields(inner, element, {"type", "timestamp", "format"}, {"url", "fallback", "style"})
            if not isinstance(element.get("timestamp"), int):
                yield f"{inner}: timestamp is seconds, as a number"
        elif what == "emoji":
            yield from _fields(inner, element, {"type", "name"}, {"unicode", "style"})
        else:
            yield f"{inner}: {what!r} mentions or pings"
        if set(element.get("style", {})) - _STYLES:
            yield f"{inner}: style {element['style']}"


_KINDS: dict[str, Callable[[str, Json], Iterator[str]]] = {
    "section": _section, "header": _header, "divider": _divider, "context": _context, "actions": _actions,
    "image": _image, "input": _input, "rich_text": _rich_text, "markdown": _markdown, "file": _file,
}  # fmt: skip


# --- elements ---------------------------------------------------------------------------------------------------

_COMMON = {"type", "action_id", "confirm", "focus_on_load"}
_ELEMENTS: dict[str, tuple[set[str], set[str]]] = {
    "button": ({"text"}, {"url", "value", "style", "accessibility_label"}),
    "static_select": (set(), {"options", "option_groups", "initial_option", "placeholder"}),
    "multi_static_select": (
        set(), {"options", "option_groups", "initial_options", "placeholder", "max_selected_items"}
    ),
    "radio_buttons": ({"options"}, {"initial_option"}),
    "checkboxes": ({"options"}, {"initial_options"}),
    "overflow": ({"options"}, set()),
    "datepicker": (set(), {"initial_date", "placeholder"}),
    "timepicker": (set(), {"initial_time", "placeholder", "timezone"}),
    "plain_text_input": (
        set(), {"initial_value", "multiline", "min_length", "max_length", "placeholder", "dispatch_action_config"}
    ),
    "file_input": (set(), {"filetypes", "max_files"}),
    "users_select": (set(), {"initial_user", "placeholder"}),
    "conversations_select": (set(), {"initial_conversation", "placeholder", "filter", "default_to_current_conversation",
                                     "response_url_enabled"}),
    "multi_conversations_select": (set(), {"initial_conversations", "placeholder", "filter", "max_selected_items"}),
    "image": ({"alt_text"}, {"image_url", "slack_file"}),
}  # fmt: skip
#: Fewest and most options.
_OPTIONS = {"static_select": (1, 100), "multi_static_select": (1, 100), "radio_buttons": (1, 10),
            "checkboxes": (1, 10), "overflow": (1, 5)}  # fmt: skip


def _element(where: str, value: Json, allowed: set[str]) -> Iterator[str]:
    kind = value.get("type")
    where = f"{where} {kind}"
    if kind not in allowed:
        yield f"{where}: not allowed here"
        return
    if kind == "image":
        yield from _fields(where, value, {"type", "alt_text"}, {"image_url", "slack_file"})
        yield from _picture(where, value)
        return
    needed, more = _ELEMENTS[str(kind)]
    yield from _fields(where, value, {"type", "action_id"} | needed, _COMMON | more)
    yield from _length(f"{where} action_id", value.get("action_id", ""), 255, least=1)
    if "placeholder" in value:
        yield from _text(f"{where} placeholder", value["placeholder"], 150, plain=True)
    if "confirm" in value:
        yield from _confirm(where, value["confirm"])
    if kind == "button":
        yield from _text(f"{where} text", value.get("text"), 75, plain=True)
        yield from _length(f"{where} value", value.get("value", ""), 2000)
        yield from _length(f"{where} accessibility_label", value.get("accessibility_label", ""), 75)
        if value.get("style", "primary") not in ("primary", "danger"):
            yield f"{where}: style {value['style']!r}"
        if "url" in value:
            yield from _url(where, value["url"])
    if kind in _OPTIONS:
        yield from _options(where, value)
    if kind == "datepicker" and not _DATE.fullmatch(value.get("initial_date", "2026-01-01")):
        yield f"{where}: initial_date {value['initial_date']!r}"
    if kind == "timepicker" and not _TIME.fullmatch(value.get("initial_time", "09:00")):
        yield f"{where}: initial_time {value['initial_time']!r}"
    if kind == "plain_text_input":
        most = value.get("max_length", 3000)
        if not 1 <= most <= 3000 or not 0 <= value.get("min_length", 0) <= 3000:
            yield f"{where}: max_length is between 1 and 3000"
        yield from _length(f"{where} initial_value", value.get("initial_value", ""), most)
    if kind == "file_input" and not 1 <= value.get("max_files", 10) <= 10:
        yield f"{where}: max_files is between 1 and 10"


def _options(where: str, value: Json) -> Iterator[str]:
    kind = str(value["type"])
    least, most = _OPTIONS[kind]
    options = value.get("options", ())
    if not least <= len(options) <= most:
        yield f"{where}: {len(options)} options, between {least} and {most} are taken"
    values = [o.get("value") for o in options]
    if len(values) != len(set(values)):
        yield f"{where}: one value twice"
    # Texts of radio buttons and checkboxes may be mrkdwn.
    plain = kind not in ("radio_buttons", "checkboxes")
    for n, option in enumerate(options):
        inner = f"{where} options[{n}]"
        yield from _fields(inner, option, {"text", "value"}, {"description", "url"})
        yield from _text(inner, option.get("text"), 75, plain=plain)
        yield from _length(f"{inner} value", option.get("value", ""), 150, least=1)
        if "description" in option:
            yield from _text(f"{inner} description", option["description"], 75, plain=plain)
    first = value.get("initial_options", [value["initial_option"]] if "initial_option" in value else [])
    if any(o not in options for o in first) or ("initial_options" in value and not first):
        yield f"{where}: an initial option is none of the options"


def _confirm(where: str, value: Json) -> Iterator[str]:
    yield from _fields(f"{where} confirm", value, {"title", "text", "confirm", "deny"}, {"style"})
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text(f"{where} confirm {name}", value.get(name), most, plain=True)


# --- texts ------------------------------------------------------------------------------------------------------


def _fields(where: str, value: Json, needed: set[str], more: set[str]) -> Iterator[str]:
    for name in sorted(needed - set(value)):
        yield f"{where}: {name} is missing"
    for name in sorted(set(value) - needed - more):
        yield f"{where}: {name!r} is no field of it"


def _text(where: str, value: Any, most: int, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(value, Mapping) or value.get("type") not in ("plain_text", "mrkdwn"):
        yield f"{where}: no text object"
        return
    if value["type"] == "plain_text":
        yield from _fields(where, value, {"type", "text"}, {"emoji"})
    elif plain:
        yield f"{where}: only plain_text is taken"
        return
    else:
        yield from _fields(where, value, {"type", "text"}, {"verbatim"})
        if value.get("verbatim") is not True:
            yield f"{where}: mrkdwn that is not verbatim makes links of words"
        yield from _inert(where, value.get("text", ""))
    yield from _length(where, value.get("text", ""), most, least=1)


def _inert(where: str, text: str) -> Iterator[str]:
    """Find what pings, mentions or links in a text that Slack reads as mrkdwn."""
    for found in (*_ACTIVE.findall(text), *_LINK.findall(text)):
        yield f"{where}: {found!r} acts"


def _length(where: str, text: Any, most: int, *, least: int = 0) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{where}: no text"
        return
    # An emoji counts two: how Slack counts is not documented, and this is the most that it may count.
    size = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if not least <= size <= most:
        yield f"{where}: {size} characters, between {least} and {most} are taken"


def _url(where: str, url: str) -> Iterator[str]:
    yield from _length(f"{where} url", url, 3000, least=1)
    if not re.match(r"https?://[^\s<>|]+\Z", url):
        yield f"{where}: {url!r} is no web address"
