"""Posteriors: tables of joint draws of effects, combined for a scenario with numpy only.

A table has one row per joint draw and one column per effect on the logarithmic scale: `level`, `generation/hopper`, ... A
quantity is the exponential of the sum of the effects that apply to the scenario. All quantities of a table share its stream,
so each draw uses one row for all of them. `llmcost calibrate` writes the tables; lines that begin with `#` hold the metadata.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.core.suggestions import InvalidValueError, rename_remedies
from simulator.distributions import Empirical, Posterior
from simulator.engine.inputs import Source
from simulator.model.serving.quantities import quantities_of
from simulator.model.serving.settings import Efficiency
from simulator.scenario import library

Draws = NDArray[np.float64]
PREFIX = "posterior/"
FOLDER = "posteriors"
MOST_BYTES = 20_000_000
SECONDS_PER_HOUR = 3600.0
NEW = "new"
"""A level that is not in the evidence, such as a chip generation without published runs."""

RENTAL_YEARS = (2017, 2028)
"""Years between which the level of prices may change; it is constant before and after."""
TYPICAL_PEAKS = {"utilisation": 3.12e14, "rental": 1e15}
"""FLOP per second and chip at which the effect of speed is zero: an A100, and about an H100."""
GENERATIONS = ("ampere", "hopper", "blackwell", "rubin")
"""Generations of which each has the effects of those before it and a step of its own; the first is the level."""

SERVING = "serving"
QUANTITIES_BY_MODEL = {
    "utilisation": ("mfu", "goodput"),
    "power": ("power_share",),
    "discrepancy": ("relative_error",),
    "rental": ("on_demand_price", "one_year_price", "three_year_price"),
    SERVING: tuple(each.name for each in quantities_of(Efficiency).values()),
}
"""The quantities of each model."""
_POWER_LIMIT = 1.1
"""Physical limit of power over rated power."""
_CHANNELS = {"on_demand_price": "on-demand", "one_year_price": "one-year", "three_year_price": "three-year"}


@dataclass(frozen=True, slots=True)
class Served:
    """The covariates of the efficiencies of serving; a name without measured points is `new`."""

    model: str = NEW
    chip: str = NEW
    backend: str = NEW
    is_disaggregated: bool = False


@dataclass(frozen=True, slots=True)
class Covariates:
    """The covariates of the effects of a posterior, as far as the scenario gives them."""

    chip: str = ""
    generation: str = NEW
    is_mixture_of_experts: bool = False
    peak: float | None = None
    """FLOP per second and chip."""
    year: float | None = None
    """Year of the prices; the latest year of the evidence by default."""
    served: Served = Served()
    """What is served, on which chips and by which software."""


@dataclass(frozen=True)
class PosteriorTable:
    """A posterior as read from a file."""

    name: str
    model: str
    about: str
    date: str
    grade: str
    sources: tuple[Source, ...]
    columns: Mapping[str, Draws]
    fastest_peak: float | None = None
    """Peak of the fastest chip in the evidence, FLOP per second; of utilisation only."""


def walk(date: float, first_year: int, last_year: int) -> dict[str, float]:
    """Return the terms of a random walk of the level by year: the fraction of each step that is before the date."""
    return {f"walk/{year}": min(date - year, 1.0) for year in range(first_year, last_year) if date > year}


def utilisation_terms(covariates: Covariates) -> dict[str, float]:
    """Return the terms of MFU that runs of one kind share; an unknown peak is taken as typical."""
    speed = math.log(covariates.peak / TYPICAL_PEAKS["utilisation"]) if covariates.peak else 0.0
    terms = {"level": 1.0, "speed": speed, **generation_terms(covariates.generation)}
    return {**terms, "mixture": 1.0} if covariates.is_mixture_of_experts else terms


def generation_terms(generation: str) -> dict[str, float]:
    """Return the steps from the first of `GENERATIONS` to this one; chips outside them have one effect of their own."""
    names = GENERATIONS[1 : GENERATIONS.index(generation) + 1] if generation in GENERATIONS else (generation,)
    return {f"generation/{name}": 1.0 for name in names}


def has_evidence(table: "PosteriorTable", generation: str) -> bool:
    """Whether runs on chips of this generation are in the evidence of a table of utilisation."""
    return all(term in table.columns for term in generation_terms(generation))


def last_generation(table: "PosteriorTable") -> str:
    """Return the last of `GENERATIONS` with runs in the evidence of a table of utilisation."""
    return next(name for name in reversed(GENERATIONS) if has_evidence(table, name))


def _terms_of_run(table: "PosteriorTable", covariates: Covariates) -> dict[str, float]:
    """Return the terms of utilisation; a generation without evidence has those of the last one with evidence, and a new step.

    Its peak counts as no less than that of the fastest chip in the evidence, so that its median is not above the last one's.
    """
    if has_evidence(table, covariates.generation):
        return utilisation_terms(covariates)
    peak = max((each for each in (covariates.peak, table.fastest_peak) if each), default=None)
    last = replace(covariates, generation=last_generation(table), peak=peak)
    return {**utilisation_terms(last), f"generation/{NEW}": 1.0}


def power_terms(covariates: Covariates) -> dict[str, float]:
    """Return the terms of power over rated power; the rated power of TPUs is far above their actual power."""
    kind = "tpu" if covariates.generation == "tpu" else "gpu"
    return {"level": 1.0, f"kind/{kind}": 1.0, f"generation/{covariates.generation}": 1.0}


def rental_terms(covariates: Covariates, channel: str, seller: str, year: float) -> dict[str, float]:
    """Return the terms of the price of a chip-hour, except the effect of the vendor."""
    speed = math.log10(covariates.peak / TYPICAL_PEAKS["rental"]) if covariates.peak else 0.0
    indicators = {f"channel/{channel}": 1.0, f"seller/{seller}": 1.0, f"chip/{covariates.chip}": 1.0}
    return {"level": 1.0, "speed": speed, **indicators, **walk(year, *RENTAL_YEARS)}


def is_posterior(name: str | None) -> bool:
    """Whether `from: NAME` names a table of joint draws, in the library or in the folder of the file."""
    return name is not None and (name.startswith(PREFIX) or name.endswith(".csv"))


@cache
def names() -> tuple[str, ...]:
    """Return the names of the posteriors of the library, as used in scenarios."""
    names: list[str] = []
    for path in sorted((library.folder() / FOLDER).glob("*.csv")):
        name = PREFIX + path.stem
        names += [f"{name}-large", f"{name}-specialised"] if path.stem == "rental" else [name]
    return tuple(names)


def distribution(quantity: str, name: str, covariates: Covariates, home: Path | None = None) -> Posterior | Empirical:
    """Return the draws of a quantity from a posterior, given the covariates of a scenario; raise ValueError if it has none.

    Joint draws are sorted by the product of their quantities, so that a larger z gives a larger product. A posterior of one
    quantity is an ordinary empirical distribution. A draw beyond a plausible limit of utilisation is set to the limit.
    """
    table = load_table(name, home)
    quantities = QUANTITIES_BY_MODEL[table.model]
    if table.model == SERVING and quantity in quantities:
        return serving_distributions(name, home, covariates.served)[quantity]
    if quantity not in quantities:
        raise ValueError(f"{name} provides {', '.join(quantities)}, not {quantity}")
    year = covariates.year if covariates.year is not None else float(table.date[:4]) + 0.5
    seller = name.removesuffix(".csv").rpartition("-")[2]
    if table.model == "rental" and seller not in ("large", "specialised"):
        sellers = rename_remedies(name, (f"{PREFIX}rental-large", f"{PREFIX}rental-specialised"))
        raise InvalidValueError(f"{name} does not say which kind of seller", *sellers)
    draws = {each: np.exp(_log_draws(table, each, covariates, year, seller)) for each in quantities}
    draws, possible = _within_limits(table.model, draws)
    if not possible.any():
        raise ValueError(f"{name} has no possible draw for this scenario")
    if len(quantities) == 1:
        return Empirical(tuple(draws[quantity][possible].tolist()))
    order = np.argsort(np.prod(list(draws.values()), axis=0), kind="stable")
    return Posterior(tuple(draws[quantity][order].tolist()), stream(quantity, name, home))


def _within_limits(model: str, draws: dict[str, Draws]) -> tuple[dict[str, Draws], NDArray[np.bool_]]:
    """Return draws, and which of them were within the plausible limits of utilisation, or the physical one of power.

    Of utilisation, all draws remain, so that its quantiles inside the limits are those of the model: a product beyond its limit
    is set to it, and where MFU or goodput alone is beyond its limit, the other takes the difference.
    """
    if model == "power":
        return draws, draws["power_share"] < _POWER_LIMIT
    if model != "utilisation":
        return draws, np.ones(len(next(iter(draws.values()))), dtype=bool)
    (low, high), (low_mfu, high_mfu), (low_goodput, high_goodput) = map(
        _plausible_limits, ("effective_utilisation", "mfu", "goodput")
    )
    computed = draws["mfu"] * draws["goodput"]
    product = np.clip(computed, low, high)
    lowest, highest = np.maximum(low_mfu, product / high_goodput), np.minimum(high_mfu, product / low_goodput)
    mfu = np.clip(draws["mfu"], lowest, highest)
    return {"mfu": mfu, "goodput": product / mfu}, (low <= computed) & (computed <= high)


@cache
def _plausible_limits(quantity: str) -> tuple[float, float]:
    """Return the plausible limits of a utilisation."""
    row = dict(library.plausible_ranges())[quantity]
    low, high = (float((row.child(key).text or "").removesuffix("%")) / 100 for key in ("low", "high"))
    return low, high


@lru_cache(maxsize=16)
def serving_distributions(name: str, home: Path | None, served: Served) -> Mapping[str, Posterior]:
    """Return the draws of the efficiencies of serving by quantity, with time in hours; a larger z is a faster fleet."""
    from simulator.scenario.serving_posterior import efficiency_draws, speed_order

    efficiency = efficiency_draws(
        load_table(name, home).columns,
        backend=served.backend,
        model=served.model,
        chip=served.chip,
        is_disaggregated=served.is_disaggregated,
    )
    order = speed_order(efficiency)
    distributions = {}
    for each in quantities_of(Efficiency).values():
        values = np.asarray(getattr(efficiency, each.field))[order]
        draws = tuple((values / SECONDS_PER_HOUR if each.is_time else values).tolist())
        distributions[each.name] = Posterior(draws, stream(each.name, name, home))
    return distributions


def stream(quantity: str, name: str, home: Path | None = None) -> str:
    """Return the random stream of a quantity: its own, or the one shared by all quantities of a posterior."""
    if len(QUANTITIES_BY_MODEL[load_table(name, home).model]) == 1:
        return quantity
    return name if name.startswith(PREFIX) else PREFIX + name


class YearsOfPosterior(NamedTuple):
    """Years between which the level of a posterior may change, and the date of its latest evidence."""

    first: int
    last: int
    date: str


def years(name: str, home: Path | None = None) -> YearsOfPosterior | None:
    """Return the years of a posterior; None if it does not depend on time."""
    table = load_table(name, home)
    return YearsOfPosterior(*RENTAL_YEARS, table.date) if table.model == "rental" else None


def _log_draws(table: PosteriorTable, quantity: str, covariates: Covariates, year: float, seller: str) -> Draws:
    if table.model == "utilisation":
        terms = {"goodput": 1.0} if quantity == "goodput" else {**_terms_of_run(table, covariates), "own": 1.0}
    elif table.model == "power":
        terms = {**power_terms(covariates), "own": 1.0}
    elif table.model == "rental":
        terms = {**rental_terms(covariates, _CHANNELS[quantity], seller, year), "own": 1.0}
    else:
        terms = {"level": 1.0, "own": 1.0}
    total = np.zeros(len(next(iter(table.columns.values()))))
    for term, value in terms.items():
        column = table.columns.get(term)
        if column is None:
            column = table.columns.get(f"{term.partition('/')[0]}/{NEW}")
        if column is not None:
            total = total + value * column
    return total


_SUBSTITUTES: ContextVar[Mapping[str, PosteriorTable]] = ContextVar("substitutes", default=MappingProxyType({}))


@contextmanager
def substituted(name: str, text: str) -> Iterator[None]:
    """Read the text of a table in place of a posterior of the library, as a backtest does with less evidence."""
    token = _SUBSTITUTES.set({**_SUBSTITUTES.get(), name: parse_table(text, name)})
    try:
        yield
    finally:
        _SUBSTITUTES.reset(token)


def load_table(name: str, home: Path | None = None) -> PosteriorTable:
    """Return a posterior by its name in a scenario; raise ValueError if there is none."""
    if name in _SUBSTITUTES.get():
        return _SUBSTITUTES.get()[name]
    if name.startswith(PREFIX):
        stem = name.removeprefix(PREFIX)
        path = library.folder() / FOLDER / f"{stem.removesuffix('-large').removesuffix('-specialised')}.csv"
        if name not in names():
            raise ValueError(f"there is no {name!r}; available are {', '.join(names())}")
        return _read_table(path, name)
    if home is None or Path(name).name != name or not (home / name).resolve().is_relative_to(home.resolve()):
        raise ValueError(f"{name!r} must be a file in the folder of the scenario")
    return _read_table(home / name, name)


@lru_cache(maxsize=32)
def _read_table(path: Path, name: str) -> PosteriorTable:
    """Read a table; raise ValueError if it is not a valid posterior."""
    try:
        if path.exists() and not path.is_file():  # reading from a pipe would block
            raise ValueError(f"{name} is not a file")
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"there is no file {name!r} in the folder of the scenario") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from None
    return parse_table(text, name)


def parse_table(text: str, name: str) -> PosteriorTable:
    """Return the table that a text holds; raise ValueError if it is not a valid posterior."""
    lines = text.splitlines()
    header_lines = [line[1:].strip().partition(":") for line in lines if line.startswith("#")]
    head = {key.strip(): value.strip() for key, _, value in header_lines if key.strip() != "source"}
    sources = tuple(Source(value.strip()) for key, _, value in header_lines if key.strip() == "source")
    body = [line for line in lines if not line.startswith("#")]
    if head.get("model") not in QUANTITIES_BY_MODEL or len(body) < 2 or not head.get("date", "")[:4].isdigit():
        raise ValueError(f"{name} is not a posterior; `llmcost calibrate -o {name}` writes one")
    columns = body[0].split(",")
    try:
        values = np.array([[float(cell) for cell in line.split(",")] for line in body[1:]])
    except ValueError:
        raise ValueError(f"{name} contains a value that is not a number; recreate it with `llmcost calibrate`") from None
    if values.shape != (len(body) - 1, len(columns)) or not np.isfinite(values).all():
        raise ValueError(f"{name} is damaged: rows of unequal length, or values that are not finite")
    return PosteriorTable(
        name,
        head["model"],
        head.get("about", ""),
        head["date"],
        head.get("grade", "B"),
        sources,
        dict(zip(columns, values.T, strict=True)),
        float(head["fastest_peak"]) if "fastest_peak" in head else None,
    )
