"""Ways to reach a person: telephone numbers, mailboxes, chat ids, addresses, number plates."""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.checks.kit.wording import HAN

MAIL = re.compile(
    r"(?<![a-z0-9_.+-])(?P<name>[a-z0-9](?:[a-z0-9_.+-]*[a-z0-9_+-])?)@(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?![a-z0-9_-])"
    r"|(?<![a-z0-9_.+-])(?P<name2>[a-z0-9][a-z0-9_.+-]*)\s?(?:\(at\)|\[at\]|\{at\}|#at#|艾特|\sat\s)\s?(?P<host2>[a-z0-9-]+"
    r"(?:\s?(?:\(dot\)|\[dot\]|\{dot\}|\sdot\s|\.|点)\s?[a-z0-9-]+)*\s?(?:\(dot\)|\[dot\]|\{dot\}|\sdot\s|\.|点)\s?(?:com|net|org|co|uk|cn|de|eu|io|example))(?![a-z0-9_])"
)
#: Mailboxes that anybody gets, so that one of them hardly is the business's own.
FREE_HOSTS = re.compile(
    r"(?:gmail|googlemail|outlook|hotmail|live|icloud|me|yahoo|ymail|aol|proton|protonmail|gmx|web|mail|qq|foxmail|163|126"
    r"|139|189|sina|sohu|aliyun|yeah)\.(?:com|net|de|co\.uk|cn|me|com\.cn|org|fr)"
)
#: Names of mailboxes that a business gives to a task.
TASKS = re.compile(
    r"(?:info|hello|hi|contact|press|media|office|support|help|service|customer(?:s|service|care)?|sales|shop|store|orders?|booking|bookings|events?"
    r"|team|mail|enquir(?:y|ies)|inquiries|jobs|careers|hr|admin|news|newsletter|marketing|privacy|complaints|reception|returns?|refunds?|safety|security|abuse|legal|billing|accounts?|finance|invoices?|warranty|tickets?|feedback|pr|rooms|reservations?|members(?:hip)?|volunteer(?:s|ing)?|donations?|adoptions?|rescue|report(?:s|ing)?|wholesale|stockists?|kefu|zhaopin|no-?reply)"
)
_DIGITS = str.maketrans("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789")
_SPELT = {word: str(n) for n, word in enumerate("zero one two three four five six seven eight nine".split())} | {
    "oh": "0",
    "nought": "0",
    "hundred": "00",
    "thousand": "000",
}
_SPELT_RUN = re.compile(
    rf"(?<![a-z])(?:(?:{'|'.join(_SPELT)}|double|triple|\d{{1,4}})[\s,-]+){{6,}}(?:{'|'.join(_SPELT)}|\d{{1,4}})(?![a-z\d])"
)
_HAN_RUN = re.compile(
    "[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖](?:[ ·-]?[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]){6,11}|1[3-9零〇一二三四五六七八九幺0-9]{10}"
)
#: What may be a telephone number: digits with the signs people set between them.
_PHONE = re.compile(r"(?<![a-z0-9_./#£$€¥+-])(?<!\d,)(?:\+|00)?\(?\d(?:[ ().·/-]{0,2}\d){6,14}(?![a-z0-9_%]|[.,:/-]\d)")
_CHINESE_MOBILE = re.compile(r"(?:(?:\+|00)?86)?1[3-9]\d{9}")
#: Shapes that only telephone numbers have, in the regions that have no sign of their own in front.
_SHAPES = re.compile(
    r"\(?0\d{2,4}\)?[ -]\d{3,4}[ -]?\d{3,4}|07\d{3} ?\d{3} ?\d{3}|07\d{9}|0[12]\d{8,9}|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4}"
    r"|0\d{2,3}-\d{7,8}|\(0\d{2,3}\)\d{7,8}"
)
_CALL = re.compile(
    r"call|phone|tel|mobile|text|whatsapp|ring|dial|contact|reach|电话|手机|联系|致电|拨打|热线|号码|短信|座机|微信"
)
#: Right before the digits: they number a thing.
_THING = re.compile(
    r"(?:座位|座|订单|编|批|单|房|桌|会员|券|票|货|型|版本|证书|备案|设备|序列|快递|运单|车厢)号码?[ :是为]{0,3}$|(?:order|seat|lot|batch|model|serial|build|version|invoice|booking|reference|ref)\.? ?(?:number|no\.?|#)?[ :]{1,2}$"
)
#: Numbers that no private person has: free, shared-cost and premium lines.
_BUSINESS = re.compile(
    r"(?:\+?86-?)?[48]00-?\d{3}-?\d{4}|(?:\+44|0)?(?:800|808|33\d|345|844|845|870)\d{5,7}|1?8(?:00|88|77|66)\d{7}"
)
CHAT = re.compile(
    r"(?:微信号?|薇信|威信|v信|[加+➕]\s?[v薇威微维]|wechat|weixin|(?<![a-z])(?:vx|wx))(?:号|id|:|：|\s|是|为|我|is|加|搜|/)*"
    r"(?P<id>[a-z][a-z0-9_-]{5,19}|1[3-9]\d{9})(?![a-z0-9])"
    rf"|(?:(?<![a-z])qq(?!\.)|扣扣|企鹅)(?:群)?(?:号|:|：|\s|是|为|加|[{HAN}]{{0,2}})*(?P<qq>[1-9](?:[ -]?\d){{4,10}})(?!\d)"
    r"|(?:telegram|whatsapp|signal|line)\s?(?:id|handle)?\s?[:：]\s?@?(?P<other>[a-z][\w.]{4,})"
)
_STREET = r"street|st\.?|road|rd\.?|lane|ln\.?|avenue|ave\.?|drive|close|court|crescent|terrace|gardens|grove|square|hill|way|place|row|mews|boulevard|blvd\.?|walk|park|view"
ADDRESS = re.compile(
    rf"(?P<flat>(?:flat|apt\.?|apartment|unit|room)\s?[0-9a-z]{{1,4}},?\s)?(?<![\d£$€.,:-])\b\d{{1,5}}[a-d]?,?\s(?:[a-z][a-z'’-]+\s){{1,3}}(?:{_STREET})(?![a-z])"
    r"(?:,?\s(?:[a-z'’-]+,?\s){0,3}(?P<code>[a-z]{1,2}\d[\da-z]?\s?\d[a-z]{2}|[a-z]{2}\s\d{5}))?"
    rf"|(?:[{HAN}]{{2,9}}?(?:省|市|自治区))?(?:[{HAN}]{{1,8}}?(?:区|县|市|镇))?[{HAN}]{{1,12}}?(?:路|街|大道|巷|弄|胡同|村|小区|花园|新村|公寓|家园)"
    rf"(?:[{HAN}]{{0,6}}?)\s?\d{{1,5}}\s?(?:号|弄|栋|幢|座|单元)(?:\s?[{HAN}]{{0,8}}?\s?\d{{1,5}}\s?(?P<room>号楼|栋|幢|单元|室|房|楼|层|户|号)){{0,4}}"
)
HOME = re.compile(
    r"\b(?:lives?|living|home address|his home|her home|their home|my home|resides?|ship to|deliver(?:ed)? to|send (?:it|them) to|address of)\b"
    r"|家住|住在|住址|家庭住址|收件人|收货地址|他家|她家|家里|寄给|寄到|室$"
)
PLATE = re.compile(
    r"(?<![a-z])[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-hj-np-z][·• -]?[a-hj-np-z0-9]{5,6}(?![a-z0-9])"
)
PLATE_BY_WORD = re.compile(r"(?<![a-z0-9])[a-z]{2}\d\d ?[a-z]{3}(?![a-z0-9])")
CAR = re.compile(r"\b(?:car|van|plate|reg|registration|parked|driver|vehicle|bmw|ford|audi)\b|车牌|停车|车主")
BORN = re.compile(
    r"(?:date of birth|d\.?o\.?b\.?|born (?:on )?|出生日期|出生于|生日(?:是|为|:|：)?)\s?[:：]?\s?"
    r"(?P<day>\d{1,4}[-/. 年]\d{1,2}[-/. 月]\d{1,4}日?|\d{1,2}(?:st|nd|rd|th)? [a-z]{3,9} (?:19|20)\d\d|[a-z]{3,9} \d{1,2},? (?:19|20)\d\d)"
)


