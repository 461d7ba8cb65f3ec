"""The shape of the files, as pydantic models: scenarios, rows of the library, levers and shocks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulator.distributions import FAMILIES
from simulator.model import CHOICES
from simulator.scenario.values import number

Number = Annotated[float, BeforeValidator(number)]
Text = Annotated[str, Field(max_length=2000)]
Line = Annotated[Text, AfterValidator(lambda text: " ".join(text.split()))]
"""Words for a reader, on one line however they were broken: what they are printed into keeps its form."""
MONEY = r"^(([A-Z][a-z]+ )?((19|20)\d\d )?USD|relative to the median)?$"
FROM = r"^([A-Za-z][\w.-]*|posterior/[A-Za-z][\w.-]*)$"
NAME, ROLE, DATE = r"^[A-Za-z][\w.-]*$", r"^[a-z][a-z0-9_]*$", r"^(\d{4}(-\d{2}(-\d{2})?)?)?$"
Name = Annotated[str, Field(pattern=NAME, max_length=80)]
From = Annotated[str, Field(pattern=FROM, max_length=80)]
Role = Annotated[str, Field(pattern=ROLE, max_length=40)]


def _real(date: str) -> str:
    if date:
        try:
            datetime.strptime(date, "%Y-%m-%d"[: 3 * date.count("-") + 2])
        except ValueError:
            raise ValueError(f"{date!r} is no date of the calendar; write 2026, 2026-03 or 2026-03-31") from None
    return date


Date = Annotated[str, Field(pattern=DATE), AfterValidator(_real)]
Grade = Literal["A", "B", "C", "D"]
MOST_PARTS = 100
"""Roles of the staff, parts of a mixture: more than anybody writes, and few enough to be read at once."""


class Strict(BaseModel):
    """A model that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class SourceRow(Strict):
    """Where a reader finds the figure."""

    title: Line
    place: Line = ""
    url: Text = ""
    date: Date = ""


Sources = Annotated[tuple[SourceRow, ...], BeforeValidator(_listed)]


class Bounds(Strict):
    """Between which values a distribution is held, by renormalising; quantiles that are stated beside it hold for what is
    left.
    """

    low: Number | None = None
    high: Number | None = None


class Weighted(Strict):
    """A part of a mixture or an alternative of a choice."""

    weight: Number
    distribution: "Entry"


class Entry(Strict):
    """A value with what is known about it: one number, a range, a named family, or a row of the library."""

    value: Text | None = None
    """A number or a range with `to` between its ends, with or without a unit."""
    from_: Annotated[From | None, Field(alias="from")] = None
    """A row of the library, a posterior (posterior/utilisation), or a table of `llmcost calibrate` beside the file."""
    constant: dict[str, Number] | None = None
    normal: dict[str, Number] | None = None
    lognormal: dict[str, Number] | None = None
    """By median and sigma, mean and sd, or two or three quantiles, all of them met exactly: {p5: 1, p50: 2, p95: 5}."""
    logitnormal: dict[str, Number] | None = None
    uniform: dict[str, Number] | None = None
    loguniform: dict[str, Number] | None = None
    triangular: dict[str, Number] | None = None
    pert: dict[str, Number] | None = None
    beta: dict[str, Number] | None = None
    gamma: dict[str, Number] | None = None
    student_t: dict[str, Number] | None = None
    quantiles: dict[str, Number] | None = None
    """Two or more quantiles, all of them met exactly: {p5: 1, p50: 2, p95: 9}."""
    mixture: Annotated[tuple[Weighted, ...], Field(max_length=MOST_PARTS)] | None = None
    choice: Annotated[dict[Name, Weighted], Field(max_length=MOST_PARTS)] | None = None
    """Named alternatives, each with its weight."""
    empirical: tuple[Number, ...] | None = None
    """Observed values, each as likely as the next."""
    times: "Entry | None" = None
    """An uncertain factor on the value: a relative error, by name from the library or as a distribution."""
    truncate: Bounds | None = None
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
        given = [key for key in LAW_KEYS if getattr(self, key) is not None]
        if len(given) != 1:
            named = ", ".join(given).replace("from_", "from") or "none"
            raise ValueError(f"needs one distribution ({named} given): value, from, or one of {', '.join(LAW_KEYS[2:])}")
        return self


LAW_KEYS = ("value", "from_", *FAMILIES, "quantiles", "mixture", "choice", "empirical")


class Dependence(Strict):
    """A rank correlation between two priors."""

    between: tuple[Name, Name]
    rank: Annotated[Number, Field(ge=-1, le=1)]
    about: Text = ""
    sources: Sources = ()
    grade: Grade | Literal[""] = ""


