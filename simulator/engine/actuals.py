"""Actual spending as a user reports it: amounts by month and line or account, and the lines that each account covers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from simulator.core.errors import Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError, find_similar

MissingAmounts = Literal["refuse", "zero", "estimate"]
"""What a missing amount is, in a month in which the plan spends on the line.

`refuse`: an error; `zero`: nothing was spent; `estimate`: it is not known, and is forecast like a month to come.
"""
MISSING: tuple[MissingAmounts, ...] = get_args(MissingAmounts)

OUTSIDE_PLAN, EVERY_LINE = "none", "all"
"""What stands for lines of an account whose amounts are no part of the plan, and of one that covers all of it."""

_MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class ActualAmount:
    """An amount of one month.

    Attributes
    ----------
    month : str
        Month (2027-03), day (2027-03-31), or number of the month as `cashflow` prints it, from 1.
    line : str
        A line of the scenario, or an account of the user.
    amount : float
        In the money of the outputs; negative for a refund.
    place : Place
        For messages.

    """

    month: str
    line: str
    amount: float
    place: Place


@dataclass(frozen=True, slots=True)
class Actuals:
    """Actual spending of a scenario.

    Attributes
    ----------
    amounts : tuple of ActualAmount
    through : str
        Day or number of months up to which the amounts are complete; empty for the end of the last month reported.
    as_of : str
        Day or month whose end is taken as today, after which no amount can be; empty for the day of the clock.
    missing : {"refuse", "zero", "estimate"}
    accounts : dict of str to tuple of str
        The lines that each account of the user covers; `none` for one that is no part of the plan, `all` for every line.
    notes : tuple of Note
        What was noticed when the amounts were read.
    place : Place
        The file, or the key of the scenario.

    """

    amounts: tuple[ActualAmount, ...]
    through: str = ""
    as_of: str = ""
    missing: MissingAmounts = "refuse"
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    place: Place = field(default_factory=lambda: Place("actuals"))

    def scaled(self, factor: float) -> "Actuals":
        """Return the same spending in another money."""
        return replace(self, amounts=tuple(replace(row, amount=row.amount * factor) for row in self.amounts))

    def lines_of(self, name: str, lines: Iterable[str]) -> tuple[str, ...]:
        """Return the lines that a name covers, none for what is no part of the plan.

        Raises `InvalidValueError` for an unknown name. Case, spaces and hyphens do not matter: `Staff cost` is `staff_cost`.
        """
        lines = tuple(lines)
        accounts = {_plain(account): covered for account, covered in self.accounts.items()}
        if _plain(name) in accounts:
            covered = accounts[_plain(name)]
            return () if covered == (OUTSIDE_PLAN,) else lines if covered == (EVERY_LINE,) else covered
        found = {_plain(line): line for line in lines}.get(_plain(name))
        if found is not None:
            return (found,)
        similar = find_similar(_plain(name), lines, 1)
        example = similar[0] if similar else lines[0]
        suggestion = f"did you mean {example!r}?" if similar else f"the lines are {listed(lines)}."
        raise InvalidValueError(
            f"{name!r} is no line of this plan; {suggestion} An account of yours is mapped to a line by "
            f"`accounts: {{{name}: {example}}}` (--account '{name}={example}'), or left out by `{OUTSIDE_PLAN}` in place of "
            "the line"
        )

    def account_issues(self, lines: Iterable[str]) -> list[Issue]:
        """Return the issues of accounts: unknown lines, and lines that two accounts share with different others."""
        lines = tuple(lines)
        issues = []
        account_by_line: dict[str, str] = {}
        for account, covered in self.accounts.items():
            for line in covered:
                if line not in lines and covered not in ((OUTSIDE_PLAN,), (EVERY_LINE,)):
                    similar = find_similar(line, lines, 1)
                    suggestion = f"did you mean {similar[0]!r}?" if similar else f"the lines are {listed(lines)}"
                    message = f"{account!r} is mapped to {line!r}, which is no line of this plan; {suggestion}"
                    issues.append(Issue(self.place, "accounts", message))
            several = self.lines_of(account, lines)
            if len(several) < 2:
                continue
            for line in several:
                other = account_by_line.setdefault(line, account)
                if set(self.lines_of(other, lines)) != set(several):
                    message = f"{other!r} and {account!r} both cover {line} and cover different lines; join them in one account"
                    issues.append(Issue(self.place, "accounts", message))
                    break
        return issues

    def groups(self, lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the lines of a plan in groups: those that an account covers together under its name, and each other one."""
        lines = tuple(lines)
        groups: dict[str, tuple[str, ...]] = {}
        for line in lines:
            if any(line in each for each in groups.values()):
                continue
            together = next(
                (
                    (account, tuple(each for each in lines if each in covered))
                    for account in self.accounts
                    if line in (covered := self.lines_of(account, lines)) and len(covered) > 1
                ),
                (line, (line,)),
            )
            groups[together[0] if len(together[1]) > 1 else line] = together[1]
        return groups


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence, of which many are shortened."""
    names = list(names)
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more"


def _plain(name: str) -> str:
    return "_".join(name.replace("-", " ").replace("_", " ").split()).casefold()
