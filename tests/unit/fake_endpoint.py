"""An OpenAI-compatible endpoint on loopback whose manners can be chosen: what the strategies are tested against."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: From a request body to a message, or to (status, body) for a failure, or to bytes sent as they are.
Manner = Callable[[dict[str, Any]], Any]


class Endpoint:
    """What was asked, and where."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""


@contextmanager
def endpoint(manner: Manner, models: tuple[str, ...] = ("fake",)) -> Iterator[Endpoint]:
    """Serve ``manner`` for the length of the block."""
    seen = Endpoint(manner)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two packets: the second would wait 40 ms for an answer

        def do_GET(self) -> None:
            self.answer(200, json.dumps({"data": [{"id": m} for m in models]}).encode())

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.asked.append(asked)
            seen.headers.append({k.lower(): v for k, v in self.headers.items()})
            said = seen.manner(asked)
            if isinstance(said, tuple):
                return self.answer(said[0], json.dumps(said[1]).encode())
            if isinstance(said, bytes):
                return self.answer(200, said)
            if callable(said):
                said(self)
                return None
            reason = said.pop("finish_reason", "tool_calls" if said.get("tool_calls") else "stop")
            choice = {"index": 0, "message": {"role": "assistant", **said}, "finish_reason": reason}
            usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
            head = {"id": "c1", "object": "chat.completion", "created": 1, "model": "fake"}
            return self.answer(200, json.dumps({**head, "choices": [choice], "usage": usage}).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # a client that hangs up is what some tests are about

    server = Quiet(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fill(schema: dict[str, Any]) -> Any:
    """Return the smallest value that a schema allows, as a grammar would force it."""
    if "anyOf" in schema:
        return fill(schema["anyOf"][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if kind == "object":
        return {k: fill(v) for k, v in schema.get("properties", {}).items()}
    if kind == "array":
        return [fill(schema["items"])] * max(1, schema.get("minItems", 1))
    return {"integer": 1, "number": 1.0, "boolean": True}.get(kind, "Hello 你好, come by.")


def like_llama_cpp(asked: dict[str, Any]) -> dict[str, Any]:
    """Hold the answer to the JSON schema, ignore tools."""
    wanted = asked.get("response_format")
    if not wanted:
        return {"content": 'Sure! {"en": "Hello", "zh": "你好"}'}
    return {"content": json.dumps(fill(wanted["json_schema"]["schema"]), ensure_ascii=False)}


def like_hosted(asked: dict[str, Any]) -> dict[str, Any]:
    """Call the first tool, hold to schemas, otherwise talk."""
    if asked.get("tools") and asked["messages"][-1]["role"] != "tool":
        function = asked["tools"][0]["function"]
        args = {"number": 4} if function["name"] == "note_number" else fill(function["parameters"])
        call = {"name": function["name"], "arguments": json.dumps(args)}
        return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    return like_llama_cpp(asked) if asked.get("response_format") else {"content": "Done."}


def talkative(asked: dict[str, Any]) -> Any:
    """Know neither tools nor schemas, and refuse to be asked for them."""
    if asked.get("response_format"):
        return 400, {"error": {"message": "response_format is not supported"}}
    if "match" in asked["messages"][0]["content"]:
        schema = json.loads(asked["messages"][0]["content"].rpartition("It must match ")[2])
        return {"content": f"Of course:\n```json\n{json.dumps(fill(schema))}\n```"}
    return {"content": '{"en": "Hello", "zh": "nothing"}'}


def dripping(seconds: float) -> Manner:
    """Send one byte after the other, so that no single read is slow and the whole never ends."""

    def manner(asked: dict[str, Any]) -> Callable[[Any], None]:
        def drip(handler: Any) -> None:
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.02)

        return drip

    return manner
