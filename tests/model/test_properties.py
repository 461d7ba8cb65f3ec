"""Property-based tests with hypothesis: families, formulas, the grammar of files, tables of a user's
own.
"""

import contextlib
import json
import math
import re

import numpy as np
import paths
import pytest
from formula_inputs import sample_inputs
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_model import FORMULAS, IDS, UNITS

from simulator.core.errors import InvalidInputError
from simulator.core.results import Header, Note
from simulator.distributions import (
    Z_LIMIT,
    Beta,
    Choice,
    Constant,
    Empirical,
    Gamma,
    LogitNormal,
    LogNormal,
    LogUniform,
    Mixture,
    Normal,
    Pert,
    Posterior,
    Quantiles,
    Scaled,
    StudentT,
    Triangular,
    Truncated,
    Uniform,
)
from simulator.engine.graph import evaluate
from simulator.records import PriorSet, RecordPrior, codecarbon, focus, format_priors, quotes, runs
from simulator.records.cells import parse_number as cell_number
from simulator.scenario import TOTAL, read
from simulator.scenario.text import parse
from simulator.scenario.values import number, parse_value

RECORDS = paths.CASES / "records"
some = settings(max_examples=30, deadline=None, derandomize=True)
many = settings(max_examples=150, deadline=None, derandomize=True)

# --- families -----------------------------------------------------------------------------------------------------------------

position = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e9)
shape = st.floats(0.2, 500)
sigma = st.floats(0.01, 3)
inside = st.floats(0.02, 0.98)


def of(distribution, **parts):
    return st.builds(distribution, **parts)


@st.composite
def three_points(draw, distribution):
    low, first, second = draw(position), draw(positive), draw(positive)
    return distribution(low, low + first, low + first + second)


@st.composite
def bounds(draw, distribution, low=position):
    start = draw(low)
    return distribution(min=start, max=start + draw(positive))


@st.composite
def increasing_quantiles(draw):
    values = sorted(draw(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=6, unique=True)))
    assume(min(np.diff(values)) > 1e-6)
    return Quantiles(
        tuple(np.linspace(0.05, 0.95, len(values)).tolist()), tuple(values), draw(st.sampled_from(["linear", "log", "logit"]))
    )


SIMPLE = {
    "constant": of(Constant, value=position),
    "normal": of(Normal, mean=position, sd=positive),
    "lognormal": of(LogNormal, median=positive, sigma=sigma),
    "logitnormal": of(LogitNormal, median=inside, sigma=sigma),
    "uniform": bounds(Uniform),
    "loguniform": bounds(LogUniform, positive),
    "triangular": three_points(Triangular),
    "pert": three_points(Pert),
    "beta": of(Beta, a=shape, b=shape),
    "gamma": of(Gamma, shape=shape, scale=positive),
    "student-t": of(StudentT, df=st.floats(1, 200), location=position, scale=positive),
    "quantiles": increasing_quantiles(),
    "empirical": of(Empirical, data=st.lists(position, min_size=1, max_size=20).map(tuple)),
    "posterior": of(Posterior, draws=st.lists(position, min_size=1, max_size=20).map(tuple), stream=st.just("fit")),
}
PARTS = st.one_of(SIMPLE["constant"], SIMPLE["normal"], SIMPLE["lognormal"], SIMPLE["uniform"])
DISTRIBUTIONS = SIMPLE | {
    "mixture": st.builds(lambda a, b, w: Mixture((a, b), (w, 1 - w)), PARTS, PARTS, inside),
    "choice": st.builds(lambda a, b, w: Choice(("a", "b"), (a, b), (w, 1 - w)), PARTS, PARTS, inside),
    "truncated": st.builds(
        lambda distribution, p: Truncated(distribution, distribution.quantile(p / 3), distribution.quantile(1 - p / 3)),
        SIMPLE["normal"],
        inside,
    ),
    "scaled": st.builds(Scaled, SIMPLE["lognormal"], positive),
}
UNORDERED = ("posterior", "choice")  # their values do not increase with z
Z = np.concatenate([[-40.0, -Z_LIMIT], np.linspace(-6, 6, 101), [Z_LIMIT, 40.0]])


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_distribution_is_finite_in_order_and_within_its_support(name):
    @some
    @given(DISTRIBUTIONS[name])
    def check(distribution):
        values = np.asarray(distribution.at(Z))
        inner = values[1:-1]
        assert np.isfinite(inner).all()
        low, high = distribution.support
        span = max(abs(inner[0]), abs(inner[-1]))
        assert (inner >= low - 1e-9 * span).all()
        assert (inner <= high + 1e-9 * span).all()
        if name not in UNORDERED:
            assert (np.diff(inner) >= -1e-12 * span).all()

    check()


