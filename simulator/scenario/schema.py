"""Pydantic models of the files: scenarios, rows of the library, levers and shocks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WrapValidator, model_validator

from simulator.core.results import Plain
from simulator.distributions import FAMILIES
from simulator.model import CHOICES
from simulator.scenario.text import FiniteNumbers
from simulator.scenario.values import number

Number = Annotated[float, BeforeValidator(number)]
Text = Annotated[str, Field(max_length=2000)]
Line = Annotated[Text, AfterValidator(lambda text: " ".join(text.split()))]
"""Text for the reader, joined to one line, which keeps the layout of the output."""
MONEY = r"^(([A-Z][a-z]+ )?((19|20)\d\d )?USD|relative to the median)?$"
FROM = r"^([A-Za-z][\w.-]*|posterior/[A-Za-z][\w.-]*)$"
NAME, ROLE, DATE = r"^[A-Za-z][\w.-]*$", r"^[a-z][a-z0-9_]*$", r"^(\d{4}(-\d{2}(-\d{2})?)?)?$"
Name = Annotated[str, Field(pattern=NAME, max_length=80)]
From = Annotated[str, Field(pattern=FROM, max_length=80)]
Role = Annotated[str, Field(pattern=ROLE, max_length=40)]


def _check_date(date: str) -> str:
    if date:
        try:
            datetime.strptime(date, "%Y-%m-%d"[: 3 * date.count("-") + 2])
        except ValueError:
            raise ValueError(f"{date!r} is not a date of the calendar; write 2026, 2026-03 or 2026-03-31") from None
    return date


Date = Annotated[str, Field(pattern=DATE), AfterValidator(_check_date)]
Grade = Literal["A", "B", "C", "D"]
Channel = Literal["neocloud", "hyperscaler", "marketplace"]
"""Kinds of sellers of compute: specialised clouds, the largest clouds, and marketplaces of many owners."""
Term = Literal["on-demand", "one-year", "three-year", "spot", "capacity-block"]
Peak = Literal["bf16", "fp8"]
Includes = Literal["module", "server", "cluster"]
"""What a price of hardware includes: the chip alone, its share of the server or rack, or of server, network and storage."""
MOST_PARTS = 100
"""Maximum number of roles of the staff, parts of a mixture, and so on."""


class Strict(BaseModel):
    """A model that forbids unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _unless_parsed(value: Any, parse: Callable[[Any], Any]) -> Any:
    """Return numbers from Python as they are; parsing 100,000 of them one by one takes a second each time."""
    return value if isinstance(value, FiniteNumbers) else parse(value)


class SourceRow(Strict):
    """Source of a figure."""

    title: Line
    place: Line = ""
    url: Text = ""
    date: Date = ""


Sources = Annotated[tuple[SourceRow, ...], BeforeValidator(_as_list)]


class Bounds(Strict):
    """Bounds at which a distribution is truncated; quantiles of the same entry are those of the truncated distribution."""

    low: Number | None = None
    high: Number | None = None


class Weighted(Strict):
    """A component of a mixture or an alternative of a choice."""

    weight: Number
    distribution: "Entry"


