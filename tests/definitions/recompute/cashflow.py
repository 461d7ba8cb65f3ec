"""Figures of `llmcost cashflow` from the draws.

When a line of the cases accrues, and by which terms it is paid, is stated here once more, apart from the package: `ACCRUES` and
`PAID`. An amount is the list of its parts, each with its share and with the times between which it falls evenly.
"""

import calendar
import datetime
import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from definitions.case import Case, Draws
from definitions.recompute.statistics import bounds, contract, header, probability_error, quantile_error

from simulator.analysis.cashflow.draws import with_cash_quantities
from simulator.engine.simulate import simulate
from simulator.scenario import open_scenario

CASES = (
    "cashflow startup.yaml --draws 5000 --discount-rate 8% --budget 4e6 --set commitment=on-demand",
    "cashflow startup.yaml --draws 5000 --period quarter --start 2027-02-15 --interval 90% --set escalation=0 "
    "--set reservation=dedicated --set 'budget_plan={2027-02: 1e6 USD, 2027-06: 4e6 USD, 2028-01: 30e6 USD}'",
    "cashflow startup.yaml --draws 2000",
    "cashflow programme.yaml --draws 5000 --period year --seed 3",
    "cashflow programme.yaml --draws 5000 --period year --start 2027-09 --accrual --budget 900e6",
    "cashflow fleet.yaml --draws 5000 --period quarter --discount-rate 5%",
    "cashflow heavy.yaml --draws 5000",
)
MONTH = 8766 / 12
DAYS = 24 / MONTH
"""A day in months."""
MAX_MONTHS = 240
PERIODS = {"month": 1, "quarter": 3, "year": 12}
COMPUTE = {
    "rental_cost", "energy_cost", "chip_cost", "chip_purchase", "server_purchase", "network_purchase", "facility_cost",
    "hardware_maintenance_cost", "operations_cost", "insurance_cost", "server_cost", "network_cost", "capital_cost",
    "resale_credit", "idle_cost", "cpu_node_cost", "platform_cost", "support_cost", "other_cloud_cost", "chip_licence_cost",
}  # fmt: skip
SERVICE = {"serving_cost", "refresh_cost", "maintenance_cost", "retrain_cost", "service_compliance_cost"}
IN_PHASE = {
    "licence_cost": "data", "data_processing_cost": "data", "synthetic_data_cost": "data", "labelling_cost": "post_training",
}  # fmt: skip
NO_PAYMENT = {"chip_cost", "server_cost", "network_cost", "capital_cost", "resale_credit"}
IN_THE_MONTH = {
    "staff_cost", "tool_cost", "software_cost", "facility_cost", "insurance_cost", "operations_cost", "adoption_cost",
}  # fmt: skip
UPFRONT = {"licence_cost"}
PURCHASES = {"chip_purchase", "server_purchase", "network_purchase", "fleet_purchase", "cpu_node_cost"}
"""30 % six months before the start, and the rest at the start."""
INVOICE = 30 * DAYS


