"""What an answer to somebody's words needs: regret where they complain, where to reach us, and words of its own."""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.agent import telling

#: They complain, or the brief says that they do.
_COMPLAINT = re.compile(
    r"\b(?:broken?|smashed|crushed|dented|damaged|leak(?:ed|ing|s)?|spilt|spilled|missing|never (?:came|arrived)|too late|wrong (?:order|size|item|one)"
    r"|not impressed|disappoint\w*|unhappy|annoy\w*|terrible|awful|worst|rude|refund|money back|complain\w*|ruined|mouldy|moldy|stale)\b"
    r"|压扁|破损|摔坏|坏了|碎了|漏了|洒了|撒了|撒了?一|少了|没收到|发错|太慢|太差|失望|差评|投诉|退款|退钱|糟糕|难喝|难吃|发霉|变质|骗人|态度",
    re.I,
)  # fmt: skip
_BRIEF = re.compile(r"\bcomplain\w*|\bapologi[sz]e|\bsay sorry|\bapology|投诉|道歉|致歉|抱歉", re.I)
#: The brief wants no regret: for a false claim, say.
_NO_REGRET = re.compile(r"\b(?:do not|don't|without) (?:apologi\w+|say(?:ing)? sorry)|不(?:要|用|必)?道歉", re.I)
_REGRET = re.compile(r"\bsorry\b|\bapolog\w+|\bregret\w*|抱歉|对不起|道歉|致歉|不好意思|过意不去", re.I)
_REACH = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\d.])0[\d ()-]{8,}\d")
#: A rule with an address that is meant for those who complain.
_FOR_THEM = re.compile(
    r"\bcomplain\w*|\bapolog\w+|\bsorry\b|\bdamage\w*|\bbroken\b|\bwrong\b|\breturns?\b|\brefund\w*|投诉|道歉|抱歉|破损|退换|退款|售后",
    re.I,
)
#: So much of what they wrote, in a row, is an echo: words, Han characters.
_ECHO, _ECHO_HAN = 5, 8


def complains(words: str, brief: str) -> bool:
    """Say whether somebody complains, by their words or by the brief."""
    return bool((_COMPLAINT.search(words) or _BRIEF.search(brief)) and not _NO_REGRET.search(brief))


def lacking(words: str, brief: str, text: str, told: Sequence[str]) -> list[str]:
    """Say, a sentence each, what an answer to ``words`` lacks; ``told`` are the rules and facts that the writer saw."""
    said = []
    if complains(words, brief):
        if not _REGRET.search(text):
            said.append("They complain: begin by saying sorry.")
        places = [m[0].rstrip(".") for rule in told if _FOR_THEM.search(rule) for m in _REACH.finditer(rule)]
        if places and not any(place in text for place in places):
            said.append(f"Say where they reach us: {places[0]}.")
    echo = telling.shared(text, words)
    if len(re.findall(r"[\u4e00-\u9fff]", echo)) >= _ECHO_HAN or len(echo.split()) >= _ECHO:
        said.append(f"Do not repeat what they wrote (“{echo[:40]}”): answer it.")
    return said
