"""Workbooks: what sheets they have, what their cells hold, and that the formulas are those of the model."""

import io
import re

import openpyxl
import plans
import pytest

from simulator.analysis.risks import register_of_run
from simulator.cli import group
from simulator.engine.options import RunOptions
from simulator.engine.simulate import point_estimate, simulate
from simulator.io.run_summary import summarize_run
from simulator.report.workbook import result_workbook, subject_of
from simulator.report.workbook.book import Book, Sheet
from simulator.report.workbook.headings import heading_of
from simulator.report.workbook.kinds import AMOUNT, NUMBER, SHARE, Column, SheetTable, number_format
from simulator.report.workbook.live import live_model
from simulator.scenario import open_scenario

DRAWS = 500


def workbook_of(source, *, draws=DRAWS, varied=False):
    """Return the bytes of the workbook of a run of an open scenario."""
    risks = register_of_run(source.scenario, RunOptions(draws))
    summary = summarize_run(simulate(source.scenario, draws), risks=risks)
    return result_workbook(summary, [subject_of(source if varied else source.scenario)], answer=summary.headline)


def opened(content, *, values=False):
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def named(book, name):
    """Return the cell with a defined name."""
    ((sheet, place),) = book.defined_names[name].destinations
    return book[sheet][place]


@pytest.fixture(scope="module")
def gpt_4():
    return workbook_of(open_scenario("gpt-4"), varied=True)


# --- sheets -----------------------------------------------------------------------------------------------------------------


def test_a_run_has_the_sheets_that_a_reader_expects(gpt_4):
    book = opened(gpt_4)
    assert book.sheetnames[:5] == ["Summary", "Inputs", "Model", "Cash flow", "Scenarios"]
    assert book.active.title == "Summary"
    assert "Quantities" in book.sheetnames
    notes = [row[0] for row in book["Summary"].iter_rows(values_only=True) if row[0]]
    assert any("no sheet Risks" in note for note in notes)  # what is missing is said


def test_a_scenario_with_risks_has_the_sheet_of_its_register():
    book = opened(workbook_of(open_scenario("large")))
    risks = list(book["Risks"].iter_rows(min_row=Sheet.top + 1, values_only=True))
    assert risks[0][:2] == ("Risk", "Probability")
    assert {row[0] for row in risks[1:]} >= {"Late start", "Rollback", "Failed run", "Any risk"}
    assert book["Risks"]._charts


def test_headers_stay_and_can_be_filtered_and_pages_print(gpt_4):
    book = opened(gpt_4)
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == f"B{Sheet.top + 2}"
        assert sheet.print_title_rows == f"${Sheet.top + 1}:${Sheet.top + 1}"
        assert sheet.auto_filter.ref or sheet.max_row <= Sheet.top + 2 or sheet.max_column == 1
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.oddFooter.right.text.startswith("page")
    charts = {sheet.title: len(sheet._charts) for sheet in book.worksheets if sheet._charts}
    assert charts == {"Summary": 2, "Cash flow": 1, "Scenarios": 1}


def test_same_input_gives_same_bytes(gpt_4):
    assert workbook_of(open_scenario("gpt-4"), varied=True) == gpt_4


# --- inputs and model -------------------------------------------------------------------------------------------------------


def test_each_input_has_a_named_coloured_cell_with_grade_and_source_in_the_unit_that_people_use(gpt_4):
    book, scenario = opened(gpt_4), open_scenario("gpt-4").scenario
    rows = {row[0].value: row for row in book["Inputs"].iter_rows(min_row=Sheet.top + 2) if row[13].value}
    assert len(rows) == len(scenario.plan.inputs)
    price = rows["Electricity price"]
    assert named(book, "electricity_price").coordinate == price[1].coordinate
    assert price[1].fill.fgColor.rgb == "FFFFF8D6"
    assert price[8].value == "A"
    assert "EIA" in price[12].value
    # A median of 95 days is 2,280 hours; the formulas compute in hours.
    assert rows["Run duration"][1].value == pytest.approx(95.0)
    assert rows["Run duration"][2].value == "days"
    assert rows["Run duration"][13].value == "run_duration_in_days"
    assert named(book, "run_duration").value == "=run_duration_in_days*24"
    assert rows["Lease includes power"][1].number_format == "0.0%"


