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
from simulator.evidence import bayes, calibration
from simulator.evidence.calibration import MODELS, design, draws, linear, mcmc
from simulator.evidence.calibration.student import Student
from simulator.io.netcdf import open_tree
from simulator.scenario import library
from simulator.scenario.posteriors import Covariates, utilisation_terms

KINDS = {"utilisation": ("hours", "mfu"), "power": ("power",), "discrepancy": ("hours",), "rental": ("price",)}
# A next case of each model: what is asked of the fit, apart from what belongs to it alone.
NEXT = {
    "utilisation": {**utilisation_terms(Covariates(generation="hopper", active_parameters=7e10), 2024.4), "goodput": 1.0},
    "power": {"level": 1.0, "kind/gpu": 1.0, "generation/hopper": 1.0},
    "discrepancy": {"level": 1.0},
    "rental": {"level": 1.0, "channel/on-demand": 1.0, "seller/specialised": 1.0, "chip/nvidia-h100-sxm": 1.0},
}
ANEW = {
    "utilisation": {"operator/another": 1.0, "family/another": 1.0, "run/another": 1.0},
    "power": {"study/another": 1.0},
    "discrepancy": {},
    "rental": {"vendor/another": 1.0},
}


def observations(model):
    return calibration.gather(model).observations


def straight(seed=0, n=12):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    return x, x @ [1.0, -0.5] + rng.normal(0, 0.4, n), rng.uniform(0.5, 2, n)


# --- the closed form --------------------------------------------------------------------------------------------------------


def test_a_mean_has_the_conjugate_posterior_of_textbooks():
    """Gelman et al. 2013, 3.3: normal and inverse chi-square."""
    y, mean, kappa, nu, sigma = np.array([1.2, 0.7, 2.4, 1.9]), 0.5, 0.25, 3.0, 0.8
    found = linear.fit(np.ones((4, 1)), y, np.ones(4), linear.Prior(np.array([mean]), np.array([kappa**-0.5]), nu, sigma))
    assert found.mean[0] == pytest.approx((kappa * mean + y.sum()) / (kappa + 4), rel=1e-12)
    assert found.covariance[0, 0] == pytest.approx(1 / (kappa + 4), rel=1e-12)
    squares = nu * sigma**2 + ((y - y.mean()) ** 2).sum() + kappa * 4 / (kappa + 4) * (y.mean() - mean) ** 2
    assert found.degrees == 7
    assert found.scale == pytest.approx(math.sqrt(squares / 7), rel=1e-12)
    assert found.predictive(np.ones(1), 1.0)[1] == pytest.approx(found.scale * math.sqrt(1 + 1 / (kappa + 4)), rel=1e-12)


def test_with_sigma_known_it_is_the_normal_model_of_known_variance():
    x, y, noise = straight()
    mean, spread, sigma = np.array([0.3, 0.1]), np.array([2.0, 0.7]), 0.6
    found = linear.fit(x, y, noise, linear.Prior(mean, spread, 1e12, sigma))
    before = sigma**2 * np.diag(spread**2)
    gain = before @ x.T @ np.linalg.inv(x @ before @ x.T + sigma**2 * np.diag(noise**2))
    assert found.mean == pytest.approx(mean + gain @ (y - x @ mean), rel=1e-9)
    assert found.scale == pytest.approx(sigma, rel=1e-9)
    assert sigma**2 * found.covariance == pytest.approx(before - gain @ x @ before, rel=1e-9)


def test_flat_priors_give_weighted_least_squares():
    x, y, noise = straight(3)
    known = np.linalg.lstsq(x / noise[:, None], y / noise, rcond=None)
    found = linear.fit(x, y, noise, linear.Prior(np.zeros(2), np.full(2, 1e5), 1e-9, 1.0))
    assert found.mean == pytest.approx(known[0], rel=1e-7)
    assert found.scale**2 * found.degrees == pytest.approx(known[1][0], rel=1e-7)


def test_the_evidence_is_the_product_of_predictions_one_step_ahead():
    x, y, noise = straight(5)
    prior = linear.Prior(np.array([0.5, 0.0]), np.array([1.5, 0.8]), 4.0, 0.3)
    total = 0.0
    for n in range(len(y)):
        before = linear.fit(x[:n], y[:n], noise[:n], prior)
        total += Student(*before.predictive(x[n], noise[n])).log_density(y[n])
    assert linear.fit(x, y, noise, prior).log_evidence == pytest.approx(total, abs=1e-10)


