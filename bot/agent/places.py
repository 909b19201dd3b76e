"""Cities by their English and Chinese names: a small model writes Leeds as Leicester when it must translate it."""

from __future__ import annotations

import re

_PAIRS = """
London 伦敦, Leeds 利兹, Leicester 莱斯特, Manchester 曼彻斯特, Liverpool 利物浦, Birmingham 伯明翰, Bristol 布里斯托尔,
Sheffield 谢菲尔德, Newcastle 纽卡斯尔, Nottingham 诺丁汉, York 约克, Oxford 牛津, Cambridge 剑桥, Edinburgh 爱丁堡,
Glasgow 格拉斯哥, Cardiff 加的夫, Belfast 贝尔法斯特, Dublin 都柏林, Paris 巴黎, Lyon 里昂, Marseille 马赛, Berlin 柏林,
Hamburg 汉堡, Munich 慕尼黑, Cologne 科隆, Frankfurt 法兰克福, Vienna 维也纳, Zurich 苏黎世, Geneva 日内瓦, Rome 罗马,
Milan 米兰, Venice 威尼斯, Florence 佛罗伦萨, Naples 那不勒斯, Madrid 马德里, Barcelona 巴塞罗那, Lisbon 里斯本,
Amsterdam 阿姆斯特丹, Rotterdam 鹿特丹, Brussels 布鲁塞尔, Antwerp 安特卫普, Copenhagen 哥本哈根, Stockholm 斯德哥尔摩,
Oslo 奥斯陆, Helsinki 赫尔辛基, Warsaw 华沙, Prague 布拉格, Budapest 布达佩斯, Athens 雅典, Istanbul 伊斯坦布尔,
Moscow 莫斯科, Cairo 开罗, Dubai 迪拜, Mumbai 孟买, Delhi 德里, Singapore 新加坡, Bangkok 曼谷, Hanoi 河内,
Jakarta 雅加达, Manila 马尼拉, Tokyo 东京, Kyoto 京都, Osaka 大阪, Seoul 首尔, Busan 釜山, Taipei 台北, Hong Kong 香港,
Macau 澳门, Beijing 北京, Shanghai 上海, Guangzhou 广州, Shenzhen 深圳, Hangzhou 杭州, Suzhou 苏州, Nanjing 南京,
Chengdu 成都, Chongqing 重庆, Wuhan 武汉, Xiamen 厦门, Fuzhou 福州, Quanzhou 泉州, Sydney 悉尼, Melbourne 墨尔本,
Brisbane 布里斯班, Perth 珀斯, Auckland 奥克兰, New York 纽约, Boston 波士顿, Chicago 芝加哥, Seattle 西雅图,
San Francisco 旧金山, Los Angeles 洛杉矶, Washington 华盛顿, Houston 休斯敦, Philadelphia 费城, Toronto 多伦多,
Montreal 蒙特利尔, Vancouver 温哥华
"""
CITIES: dict[str, str] = dict(pair.strip().rsplit(" ", 1) for pair in _PAIRS.strip().split(",") if pair.strip())
#: Also everyday Chinese words, so that they tell nothing: 汉堡 is what people eat.
_WORDS = {"汉堡", "京都"}
_LATIN = re.compile(rf"\b(?:{'|'.join(sorted(CITIES, key=len, reverse=True))})\b")


def named(text: str) -> list[str]:
    """Return the cities a text names in either language, by their English names."""
    english = list(dict.fromkeys(_LATIN.findall(text)))
    found = [city for city, han in CITIES.items() if han in text and han not in _WORDS and city not in english]
    return [*english, *found]


def with_chinese(brief: str) -> str:
    """Write the Chinese name behind each city that is named in English only."""
    return _LATIN.sub(lambda m: m[0] if CITIES[m[0]] in brief else f"{m[0]} ({CITIES[m[0]]})", brief)


def in_chinese(brief: str) -> str:
    """Write the cities of a brief by their Chinese names."""
    return _LATIN.sub(lambda m: CITIES[m[0]], brief)
