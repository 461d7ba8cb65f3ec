"""Scenarios: read once and varied, or read as a whole."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from simulator.api.arguments import ScenarioLike, opened
from simulator.engine.scenario import Scenario
from simulator.scenario.arguments import Pair, Sets
from simulator.scenario.overrides import OpenScenario


def open_scenario(
    source: ScenarioLike,
    *,
    sets: Sets | None = None,
    levers: str | Iterable[str] = (),
    shocks: str | Iterable[str] = (),
    basis: str | None = None,
    budget: str | float | None = None,
    correlations: Mapping[Pair, float] | None = None,
    formulas: Callable[..., Any] | Iterable[Callable[..., Any]] = (),
    money: str | None = None,
    rates: Mapping[str, float] | None = None,
) -> OpenScenario:
    """Open a scenario: its files are read and validated once, and it can be varied cheaply with `with_`.

    Parameters
    ----------
    source : str, path-like or mapping
        A built-in name (`llmcost list`), which may be followed by changes, as in `gpt-4:basis=rented`; the path of a scenario
        file; `-` for standard input; or a mapping with the keys of a scenario file, whose values are text in the grammar of a
        file, numbers, lists, nested mappings, priors, or arrays of observed values.
    sets : mapping or iterable of str, optional
        Values by name, as in a mapping, or texts `NAME=VALUE`. A quantity of an item has its name: `team.salary`.
    levers, shocks : str or iterable of str, optional
        Names of the library (`llmcost list levers`, `llmcost list shocks`).
    basis : {"owned", "purchased", "rented"}, optional
        How the chips are paid for.
    budget : float or str, optional
        The budget: a number in the money of the outputs, or a text with its currency, such as `"10e6 EUR"`.
    correlations : mapping of (str, str) to float, optional
        Spearman rank correlations of priors, -1 to 1.
    formulas : callable or iterable of callable, optional
        Functions named for the quantity that they compute, with the units of all values as annotations (`llmcost.units`). They
        are added to the formulas of the model, or replace those of the same name.
    money : str, optional
        Money of all outputs: a currency with the year or month of its prices, such as `"2026 EUR"`. By default amounts remain
        in the money of the scenario's prices. Price levels are those of the library, or of `price_index` in the scenario.
    rates : mapping of str to float, optional
        Exchange rates: units of a currency for one USD, such as `{"EUR": 0.86}`.

    Returns
    -------
    OpenScenario
        `scenario` is the scenario as a run needs it, `with_` returns a variant.

    Raises
    ------
    InvalidInputError
        If a file cannot be read, or a value is none. What concerns the scenario as a whole is raised by `scenario`.
    UnsupportedError
        If `source` is a `Scenario`, which has no files.

    See Also
    --------
    read : The same, as a `Scenario`.

    Examples
    --------
    >>> import llmcost
    >>> opened = llmcost.open_scenario({"extends": "gpt-4", "chip_price": llmcost.between(10_000, 16_000), "title": "Ours"})
    >>> opened.scenario.title
    'Ours'
    >>> opened.with_(sets={"team.people": 120}).scenario.inputs["team.people"].specification
    '120'
    >>> llmcost.open_scenario("gpt-4", money="2025 EUR", rates={"EUR": 0.89}).scenario.unit("chip_price")
    'EUR/chip'

    """
    return opened(source).with_(
        sets=sets, levers=levers, shocks=shocks, basis=basis, budget=budget, correlations=correlations, formulas=formulas,
        money=money, rates=rates,
    )  # fmt: skip


def read(
    source: ScenarioLike,
    *,
    sets: Sets | None = None,
    levers: str | Iterable[str] = (),
    shocks: str | Iterable[str] = (),
    basis: str | None = None,
    budget: str | float | None = None,
    correlations: Mapping[Pair, float] | None = None,
    formulas: Callable[..., Any] | Iterable[Callable[..., Any]] = (),
    money: str | None = None,
    rates: Mapping[str, float] | None = None,
) -> Scenario:
    """Read a scenario and validate it as a whole.

    Parameters
    ----------
    source, sets, levers, shocks, basis, budget, correlations, formulas, money, rates
        As in `open_scenario`.

    Returns
    -------
    Scenario
        Inputs, lines, formulas and notes. It can be run but not varied; `open_scenario` returns one that can.

    Raises
    ------
    InvalidInputError
        If anything about the scenario is invalid, with all issues: where each is, what is wrong, and a remedy that works.
    UnsupportedError
        If `source` is a `Scenario` already.

    See Also
    --------
    open_scenario : A scenario that can be varied.

    Examples
    --------
    >>> import llmcost
    >>> scenario = llmcost.read("gpt-4", sets={"chips": 20_000}, basis="rented")
    >>> scenario.choices["basis"], scenario.inputs["chips"].specification
    ('rented', '20000')

    """
    changed = opened(source).with_(
        sets=sets, levers=levers, shocks=shocks, basis=basis, budget=budget, correlations=correlations, formulas=formulas,
        money=money, rates=rates,
    )  # fmt: skip
    return changed.scenario
