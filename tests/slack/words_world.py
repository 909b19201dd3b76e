"""What the tests of words and talk work with: a world with a scripted model, and one person's way to ask."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage

from bot.agent.models import ConnectedModel
from bot.agent.probe import Abilities
from bot.agent.scripted import ScriptedChatModel, call
from bot.surfaces.slack import commands
from bot.surfaces.slack.errors import SlackRefused
from bot.words import speaking
from tests.slack import recorder
from tests.world import World

MAIN, CN = "sandbox:main", "sandbox:cn"
URL = "https://hooks.slack.com/commands/T0TEAM/1/x"


def model(world: World, *script: Any) -> ScriptedChatModel:
    """Let this script answer, through the real loop and tools."""
    scripted = ScriptedChatModel(script=list(script))
    abilities = Abilities(True, True, ("en", "zh"))
    world.app.use_model(ConnectedModel("scripted", "", "native", abilities, lambda: scripted, sees=lambda: False))
    return scripted


def proposes(text: str, account: str = MAIN, parts: tuple[str, ...] = (), **given: Any) -> AIMessage:
    return call("draft_post", account=account, citations=[], parts=list(parts) or [text], **given)


class Slack(recorder.Recorder):
    """The recorder, with the answers that words ask for, and channels that the app may not write into."""

    def __init__(self, closed: tuple[str, ...] = (), streams: bool = False) -> None:
        super().__init__()
        self.closed, self.streams = closed, streams
        #: By ts: what a stream was told, in order.
        self.streamed: dict[str, list[dict[str, Any]]] = {}

    def post(self, channel: str, blocks: Any, text: str, *, thread: str = "") -> str:
        if channel in self.closed:
            raise SlackRefused("chat.postMessage", "not_in_channel")
        return super().post(channel, blocks, text, thread=thread)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        super().call(method, **arguments)
        if method == "chat.getPermalink":
            return {"permalink": f"https://lumen.slack.com/archives/{arguments['channel']}/p{arguments['message_ts']}"}
        if method.endswith("Stream"):
            return self._stream(method, arguments)
        return {"ok": True}

    def _stream(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        if not self.streams:
            raise SlackRefused(method, "unknown_method")
        if method == "chat.startStream":
            assert given["thread_ts"], "a stream stands in a thread"
            ts = self.post(given["channel"], [{"type": "section", "text": _plain("...")}], "...",
                           thread=given["thread_ts"])  # fmt: skip
            self.streamed[ts] = [*given["chunks"]]
            return {"ts": ts}
        self.streamed[given["ts"]] += given.get("chunks", ())
        if given.get("blocks"):
            self.update(given["channel"], given["ts"], given["blocks"], "done")
        return {}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def slash(world: World, slack: Slack, line: str, person: str = "li", **given: Any) -> str:
    """Say ``/signoff LINE`` in the desk's channel; return all that this answered, in one text."""
    fields = {"text": line, "response_url": URL, "language": "en", **given}
    asked = recorder.ask(world, slack, person, **fields)
    before = {id(m) for m in slack.messages.values()}
    heard = len(slack.responses)
    with speaking(asked.language):
        commands.run(asked)
    new = [m for m in slack.messages.values() if id(m) not in before]
    return "\n".join(m.said for m in [*new, *(m for _, m in slack.responses[heard:])])
