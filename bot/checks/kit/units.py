"""Names of months, days, currencies and measures, in English and Chinese."""

from __future__ import annotations

_MONTHS = "january february march april may june july august september october november december".split()
#: Names and abbreviations of months.
MONTHS = (
    {name: n for n, name in enumerate(_MONTHS, 1)} | {name[:3]: n for n, name in enumerate(_MONTHS, 1)} | {"sept": 9}
)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
#: Names of days of the week, Monday 0.
WEEKDAYS = {name: n for n, name in enumerate(_DAYS)} | {
    f"{week}{day}": n
    for week in ("周", "星期", "礼拜")
    for n, days in enumerate(("一", "二", "三", "四", "五", "六", "日天"))
    for day in days
}
#: Halves of the day: 0 before noon, 1 after.
HALVES = {"am": 0, "pm": 1} | dict.fromkeys(("上午", "早上", "早晨", "清晨", "凌晨", "早"), 0)
HALVES |= dict.fromkeys(("中午", "下午", "傍晚", "晚上", "今晚", "当晚", "晚"), 1)
#: Signs and names of currencies; an empty name may be any.
CURRENCIES = {
    "£": "gbp", "gbp": "gbp", "pounds": "gbp", "pound": "gbp", "quid": "gbp", "pence": "gbp", "p": "gbp",
    "英镑": "gbp", "镑": "gbp", "便士": "gbp", "$": "usd", "us$": "usd", "usd": "usd", "dollars": "usd",
    "dollar": "usd", "cents": "", "cent": "", "美元": "usd", "美金": "usd", "a$": "aud", "hk$": "hkd",
    "港币": "hkd", "港元": "hkd", "s$": "sgd", "€": "eur", "eur": "eur", "euros": "eur", "euro": "eur",
    "欧元": "eur", "¥": "cny", "rmb": "cny", "cny": "cny", "yuan": "cny", "元": "cny", "块钱": "cny",
    "块": "cny", "人民币": "cny", "日元": "jpy", "jpy": "jpy", "yen": "jpy", "chf": "chf",
}  # fmt: skip
_MEASURES = {
    "gram": (1.0, "g gram grams gramme grammes 克"),
    "gram_kg": (1000.0, "kg kgs kilo kilos kilogram kilograms 千克 公斤"),
    "gram_jin": (500.0, "斤"),
    "gram_mg": (0.001, "mg 毫克"),
    "litre": (1.0, "l litre litres liter liters 升"),
    "litre_ml": (0.001, "ml 毫升"),
    "metre": (1.0, "metre metres meter meters 米"),
    "metre_km": (1000.0, "km kilometre kilometres kilometer kilometers 公里 千米"),
    "metre_cm": (0.01, "cm centimetre centimetres 厘米"),
    "metre_mm": (0.001, "mm 毫米"),
    "mile": (1.0, "mile miles 英里"),
    "minute": (1.0, "min mins minute minutes 分钟"),
    "minute_s": (1 / 60, "sec secs second seconds 秒 秒钟"),
    "minute_h": (60.0, "h hr hrs hour hours 小时 个小时 个钟头"),
    "minute_d": (1440.0, "day days 天"),
    "minute_w": (10080.0, "week weeks 周 星期 个星期"),
    "workday": (1.0, "工作日 个工作日 workday workdays"),
    "times": (1.0, "倍"),
    "month": (1.0, "month months 个月"),
    "month_y": (12.0, "year years 年 周年 岁"),
    "celsius": (1.0, "°c °C degrees 摄氏度 度 ℃"),
    "calorie": (1.0, "kcal calories 千卡 大卡"),
}
#: Measures: their dimension and what one of them is in its unit.
UNITS = {
    name.lower(): (kind.partition("_")[0], factor)
    for kind, (factor, names) in _MEASURES.items()
    for name in names.split()
}
UNITS |= dict.fromkeys(("working day", "working days", "business day", "business days"), ("workday", 1.0))
#: What people count when they make a claim: a spelt-out small number of these is one too.
_COUNTED = {
    "person": "seat seats place places spot spots ticket tickets guest guests person people customer customers member "
    "members user users employee employees volunteer volunteers 人 个人 个座位 座位 个席位 席 个名额 名额 名员工 "
    "名会员 位会员 名用户 位客人 张票 位 个位子",
    "shop": "shop shops store stores branch branches 家店 家门店 家分店 间店 间门店 个门店",
    "country": "country countries 个国家",
    "city": "city cities 个城市 座城市",
    "award": "award awards 项大奖 个奖项 个奖",
    "star": "star stars 颗星 星",
}
COUNTED = {name: kind for kind, names in _COUNTED.items() for name in names.split()}
#: Behind a number these make it the number of a list's entries, which the text itself brings.
LISTED = (
    r"(?:tips|ways|reasons|things|steps|ideas|questions|facts|lessons|mistakes|words|favourites|favorites|rules)(?![a-z])"
    r"|(?:个|条|种|步|大)?(?:理由|方法|步骤|技巧|问题|要点|误区|建议|小贴士|诀窍|关键词|心得)"
)
