"""Sensitivity studies with all measures, from arrays of draws, from a scenario or from a saved run."""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from simulator.analysis.occurrences import decides_event
from simulator.analysis.sensitivity.binning import BinQuantiles, Bins
from simulator.analysis.sensitivity.evaluator import DEFAULTS, Evaluator
from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.sensitivity.research import recommend_research
from simulator.analysis.sensitivity.results import CorrelatedInputs, Driver, Sensitivity, ShapleyEffect, TotalStatistics
from simulator.analysis.sensitivity.shapley import shapley_of_evaluator
from simulator.analysis.sensitivity.sobol import Indices, sobol_of_evaluator
from simulator.analysis.sensitivity.tornado import Swing, compute_swings
from simulator.analysis.sensitivity.value_of_information import LEVEL, perfect_information, value_of_information
from simulator.analysis.sensitivity.variance_shares import (
    COST,
    first_order,
    no_variance_note,
    rank_correlation_estimate,
    rescale,
    tail_share,
    variance_of_centred,
    variance_scale,
)
from simulator.analysis.statistics import Array
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_percent, interval_name, to_words
from simulator.core.levels import Level, in_percent, interval_of, probability_of
from simulator.core.results import Header, Note
from simulator.core.suggestions import InvalidValueError
from simulator.core.version import tool_version
from simulator.engine.graph import build_plan
from simulator.engine.inputs import Input
from simulator.engine.options import RunOptions
from simulator.engine.simulate import simulate
from simulator.engine.summaries import interval_bounds
from simulator.engine.tails import explain_heavy_tail, tail_index
from simulator.io.header import header_of
from simulator.scenario import TOTAL, Scenario

if TYPE_CHECKING:
    import xarray as xr

MIN_DRAWS = 1000
MAX_DRAWS = 1 << 18
"""Limit on the number of draws, because those of every input are held in memory."""

