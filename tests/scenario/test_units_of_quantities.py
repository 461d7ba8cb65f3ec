"""Every quantity with bare numbers, customary units, wrong dimensions, percentages and thousands: read as meant, or refused."""

import pytest
from quantities_reference import PAGE, quantities, reference_text, without_limits

from simulator.core import units
from simulator.core.customary import UNITS_IN_USE, bare_unit, units_in_use
from simulator.core.units import Unit
from simulator.scenario.entries import Reader
from simulator.scenario.schema import Entry
from simulator.scenario.values import distribution_of, parse_value

QUANTITIES = quantities()
NAMED = QUANTITIES.items()
IDS = list(QUANTITIES)


def value_of(text, unit):
    """Return the number as which a text is read."""
    return distribution_of(text, unit, 0.95).quantile(0.5)


def valid_number(unit):
    """Return a number, as text, that is possible for a quantity."""
    return "0.5" if unit.is_fraction else "1.5"


def unbounded(unit):
    return Unit(unit.text, low=float("-inf"))


def pint_factor(text, target):
    """Return the factor of a unit by pint alone, without the table of factors."""
    quantity = units.registry().Quantity(1.0, "dimensionless" if text == "1" else text)
    return quantity.to("dimensionless" if target == "1" else target).magnitude


@pytest.mark.parametrize(("name", "unit"), NAMED, ids=IDS)
def test_a_bare_number_is_in_the_one_customary_unit_or_refused(name, unit):
    number = valid_number(unit)
    if bare_unit(unit.text):
        assert value_of(number, unit) == float(number)
        return
    for text in (number, f"{number} to 2.5"):
        with pytest.raises(ValueError, match=f"needs a unit: .* {units_in_use(unit.text)[0].replace('*', '.')}"):
            distribution_of(text, unit, 0.95)
    for entry in (
        {"lognormal": {"p5": "1", "p95": "2"}},
        {"quantiles": {"p5": "1", "p95": "2"}},
        {"empirical": ["1", "2"]},
        {"normal": {"mean": "1", "sd": "0.1"}},
        {"mixture": [{"weight": "1", "distribution": "2"}]},
        {"constant": {"value": "2"}},
    ):
        with pytest.raises(ValueError, match="needs a unit"):
            Reader().distribution(name, Entry.model_validate(entry), unit)
    if unit.low <= 0 <= unit.high:
        assert value_of("0", unit) == 0  # the same in every unit


@pytest.mark.parametrize(("name", "unit"), NAMED, ids=IDS)
def test_customary_units_are_read_as_pint_reads_them(name, unit):
    for text in units_in_use(unit.text):
        if text == "1":
            continue
        assert value_of(f"2 {text}", unbounded(unit)) == pytest.approx(2 * pint_factor(text, unit.text), rel=1e-12), text
    assert pint_factor(units_in_use(unit.text)[0], unit.text) > 0


@pytest.mark.parametrize(("name", "unit"), NAMED, ids=IDS)
def test_a_unit_of_another_dimension_is_refused(name, unit):
    for other in ("hour", "USD", "token", "USD/chip/hour", "GB", "chip*hour", "kWh"):
        if (
            units.registry().Quantity(1, other).dimensionality
            == units.registry().Quantity(1, "dimensionless" if unit.text == "1" else unit.text).dimensionality
        ):
            continue
        with pytest.raises(ValueError, match=r"cannot be converted|is no unit|needs a unit"):
            distribution_of(f"0.5 {other}", unit, 0.95)


@pytest.mark.parametrize(("name", "unit"), NAMED, ids=IDS)
def test_a_percentage_is_a_hundredth_of_a_plain_number_and_refused_elsewhere(name, unit):
    if unit.text == "1":
        assert value_of("50%", unbounded(unit)) == 0.5
        return
    with pytest.raises(ValueError, match="is a percentage, but this quantity is"):
        distribution_of("50%", unit, 0.95)
    if unit.text in ("1/hour", "share/hour"):
        assert value_of("50%/year", unbounded(unit)) == pytest.approx(0.5 / units.HOURS_PER_YEAR)


@pytest.mark.parametrize(("name", "unit"), NAMED, ids=IDS)
def test_thousands_and_millions_are_read_as_written(name, unit):
    unit = unbounded(unit)
    suffix = "" if bare_unit(unit.text) else f" {unit.text}"
    for text, number in (("12k", 12e3), ("12 M", 12e6), ("1.5B", 1.5e9), ("2T", 2e12), ("3 million", 3e6), ("4 bn", 4e9)):
        assert value_of(f"{text}{suffix}", unit) == pytest.approx(number, rel=1e-15), text
        if not suffix:
            continue
        with pytest.raises(ValueError, match="needs a unit"):
            distribution_of(text, unit, 0.95)
    for text in ("1,000", "1.000.000", "1 000", "12m", "5b", "7t", "1'000"):
        with pytest.raises(ValueError, match=r"not a number|without commas|may stand for"):
            distribution_of(text, unit, 0.95)
    with pytest.raises(ValueError, match="after one number only"):
        distribution_of(f"10 to 12M{suffix}", unit, 0.95)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12M USD", "USD", 12e6),
        ("13B", "parameter", 13e9),
        ("13B parameters", "parameter", 13e9),
        ("2T tokens", "token", 2e12),
        ("2.5 USD/GPU/hour", "USD/chip/hour", 2.5),
        ("2.5 USD/GPU-hour", "USD/chip/hour", 2.5),
        ("30 GPU-hours", "chip*hour", 30),
        ("12 person-months", "person*hour", 8766),
        ("120k USD/person/year", "USD/person/hour", 120e3 / 8766),
        ("989 TFLOP/second/GPU", "FLOP/chip/hour", 989e12 * 3600),
        ("3%/year", "share/hour", 0.03 / 8766),
        ("0.14 OOM/year", "1/hour", 0.14 * 2.302585092994046 / 8766),
        ("18 months", "hour", 18 * 730.5),
        ("80 USD/MWh", "USD/kWh", 0.08),
    ],
)
def test_what_people_write_is_read_as_meant(text, unit, number):
    assert value_of(text, Unit(unit)) == pytest.approx(number, rel=1e-12)


def test_units_in_use_are_of_canonical_units_that_are_not_read_bare():
    canonical = {unit.text for unit in QUANTITIES.values()}
    for target in UNITS_IN_USE:
        assert not bare_unit(target)
    assert {text for text in canonical if not bare_unit(text)} <= UNITS_IN_USE.keys()


def test_every_quantity_has_limits():
    assert without_limits() == []


def test_a_scale_is_part_of_the_number():
    assert parse_value("10M to 12M USD") == (10e6, 12e6, "USD")


def test_reference_of_quantities_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == reference_text(), "run `python tests/quantities_reference.py`"