class Entry(Strict):
    """A value with its provenance: one number, a range, a family of distributions, or a row of the library."""

    value: Text | None = None
    """A number, or a range with `to` between its bounds, with or without a unit."""
    from_: Annotated[From | None, Field(alias="from")] = None
    """A row of the library, a posterior (posterior/utilisation), or a table of `llmcost calibrate` in the same folder."""
    constant: dict[str, Number] | None = None
    normal: dict[str, Number] | None = None
    lognormal: dict[str, Number] | None = None
    """By median and sigma, mean and sd, or two or three quantiles, which are met exactly: {p5: 1, p50: 2, p95: 5}."""
    logitnormal: dict[str, Number] | None = None
    uniform: dict[str, Number] | None = None
    loguniform: dict[str, Number] | None = None
    triangular: dict[str, Number] | None = None
    pert: dict[str, Number] | None = None
    beta: dict[str, Number] | None = None
    gamma: dict[str, Number] | None = None
    student_t: dict[str, Number] | None = None
    quantiles: dict[str, Number] | None = None
    """Two or more quantiles, which are met exactly: {p5: 1, p50: 2, p95: 9}."""
    mixture: Annotated[tuple[Weighted, ...], Field(max_length=MOST_PARTS)] | None = None
    choice: Annotated[dict[Name, Weighted], Field(max_length=MOST_PARTS)] | None = None
    """Named alternatives, each with its weight."""
    empirical: Annotated[tuple[Number, ...], WrapValidator(_unless_parsed)] | None = None
    """Observed values, all equally likely."""
    ranges: Annotated[Number, Field(gt=1, lt=100)] | None = None
    """The central interval that the range `a to b` in `value` denotes, in percent (default: that of the file)."""
    times: "Entry | None" = None
    """An uncertain factor on the value: a relative error, as a row of the library or a distribution."""
    truncate: Bounds | None = None
    channel: Annotated[tuple[Channel, ...], BeforeValidator(_as_list)] = ()
    """Of a rent, or of a discount: the sellers whose list prices it was measured on."""
    term: Term | Literal[""] = ""
    """Of a rent or a discount: the commitment that it is for."""
    peak: Peak | Literal[""] = ""
    """Of a utilisation: the peak of the chip of which it is a share."""
    goodput: Literal["inside", "apart", ""] = ""
    """Of a utilisation: whether time that failures, restarts and warm-up cost is inside it."""
    includes: Includes | Literal[""] = ""
    """Of a price of hardware: what it includes beside the chip."""
    unit: Text = ""
    about: Text = ""
    sources: Sources = ()
    date: Date = ""
    grade: Grade | Literal[""] = ""
    note: Line = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        from simulator.scenario.values import is_word

        if isinstance(value, str):
            return {"from": value.strip()} if is_word(value) else {"value": value}
        return value

    @model_validator(mode="after")
    def _one_distribution(self) -> "Entry":
        keys = [key for key in DISTRIBUTION_KEYS if getattr(self, key) is not None]
        if len(keys) != 1:
            names = ", ".join(keys).replace("from_", "from") or "none"
            raise ValueError(
                f"needs one distribution ({names} given): value, from, or one of {', '.join(DISTRIBUTION_KEYS[2:])}"
            )
        if self.ranges is not None and (self.value is None or " to " not in self.value):
            raise ValueError("`ranges` applies to a `value` with `to` between two numbers, and there is none")
        return self


DISTRIBUTION_KEYS = ("value", "from_", *FAMILIES, "quantiles", "mixture", "choice", "empirical")


class Dependence(Strict):
    """A rank correlation between two priors."""

    between: tuple[Name, Name]
    rank: Annotated[Number, Field(ge=-1, le=1)]
    about: Text = ""
    sources: Sources = ()
    grade: Grade | Literal[""] = ""


class EffectRow(Strict):
    """A change of one quantity: it is multiplied by, increased by, replaced by or limited to a value."""

    on: Name
    multiply: Entry | None = None
    scale_from_one: Entry | None = None
    """A factor on the difference between the quantity and one, such as the lost time of a goodput."""
    add: Entry | None = None
    replace: Entry | None = None
    at: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Replaced by the quantile of its own prior at this probability, such as 5%."""
    at_most: Entry | None = None
    """An upper limit; `budget` stands for the budget of the scenario."""
    side: bool = False
    """A side effect: skipped with a note if nothing uses the quantity, instead of refusing the lever."""

    @property
    def how(self) -> str:
        """The kind of change."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @model_validator(mode="after")
    def _one_way(self) -> "EffectRow":
        if sum(getattr(self, way) is not None for way in WAYS) != 1:
            raise ValueError(f"needs one of {', '.join(WAYS)}")
        return self


WAYS = ("multiply", "add", "replace", "scale_from_one", "at", "at_most")


