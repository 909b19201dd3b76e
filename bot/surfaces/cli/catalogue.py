"""The Chinese catalogue: gathers what is said, merges it into the .po file, and compiles the .mo file.

``python -m bot.surfaces.cli.catalogue`` after a change of words; ``--check`` says what is missing. Gathered are the
texts of ``say(...)``, the help of commands and their options, what the agent reports as progress, and the words of
the command-line library itself.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from bot import errors
from bot.words import FOLDER

ROOT = Path(__file__).resolve().parents[3]
PO = FOLDER / "zh_CN" / "LC_MESSAGES" / "signoff.po"
MO = PO.with_suffix(".mo")
HEADER = "Project-Id-Version: signoff\nLanguage: zh_CN\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"

#: Said by `say(name)` where the text is a value: states, names of checks, what the agent is doing.
VALUES = (
    "proposed", "in_review", "approved", "rejected", "lapsed", "superseded",
    "due", "sending", "live", "refused", "doubtful", "asked", "cancelled", "deleted",
    "database", "clock", "keys", "brand", "you", "memory", "worker", "kill switch", "model",
    "disk", "kept", "transcripts", "notices", "readings", "events",
    "searching the brand's rules...", "proposing a text...", "proposing a time...", "reading the queue...",
    "fetching the language model", "characters", "must", "should", "never", "voice", "example", "fact",
    "block", "warn", "note", "error", "warning",
    "account", "person", "slot", "quiet time",
    "rule", "reply", "role", "kind of hard rule", "account of brand.yaml", "person of brand.yaml",
    "absent", "unknown", "unsent", "later", "on", "off", "paused", "unreadable",
    "login", "handle", "session", "expiry", "connected", "way", "login holds", "calls left", "spent this month",
    "author", "approver", "admin", "purchase",
    "yes", "no", "a record key chosen before sending: a repeat is the same post",
    "an idempotency key: a repeat returns the first post", "only by looking at the account's own timeline",
    "mention", "quote", "public", "unlisted", "followers", "direct", "sensitive", "rights", "limits", "automated",
    "weighted characters", "money", "money today", "model money", "paid_partnership", "made_with_ai",
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
#: Why a comment was read as it was, stored in English: ``bot/insight/sentiment.py`` and ``priority.py``.
READINGS = (
    "There are no words to judge by.",
    "Good and bad words are level.",
    "It states or asks something and shows no feeling.",
    "Sounds ironic and negative: “{words}”.",
    "Good and bad words stand side by side; “{words}” weighs most.",
    "Sounds positive: “{words}”.",
    "Sounds negative: “{words}”.",
    "It states or asks something and shows no feeling; {by} agrees.",
    "Good and bad words are level; {by} agrees.",
    "Sounds ironic and negative: “{words}”; {by} agrees.",
    "Good and bad words stand side by side; “{words}” weighs most; {by} agrees.",
    "Sounds positive: “{words}”; {by} agrees.",
    "Sounds negative: “{words}”; {by} agrees.",
    "With what stands above it, it sounds positive to {by}.",
    "With what stands above it, it sounds neutral to {by}.",
    "With what stands above it, it sounds negative to {by}.",
    "{who} said that it is {mood}.",
    "People may be in danger, or many may soon talk about it.",
    "It speaks of the law.",
    "A journalist asks.",
    "Spam asks for no answer.",
    "It insults and asks nothing.",
    "The writer is in a hurry.",
    "It happened before, or has not been answered.",
    "The writer may leave.",
    "Something does not work for the writer.",
    "The writer wants to buy.",
    "The writer asks something.",
    "The writer wants help.",
    "The writer is unhappy.",
    "Nothing is asked.",
)  # fmt: skip
#: Why a comment stands as it does, stored in English: ``bot/workflow`` and ``bot/writing/replying.py``.
REASONS = (
    "it is the brand's own account",
    "its author is a bot",
    "it looks like an advertisement",
    "it could not be read",
    "it came from a file",
    "{person} answers in this thread",
    "the brand has no account {account} any more",
    "its author has an answer in this thread",
    "the conversation goes on for longer than a machine may take part",
    "the rule {rule} has answered {n} times in a day",
    "its author was answered {n} times in a day",
    "the rule {rule}",
    "the rule {rule} puts it to people",
    "the rule {rule} lets it be",
    "the rule {rule} hides it",
    "nothing writes here",
    "the writer found nothing that it could say",
    "it changed while an answer was written",
    "the owner of the rule {rule} may not sign any more",
    "{accepted} of its last {decided} answers were accepted: surely {sure}, not {wanted}",
    "it concerns {what}",
    "it speaks of money: {sum}",
    "no answer could be written: {why}",
    "there are no words to answer",
    "the model could not answer from what the brand has written",
    "the writer found nothing that tells it",
    "the answer is {what}",
    "somebody else was told nearly the same",
    "it is older than comments are kept",
    "the comment is long: the writer saw its first {n} characters of {m}",
)
#: What was not mended in a document, told to the model first and then to a person.
NOTES = (
    "{place} is {n} characters too long: shorten it.",
    "{place}: nobody said {thing}; leave it out.",
    "{list}: there must be {n}, and there are {m}.",
    "Say {what}, as the brief does.",
    "Name {what} as the brief does.",
    "{place} must be in {language}.",
    "{place}: say {words} in {language}.",
    "All of it must be in {language}: translate it.",
    "{place} repeats itself: say each thing once.",
    "{place}: “{text}” was said before; say something new.",
    "“{words}” is from the example: leave it out.",
    "{one} and {two} say the same: make {other} different.",
    "The voice-over takes {n} seconds and there are {m}: use {room} {unit} in all.",
    "Part {n} is missing: {why}",
    "{place}: the last sentence is not complete; end it, in fewer words.",
    "The source is long: its first {n} parts of {m} were read.",
    "Part {n} of the source could not be read: {why}",
    "Points dropped because the source does not say them: {n}.",
)
#: What makes the errors that ``bot/agent`` raises; everything else there is said to the model.
MODEL_ERRORS = ("ModelError", "ModelUnavailable", "LimitReached", "_unavailable", "_reached")
#: Said by the command-line library, through gettext.
LIBRARY = (
    "Usage:", "Options", "Commands", "required", "default: {default}", "Show this message and exit.",
    "Missing argument", "Missing option", "Missing command.", "Choose from:\n\t{choices}",
    "No such option {name!r}.", "Option {name!r} does not take a value.", "Error: invalid input", "Error: {message}",
    "Invalid value for {param_hint}: {message}", "Invalid value: {message}", "{value} is not in the range {range}.",
)  # fmt: skip


def gathered() -> dict[str, str]:
    """Return every text to translate, with the file it was first found in."""
    from bot.platforms import registry
    from bot.store.sandbox_personas import PEOPLE
    from bot.surfaces.cli import group, listing
    from bot.surfaces.slack import manifest

    found: dict[str, str] = {}
    for folder in ("bot", "tools", "memory"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            where = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for text in _said(tree):
                found.setdefault(text, where)
            if path.parent in (group.COMMANDS, group.COMMANDS.parent / "evals") and (doc := ast.get_docstring(tree)):
                for text in filter(None, group.halves(doc)):
                    found.setdefault(text, where)
    drawn = ROOT / "bot" / "surfaces"
    for path in sorted([*(drawn / "web" / "templates").glob("*.html"), *(drawn / "redteam").glob("*.html")]):
        for text in _drawn(path.read_text(encoding="utf-8")):
            found.setdefault(text, path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "memory").rglob("*.py")):
        for text in _raised(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "bot" / "agent").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MODEL_ERRORS:
                for text in _raised(ast.Module([ast.Raise(node)], [])):
                    found.setdefault(text, path.relative_to(ROOT).as_posix())
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                if {getattr(t, "id", "") for t in node.targets} <= {"INSTALL", "SET_A_MODEL"}:
                    found.setdefault(str(node.value.value), path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "bot" / "surfaces" / "slack" / "commands").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("HELP", "USAGE"):
                if isinstance(node.value, ast.Constant) and node.value.value:
                    found.setdefault(str(node.value.value), path.relative_to(ROOT).as_posix())
    for text in manifest.REASONS.values():
        found.setdefault(text, "bot/surfaces/slack/manifest.py")
    for path in sorted(p for f in ("connecting", "workflow") for p in (ROOT / "bot" / f).glob("*.py")):
        for text in _stored(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, path.relative_to(ROOT).as_posix())
    for kind in vars(errors).values():
        if isinstance(kind, type) and kind.__module__ == errors.__name__:
            found.setdefault((kind.__doc__ or "").splitlines()[0], "bot/errors.py")
    for person in PEOPLE:
        for text in (person.mood, person.about):
            found.setdefault(text, "bot/store/sandbox_personas.py")
    for platform_id in registry.ids():
        adapter = registry.load(platform_id)
        words = [said for said, _ in adapter.settings.values()] + list(adapter.rules)
        words += filter(None, (adapter.price, adapter.tested))
        for way in adapter.ways:
            words += [way.label, *way.steps, *(field.about for field in way.fields)]
        for said in words:
            found.setdefault(said, f"bot/platforms/{platform_id}.py")
    own = (*group.halves(group.INTRO), group.OUTRO, group.LANG, group.AS, group.BRAND, group.HOME, group.SHOW_VERSION)
    for text in (*own, *(title for title, _ in group.SECTIONS), *listing.GROUPS.values()):
        found.setdefault(text, "bot/surfaces/cli/group.py")
    for text in (*VALUES, *NOTES, *LIBRARY, *READINGS, *REASONS):
        found.setdefault(text, "bot/surfaces/cli/catalogue.py")
    return found


def _said(tree: ast.AST) -> Iterator[str]:
    """Yield the texts of ``say(...)``, of ``help=`` in decorators, and of ``progress(...)``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ("say", "progress") and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
        if name in ("option", "Option", "command", "group"):
            for keyword in node.keywords:
                if keyword.arg == "help" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def _drawn(template: str) -> Iterator[str]:
    """Yield what a template of the web desk says."""
    from jinja2 import Environment, nodes

    for call in Environment(autoescape=True).parse(template).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "say" and isinstance(call.args[0], nodes.Const):
            yield str(call.args[0].value)


