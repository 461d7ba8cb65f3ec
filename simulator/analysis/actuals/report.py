"""Reported amounts on the lines and months of a plan: names and dates resolved, and what is missing or refused."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from simulator.analysis.actuals.months import day_of, elapsed_months, first_day, last_day, month_number
from simulator.analysis.cashflow.calendar import month_label
from simulator.analysis.statistics import Array
from simulator.core.errors import InvalidInputError, Issue
from simulator.core.formatting import format_exact
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError
from simulator.engine.actuals import ActualAmount, Actuals, listed
from simulator.records.cells import RELEASE_DATE, format_count

REHEARSAL = "rehearsal"
"""Code of the note on amounts of months to come."""
MIN_SHARE_SPENDING = 0.01
"""Share of the draws that must spend on a line in a month, for an amount to be missing there."""


@dataclass(frozen=True, slots=True)
class ReportedSpending:
    """Reported amounts by month, of lines or of groups of lines that one account covers.

    Attributes
    ----------
    amounts : dict of str to array
        For each line or group on which amounts are reported, the amount of each month of the plan.
    coverage : dict of str to array
        For each line or group, the share of each month that the report covers, 0 to 1.
    elapsed : float
        Months from the start of the plan that the report covers.
    notes : tuple of Note

    """

    amounts: Mapping[str, Array]
    coverage: Mapping[str, Array]
    elapsed: float
    notes: tuple[Note, ...]

    @property
    def covered_months(self) -> int:
        """Number of months of which the report covers a part at least."""
        return int(np.ceil(self.elapsed - 1e-9))


@dataclass(frozen=True, slots=True)
class _ResolvedRow:
    """An amount with its line or group, which is None for what is no part of the plan, and its month from 0."""

    row: ActualAmount
    group: str | None
    month: int


def group_lines(by_line: Mapping[str, Array], groups: Mapping[str, tuple[str, ...]]) -> dict[str, Array]:
    """Return the amounts of groups of lines."""
    return {
        name: by_line[lines[0]] if len(lines) == 1 else np.sum([by_line[line] for line in lines], axis=0)
        for name, lines in groups.items()
    }


def report_spending(
    actuals: Actuals,
    planned: Mapping[str, Array],
    groups: Mapping[str, tuple[str, ...]],
    start: datetime.date | None,
    not_paid: Iterable[str] = (),
) -> ReportedSpending:
    """Return the reported amounts on the lines and months of a plan.

    `planned` is what each draw of the plan spends on each of the `groups` of lines and in each month, and `not_paid` are lines
    that have no payments. Raises `InvalidInputError` with all issues: unknown lines, months outside the plan or in the future,
    and lines without an amount in a month in which the plan spends on them, unless `actuals.missing` says what that is.
    """
    if not actuals.amounts:
        raise InvalidInputError([Issue(actuals.place, "actuals", "has no amounts; give month, line and amount of each")])
    try:
        today = day_of(actuals.as_of, start) if actuals.as_of else _today()
    except InvalidValueError as error:
        raise InvalidInputError([Issue(actuals.place, "as_of", str(error))]) from None
    plan = _Plan(planned, groups, start, tuple(not_paid), today)
    issues = actuals.account_issues((*plan.lines, *plan.not_paid))
    _raise(issues)
    rows = list(plan.resolved(actuals, issues))
    _raise(issues)
    elapsed = plan.elapsed(actuals, rows, issues)
    _raise(issues)
    amounts: dict[str, Array] = defaultdict(lambda: np.zeros(plan.months))
    for each in rows:
        if each.group is not None:
            amounts[each.group][each.month] += each.row.amount
    coverage, notes = plan.coverage(actuals, rows, elapsed, issues)
    _raise(issues)
    notes = [*_as_of_notes(actuals, today), *actuals.notes, *_notes(rows), *notes]
    return ReportedSpending(dict(amounts), coverage, elapsed, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Plan:
    planned: Mapping[str, Array]
    groups: Mapping[str, tuple[str, ...]]
    start: datetime.date | None
    not_paid: tuple[str, ...]
    today: datetime.date

    @property
    def months(self) -> int:
        return int(next(iter(self.planned.values())).shape[1])

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line for lines in self.groups.values() for line in lines)

    def label(self, month: int) -> str:
        return month_label(self.start, month)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def resolved(self, actuals: Actuals, issues: list[Issue]) -> Iterable[_ResolvedRow]:
        """Yield rows with their month and group; add the issues of the others."""
        unknown: Counter[str] = Counter()
        last = self._last_month(actuals)
        for row in actuals.amounts:
            try:
                month = month_number(row.month, self.start)
                self._check_month(month, last)
            except InvalidValueError as error:
                issues.append(Issue(row.place, "month", str(error)))
                continue
            try:
                yield _ResolvedRow(row, self._group_of(row.line, actuals), month)
            except InvalidValueError as error:
                unknown[row.line] += 1
                if unknown[row.line] == 1:  # once for all rows of an account
                    issues.append(Issue(row.place, "line", str(error)))

    def _group_of(self, name: str, actuals: Actuals) -> str | None:
        covered = actuals.lines_of(name, (*self.lines, *self.not_paid))
        paid = [line for line in covered if line in self.lines]
        if covered and not paid:
            raise InvalidValueError(
                f"{name!r} is a cost and no payment ({listed(covered)}), so no amount is paid on it; report what was paid, or "
                "compare costs as they accrue (--accrual)"
            )
        return next((group for group, lines in self.groups.items() if paid and paid[0] in lines), None)

    def _last_month(self, actuals: Actuals) -> int:
        """Return the last month that an amount names."""
        months = [0]
        for row in actuals.amounts:
            with suppress(InvalidValueError):  # reported with its row
                months.append(month_number(row.month, self.start))
        return max(months)

    def _check_month(self, month: int, last: int) -> None:
        """Refuse a month outside the plan, and one to come; `last` is the last month with an amount."""
        name = self.label(month)
        if month < 0:
            raise InvalidValueError(
                f"{name} lies before the start of the plan, {self.label(0)}; begin the plan earlier (start: {name}), or "
                "add the amount to the first month"
            )
        if month >= self.months:
            raise InvalidValueError(
                f"{name} lies after the end of the plan: no draw spends after {self.label(self.months - 1)}; lengthen the "
                "phases that take longer than planned"
            )
        if self.start is not None and first_day(month, self.start) > self.today:
            raise InvalidValueError(
                f"{name} lies in the future of {self.today}, and actual spending is of the past; correct it, leave it out, or "
                f"rehearse the plan with a day that is taken as today (as_of: {last_day(last, self.start)}, or --as-of)"
            )

    # --- what the report covers ---------------------------------------------------------------------------------------

    def elapsed(self, actuals: Actuals, rows: Iterable[_ResolvedRow], issues: list[Issue]) -> float:
        """Return the months that the report covers: up to `through`, or to the end of the last month with an amount."""
        last = max(each.month for each in rows)
        if not actuals.through:
            if self.start is not None and last_day(last, self.start) > self.today:
                message = (
                    f"{self.label(last)} is not over on {self.today}; state the day up to which its amounts are complete "
                    f"(through: {self.label(last)}-15), or leave it out"
                )
                issues.append(Issue(actuals.place, "through", message))
            return last + 1.0
        try:
            elapsed = elapsed_months(actuals.through, self.start)
            month = int(np.ceil(elapsed - 1e-9)) - 1
            self._check_month(month, max(month, last))
        except InvalidValueError as error:
            issues.append(Issue(actuals.place, "through", str(error)))
            return 0.0
        if last >= elapsed:
            message = f"the last amount is of {self.label(last)}, after {actuals.through}; leave it out, or move `through`"
            issues.append(Issue(actuals.place, "through", message))
        if self.start is not None and _last_covered_day(elapsed, self.start) > self.today:
            message = f"{actuals.through} lies in the future of {self.today}; state a day that is past"
            issues.append(Issue(actuals.place, "through", message))
        return elapsed

    def coverage(
        self, actuals: Actuals, rows: Iterable[_ResolvedRow], elapsed: float, issues: list[Issue]
    ) -> tuple[dict[str, Array], list[Note]]:
        """Return the share of each month that the report covers, by group, and notes on what is missing.

        Adds an issue for each group with missing amounts, unless it is said what these are.
        """
        covered = np.clip(elapsed - np.arange(self.months), 0, 1)
        reported = {(each.group, each.month) for each in rows}
        coverage: dict[str, Array] = {}
        missing: dict[str, list[int]] = {}
        for group, amounts in self.planned.items():
            spends = (amounts != 0).mean(axis=0) >= MIN_SHARE_SPENDING
            places = [month for month in np.flatnonzero((covered > 0) & spends).tolist() if (group, month) not in reported]
            coverage[group] = covered.copy()
            if places:
                missing[group] = places
            if actuals.missing == "estimate":
                coverage[group][places] = 0.0
        if missing and actuals.missing == "refuse":
            for group, places in missing.items():
                is_negative = float(self.planned[group].mean()) < 0
                message = _describe_missing(group, listed(map(self.label, places)), is_negative=is_negative)
                issues.append(Issue(actuals.place, "missing", message))
        return coverage, [_missing_note(actuals, missing)] if missing else []


def _describe_missing(group: str, months: str, *, is_negative: bool) -> str:
    planned = "reduces payments by it; add it as a negative amount" if is_negative else "spends on it; add it"
    return (
        f"{group} has no amount in {months}, in which the plan {planned}, or state what missing amounts are: "
        "`missing: zero` (nothing was spent) or `missing: estimate` (not known), or --missing. If an account covers it too, "
        f"name all its lines: `accounts: {{Cloud bill: [..., {group}]}}`"
    )


def _missing_note(actuals: Actuals, missing: Mapping[str, list[int]]) -> Note:
    names = ", ".join(f"{group} ({format_count(len(months), 'month')})" for group, months in missing.items())
    if actuals.missing == "zero":
        return Note("missing-zero", "", f"amounts that are missing count as nothing spent, as stated: {names}")
    text = f"amounts that are missing are forecast like months to come, as stated (n/a: none is known): {names}"
    return Note("missing-estimate", "", text)


def _last_covered_day(elapsed: float, start: datetime.date) -> datetime.date:
    """Return the last day of a number of months from the start."""
    month = int(np.ceil(elapsed - 1e-9)) - 1
    end = last_day(month, start)
    return end.replace(day=max(1, round((elapsed - month) * end.day)))


def _notes(rows: Iterable[_ResolvedRow]) -> Iterable[Note]:
    """Yield what a reader should know about the reported amounts."""
    rows = list(rows)
    refunds = [each.row.amount for each in rows if each.row.amount < 0]
    if refunds:
        count = format_count(len(refunds), "negative amount")
        yield Note("refunds", "", f"{count}, {format_exact(sum(refunds))} in all, counted as refunds or credits")
    times = Counter((each.row.line, each.month) for each in rows)
    added = sum(count - 1 for count in times.values())
    if added:
        yield Note("amounts-added", "", f"{format_count(added, 'amount')} added to others of the same line and month")
    outside = [each.row.amount for each in rows if each.group is None]
    if outside:
        text = f"{format_count(len(outside), 'amount')}, {format_exact(sum(outside))} in all, left out: no part of the plan"
        yield Note("outside-plan", "", text)


def with_options(
    actuals: Actuals,
    through: str = "",
    missing: str = "",
    accounts: Mapping[str, tuple[str, ...]] | None = None,
    as_of: str = "",
) -> Actuals:
    """Return actual spending with options of a command in place of those of the scenario."""
    return replace(
        actuals,
        through=through or actuals.through,
        as_of=as_of or actuals.as_of,
        missing=missing or actuals.missing,  # type: ignore[arg-type]
        accounts={**actuals.accounts, **(accounts or {})},
    )


def _as_of_notes(actuals: Actuals, today: datetime.date) -> Iterable[Note]:
    """Yield that a day is taken as today, which is a rehearsal where it is to come."""
    if not actuals.as_of:
        return
    if today > _today():
        text = f"a rehearsal: {today}, which is to come, is taken as today (as_of), so amounts until then are assumed as spent"
        yield Note(REHEARSAL, "as_of", text)
    else:
        yield Note("as-of", "as_of", f"{today} is taken as today (as_of)")


def _today() -> datetime.date:
    """Return the date of the clock, or of this version where the clock is wrong."""
    return max(datetime.datetime.now(datetime.UTC), RELEASE_DATE).date()


def _raise(issues: list[Issue]) -> None:
    if issues:
        raise InvalidInputError(issues)
