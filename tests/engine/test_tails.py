"""Tail indices: of distributions with known index, of models with known tail, and their effect on reported figures."""

import itertools
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from simulator.analysis.overruns import tail_risk
from simulator.analysis.statistics import probability, summary_statistics
from simulator.cli import group as cli
from simulator.engine.accumulators import Accumulator
from simulator.engine.simulate import simulate
from simulator.engine.summaries import summarize
from simulator.engine.tails import LIMITS, MODEL_LIMITS, explain_heavy_tail, model_tail, pareto_index, tail_index, tail_size
from simulator.io.run_summary import summarize_run
from simulator.io.summary import budget_of
from simulator.scenario import TOTAL, library, read

DRAWS = 100_000
# The standard normal quantiles between which a model's tail is measured, and the fall of the logarithm of the probability.
NEAR, FAR, FALL = 4.7534243, 5.9978070, math.log(1000)


def pareto(index, draws=DRAWS, seed=1):
    return np.random.default_rng(seed).random(draws) ** -index


# --- draws ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0.2, 0.5, 0.7, 1.0, 1.5])
def test_the_index_of_a_pareto_distribution_is_found(index):
    error = (1 + index) / math.sqrt(tail_size(DRAWS))
    indices = [tail_index(pareto(index, seed=seed)) for seed in range(20)]
    assert abs(np.mean(indices) - index) < 4 * error / math.sqrt(20)
    assert np.std(indices) < 1.5 * error


@pytest.mark.parametrize(
    ("draw", "low", "high"),
    [
        (lambda rng: rng.standard_t(1, DRAWS), 0.9, 1.1),
        (lambda rng: -rng.pareto(1, DRAWS), 0.9, 1.1),  # the lower tail counts where there are negative draws
        (lambda rng: 1 / rng.pareto(1, DRAWS), 0.85, 1.15),
        (lambda rng: rng.exponential(size=DRAWS), -0.15, 0.15),
        (lambda rng: rng.standard_normal(DRAWS), -0.3, 0.1),
        (lambda rng: rng.random(DRAWS), -1.1, -0.8),
        (lambda rng: np.ones(DRAWS), -math.inf, -math.inf),
        (lambda rng: (rng.random(DRAWS) < 0.001) * 1e9, -math.inf, -math.inf),
    ],
    ids=["cauchy", "negative-pareto", "reciprocal", "exponential", "normal", "uniform", "constant", "rare-event"],
)
def test_other_tails(draw, low, high):
    assert low <= tail_index(draw(np.random.default_rng(3))) <= high


def test_few_draws_say_nothing():
    assert tail_index(pareto(2, 100)) == -math.inf


@pytest.mark.parametrize("index", [0.3, 0.9])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_histogram_knows_the_index_of_its_draws(index, sign):
    values = sign * pareto(index)
    whole = Accumulator.of(values[:30_000])
    whole.merge(Accumulator.of(values[30_000:]))
    assert whole.tail_index == pytest.approx(tail_index(values), abs=0.01)


def test_a_mean_is_reported_where_the_index_allows_it():
    light, heavy = summary_statistics(pareto(0.4)), summary_statistics(pareto(0.95))
    assert light.mean == pytest.approx(1 / 0.6, rel=0.02)
    assert heavy.mean is heavy.sd is heavy.mcse.mean is None
    assert heavy.median == pytest.approx(2**0.95, rel=0.02)
    assert summary_statistics(pareto(0.4), heavy=True).mean is None
    assert summary_statistics(pareto(0.95), heavy=False).mean > 1  # the model decides


def test_a_variance_needs_half_the_index_of_a_mean():
    assert explain_heavy_tail(0.5, "variance")
    assert not explain_heavy_tail(0.5, "mean")
    assert LIMITS["variance"] == LIMITS["mean"] / 2


# --- models -----------------------------------------------------------------------------------------------------------------


def tail_of(scenario):
    return model_tail(scenario.plan, scenario.inputs, scenario.ranks, scenario.lines, TOTAL)


WHOLE_LIFE = "extends: [large, startup, whole-life]\n"
UNBOUNDED = (
    "demand_growth: {normal: {p5: -0.3, p95: 0.6}, unit: OOM/year}\nservice_life: {lognormal: {p5: 0.75, p95: 3}, unit: year}\n"
    "demand_limit: 1e30 request/day\n"  # growth meets no limit
)


def test_a_product_of_lognormals_has_the_index_of_its_own_sigma(read_scenario):
    """ln of the product is normal, so it rises by sigma for each unit of the radius, in the direction of the sigmas."""
    scenario = read_scenario(
        "title: t\nprices: 2026 USD\nchip: nvidia-h100-sxm\nbasis: rented\nlines: [rental_cost]\ndeflator: 1\n"
        "rental_price: {lognormal: {p5: 1, p95: 4}, unit: USD/chip/hour}\n"
        "billed_chip_hours: {lognormal: {p5: 1e6, p95: 9e6}, unit: chip*hour}\n"
    )
    sigma = math.hypot(math.log(4), math.log(9)) / (2 * 1.6448536)
    tail = tail_of(scenario)
    assert tail.index == pytest.approx(sigma * (FAR - NEAR) / FALL, rel=1e-3)
    assert tail.inputs == ("billed_chip_hours", "rental_price")


