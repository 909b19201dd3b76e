"""Who speaks: the brand, its accounts and people, and the rules it lives by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from bot.domain.editorial import Plan


class RuleKind(StrEnum):
    """What a rule asks for."""

    MUST = "must"
    SHOULD = "should"
    NEVER = "never"
    VOICE = "voice"
    EXAMPLE = "example"
    FACT = "fact"


class Role(StrEnum):
    """What a person may do for a brand."""

    AUTHOR = "author"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True)
class Person:
    """Somebody known to the brand; decisions hang on ``id``, never on a display name."""

    id: str
    name: str
    roles: frozenset[Role]
    #: Whom a sign-in service may call them: an e-mail address that it has verified, or ``sub:`` and its own id.
    sign_in: tuple[str, ...] = ()

    def may(self, role: Role) -> bool:
        """Say whether this person has ``role``; an admin has every role."""
        return role in self.roles or Role.ADMIN in self.roles


@dataclass(frozen=True)
class Account:
    """One account of the brand on one platform, named ``platform:name``."""

    platform: str
    name: str
    handle: str = ""
    #: BCP 47 language the account writes in, such as ``en`` or ``zh-Hans``.
    language: str = "en"
    #: IANA zone that its wall times are in.
    zone: str = "UTC"

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.name}"


@dataclass(frozen=True)
class Rule:
    """One thing the brand asks of every text, with the place it was written down."""

    id: str
    kind: RuleKind
    text: str
    language: str = "en"
    file: str = ""
    line: int = 0
    #: Hard rules are checked by code; a broken one blocks.
    hard: bool = False
    #: Words or phrases that code looks for (``never`` rules of rules.yaml).
    words: tuple[str, ...] = ()
    #: The same rule in another language, if the brand linked them.
    twin: str = ""
    #: Words that call a ``must`` rule in: its ``words`` are needed only in a text with one of these; empty: always.
    when: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 over what the rule says, so that moving it in a file changes nothing."""
        said = "\x1f".join([self.kind, self.text, self.language, str(self.hard), *self.words])
        if self.when:
            said += "\x1e" + "\x1f".join(self.when)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class RuleBook:
    """All rules of a brand at one moment; its version is the hash of what it says."""

    rules: tuple[Rule, ...] = ()

    @property
    def version(self) -> str:
        """Twelve hex digits over ids and rule hashes, independent of order."""
        lines = sorted(f"{r.id} {r.hash}" for r in self.rules)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    @property
    def hard(self) -> tuple[Rule, ...]:
        return tuple(r for r in self.rules if r.hard)

    def get(self, rule_id: str) -> Rule | None:
        """Return the rule with this id, or None."""
        return next((r for r in self.rules if r.id == rule_id), None)


@dataclass(frozen=True)
class SavedReply:
    """An answer a person wrote once, to be used again."""

    id: str
    question: str
    answer: str
    language: str = "en"


@dataclass(frozen=True)
class Brand:
    """A brand as its folder describes it."""

    id: str
    name: str
    languages: tuple[str, ...] = ("en",)
    zone: str = "UTC"
    accounts: tuple[Account, ...] = ()
    people: tuple[Person, ...] = ()
    #: Hosts that links in outgoing text may point to; ``example.com`` covers its subdomains.
    link_hosts: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    replies: tuple[SavedReply, ...] = ()
    rulebook: RuleBook = field(default_factory=RuleBook)
    #: Minutes a post may go out late before a person is asked instead.
    grace_minutes: int = 15
    plan: Plan = field(default_factory=Plan)

    def account(self, key: str) -> Account | None:
        """Return the account named ``platform:name``, or None."""
        return self._accounts.get(key)

    @cached_property
    def _accounts(self) -> dict[str, Account]:
        return {a.key: a for a in reversed(self.accounts)}

    def person(self, person_id: str) -> Person | None:
        """Return the person with this id, or None."""
        return next((p for p in self.people if p.id == person_id), None)
