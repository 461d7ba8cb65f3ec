"""The report that compares Epoch AI's published figures with ours: each figure, the difference, and the reason."""

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from simulator import model
from simulator.analysis.statistics import summary_statistics
from simulator.core.formatting import format_money, format_percent, format_significant
from simulator.core.units import HOURS_PER_YEAR
from simulator.core.version import tool_version
from simulator.engine.graph import build_plan, evaluate
from simulator.engine.inputs import Source
from simulator.engine.simulate import simulate
from simulator.evidence.tables import frontier_models
from simulator.evidence.trend import least_squares, points
from simulator.figures import build_table
from simulator.figures.data import FigureRequest
from simulator.io.run_summary import summarize_run
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Command,
    FigureBlock,
    Footnotes,
    KeyFigure,
    Paragraph,
    Report,
    Section,
    TableBlock,
    TableColumn,
    make_table,
    number_cell,
    text_cell,
)
from simulator.scenario import read

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


class ComparedFigure(NamedTuple):
    """A published figure and ours."""

    what: str
    published: float
    ours: float
    source: Source
    reason: str
    format_number: Any = format_significant


# --- growth ---------------------------------------------------------------------------------------------------------------

# Growth a year, 90 % interval and number of models, as the second version of the paper prints them.
GROWTH = {"amortised": (2.4, 2.0, 2.9, 41), "cloud": (2.5, 2.1, 3.1, 36), "acquisition": (2.5, 2.1, 3.0, 33)}
FEWER = "the library's table has those rows of the study whose inputs it can show; the fit is the same"


def growth() -> Iterable[ComparedFigure]:
    """Return the growth of each type of cost, with its interval."""
    for cost, (value, low, high, n) in GROWTH.items():
        x, y, _ = points(frontier_models(), cost)
        fit = least_squares(cost, x, y)
        bounds = fit.intervals[0.90]
        reason = f"{fit.n} rows instead of {n}: {FEWER}"
        yield ComparedFigure(f"growth a year, {cost} cost", value, fit.growth, PAPER, reason, times)
        yield ComparedFigure(f"growth a year, {cost} cost, low end (90%)", low, bounds[0], PAPER, reason, times)
        yield ComparedFigure(f"growth a year, {cost} cost, high end (90%)", high, bounds[1], PAPER, reason, times)


def times(value: float) -> str:
    """Format a factor."""
    return f"{value:.2f}x"


def billion() -> Iterable[ComparedFigure]:
    """Return the year in which the largest run costs a billion, from GPT-4's cost and the fitted growth, as in the paper."""
    x, y, _ = points(frontier_models(), "amortised")
    fit = least_squares("amortised", x, y)
    first = next(model for model in frontier_models() if model.model == "GPT-4")
    year = first.date + math.log(1e9 / first.costs["amortised"]) / math.log(fit.growth)
    reason = "GPT-4 lies 15 times above the fitted line: the year is that of a record run, and of a typical one far later"
    yield ComparedFigure("year in which the largest run costs 1 billion USD", 2027, year, PAPER, reason, "{:.1f}".format)


# --- final runs -----------------------------------------------------------------------------------------------------------


def recompute(case: dict[str, Any]) -> dict[str, float]:
    """Return the study's costs of a model by our formulas, from its fixed inputs."""
    inputs = {
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
        "lease_includes_power": 0.0,
    }
    targets = {}
    if case.get("server_price") and case.get("amortised") is not None:
        inputs["server_price"] = case["server_price"]
        targets["amortised"] = ["chip_cost", "server_cost", "network_cost", "energy_cost"]
        if case.get("chips"):
            inputs["chips"] = case["chips"]
            targets["acquisition"] = ["acquisition_cost"]
    if case.get("rental_price") and case.get("cloud") is not None:
        inputs["on_demand_price"] = case["rental_price"]
        targets["cloud"] = ["rental_cost"]
    formulas = model.graph({"depreciation": "price-decline", "commitment": "on-demand"})
    steps = build_plan(formulas, inputs, [name for names in targets.values() for name in names])
    values = {name: inputs[name] for name in steps.inputs}
    evaluate(steps, values)
    return {cost: float(sum(values[name] for name in names)) for cost, names in targets.items()}


