"""`llmcost run`: draw from the priors of a scenario and print what it may cost."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import overrun_rows
from simulator.cli.options import (
    Share,
    Whole,
    interval_option,
    method_option,
    output_path,
    read_scenario,
    scenario_options,
    scheduler_option,
    seed_option,
    threads_option,
    warn,
)
from simulator.cli.progress import Bar

if TYPE_CHECKING:
    from simulator.cli.output import Table
    from simulator.engine.result import Result

FORMATS = ("table", "json", "csv", "markdown")


@click.command(short_help="Draw from the priors of a scenario and print what it may cost.")
@click.argument("scenario", metavar="SCENARIO")
@click.option("--draws", type=Whole(1, 10_000_000_000), default=100_000, show_default="100,000", help="How many draws.")
@seed_option
@interval_option
@method_option
@threads_option
@click.option("--precision", type=Share(), metavar="PERCENT", help="Go on until the total's median and ends are this precise.")
@click.option("--precision-of", multiple=True, metavar="NAME", help="Quantities to be that precise, in place of the total.")
@click.option("--exact", is_flag=True, help="Draw twice, so that quantiles are those of the draws to the last digit.")
@click.option("--integrate", metavar="NAME", help="Integrate an input or a product A*B out of the total (or auto).")
@scenario_options
@click.option(
    "--fail-above", type=Share(), metavar="PERCENT", help="Exit with code 3 if an overrun is more probable than this."
)
@click.option("--baseline", type=click.Path(path_type=Path), metavar="OLD.json", help="Show what moved since an earlier run.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE.nc (draws), .csv or .json too."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, and with -o no table.")
@scheduler_option
def command(
    scenario: str, draws: int, seed: int, interval: float, method: str, threads: int, precision: float | None,
    precision_of: tuple[str, ...], exact: bool, integrate: str | None,
    fail_above: float | None, baseline: Path | None, form: str, output: Path | None, quiet: bool, **given: Any,
) -> int:  # fmt: skip
    """Draw from the priors of SCENARIO (a built-in name, a file, or - for standard input) and print what it may cost."""
    read = read_scenario(scenario, given)
    output = output_path(output, (".nc", ".csv", ".json"))
    if precision_of and precision is None:
        raise click.UsageError("--precision-of says of what; --precision says how precise: give both")
    if fail_above is not None and read.budget is None:
        raise click.UsageError("--fail-above needs a budget: add --budget AMOUNT, or `budget:` in the file")

    from simulator.cli.app import RunFailed
    from simulator.engine.result import NonFiniteResultError
    from simulator.engine.simulate import simulate
    from simulator.io.baseline import changes
    from simulator.io.save import save
    from simulator.io.summary import budget_of
    from simulator.io.to_csv import as_csv
    from simulator.io.to_json import as_json, json_text, read_json
    from simulator.scenario import TOTAL

    old = None if baseline is None else read_json(baseline)
    keep = tuple(read.plan.names) if output is not None and output.suffix == ".nc" else ()
    try:
        with Bar(quiet) as progress:
            result = simulate(
                read,
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
        raise RunFailed(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    said = as_json(result, interval)
    warn(said["warnings"])
    if baseline is not None:
        try:
            said["baseline"] = changes(old, said)
        except ValueError as error:
            raise click.UsageError(f"--baseline {baseline}: {error}") from None
    if output is not None and not result.partial:
        save(result, output, interval)
    if not (quiet and output is not None and not result.partial):
        if form == "json":
            sys.stdout.write(json_text(said))
        elif form == "csv":
            sys.stdout.write(as_csv(result, interval))
        else:
            _print(result, said, interval, form)
    if result.partial:
        kept = f"; {output} was not written" if output is not None else ""
        click.echo(f"llmcost: interrupted; these figures are of {result.draws:,} draws{kept}", err=True)
        return 130
    stands = budget_of(result)
    if fail_above is not None and stands is not None and 1 - stands.probability_within > fail_above:
        from simulator.core import formatting as wording

        beyond = wording.percent(1 - stands.probability_within)
        click.echo(
            f"llmcost: the probability of exceeding {wording.exact(stands.amount)} USD is {beyond}, "
            f"more than {wording.percent(fail_above)}", err=True,
        )  # fmt: skip
        return 3
    return 0


# --- the table ------------------------------------------------------------------------------------------------------------


def _print(result: "Result", said: dict[str, Any], interval: float, form: str) -> None:
    from simulator.cli.output import print_answer
    from simulator.io.summary import headline

    tables = [_cost_table(result, said, interval), _plan_table(result, said), *_outcome_table(result, said, interval)]
    if "baseline" in said:
        tables.append(_baseline_table(said["baseline"]))
    print_answer(form, tables, _notes(result, said), headline(result, interval))


def _cost_table(result: "Result", said: dict[str, Any], interval: float) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, is_known, middle_and_range, money, percent, words
    from simulator.scenario import TOTAL

    rows = []
    for name in (*result.scenario.lines, TOTAL):
        figures = said["quantities"][name]
        share = figures.get("share")
        middle, span = middle_and_range(figures, "USD", given=name in result.scenario.inputs)
        rows.append((
            f"={words(name)}" if name == TOTAL else words(name), middle, span,
            middle if is_known(figures["low"], figures["high"]) else money(figures["mean"]),
            "" if share is None else percent(share["mean"]),
            "" if share is None else f"{percent(share['low'])} to {percent(share['high'])}",
        ))  # fmt: skip
    name = interval_name(interval)
    return Table(f"Cost in {result.scenario.money}", ("", ">median", f">{name}", ">mean", ">share", f">{name}"), rows)


def _plan_table(result: "Result", said: dict[str, Any]) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import computed, exact, is_known, money, percent, signed
    from simulator.scenario import TOTAL

    total = said["quantities"][TOTAL]
    quantiles = total["quantiles"]
    point = said["point_estimate"]
    own, say = result.scenario.point is not None, computed if is_known(total["low"], total["high"]) else money
    rows = [
        (f"P{level}", say(quantiles[level]), f"{level}% probability of staying within", signed(quantiles[level] - point))
        for level in ("50", "80", "90", "95")
    ]
    rows.insert(0, ("point estimate", (exact if own else say)(point), "as given" if own else "all priors at their medians", ""))
    stands = said["budget"]
    if stands is not None:
        within = f"{percent(stands['probability_within'])} probability of staying within"
        rows.append(("=budget", exact(stands["amount"]), within, signed(stands["over_point"])))
        rows += overrun_rows(stands, stands["cvar_95"])
    return Table("What to plan", ("", ">USD", "", ">over the point"), rows)


def _outcome_table(result: "Result", data: dict[str, Any], interval: float) -> list["Table"]:
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, middle_and_range, shown_unit, words

    rows = []
    for name in result.scenario.outcomes:
        figures = data["quantities"][name]
        said = middle_and_range(figures, figures["unit"], given=name in result.scenario.inputs)
        rows.append((words(name), *said, shown_unit(figures["unit"])[0]))
    return [Table("Outcomes", ("", ">median", f">{interval_name(interval)}", "unit"), rows)] if rows else []


def _baseline_table(moved: dict[str, Any]) -> "Table":
    from simulator.cli.output import Table
    from simulator.core.formatting import money, signed, words

    rows = []
    for name, figures in moved["quantities"].items():
        row = [f"={words(name)}" if name == "total_cost" else words(name)]
        for key in ("median", "p80"):
            row += [f"{money(figures[key]['old'])} -> {money(figures[key]['new'])}", signed(figures[key]["change"])]
        rows.append(row)
    changed = ", ".join(moved["inputs_changed"]) or "nothing"
    differs = f"; runs differ in {', '.join(moved['run_differs_in'])}" if moved["run_differs_in"] else ""
    return Table(
        f"Since the baseline (inputs changed: {changed}{differs})", ("", ">median", ">change", ">P80", ">change"), rows
    )


def _notes(result: "Result", said: dict[str, Any]) -> list[str]:
    from simulator.core.formatting import percent, words
    from simulator.scenario import TOTAL

    scenario = result.scenario
    notes = [scenario.about] if scenario.about else []
    if len(scenario.lines) > 1:
        notes.append("medians and interval ends of lines do not add up to those of the total; means do")
    notes += [f"{made.kind} {words(made.name)}: {made.about}" for made in scenario.adjustments]
    assumptions = [words(name) for name, given in scenario.inputs.items() if given.is_assumption]
    if assumptions:
        notes.append(f"assumptions, with no source or graded D: {', '.join(sorted(assumptions))}")
    notes += [*scenario.notes, *result.notes]
    for correlate in said["dependence"]:
        a, b = correlate["between"]
        achieved = "" if correlate["achieved"] is None else f", {correlate['achieved']:+.3f} in the draws"
        notes.append(f"{words(a)} and {words(b)}: rank correlation {correlate['rank']:+g}{achieved}")
    error = said["quantities"][TOTAL]["mcse"]
    size = max(abs(error[key]) / abs(said["quantities"][TOTAL][key] or 1) for key in ("median", "low", "high"))
    luck = "Monte Carlo error of these figures: up to " + percent(size)
    notes.append(f"{result.draws:,} draws, {result.method}, seed {result.seed}; {luck}; llmcost {said['version']}")
    return notes
