"""Tables of the model of serving: its backtest and its calibration."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.cli.command import Page
from simulator.cli.output import TextTable
from simulator.core.formatting import format_percent, format_significant
from simulator.evidence.serving.backtest import FOLDS, TARGETS

if TYPE_CHECKING:
    from simulator.evidence.serving.backtest import ServingBacktest, ServingTargets
    from simulator.evidence.serving.calibration import ServingCalibration
    from simulator.evidence.serving.fleets import FleetCase
    from simulator.evidence.serving.scores import SweepScores

LEVELS = ("50", "80", "90", "95")
COLUMNS = ("what", "how", ">n", ">sweeps", *(f">{level}" for level in LEVELS), ">CRPS", ">95% ratio")
CASE_COLUMNS = ("case", ">measured", ">2.5%", ">median", ">97.5%", ">PIT")
FLEET_COLUMNS = ("fleet", "figure", ">published", ">2.5%", ">median", ">97.5%", ">ratio")
FIGURES = {
    "answer_speed": "decode, tokens/s/node",
    "prompt_speed": "prefill, tokens/s/node",
    "nodes": "nodes for a day's tokens",
}


def backtest_page(result: "ServingBacktest", *, with_cases: bool) -> Page:
    """Return the scores of a backtest."""
    rows = [
        _row(TARGETS[key][2], FOLDS[fold], scores)
        for fold, targets in result.by_fold.items()
        for key, scores in targets.items()
    ]
    title = "Share of the measured values inside the central interval, by its level in %; by sweep"
    tables = [TextTable(title, COLUMNS, rows), *(_baselines(fold, targets) for fold, targets in result.by_fold.items())]
    tables.append(_fleets(result.fleets))
    if with_cases:
        tables += [_cases(key, result.targets) for key in result.targets]
    notes = [
        *map(str, result.notes),
        "CRPS is on the natural logarithm; 95% ratio: median ratio of the bounds of the 95% interval",
    ]
    return Page(tables, notes)


def calibration_page(calibration: "ServingCalibration", paths: Sequence[Path]) -> Page:
    """Return the effects of a calibration and its checks."""
    rows = [
        (each.effect, format_significant(each.factor), f"{format_significant(each.low95)} to {format_significant(each.high95)}")
        for each in calibration.effects
    ]
    own = f", {calibration.own} of them own" if calibration.own else ""
    checks = [
        f"{TARGETS[key][2]}: {format_percent(share)} inside 95% with their model left out, CRPS {calibration.crps[key]:.3f}"
        for key, share in calibration.coverage_95.items()
    ]
    notes = [
        f"{calibration.observations} points of {calibration.sweeps} sweeps{own}, until {calibration.until}; times in seconds",
        *checks,
        *map(str, calibration.notes),
        *(f"written: {path}" for path in paths),
    ]
    about = f"{calibration.about[0].upper()}{calibration.about[1:]}"
    return Page([TextTable(about, ("effect", ">median", ">95% CI"), rows)], notes)


def _row(first: str, second: str, scores: "SweepScores") -> tuple[str, ...]:
    coverage = (f"{100 * scores.coverage[level]:.0f}" for level in LEVELS)
    counts = (str(scores.n), str(scores.sweeps))
    return first, second, *counts, *coverage, f"{scores.crps:.3f}", f"{format_significant(scores.sharpness)}x"


def _baselines(fold: str, targets: "ServingTargets") -> TextTable:
    rows = []
    for key, scores in targets.items():
        rows.append(_row(TARGETS[key][2], "llmcost", scores))
        rows += [_row("", name, each) for name, each in (scores.baselines or {}).items()]
    return TextTable(f"Our model and simpler ones, {FOLDS[fold]}", ("what", "model", *COLUMNS[2:]), rows)


def _fleets(cases: "Sequence[FleetCase]") -> TextTable:
    rows = []
    for each in cases:
        bounds = (each.predicted.low, each.predicted.median, each.predicted.high)
        rows.append(
            (each.fleet, FIGURES[each.figure], *map(format_significant, (each.published, *bounds)), f"{each.ratio:.2f}")
        )
    return TextTable("Published fleets, which the model is not fitted to", FLEET_COLUMNS, rows)


def _cases(key: str, targets: "ServingTargets") -> TextTable:
    rows = []
    for case in targets[key].cases:
        bounds = (case.predicted.low, case.predicted.median, case.predicted.high)
        rows.append((case.case, *map(format_significant, (case.published, *bounds)), f"{case.pit:.2f}"))
    return TextTable(TARGETS[key][2].capitalize(), CASE_COLUMNS, rows)
