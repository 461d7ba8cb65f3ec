"""Sensitivity studies with all measures, from arrays of draws, from a scenario or from a saved run."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.analysis.sensitivity.binning import BinQuantiles, Bins
from simulator.analysis.sensitivity.evaluator import DRAWS, Evaluator
from simulator.analysis.sensitivity.interval_estimates import IntervalEstimate
from simulator.analysis.sensitivity.results import Driver, Drivers
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
from simulator.core.formatting import format_percent, interval_name, to_words
from simulator.core.levels import Level, interval_of, probability_of
from simulator.engine.graph import build_plan
from simulator.engine.inputs import Input
from simulator.engine.simulate import simulate
from simulator.engine.summaries import interval_bounds
from simulator.engine.tails import explain_heavy_tail, tail_index
from simulator.scenario import TOTAL, Scenario

if TYPE_CHECKING:
    import xarray as xr

MIN_DRAWS = 1000
MAX_DRAWS = 1 << 18
"""Limit on the number of draws, because those of every input are held in memory."""

IDLE_COST = 0.1
MEASURES = ("draws", "swing", "sobol")

_LARGE_ERROR = 0.1  # half-width of a share's interval above which a note is added


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

    Inputs may be correlated. Where the total has no stable variance (`variance_of` is not `cost`), measures based on the mean
    cost are omitted. Errors assume independent draws; `done` is called after each input. Raises ValueError for fewer than 1,000
    draws and for a constant total.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    if len(total) < MIN_DRAWS:
        raise ValueError(f"{len(total):,} draws are too few to tell what drives the total; the minimum is {MIN_DRAWS:,}")
    rows = {}
    has_mean = variance_of == COST
    y = rescale(total, variance_of)
    for name, x in inputs.items():
        bins = Bins(x)
        rows[name] = Driver(
            name,
            rank=rank_correlation_estimate(x, total),
            first=first_order(bins, y),
            tail=tail_share(bins, total) if has_mean else None,
            value_of_information=value_of_information(bins, y, level, interval, has_mean=has_mean),
        )
        done()
    return dict(sorted(rows.items(), key=lambda item: -item[1].weight))


def rank_drivers(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    level: Level = LEVEL,
    interval: Level = 0.95,
    idle_cost: float = IDLE_COST,
    measures: Sequence[str] = MEASURES,
    progress: Callable[[int, int], None] | None = None,
) -> Drivers:
    """Return the drivers of a scenario's total and the value of information about its priors, largest share of variance first.

    `measures` are `draws` (shares of variance and of the P95, rank correlation, value of information), `swing` and `sobol` (on
    half as many points). `idle_cost` is the cost of a unit of unspent budget; see `value_of_information`. A run under way has
    only the first, and a note says so. Raises ValueError for invalid options and `NonFiniteResultError` where a quantity is not
    finite.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    if not MIN_DRAWS <= draws <= MAX_DRAWS:
        raise ValueError(f"draws must be {MIN_DRAWS:,} to {MAX_DRAWS:,}, not {draws:,}")
    needed = build_plan(scenario.graph, scenario.inputs, [TOTAL]).inputs
    names = [name for name in needed if not scenario.inputs[name].distribution.is_constant]
    if not names:
        raise ValueError("every input is a known number here, so nothing drives the total")
    result = simulate(scenario, draws, seed, keep=(TOTAL, *names))
    if result.partial:
        raise KeyboardInterrupt
    total = result.retained_draws[TOTAL]
    variance_of_centred(total - total.mean())
    why = result.why_no_variance()
    variance_of = variance_scale(total, has_variance=not why)
    count = itertools.count(1)
    steps = len(names) * len({"draws", "swing"} & set(measures))

    def done() -> None:
        if progress is not None:
            progress(next(count), steps)

    notes = [no_variance_note(why, variance_of)] if why else []
    measured = {name: Driver(name) for name in names}
    if "draws" in measures:
        samples = {name: result.retained_draws[name] for name in names}
        measured = study_inputs(samples, total, level, interval, done, variance_of=variance_of)
    swings: dict[str, Swing] = {}
    indices: dict[str, Indices] = {}
    if scenario.paused_run is not None and {"swing", "sobol"} & set(measures):
        notes.append("a run under way: spend to date makes its inputs dependent, so there are no swings and no Sobol indices")
    elif {"swing", "sobol"} & set(measures):
        swings, indices = _swings_and_indices(scenario, draws, seed, measures, variance_of, done)
    rows = [
        replace(
            row, unit=scenario.unit(name), grade=_grade(scenario.inputs[name]), swing=swings.get(name), sobol=indices.get(name)
        )
        for name, row in measured.items()
    ]
    groups = {name: pair for name, pair in indices.items() if name not in measured}
    notes += _notes_on_shares(rows, groups)
    return _build_drivers(
        scenario.name, scenario.title, scenario.money, total, seed, level, interval, idle_cost, rows, groups, notes, measures,
        variance_of,
    )  # fmt: skip