@pytest.mark.parametrize("by", ["case", "family"])
@pytest.mark.parametrize("model", MODELS)
def test_what_is_left_out_at_once_is_what_refits_without_it_say(model, by):
    """Blocks of one, of two (a run with MFU and hours), and of whole families; a dozen blocks of each model."""
    seen, given = observations(model), design.settings(model)
    at_once = design.left_out(given, seen, by)
    blocks = sorted({getattr(each, by) for each in seen}, key=lambda name: -sum(getattr(each, by) == name for each in seen))
    for block in blocks[:: max(len(blocks) // 12, 1)]:
        without = design.fitted(given, [each for each in seen if getattr(each, by) != block])
        for each, told in zip(seen, at_once, strict=True):
            if getattr(each, by) == block:
                assert told == pytest.approx(without.predictive(each.terms, each.kind), abs=1e-9)


def test_a_run_can_have_two_observations_so_that_blocks_of_two_are_among_them():
    seen = observations("utilisation")
    assert max(sum(each.case == run for each in seen) for run in {each.case for each in seen}) == 2


def test_an_effect_that_was_never_seen_is_as_its_prior_has_it():
    given = design.settings("utilisation")
    found = design.fitted(given, observations("utilisation"))
    known = found.predictive(NEXT["utilisation"], "hours")
    wider = found.predictive({**NEXT["utilisation"], "operator/another": 1.0}, "hours")
    assert wider[0] == known[0]
    sigma = found.posterior.scale
    assert wider[1] ** 2 - known[1] ** 2 == pytest.approx((sigma * given.spread_of("operator/")) ** 2, rel=1e-9)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_interval_of_an_effect_is_that_of_its_t(level):
    found = calibration.fit("power", observations("power"))
    place = found.index["level"]
    scale = found.posterior.scale * math.sqrt(found.posterior.covariance[place, place])
    low, high = stats.t.interval(level, found.posterior.degrees, found.posterior.mean[place], scale)
    assert found.interval("level", level) == pytest.approx((low, found.posterior.mean[place], high), rel=1e-9)


# --- simulation-based calibration -------------------------------------------------------------------------------------------


def simulated(given, seen, rng):
    """Draw sigma, effects and observations from the prior at the design of what was seen."""
    sigma = given.guess * math.sqrt(given.worth / rng.chisquare(given.worth))
    terms = dict.fromkeys([*given.mean, *(term for each in seen for term in each.terms)])
    effects = {term: given.expected(term) + sigma * given.spread_of(term) * rng.normal() for term in terms}
    values = [
        sum(effects[term] * value for term, value in each.terms.items()) + sigma * given.noise[each.kind] * rng.normal()
        for each in seen
    ]
    return sigma, effects, [replace(each, value=value) for each, value in zip(seen, values, strict=True)]


@pytest.mark.parametrize("model", MODELS)
def test_the_truth_lies_evenly_in_what_the_exact_path_says_of_it(model):
    """Simulation-based calibration (Talts et al. 2018) with 200 replicates at the library's own design.

    Places of sigma, of some effects and of an observation that was held out, in ten bins each. Some 20 are looked at,
    so that a p-value below 1e-4 would come of random draws in one seed of 500; the seed is fixed.
    """
    seen, given = observations(model), design.settings(model)
    seen = seen[:: max(len(seen) // 80, 1)]  # every fourth price: a fit of a few milliseconds
    held, rest = len(seen) // 2, [*range(len(seen) // 2), *range(len(seen) // 2 + 1, len(seen))]
    looked_at = ["level", *sorted({term for each in seen for term in each.terms} - {"level"})[:: max(len(seen) // 3, 1)][:3]]
    places = {name: [] for name in ("sigma", "held out", *looked_at)}
    rng = np.random.default_rng(20)
    for _ in range(200):
        sigma, effects, made = simulated(given, seen, rng)
        found = design.fitted(given, [made[row] for row in rest])
        after = found.posterior
        places["sigma"].append(stats.chi2.sf(after.degrees * (after.scale / sigma) ** 2, after.degrees))
        places["held out"].append(Student(*found.predictive(made[held].terms, made[held].kind)).cdf(made[held].value))
        for term in looked_at:
            if term in found.index:
                at = found.index[term]
                distribution = Student(float(after.mean[at]), after.scale * math.sqrt(after.covariance[at, at]), after.degrees)
                places[term].append(distribution.cdf(effects[term]))
    for name, found in places.items():
        if found:
            assert len(found) == 200
            assert stats.chisquare(np.histogram(found, 10, (0, 1))[0]).pvalue > 1e-4, name


def test_simulated_calibration_can_fail():
    """With sigma twice what the model takes, places crowd at the ends."""
    seen, given = observations("discrepancy"), design.settings("discrepancy")
    rng = np.random.default_rng(20)
    wrong = replace(given, guess=2.5 * given.guess)
    found = [design.fitted(given, simulated(wrong, seen, rng)[2][1:]).posterior for _ in range(200)]
    places = [stats.chi2.sf(after.degrees * (after.scale / wrong.guess) ** 2, after.degrees) for after in found]
    assert stats.chisquare(np.histogram(places, 10, (0, 1))[0]).pvalue < 1e-4


@pytest.mark.slow
def test_the_truth_lies_evenly_in_what_the_sampler_says_of_it():
    """Twenty replicates of the model with heavy tails: parameters from its prior, MFU first, then hours given them."""
    seen, places = observations("utilisation"), []
    names = [("effect", name) for name in ("level", "goodput", "size")] + [("spread", name) for name in ("run", "lost")]
    pm = bayes.pymc()
    template = mcmc.model(seen, "student-t")
    prior = pm.sample_prior_predictive(20, model=template, random_seed=4).prior

    def value(draws, name):
        return draws[name[0]].sel({{"effect": "term", "spread": "part"}[name[0]]: name[1]})

    for replicate in range(20):
        truth = prior.isel(draw=[replicate])
        made = list(seen)
        for _ in range(2):  # hours depend on the MFU that was drawn in the first pass
            model = mcmc.model(made, "student-t")
            drawn = pm.sample_posterior_predictive(truth, model=model, random_seed=replicate, progressbar=False)
            drawn = drawn["posterior_predictive"]["value"].values.ravel()
            by_row = {(row.case, row.kind): float(value) for row, value in zip(mcmc._rows(made), drawn, strict=True)}
            made = [replace(each, value=by_row[each.case, each.kind]) for each in made]
        after = bayes.sample(mcmc.model(made, "student-t"), replicate, mcmc.SIZE)["posterior"].to_dataset()
        places.append([float((value(after, name) < value(truth, name).item()).mean()) for name in names])
    for name, found in zip(names, np.array(places).T, strict=True):
        assert stats.kstest(found, "uniform").pvalue > 1e-3, name


# --- draws ------------------------------------------------------------------------------------------------------------------


def together(columns, terms):
    return sum(value * columns[term] for term, value in terms.items()) + columns["own"]


@pytest.mark.parametrize("model", MODELS)
def test_draws_have_the_predictive_law_of_the_model(model):
    """Kolmogorov's distance of 2,000 (1,000) draws; at 1.63 it would be passed by the random draws once in a hundred seeds."""
    found = calibration.fit(model, observations(model))
    columns = draws.columns(model, found, seed=3)
    distribution = Student(*found.predictive({**NEXT[model], **ANEW[model]}, KINDS[model][0]))
    n = draws.DRAWS[model]
    places = [distribution.cdf(value) for value in together(columns, NEXT[model])]
    assert stats.kstest(places, "uniform").statistic * math.sqrt(n) < 1.63
    assert {len(column) for column in columns.values()} == {n}


def test_a_known_operator_has_a_law_of_its_own():
    found = calibration.fit("utilisation", observations("utilisation"))
    columns = draws.columns("utilisation", found, operator="Meta", seed=3)
    whose = {**NEXT["utilisation"], **ANEW["utilisation"], "operator/Meta": 1.0}
    del whose["operator/another"]
    distribution = Student(*found.predictive(whose, "hours"))
    places = [distribution.cdf(value) for value in together(columns, NEXT["utilisation"])]
    assert stats.kstest(places, "uniform").statistic * math.sqrt(2000) < 1.63


@pytest.mark.parametrize("seed", range(3))
def test_goodput_is_below_one_in_every_draw(seed):
    columns = draws.columns("utilisation", calibration.fit("utilisation", observations("utilisation")), seed=seed)
    assert columns["goodput"].max() < 0


def test_the_sum_is_split_as_the_model_has_its_parts():
    """Below one only so much is cut off that quartiles of goodput, and of MFU, stay those of the model within some percent."""
    found = calibration.fit("utilisation", observations("utilisation"))
    columns = draws.columns("utilisation", found, seed=3)
    run = {term: value for term, value in NEXT["utilisation"].items() if term != "goodput"}
    goodput = Student(*found.predictive({"goodput": 1.0}, "hours"))
    mfu = Student(*found.predictive({**run, **ANEW["utilisation"]}, "mfu"))
    for p in (0.25, 0.5, 0.75):
        assert np.quantile(columns["goodput"], p) == pytest.approx(goodput.quantile(p), abs=0.03)
        assert np.quantile(together(columns, run), p) == pytest.approx(mfu.quantile(p), abs=0.05)


def test_draws_are_those_of_the_seed():
    found = calibration.fit("power", observations("power"))
    first, again, other = (draws.text("power", draws.columns("power", found, seed=seed), []) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("model", MODELS)
def test_the_library_holds_what_the_verb_writes_today(model, tmp_path):
    """`make posteriors` renews them."""
    written = tmp_path / "table.csv"
    assert CliRunner().invoke(command, [model, "-o", str(written)]).exit_code == 0
    assert written.read_bytes() == (library.folder() / "posteriors" / f"{model}.csv").read_bytes()


def sampled_by_hand(degrees=3.0):
    """Chains as the sampler would leave them: effects about the guesses, four chains of 500 draws."""
    import xarray as xr

    rng, given = np.random.default_rng(2), design.settings("utilisation")
    group_items = [f"{group}/{each}" for group in mcmc.GROUPS for each in mcmc._group_items(observations("utilisation"), group)]
    effects = [rng.normal(given.expected(name), 0.05, (4, 500)) for name in mcmc.FIXED]
    effects += [rng.normal(0, 0.1, (4, 500)) for _ in group_items]
    spreads = [np.full((4, 500), 0.1) for _ in mcmc.GROUPS] + [
        np.exp(rng.normal(math.log(0.2), 0.1, (4, 500))) for _ in range(2)
    ]
    variables = {
        "effect": (("chain", "draw", "term"), np.stack(effects, axis=2)),
        "spread": (("chain", "draw", "part"), np.stack(spreads, axis=2)),
        "degrees": (("chain", "draw"), np.full((4, 500), degrees - 1)),
    }
    coords = {"term": [*mcmc.FIXED, *group_items], "part": list(mcmc.SPREADS)}
    likelihood = xr.Dataset({"value": (("chain", "draw", "observation"), rng.normal(-0.3, 0.1, (4, 500, 69)))})
    stats_of = xr.Dataset({"diverging": (("chain", "draw"), np.zeros((4, 500), bool))})
    groups = {"/posterior": xr.Dataset(variables, coords), "/sample_stats": stats_of, "/log_likelihood": likelihood}
    groups["/observed_data"] = xr.Dataset({"value": ("observation", np.where(np.arange(69) < 23, 9.0, 0.0))})
    for name, width in (("prior", 9.0), ("posterior", 1.0)):  # a third of what is observed lies beyond the second alone
        predicted = width * rng.standard_normal((4, 500, 69))
        groups[f"/{name}_predictive"] = xr.Dataset({"value": (("chain", "draw", "observation"), predicted)})
    return xr.DataTree.from_dict(groups)


def test_chains_become_a_table_with_the_columns_of_the_exact_path():
    exact = draws.columns("utilisation", calibration.fit("utilisation", observations("utilisation")))
    columns = mcmc.columns({"student-t": sampled_by_hand()}, seed=1)
    assert list(columns) == list(exact)
    assert {len(column) for column in columns.values()} == {2000}
    assert columns["goodput"].max() < 0
    # Operator and family 0.1 each and a t of 3 degrees with scale 0.2: quartiles by simulation at a million draws.
    rng = np.random.default_rng(0)
    own = rng.normal(0, math.hypot(0.1, 0.1), 10**6) + 0.2 * rng.standard_t(3, 10**6)
    assert np.quantile(columns["own"], [0.25, 0.75]) == pytest.approx(np.quantile(own, [0.25, 0.75]), abs=0.02)
    known = mcmc.columns({"student-t": sampled_by_hand()}, operator="Meta", seed=1)
    assert known["own"].tolist() != columns["own"].tolist()


def test_the_verb_writes_the_sampled_fit_beside_the_exact_one(tmp_path, monkeypatch):
    chains = {tails: sampled_by_hand(degrees) for tails, degrees in (("student-t", 3.0), ("normal", 50.0))}
    monkeypatch.setattr(bayes, "fit", lambda *_, **__: (chains.pop(next(iter(chains))), None))
    ran = CliRunner().invoke(command, ["--method", "mcmc", "--format", "json", "-o", str(tmp_path / "m.csv")])
    said = json.loads(ran.output)
    level = next(row for row in said["mcmc"] if row["effect"] == "level")
    assert level["low95"] < level["factor"] == pytest.approx(math.exp(-0.92), rel=0.02)
    assert level["exact"] == next(row for row in said["effects"] if row["effect"] == "level")["factor"]
    assert {row["variant"] for row in said["loo"]} == {"student-t", "normal"}
    assert said["diagnostics"]["divergences"] == 0
    assert said["predictive"] == {"inside_prior_95": 1.0, "inside_posterior_95": pytest.approx(2 / 3)}
    assert "method mcmc" in (tmp_path / "m.csv").read_text()


# --- checks and the command
# ----------------------------------------------------------------------------------------------------


def test_checks_are_those_of_scipy():
    seen, given = observations("power"), design.settings("power")
    found = calibration.check(given, seen)
    distributions = design.left_out(given, seen)
    pits = [
        stats.t.cdf(each.value, distribution[2], distribution[0], distribution[1])
        for each, distribution in zip(seen, distributions, strict=True)
    ]
    densities = [
        stats.t.logpdf(each.value, distribution[2], distribution[0], distribution[1])
        for each, distribution in zip(seen, distributions, strict=True)
    ]
    assert found.seen == len(seen)
    assert found.elpd == pytest.approx(sum(densities), rel=1e-9)
    assert found.inside == np.mean([0.025 <= pit <= 0.975 for pit in pits])
    assert found.uniform == pytest.approx(stats.kstest(pits, "uniform").pvalue, abs=0.03)
    assert found.furthest[1] in (pytest.approx(min(pits)), pytest.approx(max(pits)))


def test_a_model_that_its_evidence_denies_is_refused():
    """Values that crowd: most at one place, and a few far off on one side, as no normal model would have them."""
    seen = observations("rental")
    values = np.where(np.arange(len(seen)) % 10, 0.0, 6.0)
    made = [replace(each, value=float(value)) for each, value in zip(seen, values, strict=True)]
    with pytest.raises(bayes.BadFit, match="rental: the evidence does not look like the model"):
        calibration.require_good("rental", calibration.check(design.settings("rental"), made))


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_library_passes_its_own_checks(model):
    found = calibration.check(design.settings(model), observations(model))
    calibration.require_good(model, found)
    assert found.inside > 0.85
    assert found.inside_prior > 0.9


def test_variants_say_what_each_part_is_worth():
    seen = observations("utilisation")
    rows = calibration.variants("utilisation", seen)
    assert [row["variant"] for row in rows][:3] == ["whole", "without mixture", "without size"]
    plain = [replace(each, terms={term: x for term, x in each.terms.items() if term != "size"}) for each in seen]
    without = calibration.check(design.settings("utilisation"), plain)
    assert rows[2]["elpd"] == pytest.approx(without.elpd, abs=1e-4)


def test_own_runs_move_the_posterior_and_name_their_operator(tmp_path):
    rows = "".join(
        f"pilot-{n},2026-0{n},Acme,h100,8e9,8e9,1e12,{8e9 * 6e12 / (989e12 * 3600 * 0.5):.6g}\n" for n in range(1, 6)
    )
    mine = tmp_path / "mine.csv"
    mine.write_text("case,date,org,chip,params_total,params_active,tokens,gpu_hours\n" + rows)
    ours = tmp_path / "ours.csv"
    ran = CliRunner().invoke(command, ["--evidence", str(mine), "--format", "json", "-o", str(ours)])
    said = json.loads(ran.output)
    assert (said["own"], said["operator"], said["until"]) == (5, "Acme", "2026-05")
    assert "operator/Acme" in {row["effect"] for row in said["effects"]}
    head = ours.read_text().split("generation/", 1)[0]
    assert "for the next of Acme: posterior of 74 observations, 5 of them own" in head

    def typical(path):
        names, *lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        columns = dict(zip(names.split(","), np.array([line.split(",") for line in lines], float).T, strict=True))
        terms = utilisation_terms(Covariates(generation="hopper", active_parameters=8e9), 2026.4)
        return math.exp(np.median(together(columns, {**terms, "goodput": 1.0})))

    before = typical(library.folder() / "posteriors" / "utilisation.csv")
    assert before < 0.3 < 0.35 < typical(ours) < 0.5, (before, typical(ours))  # five runs at a half of the peak pull


def test_all_groups_are_written_for_analysts(tmp_path):
    path = tmp_path / "fit.nc"
    again = tmp_path / "again.nc"
    assert CliRunner().invoke(command, ["power", "-o", str(path), "-o", str(again), "--seed", "4"]).exit_code == 0
    assert path.read_bytes() == again.read_bytes()
    with open_tree(path) as tree:
        assert set(tree.children) == {
            "prior", "prior_predictive", "posterior", "posterior_predictive", "log_likelihood", "observed_data"
        }  # fmt: skip
        found = calibration.fit("power", observations("power"))
        level = tree["posterior"]["effect"].sel(term="level").values
        low, _, high = found.interval("level", 0.8)
        assert np.mean((low < level) & (level < high)) == pytest.approx(0.8, abs=0.04)  # 2,000 draws: four standard errors
        assert tree["posterior_predictive"]["value"].sizes["observation"] == 10
        assert float(tree["prior"]["sigma"].median()) > float(tree["posterior"]["sigma"].median())


@pytest.mark.parametrize(
    ("given", "where", "issue", "code", "said"),
    [
        (
            ["power"],
            "simulator.evidence.calibration.variants",
            KeyboardInterrupt(),
            130,
            "interrupted; no file was left half written",
        ),
        (
            ["power"],
            "simulator.evidence.calibration.draws.text",
            KeyboardInterrupt(),
            130,
            "interrupted; no file was left half written",
        ),
        (
            ["--method", "mcmc"],
            "simulator.evidence.bayes.fit",
            KeyboardInterrupt(),
            130,
            "interrupted; no file was left half written",
        ),
        (
            ["--method", "mcmc"],
            "simulator.evidence.bayes.fit",
            bayes.BadFit("7 of 4,000 draws diverged"),
            1,
            "nothing was written",
        ),
    ],
)
def test_what_is_interrupted_or_bad_writes_nothing_and_says_so(tmp_path, monkeypatch, capsys, given, where, issue, code, said):
    def stop(*_, **__):
        raise issue

    monkeypatch.setattr(where, stop)
    outputs = ["-o", str(tmp_path / "fit.nc"), "-o", str(tmp_path / "fit.csv")]
    monkeypatch.setattr(sys, "argv", ["llmcost", "calibrate", *given, *outputs])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out, list(tmp_path.iterdir())) == (code, "", [])
    assert told.err.strip().endswith(said)
    assert "\n" not in told.err.strip()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["power", "--method", "mcmc"], "power has the exact path alone"),
        (["speed"], "'speed' is not one of"),
        (["-o", "fit.txt"], "no format '.txt'"),
        (["-o", "/nowhere/fit.nc"], "there is no folder"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_work(given, said, monkeypatch):
    monkeypatch.setattr(calibration, "gather", lambda *_: pytest.fail("work has begun"))
    ran = CliRunner().invoke(command, given)
    assert ran.exit_code == 2
    assert said in ran.output
