"""Reports: a folder that is whole, a page that is safe and shows the numbers of its data, the same bytes each time."""

import csv
import hashlib
import io
import json
import math
import re
import shlex
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import click
import openpyxl
import paths
import programs
import pytest
from hatchling.builders.wheel import WheelBuilder

import llmcost
from simulator.cli import group
from simulator.core import files, formatting
from simulator.core.errors import InvalidInputError
from simulator.engine.inputs import Source
from simulator.report import content, folder, pages, workbook
from simulator.report.workbook import tables_of_reports
from simulator.report.workbook.book import Sheet
from simulator.report.workbook.headings import sentence
from simulator.scenario.quantity_definitions import definition_of

ROOT = paths.ROOT
HOSTILE = "</script><img src=x onerror=alert(1)>"
SCENARIO = f"""
title: '{HOSTILE}'
about: '=1+1 {HOSTILE}'
extends: training-run
ranges: 90
prices: 2026 USD
chip: nvidia-h100-sxm
basis: rented
commitment: on-demand
lines: [compute, staff_cost]
outcomes: [chip_hours, wall_clock, energy]
total_parameters: 7e9
training_tokens: {{value: 2e12, about: '@SUM(A1)', sources: [
  {{title: '=HYPERLINK("http://x")', url: 'javascript:alert(1)', date: 2026-01}},
  {{title: '{HOSTILE}', url: 'https://example.org/?a=1&b="2"', date: 2026-02}}]}}
chips: 512 to 1024
mfu: {{logitnormal: {{p5: 0.3, p95: 0.5}}, sources: [{{title: '-2+3', place: '| p. 3 [^1]', date: 2026-01}}]}}
goodput: expert
experiments_factor: known-recipe
rental_price: {{lognormal: {{p5: 1.7, p95: 3.2}}, unit: USD/chip/hour}}
staff:
  team: {{people: 12, salary: sf-ml-2024, on_cost: us-2024, equity: sf-ml-2024, fte: 0.5 to 0.9}}
duration: 5 to 9 month
known: ['{HOSTILE}']
budget: 2e6 USD
"""


