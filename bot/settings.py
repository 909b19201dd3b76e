"""Every environment variable of Signoff, typed, in one place; the only file that reads the environment.

A value comes from the process environment, else from ``.env`` in the working directory. Every secret can also be
given as a file: ``SIGNOFF_LLM_API_KEY_FILE=/run/secrets/llm``. ``.env.example`` is printed from this class.
"""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.errors import Misconfigured
from bot.words import say

_SECRETS = (
    "llm_api_key",
    "embedding_api_key",
    "keys",
    "slack_bot_token",
    "slack_app_token",
    "slack_signing_secret",
    "slack_signing_secret_old",
    "web_oidc_client_secret",
)
#: Addresses, which may hold a password.
_ADDRESSES = ("database_url", "llm_base_url", "embedding_base_url", "chroma_url", "otlp_endpoint")
_ENV_FILE = ".env"
#: Days to keep something: a hundred years at most, or the calendar ends.
_Days = Annotated[int, Field(ge=0, le=36500)]
_LEVELS = "(?i)^(debug|info|warning|error|critical)$"


def is_secret(name: str) -> bool:
    """Say whether what goes by this name is a secret."""
    return any(w in name.lower() for w in ("password", "token", "secret", "key"))


def _file_variable(name: str) -> str:
    return f"SIGNOFF_{name.upper()}_FILE"


def default_home() -> Path:
    """Return the folder for data when nothing else is said."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "signoff"


def default_cache() -> Path:
    """Return the folder for things that can be fetched again, such as the embedded model."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "signoff"


def default_otlp() -> str:
    """Return the collector that OpenTelemetry's own variable names; its exporter reads the others."""
    return os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")


