"""The command group, which loads each command on demand; signal handling and exit codes."""

import errno
import io
import os
import re
import signal
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from simulator.cli.options import NOTED, WARNINGS
from simulator.core.errors import LlmcostError
from simulator.startup import describe_foreign_library, stop_early

GROUPS = {
    "Estimate": {
        "run": "Simulate a scenario: what it may cost.",
        "budget": "Plan a budget: contingency by confidence, and its allocation.",
        "sensitivity": "Rank what drives the spread, and what to research next.",
        "report": "Write a report for a board: a page, figures, tables, data.",
        "explore": "Write a page to explore a scenario: sliders, choices, shocks.",
        "figure": "Draw a figure, from a histogram to a tornado: PNG, SVG, PDF.",
        "cashflow": "Spread the cost over the months of the schedule.",
        "joint": "Probability of meeting cost and date together.",
        "risks": "Risk register: probability, impact, part of the P80.",
    },
    "Decide": {
        "compare": "Compare scenarios draw by draw, or renting with buying.",
        "levers": "Rank levers by what each saves, less what it costs to adopt.",
        "stress": "Apply shocks, move priors to extremes, or look at overruns.",
        "sweep": "Simulate every cell of a grid or a list of scenarios.",
        "portfolio": "Add up several runs: the P70 of a sum is not the sum of P70s.",
    },
    "Evidence": {
        "trend": "Fit and forecast the growth of the cost of frontier models.",
        "backtest": "Predict each published run from the others: does 95% hold?",
        "calibrate": "Calibrate priors to evidence, for use in scenarios.",
    },
    "Own data": {
        "prior": "Make priors from your bills, energy logs, runs and quotes.",
    },
    "Files and library": {
        "new": "Write a commented scenario to start from.",
        "check": "Check scenario files without simulating.",
        "list": "List scenarios, priors, chips, levers, shocks, risks and more.",
        "show": "Show an entry of the library, its distribution and sources.",
        "schema": "Write the JSON schema of scenario files, for editors.",
        "cite": "Print how to cite llmcost and its data.",
    },
}
"""The commands by purpose, each with a line that fits into 80 columns."""
COMMANDS = {name: line for commands in GROUPS.values() for name, line in commands.items()}

MIN_MEMORY = 400e6
"""Address space in bytes below which OpenBLAS retries its allocations for ever, without a message."""
_STRICT = "llmcost.strict"
DEBUG_VARIABLE = "LLMCOST_DEBUG"
"""The environment variable that shows tracebacks."""


class CommandGroup(click.Group):
    """A group that lists its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # not list(): a command has that name

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"simulator.cli.commands.{cmd_name}").command
        _add_strict(command)
        _add_examples(command, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        code = super().invoke(ctx)
        emitted = [*ctx.meta.get(WARNINGS, ()), *ctx.meta.get(NOTED, ())]
        if emitted and ctx.meta.get(_STRICT) and code in (None, 0):
            number = "a warning" if len(emitted) == 1 else f"{len(emitted)} warnings"
            click.echo(f"llmcost: {number}, which --strict makes a failure", err=True)
            return 3
        return code

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from simulator.core.suggestions import suggest_nearest

            ctx.fail(f"no command {args[0]!r}{suggest_nearest(args[0].lower(), COMMANDS)}")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            check_repeated_options(ctx, name, command, rest)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), line) for name, line in commands.items()])


def _add_strict(command: click.Command) -> None:
    """Add `--strict` to a command and its subcommands."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _add_strict(each)
    elif not any(parameter.name == "strict" for parameter in command.params):
        text = "Exit with code 3 if there is a warning."
        command.params.append(click.Option(["--strict"], is_flag=True, expose_value=False, callback=_note_strict, help=text))


