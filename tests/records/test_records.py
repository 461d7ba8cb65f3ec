"""A user's own records: what they become, worked by hand; and what is refused or left out."""

import csv
import io
import json
import math
import os
import tracemalloc

import numpy as np
import paths
import pytest
from command_line import run_llmcost

from simulator import model
from simulator.core.errors import InvalidInputError
from simulator.core.suggestions import InvalidValueError
from simulator.core.units import Unit
from simulator.engine.simulate import simulate
from simulator.io.summary import headline
from simulator.records import (
    codecarbon,
    empirical_distribution,
    focus,
    format_priors,
    library_scale,
    predictive_quantiles,
    quotes,
    runs,
)
from simulator.records.cells import parse_number
from simulator.records.table import Records
from simulator.scenario import library, read
from simulator.scenario.chips import find_chip
from simulator.scenario.text import parse

CASES = paths.CASES / "records"
READERS = {"focus": focus.read, "codecarbon": codecarbon.read, "runs": runs.read, "quotes": quotes.read}
H100 = "nvidia-h100-sxm"


def distribution(prior_set, quantity):
    return next(prior for prior in prior_set.priors if prior.quantity == quantity).distribution


def quantiles(prior_set, quantity):
    return distribution(prior_set, quantity)["quantiles"]


def log_odds(x):
    return math.log(x / (1 - x))