def final_runs() -> TableBlock:
    """Return a table of the costs of the study for every case, and ours from the same fixed inputs."""
    rows = []
    for case in json.loads(CASES.read_text(encoding="utf-8")):
        for cost, value in recompute(case).items():
            error = value / case[cost] - 1
            rows.append(
                (
                    text_cell(case["model"]),
                    text_cell(cost),
                    number_cell(case[cost], format_money),
                    number_cell(value, format_money),
                    Cell("none" if abs(error) < 1e-6 else format_percent(error), (round(error, 9),)),
                )
            )
    columns = (
        TableColumn("model", ("model",)),
        TableColumn("cost", ("cost",)),
        TableColumn("published, USD", ("published_usd",), right=True),
        TableColumn("ours, USD", ("ours_usd",), right=True),
        TableColumn("difference", ("difference",), right=True),
    )
    return make_table("final-runs", "Final runs, by the study's fixed inputs, in December 2023 USD", columns, rows)


# What the paper's text prints of final runs, million USD.
PRINTED = {("GPT-4", "amortised"): 40, ("Gemini 1.0 Ultra", "amortised"): 30, ("GPT-4", "acquisition"): 800,
           ("GPT-4", "cloud"): 78, ("Gemini 1.0 Ultra", "cloud"): 191}  # fmt: skip
AI_INDEX = Source(
    "Stanford, AI Index Report 2024", "chapter 1, with Epoch AI", "https://aiindex.stanford.edu/report/", "2024-04"
)


def printed() -> Iterable[ComparedFigure]:
    """Return the costs of final runs as printed, rounded by their authors."""
    costs = {case["model"]: recompute(case) for case in json.loads(CASES.read_text(encoding="utf-8"))}
    for (name, cost), value in PRINTED.items():
        source = AI_INDEX if cost == "cloud" else PAPER
        yield ComparedFigure(
            f"{name}, {cost} cost of the final run", 1e6 * value, costs[name][cost], source, "printed rounded", format_money
        )


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
MONTE_CARLO_ERROR = "Monte Carlo error; the study used 10,000 draws"
ONE_DRAW = (
    "the study drew equity once for each of 25 people and used it in every draw; with equity redrawn in every draw, the same "
    "inputs give this"
)


def development(retained_draws: dict[str, dict[str, Any]]) -> Iterable[ComparedFigure]:
    """Return the published results of three models: totals, staff, and shares of component medians."""
    for name, (total, staff, shares) in DEVELOPMENT.items():
        model_draws = retained_draws[name]
        for line, published in (("total_cost", total), ("staff_cost", staff)):
            statistics = summary_statistics(model_draws[line], 0.90)
            ours = (statistics.low, statistics.median, statistics.high)
            for point, amount, value in zip(ENDS, ours, published, strict=True):
                reason = ONE_DRAW if name == "gpt-3" else MONTE_CARLO_ERROR
                label = f"{name}, {line.replace('_', ' ')} of development, {point}"
                yield ComparedFigure(label, 1e6 * value, amount, CODE, reason, format_money)
        medians = [float(np.median(model_draws[line])) for line in LINES]
        for line, value, median in zip(LINES, shares, medians, strict=True):
            reason = ONE_DRAW if name == "gpt-3" else MONTE_CARLO_ERROR
            label = f"{name}, {line.removesuffix('_cost')} in the sum of medians"
            yield ComparedFigure(label, value / 100, median / sum(medians), CODE, reason, format_percent)


# Smallest and largest share of the three parts over the study's models, second version.
RANGES = {"hardware": (0.47, 0.64), "staff": (0.29, 0.49), "energy": (0.02, 0.06)}
PARTS = {"hardware": LINES[:3], "staff": ("staff_cost",), "energy": ("energy_cost",)}


def ranges(retained_draws: dict[str, dict[str, Any]]) -> Iterable[ComparedFigure]:
    """Return the ranges of shares over all models."""
    model_shares = {}
    for part, lines in PARTS.items():
        model_shares[part] = [
            sum(float(np.median(model_draws[line])) for line in lines)
            / sum(float(np.median(model_draws[line])) for line in LINES)
            for model_draws in retained_draws.values()
        ]
    for part, (low, high) in RANGES.items():
        reason = "printed rounded; over four models there, three here: OPT-175B has no scenario"
        yield ComparedFigure(
            f"{part}, smallest share of development", low, min(model_shares[part]), PAPER, reason, format_percent
        )
        yield ComparedFigure(
            f"{part}, largest share of development", high, max(model_shares[part]), PAPER, reason, format_percent
        )


