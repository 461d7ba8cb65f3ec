"""Pydantic models of the files: scenarios, rows of the library, levers and shocks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    WrapValidator,
    model_validator,
)

from simulator.core.money import check_period
from simulator.distributions import FAMILIES
from simulator.model import CHOICES
from simulator.scenario.text import FiniteNumbers
from simulator.scenario.values import exchange_rate, number

Number = Annotated[float, BeforeValidator(number)]
Text = Annotated[str, Field(max_length=2000)]
Line = Annotated[Text, AfterValidator(lambda text: " ".join(text.split()))]
"""Text for the reader, joined to one line, which keeps the layout of the output."""
Definition = Annotated[str, Field(max_length=110, pattern=r"^[A-Z0-9][^_]*\.$")]
"""A sentence for the reader, without names of quantities."""
PRICES = r"^(([A-Z][a-z]+ )?((19|20)\d\d )?USD|relative to the median)?$"
MONEY = r"^(([A-Z][a-z]+ )?((19|20)\d\d )?[A-Z]{3})?$"
CURRENCY = r"^[A-Z]{3}$"
FROM = r"^([A-Za-z][\w.-]*|posterior/[A-Za-z][\w.-]*)$"
NAME, ROLE, DATE = r"^[A-Za-z][\w.-]*$", r"^[a-z][a-z0-9_]*$", r"^(\d{4}(-\d{2}(-\d{2})?)?)?$"
START = r"^\d{4}-\d{2}(-\d{2})?$"
PLAN_MONTH = r"^(\d{4}-(0[1-9]|1[0-2])|[1-9]\d{0,2})$"
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
StartDate = Annotated[str, Field(pattern=START), AfterValidator(_check_date)]
"""A month or a day, such as 2027-01 or 2027-01-15."""
PlanMonth = Annotated[str, Field(pattern=PLAN_MONTH)]
"""A month of the calendar, such as 2027-03, or the number of a month from 1."""
Grade = Literal["A", "B", "C", "D"]
Channel = Literal["neocloud", "hyperscaler", "marketplace"]
"""Kinds of sellers of compute: specialised clouds, the largest clouds, and marketplaces of many owners."""
Term = Literal["on-demand", "one-year", "three-year", "spot", "capacity-block"]
Peak = Literal["bf16", "fp8"]
Includes = Literal["module", "server", "cluster"]
"""What a price of hardware includes: the chip alone, its share of the server or rack, or of server, network and storage."""
MOST_PARTS = 100
"""Maximum number of roles of the staff, parts of a mixture, and so on."""
INHERITED = "inherited"
"""Name that stands in a list for the items of what a scenario extends, and key in a group that says which of them it keeps."""


class Strict(BaseModel):
    """A model that forbids unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def as_list(value: Any) -> Any:
    """Return a list of one item in place of a single item."""
    return [value] if isinstance(value, str | dict) else value


def _own_items(value: Any) -> Any:
    """Return the items of a group without `inherited`, which the layer keeps; [] is a group without items."""
    if isinstance(value, list | tuple) and not value:
        return {}
    if not isinstance(value, Mapping) or INHERITED not in value:
        return value
    kept = value[INHERITED]
    if not (isinstance(kept, str) or (isinstance(kept, list | tuple) and all(isinstance(name, str) for name in kept))):
        raise ValueError("`inherited` must be `all`, or the names of the items to keep")
    return {key: item for key, item in value.items() if key != INHERITED}


def _unless_inherited(value: Any, parse: Callable[[Any], Any]) -> Any:
    """Return the word `inherited` as it is, among rows that are parsed."""
    return value if value == INHERITED else parse(value)


def _unless_parsed(value: Any, parse: Callable[[Any], Any]) -> Any:
    """Return numbers from Python as they are; parsing 100,000 of them one by one takes a second each time."""
    return value if isinstance(value, FiniteNumbers) else parse(value)


class SourceRow(Strict):
    """Source of a figure."""

    title: Line
    place: Line = ""
    url: Text = ""
    date: Date = ""


