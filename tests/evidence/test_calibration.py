"""Calibration: the exact path against closed forms and against itself, its draws, the tables it leaves, and the command."""

import json
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from simulator.cli import main
from simulator.cli.commands.calibrate import command
from simulator.core.errors import InvalidInputError
from simulator.evidence import bayes, calibration
from simulator.evidence.calibration import MODELS, design, draws, linear, mcmc
from simulator.evidence.calibration.student import Student
from simulator.evidence.calibration.summary import calibrate
from simulator.evidence.diagnostics import BadFitError
from simulator.io.netcdf import open_tree
from simulator.scenario import library
from simulator.scenario.posteriors import Covariates, utilisation_terms

KINDS = {"utilisation": ("hours", "mfu"), "power": ("power",), "discrepancy": ("hours",), "rental": ("price",)}
# A next case of each model: what is asked of the fit, apart from what belongs to it alone.
NEXT_CASE = {
    "utilisation": {**utilisation_terms(Covariates(generation="hopper", peak=9.89e14)), "goodput": 1.0},
    "power": {"level": 1.0, "kind/gpu": 1.0, "generation/hopper": 1.0},
    "discrepancy": {"level": 1.0},
    "rental": {"level": 1.0, "channel/on-demand": 1.0, "seller/specialised": 1.0, "chip/nvidia-h100-sxm": 1.0},
}
NEW_EFFECTS = {
    "utilisation": {"family/another": 1.0, "run/another": 1.0},
    "power": {"study/another": 1.0},
    "discrepancy": {},
    "rental": {"vendor/another": 1.0},
}


def observations(model):
    return calibration.collect_observations(model).observations


def straight(seed=0, n=12):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    return x, x @ [1.0, -0.5] + rng.normal(0, 0.4, n), rng.uniform(0.5, 2, n)


# --- the closed form --------------------------------------------------------------------------------------------------------


def test_a_mean_has_the_conjugate_posterior_of_textbooks():
    """Gelman et al. 2013, 3.3: normal and inverse chi-square."""
    y, mean, kappa, nu, sigma = np.array([1.2, 0.7, 2.4, 1.9]), 0.5, 0.25, 3.0, 0.8
    posterior = linear.fit(
        np.ones((4, 1)), y, np.ones(4), linear.NormalPrior(np.array([mean]), np.array([kappa**-0.5]), nu, sigma)
    )
    assert posterior.mean[0] == pytest.approx((kappa * mean + y.sum()) / (kappa + 4), rel=1e-12)
    assert posterior.covariance[0, 0] == pytest.approx(1 / (kappa + 4), rel=1e-12)
    squares = nu * sigma**2 + ((y - y.mean()) ** 2).sum() + kappa * 4 / (kappa + 4) * (y.mean() - mean) ** 2
    assert posterior.degrees == 7
    assert posterior.scale == pytest.approx(math.sqrt(squares / 7), rel=1e-12)
    assert posterior.predictive(np.ones(1), 1.0)[1] == pytest.approx(
        posterior.scale * math.sqrt(1 + 1 / (kappa + 4)), rel=1e-12
    )


def test_with_sigma_known_it_is_the_normal_model_of_known_variance():
    x, y, noise = straight()
    mean, scale, sigma = np.array([0.3, 0.1]), np.array([2.0, 0.7]), 0.6
    posterior = linear.fit(x, y, noise, linear.NormalPrior(mean, scale, 1e12, sigma))
    prior_covariance = sigma**2 * np.diag(scale**2)
    gain = prior_covariance @ x.T @ np.linalg.inv(x @ prior_covariance @ x.T + sigma**2 * np.diag(noise**2))
    assert posterior.mean == pytest.approx(mean + gain @ (y - x @ mean), rel=1e-9)
    assert posterior.scale == pytest.approx(sigma, rel=1e-9)
    assert sigma**2 * posterior.covariance == pytest.approx(prior_covariance - gain @ x @ prior_covariance, rel=1e-9)


