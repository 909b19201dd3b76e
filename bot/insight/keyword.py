"""What a text is about: its weightiest words, and how densely they stand."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from bot.insight import text as texts


@dataclass(frozen=True)
class Keyword:
    """One word or phrase of a text."""

    word: str
    #: How much it tells this text from others, 1.0 for the weightiest.
    weight: float
    count: int
    #: Share of the text's words that it makes up, 0 to 1.
    density: float


#: Common words that are no subject; wordfreq tells how common, not what they are for.
_EMPTY_EN = frozenset(
    """about above after again against all almost along already also although always am among an and another any anyone
    anything are around as at away back be became because been before behind being below between big both but by came
    can cannot come comes could day days did do does doing done don't down during each either else enough even ever
    every everyone everything few find first for from full get gets getting give given go goes going gone good got
    great had has have having he her here hers him his how however i i'll i'm i've if in into is isn't it it's its
    itself just keep know last least less let let's like little long look looking lot lots made make makes making many
    may maybe me might mine more most much must my near need never new next no nobody none nor not nothing now of off
    often oh on once one only onto or other others our ours out over own perhaps please put quite rather really right
    said same say says see seen she should since so some someone something soon still such take takes than that that's
    the their them then there there's these they they're thing things this those though through time to today together
    tomorrow tonight too toward try two under until up upon us use used very want wants was way we we'll we're we've
    well went were what what's when where whether which while who whole whose why will with within without won't would
    yes yesterday yet you you'll you're you've your yours am pm""".split()
)
_EMPTY_ZH = frozenset(
    """我们 你们 他们 她们 它们 自己 大家 这个 那个 这些 那些 这样 那样 这里 那里 这么 那么 什么 怎么 怎样 如何 为什么
    哪里 哪个 多少 几个 一个 一些 一种 一样 一起 一下 一直 一定 一点 没有 不是 不会 不能 不要 就是 还是 只是 都是 但是
    可是 不过 而且 因为 所以 如果 虽然 然后 或者 以及 以后 之后 之前 以前 的话 可以 可能 应该 需要 能够 已经 正在 现在
    今天 明天 昨天 时候 时间 出来 起来 进行 通过 对于 关于 由于 以上 以下 其中 其他 所有 每个 非常 十分 特别 真的 比较
    更加 最后 知道 觉得 认为 成为 有些 有的 这种 那种 来到 我会 请问 欢迎 上午 下午 晚上 周一 周二 周三 周四 周五 周六
    周日 还有 只要 只有 并且 于是 因此 那就 这就 虽说 来说""".split()
)


def hollow(word: str) -> bool:
    """Say whether a word, in lower case, is no subject by itself."""
    return word in _EMPTY_EN or word in _EMPTY_ZH


def keywords(text: str, language: str = "", n: int = 5) -> list[Keyword]:
    """Return up to ``n`` keywords, weightiest first: TF-IDF by jieba for Chinese, by wordfreq for English."""
    body = texts.prose(text)
    if not re.search(r"\w", body):
        body = " ".join(tag.text for tag in texts.hashtags(text))
    chinese = texts.is_chinese(body, language)
    found = _chinese(body, n) if chinese else _english(body, n)
    top = found[0][1] if found else 1.0
    return [Keyword(word, round(weight / top, 3), *of(body, word, language)) for word, weight in found[:n]]


def of(text: str, keyword: str, language: str = "") -> tuple[int, float]:
    """Return how often a keyword stands in a text, in any case and number, and its density (0 to 1)."""
    every = texts.words(text, language)
    count = len(_pattern(keyword).findall(text))
    size = len(texts.words(keyword, language)) or 1
    return count, round(min(1.0, count * size / len(every)), 4) if every else 0.0


def places(text: str, keyword: str) -> list[tuple[int, int]]:
    """Return where a keyword stands."""
    return [found.span() for found in _pattern(keyword).finditer(text)]


def _pattern(keyword: str) -> re.Pattern[str]:
    if texts.han(keyword):
        return re.compile(re.escape(keyword), re.I)
    words = [re.escape(w) for w in keyword.split()]
    # The last word's usual endings: one tasting, two tastings.
    body = r"[\s-]+".join(words)
    return re.compile(rf"(?<!\w){body}(?:s|es|'s|’s)?(?!\w)", re.I) if words else re.compile(r"(?!)")


def _chinese(body: str, n: int) -> list[tuple[str, float]]:
    from bot.insight.chinese import weights

    return [(w, x) for w, x in weights(body, n + 40) if w not in _EMPTY_ZH and not re.fullmatch(r"[\d.:%]+", w)]


def _english(body: str, n: int) -> list[tuple[str, float]]:
    """Weigh single words and pairs that are no empty words; a pair that is said wins over its halves."""
    from bot.insight.english import zipf

    counts: Counter[str] = Counter()
    forms: dict[str, str] = {}
    for piece in re.split(r"[^\w\s'’-]+|\n", body):
        run: list[str] = []
        for word in [*texts.words(piece, "en"), ""]:
            low = re.sub(r"['’]s$", "", word).lower().replace("’", "'")
            if low and len(low) > 2 and low not in _EMPTY_EN and not low[0].isdigit():
                run.append(low)
                forms.setdefault(low, word)
                continue
            counts.update(run)
            counts.update(" ".join(pair) for pair in pairwise(run))
            run.clear()
    weights = {}
    for phrase, count in counts.items():
        parts = phrase.split()
        # How far it is from the commonest words; a pair tells as much as its rarer half and a little more.
        rarity = max(7.5 - max(zipf(p), 1.5) for p in parts) + (0.4 if len(parts) > 1 else 0.0)
        weights[phrase] = (1 + 0.7 * (count - 1)) * rarity
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    chosen: list[tuple[str, float]] = []
    for phrase, weight in ranked:
        if not any(set(phrase.split()) & set(other.split()) for other, _ in chosen):
            chosen.append((phrase, weight))
    return chosen[:n]
