"""The explorer in a browser: it computes what Python computes, fetches nothing, and serves every reader."""

import json
import re

import numpy as np
import programs
import pytest
from report.explorer_cases import NAMES, data, explorer, fragments, html, lost, opened, python_values, variant

import llmcost
from simulator.core import formatting
from simulator.engine.scenario import TOTAL
from simulator.engine.simulate import simulate
from simulator.figures.axes import format_amount
from simulator.report.explorer.build import build_explorer
from simulator.report.explorer.document import document

CHANGES = 10
MOST_BYTES = 1_500_000
READY = "html[data-ready]"
MAIN = "gpt-4"
CHANGED = "budget=1.5e8&basis=rented&on=shock/staff-pay-3-times&fix.experiments_factor=1.5&move.run_duration=0.5,1.5"


@pytest.fixture(scope="module")
def browser():
    path = programs.program("browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        instance = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield instance
        instance.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("explorer")


@pytest.fixture
def visit(browser, folder):
    """Open the page on a scenario; console messages and requests are collected."""
    contexts = []

    def visit(name, fragment="", *, width=1280, scheme="light", text=None):
        file = folder / f"{name}.html"
        file.write_text(html(name) if text is None else text, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True)
        contexts.append(context)
        tab = context.new_page()
        tab.messages, tab.requested = [], []
        tab.on("console", lambda message: tab.messages.append(message.text))
        tab.on("pageerror", lambda error: tab.messages.append(str(error)))
        tab.on("dialog", lambda dialog: (tab.messages.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: tab.requested.append(request.url))
        tab.goto(file.as_uri() + (f"#{fragment}" if fragment else ""))
        tab.wait_for_selector(READY)
        return tab

    yield visit
    for context in contexts:
        context.close()


# --- what it computes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_page_computes_what_python_computes(name, visit):
    tab = visit(name)
    assert tab.messages == []
    assert [url for url in tab.requested if not url.startswith("data:")] == [tab.requested[0]]
    assert len(html(name).encode()) <= MOST_BYTES
    for fragment in fragments(name, CHANGES):
        found = tab.evaluate("fragment => explorer.evaluate(fragment)", fragment)
        assert lost(name, fragment, found["fragment"]) == [], (fragment, found["fragment"])
        expected = python_values(name, found["fragment"])
        np.testing.assert_allclose(found["total"], expected[TOTAL], rtol=1e-12, err_msg=fragment)
        total = np.sum([values for _, values in found["lines"]], axis=0)
        np.testing.assert_allclose(total, found["total"], rtol=1e-9, err_msg=fragment)


JOINT = "frontier company"
"""Its MFU and its goodput come from one posterior."""


@pytest.mark.parametrize(
    "fragment",
    [
        "basis=rented&commitment=one-year&move.mfu=-0.5%2C1",
        "move.mfu=0.5%2C1.5",
        "basis=rented&move.goodput=-1%2C1.5",
        "move.mfu=-0.5%2C1.5&move.goodput=0.5%2C1.5&move.chips=0.5%2C1.5",
    ],
)
def test_a_posterior_that_is_moved_is_the_prior_of_the_command(fragment, visit):
    """A distribution of its own is correlated with other priors by `dependence`, and the draws of a posterior are not."""
    found = visit(JOINT).evaluate("fragment => explorer.evaluate(fragment)", fragment)
    assert lost(JOINT, fragment, found["fragment"]) == []
    np.testing.assert_allclose(found["total"], python_values(JOINT, found["fragment"])[TOTAL], rtol=1e-12)
    scenario = variant(JOINT, found["command"]).scenario
    assert any("mfu" in pair or "goodput" in pair for pair in scenario.ranks)
    amounts = simulate(scenario, 131_072, method="sobol", keep=[TOTAL]).retained_draws[TOTAL]
    assert found["p80"] == pytest.approx(np.quantile(amounts, 0.8), rel=0.02)


@pytest.mark.parametrize(
    ("name", "fragment", "form"),
    [
        ("rent-or-buy", "basis=owned&move.useful_life=0.5%2C1.5", "mixture"),
        ("startup-7b", "move.reference_goodput=1%2C1.5", "quantiles"),
    ],
)
def test_a_moved_input_of_few_values_or_up_to_a_bound_is_a_prior_that_a_command_accepts(name, fragment, form, visit):
    """Equal quantiles would not be a prior, so values that many draws have are stated with their shares."""
    found = visit(name).evaluate("fragment => explorer.evaluate(fragment)", fragment)
    assert lost(name, fragment, found["fragment"]) == []
    driver = fragment.rpartition("move.")[2].partition("=")[0]
    assert f"{driver}={{{form}: " in found["command"]
    np.testing.assert_allclose(found["total"], python_values(name, found["fragment"])[TOTAL], rtol=1e-12)
    amounts = simulate(variant(name, found["command"]).scenario, 131_072, method="sobol", keep=[TOTAL]).retained_draws[TOTAL]
    assert found["p80"] == pytest.approx(np.quantile(amounts, 0.8), rel=0.02)


def test_an_address_has_no_plus_and_may_have_one(visit):
    """A form reads a plus as a blank, so the page writes none; a reader may write 2.62e+04."""
    tab = visit(MAIN)
    found = [
        tab.evaluate("f => explorer.evaluate(f).fragment", f"fix.chips={text}") for text in ("2.62e+04", "2.62e%2B04", "26200")
    ]
    assert found == ["fix.chips=26200"] * 3
    assert tab.evaluate("f => explorer.evaluate(f).fragment", "fix.chip_price=2e+21") == "fix.chip_price=2e%2B21"


@pytest.mark.parametrize("name", NAMES)
def test_the_command_and_the_file_of_a_state_are_the_same_scenario_with_the_p80_of_the_page(name, visit, tmp_path):
    tab = visit(name)
    for number, fragment in enumerate(fragments(name, 2, seed=1)):
        found = tab.evaluate("fragment => explorer.evaluate(fragment)", fragment)
        scenario = variant(name, found["command"]).scenario
        amounts = simulate(scenario, 131_072, method="sobol", keep=[TOTAL]).retained_draws[TOTAL]
        limit = 0.05 if name == "whole life" else 0.03
        assert found["p80"] == pytest.approx(np.quantile(amounts, 0.8), rel=limit), found["command"]
        if found["file"].startswith("extends:"):
            file = tmp_path / f"{number}.yaml"
            file.write_text(found["file"], encoding="utf-8")
            assert llmcost.read(file).fingerprint == scenario.fingerprint, found["file"]


def test_the_unchanged_case_is_that_of_the_report(visit):
    found = visit(MAIN).evaluate("() => explorer.evaluate('')")
    total = simulate(opened(MAIN).scenario, 100_000, keep=[TOTAL]).retained_draws[TOTAL]
    expected = dict(zip(("p50", "p80", "low", "high"), np.quantile(total, (0.5, 0.8, 0.025, 0.975)), strict=True))
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=2e-4)
    assert found["within"] == pytest.approx(np.mean(total <= found["budget"]), abs=2e-4)
    assert found["overrun"] == pytest.approx(np.mean(np.maximum(total - found["budget"], 0)), rel=0.01)


def test_figures_of_a_changed_case_follow_from_its_draws(visit):
    found = visit(MAIN).evaluate("fragment => explorer.evaluate(fragment)", CHANGED)
    content, case = explorer(MAIN), data(MAIN)
    scale = content_scale(content, case)
    total = np.array(found["total"]) * scale
    assert found["p80"] == pytest.approx(np.quantile(total, 0.8), rel=1e-12)
    assert found["low"] == pytest.approx(np.quantile(total, 0.025), rel=1e-12)
    assert found["within"] == pytest.approx(np.mean(total <= found["budget"]), abs=1e-12)
    assert found["overrun"] == pytest.approx(np.mean(np.maximum(total - found["budget"], 0)), rel=1e-9)
    replicates = [np.quantile(total[first::8], 0.8) for first in range(8)]
    assert found["error"] == pytest.approx(np.std(replicates, ddof=1) / np.sqrt(8), rel=1e-9)
    middle = (total >= np.quantile(total, 0.4)) & (total <= np.quantile(total, 0.6))
    lines = {label: np.mean((np.array(values) * scale)[middle]) for label, values in found["lines"]}
    assert dict(found["middle"]) == pytest.approx(lines, rel=1e-9)
    assert sum(lines.values()) == pytest.approx(found["p50"], rel=0.02)


def content_scale(content, case):
    from simulator.report.explorer.data import _scale

    plan = content.cases[0].plans[()]
    assert case["scale"] == len(content.pool.columns.columns)
    return _scale(content.cases[0], plan, content.pool).draws


def test_a_fixed_input_leaves_the_draws_of_a_correlated_one_as_they_are(visit):
    name = "large startup"
    driver = next(each for each in data(name)["drivers"] if each["correlated"])
    tab = visit(name)
    values = tab.evaluate("input => explorer.draws(input)", driver["name"])
    fragment = f"fix.{driver['name']}={np.median(values):.4g}"
    for other in driver["correlated"]:
        before = tab.evaluate("input => explorer.draws(input)", other)
        if before is not None:
            assert tab.evaluate("([input, fragment]) => explorer.draws(input, fragment)", [other, fragment]) == before


AMOUNTS = [
    0.0, 60e6, 1.5e8, 62_345_678.0, 12_500.0, 112_500.0, 113_500.0, 2_125_000.0, 999_499.0, 999_500.0, 999.5, 0.0123, 4.2e-5,
    1_234.5, 123_456_789.0, 1e12, 7e12, 1.5e16, 2.1e25, 1 / 3, 100 / 3 * 1e6, 20_000.0, 1e6, 950.0, 33_800.0, 1e9 / 7,
]  # fmt: skip


@pytest.mark.parametrize("currency", ["USD", "EUR", "CHF"])
def test_amounts_are_written_as_in_every_other_output(currency, visit):
    tab = visit(MAIN)
    for value in [*AMOUNTS, *(-each for each in AMOUNTS)]:
        found = tab.evaluate("([currency, value]) => explorer.money(currency, value)", [currency, value])
        computed = formatting.format_money(value, currency)
        given = formatting.format_exact_money(value, currency)
        assert found[:2] == [text.replace("-", "−", 1) if value < 0 else text for text in (computed, given)], value
        if 0.01 < abs(value) < 1e15:
            axis = formatting.add_currency(format_amount(value).replace("−", "-"), currency)
            assert found[2] == (axis.replace("-", "−", 1) if value < 0 else axis), value


def test_a_budget_and_an_axis_have_no_digits_that_nobody_gave(visit):
    tab = visit(MAIN, "budget=6e7")
    assert tab.inner_text("#budget-value") == "$60M"
    assert "; $60M is enough in " in tab.inner_text("#sentence")
    ticks = tab.evaluate("[...document.querySelectorAll('#curve text')].map(each => each.textContent)")
    assert any(text.startswith("Budget $60M: ") for text in ticks)
    assert not [text for text in ticks if re.fullmatch(r"\$\d+\.0*[KMB]", text)]


# --- how fast it is -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [MAIN, "startup-7b", "whole life"])
def test_a_change_takes_less_than_a_frame_and_the_first_paint_less_than_a_second(name, visit):
    """The best of several tries, as other tests run at the same time."""
    per_draw = explorer(name).draws / 4096
    medians, paints = [], []
    for _ in range(4):
        tab = visit(name)
        times = tab.evaluate("input => explorer.time(input)", data(name)["drivers"][0]["name"])
        medians.append(times[len(times) // 2] / per_draw)
        paints.append(tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    assert min(medians) < 16
    assert min(paints) < 1000


# --- how it serves a reader -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("width", "name", "fragment"),
    [(375, MAIN, CHANGED), (1280, MAIN, CHANGED), (375, "served llama", "fix.answer_tokens=75.6")],
)
def test_an_accessibility_engine_finds_no_violation(width, name, fragment, scheme, visit):
    from axe_playwright_python.sync_playwright import Axe

    tab = visit(name, fragment, width=width, scheme=scheme)
    tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    response = Axe().run(tab).response
    assert [(each["id"], each["nodes"][0]["html"]) for each in response["violations"]] == []
    assert {"color-contrast", "label", "landmark-one-main"} <= {each["id"] for each in response["passes"]}
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.messages == []


def test_the_keyboard_fixes_and_releases_a_driver(visit):
    tab = visit(MAIN)
    before = tab.text_content("#sentence")
    slider = tab.locator(".driver input[type=range]").first
    slider.focus()
    tab.keyboard.press("End")
    tab.wait_for_function("before => document.querySelector('#sentence').textContent !== before", arg=before)
    assert "fixed at" in tab.locator(".driver output").first.text_content()
    tab.locator(".driver button").first.press("Enter")
    tab.wait_for_function("before => document.querySelector('#sentence').textContent === before", arg=before)
    assert tab.evaluate("document.activeElement.type") == "range"


def test_a_finance_lead_asks_with_the_mouse_alone(visit):
    """Which budget holds in 80 of 100 cases, what if chips are rented, and which change costs most."""
    tab = visit(MAIN)
    assert re.fullmatch(r"Ask for \$\d+M to have an 80% probability of staying within it.", tab.text_content("#sentence"))
    tab.select_option("#choice-basis", "rented")
    tab.get_by_label("Staff pay 3 times").check()
    tab.wait_for_selector("#bridge tbody tr:nth-child(4)")
    rows = tab.locator("#bridge tbody th").all_text_contents()
    assert rows == ["Reported", "Basis: rented", "Shock: staff pay 3 times", "Now"]
    assert ", was " in tab.text_content("#sentence")
    assert "--basis rented --shock staff-pay-3-times" in tab.text_content("#command")
    tab.get_by_role("button", name="Undo all changes").click()
    tab.wait_for_function("() => document.querySelector('#changes').textContent === 'none'")


def test_the_address_opens_the_same_state(visit):
    tab = visit(MAIN, CHANGED)
    assert tab.evaluate("location.hash.slice(1)") == tab.evaluate("fragment => explorer.evaluate(fragment).fragment", CHANGED)
    assert tab.locator("#bridge tbody tr").count() == 6
    other = visit(MAIN, tab.evaluate("location.hash.slice(1)"))
    assert other.text_content("#sentence") == tab.text_content("#sentence")


def test_what_an_address_asks_and_the_page_does_not_offer_is_listed(visit):
    parts = ["budget=-1", "basis=none", "on=shock/none", "fix.none=3", "fix.chips=x", "move.chips=1", "fix.run_duration=-4",
             "scenario=9", "colour=red"]  # fmt: skip
    tab = visit(MAIN, "&".join(parts))
    assert tab.messages == []
    assert tab.text_content("#changes") == "none"
    assert [text.partition(": ")[0] for text in tab.locator("#ignored li").all_text_contents()] == parts
    assert tab.locator("#ignored").is_visible()
    assert visit(MAIN, CHANGED).locator("#ignored").is_hidden()


def test_a_part_of_an_address_that_a_later_one_replaces_is_listed(visit):
    own, other = next(axis["options"] for axis in data("startup-7b")["axes"] if axis["key"] == "commitment")[:2]
    assert "spot" not in (own, other)
    spot = f"on=lever/spot-instances&commitment={other}"
    found = visit("startup-7b").evaluate("f => explorer.evaluate(f)", spot)
    assert found["fragment"] == f"commitment={other}"
    assert found["ignored"] == ["on=lever/spot-instances: a later part of the address replaces it"]


@pytest.mark.parametrize("width", [375, 1280])
def test_an_address_cannot_change_what_a_search_depends_on(width, visit):
    tab = visit("served llama", "fix.answer_tokens=75.6&fix.peak_demand_ratio=1.5", width=width)
    assert tab.locator("#ignored li").all_text_contents() == [
        "fix.answer_tokens=75.6: this page cannot compute what depends on it; use llmcost run --set"
    ]
    assert tab.evaluate("location.hash") == "#fix.peak_demand_ratio=1.5"
    assert tab.text_content("#withheld") == data("served llama")["withheld"]
    assert tab.locator("#withheld").is_visible()
    bottom, *tops = (tab.locator(each).bounding_box() for each in ("#notices", "#results", "#side"))
    assert all(bottom["y"] + bottom["height"] <= top["y"] for top in tops)
    assert visit(MAIN).locator("#withheld").is_hidden()


@pytest.mark.parametrize(
    ("fragment", "budget", "sentence"),
    [
        ("", None, r"Ask for \$\d+M to have an 80% probability of staying within it\."),
        ("", "150e6 USD", r"Ask for \$\d+M .* it; \$150M is enough in \d+ of 100 cases\."),
        ("budget=1.5e8", None, r"Ask for \$\d+M .* it; \$150M is enough in \d+ of 100 cases\."),
        ("basis=rented", None, r"Ask for \$\d+M .* it; \$\d+M is enough in \d+ of 100 cases, was 80\."),
    ],
)
def test_the_answer_has_one_amount_where_the_budget_is_the_p80(fragment, budget, sentence, visit):
    text = None if budget is None else document(build_explorer([opened(MAIN).with_(budget=budget)], [MAIN], [None]))
    tab = visit(MAIN if text is None else "own budget", fragment, text=text)
    assert re.fullmatch(sentence, tab.text_content("#sentence"))


def test_exports(visit, tmp_path):
    tab = visit(MAIN, CHANGED)

    def download(button):
        with tab.expect_download() as waiting:
            tab.click(button)
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    rows = download("#save-csv").read_text().splitlines()
    assert rows[0] == "figure,now,reported,unit"
    assert float(rows[2].split(",")[1]) == pytest.approx(tab.evaluate("f => explorer.evaluate(f).p80", CHANGED), rel=1e-9)
    scenario = llmcost.read(download("#save-yaml"))
    assert (scenario.choices["basis"], scenario.budget) == ("rented", 1.5e8)
    assert scenario.inputs["experiments_factor"].distribution.quantile(0.5) == 1.5
    picture = download("#save-png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 10_000


def test_it_prints(visit):
    printed = visit(MAIN, CHANGED).pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8


# --- what it does not let in ----------------------------------------------------------------------------------------------

HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_text_of_a_file_stays_text(visit):
    scenario = llmcost.open_scenario(
        {"extends": "gpt-4", "title": HOSTILE, "about": HOSTILE, "chip_price": {"value": "10000 to 20000", "about": HOSTILE}}
    )
    tab = visit("hostile", text=document(build_explorer([scenario], [HOSTILE], [None])))
    assert tab.messages == []
    assert tab.text_content("h1") == HOSTILE
    assert tab.locator("img").count() == 0


def test_the_policy_allows_this_script_alone(visit):
    tab = visit(MAIN)
    tab.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))")
    assert tab.evaluate("window.ran") is None
    assert "connect-src 'none'" in html(MAIN)
    assert tab.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"


def test_several_scenarios_are_on_one_page(visit):
    content = build_explorer([opened(MAIN), opened("gpt-3")], ["first", "second"], [("gpt-4",), ("gpt-3",)])
    text = document(content)
    assert len(text.encode()) <= MOST_BYTES
    tab = visit("two", text=text)
    first = tab.text_content("#sentence")
    tab.select_option("#study", label="second")
    tab.wait_for_function("first => document.querySelector('#sentence').textContent !== first", arg=first)
    assert tab.text_content("h1") == opened("gpt-3").scenario.title
    assert json.dumps("gpt-3") in text
