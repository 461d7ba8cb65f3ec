"""Posteriors in scenarios: joint draws, effects of covariates, from the library or a table in the folder of the file."""

import math
import os
from collections import Counter

import numpy as np
import pytest

from simulator.core.units import Unit
from simulator.distributions import Posterior
from simulator.engine.simulate import simulate
from simulator.engine.summaries import summarize
from simulator.records import library_median, plausible_limits
from simulator.scenario import InvalidInputError, posteriors, read

RUN = """\
extends: training-run
chip: {chip}
total_parameters: {total}
active_parameters: {active}
training_tokens: 2e12
chips: 512
"""
DENSE = RUN.format(chip="nvidia-h100-sxm", total=7e10, active=7e10)
Z = np.linspace(-3, 3, 4001)


@pytest.fixture
def read_scenario(tmp_path):
    """Read a scenario from text, with tables beside it."""

    def read_text(text, **tables):
        for name, write_table in tables.items():
            (tmp_path / f"{name}.csv").write_text(write_table)
        (tmp_path / "scenario.yaml").write_text(text)
        return read(str(tmp_path / "scenario.yaml"))

    return read_text


def write_table(rows, columns, model="utilisation", **head):
    header = {"model": model, "about": "made up", "date": "2026-05", "grade": "B", "source": "a test", **head}
    lines = [f"# {key}: {value}" for key, value in header.items()]
    return "\n".join([*lines, ",".join(columns), *(",".join(f"{x:g}" for x in row) for row in rows)]) + "\n"


def log_of(scenario, quantity="mfu"):
    """Return draws of a quantity; a goodput of the library is that of its own cluster where the scenario has another."""
    name = quantity if quantity in scenario.inputs else f"reference_{quantity}"
    return np.log(scenario.inputs[name].distribution.at(Z))


# --- joint ------------------------------------------------------------------------------------------------------------------


def test_mfu_and_goodput_are_pairs_of_the_table_whatever_the_draw(read_scenario):
    rows = [(math.log(mfu), math.log(goodput)) for mfu, goodput in ((0.2, 0.9), (0.3, 0.8), (0.4, 0.7), (0.5, 0.5))]
    text = DENSE + "mfu: {from: ours.csv}\ngoodput: {from: ours.csv}\n"
    scenario = read_scenario(text, ours=write_table(rows, ("level", "goodput")))
    mfu, goodput = (scenario.inputs[name] for name in ("mfu", "goodput"))
    assert mfu.stream == goodput.stream == "posterior/ours.csv"
    pairs = Counter(zip(np.round(mfu.distribution.at(Z), 4), np.round(goodput.distribution.at(Z), 4), strict=True))
    assert set(pairs) == {(0.2, 0.9), (0.3, 0.8), (0.4, 0.7), (0.5, 0.5)}
    products = mfu.distribution.at(Z) * goodput.distribution.at(Z)
    assert (np.diff(products) >= -1e-12).all()  # a larger z is more of both together


def test_a_run_draws_the_pairs_that_the_table_has(read_scenario):
    """With perfect dependence, the product is one number in every draw, so hours are too."""
    rows = [(math.log(0.24 / goodput), math.log(goodput)) for goodput in (0.5, 0.6, 0.7, 0.8)]
    text = DENSE + "mfu: {from: ours.csv}\ngoodput: {from: ours.csv}\n"
    result = simulate(read_scenario(text, ours=write_table(rows, ("level", "goodput"))), draws=2000, seed=1)
    hours = summarize(result.accumulators["chip_hours"], 0.95)
    expected = 6 * 7e10 * 2e12 / (0.24 * 3600 * 989.4e12)
    assert hours.low == pytest.approx(expected, rel=1e-3)
    assert hours.high == pytest.approx(expected, rel=1e-3)


def test_the_librarys_draws_are_rows_of_its_table(read_scenario):
    scenario, posterior = read_scenario(DENSE), posteriors.load_table("posterior/utilisation")
    terms = posteriors.utilisation_terms(posteriors.Covariates(generation="hopper", peak=9.89e14))
    mfu = sum(value * posterior.columns[term] for term, value in terms.items()) + posterior.columns["own"]
    low, high = np.log(plausible_limits("effective_utilisation", Unit("1")))
    products = set(np.clip(mfu + posterior.columns["goodput"], low, high).round(6))
    assert set((log_of(scenario) + log_of(scenario, "goodput")).round(6)) <= products
    rows = set(zip(mfu.round(6), posterior.columns["goodput"].round(6), strict=True))
    drawn = list(zip(log_of(scenario).round(6), log_of(scenario, "goodput").round(6), strict=True))
    assert np.mean([pair in rows for pair in drawn]) > 0.8  # the others are at a limit of one of the two


