"""The alt text of a picture, by a model that can see. What stands in a picture is never an instruction."""

from __future__ import annotations

import base64
import io
import re
import time
from typing import TYPE_CHECKING, Any

from bot.agent import facts
from bot.agent.limits import Limits, Meter
from bot.clock import Clock
from bot.errors import ModelError
from bot.prompting import load
from tools.kit import cut_off, wrong_language

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Longest alt text, in code points: a screen reader reads it in one breath.
MOST = 250
#: Longest edge, in pixels, of the copy that a model is shown.
EDGE = 1024
TRIES = 3
_BEGINS = re.compile(
    r"^\W*(?:(?:this|the|an?)\s+)?(?:image|picture|photo(?:graph)?|screenshot)\b(?:\s+(?:of|shows?|showing|depicts?))?"
    r"|^\W*(?:这是|这张|一张|一幅)?(?:图片|照片|图中|图像|画面)",
    re.I,
)


def alt_text(
    data: bytes,
    brief: str,
    language: str,
    model: ConnectedModel,
    *,
    clock: Clock,
    limits: Limits | Meter | None = None,
    transcript: Transcript | None = None,
) -> tuple[str, str]:
    """Return the alt text of a picture in a language, and the prompt's reference. Raises ModelError."""
    from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage
    from langsmith.run_helpers import tracing_context

    from bot.agent.models import in_our_words
    from bot.agent.transcript import Transcript

    record = transcript or Transcript(clock.new_id("r"), clock)
    meter = Meter.of(limits, model)
    prompt = load("alt_text")
    turns = prompt.turns(language=language, brief=brief.strip(), most=MOST)
    shown: list[Any] = [
        {"type": "text", "text": turns[-1][1]},
        {"type": "image_url", "image_url": {"url": as_address(data)}},
    ]
    messages: list[AnyMessage] = [SystemMessage(turns[0][1]), HumanMessage(shown)]
    record.add("start", model=model.name, strategy="plain", system=turns[0][1], prompt=turns[-1][1])
    chat, wrong = model.chat(), "it said nothing"
    try:
        for _ in range(TRIES):
            meter.check()
            began = time.perf_counter()
            with tracing_context(enabled=False), in_our_words(model.secrets):
                answer: AIMessage = chat.invoke(messages, max_tokens=300)
            usage = answer.usage_metadata or {"input_tokens": 1500, "output_tokens": len(answer.text) // 3 + 1}
            meter.add(usage["input_tokens"], usage["output_tokens"])
            tokens, ms = [usage["input_tokens"], usage["output_tokens"]], round((time.perf_counter() - began) * 1000)
            record.add("model", text=answer.text, calls=[], invalid=[], tokens=tokens, ms=ms)
            said = " ".join(answer.text.strip().strip('"“”「」').split())
            wrong = problem(said, language)
            if not wrong:
                return said, prompt.ref
            messages += [AIMessage(said[:600] or "-"), HumanMessage(wrong)]
    finally:
        record.close()
    raise ModelError(
        f"The language model wrote no usable alt text: {wrong}", next_step="Write it yourself: --alt TEXT."
    )


def problem(text: str, language: str) -> str:
    """Say what makes an alt text unusable; empty when it can be used."""
    if not text:
        return "Write the alt text."
    if len(text) > MOST:
        return f"It is {len(text) - MOST} characters too long: say less."
    if _BEGINS.search(text):
        return "Do not begin with “image” or “photo”: begin with what is seen."
    if facts.links(text) or re.search(r"[@#＠＃]\w", text):
        return "Leave out links, handles and hashtags."
    if wrong_language(text, language):
        return f"Write it in the language {language}."
    return "End the last sentence." if cut_off(text) and len(text) > MOST * 0.8 else ""


def as_address(data: bytes) -> str:
    """Return a small copy of a picture as a ``data:`` address; of one that moves, its first frame."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.seek(0)
        copy = image.convert("RGB")
    copy.thumbnail((EDGE, EDGE))
    out = io.BytesIO()
    copy.save(out, format="JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