def call(*arguments):
    return group.main([*map(str, arguments)], standalone_mode=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("report")
    (root / "hostile.yaml").write_text(SCENARIO, encoding="utf-8")
    call("report", root / "hostile.yaml", "-o", root / "one", "--draws", 2000, "--date", "2026-11-21", "-q")
    call(
        "report",
        root / "hostile.yaml",
        f"{root / 'hostile.yaml'}",
        "-o",
        root / "two",
        "--draws",
        1000,
        "-q",
    )
    call(
        "report",
        root / "hostile.yaml",
        "--rent-or-buy",
        "-o",
        root / "buy",
        "--draws",
        1000,
        "-q",
        "--format",
        "markdown",
    )
    return root


@pytest.fixture(scope="module", params=["one", "two"])
def page(request, place):
    return Page((place / request.param / "report.html").read_text(encoding="utf-8"))


class Page(HTMLParser):
    """Elements of a page with their attributes, in order, and its text."""

    def __init__(self, html):
        super().__init__()
        self.html, self.elements, self.text = html, [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


# --- the page -------------------------------------------------------------------------------------------------------------


def test_nothing_in_a_page_runs_or_is_fetched(page):
    assert not {"script", "img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "srcset", "poster", "data"):
            assert name not in attributes, tag
    fetched = [a["href"] for a in page.of("link")] + [a["href"] for a in page.of("use")]
    assert all(url.startswith(("data:,", "#")) for url in fetched)
    assert "@import" not in page.html
    assert not re.search(r"url\((?!#)", page.html)


def test_a_hostile_text_is_there_as_text(page):
    assert HOSTILE in page.text
    assert HOSTILE not in page.html


def test_links_lead_into_the_page_to_its_explorer_or_to_the_web(page):
    links = [a["href"] for a in page.of("a")]
    assert links.count("explorer.html") == 1
    outside = {href for href in links if not href.startswith("#") and href != "explorer.html"}
    assert 'https://example.org/?a=1&b="2"' in outside
    assert all(href.startswith(("http://", "https://")) for href in outside)
    assert "javascript:alert(1)" in page.text  # shown as text, not as a link


def test_ids_are_unique_and_every_link_in_the_page_has_an_end(page):
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    ends = [a["href"][1:] for a in page.of("a") if a["href"].startswith("#")]
    ends += [a["href"][1:] for a in page.of("use")] + re.findall(r"url\(#([^)]+)\)", page.html)
    for _, attributes in page.elements:
        ends += attributes.get("aria-labelledby", "").split()
    assert set(ends) <= set(ids)


def test_footnotes_and_the_places_that_cite_them_link_to_each_other(page):
    cites = {a["id"]: a["href"] for a in page.of("a") if "cite" in a.get("class", "")}
    backs = [a["href"] for a in page.of("a") if "back" in a.get("class", "")]
    assert sorted(backs) == sorted(f"#{name}" for name in cites)
    assert {href[1:] for href in cites.values()} == {a["id"] for a in page.of("li") if a.get("id", "").startswith("note-")}
    assert all(name.startswith(f"ref-{href.removeprefix('#note-')}-") for name, href in cites.items())


def test_a_page_has_landmarks_and_says_what_its_figures_show(page):
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(page.of(tag)) == (1 if tag != "title" else 1 + len(page.of("svg"))), tag
    assert page.of("html")[0]["lang"] == "en"
    assert len(page.of("svg")) == 2 * len(page.of("figure")) > 2  # for wide and for narrow screens
    for svg in page.of("svg"):
        assert svg["role"] == "img"
        assert len(svg["aria-labelledby"].split()) == 2
    assert len(page.of("table")) == len(page.of("caption"))
    assert {a.get("scope") for a in page.of("th")} == {"row", "col"}


SECTIONS = ["answer", "breakdown", "budget", "drivers", "stress", "levers", "assumptions", "method", "limits", "repeat",
            "sources"]  # fmt: skip
OPEN = ["answer", "breakdown"]


def test_the_answer_comes_first_and_every_section_follows(place):
    page = Page((place / "one" / "report.html").read_text(encoding="utf-8"))
    assert [a["id"] for a in page.of("section")] == SECTIONS
    summary = json.loads((place / "one" / "summary.json").read_text(encoding="utf-8"))
    total, budget = summary["run"]["quantities"]["total_cost"], summary["budget"]
    first = " ".join(page.text[page.text.index("Sources") :].split())  # below the contents
    first = first[: first.index("Where the money goes")]
    p80, within = budget["contingency"][2], budget["budget"]["probability_within"]
    assert p80["level"] == 80
    for amount in (total["low"], total["median"], total["high"], p80["amount"]):
        assert formatting.format_money(amount, "USD") in first
    assert f"budget of {formatting.format_exact_money(budget['budget']['amount'], 'USD')}" in first
    assert f"is enough with a probability of {formatting.format_percent(within)}" in first
    assert "What drives it" in first
    assert "What to decide" in first


def swings(summary):
    """The inputs of a summary by the range of the median total between their P10 and P90, widest first."""
    rows = [row for row in summary["drivers"]["drivers"] if row["swing"]]
    return sorted(rows, key=lambda row: -abs(row["swing"]["median"]["p90"] - row["swing"]["median"]["p10"]))


def test_drivers_are_ranked_by_what_exists_under_every_tail(place):
    html = (place / "one" / "report.html").read_text(encoding="utf-8")
    summary = json.loads((place / "one" / "summary.json").read_text(encoding="utf-8"))
    ranked = swings(summary)
    bars = re.findall(r'<span class="name">([^<]+)</span> <span class="text">(\S+) to (\S+) for ', html)
    assert len(bars) == 3
    under_bars = [unescape(text) for text in re.findall(r'<span class="about">([^<]+)</span>', html)]
    assert under_bars == [definition_of(row["name"]) for row in ranked[:3]]
    for (name, low, high), row in zip(bars, ranked, strict=False):
        ends = row["swing"]["median"]
        assert name == formatting.to_words(row["name"])
        assert (low, high) == tuple(formatting.format_money(ends[key], "USD") for key in ("p10", "p90"))
    rows = rows_of(place / "one" / "tables" / "drivers.csv")
    assert [row["input"] for row in rows[:3]] == [row["name"] for row in ranked[:3]]


def test_the_widest_bar_takes_the_scale_and_the_median_is_on_it():
    bars = content.Bars("x", (content.Bar("a", "", 10.0, 50.0), content.Bar("b", "", 20.0, 40.0)), 30.0)
    assert [bars.place(value) for value in (10, 20, 30, 50)] == [0, 25, 50, 100]


@pytest.mark.parametrize(
    ("budget", "beginning"), [("2e9 USD", "The budget of $2B is enough"), ("1 USD", "The budget of $1 is")]
)
def test_the_first_page_says_what_to_decide(budget, beginning, tmp_path):
    scenario = llmcost.open_scenario("small-medium", budget=budget)
    report = llmcost.report(scenario, draws=1000)
    assert report.answer.startswith(beginning)
    decisions = next(block for block in report.front if block.block == "bullets").items
    expected = "Whether to keep all of the budget" if budget == "2e9 USD" else "Whether to add $"
    assert decisions[0].startswith(expected)
    assert len(report.key_figures) == 3


def test_headings_state_findings(place):
    report = llmcost.report("gpt-4", draws=1000)
    headings = {section.key: section.heading for section in report.sections}
    for key, kind in (("breakdown", "breakdown"), ("drivers", "tornado"), ("stress", "stress"), ("levers", "levers")):
        block = next(block for block in report.blocks(content.FigureBlock) if block.kind == kind)
        assert headings[key] == block.finding
    assert all(section.label for section in report.sections)


def test_only_the_first_two_pages_are_open(place):
    page = Page((place / "one" / "report.html").read_text(encoding="utf-8"))
    assert len(page.of("details")) == len(SECTIONS) - len(OPEN)
    assert not any("open" in attributes for attributes in page.of("details"))


def test_a_page_with_both_sizes_of_each_figure_stays_small(place):
    for name in ("one", "two"):
        assert (place / name / "report.html").stat().st_size < 500_000


def test_what_the_run_warns_of_reaches_the_report(place):
    text = Page((place / "one" / "report.html").read_text(encoding="utf-8")).text
    summary = json.loads((place / "one" / "summary.json").read_text(encoding="utf-8"))
    assert summary["run"]["notes"]
    notes = [formatting.plain_text(" ".join(note.replace("`", "").split()), ()) for note in summary["run"]["notes"]]
    assert [note for note in notes if note not in " ".join(text.split())] == []  # which leaves out folders
    assert "Assumptions, with no source or graded D" in text


def test_markdown_has_code_where_the_page_has_it():
    assert pages.escape_markdown("write `basis: owned`, not `owned_by`_me") == r"write `basis: owned`, not `owned_by`\_me"
    assert pages.escape_markdown("one ` alone, <b>") == r"one \` alone, \<b\>"
    assert pages.escape_markdown("`a|b`") == r"\`a\|b\`"  # which would end the cell of a table
    assert str(pages.mark_code("write `basis: owned`")) == "write <code>basis: owned</code>"


def test_markdown_formats_nothing_that_comes_from_a_file(place):
    text = (place / "buy" / "report.md").read_text(encoding="utf-8")
    assert "<img" not in text.replace("\\<img", "")
    assert "javascript:alert(1)>" not in text
    cited, defined = set(re.findall(r"(?<!\\)\[\^(\d+)\](?!:)", text)), set(re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE))
    assert cited == defined != set()
    for line in text.splitlines():
        if line.startswith("| "):
            assert not re.search(r"(?<!\\)[<>]", line)
    tables = re.findall(r"((?:^\|.*\n)+)", text, re.MULTILINE)
    assert len(tables) > 5
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    for image in re.findall(r"!\[[^\]]+\]\((figures/[\w-]+\.svg)\)", text):
        assert (place / "buy" / image).is_file()


# --- in a browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    path = programs.program("browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        instance = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield instance
        instance.close()


WIDTHS = {"desktop": 1280, "phone": 375}


@pytest.fixture(params=[(name, width) for name in ("one", "two") for width in WIDTHS], ids="-".join)
def opened(request, browser, place):
    """A report opened as a reader does, with what it summary and asked for on the way."""
    name, width = request.param
    tab = browser.new_page(viewport={"width": WIDTHS[width], "height": 900})
    tab.summary, tab.requests = [], []
    tab.on("console", lambda message: tab.summary.append(message.text))
    tab.on("pageerror", lambda error: tab.summary.append(str(error)))
    tab.on("dialog", lambda dialog: (tab.summary.append(dialog.message), dialog.dismiss()))
    tab.on("request", lambda outgoing: tab.requests.append(outgoing.url))
    tab.goto((place / name / "report.html").as_uri())
    yield tab
    tab.close()


def test_a_browser_finds_nothing_to_complain_of_and_fetches_nothing(opened):
    opened.wait_for_timeout(50)
    assert opened.summary == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [opened.url]


def test_every_figure_has_room_and_the_page_does_not_scroll_sideways(opened):
    open_all(opened)
    boxes = opened.evaluate("[...document.querySelectorAll('figure svg')].map(s => {const b = s.getBoundingClientRect(); "
                            "return [b.width, b.height]}).filter(box => box[0])")  # fmt: skip
    assert len(boxes) == opened.evaluate("document.querySelectorAll('figure').length") > 1
    assert all(width > 300 and height > 100 for width, height in boxes)
    assert opened.evaluate("document.documentElement.scrollWidth") <= opened.viewport_size["width"]
    if opened.viewport_size["width"] < 400:  # letters of figures have their own size, and cells of tables are stacked
        sizes = opened.evaluate("[...document.querySelectorAll('figure .narrow svg')].map(s => "
                                "s.getBoundingClientRect().width / s.viewBox.baseVal.width)")  # fmt: skip
        assert min(sizes) > 1.2
        wide = opened.evaluate("[...document.querySelectorAll('table')].filter(t => t.scrollWidth > innerWidth).length")
        assert wide == 0


def open_all(tab):
    tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_engine_finds_no_violation(opened, scheme, is_open):
    from axe_playwright_python.sync_playwright import Axe

    opened.emulate_media(color_scheme=scheme)
    if is_open:
        open_all(opened)
    response = Axe().run(opened).response
    assert [(each["id"], each["nodes"][0]["html"]) for each in response["violations"]] == []
    assert {"color-contrast", "svg-img-alt", "landmark-one-main", "td-headers-attr"} & {
        each["id"] for each in response["passes"]
    }


def test_keys_lead_to_the_report_and_through_its_footnotes(opened):
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.id") == "main"
    open_all(opened)
    for cite in opened.query_selector_all("a.cite")[:5]:
        name = cite.get_attribute("id")
        cite.press("Enter")
        note = opened.evaluate("location.hash")
        assert opened.evaluate(f"document.querySelector('{note}').getBoundingClientRect().top") < 900
        opened.query_selector(f"{note} a.back[href='#{name}']").press("Enter")
        assert opened.evaluate("location.hash") == f"#{name}"


def test_the_contents_open_what_they_lead_to(opened):
    link = opened.query_selector("nav a[href='#assumptions-part']")
    link.press("Enter")
    assert opened.evaluate("document.querySelector('#assumptions details').open")
    assert 0 <= opened.evaluate("document.querySelector('#assumptions summary').getBoundingClientRect().top") < 200


def test_a_dark_page_is_dark_and_prints_light(browser, place):
    context = browser.new_context(color_scheme="dark")
    tab = context.new_page()
    tab.goto((place / "one" / "report.html").as_uri())
    colours = "[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.documentElement).color]"
    assert tab.evaluate(colours) == ["rgb(22, 25, 29)", "rgb(236, 239, 243)"]
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(26, 26, 26)"]
    context.close()


def test_it_prints_what_is_folded_too(browser, place):
    tab = browser.new_page()
    tab.goto((place / "one" / "report.html").as_uri())
    tab.emulate_media(media="print")
    heights = tab.evaluate("[...document.querySelectorAll('details > div')].map(each => each.getBoundingClientRect().height)")
    assert len(heights) == len(SECTIONS) - len(OPEN)
    assert min(heights) > 20
    printed = tab.pdf(prefer_css_page_size=True)
    tab.close()
    count = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 6 <= count <= 20
    try:
        from pypdf import PdfReader
    except ImportError:
        css = (place / "one" / "report.html").read_text(encoding="utf-8")
        assert 'counter(page) " of " counter(pages)' in css
        assert "@top-left { content:" in css
        return
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(printed)).pages]
    for number, text in enumerate(texts, start=1):
        assert f"{number} of {count}" in text
        assert ("Cost report" in text) or number == 1
    assert any("Known numbers" in text for text in texts)


