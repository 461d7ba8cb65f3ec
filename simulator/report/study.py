"""All results that a report shows for a scenario, simulated once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from simulator.core.formatting import plain_text, to_words
from simulator.core.levels import interval_of
from simulator.core.processes import running_beside
from simulator.engine.options import DEFAULTS, RunOptions
from simulator.engine.result import SimulationResult
from simulator.io.contract_notes import contract_notes
from simulator.io.latency_notes import latency_notes
from simulator.io.run_summary import assumption_notes
from simulator.scenario import TOTAL, OpenScenario, Scenario
from simulator.scenario.price_dates import old_price_notes

if TYPE_CHECKING:
    from simulator.analysis.budget import BudgetPlan
    from simulator.analysis.cashflow import CashFlow
    from simulator.analysis.lever_results import LeverRanking
    from simulator.analysis.sensitivity import Sensitivity
    from simulator.analysis.stress import ReverseTest, ShockTest
    from simulator.figures.kinds.cashflow import CashFlowFigure
    from simulator.figures.kinds.joint import JointFigure
    from simulator.io.run_summary import QuantityStatistics, RunSummary

FEW_DRAWS = 20_000
"""Most draws of levers and drivers, which are simulated once for each lever and twice for each input."""
Step = Callable[[str], None]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Study:
    """A scenario with all its results; a part that is not available is None, and `omissions` has the reason.

    Attributes
    ----------
    scenario : Scenario
    result : Result
        The run, with the draws that the analyses of it take.
    interval : float
        Level of the central intervals, 0 to 1.
    run : RunSummary
    budget : BudgetPlan
    drivers : Sensitivity or None
    stress : ShockTest or None
    levers : LeverRanking or None
    reverse : ReverseTest or None
    joint : JointFigure or None
    payments : Payments or None
    omissions : dict of str to str
        Reason by name of the part.

    """

    scenario: Scenario
    result: SimulationResult
    interval: float
    run: "RunSummary"
    budget: "BudgetPlan"
    drivers: "Sensitivity | None" = None
    stress: "ShockTest | None" = None
    levers: "LeverRanking | None" = None
    reverse: "ReverseTest | None" = None
    joint: "JointFigure | None" = None
    payments: "Payments | None" = None
    omissions: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> "QuantityStatistics":
        """Statistics of the total."""
        return self.run.total

    def in_words(self, text: str) -> str:
        """Return a note with its quantities in words."""
        names = {*self.scenario.graph.units, *self.scenario.plan.names, *self.scenario.inputs, *self.scenario.lines}
        return plain_text(text, names)

    @property
    def cashflow(self) -> "CashFlowFigure | None":
        """The payments by month, as a figure shows them."""
        return None if self.payments is None else self.payments.figure


def retained_quantities(scenario: Scenario) -> list[str]:
    """Return the quantities whose draws the analyses of a run take: total, lines, outcomes, priors and a wait."""
    from simulator.analysis.waiting import wait_names

    priors = [name for name, item in scenario.inputs.items() if item.role == "prior"]
    return list(dict.fromkeys([TOTAL, *scenario.lines, *scenario.outcomes, *priors, *wait_names(scenario)]))


def build_study(
    opened: OpenScenario, options: RunOptions = DEFAULTS, step: Step = lambda _: None, *, full: bool = True
) -> Study:
    """Run all analyses of a scenario, or only cost and budget if not `full`; `step` is told which one begins.

    Raises `InvalidInputError` if the scenario is invalid and `NonFiniteResultError` if a quantity is not finite. An
    analysis that a scenario does not support (levers of a run under way) is omitted with the
    reason.
    """
    from simulator.analysis.budget import budget_of_draws
    from simulator.analysis.risks import register_of_run, simulate_without_risks
    from simulator.analysis.statistics import independent_priors, simulate_draws
    from simulator.io.run_summary import summarize_run

    scenario = opened.scenario
    step(f"simulating {scenario.name}")
    result = simulate_draws(scenario, options, retained_quantities(scenario))
    uncorrelated = independent_priors(scenario)
    independent = None if uncorrelated is None else simulate_draws(uncorrelated, options, [TOTAL])
    interval = interval_of(options.interval)
    independent_total = None if independent is None else independent.retained_draws[TOTAL]

    def summarize() -> "RunSummary":
        return summarize_run(result, interval, risks=register_of_run(scenario, options))

    def summarize_budget() -> "BudgetPlan":
        without = simulate_without_risks(scenario, options)
        return budget_of_draws(result, interval, independent_total=independent_total, without_risks=without)

    if not full:
        budget = summarize_budget()
        return Study(scenario, result, interval, summarize(), budget)
    few_draws = options.with_(draws=min(options.draws, FEW_DRAWS))

    def analyse_draws() -> _Beside:
        return _Beside(
            run=summarize(),
            drivers=_attempt(lambda: _drivers(scenario, few_draws)),
            stress=_attempt(lambda: _stress(opened, options)),
            reverse=_attempt(lambda: _reverse(scenario, result, options)),
            joint=_attempt(lambda: _joint(scenario, result, interval)),
            cashflow=_attempt(lambda: _payments(scenario, few_draws)),
        )

    # Two halves that take about the same time; what assembles most variants is done in this process, which keeps them.
    with running_beside(analyse_draws) as analysed:
        budget = summarize_budget()
        step("levers")
        levers = _attempt(lambda: _levers(opened, few_draws))
        step("drivers")
        others = analysed()
    attempts: dict[str, _Attempt[Any]] = {
        "drivers": others.drivers, "stress": others.stress, "levers": levers, "reverse": others.reverse,
        "joint": others.joint, "cashflow": others.cashflow,
    }  # fmt: skip
    return Study(
        scenario,
        result,
        interval,
        others.run,
        budget,
        drivers=others.drivers.result,
        stress=others.stress.result,
        levers=levers.result,
        reverse=others.reverse.result,
        joint=others.joint.result,
        payments=others.cashflow.result,
        omissions={name: each.omission for name, each in attempts.items() if each.omission is not None},
    )


class _Attempt(NamedTuple, Generic[Part]):
    """The result of an analysis, or the reason why there is none."""

    result: Part | None
    omission: str | None = None


class _Beside(NamedTuple):
    """The analyses that are done beside the ranking of levers."""

    run: "RunSummary"
    drivers: "_Attempt[Sensitivity]"
    stress: "_Attempt[ShockTest]"
    reverse: "_Attempt[ReverseTest]"
    joint: "_Attempt[JointFigure]"
    cashflow: "_Attempt[Payments]"


def _attempt(analyse: Callable[[], Part | None]) -> _Attempt[Part]:
    """Return the result of an analysis, or why the scenario does not support it."""
    try:
        return _Attempt(analyse())
    except ValueError as error:
        return _Attempt(None, str(error))


def _drivers(scenario: Scenario, options: RunOptions) -> "Sensitivity":
    from simulator.analysis.sensitivity import rank_drivers

    # Sobol' indices are omitted: the first-order share and the swing suffice for a report.
    return rank_drivers(scenario, options, measures=("draws", "swing"))


def _stress(opened: OpenScenario, options: RunOptions) -> "ShockTest":
    from simulator.analysis.stress import apply_shocks

    return apply_shocks(opened.without_shocks(), options, remedies=False)


def _levers(opened: OpenScenario, options: RunOptions) -> "LeverRanking":
    from simulator.analysis.levers import rank_levers

    return rank_levers(opened, options, remedies=False)


def _reverse(scenario: Scenario, result: SimulationResult, options: RunOptions) -> "ReverseTest":
    """Compare the draws in which the total exceeds the budget, or the rounded P80 if there is no budget."""
    import numpy as np

    from simulator.analysis.stress import EarlierDraws, reverse

    limit = scenario.budget
    if limit is None:
        limit = float(f"{np.quantile(result.retained_draws[TOTAL], 0.8):.2e}")
    earlier = EarlierDraws(result.retained_draws, result.seed)
    return reverse(scenario, options, condition=f"{TOTAL} > {limit:.15g}", earlier=earlier)


def _joint(scenario: Scenario, result: SimulationResult, interval: float) -> "JointFigure | None":
    """Return the joint distribution of cost and date, where the draws of the date were retained and vary."""
    from simulator.analysis.joint import date_quantity
    from simulator.figures.kinds.joint import joint_of

    time = date_quantity(scenario)
    if time not in result.retained_draws or result.retained_draws[time].std() == 0:
        return None
    return joint_of(result, time, interval=interval)


class Payments(NamedTuple):
    """The payments by month: as a figure shows them, and in all their figures."""

    figure: "CashFlowFigure"
    flow: "CashFlow"


def _payments(scenario: Scenario, options: RunOptions) -> Payments:
    from simulator.analysis.cashflow import cash_flow_of_draws, simulate_cash_flow
    from simulator.figures.kinds.cashflow import cashflow_of

    draws = simulate_cash_flow(scenario, options)
    return Payments(cashflow_of(draws, options.interval), cash_flow_of_draws(draws, options.interval))


def messages(study: Study) -> tuple[str, ...]:
    """Return the notes and warnings of a run, without repetitions."""
    return tuple(dict.fromkeys(map(study.in_words, _sentences(study))))


def _sentences(study: Study) -> Iterable[str]:
    scenario = study.scenario
    yield from (
        f"{adjustment.kind} {to_words(adjustment.name)}: {adjustment.about}"
        for adjustment in scenario.adjustments
        if adjustment.about
    )
    yield from (f"warning: {warning}" for warning in study.run.warnings)
    yield from (note.text for note in assumption_notes(scenario, study.run.quantities))
    yield from (note.text for note in (*scenario.notes, *study.result.notes, *old_price_notes(scenario)))
    yield from (note.text for note in latency_notes(study.result) if note.text not in study.run.warnings)
    yield from (note.text for note in contract_notes(study.result))
    if study.drivers is not None:
        yield from (note.text for note in study.drivers.notes)
    for name, inputs in scenario.uncomputable_outcomes.items():
        yield f"{to_words(name)} is not computed: it needs {', '.join(inputs)}"
    if study.stress is not None and any(adjustment.kind == "shock" for adjustment in scenario.adjustments):
        yield "shocks of the command line apply to all results except the stress test, which applies each shock without them"
    for name, reason in study.omissions.items():
        yield f"{name} is omitted: {reason}"
