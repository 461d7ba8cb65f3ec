"""The content of a page that is small enough: with fewer draws, then fewer chips, then fewer shocks and levers where needed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from simulator.core.errors import LlmcostError, UnsupportedError
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.scenario import TOTAL
from simulator.report.explorer.content import Case, Computed, Drivers, Explorer, drivers_by_basis
from simulator.report.explorer.document import document
from simulator.report.explorer.options import Choices, Omission, Options, find_options
from simulator.report.explorer.plans import CompiledPlan, Pool, Prepared, plan_of, prepare_variant
from simulator.scenario import OpenScenario, with_memory

FEW_DRAWS, MANY_DRAWS = 4096, 8192
MOST_BYTES = 1_500_000
FEW_CHIPS = 2
_BYTES_OF_DRAW = 8 / 3
"""Two bytes as text of base 64."""
_FOR_SIZE = "left out to keep the page small"

Step = Callable[[str], None]


class _TooLargeError(LlmcostError):
    """The columns of a page alone are larger than the page may be."""


@dataclass(frozen=True)
class _Part:
    """What is known of a scenario before its combinations of choices are compiled."""

    opened: OpenScenario
    options: Options
    drivers: Mapping[Choices, Drivers]
    computed: Computed

    def case(self, plans: Mapping[Choices, CompiledPlan]) -> Case:
        """Return the scenario as the page has it."""
        from simulator.analysis.statistics import has_mean

        reported = self.computed.reported
        is_light = bool(has_mean(np.asarray(reported[TOTAL], dtype=np.float64)))
        return Case(self.opened, self.options, plans, reported, self.drivers, is_light)


def build_explorer(
    opened: Iterable[OpenScenario],
    names: Iterable[str],
    commands: Iterable[Sequence[str] | None],
    options: RunOptions = DEFAULTS,
    step: Step = lambda _: None,
    computed: Sequence[Computed] = (),
    most_bytes: int = MOST_BYTES,
) -> Explorer:
    """Return the content of the page on some scenarios; `step` is told which part begins.

    `computed` has for each scenario what a report with the same options computed.
    """
    opened = tuple(map(with_memory, opened))
    known: list[Computed | None] = list(computed) or [None] * len(opened)
    parts = [_part(each, options, before, step) for each, before in zip(opened, known, strict=True)]
    labels = tuple(names), tuple(None if words is None else tuple(words) for words in commands)
    prepared = [_prepare(part, step) for part in parts]

    def content(draws: int) -> tuple[Explorer, int]:
        """Return the content with a number of draws, and by how many bytes its page is too large.

        Raises `_TooLargeError` as soon as many draws have too many columns, which most pages find in their first combinations.
        """
        pool = Pool(draws)
        cases = []
        for part, variants in zip(parts, prepared, strict=True):
            plans: dict[Choices, CompiledPlan] = {}
            for choices, each in variants.items():
                plans[choices] = plan_of(each, pool, options.seed)
                if draws == MANY_DRAWS and len(pool.columns.columns) * draws * _BYTES_OF_DRAW > most_bytes:
                    raise _TooLargeError
            cases.append(part.case(plans))
        explorer = Explorer(tuple(cases), labels[0], pool, draws, options, labels[1])
        return explorer, len(document(explorer).encode()) - most_bytes

    excess = 1
    with suppress(_TooLargeError):
        explorer, excess = content(MANY_DRAWS)
    if excess > 0:
        explorer, excess = content(FEW_DRAWS)
    if excess > 0:
        parts = [replace(part, options=_with_few_chips(part.options)) for part in parts]
        prepared = [
            {choices: each for choices, each in variants.items() if choices in part.options.variants}
            for part, variants in zip(parts, prepared, strict=True)
        ]
        explorer, excess = content(FEW_DRAWS)
    while excess > 0 and (names_out := _least_toggles(explorer, excess)):
        parts = [replace(part, options=_without(part.options, names_out)) for part in parts]
        prepared = [_prepare(part, step) for part in parts]
        explorer, excess = content(FEW_DRAWS)
    return explorer


def _part(opened: OpenScenario, options: RunOptions, computed: Computed | None, step: Step) -> _Part:
    from simulator.analysis.statistics import simulate_draws

    scenario = opened.scenario
    if scenario.paused_run is not None:
        raise UnsupportedError(
            f"{scenario.name} is under way: its draws are conditional on spend to date, which no page can recompute; "
            "use `llmcost run` or `llmcost report`"
        )
    step(f"options and drivers of {scenario.name}")
    found = find_options(opened)
    drivers = drivers_by_basis(found, options, computed)
    step(f"simulating {scenario.name}")
    if computed is None:
        result = simulate_draws(scenario, options.with_(progress=None), [TOTAL, *scenario.lines])
        computed = Computed(result.retained_draws)
    return _Part(opened, found, drivers, computed)


def _prepare(part: _Part, step: Step) -> dict[Choices, Prepared]:
    step(f"compiling {part.opened.scenario.name}")
    names = sorted({name for drivers in part.drivers.values() for name in drivers.offered})
    return {key: prepare_variant(part.opened, part.options, key, names) for key in part.options.variants}


def _with_few_chips(options: Options) -> Options:
    """Return options with the chip of the scenario and the next one."""
    axis = next((axis for axis in options.axes if axis.key == "chip"), None)
    if axis is None or len(axis.options) <= FEW_CHIPS:
        return options
    left_out = {("chip", option) for option in axis.options[FEW_CHIPS:]}
    toggles = [toggle for toggle in options.toggles if not left_out & toggle.selects.items()]
    omissions = [
        Omission("chip", axis.options[FEW_CHIPS:], _FOR_SIZE, is_for_size=True),
        *_omissions_for_size(options, [each.adjustment.full_name for each in options.toggles if each not in toggles]),
    ]
    return replace(
        options,
        axes=tuple(replace(each, options=each.options[:FEW_CHIPS]) if each is axis else each for each in options.axes),
        toggles=tuple(toggles),
        variants={choices: each for choices, each in options.variants.items() if left_out.isdisjoint(choices)},
        refusals={choices: each for choices, each in options.refusals.items() if left_out.isdisjoint(choices)},
        omissions=(*omissions, *options.omissions),
    )


def _without(options: Options, names: Sequence[str]) -> Options:
    """Return options without some shocks and levers."""
    toggles = tuple(toggle for toggle in options.toggles if toggle.adjustment.full_name not in names)
    return replace(options, toggles=toggles, omissions=(*_omissions_for_size(options, names), *options.omissions))


def _omissions_for_size(options: Options, names: Sequence[str]) -> list[Omission]:
    left_out = [toggle.adjustment for toggle in options.toggles if toggle.adjustment.full_name in names]
    return [Omission(each.kind, (each.name,), _FOR_SIZE, is_for_size=True) for each in left_out]


def _least_toggles(explorer: Explorer, excess: int) -> list[str]:
    """Return the shocks and levers whose columns are as large as an excess: assumptions first, then those that change least."""
    changes: dict[str, tuple[bool, float]] = {}
    columns: dict[str, set[int]] = {}
    for case in explorer.cases:
        for toggle in case.options.toggles:
            name, change = toggle.adjustment.full_name, abs(toggle.change)
            changes[name] = (not toggle.is_assumption, max(change, changes.get(name, (False, 0.0))[1]))
            columns.setdefault(name, set()).update(
                place for plan in case.plans.values() for key, place in plan.columns.items() if key.startswith(f"{name}.")
            )
    found: list[str] = []
    for name in sorted((each for each in changes if columns[each]), key=lambda name: (*changes[name], name)):
        found.append(name)
        excess -= round(len(columns[name]) * explorer.draws * _BYTES_OF_DRAW)
        if excess <= 0:
            break
    return found