class EffectRow(Strict):
    """A change of one quantity: multiplied by, added to, replaced by or held below a value."""

    on: Name
    multiply: Entry | None = None
    scale_from_one: Entry | None = None
    """A factor on what lies between the quantity and one: on the time lost of a goodput, on the experiments of their factor."""
    add: Entry | None = None
    replace: Entry | None = None
    at: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Replaced by the point of its own prior that is not exceeded with this probability: 5% for the low end."""
    at_most: Entry | None = None
    """A limit on it; `budget` stands for the budget of the scenario."""
    side: bool = False
    """A side effect: left out, with a note, where nothing uses the quantity; without this the lever would be refused."""

    @property
    def how(self) -> str:
        """The way that is given."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @model_validator(mode="after")
    def _one_way(self) -> "EffectRow":
        if sum(getattr(self, way) is not None for way in WAYS) != 1:
            raise ValueError(f"needs one of {', '.join(WAYS)}")
        return self


WAYS = ("multiply", "add", "replace", "scale_from_one", "at", "at_most")


class AdoptionRow(Strict):
    """What it takes to adopt a lever, before it saves anything."""

    effort: Entry | None = None
    """Work, in person*month."""
    delay: Entry | None = None
    """Time that it takes, as in `1 month`."""


class AdjustmentRow(Strict):
    """A lever, a shock, or an error factor of a source."""

    about: Text
    effects: tuple[EffectRow, ...]
    sources: Sources = ()
    grade: Grade | Literal[""] = ""
    note: Line = ""
    conditions: Text = ""
    """When it works."""
    side_effects: Text = ""
    """What else it brings, beyond its acts."""
    named_in: Text = ""
    """Where it is commonly recommended."""
    probability_of_none: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Share of the draws in which it does nothing, all its acts together."""
    group: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    """Levers of one group save the same thing, so only one of them can be pulled."""
    baseline: bool = False
    """Inside every modern run already: it changes nothing, unless the scenario says `baseline: bare`."""
    counts: Literal["experiments", ""] = ""
    """What its factor counts beside the final run, so that the total covers more than that run: the experiments before it."""
    needs: dict[Name, Text] = {}
    """Choices that must hold, such as {basis: rented}."""
    quality: Entry | None = None
    """Compute that makes up for lost quality: a factor on training_flop."""
    adoption: AdoptionRow | None = None


class ChipRow(BaseModel):
    """A chip: who it is, and the quantities that it brings (as further keys)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    about: Text
    generation: Name
    """Its architecture: chips of one generation share their effect on utilisation."""
    aliases: tuple[Text, ...] = ()
    released: Date | None = None
    sources: Sources = ()
    note: Line = ""


class PhaseRow(Strict):
    """A phase of the schedule."""

    duration: Entry | None = None
    """How long it lasts; final_run lasts the wall clock and serving the service life, unless it is given."""
    after: Annotated[tuple[Role, ...], BeforeValidator(_listed)] | None = None
    """Phases that have to end before: the one written before this, unless it is given; [] for none."""
    lag: Entry | None = None
    """Time between their end and this beginning."""
    lines: tuple[Name, ...] = ()
    """Lines that are spent while this phase lasts, evenly over all phases that name them."""


class ProgressRow(Strict):
    """How far a run is, and what it has cost so far."""

    share_done: Annotated[Number, Field(gt=0, lt=1)]
    spent: Text
    tolerance: Annotated[Number, Field(gt=0, le=1)] = 0.1
    """How exactly the share is known: the standard deviation of its logarithm."""


class PlausibleRow(Strict):
    """Between which values a quantity is believed (`priors/plausible.yaml`)."""

    low: Text | None = None
    high: Text | None = None
    of: Name | None = None
    """The quantity of which `low` and `high` are multiples."""
    about: Text = ""


