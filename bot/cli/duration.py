"""Durations on the command line."""

from __future__ import annotations

from datetime import timedelta

import click

from bot import duration


class Duration(click.ParamType[timedelta]):
    """A number with its unit."""

    name = "duration"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it, or say how it is written."""
        if isinstance(value, timedelta):
            return value
        try:
            return duration.read(value)
        except ValueError as error:
            self.fail(f"“{value}” is no duration: {error}.", param, ctx)