class AdoptionRow(Strict):
    """Effort and time to adopt a lever, before it saves anything."""

    effort: Entry | None = None
    """Effort, in person*month."""
    delay: Entry | None = None
    """Time, as in `1 month`."""


class SettingChange(Strict):
    """A change of a setting or quantity of the scenario that starts from what the scenario has."""

    times: Annotated[Number, Field(gt=0)] | None = None
    """The quantity of the scenario times this number."""
    next: dict[Name, Name] = {}
    """The option that follows each option of the scenario, such as the next generation of each chip."""

    @model_validator(mode="after")
    def _one_change(self) -> "SettingChange":
        if (self.times is None) == (not self.next):
            raise ValueError("needs one of times, next")
        return self


def _as_conditions(value: Any) -> Any:
    """Return conditions with a single option as conditions with a list of options."""
    return {key: _as_list(options) for key, options in value.items()} if isinstance(value, Mapping) else value


class AdjustmentRow(Strict):
    """A lever, a shock, or an error factor of a source."""

    about: Text
    effects: tuple[EffectRow, ...] = ()
    choice: dict[Name, SettingChange | Entry] = {}
    """Settings and quantities that a lever selects, such as {commitment: spot}, in place of effects."""
    sources: Sources = ()
    grade: Grade | Literal[""] = ""
    note: Line = ""
    conditions: Text = ""
    """Conditions under which it works."""
    side_effects: Text = ""
    """Other consequences, beyond its effects."""
    recommended_in: Text = ""
    """Where it is commonly recommended."""
    probability_of_none: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Probability that it has no effect; all its effects apply or none."""
    group: Annotated[tuple[Name, ...], BeforeValidator(_as_list)] = ()
    """Levers of one group save the same cost, so only one of them can be applied."""
    baseline: bool = False
    """Part of every modern run: it has no effect unless the scenario has `baseline: bare`."""
    counts: Literal["experiments", ""] = ""
    """What its factor covers beyond the final run, which extends the scope of the total: the experiments before it."""
    when: Annotated[dict[Name, tuple[Text, ...]], BeforeValidator(_as_conditions)] = {}
    """Conditions: options of choices, such as {basis: rented}, or whether a quantity is `given` or `computed`."""
    quality: Entry | None = None
    """Additional compute that compensates for lost quality: a factor on training_flop."""
    adoption: AdoptionRow | None = None

    @model_validator(mode="after")
    def _effects_or_choice(self) -> "AdjustmentRow":
        if not self.effects and not self.choice:
            raise ValueError("needs `effects`, or `choice` for a lever that selects settings")
        if self.choice and (self.effects or self.quality or self.probability_of_none):
            raise ValueError("has a `choice`, so it needs no effects: the selected settings act through the model")
        return self


class ChipRow(BaseModel):
    """A chip: its description, and its quantities (as further keys)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    about: Text
    generation: Name
    """Architecture; chips of one generation share their effect on utilisation."""
    aliases: tuple[Text, ...] = ()
    released: Date | None = None
    rents: dict[Channel, dict[Term, Name]] = {}
    """Rows of the rent by channel and term."""
    sources: Sources = ()
    note: Line = ""


class PhaseRow(Strict):
    """A phase of the schedule."""

    duration: Entry | None = None
    """Duration; by default that of the wall clock for final_run, and the service life for serving."""
    after: Annotated[tuple[Role, ...], BeforeValidator(_as_list)] | None = None
    """Phases that must end before this one begins: by default the preceding one; [] for none."""
    lag: Entry | None = None
    """Time between their end and the beginning of this phase."""
    lines: tuple[Name, ...] = ()
    """Lines that are spent in this phase, evenly over all phases that name them."""


class ProgressRow(Strict):
    """Progress of a run that is under way, and its cost to date."""

    share_done: Annotated[Number, Field(gt=0, lt=1)]
    spent: Text
    tolerance: Annotated[Number, Field(gt=0, le=1)] = 0.1
    """Uncertainty of the share: the standard deviation of its logarithm."""


