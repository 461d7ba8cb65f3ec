"""The report that sets Epoch AI's published figures beside ours: each figure, the difference, and the reason."""

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import simulator
from simulator import model
from simulator.analysis.statistics import figures
from simulator.core.formatting import digits, money, percent
from simulator.core.units import HOURS_PER_YEAR
from simulator.core.version import tool_version
from simulator.engine.graph import evaluate, plan
from simulator.engine.inputs import Source
from simulator.evidence.tables import frontier_models
from simulator.evidence.trend import least_squares, points
from simulator.figures import build_table
from simulator.figures.data import Asked
from simulator.io.to_json import as_json
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Column,
    Command,
    Figure,
    Footnotes,
    Paragraph,
    Report,
    Section,
    Table,
    number,
    table,
    text,
)

CASES = Path(__file__).resolve().parents[1] / "tests" / "cases" / "epoch-2024.json"
DRAWS = 100_000
PAPER = Source("Cottier et al. 2024, arXiv:2405.21015", "second version", "https://arxiv.org/abs/2405.21015", "2025-02")
CODE = Source(
    "Epoch AI, training-cost-trends", "notebooks of the second version",
    "https://github.com/epoch-research/training-cost-trends", "2024-12",
)  # fmt: skip
POST = Source(
    "Epoch AI, How much does it cost to train frontier AI models?", "",
    "https://epoch.ai/blog/how-much-does-it-cost-to-train-frontier-ai-models", "2024-06",
)  # fmt: skip


class Figured(NamedTuple):
    """A published figure beside ours."""

    what: str
    published: float
    ours: float
    source: Source
    reason: str
    say: Any = digits


# --- growth ---------------------------------------------------------------------------------------------------------------

# Growth a year, 90 % interval and number of models, as the second version of the paper prints them.
GROWTH = {"amortised": (2.4, 2.0, 2.9, 41), "cloud": (2.5, 2.1, 3.1, 36), "acquisition": (2.5, 2.1, 3.0, 33)}
FEWER = "the library's table has those rows of the study whose inputs it can show; the fit is the same"


def growth() -> Iterable[Figured]:
    """Growth of each type of cost, with the interval's ends."""
    for cost, (value, low, high, n) in GROWTH.items():
        x, y, _ = points(frontier_models(), cost)
        fit = least_squares(cost, x, y)
        ends = fit.intervals[0.90]
        reason = f"{fit.n} rows in place of {n}: {FEWER}"
        yield Figured(f"growth a year, {cost} cost", value, fit.growth, PAPER, reason, times)
        yield Figured(f"growth a year, {cost} cost, low end (90%)", low, ends[0], PAPER, reason, times)
        yield Figured(f"growth a year, {cost} cost, high end (90%)", high, ends[1], PAPER, reason, times)


def times(value: float) -> str:
    """Say a factor."""
    return f"{value:.2f}x"


def billion() -> Iterable[Figured]:
    """When the record run costs a billion, from GPT-4's cost and the growth of the typical run, as the paper reckons."""
    x, y, _ = points(frontier_models(), "amortised")
    fit = least_squares("amortised", x, y)
    first = next(model for model in frontier_models() if model.model == "GPT-4")
    year = first.date + math.log(1e9 / first.costs["amortised"]) / math.log(fit.growth)
    reason = "GPT-4 lies 15 times above the fitted line: the year is that of a record run, and of a typical one far later"
    yield Figured("year in which the largest run costs 1 billion USD", 2027, year, PAPER, reason, "{:.1f}".format)


# --- final runs -----------------------------------------------------------------------------------------------------------


def recompute(case: dict[str, Any]) -> dict[str, float]:
    """Return the study's costs of a model by our formulas, from its fixed inputs."""
    given = {
        "final_run_chip_hours": case["chip_hours"],
        "experiments_factor": 1.0,
        "post_training_share": 0.0,
        "idle_factor": 1.0,
        "price_factor": 1.0,
        "server_factor": case["server_factor"],
        "network_factor": 1 / (1 - 0.19),
        "price_decline": 0.14 * np.log(10) / HOURS_PER_YEAR,
        "hardware_age": case["hardware_age_days"] * 24.0,
        "deflator": case["deflator"],
        "energy": case["energy_kwh"],
        "electricity_price": case["electricity_price"],
    }
    targets = {}
    if case.get("server_price") and case.get("amortised") is not None:
        given["server_price"] = case["server_price"]
        targets["amortised"] = ["chip_cost", "server_cost", "network_cost", "energy_cost"]
        if case.get("chips"):
            given["chips"] = case["chips"]
            targets["acquisition"] = ["acquisition_cost"]
    if case.get("rental_price") and case.get("cloud") is not None:
        given["on_demand_price"] = case["rental_price"]
        targets["cloud"] = ["rental_cost"]
    formulas = model.graph({"depreciation": "price-decline", "commitment": "on-demand"})
    steps = plan(formulas, given, [name for names in targets.values() for name in names])
    values = {name: given[name] for name in steps.inputs}
    evaluate(steps, values)
    return {cost: float(sum(values[name] for name in names)) for cost, names in targets.items()}


