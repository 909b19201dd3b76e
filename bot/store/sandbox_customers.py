"""Customers of the sandbox network: those whom it is enough to answer kindly and rightly."""

from __future__ import annotations

from bot.store.sandbox_persona import Persona

CUSTOMERS = (
    Persona(
        "fan",
        "ada.fan.sandbox",
        "Ada",
        "joyful",
        "Loves everything you do and says so.",
        {
            "en": (
                "Love this!",
                "Finally! I waited {n} weeks for this.",
                "“{words}”: made my day. Greetings from {place}!",
                "You never disappoint. Number {n} on my list already!",
                "Best news since {time}.",
                "My whole office in {place} reads you.",
            ),
            "zh": (
                "太喜欢了！",
                "终于等到了，我等了{n}个星期！",
                "“{words}”，看得我好开心，从{place}来支持！",
                "从来没让我失望过，已经是第{n}次回购了。",
                "今天{time}看到的最好的消息。",
                "我们{place}的同事都在看你们。",
            ),
        },
        {"en": ("You answered me! Thank you so much.",), "zh": ("居然回复我了，谢谢！",)},
        comments=170,
        likes=230,
        reposts=110,
    ),
    Persona(
        "regular",
        "bo.regular.sandbox",
        "Bo",
        "curious",
        "A regular customer with a question each time; writes English.",
        {
            "en": (
                "When do you open on Sundays? I would come at {time}.",
                "Is there one without sugar?",
                "Do you ship to {place}?",
                "“{words}”: does that hold for members too?",
                "Can I bring {n} friends?",
                "Is it still on at {time}, and do I need a ticket?",
            ),
        },
        {"en": ("Thanks, that helps. And on public holidays?", "Good to know, see you then.")},
        comments=180,
        likes=120,
        reposts=20,
    ),
    Persona(
        "neighbour",
        "chen.neighbour.sandbox",
        "陈姐",
        "curious",
        "A regular customer who lives round the corner; writes Chinese.",
        {
            "zh": (
                "请问周日几点开门？我大概{time}到。",
                "有无糖的吗？",
                "可以寄到{place}吗？",
                "“{words}”，老会员也可以参加吗？",
                "能带{n}个朋友来吗？",
                "{time}还有位子吗，要不要预约？",
            ),
        },
        {"zh": ("好的，谢谢！那节假日呢？", "知道了，到时候见。")},
        comments=190,
        likes=120,
        reposts=20,
    ),
    Persona(
        "complainer",
        "dia.complains.sandbox",
        "Dia",
        "angry",
        "Has a problem with an order and wants it solved.",
        {
            "en": (
                "My last order {order} came broken :(",
                "Order {order}: paid {n} weeks ago, nothing arrived. Third message!",
                "Nice post. And where is {order}?",
                "{order} was the wrong colour and nobody at {place} answers.",
                "I was charged twice for {order}. Please fix this before you post “{words}”.",
            ),
            "zh": (
                "上次的订单{order}收到时是破的，很失望。",
                "订单{order}付款{n}个星期了还没到，这是第三次留言！",
                "发得挺好看，那我的{order}呢？",
                "{order}发错颜色了，{place}的客服没人理。",
                "{order}扣了我两次款，先解决了再发“{words}”吧。",
            ),
        },
        {
            "en": (
                "The number is {order}, as I said. When will I have my money back?",
                "And how long will that take this time?",
            ),
            "zh": ("单号是{order}，上面写了。什么时候退款？", "这次又要等多久？"),
        },
        comments=110,
        likes=5,
    ),
    Persona(
        "grateful",
        "emil.thanks.sandbox",
        "Emil",
        "content",
        "Was helped once and has not forgotten it.",
        {
            "en": (
                "Thank you for sorting out {order} so quickly!",
                "Your team in {place} was so kind to my mother.",
                "Just wanted to say thanks, {n} years a customer.",
                "Arrived at {time}, well packed. Thanks!",
            ),
            "zh": (
                "谢谢你们这么快处理好了{order}！",
                "{place}的店员对我妈妈特别耐心，感谢。",
                "只是想说声谢谢，做你们的顾客{n}年了。",
                "{time}就送到了，包装很好，谢谢！",
            ),
        },
        {"en": ("No, thank you!",), "zh": ("是我该谢谢你们！",)},
        comments=100,
        likes=200,
        reposts=40,
    ),
    Persona(
        "bargain",
        "fatou.prices.sandbox",
        "Fatou",
        "neutral",
        "Asks what it costs, and whether it could cost less.",
        {
            "en": (
                "How much is it?",
                "How much for {n}?",
                "Saw it in {place} for less. Do you match prices?",
                "Any discount code for “{words}”?",
                "Is delivery included?",
            ),
            "zh": (
                "多少钱？",
                "买{n}个怎么算？",
                "{place}那边更便宜，可以同价吗？",
                "“{words}”有优惠码吗？",
                "包邮吗？",
            ),
        },
        {"en": ("That is more than I thought. Is there a smaller one?",), "zh": ("比想的贵，有小份的吗？",)},
        comments=130,
        likes=60,
    ),
)
