"""Results: figures, draws, files that are read again, figures to look at, and what a notebook shows."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner

import llmcost
from simulator.api import simulation as llmcost_simulation
from simulator.api.plots import KINDS
from simulator.cli import group
from simulator.core.results import MOST_HTML_ROWS, AnalysisResult, Header
from simulator.engine.simulate import simulate

DRAWS = 20_000


@pytest.fixture(scope="module")
def result():
    return llmcost.run("gpt-4", draws=DRAWS, seed=2, interval=90)


@pytest.fixture(scope="module")
def files(result, tmp_path_factory):
    """Return the paths of a result that was saved in each format."""
    folder = tmp_path_factory.mktemp("saved")
    for suffix in ("nc", "json", "csv"):
        result.save(folder / f"run.{suffix}")
    return folder


class Cells(HTMLParser):
    """Cells of a table, and names of the tags."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.cells.append(data)


def test_figures_are_those_of_the_engine(result):
    engine = simulate(llmcost.read("gpt-4"), DRAWS, 2, keep=("total_cost", "chips"))
    assert np.array_equal(result.samples(), engine.retained_draws["total_cost"])
    assert np.array_equal(result.samples("chips"), engine.retained_draws["chips"])
    summary = result.summary()
    assert (result.quantile(0.5), result.quantile("80%")) == (summary.total.median, summary.total.p80)
    assert result.quantile([5, 50, 95]).tolist() == [summary.total.low, summary.total.median, summary.total.high]
    assert result.quantile(np.array([0.5]), "chips").tolist() == [summary.quantities["chips"].median]
    assert result.quantile(0.8) == pytest.approx(np.quantile(result.samples(), 0.8), rel=1e-12)
    assert result.names[0] == "total_cost"
    assert set(result.names) == set(summary.quantities)
    assert (result.draws, result.seed, result.interval, result.method) == (DRAWS, 2, 0.9, "random")
    assert result.scenario.name == "gpt-4"
    assert result.notes == summary.notes


def test_a_constant_has_quantiles_and_draws(result):
    constant = next(name for name, each in result.scenario.inputs.items() if each.role == "choice")
    assert result.quantile([0.1, 0.9], constant).tolist() == [result.samples(constant)[0]] * 2
    assert result.samples(constant).shape == (DRAWS,)


@pytest.mark.parametrize("interval", [80, "80%", 0.8, np.float64(0.8), np.int64(80)])
def test_an_interval_may_be_given_in_every_form(result, interval):
    assert "(80% CI: " in result.headline(interval)
    assert result.headline(interval) == result.headline(0.8)
    assert result.summary(interval).header.interval == 80
    assert "(90% CI: " in result.headline()


def test_draws_that_are_kept_are_those_that_are_simulated_again():
    kept = llmcost.run("gpt-4", draws=3000, keep="all")
    for name in ("total_cost", "energy_cost", "chips"):
        assert np.array_equal(kept.samples(name), llmcost.run("gpt-4", draws=3000).samples(name))
    assert len(llmcost.run("gpt-4", draws=3000, method="lhs").samples()) == 3000
    assert len(llmcost.run("gpt-4", draws=3000, method="sobol").samples()) == 3072


def test_draws_cannot_be_changed(result):
    with pytest.raises(ValueError, match="read-only"):
        result.samples()[0] = 1


def test_draws_of_a_run_under_way_are_the_accepted_ones(write_plan):
    plan = "lines: [a_cost]\nprices: 2026 USD\na_cost: 1000 to 4000\nprogress: {share_done: 0.3, spent: 300 USD}\n"
    text = plan.replace("a_cost", "chip_cost")
    result = llmcost.run(write_plan(text), draws=20_000)
    assert result.draws < 20_000
    assert result.samples().shape == (result.draws,)
    assert result.quantile(0.5) == pytest.approx(np.median(result.samples()), rel=1e-12)


def test_a_run_to_a_precision_can_be_repeated():
    result = llmcost.run("gpt-4", draws=1000, precision=0.02)
    assert result.draws > 1000
    assert np.quantile(result.samples(), 0.5) == pytest.approx(result.quantile(0.5), rel=1e-12)


