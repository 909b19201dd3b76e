"""What the cascade saves and costs: calls, tokens, quality and speed beside sending every comment to the model.

The model is an endpoint on loopback: it takes 300 ms for each answer and says what the embedded model really said of
these texts (``results/read_comment.json``; ``--record`` asks it anew, half an hour). Several in one call take 40 ms
more each and get the answers that each got alone: measured are their calls, tokens and speed. ``per_s`` is comments a
second when every one goes to the model, ``limit`` what concurrency and latency allow; ``cascade_per_s`` is the
cascade's. Equal quality is within 0.01: one of the 169 texts is 0.006.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bot.agent.limits import Limits  # noqa: E402
from bot.agent.models import ModelSettings, connect  # noqa: E402
from bot.agent.reader import AT_ONCE, OWN, TOGETHER, Reader  # noqa: E402
from bot.domain.comment import Triage  # noqa: E402
from bot.writing.triage import Cascade  # noqa: E402
from tests.bench.bench_sentiment import f1  # noqa: E402
from tests.bench.train_sentiment import rows  # noqa: E402
from tests.unit.fake_endpoint import endpoint  # noqa: E402

RECORDED = Path(__file__).parent / "results" / "read_comment.json"
LATENCY, EACH_MORE = 0.3, 0.04
#: Each text so often: enough to see a rate.
TIMES = 5
WIDE = Limits(steps=10**6, tokens=10**9, seconds=86_400.0)


def record(texts: Sequence[str]) -> None:
    """Ask the connected model about every text, and keep what it says."""
    with connect(ModelSettings(discover=False)) as model:
        reader = Reader(model, WIDE)
        answers = {text: [said.mood, said.intent.value] for text in texts if (said := reader.read([text])[0])}
        used = reader.meter.usage
        body = {"model": model.name, "prompt": reader.prompt.ref, "calls": used.calls, "tokens_in": used.tokens_in,
                "tokens_out": used.tokens_out, "answers": answers}  # fmt: skip
    RECORDED.write_text(json.dumps(body, ensure_ascii=False, indent=0), encoding="utf-8")


def manner(answers: dict[str, list[str]]) -> Any:
    """Return an endpoint's way: the recorded answer to the comment it is shown, after a while."""
    # As the reader quotes them: each line marked.
    quoted = {"\n".join(f"> {line}" for line in t.strip().splitlines()): said for t, said in answers.items()}

    def several(content: str) -> Any:
        given = re.findall(r"id ([0-9a-f]{3})\n((?:>.*\n?)+)", content)
        time.sleep(LATENCY + EACH_MORE * (len(given) - 1))
        own = {f"> {text}": [mood, "other"] for text, mood in OWN}
        found = [(n, {**own, **quoted}.get(text.rstrip("\n"), ["neutral", "other"])) for n, text in given]
        body = {"readings": [{"id": n, "mood": mood, "wants": wants} for n, (mood, wants) in found]}
        call = {"id": "c1", "type": "function", "function": {"name": "read_all", "arguments": json.dumps(body)}}
        return {"content": None, "tool_calls": [call]}

    def answer(asked: dict[str, Any]) -> Any:
        if any(t["function"]["name"] == "read_all" for t in asked.get("tools", ())):
            return several(asked["messages"][-1]["content"])
        mood, wants = quoted.get(asked["messages"][-1]["content"], ["neutral", "other"])
        if not any(t["function"]["name"] == "read" for t in asked.get("tools", ())):
            return {"content": "Done."}
        time.sleep(LATENCY)
        body = json.dumps({"mood": mood, "wants": wants})
        call = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": body}}
        return {"content": None, "tool_calls": [call]}

    return answer


def serve(pipe: Any) -> None:
    """Serve the endpoint in a process of its own, so that it takes no time of what is measured."""
    with endpoint(manner(json.loads(RECORDED.read_text(encoding="utf-8"))["answers"])) as seen:
        pipe.send(seen.url)
        while pipe.recv():
            pipe.send([[m["content"] or "" for m in asked["messages"]] for asked in seen.asked])


