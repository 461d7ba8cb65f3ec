"""`llmcost compare`: compare scenarios using common random numbers, and renting with buying."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator.cli.decisions import (
    check_answer_path,
    draw_options,
    format_band,
    format_probability,
    simulation_progress,
    write_answer,
)
from simulator.cli.options import read_scenario, scenario_options
from simulator.core.levels import in_percent

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.scenario import Scenario

Result = TypeVar("Result")

_CHANGE = re.compile(r":(?=[A-Za-z_][\w.-]*=)")
"""Start of a change: `gpt-4:basis=rented:chips=8192`. Colons of YAML are followed by a space."""


@click.command(
    short_help="Compare scenarios using common random numbers: paired difference, probability of being cheaper, explanation."
)
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--rent-or-buy", is_flag=True, help="Break-even price and duration of renting and buying the chips of one SCENARIO."
)
@scenario_options
@draw_options
def command(
    scenarios: tuple[str, ...], rent_or_buy: bool, draws: int, seed: int, interval: float, threads: int, form: str,
    output: Path | None, quiet: bool, **overrides: Any,
) -> int:  # fmt: skip
    """Compare each SCENARIO with the first, draw by draw.

    A SCENARIO is a built-in name or a file, possibly followed by changes: gpt-4:basis=rented, gpt-4:lever=NAME,
    gpt-4:shock=NAME, ours.yaml:chips=8192:mfu=0.4. Options such as --set apply to all. A saved result (.json) is shown as
    well, but not paired.
    """
    output = check_answer_path(output)
    saved_paths = [reference for reference in scenarios if reference.endswith(".json")]
    references = [reference for reference in scenarios if not reference.endswith(".json")]
    if rent_or_buy:
        if len(references) != 1 or saved_paths or ":basis=" in references[0]:
            raise click.UsageError("--rent-or-buy takes one scenario, and evaluates it rented, owned and purchased")
        _rent_or_buy(references[0], draws, seed, interval, threads, form, output, quiet, overrides)
        return 0
    if len(scenarios) < 2:
        raise click.UsageError("a comparison needs two scenarios; add changes to a name, as in gpt-4:basis=rented")

    from simulator.analysis.compare import compare, saved_statistics
    from simulator.io.to_json import read_json

    saved_results = []
    for reference in saved_paths:
        try:
            saved_results.append(saved_statistics(reference, read_json(Path(reference))))
        except ValueError as error:
            raise click.UsageError(f"{reference}: {error}") from None
    variants = [read_variant(reference, overrides, read_scenario) for reference in references]
    names = number_duplicates(references)
    with simulation_progress(quiet) as progress:
        if len(variants) > 1:
            answer = compare(variants, draws, seed, names=names, interval=interval, threads=threads or None, progress=progress)
        else:
            answer = _summarise_unpaired(variants, names, draws, seed, interval, threads, progress)
    _add_saved_results(answer, saved_results)
    write_answer(answer, form, output, lambda: _tables(answer, interval))
    return 0


def read_variant(reference: str, overrides: dict[str, Any], reader: Callable[[str, dict[str, Any]], Result]) -> Result:
    """Read a scenario with the shared options and the changes that follow its name."""
    options = {name: list(values) if isinstance(values, tuple | list) else values for name, values in overrides.items()}
    if Path(reference).exists():
        return reader(reference, options)
    name, *changes = _CHANGE.split(reference)
    for change in changes:
        key, _, value = change.partition("=")
        option = {"lever": "levers", "shock": "shocks"}.get(key)
        if option is not None:
            options[option].append(value)
        elif key in ("basis", "budget"):
            options[key] = value
        else:
            options["sets"].append(change)
    return reader(name, options)


def number_duplicates(names: Sequence[str]) -> list[str]:
    """Return the names, numbered where one occurs more than once."""
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})" for place, name in enumerate(names)
    ]


def unique_titles(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Map the name of each scenario to its title with its changes, and with the name if those are not unique."""
    titles = {}
    for row in rows:
        _, *changes = _CHANGE.split(row["name"])
        titles[row["name"]] = f"{row['title']}{': ' if changes else ''}{', '.join(changes)}"
    return {name: label if list(titles.values()).count(label) == 1 else f"{label} ({name})" for name, label in titles.items()}