def relative() -> Iterable[ComparedFigure]:
    """Return the interval of a single final run on GPUs, relative to its median."""
    published = {"acquisition_cost": (0.5, 2.0), "total_cost": (0.3, 4.0)}
    retained_draws = simulate(read("epoch/gpu-run"), DRAWS, keep=list(published)).retained_draws
    for name, bounds in published.items():
        low, middle, high = np.quantile(retained_draws[name], [0.05, 0.5, 0.95])
        word = "acquisition" if name == "acquisition_cost" else "amortised"
        for end, value, ours in (("low", bounds[0], low / middle), ("high", bounds[1], high / middle)):
            reason = "printed rounded; the study's notebook gives 0.46 to 2.2 and 0.34 to 3.9"
            yield ComparedFigure(
                f"a run on GPUs, {word} cost over its median, {end} end (90%)", value, float(ours), PAPER, reason, times
            )


def intervals() -> TableBlock:
    """Return a table of the published joint interval, ours with the same treatment, and our default."""
    rows = []
    for name, (total, _, _) in DEVELOPMENT.items():
        ours = [
            np.quantile(simulate(read(each), DRAWS, keep=["total_cost"]).retained_draws["total_cost"], [0.05, 0.5, 0.95])
            for each in (f"epoch/{name}", name)
        ]
        cells = [text_cell(name)]
        for quantiles in (1e6 * np.array(total), *ours):
            cell_text = " / ".join(format_significant(value / 1e6) for value in quantiles)
            cells.append(Cell(cell_text, tuple(float(value) for value in quantiles)))
        width = float(ours[1][2] / ours[1][0]) / (total[2] / total[0])
        rows.append((*cells, number_cell(width, times)))
    columns = [TableColumn("model", ("model",))]
    for heading, field in (("published", "published"), ("the same treatment here", "same"), ("default here", "default")):
        columns.append(TableColumn(heading, tuple(f"{field}_{end}_usd" for end in ("p5", "median", "p95")), right=True))
    columns.append(TableColumn("default is wider by", ("wider",), right=True))
    return make_table("intervals", "Development cost: 5% / 50% / 95%, million USD of December 2023", columns, rows)


# --- the report -----------------------------------------------------------------------------------------------------------


def comparison_table(name: str, caption: str, rows: Iterable[ComparedFigure], notes: Footnotes) -> TableBlock:
    """Return a table that compares published figures with ours."""
    table_rows = [
        (
            text_cell(row.what),
            Cell(row.format_number(row.published), (row.published,), notes.cite([row.source])),
            number_cell(row.ours, row.format_number),
            difference(row),
            text_cell(row.reason),
        )
        for row in rows
    ]
    columns = (
        TableColumn("figure", ("figure",)),
        TableColumn("published", ("published",), right=True),
        TableColumn("ours", ("ours",), right=True),
        TableColumn("difference", ("difference",), right=True),
        TableColumn("reason", ("reason",)),
    )
    return make_table(name, caption, columns, table_rows)


def difference(row: ComparedFigure) -> Cell:
    """Return the relative difference of ours from the published figure; differences of years are absolute."""
    if row.published > 1900 and row.format_number is not format_money:
        return Cell(f"{row.ours - row.published:+.1f} years", (row.ours - row.published,))
    error = row.ours / row.published - 1
    return Cell(f"{100 * error:+.1f}%", (error,))


