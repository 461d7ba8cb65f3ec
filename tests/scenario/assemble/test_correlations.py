"""Rank correlations between priors."""

import pytest
from scenario_texts import RUN, correlated, refusal_of, write_files

from simulator.distributions import Posterior
from simulator.scenario import read


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("mfu", "goodput", 0.3), ("goodput", "mfu", 0.2)], "goodput and mfu are correlated twice; keep one"),
        ([("mfu", "mfu", 0.3)], "mfu is correlated with itself"),
        ([("mfu", "goodputt", 0.3)], "goodputt is not a prior here, so it cannot be correlated; did you mean 'goodput'?"),
        ([("mfu", "chips", 0.3)], "chips is a known number here, so it cannot be correlated"),
        ([("mfu", "chip_hours", 0.3)], "chip_hours is not a prior here"),
        ([("mfu", "goodput", 1.2)], "less than or equal to 1; got '1.2'"),
        ([("mfu", "goodput", -1.2)], "greater than or equal to -1; got '-1.2'"),
        ([("mfu", "goodput", "high")], "'high' is not a number"),
        (
            [("mfu", "goodput", 0.9), ("goodput", "pue", 0.9), ("mfu", "pue", -0.9)],
            "these rank correlations are inconsistent",
        ),
    ],
)
def test_dependence_that_cannot_hold_is_refused(pairs, message, read_scenario):
    assert message in refusal_of(read_scenario, correlated(*pairs))


def test_dependence_on_one_prior_alone_is_refused(read_scenario):
    message = refusal_of(read_scenario, RUN + "dependence: [{between: [mfu], rank: 0.3}]\n")
    assert "dependence" in message


def test_dependence_is_kept_by_names_in_order(read_scenario):
    assert read_scenario(correlated(("mfu", "goodput", 0.3), ("pue", "mfu", -0.2))).ranks == {
        ("goodput", "mfu"): 0.3,
        ("mfu", "pue"): -0.2,
    }


def test_dependence_of_a_base_gives_way_to_what_is_known_and_to_a_new_rank(tmp_path):
    write_files(
        tmp_path,
        base=correlated(("mfu", "goodput", 0.3)),
        known="extends: base.yaml\nmfu: 0.4\n",
        other="extends: base.yaml\ndependence: [{between: [goodput, mfu], rank: 0.6}]\n",
    )
    assert read(str(tmp_path / "known.yaml")).ranks == {}
    assert read(str(tmp_path / "other.yaml")).ranks == {("goodput", "mfu"): 0.6}


def test_posterior_cannot_be_correlated_again(read_scenario):
    scenario = read_scenario(RUN)
    assert isinstance(scenario.inputs["mfu"].distribution, Posterior)
    assert scenario.inputs["mfu"].stream == scenario.inputs["reference_goodput"].stream == "posterior/utilisation"
    message = refusal_of(read_scenario, RUN + "dependence: [{between: [mfu, goodput], rank: 0.5}]\n")
    assert "comes from a posterior, whose draws are joint already" in message
