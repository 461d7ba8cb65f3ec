"""`llmcost run`: simulate a scenario and print what it may cost."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import overrun_rows
from simulator.cli.options import (
    Share,
    WholeNumber,
    check_output_path,
    interval_option,
    method_option,
    read_scenario,
    scenario_options,
    scheduler_option,
    seed_option,
    threads_option,
    warn,
)
from simulator.cli.progress import ProgressBar

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.engine.result import Result

FORMATS = ("table", "json", "csv", "markdown")


@click.command(short_help="Simulate a scenario and print what it may cost.")
@click.argument("reference", metavar="SCENARIO")
@click.option("--draws", type=WholeNumber(1, 10_000_000_000), default=100_000, show_default="100,000", help="Number of draws.")
@seed_option
@interval_option
@method_option
@threads_option
@click.option(
    "--precision", type=Share(), metavar="PERCENT", help="Continue until median and interval of the total are this precise."
)
@click.option(
    "--precision-of", multiple=True, metavar="NAME", help="Quantities to which --precision applies, instead of the total."
)
@click.option("--exact", is_flag=True, help="Compute the exact quantiles of the draws, in a second pass.")
@click.option("--integrate", metavar="NAME", help="Integrate an input or a product A*B (or auto) out of the total.")
@scenario_options
@click.option(
    "--fail-above", type=Share(), metavar="PERCENT", help="Exit with code 3 if an overrun is more probable than this."
)
@click.option("--baseline", type=click.Path(path_type=Path), metavar="OLD.json", help="Show changes since an earlier run.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="Output format.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Also write to FILE.nc (draws), .csv or .json."
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, and with -o no table.")
@scheduler_option
def command(
    reference: str, draws: int, seed: int, interval: float, method: str, threads: int, precision: float | None,
    precision_of: tuple[str, ...], exact: bool, integrate: str | None,
    fail_above: float | None, baseline: Path | None, form: str, output: Path | None, quiet: bool, **overrides: Any,
) -> int:  # fmt: skip
    """Simulate SCENARIO (a built-in name, a file, or - for standard input) and print what it may cost."""
    scenario = read_scenario(reference, overrides)
    output = check_output_path(output, (".nc", ".csv", ".json"))
    if precision_of and precision is None:
        raise click.UsageError("--precision-of needs --precision: give both")
    if fail_above is not None and scenario.budget is None:
        raise click.UsageError("--fail-above needs a budget: add --budget AMOUNT, or `budget:` in the file")

    from simulator.cli.app import RunError
    from simulator.core.results import json_text
    from simulator.engine.result import NonFiniteResultError
    from simulator.engine.simulate import simulate
    from simulator.io.baseline import compare_with_baseline
    from simulator.io.save import save
    from simulator.io.summary import budget_of
    from simulator.io.to_csv import as_csv
    from simulator.io.to_json import as_json, read_json
    from simulator.scenario import TOTAL

    baseline_answer = None if baseline is None else read_json(baseline)
    keep = tuple(scenario.plan.names) if output is not None and output.suffix == ".nc" else ()
    try:
        with ProgressBar(quiet) as progress:
            result = simulate(
                scenario,
                draws,
                seed,
                method,
                threads or None,
                keep=keep,
                precision=precision,
                precision_of=precision_of or (TOTAL,),
                exact=exact,
                integrate=integrate,
                interval=interval,
                progress=progress.update,
            )
    except NonFiniteResultError as error:
        raise RunError(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    answer = as_json(result, interval)
    warn(answer["warnings"])
    if baseline is not None:
        try:
            answer["baseline"] = compare_with_baseline(baseline_answer, answer)
        except ValueError as error:
            raise click.UsageError(f"--baseline {baseline}: {error}") from None
    if output is not None and not result.partial:
        save(result, output, interval)
    if not (quiet and output is not None and not result.partial):
        if form == "json":
            sys.stdout.write(json_text(answer))
        elif form == "csv":
            sys.stdout.write(as_csv(result, interval))
        else:
            _print(result, answer, interval, form)
    if result.partial:
        file_note = f"; {output} was not written" if output is not None else ""
        click.echo(f"llmcost: interrupted; these figures are from {result.draws:,} draws{file_note}", err=True)
        return 130
    budget = budget_of(result)
    if fail_above is not None and budget is not None and 1 - budget.probability_within > fail_above:
        from simulator.core import formatting

        overrun = formatting.format_percent(1 - budget.probability_within)
        click.echo(
            f"llmcost: the probability of exceeding {formatting.format_exact(budget.amount)} USD is {overrun}, "
            f"more than {formatting.format_percent(fail_above)}", err=True,
        )  # fmt: skip
        return 3
    return 0


# --- the table ------------------------------------------------------------------------------------------------------------


def _print(result: "Result", answer: dict[str, Any], interval: float, form: str) -> None:
    from simulator.cli.output import print_answer
    from simulator.io.summary import headline

    tables = [_cost_table(result, answer, interval), _plan_table(result, answer), *_outcome_table(result, answer, interval)]
    if "baseline" in answer:
        tables.append(_baseline_table(answer["baseline"]))
    print_answer(form, tables, _notes(result, answer), headline(result, interval))


def _cost_table(result: "Result", answer: dict[str, Any], interval: float) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import (
        format_median_and_interval,
        format_money,
        format_percent,
        interval_name,
        is_known,
        to_words,
    )
    from simulator.scenario import TOTAL

    rows = []
    for name in (*result.scenario.lines, TOTAL):
        figures = answer["quantities"][name]
        share = figures.get("share")
        middle, span = format_median_and_interval(figures, "USD", is_given=name in result.scenario.inputs)
        rows.append((
            f"={to_words(name)}" if name == TOTAL else to_words(name), middle, span,
            middle if is_known(figures["low"], figures["high"]) else format_money(figures["mean"]),
            "" if share is None else format_percent(share["mean"]),
            "" if share is None else f"{format_percent(share['low'])} to {format_percent(share['high'])}",
        ))  # fmt: skip
    name = interval_name(interval)
    return TextTable(f"Cost in {result.scenario.money}", ("", ">median", f">{name}", ">mean", ">share", f">{name}"), rows)


def _plan_table(result: "Result", answer: dict[str, Any]) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import (
        format_computed,
        format_exact,
        format_money,
        format_percent,
        format_signed_money,
        is_known,
    )
    from simulator.scenario import TOTAL

    total = answer["quantities"][TOTAL]
    quantiles = total["quantiles"]
    point = answer["point_estimate"]
    is_given, format_amount = (
        result.scenario.point is not None,
        format_computed if is_known(total["low"], total["high"]) else format_money,
    )
    rows = [
        (
            f"P{level}",
            format_amount(quantiles[level]),
            f"{level}% probability of staying within",
            format_signed_money(quantiles[level] - point),
        )
        for level in ("50", "80", "90", "95")
    ]
    rows.insert(
        0,
        (
            "point estimate",
            (format_exact if is_given else format_amount)(point),
            "as given" if is_given else "all priors at their medians",
            "",
        ),
    )
    budget = answer["budget"]
    if budget is not None:
        within = f"{format_percent(budget['probability_within'])} probability of staying within"
        rows.append(("=budget", format_exact(budget["amount"]), within, format_signed_money(budget["over_point"])))
        rows += overrun_rows(budget, budget["cvar_95"])
    return TextTable("What to plan", ("", ">USD", "", ">over the point"), rows)


def _outcome_table(result: "Result", answer: dict[str, Any], interval: float) -> list["TextTable"]:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import display_unit, format_median_and_interval, interval_name, to_words

    rows = []
    for name in result.scenario.outcomes:
        figures = answer["quantities"][name]
        cells = format_median_and_interval(figures, figures["unit"], is_given=name in result.scenario.inputs)
        rows.append((to_words(name), *cells, display_unit(figures["unit"])[0]))
    return [TextTable("Outcomes", ("", ">median", f">{interval_name(interval)}", "unit"), rows)] if rows else []


def _baseline_table(changes: dict[str, Any]) -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_signed_money, to_words

    rows = []
    for name, figures in changes["quantities"].items():
        row = [f"={to_words(name)}" if name == "total_cost" else to_words(name)]
        for key in ("median", "p80"):
            row += [
                f"{format_money(figures[key]['old'])} -> {format_money(figures[key]['new'])}",
                format_signed_money(figures[key]["change"]),
            ]
        rows.append(row)
    changed_inputs = ", ".join(changes["inputs_changed"]) or "nothing"
    other_changes = f"; runs differ in {', '.join(changes['run_differs_in'])}" if changes["run_differs_in"] else ""
    return TextTable(
        f"Since the baseline (inputs changed: {changed_inputs}{other_changes})",
        ("", ">median", ">change", ">P80", ">change"),
        rows,
    )


def _notes(result: "Result", answer: dict[str, Any]) -> list[str]:
    from simulator.core.formatting import format_percent, to_words
    from simulator.scenario import TOTAL

    scenario = result.scenario
    notes = [scenario.about] if scenario.about else []
    if len(scenario.lines) > 1:
        notes.append("medians and interval bounds of lines do not add up to those of the total; means do")
    notes += [f"{adjustment.kind} {to_words(adjustment.name)}: {adjustment.about}" for adjustment in scenario.adjustments]
    assumptions = [to_words(name) for name, entry in scenario.inputs.items() if entry.is_assumption]
    if assumptions:
        notes.append(f"assumptions, with no source or graded D: {', '.join(sorted(assumptions))}")
    notes += [*scenario.notes, *result.notes]
    for correlate in answer["dependence"]:
        a, b = correlate["between"]
        achieved = "" if correlate["achieved"] is None else f", {correlate['achieved']:+.3f} in the draws"
        notes.append(f"{to_words(a)} and {to_words(b)}: rank correlation {correlate['rank']:+g}{achieved}")
    error = answer["quantities"][TOTAL]["mcse"]
    size = max(abs(error[key]) / abs(answer["quantities"][TOTAL][key] or 1) for key in ("median", "low", "high"))
    error_text = "Monte Carlo error of these figures: up to " + format_percent(size)
    notes.append(f"{result.draws:,} draws, {result.method}, seed {result.seed}; {error_text}; llmcost {answer['version']}")
    return notes