def final_runs() -> Table:
    """Every worked case: the study's cost, and ours by the same fixed inputs."""
    rows = []
    for case in json.loads(CASES.read_text(encoding="utf-8")):
        for cost, value in recompute(case).items():
            off = value / case[cost] - 1
            rows.append((text(case["model"]), text(cost), number(case[cost], money), number(value, money),
                         Cell("none" if abs(off) < 1e-6 else percent(off), (round(off, 9),))))  # fmt: skip
    columns = (
        Column("model", ("model",)), Column("cost", ("cost",)), Column("published, USD", ("published_usd",), right=True),
        Column("ours, USD", ("ours_usd",), right=True), Column("difference", ("difference",), right=True),
    )  # fmt: skip
    return table("final-runs", "Final runs, by the study's fixed inputs, in December 2023 USD", columns, rows)


# What the paper's text prints of final runs, million USD.
PRINTED = {("GPT-4", "amortised"): 40, ("Gemini 1.0 Ultra", "amortised"): 30, ("GPT-4", "acquisition"): 800,
           ("GPT-4", "cloud"): 78, ("Gemini 1.0 Ultra", "cloud"): 191}  # fmt: skip
AI_INDEX = Source(
    "Stanford, AI Index Report 2024", "chapter 1, with Epoch AI", "https://aiindex.stanford.edu/report/", "2024-04"
)


def printed() -> Iterable[Figured]:
    """Final runs as they are printed, rounded by their authors."""
    found = {case["model"]: recompute(case) for case in json.loads(CASES.read_text(encoding="utf-8"))}
    for (name, cost), value in PRINTED.items():
        source = AI_INDEX if cost == "cloud" else PAPER
        yield Figured(f"{name}, {cost} cost of the final run", 1e6 * value, found[name][cost], source, "printed rounded", money)


# --- development cost -----------------------------------------------------------------------------------------------------

# 5 %, 50 %, 95 % points of the total and of staff, and median shares of chip, server, network, energy, staff in percent: the
# study's development notebook, run again with its own seed. Million USD of December 2023.
DEVELOPMENT = {
    "gpt-3": ((5.36, 7.45, 10.24), (1.07, 2.34, 4.14), (31.0, 21.2, 12.3, 2.8, 32.8)),
    "gpt-4": ((100.8, 129.4, 170.0), (27.8, 35.8, 44.5), (31.7, 21.1, 12.3, 6.3, 28.6)),
    "gemini-ultra": ((95.2, 132.5, 182.3), (35.5, 61.4, 104.5), (23.1, 14.7, 8.9, 4.6, 48.8)),
}
ENDS = ("5% point", "median", "95% point")
LINES = ("chip_cost", "server_cost", "network_cost", "energy_cost", "staff_cost")
LUCK = "random draws of the draw, 10,000 draws there"
ONE_DRAW = (
    "the study drew equity once for each of 25 people and used it in every draw; without that random draws the "
    "same inputs give this"
)


def development(kept: dict[str, dict[str, Any]]) -> Iterable[Figured]:
    """The published treatment of three models: totals, staff, and shares of the components' medians."""
    for name, (total, staff, shares) in DEVELOPMENT.items():
        drawn = kept[name]
        for line, said in (("total_cost", total), ("staff_cost", staff)):
            told = figures(drawn[line], 0.90)
            for end, key, value in zip(ENDS, ("low", "median", "high"), said, strict=True):
                reason = ONE_DRAW if name == "gpt-3" else LUCK
                label = f"{name}, {line.replace('_', ' ')} of development, {end}"
                yield Figured(label, 1e6 * value, told[key], CODE, reason, money)
        medians = [float(np.median(drawn[line])) for line in LINES]
        for line, value, median in zip(LINES, shares, medians, strict=True):
            reason = ONE_DRAW if name == "gpt-3" else LUCK
            label = f"{name}, {line.removesuffix('_cost')} in the sum of medians"
            yield Figured(label, value / 100, median / sum(medians), CODE, reason, percent)


