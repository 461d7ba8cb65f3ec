"""Results of a ranking of levers."""

from dataclasses import dataclass

from simulator.analysis.applicability import Refusal
from simulator.analysis.statistics import Array
from simulator.core.csv_text import Cell
from simulator.core.formatting import to_words
from simulator.core.results import AnalysisResult, hidden


@dataclass(frozen=True, slots=True)
class SavingStatistics:
    """Statistics of a saving, USD.

    Attributes
    ----------
    mean : float or None
        None where the tail of the total, with or without the lever, is too heavy.
    median : float
    low, high : float
        Bounds of the central interval.
    mcse : float or None
        Monte Carlo standard error of the mean.

    """

    mean: float | None
    median: float
    low: float
    high: float
    mcse: float | None


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """Change of an outcome by a lever.

    Attributes
    ----------
    name, unit : str
        The outcome and its canonical unit.
    before : float or None
        Its median without the lever; None for an outcome that is reported with the lever only.
    after : float
        Its median with the lever.

    """

    name: str
    unit: str
    before: float | None
    after: float


@dataclass(frozen=True, slots=True)
class LeverSaving:
    """The saving of a single lever against the scenario without it.

    Attributes
    ----------
    name, about, grade : str
        The lever, what it does, and the grade of its evidence.
    assumption : bool
        Whether its effect is an assumption (grade D), on which no budget should rely.
    affects : tuple of str
        The quantities that it changes.
    saving : SavingStatistics
        Before the cost and the delay of its adoption.
    net : SavingStatistics
        After them. Levers are ranked by its median.
    share_of_total : float
        Median net saving over the median total without the lever.
    probability_of_saving, probability_of_costing_more : float
        Shares of draws in which the net saving is above and below zero.
    probability_of_none : float
        Share of draws in which the lever leaves the total, before adoption.
    adoption_cost : float or None
        Median cost of adopting it, USD; None where it takes neither work nor time.
    delay_hours : float or None
        Median time by which its adoption lengthens the project, or for which the project waits, hours.
    added_hours : float or None
        Median change of the duration of the final run, hours; None where it does not change or is not known.
    outcomes : tuple of OutcomeChange
        The outcomes that it changes.
    conditions, side_effects : str
        When it applies, and what else it does.
    notes : tuple of str
        Effects that are skipped in this scenario.
    too_good : bool
        Whether the remaining compute is less than any documented combination of levers achieves at the same quality.
    draws : array
        The saving before adoption in each draw, USD.
    net_draws : array
        The net saving in each draw, USD.

    """

    name: str
    about: str
    grade: str
    assumption: bool
    affects: tuple[str, ...]
    saving: SavingStatistics
    net: SavingStatistics
    share_of_total: float
    probability_of_saving: float
    probability_of_none: float
    probability_of_costing_more: float
    adoption_cost: float | None
    delay_hours: float | None
    added_hours: float | None
    outcomes: tuple[OutcomeChange, ...]
    conditions: str
    side_effects: str
    notes: tuple[str, ...]
    too_good: bool
    draws: Array = hidden(compare=False)
    net_draws: Array = hidden(compare=False)


@dataclass(frozen=True, slots=True)
class OutcomeLever:
    """A lever that changes outcomes, such as what is paid in cash, but no line of the total except that of its adoption.

    Attributes
    ----------
    name, grade : str
        The lever, and the grade of its evidence.
    outcomes : tuple of OutcomeChange
        The outcomes that it changes.
    adoption_cost : float or None
        Median cost of adopting it, USD; None where it takes neither work nor time.
    remedy : str
        The choice with which it would change a line; empty where there is none.

    """

    name: str
    grade: str
    outcomes: tuple[OutcomeChange, ...]
    adoption_cost: float | None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class TotalWithoutLever:
    """The total without a lever, USD.

    Attributes
    ----------
    mean : float or None
        None where a tail is too heavy.
    median : float

    """

    mean: float | None
    median: float


CSV_COLUMNS = (
    "lever", "grade", "assumption", "affects", "net_median", "net_low", "net_high", "net_mean", "net_mcse",
    "saving_median", "saving_low", "saving_high", "saving_mean", "saving_mcse",
    "share_of_total", "probability_of_saving", "probability_of_none", "probability_of_costing_more",
    "adoption_cost", "delay_hours", "added_hours",
    "not_ranked_because",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LeverRanking(AnalysisResult):
    """All levers on one scenario.

    Attributes
    ----------
    total : TotalWithoutLever
    levers : tuple of LeverSaving
        The levers that change the total, by the median of the net saving, largest first.
    no_line : tuple of OutcomeLever
        The levers that change outcomes only.
    inapplicable : tuple of Refusal
        The levers that do not apply to this scenario, with the reason.
    base : array
        The total without a lever in each draw, USD.

    Examples
    --------
    >>> import llmcost
    >>> ranking = llmcost.levers("gpt-4", names="newer-chips", draws=2000)
    >>> ranking.levers[0].name
    'newer-chips'

    """

    total: TotalWithoutLever
    levers: tuple[LeverSaving, ...]
    no_line: tuple[OutcomeLever, ...]
    inapplicable: tuple[Refusal, ...]
    base: Array = hidden(compare=False)

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per lever, those that are not ranked with the reason."""
        reasons = [
            (each.name, f"changes no line, but {', '.join(to_words(change.name) for change in each.outcomes)}")
            for each in self.no_line
        ]
        reasons += [(each.name, each.reason) for each in self.inapplicable]
        empty = ("",) * (len(CSV_COLUMNS) - 2)
        return CSV_COLUMNS, [*map(_cells, self.levers), *((name, *empty, reason) for name, reason in reasons)]


def _cells(lever: LeverSaving) -> tuple[Cell, ...]:
    saving, net = lever.saving, lever.net
    return (
        lever.name, lever.grade, lever.assumption, " ".join(lever.affects),
        net.median, net.low, net.high, net.mean, net.mcse,
        saving.median, saving.low, saving.high, saving.mean, saving.mcse,
        lever.share_of_total, lever.probability_of_saving, lever.probability_of_none, lever.probability_of_costing_more,
        lever.adoption_cost, lever.delay_hours, lever.added_hours, "",
    )  # fmt: skip
