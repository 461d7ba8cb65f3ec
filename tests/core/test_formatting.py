"""Formatted output: known numbers with their own digits, names as words, no rounding residue, no truncated cell."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from simulator import model
from simulator.analysis import statistics
from simulator.cli import output as tables
from simulator.cli.cells import format_band
from simulator.cli.commands import check, compare, run, sensitivity, show, stress, sweep
from simulator.core import formatting
from simulator.core.units import conversion_factor
from simulator.engine.simulate import simulate
from simulator.io.summary import headline
from simulator.scenario import InvalidInputError, library, read
from simulator.scenario.scope import scope_of


class Bounds:
    """A median and bounds."""

    def __init__(self, low, high, median=0.0):
        self.low, self.high, self.median = low, high, median


# --- numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(4096, "4,096"), (16384, "16,384"), (15.6e12, "15.6T"), (2.1e25, "2.1e25"), (3.7908e25, "3.7908e25"), (405e9, "405B"),
     (1082990, "1,082,990"), (3552000, "3.552M"), (12345678, "12,345,678"), (150e6, "150M"), (500_000, "500,000"),
     (0.0806, "0.0806"), (1e-5, "1e-5"), (6, "6"), (0, "0"), (-150e6, "-150M"), (1e16, "1e16"),
     (999e12, "999T"), (2e15, "2,000T"),
     (700 * 1e-3 * 1e3 * (1 + 2e-16), "700")],
)  # fmt: skip
def test_a_known_number_is_said_with_the_digits_that_it_was_given(value, expected):
    assert formatting.format_exact(value) == expected


@pytest.mark.parametrize("value", [10 ** (k / 7) for k in range(-60, 200)])
def test_what_is_said_exactly_reads_as_the_number(value):
    number = float(f"{value:.7g}")
    text = formatting.format_exact(number).replace(",", "")
    scale = {"T": 1e12, "B": 1e9, "M": 1e6}.get(text[-1], 1)
    assert float(text.rstrip("TBM")) * scale == pytest.approx(number, rel=1e-14)


def test_a_computed_number_and_an_endless_fraction_have_six_digits():
    assert formatting.format_computed(241351637.0) == "241.352M"
    assert formatting.format_computed(3.7908e25) == "3.7908e25"
    assert formatting.format_computed(512 * 8766.0) == "4,488,192"  # a count, with all its digits
    assert formatting.format_computed(51200 * 8766.0) == "448.819M"
    assert formatting.format_computed(4488192.4) == "4.48819M"  # not 4,488,190, which looks exact
    assert formatting.format_exact(1 / 3) == formatting.format_computed(1 / 3) == "0.333333"


@pytest.mark.parametrize(
    ("value", "expected"), [(2.1e25, "2.10e25"), (1.42e15, "1,420T"), (5.5e12, "5.50T"), (1e16, "1.00e16"), (126e6, "126M")]
)
def test_a_huge_uncertain_number_has_one_form(value, expected):
    assert formatting.format_compact(value) == formatting.format_value(value) == formatting.format_money(value) == expected


def test_a_bound_that_is_a_rounding_error_of_the_other_is_nothing():
    assert formatting.format_interval(1.56e-16, 15.0, "month") == "0 to 15.0"
    assert formatting.format_interval(-2.0, 3e-15, "USD") == "-2.00 to 0"
    assert formatting.format_interval(1e-9, 15.0, "month") == "1.00e-9 to 15.0"  # small, and no rounding error
    assert formatting.format_interval(1e-16, 3e-16, "month") == "1.00e-16 to 3.00e-16"
    assert format_band(Bounds(3.1e-10, 4e6), "USD") == "$0 to $4.00M"
    assert formatting.format_median_and_interval(Bounds(-1e-16, 8.0, 3.11e-16), "month")[0] == "0"


def test_equal_bounds_are_known_only_without_other_draws_beyond_them():
    values = Bounds(4488192.0, 4488192.0, 4488192.0)
    for spread, expected in (
        (0.0, "known"),
        (1e-3, "known"),
        (287e3, "4,488,192 to 4,488,192"),
        (None, "4,488,192 to 4,488,192"),
    ):
        values.sd = spread
        assert formatting.format_median_and_interval(values, "chip*hour") == ("4,488,192", expected)


@pytest.mark.parametrize(
    ("value", "currency", "amount", "change"),
    [(124e6, "USD", "$124M", "+$124M"), (-186e3, "USD", "-$186K", "-$186K"), (0.0, "USD", "$0", "$0"),
     (-0.0, "USD", "$0", "$0"), (11e6, "CHF", "CHF 11.0M", "+CHF 11.0M"), (-2e9, "EUR", "-€2.00B", "-€2.00B"),
     (None, "USD", "n/a", "n/a"), (950.0, "", "950", "+950")],
)  # fmt: skip
def test_the_currency_is_before_the_number_and_the_sign_before_the_currency(value, currency, amount, change):
    assert formatting.format_money(value, currency) == amount
    assert formatting.format_signed_money(value, currency) == change


def test_an_amount_has_a_currency_and_a_rate_has_its_unit():
    assert formatting.format_quantity(742e6, "USD") == "$742M"
    assert formatting.format_exact_quantity(150e6, "CHF") == "CHF 150M"
    assert formatting.format_quantity(2.5, "USD/chip") == "2.50 USD/chip"


def test_a_text_in_short_ends_with_a_clause_and_no_number_is_cut():
    text = "Prices of 2025, at 1.50 to 2.50 an hour; on demand, in the mean of 12,000 offers"
    assert formatting.shorten(text, 200) == text
    assert formatting.shorten(text, 60) == "Prices of 2025, at 1.50 to 2.50 an hour; on demand"
    assert formatting.shorten(text, 45) == "Prices of 2025, at 1.50 to 2.50 an hour"
    assert formatting.shorten("no clause ends anywhere in here", 10) == "no clause ends anywhere in here"


def test_what_is_nothing_has_no_sign_and_what_is_below_rounding_is_no_share():
    assert [formatting.format_signed_money(value) for value in (0.0, -0.0, 5.0, -5.0)] == ["0", "0", "+5.00", "-5.00"]
    assert formatting.format_percent(6e-11) == formatting.format_percent(-6e-11) == formatting.format_percent(0) == "0%"


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "all 20,000 outcomes"), (1 - 5e-5, "99.9% of the outcomes"), (0.63, "63% of the outcomes"),
     (5e-5, "0.0050% of the outcomes"), (0.0, "none of the 20,000 outcomes")],
)  # fmt: skip
def test_all_of_the_outcomes_are_counted_and_no_certainty(share, text):
    assert formatting.share_of_outcomes(share, 20_000) == text
    assert formatting.share_of_outcomes(share, None) == f"{formatting.format_percent(share)} of the outcomes"


def test_a_share_of_the_draws_is_never_rounded_up_to_all_of_them():
    shares = [0.92, 0.0092, 0.9999, 1.0]
    assert [formatting.share_of_draws(share) for share in shares] == [
        "92% of the draws",
        "0.92% of the draws",
        "99.9% of the draws",
        "100% of the draws",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "canonical", "expected"),
    [(700, "W/chip", "kW/chip", "700 W/chip"), (1287, "MWh", "kWh", "1,287 MWh"),
     (989e12, "FLOP/second/chip", "FLOP/chip/hour", "989 TFLOP/s/chip"), (0.14, "OOM/year", "1/hour", "0.14 OOM/year")],
)  # fmt: skip
def test_the_unit_of_a_known_value_does_not_change_its_digits(value, unit, canonical, expected):
    assert formatting.format_exact_quantity(value * conversion_factor(unit, canonical), canonical) == expected


def test_a_difference_that_is_rounding_is_nothing_draw_by_draw():
    before = np.array([1.0, 1e9, -3.0, 0.0, 2.0])
    after = before + np.array([1e-12, 1e-2, 1e-10, 0.0, 1e-6])
    assert statistics.difference(after, before).tolist() == [0, 0, 0, 0, pytest.approx(1e-6, rel=1e-6)]


# --- known values in every output -------------------------------------------------------------------------------------------

KNOWN = """
title: Known
extends: llama-3.1-405b
outcomes: [chips, training_flop, training_tokens, wall_clock]
chips: 4096
training_tokens: 14.123e12
budget: 123456789
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "known.yaml").write_text(KNOWN)
    (tmp_path / "grid.yaml").write_text("extends: known.yaml\ngrid: {chips: [2048, 4096]}\n")
    return tmp_path


