"""Bills as clouds write them: categories, units, names of instances, commitments and tokens; each price worked by hand."""

import csv
import io

import pytest

from simulator.core.errors import InvalidInputError
from simulator.records import focus
from simulator.records.usage_units import parse_token_unit, parse_usage_unit
from simulator.scenario import library
from simulator.scenario.instances import find_instance, find_meter, instances

USAGE = {
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-10-01T00:00:00Z",
    "ChargePeriodEnd": "2026-10-01T01:00:00Z",
    "ServiceCategory": "Compute",
    "ConsumedQuantity": "1",
    "ConsumedUnit": "Hours",
    "EffectiveCost": "24",
    "PricingCategory": "Standard",
    "ChargeDescription": "",
}


@pytest.fixture
def bill(tmp_path):
    """Write a bill from rows, each with what differs from an hour of an instance; `names` rename columns."""

    def write(*rows, names=None):
        head = list(dict.fromkeys([*USAGE, *(key for row in rows for key in row)]))
        text = io.StringIO()
        writer = csv.DictWriter(text, head, restval="", lineterminator="\n")
        writer.writerow({name: (names or {}).get(name, name) for name in head})
        writer.writerows(USAGE | row for row in rows)
        path = tmp_path / "bill.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        return path

    return write


def medians(prior_set):
    """The median of each prior."""
    return {prior.quantity: _median(prior.distribution) for prior in prior_set.priors}


def _median(distribution):
    return distribution["quantiles"]["p50"] if "quantiles" in distribution else distribution.get("value")


def notes(prior_set):
    return "\n".join(map(str, prior_set.notes))


def refusal(*arguments, **options):
    with pytest.raises(InvalidInputError) as error:
        focus.read(*arguments, **options)
    return str(error.value)


# --- units


@pytest.mark.parametrize(
    ("text", "hours", "is_of_chips"),
    [
        ("Hours", 1, False),
        ("Hrs", 1, False),
        ("100 Hours", 100, False),
        ("1 Hour", 1, False),
        ("seconds", 1 / 3600, False),
        ("Minutes", 1 / 60, False),
        ("days", 24, False),
        ("GPU-Hours", 1, True),
        ("GpuHours", 1, True),
        ("gpuhour", 1, True),
        ("GPU Per Hour", 1, True),
        ("accelerator-seconds", 1 / 3600, True),
        ("VM Hours", 1, False),
        ("instance-days", 24, False),
    ],
)
def test_unit_of_usage(text, hours, is_of_chips):
    unit = parse_usage_unit(text)
    assert (unit.hours, unit.is_of_chips) == (pytest.approx(hours), is_of_chips)


@pytest.mark.parametrize(
    "text", ["GB", "vCPU-Hours", "GB-Hours", "months", "", "byte-seconds", "0 hours", "GPU node hours", "core hours"]
)
def test_unit_that_is_no_time_of_instances_or_chips(text):
    assert parse_usage_unit(text) is None


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Tokens", 1),
        ("1K Tokens", 1000),
        ("1M tokens", 1e6),
        ("1,000 tokens", 1000),
        ("million tokens", 1e6),
        ("Mtokens", 1e6),
        ("thousand tokens", 1e3),
        ("hours", None),
        ("GB", None),
        ("", None),
    ],
)
def test_unit_of_tokens(text, tokens):
    assert parse_token_unit(text) == tokens


@pytest.mark.parametrize(
    ("quantity", "unit", "price"),
    [
        ("28800", "seconds", 24 / 64),
        ("480", "Minutes", 24 / 64),
        ("0.5", "Days", 24 / 96),
        ("80", "GPU-Hours", 0.3),
        ("2", "h", 1.5),
    ],
)
def test_quantity_is_converted_exactly(bill, quantity, unit, price):
    # An instance of eight: 28,800 s are 8 h and 64 GPU-hours; GPU-hours are divided by no count.
    row = {"ConsumedQuantity": quantity, "ConsumedUnit": unit, "ResourceType": "p5.48xlarge"}
    assert medians(focus.read(bill(row))) == {"on_demand_price": pytest.approx(price, rel=1e-5)}


