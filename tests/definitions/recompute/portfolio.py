"""Figures of `llmcost portfolio` from the draws."""

from dataclasses import dataclass

import numpy as np
from definitions.case import Case, Draws, draws_of
from definitions.recompute.statistics import ERROR_LABEL, header, probability_error, quantile_error, summary, total_errors

CASES = (
    "portfolio gpt-4 gpt-3 --set 'money=2026 USD' --draws 20000 --confidence 95",
    "portfolio llama-3.1-405b startup.yaml --set 'money=2026 USD' --draws 20000 --correlation none --interval 80%",
    "portfolio heavy.yaml startup.yaml --draws 5000",
    "portfolio gpt-4 gpt-3 --draws 5000 --budget 150e6",
)


@dataclass(frozen=True)
class Runs:
    """The draws of several runs; row i of each belongs to one draw of the portfolio."""

    case: Case
    by_name: dict[str, Draws]

    @property
    def has_mean(self):
        return all(run.has_mean for run in self.by_name.values())

    @property
    def total(self):
        return np.sum([run.total for run in self.by_name.values()], axis=0)


def inputs(case):
    """Simulate the runs with common random numbers, or each with a seed of its own."""
    is_shared = case.value_of("--correlation", "shared") == "shared"
    runs = [draws_of(case, place, case.seed + (0 if is_shared else place)) for place in range(len(case.references))]
    return Runs(case, {run.scenario.name: run for run in runs})


def _own(runs, figure):
    return list(runs.by_name.values())[figure.keys[0]].total


def _level(figure):
    return figure.parents[-1]["level"] / 100


NAMES = {"portfolio"}
PRINTED = {ERROR_LABEL: lambda runs, document: total_errors(runs.total, runs.case.interval)}
FIGURES = {
    **header(),
    **summary("total", lambda runs, figure: runs.total),
    **summary("runs[]", _own, lambda runs, figure: list(runs.by_name.values())[figure.keys[0]].has_mean),
    "levels[].level": lambda runs, figure: sorted({50, 70, 80, 90, *map(float, runs.case.values_of("--confidence"))})[
        figure.keys[0]
    ],
    "levels[].amount": lambda runs, figure: np.quantile(runs.total, _level(figure)),
    "levels[].mcse": lambda runs, figure: quantile_error(runs.total, _level(figure)),
    "levels[].own{}": lambda runs, figure: np.quantile(runs.by_name[figure.keys[1]].total, figure.parents[-2]["level"] / 100),
    "levels[].sum_of_own": lambda runs, figure: sum(np.quantile(run.total, _level(figure)) for run in runs.by_name.values()),
    "levels[].difference": lambda runs, figure: figure.parents[-1]["amount"] - figure.parents[-1]["sum_of_own"],
    "budget.amount": lambda runs, figure: 150e6,
    "budget.probability_within": lambda runs, figure: np.mean(runs.total <= 150e6),
    "budget.probability_within_error": lambda runs, figure: probability_error(
        figure.parents[-1]["probability_within"], len(runs.total)
    ),
    "levels[].probability_within": lambda runs, figure: np.mean(runs.total <= figure.parents[-1]["sum_of_own"]),
    "levels[].probability_within_error": lambda runs, figure: probability_error(
        figure.parents[-1]["probability_within"], len(runs.total)
    ),
}