@pytest.mark.parametrize("chip", ["nvidia-h100-sxm", "nvidia-v100-sxm2-32gb", "google-tpu-v4", "nvidia-vr200"])
def test_no_draw_is_beyond_the_plausible_limits(read_scenario, chip):
    scenario = read_scenario(RUN.format(chip=chip, total=7e10, active=7e10))
    mfu, goodput = (np.exp(log_of(scenario, quantity)) for quantity in ("mfu", "goodput"))
    for name, values in (("mfu", mfu), ("goodput", goodput), ("effective_utilisation", mfu * goodput)):
        low, high = plausible_limits(name, Unit("1"))
        assert low * (1 - 1e-9) <= values.min() < values.max() <= high * (1 + 1e-9), name


@pytest.mark.parametrize("quantity", ["mfu", "goodput"])
def test_a_lever_on_one_of_the_two_works_as_on_any_prior(read_scenario, quantity):
    plain = read_scenario(DENSE)
    pulled = read_scenario(DENSE + f"adjustments: {{x: {{about: a test, effects: [{{on: {quantity}, multiply: 0.5}}]}}}}\n")
    before, after = (simulate(each, draws=2000, seed=1).accumulators["chip_hours"] for each in (plain, pulled))
    assert summarize(after, 0.9).median == pytest.approx(2 * summarize(before, 0.9).median, rel=1e-6)


# --- what a posterior depends on --------------------------------------------------------------------------------------------

GENERATIONS = ("generation/hopper", "generation/blackwell", "generation/tpu", "generation/new")
COLUMNS = ("level", "goodput", "speed", "mixture", *GENERATIONS)
EFFECTS = dict(zip(COLUMNS, (-2.0, -0.1, -0.2, -0.4, 0.3, -0.1, 0.2, 0.5), strict=True))


@pytest.mark.parametrize(
    ("settings", "effects"),
    [
        ({}, {"generation/hopper": 1}),
        ({"chip": "nvidia-a100-sxm4-80gb"}, {}),
        ({"chip": "google-tpu-v4"}, {"generation/tpu": 1}),
        ({"chip": "nvidia-b200-sxm"}, {"generation/hopper": 1, "generation/blackwell": 1}),
        ({"active": 7e9}, {"generation/hopper": 1, "mixture": 1}),
        ({"total": 7e11, "active": 7e11}, {"generation/hopper": 1}),
    ],
)
def test_effects_of_chip_and_mixture_are_those_of_the_table(read_scenario, settings, effects):
    text = RUN.format(**{"chip": "nvidia-h100-sxm", "total": 7e10, "active": 7e10, **settings}) + "mfu: {from: ours.csv}\n"
    scenario = read_scenario(text, ours=write_table([EFFECTS.values()], COLUMNS))
    peak = library_median(settings.get("chip", "nvidia-h100-sxm"), "peak_flop_bf16", Unit("FLOP/second/chip"))
    expected = -2.0 + EFFECTS["speed"] * math.log(peak / 3.12e14) + sum(EFFECTS[term] * x for term, x in effects.items())
    assert log_of(scenario).mean() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("chip", ["nvidia-vr200", "amd-mi300x", "amazon-trainium1", "intel-gaudi2"])
def test_a_generation_without_evidence_is_wider_and_not_better_than_the_last_one_with_evidence(read_scenario, chip):
    new = read_scenario(RUN.format(chip=chip, total=7e10, active=7e10))
    last = read_scenario(RUN.format(chip="nvidia-b200-sxm", total=7e10, active=7e10))
    medians, widths = [], []
    for scenario in (new, last):
        product = log_of(scenario) + log_of(scenario, "goodput")
        medians.append(np.median(product))
        widths.append(np.subtract(*np.quantile(product, [0.95, 0.05])))
    assert medians[0] <= medians[1] + 0.02  # two standard errors of the median of 2,000 draws
    assert widths[0] > 1.02 * widths[1]
    (note,) = [str(note) for note in new.notes if note.code == "no-evidence"]
    assert "no published run on chips of generation" in note
    assert not [note for note in last.notes if note.code == "no-evidence"]


def test_power_and_prices_depend_on_the_chip_channel_and_seller(read_scenario):
    rows = [(0.5, -0.1, 0.2, -0.3, 1.0, 0.1)]
    columns = ("level", "channel/one-year", "seller/large", "seller/specialised", "chip/nvidia-h100-sxm", "own")
    text = DENSE + "basis: rented\ncommitment: one-year\none_year_price: {from: rental-large.csv}\n"
    (distribution,) = (
        read_scenario(text, **{"rental-large": write_table(rows, columns, "rental")}).inputs["one_year_price"].distribution,
    )
    assert math.log(distribution.quantile(0.5)) == pytest.approx(0.5 - 0.1 + 0.2 + 1.0 + 0.1, abs=1e-5)
    for name in ("tpu", "gpu"):
        chip = {"tpu": "google-tpu-v4", "gpu": "nvidia-h100-sxm"}[name]
        text = RUN.format(chip=chip, total=7e10, active=7e10) + "power_share: {from: ours.csv}\n"
        scenario = read_scenario(text, ours=write_table([(-0.3, -0.4, -0.1)], ("level", "kind/tpu", "kind/gpu"), "power"))
        share = scenario.inputs["power_share"].distribution.quantile(0.5)
        assert math.log(share) == pytest.approx(-0.3 + {"tpu": -0.4, "gpu": -0.1}[name], abs=1e-5)


