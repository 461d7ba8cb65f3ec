"""`llmcost backtest`: predict each published run from the other evidence, and score the predictions."""

import sys
from pathlib import Path
from typing import Any

import click

from simulator.cli.options import check_output_path
from simulator.cli.progress import ProgressLine

TARGETS = {
    "chip_hours": "chip-hours",
    "energy": "metered energy",
    "wall_clock": "days",
    "dollars": "quotes and statements of cost",
}
FOLDS = {"run": "leave one run out", "family": "leave one family out", "forward": "earlier runs only"}


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.option(
    "--evidence", type=click.Path(path_type=Path), metavar="FILE", help="Score your own runs, which the model has not seen."
)
@click.option(
    "--fold",
    type=click.Choice(["all", *FOLDS]),
    default="all",
    show_default=True,
    help="The evidence from which a run is predicted.",
)
@click.option("--cases", is_flag=True, help="Show every run with its prediction.")
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.json", help="Write to a file instead.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def command(evidence: Path | None, fold: str, cases: bool, form: str, output: Path | None, quiet: bool) -> int:
    """Predict each published run from the other evidence, and score the predictions against the published values.

    The model is the library's own. Runs of your table that are also in its evidence are removed from it first.
    """
    from simulator.core.files import write_text_atomically
    from simulator.core.results import json_text
    from simulator.evidence.backtest import Evidence, backtest
    from simulator.evidence.tables import measured_powers, published_runs, rental_prices

    output = check_output_path(output, (".json",), evidence=evidence)
    published = Evidence(published_runs().runs, tuple(measured_powers()), tuple(rental_prices()))
    own_runs = None if evidence is None else published_runs(evidence)
    folds = list(FOLDS) if fold == "all" else [fold]
    scores = {}
    with ProgressLine("folds", quiet) as progress:
        for number, each in enumerate(folds):
            progress.update(number, len(folds))
            scores[each] = backtest(published, None if own_runs is None else own_runs.runs, each)
    if not any(scores.values()):
        raise click.UsageError(f"{evidence or 'the evidence'} has no run that can be scored: {REQUIREMENTS}")
    notes = [
        f"{FOLDS[each]}: {_count_scored(scores[each], len(published.runs if own_runs is None else own_runs.runs))}"
        for each in folds
    ]
    answer: dict[str, Any] = {"schema": 2, "targets": scores.get("run", scores[folds[0]])}
    answer |= {name: scores[each] for each, name in (("family", "families"), ("forward", "forward")) if each in scores}
    answer["notes"] = [*(own_runs.notes if own_runs else ()), *notes]
    if output is not None:
        write_text_atomically(output, json_text(answer))
    elif form == "json":
        sys.stdout.write(json_text(answer))
    else:
        _print(scores, answer["notes"], form, cases)
    return 0


REQUIREMENTS = "chip-hours need chip, params_active, tokens and gpu_hours"


def _count_scored(targets: dict[str, Any], runs: int) -> str:
    counts = ", ".join(f"{row['n']} {TARGETS[name]}" for name, row in targets.items())
    return f"{counts or 'nothing'} of {runs} runs can be scored"


def _print(scores_by_fold: dict[str, dict[str, Any]], notes: list[str], form: str, cases: bool) -> None:
    from simulator.cli.output import TextTable, print_answer
    from simulator.core.formatting import format_significant

    def row(first: str, what: str, scores: dict[str, Any]) -> tuple[str, ...]:
        coverage = (f"{100 * scores['coverage'][level]:.0f}" for level in ("50", "80", "90", "95"))
        return first, what, str(scores["n"]), *coverage, f"{scores['crps']:.3f}", f"{format_significant(scores['sharpness'])}x"

    columns = ("what", "how", ">n", ">50", ">80", ">90", ">95", ">CRPS", ">95% ratio")
    rows = [
        row(TARGETS[name], FOLDS[fold], scores) for fold, targets in scores_by_fold.items() for name, scores in targets.items()
    ]
    tables = [TextTable("Share of the published values inside the central interval, by its level in %", columns, rows)]
    for fold, targets in scores_by_fold.items():
        hours = targets.get("chip_hours")
        if hours is None:
            continue
        rivals = [row("llmcost", "", hours), *(row(name, "", scores) for name, scores in hours["baselines"].items())]
        tables.append(TextTable(f"Chip-hours and two baseline models, {FOLDS[fold]}", ("model", "", *columns[2:]), rivals))
        if fold == next(iter(scores_by_fold)):
            tables.append(
                TextTable(
                    "Chip-hours by group", ("by", "group", *columns[2:]), [row(g["by"], g["group"], g) for g in hours["groups"]]
                )
            )
            bands = [f"{level} %: {100 * low:.0f} to {100 * high:.0f}" for level, (low, high) in hours["band"].items()]
            notes = [*notes, f"95% range of the coverage of calibrated predictions of {hours['n']} runs: {', '.join(bands)}"]
            notes.append(f"PIT in tenths: {' '.join(map(str, hours['pit_histogram']))} (uniform if predictions are calibrated)")
    if cases:
        fold, targets = next(iter(scores_by_fold.items()))
        for name, scores in targets.items():
            case_rows = [
                (
                    each["case"],
                    format_significant(each["published"]),
                    *(format_significant(each["predicted"][end]) for end in ("low", "median", "high")),
                    f"{each['pit']:.2f}",
                )
                for each in scores["cases"]
            ]
            tables.append(
                TextTable(
                    f"{TARGETS[name].capitalize()}, {FOLDS[fold]}",
                    ("case", ">published", ">2.5%", ">median", ">97.5%", ">PIT"),
                    case_rows,
                )
            )
    notes = [
        *notes,
        "CRPS is on the natural logarithm: 0.21 is about 21 % off; 95% ratio: median ratio of the bounds of the 95% interval",
    ]
    print_answer(form, tables, notes)