@dataclass(frozen=True)
class Spending:
    """What is paid by line, draw and month, or what accrues."""

    case: Case
    draws: Draws
    by_line: dict
    offset: float
    cache: dict = field(default_factory=dict)

    @property
    def total(self):
        return self.draws.total

    @cached_property
    def has_mean(self):
        return self.draws.has_mean

    def has_mean_of(self, line):
        return self.has_mean and not (line in self.draws.lines and self.draws.result.why_no_mean(line))

    @property
    def rate(self):
        return float(self.case.value_of("--discount-rate", "0%").removesuffix("%")) / 100

    @cached_property
    def months(self):
        """Amount by draw and month."""
        return sum(self.by_line.values())

    @cached_property
    def sums(self):
        """Amount by draw to the end of each month."""
        return np.cumsum(self.months, axis=1)

    @cached_property
    def representative(self):
        """The draws whose mean is representative."""
        if all(self.has_mean_of(line) for line in self.by_line):
            return np.arange(len(self.months))
        order = np.argsort(self.months.sum(axis=1), kind="stable")
        return order[round(0.45 * len(order)) : round(0.55 * len(order))]

    @property
    def middle(self):
        """Middle of each month, in years."""
        return (np.arange(self.months.shape[1]) + 0.5) / 12

    @cached_property
    def then_year(self):
        escalation = self.draws.values.get("escalation", np.zeros(len(self.months)))  # per hour
        return self.months * np.exp(np.outer(escalation, self.middle * 12 * MONTH))

    @cached_property
    def periods(self):
        """First month and number of months of each period."""
        length, start = PERIODS[self.case.value_of("--period", "month")], self.case.value_of("--start", "")
        of_year = int(start.split("-")[1]) - 1 if start else 0
        edges = [0, *(month for month in range(1, self.months.shape[1]) if (of_year + month) % length == 0)]
        return list(zip(edges, np.diff([*edges, self.months.shape[1]]).tolist(), strict=True))

    @cached_property
    def planned(self):
        """Budget to the end of each month."""
        plan = self.draws.scenario.budget_plan
        medians = np.median(self.sums, axis=0)
        if not plan:
            return self.draws.scenario.budget * medians / medians[-1]
        year, month = map(int, self.case.value_of("--start", "").split("-")[:2])
        number = {f"{year + (month - 1 + k) // 12}-{(month - 1 + k) % 12 + 1:02}": k for k in range(len(medians))}
        by_month = np.zeros(len(medians))
        for name, amount in plan:
            by_month[number.get(name, len(medians) - 1)] += amount
        return np.cumsum(by_month)


def inputs(case):
    """Simulate a scenario and distribute its lines over the months."""
    scenario = with_cash_quantities(open_scenario(case.references[0], case.overrides).scenario)
    result = simulate(scenario, case.draws, case.seed, keep=scenario.plan.names)
    draws = Draws(case, result, result.retained_draws)
    offset = _offset(case)
    amounts = _accrued(draws) if "--accrual" in case.arguments else _paid(draws)
    last = np.max([np.where(amount != 0, _last(parts), 0) for amount, parts in amounts.values()], axis=0) + offset
    months = min(MAX_MONTHS, max(1, math.ceil(np.quantile(last, 0.99))))
    by_line = {line: amount[:, None] * _monthly(parts, months, offset) for line, (amount, parts) in amounts.items()}
    if "credits_used" in draws.values and "--accrual" not in case.arguments:
        bill = sum(by_line[line] for line in ("rental_cost", "idle_cost") if line in by_line).cumsum(axis=1)
        spent = np.minimum(draws.values["credit_share"][:, None] * bill, draws.values["credits_used"][:, None])
        by_line["credits_used"] = -np.diff(np.column_stack([np.zeros(len(spent)), spent]), axis=1)
    return Spending(case, draws, by_line, offset)


def _offset(case):
    start = case.value_of("--start", "")
    if start.count("-") < 2:
        return 0.0
    date = datetime.date.fromisoformat(start)
    return (date.day - 1) / calendar.monthrange(date.year, date.month)[1]


# --- parts: (share, start, end), and (share, start, end, growth) where the rate grows ----------------------------------------


def _accrued(draws):
    return {line: (amount, _accrual(draws, line)) for line, amount in draws.lines.items()}


