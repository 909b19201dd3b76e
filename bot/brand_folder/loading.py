"""Reading a whole brand folder into the domain's words, with everything that is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.brand_folder import agreement, brand_yaml, pages, policy_yaml, rules_yaml
from bot.brand_folder.brand_yaml import BrandFile
from bot.brand_folder.marked import Marked, read_yaml
from bot.brand_folder.policy_yaml import PolicyFile
from bot.brand_folder.problems import FolderProblem, Problems, nearest
from bot.domain.brand import Brand, Rule, RuleBook, RuleKind
from bot.domain.policy import ApprovalPolicy
from bot.errors import Misconfigured, NotFound
from bot.words import retold, say
from memory.base import MemoryItem
from memory.extract import SUFFIXES
from memory.ingest import GuidelineRule, Page, carry_ids, read_all

GUIDELINES = "guidelines"
#: Documents that people put there, and that nothing reads: by the end of the name, with what to save them as.
_UNREAD = {
    **dict.fromkeys((".doc", ".docm", ".dot", ".dotx", ".odt", ".rtf", ".pages", ".wps"), ".docx"),
    **dict.fromkeys((".txt", ".markdown", ".mdx", ".rst", ".csv", ".json", ".yaml", ".yml"), ".md"),
    **dict.fromkeys((".ppt", ".pptx", ".key", ".odp", ".xls", ".xlsx", ".epub", ".xps"), ".pdf"),
}
_FILES = (brand_yaml.FILE, rules_yaml.RULES, rules_yaml.REPLIES, policy_yaml.FILE)


@dataclass(frozen=True)
class LoadedFolder:
    """A brand folder as read: with errors in it, the brand lacks what could not be read."""

    folder: Path
    brand: Brand
    policy: ApprovalPolicy
    problems: list[FolderProblem]
    #: The rule book for the brand memory: ``memory.learn(brand.id, brand.rulebook.version, items)``.
    items: tuple[MemoryItem, ...] = ()
    #: Addresses of guidelines/urls.txt that were never read, so that their rules are missing here.
    unread: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is an error; warnings may be there."""
        return not any(p.severity == "error" for p in self.problems)

    def require(self) -> LoadedFolder:
        """Return this folder. Raises Misconfigured, naming the first error, when it has any."""
        errors = [p for p in self.problems if p.severity == "error"]
        if errors:
            more = " " + say("({n} more)", n=len(errors) - 1) if len(errors) > 1 else ""
            raise Misconfigured(
                f"{errors[0].file}:{errors[0].line}: {errors[0].message}{more}",
                next_step=errors[0].fix
                if len(errors) == 1
                else say("Run `signoff check {folder}`.", folder=self.folder),
            )
        return self


def check(folder: Path, *, platforms: Collection[str] | None = None) -> list[FolderProblem]:
    """Return what is wrong with the brand folder, by file and line. Raises NotFound when there is no such folder."""
    return load(folder, platforms=platforms).problems


def load(
    folder: Path,
    *,
    previous: Iterable[Rule] = (),
    platforms: Collection[str] | None = None,
    copies: pages.Copies | None = None,
    instead: Mapping[str, str] | None = None,
) -> LoadedFolder:
    """Read a brand folder. Problems are collected, not raised; NotFound is raised when there is no such folder.

    ``previous`` are the rules learnt last time: a guideline that was only lightly edited keeps its id from there.
    ``platforms`` are the platform ids to accept, by default those that are installed. Pages on the web are read from
    ``copies``; nothing is fetched here. ``instead`` gives texts that stand in for YAML files of the folder, by name.
    """
    if not folder.is_dir():
        raise NotFound(
            say("There is no folder {folder}.", folder=folder),
            next_step=say("`signoff init {folder}` makes one.", folder=folder),
        )
    platforms = known_platforms() if platforms is None else platforms
    problems = Problems()

    def part(name: str, read: Callable[[Marked], Any]) -> Any:
        if instead is not None and name in instead:
            marked = read_yaml(instead[name], name, problems)
            return None if marked is None else read(marked)
        return _part(folder, name, problems, read)

    _strays(folder, problems)
    brand_file = part(brand_yaml.FILE, lambda m: brand_yaml.read_brand(m, problems, platforms))
    if brand_file is None:
        brand_file = BrandFile(Brand(id="", name=""))
        if not (folder / brand_yaml.FILE).exists():
            problems.error(
                brand_yaml.FILE,
                1,
                say("There is no brand.yaml here."),
                say("`signoff init {folder}` makes a folder with one.", folder=folder),
            )
    brand, main = brand_file.brand, brand_file.brand.languages[0]
    hard = part(rules_yaml.RULES, lambda m: rules_yaml.read_rules(m, problems, main)) or []
    replies = part(rules_yaml.REPLIES, lambda m: rules_yaml.read_replies(m, problems, main)) or []
    policy = part(policy_yaml.FILE, lambda m: policy_yaml.read_policy(m, problems, brand, platforms)) or PolicyFile()
    named = pages.sources(folder, problems)
    kept, unread = pages.read(named, copies)
    written = _guidelines(folder, main, [r for r in previous if not r.hard], problems, kept, bool(unread))
    rules = rules_yaml.same_ids([*map(_rule, written), *hard], problems)
    agreement.check_signing(brand_file, policy, problems)
    agreement.check_languages(brand_file, rules, problems)
    brand = dataclasses.replace(brand, replies=tuple(replies), rulebook=RuleBook(rules))
    headings = {rule.id: " > ".join(rule.heading) for rule in written}
    texts = {rule.id: rule.text for rule in rules}
    items = tuple(_item(rule, headings.get(rule.id, ""), texts) for rule in rules)
    return LoadedFolder(folder, brand, policy.policy, problems.sorted(), items, tuple(s.url for s in unread))


