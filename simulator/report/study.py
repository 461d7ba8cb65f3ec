"""All results that a report shows for a scenario, simulated once and kept as plain data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulator.core.formatting import to_words
from simulator.core.levels import Level, in_percent, interval_of
from simulator.engine.result import Result
from simulator.io.summary import warnings_of
from simulator.scenario import TOTAL, Scenario, read

LEVER_DRAWS = 20_000
DRIVER_DRAWS = 65_536
Step = Callable[[str], None]


@dataclass(frozen=True)
class Study:
    """A scenario with all its results; a part that is not available is None, and `omissions` has the reason."""

    scenario: Scenario
    result: Result
    interval: float
    run: dict[str, Any]
    budget: dict[str, Any]
    drivers: dict[str, Any] | None
    stress: dict[str, Any] | None
    levers: dict[str, Any] | None
    reverse: dict[str, Any] | None
    joint: dict[str, Any] | None
    cashflow: dict[str, Any] | None
    omissions: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> dict[str, Any]:
        """Statistics of the total."""
        statistics: dict[str, Any] = self.run["quantities"][TOTAL]
        return statistics


def saved_quantities(scenario: Scenario) -> list[str]:
    """Return the quantities whose draws a report saves: total, lines, outcomes and priors."""
    priors = [name for name, item in scenario.inputs.items() if item.role == "prior"]
    return list(dict.fromkeys([TOTAL, *scenario.lines, *scenario.outcomes, *priors]))


def build_study(
    reference: str,
    options: Mapping[str, Any],
    draws: int,
    seed: int = 0,
    interval: Level = 0.95,
    step: Step = lambda _: None,
    threads: int | None = None,
    *,
    full: bool = True,
) -> Study:
    """Read a scenario with the options of `scenario.read` and run all analyses, or only cost and budget if not `full`.

    Raises `InvalidInputError` if the scenario is invalid and `NonFiniteResultError` if a quantity is not finite. An
    analysis that a scenario does not support (cash flow without a schedule, levers of a run under way) is omitted with the
    reason.
    """
    interval = interval_of(interval)
    from simulator.analysis.budget import budget_of_draws
    from simulator.analysis.statistics import independent_priors, simulate_draws
    from simulator.io.to_json import as_json

    scenario = read(reference, **options)
    step(f"simulating {scenario.name}")
    result = simulate_draws(scenario, draws, seed, saved_quantities(scenario), threads=threads)
    independent = independent_priors(scenario)
    independent_total = (
        None
        if independent is None
        else simulate_draws(independent, draws, seed, [TOTAL], threads=threads).retained_draws[TOTAL]
    )
    budget = budget_of_draws(result, interval=interval, independent_total=independent_total)
    omissions: dict[str, str] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        step(name)
        try:
            yield
        except ValueError as error:
            omissions[name] = str(error)

    drivers = stress = levers = reverse = joint = cashflow = None
    if not full:
        run = as_json(result, interval)
        return Study(scenario, result, interval, run, budget, drivers, stress, levers, reverse, joint, cashflow)
    with part("drivers"):
        drivers = _drivers(scenario, min(draws, DRIVER_DRAWS), seed, interval)
    with part("stress"):
        stress = _stress(reference, options, draws, seed, interval, threads)
    with part("levers"):
        levers = _levers(reference, options, min(draws, LEVER_DRAWS), seed, interval)
    with part("reverse"):
        reverse = _reverse(scenario, result, interval)
    with part("joint"):
        joint = _joint(scenario, result, interval)
    with part("cashflow"):
        cashflow = _cashflow(scenario, min(draws, LEVER_DRAWS), seed, interval) if scenario.phases else None
    return Study(
        scenario,
        result,
        interval,
        as_json(result, interval),
        budget,
        drivers,
        stress,
        levers,
        reverse,
        joint,
        cashflow,
        omissions,
    )


def _header(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    return {
        "schema": 2, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
        "draws": draws, "seed": seed, "interval": in_percent(interval), "budget": scenario.budget,
    }  # fmt: skip


def _drivers(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    from simulator.analysis.sensitivity import as_json, rank_drivers

    # Sobol' indices are omitted: the first-order share and the swing suffice for a report.
    return {
        "scope": scenario.scope,
        **as_json(rank_drivers(scenario, draws, seed, interval=interval, measures=("draws", "swing"))),
    }


def _stress(
    reference: str, options: Mapping[str, Any], draws: int, seed: int, interval: Level, threads: int | None
) -> dict[str, Any]:
    from simulator.analysis.stress import apply_shocks

    read_options = {key: value for key, value in options.items() if key != "shocks"}
    sets, levers, basis, budget, formulas = (read_options.get(key) for key in ("sets", "levers", "basis", "budget", "formulas"))
    base = read(reference, **read_options)
    shocks = apply_shocks(
        reference, sets=sets or (), levers=levers or (), basis=basis, budget=budget, formulas=formulas or (), draws=draws,
        seed=seed, interval=interval, threads=threads,
    )  # fmt: skip
    return {**_header(base, draws, seed, interval), "shocks": shocks}


def _levers(reference: str, options: Mapping[str, Any], draws: int, seed: int, interval: Level) -> dict[str, Any]:
    from simulator.analysis.levers import as_json, rank_levers

    ranking = rank_levers(reference, draws=draws, seed=seed, **options)
    return {"scope": ranking.scenario.scope, **as_json(ranking, interval)}


def _reverse(scenario: Scenario, result: Result, interval: Level) -> dict[str, Any]:
    """Compare the draws in which the total exceeds the budget, or the rounded P80 if there is no budget."""
    import numpy as np

    from simulator.analysis.stress import reverse

    limit = scenario.budget
    if limit is None:
        limit = float(f"{np.quantile(result.retained_draws[TOTAL], 0.8):.2e}")
    reverse_stress = reverse(
        scenario, f"{TOTAL} > {limit:.15g}", result.draws, result.seed, retained_draws=result.retained_draws, interval=interval
    )
    return {**_header(scenario, result.draws, result.seed, interval), "reverse": reverse_stress}


def _joint(scenario: Scenario, result: Result, interval: Level) -> dict[str, Any] | None:
    from simulator.analysis.joint import date_quantity
    from simulator.figures.kinds.joint import joint_of

    time = date_quantity(scenario)
    return (
        joint_of(result, time, interval=interval)
        if time in result.retained_draws and result.retained_draws[time].std() > 0
        else None
    )


def _cashflow(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    from simulator.analysis.cashflow import cash_flow
    from simulator.figures.kinds.cashflow import cashflow_of

    return cashflow_of(cash_flow(scenario, draws, seed), interval)


def messages(study: Study) -> tuple[str, ...]:
    """Return the notes and warnings of a run, without repetitions."""
    return tuple(dict.fromkeys(_sentences(study)))


def _sentences(study: Study) -> Iterable[str]:
    scenario = study.scenario
    yield from (
        f"{adjustment.kind} {to_words(adjustment.name)}: {adjustment.about}"
        for adjustment in scenario.adjustments
        if adjustment.about
    )
    yield from (f"warning: {warning}" for warning in warnings_of(study.result, study.interval))
    yield from (*scenario.notes, *study.result.notes)
    if study.drivers is not None:
        yield from study.drivers["notes"]
    for name, inputs in scenario.uncomputable_outcomes.items():
        yield f"{to_words(name)} is not computed: it needs {', '.join(inputs)}"
    if study.stress is not None and any(adjustment.kind == "shock" for adjustment in scenario.adjustments):
        yield "shocks of the command line apply to all results except the stress test, which applies each shock without them"
    for name, reason in study.omissions.items():
        yield f"{name} is omitted: {reason}"
