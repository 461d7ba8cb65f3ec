"""Rows on energy, utilisation and staff: each distribution is what its row states, and the figures agree with what was
published.
"""

import math
import re
from statistics import NormalDist

import pytest

from simulator import model
from simulator.core import units
from simulator.core.units import HOURS_PER_YEAR, Unit
from simulator.distributions import FAMILIES, Constant, Empirical, Truncated, is_quantile, parse_quantile
from simulator.engine.inputs import GRADES
from simulator.scenario import library
from simulator.scenario.entries import Reader, library_entry

FILES = ("energy.yaml", "utilisation.yaml", "development.yaml")
ROWS = [
    (quantity, name)
    for quantity, named in library.rows().items()
    for name, row in named.items()
    if row.node.place.file.rpartition("/")[2] in FILES and name != library.DEFAULT
]
MONTH = HOURS_PER_YEAR / 12
P90_HALF = NormalDist().inv_cdf(0.95)
MEANS = {"us-mean-2024", "world-mean-2024"}


def unit_of(quantity, entry):
    # A row may be here before its quantity is; its own unit stands in then.
    stand_in = Unit(entry.unit or "1", high=1.0 if quantity.endswith("probability") else math.inf)
    return model.every_graph().units.get(model.lookup_name(quantity), stand_in)


def read_row(quantity, name):
    """The entry of a row, its distribution, and what one of its unit is in that of the quantity."""
    entry = library_entry(quantity, name)
    unit = unit_of(quantity, entry)
    return entry, Reader().distribution(quantity, entry, unit), units.conversion_factor(entry.unit or unit.text, unit.text)


def distribution_of(quantity, name):
    return read_row(quantity, name)[1]


def median(quantity, name):
    return distribution_of(quantity, name).quantile(0.5)


def names(quantity):
    return [name for of, name in ROWS if of == quantity]


def unbounded(distribution):
    while isinstance(distribution, Truncated):
        distribution = distribution.distribution
    return distribution


def test_rows_of_the_three_files_are_found():
    headings = {quantity for quantity, _ in ROWS}
    assert len(ROWS) > 150
    assert {"pue", "mfu", "salary", "grid_intensity", "experiments_factor", "goodput", "fte"} <= headings


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_row_says_what_it_is_when_and_on_whose_word(quantity, name):
    entry = library_entry(quantity, name)
    assert entry.about
    assert re.fullmatch(r"(19|20)\d\d(-\d\d(-\d\d)?)?", entry.date)
    assert entry.sources
    assert all(source.title and source.date for source in entry.sources)
    assert entry.grade in GRADES
    if entry.grade == "D":
        assert "assumption" in entry.about.lower()


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_row_is_a_distribution_through_its_quantiles(quantity, name):
    entry, distribution, scale = read_row(quantity, name)
    for kind in (*FAMILIES, "quantiles"):
        points = sorted((parse_quantile(key), x * scale) for key, x in (getattr(entry, kind) or {}).items() if is_quantile(key))
        for p, value in points:
            assert distribution.quantile(p) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_distribution_stays_within_what_is_possible(quantity, name):
    entry, distribution, _ = read_row(quantity, name)
    unit = unit_of(quantity, entry)
    points = [distribution.quantile(p) for p in (0, 1e-9, 1e-3, 0.05, 0.5, 0.95, 0.999, 1 - 1e-9, 1)]
    assert all(unit.low <= x <= unit.high for x in points)
    assert points == sorted(points)
    assert 0 < points[4] < math.inf


@pytest.mark.parametrize("quantity", ["pue", "experiments_factor", "recompute_factor", "server_power_factor", "on_cost"])
def test_factor_on_top_of_one_never_falls_below_one(quantity):
    assert all(distribution_of(quantity, name).quantile(0) >= 1 for name in names(quantity))


@pytest.mark.parametrize(
    "quantity", ["mfu", "hfu", "goodput", "effective_utilisation", "checkpoint_share", "rollback_probability"]
)
def test_fraction_stays_between_nothing_and_all(quantity):
    assert names(quantity)
    for name in names(quantity):
        distribution = distribution_of(quantity, name)
        assert 0 <= distribution.quantile(0) < distribution.quantile(1) <= 1 or distribution.is_constant


