"""How strong a title or the opening of a post is: what decides whether anybody reads on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.insight import text as texts
from bot.insight.keyword import places

_WEAK = re.compile(
    r"^(?:we(?:'re| are) (?:very |so )?(?:pleased|happy|delighted|proud|excited|thrilled) to (?:announce|share|inform)|"
    r"it is our pleasure|please be (?:informed|advised)|this is|there (?:is|are)|here is some|introducing|update:|"
    r"我们很?高兴|很高兴(?:地)?(?:宣布|通知)|为了|根据|随着|众所周知|近日|本公司|关于)",
    re.I,
)
_BAIT = re.compile(
    r"you won'?t believe|what happened next|shocking|this one (?:weird )?trick|doctors hate|will blow your mind|"
    r"震惊|惊呆|不看后悔|必看|速看|删前速看|竟然是|99%的人|绝对想不到|太可怕了|出大事",
    re.I,
)
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万两]+(?=[个种步招条件位名款天年月日点分元折])")
_ASKS = re.compile(
    r"[?？]|^(?:how|why|what|when|where|which|who)\b|怎么|如何|为什么|哪[些个里]|什么|吗(?:$|[。！，])", re.I
)
_YOU = re.compile(r"\b(?:you|your|you're|yours)\b|[你您]", re.I)
_GAIN = re.compile(
    r"\b(?:free|new|save|easy|simple|guide|tips?|learn|first|only|best|now|today|fresh|early|win|ways?|secrets?|"
    r"invit\w+|join|meet|taste|discover)\b|免费|新品|全新|首次|限时|限量|攻略|指南|秘诀|技巧|省|轻松|优惠|福利|揭秘|盘点|教你|送|来了|上新|到了",
    re.I,
)


@dataclass(frozen=True)
class Headline:
    """The features of a title or an opening."""

    text: str
    #: Words in English, characters in Chinese.
    length: int
    right_length: bool
    number: bool
    question: bool
    you: bool
    gain: bool
    #: Says something of its own: a name, a keyword, a number.
    concrete: bool
    #: Begins with words that say nothing.
    weak: bool
    #: Promises more than a text can keep.
    bait: bool
    #: Letters in capitals throughout.
    shouted: bool

    @property
    def score(self) -> int:
        """0 to 100."""
        points = 30 + 20 * self.right_length + 20 * self.concrete + 15 * self.gain
        points += 10 * (self.number or self.question) + 10 * self.you
        points -= 20 * self.weak + 40 * self.bait + 20 * self.shouted
        return max(0, min(100, points))


def opening(text: str) -> str:
    """Return a text's title: its first heading or line; of a long line the first sentence."""
    for line in text.splitlines():
        bare = re.sub(r"^[#>*\-\s]+(?=\S)", "", line) if re.match(r"#{1,6} |[>*-] ", line) else line.strip()
        if re.search(r"\w", bare):
            return next(iter(texts.sentences(bare)), bare)
    return ""


def right_length(language_is_chinese: bool, *, title: bool) -> tuple[int, int]:
    """Return the fewest and most words (characters in Chinese) of a title, or of a post's opening."""
    if language_is_chinese:
        return (8, 28) if title else (4, 32)
    return (5, 14) if title else (3, 18)


def headline(text: str, language: str = "", keywords: tuple[str, ...] = (), *, title: bool = True) -> Headline:
    """Look at a title, or with ``title=False`` at the opening of a post."""
    chinese = texts.is_chinese(text, language)
    body = texts.prose(text)
    length = texts.length(body)
    least, most = right_length(chinese, title=title)
    named = re.search(r"(?<=[\w,] )[A-Z][a-z]+", body) is not None or "《" in body or "「" in body
    return Headline(
        text=text,
        length=length,
        right_length=least <= length <= most,
        number=bool(_NUMBER.search(body)),
        question=bool(_ASKS.search(body)),
        you=bool(_YOU.search(body)),
        gain=bool(_GAIN.search(body)),
        concrete=bool(named or _NUMBER.search(body) or any(places(body, k) for k in keywords)),
        weak=bool(_WEAK.search(body)),
        bait=bool(_BAIT.search(body)),
        shouted=len(texts.capitals(body)) > 1 and body.upper() == body,
    )
