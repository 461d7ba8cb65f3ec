"""The contents of the library as a typed result: scenarios, priors, chips, models, prices, adjustments, risks, quantities."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from simulator import model
from simulator.core.csv_text import Cell
from simulator.core.results import AnalysisResult, Header, optional, values_of
from simulator.core.version import tool_version
from simulator.engine.inputs import Source
from simulator.scenario import library
from simulator.scenario.entries import describe, entry_with_row, library_entry, library_risk, sources_of
from simulator.scenario.quantity_definitions import definition_of, definitions, described_graph
from simulator.scenario.rents import PRICES
from simulator.scenario.schema import AdjustmentRow, ChipRow
from simulator.scenario.token_catalogue import ListPriceItem, ModelItem, list_models, list_price_items

_SUMS = (
    "total_cost", "compute_cost", "supply_cost", "fixed_cost", "noncash_cost", "compute_noncash_share", "fixed_noncash_share",
    "supply_noncash_share", "fleet_surcharge", "capital_rate", "adoption_effort", "adoption_delay", "adoption_burn",
)  # fmt: skip
"""Quantities that a scenario computes from its lines and levers."""
KINDS = ("scenarios", "priors", "chips", "models", "prices", "levers", "shocks", "risks", "quantities")
"""What the library and the model consist of."""


@dataclass(frozen=True, slots=True)
class ScenarioItem:
    """A scenario or a preset of the library.

    Attributes
    ----------
    name : str
    title : str
        Empty for a preset, which other scenarios extend.
    about : str
    extends : tuple of str
        The presets that it extends.

    """

    name: str
    title: str
    about: str
    extends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriorItem:
    """A prior of the library.

    Attributes
    ----------
    name : str
        Quantity and row, as in `mfu/dense-h100`.
    quantity, about : str
    unit : str
        The unit of the specification; `1` for a quantity without unit.
    distribution : str
        The distribution as specified.
    date : str
        Date of the figure: `2024`, `2024-05` or `2024-05-31`; empty if unknown.
    grade : str
        Grade of the evidence, A to D.
    assumption : bool
        Whether it has no source, or grade D.
    sources : tuple of Source

    """

    name: str
    quantity: str
    about: str
    unit: str
    distribution: str
    date: str
    grade: str
    assumption: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class OldPriorItem(PriorItem):
    """A prior with its age.

    Attributes
    ----------
    days_old : int or None
        Days since the last day of its date; None without a date.

    """

    days_old: int | None


@dataclass(frozen=True, slots=True)
class ChipItem:
    """A chip of the library.

    Attributes
    ----------
    name, about : str
    released : str
        Date of its release; empty if unknown.
    aliases : tuple of str
        Other names of it.
    brings : tuple of str
        The quantities that it provides.

    """

    name: str
    about: str
    released: str
    aliases: tuple[str, ...]
    brings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdjustmentItem:
    """A lever or a shock of the library.

    Attributes
    ----------
    name, about : str
    affects : tuple of str
        The settings that it selects, or the quantities that its effects change.
    grade : str
        Grade of the evidence, A to D.
    sources : tuple of Source

    """

    name: str
    about: str
    affects: tuple[str, ...]
    grade: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class RiskItem:
    """A risk of the library, which a scenario names in its register.

    Attributes
    ----------
    name, about : str
    probability : str
        The distribution of its probability, as specified.
    quantities : tuple of str
        What it has beside a probability: `impact`, `run_share` or `delay`.
    grade : str
        Worst grade of the evidence for its quantities, A to D.
    mitigation : str
    sources : tuple of Source
        Sources of the mitigation; each quantity has its own.

    """

    name: str
    about: str
    probability: str
    quantities: tuple[str, ...]
    grade: str
    mitigation: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class QuantityItem:
    """A quantity of the model.

    Attributes
    ----------
    name : str
    about : str
        What it is, in one sentence.
    unit : str
        Its canonical unit; `1` for a quantity without unit.
    needs : tuple of str
        The quantities that its formula needs.
    is_input : bool
        Whether nothing computes it, so that a scenario has to give it, or the library has a default.

    """

    name: str
    about: str
    unit: str
    needs: tuple[str, ...]
    is_input: bool


Item = ScenarioItem | PriorItem | ChipItem | ModelItem | ListPriceItem | AdjustmentItem | RiskItem | QuantityItem


@dataclass(frozen=True, kw_only=True)
class Catalogue(AnalysisResult):
    """Entries of the library by kind; None for a kind that is not listed.

    Attributes
    ----------
    scenarios : tuple of ScenarioItem or None
    priors : tuple of PriorItem or None
    chips : tuple of ChipItem or None
    models : tuple of ModelItem or None
        Language models that can be served.
    prices : tuple of ListPriceItem or None
        List prices of interfaces.
    levers, shocks : tuple of AdjustmentItem or None
    risks : tuple of RiskItem or None
    quantities : tuple of QuantityItem or None

    """

    scenarios: tuple[ScenarioItem, ...] | None = optional()
    priors: tuple[PriorItem, ...] | None = optional()
    chips: tuple[ChipItem, ...] | None = optional()
    models: tuple[ModelItem, ...] | None = optional()
    prices: tuple[ListPriceItem, ...] | None = optional()
    levers: tuple[AdjustmentItem, ...] | None = optional()
    shocks: tuple[AdjustmentItem, ...] | None = optional()
    risks: tuple[RiskItem, ...] | None = optional()
    quantities: tuple[QuantityItem, ...] | None = optional()

    def items(self) -> dict[str, tuple[Item, ...]]:
        """Return the entries of the kinds that are listed."""
        return {kind: entries for kind in KINDS if (entries := getattr(self, kind)) is not None}

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per entry; lists are joined, and columns of other kinds are empty."""
        rows: list[dict[str, Cell]] = [
            {"kind": kind, **{key: _cell(value) for key, value in values_of(item).items()}}
            for kind, items in self.items().items()
            for item in items
        ]
        columns = tuple(dict.fromkeys(key for row in rows for key in row)) or ("kind", "name")
        return columns, [tuple(row.get(column) for column in columns) for row in rows]