# --- medians worked by hand, in the canonical unit ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "name", "value"),
    [
        ("grid_intensity", "north-virginia-2024", 323 * 0.99e-6),  # the year's spread has its median at 0.99; grams to tonnes
        ("grid_intensity", "stockholm-2024", 2.7 * 0.99e-6),
        ("grid_intensity", "mumbai-2024", 679 * 0.99e-6),
        ("grid_intensity", "quebec-2019", 20 * 0.99e-6),
        ("grid_intensity", "jean-zay-2022", 57e-6),
        ("electricity_price", "us-2010", 0.0677 * math.sqrt(0.6 * 1.7)),
        ("electricity_price", "us-2025", 0.0861 * math.sqrt(0.6 * 1.7)),
        ("electricity_price", "new-england-2024", 0.163),
        ("electricity_price", "eu-2024", math.sqrt(0.15 * 0.30)),
        ("server_power_factor", "a100-server", 6500 / (8 * 400)),
        ("server_power_factor", "v100-server", (1.25 + 2.08) / 2),
        ("average_power", "tpu-v4-system-2022", math.sqrt(0.320 * 0.3785)),
        ("pue", "academic-machine-room", 1.4),  # 1 + sqrt(0.2 x 0.8)
        ("pue", "direct-liquid-2026", 1.1),  # 1 + sqrt(0.05 x 0.2)
        ("pue", "industry-2024", 1.56),
        ("recompute_factor", "full", (2 + 4 + 2) / (2 + 4)),
        ("mfu", "nemotron-4-340b-2024", 0.417),
        ("goodput", "effective-over-reported-mfu", 0.84),  # the fourth of six
        ("chip_time_between_interruptions", "gb200-2026", 1700 * 24),
        ("experiments_factor", "known-recipe", 1 + math.sqrt(0.05 * 1.0)),
        ("experiments_factor", "frontier-flagship", 8),
        ("location_factor", "western-europe", 0.65),
        ("location_factor", "india-eastern-europe", 0.35),
        ("location_factor", "us-other", 0.90),
        ("salary", "us-ml-2026", math.sqrt(110_000 * 246_000) / 8766),
        ("salary", "frontier-lab-mid-2026", math.sqrt(480e3 * 750e3) / 8766),
        ("duration", "open-model-2026", 6 * MONTH),
        ("people", "gemini-ultra-2023", 941),
        ("embodied_share", "low-carbon-grid", math.sqrt(0.5)),
        ("post_training_share", "reported-2026", 0.06),
    ],
)  # fmt: skip
def test_median_equals_the_one_worked_by_hand(quantity, name, value):
    # Truncating a distribution moves its median by less than this.
    assert median(quantity, name) == pytest.approx(value, rel=0.003)


def test_bounds_of_a_uniform_row_are_the_published_ones():
    distribution = distribution_of("mfu", "deepseek-v3-2024")
    assert (distribution.quantile(0), distribution.quantile(1)) == pytest.approx((0.39 / 2, 0.43 / 2))  # of the FP8 peak
    assert distribution.quantile(0.05) == pytest.approx(0.392 / 2)  # a twentieth of the way


def test_observed_values_come_back_and_nothing_between_them():
    distribution = distribution_of("goodput", "effective-over-reported-mfu")
    assert isinstance(distribution, Empirical)
    assert {distribution.quantile((i + 0.5) / 6) for i in range(6)} == {0.66, 0.67, 0.82, 0.84, 0.99, 1.0}


# --- rows against figures published elsewhere ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "name", "value"),
    [
        ("server_power_factor", "h100-server", 10.2 / 5.6),  # DGX H100: rated server over eight rated chips
        ("average_power", "h100-node-2025", 7.75 / 8),  # the middle of the measured nodes, kW
        ("electricity_water", "typical", 15_887_000 / 12.3e6),  # litres over kWh, arXiv:2605.01158
        ("experiments_factor", "olmo-3-2026", 1 / (1 - 0.822)),
        ("experiments_factor", "minimax-2026", 1 / 0.226),
        ("experiments_factor", "z-ai-2026", 1 / 0.123),
        ("experiments_factor", "openai-2024", 1 / 0.096),
        ("experiments_factor", "bloom-2022", 1 / 0.37),
        ("experiments_factor", "smollm3-2025", (276_480 + 161_280) / 276_480),
        ("experiments_factor", "llama-2023", 2638 / 449),
        ("mfu", "llama-65b-2023", 380 * 6 * 65.2e9 / 312e12),  # 380 tokens a second on an A100
        ("mfu", "bloomberggpt-2023", 102 / 312),  # TFLOP/s over the peak
        ("mfu", "bloom-176b-2022", 0.50 * 6 / 8),
    ],
)
def test_row_agrees_with_the_arithmetic_of_its_source(quantity, name, value):
    assert median(quantity, name) == pytest.approx(value, rel=0.03)