def test_draws_as_a_tree_and_the_summary_as_a_data_frame(result):
    tree = result.to_xarray(["total_cost", "chips"])
    assert set(tree["prior"].data_vars) | set(tree["prior_predictive"].data_vars) == {"total_cost", "chips"}
    assert np.array_equal(tree["prior"]["chips"].values[0], result.samples("chips"))
    table = result.to_dataframe().set_index("quantity")
    assert table.loc["total_cost", "median"] == result.quantile(0.5)
    assert list(table.index) == list(result.names)


def test_what_is_saved_is_what_the_command_line_writes(files, tmp_path):
    for suffix in ("json", "csv"):
        path = tmp_path / f"run.{suffix}"
        options = ["--draws", str(DRAWS), "--seed", "2", "--interval", "90%", "-q", "-o", str(path)]
        done = CliRunner().invoke(group, ["run", "gpt-4", *options], catch_exceptions=False)
        assert done.exit_code == 0
        ours, theirs = ((folder / f"run.{suffix}").read_text(encoding="utf-8") for folder in (files, tmp_path))
        assert ours == theirs


def test_a_saved_summary_is_read_as_it_was(result, files):
    loaded = llmcost.load(files / "run.json")
    assert loaded.summary().to_dict() == result.summary().to_dict()
    assert [type(each) for each in vars(loaded.summary()).values()] == [type(each) for each in vars(result.summary()).values()]
    assert loaded.headline() == result.headline()
    assert (loaded.draws, loaded.seed, loaded.interval, loaded.method) == (DRAWS, 2, 0.9, "random")
    assert loaded.names == result.names
    assert loaded.quantile([5, 50, 80, 95], "chips").tolist() == result.quantile([5, 50, 80, 95], "chips").tolist()
    assert loaded.to_dataframe().equals(result.to_dataframe())
    assert loaded._repr_html_() == result._repr_html_()
    assert repr(loaded) == "<Result of gpt-4, 20,000 draws, seed 2, random, loaded from run.json>"


def test_saved_draws_are_read_as_they_were(result, files):
    loaded = llmcost.load(str(files / "run.nc"))
    assert set(loaded.names) == set(result.names)
    assert loaded.names[: len(result.scenario.lines) + 1] == result.names[: len(result.scenario.lines) + 1]
    assert all(np.array_equal(loaded.samples(name), result.samples(name)) for name in result.names)
    assert loaded.quantile(0.33) == pytest.approx(result.quantile(0.33), rel=1e-12)
    assert loaded.to_xarray().equals(result.to_xarray())
    assert set(loaded.to_xarray("chips")["prior"].data_vars) == {"chips"}
    assert (loaded.draws, loaded.seed, loaded.method) == (DRAWS, 2, "random")
    assert repr(loaded) == "<Result of gpt-4, 20,000 draws, seed 2, random, loaded from run.nc>"


def test_saved_draws_answer_what_the_run_answers(result, files):
    loaded = llmcost.load(files / "run.nc")
    assert loaded.summary().to_dict() == result.summary().to_dict()
    assert loaded.headline() == result.headline()
    assert [note.text for note in loaded.notes] == [note.text for note in result.notes]
    assert (loaded.names, loaded.interval) == (result.names, result.interval)
    assert loaded.to_dataframe().equals(result.to_dataframe())
    assert loaded._repr_html_() == result._repr_html_()
    assert loaded.samples_dataframe(["chips"]).equals(result.samples_dataframe(["chips"]))


@pytest.mark.parametrize("kind", ["histogram", "s-curve", "breakdown", "convergence"])
def test_a_figure_of_saved_draws_is_that_of_the_run(result, files, kind):
    loaded, drawn = (each.plot(kind) for each in (llmcost.load(files / "run.nc"), result))
    assert [_texts(axes) for axes in loaded.axes] == [_texts(axes) for axes in drawn.axes]
    for ours, theirs in zip(loaded.axes, drawn.axes, strict=True):
        assert [line.get_xydata().tolist() for line in ours.lines] == [line.get_xydata().tolist() for line in theirs.lines]
        assert [patch.get_path().vertices.tolist() for patch in ours.patches] == [
            patch.get_path().vertices.tolist() for patch in theirs.patches
        ]


