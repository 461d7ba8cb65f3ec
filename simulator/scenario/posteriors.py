"""Posteriors as a run reads them: tables of joint draws of effects, put together for the scenario at hand with numpy alone.

A table has one row a joint draw and one column an effect on the scale of the logarithm: `level`, `generation/hopper`, ... A
quantity is the exponential of the sum of those effects that the scenario has. All quantities of one table share its stream, so
they take the same row and stay joint. Tables are made by `llmcost calibrate`; lines that begin with `#` say what they rest on.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.core.suggestions import InvalidValueError, renamed
from simulator.distributions import Empirical, Posterior
from simulator.engine.inputs import Source
from simulator.scenario import library

PREFIX = "posterior/"
FOLDER = "posteriors"
MOST_BYTES = 20_000_000
NEW = "new"
"""A member of a group that the evidence does not have: a chip of a generation without published runs."""

UTILISATION_YEARS, RENTAL_YEARS = (2020, 2027), (2017, 2028)
"""Between these the level may move from year to year; before and after it stays."""
TYPICAL_PARAMETERS, TYPICAL_PEAK = 1e10, 1e15
"""Active parameters, and FLOP per second, at which the effects of size and speed are nothing."""

GIVES = {
    "utilisation": ("mfu", "goodput"),
    "power": ("power_share",),
    "discrepancy": ("relative_error",),
    "rental": ("on_demand_price", "one_year_price", "three_year_price"),
}
"""The quantities that each model gives."""
_MOST = {"utilisation": 1.0, "power": 1.1}
"""What no run can reach: the peak of its chips; a tenth more than the power that they are rated for."""
_CHANNELS = {"on_demand_price": "on-demand", "one_year_price": "one-year", "three_year_price": "three-year"}


@dataclass(frozen=True, slots=True)
class Covariates:
    """What the effects of a posterior depend on, as far as a scenario says it."""

    chip: str = ""
    generation: str = NEW
    mixture: bool = False
    active_parameters: float | None = None
    peak: float | None = None
    """FLOP per second and chip."""
    year: float | None = None
    """When the run takes place, or the prices hold; the latest year of the evidence unless it is said."""


@dataclass(frozen=True)
class Table:
    """A posterior as it lies in a file."""

    name: str
    model: str
    about: str
    date: str
    grade: str
    sources: tuple[Source, ...]
    columns: Mapping[str, NDArray[np.float64]]


def walk(date: float, first: int, last: int) -> dict[str, float]:
    """Return the terms of a level that walks from year to year: how much of each step lies behind a date."""
    return {f"walk/{year}": min(date - year, 1.0) for year in range(first, last) if date > year}


def utilisation_terms(given: Covariates, year: float) -> dict[str, float]:
    """Return the terms of MFU that runs of one kind share; what is not known of the size is taken as typical."""
    size = math.log10(given.active_parameters / TYPICAL_PARAMETERS) if given.active_parameters else 0.0
    found = {"level": 1.0, "size": size, f"generation/{given.generation}": 1.0, **walk(year, *UTILISATION_YEARS)}
    return {**found, "mixture": 1.0} if given.mixture else found


def power_terms(given: Covariates) -> dict[str, float]:
    """Return the terms of power over rated power; TPUs are rated far above what they draw."""
    kind = "tpu" if given.generation == "tpu" else "gpu"
    return {"level": 1.0, f"kind/{kind}": 1.0, f"generation/{given.generation}": 1.0}


def rental_terms(given: Covariates, channel: str, seller: str, year: float) -> dict[str, float]:
    """Return the terms of the price of a chip-hour, its vendor aside."""
    speed = math.log10(given.peak / TYPICAL_PEAK) if given.peak else 0.0
    named = {f"channel/{channel}": 1.0, f"seller/{seller}": 1.0, f"chip/{given.chip}": 1.0}
    return {"level": 1.0, "speed": speed, **named, **walk(year, *RENTAL_YEARS)}


def is_posterior(name: str | None) -> bool:
    """Whether `from: NAME` leads to a table of joint draws, the library's or one beside the file."""
    return name is not None and (name.startswith(PREFIX) or name.endswith(".csv"))


def names() -> list[str]:
    """Return the posteriors of the library as scenarios name them."""
    found = []
    for path in sorted((library.folder() / FOLDER).glob("*.csv")):
        name = PREFIX + path.stem
        found += [f"{name}-large", f"{name}-specialised"] if path.stem == "rental" else [name]
    return found


