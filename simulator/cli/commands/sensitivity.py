"""`llmcost sensitivity`: rank what drives the spread of the total, and suggest what to research next."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs
from simulator.cli.options import (
    Confidence,
    Share,
    WholeNumber,
    draws_option_of,
    open_with_warnings,
    override_options,
    run_options_with,
    scheduler_option,
)

if TYPE_CHECKING:
    import xarray as xr

    from simulator.analysis.sensitivity import Driver, IntervalEstimate, Sensitivity
    from simulator.cli.output import TextTable
    from simulator.engine.options import RunOptions
    from simulator.scenario import OpenScenario, Overrides

METHODS = ("all", "draws", "swing", "sobol", "shapley")
CORRELATED = "correlated"
"""Cell of an input without Sobol's indices of its own."""


@click.command(short_help="Rank what drives the spread of the total, and suggest what to research next.")
@click.argument("reference", metavar="SCENARIO")
@click.option("--top", type=WholeNumber(1, 10_000), default=10, show_default=True, help="Number of inputs in the table.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="all",
    show_default=True,
    help="draws: shares of variance and of the P95, value of information. swing: between P10 and P90. sobol: Sobol indices. "
    "shapley: shares that add up, also of correlated inputs. all: draws, swing and sobol.",
)
@click.option(
    "--confidence",
    type=Confidence(),
    metavar="LEVEL",
    default=0.8,
    show_default="80%",
    help="The probability of staying within the budget at which it is set: 80% or 0.8.",
)
@click.option(
    "--idle-cost",
    type=Share(),
    metavar="PERCENT",
    default=0.1,
    show_default="10%",
    help="Cost of a unit of budget left unspent; that of a unit over it follows from the confidence.",
)
@override_options
@outputs(label="steps")
@run_options_with(draws_option_of(65_536, 1000, 262_144))
@scheduler_option
def command(
    reference: str,
    top: int,
    method: str,
    confidence: float,
    idle_cost: float,
    overrides: "Overrides",
    options: "RunOptions",
) -> Answer:
    """Rank what drives the spread of the total of SCENARIO, and suggest what to research next.

    SCENARIO may be a saved run (`llmcost run -o FILE.nc`), whose draws are then used.
    """
    from simulator.analysis.sensitivity import DEFAULT_MEASURES, rank_drivers, rank_saved_drivers

    is_saved_run = reference.endswith(".nc")
    if is_saved_run:
        _refuse_options_of_scenarios(reference, method, overrides)
    opened: list[OpenScenario] = []
    try:
        if is_saved_run:
            tree = _open_saved_run(reference)
            study = rank_saved_drivers(tree, interval=options.interval, level=confidence, idle_cost=idle_cost)
        else:
            measures = DEFAULT_MEASURES if method == "all" else (method,)
            opened = [open_with_warnings(reference, overrides)]
            study = rank_drivers(opened[0].scenario, options, level=confidence, idle_cost=idle_cost, measures=measures)
    except ValueError as error:
        raise click.UsageError(f"{reference}: {error}") from None
    return Answer(study, lambda: _page(study, top), opened=opened)


def _refuse_options_of_scenarios(reference: str, method: str, overrides: "Overrides") -> None:
    """Refuse options that have no effect on a saved run."""
    from simulator.scenario import Overrides

    source_of = click.get_current_context().get_parameter_source
    has_options = any(source_of(name) is click.core.ParameterSource.COMMANDLINE for name in ("draws", "seed"))
    if has_options or overrides != Overrides() or method not in ("all", "draws"):
        raise click.UsageError(f"{reference} is a saved run, whose draws are fixed; give its scenario instead")


def _open_saved_run(path: str) -> "xr.DataTree":
    from simulator.io.netcdf import open_tree

    try:
        return open_tree(Path(path))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


# --- the page -------------------------------------------------------------------------------------------------------------


def _page(study: "Sensitivity", top: int) -> Page:
    from simulator.cli.output import TextTable

    if study.shapley:
        return _shapley_page(study, top)
    columns = _columns(study)
    rows = [[cell for column in columns for cell in column.cells(driver)] for driver in study.drivers[:top]]
    headings = [heading for column in columns for heading in column.headings]
    table = TextTable(f"What drives the total of {study.header.title}, in {study.header.money}", headings, rows)
    names = [driver.name for driver in study.drivers[:top]]
    return Page([table, *_definitions_table(names)], _notes(study, top), study.research_next.text)


