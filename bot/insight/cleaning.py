"""Strangers' texts made readable: what cannot be seen is taken out, what was marked up is told in words.

Pure functions, linear in time: a comment of a megabyte takes less than 50 ms. What came is kept elsewhere, untouched.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from functools import lru_cache

from bot.insight import text as texts

#: More than this is not read; what is kept of a comment in full is its raw text.
LONGEST = 20_000

_PICTURE = r"\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\u00a9\u00ae"
#: Never shown: controls, marks of direction, soft hyphens, fillers, private use, halves of surrogate pairs.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U0010ffff]+"
)
#: Tag characters spell the flags of England, Scotland and Wales, and nothing else that a reader sees.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)|[\U000e0000-\U000e007f]+")
#: A joiner belongs between two pictures, or between letters of scripts that write with it.
_JOINER = re.compile(
    rf"(?<![{_PICTURE}\ufe0f\u0600-\u08ff\u0900-\u0dff\u0e00-\u109f])[\u200c\u200d]+"
    rf"|[\u200c\u200d]+(?![{_PICTURE}\u0600-\u08ff\u0900-\u0dff\u0e00-\u109f])"
)
_STYLE = re.compile(rf"(?<![{_PICTURE}0-9#*])[\ufe0e\ufe0f]+")
#: Variants of characters, which only Han has.
_VARIANT = re.compile(r"(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]+")
_PILED = re.compile(r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
                    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
_MARKUP = re.compile(
    # The look ahead is for speed: most of "<" begin no tag.
    r"<(?=[/a-z])/?(?:p|br|div|span|a|b|i|em|strong|li|ul|ol|img|h[1-6]|blockquote)(?:\s[^<>]{0,2000})?/?>",
    re.I,
)
_BREAK = re.compile(r"<(?=[/b])(?:br|/p|/div|/li|/h[1-6]|/blockquote)\s*/?>", re.I)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]{0,2000}>.{0,20000}?</\1>", re.I | re.S)
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u3000]+")
_LINES = re.compile(r"\n(?:[ \t]*\n)+")


def clean(text: str) -> str:
    """Return a text as its readers see it: NFC, without what is invisible, out of HTML; at most LONGEST long."""
    # Three of four may vanish below, and still nobody waits.
    text = text[: 4 * LONGEST]
    if "<" in text and _MARKUP.search(text):
        text = html.unescape(_MARKUP.sub("", _BREAK.sub("\n", _SCRIPT.sub("", text))))
    text = _HIDDEN.sub(
        "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )
    text = _VARIANT.sub("", _STYLE.sub("", _JOINER.sub("", _TAGS.sub(r"\1", text))))
    text = unicodedata.normalize("NFC", _PILED.sub(r"\1", text))
    return _LINES.sub("\n\n", _SPACES.sub(" ", text)).strip()[:LONGEST]


# --- nearly the same ---------------------------------------------------------------------------------------

#: Letters in a run, runs that make a fingerprint, and the fewest runs of a text that has one.
_RUN, _LOWEST, _FEWEST = 5, 4, 12


def fingerprint(text: str) -> str:
    """Return what nearly the same texts have in common; empty for one that is too short to tell.

    The smallest hashes of runs of letters (MinHash): two texts that share nine tenths of theirs have the same one in
    two cases of three, two different texts have not.
    """
    plain = "".join(c for c in texts.prose(text[:2000]).casefold() if c.isalnum())
    size = 2 if texts.is_chinese(plain) else _RUN
    runs = {plain[n : n + size] for n in range(len(plain) - size + 1)}
    if len(runs) < _FEWEST:
        return ""
    lowest = sorted(hashlib.blake2b(r.encode("utf-8", "replace"), digest_size=8).digest() for r in runs)[:_LOWEST]
    return hashlib.blake2b(b"".join(lowest), digest_size=12).hexdigest()


# --- what shows at once ------------------------------------------------------------------------------------

_URGENT = (
    r"food poison|poisoned|allergic|anaphyla|hospital|ambulance|caught fire|on fire|exploded?"
    r"|burn(?:ed|t) (?:my|me|her|him)"
    r"|choking|injur(?:ed|y)|bleeding|lawyer|lawsuit|legal action|sue you|attorney|data breach|leaked my|hacked|suicid"
    r"|journalist|press inquiry|recall(?:ed)? (?:this|the|it)|health inspector",
    r"中毒|过敏|住院|医院|急诊|着火|起火|爆炸|烫伤|受伤|流血|律师|起诉|法院|诉讼|12315|市场监管|消费者协会|泄露|盗号|记者|媒体采访|自杀|召回|维权|曝光",
)
_SOON = (
    r"refund|still waiting|never arrived|scam|fraud|terrible|worst|disgust|unacceptable|complain|broken"
    r"|damaged|overcharged|ripped off",
    r"退款|退货|投诉|骗子|欺诈|差评|恶心|垃圾|太差|坏了|破损|没收到|还没发货|多扣",
)
_SPAM = (
    r"(?:dm|message|whatsapp|telegram) me (?:for|to|on)|check (?:out )?my (?:bio|profile|page|channel)"
    r"|follow (?:me|for follow|back)"
    r"|free (?:followers|crypto|gift ?card)|double your (?:money|bitcoin)|make \$?\d+ (?:a|per) (?:day|week)"
    r"|invest(?:ment)? (?:with|opportunit)"
    r"|promote it on|onlyfans|click (?:the )?link in",
    r"加(?:我)?(?:微信|vx|v信|qq)|私聊(?:我)?(?:领|拿|获)|互粉|互关|刷单|兼职日结|日赚|代开发票|免费领(?:取)?|点(?:击)?(?:我)?主页|低价出售",
)
_STOP = (
    r"(?:please |pls )?(?:stop|quit) (?:replying|messaging|tagging|contacting|writing|answering|bothering)"
    r"(?: to)? (?:me|us)|(?:don'?t|do not) (?:reply|answer|respond|write|message|contact)(?: to)? me|leave me alone"
    r"|unsubscribe(?: me)?|opt me out",
    r"(?:请)?(?:别|不要|不用|停止)再?(?:给我)?(?:回复|联系|骚扰|打扰|艾特|@)(?:我)?(?:了)?|退订|不要(?:再)?烦我",
)
_STOP_ALONE = frozenset({"stop", "unsubscribe", "opt out", "optout", "退订", "停止", "td"})


@lru_cache(maxsize=8)
def _pattern(pair: tuple[str, str]) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{pair[0]})\b|(?:{pair[1]})" if pair is not _SPAM else rf"(?:{pair[0]})|(?:{pair[1]})", re.I
    )


def urgency(text: str) -> int:
    """Return how soon somebody should look, by words alone: 3 at once (harm, law, press), 2 soon, 1 in its turn."""
    return 3 if _pattern(_URGENT).search(text) else 2 if _pattern(_SOON).search(text) else 1


def spammy(text: str) -> bool:
    """Say whether a text is an advertisement to anybody, or nothing but names and links."""
    names, links = len(texts.mentions(text)), len(re.findall(r"https?://", text))
    bare = sum(c.isalnum() for c in texts.prose(text))
    return names >= 6 or (links >= 2 and bare < 20) or bool(_pattern(_SPAM).search(text))


def asks_to_stop(text: str) -> bool:
    """Say whether an author asks to be left alone: as the whole of what they say, or in so many words."""
    plain = " ".join("".join(c if c.isalnum() else " " for c in texts.prose(text)).casefold().split())
    return plain in _STOP_ALONE or (len(plain) < 200 and bool(_pattern(_STOP).search(text)))
