"""Plans of the page: each combination of choices as compiled steps over columns, with a switch for each shock and lever."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from simulator import model
from simulator.core.errors import Issue
from simulator.core.units import Unit, Value
from simulator.distributions import Constant
from simulator.engine.adjustments import Adjustment, apply_adjustments, switch_of, unwrap
from simulator.engine.blocks import BlockSimulator
from simulator.engine.compile.expressions import Expression, Quantity, evaluate, quantities_of, substitute
from simulator.engine.compile.javascript import javascript_kernel
from simulator.engine.compile.program import Program, compile_plan
from simulator.engine.graph import Formula, Graph, build_plan
from simulator.engine.inputs import Input
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.explorer.columns import Columns
from simulator.report.explorer.kept import quantity_of
from simulator.report.explorer.options import Choices, Options, Toggle, with_choices
from simulator.report.explorer.orders import OwnPriors, find_own_priors, variates_of
from simulator.scenario import OpenScenario
from simulator.scenario.assemble.precision import SPEEDUP

ADOPTION_COST = "adoption_cost"
_SUMS = {"adoption_effort": "effort", "adoption_delay": "delay"}
"""Quantities that depend on all levers in force, and what of each lever they depend on."""


def sum_of_active(*values_and_switches: Value) -> Any:
    """Sum over the levers that are switched on; the values come first, then their switches."""
    count = len(values_and_switches) // 2
    total: Any = 0.0
    for value, is_on in zip(values_and_switches[:count], values_and_switches[count:], strict=True):
        total = total + np.where(is_on, value, 0.0)
    return total


def longest_of_active(*values_and_switches: Value) -> Any:
    """Longest delay of the levers that are switched on; the delays come first, then their switches."""
    count = len(values_and_switches) // 2
    longest: Any = 0.0
    for value, is_on in zip(values_and_switches[:count], values_and_switches[count:], strict=True):
        longest = np.maximum(longest, np.where(is_on, value, 0.0))
    return longest


@dataclass
class Pool:
    """What the plans of a page have in common: kernels, names, steps and columns, each stored once, and the number of draws."""

    draws: int
    columns: Columns = field(default_factory=Columns)
    kernels: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    steps: dict[tuple[int, ...], int] = field(default_factory=dict)

    def name(self, text: str) -> int:
        """Return the number of a quantity."""
        return self.names.setdefault(text, len(self.names))

    def step(self, name: str, expression: Expression) -> int:
        """Return the number of a step."""
        source, needs = javascript_kernel(expression)
        kernel = self.kernels.setdefault(source, len(self.kernels))
        step = (self.name(name), kernel, *map(self.name, needs))
        return self.steps.setdefault(step, len(self.steps))


@dataclass(frozen=True)
class CompiledPlan:
    """A combination of choices as the page computes it.

    Attributes
    ----------
    scenario : Scenario
        With a switch for each adjustment.
    program : Program
    columns : dict of str to int
        Column of each uncertain input.
    orders : dict of str to int
        Column of the ranks in which a driver has its draws where it is shifted or widened, if they are not its own.
    constants : dict of str to float
        Known numbers that a step reads, and computed ones that depend on no uncertain input.
    steps : tuple of int
    results : dict of str to str
        Total and lines, each with the quantity that holds its value.
    levels : dict of str to (str, float)
        Changes by shocks to a quantile of a prior, each with the quantity of the prior and the level of the quantile.
    speedup : str
        The speed-up by the precision, if it is computed: 1 where the reader states a utilisation, as that holds its precision.
    unavailable : dict of str to str
        Shocks and levers by full name that cannot be switched on here, with the reason.

    """

    scenario: Scenario
    program: Program
    columns: Mapping[str, int]
    orders: Mapping[str, int]
    constants: Mapping[str, float]
    steps: tuple[int, ...]
    results: Mapping[str, str]
    levels: Mapping[str, tuple[str, float]]
    speedup: str
    unavailable: Mapping[str, str]


class Prepared(NamedTuple):
    """A combination of choices with its switches and its program, which do not depend on the draws of the page."""

    scenario: Scenario
    program: Program
    unavailable: Mapping[str, str]
    own: OwnPriors


def prepare_variant(opened: OpenScenario, options: Options, choices: Choices, drivers: Collection[str] = ()) -> Prepared:
    """Assemble and compile a combination of choices; `drivers` are the inputs that can be shifted and widened."""
    scenario = options.variants[choices]
    available = {
        toggle.adjustment.full_name: reason for toggle in options.toggles if (reason := _refusal(options, choices, toggle))
    }
    possible = [toggle for toggle in options.toggles if toggle.adjustment.full_name not in available]
    offered = [_with_levels(with_choices(opened, choices), toggle) for toggle in possible]
    switched, adopted = with_switches(with_choices(opened, choices), scenario, offered)
    program = compile_plan(switched.plan, [TOTAL, *switched.lines])
    for toggle in offered:
        full_name = toggle.adjustment.full_name
        if switch_of(toggle.adjustment) not in switched.plan.inputs:
            available[full_name] = "has no effect with these choices"
        elif not adopted and (toggle.adjustment.effort or toggle.adjustment.delay):
            available[full_name] = "the cost of its adoption cannot be computed with these choices"
        elif switch_of(toggle.adjustment) in program.behind:
            available[full_name] = options.kept.dependence("what it changes")
    own = find_own_priors(with_choices(opened, choices), scenario, drivers)
    return Prepared(switched, program, available, own)


def _with_levels(opened: OpenScenario, toggle: Toggle) -> Toggle:
    """Return a toggle whose changes to a quantile of a prior are those of the prior of a scenario."""
    adjustment = toggle.adjustment
    if all(effect.level is None for effect in adjustment.effects):
        return toggle
    found = opened.with_(**{f"{adjustment.kind}s": [adjustment.name]}).try_scenario()  # type: ignore[arg-type]
    return toggle if isinstance(found, Issue) else replace(toggle, adjustment=_own(found, adjustment))


def _refusal(options: Options, choices: Choices, toggle: Toggle) -> str:
    """Return why a toggle cannot be on with some choices, or an empty text."""
    chosen = dict(choices)
    for key, option in toggle.selects.items():
        if chosen.get(key) != option:
            return f"selects {key} {option}"
    return next((reason for pair, reason in toggle.refusals.items() if pair in choices), "")


def with_switches(opened: OpenScenario, scenario: Scenario, toggles: Sequence[Toggle]) -> tuple[Scenario, bool]:
    """Return a scenario with a switch for each toggle, and whether it has the cost of adopting levers."""
    carrier, has_adoption = scenario, ADOPTION_COST in scenario.lines
    graph, inputs = scenario.graph, dict(scenario.inputs)
    for toggle in toggles:
        adjustment = toggle.adjustment
        if toggle.selects or adjustment.effort is None or adjustment.delay is None or adjustment.kind != "lever":
            continue
        found = opened.with_(levers=[adjustment.name]).try_scenario()
        if not isinstance(found, Issue) and ADOPTION_COST in found.lines:
            carrier, has_adoption = found, True
            graph, inputs = unwrap(found.graph, found.inputs, _own(found, adjustment))
            graph = _without(graph, f"lever/{adjustment.name}.")
            break
    # Levers before shocks, as a scenario that names both applies them.
    adjustments = sorted((toggle.adjustment for toggle in toggles), key=lambda adjustment: adjustment.kind)
    graph, inputs = apply_adjustments(graph, inputs, adjustments, with_switches=True)
    if has_adoption:
        graph = _with_adoption(graph, inputs, adjustments)
    plan = build_plan(graph, inputs, [TOTAL, *carrier.lines])
    switched = replace(
        carrier,
        inputs=inputs,  # those that no formula reads too, because they may be correlated with others
        graph=graph,
        plan=plan,
        adjustments=(*scenario.adjustments, *adjustments),
        outcomes=(),
    )
    return switched, has_adoption


def _own(scenario: Scenario, adjustment: Adjustment) -> Adjustment:
    return next(each for each in scenario.adjustments if each.full_name == adjustment.full_name)


def _without(graph: Graph, prefix: str) -> Graph:
    """Return a graph in which the sums over levers do not read the quantities of one lever."""
    formulas = dict(graph.formulas)
    for name in _SUMS:
        if name in formulas:
            needs = tuple(need for need in formulas[name].needs if not need.startswith(prefix))
            formulas[name] = replace(formulas[name], needs=needs)
    return Graph(formulas, graph.units)


def _with_adoption(graph: Graph, inputs: dict[str, Input], adjustments: Iterable[Adjustment]) -> Graph:
    """Return a graph whose sums over levers have those that are switched on, besides those of the scenario."""
    formulas = []
    for name, key in _SUMS.items():
        parts: list[str] = []
        switches: list[str] = []
        for own in graph.formulas[name].needs:  # of the levers of the scenario, which are always on
            parts.append(own)
            switches.append(f"{own}.always")
            inputs[switches[-1]] = Input(switches[-1], Constant(1.0), Unit("1"), stream=switches[-1])
        for adjustment in adjustments:
            value: Input | None = getattr(adjustment, key)
            if value is not None:
                part = f"{adjustment.full_name}.{key}"
                inputs[part] = replace(value, name=part, stream=part)
                parts.append(part)
                switches.append(switch_of(adjustment))
        function = sum_of_active if key == "effort" else longest_of_active
        formulas.append(Formula(name, function if parts else model.nothing, (*parts, *switches), graph.formulas[name].unit))
    return graph.with_formulas(formulas)


def plan_of(prepared: Prepared, pool: Pool, seed: int) -> CompiledPlan:
    """Return the plan of a combination of choices, with its columns and steps in the pool."""
    scenario, program, unavailable, own = prepared
    results = [TOTAL, *scenario.lines]
    simulator = BlockSimulator(scenario, pool.draws, seed, "sobol", (), None, ())
    values = simulator.simulate_block(0)
    switches = {switch_of(each) for each in scenario.adjustments}
    constants: dict[str, float] = {}
    columns: dict[str, int] = {}
    for name in program.inputs:
        if name in switches:
            continue
        if np.ndim(values[name]) == 0:
            constants[name] = float(values[name])
        else:
            columns[name] = pool.columns.add(np.asarray(values[name], dtype=np.float64))
    used = set(map(quantity_of, columns))
    aliases: dict[str, Expression] = {}
    steps: list[int] = []
    # Levers that change the speed-up apply to that of a stated utilisation too, so it is the innermost.
    speedup = next((step.name for step in program.steps if quantity_of(step.name) == SPEEDUP), "")
    for step in program.steps:
        expression = substitute(step.expression, aliases)
        needs = quantities_of(expression)
        if isinstance(expression, Quantity) and step.name != speedup:
            aliases[step.name] = expression
        elif all(need in constants for need in needs):
            constants[step.name] = float(evaluate(expression, constants))
        else:
            steps.append(pool.step(step.name, expression))
    return CompiledPlan(
        scenario=scenario,
        program=program,
        columns=columns,
        orders={name: pool.columns.add_ranks(each) for name, each in variates_of(own, simulator, values) if name in used},
        constants=constants,
        steps=tuple(steps),
        results={name: _alias(name, aliases) for name in results},
        levels={
            adjustment.name_of(effect): (effect.quantity, effect.level)
            for adjustment in scenario.adjustments
            for effect in adjustment.effects
            if effect.level is not None and adjustment.name_of(effect) in constants
        },
        speedup="" if speedup in constants else speedup,
        unavailable=unavailable,
    )


def _alias(name: str, aliases: Mapping[str, Expression]) -> str:
    expression = aliases.get(name)
    return expression.name if isinstance(expression, Quantity) else name