def test_formulas_are_those_of_the_model(gpt_4):
    book, values = opened(gpt_4), opened(gpt_4, values=True)
    scenario = open_scenario("gpt-4").scenario
    total = named(book, "total_cost")
    assert total.value == "=chip_cost+server_cost+network_cost+energy_cost+staff_cost"
    assert named(values, "total_cost").value == pytest.approx(point_estimate(scenario), rel=1e-12)
    assert named(book, "energy").value == "=chip_hours*average_power*pue"
    summary = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert summary["Now, with the inputs of this workbook"] == "=total_cost"
    assert summary["Staff cost"] == "=staff_cost"
    assert summary["As reported"] == pytest.approx(point_estimate(scenario), rel=1e-12)


def test_total_of_known_lines_is_their_sum(write_plan):
    """1,000 and 500."""
    book = opened(workbook_of(open_scenario(write_plan(plans.CONSTANT))), values=True)
    assert named(book, "total_cost").value == 1500.0
    assert named(book, "chip_cost").parent.title == "Inputs"
    assert named(book, "total_cost").parent.title == "Model"


def test_a_stated_point_estimate_is_shown_beside_that_of_the_inputs(write_plan):
    book = opened(workbook_of(open_scenario(write_plan(plans.SUM + "point: 800\n"))), values=True)
    summary = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert summary["Point estimate as stated"] == 800
    assert summary["As reported"] == pytest.approx(660)  # medians of 100, 60 and 500


def test_a_formula_without_translation_is_a_constant_with_the_reason(tmp_path, write_plan):
    source = tmp_path / "own.py"
    source.write_text(
        "import numpy as np\nfrom llmcost.units import Usd\n\ndef chip_cost(energy_cost: Usd) -> Usd:\n"
        '    """Twice the energy."""\n    return np.interp(energy_cost, [0, 1000], [0, 2000])\n'
    )
    text = plans.SUM.replace("chip_cost: {normal: {mean: 100, sd: 12}, sources: [{title: A}]}\n", "")
    output = tmp_path / "o.xlsx"
    arguments = ["run", write_plan(text), "--formulas", str(source), "--draws", "200", "-q", "-o", str(output)]
    group.main(arguments, standalone_mode=False)
    book = openpyxl.load_workbook(output)
    assert named(book, "chip_cost").value == pytest.approx(120)
    notes = " ".join(str(row[0]) for row in book["Summary"].iter_rows(values_only=True))
    assert "chip_cost does not follow the inputs" in notes


def test_several_models_in_one_workbook_have_names_of_their_own(tmp_path):
    output = tmp_path / "c.xlsx"
    group.main(["compare", "gpt-4", "gpt-4:basis=rented", "--draws", "500", "-q", "-o", str(output)], standalone_mode=False)
    book, values = openpyxl.load_workbook(output), openpyxl.load_workbook(output, data_only=True)
    assert book.sheetnames[:6] == ["Summary", "Inputs 1", "Model 1", "Inputs 2", "Model 2", "Scenarios"]
    rented = open_scenario("gpt-4").with_(basis="rented").scenario
    assert named(values, "s2_total_cost").value == pytest.approx(point_estimate(rented), rel=1e-12)
    rows = list(book["Scenarios"].iter_rows(min_row=Sheet.top + 2, max_row=Sheet.top + 3, values_only=True))
    assert [row[2] for row in rows] == ["=s1_total_cost", "=s2_total_cost"]


def test_point_estimates_of_scenarios_are_those_of_the_scenarios(gpt_4):
    values = opened(gpt_4, values=True)
    rows = {row[0]: row for row in values["Scenarios"].iter_rows(min_row=Sheet.top + 2, values_only=True)}
    doubled = open_scenario("gpt-4").with_(shocks=["chip-price-double"]).scenario
    assert rows["Chip price double"][2] == pytest.approx(point_estimate(doubled), rel=1e-12)
    assert rows["Chip price double"][1] == "shock"
    assert rows["GPT-4"][3] == 0