class Settings(BaseSettings):
    """What can be set. Names are upper-case with ``SIGNOFF_`` before them."""

    model_config = SettingsConfigDict(
        env_prefix="SIGNOFF_", env_file=_ENV_FILE, env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
    )

    home: Path = Field(default_factory=default_home, description="Folder for the database, keys and pictures.")
    cache: Path = Field(default_factory=default_cache, description="Folder for the embedded model; may be deleted.")
    database_url: str = Field("", description="sqlite:///FILE or postgresql://...; empty means HOME/signoff.db.")
    operator: str = Field("", description="Your id among the people in brand.yaml; needed to sign off anything.")
    brand: str = Field("", description="Brand to work for, where several are learned.")

    llm_base_url: str = Field("", description="Any OpenAI-compatible address, such as https://HOST/v1.")
    llm_api_key: SecretStr | None = Field(None, description="Key for it.")
    llm_model: str = Field("", description="Name of the model there.")
    llm_timeout: float = Field(120, description="Seconds to wait for one answer of the model.")
    llm_price_in: float = Field(0, description="US dollars per million tokens read, for the money limit.")
    llm_price_out: float = Field(0, description="US dollars per million tokens written.")
    llm_vision: Literal["auto", "yes", "no"] = Field(
        "auto", description="Can the model see pictures, to write alt texts? auto asks it once."
    )
    llm_discover: bool = Field(True, description="Look for a model server on this machine when no address is set.")
    model_file: Path | None = Field(None, description="A GGUF file to use as the embedded model.")
    model_download: bool = Field(True, description="May the embedded model (1.1 GB) be fetched?")
    limit_steps: int = Field(16, description="Model calls in one run of the agent.")
    limit_tokens: int = Field(60_000, description="Tokens read and written in one run.")
    limit_seconds: float = Field(600, description="Seconds for one run.")
    limit_usd: float = Field(0.50, description="US dollars for one run, where prices are set.")

    llm_daily_usd: float | None = Field(
        None, ge=0, description="US dollars that the model may cost a brand on a day of UTC; empty for no cap."
    )
    rate_share: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of each platform's rate limits to use; the rest is for people and other tools.",
    )

    chroma_url: str = Field("", description="A Chroma server, such as http://127.0.0.1:8000; empty means embedded.")
    embedding_base_url: str = Field("", description="OpenAI-compatible embeddings; empty means the shipped model.")
    embedding_api_key: SecretStr | None = Field(None, description="Key for it.")
    embedding_model: str = Field("", description="Name of the embedding model there.")

    keys: SecretStr | None = Field(None, description="Keys for stored tokens; empty means the file HOME/keys.")
    ffmpeg: str = Field("", description="Path of ffmpeg, which videos need; empty means the one that is installed.")
    http: str = Field("", description="Where worker and serve tell health and metrics, such as 127.0.0.1:9464.")
    slack_bot_token: SecretStr | None = Field(None, description="Slack: the bot token, xoxb-...")
    slack_app_token: SecretStr | None = Field(
        None, description="Slack: the app-level token, xapp-..., for Socket Mode, which needs no public address."
    )
    slack_signing_secret: SecretStr | None = Field(None, description="Slack: the signing secret, for HTTP.")
    slack_signing_secret_old: SecretStr | None = Field(
        None, description="The signing secret from before, while a new one is being put in place."
    )
    slack_http: str = Field("", description="Where serve hears Slack over HTTP; empty means 127.0.0.1:3000.")
    slack_channel: str = Field("", description="Id of the Slack channel that new cards and notices go to, C...")
    slack_team: str = Field("", description="Id of the Slack workspace, T...; another one's requests are refused.")
    slack_api_url: str = Field("", description="Another address of Slack's Web API, for tests.")
    web: str = Field("", description="Where serve shows the web desk, such as 127.0.0.1:8080; empty means nowhere.")
    web_url: str = Field(
        "", description="Address under which people reach the web desk through a proxy, such as https://desk.example."
    )
    api_rate: int = Field(300, ge=1, description="Requests that an API token may make in a minute.")
    webhooks_local: bool = Field(
        False, description="May webhooks lead into this machine's own network, also without TLS?"
    )
    web_oidc_issuer: str = Field(
        "", description="OpenID Connect: who signs people in to the web desk, such as https://accounts.google.com."
    )
    web_oidc_client_id: str = Field("", description="What the provider calls the web desk: its client id.")
    web_oidc_client_secret: SecretStr | None = Field(None, description="Secret for it.")
    otlp_endpoint: str = Field(
        default_factory=default_otlp,
        description="OpenTelemetry collector (OTLP over HTTP), such as http://127.0.0.1:4318; empty means no traces.",
    )
    keep_transcripts_days: _Days = Field(0, description="Days to keep what the model was asked; 0 is for ever.")
    keep_notices_days: _Days = Field(365, description="Days to keep messages that were read; 0 is for ever.")
    keep_readings_days: _Days = Field(0, description="Days to keep counts of likes and views; 0 is for ever.")
    keep_comments_days: _Days = Field(0, description="Days to keep what comments said; 0 is for ever.")
    keep_events_days: _Days = Field(
        0, description="Days to keep the record of accounts and workers; that of drafts and posts stays."
    )
    log_level: str = Field("WARNING", pattern=_LEVELS, description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(False, description="One JSON object a line instead of plain text.")

    platforms: dict[str, dict[str, dict[str, str]]] = Field(
        default_factory=dict, repr=False, description="SIGNOFF_PLATFORMS__<PLATFORM>__<ACCOUNT>__<NAME>."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _EnvFile(settings_cls)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, "***" if name in _ADDRESSES and _hidden_in(value) else value

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'signoff.db'}"

    @property
    def keep(self) -> dict[str, int]:
        """Return for how many days what is kept; 0 is for ever."""
        names = ("transcripts", "notices", "readings", "comments", "events")
        return {name: getattr(self, f"keep_{name}_days") for name in names}

    def ffmpeg_program(self) -> str | None:
        """Return the path of ffmpeg, or None where there is none."""
        return self.ffmpeg or shutil.which("ffmpeg")

    def account(self, key: str) -> dict[str, str]:
        """Return what is set for the account ``platform:name``."""
        platform, _, name = key.partition(":")
        return dict(self.platforms.get(platform, {}).get(name.lower(), {}))

    def secrets(self) -> tuple[str, ...]:
        """Return every secret value known here: they are kept out of logs, prompts and posts."""
        found = [v.get_secret_value() for n in _SECRETS if (v := getattr(self, n)) is not None]
        for accounts in self.platforms.values():
            for values in accounts.values():
                found += [v for n, v in values.items() if is_secret(n)]
        for name in _ADDRESSES:
            found += _hidden_in(getattr(self, name))
        return tuple(s for s in found if len(s) >= 6)


class _Alone(Settings):
    """Settings that come from nowhere but the caller."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def alone(**given: Any) -> Settings:
    """Return settings of ``given`` and the defaults alone: neither this machine's environment nor a .env is read."""
    return _Alone(_env_file=None, **given)  # type: ignore[call-arg]  # an argument of every BaseSettings


class _Needed(BaseSettings):
    """What the kill switch needs: where the database is, and who presses it."""

    model_config = SettingsConfigDict(env_prefix="SIGNOFF_", env_file=_ENV_FILE, extra="ignore")

    home: Path = Field(default_factory=default_home)
    database_url: str = ""
    operator: str = ""
    brand: str = ""


def to_stop(**given: Any) -> tuple[Settings, Misconfigured | None]:
    """Read the settings, or where one is wrong those alone that stopping needs; return that fault with them.

    Raises Misconfigured where ``.env`` cannot be read and the environment does not say where the database is.
    """
    try:
        return load(**given), None
    except Misconfigured as error:
        fault = error
    wanted = {k: v for k, v in given.items() if v is not None and k in _Needed.model_fields}
    try:
        found = _Needed(**wanted)
    except UnicodeDecodeError:
        found = _Needed(_env_file=None, **wanted)  # type: ignore[call-arg]  # an argument of every BaseSettings
        if not found.database_url:
            # The address may stand in what cannot be read: to stop another database would be no stop.
            raise fault from None
    return alone(**found.model_dump(), otlp_endpoint=""), fault


class _EnvFile(DotEnvSettingsSource):
    """The ``.env`` of a folder: names that are not Signoff's belong to somebody else's program."""

    def _read_env_files(self) -> Mapping[str, str | None]:
        files = {_file_variable(name).lower() for name in _SECRETS}
        found = super()._read_env_files().items()
        return {n: v for n, v in found if n.lower().startswith("signoff_") and n.lower() not in files}


def _hidden_in(address: str) -> list[str]:
    """Return the secrets in an address, as they stand there and as they are meant."""
    try:
        parts = urlsplit(address)
        found = [parts.password or (parts.username if parts.scheme.startswith("http") else "") or ""]
        found += [v for n, v in parse_qsl(parts.query) if is_secret(n)]
    except ValueError:
        return []
    return list(dict.fromkeys(s for f in found for s in (f, unquote(f)) if s))


def _secret_files() -> dict[str, Any]:
    found: dict[str, Any] = {}
    kept = {n.upper(): v for n, v in dotenv_values(_ENV_FILE, interpolate=False).items()}
    for name in _SECRETS:
        path = os.environ.get(_file_variable(name), "")
        if not path and not os.environ.get(f"SIGNOFF_{name.upper()}"):
            # The environment comes before .env, whichever way it gives the secret.
            path = kept.get(_file_variable(name)) or ""
        if path:
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except UnicodeDecodeError:
                raise Misconfigured(say("The file {path} is not UTF-8 text.", path=path)) from None
            except OSError as error:
                raise Misconfigured(
                    say("SIGNOFF_{name}_FILE: {path}: {why}.", name=name.upper(), path=path, why=error.strerror)
                ) from None
    return found


def load(**given: Any) -> Settings:
    """Read the settings; ``given`` (from command-line options) wins. Raises Misconfigured, naming each variable."""
    try:
        return Settings(**{**_secret_files(), **{k: v for k, v in given.items() if v is not None}})
    except UnicodeDecodeError:
        raise Misconfigured(say("The file {path} is not UTF-8 text.", path=_ENV_FILE)) from None
    except SettingsError as error:
        # Its sentence names the source and the field, not the value.
        raise Misconfigured(f"{error}.", next_step=say("See .env.example for every name.")) from None
    except ValidationError as error:
        # Only names and reasons: a value may be a secret.
        faults = []
        for fault in error.errors(include_input=False, include_url=False):
            name = "__".join(str(p) for p in fault["loc"]).upper()
            name = name if name.startswith("SIGNOFF_") else f"SIGNOFF_{name}"
            if fault["type"] == "extra_forbidden":
                known = [f"SIGNOFF_{field.upper()}" for field in Settings.model_fields]
                known += [_file_variable(secret) for secret in _SECRETS]
                near = difflib.get_close_matches(name, known, 1)
                said = say("{name}: there is no such setting", name=name)
                faults.append(said + (" " + say("(did you mean {word}?)", word=near[0]) if near else ""))
                continue
            if "_KEEP_" in name and fault["type"] == "less_than_equal":
                most = fault["ctx"]["le"]
                faults.append(say("{name}: {most} days at most; 0 keeps it for ever", name=name, most=most))
                continue
            faults.append(f"{name}: {fault['msg']}")
        raise Misconfigured("; ".join(faults) + ".", next_step=say("See .env.example for every name.")) from None
