"""Options that several commands share, their types, and what stands behind them."""

import functools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from simulator.scenario import Scenario


class Confidence(click.ParamType):  # type: ignore[type-arg]
    """A level of confidence, as `simulator.core.levels` reads one: 90%, 0.9 or 90."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return self.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def read(self, value: Any) -> float:
        """Return it as a probability, or raise ValueError."""
        from simulator.core.levels import probability_of

        return probability_of(value)


class Interval(Confidence):
    """The level of a central interval."""

    def read(self, value: Any) -> float:
        from simulator.core.levels import interval_of

        return interval_of(value)


class Share(Confidence):
    """A share of something that is no level of confidence: 5% or 0.05, as a 5 is more likely to be a slip."""

    def read(self, value: Any) -> float:
        share = super().read(value)
        if share != float(str(value).strip().removesuffix("%")) and not str(value).strip().endswith("%"):
            raise ValueError(f"{value!r} must lie between 0 and 100 percent, both left out: write {value}% or {share:g}")
        return share


class Whole(click.ParamType):  # type: ignore[type-arg]
    """A whole number, also as 1e6 or 1_000_000."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from simulator.scenario.values import number

        if isinstance(value, int):
            return value
        try:
            given = number(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if str(value).strip().isdecimal():
            given = int(value)  # above 2^53 a float is another number
        if given != int(given) or not self.least <= given <= self.most:
            self.fail(f"{value!r} must be a whole number from {self.least:,} to {self.most:,}", param, ctx)
        return int(given)


def each_once(ctx: click.Context, param: click.Parameter, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a name that is set twice, in NAME=VALUE or in a pair: which of the two is meant?"""
    names = [(each if isinstance(each, tuple) else each.partition("="))[0].strip() for each in given]
    for name in names:
        if names.count(name) > 1:
            raise click.BadParameter(f"{name} is set twice; keep one", ctx, param)
    return given


seed_option = click.option("--seed", type=Whole(0, 2**63 - 1), default=0, show_default=True, help="Seed of the random draws.")
interval_option = click.option(
    "--interval",
    type=Interval(),
    metavar="PERCENT",
    default=0.95,
    show_default="95%",
    help="Central interval: 95% or 0.95.",
)
method_option = click.option(
    "--method", type=click.Choice(["random", "sobol", "lhs"]), default="random", show_default=True, help="How draws are placed."
)
threads_option = click.option(
    "--threads", type=Whole(0, 1024), default=0, show_default="all", help="Threads; the result does not depend on them."
)
formulas_option = click.option(
    "--formulas", type=click.Path(path_type=Path), multiple=True, metavar="FILE.py",
    help="Functions of your own that take part like the model's. The file is run as code.",
)  # fmt: skip


def scenario_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that change a scenario as it is read."""
    for option in reversed((
        click.option(
            "--set", "sets", multiple=True, metavar="NAME=VALUE", callback=each_once,
            help="Set a quantity or setting, as in the file.",
        ),
        click.option("--lever", "levers", multiple=True, metavar="NAME", help="Pull a lever (llmcost list levers)."),
        click.option("--shock", "shocks", multiple=True, metavar="NAME", help="Let a shock happen (llmcost list shocks)."),
        click.option("--basis", metavar="NAME", help="owned, purchased or rented, in place of the scenario's."),
        click.option("--budget", metavar="AMOUNT", help="The amount to stand against, such as 12e6."),
        formulas_option,
    )):  # fmt: skip
        function = option(function)
    return function


def scheduler_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--scheduler`: what the command draws is drawn there. It stands next to the function, below all other options."""

    @click.option("--scheduler", metavar="WHERE", help="Draw on a Dask cluster: tcp://HOST:PORT, or local:N processes.")
    @functools.wraps(function)
    def spread(*args: Any, scheduler: str | None, **options: Any) -> Any:
        if scheduler is None:
            return function(*args, **options)
        from simulator.cli.app import RunFailed
        from simulator.engine.cluster import Trouble, check, workers

        try:
            check(scheduler)
        except ValueError as error:
            raise click.UsageError(f"--scheduler: {error}") from None
        try:
            with workers(scheduler, tell=lambda line: click.echo(f"llmcost: {line}", err=True)):
                return function(*args, **options)
        except Trouble as error:
            raise RunFailed(str(error)) from None

    return spread


def read_scenario(reference: str, given: dict[str, Any]) -> "Scenario":
    """Read a scenario with the shared options, taking them out of `given`, and `allow_unused` where it is there."""
    from simulator.scenario import read

    own = [function for path in given.pop("formulas") for function in load_formulas(path)]
    names = ("sets", "levers", "shocks", "basis", "budget")
    allow_unused = given.pop("allow_unused", False)
    made = read(reference, formulas=own, allow_unused=allow_unused, **{name: given.pop(name) for name in names})
    warn(made.warnings)
    return made


def warn(warnings: Iterable[str]) -> None:
    """Say what a reader should look at again on standard error, each thing once in a run of the command."""
    known = _warned()
    for warning in warnings:
        if warning not in known:
            known.append(warning)
            click.echo(f"llmcost: warning: {warning}", err=True)


def with_warnings(said: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with the warnings of this run of the command, for those who read JSON."""
    return {**said, "warnings": list(_warned())}


def _warned() -> list[str]:
    context = click.get_current_context(silent=True)
    if context is None:
        return []
    warned: list[str] = context.find_root().meta.setdefault("llmcost.warnings", [])
    return warned


def load_formulas(path: Path) -> list[Callable[..., Any]]:
    """Run a Python file that the user named, and return its public functions."""
    import importlib.util
    import inspect

    from simulator.core.errors import InvalidInputError, Issue, Place

    spec = importlib.util.spec_from_file_location(f"llmcost_formulas_{path.stem}", path) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise InvalidInputError([Issue(Place(str(path)), "--formulas", "there is no such Python file")])
    module = importlib.util.module_from_spec(spec)
    vars(module)["print"] = functools.partial(print, file=sys.stderr)  # standard output is for what the command finds
    sys.modules[spec.name] = module
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # nothing is left beside the user's file
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever a stranger's code raises, it is one line here
        raise InvalidInputError([Issue(Place(str(path)), "--formulas", f"{type(error).__name__}: {error}")]) from None
    finally:
        sys.dont_write_bytecode = writes
    return [
        function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    ]


def output_path(path: Path | None, suffixes: tuple[str, ...], option: str = "-o", evidence: Path | None = None) -> Path | None:
    """Check before any work that a result can be written there, and not over the evidence that it comes from."""
    import os

    if path is None:
        return None
    if path.suffix not in suffixes:
        raise click.UsageError(f"{option} {path}: no format {path.suffix or path.name!r}; there are {', '.join(suffixes)}")
    try:
        is_folder = path.is_dir()
    except OSError as error:  # such as a name that is too long
        raise click.UsageError(f"{option} {path}: {error.strerror}") from None
    if is_folder:
        raise click.UsageError(f"{option} {path}: is a folder")
    if not path.parent.is_dir():
        raise click.UsageError(f"{option} {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise click.UsageError(f"{option} {path}: the folder {path.parent} cannot be written to")
    if evidence is not None and path.exists() and evidence.exists() and path.samefile(evidence):
        raise click.UsageError(f"{option} {path}: is the evidence that is read; name another file")
    return path
