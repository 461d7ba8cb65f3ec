"""Results of a ranking of levers."""

from dataclasses import dataclass

from simulator.analysis.applicability import Refusal
from simulator.analysis.statistics import Array
from simulator.core.csv_text import Cell
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
    share_of_total : float
        Mean saving over the mean total without the lever; medians where there is no mean.
    probability_of_saving, probability_of_none, probability_of_costing_more : float
        Shares of draws in which the lever lowers the total, leaves it, and raises it; they add up to one.
    adoption_cost : float or None
        Mean cost of the work of adopting it, USD; None where it takes none.
    delay_hours : float or None
        Median time until it works, hours.
    added_hours : float or None
        Median change of the duration of the final run, hours; None where it does not change or is not known.
    net_saving : float
        Mean saving (or median, where there is no mean) less the cost of adoption, USD.
    conditions, side_effects : str
        When it works, and what else it does.
    notes : tuple of str
        Effects that are skipped in this scenario.
    too_good : bool
        Whether the remaining compute is less than any documented combination of levers achieves at the same quality.
    draws : array
        The saving in each draw, USD.

    """

    name: str
    about: str
    grade: str
    assumption: bool
    affects: tuple[str, ...]
    saving: SavingStatistics
    share_of_total: float
    probability_of_saving: float
    probability_of_none: float
    probability_of_costing_more: float
    adoption_cost: float | None
    delay_hours: float | None
    added_hours: float | None
    net_saving: float
    conditions: str
    side_effects: str
    notes: tuple[str, ...]
    too_good: bool
    draws: Array = hidden(compare=False)


@dataclass(frozen=True, slots=True)
class OutcomeLever:
    """A lever that changes no line, except through side effects.

    Attributes
    ----------
    name : str
    moves : str
        The outcomes that it changes, and the choice with which it would change a line.

    """

    name: str
    moves: str


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
    "lever", "grade", "assumption", "affects", "saving_mean", "saving_median", "saving_low", "saving_high", "saving_mcse",
    "share_of_total", "probability_of_saving", "probability_of_none", "probability_of_costing_more",
    "adoption_cost", "delay_hours", "added_hours", "net_saving",
    "not_ranked_because",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LeverRanking(AnalysisResult):
    """All levers on one scenario.

    Attributes
    ----------
    ranked_by : str
        Statistic of the saving by which levers are ranked: `mean`, or `median` where a tail of the scenario is too heavy. A
        lever that makes it too heavy is ranked by its median.
    total : TotalWithoutLever
    levers : tuple of LeverSaving
        The levers that change the total, by net saving, largest first.
    no_line : tuple of OutcomeLever
        The levers that change outcomes only.
    inapplicable : tuple of Refusal
        The levers without effect in this scenario, with the reason.
    base : array
        The total without a lever in each draw, USD.

    Examples
    --------
    >>> import llmcost
    >>> ranking = llmcost.levers("gpt-4", names="newer-chips", draws=2000)
    >>> ranking.levers[0].name
    'newer-chips'

    """

    ranked_by: str
    total: TotalWithoutLever
    levers: tuple[LeverSaving, ...]
    no_line: tuple[OutcomeLever, ...]
    inapplicable: tuple[Refusal, ...]
    base: Array = hidden(compare=False)

    def table(self) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Return one row per lever, those that are not ranked with the reason."""
        reasons = [(each.name, f"changes no line, but {each.moves}") for each in self.no_line]
        reasons += [(each.name, each.reason) for each in self.inapplicable]
        empty = ("",) * (len(CSV_COLUMNS) - 2)
        return CSV_COLUMNS, [*map(_cells, self.levers), *((name, *empty, reason) for name, reason in reasons)]


def _cells(lever: LeverSaving) -> tuple[Cell, ...]:
    saving = lever.saving
    return (
        lever.name, lever.grade, lever.assumption, " ".join(lever.affects),
        saving.mean, saving.median, saving.low, saving.high, saving.mcse,
        lever.share_of_total, lever.probability_of_saving, lever.probability_of_none, lever.probability_of_costing_more,
        lever.adoption_cost, lever.delay_hours, lever.added_hours, lever.net_saving, "",
    )  # fmt: skip
