"""Reading fields out of marked YAML: each getter returns a usable value and notes what is wrong with the given one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.brand_folder.marked import Marked
from bot.brand_folder.problems import Problems, nearest
from bot.words import say

#: No number of a brand folder is larger, unless it says so: a million minutes are two years.
MOST = 1e6
#: The longest name of a person, an account or a rule: every database has room for it.
LONGEST = 80
GOOD_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
#: Line breaks, other controls and halves of characters.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True)
class Fields:
    """The fields of one mapping, in one file."""

    file: str
    marked: Marked
    problems: Problems
    #: How to name this mapping in a message, such as ``account 2``; empty for the whole file.
    what: str = ""

    @classmethod
    def of(cls, file: str, marked: Marked, problems: Problems, known: Collection[str], what: str = "") -> Fields:
        """Take ``marked`` as a mapping with no other fields than ``known``; anything else is noted as an error."""
        if not isinstance(marked.value, dict):
            named = what or say("This file")
            problems.error(file, marked.line, say("{named} should have fields, as in `name: value`.", named=named))
            return cls(file, Marked({}, marked.line), problems, what)
        for name in marked.value:
            if name not in known:
                problems.error(
                    file, marked.lines[name], say("There is no field {name!r} here.", name=name), nearest(name, known)
                )
        return cls(file, marked, problems, what)

    def get(self, name: str) -> Marked | None:
        """Return the field, or None where it is missing or empty."""
        field: Marked | None = self.marked.value.get(name)
        return None if field is None or field.value is None else field

    def line(self, name: str = "") -> int:
        """Return the line of a field's name, or of the mapping where the field is missing."""
        return self.marked.lines.get(name, self.marked.line)

    def error(self, name: str, message: str, fix: str = "") -> None:
        self.problems.error(self.file, self.line(name), message, fix)

    def warning(self, name: str, message: str, fix: str = "") -> None:
        self.problems.warning(self.file, self.line(name), message, fix)

    def again(self, name: str, message: str, line: int) -> None:
        """Note as an error that ``line`` says it already."""
        self.error(name, message, say("It is already in line {line}.", line=line))

    def text(self, name: str, default: str = "", *, required: bool = False, most: int = 0) -> str:
        """Return a text; numbers and words like ``no`` are taken as they were typed.

        One with a ``most`` is a name, kept with what it decides: in one line, and no longer than that.
        """
        field = self.get(name)
        if field is None or (isinstance(field.value, str) and not field.value.strip()):
            if required:
                said = say("The field {name!r} is missing.", name=name)
                if self.what:
                    said = say("The field {name!r} of {what} is missing.", name=name, what=self.what)
                self.error(name, said, say("Add `{name}: ...`.", name=name))
            return default
        if isinstance(field.value, list | dict):
            self.error(name, say("{name!r} should be one text, not a list or fields.", name=name))
            return default
        found: str = field.raw.strip()
        if most and (len(found) > most or _UNFIT.search(found)):
            self.error(
                name,
                say("{name!r} should be one line of at most {most} characters.", name=name, most=most),
                say("Make it shorter."),
            )
            return default
        return found

    def texts(self, name: str) -> list[tuple[str, int]]:
        """Return a list of texts with their lines; a single text counts as a list of one."""
        field = self.get(name)
        return self._texts(name, field) if field else []

    def _texts(self, name: str, field: Marked) -> list[tuple[str, int]]:
        if isinstance(field.value, dict):
            self.error(name, say("{name!r} should be a list.", name=name), say("Begin each line with `- `."))
            return []
        found = []
        for item in field.value if isinstance(field.value, list) else [field]:
            if item.value is None or not item.raw.strip():
                fix = (
                    say('A word that begins with # needs quotes: "#Tea".')
                    if name == "hashtags"
                    else say("Remove the line.")
                )
                self.problems.error(self.file, item.line, say("An entry of {name!r} is empty.", name=name), fix)
            elif isinstance(item.value, list | dict):
                self.problems.error(
                    self.file,
                    item.line,
                    say("An entry of {name!r} is not plain text.", name=name),
                    say("Put it in quotes."),
                )
            else:
                found.append((item.raw.strip(), item.line))
        return found

    def choices(self, name: str, known: Collection[str], what: str = "") -> list[str]:
        """Return those texts of a list that are known; the others are noted, with the nearest known one."""
        found = []
        for text, line in self.texts(name):
            if text in known:
                found.append(text)
            else:
                self.problems.error(
                    self.file,
                    line,
                    say("{text!r} is not a known {what}.", text=text, what=say(what) or name),
                    nearest(text, known),
                )
        return found

    def number(self, name: str, default: float, *, least: float, whole: bool = False, most: float = MOST) -> float:
        """Return a number from ``least`` to ``most``."""
        field = self.get(name)
        if field is None:
            return default
        value = field.value
        right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not right or value < least or value != value:
            sort = say("a whole number") if whole else say("a number")
            self.error(
                name,
                say(
                    "{name!r} should be {sort} of at least {least:g}, not {given!r}.",
                    name=name,
                    sort=sort,
                    least=least,
                    given=field.raw or value,
                ),
            )
            return default
        if value > most:
            self.error(
                name, say("{name!r} is {most} at most.", name=name, most=f"{most:,.0f}"), say("Make it smaller.")
            )
            return default
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        field = self.get(name)
        if field is None:
            return default
        if not isinstance(field.value, bool):
            self.error(name, say("{name!r} should be true or false, not {given!r}.", name=name, given=field.raw))
            return default
        return field.value

    def id(self, name: str = "id", *, most: int = LONGEST) -> str:
        """Return an id, or an empty text with the problem noted."""
        found = self.text(name, required=True, most=most)
        if found and not GOOD_ID.fullmatch(found):
            self.error(
                name, say("The id {found!r} cannot be used.", found=found), say("Use small letters, digits and dashes.")
            )
            return ""
        return found

    def language(self, name: str = "language", default: str = "en") -> str:
        """Return a language tag such as ``en`` or ``zh-Hans``."""
        found = self.text(name, default)
        if not good_language(found):
            self.error(
                name, say("{found!r} is not a language tag.", found=found), say("Write it as `en`, `zh` or `zh-Hans`.")
            )
            return default
        return found

    def zone(self, name: str = "zone", default: str = "UTC") -> str:
        """Return an IANA zone that this machine knows."""
        from zoneinfo import available_timezones

        found = self.text(name, default)
        zones = available_timezones()
        if found not in zones:
            cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in sorted(zones)}
            city = cities.get(found.replace(" ", "_").rsplit("/", 1)[-1].lower())
            hint = say("Did you mean {city!r}?", city=city) if city else nearest(found, zones)
            self.error(
                name, say("There is no time zone {found!r}.", found=found), hint or say("Write it as `Europe/London`.")
            )
            return default
        return found

    def entries(self, name: str, known: Collection[str], what: str) -> Iterator[Fields]:
        """Yield each mapping of a list, named ``what 1``, ``what 2``, ..."""
        field = self.get(name)
        if field is None:
            return
        if not isinstance(field.value, list):
            self.error(name, say("{name!r} should be a list.", name=name), say("Begin each entry with `- `."))
            return
        for n, item in enumerate(field.value, 1):
            yield Fields.of(self.file, item, self.problems, known, f"{say(what)} {n}")

    def fields(self, name: str, known: Collection[str]) -> Fields | None:
        """Return the fields of a nested mapping, or None where there is none."""
        field = self.get(name)
        return Fields.of(self.file, field, self.problems, known, name) if field else None

    def by_language(self, name: str, main: str) -> dict[str, str]:
        """Return a text in each language it is given in: one text is in ``main``."""
        field = self.get(name)
        if field is None or not isinstance(field.value, dict):
            text = self.text(name)
            return {main: text} if text else {}
        return {tag: text for tag, texts in self._languages(name, field) if (text := " ".join(t for t, _ in texts))}

    def words_by_language(self, name: str, main: str) -> dict[str, list[str]]:
        """Return words in each language: a plain list is in ``main``."""
        field = self.get(name)
        if field is None or not isinstance(field.value, dict):
            return {main: [t for t, _ in self.texts(name)]}
        return {tag: [t for t, _ in texts] for tag, texts in self._languages(name, field)}

    def _languages(self, name: str, field: Marked) -> Iterator[tuple[str, list[tuple[str, int]]]]:
        for tag, value in field.value.items():
            if not good_language(tag):
                line = field.lines[tag]
                self.problems.error(
                    self.file,
                    line,
                    say("{tag!r} is not a language tag.", tag=tag),
                    say("Write it as `en`, `zh` or `zh-Hans`."),
                )
            elif value.value is not None:
                yield tag, self._texts(name, value)


def good_language(tag: str) -> bool:
    """Say whether ``tag`` has the shape of a BCP 47 language, and the length of one (RFC 5646 asks for room for 35)."""
    return len(tag) <= 35 and bool(_LANGUAGE.fullmatch(tag))


def twin_ids(item_id: str, languages: Collection[str], main: str) -> dict[str, tuple[str, str]]:
    """Return for each language the id of its version and of its twin: ``main`` keeps the plain id."""
    ordered = sorted(languages, key=lambda tag: (tag.split("-")[0] != main.split("-")[0], tag))
    ids = {tag: item_id if n == 0 else f"{item_id}.{tag.split('-')[0].lower()}" for n, tag in enumerate(ordered)}
    first = ordered[0] if ordered else ""
    second = ids[ordered[1]] if len(ordered) > 1 else ""
    return {tag: (ids[tag], second if tag == first else ids[first]) for tag in ordered}