def _raised(tree: ast.AST) -> Iterator[str]:
    """Yield the sentences that a leaf library raises or returns, as templates: said through ``words.retold``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Raise | ast.Return | ast.Assign):
            continue
        inside = node.exc if isinstance(node, ast.Raise) else node.value
        for part in ast.walk(inside) if inside is not None else ():
            if isinstance(part, ast.Constant) and re.match(r"[A-Z].* .*[.]$", str(part.value)):
                yield str(part.value)
            if text := _template(part):
                yield text


def _stored(tree: ast.AST) -> Iterator[str]:
    """Yield what the workflow stores in English: reasons, notices and their next steps, as templates."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") in ("why", "text", "step") for t in node.targets):
            inside: ast.AST = node.value
        elif isinstance(node, ast.keyword) and node.arg in ("why", "next_step"):
            inside = node.value
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("notify", "tell"):
            inside = node
        else:
            continue
        yield from filter(None, map(_template, ast.walk(inside)))
        if isinstance(inside, ast.Constant) and " " in str(inside.value):
            yield str(inside.value)


def _template(node: ast.AST) -> str:
    """Return an f-string with letters for its values; an empty text for what holds no words of its own."""
    if not isinstance(node, ast.JoinedStr):
        return ""
    names = iter("abcdefg")
    text = "".join(str(p.value) if isinstance(p, ast.Constant) else f"{{{next(names)}}}" for p in node.values)
    own = re.sub(r"`[^`]*`|{[a-g]}", "", text)
    return text if len(own) >= 10 and re.search(r"[a-z]{2,} [a-z]{2,}", own) else ""


