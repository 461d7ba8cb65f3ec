"""Content of the page: each scenario with its drivers, options, plans and reported figures, as plain data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator import model
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import to_words
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.explorer.options import Choices, Options, find_options, quantity_of
from simulator.report.explorer.plans import CompiledPlan, Pool, compile_variant
from simulator.scenario import OpenScenario

Array = NDArray[np.float64]

MOST_DRIVERS = 10
DRIVER_DRAWS = 16_384
FEW_DRAWS, MANY_DRAWS = 4096, 8192
MOST_COLUMNS = 114
"""Columns of 4,096 draws that keep the page below 1.5 MB."""
COLUMNS_OF_PLANS = 15
"""Columns that have the size of the plans of a further scenario."""

Step = Callable[[str], None]
Drivers = Mapping[Choices, tuple[str, ...]]
"""The most important inputs of a scenario and of its other bases."""


@dataclass(frozen=True)
class Case:
    """A scenario on the page.

    Attributes
    ----------
    opened : OpenScenario
    options : Options
    plans : dict of Choices to CompiledPlan
    reported : dict of str to array
        Draws of the run that the report shows: the total and its lines.
    drivers : dict of Choices to tuple of str
        The most important inputs of the scenario and of its other bases.
    has_mean : bool
        Whether the tail of the total is light enough for an expected overrun.

    """

    opened: OpenScenario
    options: Options
    plans: Mapping[Choices, CompiledPlan]
    reported: Mapping[str, Array]
    drivers: Drivers
    has_mean: bool

    @property
    def scenario(self) -> Scenario:
        """The scenario as reported."""
        return self.opened.scenario

    @property
    def budget(self) -> float:
        """The budget with which the page begins: that of the scenario, or else the reported P80 with two digits."""
        own = self.scenario.budget
        return float(f"{np.quantile(self.reported[TOTAL], 0.8):.1e}") if own is None else own

    @property
    def uncompiled(self) -> tuple[str, ...]:
        """Sentences on the quantities whose formulas do not compile."""
        return tuple(sorted({text for plan in self.plans.values() for text in _uncompiled(plan)}))


@dataclass(frozen=True)
class Explorer:
    """The content of the page.

    Attributes
    ----------
    cases : tuple of Case
    names : tuple of str
        Name of each scenario on the page.
    pool : Pool
    draws : int
    options : RunOptions
    commands : tuple of (tuple of str or None)
        The words of a command that name each scenario, or None where no command can.

    """

    cases: tuple[Case, ...]
    names: tuple[str, ...]
    pool: Pool
    draws: int
    options: RunOptions
    commands: tuple[tuple[str, ...] | None, ...]


def build_explorer(
    opened: Iterable[OpenScenario],
    names: Iterable[str],
    commands: Iterable[Sequence[str] | None],
    options: RunOptions = DEFAULTS,
    step: Step = lambda _: None,
) -> Explorer:
    """Return the content of the page on some scenarios; `step` is told which part begins."""
    opened = tuple(opened)
    found: list[Options] = []
    drivers: list[Drivers] = []
    for each in opened:
        if each.scenario.paused_run is not None:
            raise UnsupportedError(
                f"{each.scenario.name} is under way: its draws are conditional on spend to date, which no page can recompute; "
                "use `llmcost run` or `llmcost report`"
            )
        step(f"options and drivers of {each.scenario.name}")
        found.append(find_options(each))
        drivers.append(_drivers_by_basis(found[-1], options))
    draws, pool, plans, found = _compile_all(opened, found, drivers, options, step)
    cases = []
    for each, choices, compiled, ranked in zip(opened, found, plans, drivers, strict=True):
        step(f"simulating {each.scenario.name}")
        cases.append(_case(each, choices, compiled, ranked, options))
    return Explorer(
        tuple(cases), tuple(names), pool, draws, options, tuple(None if words is None else tuple(words) for words in commands)
    )


def _compile_all(
    opened: tuple[OpenScenario, ...], found: list[Options], drivers: list[Drivers], options: RunOptions, step: Step
) -> tuple[int, Pool, list[dict[Choices, CompiledPlan]], list[Options]]:
    """Compile all combinations; with too many columns, leave out the shocks and levers that change the total least."""
    draws, most = FEW_DRAWS, MOST_COLUMNS - COLUMNS_OF_PLANS * (len(opened) - 1)
    while True:
        pool = Pool(draws)
        plans: list[dict[Choices, CompiledPlan]] = []
        for each, choices, ranked in zip(opened, found, drivers, strict=True):
            step(f"compiling {each.scenario.name}")
            names = sorted({name for names in ranked.values() for name in names})
            plans.append({key: compile_variant(each, choices, key, pool, options.seed, names) for key in choices.variants})
        count = len(pool.columns.columns) + len(opened)
        if draws == FEW_DRAWS and 2 * count <= most:
            draws = MANY_DRAWS
        elif draws == FEW_DRAWS and count > most and any(choices.toggles for choices in found):
            found = [_without_last_toggles(choices) for choices in found]
        else:
            return draws, pool, plans, found


def _without_last_toggles(options: Options) -> Options:
    """Return options without the last shock and the last lever."""
    left_out = []
    for kind in ("shock", "lever"):
        left_out += [toggle for toggle in options.toggles if toggle.adjustment.kind == kind][-1:]
    toggles = tuple(toggle for toggle in options.toggles if toggle not in left_out)
    sentences = [
        f"{each.adjustment.kind} {to_words(each.adjustment.name)}: left out to keep the page small" for each in left_out
    ]
    return replace(options, toggles=toggles, left_out=(*options.left_out, *sentences))


def _case(
    opened: OpenScenario,
    options: Options,
    plans: Mapping[Choices, CompiledPlan],
    drivers: Drivers,
    run_options: RunOptions,
) -> Case:
    from simulator.analysis.statistics import has_mean, simulate_draws

    scenario = opened.scenario
    result = simulate_draws(scenario, run_options.with_(progress=None), [TOTAL, *scenario.lines])
    total = np.asarray(result.retained_draws[TOTAL], dtype=np.float64)
    return Case(opened, options, plans, result.retained_draws, drivers, bool(has_mean(total)))


def _drivers_by_basis(options: Options, run_options: RunOptions) -> Drivers:
    return {
        choices: _drivers(scenario, run_options)
        for choices, scenario in options.variants.items()
        if all(key == "basis" for key, _ in choices)
    }


def _drivers(scenario: Scenario, options: RunOptions) -> tuple[str, ...]:
    """Return the inputs that matter most, the most important first, by the names of their quantities."""
    from simulator.analysis.sensitivity import rank_drivers

    try:
        study = rank_drivers(scenario, options.with_(draws=DRIVER_DRAWS, progress=None), measures=("draws",))
    except ValueError:  # no input varies
        return ()
    names = [driver.name for driver in sorted(study.drivers, key=lambda driver: -driver.weight)]
    quantities = dict.fromkeys(quantity_of(name) for name in names if name in scenario.inputs)
    # Whether an event occurs is drawn from a variate, which means nothing to a reader.
    return tuple(name for name in quantities if not name.endswith(model.EVENT_DRAW))[:MOST_DRIVERS]


def _uncompiled(plan: CompiledPlan) -> Iterable[str]:
    for name, reason in plan.program.uncompiled.items():
        yield f"{to_words(name)} keeps its draws, whatever changes here: {reason}"
