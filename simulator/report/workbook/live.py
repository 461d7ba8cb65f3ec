"""The model of a scenario for a workbook: its program, the values of the point estimate, and names of cells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.core.errors import NonFiniteResultError
from simulator.core.units import Unit, Value
from simulator.engine.compile.program import Program, compile_plan
from simulator.engine.compile.spreadsheet import spreadsheet_names
from simulator.engine.graph import evaluate
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.workbook.kinds import Shown, is_fraction, shown


@dataclass(frozen=True)
class LiveModel:
    """A scenario as inputs and formulas.

    Attributes
    ----------
    scenario : Scenario
    label : str
        Its name among several scenarios; empty for one alone.
    program : Program
    values : dict of str to float
        Value of every input and step with every prior at its median, in canonical units.
    names : dict of str to str
        Name of the cell that holds each quantity in its canonical unit.
    edited_names : dict of str to str
        Name of the cell of each input on the sheet of inputs, which is in the unit that people use.
    inputs_sheet, model_sheet : str

    """

    scenario: Scenario
    label: str
    program: Program
    values: Mapping[str, float]
    names: Mapping[str, str]
    edited_names: Mapping[str, str]
    inputs_sheet: str = "Inputs"
    model_sheet: str = "Model"

    @property
    def total(self) -> float:
        """The total with every prior at its median."""
        return self.values[TOTAL]

    @property
    def edited(self) -> tuple[str, ...]:
        """Inputs that a reader may change: those of the scenario that the program reads."""
        return tuple(name for name in self.program.inputs if name not in self.program.uncompiled)

    def unit(self, name: str) -> Unit:
        """Return the canonical unit of a quantity."""
        inputs = self.scenario.inputs
        return inputs[name].unit if name in inputs else self.scenario.graph.units[name]

    def shown(self, name: str) -> Shown:
        """Return how a quantity is shown."""
        unit = self.unit(name)
        return shown(unit.text, self.values[name], is_fraction=is_fraction(unit))


def live_model(scenario: Scenario, number: int = 0, label: str = "") -> LiveModel:
    """Return the model of a scenario; with a `number`, its sheets and cells are named by it, for several in one workbook.

    Raises
    ------
    NonFiniteResultError
        If a quantity is not finite with every prior at its median.

    """
    values = median_values(scenario)
    program = compile_plan(scenario.plan)
    steps = [step.name for step in program.steps]
    parts = program.evaluate(values)
    values = {name: float(values[name] if name in values else parts[name]) for name in (*program.inputs, *steps)}
    prefix = f"s{number} " if number else ""
    in_units = {}
    for name in program.inputs:
        if name in scenario.inputs:
            unit = scenario.inputs[name].unit
            how = shown(unit.text, values[name], is_fraction=is_fraction(unit))
            if how.factor != 1:
                in_units[name] = f"{name} in {how.unit}"
    names = _prefixed([*program.inputs, *steps, *in_units.values()], prefix)
    ending = f" {number}" if number else ""
    return LiveModel(
        scenario,
        label,
        program,
        values,
        {name: names[name] for name in values},
        {name: names[in_units.get(name, name)] for name in program.inputs},
        f"Inputs{ending}",
        f"Model{ending}",
    )


def _prefixed(names: Iterable[str], prefix: str) -> dict[str, str]:
    """Return the defined name of each quantity."""
    names = list(names)
    defined = spreadsheet_names([f"{prefix}{name}".replace("/", " per ") for name in names])
    return dict(zip(names, defined.values(), strict=True))


def median_values(scenario: Scenario) -> dict[str, float]:
    """Return every quantity of the plan with every prior at its median, as in the point estimate."""
    values: dict[str, Value] = {name: np.float64(each.distribution.quantile(0.5)) for name, each in scenario.inputs.items()}
    with np.errstate(all="ignore"):
        evaluate(scenario.plan, values)
    for name in scenario.plan.names:
        if not np.isfinite(values[name]):
            raise NonFiniteResultError.of(name, "it is not a finite number with every prior at its median")
    return {name: float(value) for name, value in values.items()}
