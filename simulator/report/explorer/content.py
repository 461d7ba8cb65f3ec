"""Content of the page: each scenario with its drivers, options, plans and reported figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator import model
from simulator.engine.options import RunOptions
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.explorer.kept import quantity_of
from simulator.report.explorer.options import Choices, Options
from simulator.report.explorer.plans import CompiledPlan, Pool
from simulator.scenario import OpenScenario

Array = NDArray[np.float64]

MOST_DRIVERS = 10
DRIVER_DRAWS = 16_384


class Drivers(NamedTuple):
    """The most important inputs, the most important first: sliders, and those on which something depends that a page keeps."""

    offered: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()


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
    drivers : dict of Choices to Drivers
        The most important inputs of the scenario and of its other bases.
    has_mean : bool
        Whether the tail of the total is light enough for an expected overrun.

    """

    opened: OpenScenario
    options: Options
    plans: Mapping[Choices, CompiledPlan]
    reported: Mapping[str, Array]
    drivers: Mapping[Choices, Drivers]
    has_mean: bool

    @property
    def scenario(self) -> Scenario:
        """The scenario as reported."""
        return self.opened.scenario

    @property
    def budget(self) -> float:
        """The budget with which the page begins: that of the scenario, or else the reported P80 with the digits of the page."""
        own = self.scenario.budget
        return float(f"{np.quantile(self.reported[TOTAL], 0.8):.2e}") if own is None else own

    @property
    def withheld(self) -> tuple[str, ...]:
        """The most important inputs that are no sliders."""
        return tuple(dict.fromkeys(name for drivers in self.drivers.values() for name in drivers.withheld))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not on the page because of the page, not of the scenario."""
        kept = self.options.kept.sentence
        return (*([kept] if kept else []), *(each.text for each in self.options.omissions if each.is_for_size))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is not on the page."""
        kept = self.options.kept.sentence
        return (*([kept] if kept else []), *(each.text for each in self.options.omissions))


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


def drivers_by_basis(options: Options, run_options: RunOptions, computed: Computed | None) -> dict[Choices, Drivers]:
    """Return the drivers of the unchanged case, which a report may have ranked, and of each other basis."""
    found: dict[Choices, Drivers] = {}
    for choices, scenario in options.variants.items():
        if choices == () and computed and computed.drivers:
            found[()] = _drivers_of(computed.drivers, scenario, options)
        elif all(key == "basis" for key, _ in choices):
            found[choices] = _drivers_of(_ranked_inputs(scenario, run_options), scenario, options)
    return found


def _ranked_inputs(scenario: Scenario, options: RunOptions) -> tuple[str, ...]:
    from simulator.analysis.sensitivity import rank_drivers

    try:
        study = rank_drivers(scenario, options.with_(draws=DRIVER_DRAWS, progress=None), measures=("draws",))
    except ValueError:  # no input varies
        return ()
    return tuple(driver.name for driver in sorted(study.drivers, key=lambda driver: -driver.weight))


def _drivers_of(names: Iterable[str], scenario: Scenario, options: Options) -> Drivers:
    """Return the quantities of the first inputs that can be sliders, and of those that matter as much and cannot."""
    quantities = dict.fromkeys(quantity_of(name) for name in names if name in scenario.inputs)
    # Whether an event occurs is drawn from a variate, which means nothing to a reader.
    ranked = [name for name in quantities if not name.endswith(model.EVENT_DRAW)]
    behind = options.kept.behind
    return Drivers(
        tuple(name for name in ranked if name not in behind)[:MOST_DRIVERS],
        tuple(name for name in ranked[:MOST_DRIVERS] if name in behind),
    )