@pytest.mark.parametrize("name", [name for name in DISTRIBUTIONS if name not in UNORDERED])
def test_every_distribution_returns_the_probability_of_its_quantile(name):
    @some
    @given(DISTRIBUTIONS[name], inside)
    def check(distribution, p):
        value = distribution.quantile(p)
        # A weight on the value lifts the one, and what lies just below it is under the other.
        assert distribution.cdf(value) >= p - 1e-6
        below = np.nextafter(value, -np.inf) - 1e-9 * abs(value)
        assert distribution.cdf(below) <= p + 1e-3

    check()


# --- formulas -----------------------------------------------------------------------------------------------------------------


def power(unit, of):
    """How often a word stands above the line of a unit less how often below it."""
    exponent = 0
    for sign, word in re.findall(r"([*/]?)\s*([A-Za-z0-9]+)", unit):
        exponent += (word == of) * (-1 if sign == "/" else 1)
    return exponent


def test_powers_of_units_are_read_as_they_are_written():
    assert [power("USD/chip/hour", word) for word in ("USD", "chip", "hour", "kWh")] == [1, -1, -1, 0]
    assert (power("chip*hour/token", "hour"), power("1/hour", "hour"), power("1", "USD")) == (1, -1, 0)


@pytest.mark.parametrize("word", ["USD", "chip", "person", "token"])
@pytest.mark.parametrize("formula", FORMULAS, ids=IDS)
def test_every_formula_is_homogeneous_in_what_is_counted(formula, word):
    """A dollar of half the value, or chips counted in pairs: each value changes by the power that its unit says."""
    values = sample_inputs(formula, UNITS.__getitem__)
    factor = 1.7
    bounded = any(word in UNITS[need].text and UNITS[need].high < math.inf for need in formula.needs)
    assert not bounded
    scaled = [value * factor ** power(UNITS[need].text, word) for need, value in zip(formula.needs, values, strict=True)]
    before, after = np.asarray(formula.function(*values)), np.asarray(formula.function(*scaled))
    assert np.isfinite(before).all()
    np.testing.assert_allclose(after, before * factor ** power(formula.unit.text, word), rtol=1e-10)


@pytest.mark.parametrize("name", ["gpt-4", "deepseek-v3", "llama-3.1-405b", "gemini-ultra"])
def test_a_scenario_costs_k_times_as_much_in_money_of_which_k_make_one(name):
    scenario = read(name)
    units = {quantity: scenario.unit(quantity) for quantity in scenario.plan.names}
    medians = {
        quantity: np.float64(value_input.distribution.quantile(0.5)) for quantity, value_input in scenario.inputs.items()
    }
    dearer = {quantity: value * 3.0 ** power(units.get(quantity, "1"), "USD") for quantity, value in medians.items()}
    evaluate(scenario.plan, medians)
    evaluate(scenario.plan, dearer)
    assert dearer[TOTAL] == pytest.approx(3 * medians[TOTAL], rel=1e-12)
    for quantity in (*scenario.lines, *scenario.outcomes):
        assert dearer[quantity] == pytest.approx(medians[quantity] * 3.0 ** power(units[quantity], "USD"), rel=1e-12), quantity


# --- the grammar of files -----------------------------------------------------------------------------------------------------

letters = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=20
)
trees = st.recursive(
    letters, lambda part: st.lists(part, max_size=4) | st.dictionaries(letters, part, max_size=4), max_leaves=12
)


@many
@given(st.dictionaries(letters, trees, min_size=1, max_size=5))
def test_what_is_written_as_json_is_read_as_it_was(tree):
    assert parse(json.dumps(tree, ensure_ascii=False), "x").plain() == tree


@many
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_was_written(x):
    assert number(repr(x)) == x
    if x == 0 or 1e-30 <= abs(x) <= 1e30:  # what a bill or a meter can say
        assert cell_number(repr(x)) == x
    assert parse_value(f"{x!r} USD").low == x


@many
@given(st.floats(1e-12, 1e15), st.floats(1.001, 1e3), st.sampled_from(["", " USD", "  USD/chip/hour", " kW"]))
def test_a_range_is_read_as_it_was_written(low, ratio, unit):
    assert parse_value(f"{low!r} to {low * ratio!r}{unit}") == (low, low * ratio, unit.strip())


