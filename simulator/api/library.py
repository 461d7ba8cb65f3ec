"""The contents of the library, and scenarios before they are simulated."""

import datetime
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from simulator.analysis.old_prices import OldPrices, list_old_prices
from simulator.api.arguments import ScenarioLike, scenario_of, whole_number
from simulator.api.sources import labels
from simulator.api.values import File, date_text, file_of, flag, names_of
from simulator.core.files import check_output_file, write_text_atomically
from simulator.core.suggestions import InvalidValueError
from simulator.core.today import current_date
from simulator.engine.scenario import Scenario
from simulator.scenario.catalogue import (
    AdjustmentItem,
    ChipItem,
    OldPriorItem,
    PriorItem,
    QuantityItem,
    RiskItem,
    ScenarioItem,
    list_library,
    select_older,
)
from simulator.scenario.descriptions import Descriptions
from simulator.scenario.inspection import Inspection, inspect
from simulator.scenario.json_schema import json_schema
from simulator.scenario.lookup import describe_input, describe_name
from simulator.scenario.overrides import open_mapping
from simulator.scenario.plain import MAPPING_LABEL, mapping_name
from simulator.scenario.price_dates import OLD_DAYS
from simulator.scenario.template import scenario_template
from simulator.scenario.token_catalogue import ListPriceItem, ModelItem

YAML_SUFFIXES = (".yaml", ".yml")


def list_scenarios() -> tuple[ScenarioItem, ...]:
    """Return the scenarios and presets of the library.

    Returns
    -------
    tuple of ScenarioItem
        With ``name``, ``title`` (empty for a preset that other scenarios extend), ``about`` and ``extends``.

    Examples
    --------
    >>> import llmcost
    >>> "gpt-4" in [scenario.name for scenario in llmcost.list_scenarios()]
    True

    """
    return list_library("scenarios").scenarios or ()


def list_priors() -> tuple[PriorItem, ...]:
    """Return the priors of the library.

    Returns
    -------
    tuple of PriorItem
        With ``name``, ``distribution``, ``unit``, ``date``, ``grade`` (A to D) and ``sources``.

    See Also
    --------
    list_old_priors : Those that are older than a number of days.

    Examples
    --------
    >>> import llmcost
    >>> [prior.name for prior in llmcost.list_priors() if prior.name == "mfu/dense-h100"]
    ['mfu/dense-h100']

    """
    return list_library("priors").priors or ()


def list_old_priors(days: int, on: datetime.date | str | None = None) -> tuple[OldPriorItem, ...]:
    """Return the priors that are older than a number of days, oldest first.

    Parameters
    ----------
    days : int
        Age in days.
    on : date, str or None
        The day at which the age counts, by default today.

    Returns
    -------
    tuple of OldPriorItem
        As in `list_priors`, with ``days_old``, which is None for a prior without a date; those come first.

    Raises
    ------
    InvalidValueError
        If an argument is invalid.

    Examples
    --------
    >>> import llmcost
    >>> old = llmcost.list_old_priors(365, on="2027-01-01")
    >>> all(prior.days_old is None or prior.days_old > 365 for prior in old)
    True

    """
    day = datetime.date.fromisoformat(date_text(on, "on") or current_date().isoformat())
    return select_older(list_priors(), whole_number(days, "days", 0, 100_000), day)


