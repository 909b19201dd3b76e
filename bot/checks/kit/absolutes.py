"""Superlatives and absolute claims in English and Chinese.

China's Advertising Law forbids "国家级", "最高级", "最佳" and the like in advertising (Art. 9 no. 3). The regulator's guide of
20 March 2023 (市场监管总局公告 2023 年第 6 号) leaves out what does not speak of the goods: advice on use ("最佳饮用温度"), sizes,
an order in time. Both as told at https://junhe.com/legal-updates/2095 (2023-03-23; read 2026-11-22).
"""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Absolute:
    """One way of claiming more than can be shown."""

    pattern: re.Pattern[str]
    #: Claims of one topic back each other, in either language.
    topic: str
    #: Must not stand in Chinese advertising at all.
    forbidden: bool = False
    #: So mild that the approver only gets a note.
    soft: bool = False


def _made(topic: str, pattern: str, *, forbidden: bool = False, soft: bool = False) -> Absolute:
    return Absolute(re.compile(pattern), topic, forbidden, soft)


_USE = r"(?:食用|饮用|赏味|品尝|品饮|观赏|使用|冲泡|入口|保存|拍摄|出片|赏花|时间|时机|时节|温度|水温|口感|搭档|搭配|位置|角度|状态|朋友|拍档)"
_EN, _NE = r"(?<![a-z])", r"(?![a-z])"
ABSOLUTES: tuple[Absolute, ...] = (
    _made("best", rf"{_EN}(?:the|our|your|world['’]s|britain['’]s|europe['’]s) (?:very )?(?:best|finest|greatest)(?! (?:of|way|time|wishes|friend)){_NE}"),
    _made("best", rf"{_EN}best[- ](?:in[- ]class|selling|quality|value|rated|ever|in the|on the market|tasting){_NE}"),
    _made("first", rf"{_EN}(?:number one|no\. ?1|#1|the first(?: and only)? (?:ever|in|to)|first[- ]ever|world['’]s first|market[- ]leading|industry[- ]leading|the leading){_NE}"),
    _made("only", rf"{_EN}(?:the only (?!(?:thing|one who|question|reason|problem|catch|rule|way))|one of a kind|unrivalled|unrivaled|unbeatable|unmatched|second to none|unparalleled){_NE}?"),
    _made("guarantee", rf"{_EN}(?:guarantee[ds]?|risk[- ]free|never fails?|always works?|100 ?% (?:natural|organic|safe|pure|effective|satisfaction)|completely safe|no side effects){_NE}"),
    _made("proven", rf"{_EN}(?:(?:clinically|scientifically|medically) (?:proven|tested|shown)|proven to|doctors? recommend(?:ed)?|experts? agree|(?:studies|research|science|tests?) (?:shows?|proves?|proved|confirms?|say|says|have shown|has shown)){_NE}"),
    _made("most", rf"{_EN}(?:cheapest|lowest prices?|fastest|strongest|purest|healthiest|safest|largest|biggest|highest[- ]rated|most (?:popular|advanced|effective|trusted|loved|awarded|sustainable|powerful|reliable)){_NE}"),
    _made("most", rf"{_EN}the (?!(?:latest|nearest|next|rest|earliest|closest|west|east|guest|forest|honest|interest|request|harvest|test))[a-z]{{2,12}}est (?:[a-z-]+ ){{0,3}}?(?:in (?:its class|the (?:world|country|market|business|industry|city|uk|us|shop world)|town|britain|england|scotland|europe|china|the north|the south)|on (?:the (?:market|planet)|earth)|of (?:all|its kind)|ever|anywhere|around|you can buy|money can buy){_NE}"),
    _made("award", rf"{_EN}(?:award[- ]winning|prize[- ]winning){_NE}"),
    _made("free", rf"{_EN}(?:free (?:of charge|delivery|shipping|postage|returns?|entry|admission|gifts?|samples?|trials?|tastings?|refills?|wi-?fi|parking)|for free|no cost){_NE}|免费|包邮|免邮|免运费"),
    _made("great", rf"{_EN}(?:perfect|ultimate|legendary|revolutionary|unique|incredible|unforgettable){_NE}", soft=True),
    _made("best", rf"最佳(?!{_USE})|最好(?!{_USE}|是|先|能|别|不|把|在|提前|带|用|还|选|趁|多|少|早|穿|等|每|到|让|去|来|由|再|问|预|避|自|也|放|配|加|留|戴|记|按|从|跟|和|的(?:时|安排|办法|方法|朋友|搭))|最优|最棒的?(?!的?(?:一天|周末|你))|最牛|最强|第一(?:品牌|名|选择|家|大)|首选|之王|王者|冠军", forbidden=True),
    _made("state", r"国家级|世界级|宇宙级|国际级|(?:央视|国家领导人|国务院)(?:推荐|指定|特供)|特供|专供|质量免检|驰名商标", forbidden=True),
    _made("top", r"最高级|最高端|最顶级|顶级|顶尖|顶流|极品|极致|至尊|巅峰|登峰造极|尖端", forbidden=True),
    _made("first", r"(?:全国|全球|世界|行业|全网|销量|口碑|业内|亚洲|中国|同类|国内|全市|全城|排名|品质|质量)第一|no\.? ?1|(?:全国|全球|世界|行业|国内|亚洲|全网)(?:首家|首个|首款|首创|领先|独家)|史上第一|史无前例|前无古人|空前绝后", forbidden=True),
    _made("only", r"(?<!不是)唯一(?!的(?:遗憾|缺点|问题|要求|不足))|独一无二|绝无仅有|无与伦比|无可比拟|无可替代|举世无双|万能|百分之百|百分百|100%(?!(?:棉|果汁))", forbidden=True),
    _made("most", r"最(?:先进|高(?!温|气温|处|可|达|额|限|\s?[\d一二三四五六七八九])|低价|便宜|受欢迎|畅销|安全|健康|纯净|天然|权威|专业|正宗|地道|高品质|好喝|好吃|好用|划算|优惠|优质|优秀|舒适|智能|奢华|豪华|时尚|流行|大规模)|最低价|全网最低|全城最|全(?:英国?|省|市|国|球|行业|行|欧洲|亚洲|镇|区|县|港|台)最|全国最|全球最|世界上最", forbidden=True),
    _made("guarantee", r"绝对(?!不)|保证(?!金)|包治|根治|药到病除|永久|无效退款|零风险|无任何副作用|无副作用|立竿见影", forbidden=False),
    _made("proven", r"(?:研究|数据|实验|试验|科学|临床|医学|调查)(?:已经|早已|早就)?(?:表明|显示|证明|证实|发现)|专家(?:认为|推荐|一致|证实)|医生推荐"),
    _made("award", r"(?:荣获|斩获|获得).{0,12}(?:奖|金牌)"),
)  # fmt: skip


def absolutes(folded: str) -> list[tuple[Absolute, tuple[int, int]]]:
    """Return the absolute claims of a folded text with their spans; of two that overlap, the longer."""
    found = [(a, m.span()) for a in ABSOLUTES for m in a.pattern.finditer(folded) if m.group()]
    found.sort(key=lambda f: (f[1][0], -f[1][1]))
    kept: list[tuple[Absolute, tuple[int, int]]] = []
    for absolute, span in found:
        if not kept or span[0] >= kept[-1][1][1]:
            kept.append((absolute, span))
    return kept
