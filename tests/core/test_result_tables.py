"""Tables within results: each has a row per item and a column per field, of numbers where they are numbers."""

import dataclasses
import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import llmcost
from simulator.core.tables import table_names

MAIN = {"draws": 2000}
SCHEDULE = {"data": {"duration": "2 to 4 month"}, "final_run": {"lines": ["chip_cost", "energy_cost"]}}
RESULTS = {
    "budget": lambda: llmcost.budget("gpt-4", **MAIN),
    "joint": lambda: llmcost.joint("gpt-4", **MAIN),
    "compare": lambda: llmcost.compare("gpt-4", "gpt-4:basis=rented", **MAIN),
    "portfolio": lambda: llmcost.portfolio("gpt-3", "gpt-4", **MAIN),
    "rent_or_buy": lambda: llmcost.rent_or_buy("gpt-4", **MAIN),
    "stress": lambda: llmcost.stress("gpt-4", shocks="chip-price-double", **MAIN),
    "reverse": lambda: llmcost.reverse_stress("gpt-4", "total_cost > 150e6", draws=10_000),
    "reweight": lambda: llmcost.reweight("gpt-4", {"chip_price": "12000 to 20000"}, draws=20_000),
    "one at a time": lambda: llmcost.vary_one_at_a_time("gpt-4", **MAIN),
    "value of information": lambda: llmcost.value_of_information("gpt-4", draws=2048),
    "trend": llmcost.trend,
    "cash flow": lambda: llmcost.cashflow({"extends": "gpt-4", "schedule": SCHEDULE}, **MAIN),
    "run": lambda: llmcost.run("gpt-4", **MAIN).summary(),
}


@pytest.fixture(scope="module")
def results():
    made = {}

    def result(name):
        return made.setdefault(name, RESULTS[name]()) if name not in made else made[name]

    return result


def numbers(plain):
    """Yield all numbers of plain data, except those within lists of numbers."""
    if isinstance(plain, dict):
        for each in plain.values():
            yield from numbers(each)
    elif isinstance(plain, list):
        for each in plain:
            if isinstance(each, dict):
                yield from numbers(each)
    elif isinstance(plain, (int, float)) and not isinstance(plain, bool):
        yield plain


@pytest.mark.parametrize("name", RESULTS)
def test_the_tables_of_a_result_hold_its_numbers(name, results):
    result = results(name)
    assert len(result.tables) > 1
    frames = {table: result.to_dataframe(table) for table in result.tables}
    columns = [frame[column] for frame in frames.values() for column in frame]
    in_tables = {float(x) for each in columns if pd.api.types.is_numeric_dtype(each) for x in each.dropna()}
    data = result.to_dict()
    parts = [data[table.partition(".")[0]] for table in result.tables if table.partition(".")[0] in data]
    lists = [part for part in parts if isinstance(part, list)]
    assert set(map(float, numbers([each for part in lists for each in part]))) <= in_tables
    for frame in frames.values():
        for column in frame:
            if any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in frame[column]):
                assert frame[column].dtype != object, column


def test_a_row_is_an_item_and_a_column_a_field(results):
    plan = results("budget")
    frame = plan.to_dataframe("contingency")
    names = [each.name for each in dataclasses.fields(plan.contingency[0])]
    assert list(frame.columns) == names
    assert list(frame["amount"]) == [row.amount for row in plan.contingency]
    assert frame["negative"].dtype == bool
    spread = plan.to_dataframe("dependence")
    assert list(spread["mcse.median"]) == [row.mcse.median for row in plan.dependence]


def test_a_table_within_a_table_names_the_outer_item(results):
    plan = results("budget")
    frame = plan.to_dataframe("allocation.lines")
    assert len(frame) == sum(len(each.lines) for each in plan.allocation)
    assert frame[frame["allocation.level"] == 80]["amount"].sum() == pytest.approx(plan.contingency_at(80).amount)
    steps = results("compare").to_dataframe("differences.steps")
    assert {"differences.of", "name", "from", "to", "change"} <= set(steps.columns)
    quantities = results("reweight").to_dataframe("reweightings.quantities")
    assert set(quantities["name"]) >= {"total_cost", "chip_cost"}
    assert set(quantities["reweightings.name"]) == {"chip_price=12000 to 20000"}
    assert quantities["after.median"].dtype == float


def test_fields_of_one_type_are_a_table(results):
    answer = results("rent_or_buy")
    assert list(answer.to_dataframe("bases")["name"]) == ["rented", "owned"]
    assert list(answer.to_dataframe("bases")["median"]) == [answer.rented.median, answer.owned.median]


def test_absent_numbers_are_not_a_number():
    @dataclasses.dataclass(frozen=True)
    class Row:
        name: str
        value: float | None

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Rows(llmcost.AnalysisResult):
        rows: tuple[Row, ...]
        others: tuple[Row, ...] = ()

    table = Rows(header=llmcost.Header(), rows=(Row("a", 1.5), Row("b", None)))
    assert table.to_dataframe("rows")["value"].dtype == np.float64
    assert np.isnan(table.to_dataframe("rows")["value"][1])
    assert len(table.to_dataframe("others")) == 0
    assert table.tables == ("rows", "others", "notes")


def test_a_table_that_does_not_exist_is_refused(results):
    plan = results("budget")
    with pytest.raises(
        llmcost.LlmcostError, match="there is no table 'contingencies' in a BudgetPlan; did you mean 'contingency'"
    ):
        plan.to_dataframe("contingencies")
    with pytest.raises(llmcost.LlmcostError, match="no table 3 in a BudgetPlan; there are contingency, allocation, alloc"):
        plan.to_dataframe(3)
    assert list(plan.to_dataframe().columns) == ["figure", "value"]


def test_every_public_result_tells_its_tables_without_pandas():
    kinds = [getattr(llmcost, name) for name in llmcost.__all__]
    results = [kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, llmcost.AnalysisResult)]
    assert len(results) > 15
    for kind in results:
        collections = [
            each for each in dataclasses.fields(kind)
            if isinstance(each.default, tuple) or str(each.type).startswith("tuple[simulator")
        ]  # fmt: skip
        assert {each.name for each in collections if each.metadata.get("in_data", True)} <= set(table_names(kind))
    code = "import simulator.core.tables, sys; print('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