def test_flat_priors_give_weighted_least_squares():
    x, y, noise = straight(3)
    expected = np.linalg.lstsq(x / noise[:, None], y / noise, rcond=None)
    posterior = linear.fit(x, y, noise, linear.NormalPrior(np.zeros(2), np.full(2, 1e5), 1e-9, 1.0))
    assert posterior.mean == pytest.approx(expected[0], rel=1e-7)
    assert posterior.scale**2 * posterior.degrees == pytest.approx(expected[1][0], rel=1e-7)


def test_the_evidence_is_the_product_of_predictions_one_step_ahead():
    x, y, noise = straight(5)
    prior = linear.NormalPrior(np.array([0.5, 0.0]), np.array([1.5, 0.8]), 4.0, 0.3)
    total = 0.0
    for n in range(len(y)):
        posterior = linear.fit(x[:n], y[:n], noise[:n], prior)
        total += Student(*posterior.predictive(x[n], noise[n])).log_density(y[n])
    assert linear.fit(x, y, noise, prior).log_evidence == pytest.approx(total, abs=1e-10)


@pytest.mark.parametrize("by", ["case", "family"])
@pytest.mark.parametrize("model", MODELS)
def test_what_is_left_out_at_once_is_what_refits_without_it_say(model, by):
    """Blocks of one, of two (a run with MFU and hours), and of whole families; a dozen blocks of each model."""
    data, settings = observations(model), design.read_settings(model)
    predictions = design.leave_one_out(settings, data, by)
    blocks = sorted({getattr(each, by) for each in data}, key=lambda name: -sum(getattr(each, by) == name for each in data))
    for block in blocks[:: max(len(blocks) // 12, 1)]:
        without = design.fit_model(settings, [each for each in data if getattr(each, by) != block])
        for each, prediction in zip(data, predictions, strict=True):
            if getattr(each, by) == block:
                assert prediction == pytest.approx(without.predictive(each.terms, each.kind), abs=1e-9)


def test_a_run_can_have_two_observations_so_that_blocks_of_two_are_among_them():
    data = observations("utilisation")
    assert max(sum(each.case == run for each in data) for run in {each.case for each in data}) == 2


def test_an_effect_that_was_never_seen_is_as_its_prior_has_it():
    settings = design.read_settings("utilisation")
    model = design.fit_model(settings, observations("utilisation"))
    narrow = model.predictive(NEXT_CASE["utilisation"], "hours")
    wide = model.predictive({**NEXT_CASE["utilisation"], "family/another": 1.0}, "hours")
    assert wide[0] == narrow[0]
    sigma = model.posterior.scale
    assert wide[1] ** 2 - narrow[1] ** 2 == pytest.approx((sigma * settings.prior_scale("family/")) ** 2, rel=1e-9)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_interval_of_an_effect_is_that_of_its_t(level):
    model = calibration.fit("power", observations("power"))
    index = model.index["level"]
    scale = model.posterior.scale * math.sqrt(model.posterior.covariance[index, index])
    low, high = stats.t.interval(level, model.posterior.degrees, model.posterior.mean[index], scale)
    assert model.interval("level", level) == pytest.approx((low, model.posterior.mean[index], high), rel=1e-9)


# --- simulation-based calibration -------------------------------------------------------------------------------------------


def simulate(settings, data, rng):
    """Draw sigma, effects and observations from the prior at the design of what was seen."""
    sigma = settings.sigma_guess * math.sqrt(settings.sigma_degrees / rng.chisquare(settings.sigma_degrees))
    terms = dict.fromkeys([*settings.means, *(term for each in data for term in each.terms)])
    effects = {term: settings.prior_mean(term) + sigma * settings.prior_scale(term) * rng.normal() for term in terms}
    values = [
        sum(effects[term] * value for term, value in each.terms.items()) + sigma * settings.noise[each.kind] * rng.normal()
        for each in data
    ]
    return sigma, effects, [replace(each, value=value) for each, value in zip(data, values, strict=True)]


@pytest.mark.parametrize("model", MODELS)
def test_the_truth_lies_evenly_in_what_the_exact_path_says_of_it(model):
    """Simulation-based calibration (Talts et al. 2018) with 200 replicates at the library's own design.

    PITs of sigma, of some effects and of an observation that was held out, in ten bins each. Some 20 are tested, so that a
    p-value below 1e-4 would occur by Monte Carlo error for one seed in 500; the seed is fixed.
    """
    data, settings = observations(model), design.read_settings(model)
    data = data[:: max(len(data) // 80, 1)]  # every fourth price: a fit of a few milliseconds
    held_out, rest = len(data) // 2, [*range(len(data) // 2), *range(len(data) // 2 + 1, len(data))]
    checked_terms = [
        "level",
        *sorted({term for each in data for term in each.terms} - {"level"})[:: max(len(data) // 3, 1)][:3],
    ]
    places = {name: [] for name in ("sigma", "held out", *checked_terms)}
    rng = np.random.default_rng(20)
    for _ in range(200):
        sigma, effects, simulated = simulate(settings, data, rng)
        fit = design.fit_model(settings, [simulated[row] for row in rest])
        posterior, new = fit.posterior, simulated[held_out]
        places["sigma"].append(stats.chi2.sf(posterior.degrees * (posterior.scale / sigma) ** 2, posterior.degrees))
        places["held out"].append(Student(*fit.predictive(new.terms, new.kind)).cdf(new.value))
        for term in checked_terms:
            if term in fit.index:
                index = fit.index[term]
                scale = posterior.scale * math.sqrt(posterior.covariance[index, index])
                distribution = Student(float(posterior.mean[index]), scale, posterior.degrees)
                places[term].append(distribution.cdf(effects[term]))
    for name, values in places.items():
        if values:
            assert len(values) == 200
            assert stats.chisquare(np.histogram(values, 10, (0, 1))[0]).pvalue > 1e-4, name


def test_simulated_calibration_can_fail():
    """With a true sigma of 2.5 times the prior guess, the PITs are not uniform."""
    data, settings = observations("discrepancy"), design.read_settings("discrepancy")
    rng = np.random.default_rng(20)
    wrong = replace(settings, sigma_guess=2.5 * settings.sigma_guess)
    posteriors = [design.fit_model(settings, simulate(wrong, data, rng)[2][1:]).posterior for _ in range(200)]
    places = [stats.chi2.sf(each.degrees * (each.scale / wrong.sigma_guess) ** 2, each.degrees) for each in posteriors]
    assert stats.chisquare(np.histogram(places, 10, (0, 1))[0]).pvalue < 1e-4


@pytest.mark.slow
def test_the_truth_lies_evenly_in_what_the_sampler_says_of_it():
    """Twenty replicates of the model with heavy tails: parameters from its prior, MFU first, then hours given them."""
    data, places = observations("utilisation"), []
    names = [("effect", name) for name in ("level", "goodput", "size")] + [("spread", name) for name in ("run", "lost")]
    pm = bayes.pymc()
    template = mcmc.build_model(data, "student-t")
    prior = pm.sample_prior_predictive(20, model=template, random_seed=4).prior

    def value(draws, name):
        return draws[name[0]].sel({{"effect": "term", "spread": "part"}[name[0]]: name[1]})

    for replicate in range(20):
        truth = prior.isel(draw=[replicate])
        simulated = list(data)
        for _ in range(2):  # hours depend on the MFU that was drawn in the first pass
            model = mcmc.build_model(simulated, "student-t")
            sampled = pm.sample_posterior_predictive(truth, model=model, random_seed=replicate, progressbar=False)
            sampled = sampled["posterior_predictive"]["value"].values.ravel()
            by_row = {(row.case, row.kind): float(value) for row, value in zip(mcmc._rows(simulated), sampled, strict=True)}
            simulated = [replace(each, value=by_row[each.case, each.kind]) for each in simulated]
        posterior = bayes.sample(mcmc.build_model(simulated, "student-t"), replicate, mcmc.SIZE)["posterior"].to_dataset()
        places.append([float((value(posterior, name) < value(truth, name).item()).mean()) for name in names])
    for name, ranks in zip(names, np.array(places).T, strict=True):
        assert stats.kstest(ranks, "uniform").pvalue > 1e-3, name


# --- draws ------------------------------------------------------------------------------------------------------------------


def sum_effects(columns, terms):
    return sum(value * columns[term] for term, value in terms.items()) + columns["own"]


@pytest.mark.parametrize("model", MODELS)
def test_draws_have_the_predictive_distribution_of_the_model(model):
    """Kolmogorov's distance of 2,000 (1,000) draws; Monte Carlo error exceeds 1.63 for one seed in a hundred."""
    model_fit = calibration.fit(model, observations(model))
    columns = draws.build_columns(model, model_fit, seed=3)
    distribution = Student(*model_fit.predictive({**NEXT_CASE[model], **NEW_EFFECTS[model]}, KINDS[model][0]))
    n = draws.DRAWS[model]
    places = [distribution.cdf(value) for value in sum_effects(columns, NEXT_CASE[model])]
    assert stats.kstest(places, "uniform").statistic * math.sqrt(n) < 1.63
    assert {len(column) for column in columns.values()} == {n}


def test_a_family_in_the_evidence_has_its_own_distribution():
    model = calibration.fit("utilisation", observations("utilisation"))
    columns = draws.build_columns("utilisation", model, family="llama-3", seed=3)
    terms = {**NEXT_CASE["utilisation"], **NEW_EFFECTS["utilisation"], "family/llama-3": 1.0}
    del terms["family/another"]
    distribution = Student(*model.predictive(terms, "hours"))
    places = [distribution.cdf(value) for value in sum_effects(columns, NEXT_CASE["utilisation"])]
    assert stats.kstest(places, "uniform").statistic * math.sqrt(2000) < 1.63


@pytest.mark.parametrize("seed", range(3))
def test_goodput_is_below_one_in_every_draw(seed):
    columns = draws.build_columns("utilisation", calibration.fit("utilisation", observations("utilisation")), seed=seed)
    assert columns["goodput"].max() < 0


def test_the_sum_is_split_as_the_model_has_its_parts():
    """Below one only so much is cut off that quartiles of goodput, and of MFU, stay those of the model within some percent."""
    model = calibration.fit("utilisation", observations("utilisation"))
    columns = draws.build_columns("utilisation", model, seed=3)
    run = {term: value for term, value in NEXT_CASE["utilisation"].items() if term != "goodput"}
    goodput = Student(*model.predictive({"goodput": 1.0}, "hours"))
    mfu = Student(*model.predictive({**run, **NEW_EFFECTS["utilisation"]}, "mfu"))
    for p in (0.25, 0.5, 0.75):
        assert np.quantile(columns["goodput"], p) == pytest.approx(goodput.quantile(p), abs=0.03)
        assert np.quantile(sum_effects(columns, run), p) == pytest.approx(mfu.quantile(p), abs=0.05)


def test_draws_are_those_of_the_seed():
    model = calibration.fit("power", observations("power"))
    first, again, other = (
        draws.format_table("power", draws.build_columns("power", model, seed=seed), []) for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize("model", MODELS)
def test_the_library_tables_are_up_to_date(model, tmp_path):
    """`make posteriors` renews them."""
    path = tmp_path / "table.csv"
    assert CliRunner().invoke(command, [model, "-o", str(path)]).exit_code == 0
    assert path.read_bytes() == (library.folder() / "posteriors" / f"{model}.csv").read_bytes()


def chains_by_hand(degrees=3.0):
    """Chains as the sampler would leave them: effects about the guesses, four chains of 500 draws."""
    import xarray as xr

    rng, settings = np.random.default_rng(2), design.read_settings("utilisation")
    group_items = [f"{group}/{each}" for group in mcmc.GROUPS for each in mcmc._group_items(observations("utilisation"), group)]
    effects = [rng.normal(settings.prior_mean(name), 0.05, (4, 500)) for name in mcmc.FIXED]
    effects += [rng.normal(0, 0.1, (4, 500)) for _ in group_items]
    spreads = [np.full((4, 500), 0.1) for _ in mcmc.GROUPS] + [
        np.exp(rng.normal(math.log(0.2), 0.1, (4, 500))) for _ in range(2)
    ]
    variables = {
        "effect": (("chain", "draw", "term"), np.stack(effects, axis=2)),
        "spread": (("chain", "draw", "part"), np.stack(spreads, axis=2)),
        "degrees": (("chain", "draw"), np.full((4, 500), degrees - 1)),
    }
    coords = {"term": [*mcmc.FIXED, *group_items], "part": list(mcmc.SCALE_PARTS)}
    likelihood = xr.Dataset({"value": (("chain", "draw", "observation"), rng.normal(-0.3, 0.1, (4, 500, 75)))})
    stats_of = xr.Dataset({"diverging": (("chain", "draw"), np.zeros((4, 500), bool))})
    groups = {"/posterior": xr.Dataset(variables, coords), "/sample_stats": stats_of, "/log_likelihood": likelihood}
    groups["/observed_data"] = xr.Dataset({"value": ("observation", np.where(np.arange(75) < 25, 9.0, 0.0))})
    for name, width in (("prior", 9.0), ("posterior", 1.0)):  # a third of what is observed lies beyond the second alone
        predicted = width * rng.standard_normal((4, 500, 75))
        groups[f"/{name}_predictive"] = xr.Dataset({"value": (("chain", "draw", "observation"), predicted)})
    return xr.DataTree.from_dict(groups)


def test_chains_become_a_table_with_the_columns_of_the_exact_path():
    exact = draws.build_columns("utilisation", calibration.fit("utilisation", observations("utilisation")))
    columns = mcmc.build_columns({"student-t": chains_by_hand()}, seed=1)
    assert list(columns) == list(exact)
    assert {len(column) for column in columns.values()} == {2000}
    assert columns["goodput"].max() < 0
    # Family 0.1 and a t of 3 degrees with scale 0.2: quartiles by simulation at a million draws.
    rng = np.random.default_rng(0)
    own = rng.normal(0, 0.1, 10**6) + 0.2 * rng.standard_t(3, 10**6)
    assert np.quantile(columns["own"], [0.25, 0.75]) == pytest.approx(np.quantile(own, [0.25, 0.75]), abs=0.02)
    with_operator = mcmc.build_columns({"student-t": chains_by_hand()}, family="llama-2", seed=1)
    assert with_operator["own"].tolist() != columns["own"].tolist()


def test_the_command_writes_the_sampled_fit_beside_the_exact_one(tmp_path, monkeypatch):
    chains = {tails: chains_by_hand(degrees) for tails, degrees in (("student-t", 3.0), ("normal", 50.0))}
    monkeypatch.setattr(bayes, "fit", lambda *_, **__: (chains.pop(next(iter(chains))), None))
    result = CliRunner().invoke(command, ["--method", "mcmc", "--format", "json", "-o", str(tmp_path / "m.csv")])
    output = json.loads(result.output)
    level = next(row for row in output["mcmc"] if row["effect"] == "level")
    assert level["low95"] < level["factor"] == pytest.approx(math.exp(-0.92), rel=0.02)
    assert level["exact"] == pytest.approx(next(row for row in output["effects"] if row["effect"] == "level")["factor"])
    assert {row["variant"] for row in output["loo"]} == {"student-t", "normal"}
    assert output["diagnostics"]["divergences"] == 0
    assert output["predictive"] == {"inside_prior_95": 1.0, "inside_posterior_95": pytest.approx(2 / 3)}
    assert "method mcmc" in (tmp_path / "m.csv").read_text()


# --- checks and the command
# ----------------------------------------------------------------------------------------------------


def test_checks_are_those_of_scipy():
    data, settings = observations("power"), design.read_settings("power")
    checks = calibration.check(settings, data)
    distributions = design.leave_one_out(settings, data)
    pits = [
        stats.t.cdf(each.value, distribution[2], distribution[0], distribution[1])
        for each, distribution in zip(data, distributions, strict=True)
    ]
    densities = [
        stats.t.logpdf(each.value, distribution[2], distribution[0], distribution[1])
        for each, distribution in zip(data, distributions, strict=True)
    ]
    assert checks.observation_count == len(data)
    assert checks.elpd_loo == pytest.approx(sum(densities), rel=1e-9)
    assert checks.coverage_95_leave_one_out == np.mean([0.025 <= pit <= 0.975 for pit in pits])
    assert checks.pit_uniform_p == pytest.approx(stats.kstest(pits, "uniform").pvalue, abs=0.03)
    assert checks.furthest.pit in (pytest.approx(min(pits)), pytest.approx(max(pits)))


def test_a_model_that_its_evidence_denies_is_refused():
    """Values that crowd: most at one place, and a few far off on one side, as no normal model would have them."""
    data = observations("rental")
    values = np.where(np.arange(len(data)) % 10, 0.0, 6.0)
    implausible = [replace(each, value=float(value)) for each, value in zip(data, values, strict=True)]
    with pytest.raises(BadFitError, match="rental: the evidence does not look like the model"):
        calibration.require_good("rental", calibration.check(design.read_settings("rental"), implausible))


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_library_passes_its_own_checks(model):
    checks = calibration.check(design.read_settings(model), observations(model))
    calibration.require_good(model, checks)
    assert checks.coverage_95_leave_one_out > 0.85
    assert checks.inside_prior_95 > 0.9


def test_variants_say_what_each_part_is_worth():
    data = observations("utilisation")
    rows = calibration.variants("utilisation", data)
    assert [row.variant for row in rows][:3] == ["whole", "without mixture", "without speed"]
    plain = [replace(each, terms={term: x for term, x in each.terms.items() if term != "speed"}) for each in data]
    without = calibration.check(design.read_settings("utilisation"), plain)
    assert rows[2].elpd == pytest.approx(without.elpd_loo, abs=1e-4)


def test_two_lines_of_python_give_what_the_command_writes(tmp_path):
    power = calibrate("power")
    output = json.loads(CliRunner().invoke(command, ["power", "--format", "json"]).output)
    assert power.to_dict() == {key: value for key, value in output.items() if key != "warnings"}
    assert {"dataset", "fit", "chains", "mcmc", "loo"} & set(output) == set()
    assert power.to_dataframe().set_index("figure")["value"]["effects[0].factor"] == power.effects[0].factor
    assert power.posterior_table() == (library.folder() / "posteriors" / "power.csv").read_text(encoding="utf-8")
    path = tmp_path / "power.json"
    assert CliRunner().invoke(command, ["power", "-q", "-o", str(path)]).output == ""
    assert json.loads(path.read_text(encoding="utf-8")) == output
    with pytest.raises(ValueError, match="not for power"):
        calibrate("power", method="mcmc")


def test_own_runs_move_the_posterior_and_name_their_operator(tmp_path):
    rows = "".join(
        f"pilot-{n},2026-0{n},Acme,h100,8e9,8e9,1e12,{8e9 * 6e12 / (989e12 * 3600 * (0.48 + n / 150)):.6g}\n"
        for n in range(1, 6)
    )
    mine = tmp_path / "mine.csv"
    mine.write_text("case,date,org,chip,params_total,params_active,tokens,gpu_hours\n" + rows)
    own_table = tmp_path / "ours.csv"
    result = CliRunner().invoke(command, ["--evidence", str(mine), "--format", "json", "-o", str(own_table)])
    output = json.loads(result.output)
    assert (output["own"], output["operator"], output["until"]) == (5, "Acme", "2026-08")
    assert "family/Acme" in {row["effect"] for row in output["effects"]}
    head = own_table.read_text().split("generation/", 1)[0]
    assert "for the next of Acme: posterior of 80 observations, 5 of them own" in head

    def typical(path):
        names, *lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        columns = dict(zip(names.split(","), np.array([line.split(",") for line in lines], float).T, strict=True))
        terms = utilisation_terms(Covariates(generation="hopper", peak=9.89e14))
        return math.exp(np.median(sum_effects(columns, {**terms, "goodput": 1.0})))

    before = typical(library.folder() / "posteriors" / "utilisation.csv")
    assert before < 0.3 < 0.35 < typical(own_table) < 0.5, (before, typical(own_table))  # five runs at a half of the peak pull


def test_own_pilots_below_whose_mfu_the_next_run_is_predicted_are_explained(tmp_path):
    head, row = "case,date,org,chip,params_active,mfu_reported,colour\n", "pilot-{n},2026-0{n},Acme,H100,7e9,{mfu},red\n"
    for mfus, explained in (((0.38, 0.42), True), ((0.3, 0.42), False)):
        path = tmp_path / "pilots.csv"
        path.write_text(head + "".join(row.format(n=n, mfu=mfu) for n, mfu in enumerate(mfus, 1)))
        notes = {note.code: note.text for note in calibrate("utilisation", path).notes}
        assert ("own-mfu" in notes) is explained
        assert "columns not used: colour" in notes["columns-not-used"]
    path.write_text(head + row.format(n=1, mfu=1.2))
    with pytest.raises(InvalidInputError, match="must lie between 0 and 1"):
        calibrate("utilisation", path)


def test_all_groups_are_written_for_analysts(tmp_path):
    path = tmp_path / "fit.nc"
    again = tmp_path / "again.nc"
    assert CliRunner().invoke(command, ["power", "-o", str(path), "-o", str(again), "--seed", "4"]).exit_code == 0
    assert path.read_bytes() == again.read_bytes()
    with open_tree(path) as tree:
        assert set(tree.children) == {
            "prior", "prior_predictive", "posterior", "posterior_predictive", "log_likelihood", "observed_data"
        }  # fmt: skip
        model = calibration.fit("power", observations("power"))
        level = tree["posterior"]["effect"].sel(term="level").values
        low, _, high = model.interval("level", 0.8)
        assert np.mean((low < level) & (level < high)) == pytest.approx(0.8, abs=0.04)  # 2,000 draws: four standard errors
        assert tree["posterior_predictive"]["value"].sizes["observation"] == 10
        assert float(tree["prior"]["sigma"].median()) > float(tree["posterior"]["sigma"].median())


@pytest.mark.parametrize(
    ("arguments", "target", "issue", "code", "message"),
    [
        (
            ["power"],
            "simulator.evidence.calibration.summary.variants",
            KeyboardInterrupt(),
            130,
            "interrupted; no incomplete file was left",
        ),
        (
            ["power"],
            "simulator.evidence.calibration.draws.format_table",
            KeyboardInterrupt(),
            130,
            "interrupted; no incomplete file was left",
        ),
        (
            ["--method", "mcmc"],
            "simulator.evidence.bayes.fit",
            KeyboardInterrupt(),
            130,
            "interrupted; no incomplete file was left",
        ),
        (
            ["--method", "mcmc"],
            "simulator.evidence.bayes.fit",
            BadFitError("7 of 4,000 draws diverged"),
            1,
            "nothing was written",
        ),
    ],
)
def test_what_is_interrupted_or_bad_writes_nothing_and_says_so(
    tmp_path, monkeypatch, capsys, arguments, target, issue, code, message
):
    def stop(*_, **__):
        raise issue

    monkeypatch.setattr(target, stop)
    outputs = ["-o", str(tmp_path / "fit.nc"), "-o", str(tmp_path / "fit.csv")]
    monkeypatch.setattr(sys, "argv", ["llmcost", "calibrate", *arguments, *outputs])
    with pytest.raises(SystemExit) as exit_info:
        main()
    streams = capsys.readouterr()
    assert (exit_info.value.code, streams.out, list(tmp_path.iterdir())) == (code, "", [])
    assert streams.err.strip().endswith(message)
    assert "\n" not in streams.err.strip()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["power", "--method", "mcmc"], "power is available with --method exact only"),
        (["speed"], "'speed' is not one of"),
        (["-o", "fit.txt"], "no format '.txt'"),
        (["-o", "/nowhere/fit.nc"], "there is no folder"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_work(arguments, message, monkeypatch):
    monkeypatch.setattr("simulator.evidence.calibration.summary.collect_observations", lambda *_: pytest.fail("work has begun"))
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert message in result.output
