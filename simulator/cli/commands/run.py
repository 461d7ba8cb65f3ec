"""`llmcost run`: simulate a scenario and print what it may cost."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.actuals import DEFAULT_DRAWS, ActualsOptions, actuals_options, forecast_answer
from simulator.cli.command import Answer, outputs
from simulator.cli.gate import check_gate, gate_option, gate_outcome
from simulator.cli.options import (
    Share,
    draws_option_of,
    method_option,
    open_with_warnings,
    override_options,
    run_options_with,
    scheduler_option,
    warn,
)

if TYPE_CHECKING:
    from simulator.core.results import Plain
    from simulator.engine.options import RunOptions
    from simulator.io.run_summary import RunSummary
    from simulator.scenario import Overrides

MAX_DRAWS = 10_000_000_000


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
    from simulator.cli.run_page import run_page
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
    warn(summary.warnings)
    if baseline is not None:
        summary = _with_baseline(summary, earlier_run, baseline)
    exit_code, messages = _outcome(summary, fail_above)
    return Answer(
        summary,
        lambda: run_page(scenario, summary, result),
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
    from simulator.core.formatting import format_exact_money, is_constant

    if summary.partial:
        return 130, (f"interrupted; these figures are from {summary.header.draws:,} draws",)
    budget = summary.budget
    if budget is None:
        return 0, ()
    overrun = f"the probability of exceeding {format_exact_money(budget.amount, summary.header.currency)}"
    known = is_constant(summary.total)
    return gate_outcome(fail_above, 1 - budget.probability_within, summary.header.draws or 1, overrun, is_known=known)