class Settings(Strict):
    """The settings of a scenario; every other key is a quantity."""

    title: Line = ""
    """Who or what is costed, as the headline names it."""
    about: Text = ""
    extends: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    """Scenarios to start from: built-in names or files beside this one; the later wins."""
    without: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    """Quantities of the extended scenarios to leave out, so that they are computed again."""
    ranges: Annotated[Number, Field(gt=1, lt=100)] | None = None
    """Which central interval `a to b` is in this file, in percent (95 unless said)."""
    chip: Name | None = None
    """A chip of the library; brings its speed, power, memory and prices."""
    basis: Literal[tuple(CHOICES["basis"])] | None = None  # type: ignore[valid-type]
    depreciation: Literal[tuple(CHOICES["depreciation"])] | None = None  # type: ignore[valid-type]
    commitment: Literal[tuple(CHOICES["commitment"])] | None = None  # type: ignore[valid-type]
    chip_hours_from: Literal[tuple(CHOICES["chip_hours_from"])] | None = None  # type: ignore[valid-type]
    serving: Literal[tuple(CHOICES["serving"])] | None = None  # type: ignore[valid-type]
    precision: Literal[tuple(CHOICES["precision"])] | None = None  # type: ignore[valid-type]
    lines: tuple[Name, ...] | None = None
    """Quantities that add up to total_cost; `compute` stands for the lines of the basis."""
    outcomes: tuple[Name, ...] | None = None
    """Other quantities to report."""
    staff: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Roles, each with people, fte, salary, on_cost, equity and perhaps duration; all but people and duration per person."""
    deals: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Data deals, each with count and price for its whole term: licences, archives, books by the title."""
    labels: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Data made by people or models, each with items, price of one and perhaps rework."""
    tools: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Tools paid by the month, each with count, fee and perhaps duration."""
    risks: Annotated[dict[Role, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """Things that may happen, each with probability and impact, run_share or delay."""
    schedule: Annotated[dict[Role, PhaseRow], Field(max_length=MOST_PARTS)] | None = None
    """Phases in their order: data, experiments, final_run, post_training, serving, or names of your own."""
    progress: ProgressRow | None = None
    """A run that is under way: what is left is drawn from the draws that agree with what it has cost so far."""
    team_correlation: Annotated[Number, Field(ge=0, le=1)] = 0.5
    """How alike the people of a role are in what is not known of them: 0 each by himself, 1 all the same."""
    dependence: tuple[Dependence, ...] = ()
    adjustments: Annotated[dict[Name, AdjustmentRow], Field(max_length=MOST_PARTS)] = {}
    """Adjustments of this scenario alone, such as the error factors of a published treatment."""
    levers: tuple[Name, ...] = ()
    shocks: tuple[Name, ...] = ()
    baseline: Literal["modern", "bare"] = "modern"
    """What a run has before any lever: all that every modern run has (mixed precision, fused kernels), or none of it."""
    budget: Text | None = None
    point: Text | None = None
    """The point estimate, where it is not the total with every prior at its median."""
    year: Annotated[Number, Field(ge=2015, le=2040)] | None = None
    """When the run takes place, for posteriors that move in time; the latest year of their evidence unless it is said."""
    money: Annotated[str, Field(pattern=MONEY)] = ""
    """Whose dollars: the year of the prices, such as `2023 USD`."""
    known: tuple[Line, ...] = ()
    """What is known of this run, for the reader."""
    assumed: tuple[Line, ...] = ()
    """What is assumed, for the reader."""
    sources: Sources = ()


def split(plain: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
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
"""Words that people use elsewhere for what is called otherwise here; they serve hints alone."""


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a scenario file: the settings, and every quantity of the model."""
    from simulator import model

    schema = Settings.model_json_schema()
    graph = model.every_graph()
    for name, unit in sorted(graph.units.items()):
        if "." in name:
            continue  # of a member
        about = graph.formulas[name].about if name in graph.formulas else ""
        schema["properties"][name] = {"$ref": "#/$defs/Entry", "description": f"{about} In {unit.text}.".strip()}
    _short_forms(schema)
    _plain_scalars(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Scenario of llmcost"}


def _short_forms(schema: dict[str, Any]) -> None:
    """Let one thing stand for a list of one, as the reader does (`_listed`)."""
    models: tuple[type[Strict], ...] = (Entry, Dependence, AdjustmentRow)
    pairs: list[tuple[Any, type[Strict]]] = [(schema, Settings), *((schema["$defs"][each.__name__], each) for each in models)]
    for made, model in pairs:
        for key, field in model.model_fields.items():
            if any(getattr(part, "func", None) is _listed for part in field.metadata):
                several = made["properties"][key]
                words = {word: several.pop(word) for word in ("default", "description") if word in several}
                made["properties"][key] = {"anyOf": [several["items"], several], **words}


def _plain_scalars(schema: Any) -> None:
    """Let a number be written as text and the other way round, and an entry as a plain value, as the reader does."""
    if isinstance(schema, list):
        for item in schema:
            _plain_scalars(item)
    elif isinstance(schema, dict):
        if schema.get("$ref") == "#/$defs/Entry":
            schema["anyOf"] = [{"$ref": schema.pop("$ref")}, {"type": ["string", "number"]}]
            return
        if schema.get("type") in ("number", "string") and "enum" not in schema and "const" not in schema:
            schema["type"] = ["string", "number"]
        for item in schema.values():
            _plain_scalars(item)