def test_a_title_is_no_style_sheet():
    assert pages.css_string('a"}</style>;\n95% CI') == '"a\\22 \\7d \\3c \\2f style\\3e \\3b  95\\25  CI"'


# --- the data -------------------------------------------------------------------------------------------------------------


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_hold_the_exact_figures(place):
    summary = json.loads((place / "one" / "summary.json").read_text(encoding="utf-8"))
    tables = place / "one" / "tables"
    for row in rows_of(tables / "breakdown.csv"):
        figures = summary["run"]["quantities"][row["line"]]
        assert [float(row[f"{key}_usd"]) for key in ("median", "low", "high", "mean")] == [
            figures[key] for key in ("median", "low", "high", "mean")
        ]
    lines = rows_of(tables / "breakdown.csv")
    assert math.fsum(float(row["mean_usd"]) for row in lines[:-1]) == pytest.approx(float(lines[-1]["mean_usd"]), rel=1e-9)
    allocation = rows_of(tables / "allocation.csv")
    for column in list(allocation[0])[1:]:
        assert math.fsum(float(row[column]) for row in allocation[:-1]) == pytest.approx(
            float(allocation[-1][column]), abs=0.005
        )
    plan = {row["level"]: row for row in rows_of(tables / "plan.csv")}
    assert float(plan["budget"]["amount_usd"]) == 2e6
    assert float(plan["P80"]["amount_usd"]) - float(plan["point estimate"]["amount_usd"]) == pytest.approx(
        float(plan["P80"]["contingency_usd"]), rel=1e-12
    )
    shocks = rows_of(tables / "shocks.csv")
    cases = {row["name"]: row for row in summary["stress"]["shocks"]["cases"]}
    assert float(shocks[1]["change_usd"]) == cases[shocks[1]["shock"]]["change"]["mean"]