def test_provenance_of_a_posterior_is_part_of_its_input(read_scenario):
    mfu = read_scenario(DENSE + "mfu: {from: ours.csv}\n", ours=write_table([(-1.0, -0.1)], ("level", "goodput"))).inputs["mfu"]
    assert (mfu.specification, mfu.about, mfu.date, mfu.grade) == ("ours.csv", "made up", "2026-05", "B")
    assert [source.title for source in mfu.sources] == ["a test"]
    library_mfu = read_scenario(DENSE).inputs["mfu"]
    assert isinstance(library_mfu.distribution, Posterior)
    assert library_mfu.sources
    assert library_mfu.specification == "posterior/utilisation"


def test_the_library_names_its_posteriors_and_each_can_be_read():
    assert posteriors.names() == (
        "posterior/discrepancy", "posterior/power", "posterior/rental-large", "posterior/rental-specialised",
        "posterior/serving", "posterior/utilisation",
    )  # fmt: skip
    for name in [each for each in posteriors.names() if each != "posterior/serving"]:  # of a model in service
        posterior = posteriors.load_table(name)
        for quantity in posteriors.QUANTITIES_BY_MODEL[posterior.model]:
            distribution = posteriors.distribution(
                quantity, name, posteriors.Covariates("nvidia-h100-sxm", "hopper", peak=1e15)
            )
            assert 0 < distribution.quantile(0.05) < distribution.quantile(0.95)


# --- what is refused --------------------------------------------------------------------------------------------------------

GOOD = write_table([(-1.0, -0.2), (-0.9, -0.1)], ("level", "goodput"))
REFUSED = [
    ("no such file", "mfu: {from: none.csv}", GOOD, "there is no file 'none.csv' in the folder of the scenario"),
    ("a path", "mfu: {from: sub/ours.csv}", GOOD, "a table beside this file"),
    ("a path up", "mfu: {from: ../ours.csv}", GOOD, "a table beside this file"),
    ("an absolute path", "mfu: {from: /etc/ours.csv}", GOOD, "a table beside this file"),
    ("no such posterior", "mfu: posterior/speed", GOOD, "there is no 'posterior/speed'"),
    ("another quantity", "pue: {from: ours.csv}", GOOD, "provides mfu, goodput, not pue"),
    ("another model", "mfu: posterior/power", GOOD, "provides power_share, not mfu"),
    ("no seller", "on_demand_price: posterior/rental", GOOD, "there is no 'posterior/rental'"),
    ("own without seller", "on_demand_price: {from: ours.csv}", write_table([(1.0,)], ("level",), "rental"),
     "does not say which kind of seller"),
    ("empty", "mfu: {from: ours.csv}", "", "is not a posterior"),
    ("a table of something else", "mfu: {from: ours.csv}", "a,b\n1,2\n", "is not a posterior"),
    ("unknown model", "mfu: {from: ours.csv}", write_table([(1.0,)], ("level",), "speed"), "is not a posterior"),
    ("no rows", "mfu: {from: ours.csv}", write_table([], ("level",)), "is not a posterior"),
    ("no date", "mfu: {from: ours.csv}", write_table([(-1.0,)], ("level",), date="soon"), "is not a posterior"),
    ("a short row", "mfu: {from: ours.csv}", GOOD + "-1\n", "damaged|not a number"),
    ("a word", "mfu: {from: ours.csv}", GOOD + "-1,much\n", "contains a value that is not a number"),
    ("not a number", "mfu: {from: ours.csv}", GOOD + "-1,nan\n", "is damaged"),
    ("not finite", "mfu: {from: ours.csv}", GOOD + "-1,inf\n", "is damaged"),
    ("above the peak", "mfu: {from: ours.csv}", write_table([(0.5, -0.1)], ("level", "goodput")), "has no possible draw"),
    ("much too large", "mfu: {from: ours.csv}", GOOD + "# " + "x" * 30_000_000, "is larger than 20 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "table_text", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_posterior_that_cannot_be_used_is_refused_with_its_place(read_scenario, entry, table_text, message):
    with pytest.raises(InvalidInputError, match=message) as error:
        read_scenario(DENSE + entry + "\n", ours=table_text)
    (issue,) = error.value.issues
    assert issue.place.line == 7
    assert "\n" not in str(issue)


def test_a_link_out_of_the_folder_is_not_followed(read_scenario, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "ours.csv"
    outside.write_text(GOOD)
    (tmp_path / "link.csv").symlink_to(outside)
    with pytest.raises(InvalidInputError, match="must be a file in the folder of the scenario"):
        read_scenario(DENSE + "mfu: {from: link.csv}\n")


def test_a_pipe_and_a_folder_are_no_tables(read_scenario, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(InvalidInputError, match="is not a file"):
            read_scenario(DENSE + f"mfu: {{from: {name}.csv}}\n")
