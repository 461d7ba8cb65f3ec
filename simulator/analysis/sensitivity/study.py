"""All measures of what drives a total, in one result: of arrays of draws, of a scenario, of a saved run."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.analysis.sensitivity.binning import BinQuantiles, Bins
from simulator.analysis.sensitivity.estimates import Estimate
from simulator.analysis.sensitivity.evaluator import DRAWS, Evaluator
from simulator.analysis.sensitivity.results import Driver, Drivers
from simulator.analysis.sensitivity.sobol import Indices, indices_of
from simulator.analysis.sensitivity.tornado import Swing, swings_of
from simulator.analysis.sensitivity.value_of_information import LEVEL, perfect, value_of_information
from simulator.analysis.sensitivity.variance_shares import (
    COST,
    first_order,
    no_variance_note,
    rank_correlation_of,
    scale_of,
    scaled,
    tail_share,
    variance_of_centred,
)
from simulator.analysis.statistics import Array
from simulator.core.formatting import interval_name, percent, words
from simulator.core.levels import Level, interval_of, probability_of
from simulator.engine.graph import plan
from simulator.engine.inputs import Input
from simulator.engine.simulate import simulate
from simulator.engine.summaries import ends
from simulator.engine.tails import tail_index, too_heavy
from simulator.scenario import TOTAL, Scenario

if TYPE_CHECKING:
    import xarray as xr

LEAST_DRAWS = 1000
MOST_DRAWS = 1 << 18
"""Draws of every input are held here, so there is a limit."""

IDLE_COST = 0.1
MEASURES = ("draws", "swing", "sobol")

_LARGE_ERROR = 0.1  # error of a share above which a note is given


def study(
    inputs: Mapping[str, Array],
    total: Array,
    level: Level = LEVEL,
    interval: Level = 0.95,
    done: Callable[[], None] = lambda: None,
    *,
    variance_of: str = COST,
) -> dict[str, Driver]:
    """Return what draws of inputs and total tell of each input, the largest share of variance first; inputs may be correlated.

    Where the total has no stable variance (`variance_of` is not `cost`), what rests on the mean cost is left out.

    Errors take the draws for independent ones; `done` is called after each input. Raises ValueError for fewer than 1,000 draws
    and for a total that never changes.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    if len(total) < LEAST_DRAWS:
        raise ValueError(f"{len(total):,} draws are too few to tell what drives the total; {LEAST_DRAWS:,} are the least")
    found = {}
    has_mean = variance_of == COST
    y = scaled(total, variance_of)
    for name, x in inputs.items():
        bins = Bins(x)
        found[name] = Driver(
            name,
            rank=rank_correlation_of(x, total),
            first=first_order(bins, y),
            tail=tail_share(bins, total) if has_mean else None,
            value_of_information=value_of_information(bins, y, level, interval, has_mean=has_mean),
        )
        done()
    return dict(sorted(found.items(), key=lambda item: -item[1].weight))