def _definitions_table(names: Sequence[str]) -> "list[TextTable]":
    """Return a table of what inputs are, as far as the library knows them."""
    from simulator.cli.output import TextTable
    from simulator.core.formatting import to_words
    from simulator.scenario.quantity_definitions import definition_of

    rows = [(to_words(name), definition) for name in dict.fromkeys(names) if (definition := definition_of(name))]
    return [TextTable("What these inputs are", ("", ""), rows)] if rows else []


def _shapley_page(study: "Sensitivity", top: int) -> Page:
    """Return the table of Shapley effects."""
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_percent, to_words

    rows = []
    for effect in study.shapley[:top]:
        share = effect.share
        interval = f"{format_percent(max(0.0, share.low))} to {format_percent(share.high)}"
        rows.append([" + ".join(map(to_words, effect.inputs.split(" + "))), _share(share), interval, effect.grade])
    columns = ["", ">Shapley effect", ">95% CI", "grade"]
    table = TextTable(f"What drives the total of {study.header.title}, in {study.header.money}", columns, rows)
    notes = []
    rest = study.shapley[top:]
    if rest:
        share_of_rest = max(0.0, sum(effect.share.value for effect in rest))
        notes.append(f"{len(rest)} more inputs, {format_percent(share_of_rest)} of the variance of {study.variance_of}")
    notes.append(
        "Shapley effect: share of the variance that an input adds if inputs become known one after the other, over all orders; "
        "the shares of all inputs add up to 100%, also of correlated ones"
    )
    notes += [*map(str, study.notes), f"{study.header.draws:,} draws, seed {study.header.seed}"]
    names = [name for effect in study.shapley[:top] for name in effect.inputs.split(" + ")]
    return Page([table, *_definitions_table(names)], notes)


class _Column:
    """Headings of one measure, and the function that returns its cells for an input."""

    def __init__(self, headings: Sequence[str], cells: "Callable[[Driver], Sequence[str]]") -> None:
        self.headings, self.cells = headings, cells


def _columns(study: "Sensitivity") -> list[_Column]:
    """Return the columns of the measures of a study; beside the value of information, others are shown in short."""
    from simulator.cli.output import Column
    from simulator.core.formatting import to_words

    currency = study.header.currency
    short = any(driver.if_known for driver in study.drivers)
    columns = [_Column([""], lambda driver: [to_words(driver.name)])]
    if any(driver.swing for driver in study.drivers):
        swing = (
            _Column([">swing"], partial(_median_swing, currency)) if short else _Column(_SWING, partial(_whole_swing, currency))
        )
        columns.append(swing)
    if _has_conditional(study):
        columns.append(_Column([Column(">conditional", 1)], partial(_conditional_swing, currency)))
    if study.drivers[0].share_of_variance is not None:
        columns.append(_Column([">share"], lambda driver: [_share(driver.share_of_variance)]))
    if study.correlated or any(driver.sobol for driver in study.drivers):
        columns.append(_Column([Column(">with others", 2)], _sobol_total) if short else _Column(_SOBOL, _sobol_indices))
    return [*columns, *_information_columns(study)] if short else columns


def _information_columns(study: "Sensitivity") -> list[_Column]:
    """Return the columns of the value of information; measures based on the mean are omitted where there is none."""
    from simulator.cli.output import Column

    interval = _Column(
        [Column(f">{study.header.interval_name}", 5)],
        lambda driver: [_share(driver.if_known.interval_shrinks if driver.if_known else None)],
    )
    rank = _Column([Column(">rank", 6)], _rank)
    if study.perfect_information is None:
        return [rank, interval]
    return [
        rank,
        _Column([Column(">of P95", 4)], lambda driver: [_share(driver.share_of_p95)]),
        _Column(
            [Column(">contingency", 3)],
            lambda driver: [_share(driver.if_known.contingency_shrinks if driver.if_known else None)],
        ),
        interval,
        _Column([Column(">gain", 1)], partial(_gain, study.header.currency)),
    ]


_SWING = (">P10 to P90 of it", ">others at medians", ">median, it set", ">mean, it set")
_SOBOL = (">first", ">95% CI", ">total", ">95% CI")


def _has_conditional(study: "Sensitivity") -> bool:
    return any(driver.swing and driver.swing.conditional for driver in study.drivers)


def _median_swing(currency: str, driver: "Driver") -> list[str]:
    return [_money_pair(driver.swing.median.pair, currency) if driver.swing else ""]