def test_quantity_that_was_priced_stands_in_for_an_empty_one(bill):
    row = {
        "ConsumedQuantity": "NULL",
        "ConsumedUnit": "NULL",
        "PricingQuantity": "2",
        "PricingUnit": "hour",
        "SkuMeter": "8x H100",
    }
    assert medians(focus.read(bill(row))) == {"on_demand_price": 1.5}


# --- instances


def test_instances_name_chips_of_the_library_or_others():
    for instance in instances().values():
        assert instance.chip in library.chips() or instance.chip[0].isupper(), instance
        assert instance.chips > 0
    assert {cloud for cloud, _ in library.instances()} >= {"amazon", "azure", "google", "oracle", "coreweave", "lambda"}
    for _, cloud in library.instances():
        assert cloud.child("sources").items
        assert "patterns" in cloud.keys or cloud.child("grade").text == "B"


@pytest.mark.parametrize(
    ("text", "chip", "count"),
    [
        ("USE1-BoxUsage:p5.48xlarge", "nvidia-h100-sxm", 8),
        ("ml.p4d.24xlarge", "nvidia-a100-sxm4-40gb", 8),
        ("$12.29 per On Demand Linux p4de.24xlarge Instance Hour", "nvidia-a100-sxm4-80gb", 8),
        ("SpotUsage:p5.4xlarge", "nvidia-h100-sxm", 1),
        ("p6-b200.48xlarge", "nvidia-b200-sxm", 8),
        ("trn2.48xlarge", "amazon-trainium2", 16),
        ("Standard_ND96isr_H100_v5", "nvidia-h100-sxm", 8),
        ("ND96isr H200 v5", "nvidia-h200-sxm", 8),
        ("nd96asr_v4", "nvidia-a100-sxm4-40gb", 8),
        ("NC80adis_H100_v5", "nvidia-h100-nvl", 2),
        ("a2-ultragpu-4g", "nvidia-a100-sxm4-80gb", 4),
        ("a3-ultragpu-8g", "nvidia-h200-sxm", 8),
        ("a4x-highgpu-4g", "nvidia-gb200", 4),
        ("BM.GPU.MI300X.8", "amd-mi300x", 8),
        ("BM.GPU4.8", "nvidia-a100-sxm4-40gb", 8),
        ("BM.GPU.B4.8", "nvidia-a100-sxm4-40gb", 8),
        ("BM.GPU.MI355X-v1.8", "amd-mi355x", 8),
        ("BM.GPU.GB200-v3.4", "nvidia-gb200", 4),
        ("gd-8xh100ib-i128", "nvidia-h100-sxm", 8),
        ("gpu_8x_h100_sxm5", "nvidia-h100-sxm", 8),
        ("gpu-h100x8-640gb", "nvidia-h100-sxm", 8),
        ("H100-SXM-4-80G", "nvidia-h100-sxm", 4),
        ("8x A100 80GB", "nvidia-a100-sxm4-80gb", 8),
        ("g5.48xlarge", "NVIDIA A10G", 8),
    ],
)
def test_name_of_an_instance_tells_chip_and_number(text, chip, count):
    instance = find_instance(text)
    assert (instance.chip, instance.chips) == (chip, count)


@pytest.mark.parametrize(
    "text", ["Virtual Machine", "c7.large", "m5.4xlarge", "p5.48xlarger", "xp5.48xlarge", "Standard", "H100"]
)
def test_other_names_tell_nothing(text):
    assert find_instance(text) is None


def test_meters_of_gpus_are_by_the_gpu_and_those_of_cores_of_none():
    assert find_meter("A3 Nvidia H100 80GB GPU running in Iowa")[1:3] == ("nvidia-h100-sxm", 1)
    assert find_meter("A3 Instance Core running in Iowa").chips == 0
    assert find_meter("A3 Instance Ram running in Iowa").chips == 0


def test_chips_of_instances_are_never_pooled(bill):
    # 55.04 / 8 = 6.88 and 21.96 / 8 = 2.745.
    h100 = {"x_UsageType": "USE1-BoxUsage:p5.48xlarge", "EffectiveCost": "55.04"}
    a100 = {"x_UsageType": "USE1-BoxUsage:p4d.24xlarge", "EffectiveCost": "21.96"}
    path = bill(h100, a100)
    assert "several chips: nvidia-h100-sxm (1 row), nvidia-a100-sxm4-40gb (1 row)" in refusal(path)
    assert medians(focus.read(path, chip="H100")) == {"on_demand_price": 6.88}
    assert medians(focus.read(path, chip="A100 40GB")) == {"on_demand_price": 2.745}