def _cell(value: Any) -> Cell:
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else value


def list_library(*kinds: str) -> Catalogue:
    """Return the entries of some `KINDS` of the library, by default all.

    Examples
    --------
    >>> [chip.name for chip in list_library("chips").chips or () if chip.name.endswith("h100-sxm")]
    ['nvidia-h100-sxm']

    """
    entries: dict[str, Any] = {kind: tuple(_ITEMS[kind]()) for kind in kinds or KINDS}
    return Catalogue(header=Header(version=tool_version()), **entries)


def with_priors_older_than(catalogue: Catalogue, days: int, on: date) -> Catalogue:
    """Return a catalogue with only those priors that are older than `days` on a date, oldest first."""
    return replace(catalogue, priors=select_older(catalogue.priors or (), days, on))


def select_older(priors: Sequence[PriorItem], days: int, on: date) -> tuple[OldPriorItem, ...]:
    """Return the priors dated more than `days` before `on`, each with its age, oldest first.

    Priors without a date come before all others; neutral default rows are no facts and have no age.
    """
    priors = [prior for prior in priors if prior.date or not prior.name.endswith(f"/{library.DEFAULT}")]
    ages = [(on - last_day(prior.date)).days if prior.date else None for prior in priors]
    old = [
        OldPriorItem(**values_of(prior), days_old=age)
        for prior, age in zip(priors, ages, strict=True)
        if age is None or age > days
    ]
    return tuple(sorted(old, key=lambda prior: (prior.days_old is not None, -(prior.days_old or 0), prior.name)))


