"""Calls to action: what a text asks its readers to do, in English and Chinese."""

from __future__ import annotations

import re

from bot.insight import text as texts
from bot.insight.text import Mark

_VERBS = (
    "join|visit|book|try|come|taste|read|see|discover|sign up|register|order|get|grab|shop|buy|subscribe|follow|share|"
    "comment|tell us|let us know|reply|vote|save|reserve|call|write to us|contact|email|message|watch|listen|learn|"
    "find out|download|apply|donate|enter|explore|check out|pop in|drop by|swing by|stop by|bring|meet|click|tap|ask|"
    "send|pick|choose|celebrate|tag|start|claim|pre-?order|sign|help|support|swipe|scan|look out|stay tuned|don'?t miss"
)
#: An order to the reader begins a sentence or a clause, or stands behind "to" and the like.
_EN = re.compile(
    rf"(?:(?<=[^\w\s] )|(?<=\n)|^|(?<=\band )|(?<=\bor )|(?<=\bplease )|(?<=\bplease, )|(?<=\bto )(?<=link to )"
    rf"|(?<=\bjust )|(?<=\bnow )|(?<=\btoday )|(?<=\bso )|(?<=\bthen ))(?:{_VERBS})\b"
    r"|\b(?:why not|would you like to|you can|you are invited|you're invited|we invite you|want to|ready to|"
    r"link in (?:the )?bio|what do you think|which (?:is|one is) your|what's your|how do you)\b",
    re.I,
)
_ZH = re.compile(
    r"快来|欢迎(?:来|到|您|你|光临|预[订约]|咨询|留言|品尝|参加|报名|转发|选购|大家)|点击|戳(?:这里|链接)|预约|预[订定]|报名|关注我们|"
    r"关注(?:一下|公众号|@)|转发|留言|评论区|告诉我们|私信|扫码|下单|抢购|选购|购买|领取|免费领|了解更多|了解详情|详情(?:见|请)|查看|收藏|"
    r"加入我们|参与|投票|请(?:来|到|致电|联系|拨打|访问|查看|点)|联系我们|致电|订阅|下载|试试|尝尝|看看吧|一起来|"
    r"(?:来|到|去)[^。！？!?\n]{0,16}(?:吧|喝|尝|坐坐|逛逛|看看|品|参加|一起)|等你来|等您来|不要错过|别错过|不见不散|约起来|你(?:最)?喜欢哪|你觉得呢"
)


def calls_to_action(text: str, language: str = "") -> list[Mark]:
    """Return what asks the reader to do something."""
    pattern = _ZH if texts.is_chinese(text, language) else _EN
    return [Mark(m[0], m.span()) for m in pattern.finditer(text)]
