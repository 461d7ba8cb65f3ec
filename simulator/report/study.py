"""Everything that a report says of a scenario, drawn once and kept as plain data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulator.core.formatting import words
from simulator.core.levels import Level, in_percent, interval_of
from simulator.engine.result import Result
from simulator.io.summary import warnings_of
from simulator.scenario import TOTAL, Scenario, read

LEVER_DRAWS = 20_000
DRIVER_DRAWS = 65_536
Step = Callable[[str], None]


@dataclass(frozen=True)
class Study:
    """A scenario with all that was asked of it; a part that cannot be had is None, and `lacking` says why."""

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
    lacking: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> dict[str, Any]:
        """Figures of the total."""
        found: dict[str, Any] = self.run["quantities"][TOTAL]
        return found


def kept(scenario: Scenario) -> list[str]:
    """Return the quantities whose draws a report holds and saves: total, lines, outcomes, priors."""
    priors = [name for name, made in scenario.inputs.items() if made.role == "prior"]
    return list(dict.fromkeys([TOTAL, *scenario.lines, *scenario.outcomes, *priors]))


def study(
    reference: str,
    options: Mapping[str, Any],
    draws: int,
    seed: int = 0,
    interval: Level = 0.95,
    step: Step = lambda _: None,
    threads: int | None = None,
    *,
    whole: bool = True,
) -> Study:
    """Read a scenario with the options of `scenario.read` and ask everything of it; not `whole`, its cost and budget alone.

    Raises `InvalidInputError` where the scenario is refused and `NonFiniteResultError` where a quantity is not finite. What a
    scenario cannot be asked (a lever's saving of a run under way, cash flow without a schedule) is left out with the reason.
    """
    interval = interval_of(interval)
    from simulator.analysis.budget import budget_of_draws
    from simulator.analysis.statistics import draw, untied
    from simulator.io.to_json import as_json

    scenario = read(reference, **options)
    step(f"drawing {scenario.name}")
    result = draw(scenario, draws, seed, kept(scenario), threads=threads)
    free = untied(scenario)
    loose = None if free is None else draw(free, draws, seed, [TOTAL], threads=threads).kept[TOTAL]
    budget = budget_of_draws(result, interval=interval, untied_total=loose)
    lacking: dict[str, str] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        step(name)
        try:
            yield
        except ValueError as error:
            lacking[name] = str(error)

    drivers = stress = levers = reverse = joint = cashflow = None
    if not whole:
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
        lacking,
    )


def _header(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    return {
        "schema": 1, "scenario": scenario.name, "title": scenario.title, "scope": scenario.scope, "money": scenario.money,
        "draws": draws, "seed": seed, "interval": in_percent(interval), "budget": scenario.budget,
    }  # fmt: skip


def _drivers(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    from simulator.analysis.sensitivity import as_json, drivers

    # Sobol's indices are left out: for a report the share by itself and the swing say it.
    return {"scope": scenario.scope, **as_json(drivers(scenario, draws, seed, interval=interval, measures=("draws", "swing")))}


def _stress(
    reference: str, options: Mapping[str, Any], draws: int, seed: int, interval: Level, threads: int | None
) -> dict[str, Any]:
    from simulator.analysis.stress import stress

    given = {key: value for key, value in options.items() if key != "shocks"}
    sets, levers, basis, budget, formulas = (given.get(key) for key in ("sets", "levers", "basis", "budget", "formulas"))
    base = read(reference, **given)
    found = stress(
        reference, sets=sets or (), levers=levers or (), basis=basis, budget=budget, formulas=formulas or (), draws=draws,
        seed=seed, interval=interval, threads=threads,
    )  # fmt: skip
    return {**_header(base, draws, seed, interval), "shocks": found}


def _levers(reference: str, options: Mapping[str, Any], draws: int, seed: int, interval: Level) -> dict[str, Any]:
    from simulator.analysis.levers import rank, summary

    ranking = rank(reference, draws=draws, seed=seed, **options)
    return {"scope": ranking.scenario.scope, **summary(ranking, interval)}


def _reverse(scenario: Scenario, result: Result, interval: Level) -> dict[str, Any]:
    """What sets draws apart in which the total passes the budget, or the P80 where there is none (rounded, to be quoted)."""
    import numpy as np

    from simulator.analysis.stress import reverse

    limit = scenario.budget
    if limit is None:
        limit = float(f"{np.quantile(result.kept[TOTAL], 0.8):.2e}")
    found = reverse(scenario, f"{TOTAL} > {limit:.15g}", result.draws, result.seed, kept=result.kept, interval=interval)
    return {**_header(scenario, result.draws, result.seed, interval), "reverse": found}


def _joint(scenario: Scenario, result: Result, interval: Level) -> dict[str, Any] | None:
    from simulator.analysis.joint import time_of
    from simulator.figures.kinds.joint import joint_of

    time = time_of(scenario)
    return joint_of(result, time, interval=interval) if time in result.kept and result.kept[time].std() > 0 else None


def _cashflow(scenario: Scenario, draws: int, seed: int, interval: Level) -> dict[str, Any]:
    from simulator.analysis.cashflow import cash_flow
    from simulator.figures.kinds.cashflow import cashflow_of

    return cashflow_of(cash_flow(scenario, draws, seed), interval)


def messages(study: Study) -> tuple[str, ...]:
    """Return the notes and warnings of a run, each once."""
    return tuple(dict.fromkeys(_sentences(study)))


def _sentences(study: Study) -> Iterable[str]:
    scenario = study.scenario
    yield from (f"{made.kind} {words(made.name)}: {made.about}" for made in scenario.adjustments if made.about)
    yield from (f"warning: {said}" for said in warnings_of(study.result, study.interval))
    yield from (*scenario.notes, *study.result.notes)
    if study.drivers is not None:
        yield from study.drivers["notes"]
    for name, missing in scenario.skipped.items():
        yield f"{words(name)} is not computed: it needs {', '.join(missing)}"
    if study.stress is not None and any(made.kind == "shock" for made in scenario.adjustments):
        yield "shocks of the command line are in all figures but those of stress, which tries each shock without them"
    for name, reason in study.lacking.items():
        yield f"no {name} here: {reason}"
