"""Inputs of public kinds that once failed, each by its command: the value that they should give."""

import paths
import price_rows_table
import pytest

from simulator.core.errors import InvalidInputError
from simulator.records import codecarbon, focus, quotes

CASES = paths.SHARED.parent / "cases"
needs_cases = pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")


def medians(prior_set):
    return {
        prior.quantity: prior.distribution["quantiles"]["p50"]
        if "quantiles" in prior.distribution
        else prior.distribution["value"]
        for prior in prior_set.priors
    }


@needs_cases
@pytest.mark.parametrize(
    ("place", "options", "expected"),
    [
        ("aws-instance-names/bill.csv", {"chip": "H100"}, {"on_demand_price": 6.88}),
        ("focus-gpu-hours/bill.csv", {}, {"on_demand_price": 7.90625}),
        ("focus-ml-service/bill.csv", {}, {"on_demand_price": 7.90625}),
        ("focus-tokens/litellm.csv", {}, {"input_price": 3.1, "output_price": 3.1}),
        ("gcp-seconds/bill.csv", {"rule": "ChargeDescription/H100=1"}, {"on_demand_price": 3.978}),
        ("gcp-taxonomy/bill.csv", {"rule": "ChargeDescription/H100=1"}, {"on_demand_price": 3.978}),
        (
            "commitment-standard/bill.csv",
            {"rule": "x_UsageType/ND96=8"},
            {"on_demand_price": 10.0, "rental_price": 2.4, "idle_factor": 1.0},
        ),
        ("null-cells/bill.csv", {}, {"rental_price": 2.6, "idle_factor": pytest.approx(4 / 3, rel=1e-5)}),
    ],
)
def test_bill(place, options, expected):
    rules = [focus.GpuRule.parse(options["rule"])] if "rule" in options else []
    assert medians(focus.read(CASES / place, options.get("chip"), rules)) == expected


@needs_cases
def test_bill_that_does_not_tell_its_gpus():
    with pytest.raises(InvalidInputError, match=r"FOCUS 1\.0 has none.*--gpus-per-row COLUMN/REGEX"):
        focus.read(CASES / "missing-skupricedetails-hint/bill.csv")


@needs_cases
def test_energy_logs_and_quotes():
    unknown = codecarbon.read(CASES / "cc-unknown-gpus/emissions.csv")
    assert list(medians(unknown)) == ["grid_intensity"]
    assert "RTX 4070 (3), RTX 6000 Ada Generation (3)" in "\n".join(map(str, unknown.notes))
    job = codecarbon.read(CASES / "cc-one-job-eight-ranks/emissions.csv").priors[0]
    assert (job.grade, job.distribution["quantiles"]["p50"]) == ("B", pytest.approx(0.7797, rel=1e-4))
    # The geometric mean of 3.99 and 2.69.
    assert medians(quotes.read(CASES / "quotes-price-column/prices.csv")) == {
        "on_demand_price": pytest.approx(3.2761, rel=1e-4)
    }


def test_table_of_the_dates_of_prices_is_up_to_date():
    assert price_rows_table.PAGE.read_text(encoding="utf-8") == price_rows_table.written()
