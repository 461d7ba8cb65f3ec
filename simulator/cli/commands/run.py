"""`llmcost run`: simulate a scenario and print what it may cost."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.actuals import DEFAULT_DRAWS, ActualsOptions, actuals_options, forecast_answer
from simulator.cli.cells import describe_error, overrun_rows
from simulator.cli.command import Answer, Page, outputs
from simulator.cli.gate import check_gate, gate_option, gate_outcome
from simulator.cli.options import (
    Share,
    draws_option_of,
    method_option,
    open_with_warnings,
    override_options,
    run_options_with,
    scheduler_option,
)

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.core.results import Plain
    from simulator.engine.options import RunOptions
    from simulator.io.baseline import BaselineComparison, Change
    from simulator.io.run_summary import QuantityStatistics, RunSummary
    from simulator.scenario import Overrides, Scenario

MAX_DRAWS = 10_000_000_000
LEVELS = (50, 80, 90, 95)
"""Levels of confidence of the table of amounts, percent."""


@click.command(short_help="Simulate a scenario and print what it may cost.")
@click.argument("reference", metavar="SCENARIO")
@method_option
@click.option(
    "--precision", type=Share(), metavar="PERCENT", help="Continue until median and interval of the total are this precise."
)
@click.option(
    "--precision-of", multiple=True, metavar="NAME", help="Quantities to which --precision applies, instead of the total."
)
@click.option("--exact", is_flag=True, help="Compute the exact quantiles of the draws, in a second pass.")
@click.option("--integrate", metavar="NAME", help="Integrate an input or a product A*B (or auto) out of the total.")
@override_options
@gate_option
@click.option("--baseline", type=click.Path(path_type=Path), metavar="OLD.json", help="Show changes since an earlier run.")
@actuals_options
@click.option("--accrual", is_flag=True, help="With --actuals: the amounts are costs as they accrue, and no payments.")
@outputs(".nc", several=True, prints_too=True)
@run_options_with(draws_option_of(100_000, 2, MAX_DRAWS))
@scheduler_option
def command(
    reference: str,
    method: str,
    precision: float | None,
    precision_of: tuple[str, ...],
    exact: bool,
    integrate: str | None,
    fail_above: float | None,
    baseline: Path | None,
    paths: tuple[Path, ...],
    reported: ActualsOptions,
    overrides: "Overrides",
    options: "RunOptions",
    *,
    accrual: bool,
) -> Answer:
    """Simulate SCENARIO (a built-in name, a file, or - for standard input) and print what it may cost.

    With -o the result is also written to a file: FILE.nc holds the draws. With --actuals, or `actuals:` in the file, what was
    spent is given, and the rest is forecast; --fail-above is then about the forecast.
    """
    opened = open_with_warnings(reference, overrides)
    scenario = opened.scenario
    if precision_of and precision is None:
        raise click.UsageError("--precision-of needs --precision: give both")

    actuals = reported.read(scenario)
    if actuals is not None:
        _refuse_with_actuals(method, precision, baseline, integrate, paths, exact=exact)
        if click.get_current_context().get_parameter_source("draws") == click.core.ParameterSource.DEFAULT:
            options = options.with_(draws=DEFAULT_DRAWS)
        check_gate(scenario, fail_above, options.draws)
        view = "accrual" if accrual else "cash"
        return forecast_answer(opened, actuals, options, view=view, fail_above=fail_above)
    check_gate(scenario, fail_above, options.draws)
    if accrual:
        raise click.UsageError("--accrual needs --actuals FILE, or `actuals:` in the scenario")

    from simulator.analysis.risks import register_of_run
    from simulator.engine.simulate import simulate
    from simulator.io.json_files import read_json
    from simulator.io.run_summary import summarize_run
    from simulator.io.save import save
    from simulator.scenario import TOTAL

    earlier_run = None if baseline is None else read_json(baseline)
    result = simulate(
        scenario,
        options.draws,
        options.seed,
        method,
        options.threads,
        keep=tuple(scenario.plan.names) if any(path.suffix == ".nc" for path in paths) else (),
        precision=precision,
        precision_of=precision_of or (TOTAL,),
        exact=exact,
        integrate=integrate,
        interval=options.interval,
        progress=options.progress,
    )
    risks = None if result.partial else register_of_run(scenario, options.with_(draws=result.draws))
    summary = summarize_run(result, options.interval, risks=risks)
    if baseline is not None:
        summary = _with_baseline(summary, earlier_run, baseline)
    exit_code, messages = _outcome(summary, fail_above)
    return Answer(
        summary,
        lambda: _page(scenario, summary),
        exit_code,
        messages,
        writers={".nc": lambda path: save(result, path, options.interval, risks=risks)},
        prints_too=True,
        partial=summary.partial,
        opened=[opened],
    )


def _refuse_with_actuals(
    method: str, precision: float | None, baseline: Path | None, integrate: str | None, paths: tuple[Path, ...], *, exact: bool
) -> None:
    """Refuse options that have no effect on a forecast, whose draws are weighted."""
    conflicts = {
        f"--method {method}": method != "random",
        "--precision": precision is not None,
        "--exact": exact,
        "--integrate": integrate is not None,
        "--baseline": baseline is not None,
        "-o FILE.nc": any(path.suffix == ".nc" for path in paths),
    }
    for option, is_given in conflicts.items():
        if is_given:
            raise click.UsageError(f"{option} does not apply where what was spent is given (`actuals`); leave it out")


def _with_baseline(summary: "RunSummary", earlier_run: "Plain", path: Path) -> "RunSummary":
    """Return the summary with the changes since an earlier run."""
    from simulator.io.baseline import compare_with_baseline

    try:
        return replace(summary, baseline=compare_with_baseline(earlier_run, summary))
    except ValueError as error:
        raise click.UsageError(f"--baseline {path}: {error}") from None


def _outcome(summary: "RunSummary", fail_above: float | None) -> tuple[int, tuple[str, ...]]:
    """Return the exit code, with a message where the run was interrupted or an overrun is too probable."""
    from simulator.core.formatting import format_exact, is_constant

    if summary.partial:
        return 130, (f"interrupted; these figures are from {summary.header.draws:,} draws",)
    budget = summary.budget
    if budget is None:
        return 0, ()
    overrun = f"the probability of exceeding {format_exact(budget.amount)} {summary.header.currency}"
    known = is_constant(summary.total)
    return gate_outcome(fail_above, 1 - budget.probability_within, summary.header.draws or 1, overrun, is_known=known)


# --- the page -------------------------------------------------------------------------------------------------------------


def _page(scenario: "Scenario", summary: "RunSummary") -> Page:
    tables = [_cost_table(scenario, summary), _plan_table(scenario, summary), *_outcome_table(scenario, summary)]
    if summary.risks is not None:
        from simulator.cli.risk_tables import risk_tables

        tables += risk_tables(summary.risks, summary.header, is_brief=True)
    if summary.baseline is not None:
        tables.append(_baseline_table(summary.baseline))
    return Page(tables, _notes(scenario, summary), summary.headline)


def _cost_table(scenario: "Scenario", summary: "RunSummary") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import to_words
    from simulator.scenario import TOTAL

    rows = [
        (to_words(name), *_cost_cells(summary.quantities[name], is_given=name in scenario.inputs)) for name in scenario.lines
    ]
    rows.append((f"={to_words(TOTAL)}", *_cost_cells(summary.total, is_given=TOTAL in scenario.inputs)))
    name = summary.header.interval_name
    return TextTable(f"Cost in {scenario.money}", ("", ">median", f">{name}", ">mean", ">share", f">{name}"), rows)


def _cost_cells(quantity: "QuantityStatistics", *, is_given: bool) -> tuple[str, str, str, str, str]:
    """Return median, interval, mean, mean share and interval of the share."""
    from simulator.core.formatting import format_median_and_interval, format_money, format_percent, is_constant

    median, interval = format_median_and_interval(quantity, quantity.unit, is_given=is_given)
    mean = median if is_constant(quantity) else format_money(quantity.mean)
    share = quantity.share
    if share is None:
        return median, interval, mean, "", ""
    return median, interval, mean, format_percent(share.mean), f"{format_percent(share.low)} to {format_percent(share.high)}"


def _plan_table(scenario: "Scenario", summary: "RunSummary") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import (
        format_computed,
        format_exact,
        format_money,
        format_percent,
        format_signed_money,
        is_constant,
    )

    total, point, is_given = summary.total, summary.point_estimate, scenario.point is not None
    format_amount = format_computed if is_constant(total) else format_money
    basis = "as given" if is_given else "all priors at their medians"
    rows = [("point estimate", (format_exact if is_given else format_amount)(point), basis, "")]
    for level in LEVELS:
        amount = total.quantiles[str(level)]
        within = f"{level}% probability of staying within"
        rows.append((f"P{level}", format_amount(amount), within, format_signed_money(amount - point)))
    budget = summary.budget
    if budget is not None:
        within = f"{format_percent(budget.probability_within)} probability of staying within"
        rows.append(("=budget", format_exact(budget.amount), within, format_signed_money(budget.over_point)))
        rows += overrun_rows(budget, budget.cvar_95)
    return TextTable("What to plan", ("", f">{summary.header.currency}", "", ">over the point"), rows)


def _outcome_table(scenario: "Scenario", summary: "RunSummary") -> list["TextTable"]:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import display_unit, format_median_and_interval, to_words

    rows = []
    for name in scenario.outcomes:
        quantity = summary.quantities[name]
        cells = format_median_and_interval(quantity, quantity.unit, is_given=name in scenario.inputs)
        rows.append((to_words(name), *cells, display_unit(quantity.unit)[0]))
    return [TextTable("Outcomes", ("", ">median", f">{summary.header.interval_name}", "unit"), rows)] if rows else []


def _baseline_table(comparison: "BaselineComparison") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import to_words
    from simulator.scenario import TOTAL

    rows = [
        (f"={to_words(name)}" if name == TOTAL else to_words(name), *_change_cells(each.median), *_change_cells(each.p80))
        for name, each in comparison.quantities.items()
    ]
    changed_inputs = ", ".join(comparison.inputs_changed) or "nothing"
    other_changes = f"; runs differ in {', '.join(comparison.run_differs_in)}" if comparison.run_differs_in else ""
    title = f"Since the baseline (inputs changed: {changed_inputs}{other_changes})"
    return TextTable(title, ("", ">median", ">change", ">P80", ">change"), rows)


def _change_cells(change: "Change") -> tuple[str, str]:
    from simulator.core.formatting import format_money, format_signed_money

    return f"{format_money(change.old)} -> {format_money(change.new)}", format_signed_money(change.change)


def _notes(scenario: "Scenario", summary: "RunSummary") -> list[str]:
    from simulator.core.formatting import to_words

    notes = [scenario.about] if scenario.about else []
    if len(scenario.lines) > 1:
        notes.append("medians and interval bounds of lines do not add up to those of the total; means do")
    notes += [f"{adjustment.kind} {to_words(adjustment.name)}: {adjustment.about}" for adjustment in scenario.adjustments]
    assumptions = [
        f"{to_words(name)}{' (--set)' if entry.origin.startswith('--') else ''}"
        for name, entry in scenario.inputs.items()
        if entry.is_assumption
    ]
    if assumptions:
        notes.append(f"assumptions, with no source or graded D: {', '.join(sorted(assumptions))}")
    notes += [note.text for note in summary.notes if note.code != "no-mean"]
    for pair in summary.dependence:
        a, b = pair.between
        achieved = "" if pair.achieved is None else f", {pair.achieved:+.3f} in the draws"
        notes.append(f"{to_words(a)} and {to_words(b)}: rank correlation {pair.rank:+g}{achieved}")
    if summary.risks is not None:
        from simulator.cli.risk_tables import risk_note

        notes.append(risk_note(summary.risks))
    header = summary.header
    basis = f"{header.draws:,} draws, {summary.method}, seed {header.seed}"
    notes.append(f"{basis}; {describe_error(summary.total)}; llmcost {header.version}")
    return notes
