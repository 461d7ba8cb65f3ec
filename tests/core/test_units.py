"""Units: every factor and every unit of the library agrees with pint; invalid units are refused at once."""

import pytest

from simulator import model
from simulator.core import units
from simulator.scenario import library

QUANTITIES = model.every_graph().units


def written_units(node, quantity):
    """Every `unit:` of an entry, those of its parts too, with the quantity that it is written for."""
    if node.items is not None:
        for item in node.items:
            yield from written_units(item, quantity)
    for key, child in (node.keys or {}).items():
        if key == "unit" and child.text is not None:
            yield child.text, quantity, str(child.place)
        elif key != "times":  # a relative error is a plain number, whatever it is an error of
            yield from written_units(child, quantity)


def units_of_the_library():
    for quantity, rows in library.rows().items():
        for row in rows.values():
            yield from written_units(row.node, quantity)
    for chip in library.chips().values():
        for quantity, node in chip.keys.items():
            if quantity in QUANTITIES:
                yield from written_units(node, quantity)
    for name in library.names("scenarios"):
        keys = library.find_file("scenarios", name).keys
        for quantity, node in keys.items():
            if quantity in QUANTITIES:
                yield from written_units(node, quantity)
        for setting, group in model.GROUPS.items():
            for group_item in (keys[setting].keys if setting in keys else {}).values():
                for quantity, node in (group_item.keys or {}).items():
                    yield from written_units(node, f"{group.example}.{quantity}")


def canonical(quantity):
    return QUANTITIES[model.lookup_name(quantity)].text


@pytest.mark.parametrize(("unit", "target"), units.FACTORS)
def test_factor_agrees_with_pint(unit, target):
    by_pint = units.registry().Quantity(1.0, unit).to("dimensionless" if target == "1" else target).magnitude
    assert units.FACTORS[unit, target] == pytest.approx(by_pint, rel=1e-14)


@pytest.mark.parametrize("unit", sorted(units.DISPLAY_UNITS))
def test_display_unit_agrees_with_pint(unit):
    word, scale = units.DISPLAY_UNITS[unit]
    text = {"days": "day", "chip-hours": "chip*hour", "TFLOP/s/chip": "TFLOP/second/chip", "": "1"}.get(word, word)
    assert scale * units.conversion_factor(text, unit) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("text", sorted({unit.text for unit in QUANTITIES.values()}))
def test_unit_of_every_quantity_is_known_to_pint_and_canonical(text):
    quantity = units.registry().Quantity(1.0, "dimensionless" if text == "1" else text)
    assert quantity.to("dimensionless" if text == "1" else text).magnitude == 1
    assert units.conversion_factor(text, text) == 1


def test_library_writes_units():
    assert len(list(units_of_the_library())) > 20


@pytest.mark.parametrize("text", sorted({text for text, _, _ in units_of_the_library()}))
def test_unit_of_the_library_becomes_the_canonical_one(text):
    for _, quantity, place in (row for row in units_of_the_library() if row[0] == text):
        target = canonical(quantity)
        by_pint = units.registry().Quantity(1.0, text).to("dimensionless" if target == "1" else target).magnitude
        assert units.conversion_factor(text, target) == pytest.approx(by_pint, rel=1e-12), place


@pytest.mark.parametrize(
    ("unit", "target", "factor"),
    [
        ("FLOP/second/chip", "FLOP/chip/hour", 3600),
        ("W/chip", "kW/chip", 0.001),
        ("MWh", "kWh", 1000),
        ("USD/MWh", "USD/kWh", 0.001),
        ("week", "hour", 168),
        ("kgCO2e/kWh", "tCO2e/kWh", 0.001),
        ("Mtoken", "token", 1e6),
        ("USD / chip / hour", "USD/chip/hour", 1),
        ("percent", "1", 0.01),
    ],
)
def test_units_convert(unit, target, factor):
    assert units.conversion_factor(unit, target) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "target", "expected"),
    [
        ("USD/hour", "USD/kWh", "USD/hour cannot be converted to USD/kWh"),
        ("kWh", "kW", "kWh cannot be converted to kW"),
        ("USD", "1", "USD cannot be converted to a plain number"),
        ("token", "parameter", "token cannot be converted to parameter"),
        ("chip", "person", "chip cannot be converted to person"),
        ("furlongg", "hour", "unknown unit furlongg in 'furlongg'; this quantity is in hour"),
        ("", "hour", "is no unit"),
        ("decibel", "1", "is no unit"),
        ("0*hour", "hour", "is no unit"),
        ("1e999*hour", "hour", "is no unit"),
    ],
)
def test_wrong_unit_is_refused_with_a_line(unit, target, expected):
    with pytest.raises(ValueError, match=r"^[^\n]+$") as error:
        units.conversion_factor(unit, target)
    assert expected in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9**9",
        "hour**9**9**9",
        "9" * 100_000,
        "hour*" * 100_000 + "hour",
        "(" * 100_000 + ")" * 100_000,
        "__import__('os').system('echo')",
        'hour"',
        "hour'",
        "(hour)",
        "hour^2",
        "hour + 1",
        "lambda: 1",
        "hour\n",
        "heure\N{SUPERSCRIPT TWO}",
        "%",
        "{hour}",
        "hour;hour",
        "hour.real",
        "//",
        " hour",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_hostile_unit_is_refused_at_once(text):
    with pytest.raises(ValueError, match="is no unit") as error:
        units.conversion_factor(text, "hour")
    assert len(str(error.value)) < 300


def test_unit_is_read_from_an_annotation():
    assert units.unit_of(units.Usd) == units.Unit("USD")
    assert units.unit_of(float) is None
    assert units.Unit("1", high=1.0).is_fraction
    assert not units.Unit("1").is_fraction
