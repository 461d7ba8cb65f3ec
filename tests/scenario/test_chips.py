"""Chips and their prices: names lead to one chip, values are the data sheets', rows are the figures that were published."""

import csv
from fnmatch import fnmatchcase
from functools import cache

import numpy as np
import paths
import pytest

from simulator import model
from simulator.core import units
from simulator.distributions import is_quantile, parse_quantile
from simulator.engine.simulate import simulate
from simulator.scenario import InvalidInputError, library, read, rents
from simulator.scenario.entries import Reader, library_entry
from simulator.scenario.schema import ChipRow, Entry

TESTS = paths.TESTS
SHARED = paths.SHARED
TABLES = ("epoch-2024-chips.csv", "epoch-2024-hardware-prices.csv", "epoch-2024-models.csv", "published-runs.csv")
RENTS = tuple(rents.PRICES.values())
PRICES = ("chip_price", "server_price", *RENTS)
QUANTITIES = model.graph({}).units
CHIPS = {name: ChipRow.model_validate(node.plain()) for name, node in library.chips().items()}
needs_tables = pytest.mark.skipif(
    not all((SHARED / name).exists() for name in TABLES), reason="the tables of evidence are not here"
)

# Chips of the tables that have no place in the library, as patterns of whole names.
EXCLUDED = {
    "cards for games and drawing": (
        "NVIDIA GeForce *", "NVIDIA GTX *", "NVIDIA Quadro *", "NVIDIA TITAN Xp", "NVIDIA Titan V",
        "NVIDIA RTX A4*", "NVIDIA RTX A6*", "NVIDIA RTX [46]*", "RTX-8000", "AMD Radeon RX *",
    ),
    "older than language models, or slower than a P100": (
        "NVIDIA Tesla C2050", "NVIDIA Tesla K*", "NVIDIA TESLA M60", "NVIDIA M40", "NVIDIA Tesla P4", "NVIDIA P40", "MT-2000",
        "PEZY-SC2", "Intel Xeon Phi *",
    ),
    "made to serve models and not to train them": (
        "NVIDIA Tesla T4", "NVIDIA A10 PCIe", "NVIDIA A10G", "NVIDIA A30 PCIe", "NVIDIA A40 PCIe", "NVIDIA L[24]*",
        "NVIDIA Tesla P100 PCIe 12GB", "Google TPU v1", "Google TPU v4i", "AWS Inferentia2", "Meta MTIA *", "GroqChip *",
        "Huawei Ascend 310", "T-Head *", "Cambricon *",
    ),
    "no price and no training run is known": (
        "AMD Radeon Instinct MI250", "AMD Radeon Instinct MI300", "Baidu *", "Biren *", "Cerebras *",
        "Intel Data Center GPU Max *", "Intel Habana GAUDI HL-205", "Intel Habana Gaudi3", "MT-3000", "MTT *", "Maia *",
        "MetaX *", "NVIDIA B100", "Shensuan-1", "Sunway *", "Tesla D1 *", "Tianshu *",
    ),
    "variants that no run names": (
        "Huawei Ascend 910 (*", "Huawei Ascend 910A P*", "Huawei Ascend 910B?*", "Huawei Ascend 910C", "NVIDIA GH100",
    ),
    "several chips as one": ("TPUv5e/v4/v5p",),
}  # fmt: skip


@cache
def chip_by_alias():
    """Chips by every name that leads to them, in small letters."""
    return {alias.casefold(): name for name, row in CHIPS.items() for alias in (name, *row.aliases)}


