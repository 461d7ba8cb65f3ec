"""`llmcost figure`: one picture for a report, as PNG, SVG or PDF."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.commands.compare import read_variant
from simulator.cli.decisions import amount, drawing
from simulator.cli.options import (
    Whole,
    interval_option,
    load_formulas,
    output_path,
    read_scenario,
    scenario_options,
    seed_option,
    threads_option,
)
from simulator.figures import KINDS, SUFFIXES

if TYPE_CHECKING:
    from simulator.figures.data import Asked

BELONGS = {
    "of": ("joint", "prior", "trend"),
    "cost": ("joint",),
    "latest": ("joint",),
    "when": ("reverse",),
    "evidence": ("trend", "epoch-growth", "epoch-acquisition"),
}
"""Options of some kinds alone; what would do nothing is refused."""
READS_AGAIN = ("levers", "stress")


class _KindName(click.ParamType):  # type: ignore[type-arg]
    """The name of a kind."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from simulator.core.suggestions import nearest

        if value not in KINDS:
            self.fail(f"no kind {value!r}{nearest(value, KINDS) or '; there are ' + ', '.join(KINDS)}", param, ctx)
        return str(value)


class _Command(click.Command):
    """A command whose help ends with the kinds."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Kinds"):
            formatter.write_dl([(name, kind.about) for name, kind in KINDS.items()])


@click.command(cls=_Command, short_help="Draw a figure for a report: histogram, s-curve, tornado and others.")
@click.argument("kind", metavar="KIND", type=_KindName())
@click.argument("scenarios", metavar="[SCENARIO]...", nargs=-1)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", required=True, help="Write to FILE.png, .svg or .pdf."
)
@click.option("--date", metavar="YYYY-MM-DD", type=click.DateTime(["%Y-%m-%d"]), help="A date to show; none without it.")
@click.option(
    "--of", metavar="NAME", help="prior: which; joint: the quantity that is the date; trend: amortised, acquisition, cloud."
)
@click.option("--cost", metavar="AMOUNT", help="joint: the most it may cost; else the budget, or the P70.")
@click.option("--latest", metavar="TIME", help="joint: the latest, from the start, such as '18 month'; else the P70.")
@click.option(
    "--when", metavar="CONDITION", help="reverse: such as 'total_cost > 200e6'; else the budget, or the P80, is passed."
)
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE", help="trend: a table of your own.")
@scenario_options
@click.option("--draws", type=Whole(100, 1_000_000), show_default="as the command of these numbers", help="How many draws.")
@seed_option
@interval_option
@threads_option
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    kind: str, scenarios: tuple[str, ...], output: Path, date: Any, of: str | None, cost: str | None, latest: str | None,
    when: str | None, evidence: Path | None, draws: int | None, seed: int, interval: float, threads: int, quiet: bool,
    **given: Any,
) -> int:  # fmt: skip
    """Draw KIND of SCENARIO and write it to a file.

    Most kinds take one scenario; overlay and difference take several, each a name, a file, or one of them with changes
    (gpt-4:basis=rented); trend and epoch-... take none, and backtest the file of `llmcost backtest --format json`.
    """
    path = output_path(output, SUFFIXES)
    assert path is not None
    _check(kind, scenarios, {"of": of, "cost": cost, "latest": latest, "when": when, "evidence": evidence}, given)

    from simulator.figures import build_table, draw, save
    from simulator.figures.data import Asked

    asked = Asked(
        names=_names(scenarios), reference=scenarios[0] if scenarios else "", draws=draws, seed=seed, interval=interval,
        threads=threads or None, of=of, cost=None if cost is None else amount(cost, "USD", "--cost"),
        date=None if latest is None else amount(latest, "hour", "--latest"), condition=when, evidence=evidence,
    )  # fmt: skip
    asked = _read(kind, asked, scenarios, given)
    with drawing(quiet) as progress:
        table = build_table(kind, asked.watched(progress))
    save(draw(kind, table, f"{date:%Y-%m-%d}" if date else ""), path)
    return 0


def _check(kind: str, scenarios: tuple[str, ...], own: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse what a kind has no use for, and a number of scenarios that it does not take."""
    for name, value in own.items():
        if value is not None and kind not in BELONGS[name]:
            raise click.UsageError(f"{kind} has no use for --{name}; it belongs to {', '.join(BELONGS[name])}")
    least, most = KINDS[kind].least, KINDS[kind].most
    if not least <= len(scenarios) <= most:
        takes = "no scenario" if most == 0 else "one scenario" if most == 1 else f"{least} to {most} scenarios"
        if kind == "backtest":
            takes = "the file of `llmcost backtest --format json`"
        raise click.UsageError(f"{kind} takes {takes}, not {len(scenarios)}")
    changes = [name for name, value in given.items() if value]
    if changes and (kind == "backtest" or not scenarios):
        raise click.UsageError(f"{kind} reads no scenario here, so --{changes[0].removesuffix('s')} would do nothing")


def _names(scenarios: tuple[str, ...]) -> tuple[str, ...]:
    """Name scenarios as they were asked for, numbered where one comes twice."""
    return tuple(
        name if scenarios.count(name) == 1 else f"{name} ({scenarios[: place + 1].count(name)})"
        for place, name in enumerate(scenarios)
    )


def _read(kind: str, asked: "Asked", scenarios: tuple[str, ...], given: dict[str, Any]) -> "Asked":
    """Read the scenarios; kinds that read theirs again with a lever or a shock more are told how."""
    from dataclasses import replace

    if kind == "backtest":
        return asked
    if kind not in READS_AGAIN:
        return replace(asked, scenarios=[read_variant(name, given, read_scenario) for name in scenarios])
    reading = {**given, "formulas": [function for path in given["formulas"] for function in load_formulas(path)]}
    first = {**given, "shocks": ()} if kind == "stress" else dict(given)
    return replace(asked, reading=reading, scenarios=[read_scenario(scenarios[0], first)])
