"""Reading of a run whose JSON was saved, as typed data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.core.results import SCHEMA, Plain
from simulator.core.suggestions import InvalidValueError
from simulator.engine.summaries import StandardErrors, SummaryStatistics
from simulator.scenario import TOTAL

UNREADABLE = "is no result of `llmcost run --format json` that this version can read"


@dataclass(frozen=True, slots=True)
class SavedQuantity(SummaryStatistics):
    """Statistics of a quantity of an earlier run, in its unit, and the specification if it was an input.

    Attributes
    ----------
    mean, sd, median, low, high, quantiles, mcse
        As in `SummaryStatistics`: mean, sd and the error of the mean are None where a tail was too heavy for them.
    specification : str or None

    """

    specification: str | None


@dataclass(frozen=True, slots=True)
class SavedRun:
    """An earlier run.

    Attributes
    ----------
    title, scope, money : str
    draws, seed : int
    interval : float
        Level of its central intervals, percent.
    method : str
    version : str or None
        Version of the tool that wrote it.
    quantities : dict of str to SavedQuantity

    """

    title: str
    scope: str
    money: str
    draws: int
    seed: int
    interval: float
    method: str
    version: str | None
    quantities: Mapping[str, SavedQuantity]

    @property
    def total(self) -> SavedQuantity:
        """The total cost, USD."""
        return self.quantities[TOTAL]


def read_saved_run(data: Plain) -> SavedRun:
    """Return an earlier run from its JSON; raise `InvalidValueError` where it is none that this version wrote."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InvalidValueError(UNREADABLE)
    content: dict[str, Any] = data
    try:
        run = SavedRun(
            title=_text(content["title"]),
            scope=_text(content["scope"]),
            money=_text(content["money"]),
            draws=_whole(content["draws"]),
            seed=_whole(content["seed"]),
            interval=_number(content["interval"]),
            method=_text(content["method"]),
            version=_text_or_none(content.get("version")),
            quantities={name: _quantity(quantity) for name, quantity in content["quantities"].items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        raise InvalidValueError(UNREADABLE) from None
    if TOTAL not in run.quantities:
        raise InvalidValueError(UNREADABLE)
    return run


def _quantity(data: Any) -> SavedQuantity:
    errors = data["mcse"]
    quantiles = {name: _number(value) for name, value in data["quantiles"].items()}
    if "80" not in quantiles:
        raise KeyError("80")
    return SavedQuantity(
        mean=_number_or_none(data["mean"]),
        sd=_number_or_none(data["sd"]),
        median=_number(data["median"]),
        low=_number(data["low"]),
        high=_number(data["high"]),
        quantiles=quantiles,
        mcse=StandardErrors(
            mean=_number_or_none(errors["mean"]),
            median=_number(errors["median"]),
            low=_number(errors["low"]),
            high=_number(errors["high"]),
        ),
        specification=_text_or_none(data.get("specification")),
    )


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no finite number")
    return float(value)


def _number_or_none(value: Any) -> float | None:
    return None if value is None else _number(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("no whole number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)
