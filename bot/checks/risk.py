"""What makes a text delicate: words of price, claim, law and crisis, so that the policy can ask the right people."""

from __future__ import annotations

import re

from bot.checks.base import Subject
from bot.checks.text import fold
from bot.domain.draft import Content, Finding, Severity
from bot.domain.policy import Risk
from bot.words import say

_NUMBER = r"\d{1,12}(?:[.,]\d{1,12}){0,3}"
_WORDS = {
    Risk.PRICE: (
        # From the first digit on, for people are shown what was found.
        rf"[$€£¥￥]\s?{_NUMBER}|{_NUMBER}\s?(?:usd|euros?|eur|gbp|cny|rmb|yuan|元|块钱|美元|欧元|折)|{_NUMBER}\s?%\s?off",
        r"\b(?:prices?|discounts?|cheap(?:er|est)?|free of charge|half price|refunds?)\b",
        r"价格|打折|折扣|优惠|特价|免费|降价|退款|便宜",
    ),
    Risk.CLAIMS: (
        r"\b(?:best|number one|no\.? ?1|guarantee[ds]?|proven|clinically|cures?|heals?|safest|only one)\b|100\s?%",
        r"最好|第一|唯一|保证|治疗|治愈|疗效|根治|百分之百|国家级|顶级",
    ),
    Risk.LEGAL: (
        r"\b(?:lawsuits?|legal|lawyers?|court|sue[ds]?|liab(?:le|ility)|gdpr|copyright|trademark|warranty)\b",
        r"诉讼|律师|起诉|法院|违法|侵权|版权|商标|赔偿",
    ),
    Risk.CRISIS: (
        r"\b(?:recall(?:s|ed)?|injur(?:y|ies|ed)|deaths?|died|accidents?|contaminat\w+|breach|leak(?:ed)?)\b",
        r"\b(?:apolog(?:y|ise|ize|ies)|boycott)\b",
        r"召回|事故|受伤|死亡|污染|泄露|道歉|抵制|中毒",
    ),
}
_PATTERNS = {risk: re.compile("|".join(words)) for risk, words in _WORDS.items()}


def risks(content: Content) -> frozenset[Risk]:
    """Return the kinds of risk that the words of a content touch."""
    cards = [text for p in content.parts if p.card for text in (p.card.title, p.card.description)]
    said = [text for p in content.parts for text in (p.text, *(m.alt for m in p.media))]
    text = fold("\n".join([*said, *cards, content.warning])).text
    return frozenset(risk for risk, pattern in _PATTERNS.items() if pattern.search(text))


def _name(risk: Risk) -> str:
    return {
        Risk.PRICE: say("prices"),
        Risk.CLAIMS: say("claims"),
        Risk.LEGAL: say("legal matters"),
        Risk.CRISIS: say("a crisis"),
    }[risk]


def check(subject: Subject) -> list[Finding]:
    """Note each kind of risk once, at the words that show it."""
    found = []
    for part in subject.texts:
        folded = fold(part.text)
        for risk, pattern in _PATTERNS.items():
            match = pattern.search(folded.text)
            if match:
                start, end = folded.span(*match.span())
                message = say("“{words}” touches on {risk}.", words=part.text[start:end], risk=_name(risk))
                span = part.span(start, end)
                found.append(Finding("risk", Severity.NOTE, part.where + message, part=part.part, span=span))
    return found
