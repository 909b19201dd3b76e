"""brand.yaml: the brand, its accounts, its people and where links may point."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from bot.brand_folder import plan_yaml
from bot.brand_folder.marked import Marked
from bot.brand_folder.problems import Problems, nearest
from bot.brand_folder.reader import LONGEST, Fields, good_language
from bot.domain.brand import Account, Brand, Person, Role
from bot.words import say

FILE = "brand.yaml"
_FIELDS = (
    "id", "name", "languages", "zone", "grace_minutes", "accounts", "people", "link_hosts", "hashtags",
    *plan_yaml.FIELDS,
)  # fmt: skip
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_ACCOUNT = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
#: What a person is called by a sign-in service. Addresses are ASCII: letters that look alike would be another person.
_SIGN_IN = re.compile(r"[!-?A-~]+@[!-?A-~]+|sub:[!-~]{1,255}")


@dataclass(frozen=True)
class BrandFile:
    """brand.yaml as read: the brand without rules, and the lines that later checks need."""

    brand: Brand
    #: Line of each account's key and each person's id.
    lines: dict[str, int] = field(default_factory=dict)
    people_line: int = 1


def read_brand(marked: Marked, problems: Problems, platforms: Collection[str]) -> BrandFile:
    """Return the brand in ``marked``; what cannot be used is left out and noted."""
    top = Fields.of(FILE, marked, problems, _FIELDS)
    lines: dict[str, int] = {}
    languages = _languages(top)
    zone = top.zone()
    people = _people(top, lines)
    accounts = _accounts(top, lines, platforms, languages, zone)
    brand = Brand(
        id=top.id(most=64),
        name=top.text("name", required=True),
        languages=languages,
        zone=zone,
        accounts=accounts,
        people=people,
        link_hosts=_hosts(top),
        hashtags=tuple(dict.fromkeys("#" + text.lstrip("#＃") for text, _ in top.texts("hashtags"))),
        grace_minutes=int(top.number("grace_minutes", 15, least=0, whole=True)),
        plan=plan_yaml.read_plan(top, languages[0], [a.key for a in accounts]),
    )
    return BrandFile(brand, lines, top.line("people"))


def _languages(top: Fields) -> tuple[str, ...]:
    found = []
    for tag, line in top.texts("languages"):
        if good_language(tag):
            found.append(tag)
        else:
            top.problems.error(
                FILE, line, say("{tag!r} is not a language tag.", tag=tag), say("Write it as `en`, `zh` or `zh-Hans`.")
            )
    return tuple(dict.fromkeys(found)) or ("en",)


def _accounts(
    top: Fields, lines: dict[str, int], platforms: Collection[str], languages: tuple[str, ...], zone: str
) -> tuple[Account, ...]:
    found: dict[str, Account] = {}
    for entry in top.entries("accounts", ("key", "handle", "language", "zone"), "account"):
        key = entry.text("key", required=True, most=LONGEST)
        platform, colon, name = key.partition(":")
        if not key:
            continue
        if not colon or not _ACCOUNT.fullmatch(name):
            entry.error(
                "key",
                say("The account key {key!r} is not of the form platform:name.", key=key),
                say("Write it as `bluesky:main`: the name in small letters and digits."),
            )
            continue
        if platform not in platforms:
            entry.error(
                "key", say("There is no platform {platform!r}.", platform=platform), nearest(platform, platforms)
            )
        if key in found:
            entry.again("key", say("The account {key!r} is listed twice.", key=key), lines[key])
            continue
        language = entry.language(default=languages[0])
        if language.split("-")[0] not in {tag.split("-")[0] for tag in languages}:
            entry.warning(
                "language",
                say("{key} writes in {language!r}, which is not a language of the brand.", key=key, language=language),
                say("Add it to `languages`."),
            )
        found[key] = Account(platform, name, entry.text("handle", most=120), language, entry.zone(default=zone))
        lines[key] = entry.line("key")
    if not found and not top.problems.found:
        top.error("accounts", say("The brand has no account."), say("Add one, such as `- key: sandbox:main`."))
    return tuple(found.values())


def _people(top: Fields, lines: dict[str, int]) -> tuple[Person, ...]:
    found: dict[str, Person] = {}
    taken: dict[str, str] = {}
    for entry in top.entries("people", ("id", "name", "roles", "sign_in"), "person"):
        person = entry.id()
        roles = frozenset(Role(role) for role in entry.choices("roles", [role.value for role in Role], "role"))
        if not person:
            continue
        if person in found:
            entry.again("id", say("The person {person!r} is listed twice.", person=person), lines[person])
            continue
        if not roles and not entry.texts("roles"):
            entry.error(
                "roles",
                say("{person} has no role.", person=person),
                say("Add `roles: [author]`, `[approver]` or `[admin]`."),
            )
        found[person] = Person(person, entry.text("name", person, most=120), roles, _sign_in(entry, person, taken))
        lines[person] = entry.line("id")
    return tuple(found.values())


def _sign_in(entry: Fields, person: str, taken: dict[str, str]) -> tuple[str, ...]:
    """Return under which names a sign-in service knows a person; ``taken`` are those of the people before."""
    found = []
    for text, line in entry.texts("sign_in"):
        name = text.lower() if "@" in text and not text.startswith("sub:") else text
        if not _SIGN_IN.fullmatch(name):
            entry.problems.error(
                FILE, line, say("{text!r} is neither an e-mail address nor `sub:` with an id.", text=text),
                say("Write it as `anna@example.com`, or as `sub:U0123ABCD`."),
            )  # fmt: skip
        elif name in taken:
            entry.problems.error(
                FILE, line, say("{text!r} signs in {person} already.", text=text, person=taken[name]),
                say("Give it to one of them."),
            )  # fmt: skip
        else:
            taken[name] = person
            found.append(name)
    return tuple(found)


def _hosts(top: Fields) -> tuple[str, ...]:
    found = []
    for text, line in top.texts("link_hosts"):
        host = text.lower().removeprefix("*.").rstrip(".")
        if not _HOST.fullmatch(host):
            bare = re.sub(r"^[a-z]+://", "", host).split("/")[0].split(":")[0]
            fix = say("Write only `{bare}`.", bare=bare) if _HOST.fullmatch(bare) else say("Write it as `example.com`.")
            top.problems.error(FILE, line, say("{text!r} is not a host name.", text=text), fix)
        else:
            found.append(host)
    return tuple(dict.fromkeys(found))