def run_command(command, *arguments):
    outcome = CliRunner().invoke(command.command, [str(each) for each in arguments], env={"COLUMNS": "100"})
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_run_says_what_is_known_as_it_was_given(path):
    output = run_command(run, path / "known.yaml", "--draws", 1000, "-q")
    rows = {line.split("  ")[0].strip(): line.split() for line in output.splitlines() if line.strip()}
    assert rows["chips"][1:] == ["4,096", "known", "chip"]
    assert rows["training tokens"][2:] == ["14.123T", "known", "token"]
    assert rows["training FLOP"][2:] == ["3.43189e25", "known", "FLOP"]
    assert rows["budget"][1] == "$123,456,789"
    assert "e+" not in output


def test_check_show_and_sweep_say_what_is_known_as_it_was_given(path):
    assert "4,096 chip" in run_command(check, path / "known.yaml")
    assert "value:         4,096 chip" in run_command(show, "chips", "--in", path / "known.yaml")
    output = run_command(sweep, path / "grid.yaml", "--draws", 500, "--of", "chips", "-q")
    assert re.search(r"2048\s+2,048\s+known\s+2,048", output)
    assert "highest median: 4,096" in output


def test_a_headline_of_known_numbers_names_no_interval():
    text = headline(simulate(read("gpt-3-lambda-2020"), 100))
    assert text == "GPT-3 on rented V100, final run: $4.67262M (known: the same in every draw)"