def _accrual(draws, line):
    """When a line accrues."""
    values, phases = draws.values, draws.scenario.phases
    spans = {phase: (values[f"{phase}.start"] / MONTH, values[f"{phase}.end"] / MONTH) for phase in phases}
    building = [phase for phase in phases if phase != "serving"]
    release = np.max([spans[phase][1] for phase in building], axis=0)
    zero = np.zeros(len(release))
    naming = [phase for phase, lines in phases.items() if line in lines]
    choices = draws.scenario.choices
    has_term = choices.get("commitment") == "one-year" and choices.get("reservation") == "dedicated"
    is_contract = choices.get("basis") == "rented" and has_term
    cluster = [phase for phase in phases if phase in ("experiments", "final_run", "post_training")] or building
    rented = {"rental_cost", "idle_cost", "platform_cost", "support_cost", "other_cloud_cost", "chip_licence_cost"}
    if line in rented and is_contract:
        first = np.min([spans[phase][0] for phase in cluster], axis=0)
        last = np.max([spans[phase][1] for phase in cluster], axis=0)
        term = (1.0, first, np.maximum(first + values["reserved_term"] / MONTH, last))
        if line == "idle_cost":
            return [term]
        contracted = values["reserved_use"] * values["rental_price"] * values.get("deflator", 1) / values["rental_cost"]
        share = np.minimum(contracted, 1)
        return [(share, *term[1:]), *((part * (1 - share), *edges) for part, *edges in _by_hours(draws, spans, cluster))]
    if naming:
        return _by_hours(draws, spans, naming) if line in COMPUTE else _by_length(spans, naming)
    if line in COMPUTE:
        return _by_hours(draws, spans, cluster)
    if line in ("staff_cost", "tool_cost"):
        key = ".salary" if line == "staff_cost" else ".fee"
        names = [name.removesuffix(key) for name in values if name.endswith(key)]
        whole = np.maximum(sum(values[f"{name}.cost"] for name in names), 1e-9)
        return [(values[f"{name}.cost"] / whole, zero, values[f"{name}.duration"] / MONTH) for name in names]
    if line == "storage_cost":
        start = spans["data"][0] if "data" in spans else zero
        return [(1.0, start, start + values["storage_time"] / MONTH)]
    if line in SERVICE:
        start, end = spans.get("serving", (release, release + values["service_life"] / MONTH))
        if line != "serving_cost":
            return [(1.0, start, end)]
        growing, months = values["growing_share"], end - start
        first = (values["demand_growth"] - values["serving_price_decline"]) * months * growing * MONTH
        later = -values["serving_price_decline"] * months * (1 - growing) * MONTH
        amounts = [
            share * start_rate * np.where(rise == 0, 1, np.expm1(rise) / np.where(rise == 0, 1, rise))
            for share, start_rate, rise in ((growing, 1.0, first), (1 - growing, np.exp(first), later))
        ]
        limit = start + growing * months
        shares = [amount / sum(amounts) for amount in amounts]
        return [(shares[0], start, limit, first), (shares[1], limit, end, later)]
    phase = IN_PHASE.get(line)
    return _by_length(spans, [phase] if phase in spans else building)


def _by_length(spans, phases):
    lengths = [spans[phase][1] - spans[phase][0] for phase in phases]
    whole = sum(lengths)
    return [(length / whole, *spans[phase]) for phase, length in zip(phases, lengths, strict=True)]


def _by_hours(draws, spans, phases):
    values = draws.values
    if "chip_hours" not in values:
        return _by_length(spans, phases)
    final = values["final_run_chip_hours"]
    after = final * values.get("post_training_share", 0)
    hours = {"final_run": final, "post_training": after, "experiments": values["chip_hours"] - final - after}
    if any(phase not in hours for phase in phases):
        return _by_length(spans, phases)
    whole = sum(hours[phase] for phase in phases)
    return [(hours[phase] / whole, *spans[phase]) for phase in phases]