def test_chip_that_the_library_does_not_know_is_one_of_its_own(bill):
    path = bill({"ResourceType": "g6.48xlarge"}, {"ResourceType": "p5.48xlarge"})
    assert medians(focus.read(path, chip="L4")) == {"on_demand_price": 3.0}
    prior_set = focus.read(path, chip="H100")
    assert "GPUs that the library does not know: L4 (1)" in notes(prior_set)
    assert [prior.chip for prior in focus.read(bill({"ResourceType": "g6.48xlarge"})).priors] == [""]


def test_rows_of_no_chip_that_differ_are_refused(bill):
    rules = [focus.GpuRule.parse("ResourceType/big=8"), focus.GpuRule.parse("ResourceType/small=4")]
    path = bill({"ResourceType": "big"}, {"ResourceType": "small"})
    assert "'ResourceType/big=8' (1 row), 'ResourceType/small=4' (1 row)" in refusal(path, gpus_per_row=rules)
    prior_set = focus.read(path, gpus_per_row=rules, chip="H100")
    assert "are taken as one chip" in notes(prior_set)
    assert focus.read(bill({"ResourceType": "big"}), gpus_per_row=rules).priors[0].chip == ""


def test_number_of_a_rule_that_is_not_that_of_the_instance_is_told(bill):
    rule = focus.GpuRule.parse("ResourceType/p5=4")
    assert "4 GPUs are stated for p5.48xlarge, which has 8" in notes(
        focus.read(bill({"ResourceType": "p5.48xlarge"}), gpus_per_row=[rule])
    )


def test_cores_and_memory_beside_gpus_are_left_out_and_told(bill):
    rows = [
        {"ChargeDescription": "A3 Nvidia H100 80GB GPU running in Iowa"},
        {"ChargeDescription": "A3 Instance Core running in Iowa"},
    ]
    prior_set = focus.read(bill(*rows))
    assert medians(prior_set) == {"on_demand_price": 24.0}
    assert "cores or memory, which are billed apart from GPUs (1)" in notes(prior_set)
    assert "the price is of GPUs alone" in notes(prior_set)


def test_bill_without_details_says_so_and_what_to_do(bill):
    message = refusal(bill({"ResourceType": "Virtual Machine"}))
    assert "no column SkuPriceDetails (FOCUS 1.0 has none)" in message
    assert "--gpus-per-row COLUMN/REGEX" in message


# --- categories


@pytest.mark.parametrize("category", ["Compute", "AI and Machine Learning", "GCP > Compute > GPUs > On Demand", "compute"])
def test_service_categories_under_which_gpus_are_billed(bill, category):
    assert medians(focus.read(bill({"ServiceCategory": category, "ResourceType": "p5.48xlarge"}))) == {"on_demand_price": 3.0}


def test_other_service_category_is_named_and_admitted_by_option_or_rule(bill):
    path = bill({"ServiceCategory": "Training", "ResourceType": "p5.48xlarge"})
    assert "service category 'Training' (1)" in refusal(path)
    assert "--service-category" in refusal(path)
    assert medians(focus.read(path, categories=["training"])) == {"on_demand_price": 3.0}
    assert medians(focus.read(path, gpus_per_row=[focus.GpuRule.parse("ResourceType/p5=8")])) == {"on_demand_price": 3.0}


@pytest.mark.parametrize(
    ("row", "quantity"),
    [
        ({"CommitmentDiscountStatus": "Used"}, "rental_price"),
        ({"CommitmentDiscountId": "ri-9"}, "rental_price"),
        ({"PricingCategory": "Committed"}, "rental_price"),
        ({"PricingCategory": "Commitment Discount"}, "rental_price"),
        ({"PricingCategory": "On-Demand"}, "on_demand_price"),
        ({"PricingCategory": "spot"}, "spot_price"),
        ({"PricingCategory": "Dynamic"}, "spot_price"),
        ({"PricingCategory": "Dynamic", "CommitmentDiscountStatus": "Used"}, "rental_price"),
    ],
)
def test_pricing_category(bill, row, quantity):
    assert medians(focus.read(bill(row | {"ResourceType": "p5.48xlarge"})))[quantity] == 3.0


