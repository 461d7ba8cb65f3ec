"""`llmcost stress`: what would break it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.decisions import band, checked_output, draw_options, drawing, give, probability_text
from simulator.cli.options import Whole, load_formulas, read_scenario, scenario_options, scheduler_option
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    from simulator.cli.output import Table

SHOCKS_MOVE = (
    "every change is paired with the scenario without the shock, using common random numbers; +- is its Monte Carlo error"
)


@click.command(short_help="Shocks, sweeps, what the draws look like where it goes wrong, and doubted priors.")
@click.argument("scenario", metavar="SCENARIO")
@click.option("--combine", multiple=True, metavar="A+B", help="Let shocks happen together.")
@click.option("--sweep", "swept", is_flag=True, help="Set each prior to its 5 % and its 95 % point, the others free.")
@click.option("--reverse", "reversed_", metavar="CONDITION", help="What the draws look like in which 'total_cost > 200e6'.")
@click.option(
    "--reweight",
    "reweighting",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give a prior another distribution without drawing again.",
)
@click.option(
    "--saved",
    type=click.Path(path_type=Path),
    metavar="FILE.nc",
    help="Ask the draws of `run -o FILE.nc`.",
)
@click.option("--top", type=Whole(1, 10_000), default=10, show_default=True, help="How many inputs the tables show.")
@scenario_options
@draw_options
@scheduler_option
def command(
    scenario: str, combine: tuple[str, ...], swept: bool, reversed_: str | None, reweighting: tuple[str, ...],
    saved: Path | None,
    top: int, draws: int, seed: int, interval: float, threads: int, form: str, output: Path | None, quiet: bool, **given: Any,
) -> int:  # fmt: skip
    """Ask what would break the budget of SCENARIO.

    Each --shock happens alone, and all of them together; without one, every shock of the library is tried. --sweep, --reverse
    and --doubt look at the scenario without a shock; where one of them is given, shocks happen only if they are named.
    """
    output = checked_output(output)
    named, given["shocks"] = given["shocks"], ()
    shocks = bool(named or combine) or not (swept or reversed_ or reweighting)
    if scenario == "-" and (shocks or reweighting):
        raise click.UsageError(
            "each shock and doubt reads the scenario again, and standard input is read once: save it in a file"
        )
    if saved is not None and (shocks or swept or not (reversed_ or reweighting)):
        raise click.UsageError("--saved goes with --reverse and --doubt; shocks and sweeps compute the total anew")

    from simulator.analysis import stress

    base = read_scenario(scenario, dict(given))
    others = {text: read_scenario(scenario, {**given, "sets": (*given["sets"], text)}) for text in reweighting}
    options: dict[str, Any] = {"interval": interval, "threads": threads or None}
    said: dict[str, Any] = {
        "schema": 1, "scenario": base.name, "title": base.title, "money": base.money, "draws": draws, "seed": seed,
        "interval": in_percent(interval), "budget": base.budget,
    }  # fmt: skip
    with drawing(quiet) as progress:
        options["progress"] = progress
        if shocks:
            reading = {name: given[name] for name in ("sets", "levers", "basis", "budget")}
            own = [function for path in given["formulas"] for function in load_formulas(path)]
            together = [tuple(part.strip() for part in each.split("+")) for each in combine]
            said["shocks"] = stress.stress(
                scenario, named, together, **reading, formulas=own, draws=draws, seed=seed, **options
            )  # fmt: skip
        if swept:
            said["sweep"] = stress.sweep(base, draws, seed, **options)
        if reversed_ or reweighting:
            kept = None
            if saved is not None:
                from simulator.io.netcdf import open_tree

                tree = open_tree(saved)
                kept, said["seed"] = stress.kept_of(tree, base), int(tree.attrs.get("seed", seed))
                said["draws"] = len(next(iter(kept.values())))
            if reversed_:
                try:
                    said["reverse"] = stress.reverse(base, reversed_, draws, seed, kept=kept, **options)
                except ValueError as error:
                    raise click.UsageError(f"--reverse {reversed_}: {error}") from None
            if reweighting:
                said["reweightings"] = stress.reweighting(base, others, draws, seed, kept=kept, **options)
    give(said, form, output, lambda: _tables(said, interval, top))
    return 0


def _tables(said: dict[str, Any], interval: float, top: int) -> tuple[list["Table"], list[str]]:
    tables: list[Table] = []
    notes: list[str] = []
    if "shocks" in said:
        _add_shocks(said, said["shocks"], interval, tables, notes)
    if "sweep" in said:
        _add_sweep(said, said["sweep"], interval, top, tables, notes)
    if "reverse" in said:
        _add_reverse(said["reverse"], interval, top, tables, notes)
    for each in said.get("reweightings", ()):
        _add_reweighting(said, each, interval, tables, notes)
    if "reverse" not in said or len(tables) > 1:
        notes.append(f"{said['draws']:,} draws, seed {said['seed']}")
    return tables, notes


def _add_shocks(said: dict[str, Any], found: dict[str, Any], interval: float, tables: list["Table"], notes: list[str]) -> None:
    from simulator.cli.output import Table
    from simulator.core.formatting import exact, interval_name, money, percent, signed

    stands = said["budget"] is not None

    def cells(row: dict[str, Any]) -> list[str]:
        told = [money(row["median"]), band(row), money(row["quantiles"]["80"])]
        return told + ([probability_text(row["within_budget"])] if stands else [])

    rows = [["no shock", *cells(found["base"]), "", "", ""]]
    for row in found["cases"]:
        if not row["change"]["moves"]:
            continue
        change = row["change"]
        name = f"={' + '.join(row['shocks'])}" if len(row["shocks"]) > 1 else row["name"]
        moved = signed(change["value"]) + (f" +-{money(change['mcse'])}" if change["mean"] is not None else "")
        share = "" if change["share"] is None else f"{'+' if change['share'] >= 0 else ''}{percent(change['share'])}"
        rows.append([name, *cells(row), moved, share, row["grade"]])
    within = [f">within {exact(said['budget'])}"] if stands else []
    changed = f">change of the {found['ranked_by']}"
    columns = ("", ">median", f">{interval_name(interval)}", ">P80", *within, changed, ">", "grade")
    tables.append(Table(f"{said['title']}: total cost in {said['money']}, with each shock", columns, rows))
    for row in found["cases"]:
        if "alone_added_up" in row:
            notes.append(f"{' + '.join(row['shocks'])}: one by one their changes add up to {signed(row['alone_added_up'])}")
    notes += [f"{row['name']} is meant for: {row['conditions']}" for row in found["cases"] if row["conditions"]]
    still = [row["name"] for row in found["cases"] if not row["change"]["moves"]]
    if still:
        notes.append(f"leave the total as it is: {', '.join(still)}")
    assumed = [row["name"] for row in found["cases"] if row["grade"] == "D" and row["change"]["moves"]]
    if assumed:
        notes.append(f"assumptions, graded D: {', '.join(assumed)}")
    notes.append(SHOCKS_MOVE)
    if found["refused"]:
        refused = [(row["name"], row["reason"]) for row in found["refused"]]
        tables.append(Table("Not for this scenario", ("name", "because"), refused))


def _add_sweep(
    said: dict[str, Any], found: dict[str, Any], interval: float, top: int, tables: list["Table"], notes: list[str]
) -> None:
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, money, shown, words

    rows = [
        [words(row["name"]), *(cell for point in row["points"]
                               for cell in (shown(point["value"], row["unit"]), money(point["median"]), band(point)))]
        for row in found["priors"][:top]
    ]  # fmt: skip
    name = interval_name(interval)
    columns = ("", ">at its 5 % point", ">median", f">{name}", ">at its 95 % point", ">median", f">{name}")
    base = found["base"]
    free = f"{money(base['median'])}, {band(base)}"
    title = f"{said['title']}: total cost with one prior held, the others free (with none held {free})"
    tables.append(Table(title, columns, rows))
    if len(found["priors"]) > top:
        notes.append(f"{len(found['priors']) - top} more priors move the total less (--top)")
    correlated = [words(row["name"]) for row in found["priors"] if row["correlated"]]
    if correlated:
        notes.append(f"correlated with others, which stay as they were drawn: {', '.join(correlated)}")


def _add_reverse(found: dict[str, Any], interval: float, top: int, tables: list["Table"], notes: list[str]) -> None:
    from simulator.cli.output import Table
    from simulator.core.formatting import condition, interval_name, middle_and_range, shown_unit, words

    clear = [row for row in found["inputs"] if row["clear"]]
    rows = []
    for row in clear[:top]:
        word = shown_unit(row["unit"])[0]
        told = [", ".join(middle_and_range(each, row["unit"])) for each in (row["then"], row["usual"])]
        rows.append([words(row["name"]), f"{row['ks_distance']:.2f}", "higher" if row["higher"] else "lower", *told, word])
    name = interval_name(interval)
    share = probability_text(found["probability"])
    which = condition(found["quantity"], found["amount"], found["unit"], above=found["above"])
    title = f"Where {which}: {share} of draws; median and {name} of inputs, the most surprising first"
    columns = ("", ">surprise", "", ">there", ">in all draws", "unit")
    tables.append(Table(title, columns, rows))
    if found["sentence"]:
        notes.append(found["sentence"])
        notes.append("the box was found on half of the draws by peeling (PRIM, without pasting) and counted on the other half")
    else:
        notes.append("no box: no input is distinguishable from Monte Carlo error")
    if len(clear) > top:
        notes.append(f"{len(clear) - top} more inputs are less surprising (--top)")
    others = len(found["inputs"]) - len(clear)
    if others:
        notes.append(f"{others} inputs are not distinguishable from Monte Carlo error")
    notes.append(
        f"surprise: Kolmogorov-Smirnov distance from all draws, 0 to 1; {found['such']:,} of {found['draws']:,} draws are such"
    )


def _add_reweighting(
    said: dict[str, Any], found: dict[str, Any], interval: float, tables: list["Table"], notes: list[str]
) -> None:
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, money, signed, words
    from simulator.scenario import TOTAL

    rows = []
    for name, told in found["quantities"].items():
        usual, then = told["usual"], told["then"]
        error = f"+-{money(then['mcse']['median'])}"
        label = f"={words(name)}" if name == TOTAL else words(name)
        rows.append([label, money(usual["median"]), band(usual), f"{money(then['median'])} {error}", band(then),
                     signed(then["median"] - usual["median"])])  # fmt: skip
    name = interval_name(interval)
    distributions = "; ".join(f"{words(row['name'])} {row['to']} in place of {row['from']}" for row in found["priors"])
    columns = ("", ">median as drawn", f">{name}", ">median then", f">{name}", ">change")
    tables.append(Table(f"{said['title']}, with {distributions}", columns, rows))
    share = 100 * found["effective"] / found["draws"]
    notes.append(f"{found['name']}: {found['effective']:,.0f} of {found['draws']:,} draws count in effect ({share:.0f} %)")
