"""Scenarios that figures are drawn of, and what the tests read off a drawing."""

import json
from dataclasses import replace
from functools import cache

import numpy as np

from simulator.analysis.sensitivity.results import Driver, ResearchNext, Sensitivity, TotalStatistics
from simulator.analysis.sensitivity.tornado import Endpoints, EstimatedEndpoints, Swing
from simulator.core.results import Header
from simulator.figures import KINDS, build_table
from simulator.figures.data import FigureRequest
from simulator.records.actuals import from_rows
from simulator.scenario import open_scenario, read

HOSTILE = "$x_1$ </script><script>alert(1)</script> & \\frac{1}{2} 100% " + "a" * 90 + " " + "long title " * 30

PLAN = """title: Plan
lines: [chip_cost, energy_cost]
outcomes: []
prices: 2026 USD
budget: 2000 USD
chip_cost: {lognormal: {median: 1000, sigma: 0.5}, sources: [{title: A quote, date: 2026-10-02}]}
energy_cost: {lognormal: {median: 200, sigma: 0.2}}
payments: {chip_cost: monthly, energy_cost: monthly}
schedule:
  data: {duration: 1 to 3 month, lines: [energy_cost]}
  final_run: {duration: 4 month, lines: [chip_cost]}
"""

KNOWN = """title: Known
lines: [chip_cost, energy_cost]
outcomes: []
prices: 2026 USD
chip_cost: 1200
energy_cost: 600
payments: {chip_cost: monthly, energy_cost: monthly}
schedule:
  data: {duration: 2 month, lines: [energy_cost]}
  final_run: {duration: 4 month, lines: [chip_cost]}
"""

RISKS = """extends: gpt-4
lines: [inherited, risk_cost]
risks:
  strike: {probability: 20%, impact: 300 USD, about: The site is on strike}
  claim: {probability: 5%, impact: 100 to 1000 USD}
"""

BACKTEST = {
    "schema": 2,
    "targets": {
        "chip_hours": {
            "n": 4, "coverage": {"50": 0.25, "80": 0.75, "90": 1.0, "95": 1.0}, "crps": 1, "sharpness": 1,
            "baselines": {"flat": {"coverage": {"50": 0.0, "80": 0.5, "90": 0.5, "95": 0.75}, "crps": 2}},
            "cases": [{"case": str(number), "pit": pit} for number, pit in enumerate((0.9, 0.1, 0.6, 0.3))],
        },
        "amortised_cost": {"n": 2, "coverage": {"50": 0.5, "95": 1.0}, "baselines": {}, "cases": [{"case": "a", "pit": 0.5}]},
    },
}  # fmt: skip

SPENT = [(1, "energy_cost", 100), (2, "energy_cost", 90)]

HEADER = Header(title="T", scope="s", money="2026 USD", draws=1000, seed=0, interval=95)


@cache
def request_for(path, kind, draws=1000):
    """The request for a figure of a file's scenario."""
    scenario = read(path)
    scenarios = [scenario, read(path, sets=["chip_cost=500"])][: max(1, KINDS[kind].min_scenarios)]
    return FigureRequest(
        scenarios if KINDS[kind].max_scenarios else [],
        opened=open_scenario(path) if KINDS[kind].max_scenarios else None,
        reference=path,
        subject="chip_cost" if kind == "prior" else None,
        actuals=replace(from_rows(SPENT), missing="zero") if kind == "burn-up" else None,
        draws=draws,
    )


@cache
def table_of(folder, name, kind):
    """The data of a figure of a case; built once."""
    return build_table(kind, request_for(str(folder / f"{name}.yaml"), kind))


def bars(axes):
    """Every bar that is drawn, as (left, right, height)."""
    return [(bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height()) for bar in axes.patches]


def lines(axes):
    """Every line that is drawn, as (x, y) by its label."""
    return {line.get_label(): (np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in axes.lines}


def swing(low, high, name="a", unit="1", conditional=None):
    """An input with a swing of the median, and possibly one conditional on the input."""
    median = EstimatedEndpoints(low, high, 0.1)
    conditional_swing = None if conditional is None else EstimatedEndpoints(*conditional, 0.1)
    return Driver(name, unit, "B", swing=Swing(Endpoints(1, 2), Endpoints(low, high), median, None, conditional_swing))


def sensitivity_of(*drivers):
    """A study of inputs."""
    return Sensitivity(
        header=HEADER, level=80, idle_cost=0.1, variance_of="cost", overrun_cost=0.4, perfect_information=None,
        total=TotalStatistics(100, 120, 50, 200), research_next=ResearchNext("", ()), drivers=drivers, correlated=(),
    )  # fmt: skip


def write_cases(folder):
    """Write scenario files of every kind of trouble, and the output of a backtest."""
    texts = {
        "plan": PLAN,
        "known": KNOWN,
        "hostile": PLAN.replace("title: Plan", f"title: {json.dumps(HOSTILE)}")
        .replace("{median: 1000, sigma: 0.5}", "{median: 1e12, sigma: 4}")
        .replace("budget: 2000", "budget: 5e12"),
        "risks": RISKS,
        "tiny": PLAN.replace("{median: 1000,", "{median: 1e-5,").replace("{median: 200,", "{median: 1e-6,"),
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "backtest.json").write_text(json.dumps(BACKTEST), encoding="utf-8")