def _summarise_unpaired(
    scenarios: list["Scenario"], names: list[str], draws: int, seed: int, interval: float, threads: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:  # fmt: skip
    """Return the answer for at most one simulated scenario, to be shown with saved results."""
    from simulator.analysis.statistics import simulate_draws, summary_statistics
    from simulator.scenario import TOTAL

    rows = []
    for name, scenario in zip(names, scenarios, strict=True):
        total = simulate_draws(scenario, draws, seed, [TOTAL], threads=threads or None, progress=progress).retained_draws[TOTAL]
        rows.append({"name": name, "title": scenario.title, "scope": scenario.scope, **summary_statistics(total, interval)})
    return {"schema": 2, "money": scenarios[0].money if scenarios else "", "draws": draws, "seed": seed,
            "interval": in_percent(interval), "scenarios": rows, "differences": [], "saved": [], "notes": []}  # fmt: skip


def _add_saved_results(answer: dict[str, Any], saved_results: list[dict[str, Any]]) -> None:
    """Add saved results to the answer; refuse other money or another interval."""
    for saved in saved_results:
        for key in ("money", "interval"):
            answer[key] = answer[key] if answer["scenarios"] or answer["saved"] else saved[key]
            if saved[key] != answer[key]:
                raise click.UsageError(f"{saved['name']}: its {key} is {saved[key]}, that of the others {answer[key]}")
        answer["saved"].append(saved)
    if saved_results:
        answer["notes"].append("saved results hold no draws, so they are not paired with the other scenarios")


def _rent_or_buy(
    reference: str, draws: int, seed: int, interval: float, threads: int, form: str, output: Path | None, quiet: bool,
    overrides: dict[str, Any],
) -> None:  # fmt: skip
    from simulator.analysis.rent_or_buy import rent_or_buy
    from simulator.core.errors import InvalidInputError

    lenient = {**overrides, "allow_unused": True}  # an option may apply to one basis only
    rented, owned, purchased = (
        read_variant(reference, {**lenient, "basis": basis}, read_scenario) for basis in ("rented", "owned", "purchased")
    )
    life = None
    with suppress(InvalidInputError):  # without a useful life there is no break-even utilisation
        sets = (*overrides["sets"], "depreciation=straight-line")
        life = read_variant(reference, {**lenient, "sets": sets, "basis": "owned"}, read_scenario)
    if unused_in_all((rented, owned, purchased, life)):
        read_variant(reference, {**overrides, "basis": "rented"}, read_scenario)  # raises the error
    with simulation_progress(quiet) as progress:
        answer = rent_or_buy(
            rented, owned, purchased, life, draws, seed, interval=interval, threads=threads or None, progress=progress
        )
    write_answer(answer, form, output, lambda: _rent_tables(answer, interval))


def unused_in_all(scenarios: Iterable["Scenario | None"]) -> set[str]:
    """Return the settings that are unused in every variant of a scenario."""
    return set.intersection(*(set(scenario.unused_options) for scenario in scenarios if scenario is not None))


# --- tables ---------------------------------------------------------------------------------------------------------------


def _tables(answer: dict[str, Any], interval: float) -> tuple[list["TextTable"], list[str]]:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_percent, format_signed_money, interval_name, to_words

    name = interval_name(interval)
    rows, labels = [], unique_titles([*answer["scenarios"], *answer["saved"]])
    for row in (*answer["scenarios"], *answer["saved"]):
        label = labels[row["name"]] + (" (saved)" if row in answer["saved"] else "")
        rows.append(
            (
                label,
                format_money(row["median"]),
                format_band(row),
                format_money(row["mean"]),
                format_money(row["quantiles"]["80"]),
            )
        )
    tables = [TextTable(f"Total cost in {answer['money']}", ("", ">median", f">{name}", ">mean", ">P80"), rows)]
    notes = list(answer["notes"])
    for row in answer["differences"]:
        first, other = labels[row["from"]], labels[row["of"]]
        difference_rows = [
            (
                "mean",
                format_signed_money(row["mean"]),
                f"Monte Carlo error {format_money(row['mcse']['mean'])}" if row["mean"] is not None else "",
            ),
            ("median", format_signed_money(row["median"]), ""),
            (name, f"{format_signed_money(row['low'])} to {format_signed_money(row['high'])}", ""),
            (f"{first} is cheaper", format_probability(row["first_cheaper"]), ""),
        ]
        if row["equal"]:
            difference_rows.append(("both cost the same", format_percent(row["equal"]), ""))
        if row["ratio"] is not None:
            ratio = row["ratio"]
            difference_rows.append(
                ("times the cost", f"{ratio['median']:.3g}", f"{name}: {ratio['low']:.3g} to {ratio['high']:.3g}")
            )
        tables.append(TextTable(f"{other} less {first}", ("", ">USD", ""), difference_rows))
        steps = [
            (
                to_words(step["name"]),
                f"{step['from']} -> {step['to']}",
                format_signed_money(step["change"]),
                format_signed_money(step["alone"]),
            )
            for step in row["explained"]
        ]
        if steps:
            steps.append(("=together", "", format_signed_money(row["mean"]), ""))
            title = f"Explanation, changes made one after the other from {first} to {other}"
            tables.append(TextTable(title, ("", "", ">mean change", ">alone"), steps))
        if row["variance_ratio"]:
            share = format_percent(row["variance_ratio"])
            notes.append(
                f"{other}: using common random numbers the difference has {share} of the variance that separate runs would give"
            )
    if answer["differences"]:
        notes.append("the change of a step depends on the steps before it; alone: that change by itself in the first scenario")
    if answer["scenarios"]:
        notes.append(f"{answer['draws']:,} draws, seed {answer['seed']}")
    return tables, notes


def _rent_tables(answer: dict[str, Any], interval: float) -> tuple[list["TextTable"], list[str]]:
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_money, format_percent, format_signed_money, format_significant, interval_name

    name = interval_name(interval)

    def format_quantiles(figures: dict[str, Any], format_value: Callable[[float], str]) -> tuple[str, str]:
        low, middle, high = (
            "never" if figures[key] is None else format_value(figures[key]) for key in ("low", "median", "high")
        )
        return middle, f"{low} to {high}"

    rows = [(basis, *format_quantiles(answer[basis], format_money)) for basis in ("rented", "owned", "purchased")]
    owned = answer["rented_less_owned"]
    rows.append(("=rented less owned", *format_quantiles(owned, format_signed_money)))
    break_even_rows = [
        ("rental price of the scenario", *format_quantiles(answer["rental_price"], format_significant), "USD/chip/hour"),
        (
            "=break-even rental price",
            *format_quantiles(answer["break_even_price"], format_significant),
            "USD/chip/hour, against owned",
        ),
        (
            "=break-even duration",
            *format_quantiles(answer["break_even_months"], format_significant),
            "months of work of each chip, against purchased",
        ),
    ]
    utilisation = answer["break_even_utilisation"]
    if utilisation is not None:
        break_even_rows.append(
            (
                "=break-even utilisation",
                *format_quantiles(utilisation, format_percent),
                "of the chips' useful life, against purchased",
            )
        )
    tables = [
        TextTable(f"{answer['title']}: total cost in {answer['money']}", ("", ">median", f">{name}"), rows),
        TextTable("Where they cost the same", ("", ">median", f">{name}", ""), break_even_rows),
    ]
    cheaper = owned["first_cheaper"]
    notes = [
        f"owned is cheaper in {format_probability(cheaper)} of draws, with chips charged for the time used; "
        "purchased: "
        "the whole cluster, whatever its use",
        "resale of the chips and cost of capital are not included",
    ]
    if answer["break_even_months"]["never"]["value"]:
        never = format_probability(answer["break_even_months"]["never"])
        notes.append(f"in {never} of draws power alone costs more than the rent, so buying never pays off")
    notes.append(f"{answer['draws']:,} draws, seed {answer['seed']}")
    return tables, notes
