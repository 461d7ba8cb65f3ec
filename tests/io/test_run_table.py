"""The table of a run: the figures of its summary, all sources, and no cell that is a formula."""

import csv
import io

from simulator.core.csv_text import csv_text
from simulator.io.run_summary import CSV_COLUMNS, summarize_run


def test_sources_of_every_prior_reach_the_table(result, priors):
    rows = {row["quantity"]: row for row in csv.DictReader(io.StringIO(summarize_run(result).to_csv()))}
    for name, prior in priors.items():
        for source in prior.sources:
            assert source.title in rows[name]["sources"]


def test_table_holds_the_figures_of_the_json(result):
    text = summarize_run(result).to_csv()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == CSV_COLUMNS
    quantities = summarize_run(result).quantities
    assert [row["quantity"] for row in rows] == list(quantities)
    for row in rows:
        figures = quantities[row["quantity"]]
        assert float(row["mean"]) == figures.mean
        assert float(row["p97.5"]) == figures.quantiles["97.5"]
        assert float(row["mcse_high"]) == figures.mcse.high
        assert (row["share_mean"] != "") == (figures.share is not None)
    frame = summarize_run(result).to_dataframe()
    assert tuple(frame.columns) == CSV_COLUMNS
    assert frame["median"].tolist() == [figures.median for figures in quantities.values()]


def test_table_holds_no_cell_that_a_spreadsheet_takes_for_a_formula(result):
    rows = list(csv.reader(io.StringIO(summarize_run(result).to_csv())))
    texts = [cell for row in rows for cell in row if not is_number(cell)]
    assert not [cell for cell in texts if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    by_name = {row[0]: row for row in rows}
    assert by_name["hardware_age"][CSV_COLUMNS.index("specification")] == "'-30 day"
    assert by_name["mfu"][CSV_COLUMNS.index("sources")].startswith("'=HYPERLINK(1)")


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_text_that_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe_in_columns_and_rows():
    text = csv_text(("name", "=1+1"), [["@SUM(A1)", -0.1], ["-x", None], ["a, b", 1e-17]])
    assert text == "name,'=1+1\r\n'@SUM(A1),-0.1\r\n'-x,\r\n\"a, b\",1e-17\r\n"
