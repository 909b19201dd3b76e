"""Prompts as files: text in ``prompts/``, versions that cannot drift, variables that cannot be forgotten.

A prompt is front matter plus Jinja. ``prompts.lock`` keeps one line per version ever used (name, version, hash) and
only grows, so that a reference such as ``draft_post@1:1f3a9c02`` always leads to the text that was sent.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import PromptError

FOLDER = Path(__file__).resolve().parent.parent / "prompts"
_FIELDS = {"version": int, "purpose": str, "inputs": dict, "output": str, "example": dict}
#: What may be left out: ``kind`` makes the prompt one of a kind of content (``bot/agent/kinds.py`` reads it).
_OPTIONAL = {"kind": dict}
_TURN = re.compile(r"^<!-- (person|bot) -->\n", re.MULTILINE)
_FRONT = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Prompt:
    """One version of one prompt text."""

    name: str
    version: int
    hash: str
    purpose: str
    #: Variable name -> what it is, in words.
    inputs: Mapping[str, str]
    #: What comes back: ``text`` or the name of a tool.
    output: str
    example: Mapping[str, Any] = field(repr=False)
    body: str = field(repr=False)
    #: What the front matter says of the kind of content that it writes; empty for any other prompt.
    kind: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ref(self) -> str:
        """Name, version and hash in one word, as drafts and audit records keep it."""
        return f"{self.name}@{self.version}:{self.hash[:8]}"

    def render(self, **variables: Any) -> str:
        """Fill the text; raises PromptError that lists every missing and every unknown variable at once."""
        return "\n\n".join(text for _, text in self.turns(**variables))

    def turns(self, **variables: Any) -> list[tuple[str, str]]:
        """Fill the text turn by turn: ``system`` first, then what stands under ``<!-- person -->``, ``<!-- bot -->``.

        The file is cut before it is filled, so that no variable can begin a turn.
        """
        missing = sorted(set(self.inputs) - set(variables))
        unknown = sorted(set(variables) - set(self.inputs))
        if missing or unknown:
            said = [f"missing {', '.join(missing)}"] if missing else []
            said += [f"unknown {', '.join(unknown)}"] if unknown else []
            raise PromptError(f"Prompt {self.name!r}: {'; '.join(said)}.")
        from jinja2 import TemplateError

        pieces = _TURN.split(self.body)
        roles = ["system", *pieces[1::2]]
        try:
            texts = [str(_template(text).render(variables)).strip() for text in pieces[::2]]
        except TemplateError as error:
            raise PromptError(f"Prompt {self.name!r} does not render: {error}.") from error
        return [(role, text) for role, text in zip(roles, texts, strict=True) if text]


@lru_cache(maxsize=64)
def _template(body: str) -> Any:
    from jinja2 import Environment, StrictUndefined

    # Prompts are plain text for a model, not HTML: escaping would change the words.
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(
        body
    )


def parse(name: str, text: str) -> Prompt:
    """Read one prompt file's text; raises PromptError naming everything that is wrong."""
    import yaml
    from jinja2 import Environment, TemplateSyntaxError, meta

    match = _FRONT.match(text)
    if match is None:
        raise PromptError(f"Prompt {name!r} has no front matter between two lines of three dashes.")
    try:
        front = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise PromptError(f"Prompt {name!r}: the front matter is not YAML: {error}.") from error
    front = front if isinstance(front, dict) else {}
    wrong = [f"{key} is missing" for key in _FIELDS if key not in front]
    wrong += [f"{key} is not known" for key in front if key not in {**_FIELDS, **_OPTIONAL}]
    types = {**_FIELDS, **_OPTIONAL}.items()
    wrong += [f"{k} must be {t.__name__}" for k, t in types if k in front and not isinstance(front[k], t)]
    body = match[2].strip() + "\n"
    if not wrong:
        try:
            used = meta.find_undeclared_variables(Environment(autoescape=False).parse(body))
        except TemplateSyntaxError as error:
            raise PromptError(f"Prompt {name!r}, line {error.lineno} of its text: {error.message}.") from error
        wrong += [f"{key} is used but not an input" for key in sorted(used - set(front["inputs"]))]
        wrong += [f"{key} is an input but not used" for key in sorted(set(front["inputs"]) - used)]
        if set(front["example"]) != set(front["inputs"]):
            wrong.append("example must give every input and nothing else")
    if wrong:
        raise PromptError(f"Prompt {name!r}: {'; '.join(wrong)}.")
    kind = front.get("kind") or {}
    # The schema is sent with the text, so a change of it is another version.
    schema = {k: kind[k] for k in ("fields", "formats") if k in kind}
    sent = f"{front['output']}\n{body}" + (json.dumps(schema, sort_keys=True, default=str) if schema else "")
    digest = hashlib.sha256(sent.encode()).hexdigest()
    inputs = {str(k): str(v) for k, v in front["inputs"].items()}
    return Prompt(
        name, front["version"], digest, front["purpose"], inputs, front["output"], front["example"], body, kind
    )


