"""Definitions of the figures of `llmcost compare --rent-or-buy`."""

from collections.abc import Mapping

from simulator.definitions.compare import paired_difference
from simulator.definitions.definition import Definition
from simulator.definitions.groups import estimate, summary

_OUTPUT = "compare"

TERMS: Mapping[str, str] = {
    "T": "time from the purchase of owned chips to their sale. The horizon is the T of `--horizon`, or else `useful_life` of "
    "the draw.",
    "owned scenario": "the scenario with `basis: owned` and `depreciation: straight-line`, and with the rows of the scenario "
    "`owner-costs` for the costs that it lacks, which `library_costs` names.",
    "k(T)": "annuity per unit of the price and hour: w / (1 - (1 + w)^-n) / `compounding_period`, with w = `cost_of_capital` "
    "and n = T / `compounding_period`; 1 / T where w is 0.",
    "s(T)": "resale value over the price when new: exp(-`resale_decline` T) (1 - `selling_share`), or the `resale_share` of "
    "the scenario, whatever T is.",
    "H(T)": "cost of an hour for which an owned chip is held: `deflator` times the sum of `cluster_price` k(T) (1 - s(T) (1 + "
    "w)^-n), `cluster_price` (`spares_share` + `import_duty_rate`) / T, `cluster_price` (`hardware_maintenance_rate` + "
    "`insurance_rate`), `rated_power` `facility_price`, and (`rated_power` `operators_per_power` + `engineers_per_chip`) "
    "`operations_pay`. In an own building `facility_price` is `building_price` k(`building_life`). A cost that has no value is "
    "0.",
    "E": "power of an hour used: `energy_cost` / `chip_hours` of the owned scenario.",
    "U(T)": "cost of an hour used of an owned chip: H(T) / `fleet_use` + E.",
    "without interest and resale": "the same with w = 0 and s(T) = 0.",
    "R": "cost of an hour used of a rented chip: `rental_cost` / `chip_hours` of the scenario with `basis: rented` and no "
    "contract: on spot capacity if the scenario says so, and otherwise on demand.",
    "h": "chip-hours used: `chips` times the horizon times `fleet_use` of the owned scenario.",
}
"""Terms of the definitions, per draw."""

_WITHOUT = "without_capital_and_resale"
_RENTED_LESS_OWNED = "(R - U(horizon)) h; 0 where R h and U(horizon) h differ by at most 1e-9 of the larger one"
_RATIO = "R / U(horizon); null where owned chips may cost nothing"
_PRICE = "U(horizon) / R times `rental_price`: the rental price at which R is U(horizon)"
_UTILISATION = "H(horizon) / (R - E); infinite where that is above 1 or R is not above E"
_MONTHS = (
    "T / 730.5 hours, with the T at which U(T) is R, which falls with T; infinite where U(`useful_life`) is above R, and T at "
    "least one hour"
)
_RESERVED_COST = "price times `deflator`, `chips` and the horizon: all hours, whether they are used or not"
_RESERVED_PRICE = (
    "quantity `rental_price` under the contract: the longest one (three years, or one) that has a price and whose "
    "`reserved_term` is not longer than the horizon, comparing medians"
)
_OWN_PRICE = (
    "quantity `rental_price` under the contract of the scenario: its commitment, or one whose price it states itself, which is "
    "shorter than that of `reserved`"
)
_CHEAPER = "owned is cheaper in {}% +-{} of outcomes"


def _row(name: str) -> dict[str, str]:
    """Return the labels of median and interval in a row of a table."""
    return {"median": f"{name} | median", "low": f"{name} | {{}}% CI", "high": f"{name} | {{}}% CI"}


def _figures(path: str, of: str, unit: str, row: str = "") -> tuple[Definition, ...]:
    """Return the definitions of the statistics of a quantity, which are in a row of a table if it has a name."""
    return summary(_OUTPUT, path, of, unit, _row(row) if row else {})


def _break_even(path: str, of: str, unit: str, row: str, never: str = "") -> tuple[Definition, ...]:
    """Return the definitions of the statistics of a time or a share that may be infinite."""
    order = "smallest draw x with a share of at least {} of the draws at or below it; null where it is infinite; x: " + of
    labels = _row(row)
    return (
        Definition(_OUTPUT, f"{path}.median", labels["median"], order.format("0.5"), unit),
        Definition(_OUTPUT, f"{path}.low", labels["low"], order.format("(1 - interval/100) / 2"), unit),
        Definition(_OUTPUT, f"{path}.high", labels["high"], order.format("(1 + interval/100) / 2"), unit),
        Definition(
            _OUTPUT, f"{path}.median_error", "",
            "standard error of `median`: half the distance of the order statistics, as for `median`, at shares 0.5 - s and 0.5 "
            "+ s, with s = 0.5 / sqrt(N); null where it is infinite", unit,
        ),
        *estimate(_OUTPUT, f"{path}.never", f"x infinite; x: {of}", never),
    )  # fmt: skip


