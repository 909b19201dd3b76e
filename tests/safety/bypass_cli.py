"""Ways round an approval from the command line, and by hand in the database.

Whoever may run ``signoff`` as the user it belongs to says who they are; what is tried here is everything else: names
that are nobody's, people without the right, other texts than were shown, other states, rows changed by hand.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.clock import SystemClock
from bot.domain.draft import DraftVersion, Part
from bot.surfaces.cli import main, review
from bot.workflow import propose, schedule
from tests.safety import bypass_rows
from tests.safety.bypass import Groups, Scene, Try, Way, run

DEEDS = ("approve", "reject", "cancel", "reschedule", "edit", "undo")
#: Names that are nobody's at this brand: look-alikes, other cases, programs, wildcards, another brand's people.
NOBODY = (
    "eve",
    "Li",
    "LI",
    "li ",
    " li",
    "l\u0456",
    "\uff4c\uff49",
    "li\u200b",
    "li\n",
    "li,ben",
    "li ben",
    "*",
    "%",
    "_i",
    "li'--",
    "'",
    "policy",
    "system",
    "worker",
    "signoff",
    "slack:T0LUMEN/U0LI",
    "pat",
    "noctua/pat",
    "None",
    "0",
    "../li",
    "li/",
    "\u202eil",
)


class Terminal:
    """One shell in the home of the scene."""

    def __init__(self, scene: Scene) -> None:
        self.home = str(scene.settings.home)
        self.said = ""

    def __call__(self, *words: str, person: str = "", env: dict[str, str] | None = None) -> int:
        """Run a command in this process; return its exit code."""
        out = io.StringIO()
        who = ["--as", person] if person else []
        given = {"SIGNOFF_BRAND": "lumen", "LANGUAGE": "en", **(env or {})}
        with patch.dict(os.environ, given), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = main(["--home", self.home, *who, *words])
        self.said = out.getvalue()
        return code

    def tries(self, *words: str, **given: Any) -> Callable[[], str]:
        """Return what runs a command that must not end well."""

        def go() -> str:
            code = self(*words, **given)
            return "" if code else f"`{' '.join(words)}` ended well"

        return go


def words_of(deed: str, draft_id: str) -> tuple[str, ...]:
    """Return the command line of a deed."""
    more = {"approve": ("--yes",), "reschedule": ("--now",), "edit": ("--text", "Other words."), "undo": ("--yes",)}
    return (deed, draft_id, *more.get(deed, ()))


def every(scene: Scene, shell: Terminal) -> Groups:
    """Yield all groups."""
    yield "in a name that is nobody's", list(_nobody(scene, shell))
    yield "without the role", list(_roles(scene, shell))
    yield "in the wrong state", list(_states(scene, shell))
    yield "with a wrong id", list(_ids(scene, shell))
    yield "with nobody to ask", list(_unasked(scene, shell))
    yield "edited between show and answer", list(_edited(scene, shell))
    yield "again", list(_again(scene, shell))
    yield "rows changed by hand", list(bypass_rows.every(scene))


def _nobody(scene: Scene, shell: Terminal) -> Iterator[Try]:
    for name in NOBODY:
        for deed in DEEDS:
            target = scene.live_one if deed == "undo" else scene.anna
            words = words_of(deed, target.draft_id)
            yield Try(f"{deed} --as {name!r}", shell.tries(*words, person=name))
            if "\n" not in name and deed in ("approve", "reject"):
                yield Try(f"{deed} as {name!r} by the environment", shell.tries(*words, env={"SIGNOFF_OPERATOR": name}))
    for deed in DEEDS:
        words = words_of(deed, scene.anna.draft_id)
        yield Try(f"{deed} as nobody", shell.tries(*words))
        for name in ("USER", "LOGNAME", "SUDO_USER", "SIGNOFF_USER", "SIGNOFF_PERSON", "SIGNOFF_AS", "OPERATOR"):
            yield Try(f"{deed} by {name}", shell.tries(*words, env={name: "li"}))


def _roles(scene: Scene, shell: Terminal) -> Iterator[Try]:
    for name, version in scene.all_drafts().items():
        for who in ("anna", "rose"):
            for deed in ("approve", "reject"):
                yield Try(
                    f"{who}: {deed} of a draft {name}", shell.tries(*words_of(deed, version.draft_id), person=who)
                )
    for deed in ("undo", "resume"):
        words = words_of("undo", scene.live_one.draft_id) if deed == "undo" else ("resume",)
        for who in ("anna", "rose"):
            yield Try(f"{who}: {deed}", shell.tries(*words, person=who))
    for deed in ("edit", "reschedule", "cancel"):
        for name in ("of an author", "that is planned", "of another author"):
            version = scene.all_drafts()[name]
            yield Try(f"rose: {deed} of a draft {name}", shell.tries(*words_of(deed, version.draft_id), person="rose"))
    for _ in range(5):
        yield Try("Ben signs his own words", shell.tries("approve", scene.ben.draft_id, "--yes", person="ben"))
    env = {"SIGNOFF_OPERATOR": "li"}
    for deed in ("approve", "reject"):
        words = words_of(deed, scene.anna.draft_id)
        yield Try(f"Anna: {deed}, Li in the environment", shell.tries(*words, person="anna", env=env))
        yield Try(f"Li first, Anna last: {deed}", shell.tries("--as", "li", *words, "--as", "anna"))


def _states(scene: Scene, shell: Terminal) -> Iterator[Try]:
    for name in ("held back", "rejected", "expired", "that is live", "that is planned"):
        version = scene.all_drafts()[name]
        for deed in ("approve", "reject"):
            if (name, deed) == ("held back", "reject"):
                continue
            for who in ("li", "ben", "sam"):
                yield Try(
                    f"{deed} of a draft {name} by {who}", shell.tries(*words_of(deed, version.draft_id), person=who)
                )


def _ids(scene: Scene, shell: Terminal) -> Iterator[Try]:
    one = scene.anna.draft_id
    wrong = {
        "of another brand": scene.other.draft_id,
        "that is not": "d_00000000",
        "as a wildcard": "%",
        "as one letter": "d",
        "as any letters": "d_" + "_" * 8,
        "empty": "",
        "of all": "*",
        "with a path": f"../{one}",
        "with SQL": f"{one}' OR '1'='1",
        "of two": f"{one} {scene.ben.draft_id}",
        "with a version": f"{one}@1",
        "with a hash": f"{one}@1#{scene.anna.hash[:8]}",
        "of a request": "r_00000000",
        "of the older version": f"{scene.first.draft_id}@1",
        "with a null": f"{one}\x00",
    }
    for name, given in wrong.items():
        for deed in DEEDS:
            yield Try(f"{deed} of an id {name}", shell.tries(*words_of(deed, given), person="li"))
    for who in ("li", "sam", "anna"):
        for name in ("of another brand", "of an author"):
            draft_id = scene.all_drafts()[name].draft_id
            yield Try(
                f"{who} of the first brand, for the second, {name}",
                shell.tries("--brand", "noctua", "approve", draft_id, "--yes", person=who),
            )
    yield Try("Pat of the second brand, for the first", shell.tries("approve", one, "--yes", person="pat"))
    yield Try(
        "the brand of the environment",
        shell.tries("approve", one, "--yes", person="pat", env={"SIGNOFF_BRAND": "noctua"}),
    )
    yield Try("a series that is none", shell.tries("approve", "--series", "%", "--yes", person="li"))
    yield Try("a series without a name", shell.tries("approve", "--series", "", "--yes", person="li"))


def _unasked(scene: Scene, shell: Terminal) -> Iterator[Try]:
    for name, given in {
        "approve": ("approve", scene.anna.draft_id),
        "approve with a reason": ("approve", scene.anna.draft_id, "--reason", "yes"),
        "undo": ("undo", scene.live_one.draft_id),
        "a hidden option": ("approve", scene.anna.draft_id, "--force"),
        "a version": ("approve", scene.anna.draft_id, "--version", "1", "--yes"),
        "a hash": ("approve", scene.anna.draft_id, "--hash", "x", "--yes"),
        "two drafts": ("approve", scene.anna.draft_id, scene.ben.draft_id, "--yes"),
    }.items():
        for env in ({}, {"SIGNOFF_YES": "1"}, {"YES": "1"}, {"CI": "true"}):
            yield Try(f"{name} without being asked, {env}", shell.tries(*given, person="li", env=env))


def _edited(scene: Scene, shell: Terminal) -> Iterator[Try]:
    """Between the card on the screen and the answer somebody changes the text or its time, or its time runs out."""
    for n in range(24):
        version = scene.fresh(f"Shown {n}.")
        before: list[Any] = []

        def change(version: DraftVersion = version, n: int = n, before: list[Any] = before) -> None:
            if n % 3 == 0:
                again = propose.Proposal("sandbox:main", (Part(f"Swapped {n}."),), "anna")
                propose.revise(scene.desk, version.draft_id, again)
            elif n % 3 == 1:
                wall = f"2097-05-{1 + n % 9:02}T09:00"
                schedule.reschedule(scene.desk, version.draft_id, wall, "anna", seen_version=1)
            else:
                scene.expire(version)
            before.append(scene.ledger())

        def sign(
            version: DraftVersion = version, change: Callable[[], None] = change, before: list[Any] = before
        ) -> str:
            def sure(question: str, yes: bool, *, nothing: str) -> bool:
                change()
                return True

            with patch.object(review, "sure", sure):
                code = shell("approve", version.draft_id, person="li")
            wrong = "" if code else "a signature for what was not shown counted"
            after = scene.ledger()
            return wrong or ("something else changed" if after != before[0] else "")

        yield Try(("new words", "a new time", "too late")[n % 3], _alone(sign, scene))


def _alone(sign: Callable[[], str], scene: Scene) -> Callable[[], str]:
    """Return a try that looks after itself: it changes the rows on purpose, and puts them back."""

    def go() -> str:
        with bypass_rows.kept(scene):
            return sign()

    return go


def _again(scene: Scene, shell: Terminal) -> Iterator[Try]:
    version = scene.fresh("Signed once.")
    scene.known.append(("lumen.sandbox", "Signed once."))
    assert shell("approve", version.draft_id, "--yes", person="li") == 0
    for n in range(20):
        who = ("li", "ben", "sam", "anna")[n % 4]
        deed = ("approve", "reject")[n // 10]
        yield Try(f"{deed} again by {who}, time {n}", shell.tries(*words_of(deed, version.draft_id), person=who))


def rightful(scene: Scene, shell: Terminal) -> bool:
    """Let Li sign what was attacked; say whether exactly that went out."""
    before = scene.sent()
    for version in (scene.anna, scene.second):
        shell("approve", version.draft_id, "--yes", person="li")
    scene.drain()
    return sorted(t for _, t in scene.sent()[len(before) :]) == ["A text of Anna.", "The second words."]


def whole(home: Path) -> Way:
    with Scene(home, SystemClock()) as scene:
        shell = Terminal(scene)
        result = run(scene, every(scene, shell))
        return Way("cli", result.tries, result.bypasses, rightful(scene, shell))
