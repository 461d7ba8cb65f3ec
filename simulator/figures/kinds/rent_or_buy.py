"""The cost of an hour used, rented and owned, by the time for which owned chips are kept."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.analysis.statistics import Array
from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.core.formatting import format_percent, format_significant, share_of_draws
from simulator.core.results import AnalysisResult
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.options import RunOptions
from simulator.engine.summaries import interval_bounds
from simulator.figures.axes import add_legend
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.phrases import interval_name, short_title
from simulator.figures.registry import KindFunctions
from simulator.figures.style import ACCENT, FILL, INK, MAIN, canvas
from simulator.io.header import header_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.analysis.rent_or_buy import Bases

MONTH = HOURS_PER_YEAR / 12
_MOST = 0.5
"""Share of draws above which a contract costs less than owned chips in most of them."""
RENT = {"on-demand": "on demand", "spot": "on spot capacity"}
"""What sentences call rent without a contract."""


@dataclass(frozen=True, slots=True)
class CostBand:
    """Median and interval of a cost, USD per chip-hour used."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class HorizonCost:
    """Cost of an hour used where chips are kept for some months.

    Attributes
    ----------
    months : float
    owned : CostBand
        With cost of capital and resale.
    bare : float
        The median without them, USD per chip-hour used.

    """

    months: float
    owned: CostBand
    bare: float


@dataclass(frozen=True, slots=True)
class ContractCost:
    """Cost of an hour used under a contract for the whole time, whose hours are paid for whether they are used or not.

    Attributes
    ----------
    commitment : str
    is_own : bool
        Whether it is the contract of the scenario.
    cost : CostBand
    cheaper : float
        Share of the draws in which it costs less than owned chips that are kept for the longest time.

    """

    commitment: str
    is_own: bool
    cost: CostBand
    cheaper: float


@dataclass(frozen=True, kw_only=True)
class RentOrBuyFigure(AnalysisResult):
    """Cost of an hour used by the time for which chips are kept.

    Attributes
    ----------
    rented : CostBand
        Without a contract, whatever the time.
    rent_commitment : str
        How it is rented without a contract: `on-demand` or `spot`.
    use : float
        Share of the time in which owned and reserved chips are used, the median.
    horizons : tuple of HorizonCost
    contracts : tuple of ContractCost
        Contracts that are not longer than the longest time, the longest first.

    """

    rented: CostBand
    rent_commitment: str
    use: float
    horizons: tuple[HorizonCost, ...]
    contracts: tuple[ContractCost, ...]


def rent_or_buy_table(request: FigureRequest) -> RentOrBuyFigure:
    """Simulate the scenario rented and owned."""
    from simulator.analysis.rent_or_buy import bases_of

    try:
        return rent_or_buy_of(bases_of(request.files()), request.options())
    except (InvalidInputError, UnsupportedError) as error:
        raise FigureUnavailableError(f"{request.scenario.name} cannot be compared rented and owned: {error}") from None


def rent_or_buy_of(bases: "Bases", options: RunOptions) -> RentOrBuyFigure:
    """Simulate a scenario rented and owned, and return the table of the figure."""
    from simulator.analysis.rent_or_buy import simulate_horizons

    draws, levels = simulate_horizons(bases, options), interval_bounds(options.interval)

    def band(values: Array) -> CostBand:
        low, median, high = np.quantile(values, [levels[0], 0.5, levels[1]]).tolist()
        return CostBand(low, median, high)

    return RentOrBuyFigure(
        header=header_of(bases.rented, options),
        rented=band(draws.rented),
        rent_commitment=draws.rent_commitment,
        use=float(np.median(draws.use)),
        contracts=tuple(
            ContractCost(each.commitment, each.is_own, band(each.cost), float(np.mean(each.cost < draws.owned[-1])))
            for each in draws.contracts
        ),
        horizons=tuple(
            HorizonCost(float(horizon / MONTH), band(owned), float(np.median(bare)))
            for horizon, owned, bare in zip(draws.horizons, draws.owned, draws.bare, strict=True)
        ),
    )


