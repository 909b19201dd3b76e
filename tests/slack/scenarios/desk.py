"""A whole Signoff, served to the emulated workspace over HTTP and Socket Mode, and its people.

Nothing of Signoff is replaced: the settings point Slack's address at the gateway, and the model at a loopback endpoint
whose words the test chooses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.clock import SystemClock
from bot.domain.policy import ApprovalPolicy
from bot.store import chat, tables
from bot.surfaces.slack import app as slack
from tests import slack_blocks
from tests.servers.process import free_port
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, OTHER_TEAM, ROSTER, SECRET, TEAM
from tests.servers.slack_gateway import Gateway
from tests.slack.scenarios.driver import OverHttp, OverSocket, SlackUser, Transport
from tests.unit.fake_endpoint import endpoint
from tests.world import World, brand

#: Tables of what came in, of who is at work and of what people are told of it: not what was decided.
_WORKINGS = {
    "inbox",
    "lease",
    "worker",
    "rate",
    "slack_cursor",
    "slack_message",
    "notice",
    "sandbox_tick",
    "alembic_version",
}


@dataclass
class Desk:
    """Signoff as it is served, with ways to act as its people and to look at what became of it."""

    world: World
    gateway: Gateway
    channel: str
    transport: Transport
    http: OverHttp
    #: What the model writes when it is asked for a text; the last one is said again and again.
    texts: list[str] = field(default_factory=lambda: ["The autumn oolongs are here."])
    people: dict[str, SlackUser] = field(default_factory=dict)

    def __getattr__(self, name: str) -> SlackUser:
        if name not in ROSTER:
            raise AttributeError(name)
        return self.people.setdefault(name, SlackUser(name, self.gateway, self.transport, self.channel))

    # --- what stands in Slack ---------------------------------------------------------------------------------

    def card(
        self,
        draft_id: str,
        *,
        showing: str = "",
        without: str = "",
        button: str = "",
        seconds: float = 120,
        about: str = "",
    ) -> dict[str, Any]:
        """Return the card of a draft as it stands in the channel, once it has these words or that button."""

        def found(_: Gateway) -> dict[str, Any] | None:
            with self.world.db.read() as conn:
                there = chat.messages(conn, about or f"draft:{draft_id}")
            stand = {m["ts"]: m for m in self.gateway.workspace.messages(self.channel)}
            for one in reversed(there):
                message = stand.get(one["ts"])
                said = slack_blocks.said([message.get("blocks") or []]) if message else ""
                if not message or showing not in said or (without and without in said):
                    continue
                if not button or button in slack_blocks.buttons(message["blocks"]):
                    return message
            return None

        shown: dict[str, Any] = self.gateway.until(
            found, seconds, f"a card of {draft_id} showing {showing or button!r}"
        )
        return shown

    def comment(self, comment_id: str, **wait: Any) -> dict[str, Any]:
        """Return the card of a comment as it stands in the channel, as ``card`` does."""
        return self.card(comment_id, about=f"comment:{comment_id}", **wait)

    def buttons(self, draft_id: str, **wait: Any) -> set[str]:
        """Return what can be pressed on the card."""
        return {name.split(".")[0] for name in slack_blocks.buttons(self.card(draft_id, **wait)["blocks"])}

    def drafts(self) -> list[str]:
        """Return the ids of all drafts, oldest first."""
        with self.world.db.read() as conn:
            query = select(tables.draft.c.id).order_by(tables.draft.c.created, tables.draft.c.id)
            return list(conn.execute(query).scalars())

    def new_draft(self, before: list[str], seconds: float = 120) -> str:
        """Wait for a draft that was not there before; return its id."""
        new = lambda _: [d for d in self.drafts() if d not in before]  # noqa: E731
        return str(self.gateway.until(new, seconds, "a new draft")[0])

    def state(self, draft_id: str) -> str:
        """Return the state of a draft's newest version."""
        with self.world.db.read() as conn:
            c = tables.draft_version.c
            query = select(c.state).where(c.draft_id == draft_id).order_by(c.version.desc())
            return str(conn.execute(query).scalars().first())

    def becomes(self, draft_id: str, state: str, seconds: float = 120) -> None:
        """Wait until a draft's newest version is in a state."""
        self.gateway.until(lambda _: self.state(draft_id) == state, seconds, f"{draft_id} {state}")

    def idle(self, seconds: float = 120) -> None:
        """Wait until everything that came in was worked on."""
        from bot.store.chat_tables import inbox

        def settled(_: Gateway) -> bool:
            with self.world.db.read() as conn:
                left = conn.execute(select(inbox.c.id).where(inbox.c.state.in_(("pending", "working")))).first()
            return left is None

        self.gateway.until(settled, seconds, "all is worked on")

    def ledger(self) -> dict[str, list[str]]:
        """Return all that was decided and written, table by table: what no forged request may change."""
        found: dict[str, list[str]] = {}
        with self.world.db.read() as conn:
            for table in tables.metadata.sorted_tables:
                if table.name not in _WORKINGS:
                    found[table.name] = sorted(map(repr, conn.execute(select(table)).all()))
        return found


