"""Actual spending at the command line: its options, and the tables of the forecast at completion."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.cells import format_band, judge_budget
from simulator.cli.command import Answer, Page

if TYPE_CHECKING:
    import datetime

    from simulator.analysis.actuals.results import ActualsForecast, LineForecast, PercentileAmounts
    from simulator.cli.output import TextTable
    from simulator.engine.actuals import Actuals
    from simulator.engine.options import RunOptions
    from simulator.scenario import OpenScenario, Scenario

DEFAULT_DRAWS = 20_000


@dataclass(frozen=True, slots=True)
class ActualsOptions:
    """Options about actual spending."""

    path: Path | None
    accounts: tuple[str, ...] = ()
    missing: str | None = None
    through: str | None = None
    as_of: str | None = None

    @property
    def on_amounts(self) -> tuple[str, ...]:
        """Names of the options in use that say what the amounts of a report are."""
        options = {"--account": self.accounts, "--missing": self.missing, "--through": self.through, "--as-of": self.as_of}
        return tuple(option for option, value in options.items() if value)

    def read(self, scenario: "Scenario") -> "Actuals | None":
        """Return the actual spending of the file, or that of the scenario, with these options; None without either."""
        from simulator.analysis.actuals.report import with_options
        from simulator.records import actuals

        own = scenario.actuals
        found = own if self.path is None else actuals.read(self.path, scenario.currency)
        if found is None:
            if self.on_amounts:
                raise click.UsageError(f"{self.on_amounts[0]} needs --actuals FILE, or `actuals:` in the scenario")
            return None
        if self.path is not None and own is not None:
            found = replace(found, missing=own.missing, accounts=own.accounts, as_of=own.as_of)
        accounts = dict(map(_account, self.accounts))
        return with_options(found, self.through or "", self.missing or "", accounts, self.as_of or "")


def _account(text: str) -> tuple[str, tuple[str, ...]]:
    """Return an account and its lines: `Cloud bill=rental_cost,idle_cost`."""
    account, _, lines = text.partition("=")
    names = tuple(name.strip() for name in lines.split(",") if name.strip())
    if not account.strip() or not names:
        raise click.UsageError(f"--account {text!r}: write ACCOUNT=LINE, or ACCOUNT=LINE,LINE for several lines")
    return account.strip(), names


def actuals_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about actual spending; the command gets them as `reported`, an `ActualsOptions`."""

    @click.option("--actuals", "path", type=click.Path(path_type=Path), metavar="FILE.csv",
                  help="What was spent, by month and line: forecast the rest.")  # fmt: skip
    @click.option("--account", "accounts", multiple=True, metavar="ACCOUNT=LINE",
                  help="The line, or lines with commas, that an account in FILE.csv covers; none leaves it out.")  # fmt: skip
    @click.option("--missing", type=click.Choice(["zero", "estimate"]),
                  help="What missing amounts are: nothing spent, or not known.")  # fmt: skip
    @click.option("--through", metavar="DAY", help="Day up to which the amounts are complete, such as 2026-03-15.")
    @click.option("--as-of", metavar="DAY", help="Day taken as today, such as 2027-03-31: rehearse with amounts to come.")
    @functools.wraps(function)
    def with_actuals(
        *args: Any,
        path: Path | None,
        accounts: tuple[str, ...],
        missing: str | None,
        through: str | None,
        as_of: str | None,
        **more: Any,
    ) -> Any:
        return function(*args, reported=ActualsOptions(path, accounts, missing, through, as_of), **more)

    return with_actuals


def forecast_answer(
    opened: "OpenScenario",
    actuals: "Actuals",
    options: "RunOptions",
    *,
    view: Any = "cash",
    start: "datetime.date | None" = None,
    fail_above: float | None = None,
    period: str | None = None,
) -> Answer:
    """Return the answer of a command about actual spending; with a `period`, its page has the whole burn-up."""
    from simulator.analysis.actuals.forecast import forecast_at_completion

    forecast = forecast_at_completion(opened.scenario, actuals, options, view=view, start=start)
    exit_code, messages = _gate(forecast, fail_above)
    return Answer(forecast, lambda: page(forecast, period), exit_code, messages, prints_too=True, opened=[opened])