def drivers(
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
    """Return what drives the total of a scenario and what its priors are worth to know, the largest share of variance first.

    `measures` are `draws` (shares of variance and of the P95, rank correlation, value of knowing), `swing` and `sobol` (on half
    as many points). `idle_cost` is what a unit of budget that stays unspent costs; see `knowing`. A run under way has the first
    alone, and a note says so. Raises ValueError where options do not fit and `NonFiniteResultError` where a quantity is not
    finite.
    """
    interval = interval_of(interval)
    level = probability_of(level)
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise ValueError(f"draws must be {LEAST_DRAWS:,} to {MOST_DRAWS:,}, not {draws:,}")
    needed = plan(scenario.graph, scenario.inputs, [TOTAL]).inputs
    names = [name for name in needed if not scenario.inputs[name].distribution.is_constant]
    if not names:
        raise ValueError("every input is a known number here, so nothing drives the total")
    result = simulate(scenario, draws, seed, keep=(TOTAL, *names))
    if result.partial:
        raise KeyboardInterrupt
    total = result.kept[TOTAL]
    variance_of_centred(total - total.mean())
    why = result.why_no_variance()
    variance_of = scale_of(total, has_variance=not why)
    count = itertools.count(1)
    of = len(names) * len({"draws", "swing"} & set(measures))

    def done() -> None:
        if progress is not None:
            progress(next(count), of)

    notes = [no_variance_note(why, variance_of)] if why else []
    found = {name: Driver(name) for name in names}
    if "draws" in measures:
        found = study({name: result.kept[name] for name in names}, total, level, interval, done, variance_of=variance_of)
    swings: dict[str, Swing] = {}
    indices: dict[str, Indices] = {}
    if scenario.progress is not None and {"swing", "sobol"} & set(measures):
        notes.append(
            "a run under way: what it has spent ties its inputs to each other, so there are no swings and no Sobol indices"
        )
    elif {"swing", "sobol"} & set(measures):
        swings, indices = _swings_and_indices(scenario, draws, seed, measures, variance_of, done)
    rows = [
        replace(
            row, unit=scenario.unit(name), grade=_grade(scenario.inputs[name]), swing=swings.get(name), sobol=indices.get(name)
        )
        for name, row in found.items()
    ]
    groups = {name: pair for name, pair in indices.items() if name not in found}
    notes += _notes_on_shares(rows, groups)
    return _drivers(
        scenario.name, scenario.title, scenario.money, total, seed, level, interval, idle_cost, rows, groups, notes, measures,
        variance_of,
    )  # fmt: skip


def _swings_and_indices(
    scenario: Scenario, draws: int, seed: int, measures: Sequence[str], variance_of: str, done: Callable[[], None]
) -> tuple[dict[str, Swing], dict[str, Indices]]:
    """Return the two measures that evaluate the model anew; a measure that is not among `measures` is empty."""
    evaluator = Evaluator(scenario)
    swings = swings_of(evaluator, draws, seed, (0.1, 0.9), done) if "swing" in measures else {}
    if variance_of != COST:
        swings = {name: swing._replace(mean=None) for name, swing in swings.items()}
    indices = indices_of(evaluator, draws // 2, seed, variance_of) if "sobol" in measures else {}
    return swings, indices


def drivers_of_saved(
    tree: "xr.DataTree", *, level: Level = LEVEL, interval: Level = 0.95, idle_cost: float = IDLE_COST
) -> Drivers:
    """Return what the draws of a saved run tell (`results.open_tree`); swings and Sobol's indices need the scenario itself."""
    interval = interval_of(interval)
    level = probability_of(level)
    groups = {name: tree[name].dataset for name in ("prior", "prior_predictive")}
    if TOTAL not in groups["prior_predictive"]:
        raise ValueError(f"holds no draws of {TOTAL}")
    total = groups["prior_predictive"][TOTAL].values.ravel().astype(np.float64)
    inputs = {str(name): x.values.ravel().astype(np.float64) for name, x in groups["prior"].data_vars.items()}
    inputs = {name: x for name, x in inputs.items() if np.ptp(x) > 0}
    if not inputs:
        raise ValueError("holds no input that changes, so nothing drives the total")
    about = groups["prior_predictive"].attrs
    notes = ["of a saved run: swings and Sobol's indices need the scenario itself"]
    if about.get("method") != "random":
        notes.append(f"drawn by method {about.get('method')}: the errors are those of independent draws, which are larger")
    prior = groups["prior"]
    why = too_heavy(tail_index(total), "variance")
    variance_of = scale_of(total, has_variance=not why)
    if why:
        notes.append(no_variance_note(why, variance_of))
    rows = [
        replace(row, unit=str(prior[name].attrs.get("units", "")), grade=str(prior[name].attrs.get("grade", "")))
        for name, row in study(inputs, total, level, interval, variance_of=variance_of).items()
    ]
    name = str(about.get("name", ""))
    money, seed = str(about.get("money", "USD")), int(about.get("seed", 0))
    return _drivers(name, name, money, total, seed, level, interval, idle_cost, rows, {}, notes, ("draws",), variance_of)


def _notes_on_shares(rows: Iterable[Driver], groups: Mapping[str, Indices]) -> list[str]:
    """Return which inputs have indices only together, and how large the error of the shares is where it is large."""
    notes = [
        f"{' + '.join(map(words, name.split(' + ')))} are correlated, and Sobol's indices are for independent inputs; "
        f"together first {_with_interval(pair.first)}, total {_with_interval(pair.total)}"
        for name, pair in groups.items()
    ]
    shares = [e for row in rows for e in (row.first, *(row.sobol or ())) if e is not None]
    shares += [estimate for pair in groups.values() for estimate in pair]
    half_width = max((estimate.reach * estimate.error for estimate in shares), default=0.0)
    if half_width > _LARGE_ERROR:
        notes.append(
            f"the total has a long tail, so shares of its variance are known only to within {100 * half_width:.0f} points; "
            "ranks, swings and what it is worth to know are not touched by that"
        )
    return notes


def _with_interval(share: Estimate) -> str:
    return f"{percent(share.value)} ({interval_name(0.95)}: {percent(share.low)} to {percent(share.high)})"


def _grade(source: Input) -> str:
    return source.grade or ("assumption" if source.is_assumption else "")


def _drivers(
    name: str, title: str, money: str, total: Array, seed: int, level: float, interval: float, idle_cost: float,
    rows: list[Driver], groups: dict[str, Indices], notes: list[str], measures: Sequence[str], variance_of: str,
) -> Drivers:  # fmt: skip
    quantiles = BinQuantiles.unbinned(total)
    low, high = (float(quantiles.at(p)[0]) for p in ends(interval))
    ranked = tuple(sorted(rows, key=lambda row: -row.weight))
    has_mean = variance_of == COST
    everything = perfect(total, level) if "draws" in measures and has_mean else None
    return Drivers(
        name, title, money, len(total), seed, level, interval, idle_cost, float(total.mean()) if has_mean else None,
        float(quantiles.at(level)[0]), (low, high), everything, ranked, groups, variance_of, tuple(notes),
    )  # fmt: skip