def _texts(axes):
    return [axes.get_title(), axes.get_xlabel(), axes.get_ylabel(), *(text.get_text() for text in axes.texts)]


@pytest.mark.parametrize("kind", ["overlay", "difference"])
def test_saved_draws_are_compared_with_a_run(result, files, kind):
    other = llmcost.run("gpt-4:basis=rented", draws=DRAWS, seed=2)
    assert other.plot(kind, others=llmcost.load(files / "run.nc")).axes
    assert llmcost.load(files / "run.nc").plot(kind, others=[other]).axes
    with pytest.raises(llmcost.UnsupportedError, match="cannot be paired"):
        llmcost.load(files / "run.nc").plot(kind, others=llmcost.run("gpt-4", draws=100))


def test_the_command_line_saves_draws_with_their_summary(result, tmp_path):
    path = tmp_path / "run.nc"
    options = ["--draws", str(DRAWS), "--seed", "2", "--interval", "90%", "-q", "-o", str(path)]
    assert CliRunner().invoke(group, ["run", "gpt-4", *options], catch_exceptions=False).exit_code == 0
    assert llmcost.load(path).summary().to_dict() == result.summary().to_dict()


def test_a_stated_point_estimate_and_the_budget_are_saved(tmp_path):
    run = llmcost.run({"extends": "gpt-4", "point": 90e6, "budget": 120e6}, draws=1000)
    run.save(tmp_path / "run.nc")
    labels = [
        {text.get_text() for text in each.plot("s-curve").axes[0].texts} for each in (run, llmcost.load(tmp_path / "run.nc"))
    ]
    assert labels[0] == labels[1]
    assert any("$90M" in label for label in labels[0])
    assert any("$120M" in label for label in labels[0])


def test_draws_without_a_summary_are_still_read(result, tmp_path):
    result.to_xarray().to_netcdf(tmp_path / "old.nc", engine="h5netcdf")
    old = llmcost.load(tmp_path / "old.nc")
    assert np.array_equal(old.samples(), result.samples())
    assert [note.text for note in old.notes] == [
        note.text for note in result.notes if note.code not in ("no-mean", "old-prices")
    ]
    assert "loaded from old.nc" in old._repr_html_()
    old.save(tmp_path / "again.nc")
    assert np.array_equal(llmcost.load(tmp_path / "again.nc").samples("chips"), result.samples("chips"))
    for ask in (old.summary, old.headline, old.plot):
        with pytest.raises(
            llmcost.UnsupportedError, match=r"holds draws without a summary.*; run the scenario again, and save it"
        ):
            ask()


def test_a_damaged_summary_of_draws_is_refused(result, tmp_path):
    tree = result.to_xarray(["chips", "total_cost"])
    for text in ("{", '{"schema": 1}', '{"schema": 2}'):
        tree.attrs["summary"] = text
        tree.to_netcdf(tmp_path / "damaged.nc", engine="h5netcdf")
        with pytest.raises(llmcost.InvalidInputError, match=r"damaged\.nc: its summary cannot be read"):
            llmcost.load(tmp_path / "damaged.nc")


def test_many_quantities_are_simulated_once(monkeypatch):
    run, calls = llmcost.run("gpt-4", draws=1000), []
    simulate_once = llmcost_simulation.simulate
    monkeypatch.setattr(
        llmcost_simulation, "simulate", lambda *args, **kwargs: calls.append(1) or simulate_once(*args, **kwargs)
    )
    table = run.samples_dataframe()
    assert list(table.columns) == list(run.names)
    assert table.shape == (1000, len(run.names))
    assert all(np.array_equal(table[name], run.samples(name)) for name in run.names)
    assert list(run.samples_dataframe(["chips", "total_cost", "chips"]).columns) == ["chips", "total_cost"]
    assert run.samples_dataframe("chips").shape == (1000, 1)
    assert len(calls) == 1


