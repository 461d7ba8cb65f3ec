"""What it would be worth to know an input before the budget is set, for one input or for all of them."""

from collections.abc import Collection
from dataclasses import dataclass

from simulator.analysis.sensitivity.evaluator import DEFAULTS
from simulator.analysis.sensitivity.results import Driver, ResearchNext, Sensitivity
from simulator.analysis.sensitivity.study import IDLE_COST, rank_drivers
from simulator.analysis.sensitivity.value_of_information import LEVEL, PerfectInformation, ValueOfInformation
from simulator.core.errors import UnsupportedError
from simulator.core.levels import Level
from simulator.core.results import AnalysisResult
from simulator.core.suggestions import suggest_nearest
from simulator.engine.options import RunOptions
from simulator.scenario import Scenario


@dataclass(frozen=True, slots=True)
class InputInformation:
    """The value of information about one input.

    Attributes
    ----------
    name : str
    unit : str
        Its canonical unit.
    grade : str
        Grade of its evidence, `assumption` where it has no source, or empty.
    value : ValueOfInformation
        What changes in expectation if it were known.

    """

    name: str
    unit: str
    grade: str
    value: ValueOfInformation


@dataclass(frozen=True, kw_only=True)
class InformationValues(AnalysisResult):
    """The value of information about the inputs of a scenario.

    Attributes
    ----------
    level : float
        Probability of staying within the budget at which it is set, percent.
    idle_cost : float
        Cost of a unit of budget left unspent, as a share of it.
    overrun_cost : float
        Cost of a unit over the budget, as a multiple of it, which follows from level and idle cost.
    perfect_information : PerfectInformation or None
        What changes if all inputs were known; None where the mean is not reported.
    research_next : ResearchNext
        The recommendation among all inputs of the scenario.
    inputs : tuple of InputInformation
        The inputs that were requested, largest value first.

    Examples
    --------
    >>> import llmcost
    >>> values = llmcost.value_of_information("gpt-4", draws=2048)
    >>> values.inputs[0].name == values.research_next.inputs[0]
    True

    """

    level: float
    idle_cost: float
    overrun_cost: float
    perfect_information: PerfectInformation | None
    research_next: ResearchNext
    inputs: tuple[InputInformation, ...]

    def of(self, name: str) -> ValueOfInformation:
        """Return the value of one of the inputs; raises `UnsupportedError` for another name."""
        found = next((each.value for each in self.inputs if each.name == name), None)
        if found is None:
            names = ", ".join(each.name for each in self.inputs)
            raise UnsupportedError(f"there is no value of {name!r} in this result, which has {names}; request it in `inputs`")
        return found


def value_inputs(
    scenario: Scenario,
    options: RunOptions = DEFAULTS,
    *,
    names: Collection[str] = (),
    level: Level = LEVEL,
    idle_cost: float = IDLE_COST,
) -> InformationValues:
    """Return the value of information about inputs of a scenario, by default about each that drives its total.

    The figures are those of `rank_drivers`. Raises `UnsupportedError` for a name that is no input of the total, or one that
    does not vary, and otherwise as `rank_drivers` does.
    """
    study = rank_drivers(scenario, options, level=level, idle_cost=idle_cost, measures=("draws",))
    drivers = {driver.name: driver for driver in study.drivers}
    for name in names:
        if name not in drivers:
            raise UnsupportedError(_unknown(name, list(drivers)))
    return _information(study, [driver for driver in study.drivers if not names or driver.name in names])


def _information(study: Sensitivity, drivers: list[Driver]) -> InformationValues:
    ranked = sorted(drivers, key=lambda driver: -(0.0 if driver.gain is None else driver.gain.value))
    return InformationValues(
        header=study.header,
        notes=study.notes,
        level=study.level,
        idle_cost=study.idle_cost,
        overrun_cost=study.overrun_cost,
        perfect_information=study.perfect_information,
        research_next=study.research_next,
        inputs=tuple(
            InputInformation(driver.name, driver.unit, driver.grade, driver.if_known)
            for driver in ranked
            if driver.if_known is not None
        ),
    )


def _unknown(name: str, names: list[str]) -> str:
    return f"{name!r} is no uncertain input of the total{suggest_nearest(name, names) or '; there are ' + ', '.join(names)}"