@cache
def table(name):
    with (SHARED / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def chips_in(name):
    """The chips that a table names; several in one cell stand apart by commas."""
    return {part.strip() for row in table(name) for part in row["chip"].split(",")} - {""}


def value(chip, quantity):
    """The middle of what a chip of the library brings, in canonical units."""
    return (
        Reader()
        .distribution(quantity, Entry.model_validate(CHIPS[chip].model_extra[quantity]), QUANTITIES[quantity])
        .quantile(0.5)
    )


def distribution(quantity, name):
    return Reader().distribution(quantity, library_entry(quantity, name), QUANTITIES[quantity])


def median_and_bounds(quantity, name):
    scale = units.conversion_factor(library_entry(quantity, name).unit or QUANTITIES[quantity].text, QUANTITIES[quantity].text)
    return tuple(distribution(quantity, name).quantile(p) / scale for p in (0.05, 0.5, 0.95))


# --- names ------------------------------------------------------------------------------------------------------------------


def test_every_alias_leads_to_one_chip():
    names = [alias.casefold() for name, row in CHIPS.items() for alias in {name, *row.aliases}]
    assert sorted({alias for alias in names if names.count(alias) > 1}) == []
    assert all(alias == " ".join(alias.split()) for alias in names)


@pytest.mark.parametrize(
    ("spelling", "chip"),
    [
        ("A100", "nvidia-a100-sxm4-40gb"),
        ("a100-80", "nvidia-a100-sxm4-80gb"),
        ("h100", "nvidia-h100-sxm"),
        ("NVIDIA H100", "nvidia-h100-sxm"),
        ("NVIDIA H100 SXM5 80GB", "nvidia-h100-sxm"),
        ("NVIDIA H100 80GB HBM3", "nvidia-h100-sxm"),
        ("NVIDIA H100 PCIe", "nvidia-h100-pcie"),
        ("NVIDIA A100 80GB PCIe", "nvidia-a100-pcie-80gb"),
        ("Tesla V100-SXM2-16GB", "nvidia-v100-sxm2-16gb"),
        ("NVIDIA Tesla V100 DGXS 32 GB", "nvidia-v100-sxm2-32gb"),
        ("P100", "nvidia-p100-sxm2-16gb"),
        ("tpu v5", "google-tpu-v5p"),
        ("TPUv5e", "google-tpu-v5e"),
        ("Google TPU v6e Trillium", "google-tpu-v6e"),
        ("Ascend-910B", "huawei-ascend-910b"),
        ("Amazon Trainium1", "amazon-trainium1"),
        ("MI250X", "amd-mi250x"),
    ],
)
def test_usual_spelling_leads_to_its_chip(spelling, chip):
    assert chip_by_alias()[spelling.casefold()] == chip


@needs_tables
@pytest.mark.parametrize("name", TABLES)
def test_every_chip_of_a_table_is_known_or_left_out_for_a_reason(name):
    patterns = [pattern for reason in EXCLUDED.values() for pattern in reason]
    for chip in chips_in(name):
        is_left_out = any(fnmatchcase(chip, pattern) for pattern in patterns)
        assert (chip.casefold() in chip_by_alias()) != is_left_out, chip


@needs_tables
def test_nothing_is_left_out_that_no_table_names():
    chips = set().union(*(chips_in(name) for name in TABLES))
    unused = [
        pattern for reason in EXCLUDED.values() for pattern in reason if not any(fnmatchcase(chip, pattern) for chip in chips)
    ]
    assert unused == []


# --- data sheets ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chip", "bf16", "fp8", "gigabytes", "watts"),
    [
        ("nvidia-p100-sxm2-16gb", 21.2, None, 16, 300),
        ("nvidia-v100-sxm2-16gb", 125, None, 16, 300),
        ("nvidia-a100-pcie-80gb", 312, None, 80, 300),
        ("nvidia-h100-sxm", 989, 1979, 80, 700),
        ("nvidia-h100-pcie", 756, 1513, 80, 350),
        ("nvidia-h200-sxm", 989, 1979, 141, 700),
        ("nvidia-h20-sxm", 148, 296, 96, 400),
        ("nvidia-b200-sxm", 2250, 4500, 180, 1000),
        ("nvidia-gb200", 2500, 5000, 186, 1200),
        ("amd-mi300x", 1307.4, 2614.9, 192, 750),
        ("amd-mi355x", 2516.6, 5033.2, 288, 1400),
        ("google-tpu-v5p", 459, None, 95, 540),
        ("google-tpu-v7", 2307, 4614, 192, 960),
        ("amazon-trainium2", 667, 1299, 96, 500),
        ("amazon-trainium3", 671, 2517, 144, 1000),
        ("intel-gaudi2", 432, 865, 96, 600),
    ],
)
def test_chip_has_the_values_of_its_data_sheet(chip, bf16, fp8, gigabytes, watts):
    assert value(chip, "peak_flop_bf16") == pytest.approx(bf16 * 1e12 * 3600, rel=1e-9)
    assert ("peak_flop_fp8" in CHIPS[chip].model_extra) == (fp8 is not None)
    if fp8:
        assert value(chip, "peak_flop_fp8") == pytest.approx(fp8 * 1e12 * 3600, rel=1e-9)
    assert value(chip, "memory") == pytest.approx(gigabytes * 1e9, rel=1e-9)
    assert value(chip, "tdp") == pytest.approx(watts / 1000, rel=1e-9)