def draw_rent_or_buy(table: RentOrBuyFigure, date: str) -> "Figure":
    """Draw the cost of an hour used, rented and owned, by the months for which owned chips are kept."""
    months = [each.months for each in table.horizons]
    owned = [each.owned for each in table.horizons]
    figure, axes = canvas(
        table,
        rent_or_buy_finding(table),
        f"{short_title(table)[:60]}: {table.header.currency} per chip-hour used, {table.header.money}, by the time from "
        "purchase to sale",
        date,
        height=3.4,
        remark=_remark(table),
    )
    name = interval_name(table)
    axes.fill_between(
        months, [each.low for each in owned], [each.high for each in owned], color=FILL, linewidth=0, label=f"owned, {name}"
    )
    axes.plot(months, [each.median for each in owned], color=MAIN, linewidth=2, label="owned, median")
    bare = [each.bare for each in table.horizons]
    axes.plot(months, bare, color=INK, linewidth=1, linestyle=":", label="without interest and resale, median")
    axes.axhline(table.rented.median, color=ACCENT, linewidth=2, label=f"rented {RENT[table.rent_commitment]}, median")
    for contract, style in zip(table.contracts, ("--", "-."), strict=False):
        label = f"reserved ({contract.commitment}), median"
        axes.axhline(contract.cost.median, color=ACCENT, linewidth=1.2, linestyle=style, label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(months[0], months[-1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        _label_steps(axis)
    axes.set_xlabel("months for which the chips are kept, logarithmic scale")
    add_legend(axes)
    return figure


def _remark(table: RentOrBuyFigure) -> str:
    """State what the costs contain, and which contract is that of the scenario."""
    use = format_percent(table.use)
    texts = [
        f"In use {use} of the time. Owned: hardware, capital, resale, site, operation, idle hours and power. Rented: the hours "
        f"used, {RENT[table.rent_commitment]}."
    ]
    if table.contracts:
        texts.append("Reserved: all hours, for all of the time.")
    texts += [f"The contract of the scenario is {each.commitment}." for each in table.contracts if each.is_own]
    return " ".join(texts)


def _label_steps(axis: object) -> None:
    from matplotlib.axis import Axis
    from matplotlib.ticker import LogLocator, NullFormatter

    assert isinstance(axis, Axis)
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_formatter(NullFormatter())


def rent_or_buy_text(table: RentOrBuyFigure) -> str:
    """Describe the costs of an hour at the end of the axis."""
    first, last, currency = table.horizons[0], table.horizons[-1], table.header.currency
    contracts = "".join(
        f"; reserved ({each.commitment}) {format_significant(each.cost.median)} {currency}" for each in table.contracts
    )
    return (
        f"Cost of a chip-hour used of {short_title(table)}, in use {format_percent(table.use)} of the time: rented "
        f"{RENT[table.rent_commitment]} {format_significant(table.rented.median)} {currency}; owned "
        f"{format_significant(first.owned.median)} {currency} where chips are kept for {format_significant(first.months)} "
        "months, and "
        f"{format_significant(last.owned.median)} {currency} for {format_significant(last.months)} months{contracts}."
    )


def rent_or_buy_finding(table: RentOrBuyFigure) -> str:
    """State from which time on owning costs less than renting at the median, at which use, and which contract costs less."""
    return f"{_break_even(table)} at {format_percent(table.use)} use{_cheaper_contract(table)}"


def _break_even(table: RentOrBuyFigure) -> str:
    """State from which time on the median cost of owning is below that of renting without a contract.

    That is another figure than the median of the break-even duration, of which each draw has its own.
    """
    rented, rent = table.rented.median, RENT[table.rent_commitment]
    cheaper = [each.owned.median < rented for each in table.horizons]
    first, last = (format_significant(each.months, 2) for each in (table.horizons[0], table.horizons[-1]))
    if not any(cheaper):
        return f"At the median renting {rent} costs less than owning for any time up to {last} months"
    if all(cheaper):
        return f"At the median owning costs less than renting {rent} from {first} months on"
    if not cheaper[-1]:
        return f"At the median renting {rent} costs less than owning for {last} months"
    place = len(cheaper) - 1 - cheaper[::-1].index(False)
    before, after = table.horizons[place], table.horizons[place + 1]
    share = (before.owned.median - rented) / (before.owned.median - after.owned.median)
    months = before.months + share * (after.months - before.months)
    return f"At the median owning costs less than renting {rent} from {format_significant(months, 2)} months on"


def _cheaper_contract(table: RentOrBuyFigure) -> str:
    """State which contract costs less than owned chips in most draws, if one does."""
    cheapest = min(table.contracts, key=lambda each: each.cost.median, default=None)
    if cheapest is None or cheapest.cheaper <= _MOST:
        return ""
    return f"; a {cheapest.commitment} contract costs less in {share_of_draws(cheapest.cheaper)}"


FUNCTIONS = KindFunctions(rent_or_buy_table, draw_rent_or_buy, rent_or_buy_text, rent_or_buy_finding)