IDLE_COST = 0.1
"""Cost of a unit of budget left unspent, as a share of it."""
Measure = Literal["draws", "swing", "sobol", "shapley"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
DEFAULT_MEASURES: tuple[Measure, ...] = ("draws", "swing", "sobol")
"""Measures unless others are requested; Shapley effects are a table of their own."""

_LARGE_ERROR = 0.1  # half-width of a share's interval above which a note is added


NO_SWING_OF_EVENTS = (
    "whether an event happens has no swing and cannot be researched; `llmcost risks` and the figure `risks` show what the "
    "risks of the register cost"
)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of the draws: the budget's level and the interval as probabilities, the cost of idle budget, measures."""

    level: float
    interval: float
    idle_cost: float
    measures: Collection[str]
    variance_of: str = COST

    @property
    def has_mean(self) -> bool:
        return self.variance_of == COST


def study_inputs(
    inputs: Mapping[str, Array],
    total: Array,
    level: Level = LEVEL,
    interval: Level = 0.95,
    done: Callable[[], None] = lambda: None,
    *,
    variance_of: str = COST,
) -> dict[str, Driver]:
    """Return the measures of each input from draws of inputs and total, largest share of variance first.

    Inputs may be correlated. Where the total has no stable variance (`variance_of` is not `cost`), measures that need it are
    omitted. Errors assume independent draws; `done` is called after each input. Raises `UnsupportedError` for fewer
    than 1,000 draws and for a constant total.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    if len(total) < MIN_DRAWS:
        raise UnsupportedError(f"{len(total):,} draws are too few to tell what drives the total; the minimum is {MIN_DRAWS:,}")
    rows = {}
    has_mean = variance_of == COST
    y = rescale(total, variance_of)
    for name, x in inputs.items():
        bins = Bins(x)
        rows[name] = Driver(
            name,
            rank_correlation=rank_correlation_estimate(x, total),
            share_of_variance=first_order(bins, y),
            share_of_p95=tail_share(bins, total) if has_mean else None,
            if_known=value_of_information(bins, y, level, interval, has_mean=has_mean),
        )
        done()
    return dict(sorted(rows.items(), key=lambda item: -item[1].weight))


def rank_drivers(
    scenario: Scenario,
    options: RunOptions = DEFAULTS,
    *,
    level: Level = LEVEL,
    idle_cost: float = IDLE_COST,
    measures: Sequence[str] = DEFAULT_MEASURES,
) -> Sensitivity:
    """Return the drivers of a scenario's total and the value of information about its priors, largest share of variance first.

    `measures` are `draws` (shares of variance and of the P95, rank correlation, value of information), `swing`, and `sobol`
    and `shapley` (on half as many points). `level` is that at which the budget is set, `idle_cost` the cost of a unit of
    unspent budget; see `value_of_information`. A run under way has only the first measure, and a note says so. Progress is
    reported in steps.

    Raises `InvalidValueError` for invalid options, `UnsupportedError` where nothing varies, and
    `NonFiniteResultError` where a quantity is not finite.
    """
    if not MIN_DRAWS <= options.draws <= MAX_DRAWS:
        raise InvalidValueError(f"draws must be {MIN_DRAWS:,} to {MAX_DRAWS:,}, not {options.draws:,}")
    question = _Question(probability_of(level), interval_of(options.interval), idle_cost, measures)
    needed = build_plan(scenario.graph, scenario.inputs, [TOTAL]).inputs
    names = [name for name in needed if not scenario.inputs[name].distribution.is_constant]
    if not names:
        raise UnsupportedError("every input is a known number here, so nothing drives the total")
    result = simulate(scenario, options.draws, options.seed, threads=options.threads, keep=(TOTAL, *names))
    if result.partial:
        raise KeyboardInterrupt
    total = result.retained_draws[TOTAL]
    variance_of_centred(total - total.mean())
    why = result.why_no_variance()
    question = replace(question, variance_of=variance_scale(total, has_variance=not why))
    notes = [no_variance_note(why, question.variance_of)] if why else []
    done = _step_counter(options, len(names) * len({"draws", "swing"} & set(measures)))
    drivers = {name: Driver(name) for name in names}
    if "draws" in measures:
        samples = {name: result.retained_draws[name] for name in names}
        drivers = _study(samples, total, question, done)
    swings: dict[str, Swing] = {}
    indices: dict[str, Indices] = {}
    effects: tuple[ShapleyEffect, ...] = ()
    if scenario.paused_run is not None and {"swing", "sobol", "shapley"} & set(measures):
        text = (
            "a run under way: spend to date makes its inputs dependent, so there are no swings, no Sobol indices and "
            "no Shapley "
            "effects"
        )
        notes.append(Note("run-under-way", "", text))
    elif {"swing", "sobol"} & set(measures):
        swings, indices = _swings_and_indices(scenario, options, question, done)
        if swings and any(map(decides_event, names)):
            notes.append(Note("no-swing-of-events", "", NO_SWING_OF_EVENTS))
    if scenario.paused_run is None and "shapley" in measures:
        effects = _shapley(scenario, options, question)
    rows = [
        replace(
            driver, unit=scenario.unit(name), grade=_grade(scenario.inputs[name]), swing=swings.get(name),
            sobol=indices.get(name),
        )
        for name, driver in drivers.items()
    ]  # fmt: skip
    correlated = [CorrelatedInputs(name, *pair) for name, pair in indices.items() if name not in drivers]
    notes += _notes_on_shares(rows, correlated)
    return _sensitivity(header_of(scenario, options), question, total, rows, correlated, notes, effects)


def _step_counter(options: RunOptions, steps: int) -> Callable[[], None]:
    """Return a function that reports one more step."""
    count = itertools.count(1)

    def done() -> None:
        if options.progress is not None:
            options.progress(next(count), steps)

    return done


def _study(inputs: Mapping[str, Array], total: Array, question: _Question, done: Callable[[], None]) -> dict[str, Driver]:
    return study_inputs(inputs, total, question.level, question.interval, done, variance_of=question.variance_of)


def _swings_and_indices(
    scenario: Scenario, options: RunOptions, question: _Question, done: Callable[[], None]
) -> tuple[dict[str, Swing], dict[str, Indices]]:
    """Return the two measures that evaluate the model; one that was not requested is empty."""
    evaluator, draws, seed = Evaluator(scenario), options.draws, options.seed
    swings = compute_swings(evaluator, draws, seed, done) if "swing" in question.measures else {}
    if not question.has_mean:
        swings = {name: replace(swing, mean=None) for name, swing in swings.items()}
    has_indices = "sobol" in question.measures
    indices = sobol_of_evaluator(evaluator, draws // 2, seed, question.variance_of) if has_indices else {}
    return swings, indices


def _shapley(scenario: Scenario, options: RunOptions, question: _Question) -> tuple[ShapleyEffect, ...]:
    """Return the Shapley effects of the inputs, largest first."""
    found = shapley_of_evaluator(Evaluator(scenario), options.draws // 2, options.seed, question.variance_of)
    effects = []
    for inputs, share in found.items():
        grades = [_grade(scenario.inputs[name]) for name in inputs.split(" + ") if name in scenario.inputs]
        effects.append(ShapleyEffect(inputs, max(grades, default=""), share))
    return tuple(sorted(effects, key=lambda effect: -effect.share.value))


def rank_saved_drivers(
    tree: "xr.DataTree", *, interval: Level = 0.95, level: Level = LEVEL, idle_cost: float = IDLE_COST
) -> Sensitivity:
    """Return the drivers in the draws of a saved run (`netcdf.open_tree`); swings and Sobol's indices need the scenario."""
    groups = {name: tree[name].dataset for name in ("prior", "prior_predictive")}
    if TOTAL not in groups["prior_predictive"]:
        raise UnsupportedError(f"has no draws of {TOTAL}")
    total = groups["prior_predictive"][TOTAL].values.ravel().astype(np.float64)
    inputs = {str(name): x.values.ravel().astype(np.float64) for name, x in groups["prior"].data_vars.items()}
    inputs = {name: x for name, x in inputs.items() if np.ptp(x) > 0}
    if not inputs:
        raise UnsupportedError("has no input that varies, so nothing drives the total")
    attributes, prior = groups["prior_predictive"].attrs, groups["prior"]
    why = explain_heavy_tail(tail_index(total), "variance")
    scale = variance_scale(total, has_variance=not why)
    question = _Question(probability_of(level), interval_of(interval), idle_cost, ("draws",), scale)
    notes = [Note("saved-run", "", "from a saved run: swings and Sobol's indices need the scenario itself")]
    method = attributes.get("method")
    if method != "random":
        text = f"sampled by method {method}: errors are those of independent draws, which are larger"
        notes.append(Note("sampling-method", str(method), text))
    if why:
        notes.append(no_variance_note(why, scale))
    drivers = [
        replace(driver, unit=str(prior[name].attrs.get("units", "")), grade=str(prior[name].attrs.get("grade", "")))
        for name, driver in _study(inputs, total, question, lambda: None).items()
    ]
    name = str(attributes.get("name", ""))
    header = Header(
        scenario=name,
        title=name,
        money=str(attributes.get("money", "USD")),
        draws=len(total),
        seed=int(attributes.get("seed", 0)),
        interval=in_percent(question.interval),
        fingerprint=attributes.get("config_sha256"),
        version=tool_version(),
    )
    return _sensitivity(header, question, total, drivers, [], notes)


def _notes_on_shares(drivers: Iterable[Driver], correlated: Iterable[CorrelatedInputs]) -> list[Note]:
    """Return notes on inputs that have indices only together, and on the error of the shares where it is large."""
    notes = []
    estimates = [e for driver in drivers for e in (driver.share_of_variance, *(driver.sobol or ())) if e is not None]
    for group in correlated:
        text = (
            f"{' + '.join(map(to_words, group.inputs.split(' + ')))} are correlated, and Sobol's indices are for independent "
            f"inputs; together first {_with_interval(group.first)}, total {_with_interval(group.total)}"
        )
        notes.append(Note("correlated-inputs", group.inputs, text))
        estimates += [group.first, group.total]
    half_width = max((estimate.half_width for estimate in estimates), default=0.0)
    if half_width > _LARGE_ERROR:
        text = (
            f"the total has a long tail, so shares of its variance are accurate only to {100 * half_width:.0f} points; "
            "rank correlations, swings and the value of information are not affected"
        )
        notes.append(Note("large-error", "share_of_variance", text))
    return notes


def _with_interval(share: IntervalEstimate) -> str:
    return f"{format_percent(share.value)} ({interval_name(0.95)}: {format_percent(share.low)} to {format_percent(share.high)})"


def _grade(source: Input) -> str:
    return source.grade or ("assumption" if source.is_assumption else "")


def _sensitivity(
    header: Header,
    question: _Question,
    total: Array,
    drivers: Iterable[Driver],
    correlated: Iterable[CorrelatedInputs],
    notes: Iterable[Note],
    effects: tuple[ShapleyEffect, ...] = (),
) -> Sensitivity:
    """Put the measures together; values of information are those at the cost of idle budget that is asked for."""
    quantiles = BinQuantiles.unbinned(total)
    low, high = (float(quantiles.at(p)[0]) for p in interval_bounds(question.interval))
    level, idle_cost = question.level, question.idle_cost
    upper_bound = None
    if "draws" in question.measures and question.has_mean:
        upper_bound = perfect_information(total, level).at_idle_cost(idle_cost)
    ranked = tuple(
        driver if driver.if_known is None else replace(driver, if_known=driver.if_known.at_idle_cost(idle_cost))
        for driver in sorted(drivers, key=lambda driver: -driver.weight)
    )
    return Sensitivity(
        header=replace(header, draws=len(total)),
        notes=tuple(notes),
        level=in_percent(level),
        idle_cost=idle_cost,
        variance_of=question.variance_of,
        overrun_cost=idle_cost * level / (1 - level),
        total=TotalStatistics(
            mean=float(total.mean()) if question.has_mean else None,
            quantile=float(quantiles.at(level)[0]),
            low=low,
            high=high,
        ),
        perfect_information=upper_bound,
        research_next=recommend_research(ranked, level, question.interval, question.variance_of, header.currency),
        drivers=ranked,
        correlated=tuple(correlated),
        shapley=effects,
    )
