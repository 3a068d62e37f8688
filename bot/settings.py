"""Every environment variable, typed and checked; the only module that reads the environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import duration
from bot.errors import ConfigError

PREFIX = "WIREROOM_"

Words = Annotated[tuple[str, ...], NoDecode]
"""A list as people type it: separated by commas or spaces."""

Port = Annotated[int, Field(ge=1, le=65_535)]


def _read_duration(value: object) -> object:
    return duration.read(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_read_duration)]
"""A time as people type it: 5m, 2h."""


class AdapterSettings(BaseSettings):
    """What an adapter reads from the environment and ``.env``; subclass it and add fields.

    Give secrets the type ``pydantic.SecretStr``: they are then never printed.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )


class Settings(AdapterSettings):
    """The settings of the bot itself; ``.env.example`` explains each to the operator."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    database: Path = Path("wireroom.db")
    adapters: Words = ()
    operator: str = ""
    contact: str = ""
    allow_hosts: Words = ()
    ports: Annotated[tuple[Port, ...], NoDecode] = (80, 443, 8080, 8443)
    keep_tracking: bool = False
    poll_min: Duration = Field(default=timedelta(minutes=5), ge=timedelta(seconds=1))
    poll_max: Duration = Field(default=timedelta(hours=6), le=timedelta(days=1))
    in_doubt: Literal["repost", "drop", "ask"] = "repost"
    follows_per_person: int = Field(default=50, ge=1)
    feeds_per_channel: int = Field(default=50, ge=1)
    feeds_per_space: int = Field(default=200, ge=1)
    feeds_per_person: int = Field(default=25, ge=0)
    adds_per_minute: int = Field(default=5, ge=1)
    cards_at_once: int = Field(default=10, ge=1)
    alerts_at_once: int = Field(default=5, ge=1)
    parsers: int = Field(default=2, ge=1, le=32)
    http: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"

    @field_validator("adapters", "allow_hosts", "ports", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("poll_max")
    @classmethod
    def _in_order(cls, value: timedelta, info: object) -> timedelta:
        least = getattr(info, "data", {}).get("poll_min")
        if least is not None and value < least:
            raise ValueError(f"must be at least {PREFIX}POLL_MIN")
        return value

    @classmethod
    def load(cls) -> Self:
        """Read the environment and ``.env`` of the working directory; ConfigError in one line."""
        return load(cls)


S = TypeVar("S", bound=AdapterSettings)


def load(kind: type[S]) -> S:
    """Read any settings class; ConfigError names each wrong variable and never its value."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        faults = error.errors(include_url=False, include_input=False)
        lines = dict.fromkeys(f"{_name(prefix, fault)}: {_what_to_write(fault)}" for fault in faults)
        raise ConfigError(f"{'; '.join(lines)}. Change it in the environment or in .env.") from None
    except UnicodeDecodeError:
        raise ConfigError("The file .env is not UTF-8. Save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"The file .env cannot be read: {error.strerror}.") from error


def _name(prefix: str, fault: ErrorDetails) -> str:
    return f"{prefix}{fault['loc'][0] if fault['loc'] else ''}".upper()


_PLAINLY = {
    "bool_parsing": "write true or false",
    "int_parsing": "write a whole number",
    "missing": "must be set",
}


def _what_to_write(fault: ErrorDetails) -> str:
    """Say it without pydantic's words, and without the value, which may be a secret."""
    context = fault.get("ctx", {})
    match fault["type"]:
        case "literal_error":
            return f"write {context['expected']}".replace("'", "")
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case kind:
            return _PLAINLY.get(kind, fault["msg"].removeprefix("Value error, "))