def last_day(text: str) -> date:
    """Return the last day of a date: 2018 and 2024-05 count as their last day."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    if day:
        return date(year, month, day)
    return date(year, month or 12, monthrange(year, month or 12)[1])


def _scenarios() -> list[ScenarioItem]:
    rows = []
    for name in library.names("scenarios"):
        node = library.find_file("scenarios", name)
        settings = node.plain() if node else {}
        about = settings.get("about", "" if "title" in settings else "a preset to extend")
        extends = settings.get("extends", [])
        names = (extends,) if isinstance(extends, str) else tuple(extends)
        rows.append(ScenarioItem(name, settings.get("title", ""), about.strip(), names))
    return rows


def _priors() -> list[PriorItem]:
    units = model.every_graph().units
    rows = []
    for quantity, row_names in library.rows().items():
        for name in row_names:
            entry = library_entry(quantity, name)
            unit = units.get(model.lookup_name(quantity))
            rows.append(
                PriorItem(
                    name=f"{quantity}/{name}",
                    quantity=quantity,
                    about=entry.about,
                    unit=entry.unit or (unit.text if unit else "1"),
                    distribution=describe(entry),
                    date=entry.date,
                    grade=entry.grade,
                    assumption=not entry.sources or entry.grade == "D",
                    sources=sources_of(entry.sources),
                )
            )
    return rows


def _chips() -> list[ChipItem]:
    rows = {name: ChipRow.model_validate(node.plain()) for name, node in library.chips().items()}
    return [
        ChipItem(name, row.about, row.released or "", tuple(row.aliases), (*(row.model_extra or {}), *_rents(row)))
        for name, row in rows.items()
    ]


def _rents(row: ChipRow) -> list[str]:
    """Return the rents of a chip that the library has, in any channel."""
    return list(dict.fromkeys(PRICES[term] for terms in row.rents.values() for term in terms))


def _adjustments(kind: str) -> list[AdjustmentItem]:
    rows = []
    for name in library.names(kind):
        node = library.find_file(kind, name)
        row = AdjustmentRow.model_validate(node.plain() if node else {})
        affects = (*row.choice, *(effect.on for effect in row.effects))
        rows.append(AdjustmentItem(name, row.about, affects, row.grade, sources_of(row.sources)))
    return rows


def _risks() -> list[RiskItem]:
    rows = []
    for name in library.names("risks"):
        row = library_risk(name)
        facts = {} if row is None else {key: entry_with_row(key, entry) for key, entry in row.quantities.items()}
        if row is not None:
            rows.append(
                RiskItem(
                    name=name,
                    about=row.about,
                    probability=describe(facts["probability"]),
                    quantities=tuple(key for key in facts if key != "probability"),
                    grade=max(entry.grade for entry in facts.values()),
                    mitigation=row.mitigation,
                    sources=sources_of(row.sources),
                )
            )
    return rows


def _quantities() -> list[QuantityItem]:
    """Return the quantities with a formula first; those without one follow in the order of their definitions."""
    graph = described_graph()
    names = [*graph.formulas, *(name for name in definitions() if name in graph.units and name not in graph.formulas)]
    computed = {*graph.formulas, *model.FOLLOWING, *_SUMS}
    computed |= {name for options in model.CHOICES.values() for bindings in options.values() for name in bindings}
    return [
        QuantityItem(
            name=name,
            about=definition_of(name),
            unit=graph.units[name].text,
            needs=tuple(graph.formulas[name].needs) if name in graph.formulas else (),
            is_input=name not in computed,
        )
        for name in names
    ]


_ITEMS: dict[str, Callable[[], Sequence[Item]]] = {
    "scenarios": _scenarios, "priors": _priors, "chips": _chips, "quantities": _quantities,
    "models": list_models, "prices": list_price_items,
    "levers": partial(_adjustments, "levers"), "shocks": partial(_adjustments, "shocks"), "risks": _risks,
}  # fmt: skip
