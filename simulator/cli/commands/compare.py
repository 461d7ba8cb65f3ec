"""`llmcost compare`: scenarios using common random numbers, and rent against buy."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.cli.decisions import band, checked_output, draw_options, drawing, give, probability_text
from simulator.cli.options import read_scenario, scenario_options
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    from simulator.cli.output import Table
    from simulator.scenario import Scenario

Read = TypeVar("Read")

_CHANGE = re.compile(r":(?=[A-Za-z_][\w.-]*=)")
"""Where a change begins: `gpt-4:basis=rented:chips=8192`. The colons of YAML have a space behind them."""


@click.command(
    short_help="Compare scenarios using common random numbers: paired difference, probability of being cheaper, what "
    "explains it."
)
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--rent-or-buy", is_flag=True, help="Break-even price and duration between renting and buying one SCENARIO's chips."
)
@scenario_options
@draw_options
def command(
    scenarios: tuple[str, ...], rent_or_buy: bool, draws: int, seed: int, interval: float, threads: int, form: str,
    output: Path | None, quiet: bool, **given: Any,
) -> int:  # fmt: skip
    """Compare each SCENARIO with the first, draw by draw.

    A SCENARIO is a built-in name, a file, or one of them with changes of its own: gpt-4:basis=rented, gpt-4:lever=NAME,
    gpt-4:shock=NAME, ours.yaml:chips=8192:mfu=0.4. Options such as --set hold for all. A saved result (.json) is shown beside
    them, unpaired.
    """
    output = checked_output(output)
    saved = [reference for reference in scenarios if reference.endswith(".json")]
    drawn = [reference for reference in scenarios if not reference.endswith(".json")]
    if rent_or_buy:
        if len(drawn) != 1 or saved or ":basis=" in drawn[0]:
            raise click.UsageError("--rent-or-buy takes one scenario: it reads it rented, owned and purchased")
        _rent_or_buy(drawn[0], draws, seed, interval, threads, form, output, quiet, given)
        return 0
    if len(scenarios) < 2:
        raise click.UsageError("a comparison needs two scenarios; changes go behind one, as in gpt-4:basis=rented")

    from simulator.analysis.compare import compare, saved_figures
    from simulator.io.to_json import read_json

    kept = []
    for reference in saved:
        try:
            kept.append(saved_figures(reference, read_json(Path(reference))))
        except ValueError as error:
            raise click.UsageError(f"{reference}: {error}") from None
    read = [read_variant(reference, given, read_scenario) for reference in drawn]
    names = [
        name if drawn.count(name) == 1 else f"{name} ({drawn[: place + 1].count(name)})" for place, name in enumerate(drawn)
    ]
    with drawing(quiet) as progress:
        if len(read) > 1:
            said = compare(read, draws, seed, names=names, interval=interval, threads=threads or None, progress=progress)
        else:
            said = _alone(read, names, draws, seed, interval, threads, progress)
    _beside(said, kept)
    give(said, form, output, lambda: _tables(said, interval))
    return 0


def read_variant(reference: str, given: dict[str, Any], read: Callable[[str, dict[str, Any]], Read]) -> Read:
    """Read a scenario with the shared options and the changes that stand behind its name."""
    own = {name: list(values) if isinstance(values, tuple | list) else values for name, values in given.items()}
    if Path(reference).exists():
        return read(reference, own)
    name, *changes = _CHANGE.split(reference)
    for change in changes:
        key, _, value = change.partition("=")
        kind = {"lever": "levers", "shock": "shocks"}.get(key)
        if kind is not None:
            own[kind].append(value)
        elif key in ("basis", "budget"):
            own[key] = value
        else:
            own["sets"].append(change)
    return read(name, own)


def titled(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return for each name of a scenario its title with the changes behind the name, or the name where that is not enough."""
    said = {}
    for row in rows:
        _, *changes = _CHANGE.split(row["name"])
        said[row["name"]] = f"{row['title']}{': ' if changes else ''}{', '.join(changes)}"
    return {name: label if list(said.values()).count(label) == 1 else f"{label} ({name})" for name, label in said.items()}


