"""The group of commands, each loaded when it is called; signals, and the exit codes of what fails."""

import os
import re
import signal
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

COMMANDS = {
    "run": "Draw from the priors of a scenario and print what it may cost.",
    "list": "List scenarios, priors, chips, levers and shocks.",
    "show": "Show a prior, a quantity, a chip, a lever, a shock or a scenario with its sources.",
    "stress": "Shake a scenario: shocks, priors at their ends, or the draws behind a limit that is passed.",
    "levers": "Rank what each lever saves on a scenario, and what it takes to adopt it.",
    "budget": "What to ask for: contingency by confidence, its allocation, the tail, and what causes an overrun.",
    "compare": "Compare scenarios using common random numbers, or renting with buying.",
    "portfolio": "Add up several runs: the P70 of a sum is not the sum of P70s.",
    "joint": "The probability to meet cost and date together.",
    "cashflow": "Spread the lines of a scenario over the months of its schedule.",
    "sweep": "Draw every cell of a grid, a list or a Latin hypercube of scenarios.",
    "sensitivity": "Rank what drives the spread of the total, and say what to research next.",
    "calibrate": "Turn evidence into posterior priors that scenarios can name.",
    "backtest": "Predict each published run from the others: does 95 % mean 95 %?",
    "report": "Write a report that a board can read: one page, figures, tables, data.",
    "trend": "Fit the growth of the cost of frontier models, and forecast it.",
    "figure": "Draw a figure for a report, from a histogram to a tornado, as PNG, SVG or PDF.",
    "check": "Check scenario files without drawing.",
    "schema": "Write the JSON schema of scenario files, for editors.",
    "new": "Write a commented scenario to start from.",
    "prior": "Make priors of your own records: bills, energy logs, runs, quotes.",
}


LEAST_MEMORY = 400e6
"""Address space below which OpenBLAS asks for memory for ever, and says nothing."""
DEBUG = "LLMCOST_DEBUG"
"""The variable of the environment that shows tracebacks."""


class Commands(click.Group):
    """A group that knows its commands by name and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is a command, and its module has that name here

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"simulator.cli.commands.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from simulator.core.suggestions import nearest

            ctx.fail(f"no command {args[0]!r}{nearest(args[0].lower(), COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from simulator.core.version import tool_version

        click.echo(f"llmcost {tool_version()}")
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Print the version.")
def group() -> None:
    """What may this LLM cost, how sure is that, what drives it, and what would break it?

    Start with: llmcost run gpt-4
    """


def main() -> NoReturn:
    """Run the command line, and end with its exit code.

    0 done; 1 failed at run time; 2 bad usage or rejected input; 3 a gate of the user is not met; 130 interrupted;
    143 terminated.
    """
    # Our matrices are small: threads of BLAS wait for each other (a fit takes five times as long on a busy machine), and last
    # digits would depend on their number.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "agg"  # figures are files: what a notebook has set is no business of theirs
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # for developers of libraries; what a user should know is in the answer
    signal.signal(signal.SIGTERM, _terminated)
    sys.unraisablehook = _lost
    # Streams that were closed are None; what is said there is lost, and no file may take their numbers.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without a letter shows another, and does not fail
    code = 1
    try:
        code = _call()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as `head` does: nothing to say, and nothing more to write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _say(f"cannot write: {error.strerror}")
        _drop_stdout()
    signal.setitimer(signal.ITIMER_REAL, 0)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # all is done: too late to say otherwise
    sys.exit(code)


def _call() -> int:
    from simulator.core import resources as machine
    from simulator.core.errors import InvalidInputError, Issue, Place

    if (limit := machine.limit_of_process()) < LEAST_MEMORY:
        _say(f"not enough memory: this process may take {limit / 1e6:,.0f} MB, and libraries need {LEAST_MEMORY / 1e6:,.0f}")
        return 1
    try:
        if not re.fullmatch(r"[0-9]{1,11}", os.environ.get("SOURCE_DATE_EPOCH", "0")):  # libraries read it too, and less kindly
            raise InvalidInputError(
                [Issue(Place("SOURCE_DATE_EPOCH"), "", "must be whole seconds since 1970, or be left unset")]
            )
        code: Any = group.main(prog_name="llmcost", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        from simulator.core.errors import printable

        error.message = printable(error.message)  # type: ignore[misc]
        error.show()
        return error.exit_code
    except InvalidInputError as error:
        for issue in error.issues:
            _say(str(issue))
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _stopped(signal.SIGINT)
    except Terminated:
        return _stopped(signal.SIGTERM)
    except RunFailed as error:
        _say(str(error))
        return 1
    except (MemoryError, SystemError):  # libraries in C fail without a word where memory ends
        _say("not enough memory; fewer --draws or --threads take less")
        return 1
    except ImportError as error:
        # A library that is not there, or that memory has no room for; the same words come for both.
        _say(f"a library cannot be loaded ({error.msg}); is there memory for it, and was `make run` completed?")
        return 1
    except OSError:
        raise  # of standard output, see above
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        for name, sent in (("KeyboardInterrupt", signal.SIGINT), (Terminated.__name__, signal.SIGTERM)):
            if f"{name}:" in str(error):  # pydantic wraps it where it comes as a model is built
                return _stopped(sent)
        _say(f"an issue of llmcost itself: {type(error).__name__}: {error}; {DEBUG}=1 shows where; please report it")
        return 1


def _stopped(sent: signal.Signals) -> int:
    _say(f"{'interrupted' if sent == signal.SIGINT else 'terminated'}; no file was left half written")
    return 128 + sent


class RunFailed(Exception):
    """A failure at run time that has one clear line."""


def _say(message: str) -> None:
    from simulator.core.errors import printable

    print("\n".join(f"llmcost: {printable(line)}" for line in message.splitlines() or [""]), file=sys.stderr)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w")


def _drop_stdout() -> None:
    """Keep Python from trying to flush again what could not be written."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = _nowhere()


class Terminated(BaseException):
    """The process was asked to end; an exception, so that files half written are removed on the way out."""


def _terminated(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asked once is enough, and clearing away is not cut short
    raise Terminated


def _lost(unraisable: Any) -> None:
    """Send a signal once more whose exception fell into a finalizer, where Python drops it: nobody should have to ask twice."""
    dropped = unraisable.exc_value
    if dropped is None or isinstance(dropped, Exception):
        sys.__unraisablehook__(unraisable)
        return
    sent = signal.SIGTERM if isinstance(dropped, Terminated) else signal.SIGINT
    if sent == signal.SIGTERM:
        signal.signal(sent, _terminated)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(sent))
    signal.setitimer(signal.ITIMER_REAL, 0.01)  # when the finalizer is over