@many
@given(st.text(max_size=40))
def test_a_text_is_a_number_or_refused_in_one_line(text):
    for reader in (number, cell_number, parse_value):
        with contextlib.suppress(ValueError):
            value = reader(text)
            assert math.isfinite(value if isinstance(value, float) else value.low)


@many
@given(st.text(max_size=200))
def test_a_text_is_a_tree_or_refused_with_its_place(text):
    issues = []
    try:
        parse(text, "x.yaml")
    except InvalidInputError as error:
        issues = error.issues
    assert all(issue.place.file == "x.yaml" and "\n" not in str(issue) for issue in issues)


@some
@given(letters, letters, st.floats(0.1, 50), st.floats(1.01, 20))
def test_a_prior_that_is_written_is_read_as_the_same_distribution(title, place, low, ratio):
    distribution = {"lognormal": {"p5": float(f"{low:.6g}"), "p95": float(f"{low * ratio:.6g}")}}
    assume(distribution["lognormal"]["p5"] < distribution["lognormal"]["p95"])
    records = PriorSet(
        header=Header(),
        priors=(RecordPrior("rental_price", distribution, "USD/chip/hour", f"about {title}"),),
        title=title or "x",
        place=place or "y",
        date="2026-01-01",
        notes=(Note("title", "", title),),
    )
    node = parse(format_priors(records, "from-quotes"), "x").child("rental_price")
    assert {key: float(x) for key, x in node.child("lognormal").plain().items()} == distribution["lognormal"]
    assert node.child("sources", "title").text == (title or "x")


# --- tables of a user's own ---------------------------------------------------------------------------------------------------

READERS = {"focus": focus.read, "codecarbon": codecarbon.read, "runs": runs.read, "quotes": quotes.read}
OPTIONS = {"quotes": {"term": "12 months"}}


def rows_of(kind):
    """The header of a case and its rows, each with the lines that its quotes span."""
    text = (RECORDS / f"{kind}.csv").read_text(encoding="utf-8")
    rows, row = [], ""
    for line in text.splitlines(keepends=True):
        row += line
        if row.count('"') % 2 == 0:
            rows.append(row)
            row = ""
    return rows[0], rows[1:]


def read_records(kind, text, folder):
    path = folder / "records.csv"
    path.write_text(text, encoding="utf-8")
    try:
        return READERS[kind](path, **OPTIONS.get(kind, {}))
    except InvalidInputError as error:
        return sorted(issue.message for issue in error.issues)


@pytest.mark.parametrize("kind", READERS)
def test_the_order_of_rows_changes_nothing(kind, tmp_path):
    header, rows = rows_of(kind)
    before = read_records(kind, header + "".join(rows), tmp_path)
    assert before.priors

    @some
    @given(st.permutations(rows))
    def check(order):
        after = read_records(kind, header + "".join(order), tmp_path)
        for prior_before, prior_after in zip(before.priors, after.priors, strict=True):
            assert prior_after.quantity == prior_before.quantity
            assert flat(prior_after.distribution) == pytest.approx(flat(prior_before.distribution), rel=1e-5)

    check()


def flat(distribution):
    """The numbers of a distribution, in order."""
    if isinstance(distribution, float | int):
        return [distribution]
    return [x for part in (distribution.values() if isinstance(distribution, dict) else distribution) for x in flat(part)]


cells = st.one_of(
    st.floats(allow_nan=True).map(repr),
    st.integers(-10, 10**6).map(str),
    st.sampled_from(["", "N/A", "H100", "1e308", "-0", "8", "%", '""']),
)


@pytest.mark.parametrize("kind", READERS)
def test_what_comes_of_a_table_is_finite_whatever_its_cells_say(kind, tmp_path):
    header, rows = rows_of(kind)
    separator = ";" if ";" in header else ","
    width = header.count(separator) + 1

    @many
    @given(st.lists(st.tuples(st.integers(0, len(rows) - 1), st.integers(0, width - 1), cells), min_size=1, max_size=3))
    def check(changes):
        cells_of_rows = [row.rstrip("\n").split(separator) for row in rows]
        for row, column, cell in changes:
            cells_of_rows[row][min(column, len(cells_of_rows[row]) - 1)] = cell
        records = read_records(kind, header + "\n".join(map(separator.join, cells_of_rows)), tmp_path)
        if isinstance(records, PriorSet):
            assert all(math.isfinite(x) for prior in records.priors for x in flat(prior.distribution))

    check()
