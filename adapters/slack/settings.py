"""What the Slack adapter reads from the environment."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from adapters.origin import bare, origin
from bot.settings import AdapterSettings

SLACK = "https://slack.com"
PREFIX = re.compile(r"[a-z0-9-]{0,12}")
PREFIX_ADVICE = "write 12 small letters, digits and dashes at most, such as wr-"
_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}")
_PORT_MOST = 65_535


class SlackSettings(AdapterSettings):
    """``bot_token`` posts; ``app_token`` brings commands over Socket Mode, ``signing_secret`` over HTTP."""

    model_config = SettingsConfigDict(env_prefix="SLACK_")

    bot_token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    http: str = ""
    """Where to take signed requests: a port (on loopback) or host:port; empty: Socket Mode."""
    command_prefix: str = ""
    """Stands in front of the short names: ``wr-`` makes ``/wr-follow``."""
    managers: Annotated[tuple[str, ...], NoDecode] = ()
    """People who may change feeds where Slack does not tell who is a guest or a member."""
    api: str = SLACK

    @field_validator("bot_token", "app_token", "signing_secret")
    @classmethod
    def _is_bare(cls, value: SecretStr) -> SecretStr:
        return bare(value, "Bearer", "write it alone, without spaces or quotes")

    @field_validator("bot_token")
    @classmethod
    def _is_a_bots(cls, value: SecretStr) -> SecretStr:
        return _beginning(value, "xoxb-", "write the Bot User OAuth Token, which begins with xoxb-")

    @field_validator("app_token")
    @classmethod
    def _is_an_apps(cls, value: SecretStr) -> SecretStr:
        return _beginning(value, "xapp-", "write the App-Level Token, which begins with xapp-")

    @field_validator("http")
    @classmethod
    def _is_a_place(cls, value: str) -> str:
        port = value.rpartition(":")[2]
        if value and not (port.isascii() and port.isdecimal() and 0 < int(port) <= _PORT_MOST):
            raise ValueError("write a port, or host:port")
        return value

    @field_validator("command_prefix")
    @classmethod
    def _is_short(cls, value: str) -> str:
        if not PREFIX.fullmatch(value):
            raise ValueError(PREFIX_ADVICE)
        return value

    @field_validator("managers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("managers")
    @classmethod
    def _are_people(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        people = tuple(one.removeprefix("@") for one in value)
        if not all(map(_PERSON.fullmatch, people)):
            raise ValueError("write member IDs, such as U0123456789: in Slack, a profile, ⋮, Copy member ID")
        return people

    @field_validator("api")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        return origin(value, SLACK)


def _beginning(value: SecretStr, start: str, advice: str) -> SecretStr:
    if value.get_secret_value() and not value.get_secret_value().startswith(start):
        raise ValueError(advice)
    return value