def _gate(forecast: "ActualsForecast", fail_above: float | None) -> tuple[int, tuple[str, ...]]:
    """Return exit code 3 and a message where the forecast passes the budget with too high a probability."""
    from simulator.cli.gate import gate_outcome
    from simulator.core.formatting import format_exact_money, is_known

    if forecast.budget is None:
        return 0, ()
    total = forecast.total.at_completion
    amount = format_exact_money(forecast.budget.amount, forecast.header.currency)
    overrun = f"after {forecast.through} the probability of exceeding {amount} {BASES[forecast.view]}"
    known = is_known(total.low, total.high)
    return gate_outcome(fail_above, forecast.probability_of_overrun, forecast.effective_draws, overrun, is_known=known)


# --- the page -------------------------------------------------------------------------------------------------------------


def page(forecast: "ActualsForecast", period: str | None) -> Page:
    """Return the tables and notes of a forecast."""
    burn_up, omitted = _burn_up_table(forecast, period)
    tables = [burn_up, _total_table(forecast)] if period else [_line_table(forecast), _total_table(forecast), burn_up]
    return Page(tables, [*omitted, *_notes(forecast)], _headline(forecast))


def _headline(forecast: "ActualsForecast") -> str:
    from simulator.core.formatting import format_money

    total, header = forecast.total.at_completion, forecast.header
    bounds = f"{header.interval_name}: {format_band(total, header.currency)}"
    basis = SHORT_BASES[forecast.view]
    return f"{header.title}, forecast at completion ({basis}): {format_money(total.median, header.currency)} ({bounds})"


def _line_table(forecast: "ActualsForecast") -> "TextTable":
    from simulator.analysis.actuals.report import REHEARSAL
    from simulator.cli.output import Column, TextTable

    currency = forecast.header.currency
    rows = [_line_cells(each, each.name, currency) for each in forecast.lines if _has_amounts(each)]
    rows.append(_line_cells(forecast.total, "=all lines", currency))
    columns = ("", ">spent", Column(">planned", 2), Column(">to come", 1), ">in all", f">{forecast.header.interval_name}")
    rehearsal = "Rehearsal: " if any(note.code == REHEARSAL for note in forecast.notes) else ""
    title = (
        f"{rehearsal}{TITLES[forecast.view]} through {forecast.through}, and forecast at completion, in {forecast.header.money}"
    )
    return TextTable(title, columns, rows)


TITLES = {"cash": "Paid (cash)", "accrual": "Accrued (cost)"}
BASES = {"cash": "in payments (cash)", "accrual": "in costs (accrual)"}
SHORT_BASES = {"cash": "cash", "accrual": "accrual"}


def _has_amounts(line: "LineForecast") -> bool:
    return bool(line.spent or line.planned_at_completion.low or line.planned_at_completion.high or line.at_completion.high)


def _line_cells(line: "LineForecast", name: str, currency: str) -> tuple[str, ...]:
    from simulator.core.formatting import format_money, to_words

    total = line.at_completion
    return (
        to_words(name) if len(line.lines) == 1 and line.name in line.lines else name,
        *_to_date(line, currency),
        format_money(line.remaining.median, currency),
        format_money(total.median, currency),
        format_band(total, currency),
    )


def _to_date(line: "LineForecast", currency: str) -> tuple[str, str]:
    """Return what was spent and planned to date, neither where no amount of it is known."""
    from simulator.core.formatting import NONE, format_money

    if line.rule == "estimate":
        return NONE, NONE
    return format_money(line.spent, currency), format_money(line.planned_to_date.p50, currency)