def names(folder: Path = FOLDER) -> list[str]:
    """Return the names of all prompts: the file's path below the folder, without its ending."""
    found = (p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.md"))
    return sorted(name for name in found if not name.endswith("README"))


@lru_cache(maxsize=64)
def load(name: str, folder: Path = FOLDER) -> Prompt:
    """Read one prompt and hold it against the lock."""
    file = folder / f"{name}.md"
    if not file.is_file():
        raise PromptError(f"There is no prompt {name!r}; there are {', '.join(names(folder)) or 'none'}.")
    prompt = parse(name, file.read_text(encoding="utf-8"))
    locked = read_lock(folder).get((name, prompt.version))
    if locked is None:
        raise PromptError(f"Prompt {name!r} version {prompt.version} is not locked.", next_step="Run `make prompts`.")
    if locked != prompt.hash:
        raise PromptError(
            f"Prompt {name!r} changed but its version is still {prompt.version}.",
            next_step="Raise `version` in the file, then run `make prompts`.",
        )
    return prompt


def read_lock(folder: Path = FOLDER) -> dict[tuple[str, int], str]:
    """Return every locked version's hash."""
    file, found = folder / "prompts.lock", {}
    for n, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.exists() else [], 1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) != 3 or not words[1].isdigit() or not re.fullmatch(r"[0-9a-f]{64}", words[2]):
            raise PromptError(f"{file.name}, line {n}: expected `name version hash`.")
        found[words[0], int(words[1])] = words[2]
    return found


def lock(folder: Path = FOLDER) -> list[str]:
    """Append a line for each new version and return them; a changed text under an old version is refused."""
    known, fresh = read_lock(folder), []
    for name in names(folder):
        prompt = parse(name, (folder / f"{name}.md").read_text(encoding="utf-8"))
        versions = [v for n, v in known if n == name]
        if known.get((name, prompt.version), prompt.hash) != prompt.hash:
            raise PromptError(
                f"Prompt {name!r} changed but its version is still {prompt.version}.",
                next_step=f"Set `version: {max(versions) + 1}` in prompts/{name}.md.",
            )
        if (name, prompt.version) not in known:
            if versions and prompt.version <= max(versions):
                raise PromptError(f"Prompt {name!r}: version {prompt.version} is older than {max(versions)}.")
            fresh.append(f"{name} {prompt.version} {prompt.hash}")
    if fresh:
        with (folder / "prompts.lock").open("a", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in fresh)
    return fresh


def main(argv: list[str]) -> int:
    """Lock new prompt versions (``--lock``), or check that every prompt is locked."""
    try:
        if argv == ["--lock"]:
            fresh = lock()
            sys.stdout.write("".join(f"locked {line}\n" for line in fresh) or "nothing new to lock\n")
        else:
            for name in names():
                sys.stdout.write(load(name).ref + "\n")
    except PromptError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
