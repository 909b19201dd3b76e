"""Personal data in a text that goes out: identity and card numbers, private telephone numbers, mailboxes, addresses.

What the brand itself publishes (its rules and facts, saved answers, mailboxes at its own hosts) is its own business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.checks.base import Subject
from bot.checks.kit import contacts
from bot.checks.kit.identities import identities, named
from bot.checks.links import allowed
from bot.checks.text import fold
from bot.domain.brand import Brand
from bot.domain.draft import Finding, Severity
from bot.words import say

#: Span in the folded text, severity, message, fix.
_Told = tuple[tuple[int, int], Severity, str, str]
#: Where numbers without a country's code may be from, besides the brand's own countries.
_REGIONS = ("GB", "US", "CN")
_ZONES = {
    "Asia/Shanghai": "CN",
    "Europe/London": "GB",
    "Europe/Berlin": "DE",
    "Europe/Paris": "FR",
    "Asia/Hong_Kong": "HK",
}
_QUICK = re.compile(
    r"\d|@|\(at|\[at|\bat\b|微信|薇信|[加+➕]\s?[v薇威微维]|vx|wx|qq|wechat|扣扣|seven|艾特"
    r"|[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖](?:[ ·-]?[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]){6}"
)


def check(subject: Subject) -> list[Finding]:
    """Block identity and account numbers and private contact data; what a person wrote in the brief is only shown."""
    found: list[Finding] = []
    published, briefed = _published(subject.brand), "\n".join(fold(s.text).text for s in subject.sources)
    for text in subject.texts:
        folded = fold(text.text)
        if not _QUICK.search(folded.text):
            continue
        taken: list[tuple[int, int]] = []
        for span, severity, message, fix in _told(folded.text, subject.brand, published, briefed):
            if not any(a < span[1] and span[0] < b for a, b in taken):
                taken.append(span)
                where = text.span(*folded.span(*span))
                found.append(Finding("personal_data", severity, text.where + message, "", text.part, where, fix))
    return found


def _told(text: str, brand: Brand, published: str, briefed: str) -> Iterator[_Told]:
    for kind, span in identities(text):
        yield span, Severity.BLOCK, say("This looks like {what}.", what=named(kind)), say("Take it out.")
    yield from _contacts(text, brand, published, briefed)


def _contacts(text: str, brand: Brand, published: str, briefed: str) -> Iterator[_Told]:
    own = say("Take it out. If it is the brand's own, add it to the brand's facts.")
    for match in contacts.MAIL.finditer(text):
        name, host = match["name"] or match["name2"], match["host"] or _host(match["host2"])
        if f"{name}@{host}" in published or (host and allowed(host, brand.link_hosts)):
            continue
        private = contacts.FREE_HOSTS.fullmatch(host) or match["name2"] or not contacts.TASKS.fullmatch(name)
        yield (
            match.span(),
            _severity(bool(private), match.group() in briefed),
            say("This looks like a private e-mail address."),
            own,
        )
    regions = tuple(
        dict.fromkeys((*(_ZONES[z] for z in (brand.zone,) if z in _ZONES), *brand.plan.holidays, *_REGIONS))
    )
    known, asked = _digits(published), _digits(briefed)
    for digits, span in contacts.phones(text, regions):
        # The last nine digits are the same with and without the country's code.
        if digits[-9:] not in known:
            yield span, _severity(True, digits[-9:] in asked), say("This looks like a private telephone number."), own
    for match in contacts.CHAT.finditer(text):
        chat = next(filter(None, match.groups()))
        if chat not in published:
            yield (
                match.span(),
                _severity(True, chat in briefed),
                say("This looks like the chat name of a private person."),
                own,
            )
    for match in contacts.PLATE.finditer(text):
        yield match.span(), Severity.WARN, say("This looks like the number plate of a car."), say("Take it out.")
    if contacts.CAR.search(text):
        for match in contacts.PLATE_BY_WORD.finditer(text):
            yield match.span(), Severity.WARN, say("This looks like the number plate of a car."), say("Take it out.")
    born = list(contacts.BORN.finditer(text))
    places = [m for m in contacts.ADDRESS.finditer(text) if not _place_known(m.group(), published, briefed)]
    # Where somebody lives and when they were born, side by side: with that an identity is stolen.
    both = bool(born and places)
    for match in born:
        severity = Severity.BLOCK if both else Severity.WARN
        yield match.span(), severity, say("This looks like a person's date of birth."), say("Take it out.")
    for match in places:
        home = contacts.HOME.search(text, max(0, match.start() - 30), match.end()) or match["flat"]
        home = home or both or match["room"] in ("室", "单元", "户", "房")
        severity = Severity.BLOCK if both else Severity.WARN if home else Severity.NOTE
        message = (
            say("This looks like a private address.") if home else say("This address is not among the brand's facts.")
        )
        yield match.span(), severity, message, own


def _place_known(address: str, published: str, briefed: str) -> bool:
    """Say whether the brand publishes an address, or the brief names it."""
    place = re.sub(r"\s", "", address)
    return place in re.sub(r"\s", "", published) or _street(address) in published or place in re.sub(r"\s", "", briefed)


def _severity(private: bool, asked: bool) -> Severity:
    """Hold back what nobody named; what a person wrote in the brief they shall see once more."""
    return Severity.BLOCK if private and not asked else Severity.WARN


def _host(written: str) -> str:
    return re.sub(r"\s*(?:\(dot\)|\[dot\]|\{dot\}|\bdot\b|点)\s*", ".", written).replace(" ", "")


def _street(address: str) -> str:
    match = re.search(r"\d.*", address)
    return match.group() if match and re.match(r"\d+[a-d]?,? [a-z]", match.group()) else address


def _published(brand: Brand) -> str:
    """Return, folded, all that the brand says of itself."""
    return _joined((*(r.text for r in brand.rulebook.rules), *(r.answer for r in brand.replies)))


@lru_cache(maxsize=8)
def _joined(texts: tuple[str, ...]) -> str:
    return "\n".join(fold(text).text for text in texts)


@lru_cache(maxsize=16)
def _digits(text: str) -> str:
    """Return the digits of a text, a line a number: what stands between the digits of one is left out."""
    return "\n".join(re.sub(r"\D", "", run) for run in re.findall(r"[\d+][\d ().·/-]{5,}", text))