# --- names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [("chip_price", "chip price"), ("team.fte", "team: full-time equivalents"), ("mfu", "utilisation (MFU)"),
     ("training_flop", "training FLOP"), ("failed_run.variate", "failed run: whether it happens"),
     ("export-control-h20", "export control H20"), ("lever/spot-instances.rental_price", "lever spot instances: rental price"),
     ("chips before lever/bigger-clusters", "chips before lever bigger clusters")],
)  # fmt: skip
def test_names_are_words(name, expected):
    assert formatting.to_words(name) == expected


def test_the_words_of_every_name_are_words_and_differ_from_those_of_every_other():
    names = [*model.every_graph().units, *library.names("levers"), *library.names("shocks")]
    texts = [formatting.to_words(name) for name in names]
    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if re.search(r"[_/]|\.[a-z]|-", text.replace("full-time", ""))]


INTERNAL = re.compile(
    r"\b(team\.\w+|\w+\.variate|rollback_variate|run_duration|chip_price|experiments_factor)\b|[0-9]e-(09|1[0-9])"
)


def test_tables_have_no_internal_names_and_no_residue():
    for command, arguments in (
        (sensitivity, ["gpt-4", "--draws", "2048"]),
        (stress, ["large", "--sweep", "--draws", "1000", "-q", "--top", "100"]),
        (stress, ["gpt-4", "--reverse", "total_cost > 150e6", "--draws", "2000", "-q"]),
        (run, ["large", "--draws", "1000", "-q"]),
        (compare, ["gpt-4", "gpt-4:lever=newer-chips", "--draws", "1000", "-q"]),
    ):
        output = run_command(command, *arguments)
        # A note names a setting of a preset by its key, as a file would set it.
        output = re.sub(r"`--set team_correlation=0`|\bchip_price(?= \(preset gpt-4\))", "", output)
        assert not INTERNAL.search(output), INTERNAL.search(output)


def test_scenarios_are_compared_by_their_titles():
    output = run_command(compare, "gpt-4", "gpt-4:experiments_factor=1", "--draws", "500", "-q")
    assert "GPT-4: experiments_factor=1 less GPT-4" in output


# --- tables ---------------------------------------------------------------------------------------------------------------


def test_a_title_that_is_too_long_goes_on_in_the_next_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    tables.print_answer(
        "table", [tables.TextTable("A title of many words that no narrow table has room for", ("a",), [("1",)])]
    )
    assert "room for" in " ".join(capsys.readouterr().out.split())


