"""Gifts, paid partnerships, affiliate links and competitions: the law wants them named, plainly and at the beginning.

- USA: FTC, Disclosures 101 for Social Media Influencers (November 2019), simple words such as "ad" or "sponsored", not
  hidden among hashtags: https://www.ftc.gov/business-guidance/resources/disclosures-101-social-media-influencers
- UK: ASA and CMA, Influencers' guide, third edition of 23 March 2023: http://www.asa.org.uk/resource/influencers-guide.html;
  "Ad" is preferred, "gifted", "sp", "collab", a mere mention do not do. Competitions: CAP Code, section 8.
- China: 互联网广告管理办法 (in force since 1 May 2023), Art. 9: what recommends goods by experience or review and
  links to them is marked "广告": https://www.laitimes.com/en/article/4r6h0_57qb5.html tells it in English.

Read 2026-11-22.
"""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re

from bot.checks.base import Subject
from bot.checks.text import fold
from bot.domain.brand import Rule, RuleKind
from bot.domain.draft import Finding, Severity
from bot.words import joined, say

_EN, _NE = r"(?<![a-z])", r"(?![a-z])"
#: Somebody paid or gave something, in the words that people use for it.
_PAID = re.compile(
    rf"{_EN}(?:(?:paid|brand|commercial) (?:partnership|collaboration|promotion|post|ambassador)|(?:partner(?:ed|ing)|teamed up|collaborat(?:ed|ing)|working) with @?\w+"
    rf"|in (?:paid )?(?:partnership|collaboration|association) with|sponsored (?:by|post|content|review)|our sponsors?|(?:we|i)(?: were| was|['’]re|['’]ve been| have been) (?:kindly )?(?:gifted|sent|given)(?! (?:a|the) (?:link|message|photo|letter|email))"
    rf"|gifted (?:to us|to me|by|us)|(?:kindly|generously) (?:gifted|sent|given|provided|supplied)|pr (?:sample|gift|package|product)|(?:sent|gave) (?:us|me) (?:this|these|a|some|their|the)(?! (?:link|message|photo|letter|email|note|question))|(?:free|complimentary) (?:product|stay|meal|sample|ticket)s? (?:from|by)"
    rf"|thanks? (?:you )?to @?\w[\w .]{{0,30}} for (?:sending|the (?:free|gift|samples?|invit|kit|gear))|affiliate|commission (?:on|from|if|when|for)|earn (?:a )?(?:small )?(?:commission|percentage)"
    rf"|(?:use|with) (?:my|our partner['’]?s?|her|his|their) (?:discount |promo )?(?:code|link)|(?:her|his|their|my|our) code (?=[a-z]*\d|(?:is |works|gets|gives|for )|[a-z]{{3,12}}(?![a-z]))|we (?:earn|get|receive|make) (?:a (?:little|small|bit|cut|share|fee|commission)|money|something|paid)|(?:our|brand|an?) ambassador|who (?:paid|pays|pay|has paid|have paid) for|(?:paid for|funded|financed|covered) by (?!you|the nhs|the state)|hosted by|as (?:a )?guests? of|press trip"
    r"|(?:paid|pays|pay|covered|settled) (?:for )?(?:our|my) (?:[a-z-]+ ){0,2}(?:sign|trip|stay|meal|room|tickets?|flights?|kit|gear|oven|van|stand|stall|floor|paint|bill|evening|party|film|shoot|video|post)s?"
    r"|(?:got|received|had|took|has|wears|uses|drives) (?:[a-z0-9£-]+ ){1,5}(?:from|off) us (?:for (?:nothing|free)|free|as a (?:gift|present|thank[- ]you))"
    r"|(?:we|our team) (?:sent|gave|lent|posted|gifted|loaned) (?:[\w-]+ ){0,6}?(?:blogger|influencer|creator|vlogger|youtuber|tiktoker|streamer|podcaster)"
    rf"|(?:blogger|influencer|creator|vlogger|youtuber|tiktoker|streamer|podcaster)s? (?:[\w@-]+ ){{0,5}}(?:for (?:nothing|free)|(?:a|her|his|their) fee|we (?:paid|sent|gave))){_NE}"
    r"|合作推广|品牌合作|付费合作|商业合作|商务合作|联合推广|(?:与|和|跟)[^，。,.！!；;]{1,14}(?:合作(?!社|伙伴)|联名)|(?<![拉找要])赞助(?![商人者])|(?:品牌方?|商家|厂家|官方|博主)(?:赠送|寄来|送的|送我|提供)|(?:收到|感谢)[^，。,.！!；;]{0,14}(?:寄来|赠送|送来|赠予|送的|提供的|邀请)"
    r"|(?:免费|受邀)(?:体验|试用|试吃|探店|入住)|受[^，。,.！!；;]{1,12}邀请|试用装|PR样品|pr样品|请(?:我们|我|大家)?(?:试吃|试喝|试用|试驾|体验|吃了|喝了|尝了)|请我们(?:吃|喝|去|来|住|玩)|返佣|返利|佣金|推广费|(?:出钱|出资|资助|冠名|买单)(?!人)|(?:寄|送|给|借|赠)了?[^，。,.！!；;]{0,12}(?:博主|达人|主播|网红|up主|测评人|种草官|推广官|体验官)|(?:博主|达人|主播|网红|up主)[^，。,.！!；;]{0,10}(?:收到|拿到|收了)[^，。,.！!；;]{0,8}(?:我们|品牌|样品|产品|赠)|推广链接|分佣|(?:用|报|填)(?:我|他|她)的?(?:优惠码|折扣码|邀请码|专属码|口令)|专属(?:优惠|折扣|邀请)?码|恰饭"
)
_CONTEST = re.compile(
    rf"{_EN}(?:give ?away|prize draw|sweepstakes?|raffle|competition time|enter (?:to win|our (?:competition|draw|contest))|(?:chance|want|how|like|love) to win|win (?:a|an|one|two|three|a pair|your|tickets?|dinner|free|some|our|this|these|£|\$|€|\d)(?!-)|to win (?:a|an|one|two|three|tickets?|this|these|£|\$|€|\d)){_NE}?"
    r"|抽奖|抽(?:出)?\s?[\d一二两三四五六七八九十]+\s?[位名个份]|转发(?:并|\+|加)?(?:关注|点赞|评论)|关注(?:并|\+|加)?转发|(?:赢取|赢得|赢走|送出|赢)[^，。,.！!；;]{0,8}(?:[\d一二两三四五六七八九十]\s?[份张个盒罐台套]|大奖|奖品|好礼|礼盒|门票)|有奖(?:征集|活动|竞猜|问答|转发)|免费送[\d一二两三四五六七八九十]*[份张个盒]"
)
#: Words that do make it plain, and where they may stand: not inside another word or as the name of a thing.
_MARKER = re.compile(
    r"#ad(?![a-z])|(?<![a-z#])ad(?![a-z])|(?<![a-z])(?:advert(?:isement|ising|orial)?|paid (?:ad|partnership|promotion)|sponsored(?! by us)|promotion)(?![a-z])"
    r"|#(?:sponsored|advert|advertisement|paidpartnership|paidad|werbung|anzeige|publicit[eé]|pub|广告|gesponsert|publicidad|adv|reklame|reclame)(?![a-z])"
    r"|(?<![a-z])(?:anzeige|werbung|publicit[eé]|publicidad|pubblicit[àa]|reclame)(?![a-z])|广告(?!牌|位|公司|法|片)"
)
_TERMS = re.compile(
    r"terms|t&cs?|ts ?(?:&|and) ?cs|t['’]s ?(?:&|and) ?c['’]s|conditions apply|rules|(?:closes|ends|closing|closing date|deadline|until|by (?:midnight|noon|\d|[a-z]+day)|enter by|before) |no purchase|18\+|over 18"
    r"|规则|细则|截止|开奖|截至|详情见|活动时间|活动说明|条款"
)
#: So many characters are read before "more" on the phone.
NEAR_THE_START = 90


