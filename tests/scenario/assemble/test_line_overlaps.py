"""Lines that count something twice, derived from the formulas."""

import pytest
from scenario_texts import RUN, refusal_of

from simulator.core import units
from simulator.engine.simulate import simulate
from simulator.model import base_graph
from simulator.scenario import InvalidInputError, library, read
from simulator.scenario.assemble.line_overlaps import _added_up


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("hardware_cost", ("chip_cost", "server_cost", "network_cost")),
        ("acquisition_cost", ("chip_purchase", "server_purchase", "network_purchase")),
        ("rental_cost", ("rent",)),  # at the prices of another year, and the same amount
        ("final_run_cost", ("compute_cost",)),  # a share of all compute
        ("support_cost", ()),  # in proportion to a bill, and a payment of its own
        ("refresh_cost", ()),
        ("cash_cost", ("total_cost", "fleet_payments")),  # credits are taken off
        ("energy_cost", ()),
    ],
)
def test_parts_of_an_amount(name, parts):
    formula = base_graph().formulas[name]
    needed = tuple(base_graph().units[need] for need in formula.needs)
    is_line = hasattr(formula.function, "__line__")
    assert _added_up(formula.function, formula.needs, needed, is_line=is_line) == parts


def test_total_is_the_same_in_one_line_and_in_its_parts(read_scenario):
    """The refused sum of both would be twice the cost of the hardware."""
    one = simulate(read_scenario(RUN + "lines: [hardware_cost]\n"), 1000)
    three = simulate(read_scenario(RUN + "lines: [chip_cost, server_cost, network_cost]\n"), 1000)
    assert one.point == pytest.approx(three.point, rel=1e-12)
    message = refusal_of(read_scenario, RUN + "lines: [hardware_cost, server_cost]\n")
    assert "hardware_cost holds server_cost" in message


def test_own_formula_that_adds_up_lines_overlaps_and_one_in_proportion_does_not(read_scenario):
    def everything(chip_cost: units.Usd, energy_cost: units.Usd) -> units.Usd:
        """Chips and energy."""
        return chip_cost + energy_cost

    def contract(chip_cost: units.Usd) -> units.Usd:
        """A tenth of the chips, for a contract."""
        return chip_cost * 0.1

    message = refusal_of(read_scenario, RUN + "lines: [energy_cost, everything]\n", formulas=[everything])
    assert "everything holds energy_cost" in message
    assert read_scenario(RUN + "lines: [chip_cost, contract]\n", formulas=[contract]).lines == ("chip_cost", "contract")


def issues_of(name):
    try:
        read(name)
    except InvalidInputError as error:  # incomplete ones lack values
        return error.issues
    return ()


def test_no_scenario_of_the_library_counts_twice():
    for name in library.names("scenarios"):
        assert not any(" again" in issue.message or "same chips" in issue.message for issue in issues_of(name)), name