def old_prices(scenario: ScenarioLike, days: int = OLD_DAYS, on: datetime.date | str | None = None) -> OldPrices:
    """Return the prices of a scenario that are older than a number of days, with their effect on its total.

    Parameters
    ----------
    scenario : Scenario, str, path or mapping
        The scenario.
    days : int, default 180
        Age in days.
    on : date, str or None
        The day at which the age counts, by default today.

    Returns
    -------
    OldPrices
        With ``prices``, each with ``quantity``, ``row``, ``date``, ``days_old``, ``median`` and ``change_of_total``: the
        relative change of the total where the price is 10% higher, all other inputs at their medians.

    Raises
    ------
    InvalidInputError
        If the scenario is invalid.
    InvalidValueError
        If an argument is invalid.

    Examples
    --------
    >>> import llmcost
    >>> old = llmcost.old_prices("gpt-4", on="2026-11-21")
    >>> [(price.quantity, price.date) for price in old.prices][:2]
    [('chip_price', '2024-12'), ('team.salary', '2024')]

    """
    day = datetime.date.fromisoformat(date_text(on, "on") or current_date().isoformat())
    return list_old_prices(scenario_of(scenario), whole_number(days, "days", 0, 100_000), day)


def list_chips() -> tuple[ChipItem, ...]:
    """Return the chips of the library.

    Returns
    -------
    tuple of ChipItem
        With ``name``, ``about``, ``released``, ``aliases`` and the quantities that the chip ``brings``.

    Examples
    --------
    >>> import llmcost
    >>> "nvidia-h100-sxm" in [chip.name for chip in llmcost.list_chips()]
    True

    """
    return list_library("chips").chips or ()


def list_models() -> tuple[ModelItem, ...]:
    """Return the language models whose architecture the library has: what `served_model` can name.

    Returns
    -------
    tuple of ModelItem
        With ``name``, ``about``, ``released``, parameters, ``max_context``, ``grade``, ``aliases`` and ``sources``.

    Examples
    --------
    >>> import llmcost
    >>> "deepseek-v3" in [model.name for model in llmcost.list_models()]
    True

    """
    return list_library("models").models or ()


def list_api_prices() -> tuple[ListPriceItem, ...]:
    """Return the list prices of interfaces that are in force: what `api_model` can name.

    Returns
    -------
    tuple of ListPriceItem
        With ``name``, ``provider``, ``since``, prices in USD for a million tokens, ``tier`` and ``about``.

    Examples
    --------
    >>> import llmcost
    >>> {price.name: price.output_price for price in llmcost.list_api_prices()}["gpt-5"]
    10.0

    """
    return list_library("prices").prices or ()


def list_levers() -> tuple[AdjustmentItem, ...]:
    """Return the levers of the library.

    Returns
    -------
    tuple of AdjustmentItem
        With ``name``, ``about``, the quantities that it ``affects``, ``grade`` and ``sources``.

    Examples
    --------
    >>> import llmcost
    >>> "spot-instances" in [lever.name for lever in llmcost.list_levers()]
    True

    """
    return list_library("levers").levers or ()


def list_shocks() -> tuple[AdjustmentItem, ...]:
    """Return the shocks of the library.

    Returns
    -------
    tuple of AdjustmentItem
        With ``name``, ``about``, the quantities that it ``affects``, ``grade`` and ``sources``.

    Examples
    --------
    >>> import llmcost
    >>> "chip-price-double" in [shock.name for shock in llmcost.list_shocks()]
    True

    """
    return list_library("shocks").shocks or ()


def list_risks() -> tuple[RiskItem, ...]:
    """Return the risks of the library, which a scenario names in its register.

    Returns
    -------
    tuple of RiskItem
        With ``name``, ``about``, ``probability``, ``quantities``, ``grade`` and ``mitigation``.

    See Also
    --------
    risks : The risk register of a scenario.

    Examples
    --------
    >>> import llmcost
    >>> "failed-run" in [risk.name for risk in llmcost.list_risks()]
    True

    """
    return list_library("risks").risks or ()


def list_quantities() -> tuple[QuantityItem, ...]:
    """Return the quantities of the model, those that it computes and its inputs.

    Returns
    -------
    tuple of QuantityItem
        With ``name``, ``unit`` (``1`` for a quantity without unit), ``about``, what its formula ``needs``, and whether it
        ``is_input``.

    Examples
    --------
    >>> import llmcost
    >>> next(each.unit for each in llmcost.list_quantities() if each.name == "chip_hours")
    'chip*hour'
    >>> next(each.about for each in llmcost.list_quantities() if each.name == "experiments_factor")
    'Chip-hours of the experiments and the final run over those of the final run alone.'

    """
    return list_library("quantities").quantities or ()


