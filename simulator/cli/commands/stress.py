"""`llmcost stress`: what would break the budget."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import (
    check_answer_path,
    draw_options,
    format_band,
    format_probability,
    simulation_progress,
    write_answer,
)
from simulator.cli.options import WholeNumber, load_formulas, read_scenario, scenario_options, scheduler_option
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    from simulator.cli.output import TextTable

PAIRING_NOTE = (
    "each change is relative to the scenario without the shock, using common random numbers; +- is its Monte Carlo error"
)


@click.command(short_help="Apply shocks, sweep priors, find the draws that exceed a limit, or reweight priors.")
@click.argument("reference", metavar="SCENARIO")
@click.option("--combine", multiple=True, metavar="A+B", help="Apply shocks together.")
@click.option("--sweep", is_flag=True, help="Set each prior to its 5 % and 95 % points in turn.")
@click.option("--reverse", "condition", metavar="CONDITION", help="Describe the draws in which, say, 'total_cost > 200e6'.")
@click.option(
    "--reweight",
    "reweighting",
    multiple=True,
    metavar="NAME=VALUE",
    help="Replace a prior by reweighting the draws.",
)
@click.option(
    "--saved",
    type=click.Path(path_type=Path),
    metavar="FILE.nc",
    help="Use the draws saved by `run -o FILE.nc`.",
)
@click.option("--top", type=WholeNumber(1, 10_000), default=10, show_default=True, help="Number of inputs in the tables.")
@scenario_options
@draw_options
@scheduler_option
def command(
    reference: str,
    combine: tuple[str, ...],
    sweep: bool,
    condition: str | None,
    reweighting: tuple[str, ...],
    saved: Path | None,
    top: int,
    draws: int,
    seed: int,
    interval: float,
    threads: int,
    form: str,
    output: Path | None,
    quiet: bool,
    **overrides: Any,
) -> int:
    """Find what would break the budget of SCENARIO.

    Each --shock is applied alone, and all of them together; by default every shock of the library is tried. --sweep, --reverse
    and --reweight use the scenario without shocks; with one of them, only the shocks given are applied.
    """
    output = check_answer_path(output)
    shock_names, overrides["shocks"] = overrides["shocks"], ()
    with_shocks = bool(shock_names or combine) or not (sweep or condition or reweighting)
    if reference == "-" and (with_shocks or reweighting):
        raise click.UsageError(
            "shocks and --reweight read the scenario again, but standard input can be read only once: save it in a file"
        )
    if saved is not None and (with_shocks or sweep or not (condition or reweighting)):
        raise click.UsageError("--saved applies to --reverse and --reweight only; shocks and sweeps compute the total again")

    from simulator.analysis import stress

    base = read_scenario(reference, dict(overrides))
    reweighted = {text: read_scenario(reference, {**overrides, "sets": (*overrides["sets"], text)}) for text in reweighting}
    options: dict[str, Any] = {"interval": interval, "threads": threads or None}
    answer: dict[str, Any] = {
        "schema": 2, "scenario": base.name, "title": base.title, "money": base.money, "draws": draws, "seed": seed,
        "interval": in_percent(interval), "budget": base.budget,
    }  # fmt: skip
    with simulation_progress(quiet) as progress:
        options["progress"] = progress
        if with_shocks:
            read_options = {name: overrides[name] for name in ("sets", "levers", "basis", "budget")}
            own_formulas = [function for path in overrides["formulas"] for function in load_formulas(path)]
            combinations = [tuple(part.strip() for part in each.split("+")) for each in combine]
            answer["shocks"] = stress.apply_shocks(
                reference, shock_names, combinations, **read_options, formulas=own_formulas, draws=draws, seed=seed, **options
            )  # fmt: skip
        if sweep:
            answer["sweep"] = stress.vary_one_at_a_time(base, draws, seed, **options)
        if condition or reweighting:
            saved_draws = None
            if saved is not None:
                from simulator.io.netcdf import open_tree

                tree = open_tree(saved)
                saved_draws, answer["seed"] = stress.saved_draws(tree, base), int(tree.attrs.get("seed", seed))
                answer["draws"] = len(next(iter(saved_draws.values())))
            if condition:
                try:
                    answer["reverse"] = stress.reverse(base, condition, draws, seed, retained_draws=saved_draws, **options)
                except ValueError as error:
                    raise click.UsageError(f"--reverse {condition}: {error}") from None
            if reweighting:
                answer["reweightings"] = stress.reweight_priors(
                    base, reweighted, draws, seed, retained_draws=saved_draws, **options
                )
    write_answer(answer, form, output, lambda: _tables(answer, interval, top))
    return 0


def _tables(answer: dict[str, Any], interval: float, top: int) -> tuple[list["TextTable"], list[str]]:
    tables: list[TextTable] = []
    notes: list[str] = []
    if "shocks" in answer:
        _add_shocks(answer, answer["shocks"], interval, tables, notes)
    if "sweep" in answer:
        _add_sweep(answer, answer["sweep"], interval, top, tables, notes)
    if "reverse" in answer:
        _add_reverse(answer["reverse"], interval, top, tables, notes)
    for each in answer.get("reweightings", ()):
        _add_reweighting(answer, each, interval, tables, notes)
    if "reverse" not in answer or len(tables) > 1:
        notes.append(f"{answer['draws']:,} draws, seed {answer['seed']}")
    return tables, notes


def _add_shocks(
    answer: dict[str, Any], shocks: dict[str, Any], interval: float, tables: list["TextTable"], notes: list[str]
) -> None:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_exact, format_money, format_percent, format_signed_money, interval_name

    has_budget = answer["budget"] is not None

    def cells(row: dict[str, Any]) -> list[str]:
        figures = [format_money(row["median"]), format_band(row), format_money(row["quantiles"]["80"])]
        return figures + ([format_probability(row["within_budget"])] if has_budget else [])

    rows = [["no shock", *cells(shocks["base"]), "", "", ""]]
    for row in shocks["cases"]:
        if not row["change"]["moves"]:
            continue
        change = row["change"]
        name = f"={' + '.join(row['shocks'])}" if len(row["shocks"]) > 1 else row["name"]
        change_text = format_signed_money(change["value"]) + (
            f" +-{format_money(change['mcse'])}" if change["mean"] is not None else ""
        )
        share = "" if change["share"] is None else f"{'+' if change['share'] >= 0 else ''}{format_percent(change['share'])}"
        rows.append([name, *cells(row), change_text, share, row["grade"]])
    within = [f">within {format_exact(answer['budget'])}"] if has_budget else []
    changed = f">change of the {shocks['ranked_by']}"
    columns = ("", ">median", f">{interval_name(interval)}", ">P80", *within, changed, ">", "grade")
    tables.append(TextTable(f"{answer['title']}: total cost in {answer['money']}, with each shock", columns, rows))
    for row in shocks["cases"]:
        if "alone_added_up" in row:
            notes.append(
                f"{' + '.join(row['shocks'])}: one by one their changes add up to {format_signed_money(row['alone_added_up'])}"
            )
    notes += [f"{row['name']} applies to: {row['conditions']}" for row in shocks["cases"] if row["conditions"]]
    unaffected = [row["name"] for row in shocks["cases"] if not row["change"]["moves"]]
    if unaffected:
        notes.append(f"no effect on the total: {', '.join(unaffected)}")
    assumptions = [row["name"] for row in shocks["cases"] if row["grade"] == "D" and row["change"]["moves"]]
    if assumptions:
        notes.append(f"assumptions, graded D: {', '.join(assumptions)}")
    notes.append(PAIRING_NOTE)
    if shocks["refused"]:
        refused = [(row["name"], row["reason"]) for row in shocks["refused"]]
        tables.append(TextTable("Not applicable to this scenario", ("name", "because"), refused))


def _add_sweep(
    answer: dict[str, Any], sweep: dict[str, Any], interval: float, top: int, tables: list["TextTable"], notes: list[str]
) -> None:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_quantity, interval_name, to_words

    rows = [
        [
            to_words(row["name"]),
            *(
                cell
                for point in row["points"]
                for cell in (format_quantity(point["value"], row["unit"]), format_money(point["median"]), format_band(point))
            ),
        ]
        for row in sweep["priors"][:top]
    ]
    name = interval_name(interval)
    columns = ("", ">at its 5 % point", ">median", f">{name}", ">at its 95 % point", ">median", f">{name}")
    base = sweep["base"]
    baseline = f"{format_money(base['median'])}, {format_band(base)}"
    title = f"{answer['title']}: total cost with one prior fixed (with none fixed {baseline})"
    tables.append(TextTable(title, columns, rows))
    if len(sweep["priors"]) > top:
        notes.append(f"{len(sweep['priors']) - top} more priors change the total less (--top)")
    correlated = [to_words(row["name"]) for row in sweep["priors"] if row["correlated"]]
    if correlated:
        notes.append(f"correlated with other inputs, whose draws are left unchanged: {', '.join(correlated)}")


def _add_reverse(reverse: dict[str, Any], interval: float, top: int, tables: list["TextTable"], notes: list[str]) -> None:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import display_unit, format_condition, format_median_and_interval, interval_name, to_words

    clear = [row for row in reverse["inputs"] if row["clear"]]
    rows = []
    for row in clear[:top]:
        unit = display_unit(row["unit"])[0]
        quantiles = [", ".join(format_median_and_interval(each, row["unit"])) for each in (row["then"], row["usual"])]
        rows.append(
            [to_words(row["name"]), f"{row['ks_distance']:.2f}", "higher" if row["higher"] else "lower", *quantiles, unit]
        )
    name = interval_name(interval)
    share = format_probability(reverse["probability"])
    condition_text = format_condition(reverse["quantity"], reverse["amount"], reverse["unit"], above=reverse["above"])
    title = f"Where {condition_text}: {share} of draws; median and {name} of inputs, largest distance first"
    columns = ("", ">distance", "", ">in these draws", ">in all draws", "unit")
    tables.append(TextTable(title, columns, rows))
    if reverse["sentence"]:
        notes.append(reverse["sentence"])
        notes.append(
            "the box was found on half of the draws by peeling (PRIM, without pasting) and evaluated on the other half"
        )
    else:
        notes.append("no box: no input is distinguishable from Monte Carlo error")
    if len(clear) > top:
        notes.append(f"{len(clear) - top} more inputs have a smaller distance (--top)")
    others = len(reverse["inputs"]) - len(clear)
    if others:
        notes.append(f"{others} inputs are not distinguishable from Monte Carlo error")
    count = f"{reverse['such']:,} of {reverse['draws']:,} draws meet the condition"
    notes.append(f"distance: Kolmogorov-Smirnov distance from all draws, 0 to 1; {count}")


def _add_reweighting(
    answer: dict[str, Any], reweighting: dict[str, Any], interval: float, tables: list["TextTable"], notes: list[str]
) -> None:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_signed_money, interval_name, to_words
    from simulator.scenario import TOTAL

    rows = []
    for name, figures in reweighting["quantities"].items():
        usual, then = figures["usual"], figures["then"]
        error = f"+-{format_money(then['mcse']['median'])}"
        label = f"={to_words(name)}" if name == TOTAL else to_words(name)
        rows.append(
            [
                label,
                format_money(usual["median"]),
                format_band(usual),
                f"{format_money(then['median'])} {error}",
                format_band(then),
                format_signed_money(then["median"] - usual["median"]),
            ]
        )
    name = interval_name(interval)
    distributions = "; ".join(f"{to_words(row['name'])} {row['to']} instead of {row['from']}" for row in reweighting["priors"])
    columns = ("", ">median before", f">{name}", ">median after", f">{name}", ">change")
    tables.append(TextTable(f"{answer['title']}, with {distributions}", columns, rows))
    share = 100 * reweighting["effective"] / reweighting["draws"]
    notes.append(
        f"{reweighting['name']}: {reweighting['effective']:,.0f} of {reweighting['draws']:,} effective draws ({share:.0f} %)"
    )