def distribution(quantity: str, name: str, given: Covariates, home: Path | None = None) -> Posterior | Empirical:
    """Return the draws of a quantity from a posterior, for a scenario of these covariates; raise ValueError.

    Joint draws stand in the order of the product of their quantities, so that a larger z is more of it. A posterior of one
    quantity has nothing to stay joint with, and is a distribution like any other. Draws in which a share is not possible (an
    MFU above the peak) are left out, of all quantities of the table alike.
    """
    found = table(name, home)
    known = GIVES[found.model]
    if quantity not in known:
        raise ValueError(f"{name} gives {', '.join(known)} and no {quantity}")
    year = given.year if given.year is not None else float(found.date[:4]) + 0.5
    seller = name.removesuffix(".csv").rpartition("-")[2]
    if found.model == "rental" and seller not in ("large", "specialised"):
        whose = renamed(name, (f"{PREFIX}rental-large", f"{PREFIX}rental-specialised"))
        raise InvalidValueError(f"{name} does not say whose price", *whose)
    draws = {each: np.exp(_sum(found, each, given, year, seller)) for each in known}
    possible = np.ones(len(draws[quantity]), dtype=bool)
    if found.model in _MOST:
        for each in known:
            possible &= draws[each] < _MOST[found.model]
    if not possible.any():
        raise ValueError(f"{name} has no draw that is possible here")
    if len(known) == 1:
        return Empirical(tuple(draws[quantity][possible].tolist()))
    order = np.argsort(np.prod([each[possible] for each in draws.values()], axis=0), kind="stable")
    return Posterior(tuple(draws[quantity][possible][order].tolist()), stream(quantity, name, home))


def stream(quantity: str, name: str, home: Path | None = None) -> str:
    """Return the stream of random numbers of a quantity: its own, or that which all quantities of a posterior share."""
    if len(GIVES[table(name, home).model]) == 1:
        return quantity
    return name if name.startswith(PREFIX) else PREFIX + name


def _sum(found: Table, quantity: str, given: Covariates, year: float, seller: str) -> NDArray[np.float64]:
    if found.model == "utilisation":
        terms = {"goodput": 1.0} if quantity == "goodput" else {**utilisation_terms(given, year), "own": 1.0}
    elif found.model == "power":
        terms = {**power_terms(given), "own": 1.0}
    elif found.model == "rental":
        terms = {**rental_terms(given, _CHANNELS[quantity], seller, year), "own": 1.0}
    else:
        terms = {"level": 1.0, "own": 1.0}
    total = np.zeros(len(next(iter(found.columns.values()))))
    for term, value in terms.items():
        column = found.columns.get(term)
        if column is None:
            column = found.columns.get(f"{term.partition('/')[0]}/{NEW}")
        if column is not None:
            total = total + value * column
    return total


def table(name: str, home: Path | None = None) -> Table:
    """Return a posterior by its name in a scenario; raise ValueError with what there is."""
    if name.startswith(PREFIX):
        stem = name.removeprefix(PREFIX)
        path = library.folder() / FOLDER / f"{stem.removesuffix('-large').removesuffix('-specialised')}.csv"
        if name not in names():
            raise ValueError(f"there is no {name!r}; there are {', '.join(names())}")
        return _read(path, name)
    if home is None or Path(name).name != name or not (home / name).resolve().is_relative_to(home.resolve()):
        raise ValueError(f"{name!r} must be a file beside the scenario that names it")
    return _read(home / name, name)


@lru_cache(maxsize=32)
def _read(path: Path, name: str) -> Table:
    """Read a table; raise ValueError where it is none of ours."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise ValueError(f"{name} is no file")
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"there is no file {name!r} beside the scenario") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from None
    lines = text.splitlines()
    said = [line[1:].strip().partition(":") for line in lines if line.startswith("#")]
    head = {key.strip(): value.strip() for key, _, value in said if key.strip() != "source"}
    sources = tuple(Source(value.strip()) for key, _, value in said if key.strip() == "source")
    body = [line for line in lines if not line.startswith("#")]
    if head.get("model") not in GIVES or len(body) < 2 or not head.get("date", "")[:4].isdigit():
        raise ValueError(f"{name} is no posterior; `llmcost calibrate -o {name}` writes one")
    columns = body[0].split(",")
    try:
        values = np.array([[float(cell) for cell in line.split(",")] for line in body[1:]])
    except ValueError:
        raise ValueError(f"{name} holds what is no number; write it anew with `llmcost calibrate`") from None
    if values.shape != (len(body) - 1, len(columns)) or not np.isfinite(values).all():
        raise ValueError(f"{name} is damaged: rows of another length, or values that are not finite")
    grade = head.get("grade", "B")
    return Table(
        name, head["model"], head.get("about", ""), head["date"], grade, sources, dict(zip(columns, values.T, strict=True))
    )