# --- files -------------------------------------------------------------------------------------------------


def read_po(path: Path = PO) -> dict[str, str]:
    """Return the translations in a .po file."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    key, field, texts = "", "", {"msgid": "", "msgstr": ""}
    for line in [*path.read_text(encoding="utf-8").splitlines(), 'msgid ""']:
        if match := re.match(r'(msgid|msgstr) (".*")$', line):
            field = match[1]
            if field == "msgid":
                key = texts["msgid"]
                if key:
                    found[key] = texts["msgstr"]
                texts = {"msgid": "", "msgstr": ""}
            texts[field] = ast.literal_eval(match[2])
        elif line.startswith('"'):
            texts[field] += ast.literal_eval(line)
    return found


def write_po(texts: dict[str, str], known: dict[str, str], path: Path = PO) -> None:
    """Write a .po file: texts in the order of their files, what is no longer said left out."""
    lines = ['msgid ""', f"msgstr {_quoted(HEADER)}"]
    for text, where in sorted(texts.items(), key=lambda item: (item[1], item[0])):
        lines += ["", f"#: {where}", f"msgid {_quoted(text)}", f"msgstr {_quoted(known.get(text, ''))}"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    rows = text.splitlines(keepends=True) if text.count("\n") > 1 else [text]

    def row(part: str) -> str:
        return '"' + part.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'

    return row(text) if len(rows) == 1 else "\n".join(['""', *map(row, rows)])


def compiled(known: dict[str, str]) -> bytes:
    """Return a .mo file: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html (read 2026-11-22)."""
    rows = sorted({"": HEADER, **{k: v for k, v in known.items() if v}}.items(), key=lambda row: row[0].encode())
    keys, values = [k.encode() for k, _ in rows], [v.encode() for _, v in rows]
    start = 28 + 16 * len(rows)
    index, offset = b"", start
    for texts in (keys, values):
        for text in texts:
            index += struct.pack("<2I", len(text), offset)
            offset += len(text) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, start)
    return head + index + b"".join(text + b"\0" for text in [*keys, *values])


def problems() -> list[str]:
    """Return what is missing or out of date in the checked-in files."""
    texts, known = gathered(), read_po()
    found = [f"{where}: not translated: {text!r}" for text, where in texts.items() if not known.get(text)]
    found += [f"{PO.name}: no longer said: {text!r}" for text in known if text not in texts]
    for text, other in known.items():
        if other and sorted(re.findall(r"{\w+", text)) != sorted(re.findall(r"{\w+", other)):
            found.append(f"{PO.name}: names in braces differ: {text!r}")
    if not MO.exists() or MO.read_bytes() != compiled(known):
        found.append(f"{MO.name} is not compiled from {PO.name}: run `make env`")
    return found


def main(argv: list[str]) -> int:
    """Merge and compile, or with ``--check`` only say what is wrong."""
    if "--check" not in argv:
        known = read_po()
        write_po(gathered(), known)
        MO.write_bytes(compiled(read_po()))
    found = problems()
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