def test_growth_times_life_in_an_exponent_has_no_mean_though_each_alone_has(read_scenario):
    """The rise along a ray of exp(g L) for normal g and lognormal L, by a grid over the circle."""
    index = tail_of(read_scenario(WHOLE_LIFE + UNBOUNDED)).index
    angle = np.linspace(0, math.pi / 2, 2000)

    def highest(radius):
        growth = (0.15 + 0.45 / 1.6448536 * radius * np.cos(angle)) * math.log(10)
        life = 1.5 * np.exp(math.log(4) / (2 * 1.6448536) * radius * np.sin(angle))
        return np.max(growth * life - np.log(growth))  # (exp(g L) - 1) / g of the model, up to a constant

    assert index == pytest.approx((highest(FAR) - highest(NEAR)) / FALL, rel=0.05)
    assert index > 1
    assert tail_of(read_scenario(WHOLE_LIFE)).index < MODEL_LIMITS["mean"]  # growth and life are bounded in the library


PRESETS = [
    *sorted(library.names("scenarios")),
    *(
        f"{tier}+{organisation}+{scope}"
        for tier, organisation, scope in itertools.product(
            ("small-medium", "large", "cutting-edge"), ("tech-company", "startup"), ("development", "whole-life")
        )
    ),
]


def preset(name, read_scenario):
    """The scenario of a built-in name, or of several laid over each other; a part that is no scenario alone is skipped."""
    if "+" in name:
        return read_scenario(f"extends: [{name.replace('+', ', ')}]\n")
    from simulator.core.errors import InvalidInputError

    try:
        return read(name)
    except InvalidInputError:
        pytest.skip("a part of a scenario")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_finite_moments(name, read_scenario):
    assert not tail_of(preset(name, read_scenario)).is_too_heavy("mean")


def test_limits_are_a_half_and_a_quarter_less_what_two_points_leave_uncertain():
    assert 0.45 < MODEL_LIMITS["mean"] < 0.5
    assert MODEL_LIMITS["variance"] == MODEL_LIMITS["mean"] / 2


# --- what is reported -------------------------------------------------------------------------------------------------------


def test_a_heavy_tail_leaves_quantiles_and_takes_means(read_scenario):
    result = simulate(read_scenario(f"{WHOLE_LIFE}{UNBOUNDED}budget: 60e6\n"), 20_000)
    summary = summarize_run(result)
    total = summary.total
    assert total.mean is total.sd is total.mcse.mean is None
    assert 0 < total.low < total.median < total.high
    assert summary.quantities["staff_cost"].mean > 0
    stands = budget_of(result)
    assert 0 < stands.probability_within < 1
    assert stands.expected_overrun is stands.expected_overrun_given_overrun is stands.cvar_95 is None
    (note,) = (note for note in summary.notes if (note.code, note.subject) == ("no-mean", TOTAL))
    assert "too heavy for a mean" in note.text
    assert "total cost" in note.text


@pytest.mark.parametrize(
    "command",
    [
        "run {} --draws 20000",
        "budget {} --budget 60e6 --draws 20000",
        "sensitivity {} --draws 8192",
        "compare {} large --draws 5000",
        "stress {} --draws 2000 --shock shortage-2023",
        "stress {} --draws 2000 --sweep",
        "levers {} --draws 2000 --only serving-quantisation",
        "portfolio {} large --draws 5000",
    ],
)
def test_every_command_bears_a_total_without_a_mean(command, tmp_path):
    (tmp_path / "heavy.yaml").write_text(WHOLE_LIFE + UNBOUNDED, encoding="utf-8")
    arguments = command.format(tmp_path / "heavy.yaml").split()
    for form in ("table", "json"):
        done = CliRunner().invoke(cli, [*arguments, "--format", form])
        assert done.exit_code == 0, done.output
    assert "null" in done.stdout
    json.loads(done.stdout)


def test_drivers_of_a_heavy_tail_are_ranked_by_the_variance_of_the_logarithm(tmp_path):
    (tmp_path / "heavy.yaml").write_text(WHOLE_LIFE + UNBOUNDED, encoding="utf-8")
    ranks = []
    for seed in ("1", "2"):
        arguments = ["sensitivity", str(tmp_path / "heavy.yaml"), "--method", "draws", "--seed", seed, "--format", "json"]
        data = json.loads(CliRunner().invoke(cli, arguments).stdout)
        assert data["variance_of"] == "log cost"
        first = data["drivers"][0]
        assert first["share_of_variance"]["value"] > 0.1
        assert first["share_of_p95"] is first["if_known"]["expected_gain"] is first["if_known"]["contingency_shrinks"] is None
        ranks.append([row["name"] for row in data["drivers"][:3]])
    assert ranks[0] == ranks[1]