def test_no_cell_is_a_formula(place):
    risky = ("=", "+", "-", "@", "\t", "\r")
    escaped = 0
    for path in (place / "one" / "tables").glob("*.csv"):
        for row in rows_of(path):
            for cell in row.values():
                if cell.startswith(risky):
                    float(cell)  # a number may have a sign
                escaped += cell.startswith(tuple(f"'{sign}" for sign in risky))
    assert escaped >= 2
    book = openpyxl.load_workbook(place / "one" / "workbook.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    texts = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(risky) and cell.data_type == "s"]
    assert any("=1+1" in cell.value for cell in texts)
    assert all(cell.quotePrefix for cell in texts)  # text stays text when the cell is edited
    for cell in cells:
        if cell.data_type == "f":
            assert not any(word in cell.value for word in ("SUM(A1)", "HYPERLINK", "script"))
        assert cell.hyperlink is None or cell.hyperlink.target is None  # a link leads to a sheet


def test_the_workbook_has_every_table_with_its_numbers(place):
    book = openpyxl.load_workbook(place / "one" / "workbook.xlsx")
    for path in (place / "one" / "tables").glob("*.csv"):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        name = tables_of_reports.TITLES.get(path.stem, sentence(formatting.to_words(path.stem)))
        header, *body = list(book[name].iter_rows(min_row=Sheet.top + 1, values_only=True))
        assert len(header) == len(rows[0])
        assert len(body) == len(rows) - 1
        units = rows[0].index("unit") if "unit" in rows[0] else None
        for row, cells in zip(rows[1:], body, strict=True):
            factor = 1.0 if units is None else formatting.display_unit(row[units])[1]
            for text, value in zip(row, cells, strict=True):
                if isinstance(value, int | float):
                    assert any(float(text) * scale == pytest.approx(value, rel=1e-14) for scale in (1, factor))


def test_the_folder_can_be_mailed(place):
    for name in ("one", "two"):
        found = [path for path in (place / name).rglob("*") if path.is_file()]
        assert {path.suffix for path in found} == {".html", ".json", ".svg", ".csv", ".xlsx"}
        assert sum(path.stat().st_size for path in found) < 4e6


def test_the_run_of_the_manifest_gives_the_figures_of_the_summary(place):
    manifest = json.loads((place / "one" / "manifest.json").read_text(encoding="utf-8"))
    statistics = json.loads((place / "one" / "summary.json").read_text(encoding="utf-8"))["run"]["quantities"]["total_cost"]
    run = llmcost.run(place / "hostile.yaml", draws=manifest["draws"], seed=manifest["seed"])
    assert float(run.samples("total_cost").mean()) == pytest.approx(statistics["mean"], rel=1e-12)


@pytest.mark.parametrize(("name", "page"), [("one", "report.html"), ("two", "report.html"), ("buy", "report.md")])
def test_the_explorer_to_which_a_page_leads_lies_beside_it(place, name, page):
    assert "explorer.html" in (place / name / page).read_text(encoding="utf-8")
    assert (place / name / "explorer.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_report_without_scenarios_has_no_explorer(tmp_path):
    folder.write(small(), tmp_path / "r")
    assert "explorer" not in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "r" / "explorer.html").exists()


def test_the_manifest_names_every_file_and_input_by_its_hash(place):
    manifest = json.loads((place / "one" / "manifest.json").read_text(encoding="utf-8"))
    paths_by_name = {path.relative_to(place / "one").as_posix(): path for path in (place / "one").rglob("*") if path.is_file()}
    assert set(paths_by_name) == {*manifest["files"], "manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256(paths_by_name[name].read_bytes()).hexdigest() == digest
    assert manifest["inputs"]["hostile.yaml"] == hashlib.sha256(SCENARIO.encode()).hexdigest()
    assert manifest["inputs"].keys() == {"hostile.yaml", "library"}
    assert manifest["date"] == "2026-11-21"


def test_the_command_of_the_manifest_gives_the_same_bytes(place, tmp_path, monkeypatch):
    manifest = json.loads((place / "one" / "manifest.json").read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(manifest["command"])
    assert program == "llmcost"
    call(*arguments)
    for name in (*manifest["files"], "manifest.json"):
        assert (tmp_path / "report" / name).read_bytes() == (place / "one" / name).read_bytes(), name


def test_the_wheel_carries_the_templates():
    files = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    templates = {f"simulator/report/templates/{path.name}" for path in (ROOT / "simulator/report/templates").iterdir()}
    assert templates
    assert templates <= files


# --- the folder -----------------------------------------------------------------------------------------------------------


def small(title="T"):
    rows = [(content.text_cell("a"), content.amount_cell(1.0))]
    columns = (content.TableColumn("", ("name",)), content.TableColumn("USD", ("amount_usd",), right=True))
    section = content.Section("one", "One", (content.make_table("t", "C", columns, rows),))
    return content.Report(title, "K", "Answer.", (), (section,), (), "made", {})


def test_an_earlier_report_is_replaced_whole(tmp_path):
    folder.write(small("first"), tmp_path / "r")
    (tmp_path / "r" / "tables" / "t.csv").unlink()  # a part may be gone
    folder.write(small("second"), tmp_path / "r", "markdown")
    assert not (tmp_path / "r" / "report.html").exists()
    assert (tmp_path / "r" / "report.md").read_text(encoding="utf-8").startswith("# second")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("earlier", [True, False])
def test_what_fails_leaves_what_was_there(tmp_path, monkeypatch, error, earlier):
    if earlier:
        folder.write(small("first"), tmp_path / "r")

    def fails(report):
        raise error

    monkeypatch.setattr(workbook, "report_workbook", fails)
    with pytest.raises(error):
        folder.write(small("second"), tmp_path / "r")
    assert [path.name for path in tmp_path.iterdir()] == (["r"] if earlier else [])
    if earlier:
        assert "first" in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")


def test_a_folder_that_cannot_step_in_leaves_the_earlier_one(tmp_path, monkeypatch):
    folder.write(small("first"), tmp_path / "r")
    rename, calls = Path.rename, []

    def fails_second(self, target):
        calls.append(self)
        if len(calls) == 2:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_second)
    monkeypatch.setattr(files, "_exchange", lambda *_: False)
    with pytest.raises(OSError, match="no"):
        folder.write(small("second"), tmp_path / "r")
    assert "first" in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_folder_takes_the_place_of_another_and_leaves_nothing(tmp_path, monkeypatch, at_once):
    folder.write(small("first"), tmp_path / "r")
    if at_once and not files._exchange(tmp_path / "r", tmp_path / "r"):
        pytest.skip("this file system cannot exchange two folders")
    if not at_once:
        monkeypatch.setattr(files, "_exchange", lambda *_: False)
    folder.write(small("second"), tmp_path / "r")
    assert "second" in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def occupied(tmp_path, case):
    place = tmp_path / "r"
    if case == "other files":
        place.mkdir()
        (place / "thesis.tex").write_text("mine")
    elif case == "a note beside":
        folder.write(small(), place)
        (place / "tables" / "notes.txt").write_text("mine")
    elif case == "a file":
        place.write_text("mine")
    elif case == "a link":
        folder.write(small(), tmp_path / "real")
        place.symlink_to(tmp_path / "real")
    elif case == "no parent":
        place = tmp_path / "none" / "r"
    elif case == "another manifest":
        place.mkdir()
        (place / "manifest.json").write_text('{"kind": "web app", "files": []}')
    return place


CASES = {
    "other files": "not a report of llmcost",
    "a note beside": "tables/notes.txt",
    "a file": "is a file",
    "a link": "is a link",
    "no parent": "there is no folder",
    "another manifest": "not a report of llmcost",
}


@pytest.mark.parametrize("case", CASES)
def test_a_place_that_holds_anything_else_is_refused_before_any_work(tmp_path, case):
    place = occupied(tmp_path, case)
    with pytest.raises(click.UsageError, match=CASES[case]):
        call("report", "no-such-scenario", "-o", place)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["gpt-44"], InvalidInputError, "gpt-4"),
        (["gpt-4", "--date", "21.11.2026"], click.UsageError, "2026-11-21"),
        (["gpt-4", "gpt-3", "--rent-or-buy"], click.UsageError, "one scenario"),
        (["gpt-4", "--format", "pdf"], click.UsageError, "markdown"),
        (["gpt-4", "--draws", "10"], click.UsageError, "1,000"),
        (["gpt-4", "startup-total"], InvalidInputError, "startup-total"),
        (["gpt-4", "llama-3.1-405b", "--draws", "1000"], click.UsageError, "December 2023 USD"),
    ],
)
def test_refusals(tmp_path, arguments, error, message):
    with pytest.raises(error) as caught:
        call("report", *arguments, "-o", tmp_path / "r")
    assert message in (str(caught.value) + getattr(caught.value, "message", ""))
    assert list(tmp_path.iterdir()) == []


# --- words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(43.5e6, 395e6, "$43.5M to $395M"), (0.4e6, 3e6, "$400K to $3.00M"), (1, 2, "$1.00 to $2.00")],
)
def test_ranges_in_prose(low, high, expected):
    assert content.spell_range(low, high, "USD") == expected


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0, "no"), (1e-5, "fewer than 1 of 100"), (0.44, "44 of 100"), (0.9999, "more than 99 of 100"), (1, "all")],
)
def test_a_probability_below_one_is_never_a_certainty(probability, expected):
    assert content.spell_probability(probability) == expected


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a", True), ("http://example.org", True), ("HTTPS://example.org", True), ("", False),
        ("javascript:alert(1)", False), (" javascript:x", False), ("data:text/html,x", False), ("//example.org", False),
        ("https:", False), ("http://[", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_are_links(url, linked):
    assert pages.safe_link(url) == (url if linked else "")


def test_a_source_is_one_footnote_however_often_it_is_cited():
    notes = content.Footnotes()
    a, b = Source("a"), Source("b")
    assert notes.cite([a, b, a]) == ((1, 1), (2, 1))
    assert notes.cite([b]) == ((2, 2),)
    assert notes.entries() == ((1, a, 1), (2, b, 2))