def _followed(world: World) -> bool:
    from bot.store.chat_tables import slack_cursor

    with world.db.read() as conn:
        return conn.execute(select(slack_cursor.c.name).where(slack_cursor.c.name.like("events:%"))).first() is not None


def writer(desk_texts: list[str]) -> Any:
    """Return a model that proposes the texts of a list, one after the other, by whatever tool it is given."""

    def manner(asked: dict[str, Any]) -> dict[str, Any]:
        text = desk_texts[0] if len(desk_texts) == 1 else None
        tools = {t["function"]["name"]: t["function"] for t in asked.get("tools") or ()}
        answered = asked["messages"][-1]["role"] == "tool"
        if "note_number" in tools and not answered:
            return _calls("note_number", {"number": 4})
        proposing = next((n for n in ("draft_post", "reply_to_comment", "propose_reply") if n in tools), None)
        if proposing and not answered:
            return _calls(proposing, _arguments(tools[proposing]["parameters"], text or desk_texts.pop(0)))
        if tools and not answered:
            name, tool = next(iter(tools.items()))
            return _calls(name, _arguments(tool["parameters"], text or desk_texts[0]))
        if asked.get("response_format"):
            schema = asked["response_format"]["json_schema"]["schema"]
            return {"content": json.dumps(_arguments(schema, text or desk_texts[0]), ensure_ascii=False)}
        return {"content": "Done."}

    return manner


def _calls(name: str, arguments: Any) -> dict[str, Any]:
    call = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}


def _arguments(schema: dict[str, Any], text: str) -> Any:
    """Return the smallest value of a schema, the text where words are wanted."""
    if "$ref" in schema or "anyOf" in schema:
        return _arguments(schema["anyOf"][0], text) if "anyOf" in schema else text
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if kind == "object":
        made = {k: _arguments(v, text) for k, v in schema.get("properties", {}).items()}
        for name in ("en", "zh"):
            if name in made:
                made[name] = {"en": "Hello", "zh": "你好"}[name]
        return {**made, **({"citations": ["warm"]} if "citations" in made else {})}
    if kind == "array":
        return [_arguments(schema.get("items", {}), text)] * max(1, schema.get("minItems", 1))
    return {"integer": 1, "number": 1.0, "boolean": True}.get(kind, text)


@contextmanager
def desk(
    gateway: Gateway,
    home: Path,
    name: str,
    *,
    policy: ApprovalPolicy | None = None,
    over: str = "http",
    url: str = "",
    more: dict[str, Any] | None = None,
    **given: Any,
) -> Iterator[Desk]:
    """Serve a fresh Signoff to a channel ``name`` of its own; ``over`` is the way that people's requests take.

    ``more`` are further settings; what is ``given`` replaces fields of the test brand.
    """
    channel = gateway.workspace.channel(name)
    port = free_port()
    with ExitStack() as stack:
        texts = ["The autumn oolongs are here."]
        model = stack.enter_context(endpoint(writer(texts)))
        settings = {
            "slack_bot_token": BOT_TOKEN, "slack_app_token": APP_TOKEN, "slack_signing_secret": SECRET,
            "slack_http": f"127.0.0.1:{port}", "slack_channel": channel, "slack_api_url": gateway.api,
            "llm_base_url": model.url, "llm_model": "fake", "cache": home / "cache",
            **(more or {}),
        }  # fmt: skip
        world = stack.enter_context(
            World(url or f"sqlite:///{home / 'signoff.db'}", home, SystemClock(), policy=policy, **settings)
        )
        if given:
            world.learn(brand(**given), policy)
        # Everybody is known as somebody who may sign: whoever is refused, is refused for what they are.
        who = {n: n for n in ("anna", "li", "sam", "ben")} | dict.fromkeys(
            ("guest", "visitor", "outsider", "robot"), "sam"
        )
        with world.db.write() as conn:
            for user, person in who.items():
                for team in {TEAM, str(ROSTER[user].get("team_id", TEAM)), OTHER_TEAM}:
                    chat.link(conn, team, gateway.workspace.users[user], "lumen", person, user.title())
                # On Mondays it would come to everybody: no test is to be another one on that day.
                chat.set_setting(conn, TEAM, gateway.workspace.users[user], digest="off")
        served = stack.enter_context(slack.serving(world.app))
        assert served is not None
        gateway.socket.wait()
        # What was drafted before the desk is first looked at is old news.
        gateway.until(lambda _: _followed(world), 30, "the desk is followed")
        http = OverHttp(f"http://127.0.0.1:{port}/slack/events")
        stack.callback(http.close)
        transport: Transport = http if over == "http" else OverSocket(gateway)
        yield Desk(world, gateway, channel, transport, http, texts)
