"""What our loop costs on top of the bare SDK: CPU time a turn, on one zero-latency endpoint, in one run.

Both sides do the same: ten turns, each answering with one call of a tool that does nothing, then a closing sentence.
They alternate, so that a busy machine hits both alike; medians are compared.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TURNS = 10
ROUNDS = 25
GOAL = 2.0
QUESTION = "Look up ten things."


class Endpoint(BaseHTTPRequestHandler):
    """Answers with a tool call until it was given TURNS results."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        given = sum(m["role"] == "tool" for m in asked["messages"])
        message: dict[str, Any] = {"role": "assistant", "content": "Done."}
        if given < TURNS:
            function = {"name": "look_up", "arguments": json.dumps({"query": f"thing {given}"})}
            message = {"role": "assistant", "content": None}
            message["tool_calls"] = [{"id": f"call_{given}", "type": "function", "function": function}]
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if given < TURNS else "stop"}
        usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
        head = {"id": "c1", "object": "chat.completion", "created": 1, "model": "bench"}
        body = json.dumps({**head, "choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def serve() -> None:
    """Run the endpoint in a process of its own, so that its work is not counted; ends with its parent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    print(server.server_address[1], flush=True)
    import threading

    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


def bare(client: Any) -> int:
    """Run the loop that one would write with nothing but the SDK."""
    tools = [
        {
            "type": "function",
            "function": {
                "name": "look_up",
                "description": "Look something up.",
                "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
            },
        }
    ]
    messages: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    calls = 0
    while True:
        answer = client.chat.completions.create(model="bench", messages=messages, tools=tools, temperature=0.3)
        message = answer.choices[0].message
        calls += 1
        if not message.tool_calls:
            return calls
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            query = json.loads(call.function.arguments)["query"]
            messages.append({"role": "tool", "tool_call_id": call.id, "content": f"found {query}"})


def main() -> int:
    """Measure, print the closing line, and say by the exit code whether the goal holds."""
    import openai
    from langchain_core.tools import tool

    from bot.agent.limits import Limits
    from bot.agent.loop import run
    from bot.agent.models import ConnectedModel, ModelSettings, chat_model
    from bot.agent.probe import Abilities
    from bot.agent.task import Task
    from bot.clock import SystemClock

    @tool
    def look_up(query: str) -> str:
        """Look something up."""
        return f"found {query}"

    program = [sys.executable, str(Path(__file__).resolve()), "--serve"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        inner, close = chat_model(ModelSettings(), url, "bench", "none", retries=0)
        model = ConnectedModel("bench", url, "native", Abilities(True, True, ("en",)), lambda: inner)
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
        task, limits, clock = Task("Be brief.", QUESTION), Limits(steps=TURNS + 2), SystemClock()

        def ours() -> int:
            return run(task, model, [look_up], limits, clock).usage.calls

        def bare_once() -> int:
            return bare(client)

        spent: dict[str, list[float]] = {"bare": [], "ours": []}
        for n in range(ROUNDS + 3):
            pair = [("bare", bare_once), ("ours", ours)]
            for name, once in pair if n % 2 else reversed(pair):
                began = time.process_time()
                calls = once()
                if calls != TURNS + 1:
                    raise SystemExit(f"{name} made {calls} calls, expected {TURNS + 1}")
                if n >= 3:  # the first rounds import and warm up
                    spent[name].append((time.process_time() - began) * 1000 / calls)
        close()
        client.close()
        server.stdin.close()
    mine, theirs = statistics.median(spent["ours"]), statistics.median(spent["bare"])
    print(f"agent: ms_per_turn={mine:.2f} bare_ms={theirs:.2f} ratio={mine / theirs:.2f}")
    return 0 if mine / theirs <= GOAL else 1


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        raise SystemExit(main())