def phones(folded: str, regions: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield (digits, span) of every telephone number in a folded text that a private person may have.

    ``regions`` are ISO 3166 codes: where a number without a country's code may be from.
    """
    for match in _SPELT_RUN.finditer(folded):
        if len(re.findall(r"[a-z]+", match.group())) < 4:
            continue
        digits = re.sub(r"(double|triple) (\d)", lambda m: m[2] * (2 if m[1] == "double" else 3), _spelt(match.group()))
        yield re.sub(r"\D", "", digits), match.span()
    for match in _HAN_RUN.finditer(folded):
        digits = re.sub(r"\D", "", match.group().translate(_DIGITS))
        if (_CHINESE_MOBILE.fullmatch(digits) and not match.group().isdigit()) or (
            not match.group().isascii() and _CALL.search(folded, max(0, match.start() - 20), match.end() + 10)
        ):
            yield digits, match.span()
    for match in _PHONE.finditer(folded):
        text = match.group()
        digits = re.sub(r"\D", "", text)
        if _BUSINESS.fullmatch(re.sub(r"[^\d+]", "", text)) or _BUSINESS.fullmatch(digits) or _date(text):
            continue
        called = bool(_CALL.search(folded, max(0, match.start() - 30), match.end() + 20))
        called = called and not _THING.search(folded, max(0, match.start() - 24), match.start())
        sure = text.startswith("+") or _CHINESE_MOBILE.fullmatch(digits) or _SHAPES.fullmatch(text)
        if sure or (called and 7 <= len(digits) <= 15):
            if _possible(text, regions):
                yield digits, match.span()


def _spelt(text: str) -> str:
    return re.sub("|".join(_SPELT), lambda m: _SPELT[m.group()], re.sub(r"[\s,-]+", " ", text))


def _date(text: str) -> bool:
    return bool(
        re.fullmatch(
            r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:19|20)\d\d[-./ ]\d\d?[-./ ]\d\d?(?:.*)|\d\d?[-./]\d\d?[-./](?:19|20)\d\d",
            text,
        )
    )


@lru_cache(maxsize=1024)
def _possible(text: str, regions: tuple[str, ...]) -> bool:
    import phonenumbers

    wanted = (None,) if text.startswith("+") else ("CN", *regions) if _CHINESE_MOBILE.fullmatch(text) else regions
    for region in wanted:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        # "Possible" and not "valid": numbers kept for film and drama are nobody's, but look as private.
        if phonenumbers.is_possible_number(number):
            return True
    return False
