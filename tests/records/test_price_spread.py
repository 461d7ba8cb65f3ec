"""A bill with one price says nothing of the spread of prices: that of the market is used, as for one quote."""

from math import log

import pytest

from simulator.core.units import Unit
from simulator.records import focus, history, library_scale, runs
from simulator.records.table import Records

HEADER = "BillingCurrency,ChargeCategory,ServiceCategory,PricingCategory,ConsumedQuantity,ConsumedUnit,EffectiveCost," \
    "ChargePeriodStart,ChargePeriodEnd,SkuPriceDetails\n"  # fmt: skip
ROW = "USD,Usage,Compute,{},1000,Hours,{},2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,"
ROW += '"{{""GpuCount"":8,""GpuModel"":""H100""}}"\n'


def read(tmp_path, *costs, pricing="Committed"):
    path = tmp_path / "bill.csv"
    path.write_text(HEADER + "".join(ROW.format(pricing, cost) for cost in costs))
    return focus.read(path)


@pytest.mark.parametrize("costs", [[16_000], [16_000, 16_000], [15_900, 16_100]], ids=["a row", "equal", "nearly equal"])
@pytest.mark.parametrize("pricing", ["Committed", "Standard", "Dynamic"])
def test_one_price_has_the_spread_of_the_market_and_grade_b(tmp_path, costs, pricing):
    (prior,) = read(tmp_path, *costs, pricing=pricing).priors
    sd = library_scale("one_year_price", "h100-one-year-2026", Unit("USD/chip/hour"), log)
    quantiles = prior.distribution["quantiles"]
    assert quantiles["p50"] == pytest.approx(2.0)
    assert log(quantiles["p95"] / 2) == pytest.approx(1.6448536 * sd, rel=1e-5)
    assert prior.grade == "B"


def test_two_prices_are_those_of_the_bill(tmp_path):
    found = read(tmp_path, 16_000, 24_000)
    (prior,) = found.priors
    assert prior.grade == "A"
    assert [part["distribution"] for part in prior.distribution["mixture"]] == [2.0, 3.0]
    assert not any(note.code == "no-spread" for note in found.notes)


def test_a_cost_of_none_is_counted(tmp_path):
    found = read(tmp_path, 16_000, "None")
    assert "1 of 2 rows not used: no EffectiveCost (1)" in [note.text for note in found.notes]


def test_zeros_and_nan_of_a_history_are_left_out_and_counted(tmp_path):
    """The means are (0.40 + 0.42) / 2 and (0.38 + 0.36) / 2."""
    path = tmp_path / "history.csv"
    path.write_text("step,a - mfu,b - mfu\n0,0,0.0\n1,nan,0\n2,0.40,NaN\n3,0.42,0.38\n4,0,0.36\n")
    notes = []
    with Records(path) as records:
        assert history.read_history(records, ("mfu",), notes) == pytest.approx([0.41, 0.37])
    texts = [note.text for note in notes]
    assert "3 values of zero before the first step with a value left out" in texts
    assert "look at this: 1 value of zero after the warm-up left out" in texts
    assert "2 values that are no number (NaN) left out" in texts


@pytest.mark.parametrize(("date", "expected"), [("2024", "2024"), ("2024-07", "2024-07"), ("2024-07-31", "2024-07-31")])
def test_runs_take_the_dates_of_calibrations(tmp_path, date, expected):
    path = tmp_path / "runs.csv"
    path.write_text(f"run,chip,mfu,date\na,H100,0.38,{date}\nb,H100,0.42,2020\n")
    assert runs.read(path).date == expected
