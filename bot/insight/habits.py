"""A writer's habits in numbers: length, punctuation, small words, particles, marks. One row of numbers a text.

Small words tell writers apart because they are chosen without thinking (Burrows 2002,
https://doi.org/10.1093/llc/17.3.267, read 2026-11-22). Chinese has particles and forms of address in their place.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache

from bot.insight import text as taken

#: Groups of small words, each one number: how many of a hundred words.
ENGLISH = {
    "we": "we our ours us we're we've we'll",
    "you": "you your yours you're you've you'll",
    "i": "i my me mine i'm i've i'll i'd",
    "the": "the",
    "a": "a an",
    "this": "this that these those",
    "and": "and",
    "but": "but though although yet however",
    "so": "so then because since",
    "not": "not no never nothing none n't don't doesn't isn't won't can't didn't aren't",
    "may": "can could may might will would shall should must",
    "be": "is are was were be been being it's that's there's here's",
    "of": "of",
    "to": "to",
    "in": "in on at by from with for",
    "very": "very really so super absolutely totally truly just simply incredibly amazing best ever",
    "here": "here there now today tonight tomorrow",
    "casual": "hey hi yay yep nope gonna wanna gotta kinda okay ok guys folks lol omg btw wow oh ah whoa psst cheers",
    "formal": "therefore furthermore moreover hereby regarding concerning utilise utilize commence pleased announce "
    "delighted inform kindly ensure facilitate leverage additionally consequently solution solutions stakeholders",
}
CHINESE = {
    "我们": "我们 我 咱们 咱 小编 本店 本公司 我司",
    "你": "你 你们 你的 大家 朋友们 各位",
    "您": "您",
    "的": "的",
    "了": "了",
    "着过": "着 过 得 地",
    "副": "就 都 也 还 又 才 再 只 已",
    "不": "不 没 没有 别",
    "连": "和 但 可 可是 而 所以 因为 如果 要是",
    "这": "这 那 这里 那里 这样 今天 明天 现在",
    "很": "很 太 超 超级 真 真的 最 非常 特别 绝对 巨 爆 狂",
    "语气": "啦 呀 哦 呢 吧 嘛 哟 哈 啊 噢 喔 咯 耶 哇 喽 么 吗",
    "亲": "亲 亲们 宝子 宝子们 宝宝 家人们 姐妹们 姐妹 小伙伴 小伙伴们 冲 绝绝子 yyds 种草 安利",
    "书面": "与 及 将 于 之 其 均 并 予 以 为 该 本 敬请 特此 谨 届时 如需 予以 进行 致力 携手 赋能",
}
#: Marks, each one number: how many a sentence.
MARKS = {
    "exclamation": r"[!！]",
    "question": r"[?？]",
    "comma": r"[,，、]",
    "colon": r"[:：](?!//)",
    "semicolon": r"[;；]",
    "dash": r"—+|–|(?<=\s)-(?=\s)",
    "ellipsis": r"…+|\.{3,}|。{2,}",
    "parenthesis": r"[(（]",
    "quote": r"[\"“「『《]",
    "tilde": r"[~～]",
    "line break": r"\n",
}
_MARK = {name: re.compile(pattern) for name, pattern in MARKS.items()}
_LATIN = re.compile(r"[A-Za-z]")
#: ``we're``, ``don't``
_SHORT = re.compile(r"[a-z]['’](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of ``text`` that say something: more than tags, links and emoji."""
    found, at = [], 0
    for sentence in taken.sentences(text):
        start = text.index(sentence, at)
        at = start + len(sentence)
        if re.search(r"\w", taken.prose(sentence)) and not _only_tags(sentence):
            found.append((start, at))
    return found


def _only_tags(sentence: str) -> bool:
    left = list(sentence)
    for mark in (*taken.hashtags(sentence), *taken.mentions(sentence), *taken.links(sentence)):
        left[slice(*mark.span)] = " " * (mark.span[1] - mark.span[0])
    return not re.search(r"\w", "".join(left))


@cache
def groups(chinese: bool) -> dict[str, frozenset[str]]:
    """Return the groups of small words of a language."""
    return {name: frozenset(said.split()) for name, said in (CHINESE if chinese else ENGLISH).items()}


def small_words(text: str, chinese: bool) -> list[str]:
    """Return the words of a text as they are counted, in lower case.

    The segmenter takes set phrases as one word (敬请光临), so longer words of the groups are sought inside them too.
    """
    words = [w.lower().replace("’", "'") for w in taken.words(text, "zh" if chinese else "en")]
    if chinese:
        inside = frozenset().union(*groups(True).values())
        words += [small for w in words if len(w) > 2 for small in inside if 1 < len(small) < len(w) and small in w]
    return words


def measure(text: str, chinese: bool) -> list[float]:
    """Return the habits of one text, in a fixed order for each language."""
    spans = sentences(text) or [(0, len(text))]
    said = [text[a:b] for a, b in spans]
    lengths = [taken.length(taken.prose(s)) for s in said]
    words = small_words(taken.prose(text), chinese)
    counted, total = Counter(words), max(len(words), 1)
    mean = sum(lengths) / len(lengths)
    letters = sum(map(len, words)) / total
    row = [
        math.log1p(mean),
        math.log1p(max(lengths) - min(lengths)),
        math.log1p(sum(lengths)),
        letters,
        len(taken.emoji(text)) / len(said),
        float(len(taken.hashtags(text))),
        float(len(taken.mentions(text))),
        float(len(taken.capitals(text))),
        sum(s[:1].islower() for s in said) / len(said),
        len(_LATIN.findall(text)) / max(len(text), 1) if chinese else 0.0,
    ]
    row += [len(pattern.findall(text)) / len(said) for pattern in _MARK.values()]
    shares = [sum(counted[w] for w in group) / total for group in groups(chinese).values()]
    row += [100 * share for share in shares]
    # Whether there is any at all: a brand that always has one is unlike a text without, however many it has.
    row += [float(bool(taken.emoji(text))), float(bool(taken.hashtags(text))), float(bool(_SHORT.search(text)))]
    row += [float(bool(pattern.search(text))) for pattern in _MARK.values()]
    return row + [float(share > 0) for share in shares]


def marks(text: str) -> dict[str, int]:
    """Count what a reader sees at once: emoji, hashtags, words in capitals, and punctuation that stands out."""
    found = {name: len(_MARK[name].findall(text)) for name in ("exclamation", "semicolon", "ellipsis", "tilde")}
    found |= {"dash": len(_MARK["dash"].findall(text)), "parenthesis": len(_MARK["parenthesis"].findall(text))}
    found |= {
        "emoji": len(taken.emoji(text)),
        "capitals": len(taken.capitals(text)),
        "question": len(_MARK["question"].findall(text)),
    }
    return found


def telling(text: str, chinese: bool) -> list[str]:
    """Return the words of a text that set a tone: casual, formal, a particle, a form of address."""
    names = ("您", "语气", "亲", "书面") if chinese else ("casual", "formal")
    wanted = frozenset().union(*(groups(chinese)[name] for name in names))
    return [w for w in dict.fromkeys(small_words(text, chinese)) if w in wanted]