def show(name: str, source: ScenarioLike | None = None) -> Descriptions:
    """Describe a name of the library or the model, with its sources.

    Parameters
    ----------
    name : str
        A quantity (``mfu``), a prior (``mfu/all-runs``), a chip, a lever, a shock, a risk or a scenario.
    source : str, path, mapping, OpenScenario, Scenario or None
        Describe an input as specified in this scenario, or a quantity as computed there.

    Returns
    -------
    Descriptions
        ``entries``, one for each thing of that name.

    Raises
    ------
    UnknownNameError
        If nothing has that name, or nothing that takes part in the scenario.
    InvalidInputError
        With all issues of the scenario.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.show("mfu").entries[0].kind
    'quantity'
    >>> llmcost.show("chip_price", "gpt-4").entries[0].role
    'prior'
    >>> llmcost.show("rental_price", "gpt-4:basis=rented").entries[0].needs
    ('on_demand_price',)

    """
    (text,) = names_of(name if isinstance(name, str) else [name], "name")
    if source is None:
        return describe_name(text)
    return describe_input(text, scenario_of(source), labels([source], None)[0])


def check(*sources: ScenarioLike) -> Inspection:
    """Validate scenarios without simulating them; their issues are part of the result.

    Parameters
    ----------
    *sources : str, path, mapping, OpenScenario or Scenario
        The scenarios.

    Returns
    -------
    Inspection
        ``scenarios`` with their inputs, choices, lines and warnings, and all ``issues``.

    Raises
    ------
    InvalidValueError
        For an argument that is no scenario in any form.

    Examples
    --------
    >>> import llmcost
    >>> inspection = llmcost.check("gpt-4", {"extends": "gpt-4", "mfu": 1.7})
    >>> len(inspection.scenarios), inspection.issues[0].key
    (1, 'mfu')

    """
    is_alone = len(sources) == 1
    return inspect(
        _reader(source, MAPPING_LABEL if is_alone else f"<dict {place}>") for place, source in enumerate(sources, start=1)
    )


def _reader(source: ScenarioLike, label: str) -> tuple[str, Callable[[], Scenario]]:
    """Return the name of a scenario, and the function that reads it; a mapping without a title has the label as name."""
    if isinstance(source, Mapping):
        return mapping_name(source, label), lambda: open_mapping(source, label).scenario
    return labels([source], None)[0], partial(scenario_of, source)


def new(path: File | None = None, *, overwrite: bool = False) -> str:
    """Return a commented scenario to start from, complete enough to run, and write it to a file.

    Parameters
    ----------
    path : path or None
        File that ends in ``.yaml`` or ``.yml``; without it, nothing is written.
    overwrite : bool, default False
        Whether an existing file is replaced.

    Returns
    -------
    str
        The text of the file.

    Raises
    ------
    InvalidValueError
        If the file exists, has another suffix, or cannot be written.

    Examples
    --------
    >>> import llmcost
    >>> print(llmcost.new().splitlines()[1])
    title: Our 70B run

    """
    if path is None:
        return scenario_template("FILE.yaml")
    file = file_of(path, "path")
    check_output_file(file, YAML_SUFFIXES)
    if file.exists() and not flag(overwrite, "overwrite"):
        raise InvalidValueError(f"{file} already exists; overwrite=True replaces it")
    text = scenario_template(str(file))
    write_text_atomically(file, text)
    return text


def scenario_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of scenario files, for completion and validation in editors.

    Returns
    -------
    dict
        Plain data for `json.dumps`.

    Examples
    --------
    >>> import llmcost
    >>> llmcost.scenario_schema()["$schema"]
    'https://json-schema.org/draft/2020-12/schema'

    """
    return json_schema()
