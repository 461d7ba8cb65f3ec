"""How the figures were computed, their limits, and how to repeat them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.core.formatting import interval_name, percent, words
from simulator.core.version import tool_version
from simulator.engine.result import Result
from simulator.report.content import (
    Block,
    Bullets,
    Cell,
    Column,
    Command,
    Figure,
    Paragraph,
    Table,
    band,
    listed,
    number,
    table,
    text,
    usd,
)
from simulator.report.sections.assumptions import input_date, newest_date
from simulator.report.study import Study, messages

_RANKED = 20_000  # draws that rank correlations are of


def method_blocks(study: Study) -> Iterable[Block]:
    """Return how the figures were computed, and how exact they are."""
    from simulator.figures.kinds.convergence import convergence_of
    from simulator.figures.kinds.drivers import correlation_of

    scenario, result = study.scenario, study.result
    yield Paragraph(
        f"Every input that is not known is drawn {result.draws:,} times from its prior, the formulas are computed for "
        "each draw, and "
        f"the figures are read off the {result.draws:,} totals. An interval of {100 * study.interval:g}% leaves "
        f"{50 * (1 - study.interval):.3g}% of the draws on either side. {sampling_error(study)}"
    )
    yield Figure("convergence", "convergence", "How the figures settle as draws grow in number.",
                 convergence_of(result, study.interval))  # fmt: skip
    yield _dependence_table(study)
    if scenario.ranks:
        rows = [
            (
                text(f"{words(a)} and {words(b)}"),
                number(rank, "{:+.2f}".format),
                number(result.achieved.get((a, b)), "{:+.3f}".format),
            )
            for (a, b), rank in scenario.ranks.items()
        ]
        columns = (Column("priors", ("priors",)), Column("asked", ("rank_correlation",), right=True),
                   Column("in the draws", ("achieved",), right=True))  # fmt: skip
        yield table("correlation", "Rank correlation of priors", columns, rows)
    else:
        yield Paragraph("No priors are correlated with each other here; lines still go together, as they share inputs.")
    ranks = correlation_of(_first_draws(result), study.interval)
    if len(ranks.get("names", ())) != 1:
        yield Figure("correlation", "correlation", "Rank correlation of the total and its main inputs.", ranks)
    yield _risk_block(study)


def _first_draws(result: Result) -> Result:
    """Return a result with fewer draws: ranks of all would take a second, and two digits need no more."""
    kept = {name: draws[:_RANKED] for name, draws in result.kept.items()}
    return replace(result, draws=min(result.draws, _RANKED), kept=kept)


def sampling_error(study: Study) -> str:
    """Say how exact the figures are."""
    total = study.total
    size = max(abs(total["mcse"][key]) / abs(total[key] or 1) for key in ("median", "low", "high"))
    return f"The Monte Carlo standard error is at most {percent(size)} of the median and of the ends."


def _dependence_table(study: Study) -> Table:
    rows = [
        (text(row["name"]), usd(row["sd"]), usd(row["median"]), band(row["low"], row["high"]), usd(row["p80"]))
        for row in study.budget["dependence"]
    ]
    columns = (
        Column("", ("treatment",)),
        Column("standard deviation", ("sd_usd",), right=True),
        Column("median", ("median_usd",), right=True),
        Column(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
        Column("P80", ("p80_usd",), right=True),
    )
    return table("dependence", "What dependence does to the spread", columns, rows)


def _risk_block(study: Study) -> Block:
    risks = study.budget["risks"]
    if risks is None:
        return Paragraph(
            "Known risks only: this scenario has no register of risks, so these figures hold what its priors say can "
            "happen and "
            "nothing else."
        )
    rows = [
        (text(word), usd(risks[key]["median"]), band(risks[key]["low"], risks[key]["high"]), usd(risks[key]["quantiles"]["80"]))
        for word, key in (("with the register", "with"), ("without it", "without"))
    ]
    columns = (Column("", ("risks",)), Column("median", ("median_usd",), right=True),
               Column(interval_name(study.interval), ("low_usd", "high_usd"), right=True),
               Column("P80", ("p80_usd",), right=True))  # fmt: skip
    return table("risks", "Known risks only: the total with and without the scenario's register of risks", columns, rows)


def limit_blocks(study: Study) -> Iterable[Block]:
    """Say what the figures do not hold, and what the run had to say of itself."""
    scenario = study.scenario
    dates = sorted(filter(None, (input_date(item) for item in scenario.inputs.values() if item.role == "prior")))
    aged = f" Those that are dated go from {dates[0]} to {dates[-1]}." if dates else ""
    counted = listed(words(line) for line in scenario.lines)
    yield Bullets((
        f"What is counted: {counted}. Nothing else is in the total.",
        f"Priors age, and prices of chips and rents move fast.{aged}",
        "An interval is as good as its priors: it says how far what is known today leaves the cost open, not how often "
        "this model "
        "has been right.",
        f"Amounts are in {scenario.money}, before taxes and the cost of money.",
        "A shock or a lever is what the library says of it on average, not a forecast that it will happen or can be done here.",
    ))  # fmt: skip
    lines = messages(study)
    if lines:
        yield Bullets(lines, "Notes and warnings of this run")


def repeat_blocks(studies: Sequence[Study], command: str) -> Iterable[Block]:
    """Say how the report is made again."""
    yield Paragraph("The same version, seed and inputs give the same numbers, to the last byte of each table and figure.")
    yield Command(command)
    rows = [
        (text(study.scenario.title), text(study.scenario.name), Cell(f"{study.result.draws:,}", (study.result.draws,)),
         Cell(str(study.result.seed), (study.result.seed,)), text(study.result.method), text(study.scenario.fingerprint[:12]))
        for study in studies
    ]  # fmt: skip
    columns = (
        Column("title", ("title",)), Column("scenario", ("scenario",)), Column("draws", ("draws",), right=True),
        Column("seed", ("seed",), right=True), Column("method", ("method",)), Column("fingerprint", ("fingerprint",)),
    )  # fmt: skip
    yield table("runs", "What was run; the manifest has hashes of all inputs", columns, rows)


def provenance(studies: Sequence[Study], date: str) -> str:
    """Say in one line how a report was made."""
    result = studies[0].result
    parts = [f"{result.draws:,} draws", f"seed {result.seed}", f"llmcost {tool_version()}"]
    newest = max(newest_date(study.scenario) for study in studies)
    if newest:
        parts.append(f"priors up to {newest}")
    return ", ".join([date, *parts] if date else parts)
