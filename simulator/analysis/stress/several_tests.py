"""Several stress tests of one scenario in one result."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.analysis.stress.one_at_a_time import SweepOfPriors, vary_one_at_a_time
from simulator.analysis.stress.results import StressResult
from simulator.analysis.stress.retained_draws import EarlierDraws
from simulator.analysis.stress.reverse_stress import ReverseStress, reverse
from simulator.analysis.stress.reweighting import Reweighting, reweight_priors
from simulator.analysis.stress.shocks import ShockEffects, apply_shocks
from simulator.core.results import optional
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.io.header import header_of
from simulator.scenario import OpenScenario


@dataclass(frozen=True, kw_only=True)
class StressTest(StressResult):
    """Stress tests of a scenario; those that were not requested are None (and have no key).

    Attributes
    ----------
    shocks : ShockEffects or None
    sweep : SweepOfPriors or None
    reverse : ReverseStress or None
    reweightings : tuple of Reweighting or None

    """

    shocks: ShockEffects | None = optional()
    sweep: SweepOfPriors | None = optional()
    reverse: ReverseStress | None = optional()
    reweightings: tuple[Reweighting, ...] | None = optional()


def stress_test(
    opened: OpenScenario,
    options: RunOptions = DEFAULTS,
    *,
    shocks: Sequence[str] = (),
    combinations: Sequence[Sequence[str]] = (),
    sweep: bool = False,
    condition: str | None = None,
    changes: Sequence[str] = (),
    earlier: EarlierDraws | None = None,
) -> StressTest:
    """Run the requested stress tests; where none is requested, every shock of the library is applied.

    `shocks` and `combinations` are those of `apply_shocks`, `sweep` requests `vary_one_at_a_time`, `condition` is that of
    `reverse`, and `changes` are those of `reweight_priors`. The last two use draws of an `earlier` run, if there is one.
    """
    scenario = opened.scenario
    with_shocks = bool(shocks or combinations or not (sweep or condition or changes))
    return StressTest(
        header=header_of(scenario, options if earlier is None else earlier.options(options)),
        budget=scenario.budget,
        shocks=apply_shocks(opened, options, shocks=shocks, combinations=combinations).shocks if with_shocks else None,
        sweep=vary_one_at_a_time(scenario, options).sweep if sweep else None,
        reverse=reverse(scenario, options, condition=condition, earlier=earlier).reverse if condition else None,
        reweightings=reweight_priors(opened, options, changes=changes, earlier=earlier).reweightings if changes else None,
    )