def test_one_draw_has_no_interval():
    with pytest.raises(llmcost.InvalidValueError, match="draws must be a whole number from 2"):
        llmcost.run("gpt-4", draws=1)
    known = {
        name: llmcost.Fixed(float(each.distribution.quantile(0.5)), unit=each.unit.text)
        for name, each in llmcost.read("gpt-4").inputs.items()
        if each.role == "prior"
    }
    assert "known: the same in every draw" in llmcost.run(llmcost.open_scenario("gpt-4", sets=known), draws=2).headline()


@pytest.mark.parametrize("sources", [["gpt-4"], ["gpt-4", "gpt-4:basis=rented"]])
def test_what_no_run_wrote_is_refused_with_the_command_that_saves_one(sources, tmp_path):
    summary = llmcost.report(*sources, draws=1000).summary
    (tmp_path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    with pytest.raises(llmcost.InvalidInputError, match=r"a report: save a run of the scenario, `llmcost run .* -o run\.nc`"):
        llmcost.load(tmp_path / "summary.json")
    (tmp_path / "other.json").write_text('{"title": "x"}', encoding="utf-8")
    with pytest.raises(llmcost.InvalidInputError) as caught:
        llmcost.load(tmp_path / "other.json")
    assert "report" not in str(caught.value)


def test_a_loaded_result_is_saved_again(files, tmp_path):
    llmcost.load(files / "run.json").save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (files / "run.json").read_bytes()
    llmcost.load(files / "run.nc").save(tmp_path / "again.nc")
    assert np.array_equal(llmcost.load(tmp_path / "again.nc").samples(), llmcost.load(files / "run.nc").samples())
    llmcost.load(files / "run.nc").save(files / "run.nc")  # the file is not held open


@pytest.mark.parametrize(
    ("suffix", "ask", "text"),
    [
        ("nc", lambda each: each.summary(80), "has the 90% CI only; `quantile` gives any other bound"),
        (
            "nc",
            lambda each: each.plot("tornado"),
            "has no scenario, which tornado needs; run it again with the same seed; a file has",
        ),
        ("nc", lambda each: each.plot("levers"), "has no scenario, which levers needs"),
        ("nc", lambda each: each.scenario, "has no scenario; read it by its name or path"),
        ("json", lambda each: each.samples(), "has no draws; save the run as .nc, or run it again with the same seed"),
        ("json", lambda each: each.to_xarray(), "has no draws"),
        ("json", lambda each: each.save("again.nc"), "has no draws"),
        ("json", lambda each: each.plot(), "has no draws; save the run as .nc"),
        ("json", lambda each: each.quantile(0.33), "has no P33 but P2.5, P5, P10"),
        ("json", lambda each: each.summary(95), "has the 90% CI only; run the scenario again for another interval"),
    ],
)
def test_what_a_file_lacks_is_refused_with_a_remedy(files, suffix, ask, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(llmcost.UnsupportedError) as error:
        ask(llmcost.load(files / f"run.{suffix}"))
    assert text in str(error.value)
    assert f"run.{suffix}" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda data: data.pop("quantities"), "quantities is missing"),
        (lambda data: data.update(schema=1), "it has another schema"),
        (lambda data: data["quantities"]["total_cost"].update(median="x"), "quantities.total_cost.median"),
        (lambda data: data["quantities"]["total_cost"].update(median=True), "quantities.total_cost.median"),
        (lambda data: data["quantities"]["total_cost"]["mcse"].pop("low"), "low is missing"),
        (lambda data: data.update(draws="many"), "draws"),
        (lambda data: data.update(notes=3), "notes"),
    ],
)
def test_a_damaged_summary_is_refused(files, tmp_path, change, text):
    data = json.loads((files / "run.json").read_text(encoding="utf-8"))
    change(data)
    (tmp_path / "damaged.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(llmcost.InvalidInputError, match="is no result of `run` that this version can read") as error:
        llmcost.load(tmp_path / "damaged.json")
    assert text.rpartition(".")[2] in str(error.value)


def test_what_is_no_file_of_llmcost_is_refused(tmp_path):
    for name in ("other.nc", "other.json"):
        (tmp_path / name).write_text("nothing", encoding="utf-8")
        with pytest.raises(llmcost.InvalidInputError, match=name):
            llmcost.load(tmp_path / name)


def test_a_file_that_cannot_be_written_is_refused(result, tmp_path):
    (tmp_path / "run.json").mkdir()
    with pytest.raises(llmcost.InvalidInputError, match=r"run\.json: is a folder"):
        result.save(tmp_path / "run.json")


@pytest.mark.parametrize(
    "kind", sorted(set(KINDS) - {"cashflow", "risks", "overlay", "cdf", "intervals", "difference", "prior"})
)
def test_figures(kind, result):
    spent = {"rows": [{"month": 1, "line": "staff_cost", "amount": "1e6 USD"}], "missing": "zero"}
    source = {"extends": "gpt-4", "actuals": spent} if kind == "burn-up" else "gpt-4"
    figure = llmcost.run(source, draws=2000).plot(kind)
    assert type(figure).__name__ == "Figure"
    assert figure.axes


def test_figures_with_options(result, write_plan):
    assert result.plot("prior", of="chip_price").axes
    assert result.plot("joint", cost="150e6", latest="12 month").axes
    assert result.plot("reverse", when="total_cost > 200e6").axes
    other = llmcost.run("gpt-4", draws=DRAWS, seed=2, interval=90)
    assert result.plot("overlay", others=other).axes
    rented = llmcost.run("gpt-4:basis=rented", draws=DRAWS, seed=2)
    for kind in ("difference", "cdf", "intervals", "bridge"):
        assert result.plot(kind, others=[rented]).axes
    assert "mostly through " in " ".join(result.plot("bridge", others=rented).texts[0].get_text().split())
    assert llmcost.run("large", draws=1000).plot("risks").axes
    plan = "extends: gpt-4\nschedule: {data: {duration: 2 month}, final_run: {lines: [chip_cost]}}\n"
    assert llmcost.run(write_plan(plan), draws=1000).plot("cashflow").axes


def test_a_figure_that_needs_the_files_of_a_scenario_says_so():
    result = llmcost.run(llmcost.read("gpt-4"), draws=1000)
    assert result.plot("tornado").axes
    with pytest.raises(llmcost.UnsupportedError, match="run it by its name, path or `open_scenario"):
        result.plot("levers")


def test_a_notebook_shows_a_small_table(result):
    page = Cells(result._repr_html_())
    assert page.tags[0] == "table"
    assert result.headline() in page.cells
    assert page.cells.count("total cost") == 1
    assert len(result._repr_html_()) < 3000


def test_a_notebook_shows_the_result_of_an_analysis():
    page = Cells(llmcost.budget("gpt-4", draws=1000)._repr_html_())
    assert page.tags.count("tr") == MOST_HTML_ROWS + 2
    assert any("more rows" in cell for cell in page.cells)
    assert any("BudgetPlan of gpt-4" in cell for cell in page.cells)


def test_text_in_a_notebook_is_escaped():
    hostile = "<script>alert(1)</script>"
    result = llmcost.run({"extends": "gpt-4", "title": hostile}, draws=1000)
    assert "<script" not in result._repr_html_()
    assert "&lt;script&gt;" in result._repr_html_()

    class Own(AnalysisResult):
        def table(self):
            return (hostile, "value"), [(hostile, 1.0), (None, 2)]

    page = Own(header=Header(scenario=hostile))._repr_html_()
    assert "<script" not in page
    assert Cells(page).cells.count(hostile) == 2


def test_an_interrupted_run_is_partial():
    def interrupt(done, total):
        raise KeyboardInterrupt

    result = llmcost.run("gpt-4", draws=400_000, threads=1, progress=interrupt)
    assert "partial" in repr(result)
    assert 0 < result.draws < 400_000
    assert result.samples().shape == (result.draws,)


def test_a_result_is_shown_in_one_short_line(result):
    assert repr(result) == "<Result of gpt-4, 20,000 draws, seed 2, random>"
    assert len(repr(llmcost.run({"extends": "gpt-4", "title": "x" * 500}, draws=100))) < 120


def test_a_plot_is_shown_by_a_notebook_without_a_backend(result):
    assert result.plot("histogram")._repr_png_().startswith(b"\x89PNG")
