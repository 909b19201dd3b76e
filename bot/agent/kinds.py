"""Kinds of content: what each delivers, its schema, its checks. A kind is one file, ``prompts/kinds/<name>.md``.

The front matter's ``kind:`` says what a person gets and what the model fills; the text below it is the prompt.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from bot import prompting
from bot.errors import NotFound, PromptError
from bot.prompting import Prompt
from bot.words import joined, say
from bot.words import language as reader

FOLDER = "kinds"
#: Kinds whose prompt has stood elsewhere since before there were kinds.
ELSEWHERE = {"post": "draft_post"}
POST, DOCUMENT = "post", "document"
TYPES = ("text", "list", "records", "choice")
#: Who fills a field instead of the model; see ``kind_body``.
FILLERS = ("never_rules", "disclosure", "hashtags", "seconds", "source")
#: What a text is held against beyond schema, language and the brand's rules; see ``kind_checks``.
CHECKS = ("kept", "grounded", "distinct", "speakable", "asks", "supported")


@dataclass(frozen=True)
class Field:
    """One thing that the model fills, or code."""

    name: str
    #: What it is, and what it is called, by language (``en``, ``zh``).
    what: Mapping[str, str]
    label: Mapping[str, str]
    type: str = "text"
    #: Longest text (of each item, in a list), by language; 0 for a list of records.
    longest: Mapping[str, int] | None = None
    #: Length to aim for, where the longest is more than people read; None for the longest.
    aim: Mapping[str, int] | None = None
    #: What is counted: ``characters``, ``width`` (East Asian ones are two), ``weighted`` (as X counts).
    unit: str = "characters"
    #: Fewest and most items of a list.
    items: tuple[int, int] = (1, 1)
    #: The fields of each record.
    of: tuple[Field, ...] = ()
    #: What can be chosen, with what it is called.
    options: Mapping[str, Mapping[str, str]] | None = None
    #: Full sentences: they must end, and small models ramble in them.
    prose: bool = False
    #: Too long for one call of a small model, which writes each record of such a list alone.
    later: bool = False
    #: What code fills it from, one of ``FILLERS``; empty where the model does.
    by: str = ""
    #: How Markdown shows it: ``title``, ``plain``, ``sections``, ``table``; empty for label and text.
    shown: str = ""

    def goal(self, language: str) -> int:
        """Return the length to aim for in a language."""
        return int(said(self.aim, language)) if self.aim else self.most(language)

    def most(self, language: str) -> int:
        """Return the longest text in a language."""
        return int(said(self.longest or {"en": 0}, language))


@dataclass(frozen=True)
class Format:
    """One place where an advertisement stands, with its limits as published there."""

    name: str
    label: Mapping[str, str]
    fields: tuple[Field, ...]
    #: Where the limits are from, and the day they were read.
    source: str
    read: str
    #: Languages for which it is written when no format is named.
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of content."""

    name: str
    labels: Mapping[str, str]
    #: ``post`` (a draft for an account) or ``document``.
    delivers: str
    #: What a person gets, in a sentence, by language.
    about: Mapping[str, str]
    fields: tuple[Field, ...]
    prompt: Prompt
    checks: tuple[str, ...] = ()
    formats: tuple[Format, ...] = ()
    #: It cannot be written without a source.
    needs_source: bool = False

    @property
    def label(self) -> str:
        """What it is called, in the reader's language."""
        return str(said(self.labels, reader()))

    @property
    def is_post(self) -> bool:
        return self.delivers == POST

    def field(self, name: str) -> Field | None:
        """Return a field by its name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    def usual_formats(self, language: str) -> tuple[Format, ...]:
        """Return the formats that are written in a language when none is named."""
        tag = language.split("-")[0].lower()
        own = tuple(f for f in self.formats if tag in f.languages)
        return own or tuple(f for f in self.formats if "en" in f.languages)

    def format(self, name: str) -> Format:
        """Return a format. Raises NotFound, with those there are."""
        found = next((f for f in self.formats if f.name == name), None)
        if found is None:
            known = ", ".join(f.name for f in self.formats) or "-"
            raise NotFound(
                say("{kind} has no format {name}.", kind=self.name, name=repr(name)),
                next_step=say("It has: {known}.", known=known),
            )
        return found


def said(by_language: Mapping[str, Any], language: str) -> Any:
    """Return what stands for a language (only its first part counts), else the English."""
    return by_language.get(language.split("-")[0].lower(), by_language["en"])


def names() -> list[str]:
    """Return the names of all kinds, those that become posts first."""
    prefix = f"{FOLDER}/"
    found = [n.removeprefix(prefix) for n in prompting.names() if n.startswith(prefix)]
    kinds = [load(name) for name in (*ELSEWHERE, *found)]
    return [k.name for k in sorted(kinds, key=lambda k: (not k.is_post, k.name != "post"))]


def load(name: str) -> Kind:
    """Return a kind. Raises NotFound for an unknown one, with the nearest name and the list; PromptError."""
    where = ELSEWHERE.get(name, f"{FOLDER}/{name}")
    if where not in prompting.names():
        known = names()
        near = difflib.get_close_matches(name.lower().replace("-", "_").replace(" ", "_"), known, 1)
        hint = say("Did you mean `{word}`?", word=near[0]) if near else ""
        listed = say("There are: {known}.", known=", ".join(known))
        raise NotFound(say("There is no kind of content {name}.", name=repr(name)), next_step=joined(hint, listed))
    return of(prompting.load(where), name)


@lru_cache(maxsize=64)
def _read(name: str, prompt_hash: str, where: str) -> Kind:
    return of_front(name, prompting.load(where))


def of(prompt: Prompt, name: str) -> Kind:
    """Return the kind that a prompt describes."""
    return _read(name, prompt.hash, prompt.name)


def of_front(name: str, prompt: Prompt) -> Kind:
    """Read the ``kind:`` of a prompt's front matter. Raises PromptError naming what is wrong."""
    front, wrong = prompt.kind, list[str]()
    if not front:
        raise PromptError(f"Prompt {prompt.name!r} has no `kind:` in its front matter.")
    unknown = set(front) - {"label", "delivers", "about", "fields", "checks", "formats", "needs_source"}
    wrong += [f"kind: {key} is not known" for key in sorted(unknown)]
    for key in ("label", "about"):
        if set(front.get(key) or {}) != {"en", "zh"}:
            wrong.append(f"kind: {key} must be given in en and zh")
    if front.get("delivers") not in (POST, DOCUMENT):
        wrong.append(f"kind: delivers must be {POST} or {DOCUMENT}")
    wrong += [f"kind: the check {c} is not known" for c in front.get("checks") or () if c not in CHECKS]
    if wrong:
        raise PromptError(f"Prompt {prompt.name!r}: {'; '.join(wrong)}.")
    fields = tuple(_field(prompt.name, f) for f in front.get("fields") or ())
    return Kind(
        name,
        front["label"],
        front["delivers"],
        front["about"],
        fields,
        prompt,
        tuple(front.get("checks") or ()),
        tuple(_format(prompt.name, n, f) for n, f in (front.get("formats") or {}).items()),
        bool(front.get("needs_source")),
    )


