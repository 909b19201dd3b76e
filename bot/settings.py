"""Every environment variable of Signoff, typed, in one place; the only file that reads the environment.

A value comes from the process environment, else from ``.env`` in the working directory. Every secret can also be
given as a file: ``SIGNOFF_LLM_API_KEY_FILE=/run/secrets/llm``. ``.env.example`` is printed from this class.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import Misconfigured
from bot.words import say

_SECRETS = ("llm_api_key", "embedding_api_key", "keys")


def default_home() -> Path:
    """Return the folder for data when nothing else is said."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "signoff"


def default_cache() -> Path:
    """Return the folder for things that can be fetched again, such as the embedded model."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "signoff"


class Settings(BaseSettings):
    """What can be set. Names are upper-case with ``SIGNOFF_`` before them."""

    model_config = SettingsConfigDict(
        env_prefix="SIGNOFF_", env_file=".env", env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
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
    llm_discover: bool = Field(True, description="Look for a model server on this machine when no address is set.")
    model_file: Path | None = Field(None, description="A GGUF file to use as the embedded model.")
    model_download: bool = Field(True, description="May the embedded model (1.1 GB) be fetched?")
    limit_steps: int = Field(16, description="Model calls in one run of the agent.")
    limit_tokens: int = Field(60_000, description="Tokens read and written in one run.")
    limit_seconds: float = Field(600, description="Seconds for one run.")
    limit_usd: float = Field(0.50, description="US dollars for one run, where prices are set.")

    chroma_url: str = Field("", description="A Chroma server, such as http://127.0.0.1:8000; empty means embedded.")
    embedding_base_url: str = Field("", description="OpenAI-compatible embeddings; empty means the shipped model.")
    embedding_api_key: SecretStr | None = Field(None, description="Key for it.")
    embedding_model: str = Field("", description="Name of the embedding model there.")

    keys: SecretStr | None = Field(None, description="Keys for stored tokens; empty means the file HOME/keys.")
    log_level: str = Field("WARNING", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(False, description="One JSON object a line instead of plain text.")

    platforms: dict[str, dict[str, dict[str, str]]] = Field(
        default_factory=dict, repr=False, description="SIGNOFF_PLATFORMS__<PLATFORM>__<ACCOUNT>__<NAME>."
    )

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'signoff.db'}"

    def account(self, key: str) -> dict[str, str]:
        """Return what is set for the account ``platform:name``."""
        platform, _, name = key.partition(":")
        return dict(self.platforms.get(platform, {}).get(name.lower(), {}))

    def secrets(self) -> tuple[str, ...]:
        """Return every secret value known here: they are kept out of logs, prompts and posts."""
        found = [v.get_secret_value() for n in _SECRETS if (v := getattr(self, n)) is not None]
        for accounts in self.platforms.values():
            for values in accounts.values():
                found += [v for n, v in values.items() if any(w in n for w in ("password", "token", "secret", "key"))]
        return tuple(s for s in found if len(s) >= 6)


def _secret_files() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _SECRETS:
        path = os.environ.get(f"SIGNOFF_{name.upper()}_FILE", "")
        if path:
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise Misconfigured(
                    say("SIGNOFF_{name}_FILE: {path}: {why}.", name=name.upper(), path=path, why=error.strerror)
                ) from None
    return found


def load(**given: Any) -> Settings:
    """Read the settings; ``given`` (from command-line options) wins. Raises Misconfigured, naming each variable."""
    try:
        return Settings(**{**_secret_files(), **{k: v for k, v in given.items() if v is not None}})
    except ValidationError as error:
        # Only names and reasons: a value may be a secret.
        faults = []
        for fault in error.errors(include_input=False, include_url=False):
            name = "__".join(str(p) for p in fault["loc"]).upper()
            name = name if name.startswith("SIGNOFF_") else f"SIGNOFF_{name}"
            if fault["type"] == "extra_forbidden":
                known = [f"SIGNOFF_{field.upper()}" for field in Settings.model_fields]
                near = difflib.get_close_matches(name, known, 1)
                said = say("{name}: there is no such setting", name=name)
                faults.append(said + (" " + say("(did you mean {word}?)", word=near[0]) if near else ""))
                continue
            faults.append(f"{name}: {fault['msg']}")
        raise Misconfigured("; ".join(faults) + ".", next_step=say("See .env.example for every name.")) from None