def _alone(
    read: list["Scenario"], names: list[str], draws: int, seed: int, interval: float, threads: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:  # fmt: skip
    """What is shown where one scenario at most is drawn, beside saved results."""
    from simulator.analysis.statistics import draw, figures
    from simulator.scenario import TOTAL

    told = []
    for name, scenario in zip(names, read, strict=True):
        total = draw(scenario, draws, seed, [TOTAL], threads=threads or None, progress=progress).kept[TOTAL]
        told.append({"name": name, "title": scenario.title, "scope": scenario.scope, **figures(total, interval)})
    return {"schema": 1, "money": read[0].money if read else "", "draws": draws, "seed": seed,
            "interval": in_percent(interval), "scenarios": told, "differences": [], "saved": [], "notes": []}  # fmt: skip


def _beside(said: dict[str, Any], kept: list[dict[str, Any]]) -> None:
    """Put saved results beside those that were drawn; refuse other money or another interval."""
    for found in kept:
        for key in ("money", "interval"):
            said[key] = said[key] if said["scenarios"] or said["saved"] else found[key]
            if found[key] != said[key]:
                raise click.UsageError(f"{found['name']}: its {key} is {found[key]}, and that of the others {said[key]}")
        said["saved"].append(found)
    if kept:
        said["notes"].append("saved results hold no draws: they stand beside the others and are not paired with them")


def _rent_or_buy(
    reference: str, draws: int, seed: int, interval: float, threads: int, form: str, output: Path | None, quiet: bool,
    given: dict[str, Any],
) -> None:  # fmt: skip
    from simulator.analysis.rent_or_buy import rent_or_buy
    from simulator.core.errors import InvalidInputError

    either = {**given, "allow_unused": True}  # what is set may be meant for one basis alone
    rented, owned, purchased = (
        read_variant(reference, {**either, "basis": basis}, read_scenario) for basis in ("rented", "owned", "purchased")
    )
    life = None
    with suppress(InvalidInputError):  # where it has no useful life, nothing is said of utilisation
        sets = (*given["sets"], "depreciation=straight-line")
        life = read_variant(reference, {**either, "sets": sets, "basis": "owned"}, read_scenario)
    if unused_in_all((rented, owned, purchased, life)):
        read_variant(reference, {**given, "basis": "rented"}, read_scenario)  # which says what is wrong
    with drawing(quiet) as progress:
        said = rent_or_buy(
            rented, owned, purchased, life, draws, seed, interval=interval, threads=threads or None, progress=progress
        )
    give(said, form, output, lambda: _rent_tables(said, interval))


def unused_in_all(scenarios: Iterable["Scenario | None"]) -> set[str]:
    """Return what is set and takes part in none of several readings of a scenario."""
    return set.intersection(*(set(scenario.unused) for scenario in scenarios if scenario is not None))


# --- tables ---------------------------------------------------------------------------------------------------------------


def _tables(said: dict[str, Any], interval: float) -> tuple[list["Table"], list[str]]:
    from simulator.cli.output import Table
    from simulator.core.formatting import interval_name, money, percent, signed, words

    name = interval_name(interval)
    rows, labels = [], titled([*said["scenarios"], *said["saved"]])
    for row in (*said["scenarios"], *said["saved"]):
        label = labels[row["name"]] + (" (saved)" if row in said["saved"] else "")
        rows.append((label, money(row["median"]), band(row), money(row["mean"]), money(row["quantiles"]["80"])))
    tables = [Table(f"Total cost in {said['money']}", ("", ">median", f">{name}", ">mean", ">P80"), rows)]
    notes = list(said["notes"])
    for row in said["differences"]:
        first, other = labels[row["from"]], labels[row["of"]]
        told = [
            ("mean", signed(row["mean"]), f"Monte Carlo error {money(row['mcse']['mean'])}" if row["mean"] is not None else ""),
            ("median", signed(row["median"]), ""),
            (name, f"{signed(row['low'])} to {signed(row['high'])}", ""),
            (f"{first} is cheaper", probability_text(row["first_cheaper"]), ""),
        ]
        if row["equal"]:
            told.append(("both cost the same", percent(row["equal"]), ""))
        if row["ratio"] is not None:
            ratio = row["ratio"]
            told.append(("times the cost", f"{ratio['median']:.3g}", f"{name}: {ratio['low']:.3g} to {ratio['high']:.3g}"))
        tables.append(Table(f"{other} less {first}", ("", ">USD", ""), told))
        steps = [
            (words(step["name"]), f"{step['from']} -> {step['to']}", signed(step["change"]), signed(step["alone"]))
            for step in row["explained"]
        ]
        if steps:
            steps.append(("=together", "", signed(row["mean"]), ""))
            title = f"What makes it, one after the other from {first} to {other}"
            tables.append(Table(title, ("", "", ">mean change", ">alone"), steps))
        if row["variance_ratio"]:
            share = percent(row["variance_ratio"])
            notes.append(
                f"{other}: using common random numbers the difference has {share} of the variance that separate runs would give"
            )
    if said["differences"]:
        notes.append("what a step adds depends on those before it; alone: that change by itself in the first scenario")
    if said["scenarios"]:
        notes.append(f"{said['draws']:,} draws, seed {said['seed']}")
    return tables, notes


def _rent_tables(said: dict[str, Any], interval: float) -> tuple[list["Table"], list[str]]:
    from simulator.cli.output import Table
    from simulator.core.formatting import digits, interval_name, money, percent, signed

    name = interval_name(interval)

    def told(figures: dict[str, Any], say: Callable[[float], str]) -> tuple[str, str]:
        low, middle, high = ("never" if figures[key] is None else say(figures[key]) for key in ("low", "median", "high"))
        return middle, f"{low} to {high}"

    rows = [(word, *told(said[word], money)) for word in ("rented", "owned", "purchased")]
    owned = said["rented_less_owned"]
    rows.append(("=rented less owned", *told(owned, signed)))
    even = [
        ("rental price of the scenario", *told(said["rental_price"], digits), "USD/chip/hour"),
        ("=break-even rental price", *told(said["break_even_price"], digits), "USD/chip/hour, against owned"),
        ("=break-even duration", *told(said["break_even_months"], digits), "months of work of each chip, against purchased"),
    ]
    need = said["break_even_utilisation"]
    if need is not None:
        even.append(("=break-even utilisation", *told(need, percent), "of the chips' useful life, against purchased"))
    tables = [
        Table(f"{said['title']}: total cost in {said['money']}", ("", ">median", f">{name}"), rows),
        Table("Where they cost the same", ("", ">median", f">{name}", ""), even),
    ]
    cheaper = owned["first_cheaper"]
    notes = [
        f"owned is the cheaper one in {probability_text(cheaper)} of draws: chips charged for the time they are used; "
        f"purchased: "
        "all of the cluster, whatever is used of it",
        "nothing is taken for what the chips are sold for afterwards, nor for what the money costs meanwhile",
    ]
    if said["break_even_months"]["never"]["value"]:
        never = probability_text(said["break_even_months"]["never"])
        notes.append(f"in {never} of draws power alone costs more than rent, so buying never pays")
    notes.append(f"{said['draws']:,} draws, seed {said['seed']}")
    return tables, notes
