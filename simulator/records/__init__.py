"""Priors from a user's own records: bills, energy logs, runs and quotes become a file that extends any scenario."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import numpy as np

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.formatting import format_quantity, format_significant
from simulator.core.results import Header, Note, Plain
from simulator.core.suggestions import suggest_nearest
from simulator.core.units import Unit
from simulator.core.version import tool_version
from simulator.records.cells import Column, format_count
from simulator.records.prior_set import Distribution, PriorSet, RecordPrior, format_distribution, format_priors
from simulator.records.table import Records
from simulator.scenario import library
from simulator.scenario.chips import find_chip, unmatched_words
from simulator.scenario.plausibility import limit_of
from simulator.scenario.plausibility import rows as plausible

__all__ = [
    "Distribution",
    "PriorSet",
    "RecordPrior",
    "empirical_distribution",
    "format_distribution",
    "format_priors",
    "is_library_chip",
    "join_counts",
    "library_median",
    "library_scale",
    "make_prior_set",
    "note_unknown_chips",
    "plausible_limits",
    "predictive_quantiles",
    "resolve_chip",
    "resolve_chip_of_file",
    "select_chip",
    "short_chip_name",
    "warn_implausible",
]

MIN_FIT_VALUES = 8
"""Smallest number of different values to which a distribution is fitted; fewer are used as they are."""
QUANTILES = (2.5, 5.0, 50.0, 95.0, 97.5)
PRIOR_WEIGHT = 2.0
"""Number of observations for which the library's variance counts beside a user's own."""
WARNING_RATIO = 5.0
"""Factor between a user's value and the library's beyond which a warning is given."""


# --- distributions from few values ------------------------------------------------------------------------------------------


def predictive_quantiles(
    values: Sequence[float], library_sd: float, weights: Sequence[float] = (), count: int = 0
) -> dict[float, float]:
    """Return quantiles of the next value by percentage, where values are normal on their scale (a logarithm or a logit).

    With a flat prior for the mean and a prior for the variance that counts for `PRIOR_WEIGHT` values, the next value has a
    Student t distribution about the mean of the n values, with n - 1 + `PRIOR_WEIGHT` degrees of freedom and the pooled
    variance times 1 + 1/n (Gelman et al. 2013, Bayesian Data Analysis, 3.3). `library_sd` is the library's standard deviation;
    half of its variance is assumed to lie between teams and half within one, so the prior variance is that half. Where the
    sample variance exceeds the pooled one, it is used alone: the result is always wider than the sample.
    One value carries no information on dispersion: the result is the library's dispersion about it.
    `weights` are the weights of the values in the mean; `count` is the number of independent values (default: all).
    """
    x = np.array(values, dtype=float)
    w = np.array(weights or [1.0] * len(x), dtype=float)
    w /= w.sum()
    n = count or len(x)
    mean = float(np.sum(w * x))
    if n == 1:
        from statistics import NormalDist

        return {p: mean + library_sd * NormalDist().inv_cdf(p / 100) for p in QUANTILES}
    from scipy.stats import t

    sample_variance = float(np.sum(w * (x - mean) ** 2)) * n / (n - 1)
    df = n - 1 + PRIOR_WEIGHT
    pooled = (PRIOR_WEIGHT * library_sd**2 / 2 + (n - 1) * sample_variance) / df
    scale = math.sqrt(max(pooled, sample_variance) * (1 + 1 / n))
    return {p: mean + scale * float(t.ppf(p / 100, df)) for p in QUANTILES}


def empirical_distribution(
    weighted_values: Iterable[tuple[float, float]], min_fit_values: int = MIN_FIT_VALUES
) -> tuple[Distribution, str]:
    """Return the distribution of positive values with weights, such as prices with the hours at each, and its description.

    One value is a constant. Fewer than `min_fit_values` become a discrete distribution with their weights. More become a
    lognormal with their weighted mean and variance on the log scale, whose central 95 % interval is that of the Student t for
    the next value (n - 1 degrees of freedom, Gelman et al. 2013, 3.2): with few values it is wider than the sample.
    """
    pairs = sorted(weighted_values)
    total = sum(weight for _, weight in pairs)
    if len(pairs) == 1:
        return {"value": round_six_digits(pairs[0][0])}, "one value"
    if len(pairs) < min_fit_values:
        weights = [round(weight / total, 9) for _, weight in pairs[:-1]]
        weights.append(round(1 - sum(weights), 9))
        positive_weights = [(value, weight) for (value, _), weight in zip(pairs, weights, strict=True) if weight > 0]
        if len(positive_weights) == 1:
            return {"value": round_six_digits(positive_weights[0][0])}, "one value"
        return {
            "mixture": [{"weight": w, "distribution": round_six_digits(v)} for v, w in positive_weights]
        }, f"the {len(positive_weights)} observed values"
    from scipy.stats import t

    n = len(pairs)
    x, w = np.log([value for value, _ in pairs]), np.array([weight for _, weight in pairs]) / total
    mean = float(np.sum(w * x))
    scale = math.sqrt(float(np.sum(w * (x - mean) ** 2)) * n / (n - 1) * (1 + 1 / n))
    half_width = scale * float(t.ppf(0.975, n - 1))
    bounds: Plain = {
        "p2.5": round_six_digits(math.exp(mean - half_width)),
        "p97.5": round_six_digits(math.exp(mean + half_width)),
    }
    return {"lognormal": bounds}, f"lognormal prediction from {n} different values"


def library_scale(quantity: str, row: str, unit: Unit, transform: Callable[[float], float]) -> float:
    """Return the standard deviation of a library row on a transformed scale, from its 5 % and 95 % quantiles."""
    from simulator.scenario.entries import Reader, library_entry

    distribution = Reader().distribution(quantity, library_entry(quantity, row), unit)
    low, high = (transform(distribution.exact_quantile(p)) for p in (0.05, 0.95))
    return (high - low) / (2 * 1.6448536269514722)


def logit(x: float) -> float:
    """Return the log odds of a fraction."""
    return math.log(x) - math.log1p(-x)


def quantile_distribution(quantiles: Mapping[float, float], inverse: Callable[[float], float]) -> Distribution:
    """Return a distribution given by quantiles, after the inverse of its transformation."""
    return {"quantiles": {f"p{p:g}": inverse(x) for p, x in quantiles.items()}}


def exp_rounded(x: float) -> float:
    """Return the exponential, rounded to six digits."""
    return round_six_digits(math.exp(x))


def expit_rounded(x: float) -> float:
    """Return the fraction with these log odds, six digits of its distance from the nearer of 0 and 1; never 0 or 1 itself."""
    small = max(float(f"{1 / (1 + math.exp(min(abs(x), 700))):.6g}"), 1e-12)
    return small if x < 0 else round(1 - small, 15)


def round_six_digits(x: float) -> float:
    """Round to six digits."""
    return float(f"{x:.6g}")


# --- chips ------------------------------------------------------------------------------------------------------------------


def resolve_chip(option: str | None) -> str:
    """Return the chip named by an option; raise `InvalidInputError` with the nearest name if it is not in the library."""
    if not option:
        return ""
    name = find_chip(option)
    if not name or unmatched_words(option, name):  # further words are allowed in a cell; in an option they are a misspelling
        names = list(library.chips())
        message = f"no chip {option!r}{suggest_nearest(option, names) or '; `llmcost list chips` or `list_chips()` shows them'}"
        raise InvalidInputError([Issue(Place("chip"), "", message)])
    return name


def select_chip(records: Records, row_counts: Counter[str], chip_option: str, column: Column | None = None) -> str:
    """Return the chip whose rows are used, and count the rows of all others as left out; refuse a file of several chips.

    `row_counts` has the number of rows of each chip, and under "" of those that name none. Rows without a chip are used only if
    no row names one, since otherwise they may belong to any chip. The result is "" if no row names a chip. A chip that the
    library does not know is a chip like others: its rows are never taken for those of another.
    """
    named_rows = {name: rows for name, rows in row_counts.items() if name}
    if not named_rows:
        return ""
    if chip_option and chip_option not in named_rows:
        records.refuse(f"has no rows of {chip_option}; it names {join_counts(named_rows)}", column)
    if not chip_option and len(named_rows) > 1:
        records.refuse(f"names several chips: {join_counts(named_rows)}; choose one as `chip` (--chip)", column)
    chip = chip_option or next(iter(named_rows))
    records.drop("without a chip, while others name one", row_counts[""])
    for name, rows in named_rows.items():
        if name != chip:
            records.drop(f"of another chip, {name}", rows)
    return chip


def resolve_chip_of_file(option: str | None, names: Iterable[str]) -> str:
    """Return the chip that an option names: one that a file names, known to the library or not, or one of the library."""
    if option and not find_chip(option):
        plain = " ".join(option.casefold().split())
        matches = [name for name in names if name and plain in (name.casefold(), short_chip_name(name).casefold())]
        if len(matches) == 1:
            return matches[0]
    return resolve_chip(option)


def is_library_chip(name: str) -> bool:
    """Whether a name is that of a chip of the library."""
    return name in library.chips()


def short_chip_name(name: str) -> str:
    """Return the name of a chip without its maker: `RTX 4070` for `NVIDIA GeForce RTX 4070`."""
    return re.sub(r"^(?:nvidia|amd|intel)\s+(?:geforce\s+|instinct\s+|tesla\s+)?", "", name, flags=re.IGNORECASE)


def note_unknown_chips(row_counts: Mapping[str, int], noun: str) -> list[Note]:
    """Return a note on chips that the library does not know, with their numbers of rows, or none."""
    unknown = {name: rows for name, rows in row_counts.items() if name and not is_library_chip(name)}
    if not unknown:
        return []
    listed = ", ".join(f"{short_chip_name(name)} ({rows:,})" for name, rows in sorted(unknown.items()))
    return [Note("unknown-chips", noun, f"GPUs that the library does not know: {listed}; they are not pooled with others")]


def join_counts(chips: Mapping[str, int]) -> str:
    """Return chips with their numbers of rows, as a list for messages."""
    return ", ".join(f"{name} ({format_count(rows, 'row')})" for name, rows in chips.items())


@cache
def library_median(chip: str, quantity: str, unit: Unit) -> float | None:
    """Return the library's median of a quantity of a chip (its peak, rated power, price or usual rent), or None."""
    from simulator.scenario.entries import Reader
    from simulator.scenario.rents import channel_of, rent_entries
    from simulator.scenario.schema import Entry

    if not is_library_chip(chip):
        return None
    node = (library.chips()[chip].keys or {}).get(quantity)
    entry = rent_entries(chip, channel_of(chip, None)).get(quantity) if node is None else Entry.model_validate(node.plain())
    return None if entry is None else Reader().distribution(quantity, entry, unit).quantile(0.5)


