"""The run of a scenario, and the data of its result."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simulator.analysis.risks import register_of_run
from simulator.api.arguments import ScenarioLike, number_of, one_of, opened, run_options
from simulator.api.result import Result
from simulator.api.run_data import Array, RunData
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError, suggest_nearest
from simulator.engine.options import RunOptions
from simulator.engine.result import SimulationResult
from simulator.engine.sampling.methods import METHODS, Method
from simulator.engine.scenario import TOTAL, Scenario
from simulator.engine.simulate import simulate
from simulator.figures.data import TotalDraws, total_draws
from simulator.io.run_summary import RunSummary, summarize_run
from simulator.scenario.overrides import OpenScenario

if TYPE_CHECKING:
    import xarray as xr


def run(
    source: ScenarioLike,
    *,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    method: Method = "random",
    threads: Number | None = None,
    keep: str | Iterable[str] = (),
    precision: Number | None = None,
    precision_of: str | Iterable[str] = TOTAL,
    exact: bool = False,
    integrate: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Simulate a scenario: draw from its priors and compute what it may cost.

    The result depends on the scenario, `draws`, `seed` and `method` alone, to the last bit. An interrupt (Ctrl-C) ends the run
    with the draws so far.

    Parameters
    ----------
    source : str, path-like, mapping, OpenScenario or Scenario
        A built-in name, a path, a mapping with the keys of a scenario file, or a scenario that was opened or read.
    draws : float, optional
        Number of draws, 2 to 1e10, such as `1e5`. Memory does not grow with it unless draws are kept.
    seed : int, optional
        Seed of the random draws. Equal names have equal draws under equal seeds in every scenario (common random numbers).
    interval : float or str, optional
        Level of the central intervals: `0.95`, `95` and `"95%"` are the same.
    method : {"random", "sobol", "lhs"}, optional
        Sampling method: pseudo-random draws, a scrambled Sobol sequence, a Latin hypercube.
    threads : int, optional
        Number of threads, by default one per core; the result does not depend on it.
    keep : str or iterable of str, optional
        Quantities whose draws are kept in memory, or `"all"`. Draws that are not kept are simulated again when they are asked
        for, which gives the same numbers.
    precision : float, optional
        Largest relative standard error of the median and the bounds of the interval, such as `0.01`: draws are added until it
        is reached, up to 1e8.
    precision_of : str or iterable of str, optional
        Quantities to which `precision` applies, by default the total.
    exact : bool, optional
        Whether a second pass computes the exact sample quantiles of total, lines and outcomes, instead of within 0.05%.
    integrate : str, optional
        A normal or lognormal input to integrate out of the total, a product `A*B`, or `auto`.
    progress : callable, optional
        Called with the number of draws done and their total.

    Returns
    -------
    Result
        Figures and draws in canonical units: USD, hour, chip, kWh, FLOP, token, person.

    Raises
    ------
    InvalidInputError
        If the scenario is invalid, with all issues.
    InvalidValueError
        If an option is invalid.
    UnsupportedError
        If options are incompatible, or draws that are kept do not fit into memory.
    NonFiniteResultError
        If a quantity is not finite in some draws.

    Notes
    -----
    The methods and their errors are described in `docs/explanation/monte-carlo.md`.

    Examples
    --------
    >>> import llmcost
    >>> result = llmcost.run("gpt-4", draws=1e4, seed=1)
    >>> result
    <Result of gpt-4, 10,000 draws, seed 1, random>
    >>> result.summary().total.unit
    'USD'

    """
    options = run_options(draws, seed, interval, threads, progress)
    is_open = not isinstance(source, Scenario)
    files = opened(source) if is_open else None
    scenario = source if isinstance(source, Scenario) else opened(files or source).scenario
    one_of(method, "method", METHODS)
    kept = _kept(keep, scenario)
    limit = None if precision is None else _relative_error(precision)
    result = simulate(
        scenario,
        options.draws,
        options.seed,
        method,
        options.threads,
        keep=kept,
        precision=limit,
        precision_of=(precision_of,) if isinstance(precision_of, str) else _texts(precision_of, "precision_of"),
        exact=_yes_or_no(exact, "exact"),
        integrate=_integrated(integrate),
        interval=options.interval,
        progress=options.progress,
    )
    drawn = options.draws if limit is None and not result.partial else result.draws
    return Result(SimulatedRun(result, float(options.interval), drawn, options.threads, files))