def report(date: str) -> Report:
    """Return the report."""
    notes = Footnotes()
    scenarios = [read(f"epoch/{name}") for name in DEVELOPMENT]
    results = [simulate(scenario, DRAWS, keep=["total_cost", *LINES]) for scenario in scenarios]
    retained_draws = {name: result.retained_draws for name, result in zip(DEVELOPMENT, results, strict=True)}
    request = FigureRequest(draws=DRAWS)
    tables = {
        "growth": comparison_table("growth", "Growth of the cost of frontier models", [*growth(), *billion()], notes),
        "printed": comparison_table("printed", "Final runs as printed, USD of December 2023", printed(), notes),
        "relative": comparison_table("relative", "Uncertainty of the cost of one final run", relative(), notes),
        "development": comparison_table(
            "development",
            "Development cost, treated as published",
            [*development(retained_draws), *ranges(retained_draws)],
            notes,
        ),
    }
    exact, widths = final_runs(), intervals()
    worst = max(abs(row.cells[4].values[0]) for row in exact.rows)
    wider = [row.cells[-1].values[0] for row in widths.rows]
    growth_figure = FigureBlock("epoch-growth", "epoch-growth", "Cost of the final run of frontier models by two measures.",
                                build_table("epoch-growth", request))  # fmt: skip
    sections = [
        Section("growth", "How fast costs grow", (
            tables["growth"],
            FigureBlock("trend", "trend", "The same trend with confidence and prediction bands, and the line of 1 billion USD.",
                   build_table("trend", request)),
        ), is_folded=False),
        Section("final-runs", "What final runs cost", (
            Paragraph("From the study's fixed inputs our formulas give its costs to the sixth digit."),
            tables["printed"],
            exact,
            tables["relative"],
            FigureBlock("epoch-acquisition", "epoch-acquisition", "What the hardware of the final run costs to acquire.",
                   build_table("epoch-acquisition", request)),
        ), is_folded=False),
        Section("development", "What development costs", (
            FigureBlock("epoch-components", "epoch-components", "Components of the development cost of selected models.",
                   build_table("epoch-components", replace(request, scenarios=scenarios))),
            tables["development"],
        ), is_folded=False),
        Section("wider", "Where we differ on purpose", (
            widths,
            Bullets((
                "The published interval holds fixed what its authors call uncertain in other sections: prices of chips, "
                "training time, counts of "
                "chips, overheads, power, electricity. The default takes each with the interval that the study gives it.",
                "It draws the experiments factor once for each component, as if chips could run more experiments than "
                "the servers around "
                "them. The default shares it.",
                "It takes all people as independent of each other, so a team's mean is narrow. The default takes a "
                "correlation of 0.5, a "
                "judgement.",
                "For Gemini Ultra the default has the group's later estimate of a TPU's cost, 3,000 USD instead of 5,167.",
            )),
        ), is_folded=False),
        Section("limits", "Limits", (
            Bullets((
                "The study's 41 rows are not all in the library's table, so the fits are of fewer.",
                "What is reproduced are the figures and not their truth: no developer has published its accounts.",
            )),
        )),
        Section("repeat", "Reproduction", (Command("make reports"),)),
    ]  # fmt: skip
    blocks: list[Block] = [block for section in sections for block in section.blocks]
    close = [row for row in tables["development"].rows if abs(row.cells[3].values[0]) < 0.03]
    return Report(
        title="Epoch AI's published training costs, and ours",
        kicker="Reproduction",
        answer=(
            f"Epoch AI's figures come out again: growth is {ours(tables['growth'], 0)} a year where the paper prints 2.4x, and "
            f"{len(close)} of {len(tables['development'].rows)} development costs agree within 3%."
        ),
        key_figures=(
            KeyFigure("growth a year", ours(tables["growth"], 0), "published: 2.4x"),
            KeyFigure(
                "GPT-4, treated as published",
                format_money(float(np.median(retained_draws["gpt-4"]["total_cost"])), "USD"),
                "published: $129M",
            ),
            KeyFigure(
                "width of the 90% interval",
                f"{min(wider):.1f} to {max(wider):.1f} times",
                "the published one, with all of the study's own uncertainties, shared by what shares them",
            ),
        ),
        front=(
            growth_figure,
            Bullets(
                (
                    f"From the study's fixed inputs {len(exact.rows)} costs of its final runs come out again to {worst:.0e} of "
                    "themselves or better.",
                    "Development costs that do not agree are explained below.",
                    "The published intervals are another matter: see where we differ on purpose.",
                ),
                "What it shows",
            ),
        ),
        sections=tuple(sections),
        footnotes=notes.entries(),
        provenance=", ".join(filter(None, (date, f"{DRAWS:,} draws", "seed 0", f"llmcost {tool_version()}"))),
        summary={
            "tables": {
                block.name: [[value for cell in row.cells for value in cell.values] for row in block.rows]
                for block in blocks
                if isinstance(block, TableBlock)
            },
            "runs": {result.scenario.name: summarize_run(result, 0.90).to_dict() for result in results},
        },
        date=date,
    )


def ours(found: TableBlock, row: int) -> str:
    """Return our figure in a row, as the table shows it."""
    return found.rows[row].cells[2].text