@pytest.mark.parametrize(
    ("quantity", "name", "value"),
    [
        ("chip_time_between_interruptions", "h100-2025", 16_384 * 54 / 419 * 24),  # arXiv:2407.21783
        ("post_training_share", "reported-2026", 147_000 / 2.79e6),  # DeepSeek-R1 on DeepSeek-V3
        ("experiments_factor", "frontier-flagship", 1 / 0.096),
        ("experiments_factor", "reasoning-model", 1 / 0.178),
        ("rollback_share", "published-runs-2026", 1 / 11),  # SmolLM3: 1T of 11T tokens
        ("goodput", "expert", 0.97),  # Gemini 1.0
        ("mfu", "dense-h100", 0.41),  # Llama 3.1 405B
        ("mfu", "moe-hopper", 0.30),  # within MegaScale-MoE's range
        ("mfu", "fp8-2025", 0.13),  # Llama 4 Maverick
    ],
)
def test_published_value_lies_within_the_central_ninety_percent(quantity, name, value):
    distribution = distribution_of(quantity, name)
    assert distribution.quantile(0.05) <= value <= distribution.quantile(0.95)


def test_within_one_run_hardware_utilisation_exceeds_that_of_the_model():
    for name in set(names("hfu")) & set(names("mfu")):
        assert 1 < median("hfu", name) / median("mfu", name) < 1.4  # at most everything twice, 4/3, and rounding
    assert {"palm-540b-2022", "bloom-176b-2022"} <= set(names("hfu")) & set(names("mfu"))


def test_a_region_is_its_published_mean_times_a_common_ratio():
    regions = [name for name in names("grid_intensity") if name.endswith("-2024") and name not in MEANS]
    assert len(regions) == 22
    for name in regions:
        distribution = distribution_of("grid_intensity", name)
        assert distribution.quantile(0.95) / distribution.quantile(0.05) == pytest.approx(2)
        assert 2e-6 < distribution.quantile(0.5) < 0.7e-3


def test_places_and_grids_keep_their_order():
    for quantity, ordered in {
        "grid_intensity": (
            "stockholm-2024",
            "montreal-2024",
            "paris-2024",
            "oregon-2024",
            "north-virginia-2024",
            "mumbai-2024",
        ),
        "electricity_price": ("china-2024", "nordic-2024", "france-2024", "germany-2024", "ireland-2024"),
        "pue": ("immersion-2026", "google-2024", "aws-2024", "microsoft-2025", "neocloud-2025", "industry-2024"),
        "location_factor": ("india-eastern-europe", "western-europe", "us-other"),
        "embodied_share": ("mean-grid", "low-carbon-grid"),
        "posts": ("team-fine-tune", "team-small-medium", "team-large", "team-frontier"),
        "water_per_kwh": ("aws-2024", "microsoft-2024", "other-2024"),
    }.items():
        medians = [median(quantity, name) for name in ordered]
        assert medians == sorted(medians), quantity
        assert len(set(medians)) == len(medians), quantity


def test_a_place_is_narrower_than_the_difference_between_places():
    far, near, home = (
        distribution_of("location_factor", name) for name in ("india-eastern-europe", "western-europe", "us-other")
    )
    assert far.quantile(0.999) < near.quantile(0.001)
    assert near.quantile(0.99) < home.quantile(0.01)


@pytest.mark.parametrize("name", ["a100-dense", "hopper-dense", "hopper-moe", "tpu-v3-v4", "large-runs", "all-runs-quantiles"])
def test_utilisation_over_all_hours_is_below_that_while_running(name):
    reported = distribution_of("mfu", "moe-hopper" if "moe" in name else "all-runs")
    for p in (0.25, 0.5, 0.75):
        assert distribution_of("effective_utilisation", name).quantile(p) < reported.quantile(p)


def test_total_pay_says_what_goes_with_it_and_exceeds_base_pay():
    base = distribution_of("salary", "sf-ml-2024").quantile(0.5)
    for name in ("frontier-lab-mid-2026", "frontier-lab-senior-2026", "frontier-lab-staff-2026", "star-researcher-2025"):
        assert "on-cost counted as included" in library_entry("salary", name).about
        assert distribution_of("salary", name).quantile(0.05) > base


def test_lognormal_rows_have_the_sigma_that_their_bounds_imply():
    distribution = unbounded(distribution_of("duration", "gemini-ultra-2023"))
    assert distribution.sigma == pytest.approx(math.log(20 / 7) / (2 * P90_HALF))
    assert isinstance(distribution_of("people", "gpt-3-2020"), Constant)
