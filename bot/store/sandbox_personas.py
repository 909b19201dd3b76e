"""Who lives on the sandbox network and what they say; ``sandbox_people.py`` decides when."""

from __future__ import annotations

from bot.store.sandbox_customers import CUSTOMERS
from bot.store.sandbox_hard_cases import HARD_CASES
from bot.store.sandbox_persona import Lines

PEOPLE = (*CUSTOMERS, *HARD_CASES)
BY_HANDLE = {person.handle: person for person in PEOPLE}

#: What the crowd says in a crisis, gentler at its edges than at its height.
CRISIS: Lines = {
    "en": (
        "Is it true what they say about {topic}?",
        "Any word on {topic}? I bought {n} last week.",
        "{topic}?! I want an answer, not a post.",
        "Still nothing about {topic}? {n} hours now.",
        "I trusted you for {n} years, and now {topic}. Done.",
        "{topic} made my son ill. Order {order}. I want my money back!",
        "Shame on you for {topic}. Everybody in {place} talks about it.",
        "Boycott until you explain {topic}!",
        "My lawyer will ask you about {topic}, case {order}.",
        "Newspapers in {place} have {topic} on page {n}. And you?",
    ),
    "zh": (
        "关于{topic}是真的吗？",
        "{topic}有消息吗？我上周刚买了{n}份。",
        "{topic}？！要的是解释，不是广告。",
        "{topic}怎么还不回应？已经{n}个小时了。",
        "信任了你们{n}年，居然{topic}，再见。",
        "因为{topic}我儿子生病了，订单{order}，退钱！",
        "{topic}太无耻了，{place}都传遍了。",
        "不解释{topic}就抵制！",
        "关于{topic}，律师会找你们，编号{order}。",
        "{place}的报纸第{n}版都登了{topic}，你们呢？",
    ),
}

PLACES: Lines = {
    "en": ("Oslo", "Leeds", "Bath", "Porto", "Turin", "Cork", "Lyon", "Malmö"),
    "zh": ("成都", "杭州", "泉州", "大理", "昆明", "西安", "厦门", "青岛"),
}
#: First names of the crowd.
CROWD = (
    "alex",
    "bea",
    "cal",
    "dora",
    "eli",
    "finn",
    "gus",
    "hui",
    "ivo",
    "jia",
    "kim",
    "lin",
    "mo",
    "nora",
    "otto",
    "pia",
)