Sources = Annotated[tuple[SourceRow, ...], BeforeValidator(as_list)]


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
    channel: Annotated[tuple[Channel, ...], BeforeValidator(as_list)] = ()
    """Of a rent, or of a discount: the sellers whose list prices it was measured on."""
    term: Term | Literal[""] = ""
    """Of a rent or a discount: the commitment that it is for."""
    chip: Annotated[Text, Field(max_length=80)] = ""
    """Of a price, a rent or another fact of a chip: its chip, by default that of the file; `any` for every chip."""
    peak: Peak | Literal[""] = ""
    """Of a utilisation: the peak of the chip of which it is a share."""
    goodput: Literal["inside", "apart", ""] = ""
    """Of a utilisation: whether time that failures, restarts and warm-up cost is inside it."""
    architecture: Literal["dense", "mixture", ""] = ""
    """Of a utilisation: whether it was measured on dense models or on mixtures of experts."""
    includes: Includes | Literal[""] = ""
    """Of a price of hardware: what it includes beside the chip."""
    excludes: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ()
    """Lines that the value leaves out, although the quantity includes them by its definition."""
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
    """A side effect: skipped with a note if nothing uses the quantity, instead of refusing the lever; that on a quantity of an
    item, such as `rollback.run_share`, applies where the scenario has the item."""

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
    """Time by which it lengthens the project, as in `1 month`."""
    wait: Entry | None = None
    """Time until the project can begin, before anything is spent."""


class SettingChange(Strict):
    """A change of a setting or quantity of the scenario that starts from what the scenario has."""

    times: Annotated[Number, Field(gt=0)] | None = None
    """The quantity of the scenario times this number."""
    next: dict[Name, Name] = {}
    """The option that follows each option of the scenario, such as the next generation of each chip."""
    default: Entry | None = None
    """The value of a quantity to which the scenario gives none; one that it gives stays."""

    @model_validator(mode="after")
    def _one_change(self) -> "SettingChange":
        if [self.times is not None, bool(self.next), self.default is not None].count(True) != 1:
            raise ValueError("needs one of times, next, default")
        return self


Origin = Literal["file", "preset", "chip", "default", "formula", "none"]
"""Where the value of a quantity is from: the user's file or option, a scenario of the library, a fact of the chip, a default of
the library, a formula, or nowhere."""
Available = Literal[
    "base-model", "larger-model", "general-model", "dense-checkpoint", "smaller-checkpoints", "seed-corpus", "credit-programme",
    "donated-allocation",
]  # fmt: skip
"""What an organisation has, or can have, so that levers that need it apply."""


class ConditionRow(Strict):
    """A condition on a setting or a quantity of a scenario; all parts that are given must hold."""

    is_: Annotated[tuple[Text, ...], BeforeValidator(as_list), Field(alias="is")] = ()
    """Options of a setting, of which it has one."""
    origin: Annotated[tuple[Origin, ...], BeforeValidator(as_list)] = ()
    """Where the value of a quantity is from."""
    has_channel: bool | None = None
    """Whether a rent says of whose list it is, as the rows of the library do: a discount is valid on such a list alone."""
    used: bool | None = None
    """Whether the total, or an outcome that is reported, depends on a quantity."""
    known: bool | None = None
    """Whether a quantity is the same in all draws, such as a price that is agreed."""
    differs_from: Text | None = None
    """A value that a quantity does not have in all draws."""
    below: Text | None = None
    """A number with its unit, or another quantity, above the median of the quantity; so the following three."""
    above: Text | None = None
    at_least: Text | None = None
    at_most: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_options(cls, value: Any) -> Any:
        return {"is": value} if isinstance(value, str | list | tuple) else value


Conditions = dict[Name, ConditionRow]
"""Conditions by setting or quantity, all of which must hold."""