def known_platforms() -> frozenset[str]:
    """Return the ids of the platforms: the names of the files in bot/platforms, without importing any."""
    folder = Path(__file__).parent.parent / "platforms"
    return frozenset(p.stem for p in folder.glob("*.py") if p.stem != "base" and not p.stem.startswith("_"))


def _part(folder: Path, name: str, problems: Problems, read: Callable[[Marked], Any]) -> Any:
    """Return what ``read`` makes of one YAML file; None when it is missing or cannot be read at all."""
    path = folder / name
    if not path.is_file():
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.error(name, line, say("This file is not UTF-8 text."), say("Save it as UTF-8."))
        return None
    marked = read_yaml(text, name, problems)
    return None if marked is None else read(marked)


def _guidelines(
    folder: Path, main: str, previous: list[Rule], problems: Problems, kept: list[Page], more: bool
) -> list[GuidelineRule]:
    """Return the rules of guidelines/ and of the pages ``kept``; ``more`` says that pages are still to be read."""
    where = folder / GUIDELINES
    found = read_all(where, root=folder, main=main, pages=kept)
    for error in found.errors:
        problems.error(error.file, error.line, retold(error.message), retold(error.next_step))
    for note in found.notes:
        problems.warning(note.file, note.line, retold(note.message), retold(note.next_step))
    if not found.rules and not found.errors and not more:
        problems.error(
            GUIDELINES,
            1,
            say("There is no guideline."),
            say("Write at least one bullet into a Markdown file in guidelines/."),
        )
    failed, addresses = {error.file for error in found.errors}, {page.name for page in kept}
    for name in dict.fromkeys(found.files):
        if not found.rules or name in failed or any(rule.file == name for rule in found.rules):
            continue
        if name in addresses:
            # An error: else a page "under maintenance" would take the brand's rules away.
            problems.error(
                name,
                1,
                say("There is no guideline on this page."),
                say("Open it in a browser; if a script writes its text, save it as a file into guidelines/."),
            )
        else:
            problems.warning(
                name, 1, say("There is no guideline in this file."), say("Write a bullet, or remove the file.")
            )
    return carry_ids(previous, found.rules)


def _strays(folder: Path, problems: Problems) -> None:
    """Note YAML files that nothing reads, which are most often a slip of the pen."""
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if path.name not in _FILES:
            fix = (
                say("Rename it to {name}.yaml.", name=path.stem)
                if f"{path.stem}.yaml" in _FILES
                else nearest(path.name, _FILES)
            )
            problems.warning(path.name, 1, say("This file is not read."), fix)
    for path in sorted(p for p in folder.glob("*") if p.suffix.lower() in SUFFIXES and p.is_file()):
        if path.name.lower() != "readme.md":
            problems.warning(path.name, 1, say("This file is not read."), say("Move it into guidelines/."))
    for path in sorted((folder / GUIDELINES).rglob("*")):
        better = _UNREAD.get(path.suffix.lower(), "")
        name = path.relative_to(folder).as_posix()
        if better and name != pages.FILE and not path.name.startswith((".", "~$")):
            problems.warning(name, 1, say("This file is not read."), say("Save it as {suffix}.", suffix=better))


def _rule(rule: GuidelineRule) -> Rule:
    return Rule(rule.id, RuleKind(rule.kind), rule.text, rule.language, rule.file, rule.line, twin=rule.twin)


def _item(rule: Rule, heading: str, texts: dict[str, str]) -> MemoryItem:
    # Found under its twin's words and the words it forbids too. Measured on 30 questions about the example brand:
    # recall@5 in the account's language 0.93 -> 1.00 in English, 0.87 -> 1.00 in Chinese.
    aliases = tuple(text for text in (texts.get(rule.twin, ""), ", ".join(rule.words)) if text)
    return MemoryItem(
        rule.id, rule.text, "brand", rule.language, rule.kind.value, rule.file, rule.line, heading, rule.twin, aliases
    )
