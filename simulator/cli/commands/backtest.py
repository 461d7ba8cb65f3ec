"""`llmcost backtest`: each published run predicted from what was known without it, and scored."""

import sys
from pathlib import Path
from typing import Any

import click

from simulator.cli.options import output_path
from simulator.cli.progress import Line

TARGETS = {
    "chip_hours": "chip-hours",
    "energy": "metered energy",
    "wall_clock": "days",
    "dollars": "quotes and statements of cost",
}
HOW = {"run": "left out one by one", "family": "whole families left out", "forward": "only earlier runs known"}


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.option(
    "--evidence", type=click.Path(path_type=Path), metavar="FILE", help="Score runs of your own, which the model has not seen."
)
@click.option(
    "--fold",
    type=click.Choice(["all", *HOW]),
    default="all",
    show_default=True,
    help="What may be known when a run is predicted.",
)
@click.option("--cases", is_flag=True, help="Show every run with its prediction.")
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.json", help="Write to a file in place.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(evidence: Path | None, fold: str, cases: bool, form: str, output: Path | None, quiet: bool) -> int:
    """Predict each published run from what was known without it, and score the predictions against what was published.

    The model is the library's own; runs of a table that it holds too are left out of the evidence before they are predicted.
    """
    from simulator.core.files import write_text_whole
    from simulator.evidence.backtest import Evidence, backtest
    from simulator.evidence.tables import measured_powers, published_runs, rental_prices
    from simulator.io.to_json import json_text

    output = output_path(output, (".json",), evidence=evidence)
    known = Evidence(published_runs().runs, tuple(measured_powers()), tuple(rental_prices()))
    unseen = None if evidence is None else published_runs(evidence)
    folds = list(HOW) if fold == "all" else [fold]
    found = {}
    with Line("ways to leave runs out", quiet) as progress:
        for number, each in enumerate(folds):
            progress.update(number, len(folds))
            found[each] = backtest(known, None if unseen is None else unseen.runs, each)
    if not any(found.values()):
        raise click.UsageError(f"{evidence or 'the evidence'} has no run that could be scored: {NEEDED}")
    notes = [f"{HOW[each]}: {_missing(found[each], len(known.runs if unseen is None else unseen.runs))}" for each in folds]
    said: dict[str, Any] = {"schema": 1, "targets": found.get("run", found[folds[0]])}
    said |= {name: found[each] for each, name in (("family", "families"), ("forward", "forward")) if each in found}
    said["notes"] = [*(unseen.notes if unseen else ()), *notes]
    if output is not None:
        write_text_whole(output, json_text(said))
    elif form == "json":
        sys.stdout.write(json_text(said))
    else:
        _print(found, said["notes"], form, cases)
    return 0


NEEDED = "chip-hours take chip, params_active, tokens and gpu_hours"


def _missing(targets: dict[str, Any], runs: int) -> str:
    counted = ", ".join(f"{row['n']} {TARGETS[name]}" for name, row in targets.items())
    return f"{counted or 'nothing'} of {runs} runs can be scored"


def _print(found: dict[str, dict[str, Any]], notes: list[str], form: str, cases: bool) -> None:
    from simulator.cli.output import Table, print_answer
    from simulator.core.formatting import digits

    def row(first: str, what: str, scores: dict[str, Any]) -> tuple[str, ...]:
        covered = (f"{100 * scores['coverage'][level]:.0f}" for level in ("50", "80", "90", "95"))
        return first, what, str(scores["n"]), *covered, f"{scores['crps']:.3f}", f"{digits(scores['sharpness'])}x"

    heads = ("what", "how", ">n", ">50", ">80", ">90", ">95", ">CRPS", ">95% ends apart")
    rows = [row(TARGETS[name], HOW[fold], scores) for fold, targets in found.items() for name, scores in targets.items()]
    tables = [Table("Share of the published values inside the central interval of so many %", heads, rows)]
    for fold, targets in found.items():
        hours = targets.get("chip_hours")
        if hours is None:
            continue
        beside = [row("llmcost", "", hours), *(row(name, "", scores) for name, scores in hours["baselines"].items())]
        tables.append(Table(f"Chip-hours beside two baselines, {HOW[fold]}", ("model", "", *heads[2:]), beside))
        if fold == next(iter(found)):
            tables.append(
                Table(
                    "Chip-hours by group", ("by", "group", *heads[2:]), [row(g["by"], g["group"], g) for g in hours["groups"]]
                )
            )
            bands = [f"{level} %: {100 * low:.0f} to {100 * high:.0f}" for level, (low, high) in hours["band"].items()]
            notes = [*notes, f"calibrated predictions of {hours['n']} runs would cover, in 95 of 100 cases: {', '.join(bands)}"]
            notes.append(f"PIT in tenths: {' '.join(map(str, hours['pit_histogram']))} (even where predictions are calibrated)")
    if cases:
        fold, targets = next(iter(found.items()))
        for name, scores in targets.items():
            listed = [
                (
                    each["case"],
                    digits(each["published"]),
                    *(digits(each["predicted"][end]) for end in ("low", "median", "high")),
                    f"{each['pit']:.2f}",
                )
                for each in scores["cases"]
            ]
            tables.append(
                Table(
                    f"{TARGETS[name].capitalize()}, {HOW[fold]}",
                    ("case", ">published", ">2.5%", ">median", ">97.5%", ">PIT"),
                    listed,
                )
            )
    notes = [
        *notes,
        "CRPS is on the natural logarithm: 0.21 is about 21 % off; 'ends apart' is the median ratio of the 95% ends",
    ]
    print_answer(form, tables, notes)
