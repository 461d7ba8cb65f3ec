"""Results of rent or buy: costs over the horizon, and the price, use and duration at which both cost the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from simulator.analysis.compare import PairedDifference
from simulator.analysis.statistics import Estimate, SummaryStatistics
from simulator.core.results import AnalysisResult, optional


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """A duration or a use at which buying costs what renting costs, which may never be reached.

    Attributes
    ----------
    median, low, high : float or None
        Median and bounds of the central interval; None where it is never reached.
    median_error : float or None
        Monte Carlo standard error of the median; None where it is not finite.
    never : Estimate
        Probability that it is never reached.

    """

    median: float | None
    low: float | None
    high: float | None
    median_error: float | None
    never: Estimate


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What owned chips cost over the horizon, and where they cost what rented ones do.

    Attributes
    ----------
    owned : SummaryStatistics
        Cost of the hours used over the horizon, USD.
    rented_less_owned : PairedDifference
        USD; `first_cheaper` is the probability that owned chips are cheaper.
    break_even_price : SummaryStatistics
        The rental price at which the hours used cost the same rented and owned, USD per chip-hour.
    break_even_utilisation : BreakEven
        Share of the horizon in use above which owned chips are cheaper; never, if not even in use all the time.
    break_even_months : BreakEven
        Months for which the chips must be kept, at the use of the comparison, so that owned ones are cheaper; never, if not
        within their useful life.

    """

    owned: SummaryStatistics
    rented_less_owned: PairedDifference
    break_even_price: SummaryStatistics
    break_even_utilisation: BreakEven
    break_even_months: BreakEven


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """The same chips reserved for the whole horizon, used or not.

    Attributes
    ----------
    commitment : str
    is_own : bool
        Whether it is the contract of the scenario: its commitment, or one whose price it states.
    has_own_price : bool
        Whether the scenario states the price of the contract; otherwise it follows from rows of the library.
    price : SummaryStatistics
        USD per reserved chip-hour.
    cost : SummaryStatistics
        USD over the horizon.
    less_owned : PairedDifference
        USD; `first_cheaper` is the probability that owned chips are cheaper.

    """

    commitment: str
    is_own: bool
    has_own_price: bool
    price: SummaryStatistics
    cost: SummaryStatistics
    less_owned: PairedDifference


class Alternative(NamedTuple):
    """Owned chips, or a way to rent them, over the horizon.

    Attributes
    ----------
    name : str
    median : float
        Cost, USD.
    owned_cheaper, equal : float
        Share of draws in which owned chips cost less, and in which they cost the same; 0 for owned chips.

    """

    name: str
    median: float
    owned_cheaper: float = 0.0
    equal: float = 0.0


OWNED = "owned"
RENTED: Mapping[str, str] = {"on-demand": "rented on demand", "spot": "rented on spot capacity"}
"""What sentences call hours that are rented without a contract."""


def cheapest_and_rival(answer: "RentOrBuy") -> tuple[str, str, float]:
    """Return the cheapest alternative, the one that it is compared with, and the share of draws in which it costs less."""
    first, second, *_ = alternatives_by_cost(answer)
    if first.name == OWNED:
        return OWNED, second.name, second.owned_cheaper
    return first.name, OWNED, max(0.0, 1 - first.owned_cheaper - first.equal)


@dataclass(frozen=True, kw_only=True)
class RentOrBuy(Purchase, AnalysisResult):
    """The same work on rented and owned chips over one horizon, and where both cost the same.

    Attributes
    ----------
    chips : SummaryStatistics
    horizon_months : SummaryStatistics
        Time from the purchase of the chips to their sale, months.
    use : SummaryStatistics
        Share of the hours of the horizon in which the chips are used.
    own_use : SummaryStatistics or None
        Share of the hours of the horizon that the work of the scenario itself takes; None where its chips are not known.
    acquisition : SummaryStatistics
        Price of the cluster, USD.
    rented : SummaryStatistics
        Rent of the hours used over the horizon without a contract, USD.
    rental_price : SummaryStatistics
        Price without a contract: on spot capacity where the scenario rents so, and otherwise on demand; USD per chip-hour.
    owned, rented_less_owned, break_even_price, break_even_utilisation, break_even_months
        As in `Purchase`, with cost of capital and resale.
    without_capital_and_resale : Purchase
        The same without them.
    reserved : Reservation or None
        Under the longest contract that is not longer than the horizon; None where no such contract has a price.
    own_contract : Reservation or None
        Under a shorter contract that is the scenario's own, renewed at its price to the end of the horizon; None without.
    too_long : tuple of str
        Contracts of the scenario which are longer than the horizon, so that they are not compared.
    not_compared : str or None
        Commitment of the scenario that is neither compared nor too long, such as `mixed`; None where there is none.
    rent_commitment : str
        How hours are rented without a contract: `on-demand` or `spot`.
    library_costs : tuple of str
        Costs of the owner that the scenario does not state, so that they are rows of the library.

    Examples
    --------
    >>> import llmcost
    >>> answer = llmcost.rent_or_buy("gpt-4", draws=2000)
    >>> answer.break_even_price.median < answer.rental_price.median
    True

    """

    FIELD_TABLES: ClassVar[Mapping[str, tuple[str, ...]]] = {"bases": ("rented", "owned")}

    chips: SummaryStatistics
    horizon_months: SummaryStatistics
    use: SummaryStatistics
    own_use: SummaryStatistics | None
    acquisition: SummaryStatistics
    rented: SummaryStatistics
    rental_price: SummaryStatistics
    without_capital_and_resale: Purchase
    reserved: Reservation | None
    own_contract: Reservation | None
    too_long: tuple[str, ...]
    rent_commitment: str
    library_costs: tuple[str, ...]
    not_compared: str | None = optional()


def contract_name(contract: Reservation) -> str:
    """Return what tables and sentences call a contract."""
    return f"reserved ({contract.commitment}{', own contract' if contract.is_own else ''})"


def alternatives_by_cost(answer: RentOrBuy) -> list[Alternative]:
    """Return owned chips and all ways to rent them, the lowest median first."""
    contracts = [each for each in (answer.reserved, answer.own_contract) if each is not None]
    owned_cheaper = answer.rented_less_owned
    found = [
        Alternative(
            RENTED[answer.rent_commitment], answer.rented.median, owned_cheaper.first_cheaper.value, owned_cheaper.equal
        ),
        Alternative(OWNED, answer.owned.median),
        *(
            Alternative(contract_name(each), each.cost.median, each.less_owned.first_cheaper.value, each.less_owned.equal)
            for each in contracts
        ),
    ]
    return sorted(found, key=lambda each: each.median)
