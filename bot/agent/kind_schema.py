"""A kind's fields as the arguments of the tool ``write``, and as the form that a prompt shows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bot.agent.kinds import Field, said

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from pydantic import BaseModel

#: Models count badly: they are asked for this share of what may be.
ASKED = 0.8
#: Letters of an English word, with the space behind it.
PER_WORD = 6
#: Rules that a model may cite for one document.
MOST_CITED = 12
_URL = re.compile(r"https?://[\x21-\x7e]+")


@dataclass(frozen=True)
class Leaf:
    """One text in a body: where it stands, as ``sections.1.text``, which field it fills, and what it says."""

    path: str
    field: Field
    text: str


def length(text: str, unit: str) -> int:
    """Count a text as the place where it will stand does.

    ``width``: East Asian wide characters are two, as Google Ads counts
    (https://support.google.com/google-ads/answer/7684791, read 2026-11-22). ``weighted``: as X counts, where a link is
    23 and everything beyond Latin two (https://docs.x.com/fundamentals/counting-characters, read 2026-11-22).
    """
    if unit == "width":
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    if unit == "weighted":
        links = len(_URL.findall(text))
        bare = unicodedata.normalize("NFC", _URL.sub("", text))
        light = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
        return 23 * links + sum(1 if any(a <= ord(c) <= b for a, b in light) else 2 for c in bare)
    return len(text)


def arguments(
    fields: Sequence[Field], language: str, *, citable: Sequence[str] = (), pattern: str = "", name: str = "Written"
) -> type[BaseModel]:
    """Return the arguments of ``write``; limits are in the schema for endpoints that enforce one, and checked later.

    Only types are enforced here: what is too long or too many is handed back in words instead.
    """
    from pydantic import Field as Argument
    from pydantic import create_model

    made: dict[str, Any] = {}
    if citable:
        ids: Any = Literal[tuple(citable)]
        extra: dict[str, Any] = {"maxItems": MOST_CITED}
        what = "ids of the facts and rules that the text rests on"
        made["citations"] = (list[ids], Argument(description=what, json_schema_extra=extra))
    for f in fields:
        what, (fewest, most) = said(f.what, language), f.items
        several: dict[str, Any] = {"minItems": fewest, "maxItems": most}
        if f.type == "records":
            record = arguments(f.of, language, pattern=pattern, name=f.name.capitalize())
            made[f.name] = (list[record], Argument(description=what, json_schema_extra=several))  # type: ignore[valid-type]
        elif f.type == "choice":
            choice: Any = Literal[tuple(f.options or ())]
            made[f.name] = (choice, Argument(description=what))
        elif f.type == "list":
            item: Any = _text(f, language, pattern)
            made[f.name] = (list[item], Argument(description=what, json_schema_extra=several))
        else:
            made[f.name] = (_text(f, language, pattern), Argument(description=what))
    return create_model(name, **made)


def _text(field: Field, language: str, pattern: str) -> Any:
    from typing import Annotated

    from pydantic import Field as Argument

    most = field.goal(language)
    # A grammar counts characters, whatever the place counts.
    dense = language.split("-")[0] in {"zh", "ja", "ko"}
    top = most // 2 if dense and field.unit != "characters" else most
    extra: dict[str, Any] = {"maxLength": top}
    if pattern:
        extra["pattern"] = pattern % top
    return Annotated[str, Argument(json_schema_extra=extra)]


def handing_in(args: type[BaseModel], take: Callable[[dict[str, Any]], str]) -> BaseTool:
    """Return the tool ``write``, the only one there is: it can hand in what was asked for, and nothing else.

    Its schema goes to the endpoint whole. What does not match it is a sentence back, not an error of the tool.
    """
    from langchain_core.tools import StructuredTool
    from langchain_core.utils.json_schema import dereference_refs
    from pydantic import ValidationError

    # As a dict: from a class, limits of the outermost fields would be lost on the way to the endpoint.
    schema = dereference_refs(args.model_json_schema())
    schema.pop("$defs", None)

    def write(**given: Any) -> str:
        try:
            return take(plain(args.model_validate(given)))
        except ValidationError as error:
            wrong = [f"{where('.'.join(map(str, e['loc'])))}: {e['msg']}." for e in error.errors()[:4]]
            return f"Not taken. {' '.join(wrong)} Write all of it again."

    return StructuredTool.from_function(write, name="write", description="Hand in the text.", args_schema=schema)


def where(path: str) -> str:
    """Name a place in a body for a reader: ``sections.1.text`` is “sections 2, text”."""
    return re.sub(r"\.(\d+)", lambda m: f" {int(m[1]) + 1}", path).replace(".", ", ")


def form(fields: Sequence[Field], language: str) -> str:
    """Write the fields as lines for a prompt: name, what it is, how many, how long."""
    chinese = language.startswith("zh")

    def line(f: Field, indent: str) -> list[str]:
        many, what = _many(f, chinese), said(f.what, language)
        head = f"{indent}- {f.name}{':' if not chinese else '：'}{'' if chinese else ' '}"
        if f.type == "records":
            return [f"{head}{many}{what}", *(row for sub in f.of for row in line(sub, indent + "  "))]
        if f.type == "choice":
            return [f"{head}{what} ({', '.join(f.options or ())})"]
        return [f"{head}{many}{what}{_long(f, language)}"]

    return "\n".join(row for f in fields for row in line(f, ""))


def _many(f: Field, chinese: bool) -> str:
    if f.type not in ("list", "records"):
        return ""
    few, most = f.items
    count = str(few) if few == most else f"{few} 到 {most}" if chinese else f"{few} to {most}"
    return f"{count} 个" if chinese else f"{count} "


def _long(f: Field, language: str) -> str:
    goal = int(f.goal(language) * ASKED)
    if language.startswith("zh"):
        return f"，最多 {goal // 2 if f.unit != 'characters' else goal} 字"
    return f", at most {max(2, goal // PER_WORD)} words"


def leaves(fields: Sequence[Field], body: dict[str, Any], base: str = "") -> list[Leaf]:
    """Return every text of a body with its path, in order; choices are none."""
    found = []
    for f in fields:
        value = body.get(f.name)
        path = f"{base}{f.name}"
        if f.type == "text" and isinstance(value, str):
            found.append(Leaf(path, f, value))
        elif f.type == "list":
            found += [Leaf(f"{path}.{n}", f, text) for n, text in enumerate(value or ())]
        elif f.type == "records":
            for n, record in enumerate(value or ()):
                found += leaves(f.of, record, f"{path}.{n}.")
    return found


def put(body: dict[str, Any], path: str, text: str) -> None:
    """Set the text that ``leaves`` named by ``path``."""
    at: Any = body
    *way, last = (int(name) if name.isdigit() else name for name in path.split("."))
    for name in way:
        at = at[name]
    at[last] = text


def plain(value: Any) -> Any:
    """Return what a tool was given as JSON values, texts stripped."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return plain(value.model_dump()) if hasattr(value, "model_dump") else value


def example(text: str) -> dict[str, Any]:
    """Read an example's answer, which stands in the prompt as YAML."""
    import yaml

    found = yaml.safe_load(text)
    if not isinstance(found, dict):
        raise ValueError("an example's answer must be a mapping")
    return found


def only(fields: Sequence[Field], body: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a body that these fields ask for."""
    found: dict[str, Any] = {}
    for f in fields:
        value = body.get(f.name)
        if f.type == "records":
            value = [only(f.of, record) for record in value or ()]
        if value is not None:
            found[f.name] = value
    return found
