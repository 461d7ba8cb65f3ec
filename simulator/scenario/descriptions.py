"""What is known about single entries of the library, the model or a scenario, as typed results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulator.core.csv_text import Cell
from simulator.core.results import AnalysisResult, hidden, optional
from simulator.core.units import Unit
from simulator.distributions import Distribution
from simulator.engine.graph import Graph
from simulator.engine.inputs import Input, Source
from simulator.scenario.origins import origin_of
from simulator.scenario.quantity_definitions import definition_of

PERCENTS = (2.5, 5.0, 50.0, 95.0, 97.5)
"""Quantiles of a description, in percent."""


@dataclass(frozen=True, slots=True)
class DistributionSummary:
    """A distribution in numbers.

    Attributes
    ----------
    unit : str
        Canonical unit of the values; `1` for none.
    value : float or None
        The value of a known number.
    quantiles : dict of str to float or None
        Quantiles by percent, of an uncertain number: `"95"` is the P95.
    distribution : Distribution
        The distribution itself; not in the data.

    """

    unit: str
    value: float | None = optional()
    quantiles: Mapping[str, float] | None = optional()
    distribution: Distribution = hidden(kw_only=True)

    @property
    def median(self) -> float:
        """The median."""
        return self.distribution.quantile(0.5)

    @classmethod
    def of(cls, distribution: Distribution, unit: Unit) -> "DistributionSummary":
        """Summarize a distribution in canonical units."""
        if distribution.is_constant:
            return cls(unit.text, distribution.quantile(0.5), distribution=distribution)
        quantiles = {f"{percent:g}": distribution.quantile(percent / 100) for percent in PERCENTS}
        return cls(unit.text, quantiles=quantiles, distribution=distribution)


@dataclass(frozen=True, slots=True)
class PriorDescription:
    """A prior of the library.

    Attributes
    ----------
    kind : str
        `prior`.
    name : str
        Quantity and row, as in `mfu/dense-h100`.
    definition : str
        What the quantity is, in one sentence.
    about, specification, date : str
        Description, distribution as specified, and date of the figure.
    grade : str
        Grade of the evidence, A to D; empty for none.
    sources : tuple of Source
    distribution : DistributionSummary

    """

    kind: Literal["prior"] = field(default="prior", init=False)
    name: str
    definition: str
    about: str
    specification: str
    date: str
    grade: str
    sources: tuple[Source, ...]
    distribution: DistributionSummary


@dataclass(frozen=True, slots=True)
class Selection:
    """An option of a scenario that selects the formula of a quantity.

    Attributes
    ----------
    setting, option : str
        The setting of the scenario and its value.
    quantity : str
        The quantity that this one then is.

    """

    setting: str
    option: str
    quantity: str


@dataclass(frozen=True, slots=True)
class QuantityDescription:
    """A quantity of the model.

    Attributes
    ----------
    kind : str
        `quantity`.
    name : str
    definition : str
        What it is, in one sentence.
    about : str
        Description of its formula; empty for an input.
    unit : str
        Canonical unit; `1` for none.
    formula : str
        Python name of the function that computes it; empty for an input, and where settings select the formula.
    needs : tuple of str
        The quantities that the formula needs.
    selections : tuple of Selection
        The settings that select the formula.
    users : tuple of str
        The quantities that need this one.
    priors : tuple of str
        Its priors in the library.

    """

    kind: Literal["quantity"] = field(default="quantity", init=False)
    name: str
    definition: str
    about: str
    unit: str
    formula: str
    needs: tuple[str, ...]
    selections: tuple[Selection, ...]
    users: tuple[str, ...]
    priors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChipDescription:
    """A chip of the library.

    Attributes
    ----------
    kind : str
        `chip`.
    name, about, note : str
    aliases : tuple of str
        Other names of it.
    released : str
        Date of its release; empty if unknown.
    facts : dict of str to str
        The distributions of the quantities that it provides, as specified.
    sources : tuple of Source

    """

    kind: Literal["chip"] = field(default="chip", init=False)
    name: str
    about: str
    aliases: tuple[str, ...]
    released: str
    note: str
    facts: Mapping[str, str]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class EffectDescription:
    """A change of one quantity by a lever or a shock.

    Attributes
    ----------
    how : str
        `multiply`, `add`, `replace`, `scale_from_one`, `at` or `at_most`.
    on : str
        The quantity.
    by : str
        The distribution as specified; for `at` the quantile of the prior, between 0 and 1.
    side : bool
        Whether it is a side effect.

    """

    how: str
    on: str
    by: str
    side: bool


@dataclass(frozen=True, slots=True)
class AdjustmentDescription:
    """A lever or a shock of the library.

    Attributes
    ----------
    kind : str
        `lever` or `shock`.
    name, about, note : str
    grade : str
        Grade of the evidence, A to D; empty for none.
    effects : tuple of EffectDescription
    choice : mapping of str to str
        The settings and quantities that it selects.
    lines, outcomes : tuple of str
        Lines and outcomes that it adds to those of a scenario.
    probability_of_none : float
        Probability that it has no effect.
    baseline : bool
        Whether it is part of every modern run, so that it is offered with `baseline: bare` only.
    group : tuple of str
        Groups of levers that save the same cost, of which one can be applied.
    conditions, side_effects : str
        When it applies to a scenario, and what else it does.
    adoption_effort, adoption_delay : str
        Work and time to adopt it, as specified; empty for none.
    probability : str
        Of a shock: its probability as specified; empty where none is known.
    mitigation : str
        Of a shock: what makes it less probable, or less expensive.
    sources : tuple of Source

    """

    kind: Literal["lever", "shock"]
    name: str
    about: str
    grade: str
    note: str
    effects: tuple[EffectDescription, ...]
    choice: Mapping[str, str]
    lines: tuple[str, ...]
    outcomes: tuple[str, ...]
    probability_of_none: float
    baseline: bool
    group: tuple[str, ...]
    conditions: str
    side_effects: str
    adoption_effort: str
    adoption_delay: str
    sources: tuple[Source, ...]
    probability: str = ""
    mitigation: str = ""


@dataclass(frozen=True, slots=True)
class RiskDescription:
    """A risk of the library.

    Attributes
    ----------
    kind : str
        `risk`.
    name, about : str
    grade : str
        Worst grade of the evidence for its quantities, A to D.
    facts : dict of str to str
        The distributions of its quantities, as specified.
    mitigation : str
    rows : tuple of str
        The rows of the library that its quantities are, as in `probability/rollback`.
    sources : tuple of Source
        Sources of the mitigation.

    """

    kind: Literal["risk"] = field(default="risk", init=False)
    name: str
    about: str
    grade: str
    facts: Mapping[str, str]
    mitigation: str
    rows: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ScenarioDescription:
    """A scenario of the library, or a preset that scenarios extend.

    Attributes
    ----------
    kind : str
        `scenario`.
    name, about : str
    title : str
        Empty for a preset.
    scope : str
        What the total covers; empty for a preset that is incomplete.
    extends, lines : tuple of str
        The presets that it extends, and the lines of its total where it names them.
    money : str
        Currency and price level, where it names them.
    gives : tuple of str
        The quantities that it specifies.
    known, assumed : tuple of str
        What it states as known and as assumed.
    sources : tuple of Source

    """

    kind: Literal["scenario"] = field(default="scenario", init=False)
    name: str
    title: str
    scope: str
    about: str
    extends: tuple[str, ...]
    lines: tuple[str, ...]
    money: str
    gives: tuple[str, ...]
    known: tuple[str, ...]
    assumed: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class InputDescription:
    """An input of a scenario.

    Attributes
    ----------
    kind : str
        `input`.
    name : str
    role : str
        `choice` for a known number, `prior` for an uncertain one.
    definition : str
        What the quantity is, in one sentence; empty for what a scenario adds to the model.
    about, specification, date : str
        Description of the value, distribution as specified, and date of the figure.
    origin : str
        File and line that give it.
    origin_kind : str
        `option`, `file`, `preset`, `chip`, `posterior`, `lever` or `default`, a row that holds where nothing is given.
    grade : str
        Grade of the evidence, A to D; empty for none.
    assumption : bool
        Whether it is a prior without a source, or of grade D.
    sources : tuple of Source
    distribution : DistributionSummary

    """

    kind: Literal["input"] = field(default="input", init=False)
    name: str
    role: str
    definition: str
    about: str
    specification: str
    origin: str
    origin_kind: str
    date: str
    grade: str
    assumption: bool
    sources: tuple[Source, ...]
    distribution: DistributionSummary

    @classmethod
    def of(cls, value: Input, graph: Graph) -> "InputDescription":
        """Describe an input of a scenario with a graph."""
        return cls(
            name=value.name,
            role=value.role,
            definition=definition_of(value.name, graph),
            about=value.about,
            specification=value.specification,
            origin=value.origin,
            origin_kind=origin_of(value.origin, value.specification).kind,
            date=value.date,
            grade=value.grade,
            assumption=value.is_assumption,
            sources=value.sources,
            distribution=DistributionSummary.of(value.distribution, value.unit),
        )


Description = (
    PriorDescription
    | QuantityDescription
    | ChipDescription
    | AdjustmentDescription
    | RiskDescription
    | ScenarioDescription
    | InputDescription
)


@dataclass(frozen=True, kw_only=True)
class Descriptions(AnalysisResult):
    """What has a name: often one entry, sometimes several, such as a quantity and a shock of the same name.

    Attributes
    ----------
    name : str
    reference : str or None
        The scenario in which an input is described, as it was named; None for the library.
    entries : tuple of descriptions
        At least one.

    Examples
    --------
    >>> import llmcost
    >>> [entry.kind for entry in llmcost.show("nvidia-h100-sxm").entries]
    ['chip']

    """

    name: str
    reference: str | None = optional()
    entries: tuple[Description, ...]

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per fact of each entry, with its path in the JSON."""
        columns, rows = AnalysisResult.table(self)
        return columns, [row for row in rows if str(row[0]).startswith("entries")]
