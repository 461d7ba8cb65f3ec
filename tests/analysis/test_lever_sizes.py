"""Each lever of the library changes what its source measured, in the size of its source; the table of levers shows it."""

import math

import lever_sizes
import levers_table
import numpy as np
import pytest
from lever_sizes import active, changes, levers, scenarios

from simulator.engine.inputs import GRADES
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, library
from simulator.scenario.schema import AdjustmentRow

LEVERS = levers()
BY_EFFECTS = [name for name, lever in LEVERS.items() if not lever.choice]
BY_CHOICE = [name for name, lever in LEVERS.items() if lever.choice]


def row_of(name):
    return AdjustmentRow.model_validate(library.find_file("levers", name).plain())


def holds(values, p, expected):
    """Whether a share p of the values lies below, within 4.5 standard errors and the rounding of the figure (1 %)."""
    near = np.mean(values < expected * 0.99), np.mean(values <= expected * 1.01)
    slack = 4.5 * math.sqrt(p * (1 - p) / len(values))
    return near[0] - slack <= p <= near[1] + slack


def test_every_lever_of_the_library_has_a_size():
    assert sorted(LEVERS) == list(library.names("levers"))
    assert {name for name in LEVERS if row_of(name).choice} >= set(BY_CHOICE)
    assert {name for name in LEVERS if not row_of(name).effects} <= set(BY_CHOICE)


def test_every_effect_of_a_lever_has_a_size():
    apart = {"chip_hours_from", "rollback.run_share", "network_factor"}  # of a risk, and of chips that are owned
    for name, lever in LEVERS.items():
        assert {effect.on for effect in row_of(name).effects} - apart <= {change.on for change in lever.effects}, name


@pytest.mark.parametrize("name", BY_EFFECTS)
def test_lever_changes_its_quantities_as_its_source_states(name):
    lever = LEVERS[name]
    assert row_of(name).probability_of_none == lever.none
    for change in lever.effects:
        values = changes(name)[change.on]
        effective = active(lever, change, values)
        if lever.none and change.how in lever_sizes.NEUTRAL and change.on != "partner_share":
            share = 1 - len(effective) / len(values)
            assert abs(share - lever.none) < 4.5 * math.sqrt(lever.none * (1 - lever.none) / len(values)) + 1e-3
        for p, expected in zip(levers_table.PERCENTS, change.quantiles, strict=True):
            if expected is not None:
                assert holds(effective, p, expected), (change.on, p, np.quantile(effective, p))


@pytest.mark.parametrize("name", BY_CHOICE)
def test_lever_that_selects_a_choice_has_a_size_in_the_range_of_its_source(name):
    for change in LEVERS[name].effects:
        low, _, high = change.quantiles
        assert low * 0.99 <= np.median(changes(name)[change.on]) <= high * 1.01, change.on


@pytest.mark.parametrize("name", LEVERS)
def test_lever_changes_a_line_or_an_outcome(name):
    before, after = scenarios(LEVERS[name])
    kept = [TOTAL, *before.outcomes, *after.outcomes]
    old, new = (
        simulate(each, 300, keep=[key for key in kept if key in each.plan.names]).retained_draws for each in (before, after)
    )
    assert any(key not in old or (old[key] != new[key]).any() for key in new)
    text = f"lever {name}: grade {row_of(name).grade}, {GRADES[row_of(name).grade]}"
    assert text in "\n".join(map(str, after.notes))


def test_fewer_days_on_more_chips():
    for name in ("bigger-clusters", "data-parallelism", "large-batch-training"):
        before, after = scenarios(LEVERS[name])
        old, new = (simulate(each, 300, keep=["wall_clock"]).retained_draws["wall_clock"] for each in (before, after))
        assert np.median(new / old) < 1


def test_immersion_never_raises_the_overhead_of_the_site():
    before, after = scenarios(LEVERS["immersion-cooling"])
    old, new = (simulate(each, 1000, keep=["pue"]).retained_draws["pue"] for each in (before, after))
    assert (new <= old).all()
    assert (new < old).any()


def test_each_partner_pays_its_part_and_the_overhead():
    _, after = scenarios(LEVERS["sharing-consortium"])
    draws = simulate(after, 1000, keep=["partner_cost", "sharing_overhead", TOTAL]).retained_draws
    np.testing.assert_allclose(draws["partner_cost"], draws[TOTAL] * (1 + draws["sharing_overhead"]) / 4, rtol=1e-12)


def test_synthetic_text_is_paid_for():
    _, after = scenarios(LEVERS["synthetic-data"])
    names = ["synthetic_data_cost", "synthetic_share", "training_tokens", "synthetic_price", "deflator"]
    draws = simulate(after, 1000, keep=names).retained_draws
    tokens = draws["training_tokens"] * draws["synthetic_share"]
    np.testing.assert_allclose(draws["synthetic_data_cost"], tokens * draws["synthetic_price"] * draws["deflator"], rtol=1e-12)
    assert "synthetic_data_cost" in after.lines


def test_checkpointing_saves_memory_and_costs_time():
    before, after = scenarios(LEVERS["gradient-checkpointing"])
    keep = ["smallest_cluster", "chip_hours"]
    old, new = (simulate(each, 1000, keep=keep).retained_draws for each in (before, after))
    # 405e9 parameters x 16 bytes over 80 GB less 20 GB of activations
    np.testing.assert_allclose(old["smallest_cluster"], 405e9 * 16 / 60e9, rtol=1e-12)
    assert (new["smallest_cluster"] < old["smallest_cluster"]).all()
    assert (new["chip_hours"] > old["chip_hours"]).all()


def test_table_of_levers_is_that_of_the_library():
    assert levers_table.PAGE.read_text(encoding="utf-8") == levers_table.written()