# --- scope ----------------------------------------------------------------------------------------------------------------

SCOPES = {
    "final run": ("bloom-176b", "deepseek-v3", "epoch/gpu-run", "epoch/gpu-run-own-energy", "gpt-3-lambda-2020",
                  "llama-3.1-405b", "palm-540b"),
    "development cost": ("cutting-edge", "epoch/gemini-ultra", "epoch/gpt-3", "epoch/gpt-4", "gemini-ultra", "gpt-3", "gpt-4",
                         "large", "small-medium"),
    "total cost": ("api-user",),  # of more lines than a name lists, and no run
    "budgeted investment": ("programme-5-to-7-trillion",),
    "serving cost": tuple(name for name in library.names("scenarios") if name.startswith("serve/")),
    "request cost": tuple(name for name in library.names("scenarios") if name.startswith("words/")),
}  # fmt: skip


def test_every_built_in_scenario_is_named_by_what_it_counts():
    scopes = {}
    for name in library.names("scenarios"):
        try:
            scopes[name] = read(name).scope
        except InvalidInputError:
            continue  # a preset to extend
    assert scopes == {name: scope for scope, names in SCOPES.items() for name in names}


@pytest.mark.parametrize(
    ("reference", "options", "scope"),
    [
        ("gpt-4", {"sets": ["experiments_factor=1"]}, "development cost"),  # its staff is still there
        ("gpt-4", {"sets": ["lines=[compute]"]}, "development cost"),  # its experiments are still there
        ("gpt-4", {"sets": ["experiments_factor=1", "lines=[compute]"]}, "final run"),
        ("epoch/gpt-4", {"sets": ["lines=[compute]"]}, "development cost"),  # experiments are factors on its lines
        ("llama-3.1-405b", {"sets": ["experiments_factor=2"]}, "development cost"),
        ("llama-3.1-405b", {"sets": ["experiments_factor=1.2 to 4"]}, "development cost"),
        ("llama-3.1-405b", {"basis": "rented"}, "final run"),
        ("llama-3.1-405b", {"shocks": ["experiments-8-times"]}, "development cost"),
        ("llama-3.1-405b", {"shocks": ["post-training-heavy"]}, "final run and post-training"),
        ("llama-3.1-405b", {"levers": ["newer-chips"]}, "final run"),  # its adoption is a line of the lever
        ("llama-3.1-405b", {"sets": ["lines=[energy_cost]"]}, "energy cost"),
        ("llama-3.1-405b", {"sets": ["lines=[chip_cost, energy_cost]"]}, "chip cost and energy cost"),
        ("llama-3.1-405b", {"sets": ["lines=[compute, carbon_cost]", "carbon_price=50"]}, "final run"),
        ("deepseek-v3", {"sets": ["chip_hours=2.788e6 chip*hour"]}, "rental cost"),  # nobody knows what is in these hours
        ("deepseek-v3", {"sets": ["rental_cost=5.576e6"]}, "rental cost"),  # nor in this bill
    ],
)
def test_an_override_changes_the_name_of_what_is_counted(reference, options, scope):
    assert read(reference, **options).scope == scope


def test_the_scope_is_in_every_json(path):
    output = run_command(run, path / "known.yaml", "--draws", 1000, "-q", "--format", "json")
    assert json.loads(output)["scope"] == "final run"
    assert json.loads(output)["headline"].startswith("Known, final run: ")


def test_a_scope_is_not_written_in_a_file(tmp_path):
    (tmp_path / "own.yaml").write_text("extends: gpt-4\nscope: final run\n")
    with pytest.raises(InvalidInputError, match="scope"):
        read(str(tmp_path / "own.yaml"))


def test_own_lines_are_named_where_they_are_few():
    assert scope_of(["a_cost", "b_cost"], experiments=False, post_training=False) == "a cost and b cost"
    assert scope_of(["a", "b", "c", "d"], experiments=False, post_training=False) == "total cost"
    lines = [*model.COMPUTE_LINES["owned"], "serving_cost"]
    assert scope_of(lines, experiments=False, post_training=False) == "cost of the whole life"