def _total_table(forecast: "ActualsForecast") -> "TextTable":
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_exact_money, format_money, format_percent

    budget, total, currency = forecast.budget, forecast.total, forecast.header.currency
    rows: list[tuple[str, ...]] = []
    styles: dict[int, str] = {}
    for name, amount, within in (
        ("plan", total.planned_at_completion, budget and budget.planned_within),
        ("=forecast", total.at_completion, budget and budget.within),
    ):
        if within and name.startswith("="):
            styles[len(rows)] = judge_budget(within.value)[1]
        cells = (name, format_money(amount.median, currency), format_band(amount, currency))
        rows.append((*cells, format_money(amount.p80, currency), *([format_percent(within.value)] if within else [])))
    columns: tuple[str, ...] = ("", ">in all", f">{forecast.header.interval_name}", Column(">P80", 1))
    if budget is not None:
        columns = (*columns, f">within {format_exact_money(budget.amount, currency)} ({SHORT_BASES[forecast.view]})")
    return TextTable("Total at completion", columns, rows, styles)


def _burn_up_table(forecast: "ActualsForecast", period: str | None) -> "tuple[TextTable, list[str]]":
    """Return cumulative spending: of the months reported, or with a period of all months, and notes on what is left out."""
    from simulator.cli.output import Column, TextTable
    from simulator.core.formatting import format_money, format_percent

    columns = ["", ">actual", Column(">plan P10", 1), ">plan P50", Column(">plan P90", 1)]
    rows: list[tuple[str, ...]] = []
    currency = forecast.header.currency
    if period is None:
        for each in forecast.burn_up:
            if each.actual is not None:
                share = format_percent((each.percentile or 0.0) / 100)
                rows.append((each.month, format_money(each.actual, currency), *_percentiles(each.plan, currency), share))
        return TextTable("Spent so far, beside the plan", (*columns, ">outcomes below"), rows), []
    omitted = []
    for place in _period_ends(forecast, period):
        each = forecast.burn_up[place]
        ahead = ("", "", "") if each.forecast is None else _percentiles(each.forecast, currency)
        actual = "" if each.actual is None else format_money(each.actual, currency)
        row = (each.month, actual, *_percentiles(each.plan, currency), *ahead)
        if rows and row[1:] == rows[-1][1:]:
            omitted.append(each.month)
        else:
            rows.append(row)
    columns += [Column(">P10", 1), ">P50", Column(">P90", 1)]
    notes = (
        [f"months without a change after the one before are left out, to {omitted[-1]}; they are in the JSON"]
        if omitted
        else []
    )
    return TextTable(f"Spent up to the end of each {period}: actual, plan and forecast", columns, rows), notes


def _percentiles(amounts: "PercentileAmounts", currency: str) -> tuple[str, str, str]:
    from simulator.core.formatting import format_money

    p10, p50, p90 = (format_money(each, currency) for each in (amounts.p10, amounts.p50, amounts.p90))
    return p10, p50, p90


def _period_ends(forecast: "ActualsForecast", period: str) -> list[int]:
    """Return the months that end a period, and the last month reported."""
    from simulator.analysis.cashflow import PERIODS

    length, last = PERIODS[period], len(forecast.burn_up) - 1
    first = forecast.burn_up[0].month
    offset = int(first[5:7]) - 1 if "-" in first else 0
    reported = max(each.from_month for each in forecast.burn_up if each.actual is not None)
    return [each.from_month for each in forecast.burn_up
            if (each.from_month + offset + 1) % length == 0 or each.from_month in (reported, last)]  # fmt: skip


def _notes(forecast: "ActualsForecast") -> list[str]:
    from simulator.core.formatting import format_money, format_percent, share_of_draws

    header, total = forecast.header, forecast.total.at_completion
    width = forecast.kernel_width
    kernel = "no weights" if width is None else f"weights with {format_percent(width)}"
    notes = [str(note) for note in forecast.notes]
    notes.append(
        f"{format_percent(forecast.tolerance)} error of what was spent, {kernel}; "
        f"{forecast.agreeing_draws:,} draws agree on what has begun; {forecast.effective_draws:,.0f} effective draws; "
        f"{share_of_draws(forecast.tail_probability)} as far from the plan"
    )
    notes.append(f"{header.draws:,} draws, seed {header.seed}; Monte Carlo standard error of the forecast's median: "
                 f"{format_money(total.mcse.median, header.currency)}")  # fmt: skip
    return notes
