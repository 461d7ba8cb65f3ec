"""Results of rent or buy: costs over the horizon, and the price, use and duration at which both cost the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from simulator.analysis.compare import PairedDifference
from simulator.analysis.statistics import Estimate, SummaryStatistics
from simulator.core.results import AnalysisResult


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
    price: SummaryStatistics
    cost: SummaryStatistics
    less_owned: PairedDifference


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
        Under a shorter contract whose price the scenario states, renewed at that price to the end of the horizon; None without.
    too_long : tuple of str
        Contracts whose price the scenario states, which are longer than the horizon, so that they are not compared.
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
    library_costs: tuple[str, ...]
