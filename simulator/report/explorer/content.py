"""Content of the page: each scenario with its drivers, options, plans and reported figures, as plain data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator import model
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import to_words
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.explorer.options import Choices, Options, find_options, quantity_of
from simulator.report.explorer.plans import CompiledPlan, Pool, Prepared, plan_of, prepare_variant
from simulator.scenario import OpenScenario, with_memory

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


class Computed(NamedTuple):
    """What is known of a scenario already: the draws of its total and lines, and its drivers, the most important first."""

    reported: Mapping[str, Array]
    drivers: tuple[str, ...] | None = None


def build_explorer(
    opened: Iterable[OpenScenario],
    names: Iterable[str],
    commands: Iterable[Sequence[str] | None],
    options: RunOptions = DEFAULTS,
    step: Step = lambda _: None,
    computed: Sequence[Computed] = (),
) -> Explorer:
    """Return the content of the page on some scenarios; `step` is told which part begins.

    `computed` has for each scenario what a report with the same options computed.
    """
    opened = tuple(map(with_memory, opened))
    known: list[Computed | None] = list(computed) or [None] * len(opened)
    found: list[Options] = []
    drivers: list[Drivers] = []
    for each, before in zip(opened, known, strict=True):
        if each.scenario.paused_run is not None:
            raise UnsupportedError(
                f"{each.scenario.name} is under way: its draws are conditional on spend to date, which no page can recompute; "
                "use `llmcost run` or `llmcost report`"
            )
        step(f"options and drivers of {each.scenario.name}")
        found.append(find_options(each))
        drivers.append(_drivers_by_basis(found[-1], options, before))
    draws, pool, plans, found = _compile_all(opened, found, drivers, options, step)
    cases = []
    for each, choices, compiled, ranked, before in zip(opened, found, plans, drivers, known, strict=True):
        step(f"simulating {each.scenario.name}")
        cases.append(_case(each, choices, compiled, ranked, options, before))
    return Explorer(
        tuple(cases), tuple(names), pool, draws, options, tuple(None if words is None else tuple(words) for words in commands)
    )


def _compile_all(
    opened: tuple[OpenScenario, ...], found: list[Options], drivers: list[Drivers], options: RunOptions, step: Step
) -> tuple[int, Pool, list[dict[Choices, CompiledPlan]], list[Options]]:
    """Compile all combinations; with too many columns, leave out the shocks and levers that change the total least."""
    most = MOST_COLUMNS - COLUMNS_OF_PLANS * (len(opened) - 1)
    prepared = [_prepare(*each, step) for each in zip(opened, found, drivers, strict=True)]
    draws = MANY_DRAWS
    while True:
        pool = Pool(draws)
        is_last = draws == FEW_DRAWS and not any(choices.toggles for choices in found)
        plans: list[dict[Choices, CompiledPlan]] = [{} for _ in prepared]
        for place, key in ((place, key) for place, variants in enumerate(prepared) for key in variants):
            plans[place][key] = plan_of(prepared[place][key], pool, options.seed)
            if not is_last and (len(pool.columns.columns) + len(opened)) * draws > most * FEW_DRAWS:
                break  # further plans have no fewer columns
        else:
            return draws, pool, plans, found
        if draws == FEW_DRAWS:
            found = [_without_last_toggles(choices) for choices in found]
            prepared = [_prepare(*each, step) for each in zip(opened, found, drivers, strict=True)]
        draws = FEW_DRAWS


def _prepare(opened: OpenScenario, choices: Options, drivers: Drivers, step: Step) -> dict[Choices, Prepared]:
    step(f"compiling {opened.scenario.name}")
    names = sorted({name for names in drivers.values() for name in names})
    return {key: prepare_variant(opened, choices, key, names) for key in choices.variants}


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
    computed: Computed | None,
) -> Case:
    from simulator.analysis.statistics import has_mean, simulate_draws

    scenario = opened.scenario
    if computed is None:
        result = simulate_draws(scenario, run_options.with_(progress=None), [TOTAL, *scenario.lines])
        computed = Computed(result.retained_draws)
    total = np.asarray(computed.reported[TOTAL], dtype=np.float64)
    return Case(opened, options, plans, computed.reported, drivers, bool(has_mean(total)))


def _drivers_by_basis(options: Options, run_options: RunOptions, computed: Computed | None) -> Drivers:
    """Return the drivers of the unchanged case, which a report may have ranked, and of each other basis."""
    drivers = {
        choices: _drivers(scenario, run_options)
        for choices, scenario in options.variants.items()
        if all(key == "basis" for key, _ in choices) and not (choices == () and computed and computed.drivers)
    }
    if computed and computed.drivers:
        drivers = {(): _names_of(computed.drivers, options.variants[()]), **drivers}
    return drivers


def _drivers(scenario: Scenario, options: RunOptions) -> tuple[str, ...]:
    """Return the inputs that matter most, the most important first, by the names of their quantities."""
    from simulator.analysis.sensitivity import rank_drivers

    try:
        study = rank_drivers(scenario, options.with_(draws=DRIVER_DRAWS, progress=None), measures=("draws",))
    except ValueError:  # no input varies
        return ()
    return _names_of((driver.name for driver in sorted(study.drivers, key=lambda driver: -driver.weight)), scenario)


def _names_of(names: Iterable[str], scenario: Scenario) -> tuple[str, ...]:
    """Return the quantities of the first inputs."""
    quantities = dict.fromkeys(quantity_of(name) for name in names if name in scenario.inputs)
    # Whether an event occurs is drawn from a variate, which means nothing to a reader.
    return tuple(name for name in quantities if not name.endswith(model.EVENT_DRAW))[:MOST_DRIVERS]


def _uncompiled(plan: CompiledPlan) -> Iterable[str]:
    for name, reason in plan.program.uncompiled.items():
        yield f"{to_words(name)} keeps its draws, whatever changes here: {reason}"
