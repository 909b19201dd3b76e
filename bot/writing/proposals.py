"""Proposed changes of the brand folder: shown as a diff, written and learned once a person accepts them."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass

from bot.app import App
from bot.domain.brand import Person, Role
from bot.errors import NotAllowed, Stale
from bot.store import proposals
from bot.store.proposals import Proposed
from bot.words import say
from bot.writing import brand_files

REPLIES, RULES = "replies.yaml", "guidelines/learned.md"


@dataclass(frozen=True)
class Change:
    """What accepting a proposal would do to one file."""

    proposal: Proposed
    file: str
    before: str
    after: str
    #: SHA-256 of the file as it stands: what accepting is bound to.
    digest: str

    @property
    def diff(self) -> str:
        """A unified diff, without the lines far from the change."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), self.file, self.file, lineterm="", n=2
        )
        return "\n".join(lines)


def waiting(app: App, *, every: bool = False) -> list[Proposed]:
    """Return the brand's proposals that wait, or all of them, newest first."""
    with app.db.read() as conn:
        return proposals.listed(conn, app.brand().id, every=every)


def get(app: App, proposal_id: str) -> Proposed:
    """Return one of the brand's proposals. Raises NotFound."""
    with app.db.read() as conn:
        return proposals.get(conn, app.brand().id, proposal_id)


def change(app: App, proposal_id: str) -> Change:
    """Return what accepting would change. Raises NotFound."""
    one = get(app, proposal_id)
    folder = brand_files.folder_of(app)
    file = REPLIES if one.kind == "saved_answer" else _rules_file(one.language)
    before, digest = brand_files.read(folder / file)
    after = _with_answer(before, one) if one.kind == "saved_answer" else _with_rule(before, one)
    return Change(one, file, before, after, digest)


def accept(app: App, proposal_id: str, by: Person, seen: str = "") -> Change:
    """Write the change into the brand folder and learn it.

    ``seen`` is the digest of the file that the person saw. Raises NotFound, NotAllowed, Stale, Misconfigured, Halted;
    whatever is raised, the file is as it was.
    """
    _may(by)
    found = change(app, proposal_id)
    if found.proposal.state != "open":
        raise Stale(say("Somebody decided about this before."), next_step=say("`signoff proposals` lists what waits."))
    if seen and seen != found.digest:
        raise Stale(
            say("{file} was changed after you opened it.", file=found.file),
            next_step=say("Load the page again, and look at the change once more."),
        )
    folder, brand = brand_files.folder_of(app), app.brand().id
    brand_files.swap(app, folder, found.file, found.after, found.digest, by, f"proposal {proposal_id} was accepted")
    with app.desk.deciding() as conn:
        proposals.decide(conn, brand, proposal_id, "accepted", by.id, app.clock.now())
    return found


def refuse(app: App, proposal_id: str, by: Person) -> None:
    """Close a proposal; the same is not proposed again. Raises NotFound, NotAllowed, Stale."""
    _may(by)
    brand = app.brand().id
    with app.desk.deciding() as conn:
        proposals.get(conn, brand, proposal_id)
        if not proposals.decide(conn, brand, proposal_id, "refused", by.id, app.clock.now()):
            raise Stale(
                say("Somebody decided about this before."), next_step=say("`signoff proposals` lists what waits.")
            )


def sentence(one: Proposed) -> str:
    """Return a proposed rule as it would stand in the brand folder, in the language of the answers."""
    zh, before, after = one.language.startswith("zh"), _line(one.before), _line(one.after)
    if before and after:
        text = "关于{topic}的回复：把“{a}”写成“{b}”。" if zh else "Answers about {topic}: write “{b}” instead of “{a}”."
    elif before:
        text = "关于{topic}的回复：不写“{a}”。" if zh else "Answers about {topic}: leave out “{a}”."
    else:
        text = "关于{topic}的回复：写上“{b}”。" if zh else "Answers about {topic}: say “{b}”."
    return text.format(topic=one.topic, a=before, b=after)


def said(one: Proposed) -> str:
    """Return what a proposal comes to, on one line."""
    return _line(one.after) if one.kind == "saved_answer" else sentence(one)


def word(one: Proposed) -> str:
    """Name its kind as people say it."""
    return say("saved answer") if one.kind == "saved_answer" else say("rule")


def state_word(one: Proposed) -> str:
    """Name how a proposal stands."""
    return {"open": say("waits"), "accepted": say("accepted"), "refused": say("refused")}[one.state]


def _may(by: Person) -> None:
    if not by.may(Role.ADMIN):
        raise NotAllowed(say("Only an admin changes the brand folder."))


def _rules_file(language: str) -> str:
    return RULES.replace(".md", ".zh.md") if language.startswith("zh") else RULES


def _with_rule(text: str, one: Proposed) -> str:
    if not text.strip():
        text = "# 从修改里学到的\n" if one.language.startswith("zh") else "# Learned from edits\n"
        text += "\n"
    return f"{text.rstrip()}\n{'' if text.rstrip().splitlines()[-1].startswith('- ') else chr(10)}- {sentence(one)}\n"


def _with_answer(text: str, one: Proposed) -> str:
    """Append a saved answer to the list, with the indentation that the list has."""
    question = f"大家关于“{one.topic}”问的" if one.language.startswith("zh") else f"What people ask about {one.topic}"
    name = f"{re.sub(r'[^a-z0-9]+', '-', one.topic.casefold()).strip('-') or 'answer'}-{one.id[-6:].lower()}"
    item = re.search(r"(?m)^(\s*)- ", text)
    pad = item[1].lstrip("\n") if item else "  "
    body = text.rstrip() if text.strip() else "replies:"
    # A JSON string is a YAML string, whatever is in it.
    said = {"question": _line(question), "answer": one.after.strip()}
    lines = [f"{pad}- id: {json.dumps(name)}"]
    for field, value in said.items():
        tagged = json.dumps({one.language.split("-")[0]: value}, ensure_ascii=False)
        lines.append(f"{pad}  {field}: {tagged}")
    return body + "\n\n" + "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())
