"""Emoji that are written with several code points and count as one, as X counts: Unicode emoji 12.0.

X's own library twitter-text counts the sequences of https://unicode.org/Public/emoji/12.0/emoji-test.txt; later ones
count piece by piece. Taken over as facts, in short form, on 2026-11-22; ``tests/unit/test_x_length.py`` compares each.
"""

from __future__ import annotations

from functools import cache
from itertools import product

_TONES = [chr(tone) for tone in range(0x1F3FB, 0x1F400)]
_PICTURE, _JOINER = "\ufe0f", "\u200d"

#: Flags, by the two letters of the region.
_REGIONS = (
    "AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV "
    "BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CP CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH "
    "ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU "
    "IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU "
    "LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR "
    "NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM "
    "SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC "
    "VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
#: Flags of parts of a country, by their tags.
_PARTS = "gbeng gbsct gbwls"
#: Characters that the picture mark follows.
_MARKED = (
    "© ® ‼ ⁉ ™ ℹ ↔ ↕ ↖ ↗ ↘ ↙ ↩ ↪ ⌨ ⏏ ⏭ ⏮ ⏯ ⏱ ⏲ ⏸ ⏹ ⏺ Ⓜ ▪ ▫ ▶ ◀ ◻ ◼ ☀ ☁ ☂ ☃ "
    "☄ ☎ ☑ ☘ ☝ ☠ ☢ ☣ ☦ ☪ ☮ ☯ ☸ ☹ ☺ ♀ ♂ ♟ ♠ ♣ ♥ ♦ ♨ ♻ ♾ ⚒ ⚔ ⚕ ⚖ ⚗ ⚙ ⚛ ⚜ ⚠ ⚰ "
    "⚱ ⛈ ⛏ ⛑ ⛓ ⛩ ⛰ ⛱ ⛴ ⛷ ⛸ ⛹ ✂ ✈ ✉ ✌ ✍ ✏ ✒ ✔ ✖ ✝ ✡ ✳ ✴ ❄ ❇ ❣ ❤ ➡ ⤴ ⤵ ⬅ ⬆ ⬇ "
    "〰 〽 ㊗ ㊙ 🅰 🅱 🅾 🅿 🈂 🈷 🌡 🌤 🌥 🌦 🌧 🌨 🌩 🌪 🌫 🌬 🌶 🍽 🎖 🎗 🎙 🎚 🎛 🎞 🎟 🏋 🏌 🏍 🏎 🏔 🏕 "
    "🏖 🏗 🏘 🏙 🏚 🏛 🏜 🏝 🏞 🏟 🏳 🏵 🏷 🐿 👁 📽 🕉 🕊 🕯 🕰 🕳 🕴 🕵 🕶 🕷 🕸 🕹 🖇 🖊 🖋 🖌 🖍 🖐 🖥 🖨 "
    "🖱 🖲 🖼 🗂 🗃 🗄 🗑 🗒 🗓 🗜 🗝 🗞 🗡 🗣 🗨 🗯 🗳 🗺 🛋 🛍 🛎 🛏 🛠 🛡 🛢 🛣 🛤 🛥 🛩 🛰 🛳"
)
#: Characters that a skin tone follows.
_TONED = (
    "☝ ⛹ ✊ ✋ ✌ ✍ 🎅 🏂 🏃 🏄 🏇 🏊 🏋 🏌 👂 👃 👆 👇 👈 👉 👊 👋 👌 👍 👎 👏 👐 👦 👧 👨 👩 👫 👬 👭 👮 "
    "👰 👱 👲 👳 👴 👵 👶 👷 👸 👼 💁 💂 💃 💅 💆 💇 💪 🕴 🕵 🕺 🖐 🖕 🖖 🙅 🙆 🙇 🙋 🙌 🙍 🙎 🙏 🚣 🚴 🚵 🚶 "
    "🛀 🛌 🤏 🤘 🤙 🤚 🤛 🤜 🤞 🤟 🤦 🤰 🤱 🤲 🤳 🤴 🤵 🤶 🤷 🤸 🤹 🤽 🤾 🦵 🦶 🦸 🦹 🦻 🧍 🧎 🧏 🧑 🧒 🧓 🧔 "
    "🧕 🧖 🧗 🧘 🧙 🧚 🧛 🧜 🧝"
)
#: Joined emoji, without joiners: ``s0`` the first piece may have a tone, ``v1`` the second may have the picture mark.
_JOINED = {
    "": (
        "👨👩👦 👨👩👧 👨👩👧👦 👨👩👦👦 👨👩👧👧 👨👨👦 👨👨👧 👨👨👧👦 👨👨👦👦 👨👨👧👧 👩👩👦 👩👩👧 👩👩👧👦 "
        "👩👩👦👦 👩👩👧👧 👨👦 👨👦👦 👨👧 👨👧👦 👨👧👧 👩👦 👩👦👦 👩👧 👩👧👦 👩👧👧 🐕🦺"
    ),
    "s0": (
        "👨🦰 👨🦱 👨🦳 👨🦲 👩🦰 👩🦱 👩🦳 👩🦲 👨🎓 👩🎓 👨🏫 👩🏫 👨🌾 👩🌾 👨🍳 👩🍳 👨🔧 👩🔧 👨🏭 👩🏭 👨💼 "
        "👩💼 👨🔬 👩🔬 👨💻 👩💻 👨🎤 👩🎤 👨🎨 👩🎨 👨🚀 👩🚀 👨🚒 👩🚒 👨🦯 👩🦯 👨🦼 👩🦼 👨🦽 👩🦽"
    ),
    "s0v0v1": "🕵♂ 🕵♀ 🏌♂ 🏌♀ ⛹♂ ⛹♀ 🏋♂ 🏋♀",
    "s0v1": (
        "👱♂ 👱♀ 🙍♂ 🙍♀ 🙎♂ 🙎♀ 🙅♂ 🙅♀ 🙆♂ 🙆♀ 💁♂ 💁♀ 🙋♂ 🙋♀ 🧏♂ 🧏♀ 🙇♂ 🙇♀ 🤦♂ 🤦♀ 🤷♂ "
        "🤷♀ 👨⚕ 👩⚕ 👨⚖ 👩⚖ 👨✈ 👩✈ 👮♂ 👮♀ 💂♂ 💂♀ 👷♂ 👷♀ 👳♂ 👳♀ 🦸♂ 🦸♀ 🦹♂ 🦹♀ 🧙♂ 🧙♀ "
        "🧚♂ 🧚♀ 🧛♂ 🧛♀ 🧜♂ 🧜♀ 🧝♂ 🧝♀ 💆♂ 💆♀ 💇♂ 💇♀ 🚶♂ 🚶♀ 🧍♂ 🧍♀ 🧎♂ 🧎♀ 🏃♂ 🏃♀ 🧖♂ "
        "🧖♀ 🧗♂ 🧗♀ 🏄♂ 🏄♀ 🚣♂ 🚣♀ 🏊♂ 🏊♀ 🚴♂ 🚴♀ 🚵♂ 🚵♀ 🤸♂ 🤸♀ 🤽♂ 🤽♀ 🤾♂ 🤾♀ 🤹♂ 🤹♀ "
        "🧘♂ 🧘♀"
    ),
    "v0": "🏳🌈",
    "v0v1": "👁🗨",
    "v1": "🧞♂ 🧞♀ 🧟♂ 🧟♀ 👯♂ 👯♀ 🤼♂ 🤼♀ 👩❤💋👨 👨❤💋👨 👩❤💋👩 👩❤👨 👨❤👨 👩❤👩 🏴☠",
}
#: People hand in hand, and the tones of both: each digit pair is (left, right), ``-`` for none.
_HANDS = {
    "🧑🤝🧑": "- 00 10 11 20 21 22 30 31 32 33 40 41 42 43 44",
    "👩🤝👩": "10 20 21 30 31 32 40 41 42 43",
    "👩🤝👨": "01 02 03 04 10 12 13 14 20 21 23 24 30 31 32 34 40 41 42 43",
    "👨🤝👨": "10 20 21 30 31 32 40 41 42 43",
}


@cache
def sequences() -> frozenset[str]:
    """Return every emoji that has more than one code point."""
    found = {chr(0x1F1A5 + ord(a)) + chr(0x1F1A5 + ord(b)) for a, b in map(tuple, _REGIONS.split())}
    found |= {"\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in part) + "\U000e007f" for part in _PARTS.split()}
    found |= {key + mark + "\u20e3" for key in "#*0123456789" for mark in ("", _PICTURE)}
    found |= {character + _PICTURE for character in _MARKED.split()}
    found |= {character + tone for character in _TONED.split() for tone in _TONES}
    for rule, all_bases in _JOINED.items():
        for base in all_bases.split():
            pieces = [_forms(piece, f"s{n}" in rule, f"v{n}" in rule) for n, piece in enumerate(base)]
            found |= {_JOINER.join(chosen) for chosen in product(*pieces)}
    for base, tones in _HANDS.items():
        for pair in tones.split():
            left, right = ("", "") if pair == "-" else (_TONES[int(pair[0])], _TONES[int(pair[1])])
            found.add(_JOINER.join((base[0] + left, base[1], base[2] + right)))
    return frozenset(found)


def _forms(piece: str, toned: bool, marked: bool) -> list[str]:
    return [piece, *([piece + _PICTURE] if marked else []), *([piece + tone for tone in _TONES] if toned else [])]
