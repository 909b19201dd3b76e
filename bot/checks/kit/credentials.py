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
    r"|(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/\w+|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=\w+|dingtalk\.com/robot/send\?access_token=\w+|webhook\.office\.com/\w+|api\.telegram\.org/bot\d+"
    r"|(?<![A-Za-z0-9])[ps]k\.eyJ[\w-]{20,}\.[\w-]{10,}"
)
_LABEL = re.compile(
    r"pass[ -]?(?:word|wort|code|phrase)|(?<![a-z])(?:pwd|passwd|pw|login|credentials?|secret|token|api[ _-]?key|access[ _-]?key|wi-?fi)(?![a-z])|(?<![a-z])key(?: is|:|=)|口令|密码|密钥|令牌|秘钥|密鑰|密碼|暗号"
    # In names of settings the word stands behind another: AppSecret, clientToken, corpsecret.
    r"|(?:app|client|corp|access|auth|bearer|bot|refresh|session|web|webhook|signing|shared|private|secret)[ _-]?(?:secret|token|key)(?![a-z])",
    re.IGNORECASE,
)
#: What stands right behind the word, as its value.
_VALUE = re.compile(
    r"(?P<label>(?<![a-z])pass(?=\s?[:=]\s?\S|\s(?=\S*\d)(?=\S*[a-z])\S*[!$%&*?@^~+])|pass[ -]?(?:word|wort|code|phrase)|(?<![a-z])(?:pwd|passwd|pw)(?![a-z])|口令|keypad|(?:door|entry|alarm|gate|safe|keypad|access|locker|entrance) ?code|门禁(?:密)?码|门锁码|开门码|验证码|校验码|动态码|密码|密碼|暗号)"
    r"(?P<link>\s?(?:is now|is|was|=|:|：|->|→|(?<=pass)\s|就是|是|为|改为|改成|换成)\s?[:：]?\s?|\s?(?=[\d“\"「『])|\s(?=[\u4e00-\u9fff]{1,6}\d{2})|\s(?=[a-z]+-[a-z]+-?\d{2}))"
    r"(?P<quote>[“\"'‘「『]?)(?P<value>[^\s，。；、,;“”\"'‘’「」『』()（）]{4,64})",
    re.IGNORECASE,
)
#: A name and its password with a stroke between them, behind the word for signing in.
_PAIR = re.compile(
    r"(?:log(?:ged)?[ -]?in|sign[ -]?in|user ?name|user|account|登录|登陆|账号|帐号|用户名)[^\n]{0,24}?(?<![\w/])[\w.@-]{2,32}\s?/\s?(?P<value>[!-~]{6,64})",
    re.IGNORECASE,
)
#: What may stand alone behind "Password:" and is none.
_NONE = re.compile(
    r"(?i)none|required|optional|needed|unknown|secret|private|hidden|forgotten|lost|same|please|yes|soon|changed|safe"
)
#: Words with hyphens that are no passphrase.
_PHRASE = re.compile(r"[A-Za-z]{3,}(?:[-_.][A-Za-z]{3,}){3,}")
_WORD = re.compile(r"[!-~]{6,80}")
#: What looks mixed and is no password: addresses, tags, mentions, dates, times, prices, sizes.
_ORDINARY = re.compile(
    r"(?i)https?://|^[#@£$€]|^www\.|^[\d.,:/%+-]+\S{0,3}$|^[\w.+-]+@[\w.-]+\.\w+$|^[a-z]+$|^[\w-]+(?:\.[a-z]{2,})+(?:/[\w/-]*)?$|^\w+[’']\w+$"
)
#: Nobody writes so long a word of letters of both cases and digits.
_RANDOM = re.compile(
    r"(?<![\w./#@-])(?=[\w-]*\d[\w-]*\d[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{30,}(?![\w./-])"
)
#: Keys without a name: 32 and more letters and digits of base 16, outside of addresses and beside no word for a sum.
_HEX = re.compile(r"(?<![\w./=#@-])(?=[a-f]*\d)(?=\d*[a-f])(?:[a-f0-9]{32,128}|[A-F0-9]{32,128})(?![\w./-])")
_SUM = re.compile(r"(?i)sha-?\d|md5|checksum|hash|commit|digest|校验|哈希")
_NEAR = 40


def credentials(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of keys by their shape, and of what stands beside the word for a password and looks made up."""
    for pattern in (KEYS, _RANDOM):
        for match in pattern.finditer(text):
            yield match.span()
    for match in _HEX.finditer(text):
        if not _SUM.search(text, max(0, match.start() - _NEAR), match.end() + _NEAR):
            yield match.span()
    for match in _VALUE.finditer(text):
        value, link = match["value"].rstrip(".!?！？:：#*"), match["link"].strip()
        ends = not text[match.start("value") + len(value) :].lstrip(" ")[:1].isalnum()
        shaped = match["link"].isspace() and not value[:1].isdigit()
        named = ends and link[-1:] in (":", "：") and value.isascii() and value.isalnum()
        if _told(
            value,
            bool(match["quote"]) or (named and not _NONE.fullmatch(value)),
            bool(link) or shaped or match["label"].lower() == "pass",
        ):
            yield match.span("value")
    for match in _PAIR.finditer(text):
        value = match["value"].strip(".,;:!?()[]{}\"'")
        if len(value) >= 6 and _made_up(value):
            yield match.span("value")
    for label in _LABEL.finditer(text):
        begin, end = max(0, label.start() - _NEAR), label.end() + _NEAR
        for match in _WORD.finditer(text, begin, end):
            word = match.group().strip(".,;:!?()[]{}\"'")
            if len(word) >= 6 and _made_up(word):
                start = match.start() + match.group().find(word)
                yield start, start + len(word)


def _told(value: str, alone: bool, linked: bool) -> bool:
    """Say whether what is named as the value of a password is one: no word of the sentence that goes on.

    ``alone``: it stands in quotation marks, or behind a colon and no sentence goes on.
    """
    digits = sum(c.isdigit() for c in value)
    if _ORDINARY.search(value) and not value.isdigit():
        return alone and value.isascii() and value.isalnum()
    if value.isdigit():
        return 4 <= digits <= 12
    latin = any(c.isascii() and c.isalpha() for c in value)
    sign = any(c.isascii() and not c.isalnum() and c not in "-_'." for c in value)
    mixed = digits > 0 and (latin or digits > 2)
    return linked and (mixed or (sign and latin) or bool(_PHRASE.fullmatch(value)) or (alone and latin))


def _made_up(word: str) -> bool:
    """Say whether a word is mixed as passwords are: letters, digits and signs, or capitals within."""
    if _ORDINARY.search(word):
        return False
    letters, digit = any(c.isalpha() for c in word), any(c.isdigit() for c in word)
    sign = any(not c.isalnum() and c not in "-_'’." for c in word[1:])
    inner = any(c.isupper() for c in word[1:]) and any(c.islower() for c in word)
    return letters and digit and (sign or inner or len(word) >= 8)
