"""The tables and notes of `llmcost compare --rent-or-buy`."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from simulator.cli.cells import format_probability
from simulator.cli.command import Page
from simulator.cli.output import TextTable
from simulator.core.formatting import (
    format_money,
    format_percent,
    format_signed_money,
    format_significant,
    join_words,
    share_of_outcomes,
    to_words,
)
from simulator.scenario.rents import PRICES

if TYPE_CHECKING:
    from simulator.analysis.rent_or_buy_results import BreakEven, RentOrBuy, Reservation
    from simulator.analysis.statistics import SummaryStatistics


def rent_or_buy_page(answer: "RentOrBuy") -> Page:
    """Return what the chips cost rented and owned, where both cost the same, and what to know of it."""
    money = partial(format_money, currency=answer.header.currency)
    columns = ("", ">median", f">{answer.header.interval_name}")
    tables = [
        TextTable(_title(answer), columns, _cost_rows(answer)),
        TextTable("Where renting and buying cost the same", (*columns, ""), _break_even_rows(answer)),
    ]
    return Page(tables, [*_notes(answer)], _headline(answer, money))


def _headline(answer: "RentOrBuy", money: Callable[[float], str]) -> str:
    """State the cheapest of all alternatives, how often it is cheaper, and with which use and time that holds."""
    from simulator.analysis.rent_or_buy_results import alternatives_by_cost, cheapest_and_rival

    cheapest, *others = alternatives_by_cost(answer)
    _, rival, share = cheapest_and_rival(answer)
    months, use = format_significant(answer.horizon_months.median), format_percent(answer.use.median)
    return (
        f"{answer.header.title}: {cheapest.name} costs least, {money(cheapest.median)} (median), and less than {rival} in "
        f"{share_of_outcomes(share, answer.header.draws, 'simulated outcomes')}, with the chips kept for {months} months "
        f"and in use {use} of the time; "
        f"{join_words(f'{each.name} {money(each.median)}' for each in others)}"
    )


def _title(answer: "RentOrBuy") -> str:
    return (
        f"{answer.header.title}: {answer.chips.median:,.0f} chips for "
        f"{format_significant(answer.horizon_months.median)} months, in use {format_percent(answer.use.median)} of the time; "
        f"in {answer.header.money}"
    )


def _cost_rows(answer: "RentOrBuy") -> list[tuple[str, ...]]:
    currency, reserved, own = answer.header.currency, answer.reserved, answer.own_contract
    costs = [("rented, hours used", answer.rented)]
    if reserved is not None:
        costs.append((f"reserved ({reserved.commitment}), all hours", reserved.cost))
    if own is not None:
        costs.append((f"own contract ({own.commitment}), renewed, all hours", own.cost))
    costs += [
        ("owned", answer.owned),
        ("owned, without interest and resale", answer.without_capital_and_resale.owned),
        ("purchase of the cluster", answer.acquisition),
    ]
    money, change = (partial(each, currency=currency) for each in (format_money, format_signed_money))
    rows = [(label, *_median_and_interval(figures, money)) for label, figures in costs]
    return [*rows, ("=rented less owned", *_median_and_interval(answer.rented_less_owned, change))]


def _break_even_rows(answer: "RentOrBuy") -> list[tuple[str, ...]]:
    bare, without = answer.without_capital_and_resale, "  without interest and resale"
    price, share, months = f"{answer.header.currency}/chip/hour", "of the horizon in use", "months kept"
    return [
        ("rent without a contract", *_median_and_interval(answer.rental_price, format_significant), price),
        *(
            (_price_label(contract), *_median_and_interval(contract.price, format_significant), price)
            for contract in (answer.reserved, answer.own_contract)
            if contract is not None
        ),
        ("=break-even rental price", *_median_and_interval(answer.break_even_price, format_significant), price),
        (without, *_median_and_interval(bare.break_even_price, format_significant), price),
        ("=break-even utilisation", *_median_and_interval(answer.break_even_utilisation, format_percent), share),
        (without, *_median_and_interval(bare.break_even_utilisation, format_percent), share),
        ("=break-even duration", *_median_and_interval(answer.break_even_months, format_significant), months),
        (without, *_median_and_interval(bare.break_even_months, format_significant), months),
    ]


def _price_label(contract: "Reservation") -> str:
    return f"reserved ({contract.commitment}), {'own price' if contract.has_own_price else 'terms of the library'}"


def _median_and_interval(figures: "SummaryStatistics | BreakEven", format_value: Callable[[float], str]) -> tuple[str, str]:
    low, middle, high = (
        "never" if value is None else format_value(value) for value in (figures.low, figures.median, figures.high)
    )
    return middle, f"{low} to {high}"


def _notes(answer: "RentOrBuy") -> Iterator[str]:
    if answer.own_use is not None:
        share = format_percent(answer.own_use.median)
        yield f"the work of the scenario takes {share} of these hours (median); without other work the use is no higher"
    yield f"owned is cheaper in {format_probability(answer.rented_less_owned.first_cheaper)} of outcomes"
    yield from _contract_notes(answer)
    yield from _never_notes(answer)
    if answer.library_costs:
        yield f"costs of the owner from the library: {', '.join(map(to_words, answer.library_costs))}"
    yield f"{answer.header.draws:,} draws, seed {answer.header.seed}"


def _contract_notes(answer: "RentOrBuy") -> Iterator[str]:
    """Return how often owning is cheaper than a contract for the whole time, and the contracts that are not compared."""
    reserved, own = answer.reserved, answer.own_contract
    if reserved is not None:
        cheaper = format_probability(reserved.less_owned.first_cheaper)
        yield f"against the same chips reserved ({reserved.commitment}), owned is cheaper in {cheaper} of outcomes"
        if not reserved.has_own_price and reserved.price.low == reserved.price.high:
            yield (
                f"the price of that contract is one number of the library, so the share leaves out how uncertain it is; "
                f"`{PRICES[reserved.commitment]}` states yours, or a range"
            )
    if own is not None:
        cheaper = format_probability(own.less_owned.first_cheaper)
        yield f"against the own contract ({own.commitment}), renewed at its price, owned is cheaper in {cheaper} of outcomes"
    for commitment in answer.too_long:
        yield f"the own contract ({commitment}) is longer than the horizon, so it is not compared"
    if answer.not_compared is not None:
        reason = "it is no contract of one or three years that has a price"
        yield f"the own commitment ({answer.not_compared}) is not compared: {reason}"


def _never_notes(answer: "RentOrBuy") -> Iterator[str]:
    """Return how often buying never pays off."""
    for figures, limit in (
        (answer.break_even_utilisation, "over this horizon even in use all the time"),
        (answer.break_even_months, "within the useful life of the chips at this use"),
    ):
        if figures.never.value:
            yield f"in {format_probability(figures.never)} of outcomes buying does not pay off {limit}"
