"""Numbers that name one person or one account: each known by its shape and its check digit, or by the word beside it."""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from bot.words import say

Valid = Callable[[str], bool]


@dataclass(frozen=True)
class Identity:
    """A kind of number: its shape in a folded text (small letters), and what proves it."""

    name: str
    shape: re.Pattern[str]
    #: Module of python-stdnum whose ``is_valid`` holds for it; empty where the shape alone is proof enough.
    module: str = ""
    #: One of these words has to stand near, where the shape alone may be anything.
    near: re.Pattern[str] | None = None


def _made(name: str, shape: str, module: str = "", near: str = "") -> Identity:
    return Identity(name, re.compile(shape), module, re.compile(near) if near else None)


_L, _R = r"(?<![a-z0-9])(?<!\d[.-])", r"(?![a-z0-9])(?![.-]\d)"
_PASSPORT = r"passport|护照|通行证"
IDENTITIES = (
    _made("cn-id", rf"{_L}[1-9](?:[ .·/-]?\d){{5}}[ .·/-]{{0,2}}(?:1[ .·/-]?9|2[ .·/-]?0)(?:[ .·/-]?\d){{9}}[ .·/-]?[\dx]{_R}", "cn.ric"),
    _made("cn-id", rf"{_L}[1-9]\d{{5}}[ .·/-]?(?:19|20)\d{{2}}[ .·/-]?(?:0[1-9]|1[0-2])[ .·/-]?(?:0[1-9]|[12]\d|3[01])[ .·/-]?\d{{3}}[\dx]{_R}", "", r"身份|证件|实名|id ?(?:card|number|no)"),
    _made("card", rf"{_L}(?:4\d{{3}}|5[1-5]\d\d|2[2-7]\d\d|6(?:011|5\d\d|2\d\d))(?:(?:[ .·/-]{{0,3}}\d{{4}}){{3}}(?:[ .·/-]{{0,3}}\d{{1,3}})?|\d\d[ -]\d{{13}}){_R}", "luhn"),
    _made("card", rf"{_L}3[47]\d\d[ -]?\d{{6}}[ -]?\d{{5}}{_R}", "luhn"),
    _made("card", rf"{_L}\d{{4}}(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?{_R}", "", r"卡号|银行卡|card (?:number|no)|debit|visa|mastercard"),
    _made("iban", rf"{_L}[a-z]{{2}}\d\d(?:[ .-]?[a-z0-9]{{4}}){{3,7}}(?:[ .-]?[a-z0-9]{{1,3}})?{_R}", "iban"),
    _made("us-ssn", rf"{_L}\d{{3}}-\d\d-\d{{4}}{_R}", "us.ssn"),
    _made("us-ssn", rf"{_L}\d{{3}}[ -]?\d\d[ -]?\d{{4}}{_R}", "", r"\bssn\b|social security"),
    _made("gb-nino", rf"{_L}(?!bg|gb|nk|kn|tn|nt|zz)[abceghj-prstw-z][abceghj-nprstw-z] ?\d\d ?\d\d ?\d\d ?[a-d]{_R}"),
    _made("gb-nhs", rf"{_L}\d{{3}}[ -]?\d{{3}}[ -]?\d{{4}}{_R}", "gb.nhs", r"\bnhs\b"),
    _made("gb-licence", rf"{_L}[a-z9]{{5}}\d[01568]\d[0-3]\d\d[a-z9]{{2}}\d[a-z]{{2}}{_R}"),
    _made("es-id", rf"{_L}(?:\d{{8}}|[xyz]\d{{7}})-?[a-z]{_R}", "es.nie|es.dni"),
    _made("it-id", rf"{_L}[a-z]{{6}}\d\d[a-z]\d\d[a-z]\d{{3}}[a-z]{_R}", "it.codicefiscale"),
    _made("fr-id", rf"{_L}[12] ?\d\d ?[01]\d ?\d[\dab] ?\d{{3}} ?\d{{3}} ?\d\d{_R}", "fr.nir"),
    _made("de-id", rf"{_L}\d\d ?\d{{3}} ?\d{{3}} ?\d{{3}}{_R}", "de.idnr", r"steuer|tax id"),
    _made("in-id", rf"{_L}[2-9]\d{{3}} ?\d{{4}} ?\d{{4}}{_R}", "in_.aadhaar", r"aadhaar|uidai"),
    _made("kr-id", rf"{_L}\d{{6}}-[1-8]\d{{6}}{_R}"),
    _made("br-id", rf"{_L}\d{{3}}\.\d{{3}}\.\d{{3}}-\d\d{_R}", "br.cpf"),
    _made("ca-id", rf"{_L}\d{{3}}[ -]\d{{3}}[ -]\d{{3}}{_R}", "ca.sin", r"\bsin\b|social insurance"),
    _made("au-id", rf"{_L}\d{{3}} ?\d{{3}} ?\d{{3}}{_R}", "au.tfn", r"\btfn\b|tax file"),
    _made("pl-id", rf"{_L}\d{{11}}{_R}", "pl.pesel", r"pesel"),
    _made("nl-id", rf"{_L}\d{{9}}{_R}", "nl.bsn", r"\bbsn\b|burgerservice"),
    _made("hk-id", rf"{_L}[a-z]{{1,2}}\d{{6}}\([\da]\)"),
    _made("passport", rf"{_L}(?:[a-z]{{1,2}}\d{{6,8}}|\d{{9}}){_R}", "", _PASSPORT),
    _made("sort-code", rf"{_L}\d\d-\d\d-\d\d[ ,;/]+(?:[a-z. ]{{0,20}})?\d{{8}}{_R}"),
    _made("bank-account", rf"{_L}\d{{8,12}}{_R}", "", r"account (?:number|no)|sort code|bank account|银行账号|账号"),
    _made("bank-account", rf"{_L}\d{{12,19}}{_R}", "", r"账号|账户|开户|卡号|银行卡"),
)  # fmt: skip
_CARDS = ("card", "iban", "sort-code", "bank-account")
#: How far a telling word may stand before or behind the number.
_NEAR = 40


@cache
def _valid(module: str) -> tuple[Valid, ...]:
    return tuple(import_module(f"stdnum.{name}").is_valid for name in module.split("|"))


def identities(folded: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield (kind, span) of every number in a folded text that names a person or an account."""
    if not re.search(r"\d{4}|\d\d[ .-]\d\d", folded):
        return
    taken: list[tuple[int, int]] = []
    for one in IDENTITIES:
        for match in one.shape.finditer(folded):
            start, end = match.span()
            if any(a < end and start < b for a, b in taken):
                continue
            if one.near and not one.near.search(folded, max(0, start - _NEAR), end + _NEAR):
                continue
            bare = re.sub(r"[^0-9a-z]", "", match.group()).upper()
            if not one.module or any(valid(bare) for valid in _valid(one.module)):
                taken.append((start, end))
                yield one.name, (start, end)


def named(kind: str) -> str:
    """Say in words what kind of number it is."""
    if kind == "card":
        return say("the number of a payment card")
    if kind in _CARDS:
        return say("the number of a bank account")
    return say("the number of a passport") if kind == "passport" else say("the number of an identity document")
