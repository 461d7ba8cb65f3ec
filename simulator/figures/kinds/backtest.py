"""Coverage and calibration of predictions against published values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import format_percent
from simulator.core.results import AnalysisResult, Header
from simulator.figures.axes import add_legend
from simulator.figures.data import Z_95, FigureRequest, FigureUnavailableError
from simulator.figures.format import current_format
from simulator.figures.phrases import join_texts
from simulator.figures.registry import KindFunctions
from simulator.figures.style import COLOURS, INK, LINES, MARKERS, MUTED, PALE, canvas
from simulator.figures.text import label, to_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulator.evidence.backtest import Backtest

TITLE = "Predictions against published figures"


@dataclass(frozen=True, slots=True)
class TargetCoverage:
    """Coverage and calibration of the predictions of one quantity.

    Attributes
    ----------
    n : int
        Number of predictions.
    coverage : mapping of str to float
        Share of the published values inside the central interval, by its level in percent.
    baselines : mapping of str to mapping
        Coverage of simpler models.
    pit : tuple of float
        Predicted probabilities of a value up to the published one, sorted.

    """

    n: int
    coverage: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    pit: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class BacktestFigure(AnalysisResult):
    """Coverage and calibration of predictions against published values.

    Attributes
    ----------
    n : int
        Number of predictions of all targets.
    targets : mapping of str to TargetCoverage

    """

    n: int
    targets: Mapping[str, TargetCoverage]


def backtest_table(request: FigureRequest) -> BacktestFigure:
    """Read the output of `llmcost backtest --format json`."""
    from simulator.io.json_files import read_json

    data = read_json(Path(request.reference))
    try:
        targets = {str(name): _read_target(target) for name, target in data["targets"].items()}
        return _figure_of(targets)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FigureUnavailableError(f"{request.reference}: is not JSON of `llmcost backtest`") from None


def backtest_of(result: "Backtest") -> BacktestFigure:
    """Return coverage and calibration of each target of a backtest."""
    return _figure_of({
        name: TargetCoverage(
            scores.n,
            scores.coverage,
            {baseline: row.coverage for baseline, row in (scores.baselines or {}).items()},
            tuple(sorted(case.pit for case in scores.cases)),
        )
        for name, scores in result.targets.items()
    })  # fmt: skip


def _figure_of(targets: Mapping[str, TargetCoverage]) -> BacktestFigure:
    if not targets:
        raise ValueError("no targets")
    return BacktestFigure(header=Header(title=TITLE), n=sum(target.n for target in targets.values()), targets=targets)


def _read_target(data: Any) -> TargetCoverage:
    """Read a target from JSON; raise ValueError, KeyError, TypeError or AttributeError where it is another."""
    return TargetCoverage(
        int(data["n"]),
        _read_coverage(data),
        {str(name): _read_coverage(row) for name, row in data.get("baselines", {}).items()},
        tuple(sorted(float(case["pit"]) for case in data["cases"] if case.get("pit") is not None)),
    )


def _read_coverage(data: Any) -> dict[str, float]:
    return {str(level): float(share) for level, share in data["coverage"].items()}


def draw_backtest(table: BacktestFigure, date: str) -> "Figure":
    """Draw the empirical coverage of intervals against their nominal coverage, and the distribution of the PIT values."""
    targets, largest_n = table.targets, max(target.n for target in table.targets.values())
    is_narrow = current_format().is_narrow
    figure, (left, right) = canvas(
        table,
        backtest_finding(table),
        "Predictions against published figures: coverage of intervals, and calibration",
        date,
        rows=2 if is_narrow else 1,
        height=5.4 if is_narrow else 3.1,
        ncols=1 if is_narrow else 2,
        remark=f"{'Above' if is_narrow else 'Left'}: share of published values inside each interval; on the diagonal is "
        "calibrated, below it overconfident. "
        f"{'Below' if is_narrow else 'Right'}: the sorted probability integral transforms (PIT) of published values; "
        "the diagonal is calibrated. Grey: 95% "
        f"band of Monte Carlo error for {largest_n} cases.",
        observations=table.n,
    )
    for axes, scale in ((left, 100), (right, 1)):
        _draw_diagonal(axes, scale, largest_n)
    handles = []
    for number, (name, target) in enumerate(list(targets.items())[: len(MARKERS)]):
        colour = (*COLOURS[:4], INK)[number]
        legend_text = label(f"{to_words(name)} (n = {target.n})", 2.8, 1)
        handles += left.plot(
            *_coverage_points(target.coverage),
            color=colour,
            marker=MARKERS[number],
            linestyle=LINES[number],
            markersize=5,
            label=legend_text,
        )
        for baseline in target.baselines.values():
            left.plot(*_coverage_points(baseline), color=colour, marker=MARKERS[number], markerfacecolor="white",
                      linestyle="none", markersize=4.5)  # fmt: skip
        if pit := target.pit:
            right.step([0, *pit, 1], [0, *((place + 1) / len(pit) for place in range(len(pit))), 1], where="post", color=colour,
                       linestyle=LINES[number])  # fmt: skip
    if any(target.baselines for target in targets.values()):
        handles += left.plot(
            [], [], color=INK, marker="o", markerfacecolor="white", linestyle="none", label="hollow: baselines"
        )
    left.set(xlim=(0, 100), ylim=(0, 103), xlabel="nominal interval, %", ylabel="coverage, % of cases")
    right.set(xlim=(0, 1), ylim=(0, 1.03), xlabel="PIT", ylabel="cumulative share of cases")
    add_legend(left, columns=2, handles=handles)
    return figure


def _draw_diagonal(axes: "Axes", scale: int, n: int) -> None:
    """Draw where calibrated predictions lie, with the band of the Monte Carlo error of `n` cases."""
    axes.plot([0, scale], [0, scale], color=MUTED, linewidth=0.8)
    levels = [step / 100 for step in range(0, 101, 2)]
    errors = [Z_95 * (level * (1 - level) / n) ** 0.5 for level in levels]
    low = [scale * max(0.0, level - error) for level, error in zip(levels, errors, strict=True)]
    high = [scale * min(1.0, level + error) for level, error in zip(levels, errors, strict=True)]
    axes.fill_between([scale * level for level in levels], low, high, color=PALE, linewidth=0)


def _coverage_points(coverage: Mapping[str, float]) -> tuple[list[float], list[float]]:
    """Return levels and coverage in percent."""
    return [float(level) for level in coverage], [100 * share for share in coverage.values()]


def backtest_text(table: BacktestFigure) -> str:
    """Describe the coverage of each interval."""
    texts = [
        f"{to_words(name)} (n = {target.n}): "
        + ", ".join(f"{level}% interval covers {format_percent(share)}" for level, share in target.coverage.items())
        for name, target in table.targets.items()
    ]
    return f"Coverage of intervals and PIT of published values. {join_texts(texts)}."


def backtest_finding(table: BacktestFigure) -> str:
    """State the coverage of the widest interval that all targets have, over all predictions."""
    common = set.intersection(*(set(target.coverage) for target in table.targets.values()))
    if not common:
        return f"Coverage of the intervals of {table.n} predictions"
    level = max(common, key=float)
    share = sum(target.n * target.coverage[level] for target in table.targets.values()) / table.n
    return f"The {level}% intervals contain {format_percent(share)} of {table.n} published figures"


FUNCTIONS = KindFunctions(backtest_table, draw_backtest, backtest_text, backtest_finding)
