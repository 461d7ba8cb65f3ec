"""The total of a scenario with shocks, each alone and several together, using common random numbers."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from simulator.analysis.statistics import (
    DRAWS,
    Array,
    Progress,
    UnsupportedError,
    difference,
    probability,
    refuse_under_way,
    simulate_draws,
    summary_statistics,
)
from simulator.analysis.stress.changes import change_statistics, rank_by_one
from simulator.core.errors import InvalidInputError
from simulator.core.levels import Level, interval_of
from simulator.scenario import TOTAL, Scenario, library, read


def apply_shocks(
    reference: str,
    shocks: Iterable[str] = (),
    combine: Iterable[Sequence[str]] = (),
    *,
    sets: Iterable[str] = (),
    levers: Iterable[str] = (),
    basis: str | None = None,
    budget: str | None = None,
    formulas: Iterable[Callable[..., Any]] = (),
    draws: int = DRAWS,
    seed: int = 0,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Apply shocks to a scenario, each alone and the named ones together, and return the total of each case.

    Each of `combine` is a set of shocks applied together; they are reported alone too. Without names, every shock of the
    library is applied, and those without effect in this scenario are listed under `refused` with the reason. Changes are paired
    with the scenario without shocks, using common random numbers; amounts are in USD. The other options are those of `read`.

    Raises `InvalidInputError` where the scenario or a named shock is invalid, `UnsupportedError` for a run under way.
    """
    interval = interval_of(interval)
    options: dict[str, Any] = {"sets": tuple(sets), "levers": tuple(levers), "basis": basis, "budget": budget}
    options["formulas"] = tuple(formulas)
    base = read(reference, **options)
    refuse_under_way(base)
    named_cases = _named_cases(shocks, combine)
    cases, refused = _shocked_scenarios(
        base,
        named_cases or [(name,) for name in library.names("shocks")],
        lambda names: read(reference, shocks=names, **options),
        skip_refused=not named_cases,
    )
    base_result = simulate_draws(base, draws, seed, [TOTAL], threads=threads)
    before, heavy = base_result.retained_draws[TOTAL], bool(base_result.why_no_mean())
    rows: list[dict[str, Any]] = []
    for number, (names, scenario) in enumerate(cases, start=1):
        total = simulate_draws(scenario, draws, seed, [TOTAL], threads=threads).retained_draws[TOTAL]
        rows.append(_shock_figures(names, scenario, before, total, base.budget, interval, heavy=heavy))
        if progress is not None:
            progress(number * draws, len(cases) * draws)
    ranked_by = rank_by_one([row["change"] for row in rows], heavy=heavy)
    alone = {row["name"]: row["change"]["value"] for row in rows}
    for row in rows:
        if len(row["shocks"]) > 1:
            row["alone_added_up"] = math.fsum(alone[name] for name in row["shocks"])
    if not named_cases:
        rows.sort(key=lambda row: -row["change"]["value"])
    return {
        "ranked_by": ranked_by,
        "base": {**summary_statistics(before, interval, heavy=heavy), "within_budget": _within(before, base.budget)},
        "cases": rows,
        "refused": refused,
    }


def _named_cases(shocks: Iterable[str], combine: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return each shock alone, then the combinations; empty where no shock is named."""
    single = tuple(dict.fromkeys(shocks))
    together = [tuple(names) for names in combine]
    for names in together:
        if len(set(names)) < max(2, len(names)):
            raise UnsupportedError(f"{'+'.join(names)!r}: name at least two shocks, each once, as in A+B")
    if len(single) > 1 and set(single) not in [set(names) for names in together]:
        together = [single, *together]
    singles = dict.fromkeys([*single, *(name for names in together for name in names)])
    return [*((name,) for name in singles), *together]


def _shocked_scenarios(
    base: Scenario, cases: Sequence[tuple[str, ...]], with_shocks: Callable[[tuple[str, ...]], Scenario], *, skip_refused: bool
) -> tuple[list[tuple[tuple[str, ...], Scenario]], list[dict[str, str]]]:
    """Return the scenario with each set of shocks, and the sets that do not apply with the reason."""
    in_force = {adjustment.name for adjustment in base.adjustments if adjustment.kind == "shock"}
    scenarios, refused = [], []
    for names in cases:
        try:
            if set(names) & in_force:
                raise UnsupportedError(f"{'+'.join(names)} is part of the scenario already")
            scenarios.append((names, with_shocks(names)))
        except (InvalidInputError, UnsupportedError) as error:
            if not skip_refused:
                raise
            reason = error.issues[0].message if isinstance(error, InvalidInputError) else str(error)
            refused.append({"name": names[0], "reason": reason})
    return scenarios, refused


def _within(total: Array, budget: float | None) -> dict[str, float] | None:
    return None if budget is None else probability(total <= budget)._asdict()


def _shock_figures(
    shocks: tuple[str, ...],
    scenario: Scenario,
    before: Array,
    total: Array,
    budget: float | None,
    interval: Level,
    *,
    heavy: bool,
) -> dict[str, Any]:
    """Return the total with a set of shocks, and its change from the total without."""
    change = difference(total, before)
    adjustments = [each for each in scenario.adjustments if each.kind == "shock" and each.name in shocks]
    return {
        "name": "+".join(shocks),
        "shocks": list(shocks),
        "about": "; ".join(each.about for each in adjustments),
        "grade": max((each.grade for each in adjustments), default=""),
        "conditions": "; ".join(each.conditions for each in adjustments if each.conditions),
        **summary_statistics(total, interval, heavy=heavy),
        "within_budget": _within(total, budget),
        "change": {**change_statistics(change, before, heavy=heavy), "moves": bool(change.any())},
    }