class PlausibleRow(Strict):
    """The plausible range of a quantity (`priors/plausible.yaml`)."""

    low: Text | None = None
    high: Text | None = None
    of: Name | None = None
    """The quantity of which `low` and `high` are multiples."""
    about: Text = ""
    cases: "tuple[PlausibleCase, ...]" = ()
    """Other limits under certain choices; the first that applies replaces those of the row."""


class PlausibleCase(Strict):
    """The plausible range of a quantity under certain choices."""

    when: dict[Name, Text]
    """The choices, such as {peak: fp8}."""
    low: Text | None = None
    high: Text | None = None
    about: Text = ""


class Settings(Strict):
    """The settings of a scenario; all other keys are quantities."""

    title: Line = ""
    """Name of the run or model in the headline."""
    about: Text = ""
    extends: Annotated[tuple[Text, ...], BeforeValidator(_as_list)] = ()
    """Scenarios to start from: built-in names, or files in the folder of this one; later ones take precedence."""
    without: Annotated[tuple[Name, ...], BeforeValidator(_as_list)] = ()
    """Quantities of the extended scenarios to remove, so that they are computed."""
    ranges: Annotated[Number, Field(gt=1, lt=100)] | None = None
    """The central interval that `a to b` denotes in this file, in percent (default 95)."""
    chip: Name | None = None
    """A chip of the library, which provides its speed, power, memory and prices."""
    basis: Literal[tuple(CHOICES["basis"])] | None = None  # type: ignore[valid-type]
    depreciation: Literal[tuple(CHOICES["depreciation"])] | None = None  # type: ignore[valid-type]
    commitment: Literal[tuple(CHOICES["commitment"])] | None = None  # type: ignore[valid-type]
    reservation: Literal[tuple(CHOICES["reservation"])] | None = None  # type: ignore[valid-type]
    """Whether reserved capacity is dedicated to this model, which pays for its whole term, or shared with other work."""
    chip_hours_from: Literal[tuple(CHOICES["chip_hours_from"])] | None = None  # type: ignore[valid-type]
    serving: Literal[tuple(CHOICES["serving"])] | None = None  # type: ignore[valid-type]
    channel: Channel | None = None
    """Where chips are rented; by default a specialised cloud, or the only channel that rents out the chip."""
    precision: Literal[tuple(CHOICES["precision"])] | None = None  # type: ignore[valid-type]
    peak: Literal[tuple(CHOICES["peak"])] | None = None  # type: ignore[valid-type]
    """The peak of which the utilisation is a share; by default the one that its row or entry states."""
    lines: tuple[Name, ...] | None = None
    """Quantities whose sum is total_cost; `compute` stands for the lines of the basis, `development` or `service` for the
    other lines of that stage whose quantities all have values, and `inherited` for the lines of what the file extends."""
    outcomes: tuple[Name, ...] | None = None
    """Other quantities to report."""
    staff: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Roles, each with people, fte, salary, on_cost, equity and optionally duration; all but people and duration per person."""
    deals: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Data deals, each with count and price for its whole term: licences, archives, books by the title."""
    labels: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Data produced by people or models, each with items, price per item and optionally rework."""
    tools: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Tools paid by the month, each with count, fee and optionally duration."""
    risks: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Events that may occur, each with probability and impact, run_share or delay."""
    schedule: Annotated[dict[Role, PhaseRow], Field(max_length=MOST_PARTS)] | None = None
    """Phases in order: data, experiments, final_run, post_training, serving, or your own names."""
    progress: ProgressRow | None = None
    """A run that is under way; the remaining cost is simulated conditional on the cost to date."""
    team_correlation: Annotated[Number, Field(ge=0, le=1)] = 0.5
    """Correlation between the people of a role in what is uncertain: 0 for independent, 1 for identical."""
    dependence: tuple[Dependence, ...] = ()
    adjustments: Annotated[dict[Name, AdjustmentRow], Field(max_length=MOST_PARTS)] = {}
    """Adjustments of this scenario only, such as the error factors of a published method."""
    levers: tuple[Name, ...] = ()
    shocks: tuple[Name, ...] = ()
    baseline: Literal["modern", "bare"] = "modern"
    """State before any lever: with the techniques of every modern run (mixed precision, fused kernels), or without them."""
    budget: Text | None = None
    point: Text | None = None
    """Point estimate, if it is not the total with every prior at its median."""
    year: Annotated[Number, Field(ge=2015, le=2040)] | None = None
    """Year of the run, for posteriors that depend on time; by default the latest year of their evidence."""
    money: Annotated[str, Field(pattern=MONEY)] = ""
    """Currency and year of the prices, such as `2023 USD`."""
    known: tuple[Line, ...] = ()
    """Known facts about this run, for the reader."""
    assumed: tuple[Line, ...] = ()
    """Assumptions, for the reader."""
    sources: Sources = ()


def split(plain: Mapping[str, Any]) -> tuple[dict[str, object], dict[str, object]]:
    """Return the settings and the quantities of a scenario."""
    settings = {key: value for key, value in plain.items() if key in Settings.model_fields}
    return settings, {key: value for key, value in plain.items() if key not in settings}


SYNONYMS = {
    "utilisation": "mfu", "utilization": "mfu", "gpus": "chips", "accelerators": "chips", "gpu": "chip", "accelerator": "chip",
    "gpu_price": "chip_price", "gpu_hours": "final_run_chip_hours", "tokens": "training_tokens", "flop": "training_flop",
    "flops": "training_flop", "parameters": "total_parameters", "params": "total_parameters", "power": "tdp",
    "gpu_hour_price": "rental_price", "hourly_price": "rental_price", "price_per_hour": "rental_price",
    "experiments": "experiments_factor", "correlations": "dependence", "correlation": "dependence", "currency": "money",
}  # fmt: skip
"""Common other names of quantities and settings, used only for suggestions."""


def json_schema() -> dict[str, Plain]:
    """Return the JSON schema (draft 2020-12) of a scenario file: the settings, and every quantity of the model."""
    from simulator import model

    schema = Settings.model_json_schema()
    graph = model.every_graph()
    for name, unit in sorted(graph.units.items()):
        if "." in name:
            continue  # of a group item
        about = graph.formulas[name].about if name in graph.formulas else ""
        schema["properties"][name] = {"$ref": "#/$defs/Entry", "description": f"{about} In {unit.text}.".strip()}
    _allow_single_items(schema)
    _allow_text_numbers(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Scenario of llmcost"}


def _allow_single_items(schema: dict[str, Any]) -> None:
    """Allow a single item in place of a list of one, as the reader does (`_as_list`)."""
    models: tuple[type[Strict], ...] = (Entry, Dependence, AdjustmentRow)
    parts: list[tuple[Any, type[Strict]]] = [
        (schema, Settings),
        *((schema["$defs"][entry_model.__name__], entry_model) for entry_model in models),
    ]
    for definition, model in parts:
        for key, field in model.model_fields.items():
            if any(getattr(validator, "func", None) is _as_list for validator in field.metadata):
                list_schema = definition["properties"][key]
                annotations = {word: list_schema.pop(word) for word in ("default", "description") if word in list_schema}
                definition["properties"][key] = {"anyOf": [list_schema["items"], list_schema], **annotations}


def _allow_text_numbers(schema: Any) -> None:
    """Allow numbers as text, text as numbers, and a plain value as an entry, as the reader does."""
    if isinstance(schema, list):
        for item in schema:
            _allow_text_numbers(item)
    elif isinstance(schema, dict):
        if schema.get("$ref") == "#/$defs/Entry":
            schema["anyOf"] = [{"$ref": schema.pop("$ref")}, {"type": ["string", "number"]}]
            return
        if schema.get("type") in ("number", "string") and "enum" not in schema and "const" not in schema:
            schema["type"] = ["string", "number"]
        for item in schema.values():
            _allow_text_numbers(item)