class AdjustmentRow(Strict):
    """A lever, a shock, or an error factor of a source."""

    about: Text
    effects: tuple[EffectRow, ...] = ()
    choice: dict[Name, SettingChange | Entry] = {}
    """Settings and quantities that a lever selects, such as {commitment: spot}."""
    lines: tuple[Name, ...] = ()
    """Lines that a lever adds to those of the scenario, such as the cost of what it needs."""
    outcomes: tuple[Name, ...] = ()
    """Outcomes that are reported with a lever, such as what is left to pay."""
    sources: Sources = ()
    grade: Grade | Literal[""] = ""
    note: Line = ""
    side_effects: Text = ""
    """Other consequences, beyond its effects."""
    recommended_in: Text = ""
    """Where it is commonly recommended."""
    probability_of_none: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Probability that it has no effect; all its effects apply or none."""
    group: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ()
    """Levers of one group save the same cost, so only one of them can be applied."""
    baseline: bool = False
    """Part of every modern run: it is not offered unless the scenario has `baseline: bare`."""
    counts: Literal["experiments", ""] = ""
    """What its factor covers beyond the final run, which extends the scope of the total: the experiments before it."""
    when: Annotated[tuple[Conditions, ...], BeforeValidator(as_list)] = ()
    """Conditions on the settings and quantities of the scenario, such as {basis: rented}; of a list, one item is enough."""
    probability: Entry | None = None
    """Of a shock: how probable it is, where that has been counted or judged; its `about` says over which time."""
    mitigation: Line = ""
    """Of a shock: what makes it less probable, or less expensive."""
    quality: Entry | None = None
    """Additional compute that compensates for lost quality: a factor on training_flop."""
    adoption: AdoptionRow | None = None

    @model_validator(mode="after")
    def _effects_or_choice(self) -> "AdjustmentRow":
        if not self.effects and not self.choice:
            raise ValueError("needs `effects`, or `choice` for a lever that selects settings")
        if (self.quality or self.probability_of_none) and not self.effects:
            raise ValueError("has no `effects`, so it can have no `quality` and no `probability_of_none`")
        return self


class RiskRow(BaseModel):
    """A risk: an event that may occur. Its quantities (as further keys) are those of the library's risk that it names."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)
    __pydantic_extra__: dict[str, Entry]

    from_: Annotated[Name | None, Field(alias="from")] = None
    """A risk of the library, of which it has the quantities and texts that are not given here."""
    about: Line = ""
    """What happens."""
    mitigation: Line = ""
    """What makes it less probable, or less expensive."""
    phase: Role | None = None
    """Phase of the schedule that its delay lengthens, by default final_run."""
    sources: Sources = ()
    """Sources of the mitigation; each quantity has its own."""

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str) else value

    @property
    def quantities(self) -> dict[str, Entry]:
        """The quantities that are given here."""
        return self.__pydantic_extra__


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
    """Duration; by default the time of its work for experiments, final_run and post_training, the service life for serving."""
    after: Annotated[tuple[Role, ...], BeforeValidator(as_list)] | None = None
    """Phases that must end before this one begins: by default the preceding one; [] for none."""
    lag: Entry | None = None
    """Time between their end and the beginning of this phase."""
    lines: tuple[Name, ...] = ()
    """Lines that are spent in this phase, evenly over all phases that name them."""
    staff: tuple[Role, ...] = ()
    """Roles that work in this phase, and in no other but those that name them too; all other roles work until the release."""
    tools: tuple[Role, ...] = ()
    """Tools that are paid for in this phase, and in no other but those that name them too."""


class ProgressRow(Strict):
    """Progress of a run that is under way, and its cost to date."""

    share_done: Annotated[Number, Field(gt=0, lt=1)]
    spent: Text
    tolerance: Annotated[Number, Field(gt=0, le=1)] = 0.1
    """Uncertainty of the share: the standard deviation of its logarithm."""


class ActualRow(Strict):
    """What was spent on a line in a month."""

    month: Text
    """Month (2026-03), day (2026-03-31), or number of the month from 1."""
    line: Line
    """A line of the scenario, or one of `accounts`."""
    amount: Text
    """Negative for a refund."""


class ActualsRow(Strict):
    """Actual spending, on which the forecast at completion is conditional."""

    rows: tuple[ActualRow, ...]
    through: Text = ""
    """Day, or number of months from the start, up to which amounts are complete; by default the end of the last month."""
    as_of: Text = ""
    """Day, or month for its last day, that is taken as today, to rehearse a plan with amounts of months to come."""
    missing: Literal["zero", "estimate", ""] = ""
    """What an amount is that is missing in a month in which the plan spends on the line: nothing spent, or not known."""
    accounts: dict[Line, Annotated[tuple[Name, ...], BeforeValidator(as_list)]] = {}
    """The line of each account of yours, or its lines, such as {Cloud bill: [rental_cost, idle_cost]}; `none` for an account
    that is no part of the plan, `all` for one that covers all of it."""