def _paid(draws):
    values, paid = draws.values, {}
    for line, amount in draws.lines.items():
        if line in NO_PAYMENT or (line == "cpu_node_cost" and draws.scenario.choices["basis"] == "owned"):
            continue
        parts = _accrual(draws, line)
        noncash = values.get(f"{line.removesuffix('_cost')}_noncash_cost", 0)
        lag = 0.0 if line in IN_THE_MONTH or (line == "idle_cost" and draws.scenario.choices["basis"] == "owned") else INVOICE
        if line in UPFRONT or line in PURCHASES:
            parts = _at_start(parts, line)
            lag = 0.0
        paid[line] = amount - noncash, [(part, start + lag, end + lag, *more) for part, start, end, *more in parts]
    if "hardware" in draws.scenario.payments and draws.scenario.payments["hardware"].is_cash:
        delivery = _first(_accrual(draws, "energy_cost"))
        last = np.max([values[f"{phase}.end"] / MONTH for phase in draws.scenario.phases], axis=0)
        sale = np.maximum(delivery + values["useful_life"] / MONTH, last)
        paid["fleet_purchase"] = values["fleet_purchase"], _at_start([(1.0, delivery, delivery)], "fleet_purchase")
        paid["fleet_proceeds"] = -values["fleet_proceeds"], [(1.0, sale, sale)]
    return paid


def _at_start(parts, line):
    start = _first(parts)
    if line in UPFRONT:
        return [(1.0, start, start)]
    return [(0.3, start - 6, start - 6), (0.7, start, start)]


def _first(parts):
    return np.min([np.where(np.broadcast_to(part[0], part[1].shape) != 0, part[1], np.inf) for part in parts], axis=0)


def _last(parts):
    ends = [np.where(part[2] > part[1], part[2], part[2] + 1e-9) for part in parts]  # at the end of a month is in the next
    return np.max(
        [np.where(np.broadcast_to(part[0], end.shape) != 0, end, -np.inf) for part, end in zip(parts, ends, strict=True)],
        axis=0,
    )


def _monthly(parts, months, offset):
    """Share by draw and month."""
    done = np.zeros((len(parts[0][1]), months + 1))  # share before month k
    for share, start, end, *growth in parts:
        for month in range(1, months):
            passed = month - offset - start
            with np.errstate(divide="ignore", invalid="ignore"):
                part = np.where(end > start, np.clip(passed / (end - start), 0, 1), passed > 0)
                if growth:
                    part = np.where(np.abs(growth[0]) < 1e-9, part, np.expm1(growth[0] * part) / np.expm1(growth[0]))
            done[:, month] += share * part
        done[:, -1] += share  # the last month includes all that is later
    return np.diff(done, axis=1)


# --- figures --------------------------------------------------------------------------------------------------------------


def _band(path, values_of, has_mean=lambda spending, figure: spending.has_mean, *, is_absent=lambda spending: False):
    def cached(spending, figure):
        key = (path, figure.keys)
        if key not in spending.cache:
            spending.cache[key] = values_of(spending, figure)
        return spending.cache[key]

    def at(place):
        return lambda spending, figure: np.quantile(cached(spending, figure), bounds(spending.case.interval)[place])

    return {
        f"{path}.low": at(0),
        f"{path}.median": lambda spending, figure: np.quantile(cached(spending, figure), 0.5),
        f"{path}.high": at(1),
        f"{path}.mean": lambda spending, figure: cached(spending, figure).mean() if has_mean(spending, figure) else None,
        f"{path}.error": lambda spending, figure: quantile_error(cached(spending, figure), 0.5),
    }


def _of_period(spending, figure, by_month):
    first, count = spending.periods[figure.keys[0]]
    return by_month[..., first : first + count].sum(axis=-1)


def _end(spending, figure):
    first, count = spending.periods[figure.keys[0]]
    return first + count - 1


def _line(spending, place):
    return list(spending.by_line)[place]


def _mean(spending, values):
    return values[spending.representative].mean()


def _reconciled(spending, figure):
    name = figure.keys[0]
    sign = -1 if name in ("noncash_cost", "credits_used", "fleet_proceeds") else 1
    return sign * _mean(spending, spending.draws.values[name])


def _present_value(spending, figure):
    return (spending.then_year / (1 + spending.rate) ** spending.middle).sum(axis=1)


def _within(spending, ends):
    return (spending.sums[:, ends] <= spending.planned[ends] * (1 + 1e-9)).all(axis=1).mean()