def warn_far_from_library(chip: str, quantity: str, unit: Unit, value: float) -> list[Note]:
    """Return a note if a value differs from the library's for the chip by a large factor, else none."""
    library_value = library_median(chip, quantity, unit)
    if library_value is None or library_value / WARNING_RATIO <= value <= library_value * WARNING_RATIO:
        return []
    text = (
        f"look at this: {format_significant(value)} {unit.text} for {chip}, "
        f"where the library has {format_significant(library_value)}; is it per chip, and not per server?"
    )
    return [Note("far-from-library", quantity, text)]


def plausible_limits(quantity: str, unit: Unit, of: tuple[float, float] = (1.0, 1.0)) -> tuple[float, float]:
    """Return the plausible range of a quantity by the library; `of` are the values to which relative limits refer."""
    row = plausible()[quantity]
    limit_unit = unit if row.of is None else Unit("1")
    low, high = (limit_of(limit, limit_unit) if limit else None for limit in (row.low, row.high))
    return -math.inf if low is None else low * of[0], math.inf if high is None else high * of[1]


def warn_implausible(quantity: str, unit: Unit, values: Sequence[tuple[int, float]], bounds: tuple[float, float]) -> list[Note]:
    """Return one note for all values (with their lines) outside the plausible range, or none."""
    low, high = bounds
    implausible = [(line, value) for line, value in values if not low <= value <= high]
    if not implausible:
        return []
    line, value = implausible[0]
    more = f" and {len(implausible) - 1:,} more" if len(implausible) > 1 else ""
    plausible_range = f"{format_quantity(low, unit.text)} to {format_quantity(high, unit.text)}"
    text = format_quantity(value, unit.text)
    message = f"look at this: {quantity} of {text} in line {line}{more}, where {plausible_range} is plausible"
    return [Note("implausible", quantity, message)]


# --- results ----------------------------------------------------------------------------------------------------------------


def make_prior_set(
    records: Records, priors: Iterable[RecordPrior], date: str, notes: Iterable[Note], group: str | None = None
) -> PriorSet:
    """Return the priors derived from the rows of a file, or from those of one group of rows."""
    return PriorSet(
        header=Header(version=tool_version()),
        priors=tuple(priors),
        title=records.path.name,
        place=records.place(group),
        date=date,
        notes=tuple(notes),
    )