def _add_examples(command: click.Command, name: str) -> None:
    """Add examples to the help of a command and of its subcommands."""
    from simulator.cli.examples import epilog

    examples = epilog(name)
    if examples and examples not in (command.epilog or ""):
        command.epilog = "\n\n".join(filter(None, (command.epilog, examples)))
    if isinstance(command, click.Group):
        for each, part in command.commands.items():
            _add_examples(part, f"{name} {each}")


def _note_strict(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.find_root().meta[_STRICT] = value


def check_repeated_options(ctx: click.Context, name: str | None, command: click.Command, args: list[str]) -> None:
    """Refuse an option that takes one value and is given twice, of which the last would win without a word."""
    own = click.Context(command, parent=ctx, info_name=name)
    try:
        _, rest, order = command.make_parser(own).parse_args(args=list(args))
    except click.UsageError:
        return  # the command reports it, with its usage
    for param in order:
        is_single = isinstance(param, click.Option) and not (param.multiple or param.is_flag or param.count)
        if is_single and order.count(param) > 1:
            own.fail(f"{param.opts[0]} is given twice; keep one")
    if isinstance(command, click.Group) and rest and (part := command.get_command(ctx, rest[0])) is not None:
        check_repeated_options(own, rest[0], part, rest[1:])


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from simulator.core.version import tool_version

        click.echo(f"llmcost {tool_version()}")
        ctx.exit()


@click.command(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Print the version.")
def group() -> None:
    """Estimate what an LLM may cost, how uncertain that is, what drives it, and what would break the budget.

    Start with: llmcost run gpt-4

    The help of each command has examples: llmcost run --help
    """


def main() -> NoReturn:
    """Run the command line and exit with its code.

    0 success; 1 run-time error; 2 bad usage or invalid input; 3 a gate set by the user is not met, or a warning
    with `--strict`; 130 interrupted; 143 terminated.
    """
    # Our matrices are small. BLAS threads would slow a fit fivefold on a busy machine, and the last digits would depend on
    # their number.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "agg"  # figures are files, so a notebook's backend does not apply
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # meant for developers; warnings for users are part of the answer
    signal.signal(signal.SIGTERM, _raise_termination)
    sys.unraisablehook = _resend_lost_signal
    # Closed streams are None. They are replaced, so that no file opened later takes their descriptors.
    sys.stdout, sys.stderr = sys.stdout or _ClosedStdout(), sys.stderr or _open_null_device()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a substitute
    code = 1
    try:
        code = _run_command()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as `head` does. This is no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _print_error(f"cannot write: {error.strerror}")
        _discard_stdout()
        code = 1  # also where a short answer fails after the command, when it leaves the buffer
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the result is complete
    sys.exit(code)


def _run_command() -> int:
    """Run the command of the command line and return the exit code; errors become messages."""
    from simulator.core.errors import InvalidInputError

    try:
        if signal.getsignal(signal.SIGINT) in (stop_early, signal.default_int_handler):
            signal.signal(signal.SIGINT, _raise_interrupt)
        _check_environment()
        code: Any = group.main(prog_name="llmcost", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        return _report_usage(error)
    except InvalidInputError as error:
        for issue in error.issues:
            _print_error(str(issue))
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _report_stop(signal.SIGINT)
    except TerminationRequest:
        return _report_stop(signal.SIGTERM)
    except OSError:
        raise  # from standard output; `main` handles it
    except Exception as error:
        return _report_failure(error)


def _check_environment() -> None:
    """Refuse what libraries would take badly: too little memory, an invalid SOURCE_DATE_EPOCH."""
    from simulator.core import resources as machine
    from simulator.core.errors import InvalidInputError, Issue, Place

    if (limit := machine.memory_limit()) < MIN_MEMORY:
        raise RunError(
            f"not enough memory: this process may take {limit / 1e6:,.0f} MB, and libraries need {MIN_MEMORY / 1e6:,.0f}"
        )
    if not re.fullmatch(r"[0-9]{1,11}", os.environ.get("SOURCE_DATE_EPOCH", "0")):
        raise InvalidInputError([Issue(Place("SOURCE_DATE_EPOCH"), "", "must be whole seconds since 1970, or unset")])


def _report_usage(error: click.ClickException) -> int:
    """Print the help if no command is given, or else what is wrong with it."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return 0
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx is not None:
        click.echo(f"{' '.join(ctx.get_usage().split())}; {ctx.command_path} --help says more", err=True)
    _print_error(error.format_message())
    return error.exit_code


def _report_failure(error: Exception) -> int:
    """Print an error at run time in one line; with `DEBUG_VARIABLE` one that is not ours is raised."""
    if (stop := _stop_behind(error)) is not None:
        return _report_stop(stop)
    foreign = describe_foreign_library().removeprefix("; ")
    if isinstance(error, LlmcostError):
        message = " ".join(str(error).split())
    elif isinstance(error, MemoryError | SystemError):  # C libraries raise SystemError when memory is exhausted
        message = "not enough memory; fewer --draws or --threads take less"
    elif isinstance(error, ImportError) and not foreign:
        # Python reports a missing library and one that does not fit into memory in the same way.
        message = f"a library cannot be loaded ({error.msg}); is there memory for it, and was `make run` completed?"
    elif os.environ.get(DEBUG_VARIABLE):
        raise error
    else:
        kind = type(error).__name__
        message = foreign or f"internal error in llmcost: {kind}: {error}; {DEBUG_VARIABLE}=1 shows where; please report it"
    _print_error(message)
    return 1


def _stop_behind(error: BaseException) -> signal.Signals | None:
    """Return the signal that an error stands for: pydantic, and Python 3.11 while a class is built, wrap its exception."""
    for kind, number in ((KeyboardInterrupt, signal.SIGINT), (TerminationRequest, signal.SIGTERM)):
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, kind) or f"{kind.__name__}:" in str(cause):
                return number
            cause = cause.__cause__
    return None


def _report_stop(number: signal.Signals) -> int:
    _print_error(f"{'interrupted' if number == signal.SIGINT else 'terminated'}; no incomplete file was left")
    return 128 + number


class RunError(LlmcostError):
    """An expected failure at run time, reported in one line."""


def _print_error(message: str) -> None:
    from simulator.core.errors import escape_unprintable

    print("\n".join(f"llmcost: {escape_unprintable(line)}" for line in message.splitlines() or [""]), file=sys.stderr)


def _open_null_device() -> TextIO:
    return Path(os.devnull).open("w")


class _ClosedStdout(io.TextIOWrapper):
    """Standard output that the caller has closed: it takes no text, so that an answer is not lost in silence."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull).open("wb"))  # noqa: SIM115

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "standard output is closed")


def _discard_stdout() -> None:
    """Prevent Python from flushing the unwritable output again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = _open_null_device()


class TerminationRequest(BaseException):
    """SIGTERM as an exception, so that incomplete files are removed on the way out."""


_STOPS: set[signal.Signals] = set()
"""The signals to stop that have come."""


def _raise_interrupt(*_: object) -> NoReturn:
    _STOPS.add(signal.SIGINT)
    raise KeyboardInterrupt


def _raise_termination(*_: object) -> NoReturn:
    _STOPS.add(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # so that clean-up is not interrupted
    raise TerminationRequest


def _resend_lost_signal(unraisable: Any) -> None:
    """Resend a signal whose exception was raised in a finalizer, where Python drops it.

    What else a finalizer raises is printed, unless a stop has left its object half built: h5netcdf closes such a file with an
    AttributeError.
    """
    dropped = unraisable.exc_value
    if dropped is None or isinstance(dropped, Exception):
        if not _STOPS:
            sys.__unraisablehook__(unraisable)
        return
    number = signal.SIGTERM if isinstance(dropped, TerminationRequest) else signal.SIGINT
    if number == signal.SIGTERM:
        signal.signal(number, _raise_termination)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    signal.setitimer(signal.ITIMER_REAL, 0.01)  # after the finalizer has returned
