"""Figures of the explorer from the draws of each scenario: those of its unchanged case."""

from functools import partial
from math import fsum

import numpy as np
from definitions.case import draws_of
from definitions.recompute.statistics import header

NAMES = ("scenario",)
CASES = ("explore gpt-4 --draws 4000 --interval 90% --budget 150e6", "explore gpt-3 palm-540b --draws 3000 --seed 3")


def inputs(case):
    """The draws of each scenario."""
    return [draws_of(case, place) for place in range(len(case.references))]


def _of(function):
    """A figure of the scenario whose place in the list is the key of the figure."""

    def of(draws, figure):
        own = draws[figure.keys[0]]
        return function(own, own.total, _budget(own))

    return of


def _budget(own):
    return own.scenario.budget or float(f"{np.quantile(own.total, 0.8):.2e}")


def _bound(sign):
    return _of(lambda own, total, _: np.quantile(total, (1 + sign * own.case.interval) / 2))


def _counted(figure_name):
    """A count of the page, which no draw tells: it is compared with the options found anew."""

    def of(draws, figure):
        from simulator.report.explorer.options import find_options
        from simulator.scenario import open_scenario

        own = draws[figure.keys[0]]

        def count(own):
            found = find_options(open_scenario(own.case.references[figure.keys[0]], own.case.overrides))
            kinds = [toggle.adjustment.kind for toggle in found.toggles]
            return {"combinations": len(found.variants), "shocks": kinds.count("shock"), "levers": kinds.count("lever")}

        return own.cached("options", count)[figure_name]

    return of


def _first(function, draws, figure):
    """A figure of the header, which is about all scenarios."""
    return function(draws[0], figure)


FIGURES = {
    **{key: partial(_first, function) for key, function in header().items()},
    "page_draws": lambda draws, figure: figure.value if figure.value in (4096, 8192) else None,
    "scenarios[].p50": _of(lambda own, total, _: np.quantile(total, 0.5)),
    "scenarios[].p80": _of(lambda own, total, _: np.quantile(total, 0.8)),
    "scenarios[].low": _bound(-1),
    "scenarios[].high": _bound(1),
    "scenarios[].budget": _of(lambda own, _, budget: budget),
    "scenarios[].probability_within": _of(lambda own, total, budget: np.mean(total <= budget)),
    "scenarios[].expected_overrun": _of(
        lambda own, total, budget: fsum(np.maximum(total - budget, 0)) / len(total) if own.has_mean else None
    ),
    **{f"scenarios[].{name}": _counted(name) for name in ("combinations", "shocks", "levers")},
}