# --- reported errors are valid --------------------------------------------------------------------------------------------

SEEDS = 50
MOST = 1.45  # the dispersion of 50 estimates over their errors exceeds 1.36 once in 1,000 (of 300)


def dispersion_over_errors(values, reported):
    """The standard deviation of estimates over the mean of their errors."""
    dispersion = np.std(values, ddof=1)
    if dispersion <= 1e-9 * abs(values[0]):
        return 0
    error = np.mean(reported)
    return dispersion / error if error else math.inf


def test_errors_that_are_too_small_are_noticed():
    values = np.random.default_rng(0).normal(5, 2, SEEDS)
    assert dispersion_over_errors(values, np.full(SEEDS, 2.0)) < MOST < dispersion_over_errors(values, np.full(SEEDS, 1.0))
    assert dispersion_over_errors(np.full(SEEDS, 5.0), np.zeros(SEEDS)) == 0
    assert dispersion_over_errors(values, np.zeros(SEEDS)) == math.inf


MEANS = ("mean", "CVaR95")
RANKS = ("median", "low", "high", "P80", "probability of staying within")


def figures_over_seeds(scenario):
    """The figures of the total over seeds and their reported errors, by name; those that rest on a mean where it has one."""
    runs = []
    budget = None
    has_mean = not tail_of(scenario).is_too_heavy("mean")
    for seed in range(SEEDS):
        result = simulate(scenario, 8_192, seed, threads=1, keep=(TOTAL,))
        accumulator, total = result.accumulators[TOTAL], result.retained_draws[TOTAL]
        budget = float(np.quantile(total, 0.8)) if budget is None else budget
        summary = summarize(accumulator, has_mean=has_mean)
        within = probability(total <= budget)
        figures = [summary.median, summary.low, summary.high, summary.quantiles[80], within.value]
        errors = [*accumulator.quantile_errors(np.array([0.5, 0.025, 0.975, 0.8])), within.error]
        if has_mean:
            _, cvar = tail_risk(total, 0.95)
            figures += [summary.mean, cvar.value]
            errors += [summary.mean_error, cvar.error]
        runs.append([figures, errors])
    keys = (*RANKS, *MEANS) if has_mean else RANKS
    return dict(zip(keys, np.transpose(runs), strict=True))  # by figure: estimates and errors, by seed


@pytest.fixture(scope="module")
def computed():
    """Figures over seeds by preset: both groups of figures are those of the same runs."""
    return {}


ERRORS_TOO_SMALL = {
    ("cutting-edge+startup+whole-life", "means"): "the fitted tail index is 0.57 in a million draws and 0.7 in 8,192, but 0.30 "
    "beyond a probability of 1e-6, by which a mean is reported: the reported errors of mean and CVaR are half of the true ones"
}


def groups_of_figures():
    for name, group in itertools.product(PRESETS, ("ranks", "means")):
        reason = ERRORS_TOO_SMALL.get((name, group))
        marks = () if reason is None else pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason)
        yield pytest.param(name, group, marks=marks)


@pytest.mark.parametrize(("name", "group"), [*groups_of_figures()])
def test_the_errors_of_a_preset_cover_its_figures_over_seeds(name, group, read_scenario, computed):
    scenario = preset(name, read_scenario)
    if not any(not each.distribution.is_constant for each in scenario.inputs.values()):
        pytest.skip("nothing is uncertain here")
    if name not in computed:
        computed[name] = figures_over_seeds(scenario)
    for key in {"ranks": RANKS, "means": MEANS}[group]:
        if key not in computed[name]:
            continue  # withheld
        values, reported = computed[name][key]
        ratio = dispersion_over_errors(values, reported)
        assert ratio < MOST, f"{key}: {np.std(values, ddof=1):.3g} over seeds, {np.mean(reported):.3g} reported, {ratio:.2f}"


NEAR_THE_LIMIT = pytest.mark.xfail(
    strict=True,
    reason="at 20,000 draws the index is 0.79 on average over ten seeds, above the limit of 0.7; with one of them (1.02) it is "
    "so by three standard errors, and the mean is withheld",
)


@pytest.mark.parametrize(
    "preset_name", [pytest.param("large+startup+whole-life", marks=NEAR_THE_LIMIT), "small-medium+tech-company+whole-life"]
)
def test_whether_a_mean_is_reported_does_not_depend_on_the_seed(preset_name, read_scenario):
    scenario = preset(preset_name, read_scenario)
    assert {simulate(scenario, 20_000, seed).why_no_mean() for seed in range(10)} == {""}


def test_equal_exceedances_have_no_tail():
    assert pareto_index(np.full(50, 2.0)) == -math.inf