def _swings_and_indices(
    scenario: Scenario, draws: int, seed: int, measures: Sequence[str], variance_of: str, done: Callable[[], None]
) -> tuple[dict[str, Swing], dict[str, Indices]]:
    """Return the two measures that evaluate the model; one that is not in `measures` is empty."""
    evaluator = Evaluator(scenario)
    swings = compute_swings(evaluator, draws, seed, (0.1, 0.9), done) if "swing" in measures else {}
    if variance_of != COST:
        swings = {name: swing._replace(mean=None) for name, swing in swings.items()}
    indices = sobol_of_evaluator(evaluator, draws // 2, seed, variance_of) if "sobol" in measures else {}
    return swings, indices


def rank_saved_drivers(
    tree: "xr.DataTree", *, level: Level = LEVEL, interval: Level = 0.95, idle_cost: float = IDLE_COST
) -> Drivers:
    """Return the drivers in the draws of a saved run (`netcdf.open_tree`); swings and Sobol's indices need the scenario."""
    interval = interval_of(interval)
    level = probability_of(level)
    groups = {name: tree[name].dataset for name in ("prior", "prior_predictive")}
    if TOTAL not in groups["prior_predictive"]:
        raise ValueError(f"has no draws of {TOTAL}")
    total = groups["prior_predictive"][TOTAL].values.ravel().astype(np.float64)
    inputs = {str(name): x.values.ravel().astype(np.float64) for name, x in groups["prior"].data_vars.items()}
    inputs = {name: x for name, x in inputs.items() if np.ptp(x) > 0}
    if not inputs:
        raise ValueError("has no input that varies, so nothing drives the total")
    attributes = groups["prior_predictive"].attrs
    notes = ["from a saved run: swings and Sobol's indices need the scenario itself"]
    if attributes.get("method") != "random":
        notes.append(f"sampled by method {attributes.get('method')}: errors are those of independent draws, which are larger")
    prior = groups["prior"]
    why = explain_heavy_tail(tail_index(total), "variance")
    variance_of = variance_scale(total, has_variance=not why)
    if why:
        notes.append(no_variance_note(why, variance_of))
    rows = [
        replace(row, unit=str(prior[name].attrs.get("units", "")), grade=str(prior[name].attrs.get("grade", "")))
        for name, row in study_inputs(inputs, total, level, interval, variance_of=variance_of).items()
    ]
    name = str(attributes.get("name", ""))
    money, seed = str(attributes.get("money", "USD")), int(attributes.get("seed", 0))
    return _build_drivers(name, name, money, total, seed, level, interval, idle_cost, rows, {}, notes, ("draws",), variance_of)


def _notes_on_shares(rows: Iterable[Driver], groups: Mapping[str, Indices]) -> list[str]:
    """Return notes on inputs that have indices only together, and on the error of the shares where it is large."""
    notes = [
        f"{' + '.join(map(to_words, name.split(' + ')))} are correlated, and Sobol's indices are for independent inputs; "
        f"together first {_with_interval(pair.first)}, total {_with_interval(pair.total)}"
        for name, pair in groups.items()
    ]
    shares = [e for row in rows for e in (row.first, *(row.sobol or ())) if e is not None]
    shares += [estimate for pair in groups.values() for estimate in pair]
    half_width = max((estimate.critical_value * estimate.error for estimate in shares), default=0.0)
    if half_width > _LARGE_ERROR:
        notes.append(
            f"the total has a long tail, so shares of its variance are accurate only to {100 * half_width:.0f} points; "
            "rank correlations, swings and the value of information are not affected"
        )
    return notes


def _with_interval(share: IntervalEstimate) -> str:
    return f"{format_percent(share.value)} ({interval_name(0.95)}: {format_percent(share.low)} to {format_percent(share.high)})"


def _grade(source: Input) -> str:
    return source.grade or ("assumption" if source.is_assumption else "")


def _build_drivers(
    name: str, title: str, money: str, total: Array, seed: int, level: float, interval: float, idle_cost: float,
    rows: list[Driver], groups: dict[str, Indices], notes: list[str], measures: Sequence[str], variance_of: str,
) -> Drivers:  # fmt: skip
    quantiles = BinQuantiles.unbinned(total)
    low, high = (float(quantiles.at(p)[0]) for p in interval_bounds(interval))
    ranked = tuple(sorted(rows, key=lambda row: -row.weight))
    has_mean = variance_of == COST
    upper_bound = perfect_information(total, level) if "draws" in measures and has_mean else None
    return Drivers(
        name, title, money, len(total), seed, level, interval, idle_cost, float(total.mean()) if has_mean else None,
        float(quantiles.at(level)[0]), (low, high), upper_bound, ranked, groups, variance_of, tuple(notes),
    )  # fmt: skip
