"""A draft in the language of the person who signs it: a model call without tools, of quoted text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.agent import places
from bot.agent.assignment import quoted
from bot.agent.limits import Limits, Meter
from bot.agent.task import Task
from bot.clock import Clock
from bot.errors import ModelError
from bot.prompting import load
from tools.kit import language_name, wrong_language

if TYPE_CHECKING:
    from bot.agent.models import ConnectedModel
    from bot.agent.transcript import Transcript

#: Asked so often, where the answer is not in the language.
TRIES = 2


def back_translate(
    text: str,
    into: str,
    model: ConnectedModel,
    *,
    clock: Clock,
    limits: Limits | Meter | None = None,
    transcript: Transcript | None = None,
) -> tuple[str, str]:
    """Return the text in another language (a BCP 47 tag), and the prompt's reference. Raises ModelError."""
    from bot.agent.loop import run
    from bot.agent.transcript import Transcript, one_record

    record = transcript or Transcript(clock.new_id("r"), clock)
    prompt = load("back_translate")
    names = [f"{han} = {city}" for city, han in places.CITIES.items() if city in places.named(text)]
    turns = prompt.turns(text=quoted(text, most=None), into=language_name(into), names=names)
    meter = Meter.of(limits, model)
    with one_record(record):
        for _ in range(TRIES):
            said = run(Task(turns[0][1], turns[-1][1]), model, [], meter, clock, record).text
            said = "\n".join(re.sub(r"^\s*>\s?", "", line) for line in said.strip().splitlines()).strip()
            if said and not wrong_language(said, into):
                return said, prompt.ref
    raise ModelError("The language model did not translate the draft.", next_step="Read it with somebody who can.")