def _kept(keep: str | Iterable[str], scenario: Scenario) -> tuple[str, ...]:
    """Return the names of quantities whose draws are kept."""
    names = tuple(scenario.plan.names)
    if keep == "all":
        return names
    kept = tuple(dict.fromkeys((keep,) if isinstance(keep, str) else _texts(keep, "keep")))
    for name in kept:
        if name not in names:
            raise InvalidValueError(f"keep: there is no quantity {name!r} in {scenario.name}{suggest_nearest(name, names)}")
    return kept


def _texts(values: Iterable[str], name: str) -> tuple[str, ...]:
    listed = tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(each, str) for each in listed):
        raise InvalidValueError(f"{name} must be names of quantities, not {values!r}")
    return listed


def _relative_error(precision: Number) -> float:
    value = number_of(precision, "precision")
    if not 0 < value < 1:
        raise InvalidValueError(f"precision must be a share between 0 and 1, such as 0.01, not {value:g}")
    return value


def _yes_or_no(value: object, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise InvalidValueError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def _integrated(integrate: str | None) -> str | None:
    if integrate is not None and not isinstance(integrate, str):
        raise InvalidValueError(f"integrate must be the name of an input, a product A*B, or 'auto', not {integrate!r}")
    return integrate


class SimulatedRun(RunData):
    """The data of a simulation. Draws that it does not retain are simulated again, and kept then."""

    def __init__(
        self, result: SimulationResult, interval: float, drawn: int, threads: int | None, opened: OpenScenario | None
    ) -> None:
        self.result, self.interval, self.opened = result, interval, opened
        self.title, self.draws, self.seed, self.method = result.scenario.name, result.draws, result.seed, result.method
        self.origin = f"the run of {self.title}"
        self.state = "partial" if result.partial else ""
        self.is_under_way = result.scenario.paused_run is not None
        self._drawn, self._threads = drawn, threads
        self._draws: dict[str, Array] = dict(result.retained_draws)
        self._summaries: dict[float, RunSummary] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        """Total, lines and outcomes first, then all others."""
        scenario = self.result.scenario
        return tuple(dict.fromkeys([TOTAL, *scenario.lines, *scenario.outcomes, *self.result.accumulators]))

    @property
    def notes(self) -> tuple[object, ...]:  # type: ignore[override]
        return self.summary(self.interval).notes

    def scenario(self) -> Scenario:
        return self.result.scenario

    def simulation(self) -> SimulationResult:
        return self.result

    def summary(self, interval: float) -> RunSummary:
        if interval not in self._summaries:
            options = RunOptions(self.result.draws, self.seed, interval, self._threads)
            risks = register_of_run(self.result.scenario, options)
            self._summaries[interval] = summarize_run(self.result, interval, risks=risks)
        return self._summaries[interval]

    def quantiles(self, name: str, probabilities: list[float]) -> list[float]:
        marginal = self.result.accumulators[name]
        if isinstance(marginal, float):
            return [marginal] * len(probabilities)
        values: list[float] = marginal.quantiles(np.array(probabilities)).tolist()
        return values

    def samples(self, name: str) -> Array:
        self.retain((name,))
        return self._draws[name]

    def samples_of(self, names: Iterable[str]) -> dict[str, Array]:
        return self.retain(names).retained_draws

    def total_draws(self) -> TotalDraws:
        return total_draws(self.retain((TOTAL,)), self.interval)

    def has_own_point(self) -> bool:
        return self.result.scenario.point is not None

    def retain(self, names: Iterable[str]) -> SimulationResult:
        """Return the result with the draws of quantities; those that it has not are simulated again."""
        names = tuple(dict.fromkeys(names))
        missing = tuple(name for name in names if name not in self._draws)
        if missing:
            again = simulate(
                self.result.scenario, self._drawn, self.seed, self.method, self._threads, keep=missing, interval=self.interval
            )
            if again.draws != self.draws:
                message = (
                    f"the draws of {missing[0]} were not kept, and a run that was interrupted or extended cannot be repeated"
                )
                raise UnsupportedError(f"{message}; name them in `keep`")
            self._draws |= again.retained_draws
        return replace(self.result, retained_draws={name: self._draws[name] for name in names})

    def tree(self, names: Iterable[str] | None) -> "xr.DataTree":
        from simulator.io.netcdf import to_tree

        return to_tree(self.retain(self.result.scenario.plan.names if names is None else names))
