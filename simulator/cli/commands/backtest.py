"""`llmcost backtest`: predict each published run from the other evidence, and score the predictions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.engine.options import Progress
    from simulator.evidence.backtest import Backtest, Targets
    from simulator.evidence.scores import GroupScores, Scores, TargetScores

FOLDS = ("run", "family", "forward")
SERVING_FOLDS = ("points", "model", "later", "chip")
COLUMNS = ("what", "how", ">n", ">50", ">80", ">90", ">95", ">CRPS", ">95% ratio")
LIMITS = ("50", "80", "90")
CASE_COLUMNS = ("case", ">published", ">2.5%", ">median", ">97.5%", ">PIT")


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.option(
    "--target", type=click.Choice(["training", "serving"]), default="training", show_default=True,
    help="Published training runs, or measured points of serving.",
)  # fmt: skip
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Score your own runs or points, which the model has not seen.",
)
@click.option(
    "--fold",
    type=click.Choice(["all", *FOLDS, *SERVING_FOLDS]),
    default="all",
    show_default=True,
    help="The evidence from which a run is predicted; the last four are of serving.",
)
@click.option("--cases", is_flag=True, help="Show every run with its prediction.")
@outputs(label="folds")
def command(target: str, evidence: Path | None, fold: str, cases: bool, progress: "Progress") -> Answer:
    """Predict each published run from the other evidence, and score the predictions against the published values.

    With --target serving, measured points of serving are predicted without their model, without their chip or from earlier
    points, and published fleets by the model that is not fitted to them.

    The model is the library's own. Runs of your table that are also in its evidence are removed from it first.
    """
    if fold not in ("all", *(SERVING_FOLDS if target == "serving" else FOLDS)):
        raise click.UsageError(f"--fold {fold} is not for --target {target}")
    if target == "serving":
        from simulator.cli.serving_pages import backtest_page
        from simulator.evidence.serving.backtest import backtest_serving

        served = backtest_serving(evidence, None if fold == "all" else (fold,), progress)
        return Answer(served, lambda: backtest_page(served, with_cases=cases))
    from simulator.evidence.backtest import backtest

    result = backtest(evidence, FOLDS if fold == "all" else (fold,), progress)
    return Answer(result, lambda: _page(result, with_cases=cases))


def _page(result: "Backtest", *, with_cases: bool) -> Page:
    from simulator.cli.output import TextTable
    from simulator.evidence.backtest import TARGETS
    from simulator.evidence.predictions import FOLDS as FOLD_NAMES

    rows = [
        _row(TARGETS[name], FOLD_NAMES[fold], scores)
        for fold, targets in result.by_fold.items()
        for name, scores in targets.items()
    ]
    tables = [TextTable("Share of the published values inside the central interval, by its level in %", COLUMNS, rows)]
    notes = [*map(str, result.notes)]
    for fold, targets in result.by_fold.items():
        hours = targets.get("chip_hours")
        if hours is None:
            continue
        tables.append(_baseline_table(hours, FOLD_NAMES[fold]))
        if fold == result.fold:
            tables.append(_group_table(hours))
            notes += _calibration_notes(hours)
    if result.public_path:
        rows = [
            _row(path, FOLD_NAMES[fold], scores)
            for fold, targets in result.public_path.items()
            for path, scores in targets.items()
        ]
        title = "Chip-hours by scenarios with chip, parameters and tokens alone, by what they extend"
        tables.append(TextTable(title, ("extends", *COLUMNS[1:]), rows))
        tables.append(_limits_table(result))
    notes += _bound_notes(result)
    if with_cases:
        tables += _case_tables(result.targets, FOLD_NAMES[result.fold])
    notes.append(
        "CRPS is on the natural logarithm: 0.21 is about 21 % off; 95% ratio: median ratio of the bounds of the 95% interval"
    )
    return Page(tables, notes)


def _row(first: str, second: str, scores: "Scores | GroupScores") -> tuple[str, ...]:
    from simulator.core.formatting import format_significant

    coverage = (f"{100 * scores.coverage[level]:.0f}" for level in ("50", "80", "90", "95"))
    return first, second, str(scores.n), *coverage, f"{scores.crps:.3f}", f"{format_significant(scores.sharpness)}x"


def _baseline_table(hours: "TargetScores", fold_name: str) -> "TextTable":
    from simulator.cli.output import TextTable

    rows = [_row("llmcost", "", hours), *(_row(name, "", scores) for name, scores in (hours.baselines or {}).items())]
    return TextTable(f"Chip-hours and two baseline models, {fold_name}", ("model", "", *COLUMNS[2:]), rows)


def _group_table(hours: "TargetScores") -> "TextTable":
    from simulator.cli.output import TextTable

    rows = [_row(group.by, group.group, group) for group in hours.groups or ()]
    return TextTable("Chip-hours by group", ("by", "group", *COLUMNS[2:]), rows)


def _limits_table(result: "Backtest") -> "TextTable":
    """Return how often the upper limits that budgets use were enough, by the model and by what users start from."""
    from simulator.cli.output import TextTable
    from simulator.evidence.predictions import FOLDS as FOLD_NAMES

    rows = []
    for fold, targets in result.by_fold.items():
        predicted = {"llmcost": targets.get("chip_hours"), **(result.public_path or {}).get(fold, {})}
        for name, scores in predicted.items():
            if scores is not None:
                limits = (f"{100 * scores.one_sided[level]:.0f}" for level in LIMITS)
                rows.append((name, FOLD_NAMES[fold], str(scores.n), *limits))
    title = "Chip-hours: share of the published values within the predicted P50, P80 and P90, in %"
    return TextTable(title, ("model or what a scenario extends", "how", ">n", *(f">P{level}" for level in LIMITS)), rows)


def _bound_notes(result: "Backtest") -> list[str]:
    names = {
        "chip_hours": "published upper bounds of chip-hours",
        "benchmarks": "vendors' benchmarks, as upper bounds of utilisation",
    }
    return [
        f"{names[name]}: {scores.n}, of which predictions contradict {scores.contradicted}"
        for name, scores in (result.bounds or {}).items()
    ]


def _calibration_notes(hours: "TargetScores") -> list[str]:
    bands = [f"{level} %: {100 * low:.0f} to {100 * high:.0f}" for level, (low, high) in hours.band.items()]
    limits = [
        f"{level}% budgets held in {round(hours.one_sided[level] * hours.n)} of {hours.n} "
        f"({100 * low:.0f} to {100 * high:.0f}% if calibrated)"
        for level, (low, high) in hours.one_sided_band.items()
    ]
    return [
        f"of chip-hours, {', '.join(limits)}",
        f"95% range of the coverage of calibrated predictions of {hours.n} runs: {', '.join(bands)}",
        f"PIT in tenths: {' '.join(map(str, hours.pit_histogram))} (uniform if predictions are calibrated)",
    ]


def _case_tables(targets: "Targets", fold_name: str) -> "list[TextTable]":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_significant
    from simulator.evidence.backtest import TARGETS

    tables = []
    for name, scores in targets.items():
        rows = [
            (
                case.case,
                format_significant(case.published),
                *map(format_significant, (case.predicted.low, case.predicted.median, case.predicted.high)),
                f"{case.pit:.2f}",
            )
            for case in scores.cases
        ]
        tables.append(TextTable(f"{TARGETS[name].capitalize()}, {fold_name}", CASE_COLUMNS, rows))
    return tables
