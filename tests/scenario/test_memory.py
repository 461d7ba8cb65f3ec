"""A scenario with a memory assembles each variant once, and gives what it gives without."""

import pytest

from simulator.core.errors import Issue
from simulator.scenario import Overrides, open_scenario, with_memory
from simulator.scenario.assemble.pipeline import Base

CHANGES = [
    {}, {"basis": "rented"}, {"levers": ["fp8-training"]}, {"shocks": ["chip-price-double"]}, {"sets": ["mfu=0.4"]},
    {"budget": 1e6}, {"sets": {"chips": 20_000}},
]  # fmt: skip


@pytest.fixture
def assembled(monkeypatch):
    """Count the assemblies."""
    calls = []
    try_assemble = Base.try_assemble
    monkeypatch.setattr(Base, "try_assemble", lambda self, layers: calls.append(layers) or try_assemble(self, layers))
    return calls


def result(opened, changes, *, lenient):
    variant = (opened.allowing_unused() if lenient else opened).with_(**changes).try_scenario()
    return variant.message if isinstance(variant, Issue) else (variant.fingerprint, variant.unused_options)


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_variant_is_the_same_with_and_without_a_memory(changes):
    plain, remembering = open_scenario("gpt-4"), with_memory(open_scenario("gpt-4"))
    for lenient in (True, False, True):  # an unused setting is an error or not, whatever was asked for before
        assert result(remembering, changes, lenient=lenient) == result(plain, changes, lenient=lenient)


def test_a_variant_is_assembled_once(assembled):
    opened = with_memory(open_scenario("gpt-4"))
    for each in (opened, opened.allowing_unused(), with_memory(opened), opened.without_shocks()):
        assert each.with_(basis="rented").try_scenario().lines == ("rental_cost", "staff_cost")
    assert len(assembled) == 1


def test_other_formulas_and_other_files_have_no_part_in_it():
    from llmcost.units import Usd

    def extra_cost() -> Usd:
        """Extra."""
        return 1.0

    opened = with_memory(open_scenario("gpt-4", Overrides()))
    lines = opened.scenario.lines
    assert opened.with_(formulas=extra_cost).base.memory is None
    assert opened.base.including([]).memory is None
    assert opened.scenario.lines == lines
