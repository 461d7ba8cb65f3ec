"""Options shared by several commands, their types, and the functions behind them."""

import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from simulator.core.results import Plain
    from simulator.scenario import OpenScenario, Overrides
    from simulator.scenario.layers import Assignment


WARNINGS = "llmcost.warnings"
"""Key of the warnings of an invocation in the `meta` of its context."""
NOTED = "llmcost.noted"
"""Key of notes that `--strict` takes for warnings."""


class Confidence(click.ParamType):  # type: ignore[type-arg]
    """A level of confidence, parsed by `simulator.core.levels`: 90%, 0.9 or 90."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return self.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def read(self, value: Any) -> float:
        """Return the level as a probability, or raise ValueError."""
        from simulator.core.levels import probability_of

        return probability_of(value)


class Interval(Confidence):
    """The level of a central interval."""

    def read(self, value: Any) -> float:
        from simulator.core.levels import interval_of

        return interval_of(value)


class Share(Confidence):
    """A share in percent, with its sign: 5%. A bare number is refused, as 0.5 is half a percent to some and 50% to others."""

    def read(self, value: Any) -> float:
        from simulator.core.levels import probability_of

        text = str(value).strip()
        if isinstance(value, float) or text.endswith("%"):  # a default is a number
            return probability_of(value)
        try:
            number = float(text)
        except ValueError:
            return probability_of(value)
        if not 0 < number < 100:
            raise ValueError(f"{value!r} must lie strictly between 0 and 100 percent: write it as 5%")
        other = f" or {100 * number:.9g}%" if number < 1 else ""
        raise ValueError(f"{value!r} needs its sign: write {text}%{other}")


class WholeNumber(click.ParamType):  # type: ignore[type-arg]
    """A whole number, also written as 1e6 or 1_000_000."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from simulator.scenario.values import number

        if isinstance(value, int):
            return value
        try:
            result = number(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if str(value).strip().isdecimal():
            result = int(value)  # floats are not exact above 2^53
        if result != int(result) or not self.least <= result <= self.most:
            self.fail(f"{value!r} must be a whole number from {self.least:,} to {self.most:,}", param, ctx)
        return int(result)


class Rate(click.ParamType):  # type: ignore[type-arg]
    """An exchange rate in units of a currency for one USD: `EUR=0.86`."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        from simulator.scenario.values import exchange_rate

        if isinstance(value, tuple):
            return value
        code, _, text = str(value).partition("=")
        is_code = len(code) == 3 and code.isalpha() and code.isascii()
        try:
            rate = exchange_rate(text)
        except ValueError as error:
            if is_code and " to " in text:
                self.fail(str(error), param, ctx)
            rate = 0.0
        if not (is_code and rate > 0):
            self.fail(f"{value!r}: write CODE=NUMBER, units of the currency for one USD, as in EUR=0.86", param, ctx)
        if code.upper() == "USD" and rate != 1:
            self.fail("the rate of USD is 1", param, ctx)
        return code.upper(), text


def reject_duplicates(ctx: click.Context, param: click.Parameter, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a name that is set twice, as NAME=VALUE or as a pair."""
    names = [(each if isinstance(each, tuple) else each.partition("="))[0].strip() for each in values]
    for name in names:
        if names.count(name) > 1:
            raise click.BadParameter(f"{name} is set twice; keep one", ctx, param)
    return values


def draws_option_of(default: int, least: int = 100, most: int = 1_000_000) -> Callable[..., Any]:
    """Return the option for the number of draws with a default and limits."""
    return click.option(
        "--draws", type=WholeNumber(least, most), default=default, show_default=f"{default:,}", help="Number of draws."
    )


draws_option = draws_option_of(100_000)
seed_option = click.option(
    "--seed", type=WholeNumber(0, 2**63 - 1), default=0, show_default=True, help="Seed of the random draws."
)
interval_option = click.option(
    "--interval",
    type=Interval(),
    metavar="LEVEL",
    default=0.95,
    show_default="95%",
    help="Central interval: 95% or 0.95.",
)
method_option = click.option(
    "--method", type=click.Choice(["random", "sobol", "lhs"]), default="random", show_default=True, help="Sampling method."
)
threads_option = click.option(
    "--threads",
    type=WholeNumber(0, 1024),
    default=0,
    show_default="all",
    help="Number of threads; the result does not depend on it.",
)
formulas_option = click.option(
    "--formulas", type=click.Path(path_type=Path), multiple=True, metavar="FILE.py",
    help="Your own formulas, added to those of the model. The file is run as code.",
)  # fmt: skip


def override_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that override parts of a scenario; the command gets them as `overrides`, an `Overrides`."""

    @functools.wraps(function)
    def with_overrides(
        *args: Any, sets: tuple[str, ...], levers: tuple[str, ...], shocks: tuple[str, ...], basis: str | None,
        budget: str | None, settings: "list[Assignment]", formulas: tuple[Path, ...], **more: Any,
    ) -> Any:  # fmt: skip
        from simulator.scenario import Overrides
        from simulator.scenario.overrides import settings_of

        own_formulas = tuple(formula for path in formulas for formula in load_formulas(path))
        names = [each.partition("=")[0].strip() for each in sets]
        if any(each.name == "money" for each in settings) and "money" in names:
            raise click.UsageError("--money: money is set twice, here and by --set; keep one")
        overrides = Overrides((*sets, *settings), levers, shocks, basis, budget, own_formulas)
        settings_of(overrides)  # refuses what two options set
        return function(*args, overrides=overrides, **more)

    return _add_override_options(money_options(with_overrides))


def money_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the money of the outputs; the command gets them as `settings`, assignments of a scenario."""

    @functools.wraps(function)
    def with_settings(*args: Any, money: str | None, rates: tuple[tuple[str, str], ...], **more: Any) -> Any:
        return function(*args, settings=_money_settings(money, rates), **more)

    rate = click.option(
        "--rate", "rates", type=Rate(), multiple=True, callback=reject_duplicates, metavar="CODE=NUMBER",
        help="Units of a currency for one USD, such as EUR=0.86.",
    )  # fmt: skip
    money_help = "Money of the outputs: a currency at the prices of a year, such as '2026 EUR'."
    return click.option("--money", metavar="MONEY", help=money_help)(rate(with_settings))


def _money_settings(money: str | None, rates: tuple[tuple[str, str], ...]) -> "list[Assignment]":
    """Return the money of the outputs and exchange rates as settings."""
    from simulator.core.errors import Place
    from simulator.scenario.layers import Assignment
    from simulator.scenario.text import Node

    settings = []
    if money is not None:
        settings.append(Assignment("money", Node(Place("--money"), text=money)))
    if rates:
        node = Node(Place("--rate"), keys={})
        for code, text in rates:
            node.put(code, Node(Place(f"--rate {code}"), text=text))
        settings.append(Assignment("rates", node))
    return settings


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a simulation whose draws stay in memory; the command gets them as `options`, a `RunOptions`."""
    return run_options_with(draws_option)(function)


def run_options_with(draws_option: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return `run_options` with another option for the number of draws (`draws_option_of`)."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def with_run_options(
            *args: Any, draws: int, seed: int, interval: float, threads: int, progress: Any = None, **more: Any
        ) -> Any:
            from simulator.engine.options import RunOptions

            return function(*args, options=RunOptions(draws, seed, interval, threads or None, progress), **more)

        command: Callable[..., Any] = with_run_options
        for option in reversed((draws_option, seed_option, interval_option, threads_option)):
            command = option(command)
        return command

    return decorate


def _add_override_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that override parts of a scenario."""
    for option in reversed((
        click.option(
            "--set", "sets", multiple=True, metavar="NAME=VALUE", callback=reject_duplicates,
            help="Set a quantity or a setting, as in a scenario file.",
        ),
        click.option("--lever", "levers", multiple=True, metavar="NAME", help="Apply a lever (llmcost list levers)."),
        click.option("--shock", "shocks", multiple=True, metavar="NAME", help="Apply a shock (llmcost list shocks)."),
        click.option("--basis", metavar="NAME", help="owned, purchased or rented, instead of the scenario's."),
        click.option("--budget", metavar="AMOUNT", help="The budget, such as 12e6, or '10e6 EUR'."),
        formulas_option,
    )):  # fmt: skip
        function = option(function)
    return function


def scheduler_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--scheduler`, which runs the simulation on Dask. Apply this decorator first, below all other options."""

    @click.option("--scheduler", metavar="WHERE", help="Simulate on a Dask cluster: tcp://HOST:PORT, or local:N processes.")
    @functools.wraps(function)
    def run_on_scheduler(*args: Any, scheduler: str | None, **options: Any) -> Any:
        if scheduler is None:
            return function(*args, **options)
        from simulator.cli.app import RunError
        from simulator.engine.cluster import ClusterError, check_scheduler, workers

        try:
            check_scheduler(scheduler)
        except ValueError as error:
            raise click.UsageError(f"--scheduler: {error}") from None
        try:
            with workers(scheduler, report=lambda line: click.echo(f"llmcost: {line}", err=True)):
                return function(*args, **options)
        except ClusterError as error:
            raise RunError(str(error)) from None

    return run_on_scheduler


def open_with_warnings(reference: str, overrides: "Overrides") -> "OpenScenario":
    """Open a scenario and print its warnings."""
    from simulator.scenario import open_scenario

    opened = open_scenario(reference, overrides)
    warn(opened.scenario.warnings)
    return opened


def warn(warnings: Iterable[str]) -> None:
    """Print warnings on standard error, each once per invocation."""
    emitted = emitted_warnings()
    for warning in warnings:
        if warning not in emitted:
            emitted.append(warning)
            click.echo(f"llmcost: warning: {warning}", err=True)


def add_warnings(answer: "dict[str, Plain]") -> "dict[str, Plain]":
    """Return the answer with all warnings of this invocation, for readers of the JSON."""
    return {**answer, "warnings": list(emitted_warnings())}


def emitted_warnings() -> list[str]:
    """Return the warnings that this invocation has printed so far."""
    context = click.get_current_context(silent=True)
    if context is None:
        return []
    emitted: list[str] = context.find_root().meta.setdefault(WARNINGS, [])
    return emitted


def load_formulas(path: Path) -> list[Callable[..., Any]]:
    """Run a Python file that the user named, and return its public functions."""
    import importlib.util
    import inspect

    from simulator.core.errors import InvalidInputError, Issue, Place

    spec = importlib.util.spec_from_file_location(f"llmcost_formulas_{path.stem}", path) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise InvalidInputError([Issue(Place(str(path)), "--formulas", "there is no such Python file")])
    module = importlib.util.module_from_spec(spec)
    vars(module)["print"] = functools.partial(print, file=sys.stderr)  # standard output is reserved for the result
    sys.modules[spec.name] = module
    dont_write_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # leave no cache beside the user's file
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # user code may raise anything
        raise InvalidInputError([Issue(Place(str(path)), "--formulas", f"{type(error).__name__}: {error}")]) from None
    finally:
        sys.dont_write_bytecode = dont_write_bytecode
    return [
        function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    ]


def check_output_path(path: Path | None, suffixes: tuple[str, ...], option: str = "-o") -> Path | None:
    """Check before the simulation that a result can be written to `path`, and overwrites nothing that the command reads."""
    from simulator.core.files import check_output_file

    if path is None:
        return None
    try:
        check_output_file(path, suffixes)
    except ValueError as error:
        raise click.UsageError(f"{option} {error}") from None
    refuse_input(path, _files_read(path), option)
    return path


def refuse_input(path: Path, inputs: Iterable[Path], option: str = "-o") -> None:
    """Refuse to write over a file that is read."""
    for each in inputs:
        if path.exists() and each.is_file() and path.samefile(each):
            raise click.UsageError(f"{option} {path}: is read by this command; name another file")


def _files_read(output: Path) -> Iterator[Path]:
    """Yield what may be a file among the arguments of the command: whole, or within a text such as `Rent=a.yaml:mfu=0.4`."""
    context = click.get_current_context(silent=True)
    for value in () if context is None else context.params.values():
        values = value if isinstance(value, tuple | list) else (value,)
        for each in () if any(each is output for each in values) else values:
            if isinstance(each, Path):
                yield each
            elif isinstance(each, str) and len(each) < _MAX_PATH:
                yield from map(Path, {each, each.partition("=")[2], *re.split("[=:]", each)} - {""})


_MAX_PATH = 4096