def _format(where: str, name: str, given: Mapping[str, Any]) -> Format:
    try:
        fields = tuple(_field(where, f) for f in given["fields"])
        languages = tuple(given.get("languages") or ())
        return Format(name, _both(given["label"]), fields, given["source"], str(given["read"]), languages)
    except KeyError as error:
        raise PromptError(f"Prompt {where!r}: format {name} lacks {error}.") from None


_KEYS = {
    "name", "what", "label", "type", "max", "aim", "unit", "items", "of", "options", "prose", "later", "by", "as",
}  # fmt: skip


def _field(where: str, given: Mapping[str, Any]) -> Field:
    name = str(given.get("name") or "")
    kind = given.get("type") or "text"
    wrong = [f"{key} is not known" for key in sorted(set(given) - _KEYS)]
    wrong += [f"{key} is missing" for key in ("name", "what") if not given.get(key)]
    if kind not in TYPES:
        wrong.append(f"type must be one of {', '.join(TYPES)}")
    if given.get("by") and given["by"] not in FILLERS:
        wrong.append(f"by must be one of {', '.join(FILLERS)}")
    elif kind in ("text", "list") and not given.get("by") and not given.get("max"):
        wrong.append("max is missing")
    if kind in ("list", "records") and not given.get("by") and len(given.get("items") or ()) != 2:
        wrong.append("items must be [fewest, most]")
    if wrong:
        raise PromptError(f"Prompt {where!r}, field {name or '?'}: {'; '.join(wrong)}.")
    longest = given.get("max")
    options = {str(k): _both(v) for k, v in (given.get("options") or {}).items()}
    return Field(
        name,
        _both(given["what"]),
        _both(given.get("label") or name.replace("_", " ").capitalize()),
        kind,
        {"en": longest} if isinstance(longest, int) else longest,
        {"en": given["aim"]} if isinstance(given.get("aim"), int) else given.get("aim"),
        given.get("unit") or "characters",
        tuple(given.get("items") or (1, 1)),
        tuple(_field(where, f) for f in given.get("of") or ()),
        options or None,
        bool(given.get("prose")),
        bool(given.get("later")),
        given.get("by") or "",
        given.get("as") or "",
    )


def _both(given: Any) -> Mapping[str, str]:
    return given if isinstance(given, dict) else {"en": str(given)}


def model_fields(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return what a model fills: all but what code does."""
    return tuple(replace(f, of=model_fields(f.of)) for f in fields if not f.by)