def test_live_model_keeps_every_quantity_of_the_plan():
    for name in ("gpt-4", "llama-3.1-405b", "large"):
        model = live_model(open_scenario(name).scenario)
        assert set(model.scenario.plan.names) <= set(model.values)
        assert len({each.casefold() for each in model.names.values()}) == len(model.names)
        assert model.total == point_estimate(model.scenario)


# --- cash flow ----------------------------------------------------------------------------------------------------------------


def test_the_cash_flow_adds_up_by_formulas(gpt_4):
    book, values = opened(gpt_4), opened(gpt_4, values=True)
    header = [cell.value for cell in book["Cash flow"][Sheet.top + 1]]
    total = header.index("All lines")
    rows = list(values["Cash flow"].iter_rows(min_row=Sheet.top + 2, values_only=True))
    months = [row for row in rows if str(row[0]).isdecimal()]
    end = next(row for row in rows if row[0] == "Sum")
    for row in months:
        assert row[total] == pytest.approx(sum(row[1:total]), rel=1e-12)
    assert end[total] == pytest.approx(sum(row[total] for row in months), rel=1e-12)
    assert months[-1][total + 1] == pytest.approx(end[total], rel=1e-12)
    formula = book["Cash flow"].cell(Sheet.top + 2, total + 1).value
    assert re.fullmatch(r"=SUM\(B5:[A-Z]+5\)", formula)


# --- cells ------------------------------------------------------------------------------------------------------------------


def test_text_stays_text_and_numbers_keep_their_digits():
    book = Book("t")
    columns = (Column("name", "text"), Column("amount", AMOUNT), Column("days", NUMBER, 1 / 24))
    rows = (("=1+1", 1234567.891, 48.0), ("@SUM(A1)", None, float("inf")), ("http://x.example", True, -1.5))
    book.sheet("a/b*c", "=title").table(SheetTable("t", "t", columns, rows))
    book.sheet("a/b*c", "again").table(SheetTable("t", "t", columns, rows))
    read = opened(book.to_bytes())
    assert read.sheetnames == ["a b c", "a b c 2"]
    cells = list(read["a b c"].iter_rows(min_row=Sheet.top + 2))
    assert [cell.data_type for cell in cells[0]] == ["s", "n", "n"]
    assert [cell.value for cell in cells[0]] == ["=1+1", 1234567.891, 2.0]
    assert cells[0][0].quotePrefix
    assert [cell.value for cell in cells[1]] == ["@SUM(A1)", None, "inf"]
    assert [cell.value for cell in cells[2]] == ["http://x.example", "yes", -1.5 / 24]
    assert cells[2][0].hyperlink is None
    assert read["a b c"]["A1"].data_type == "s"


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (SHARE, 0.25, "0.0%"),
        (SHARE, 5e-5, "0.0000%"),
        (NUMBER, 2.1e25, "0.000E+00"),
        (NUMBER, 3e-5, "0.000E+00"),
        (NUMBER, 12.5, "#,##0.00"),
        (NUMBER, 0.0814, "0.00000"),
        (NUMBER, 256, "#,##0"),
    ],
)
def test_numbers_are_shown_with_digits_that_people_read(kind, value, form):
    assert number_format(kind, value) == form


@pytest.mark.parametrize(
    ("field", "heading"),
    [
        ("total.mcse.median", "Total: standard error of the median"),
        ("quantiles.97.5", "P97.5"),
        ("low", "95% CI, from"),
        ("budget.contingency_to_p80", "Budget: contingency to P80"),
        ("known[0]", "Known 1"),
    ],
)
def test_headings_are_words(field, heading):
    assert heading_of(field, "95% CI") == heading


# --- commands -----------------------------------------------------------------------------------------------------------------