def write(folder, text, name="records.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_issues(reader, path, *arguments, **options):
    with pytest.raises(InvalidInputError) as error:
        reader(path, *arguments, **options)
    return error.value.issues


def joined_notes(prior_set):
    return "\n".join(map(str, prior_set.notes))


# --- distributions from few values
# ---------------------------------------------------------------------------------------------------

# Points of Student's t from printed tables: 95 % and 97.5 %.
T3, T3_OUTER, T7_OUTER = 2.3534, 3.1824, 2.3646


def test_next_of_two_values_far_apart_is_a_t_with_their_own_summary():
    # Values 0 and 1: mean 1/2, variance 1/2; the prior's 0.4^2 / 2 = 0.08 would only narrow it. t of 2 - 1 + 2 = 3 degrees.
    quantiles = predictive_quantiles([0.0, 1.0], 0.4)
    scale = math.sqrt(0.5 * 1.5)
    assert quantiles[50.0] == pytest.approx(0.5)
    assert quantiles[95.0] == pytest.approx(0.5 + T3 * scale, rel=1e-4)
    assert quantiles[2.5] == pytest.approx(0.5 - T3_OUTER * scale, rel=1e-4)


def test_next_of_two_values_close_together_has_the_prior_in_its_summary():
    # Pooled variance (2 x 0.08 + 1 x 0.005) / 3 = 0.055.
    quantiles = predictive_quantiles([0.0, 0.1], 0.4)
    assert quantiles[95.0] == pytest.approx(0.05 + T3 * math.sqrt(0.055 * 1.5), rel=1e-4)


def test_one_value_has_the_summary_of_the_library():
    quantiles = predictive_quantiles([1.0], 0.4)
    assert quantiles[95.0] == pytest.approx(1 + 1.644854 * 0.4)
    assert quantiles[2.5] == pytest.approx(1 - 1.959964 * 0.4)


def test_values_of_one_vendor_weigh_as_one():
    quantiles = predictive_quantiles([0.0, 0.0, 3.0], 0.4, [0.5, 0.5, 1.0], 2)
    assert quantiles[50.0] == pytest.approx(1.5)
    assert quantiles[95.0] - 1.5 == pytest.approx(T3 * math.sqrt(4.5 * 1.5), rel=1e-4)  # variance (1.5^2 + 1.5^2) / (2 - 1)


@pytest.mark.parametrize("count", [2, 3, 5, 10])
@pytest.mark.parametrize("wide", [0.3, 1.0, 1.5])
def test_ninety_percent_interval_holds_the_next_value_nine_times_in_ten(count, wide):
    library_sd = 0.5
    sd = wide * library_sd / math.sqrt(2)
    draw = np.random.default_rng(count).normal(0, sd, (1000, count + 1))
    inside = 0
    for row in draw:
        quantiles = predictive_quantiles(row[:-1].tolist(), library_sd)
        inside += quantiles[5.0] < row[-1] < quantiles[95.0]
    assert inside / 1000 > 0.87


@pytest.mark.parametrize("sd", [0.01, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("count", [2, 3, 4, 8])
def test_few_values_give_more_summary_than_their_own(sd, count):
    x = np.random.default_rng(7).normal(0, sd, count)
    quantiles = predictive_quantiles(x.tolist(), 0.5)
    assert quantiles[95.0] - quantiles[5.0] > 2 * 1.645 * np.std(x, ddof=1)


def test_observed_values_keep_their_weights_while_they_are_few():
    assert empirical_distribution([(3.0, 10.0)])[0] == {"value": 3.0}
    mixture = empirical_distribution([(3.0, 30.0), (2.0, 10.0)])[0]["mixture"]
    assert mixture == [{"weight": 0.25, "distribution": 2.0}, {"weight": 0.75, "distribution": 3.0}]
    assert sum(
        part["weight"] for part in empirical_distribution([(x, 1.0) for x in range(1, 8)])[0]["mixture"]
    ) == pytest.approx(1, abs=1e-12)


def test_eight_values_become_a_lognormal_wider_than_theirs():
    # Four at e^-0.1, four at e^0.1 (as eight): log mean 0, variance 0.01 x 8/7; the next one: t of 7 degrees, times 1 + 1/8.
    pairs = [(math.exp(sign * 0.1 * (1 + i * 1e-9)), 1.0) for sign in (-1, 1) for i in range(4)]
    bounds = empirical_distribution(pairs)[0]["lognormal"]
    half_width = T7_OUTER * math.sqrt(0.01 * 8 / 7 * 9 / 8)
    assert bounds == pytest.approx({"p2.5": math.exp(-half_width), "p97.5": math.exp(half_width)}, rel=1e-4)


# --- a bill in FOCUS --------------------------------------------------------------------------------------------------------

FOCUS_HEAD = [
    "BillingCurrency", "ChargeCategory", "ChargeClass", "ChargePeriodStart", "ChargePeriodEnd", "ServiceCategory",
    "ConsumedQuantity", "ConsumedUnit", "EffectiveCost", "BilledCost", "PricingCategory", "CommitmentDiscountStatus",
    "SkuPriceDetails",
]  # fmt: skip
USAGE = {
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-01-01T00:00:00Z",
    "ChargePeriodEnd": "2026-01-01T01:00:00Z",
    "ServiceCategory": "Compute",
    "ConsumedQuantity": "1",
    "ConsumedUnit": "Hours",
    "EffectiveCost": "20",
    "PricingCategory": "Standard",
    "SkuPriceDetails": '{"GpuCount": 8}',
}


def bill(*rows, head=FOCUS_HEAD, delimiter=","):
    """Write rows of usage, each with what it has otherwise."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(head), restval="", delimiter=delimiter, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(USAGE | row)
    return out.getvalue()


# Nine rows with one trap each: text for a number, a quantity of zero, a correction, a purchase, an idle commitment, another
# currency, a credit, and details that are no JSON beside a cost with thousands marks.
TRAPS = bill(
    {"EffectiveCost": "19.60", "SkuPriceDetails": '{"GpuCount": 8, "InstanceType": "h100x8"}'},
    {"EffectiveCost": "19.60", "ConsumedUnit": "Hour", "SkuPriceDetails": '{"GpuCount": "8"}'},
    {"ConsumedQuantity": "0", "EffectiveCost": "4.00"},
    {"ConsumedQuantity": "-1", "EffectiveCost": "-19.60", "ChargeClass": "Correction"},
    {"ChargeCategory": "Purchase", "ConsumedQuantity": "", "EffectiveCost": "0", "PricingCategory": "Committed"},
    {"EffectiveCost": "12.00", "PricingCategory": "Committed", "CommitmentDiscountStatus": "Unused"},
    {"EffectiveCost": "18.00", "BillingCurrency": "EUR"},
    {"ChargeCategory": "Credit", "ConsumedQuantity": "", "EffectiveCost": "-50", "PricingCategory": "Other"},
    {"EffectiveCost": "1,960.00", "PricingCategory": "Dynamic", "SkuPriceDetails": "not-json"},
)


def test_bill_with_traps_gives_the_price_that_was_paid(tmp_path):
    path = write(tmp_path, TRAPS)
    with pytest.raises(InvalidValueError, match="--only-usd leaves out the rows that --rate EUR would convert"):
        focus.read(path, rates={"EUR": 0.9}, only_usd=True)
    prior_set = focus.read(path, only_usd=True)
    assert [prior.quantity for prior in prior_set.priors] == ["on_demand_price"]
    assert quantiles(prior_set, "on_demand_price")["p50"] == 2.45
    assert "in EUR (1)" in joined_notes(prior_set)
    # Without the one name of a chip, the second row and the correction are among the rows, and cancel.
    prior_set = focus.read(write(tmp_path, TRAPS.replace("h100x8", "x8")), only_usd=True)
    assert quantiles(prior_set, "on_demand_price")["p50"] == 2.45
    assert "8 GPU-hours" in prior_set.priors[0].about
    assert "no row names a chip" in joined_notes(prior_set)


def test_bill_in_two_currencies_is_refused_and_both_are_named(tmp_path):
    path = write(tmp_path, TRAPS)
    (issue,) = read_issues(focus.read, path)
    assert (issue.place.line, issue.place.column) == (8, 1)
    assert all(word in str(issue) for word in ("EUR (1 row)", "USD", "--rate EUR=", "--only-usd"))


def test_rate_brings_another_currency_into_usd(tmp_path):
    path = write(tmp_path, bill({"BillingCurrency": "EUR", "EffectiveCost": "16"}))
    assert quantiles(focus.read(path, rates={"EUR": 0.8}), "on_demand_price")["p50"] == 2.5
    assert "EUR" in str(read_issues(focus.read, path)[0])


def test_currency_that_is_none_is_refused(tmp_path):
    issues = read_issues(focus.read, write(tmp_path, bill({"BillingCurrency": "credits"}, {"BillingCurrency": ""})))
    assert [issue.place.line for issue in issues] == [2, 3]
    assert "'credits' is no currency" in str(issues[0])


def test_bill_worked_by_hand():
    # 80 GPU-hours at 3 less 16 corrected, and 48 at 2: 4/7 and 3/7 of 112. Committed: 240 USD for 160 hours used, 60 USD idle.
    prior_set = focus.read(CASES / "focus.csv")
    mixture = distribution(prior_set, "on_demand_price")["mixture"]
    assert [part["distribution"] for part in mixture] == [2.0, 3.0]
    assert [part["weight"] for part in mixture] == pytest.approx([3 / 7, 4 / 7], abs=1e-8)
    assert quantiles(prior_set, "rental_price")["p50"] == 1.5
    assert distribution(prior_set, "idle_factor") == {"value": 1.25}
    about = prior_set.priors[0].about
    assert all(words in about for words in (H100, "3 rows", "112 GPU-hours", "2026-01-01 to 2026-01-02", "2.57143 USD"))
    assert prior_set.date == "2026-01-02"
    reasons = ["no number of GPUs (1)", "is no JSON (1)", "'GB' is no time of instances or GPUs (1)",
               "ConsumedQuantity of zero (1)", "'Tax' (1)", "'Credit' (1)", "'Purchase' (1)"]  # fmt: skip
    assert all(reason in joined_notes(prior_set) for reason in reasons)
    assert "7 of 12 rows not used" in joined_notes(prior_set)
    assert prior_set.place.startswith("rows 2-7, sha256 ")  # a cell with two lines in it pushes the last rows down by one


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("BillingCurrency", "billingcurrency").replace("EffectiveCost", "EFFECTIVECOST"),
        lambda text: text.replace("ChargeCategory", " ChargeCategory "),
        lambda text: text + "\n\n",
    ],
)
def test_bill_says_the_same_however_it_is_written(change, tmp_path):
    text = bill({"EffectiveCost": "16"}, {"EffectiveCost": "24"})
    path = write(tmp_path, change(text))
    assert focus.read(path).priors == focus.read(write(tmp_path, text, "plain.csv")).priors


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_bill_is_read_by_name_in_any_order_with_any_separator(delimiter, tmp_path):
    head = ["x_team", *reversed(FOCUS_HEAD), "AColumnOfVersion19"]
    text = bill({"EffectiveCost": "16", "x_team": 'a "team", or; two'}, {"EffectiveCost": "24"}, head=head, delimiter=delimiter)
    prior_set = focus.read(write(tmp_path, text))
    assert [part["distribution"] for part in distribution(prior_set, "on_demand_price")["mixture"]] == [2.0, 3.0]


def test_correction_without_a_quantity_is_summary_over_all_hours(tmp_path):
    rows = [{"EffectiveCost": "20"}, {"EffectiveCost": "-4", "ConsumedQuantity": "", "ChargeClass": "Correction"}]
    prior_set = focus.read(write(tmp_path, bill(*rows)))
    assert quantiles(prior_set, "on_demand_price")["p50"] == 2.0
    assert "-4.00 USD without a quantity" in joined_notes(prior_set)


def test_correction_of_usage_elsewhere_does_not_count(tmp_path):
    rows = [{"EffectiveCost": "20"}, {"EffectiveCost": "-400", "ConsumedQuantity": "-10", "ChargeClass": "Correction"}]
    prior_set = focus.read(write(tmp_path, bill(*rows)))
    assert quantiles(prior_set, "on_demand_price")["p50"] == 2.5
    assert "80.0 GPU-hours match no usage" in joined_notes(prior_set)


def test_bill_without_any_price_is_refused_with_the_reasons(tmp_path):
    rows = [{"ChargeCategory": "Tax"}, {"EffectiveCost": "-20"}, {"EffectiveCost": "0"}, {"EffectiveCost": ""}]
    (issue,) = read_issues(focus.read, write(tmp_path, bill(*rows)))
    assert all(
        words in str(issue) for words in ("no price of a GPU-hour", "'Tax' (1)", "opposite sign (1)", "of zero (1)", "no Eff")
    )


def test_refund_of_all_leaves_no_price(tmp_path):
    rows = [{"EffectiveCost": "20"}, {"EffectiveCost": "-20", "ConsumedQuantity": "-1", "ChargeClass": "Correction"}]
    (issue,) = read_issues(focus.read, write(tmp_path, bill(*rows)))
    assert "corrections leave no cost" in str(issue)


def details(instance):
    return {"SkuPriceDetails": f'{{"GpuCount": 8, "InstanceType": "{instance}"}}'}


def test_chips_of_a_bill_are_kept_apart(tmp_path):
    rows = [
        details("8xH100") | {"EffectiveCost": "24"},
        details("8xA100 80GB") | {"EffectiveCost": "8"},
        details("g5.48xlarge"),
    ]
    path = write(tmp_path, bill(*rows))
    (issue,) = read_issues(focus.read, path)
    assert all(
        words in str(issue)
        for words in ("several chips", f"{H100} (1 row)", "nvidia-a100-sxm4-80gb (1 row)", "choose one as `chip`")
    )
    prior_set = focus.read(path, chip="H100")
    assert quantiles(prior_set, "on_demand_price")["p50"] == 3.0
    assert "of another chip, nvidia-a100-sxm4-80gb (1)" in joined_notes(prior_set)
    assert "of another chip, NVIDIA A10G (1)" in joined_notes(prior_set)
    assert prior_set.place.startswith("row 2,")
    assert "has no rows of nvidia-b200" in str(read_issues(focus.read, path, chip="B200")[0])
    assert "no chip 'H9000'" in str(read_issues(focus.read, path, chip="H9000")[0])


def test_rules_find_gpus_where_there_are_no_details(tmp_path):
    head = [name for name in FOCUS_HEAD if name != "SkuPriceDetails"] + ["ResourceType"]
    rows = [{"ResourceType": "four (4) H100", "EffectiveCost": "8"}, {"ResourceType": "H100 rack", "EffectiveCost": "24"},
            {"ResourceType": "c7.large", "EffectiveCost": "99"}]  # fmt: skip
    path = write(tmp_path, bill(*rows, head=head))
    (issue,) = read_issues(focus.read, path)
    assert "SkuPriceDetails" in str(issue)
    assert "--gpus-per-row" in str(issue)
    rules = [focus.GpuRule.parse(r"ResourceType/(\d+)\) H100"), focus.GpuRule.parse(r"ResourceType/H100 rack=8")]
    assert quantiles(focus.read(path, gpus_per_row=rules[:1]), "on_demand_price")["p50"] == 2.0
    assert quantiles(focus.read(path, gpus_per_row=rules[1:]), "on_demand_price")["p50"] == 3.0
    assert "no number of GPUs (1)" in joined_notes(focus.read(path, gpus_per_row=rules))
    with pytest.raises(InvalidInputError, match="ResourceTyp: there is no such column; the nearest is 'ResourceType'"):
        focus.read(path, gpus_per_row=[focus.GpuRule.parse("ResourceTyp/(.)x")])


@pytest.mark.parametrize("text", ["", "/(8)", "Column/", "Column/no group", "Column/(a)(b)", "Column/(", "Column/a=0"])
def test_rule_that_gives_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r"write COLUMN|no regular expression|no GPUs"):
        focus.GpuRule.parse(text)


def test_duplicate_rows_are_reported_and_left_out_if_they_have_an_identity(tmp_path):
    rows = [{"EffectiveCost": "16"}, {"EffectiveCost": "24"}, {"EffectiveCost": "24"}]
    prior_set = focus.read(write(tmp_path, bill(*rows)))
    assert "1 row that repeats another exactly" in joined_notes(prior_set)
    assert distribution(prior_set, "on_demand_price")["mixture"][1]["weight"] == pytest.approx(2 / 3, abs=1e-8)
    named = [row | {"ResourceId": "node-1"} for row in rows]
    prior_set = focus.read(write(tmp_path, bill(*named, head=[*FOCUS_HEAD, "ResourceId"])))
    assert "duplicate of another row (1)" in joined_notes(prior_set)
    assert distribution(prior_set, "on_demand_price")["mixture"][1]["weight"] == 0.5


def test_price_far_off_the_others_or_the_library_is_pointed_at(tmp_path):
    rows = [details("8xH100") | {"EffectiveCost": cost} for cost in ("20", "21", "20000000")]
    assert "2,500,000 USD/chip/hour in line 4" in joined_notes(focus.read(write(tmp_path, bill(*rows))))
    # A server's price taken for a chip's: GpuCount 1 where there are 8.
    row = {"EffectiveCost": "160", "SkuPriceDetails": '{"GpuCount": 1, "InstanceType": "H100"}'}
    assert "is it per chip, and not per server?" in joined_notes(focus.read(write(tmp_path, bill(row))))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-02", "2026-01-01"),
        ("01/02/2026", "2026-01-03"),
        ("", "2026-01-03"),
    ],
)
def test_period_that_is_none_is_refused(start, end, tmp_path):
    issues = read_issues(focus.read, write(tmp_path, bill({"ChargePeriodStart": start, "ChargePeriodEnd": end})))
    assert issues[0].key.startswith("ChargePeriod")
    assert issues[0].place.line == 2


# --- what a table can have wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("$19.60", "currency sign"),
        ("1,960.00", "write 1960.5"),
        ("1,5", "write 1960.5"),
        ("1 960", "write 1960.5"),
        ("1\u202f960", "write 1960.5"),
        ("1'960", "write 1960.5"),
        ("1_960", "write 1960.5"),
        ("(12.5)", "-12.5"),
        ("=1+1", "is a formula"),
        ("@SUM(A1)", "is a formula"),
        ("#REF!", "spreadsheet error"),
        ("N/A", "is no number"),
        ("nan", "no finite number"),
        ("-inf", "no finite number"),
        ("1e999", "too large for a number"),
        ("1e31", "beyond any bill or meter"),
        ("-1e-31", "beyond any bill or meter"),
        ("0x10", "is no number"),
        ("12%", "a percentage"),
        ("\u0661\u0662", "is no number"),
        ("twelve \x1b[31m", "is no number"),
    ],
)
def test_number_that_is_none_or_two_is_refused_where_it_stands(cell, words, tmp_path):
    (issue,) = read_issues(focus.read, write(tmp_path, bill({}, {"EffectiveCost": cell})))
    assert (issue.place.line, issue.place.column, issue.key) == (3, 9, "EffectiveCost")
    assert words in issue.message
    assert issue.message.isprintable()


@pytest.mark.parametrize(("word", "value"), [("2.45", 2.45), ("1E3", 1000), ("-.5", -0.5), ("+7.", 7), ("6.022e-1", 0.6022)])
def test_numbers(word, value):
    assert parse_number(word) == value


def test_all_issues_of_a_file_are_reported_together_up_to_a_limit(tmp_path):
    rows = [{"EffectiveCost": "$1", "ConsumedQuantity": "1,5"}, {}, {"ChargePeriodEnd": "soon"}, {"BillingCurrency": "gold"}]
    issues = read_issues(focus.read, write(tmp_path, bill(*rows)))
    assert [(issue.place.line, issue.key) for issue in issues] == [
        (2, "ConsumedQuantity"), (2, "EffectiveCost"), (4, "ChargePeriodEnd"), (5, "BillingCurrency"),
    ]  # fmt: skip
    issues = read_issues(focus.read, write(tmp_path, bill(*[{"EffectiveCost": "x"}] * 500)))
    assert 10 <= len(issues) <= 30
    assert "is not read further" in str(issues[-1])


def test_missing_columns_are_all_named_with_the_nearest(tmp_path):
    text = bill({}).replace("EffectiveCost", "Effective_Costs").replace("ConsumedUnit", "Colour")
    issues = read_issues(focus.read, write(tmp_path, text))
    assert {issue.key for issue in issues} == {"EffectiveCost", "ConsumedUnit"}
    assert any("the nearest is 'Effective_Costs'" in str(issue) for issue in issues)


GOOD = bill({})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "begins with an empty line"),
        (GOOD.splitlines()[0].encode() + b"\n", "has a header and no rows"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (GOOD.encode("utf-16-le"), "NUL byte"),
        (GOOD.replace("Compute", "Compute\0").encode(), "2:1: contains a NUL byte"),
        (GOOD.replace("Compute", "Compüte").encode("latin-1"), "2:1: is not UTF-8 text (byte "),
        (b"PK\x03\x04 and so on", "spreadsheet or an archive"),
        (b"\x1f\x8b\x08 and so on", "compressed"),
        (b"PAR1 and so on", "Parquet"),
        (GOOD.encode() + b"one,two\n", "3:1: has 2 cells, and the header has 13"),
        (GOOD.encode() + b'USD,"Usage\n', "opens a quote that is never closed"),
        (GOOD.encode() + b'"' + b"x,y\n" * 50_000, "not closed within"),
        (GOOD.encode() + b"x" * 1_000_001, "longer than 1,000,000 bytes"),
        (GOOD.replace("\n", "\r").encode(), "is not valid CSV"),
        (GOOD.replace("BilledCost", "EffectiveCost").encode(), "is the name of 2 columns"),
    ],
)
def test_file_that_is_no_table_is_refused(data, words, tmp_path):
    issues = read_issues(focus.read, write(tmp_path, data))
    assert any(words in str(issue) for issue in issues), issues


def test_folder_missing_file_and_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "is no file" in str(read_issues(runs.read, tmp_path)[0])
    assert "is no file" in str(read_issues(runs.read, tmp_path / "pipe")[0])
    assert "there is no such file" in str(read_issues(runs.read, tmp_path / "none.csv")[0])


def test_large_file_is_streamed(tmp_path):
    text = bill(*[{"EffectiveCost": f"{20 + i % 3}", "SkuPriceDetails": '{"GpuCount": 8}' + " " * 500} for i in range(20_000)])
    path = write(tmp_path, text)
    assert path.stat().st_size > 10e6
    tracemalloc.start()
    prior_set = focus.read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4e6
    assert "20,000 of 20,000 rows used" in joined_notes(prior_set)


def test_reasons_do_not_grow_without_end(tmp_path):
    path = write(tmp_path, bill(*[{"ChargeCategory": f"odd {i}"} for i in range(500)], {}))
    assert len(joined_notes(focus.read(path))) < 4000


# --- chips ------------------------------------------------------------------------------------------------------------------


def test_every_alias_of_the_library_leads_to_its_chip():
    for name, node in library.chips().items():
        for alias in node.child("aliases").items or []:
            assert find_chip(alias.text or "") == name, alias.text


@pytest.mark.parametrize(
    ("text", "chip"),
    [
        ("8 x NVIDIA H100 80GB HBM3", H100),
        ("h100x8", H100),
        ("Standard_ND96isr_H100_v5", H100),
        ("BM.GPU.H100.8", H100),
        ("gpu_8x_h100_sxm5", H100),
        ("1x H100 (80 GB PCIe)", "nvidia-h100-pcie"),
        ("TPU v4-512", "google-tpu-v4"),
        ("NVIDIA H100 MIG 1g.10gb", ""),
        ("4 x NVIDIA A1001 x NVIDIA H100", H100),
        ("H100 and A100", ""),
        ("NVIDIA GeForce RTX 4090", ""),
        ("Apple M1 Pro", ""),
        ("a2-highgpu-8g", ""),
        ("", ""),
    ],
)
def test_chip_is_found_in_the_names_that_bills_and_logs_use(text, chip):
    assert find_chip(text) == (chip if chip in library.chips() else "")


# --- codecarbon -------------------------------------------------------------------------------------------------------------

LOG_HEAD = "timestamp,run_id,duration,emissions,gpu_energy,energy_consumed,codecarbon_version,gpu_count,gpu_model,pue"
LOG_ROW = "2026-02-01T10:00:00,{run},3600,2.8,4.8,5.6,{version},8,8 x NVIDIA H100 80GB HBM3,{pue}"


def log(*rows, head=LOG_HEAD):
    return "\n".join([head, *rows]) + "\n"


def test_log_worked_by_hand():
    # Three runs at 6.72 kWh/h / 1.2 / 8 chips = 700 W, so no spread of their own: t of 4 degrees and the library's.
    prior_set = codecarbon.read(CASES / "codecarbon.csv")
    spread = library_scale("power_share", "gpu-training", Unit("1"), math.log)
    power = quantiles(prior_set, "average_power")
    assert power["p50"] == pytest.approx(0.7, rel=1e-6)
    assert math.log(power["p95"] / 0.7) == pytest.approx(2.1318 * spread * math.sqrt(2 / 2 / 4 * 4 / 3), rel=1e-4)
    # 1.848 kg and 3.696 kg of 6.72 and 13.44 kWh are 275 g/kWh; 3.696 of 6.72 are 550: three quarters and one of the energy.
    assert distribution(prior_set, "grid_intensity") == {
        "mixture": [{"weight": 0.75, "distribution": 275.0}, {"weight": 0.25, "distribution": 550.0}]
    }
    assert distribution(prior_set, "pue") == {"value": 1.2}
    assert "multiplied by a PUE of 1.2; they are divided by it again" in joined_notes(prior_set)
    assert "earlier state of the same run (1)" in joined_notes(prior_set)
    assert "shorter than a minute (1)" in joined_notes(prior_set)
    assert "700 W per chip, mean of 3 runs" in prior_set.priors[0].about


def test_pue_of_one_is_no_statement(tmp_path):
    prior_set = codecarbon.read(write(tmp_path, log(LOG_ROW.format(run="a", version="3.0.0", pue="1.0"))))
    assert {prior.quantity for prior in prior_set.priors} == {"average_power", "grid_intensity"}
    assert quantiles(prior_set, "average_power")["p50"] == pytest.approx(0.7)
    assert "the scenario's own applies" in joined_notes(prior_set)


@pytest.mark.parametrize("version", ["2.2.2", "1.2.0", "", "unknown"])
def test_pue_that_may_not_be_in_the_energy_is_refused(version, tmp_path):
    (issue,) = read_issues(codecarbon.read, write(tmp_path, log(LOG_ROW.format(run="a", version=version, pue="1.4"))))
    assert issue.key == "pue"
    assert "since 2.2.3" in str(issue)


def test_pue_below_one_is_refused(tmp_path):
    assert "must be 1 or more" in str(
        read_issues(codecarbon.read, write(tmp_path, log(LOG_ROW.format(run="a", version="3.0.0", pue="0.9"))))[0]
    )


def test_old_log_without_counted_gpus_gives_the_grid_alone(tmp_path):
    text = log("2021-02-01T10:00:00,3600,2.8,5.6", head="timestamp,duration,emissions,energy_consumed")
    prior_set = codecarbon.read(write(tmp_path, text))
    assert [prior.quantity for prior in prior_set.priors] == ["grid_intensity"]
    assert distribution(prior_set, "grid_intensity") == {"value": 500.0}
    assert "it needs gpu_count (no such column)" in joined_notes(prior_set)


def test_log_of_one_run_takes_the_summary_of_the_library_and_says_so(tmp_path):
    prior_set = codecarbon.read(write(tmp_path, log(LOG_ROW.format(run="a", version="3.0.0", pue="1"))))
    power = quantiles(prior_set, "average_power")
    # The library's row goes from 0.56 to 1.0 between its 5 % and 95 % points, cut at 1.1, which moves them a little.
    assert power["p95"] / power["p5"] == pytest.approx(1.0 / 0.56, rel=0.03)
    assert "one run only: the library" in prior_set.priors[0].about
    assert prior_set.priors[0].grade == "B"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (",3600,", ",0,", "must be above zero"),
        (",3600,", ",-5,", "must be above zero"),
        (",5.6,", ",-5.6,", "must not be below zero"),
        (",8,8 x", ",-8,8 x", "must not be below zero"),
        ("2026-02-01T10:00:00", "yesterday", "is no date"),
    ],
)
def test_log_with_a_value_that_cannot_be_is_refused(old, new, words, tmp_path):
    row = LOG_ROW.format(run="a", version="3.0.0", pue="1").replace(old, new)
    (issue,) = read_issues(codecarbon.read, write(tmp_path, log(row)))
    assert issue.place.line == 2
    assert words in str(issue)


def test_log_of_two_chips_and_of_chips_that_run_too_hot(tmp_path):
    h100 = LOG_ROW.format(run="a", version="3.0.0", pue="1")
    other = h100.replace(",a,", ",b,").replace("H100 80GB HBM3", "A100-SXM4-40GB")
    path = write(tmp_path, log(h100, other))
    assert "several chips" in str(read_issues(codecarbon.read, path)[0])
    assert quantiles(codecarbon.read(path, chip="A100"), "average_power")["p50"] == pytest.approx(0.7)
    hot = h100.replace(",4.8,5.6,", ",9.6,11.2,")  # 1,200 W for a GPU that is rated at 700
    assert "1200 W for each GPU in line 2" in joined_notes(codecarbon.read(write(tmp_path, log(hot))))


# --- runs -------------------------------------------------------------------------------------------------------------------


def test_runs_worked_by_hand(tmp_path):
    prior_set = runs.read(write(tmp_path, "mfu,goodput\n0.5,0.9\n0.7310585786300049,0.9\n"))
    # Log odds 0 and 1, further apart than the library's spread has them: t of 3 degrees about 1/2.
    mfu = quantiles(prior_set, "mfu")
    assert log_odds(mfu["p50"]) == pytest.approx(0.5, abs=1e-5)
    assert log_odds(mfu["p95"]) == pytest.approx(0.5 + T3 * math.sqrt(0.75), rel=1e-4)
    # Goodput twice 0.9: two thirds of half the library's variance, times 3/2.
    spread = library_scale("goodput", "expert", Unit("1", high=1.0), log_odds)
    goodput = quantiles(prior_set, "goodput")
    assert log_odds(goodput["p95"]) - log_odds(0.9) == pytest.approx(T3 * spread * math.sqrt(1 / 3 * 1.5), rel=1e-4)


def test_utilisation_is_computed_where_the_columns_allow():
    prior_set = runs.read(CASES / "runs.csv")
    # 6 x 13e9 x 8e12 / (1,024 x 20 d x 989e12 FLOP/s), and so on; the middle is the mean of the log odds.
    day = 86_400
    one = 6 * 13e9 * 8e12 / (1024 * 20 * day * 989e12)
    two = 6 * 34e9 * 7e12 / (2048 * 25 * day * 989e12)
    three = 6 * 70e9 * 10e12 / (4096 * 40 * day * 989e12)
    middle = (log_odds(one) + log_odds(two) + log_odds(three)) / 3
    assert log_odds(quantiles(prior_set, "effective_utilisation")["p50"]) == pytest.approx(middle, abs=1e-5)
    assert "whose peak the library does not have: 'H9000' (1)" in joined_notes(prior_set)
    assert prior_set.date == "2026-06-30"
    mfu = quantiles(prior_set, "mfu")
    assert log_odds(mfu["p50"]) == pytest.approx(sum(map(log_odds, (0.435, 0.392, 0.361, 0.41))) / 4, abs=1e-5)


def test_one_run_takes_the_summary_of_the_library_and_says_so(tmp_path):
    prior_set = runs.read(write(tmp_path, "mfu\n0.41\n"))
    mfu = quantiles(prior_set, "mfu")
    assert mfu["p50"] == 0.41
    # mfu/all-runs: 0.20 to 0.58.
    assert log_odds(mfu["p95"]) - log_odds(mfu["p5"]) == pytest.approx(log_odds(0.58) - log_odds(0.20), rel=1e-4)
    assert "one run only: the dispersion of the library's mfu/all-runs is used about it" in prior_set.priors[0].about
    assert prior_set.priors[0].grade == "C"


@pytest.mark.parametrize(
    ("cells", "grade"),
    [
        ("0.38 0.42", "C"), ("0.38 0.40 0.42", "B"), ("0.2 0.45 0.7", "C"),
        ("0.38 0.39 0.4 0.41 0.42 0.4 0.39 0.41", "A"), ("0.1 0.39 0.4 0.7 0.6 0.2 0.39 0.41", "B"),
    ],
)  # fmt: skip
def test_own_runs_are_graded_by_number_and_spread(tmp_path, cells, grade):
    prior_set = runs.read(write(tmp_path, "mfu\n" + "\n".join(cells.split()) + "\n"))
    assert prior_set.priors[0].grade == grade


def test_two_pilots_have_their_middle_as_the_median_of_the_next_run(tmp_path):
    prior_set = runs.read(write(tmp_path, "mfu\n0.38\n0.42\n"))
    assert 0.38 < quantiles(prior_set, "mfu")["p50"] < 0.42


def test_an_implausible_mfu_and_an_unknown_column_are_named(tmp_path):
    prior_set = runs.read(write(tmp_path, "mfu,colour\n0.95,red\n0.40,blue\n"))
    assert "mfu of 0.950 in line 2" in joined_notes(prior_set)
    assert "columns not used: colour" in joined_notes(prior_set)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("mfu\n0.412\n0.38\n", ""),
        ("mfu\n41.2\n38\n", "read as percent: 41.2 is 0.412"),
        ("mfu (%)\n41.2\n38\n", ""),
        ("mfu_pct\n41.2\n38\n", ""),
        ("MFU %\n41.2\n38\n", ""),
        ("mfu\n41.2%\n38 %\n", ""),
        ("throughput/device/mfu\n0.412\n0.38\n", ""),
        ("metrics.mfu,params.lr\n0.412,1\n0.38,2\n", ""),
    ],
)
def test_percent_and_fraction_give_the_same(text, note, tmp_path):
    prior_set = runs.read(write(tmp_path, text))
    assert log_odds(quantiles(prior_set, "mfu")["p50"]) == pytest.approx((log_odds(0.412) + log_odds(0.38)) / 2, abs=1e-5)
    assert ("read as percent" in joined_notes(prior_set)) == bool(note)
    assert note in joined_notes(prior_set)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mfu\n0.41\n41\n", "lines 3 and 2"),
        ("mfu\n41%\n0.41\n", "with and without %"),
        ("mfu (%)\n0.41\n0.38\n", "is in percent by its name, and has 0.41"),
        ("mfu\n0\n", "must lie above 0"),
        ("mfu\n-0.4\n", "must lie above 0"),
        ("mfu\n120\n", "must lie above 0"),
        ("goodput\n1\n0.9\n", "write 0.999"),
        ("mfu (kW)\n0.4\n", "is not a unit of a fraction"),
        ("mfu\n0,41\n", "cells, and the header has 1"),
        ("mfu;goodput\n0,41;0.9\n", "has a comma"),
        ("mfu,MFU\n0.4,0.5\n", "is the name of 2 columns"),
        ("mfu,metrics.mfu\n0.4,0.5\n", "means the same as metrics.mfu"),
        ("utilization\n0.4\n", "needs a column mfu or goodput"),
        ("mfu\nN/A\n-\n", "neither mfu nor goodput"),
        ("chip,chips,duration,active_parameters,tokens\nH100,8,10,7e9,1e12\n", "has no unit"),
        ("chip,chips,duration (furlong),active_parameters,tokens\nH100,8,10,7e9,1e12\n", "furlong cannot be converted to hour"),
        ("chip,chips,hours,active_parameters (Q),tokens\nH100,8,10,7e9,1e12\n", "'Q' is not a unit here"),
        ("chip,chips,hours,active_parameters,tokens\nH100,8,0,7e9,1e12\n", "must be above zero"),
        ("chip,chips,hours,active_parameters,tokens\nH100,-8,10,7e9,1e12\n", "must be above zero"),
        ("chip,chips,hours,active_parameters,tokens\nH100,8,100,7e9,1e15\n", "which cannot be; check the units"),
        ("chip,chips,hours,active_parameters,tokens\nH100,8,100,7,1\n", "which cannot be; check the units"),
    ],
)
def test_runs_that_could_be_read_in_two_ways_are_refused_in_one_line(text, words, tmp_path):
    issues = read_issues(runs.read, write(tmp_path, text))
    assert any(words in str(issue) for issue in issues), issues
    assert len(issues) <= 2


def test_units_in_headers_are_read(tmp_path):
    plain = "chip,chips,hours,active_parameters,tokens\nH100,1024,480,13e9,8e12\n"
    for text in (
        "gpu,gpus,duration (day),params (B),tokens (T)\nH100,1024,20,13,8\n",
        "chip,chips,wall_clock_days,active_parameters_B,tokens_T\nH100,1024,20,13,8\n",
        "chip,chip_hours,active_parameters,tokens [billion]\nH100,491520,13e9,8000\n",
        "chip,chip_hours (K),active_parameters,tokens\nH100,491.52,13e9,8e12\n",
    ):
        prior_set = runs.read(write(tmp_path, text))
        assert prior_set.priors[0].distribution == runs.read(write(tmp_path, plain, "plain.csv")).priors[0].distribution, text
    assert "params (B) are taken as active" in joined_notes(
        runs.read(write(tmp_path, "gpu,gpu_hours,params (B),tokens\nH100,491520,13,8e12\n"))
    )


def test_history_of_steps_is_one_value_a_run_and_its_extremes_are_not_read(tmp_path):
    text = "Step,one - mfu,one - mfu__MIN,one - mfu__MAX,two - mfu,two - mfu__MIN,two - mfu__MAX\n"
    text += "1,0.40,0.01,0.99,,,\n2,0.44,0.01,0.99,0.30,0.02,0.98\n3,,,,0.30,0.01,0.9\n"
    prior_set = runs.read(write(tmp_path, text))
    assert log_odds(quantiles(prior_set, "mfu")["p50"]) == pytest.approx((log_odds(0.42) + log_odds(0.30)) / 2, abs=1e-5)
    assert "2 runs" in prior_set.priors[0].about
    single = runs.read(write(tmp_path, "_step,mfu\n" + "".join(f"{i},0.4\n" for i in range(100))))
    assert "one run" in single.priors[0].about
    (issue,) = read_issues(runs.read, write(tmp_path, "_step,loss\n1,3.2\n"))
    assert "--mfu-column" in str(issue)


def test_column_of_mfu_may_have_a_name_of_its_own(tmp_path):
    path = write(tmp_path, "Name,perf/util\na,0.4\nb,0.4\n")
    assert quantiles(runs.read(path, mfu_column="perf/util"), "mfu")["p50"] == 0.4
    assert "the nearest is 'perf/util'" in str(read_issues(runs.read, path, mfu_column="perf/utl")[0])


def test_same_run_given_twice_counts_once(tmp_path):
    prior_set = runs.read(write(tmp_path, "run,mfu\na,0.4\na,0.4\nb,0.5\n"))
    assert "duplicate of another row (1)" in joined_notes(prior_set)
    assert "2 runs" in prior_set.priors[0].about


def test_fractions_near_the_ends_stay_inside(tmp_path):
    prior_set = runs.read(write(tmp_path, "goodput\n0.9999\n0.5\n"))
    values = list(quantiles(prior_set, "goodput").values())
    assert values == sorted(set(values))
    assert 0 < values[0] < values[-1] < 1


# --- quotes -----------------------------------------------------------------------------------------------------------------


def test_quotes_worked_by_hand():
    # 2.40 and 3.10 of one vendor, 20.80 / 8 = 2.60, and 1,500 a month of 730.5 hours: three vendors, each a third.
    prior_set = quotes.read(CASES / "quotes.csv")
    price = quantiles(prior_set, "rental_price")
    logs = [math.log(x) for x in (2.40, 3.10, 2.60, 1500 / 730.5)]
    middle = (logs[0] / 2 + logs[1] / 2 + logs[2] + logs[3]) / 3
    assert math.log(price["p50"]) == pytest.approx(middle, abs=1e-5)
    spread = math.log(3.2 / 1.7) / (2 * 1.644854)  # rental_price/h100-one-year-2026
    own = sum(w * (x - middle) ** 2 for w, x in zip((1 / 6, 1 / 6, 1 / 3, 1 / 3), logs, strict=True)) * 3 / 2
    scale = math.sqrt(max((2 * spread**2 / 2 + 2 * own) / 4, own) * 4 / 3)
    assert math.log(price["p95"]) == pytest.approx(middle + 2.1318 * scale, abs=1e-4)
    assert quantiles(prior_set, "chip_price")["p50"] == 28000
    notes = joined_notes(prior_set)
    assert "price 'sold out' (1)" in notes
    assert "chip 'Banana 9000' is not in the library (1)" in notes
    assert "1 quote more than 365 days older than the newest" in notes
    about = prior_set.priors[0].about
    assert all(words in about for words in ("4 quotes, 3 vendors", "12 months", "newest of 2026-06-15"))
    assert prior_set.priors[0].date == "2026-06-15"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("USD/chip/hour", ("USD", False, 1)),
        ("USD/GPU-hr", ("USD", False, 1)),
        ("usd per gpu per hour", ("USD", False, 1)),
        ("EUR/node/h", ("EUR", True, 1)),
        ("GPU/day", ("", False, 24)),
        ("USD/GPU/year", ("USD", False, 8766)),
        ("USD/chip", ("USD", False, None)),
        ("USD/server", ("USD", True, None)),
    ],
)
def test_units_of_quotes(text, expected):
    unit = quotes.parse_unit(text)
    assert (unit.currency, unit.server, unit.hours) == expected


@pytest.mark.parametrize("text", ["USD/hour", "USD", "", "$/GPU/h", "USD/chip/fortnight", "USD/chip/server", "USD/GB/hour"])
def test_unit_that_does_not_say_for_what_is_refused(text):
    with pytest.raises(ValueError, match=r"does not name a chip|not a unit of a quote|currency sign"):
        quotes.parse_unit(text)


QUOTE_HEAD = "chip,price,unit,currency,chips,term,vendor,date\n"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("H100,2.5,USD/hour,,,,,", "does not name a chip"),
        ("H100,20,USD/server/hour,,,,,", "needs a column chips"),
        ("H100,2.5,EUR/chip/hour,,,,,", "--rate EUR="),
        ("H100,2.5,chip/hour,,,,,", "no currency"),
        ("H100,2.5,chip/hour,euro,,,,", "'EURO' is no currency"),
        ("H100,2.5,USD/chip/hour,EUR,,,,", "keep one"),
        ("H100,$2.5,USD/chip/hour,,,,,", "currency sign"),
        ("H100,0,USD/chip/hour,,,,,", "must be above zero"),
        ("H100,-2,USD/chip/hour,,,,,", "must be above zero"),
        ("H100,2.5,USD/chip/hour,,,,,03/04/2026", "is no date"),
        ("H9000,2.5,USD/chip/hour,,,,,", "chip 'H9000' is not in the library (1)"),
        ("H100,N/A,USD/chip/hour,,,,,", "price 'N/A' (1)"),
    ],
)
def test_quote_that_could_be_read_in_two_ways_is_refused(row, words, tmp_path):
    (issue,) = read_issues(quotes.read, write(tmp_path, QUOTE_HEAD + row + "\n"))
    assert words in str(issue)


def test_quotes_without_a_unit_or_a_chip_are_refused(tmp_path):
    path = write(tmp_path, "price\n2.5\n")
    assert {issue.key for issue in read_issues(quotes.read, path)} == {"chip", "unit"}
    path = write(tmp_path, "price (USD/GPU/hour)\n2.5\n")
    assert quantiles(quotes.read(path, chip="H100"), "rental_price")["p50"] == 2.5


def test_terms_are_not_mixed(tmp_path):
    rows = "H100,3.0,USD/chip/hour,,,on-demand,A,\nH100,2.0,USD/chip/hour,,,2 years,A,\nH100,2.0,USD/chip/hour,,,24 months,B,\n"
    path = write(tmp_path, QUOTE_HEAD + rows)
    (issue,) = read_issues(quotes.read, path)
    assert "24 months (2), on demand (1)" in str(issue)
    assert quantiles(quotes.read(path, term="2y"), "rental_price")["p50"] == 2.0
    assert quantiles(quotes.read(path, term="On Demand"), "on_demand_price")["p50"] == 3.0
    assert "its terms are" in str(read_issues(quotes.read, path, term="spot")[0])


def test_server_is_bought_with_all_that_is_in_it(tmp_path):
    path = write(tmp_path, QUOTE_HEAD + "H100,240000,USD/server,,8,,A,\n")
    assert quantiles(quotes.read(path), "server_price")["p50"] == 30000


def test_quotes_in_another_currency_need_a_rate(tmp_path):
    path = write(tmp_path, QUOTE_HEAD + "H100,2,chip/hour,eur,,,A,\n")
    assert quantiles(quotes.read(path, rates={"EUR": 0.8}), "rental_price")["p50"] == 2.5


def test_quote_per_server_taken_for_one_per_chip_is_pointed_at(tmp_path):
    path = write(tmp_path, QUOTE_HEAD + "H100,24,USD/chip/hour,,,,A,\n")
    assert "is it per chip, and not per server?" in joined_notes(quotes.read(path))


# --- the file that is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("basis", ["owned", "rented"])
def test_file_lies_over_a_scenario_and_its_numbers_come_back(kind, basis, tmp_path):
    prior_set = READERS[kind](CASES / f"{kind}.csv")
    (tmp_path / "own.yaml").write_text(format_priors(prior_set, f"from-{kind}"), encoding="utf-8")
    (tmp_path / "ours.yaml").write_text(f"extends: [llama-3.1-405b, own.yaml]\nbasis: {basis}\n")
    scenario = read(str(tmp_path / "ours.yaml"))
    quantities = {prior.quantity for prior in prior_set.priors}
    assert quantities <= model.graph(scenario.choices).units.keys()
    for prior in prior_set.priors:
        entry = scenario.inputs.get(prior.quantity)
        if entry is None:
            continue  # takes no part on this basis
        assert entry.sources[0].title == f"{kind}.csv"
        assert entry.sources[0].place == prior_set.place
        assert entry.about == prior.about
        per = {"gCO2e/kWh": 1e-6}.get(prior.unit, 1.0)
        if "quantiles" in prior.distribution:
            for key, value in prior.distribution["quantiles"].items():
                assert entry.distribution.quantile(float(key[1:]) / 100) == pytest.approx(value * per, rel=1e-9)
        elif "value" in prior.distribution:
            assert entry.distribution.quantile(0.5) == pytest.approx(prior.distribution["value"] * per, rel=1e-12)
        else:
            mean = sum(part["weight"] * part["distribution"] for part in prior.distribution["mixture"])
            assert entry.distribution.moments()[0] == pytest.approx(mean * per, rel=1e-4)
    result = simulate(scenario, 1000)
    assert "Llama 3.1 405B" in headline(result)
    quantities_used = {
        "focus": {"rented": "rental_price"},
        "codecarbon": {"owned": "average_power"},
        "runs": {"owned": "effective_utilisation", "rented": "effective_utilisation"},
        "quotes": {"rented": "rental_price", "owned": "chip_price"},
    }
    expected = quantities_used[kind].get(basis)
    assert expected is None or expected in scenario.inputs


def test_lognormal_of_many_prices_comes_back(tmp_path):
    prior_set = focus.read(write(tmp_path, bill(*[{"EffectiveCost": f"{16 + i}"} for i in range(10)])))
    bounds = distribution(prior_set, "on_demand_price")["lognormal"]
    (tmp_path / "own.yaml").write_text(format_priors(prior_set, "from-focus"))
    (tmp_path / "ours.yaml").write_text("extends: [llama-3.1-405b, own.yaml]\nbasis: rented\n")
    entry = read(str(tmp_path / "ours.yaml")).inputs["on_demand_price"].distribution
    assert entry.quantile(0.025) == pytest.approx(bounds["p2.5"], rel=1e-9)
    assert entry.quantile(0.975) == pytest.approx(bounds["p97.5"], rel=1e-9)


def test_name_of_a_file_cannot_break_the_yaml(tmp_path):
    name = 'a "b": [c]\n# d \x1b\U0001f600.csv'
    prior_set = runs.read(write(tmp_path, "mfu\n0.4\n", name))
    text = format_priors(prior_set, "from-runs")
    node = parse(text, "own.yaml")
    assert node.child("mfu", "sources", "title").text == name.replace("\x1b", "?")
    assert all(line.isprintable() for line in text.splitlines())


def test_hash_is_that_of_the_file(tmp_path):
    import hashlib

    path = write(tmp_path, "mfu\n0.4\n0.5\n")
    assert runs.read(path).place == f"rows 2-3, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


# --- as a user meets it -----------------------------------------------------------------------------------------------------


def test_command_writes_yaml_on_standard_output_and_notes_beside_it(tmp_path):
    process = run_llmcost("prior", "from-focus", CASES / "focus.csv", cwd=tmp_path)
    assert process.returncode == 0
    node = parse(process.stdout, "own.yaml")
    assert set(node.keys or {}) == {"on_demand_price", "rental_price", "idle_factor"}
    assert "7 of 12 rows not used" in process.stderr
    assert "7 of 12 rows not used" in process.stdout
    assert str(tmp_path) not in process.stdout
    assert str(CASES) not in process.stdout


@pytest.mark.parametrize("kind", READERS)
def test_priors_are_plain_data_in_every_format(kind, tmp_path):
    prior_set = READERS[kind](CASES / f"{kind}.csv", **({"term": "12 months"} if kind == "quotes" else {}))
    plain = prior_set.to_dict()
    assert set(plain) == {"schema", "version", "priors", "title", "place", "date", "notes"}
    assert all(
        set(prior) == {"quantity", "distribution", "unit", "about", "date", "grade", "chip", "channel"}
        for prior in plain["priors"]
    )
    assert all(note.code and note.text for note in prior_set.notes)
    frame = prior_set.to_dataframe().set_index("figure")["value"]
    assert frame["priors[0].quantity"] == prior_set.priors[0].quantity
    options = ["--term", "12 months"] if kind == "quotes" else []
    path = tmp_path / "priors.json"
    process = run_llmcost("prior", f"from-{kind}", CASES / f"{kind}.csv", *options, "-o", path)
    assert (process.returncode, process.stdout) == (0, "")
    assert json.loads(path.read_text(encoding="utf-8")) == {**plain, "warnings": []}
    table = run_llmcost("prior", f"from-{kind}", CASES / f"{kind}.csv", *options, "--format", "markdown")
    assert prior_set.priors[0].quantity in table.stdout


def test_command_writes_a_file_once(tmp_path):
    for kind in READERS:
        process = run_llmcost("prior", f"from-{kind}", CASES / f"{kind}.csv", "-o", f"{kind}.yaml", cwd=tmp_path)
        assert (process.returncode, process.stdout) == (0, "")
        assert f"extends: [gpt-4, {kind}.yaml]" in process.stderr
    before = (tmp_path / "runs.yaml").read_bytes()
    again = run_llmcost("prior", "from-runs", CASES / "runs.csv", "-o", "runs.yaml", cwd=tmp_path)
    assert again.returncode == 2
    assert "--force" in again.stderr
    forced = run_llmcost("prior", "from-runs", CASES / "runs.csv", "-o", "runs.yaml", "--force", cwd=tmp_path)
    assert forced.returncode == 0
    assert (tmp_path / "runs.yaml").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{kind}.yaml" for kind in READERS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["from-focus", "bad.csv", "-o", "own.yaml"], "bad.csv:3:1: has 2 cells"),
        (["from-focus", "none.csv"], "there is no such file"),
        (["from-runs", "bad.csv", "-o", "own.txt"], "no format '.txt'"),
        (["from-runs", "bad.csv", "-o", "bad.csv"], "is read by this command"),
        (["from-runs", "bad.csv", "-o", "bad.csv", "--force"], "is read by this command"),
        (["from-focus", "bad.csv", "--rate", "EUR"], "CODE=NUMBER"),
        (["from-focus", "bad.csv", "--rate", "USD=2"], "the rate of USD is 1"),
        (["from-focus", "bad.csv", "--gpus-per-row", "A/("], "no regular expression"),
        (["from-quotes", "bad.csv", "--chip", "h1000"], "no chip 'h1000'"),
    ],
)
def test_command_refuses_with_two_and_writes_nothing(arguments, words, tmp_path):
    write(tmp_path, GOOD + "one,two\n", "bad.csv")
    process = run_llmcost("prior", *arguments, cwd=tmp_path)
    assert process.returncode == 2
    assert process.stdout == ""
    assert words in process.stderr
    assert "Traceback" not in process.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_records_close_their_file(tmp_path):
    path = write(tmp_path, "mfu\n0.4\n")
    with Records(path) as records:
        assert records.header == ["mfu"]
    assert records._file is not None
    assert records._file.closed