@pytest.mark.parametrize("chip", CHIPS)
def test_chip_is_of_its_time(chip):
    """Peaks are dense, in FLOP and not TFLOP: FP8 twice BF16 at most a little, speed a watt no further than the field was."""
    assert 15 < float(CHIPS[chip].released[2:4]) < 27
    bf16 = value(chip, "peak_flop_bf16") / 3600
    if "peak_flop_fp8" in CHIPS[chip].model_extra:
        assert 1 <= value(chip, "peak_flop_fp8") / 3600 / bf16 < 4.5
    per_watt = bf16 / value(chip, "tdp") / 1e15  # TFLOP/s a watt: P100 0.07, TPU v6e and v7 2.4
    assert 0.05 < per_watt < 2.5
    assert 1.2 < value(chip, "server_power_factor") < 2.1


# Chips of the table whose power differs from ours: its figure is a later one (TPUs), that of another card, or a server's share.
OTHER_POWER = {
    "NVIDIA P100", "NVIDIA Tesla V100 DGXS 16 GB", "NVIDIA Tesla V100 DGXS 32 GB", "NVIDIA A800 PCIe 80 GB", "Google TPU v3",
    "Google TPU v4", "Google TPU v5e", "AMD Radeon Instinct MI250X", "NVIDIA B300", "NVIDIA GB300",
}  # fmt: skip
# The same for peak and memory: a peak before the chip was sold, memory of two chips, or as announced.
OTHER_PEAK = {"Intel Habana Gaudi2"}
OTHER_MEMORY = {"NVIDIA GB200 NVL2", "NVIDIA B200", "Huawei Ascend 910B"}


@needs_tables
def test_chips_agree_with_the_table_of_chips_but_for_those_named():
    differ = {"tdp": set(), "peak_flop_bf16": set(), "memory": set()}
    compared = dict.fromkeys(differ, 0)
    columns = {
        "tdp": ("tdp_w", 1e-3),
        "peak_flop_bf16": ("peak_tensor_fp16_bf16_flop_per_s", 3600),
        "memory": ("memory_gb", 1e9),
    }
    for row in table("epoch-2024-chips.csv"):
        ours = chip_by_alias().get(row["chip"].casefold())
        for quantity, (column, scale) in columns.items():
            if ours and row[column]:
                compared[quantity] += 1
                if value(ours, quantity) != pytest.approx(float(row[column]) * scale, rel=0.03):
                    differ[quantity].add(row["chip"])
    assert differ == {"tdp": OTHER_POWER, "peak_flop_bf16": OTHER_PEAK, "memory": OTHER_MEMORY}
    assert min(compared.values()) >= 20


# --- prices -----------------------------------------------------------------------------------------------------------------

EXACT = 1e-12
"""A published price, up to the rounding of floating-point numbers."""
HALF_A_CENT = 0.005 + EXACT
"""What a price over the chips of an instance is rounded by."""


@pytest.mark.parametrize("chip", CHIPS)
def test_price_of_a_chip_is_a_row_for_that_chip(chip):
    for quantity in PRICES:
        entry = CHIPS[chip].model_extra.get(quantity)
        if isinstance(entry, str):
            assert entry in library.rows()[quantity]
            short = entry.split("-")[0] if not entry.startswith("tpu") else "-".join(entry.split("-")[:2])
            assert chip.split("-", 1)[1].startswith(short), (chip, entry)


UNPRICED = {
    "nvidia-rtx-a5000",
    "nvidia-p100-sxm2-16gb",
    "nvidia-p100-pcie-16gb",
    "nvidia-h100-nvl",
    "huawei-ascend-910",
    "huawei-ascend-910b",
}
UNRENTED = {name for name in CHIPS if "on_demand_price" not in rents.rent_entries(name, rents.channel_of(name, None))}
RUN = "extends: training-run\nchip: {}\ntotal_parameters: 7e9\ntraining_tokens: 1e12\nchips: 1024\n"