def _as_rows(value: Any) -> Any:
    return {"rows": value} if isinstance(value, list | tuple) else value


class RateRow(Strict):
    """An exchange rate."""

    value: Annotated[float, BeforeValidator(exchange_rate), Field(gt=0)]
    """Units of the currency for one USD, such as 0.86."""
    date: Date = ""
    sources: Sources = ()


def _as_rate(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {"value": value}


class LevelRow(Strict):
    """The price level of a year or month."""

    level: Annotated[Number, Field(gt=0)]
    about: Line = ""
    grade: Grade | Literal[""] = ""


def _as_level(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {"level": value}


def _check_period(period: str) -> str:
    check_period(period)
    return period


class Statement(Strict):
    """A sentence of a scenario for the reader."""

    text: Line
    of: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ()
    """Settings and quantities that it is about; it is left out where a file or an option on top gives one of them."""


def _as_statement(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {"text": value}


Statements = tuple[Annotated[Statement, BeforeValidator(_as_statement)], ...]

Levels = dict[Annotated[str, AfterValidator(_check_period)], Annotated[LevelRow, BeforeValidator(_as_level)]]
"""Price levels by year, such as 2026, or by month, such as December 2023."""


class PriceIndexRow(Strict):
    """A price index of the library (`priors/price_index.yaml`)."""

    name: Line
    about: Text
    date: Date
    grade: Grade
    sources: Sources
    levels: Levels


class PaymentChange(Strict):
    """Terms of payment of a scenario: terms of the library, changes to those that are in force, or both."""

    terms: Name | None = None
    """Terms of the library, such as upfront."""
    due: Literal["use", "start", "never"] | None = None
    """`use`: as the cost accrues; `start`: in one sum when what is paid for begins or is delivered; `never`: no cash."""
    lag: Text | None = None
    """Time from the due date to the payment, such as 30 day."""
    deposit: Annotated[Number, Field(ge=0, le=1)] | None = None
    """Share that is paid before the start."""
    lead: Text | None = None
    """Time between the deposit and the start."""
    tax: Annotated[Number, Field(ge=0, le=1)] | None = None
    """Tax that is paid in addition and recovered later, as a share of each payment."""
    recovery: Text | None = None
    """Time between the payment of the tax and its recovery."""


def _as_terms(value: Any) -> Any:
    return {"terms": value} if isinstance(value, str) else value


class PaymentRow(Strict):
    """Terms of payment of the library (`priors/payments.yaml`)."""

    about: Line
    due: Literal["use", "start", "never"]
    lag: Text = "0 day"
    deposit: Annotated[Number, Field(ge=0, le=1)] = 0.0
    lead: Text = "0 day"
    date: Date
    grade: Grade
    sources: Sources


class PossibleLimits(Strict):
    """Limits beyond which a value is an error."""

    low: Text | None = None
    high: Text | None = None


class PlausibleRow(Strict):
    """The plausible range of a quantity (`priors/plausible.yaml`)."""

    low: Text | None = None
    high: Text | None = None
    of: Name | None = None
    """The quantity of which all limits are multiples."""
    possible: PossibleLimits | None = None
    """Limits beyond which a number of a scenario is refused, where they are narrower than those of its unit."""
    whole: bool = False
    """Whether a single number must be whole, because it counts things that are not divided."""
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


class QuantityDefinitions(RootModel[dict[Name, Definition]]):
    """What each quantity is (`priors/quantities.yaml`)."""


class Settings(Strict):
    """The settings of a scenario; all other keys are quantities."""

    title: Line = ""
    """Name of the run or model in the headline."""
    about: Text = ""
    extends: Annotated[tuple[Text, ...], BeforeValidator(as_list)] = ()
    """Scenarios to start from: built-in names, or files in the folder of this one; later ones take precedence."""
    without: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ()
    """Quantities of the extended scenarios to remove, so that they are computed, and items of groups to leave out."""
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
    placement: Literal[tuple(CHOICES["placement"])] | None = None  # type: ignore[valid-type]
    """Whether prompts and answers share chips (`aggregated`) or have chips of their own (`disaggregated`)."""
    scaling: Literal[tuple(CHOICES["scaling"])] | None = None  # type: ignore[valid-type]
    """Whether the fleet stands for the peak of the day (`fixed`) or follows demand by the hour (`hourly`)."""
    served_model: Text | None = None
    """A language model of the library that is in service, which provides its architecture; by default the model trained."""
    api_model: Text | None = None
    """A model of `list-prices.csv`, whose list prices apply under `serving: priced`; with `from DATE`, those of a date."""
    serving_chip: Name | None = None
    """The chip of the fleet that serves; by default `chip`."""
    serving_backend: Literal["sglang", "trtllm", "vllm"] | None = None
    """The software that serves; by default any."""
    channel: Channel | None = None
    """Where chips are rented; by default a specialised cloud, or the only channel that rents out the chip."""
    precision: Literal[tuple(CHOICES["precision"])] | None = None  # type: ignore[valid-type]
    peak: Literal[tuple(CHOICES["peak"])] | None = None  # type: ignore[valid-type]
    """The peak of which the utilisation is a share; by default the one that its row or entry states."""
    lines: tuple[Name, ...] | None = None
    """Quantities whose sum is total_cost; `compute` stands for the lines of the basis, `development` or `service` for the
    other lines of that stage whose quantities all have values, and `inherited` for the lines of what the file extends."""
    outcomes: tuple[Name, ...] | None = None
    """Other quantities to report; `inherited` stands for those of what the file extends."""
    staff: Annotated[dict[Role, dict[str, Entry]], BeforeValidator(_own_items), Field(max_length=MOST_PARTS)] | None = None
    """Roles, each with people and fte (the share of a full post that each works) or posts (full posts of the role), salary,
    on_cost, equity and optionally duration; all but people, posts and duration per person."""
    deals: Annotated[dict[Role, dict[str, Entry]], BeforeValidator(_own_items), Field(max_length=MOST_PARTS)] | None = None
    """Data deals, each with count and price for its whole term: licences, archives, books by the title."""
    labels: Annotated[dict[Role, dict[str, Entry]], BeforeValidator(_own_items), Field(max_length=MOST_PARTS)] | None = None
    """Data produced by people or models, each with items, price per item and optionally rework."""
    tools: Annotated[dict[Role, dict[str, Entry]], BeforeValidator(_own_items), Field(max_length=MOST_PARTS)] | None = None
    """Tools paid by the month, each with count, fee and optionally duration."""
    risks: Annotated[dict[Role, RiskRow], BeforeValidator(_own_items), Field(max_length=MOST_PARTS)] | None = None
    """Events that may occur, each with probability and impact, run_share or delay, or from a risk of the library."""
    schedule: Annotated[dict[Role, PhaseRow], Field(max_length=MOST_PARTS)] | None = None
    """Phases in order: data, experiments, final_run, post_training, release, serving, or your own names."""
    start: StartDate | None = None
    """First month or day of the schedule, such as 2027-01; without it, months are numbered."""
    actuals: Annotated[ActualsRow, BeforeValidator(_as_rows)] | None = None
    """What was spent so far: rows of month, line and amount; `run` and `cashflow` forecast the rest conditional on it."""
    progress: ProgressRow | None = None
    """A run that is under way; the remaining cost is simulated conditional on the cost to date."""
    team_correlation: Annotated[Number, Field(ge=0, le=1)] = 0.5
    """Correlation between the people of a role in what is uncertain: 0 for independent, 1 for identical."""
    dependence: tuple[Annotated[Dependence, WrapValidator(_unless_inherited)], ...] = ()
    """Rank correlations; they replace those of what the file extends, for which `inherited` stands in the list."""
    adjustments: Annotated[dict[Name, AdjustmentRow], BeforeValidator(_own_items), Field(max_length=MOST_PARTS)] = {}
    """Adjustments of this scenario only, such as the error factors of a published method."""
    levers: tuple[Name, ...] = ()
    """Levers in force; they replace those of what the file extends, for which `inherited` stands in the list."""
    shocks: tuple[Name, ...] = ()
    """Shocks in force, as for levers."""
    baseline: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ("modern",)
    """What the scenario contains before any lever: the techniques of every modern run (`modern`, the default) or not (`bare`),
    and levers whose effect is inside its figures."""
    available: Annotated[tuple[Available, ...], BeforeValidator(as_list)] = ()
    """What the organisation has or can have, such as a base model: levers that need it are offered only then."""
    adoption: Annotated[dict[Name, dict[str, Entry]], Field(max_length=MOST_PARTS)] | None = None
    """By lever, the effort and the delay of its adoption, in place of those of the library."""
    budget: Text | None = None
    budget_plan: Annotated[dict[PlanMonth, Text], Field(max_length=MOST_PARTS * 3)] | None = None
    """Budget by month, such as {2027-01: 300e3 USD, 2027-04: 1e6 USD}; months are numbered from 1 without a `start`."""
    payments: Annotated[dict[Name, Annotated[PaymentChange, BeforeValidator(_as_terms)]], Field(max_length=MOST_PARTS)] = {}
    """Terms of payment by line, as a name (`upfront`) or as changes ({lag: 60 day}); `hardware` is a purchase of own chips,
    and the name of terms changes them for all lines that have them."""
    point: Text | None = None
    """Point estimate, if it is not the total with every prior at its median."""
    year: Annotated[Number, Field(ge=2015, le=2040)] | None = None
    """Year of the run, for posteriors that depend on time; by default the latest year of their evidence."""
    prices: Annotated[str, Field(pattern=PRICES)] = ""
    """Money in which the amounts of the files are stated: USD with the year or month of the prices, such as `2023 USD`."""
    money: Annotated[str, Field(pattern=MONEY)] = ""
    """Money of all outputs, such as `2026 EUR`; by default that of the prices."""
    rates: dict[Annotated[str, Field(pattern=CURRENCY)], Annotated[RateRow, BeforeValidator(_as_rate)]] = {}
    """Exchange rates, in units of each currency for one USD, such as {EUR: 0.86}."""
    price_index: Annotated[Levels, Field(max_length=MOST_PARTS)] = {}
    """Price levels by year or month, such as {2023: 304.7, 2026: 330}, in place of those of the library."""
    known: Statements = ()
    """Known facts about this run, for the reader: sentences, or {text: ..., of: ...} with the names that one is about."""
    assumed: Statements = ()
    """Assumptions, for the reader, as `known`; `run` prints those about a line of more than a fifth of the total."""
    sources: Sources = ()

    def quantities_of_items(self, group: str) -> dict[str, Mapping[str, Entry]]:
        """Return the quantities that this layer gives to each item of a group."""
        items: Mapping[str, Mapping[str, Entry] | RiskRow] = getattr(self, group) or {}
        return {name: item.quantities if isinstance(item, RiskRow) else item for name, item in items.items()}


def split(plain: Mapping[str, Any]) -> tuple[dict[str, object], dict[str, object]]:
    """Return the settings and the quantities of a scenario."""
    settings = {key: value for key, value in plain.items() if key in Settings.model_fields}
    return settings, {key: value for key, value in plain.items() if key not in settings}


SYNONYMS = {
    "utilisation": "mfu", "utilization": "mfu", "gpus": "chips", "accelerators": "chips", "gpu": "chip", "accelerator": "chip",
    "gpu_price": "chip_price", "gpu_hours": "final_run_chip_hours", "tokens": "training_tokens", "flop": "training_flop",
    "flops": "training_flop", "parameters": "total_parameters", "params": "total_parameters", "power": "tdp",
    "gpu_hour_price": "rental_price", "hourly_price": "rental_price", "price_per_hour": "rental_price",
    "experiments": "experiments_factor", "contract": "commitment", "term": "commitment", "confidence": "ranges",
    "people": "staff", "team": "staff", "correlations": "dependence", "correlation": "dependence", "currency": "money",
}  # fmt: skip
"""Common other names of quantities and settings, used only for suggestions."""
