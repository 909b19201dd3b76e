"""Shapes of keys and passwords beyond those that never reach a log: of services, in addresses, beside the word for them."""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator

#: Keys whose first letters say whose they are.
KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{16,}|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|(?:A3T|ASIA|ABIA|ACCA)[A-Z0-9]{16}"
    r"|LTAI[A-Za-z0-9]{12,26}|AKID[A-Za-z0-9]{13,40}|glpat-[A-Za-z0-9_-]{16,}|github_pat_[A-Za-z0-9_]{20,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_[a-f0-9]{30,}"
    r"|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,}|EAA[A-Za-z0-9]{24,}|AAAA[A-Za-z0-9%]{40,}|key-[a-f0-9]{32}|\d{8,10}:[A-Za-z0-9_-]{33,37}|xox[a-z]-[A-Za-z0-9-]{8,})(?![A-Za-z0-9])"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|(?<![a-z])[a-z][a-z0-9+.-]{2,15}://[^\s/:@]{1,64}:[^\s/@]{3,64}@|hooks\.slack\.com/services/\w+|discord(?:app)?\.com/api/webhooks/\d+"
)
_LABEL = re.compile(
    r"pass ?(?:word|wort|code|phrase)|(?<![a-z])(?:pwd|passwd|pw|login|credentials?|secret|token|api[ _-]?key|access[ _-]?key|wi-?fi)(?![a-z])|(?<![a-z])key(?: is|:|=)|口令|密码|密钥|令牌|秘钥|密鑰|密碼|暗号",
    re.IGNORECASE,
)
_WORD = re.compile(r"[!-~]{6,80}")
#: What looks mixed and is no password: addresses, tags, mentions, dates, times, prices, sizes.
_ORDINARY = re.compile(
    r"(?i)https?://|^[#@£$€]|^www\.|^[\d.,:/%+-]+\S{0,3}$|^[\w.+-]+@[\w.-]+\.\w+$|^[a-z]+$|^[\w-]+(?:\.[a-z]{2,})+(?:/[\w/-]*)?$|^\w+[’']\w+$"
)
#: Nobody writes so long a word of letters of both cases and digits.
_RANDOM = re.compile(
    r"(?<![\w./#@-])(?=[\w-]*\d[\w-]*\d[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{30,}(?![\w./-])"
)
_NEAR = 40


def credentials(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of keys by their shape, and of what stands beside the word for a password and looks made up."""
    for pattern in (KEYS, _RANDOM):
        for match in pattern.finditer(text):
            yield match.span()
    for label in _LABEL.finditer(text):
        begin, end = max(0, label.start() - _NEAR), label.end() + _NEAR
        for match in _WORD.finditer(text, begin, end):
            word = match.group().strip(".,;:!?()[]{}\"'")
            if len(word) >= 6 and _made_up(word):
                start = match.start() + match.group().find(word)
                yield start, start + len(word)


def _made_up(word: str) -> bool:
    """Say whether a word is mixed as passwords are: letters, digits and signs, or capitals within."""
    if _ORDINARY.search(word):
        return False
    letters, digit = any(c.isalpha() for c in word), any(c.isdigit() for c in word)
    sign = any(not c.isalnum() and c not in "-_'’." for c in word[1:])
    inner = any(c.isupper() for c in word[1:]) and any(c.islower() for c in word)
    return letters and digit and (sign or inner or len(word) >= 8)