@pytest.mark.parametrize("chip", CHIPS)
def test_run_on_a_chip_has_a_price_or_says_which_is_missing(chip, tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text(RUN.format(chip))
    for basis, unknown, quantity in (("owned", UNPRICED, "chip_price"), ("rented", UNRENTED, "rental_price")):
        if chip in unknown:
            with pytest.raises(InvalidInputError, match=quantity):
                read(str(path), basis=basis)
            continue
        result = simulate(read(str(path), basis=basis), 200)
        # 4.2e22 FLOP: from a thousand dollars on the best chips to ten millions on a P100.
        assert 1e3 < result.accumulators["total_cost"].quantile(0.5) < 1e7


def test_rack_of_72_costs_what_a_rack_costs(tmp_path):
    path = tmp_path / "rack.yaml"
    path.write_text("chip: nvidia-gb200\nchips: 72\nnetwork_factor: 1\ndeflator: 1\nlines: [chip_purchase, server_purchase]\n")
    total = simulate(read(str(path)), 100_000).accumulators["total_cost"]
    assert total.quantile(0.05) == pytest.approx(3.1e6, rel=0.02)
    assert total.quantile(0.50) == pytest.approx(3.4e6, rel=0.02)
    assert total.quantile(0.95) == pytest.approx(3.9e6, rel=0.02)


QUANTITIES_HERE = (
    *PRICES, *rents.DISCOUNTS.values(), "server_factor", "network_factor", "price_decline", "useful_life",
)  # fmt: skip
OWN = [(quantity, name) for quantity in QUANTITIES_HERE for name in library.rows()[quantity]]


@pytest.mark.parametrize(("quantity", "name"), OWN)
def test_row_is_read_as_the_distribution_that_it_gives(quantity, name):
    entry, unit = library_entry(quantity, name), QUANTITIES[quantity]
    scale = units.conversion_factor(entry.unit or unit.text, unit.text)
    prior = distribution(quantity, name)
    parameters = entry.lognormal or entry.logitnormal or entry.normal or entry.quantiles
    if parameters:
        assert {"p5", "p95"} <= parameters.keys()
        for key, x in parameters.items():
            assert is_quantile(key)
            assert prior.quantile(parse_quantile(key)) == pytest.approx(x * scale, rel=1e-6), key
    elif entry.triangular:
        assert prior.support == pytest.approx((entry.triangular["min"] * scale, entry.triangular["max"] * scale))
    elif entry.choice:
        values = [float(part.distribution.value) * scale for part in entry.choice.values()]
        assert prior.support == pytest.approx((min(values), max(values)))
    elif entry.times is None:
        assert prior.is_constant
        assert prior.quantile(0.5) == pytest.approx(float(entry.value) * scale)


@pytest.mark.parametrize(("quantity", "name"), OWN)
def test_row_is_named_after_its_date_and_says_what_is_assumed(quantity, name):
    entry = library_entry(quantity, name)
    assert name == name.lower()
    assert entry.about.startswith("Assumption:") == (entry.grade == "D")
    if quantity in PRICES:
        assert any(part.isdigit() and len(part) == 4 for part in name.split("-"))
        assert entry.unit == QUANTITIES[quantity].text


@pytest.mark.parametrize(
    ("quantity", "name", "published"),
    [
        ("chip_price", "v100-used-2024", (2500, 7500, 12000)),
        ("chip_price", "a100-80gb-used-2026", (8000, 11000, 15000)),
        ("chip_price", "a800-2024", (15000, 16000, 17500)),
        ("chip_price", "h100-2022", (27000, 31000, 35000)),
        ("chip_price", "h100-2026", (20000, 25000, 33000)),
        ("chip_price", "h100-manufacturing-2023", (3300, 4500, 5900)),
        ("chip_price", "h20-2024", (9000, 12000, 15000)),
        ("chip_price", "h200-2026", (27000, 31000, 36000)),
        ("server_price", "gh200-2024", (35000, 43400, 46700)),
        ("chip_price", "b200-2024", (33000, 37000, 42000)),
        ("chip_price", "b300-2026", (38000, 44000, 50000)),
        ("chip_price", "mi300x-2025", (10000, 12500, 15000)),
        ("chip_price", "mi355x-2026", (25000, 27500, 30000)),
        ("chip_price", "gaudi2-2024", (6500, 8100, 10000)),
        ("chip_price", "tpu-v3-2018", (2100, 2700, 3500)),
        ("chip_price", "tpu-v7-2025", (9800, 11700, 14600)),
        ("chip_price", "trainium2-2024", (3000, 5500, 11000)),
        ("server_price", "a100-dgx-2021", (18500, 24900, 37500)),
        ("server_price", "h200-server-2025", (33000, 37000, 47000)),
        ("server_price", "h100-hgx-2025", (190e3 / 8, 200e3 / 8, 270e3 / 8)),
        # a rack of 72 chips, to the dollar
        ("server_price", "gb200-nvl72-2026", (round(3.1e6 / 72), round(3.4e6 / 72), round(3.9e6 / 72))),
        ("cluster_price", "gb200-cluster-2025", (50e3, 57e3, round(5.0e6 / 72))),
        ("server_price", "gb300-nvl72-2026", (round(3.7e6 / 72), round(4.0e6 / 72), round(4.6e6 / 72))),
        ("server_price", "vr200-nvl72-2026", (round(6.5e6 / 72), round(7.8e6 / 72), round(9.0e6 / 72))),
        ("server_factor", "p100-2016", (1.54, 1.54, 1.54)),
        ("network_factor", "cottier-2024-fixed", (100 / 81, 100 / 81, 100 / 81)),
        ("useful_life", "neocloud-2025", (4, 5, 6)),
        ("useful_life", "cottier-bought-2022", (4, 4, 4)),
        ("on_demand_price", "p100-hyperscaler-2017-2024", (1.46, 2.07, 2.30)),
        ("on_demand_price", "v100-neocloud-2026", (0.19, 0.65, 1.00)),
        ("on_demand_price", "a100-neocloud-2024", (1.29, 2.25, 3.40)),
        ("on_demand_price", "h100-peak-2023", (4, 8, 12)),
        ("on_demand_price", "h100-hyperscaler-2025", (6.98, 11.06, 12.29)),
        ("on_demand_price", "h100-amazon-2026", (6.88, 6.88, 6.88)),
        ("on_demand_price", "h200-2026", (1.99, 3.50, 10.85)),
        ("on_demand_price", "b200-hyperscaler-2026", (8, 11, 14.24)),
        ("on_demand_price", "mi300x-neocloud-2026", (1.49, 2.2, 2.94)),
        ("on_demand_price", "tpu-v3-2018-2021", (2.00, 2.00, 2.20)),
        ("on_demand_price", "tpu-v6e-2025", (2.70, 2.97, 3.24)),
        ("three_year_price", "v100-hyperscaler-three-year-2018-2025", (1.12, 1.63, 2.00)),
        ("spot_price", "a100-40gb-spot-2026", (0.25, 0.45, 0.80)),
        ("one_year_price", "h100-hyperscaler-one-year-2025", (5.81, 7.67, 7.67)),
        ("one_year_price", "h100-one-year-2025-10", (1.70, 1.70, 1.70)),
        ("block_price", "h200-p5en-capacity-block-2026", (5.20, 5.20, 5.20)),
        ("three_year_price", "tpu-v5e-three-year-2025", (0.54, 0.59, 0.70)),
        ("three_year_price", "tpu-v7-large-contract-2025", (1.4, 1.60, 2.0)),
        ("spot_discount", "neocloud", (0.25, 0.55, 0.60)),
        ("on_demand_price", "h100-neocloud-2026-08", (2.29, 2.70, 4.29)),
        ("one_year_price", "h100-one-year-2026-06", (2.2, 2.65, 3.2)),
        ("spot_price", "h100-spot-2026-08", (0.80, 1.75, 2.6)),
        ("three_year_discount", "amazon-2024", (0.64, 0.64, 0.64)),
    ],
)
def test_row_has_the_published_figures(quantity, name, published):
    low, middle, high = median_and_bounds(quantity, name)
    assert (low, high) == pytest.approx((published[0], published[2]), rel=EXACT)
    is_near = library_entry(quantity, name).lognormal is not None  # its median follows from its bounds
    assert middle == pytest.approx(published[1], rel=0.05 if is_near else EXACT)


def test_list_prices_are_those_of_the_instances():
    """An instance's or a kit's price over its chips (Amazon's catalogue of 2026, Intel's statement), and a rise as reported."""
    assert median_and_bounds("on_demand_price", "a100-40gb-amazon-2026")[1] == pytest.approx(21.96 / 8, abs=HALF_A_CENT)
    assert median_and_bounds("on_demand_price", "h100-amazon-2026")[1] == pytest.approx(55.04 / 8, rel=EXACT)
    assert median_and_bounds("on_demand_price", "b200-hyperscaler-2026")[2] == pytest.approx(113.93 / 8, abs=HALF_A_CENT)
    assert median_and_bounds("chip_price", "gaudi2-2024")[1] == pytest.approx(65_000 / 8, rel=0.02)
    for kind in ("p5e", "p5en"):  # the rise of January 2026
        before, after = (median_and_bounds("block_price", f"h200-{kind}-capacity-block-{year}")[1] for year in (2025, 2026))
        assert after / before == pytest.approx(1.15, abs=0.005)


LARGE = ("Amazon Web Services", "Google Cloud", "Microsoft Azure", "Oracle Cloud")
OBSERVED = [
    ("on_demand_price", "p100-hyperscaler-2017-2024", "P100", True, 2017, 2024),
    ("on_demand_price", "v100-hyperscaler-2018-2025", "V100", True, 2018, 2025),
    ("on_demand_price", "v100-neocloud-2022", "V100", False, 2022, 2022),
    ("on_demand_price", "a100-hyperscaler-2022", "A100", True, 2021, 2022),
    ("on_demand_price", "a100-hyperscaler-2025", "A100", True, 2023, 2025),
    *(("on_demand_price", f"a100-neocloud-{year}", "A100", False, year, year) for year in (2022, 2023, 2024, 2025)),
    *(("on_demand_price", f"h100-neocloud-{year}", "H100", False, year, year) for year in (2023, 2024, 2025)),
    ("on_demand_price", "tpu-v3-2018-2021", "TPU v3", True, 2018, 2021),
    ("on_demand_price", "tpu-v5e-2025", "TPU v5e", True, 2024, 2025),
    ("on_demand_price", "tpu-v6e-2025", "TPU v6e", True, 2025, 2025),
    ("one_year_price", "v100-hyperscaler-one-year-2018-2025", "V100", True, 2018, 2025),
    ("three_year_price", "v100-hyperscaler-three-year-2018-2025", "V100", True, 2018, 2025),
    ("one_year_price", "a100-hyperscaler-one-year-2021-2025", "A100", True, 2021, 2025),
    ("three_year_price", "a100-hyperscaler-three-year-2021-2025", "A100", True, 2021, 2025),
    ("one_year_price", "h100-hyperscaler-one-year-2025", "H100", True, 2025, 2025),
    ("three_year_price", "h100-hyperscaler-three-year-2025", "H100", True, 2025, 2025),
    ("one_year_price", "tpu-v5e-one-year-2025", "TPU v5e", True, 2024, 2025),
    ("three_year_price", "tpu-v6e-three-year-2025", "TPU v6e", True, 2025, 2025),
]


@needs_tables
@pytest.mark.parametrize(
    ("quantity", "name", "chip", "is_large", "first", "last"), OBSERVED, ids=lambda x: x if isinstance(x, str) else ""
)
def test_row_spans_the_prices_that_were_observed(quantity, name, chip, is_large, first, last):
    kind = {"one": "rental_1yr_commit", "three": "rental_3yr_commit"}
    price_kind = next((kind[word] for word in name.split("-") if word in kind), "rental_on_demand")
    prices = [
        float(row["price_usd"])
        for row in table("epoch-2024-hardware-prices.csv")
        if chip in row["chip"] and row["price_kind"] == price_kind and (row["vendor"] in LARGE) == is_large
        and first <= int(row["price_date"][:4]) <= last
    ]  # fmt: skip
    low, middle, high = median_and_bounds(quantity, name)
    assert (low, high) == pytest.approx((min(prices), max(prices)), rel=EXACT)
    # Rows of the table repeat a price, so its middle half is as near as a median of vendors need be.
    assert np.quantile(prices, 0.25, method="lower") * 0.99 <= middle <= np.quantile(prices, 0.75, method="higher") * 1.01


@pytest.mark.parametrize(
    "chip", ["v100-hyperscaler", "a100-hyperscaler", "h100-hyperscaler", "tpu-v3", "tpu-v4", "tpu-v5e", "tpu-v5p", "tpu-v6e"]
)
def test_longer_commitment_is_cheaper(chip):
    one, three = (
        [
            median_and_bounds(f"{word}_year_price", name)[1]
            for name in library.rows()[f"{word}_year_price"]
            if name.startswith(f"{chip}-{word}-year")
        ]
        for word in ("one", "three")
    )
    on_demand = [
        median_and_bounds("on_demand_price", name)[1]
        for name in library.rows()["on_demand_price"]
        if name.startswith(f"{chip}-") and library_entry("on_demand_price", name).date[:4] <= "2025"  # as the contracts
    ]
    assert max(three) < min(one) <= max(one) < min(on_demand)
