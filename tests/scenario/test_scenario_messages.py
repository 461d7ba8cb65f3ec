"""Messages say what users wrote, name each place once, and never show a pattern of the schema."""

import re

import pytest
from scenario_texts import refusal_of
from test_lever_choices import RENTED

from simulator.engine.graph import MissingQuantityError
from simulator.scenario import read
from simulator.scenario.json_schema import json_schema
from simulator.scenario.schema_issues import _REQUIREMENTS

LINES = RENTED + "lines: [compute, storage_cost]\nstorage_cost: 100\n"
EURO = "rates: {EUR: 0.86}\n"
NO_QUANTITY = "there is no such quantity or setting"
STAFF = "the people of a team are under `staff`, as in `staff: {team: {people: 9}}`"
CASES = [
    # a sum that is no quantity
    ("build_cost: 3e6\n", "build_cost: is the sum of the lines up to the release; give those lines, or name it"),
    ("lines: [compute, build_cost]\n", "build_cost is the sum of the lines up to the release, and no line itself; name"),
    # roles of the staff in the wrong place
    ("team: {people: 9}\n", f"team: {NO_QUANTITY}; {STAFF}"),
    ("team: 9\n", f"team: {NO_QUANTITY}; {STAFF}"),
    ("people: 9\n", f"people: {NO_QUANTITY}; {STAFF}"),
    ("headcount: 9\n", f"headcount: {NO_QUANTITY}; {STAFF}"),
    # numbers in words
    ("chips: nine\n", "chips: 'nine' is not a number; write numbers in digits"),
    ("pue: two\n", "pue: 'two' is not a number; write numbers in digits, as in 2"),
    # dates
    ("start: 2026\n", "start: must be a month such as 2026-03, or a day such as 2026-03-31; got '2026'"),
    ("start: soon\n", "start: must be a month such as 2026-03, or a day such as 2026-03-31; got 'soon'"),
    ("budget_plan: {may: 5}\n", "budget_plan.may: must be a month such as 2026-03, or the number of a month from 1 to 999"),
    # another currency
    (EURO + "rental_price: 2.40 EUR\n", "rental_price: EUR cannot be converted to EUR/chip/hour"),
    (EURO + "rental_price: 2.40 EUR/hour\n", "EUR/hour cannot be converted to EUR/chip/hour; did you mean 'EUR/chip/hour'?"),
    ("rental_price: 2.40 EUR\n", "give the rate of EUR for one USD: `rates: {EUR: ...}`, or --rate EUR=..."),
    # lines that are named twice
    ("lines: [compute, rental_cost]\n", "rental_cost is counted 2 times: another name in `lines`, such as `compute`, holds it"),
    ("lines: [compute, compute]\n", "compute is named 2 times; keep one"),
    ("lines: [compute, storage_cost, storage_cost]\nstorage_cost: 1\n", "storage_cost is counted 2 times; keep one"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), CASES, ids=[text.split("\n")[-2] for text, _ in CASES])
def test_a_message_is_in_the_words_of_the_user(text, words, read_scenario):
    base = RENTED.replace("chips: 1024\n", "") if text.startswith("chips") else RENTED
    message = refusal_of(read_scenario, base + text)
    assert words in message
    assert len(message.splitlines()) == 1, message


def test_a_line_that_a_base_has_already_is_named_with_the_base(tmp_path, read_scenario):
    (tmp_path / "base.yaml").write_text(LINES)
    message = refusal_of(read_scenario, "extends: base.yaml\nlines: [inherited, storage_cost]\n")
    assert "lines: storage_cost is counted 2 times, first by " in message
    assert "base.yaml, which this extends; leave it out" in message
    assert read_scenario("extends: base.yaml\nlines: [inherited]\n").lines == ("rental_cost", "storage_cost")


def test_a_name_that_needs_another_setting_is_suggested_for_a_misspelling_only(read_scenario):
    assert "did you mean 'mfu'? And it would with" in refusal_of(read, "gpt-3", sets=["mfuu=0.4"])
    message = refusal_of(read, "gpt-3", sets=["build_price=3"])
    assert "there is no such quantity or setting" in message
    assert "And it would" not in message
    assert "And leave out" not in refusal_of(read_scenario, RENTED + "lines: [compute, find_cost]\n")


def test_a_remedy_in_two_files_names_both(tmp_path, read_scenario):
    phases = (
        "schedule:\n  research: {duration: 3 month}\n  final_run: {after: [research], duration: 2 month, lines: [compute]}\n"
    )
    (tmp_path / "base.yaml").write_text(RENTED + "lines: [compute]\n" + phases + "duration: 12 month\n")
    text = "extends: base.yaml\nduration: 13 month\n"
    message = refusal_of(read_scenario, text)
    assert (
        "duration: 13.0 month contradicts the schedule, by which it is 5.00 month (medians); remove it and that of " in message
    )
    assert f"base.yaml:{len((RENTED + phases).splitlines()) + 2}:1" in message
    assert "remove it; remove it" not in message
    (tmp_path / "base.yaml").write_text(RENTED + "lines: [compute]\n" + phases)
    assert read_scenario("extends: base.yaml\n")


def patterns_of(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        yield from schema.get("patternProperties", ())
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from patterns_of(each)


def test_every_pattern_of_the_schema_has_words():
    found = {re.sub(r"^\^\(\?!inherited\$\)", "^", each) for each in patterns_of(json_schema())}
    assert len(found) > 5
    assert found <= _REQUIREMENTS.keys() | {each for each in found if each.startswith("^\\s*")}


# --- values that have no median -------------------------------------------------------------------------------------------

EXTREME = RENTED.replace("70e9", "{beta: {a: 1e300, b: 1e300, max: 5e9}, unit: parameter}")
MISSPELT = RENTED.replace("70e9", "{lognormall: {p5: 1e9, p95: 2e9}, unit: parameter}")


@pytest.mark.parametrize("levers", [[], ["low-communication-training"], ["spot-instances"]])
def test_a_distribution_that_is_too_extreme_is_refused_at_its_place(levers, read_scenario):
    message = refusal_of(read_scenario, EXTREME, levers=levers)
    assert "scenario.yaml:6:1: total_parameters: is too extreme to compute: its far quantiles are not finite numbers" in message


@pytest.mark.parametrize("lever", ["low-communication-training", "spot-instances", "newer-chips"])
def test_conditions_of_a_lever_say_nothing_of_a_value_that_is_invalid(lever, read_scenario):
    message = refusal_of(read_scenario, MISSPELT, levers=[lever])
    assert "did you mean 'lognormal'?" in message
    assert "which no line or outcome of this scenario uses" not in message


def test_a_missing_quantity_is_no_error_of_python(read_scenario):
    with pytest.raises(Exception, match="lognormall") as error:
        read_scenario(MISSPELT, levers=["spot-instances"])
    assert not isinstance(error.value, MissingQuantityError)


def test_a_size_that_nobody_can_read_has_an_exponent(read_scenario):
    message = refusal_of(read_scenario, RENTED.replace("70e9", "1e60 parameter"))
    assert "the training state of 1.6e+52 GB does not fit 1,024 chips with 81,920 GB" in message  # 16 bytes a parameter
