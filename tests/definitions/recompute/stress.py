"""Figures of `llmcost stress` from draws with and without shocks."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from definitions.case import Case, Draws
from definitions.figures import Near
from definitions.recompute.evaluation import draws_of_scenario, has_clearly_no_mean, has_mean, less, total
from definitions.recompute.peeling import find_bounds, holds, inside, ks_distance
from definitions.recompute.reweighting import density, expected_size, weighted_summary
from definitions.recompute.statistics import (
    bounds,
    header,
    probability_error,
    quantile_error,
    standard_error,
    summary,
)

from simulator.core.units import Unit
from simulator.scenario import TOTAL, OpenScenario, library, open_scenario
from simulator.scenario.entries import LIBRARY, library_entry

CASES = (
    "stress small-medium --draws 1200 --budget 2e6 --seed 2",
    "stress llama-3.1-405b --draws 3000 --combine electricity-high+goodput-half --sweep --reverse 'total_cost > 1.4e8' "
    "--interval 80%",
    "stress small-medium --draws 3000 --sweep --reverse 'total_cost < 1e6'",
    "stress gpt-4 --draws 3000 --reverse 'wall_clock > 100 day' --reweight 'electricity_price=0.06 to 0.12 USD/kWh' "
    "--reweight 'hardware_age={normal: {p5: 560, p95: 700}, unit: day}' --seed 1",
    "stress heavy.yaml --draws 2000 --sweep",
    "stress large --draws 1000 --combine restart-at-half+goodput-half+electricity-high --budget 1.5e7 "
    "--reverse 'total_cost > 2*budget'",
    "stress heavy-run.yaml --draws 2000 --reweight 'electricity_price=0.06 to 0.1 USD/kWh'",
)
NAMES = (
    "shock",
    "there",
    "because",
    "grade",
    "no shock",
    "of",
    "mitigation",
    "unknown",
    "electricity high + goodput half",
    "restart at half + goodput half + electricity high",
)


@dataclass(frozen=True)
class Stress:
    """Draws of a scenario, and the same with changes."""

    case: Case
    opened: OpenScenario
    base: Draws

    @property
    def total(self):
        return self.base.total

    @property
    def has_mean(self):
        return self.base.has_mean

    @property
    def budget(self):
        return self.base.scenario.budget

    @property
    def priors(self):
        return [name for name, each in self.base.scenario.inputs.items() if each.role == "prior"]

    def shocked(self, *names):
        """The total with shocks."""

        def total_with_shocks(_):
            return draws_of_scenario(self.case, self.opened.with_(shocks=names).scenario).total

        return self.base.cached(f"with {names}", total_with_shocks)

    def fixed(self, name, percent):
        """The total with a prior fixed at a percentile."""
        value = self.base.scenario.inputs[name].distribution.quantile(percent / 100)
        return self.base.cached(f"{name} at {percent}", lambda base: total(base, {name: np.float64(value)}))

    @cached_property
    def condition(self):
        """The condition of --reverse: quantity, whether it is above, and the amount in its canonical unit."""
        name, sign, amount, unit = re.fullmatch(r"(\w+) ([<>]) (\S+) ?(\w*)", self.case.value_of("--reverse", "")).groups()
        times, _, budget = amount.partition("*")
        scale = self.budget if budget == "budget" else {"": 1, "day": 24}[unit]
        return name, sign == ">", float(times) * scale

    def _matches(self, draws):
        name, above, amount = self.condition
        return draws.values[name] > amount if above else draws.values[name] < amount

    @cached_property
    def extended(self):
        """The draws of the reverse stress test, more where the condition is rare."""
        draws = self.base
        while (count := np.sum(self._matches(draws))) < 1000:
            factor = min(20, max(2, 1.2 * 1000 / count))
            draws = draws_of_scenario(self.case, draws.scenario, int(len(draws.total) * factor))
        return draws

    @cached_property
    def matches(self):
        return self._matches(self.extended)

    @cached_property
    def bounds(self):
        """The bounds of the box, by input and side."""
        return find_bounds({name: self.extended.values[name] for name in map(_shown, self.priors)}, self.matches)

    @cached_property
    def inside(self):
        return inside(self.extended.values, self.bounds)

    def changed(self, name, text):
        """Old and new distribution of a prior."""
        new = self.opened.with_(sets=[text]).scenario.inputs[name].distribution
        return self.base.scenario.inputs[name].distribution, new

    def pairs(self, row):
        """Old and new distributions in a row of the document, by prior."""
        texts = {text.partition("=")[0]: text for text in self.case.values_of("--reweight")}
        return {prior["name"]: self.changed(prior["name"], texts[prior["name"]]) for prior in row["priors"]}

    def weights(self, row):
        """Weights of the draws, which add up to one."""
        ratio = np.ones(len(self.total))
        for name, (old, new) in self.pairs(row).items():
            x = self.base.values[name]
            ratio *= density(new, x) / density(old, x)
        return ratio / np.sum(ratio)


def _shown(name):
    """Return the input, or the event that it decides."""
    return name.removesuffix(".variate") + ".occurs" if name.endswith(".variate") else name


@lru_cache(maxsize=2)
def inputs(case):
    """Open the scenario of a case and simulate it."""
    opened = open_scenario(*case.references, case.overrides)
    return Stress(case, opened, draws_of_scenario(case, opened.scenario))


# --- totals and their changes ---------------------------------------------------------------------------------------------


def _objects(figure):
    return [parent for parent in figure.parents if isinstance(parent, dict)]


def _base(stress, _):
    return stress.total


def _shocked(stress, figure):
    case = next(each for each in _objects(figure) if "shocks" in each and "conditions" in each)
    return stress.shocked(*case["shocks"])


def _fixed(stress, figure):
    prior = next(each for each in _objects(figure) if "points" in each)
    return stress.fixed(prior["name"], (5, 95)[figure.keys[1]])


def _all_shocked(stress, document):
    return [stress.shocked(*case["shocks"]) for case in document["shocks"]["cases"]]


def _all_fixed(stress, _):
    return [stress.fixed(name, percent) for name in stress.priors if not name.endswith("variate") for percent in (5, 95)]


def _have_means(stress, figure, all_after):
    def have_means(_):
        changes = (less(after, stress.total) for after in all_after(stress, figure.parents[0]))
        return stress.has_mean and not any(map(has_clearly_no_mean, changes))

    return stress.base.cached(f"means of {all_after.__name__}", have_means)


def _change(path, after, all_after):
    """Return the functions of a change by path."""

    def mean(stress, figure):
        change = less(after(stress, figure), stress.total)
        return np.sum(change) / len(change) if _have_means(stress, figure, all_after) else None

    def median(stress, figure):
        return np.quantile(less(after(stress, figure), stress.total), 0.5)

    def value(stress, figure):
        change = mean(stress, figure)
        return median(stress, figure) if change is None else change

    def share(stress, figure):
        before = np.median(stress.total) if mean(stress, figure) is None else np.mean(stress.total)
        return value(stress, figure) / before

    def error(stress, figure):
        return None if mean(stress, figure) is None else standard_error(less(after(stress, figure), stress.total))

    def median_error(stress, figure):
        return quantile_error(less(after(stress, figure), stress.total), 0.5)

    functions = {
        "mean": mean, "mcse": error, "median": median, "median_mcse": median_error, "value": value, "share": share
    }  # fmt: skip
    return {f"{path}.{key}": function for key, function in functions.items()}


def _within(path, values_of):
    def share(stress, figure):
        return None if stress.budget is None else np.mean(values_of(stress, figure) <= stress.budget)

    return {
        f"{path}.within_budget.value": share,
        f"{path}.within_budget.error": lambda *of: probability_error(share(*of), len(of[0].total)),
    }


def _added_up(stress, figure):
    by_mean = _have_means(stress, figure, _all_shocked)
    statistic = np.mean if by_mean else np.median
    return sum(statistic(less(stress.shocked(name), stress.total)) for name in figure.parents[-1]["shocks"])


def _probability(level):
    """Return the function of a quantile of the prior of the probability of a shock, which the library states."""

    def of(stress, figure):
        (shock,) = next(each for each in _objects(figure) if "shocks" in each and "conditions" in each)["shocks"]
        row = library.find_file("shocks", shock).child("probability").text
        entry = library_entry("probability", row)
        return LIBRARY.distribution("probability", entry, Unit("1", high=1.0)).quantile(level(stress.case.interval))

    return of


# --- reverse stress -------------------------------------------------------------------------------------------------------


def _input(stress, figure, *, is_selected):
    name = next(each["name"] for each in _objects(figure) if "ks_distance" in each)
    values = stress.extended.values[name]
    return values[stress.matches] if is_selected else values


def _quantile(figure, values, p):
    is_event = next(each["is_event"] for each in _objects(figure) if "is_event" in each)
    return (np.mean(values) if p == 0.5 else round(p)) if is_event else np.quantile(values, p)


def _median_and_interval(path, *, is_selected):
    def at(probability):
        return lambda *of: _quantile(of[1], _input(*of, is_selected=is_selected), probability(of[0].case.interval))

    return {
        f"{path}.median": at(lambda _: 0.5),
        f"{path}.low": at(lambda interval: bounds(interval)[0]),
        f"{path}.high": at(lambda interval: bounds(interval)[1]),
    }


def _box_shares(path, first):
    """Return the functions of the shares of a box among every other draw."""

    def selected(key):
        def select(stress):
            is_inside, matches = stress.inside[first::2], stress.matches[first::2]
            return {"density": matches[is_inside], "coverage": is_inside[matches], "mass": is_inside}[key]

        return select

    functions = {}
    for key in ("density", "coverage", "mass"):
        of = selected(key)
        functions[f"{path}.{key}.value"] = lambda stress, _, of=of: np.mean(of(stress))
        functions[f"{path}.{key}.error"] = lambda stress, _, of=of: probability_error(np.mean(of(stress)), len(of(stress)))
    return functions


def _bound(stress, figure):
    """Return name, side and value of a bound."""
    row = figure.parents[-1]
    return row["name"], row["above"], stress.bounds[row["name"], row["above"]]


def _share_beyond(stress, figure):
    name, above, value = _bound(stress, figure)
    return np.mean(holds(stress.extended.values[name], above, value))


# --- reweighting ----------------------------------------------------------------------------------------------------------


def _row(figure):
    return next(each for each in _objects(figure) if "effective" in each)


def _effective(stress, figure):
    weights, pairs = stress.weights(_row(figure)), stress.pairs(_row(figure)).values()
    value = min(1 / np.sum(weights**2), expected_size(pairs, len(weights)))
    return Near(value, 1e-4 * value)


def _quantity(stress, figure):
    return stress.base.values[figure.keys[1]]


def _quantity_has_mean(stress, figure):
    return stress.has_mean if figure.keys[1] == TOTAL else has_mean(_quantity(stress, figure))


FIGURES = {
    **header(),
    "budget": lambda stress, _: stress.budget,
    **summary("shocks.base", _base),
    **_within("shocks.base", _base),
    **summary("shocks.cases[]", _shocked),
    **_within("shocks.cases[]", _shocked),
    **_change("shocks.cases[].change", _shocked, _all_shocked),
    "shocks.cases[].alone_added_up": _added_up,
    "shocks.cases[].probability.median": _probability(lambda _: 0.5),
    "shocks.cases[].probability.low": _probability(lambda interval: bounds(interval)[0]),
    "shocks.cases[].probability.high": _probability(lambda interval: bounds(interval)[1]),
    "sweep.draws": lambda stress, _: min(stress.case.draws, 50_000_000 // (len(stress.priors) + 1)),
    **summary("sweep.base", _base),
    **summary("sweep.priors[].points[]", _fixed),
    "sweep.priors[].points[].percent": lambda stress, figure: (5, 95)[figure.keys[1]],
    "sweep.priors[].points[].value": lambda stress, figure: stress.base.scenario.inputs[
        _objects(figure)[-2]["name"]
    ].distribution.quantile((0.05, 0.95)[figure.keys[1]]),
    **_change("sweep.priors[].points[].change", _fixed, _all_fixed),
    "reverse.amount": lambda stress, _: stress.condition[2],
    "reverse.draws": lambda stress, _: len(stress.matches),
    "reverse.selected_draws": lambda stress, _: np.sum(stress.matches),
    "reverse.probability.value": lambda stress, _: np.mean(stress.matches),
    "reverse.probability.error": lambda stress, _: probability_error(np.mean(stress.matches), len(stress.matches)),
    "reverse.inputs[].ks_distance": lambda stress, figure: ks_distance(
        _input(stress, figure, is_selected=False), stress.matches
    ),
    **_median_and_interval("reverse.inputs[].all_draws", is_selected=False),
    **_median_and_interval("reverse.inputs[].selected", is_selected=True),
    **_box_shares("reverse.box", 1),
    **_box_shares("reverse.box.in_sample", 0),
    "reverse.box.all_draws": lambda stress, _: np.mean(stress.matches),
    "reverse.box.bounds[].value": lambda stress, figure: _bound(stress, figure)[2],
    "reverse.box.bounds[].share": _share_beyond,
    "reweightings[].draws": lambda stress, _: len(stress.total),
    "reweightings[].effective": _effective,
    **summary("reweightings[].quantities{}.before", _quantity, _quantity_has_mean),
    **weighted_summary(
        "reweightings[].quantities{}.after",
        lambda stress, figure: (_quantity(stress, figure), stress.weights(_row(figure))),
        _quantity_has_mean,
    ),
}

PRINTED = {
    "instead of | change": lambda stress, document: [
        quantity["after"]["median"] - quantity["before"]["median"]
        for row in document.get("reweightings", ())
        for quantity in row["quantities"].values()
    ]
}