# Smallest and largest share of the three parts over the study's models, second version.
RANGES = {"hardware": (0.47, 0.64), "staff": (0.29, 0.49), "energy": (0.02, 0.06)}
PARTS = {"hardware": LINES[:3], "staff": ("staff_cost",), "energy": ("energy_cost",)}


def ranges(kept: dict[str, dict[str, Any]]) -> Iterable[Figured]:
    """The ranges of shares over all models."""
    found = {}
    for part, lines in PARTS.items():
        found[part] = [
            sum(float(np.median(drawn[line])) for line in lines) / sum(float(np.median(drawn[line])) for line in LINES)
            for drawn in kept.values()
        ]
    for part, (low, high) in RANGES.items():
        reason = "printed rounded; over four models there, three here: OPT-175B has no scenario"
        yield Figured(f"{part}, smallest share of development", low, min(found[part]), PAPER, reason, percent)
        yield Figured(f"{part}, largest share of development", high, max(found[part]), PAPER, reason, percent)


def relative() -> Iterable[Figured]:
    """The interval of a single final run on GPUs, relative to its median."""
    published = {"acquisition_cost": (0.5, 2.0), "total_cost": (0.3, 4.0)}
    kept = simulator.run(simulator.read("epoch/gpu-run"), DRAWS, keep=list(published)).kept
    for name, said in published.items():
        low, middle, high = np.quantile(kept[name], [0.05, 0.5, 0.95])
        word = "acquisition" if name == "acquisition_cost" else "amortised"
        for end, value, ours in (("low", said[0], low / middle), ("high", said[1], high / middle)):
            reason = "printed rounded; the study's notebook gives 0.46 to 2.2 and 0.34 to 3.9"
            yield Figured(
                f"a run on GPUs, {word} cost over its median, {end} end (90%)", value, float(ours), PAPER, reason, times
            )


def intervals() -> Table:
    """The published joint interval, ours by the same treatment, and our default."""
    rows = []
    for name, (total, _, _) in DEVELOPMENT.items():
        ours = [
            np.quantile(simulator.run(simulator.read(each), DRAWS, keep=["total_cost"]).kept["total_cost"], [0.05, 0.5, 0.95])
            for each in (f"epoch/{name}", name)
        ]
        cells = [text(name)]
        for three in (1e6 * np.array(total), *ours):
            said = " / ".join(digits(value / 1e6) for value in three)
            cells.append(Cell(said, tuple(float(value) for value in three)))
        width = float(ours[1][2] / ours[1][0]) / (total[2] / total[0])
        rows.append((*cells, number(width, times)))
    columns = [Column("model", ("model",))]
    for heading, field in (("published", "published"), ("the same treatment here", "same"), ("default here", "default")):
        columns.append(Column(heading, tuple(f"{field}_{end}_usd" for end in ("p5", "median", "p95")), right=True))
    columns.append(Column("default is wider by", ("wider",), right=True))
    return table("intervals", "Development cost: 5% / 50% / 95%, million USD of December 2023", columns, rows)


# --- the report -----------------------------------------------------------------------------------------------------------


def beside(name: str, caption: str, rows: Iterable[Figured], notes: Footnotes) -> Table:
    """Return published figures beside ours."""
    made = [
        (text(row.what), Cell(row.say(row.published), (row.published,), notes.cite([row.source])), number(row.ours, row.say),
         difference(row), text(row.reason))
        for row in rows
    ]  # fmt: skip
    columns = (
        Column("figure", ("figure",)), Column("published", ("published",), right=True), Column("ours", ("ours",), right=True),
        Column("difference", ("difference",), right=True), Column("reason", ("reason",)),
    )  # fmt: skip
    return table(name, caption, columns, made)


def difference(row: Figured) -> Cell:
    """Say how far ours lies from the published figure, relative to that; years in years."""
    if row.published > 1900 and row.say is not money:
        return Cell(f"{row.ours - row.published:+.1f} years", (row.ours - row.published,))
    off = row.ours / row.published - 1
    return Cell(f"{100 * off:+.1f}%", (off,))


