"""YAML with the line of every value, because a problem without its place is hard to mend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.brand_folder.problems import Problems
from bot.words import say


@dataclass(frozen=True)
class Marked:
    """A YAML value and where it stands."""

    #: A string, number, boolean or None; a list of Marked; or a dict of names to Marked.
    value: Any
    #: Counted from 1.
    line: int
    #: A scalar as it was typed: ``no`` where ``value`` is False.
    raw: str = ""
    #: Line of each name of a dict.
    lines: dict[str, int] = field(default_factory=dict)


def read_yaml(text: str, file: str, problems: Problems) -> Marked | None:
    """Return the one document in ``text``, or None with the problem noted; an empty file is an empty dict."""
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return _mark(node, file, problems, yaml) if node is not None else Marked({}, 1)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problems.error(
            file, line, say("This is not valid YAML: {why}.", why=error.problem or error.context), _hint(text, line)
        )
    except (yaml.YAMLError, RecursionError) as error:
        line = _bad_character_line(text, error)
        problems.error(file, line, say("This is not valid YAML: {why}.", why=str(error).splitlines()[0]))
    return None


def _mark(node: Any, file: str, problems: Problems, yaml: Any) -> Marked:
    loader = yaml.SafeLoader("")
    done: dict[int, Marked] = {}
    open_: set[int] = set()

    def mark(node: Any) -> Marked:
        # An alias is one node in several places: marking it once keeps a small file from growing huge.
        if id(node) in done:
            return done[id(node)]
        line = node.start_mark.line + 1
        if id(node) in open_:
            problems.error(file, line, say("This value contains itself."), say("Remove the alias."))
            return Marked(None, line)
        open_.add(id(node))
        if isinstance(node, yaml.MappingNode):
            values: dict[str, Marked] = {}
            lines: dict[str, int] = {}
            for key, value in node.value:
                at = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode):
                    problems.error(file, at, say("A name here is not plain text."), say("Put the name in quotes."))
                    continue
                if key.value in values:
                    first = lines[key.value]
                    problems.error(
                        file,
                        at,
                        say("{name!r} is given twice, first in line {first}.", name=key.value, first=first),
                        say("Remove one."),
                    )
                    continue
                values[key.value], lines[key.value] = mark(value), at
            found = Marked(values, line, lines=lines)
        elif isinstance(node, yaml.SequenceNode):
            found = Marked([mark(item) for item in node.value], line)
        else:
            try:
                value = loader.construct_object(node)
            except (yaml.YAMLError, ValueError, TypeError):
                value = node.value
            found = Marked(value, line, raw=node.value)
        open_.discard(id(node))
        done[id(node)] = found
        return found

    return mark(node)


def _hint(text: str, line: int) -> str:
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return say("Indent with spaces, not with tabs.")
    if here.count(": ") > 1 or here.rstrip().endswith(":"):
        return say("A text that has a colon in it needs quotes around it.")
    return say("Check the indentation, and quotes that are not closed.")


def _bad_character_line(text: str, error: Exception) -> int:
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
