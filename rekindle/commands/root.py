"""The root of the command line: global options, verbs found lazily, errors as a line and an exit code."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from ..model.error import ExitCode, ProblemsError, RekindleError
from ..model.problem import did_you_mean
from .door import Door

VERBS: dict[str, tuple[str, str]] = {
    # verb: (module in this package, one line for --help), in the order of the work
    "init": ("init", "Write the starter workspace and a .env with a fresh secret."),
    "demo": ("demo", "Tell the whole story on bundled real orders, offline."),
    "import": ("import_", "Bring in contacts, orders, activities, suppressions, mailings."),
    "status": ("status", "The ladder where each contact stands."),
    "segment": ("segment", "Members, counts, explanations and SQL of segments."),
    "check": ("check", "Find every problem of the workspace in one run."),
    "plan": ("plan", "Who gets what and why, before anything is sent."),
    "test-send": ("trial_send", "One real letter to yourself, outside all statistics."),
    "simulate": ("simulate", "What cron will do, day by day; nobody is mailed."),
    "send": ("send", "Make the mailing of a period, or take it up where it stands."),
    "resend": ("resend", "Once more to those who did not open or click."),
    "approve": ("approve", "Let a mailing go that a guard has held."),
    "run": ("run", "What is due now; for cron, safe to start at any moment and twice."),
    "work": ("work", "Help to send every mailing that has begun, here or on another host."),
    "pause": ("pause", "Let a mailing in flight rest."),
    "resume": ("resume", "Let a paused mailing go on."),
    "cancel": ("cancel", "End a mailing here; what still waits is skipped."),
    "mailing": ("mailing", "The ledger: mailings and their deliveries."),
    "serve": ("serve", "The tracker and the pages: open, click, unsubscribe, health."),
    "report": ("report", "What the letters were worth against people who got none."),
    "suppress": ("suppress", "Addresses and domains that are never mailed."),
    "schema": ("schema", "JSON Schemas for editors, with the workspace's own words."),
    "db": ("db", "Migrations, facts and backup; which copy of the store is the real one."),
}


class LazyGroup(click.Group):
    """A group whose verbs are imported when they are called: `--help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of the work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module and take its `command`."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f".{VERBS[cmd_name][0]}", __package__)
        command: click.Command = module.command
        return with_global_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb called; a misspelt one names its neighbour (click looks only among commands that are loaded)."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], VERBS)
            ctx.fail(f"No such command '{args[0]}'." + (f" {hint.capitalize()}" if hint else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of contents, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])


def _set(name: str) -> Any:
    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        # an empty text is one that was given: a script whose variable is unset must not send by the clock
        if value is not None and value is not False:
            setattr(ctx.ensure_object(Door), name, value)

    return callback


def global_options(*, hidden: bool) -> list[click.Option]:
    """The options that stand before the verb; they are taken after it too (hidden there)."""
    common: dict[str, Any] = {"expose_value": False, "hidden": hidden}
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    return [
        click.Option(
            ["-C", "root"], type=folder, callback=_set("root"), help="The workspace (default: here).", **common
        ),
        click.Option(["--database"], metavar="URL", callback=_set("database"), help="The client store.", **common),
        click.Option(
            ["--now"], metavar="TIME", callback=_set("now_text"), help="The moment of this command.", **common
        ),
        click.Option(
            ["--json", "as_json"], is_flag=True, callback=_set("as_json"), help="One JSON document.", **common
        ),
        click.Option(["--debug"], is_flag=True, callback=_set("debug"), help="Show tracebacks.", **common),
    ]


def with_global_options(command: click.Command) -> click.Command:
    """`command` (and all below it) that takes the global options after its name too."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            with_global_options(below)
    taken = {option for param in command.params for option in param.opts}
    command.params.extend(option for option in global_options(hidden=True) if not taken & set(option.opts))
    return command


@click.command(
    cls=LazyGroup, params=[*global_options(hidden=False)], context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="rekindle", message="rekindle %(version)s")
def cli() -> None:
    """E-mail campaigns as files.

    Segments in YAML, letters in MJML, each sent once, measured against people who got none.
    """


def _unforeseen(error: Exception, arguments: list[str]) -> tuple[str, int]:
    """What no room has put into words: what the machine does not give (room, rights, files), or a fault of ours."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'reading or writing failed'}: {error.strerror}", ExitCode.PROBLEMS
    if isinstance(error, UnicodeEncodeError):
        # a byte that is not UTF-8 comes as a surrogate
        foreign = [one for one in arguments if any("\ud800" <= sign <= "\udfff" for sign in one)]
        if foreign:
            return f"'{foreign[0]}' is not written in UTF-8", ExitCode.USAGE
    return f"{type(error).__name__}: {error} (a fault of ours; --debug shows where)", 70


def run(arguments: list[str]) -> int:
    """Run the command line; every error becomes words on stderr and an exit code (COMMANDS)."""
    door = Door(debug="--debug" in arguments)
    try:
        result = cli.main(args=arguments, prog_name="rekindle", obj=door, standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except RekindleError as error:
        if door.debug:
            raise
        click.echo(str(error) if isinstance(error, ProblemsError) else f"rekindle: {error}", err=True)
        return error.exit_code
    except (BrokenPipeError, SystemExit):
        # the reader (head, less) has gone, which click makes an exit of its own: nothing is wrong with us
        return ExitCode.DONE
    except Exception as error:
        if door.debug:
            raise
        words, code = _unforeseen(error, arguments)
        click.echo(f"rekindle: {words}", err=True)
        return code
    finally:
        door.close()