def check(subject: Subject) -> list[Finding]:
    """Warn of signs of payment without a plain marker near the beginning, and of competitions without terms."""
    first = fold(subject.content.parts[0].text if subject.content.parts else "")
    whole = [fold(part.text) for part in subject.content.parts]
    own = _own_marker(subject)
    early = any(m.search(first.text[:NEAR_THE_START]) for m in (_MARKER, own))
    late = any(m.search(folded.text) for folded in whole for m in (_MARKER, own))
    termed = any(_TERMS.search(folded.text) for folded in whole)
    found = []
    for n, folded in enumerate(whole):
        match = _PAID.search(folded.text)
        if match and not early:
            found.append(_unmarked(subject, n, folded.span(*match.span()), late))
            break
    for n, folded in enumerate(whole):
        match = _CONTEST.search(folded.text)
        if match and match.group() and not termed:
            span = folded.span(*match.span())
            said = subject.content.parts[n].text[slice(*span)]
            message = say("“{said}”: a competition has to say until when, and where its terms are.", said=said)
            fix = say("Add the closing date and “Terms apply” with a link.")
            found.append(Finding("disclosures", Severity.WARN, message, "", n, span, fix))
            break
    return found


def _unmarked(subject: Subject, n: int, span: tuple[int, int], late: bool) -> Finding:
    said = subject.content.parts[n].text[slice(*span)]
    rule = _rule(subject)
    severity = Severity.BLOCK if rule and rule.hard else Severity.WARN
    marker = "广告" if subject.content.language.startswith("zh") else "Ad"
    message = (
        say("“{said}” sounds paid for, and the marker comes too late: people do not read that far.", said=said)
        if late
        else say("“{said}” sounds like a gift or a paid partnership, and nothing marks it as advertising.", said=said)
    )
    wanted = say("The brand demands it: {rule}", rule=rule.text) if rule else ""
    fix = say("Begin the post with “{marker}:”.", marker=marker)
    return Finding("disclosures", severity, joined(message, wanted), rule.id if rule else "", n, span, fix)


