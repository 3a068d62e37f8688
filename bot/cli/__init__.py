"""The `wireroom` command: one module for each group of sub-commands."""

from __future__ import annotations

import contextlib
from importlib.metadata import version
from typing import Any

import click

from bot import adapter, log
from bot.cli import feeds, look, match, queue, run
from bot.cli.declared import declared
from bot.errors import ConfigError, WireroomError
from bot.settings import Settings


class Refusal(click.ClickException):
    """What a person can mend: one line on stderr, never a traceback."""

    def show(self, file: Any = None) -> None:  # noqa: ANN401 - click's
        """Write the sentence, under wireroom's name."""
        click.echo(f"wireroom: {self.message}", file=file, err=file is None)


class WrongSetting(Refusal):
    """What only the operator can mend."""

    exit_code = 2


class Group(click.Group):
    """The sub-commands, and behind them one group for each installed adapter that has commands."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and turn what wireroom raises on purpose into a refusal."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise WrongSetting(str(error)) from error
        except WireroomError as error:
            raise Refusal(str(error)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them in the order in which a newcomer meets them."""
        ours = list(self.commands)
        with contextlib.suppress(WireroomError):
            ours += [name for name, kind in adapter.installed().items() if kind.commands(declared)]
        del ctx
        return ours

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find one of ours, else look among the adapters."""
        ours = super().get_command(ctx, cmd_name)
        if ours is not None:
            return ours
        kind = adapter.installed().get(cmd_name)
        theirs = list(kind.commands(declared)) if kind is not None else []
        return click.Group(cmd_name, commands=theirs, help=f"What only {cmd_name} needs.") if theirs else None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("wireroom"), prog_name="wireroom")
@click.pass_context
def wireroom(ctx: click.Context) -> None:
    """Feeds in, cards out: what feeds publish, as cards where people talk.

    Start with `wireroom demo`, then `wireroom feeds add ADDRESS --to terminal:news`
    and `wireroom run`. Settings come from the environment and from .env.
    """
    settings = Settings.load()
    log.configure(level=settings.log_level, form=settings.log_format)
    ctx.obj = settings


for command in (*run.COMMANDS, *feeds.COMMANDS, *look.COMMANDS, *match.COMMANDS, *queue.COMMANDS):
    wireroom.add_command(command)


def main() -> None:
    """Run the command."""
    wireroom()