@contextmanager
def elsewhere() -> Iterator[tuple[str, Callable[[], list[list[str]]]]]:
    """Yield the endpoint's address, and what tells the messages of every call so far."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()

    def shown() -> list[list[str]]:
        ours.send(True)
        found: list[list[str]] = ours.recv()
        return found

    try:
        yield ours.recv(), shown
    finally:
        ours.send(False)
        process.join(10)


def timed(cascade: Cascade, texts: Sequence[str]) -> tuple[list[Triage], float]:
    """Return the readings and how many there were a second."""
    cascade(texts[:4])  # connects
    cascade.counts.read = cascade.counts.asked = cascade.counts.unanswered = 0
    began = time.perf_counter()
    found = cascade(texts)
    return found, len(texts) / (time.perf_counter() - began)


def main() -> int:
    """Measure, and print the closing line; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    data = rows("unseen")
    once = [r[3] for r in data]
    if parser.parse_args().record:
        record(once)
    kept = json.loads(RECORDED.read_text(encoding="utf-8"))
    texts = once * TIMES
    with elsewhere() as (url, asked_so_far):
        # Spoken to as one that calls tools, without the probe: what is measured is the cascade.
        model = connected(url)
        with model:
            everything = Cascade(reader=lambda: Reader(model, WIDE), share=1.0, sure=9.0)
            _, per_s = timed(everything, texts)
            cascade = Cascade(reader=lambda: Reader(model, WIDE))
            found, cascade_per_s = timed(cascade, texts)
            before = asked_so_far()
            shown = [messages[-1] for messages in before[-cascade.counts.asked :]]
            grouped = Cascade(reader=lambda: Reader(model, WIDE, together=TOGETHER))
            together, together_per_s = timed(grouped, texts)
            calls = asked_so_far()[len(before) :]
    said = [r[1] for r in data]
    share = cascade.counts.asked / cascade.counts.read
    # Every call carries the same prompt; what differs is the comment, of which three bytes are about a token.
    tokens = (kept["tokens_in"] + kept["tokens_out"]) / kept["calls"]
    prompt = tokens - sum(len(t.encode()) for t in once) / 3 / len(once)
    used = sum(prompt + len(t.encode()) / 3 for t in shown)
    token_ratio = used / (tokens * len(texts))
    whole = [kept["answers"].get(t, ["neutral"])[0] for t in once]
    own, other = f1(said, [one.sentiment for one in found[: len(once)]]), f1(said, whole)
    limit = AT_ONCE / LATENCY
    # Tokens by bytes: as many for each as the recorded calls had.
    sizes = [sum(len(m.encode()) for m in messages) for messages in calls]
    alone = sum(len(m.encode()) for messages in before for m in messages) / len(before)
    per_1000 = 1000 / len(texts)
    print(
        f"several in one call: calls_per_1000={per_1000 * len(calls):.0f} one_by_one={1000 * share:.0f} all={1000} "
        f"tokens_per_1000={per_1000 * sum(sizes) / alone * tokens:.0f} per_s={together_per_s:.1f} "
        f"f1={f1(said, [one.sentiment for one in together[: len(once)]]):.3f}"
    )
    print(f"a call takes {tokens:.0f} tokens; the model was asked about {len(shown)} of {len(texts)}")
    print(
        f"triage: per_s={per_s:.1f} limit={limit:.1f} ratio={per_s / limit:.2f} call_ratio={share:.3f} "
        f"token_ratio={token_ratio:.3f} f1={own:.3f} f1_all_llm={other:.3f} cascade_per_s={cascade_per_s:.1f} "
        f"tokens_per_1000={1000 * share * tokens:.0f} tokens_per_1000_all={1000 * tokens:.0f}"
    )
    return int(per_s / limit < 0.9 or token_ratio > 0.3 or own < other - 0.01)


def connected(url: str) -> Any:
    """Return the endpoint as a connected model that calls tools."""
    from bot.agent.models import ConnectedModel, chat_model
    from bot.agent.probe import Abilities

    inner, close = chat_model(ModelSettings(), url, "recorded", "none")
    return ConnectedModel(
        "recorded",
        url,
        "native",
        Abilities(tools=True, json_schema=False, languages=("en", "zh")),
        lambda: inner,
        _close=close,
    )


if __name__ == "__main__":
    raise SystemExit(main())
