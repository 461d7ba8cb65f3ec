"""Definitions of the figures of `llmcost compare --rent-or-buy`."""

from simulator.definitions.compare import paired_difference
from simulator.definitions.definition import Definition
from simulator.definitions.groups import estimate, probability_error, summary

_OUTPUT = "compare"
_INTERVAL_LABELS = {"low": "{}% CI", "high": "{}% CI"}
_DIFFERENCE = (
    "total cost on rented chips less that on owned chips in the same draw; 0 where they differ by at most 1e-9 of the larger "
    "one"
)
_RATIO = "total cost on rented chips over that on owned chips in the same draw; null where owned chips may cost nothing"
_RENT = "rent per chip-hour of the scenario: its quantity `rental_price`, before `price_factor` and `deflator`"
_PRICE = (
    "value of `rental_price` at which the total cost on rented chips equals that on owned chips in the same draw; as the total "
    "cost is linear in the rent, (owned - T(0)) r / (T(r) - T(0)), with the rent r of the scenario and the total cost T on "
    "rented chips"
)
_MONTHS = (
    "months in which the rent of a chip exceeds its power by as much as its purchase costs: (lines chip_purchase + "
    "server_purchase + network_purchase) / chips over (rental_cost / chip_hours on rented chips - energy_cost / chip_hours on "
    "purchased ones) over 730.5 hours a month; infinite where power costs as much as rent or more"
)
_UTILISATION = f"x / useful_life of the chips; x: {_MONTHS}, but in hours"


def _basis(path: str, name: str, charge: str) -> tuple[Definition, ...]:
    """Return the definitions of the total cost on one basis."""
    return summary(_OUTPUT, path, f"total cost on {name} chips, {charge}", "USD", {"median": name} | _INTERVAL_LABELS)


def _break_even(path: str, of: str, unit: str, label: str) -> tuple[Definition, ...]:
    """Return the definitions of the statistics of a time that may be infinite."""
    order = "smallest draw x with a share of at least {} of the draws at or below it; null where it is infinite; x: " + of
    return (
        Definition(_OUTPUT, f"{path}.median", label, order.format("0.5"), unit),
        Definition(_OUTPUT, f"{path}.low", "{}% CI", order.format("(1 - interval/100) / 2"), unit),
        Definition(_OUTPUT, f"{path}.high", "{}% CI", order.format("(1 + interval/100) / 2"), unit),
        Definition(
            _OUTPUT, f"{path}.median_error", "",
            "standard error of `median`: half the distance of the order statistics, as for `median`, at shares 0.5 - s and 0.5 "
            "+ s, with s = 0.5 / sqrt(N); null where it is infinite", unit,
        ),
        *estimate(_OUTPUT, f"{path}.never", f"x infinite; x: {of}"),
    )  # fmt: skip


DEFINITIONS: tuple[Definition, ...] = (
    *_basis("rented", "rented", "each chip-hour at the rent"),
    *_basis("owned", "owned", "charged for the time they are used, as the scenario depreciates them"),
    *_basis("purchased", "purchased", "the whole cluster in full, whatever its use"),
    *paired_difference("rented_less_owned", _DIFFERENCE, _RATIO, {"median": "rented less owned"} | _INTERVAL_LABELS),
    *summary(
        _OUTPUT, "rental_price", _RENT, "USD/chip/hour",
        {"median": "rental price of the scenario"} | _INTERVAL_LABELS,
    ),
    *summary(_OUTPUT, "break_even_price", _PRICE, "USD/chip/hour", {"median": "break-even rental price"} | _INTERVAL_LABELS),
    *_break_even("break_even_months", _MONTHS, "month", "break-even duration"),
    *_break_even("break_even_utilisation", _UTILISATION, "1", "break-even utilisation"),
    Definition(
        _OUTPUT, "break_even_utilisation.possible.value", "", f"share of the draws with x <= 1; x: {_UTILISATION}", "1"
    ),
    Definition(
        _OUTPUT, "break_even_utilisation.possible.error", "", f"standard error of `value`: {probability_error('value')}", "1"
    ),
)  # fmt: skip