def _own_marker(subject: Subject) -> re.Pattern[str]:
    """Return what the brand's own rules on advertising name as a marker: it stands between quotation marks, or in words.

    It counts as a marker where it opens a line: "Gifted: ...", "赞助：...".
    """
    named: list[str] = []
    for rule in _rules(subject):
        named += [*_QUOTED.findall(rule.text), *rule.words]
    words = "|".join(re.escape(fold(word.lstrip("#")).text) for word in named if 1 < len(word) < 20)
    return (
        re.compile(rf"(?:^|\n|[#【\[(])\s?(?:{words})\s?(?=[:：|｜】\])\-–—·/.。]|\s|$)")
        if words
        else re.compile("(?!)")
    )


_QUOTED = re.compile(r"[“\"「『‘]([^”\"」』’]{2,20})[”\"」』’]")


def _rule(subject: Subject) -> Rule | None:
    """Return the brand's own rule on marking advertising, a hard one first, in the language of the text."""
    language = subject.content.language.split("-")[0]
    return min(_rules(subject), key=lambda r: (not r.hard, r.language.split("-")[0] != language), default=None)


def _rules(subject: Subject) -> list[Rule]:
    must = (r for r in subject.brand.rulebook.rules if r.kind is RuleKind.MUST)
    return [r for r in must if _MARKING.search(said := fold(r.text).text) and _ABOUT.search(said)]


_MARKING = re.compile(r"(?<![a-z])(?:ad|ads|advert\w*|sponsored|gifted|disclos\w+|label|mark)(?![a-z])|广告|标明|标注")
_ABOUT = re.compile(r"gift|sample|paid|pays|partner|sponsor|affiliate|advertis|赠|合作|试用|赞助|推广|广告")
