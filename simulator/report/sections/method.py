"""The method, the limits of the results, and how to reproduce them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.core.formatting import format_percent, interval_name, to_words
from simulator.core.version import tool_version
from simulator.engine.result import SimulationResult
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Command,
    FigureBlock,
    Paragraph,
    Section,
    TableBlock,
    TableColumn,
    amount_cell,
    interval_cell,
    join_words,
    make_table,
    number_cell,
    text_cell,
)
from simulator.report.sections.amounts import describe_amounts
from simulator.report.sections.assumptions import newest_date, prior_dates
from simulator.report.study import Study, messages

_CORRELATION_DRAWS = 20_000  # draws for rank correlations


def method_section(study: Study) -> Section:
    """Return a description of the method and of its numerical error."""
    from simulator.figures.kinds.convergence import convergence_of

    figure = FigureBlock("convergence", "convergence", "The quantiles of the total by number of draws.",
                         convergence_of(study.result, study.interval))  # fmt: skip
    return Section("method", figure.finding, tuple(_method_blocks(study, figure)), "Method")


def _method_blocks(study: Study, figure: FigureBlock) -> Iterable[Block]:
    from simulator.figures.kinds.correlation import correlation_of

    scenario, result = study.scenario, study.result
    yield Paragraph(
        f"Every uncertain input is drawn {result.draws:,} times from its prior, the formulas are evaluated for each draw, and "
        f"the statistics are computed from the {result.draws:,} totals. An interval of {100 * study.interval:g}% leaves "
        f"{50 * (1 - study.interval):.3g}% of the draws on either side. {sampling_error(study)}"
    )
    yield figure
    yield _dependence_table(study)
    if scenario.ranks:
        rows = [
            (
                text_cell(f"{to_words(a)} and {to_words(b)}"),
                number_cell(rank, "{:+.2f}".format),
                number_cell(result.achieved_ranks.get((a, b)), "{:+.3f}".format),
            )
            for (a, b), rank in scenario.ranks.items()
        ]
        columns = (TableColumn("priors", ("priors",)), TableColumn("specified", ("rank_correlation",), right=True),
                   TableColumn("in the draws", ("achieved",), right=True))  # fmt: skip
        yield make_table("correlation", "Rank correlation of priors", columns, rows)
    else:
        yield Paragraph("The scenario correlates no priors; lines are still correlated, because they share inputs.")
    ranks = correlation_of(_first_draws(result), study.interval)
    if len(ranks.names) > 1:
        yield FigureBlock("correlation", "correlation", "Rank correlation of the total and its main inputs.", ranks)
    yield _risk_block(study)


def _first_draws(result: SimulationResult) -> SimulationResult:
    """Return a result with fewer draws, which suffice for two digits of a rank correlation and save a second."""
    retained_draws = {name: draws[:_CORRELATION_DRAWS] for name, draws in result.retained_draws.items()}
    return replace(result, draws=min(result.draws, _CORRELATION_DRAWS), retained_draws=retained_draws)


def sampling_error(study: Study) -> str:
    """Describe the Monte Carlo error."""
    total = study.total
    errors = ((total.mcse.median, total.median), (total.mcse.low, total.low), (total.mcse.high, total.high))
    largest_error = max(abs(error) / abs(figure or 1) for error, figure in errors)
    return (
        f"The Monte Carlo standard error is at most {format_percent(largest_error)} of the median and of the interval bounds."
    )


def _dependence_table(study: Study) -> TableBlock:
    rows = [
        (
            text_cell(spread.name),
            amount_cell(spread.sd),
            amount_cell(spread.median),
            interval_cell(spread.low, spread.high),
            amount_cell(spread.p80),
        )
        for spread in study.budget.dependence
    ]
    columns = (
        TableColumn("", ("treatment",)),
        TableColumn("standard deviation", ("sd_usd",), right=True),
        TableColumn("median", ("median_usd",), right=True),
        TableColumn(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
        TableColumn("P80", ("p80_usd",), right=True),
    )
    return make_table("dependence", "Effect of dependence on the uncertainty", columns, rows)


def _risk_block(study: Study) -> Block:
    risks = study.budget.risks
    if risks is None and study.scenario.events:
        return Paragraph(
            "The total without the risk register is not given: the draws of a run under way are conditional on its spend to "
            "date."
        )
    if risks is None:
        return Paragraph(
            "Known risks only: this scenario has no risk register, so the results cover what its priors describe and nothing "
            "else."
        )
    rows = [
        (
            text_cell(word),
            amount_cell(total.median),
            interval_cell(total.low, total.high),
            amount_cell(total.p80),
        )
        for word, total in (("with the register", risks.with_risks), ("without it", risks.without))
    ]
    columns = (TableColumn("", ("risks",)), TableColumn("median", ("median_usd",), right=True),
               TableColumn(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
               TableColumn("P80", ("p80_usd",), right=True))  # fmt: skip
    return make_table("risks", "Known risks only: the total with and without the scenario's risk register", columns, rows)


def limit_blocks(study: Study) -> Iterable[Block]:
    """Return the limits of the results, and the notes and warnings of the run."""
    scenario = study.scenario
    dates = prior_dates(scenario)
    date_range = f" Their dates range from {dates[0]} to {dates[-1]}." if dates else ""
    line_names = join_words(to_words(line) for line in scenario.lines)
    yield Bullets((
        f"The total consists of {line_names}, and nothing else.",
        f"Priors age, and chip and rental prices change quickly.{date_range}",
        "An interval is only as good as its priors: it shows the uncertainty that present knowledge leaves, not how often "
        "this model has been right.",
        describe_amounts({scenario.title: scenario}, scenario.money),
        "Shocks and levers have the average effects that the library describes; they are not forecasts that a shock will occur "
        "or that a lever is available here.",
    ))  # fmt: skip
    lines = messages(study)
    if lines:
        yield Bullets(lines, "Notes and warnings of this run")


def repeat_blocks(studies: Sequence[Study], command: str) -> Iterable[Block]:
    """Return the command that reproduces the report, if there is one, and the inputs."""
    yield Paragraph("The same version, seed and inputs reproduce every table and figure byte for byte.")
    if command:
        yield Command(command)
    rows = [
        (
            text_cell(study.scenario.title),
            text_cell(study.scenario.name),
            Cell(f"{study.result.draws:,}", (study.result.draws,)),
            Cell(str(study.result.seed), (study.result.seed,)),
            text_cell(study.result.method),
            text_cell(study.scenario.fingerprint[:12]),
        )
        for study in studies
    ]
    columns = (
        TableColumn("title", ("title",)),
        TableColumn("scenario", ("scenario",)),
        TableColumn("draws", ("draws",), right=True),
        TableColumn("seed", ("seed",), right=True),
        TableColumn("method", ("method",)),
        TableColumn("fingerprint", ("fingerprint",)),
    )
    yield make_table("runs", "Runs; the manifest has the hashes of all inputs", columns, rows)


def provenance(studies: Sequence[Study], date: str) -> str:
    """Describe in one line how a report was produced."""
    result = studies[0].result
    parts = [f"{result.draws:,} draws", f"seed {result.seed}", f"llmcost {tool_version()}"]
    newest = max(newest_date(study.scenario) for study in studies)
    if newest:
        parts.append(f"priors up to {newest}")
    return ", ".join([date, *parts] if date else parts)