def _purchase(path: str, suffix: str) -> tuple[Definition, ...]:
    """Return the definitions of what owned chips cost and where they cost what rented ones do; `path` ends with a dot."""
    is_bare = bool(path)
    end = ", all without interest and resale" if is_bare else ""
    never = "in {}% +-{} of outcomes buying does not pay off "
    rows = (
        {"owned": f"owned, {suffix}", "difference": "", "price": suffix, "utilisation": suffix, "months": suffix}
        if is_bare
        else {
            "owned": "owned", "difference": "rented less owned", "price": "break-even rental price",
            "utilisation": "break-even utilisation", "months": "break-even duration",
        }
    )  # fmt: skip
    labels = _row(rows["difference"]) | {"first_cheaper": _CHEAPER} if rows["difference"] else {}
    return (
        *_figures(f"{path}owned", f"U(horizon) h{end}", "USD", rows["owned"]),
        *paired_difference(f"{path}rented_less_owned", f"{_RENTED_LESS_OWNED}{end}", f"{_RATIO}{end}", labels),
        *_figures(f"{path}break_even_price", f"{_PRICE}{end}", "USD/chip/hour", rows["price"]),
        *_break_even(
            f"{path}break_even_utilisation", f"{_UTILISATION}{end}", "1", rows["utilisation"],
            "" if is_bare else f"{never}over this horizon even in use all the time",
        ),
        *_break_even(
            f"{path}break_even_months", f"{_MONTHS}{end}", "month", rows["months"],
            "" if is_bare else f"{never}within the useful life of the chips at this use",
        ),
    )  # fmt: skip


DEFINITIONS: tuple[Definition, ...] = (
    *summary(_OUTPUT, "chips", "quantity `chips` of the owned scenario", "chip", {"median": "{} chips for"}),
    *summary(
        _OUTPUT, "own_use", "`chip_hours` of the owned scenario / (chips times horizon); null where chips are not known", "1",
        {"median": "the work of the scenario takes {}% of these hours (median)"},
    ),
    *summary(_OUTPUT, "horizon_months", "horizon / 730.5 hours", "month", {"median": "chips for {} months"}),
    *summary(
        _OUTPUT, "use", "quantity `fleet_use` of the owned scenario: share of the hours of the horizon in which the chips are "
        "used", "1", {"median": "in use {}% of the time"},
    ),
    *_figures("acquisition", "`cluster_price` times `chips` and `deflator`", "USD", "purchase of the cluster"),
    *_figures("rented", "R h", "USD", "rented, hours used"),
    *_figures(
        "rental_price", "quantity `rental_price` of the scenario of R, before `price_factor` and `deflator`", "USD/chip/hour",
        "rent without a contract",
    ),
    *_purchase("", ""),
    *_purchase(f"{_WITHOUT}.", "without interest and resale"),
    *_figures("reserved.price", _RESERVED_PRICE, "USD/chip/hour", "reserved ({name}), {name}"),
    *_figures("reserved.cost", f"{_RESERVED_COST}; price: {_RESERVED_PRICE}", "USD", "reserved ({name}), all hours"),
    *paired_difference(
        "reserved.less_owned",
        "`reserved.cost` of the draw less U(horizon) h; 0 where they differ by at most 1e-9 of the larger one",
        "`reserved.cost` of the draw over U(horizon) h; null where owned chips may cost nothing",
        {"first_cheaper": f"against the same chips reserved ({{name}}) | {_CHEAPER}"},
    ),
    *_figures("own_contract.price", _OWN_PRICE, "USD/chip/hour", "reserved ({name}), {name}"),
    *_figures(
        "own_contract.cost", f"{_RESERVED_COST}; price: {_OWN_PRICE}", "USD", "own contract ({name}), renewed, all hours"
    ),
    *paired_difference(
        "own_contract.less_owned",
        "`own_contract.cost` of the draw less U(horizon) h; 0 where they differ by at most 1e-9 of the larger one",
        "`own_contract.cost` of the draw over U(horizon) h; null where owned chips may cost nothing",
        {"first_cheaper": f"against the own contract ({{name}}) | renewed at its price | {_CHEAPER}"},
    ),
)  # fmt: skip