def test_used_commitment_under_standard_pricing_is_apart_from_on_demand_and_told(bill):
    committed = {"CommitmentDiscountStatus": "Used", "EffectiveCost": "19.2", "ResourceType": "ND96isr_H100_v5"}
    found = focus.read(bill(committed, {"EffectiveCost": "80", "ResourceType": "ND96isr_H100_v5"}))
    assert medians(found) == {"on_demand_price": 10.0, "rental_price": 2.4, "idle_factor": 1.0}
    assert "1 row used a commitment and have the pricing category 'Standard'" in notes(found)


# --- cells and columns


@pytest.mark.parametrize("null", ["NULL", "null", "(null)", "None", "\\N", "<NA>"])
def test_null_is_an_empty_cell(bill, null):
    used = {"CommitmentDiscountStatus": "Used", "ChargeClass": null, "ResourceType": "p5.48xlarge"}
    idle = used | {"CommitmentDiscountStatus": "Unused", "ConsumedQuantity": null, "ConsumedUnit": null, "EffectiveCost": "8"}
    assert medians(focus.read(bill(used, idle))) == {"rental_price": 3.0, "idle_factor": pytest.approx(4 / 3, rel=1e-5)}


def test_columns_of_drafts_and_of_converters(bill):
    names = {
        "ChargeCategory": "charge_type",
        "ConsumedQuantity": "usage_quantity",
        "ConsumedUnit": "UsageUnit",
        "EffectiveCost": "AmortizedCost",
        "BillingCurrency": "billing_currency",
        "ChargePeriodStart": "Charge Period Start",
    }
    row = {"ResourceType": "p5.48xlarge", "ChargePeriodStart": "2026-10-01 00:00:00 UTC"}
    assert medians(focus.read(bill(row, names=names))) == {"on_demand_price": 3.0}


# --- tokens


def tokens(kind, cost, quantity="2000000", **others):
    details = f'{{"model": "m-1", "TokenType": "{kind}"}}'
    return {
        "ConsumedUnit": "Tokens",
        "ConsumedQuantity": quantity,
        "EffectiveCost": cost,
        "SkuPriceDetails": details,
        "ServiceCategory": "AI and Machine Learning",
    } | others


def test_tokens_become_prices_by_kind(bill):
    # 6 USD for 2 million is 3; 30 USD for 2,000 thousand is 15; 0.6 and 7.5 USD for 2 million are 0.3 and 3.75.
    rows = [
        tokens("input", "6"),
        tokens("output", "30", "2000", ConsumedUnit="1K tokens"),
        tokens("cache_read_input", "0.6"),
        tokens("cache_write_input", "7.5"),
    ]
    assert medians(focus.read(bill(*rows))) == {
        "input_price": 3.0,
        "output_price": 15.0,
        "cached_input_price": 0.3,
        "cache_write_price": 3.75,
    }


def test_tokens_of_no_kind_give_one_price_for_both_and_say_so(bill):
    row = tokens("", "3.1", "1000000") | {"SkuPriceDetails": '{"model": "some-model"}'}
    found = focus.read(bill(row))
    assert medians(found) == {"input_price": 3.1, "output_price": 3.1}
    assert "look at this: rows do not tell input from output tokens" in notes(found)


def test_tokens_of_several_models_need_a_choice(bill):
    rows = [
        {"ConsumedUnit": "Tokens", "SkuMeter": f"{name} {kind} Tokens", "ConsumedQuantity": "1e6", "EffectiveCost": cost}
        for name, kind, cost in (("gpt-x", "Inp", "2"), ("gpt-x", "Outp", "8"), ("gpt-y", "Inp", "1"))
    ]
    path = bill(*rows)
    assert "tokens of several models: gpt x (2 rows), gpt y (1 row); choose one with --model" in refusal(path)
    assert medians(focus.read(path, model="gpt x")) == {"input_price": 2.0, "output_price": 8.0}


def test_bill_of_gpus_and_tokens_gives_both(bill):
    found = focus.read(bill({"ResourceType": "p5.48xlarge"}, tokens("input", "6")))
    assert medians(found) == {"on_demand_price": 3.0, "input_price": 3.0}