FIGURES = {
    **header(),
    "rate": lambda spending, figure: spending.rate,
    **_band("total", lambda spending, figure: spending.months.sum(axis=1)),
    **_band("then_year", lambda spending, figure: spending.then_year.sum(axis=1)),
    **_band("present_value", _present_value),
    **_band("peak_funding", lambda spending, figure: spending.sums.max(axis=1)),
    "largest_month_p80": lambda spending, figure: np.quantile(spending.months.max(axis=1), 0.8),
    **_band("largest_month", lambda spending, figure: spending.months.max(axis=1)),
    **_band("phases{}", lambda spending, figure: spending.draws.values[f"{figure.keys[0]}.end"] / MONTH),
    "reconciliation{}": _reconciled,
    "budget.amount": lambda spending, figure: spending.draws.scenario.budget,
    "budget.periods[].planned": lambda spending, figure: spending.planned[_end(spending, figure)],
    "budget.periods[].probability": lambda spending, figure: _within(spending, [_end(spending, figure)]),
    "budget.periods[].error": lambda spending, figure: probability_error(
        _within(spending, [_end(spending, figure)]), spending.case.draws
    ),
    "budget.probability": lambda spending, figure: _within(spending, [first + count - 1 for first, count in spending.periods]),
    "budget.error": lambda spending, figure: probability_error(
        _within(spending, [first + count - 1 for first, count in spending.periods]), spending.case.draws
    ),
    **_band(
        "budget.gap",
        lambda spending, figure: np.maximum((spending.sums - spending.planned).max(axis=1), 0),
    ),
    **_band(
        "lines[].total",
        lambda spending, figure: spending.by_line[_line(spending, figure.keys[0])].sum(axis=1),
        lambda spending, figure: spending.has_mean_of(_line(spending, figure.keys[0])),
    ),
    "lines[].amount": lambda spending, figure: _mean(spending, spending.by_line[_line(spending, figure.keys[0])].sum(axis=1)),
    "periods[].from_month": lambda spending, figure: spending.periods[figure.keys[0]][0],
    "periods[].months": lambda spending, figure: spending.periods[figure.keys[0]][1],
    **_band("periods[].outlay", lambda spending, figure: _of_period(spending, figure, spending.months)),
    **_band("periods[].cumulative", lambda spending, figure: spending.sums[:, _end(spending, figure)]),
    **_band("periods[].then_year", lambda spending, figure: _of_period(spending, figure, spending.then_year)),
    "periods[].lines{}": lambda spending, figure: _mean(
        spending, _of_period(spending, figure, spending.by_line[figure.keys[1]])
    ),
    "periods[].amount": lambda spending, figure: _mean(spending, _of_period(spending, figure, spending.months)),
}


def _in_all(spending):
    """Probability that the sum over all months is within the budget, and its error."""
    if spending.draws.scenario.budget is None:
        return []
    within = _within(spending, [-1])
    return [within, probability_error(within, spending.case.draws)]


def _later(spending, document):
    """Amounts of the periods after the last with an amount within the interval."""
    periods = document["periods"]
    last = max(place for place, each in enumerate(periods) if each["outlay"]["low"] or each["outlay"]["high"])
    rest = periods[last + 1 :]
    return [sum(each["amount"] for each in rest), *(sum(each["lines"][line] for each in rest) for line in spending.by_line)]


NAMES = (
    "terms of payment", "depreciation, return on capital, equity", "near the median", "credits", "purchase of hardware",
    "sale of hardware",
)  # fmt: skip
"""Names of columns and rows that are no figure."""
PRINTED = {
    "with a probability of {}% no month takes more than {}: {name}": lambda spending, document: [80],
    **contract(lambda spending: [spending.draws]),
    "within the budget in all | median": lambda spending, document: _in_all(spending),
    "all lines | sum": lambda spending, document: [sum(line["amount"] for line in document["lines"])],
    "and line | later": _later,
}