def _whole_swing(currency: str, driver: "Driver") -> list[str]:
    from simulator.core.formatting import NONE, format_quantity

    swing = driver.swing
    if swing is None:
        return [""] * len(_SWING)
    low, high = (format_quantity(value, driver.unit) for value in swing.input.pair)
    mean = _money_pair(swing.mean.pair, currency) if swing.mean else NONE
    return [
        f"{low} to {high}",
        _money_pair(swing.at_medians.pair, currency),
        _money_pair(swing.median.pair, currency),
        mean,
    ]


def _conditional_swing(currency: str, driver: "Driver") -> list[str]:
    conditional = driver.swing.conditional if driver.swing else None
    return [_money_pair(conditional.pair, currency) if conditional else ""]


def _money_pair(pair: tuple[float, float], currency: str) -> str:
    from simulator.core.formatting import format_money

    return f"{format_money(pair[0], currency)} to {format_money(pair[1], currency)}"


def _sobol_total(driver: "Driver") -> list[str]:
    return [_share(driver.sobol.total) if driver.sobol else CORRELATED]


def _sobol_indices(driver: "Driver") -> list[str]:
    from simulator.core.formatting import format_percent

    if driver.sobol is None:
        return [CORRELATED, "", CORRELATED, ""]
    cells = []
    for estimate in driver.sobol:
        cells += [_share(estimate), f"{format_percent(max(0.0, estimate.low))} to {format_percent(max(0.0, estimate.high))}"]
    return cells


def _rank(driver: "Driver") -> list[str]:
    from simulator.analysis.occurrences import decides_event

    if driver.rank_correlation is None or decides_event(driver.name):  # the sign of a number that decides an event misleads
        return [""]
    return [f"{driver.rank_correlation.value:+.2f}"]


def _gain(currency: str, driver: "Driver") -> list[str]:
    from simulator.core.formatting import format_money

    gain = driver.if_known.expected_gain if driver.if_known else None
    if gain is None:
        return [""]
    return [format_money(gain.value, currency) if gain.is_clear else "~0"]


def _share(estimate: "IntervalEstimate | None") -> str:
    """Format a share; `~0` if its interval includes zero."""
    from simulator.core.formatting import format_percent

    if estimate is None:
        return ""
    return "~0" if estimate.low <= 0 <= estimate.high else format_percent(estimate.value)


def _notes(study: "Sensitivity", top: int) -> list[str]:
    from simulator.core.formatting import format_percent

    notes = []
    remaining = study.drivers[top:]
    if remaining:
        share = sum(driver.share_of_variance.value for driver in remaining if driver.share_of_variance is not None)
        of_variance = f", {format_percent(max(0.0, share))} of the variance of {study.variance_of}" if share else ""
        notes.append(f"{len(remaining)} more inputs{of_variance}")
    if any(driver.swing for driver in study.drivers):
        notes.append(
            "swing: the median of the total with the input set to its P10 and to its P90, all others simulated, as by --set"
        )
    if _has_conditional(study):
        notes.append("conditional: the same given that value of the input, so that correlated inputs follow")
    notes += _information_notes(study)
    return [*notes, *map(str, study.notes), f"{study.header.draws:,} draws, seed {study.header.seed}"]


def _information_notes(study: "Sensitivity") -> list[str]:
    """Explain the columns of the value of information."""
    from simulator.core.formatting import format_money, format_significant

    if study.perfect_information is None:
        return []
    level = f"P{study.level:.10g}"
    has_sobol = any(driver.sobol for driver in study.drivers)
    with_others = "with others: including its interactions (Sobol, total); " if has_sobol else ""
    currency = study.header.currency
    fall, gain = study.perfect_information.fall.value, study.perfect_information.expected_gain.value
    return [
        f"share: of the variance, by the input alone; {with_others}of P95: of the distance from the mean to the P95",
        f"contingency, {study.header.interval_name}: part of {level} over the mean, and of the interval, that "
        "would vanish on average if the input were known; ~0: not distinguishable from Monte Carlo error",
        f"gain: expected saving of a budget at {level} if the input is known before it is set; each {currency} "
        f"left unspent costs {format_significant(study.idle_cost)} (--idle-cost), each one over "
        f"{format_significant(study.overrun_cost)}",
        f"all inputs known, the upper limit of research: {level} falls from {format_money(study.total.quantile, currency)} by "
        f"{format_money(fall, currency)} on average, a gain of {format_money(gain, currency)}",
    ]