COMMANDS = [
    ["budget", "gpt-4", "--draws", "500", "--budget", "150e6"],
    ["cashflow", "gpt-4", "--draws", "500"],
    ["risks", "large", "--draws", "500"],
    ["joint", "gpt-4", "--draws", "2000"],
    ["levers", "gpt-4", "--draws", "500", "--only", "early-stopping"],
    ["portfolio", "gpt-4", "gpt-3", "--draws", "500"],
    ["sensitivity", "gpt-4", "--draws", "1024", "--method", "swing"],
    ["stress", "gpt-4", "--draws", "500", "--shock", "staff-pay-3-times"],
    ["compare", "gpt-4", "--rent-or-buy", "--draws", "500"],
    ["figure", "s-curve", "gpt-4", "--draws", "500"],
    ["check", "gpt-4"],
    ["list", "levers"],
    ["show", "mfu"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_every_command_with_tables_writes_a_workbook(arguments, tmp_path):
    output = tmp_path / "out.xlsx"
    group.main([*arguments, "-o", str(output)], standalone_mode=False)
    book = openpyxl.load_workbook(output)
    assert book.sheetnames[0] == "Summary"
    assert len(book.sheetnames) > 1
    assert [path.name for path in tmp_path.iterdir()] == ["out.xlsx"]
    for sheet in book.worksheets[1:]:
        header = [cell.value for cell in sheet[Sheet.top + 1] if cell.value]
        assert header
        assert not any("_" in heading for heading in header)
        assert sheet.max_row > Sheet.top + 1


def test_amounts_have_their_money(tmp_path):
    output = tmp_path / "eur.xlsx"
    group.main(
        ["run", "gpt-4", "--draws", "500", "--money", "2023 EUR", "--rate", "EUR=0.9", "-q", "-o", str(output)],
        standalone_mode=False,
    )
    book = openpyxl.load_workbook(output, data_only=True)
    scenario = open_scenario("gpt-4").with_(sets=["money=2023 EUR", "rates={EUR: 0.9}"]).scenario
    assert named(book, "total_cost").value == pytest.approx(point_estimate(scenario), rel=1e-12)
    assert {row[2] for row in book["Inputs"].iter_rows(min_row=5, values_only=True) if row[0] == "Chip price"} == {"EUR/chip"}


def test_options_of_parts_are_those_of_the_result():
    from simulator.core.results import Header
    from simulator.report.workbook.build import _options

    assert _options(Header(draws=700, seed=3, interval=90.0)) == RunOptions(700, 3, 0.9)


def test_each_figure_of_the_summary_is_what_its_definition_says():
    from simulator.definitions.workbook import WORKBOOK

    source = open_scenario("gpt-4").with_(budget="150e6")
    summary = summarize_run(simulate(source.scenario, DRAWS))
    content = result_workbook(summary, [subject_of(source.scenario)])
    rows = list(opened(content, values=True)["Summary"].iter_rows(min_row=7, values_only=True))
    block = rows[: next(place for place, row in enumerate(rows) if row[0] is None)]
    point = point_estimate(source.scenario)
    samples = summary.total.quantiles
    expected = {
        "Now, with the inputs of this workbook": point,
        "As reported": point,
        "Change": 0,
        "Inputs changed": 0,
        **{f"P{percent}": samples[percent] for percent in ("50", "80", "90", "95")},
        "Budget": 150e6,
        "Budget, less the total now": 150e6 - point,
    }
    assert {row[0]: row[1] for row in block} == pytest.approx(expected, rel=1e-12)
    labels = {each.label.replace("{}", r"\d+") for each in WORKBOOK.values()}
    assert all(any(re.fullmatch(label, row[0]) for label in labels) for row in block)
    assert all(row[3] for row in block)


def test_the_summary_of_a_comparison_has_each_total(tmp_path):
    output = tmp_path / "c.xlsx"
    group.main(["compare", "A=gpt-4", "B=gpt-4:chips=30000", "--draws", "500", "-q", "-o", str(output)], standalone_mode=False)
    book = openpyxl.load_workbook(output, data_only=True)
    rows = {row[0]: row for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert book["Summary"]["A1"].value == "A and B"
    for name, chips in (("A", 25000), ("B", 30000)):
        scenario = open_scenario("gpt-4").with_(sets={"chips": chips} if name == "B" else {}).scenario
        assert rows[name][1] == rows[name][2] == pytest.approx(point_estimate(scenario), rel=1e-12)
        assert rows[name][3:5] == (0, 0)
        assert rows[name][6] < rows[name][5] < rows[name][7]