def report(date: str) -> Report:
    """Return the report."""
    notes = Footnotes()
    scenarios = [simulator.read(f"epoch/{name}") for name in DEVELOPMENT]
    results = [simulator.run(scenario, DRAWS, keep=["total_cost", *LINES]) for scenario in scenarios]
    kept = {name: result.kept for name, result in zip(DEVELOPMENT, results, strict=True)}
    request = Asked(draws=DRAWS)
    tables = {
        "growth": beside("growth", "Growth of the cost of frontier models", [*growth(), *billion()], notes),
        "printed": beside("printed", "Final runs as they are printed, USD of December 2023", printed(), notes),
        "relative": beside("relative", "How unsure the cost of one final run is", relative(), notes),
        "development": beside(
            "development", "Development cost, treated as published", [*development(kept), *ranges(kept)], notes
        ),
    }
    exact, widths = final_runs(), intervals()
    worst = max(abs(row.cells[4].values[0]) for row in exact.rows)
    wider = [row.cells[-1].values[0] for row in widths.rows]
    sections = [
        Section("growth", "How fast costs grow", (
            Figure("epoch-growth", "epoch-growth", "Cost of the final run of frontier models, counted in two ways.",
                   build_table("epoch-growth", request)),
            tables["growth"],
            Figure("trend", "trend", "The same trend with bands of its mean and of one run, and the line of 1 billion USD.",
                   build_table("trend", request)),
        )),
        Section("final-runs", "What final runs cost", (
            Paragraph("From the study's fixed inputs our formulas give its costs to the sixth digit."),
            tables["printed"],
            exact,
            tables["relative"],
            Figure("epoch-acquisition", "epoch-acquisition", "What the hardware of the final run costs to acquire.",
                   build_table("epoch-acquisition", request)),
        )),
        Section("development", "What development costs", (
            Figure("epoch-components", "epoch-components", "Components of the development cost of selected models.",
                   build_table("epoch-components", replace(request, scenarios=scenarios))),
            tables["development"],
        )),
        Section("wider", "Where we differ on purpose", (
            widths,
            Bullets((
                "The published interval holds fixed what its authors call uncertain elsewhere: prices of chips, "
                "training time, counts of "
                "chips, overheads, power, electricity. The default takes each with the interval that the study gives it.",
                "It draws the experiments factor once for each component, as if chips could run more experiments than "
                "the servers around "
                "them. The default shares it.",
                "It takes all people as independent of each other, so a team's mean is narrow. The default takes a "
                "correlation of 0.5, a "
                "judgement.",
                "For Gemini Ultra the default has the group's later estimate of a TPU's cost, 3,000 USD in place of 5,167.",
            )),
        )),
        Section("limits", "Limits", (
            Bullets((
                "The study's 41 rows are not all in the library's table, so the fits are of fewer.",
                "What is reproduced are the figures and not their truth: no developer has published its accounts.",
            )),
        )),
        Section("repeat", "How to repeat it", (Command("make reports"),)),
    ]  # fmt: skip
    blocks: list[Block] = [block for section in sections for block in section.blocks]
    close = [row for row in tables["development"].rows if abs(row.cells[3].values[0]) < 0.03]
    return Report(
        title="Epoch AI's published training costs, and ours",
        kicker="Reproduction",
        answer=(
            f"From the study's fixed inputs {len(exact.rows)} costs of its final runs come out again to {worst:.0e} of "
            "themselves or "
            f"better. Growth is {ours(tables['growth'], 0)} a year where the paper prints 2.4x. Development cost, treated as "
            f"published, agrees within 3% in {len(close)} of {len(tables['development'].rows)} figures; the rest is "
            "explained below. "
            "The published intervals are another matter: with all of the study's own uncertainties, shared by what "
            "shares them, the "
            f"95% point lies {min(wider):.1f} to {max(wider):.1f} times as many times above the 5% point."
        ),
        key_figures=(
            ("growth, published", "2.4x a year"),
            ("growth, ours", f"{ours(tables['growth'], 0)} a year"),
            ("GPT-4, published", "129M USD"),
            ("GPT-4, ours by the same treatment", f"{money(float(np.median(kept['gpt-4']['total_cost'])))} USD"),
        ),
        sections=tuple(sections),
        footnotes=notes.listed(),
        made=", ".join(filter(None, (date, f"{DRAWS:,} draws", "seed 0", f"llmcost {tool_version()}"))),
        summary={
            "tables": {
                block.name: [[value for cell in row.cells for value in cell.values] for row in block.rows]
                for block in blocks
                if isinstance(block, Table)
            },
            "runs": {scenario.name: as_json(result, 0.90) for scenario, result in zip(scenarios, results, strict=True)},
        },
        date=date,
    )


def ours(found: Table, row: int) -> str:
    """Return our figure in a row, as it is said."""
    return found.rows[row].cells[2].text
