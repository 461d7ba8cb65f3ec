"""Terms of payment: those of the library, of formulas and of a scenario, and which costs are no payment."""

import numpy as np
import pytest

from simulator import model
from simulator.core.errors import InvalidInputError
from simulator.engine.inputs import GRADES
from simulator.engine.simulate import simulate
from simulator.model.lines import line
from simulator.scenario import read
from simulator.scenario.assemble.payments import terms_of_library

DAY, MONTH = 24.0, 730.5
PLAN = """lines: [licence_cost, energy_cost]
outcomes: []
licence_cost: 5 USD
energy_cost: 7 USD
"""


def terms(scenario, of):
    each = scenario.payments[of]
    return each.name, each.due, each.lag, each.deposit, each.lead


def test_every_line_of_the_model_has_terms_of_the_library():
    named = terms_of_library()
    for name, each in model.LINES.items():
        assert set(each.paid.values()) <= set(named), name
    assert {"arrears", "monthly", "upfront", "purchase", "commitment", "prepayment", "accrual-only"} == set(named)


def test_terms_of_the_library_have_a_source_a_date_and_a_grade():
    for name, each in terms_of_library().items():
        assert each.grade in GRADES, name
        assert each.sources, name
        assert each.date, name
        if each.grade == "D":
            assert each.about.startswith("Assumption:"), name


def test_terms_are_those_of_the_formula(read_plan):
    scenario = read_plan(PLAN)
    assert terms(scenario, "energy_cost") == ("arrears", "use", 30 * DAY, 0, 0)
    assert terms(scenario, "licence_cost") == ("upfront", "start", 0, 0, 0)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["commitment=on-demand"], "arrears"),
        (["commitment=one-year"], "commitment"),
    ],
)
def test_terms_of_a_rent_are_those_of_its_commitment(options, expected):
    scenario = read("llama-3.1-405b", sets=["basis=rented", *options])
    assert scenario.payments["rental_cost"].name == expected


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ("{energy_cost: upfront}", ("upfront", "start", 0, 0, 0)),
        ("{energy_cost: {lag: 60 day}}", ("arrears", "use", 60 * DAY, 0, 0)),
        ("{energy_cost: {terms: purchase, deposit: 50%, lead: 3 month}}", ("purchase", "start", 0, 0.5, 3 * MONTH)),
        ("{arrears: {lag: 45 day}}", ("arrears", "use", 45 * DAY, 0, 0)),
        ("{arrears: {lag: 45 day}, energy_cost: {deposit: 10%}}", ("arrears", "use", 45 * DAY, 0.1, 0)),
    ],
)
def test_a_scenario_changes_terms_by_line_or_by_name(read_plan, payments, expected):
    assert terms(read_plan(PLAN + f"payments: {payments}\n"), "energy_cost") == expected


def test_a_later_file_changes_the_terms_of_an_earlier_one(tmp_path):
    (tmp_path / "base.yaml").write_text(PLAN + "payments: {energy_cost: {terms: purchase, deposit: 50%}}\n", encoding="utf-8")
    (tmp_path / "top.yaml").write_text("extends: base.yaml\npayments: {energy_cost: {lead: 1 month}}\n", encoding="utf-8")
    assert terms(read(str(tmp_path / "top.yaml")), "energy_cost") == ("purchase", "start", 0, 0.5, MONTH)
    (tmp_path / "top.yaml").write_text("extends: base.yaml\npayments: {energy_cost: monthly}\n", encoding="utf-8")
    assert terms(read(str(tmp_path / "top.yaml")), "energy_cost") == ("monthly", "use", 0, 0, 0)
    # what the scenario inherits and does not have as a line has no effect, as lines of other presets have none
    (tmp_path / "top.yaml").write_text("extends: base.yaml\nlines: [licence_cost]\n", encoding="utf-8")
    assert set(read(str(tmp_path / "top.yaml")).payments) == {"licence_cost"}


@pytest.mark.parametrize(
    ("payments", "message"),
    [
        ("{energy_cots: upfront}", "terms of payment; did you mean 'energy_cost'?"),
        ("{energy_cost: upfrnt}", "there are no terms of payment 'upfrnt'; there are arrears"),
        ("{energy_cost: {lag: 5 USD}}", "USD cannot be converted to hour"),
        ("{energy_cost: {lag: 5 to 9 day}}", "must be a single time, such as 30 day"),
        ("{energy_cost: {lag: -5 day}}", "it cannot be below 0"),
        ("{energy_cost: {deposit: 150%}}", "deposit"),
        ("{energy_cost: {delay: 5 day}}", "there is no such key"),
        ("{hardware: purchase}", "'hardware' is neither a line here"),
    ],
)  # fmt: skip
def test_invalid_terms_are_refused(read_plan, payments, message):
    with pytest.raises(InvalidInputError) as caught:
        read_plan(PLAN + f"payments: {payments}\n")
    assert message in str(caught.value)


@pytest.fixture
def owned(tmp_path):
    """Own chips that are paid at delivery."""
    path = tmp_path / "owned.yaml"
    path.write_text(
        "extends: [owner-costs, gpt-4]\npayments: {hardware: purchase, energy_cost: monthly, network_cost: monthly}\n",
        encoding="utf-8",
    )
    return str(path)


def unpaid(scenario):
    return {note.subject: note.text for note in scenario.notes if note.code == "payment-without-cost"}


@pytest.mark.parametrize("options", [{"basis": "rented"}, {"sets": ["basis=rented"]}])
def test_terms_of_a_cost_that_an_option_takes_out_are_noted(owned, options):
    notes = unpaid(read(owned, **options))
    assert set(notes) == {"hardware", "energy_cost", "network_cost"}
    assert notes["hardware"].startswith("terms of payment of hardware (")
    assert notes["hardware"].endswith("owned.yaml:2:12) have no effect: there is no cost of that name with basis=rented")
    assert not unpaid(read(owned))
    assert set(unpaid(read(owned, sets=["lines=[compute]", "without=[facility_price]"]))) == set()
    assert set(unpaid(read(owned, basis="purchased"))) == {"hardware", "network_cost"}


def test_terms_of_a_cost_that_the_file_itself_does_not_have_are_refused(tmp_path, owned):
    path = tmp_path / "rented.yaml"
    path.write_text(f"extends: {owned}\nbasis: rented\npayments: {{chip_cost: monthly}}\n", encoding="utf-8")
    for options in ({}, {"basis": "rented"}, {"sets": ["budget=5e7"]}):
        with pytest.raises(InvalidInputError, match="'chip_cost' is neither a line here"):
            read(str(path), **options)
    with pytest.raises(InvalidInputError, match="'hardwear' is neither a line here"):
        read(owned, basis="rented", sets=["payments={hardwear: purchase}"])


def test_a_comparison_of_own_with_rented_chips_says_which_terms_have_no_effect(owned):
    import llmcost

    comparison = llmcost.compare(owned, f"{owned}:basis=rented", names=["Own", "Rent"], draws=200)
    (note,) = [each for each in comparison.notes if each.subject == "hardware"]
    assert note.text.startswith("Rent: terms of payment of hardware (")


def test_hardware_is_paid_at_delivery_or_not_at_all():
    with pytest.raises(InvalidInputError, match="hardware is paid when it is delivered; write `purchase`"):
        read("gpt-4", sets=["payments={hardware: arrears}"])
    assert read("gpt-4", sets=["payments={hardware: {terms: purchase, deposit: 0}}"]).payments["hardware"].is_cash
    assert not read("gpt-4").payments["hardware"].is_cash


def test_a_formula_of_the_user_says_how_it_is_paid():
    from llmcost.units import Fraction, Usd

    @line("development", paid="upfront")
    def contract_cost(chip_cost: Usd, contract_share: Fraction) -> Usd:
        return chip_cost * contract_share

    sets = {"lines": ["inherited", "contract_cost"], "contract_share": "5% to 12%"}
    import llmcost

    opened = llmcost.open_scenario("gpt-4", sets=sets, formulas=contract_cost)
    assert opened.scenario.payments["contract_cost"].name == "upfront"


# --- what is no payment -----------------------------------------------------------------------------------------------------


def test_the_cash_cost_leaves_out_depreciation_and_equity():
    names = ["total_cost", "cash_cost", "chip_cost", "server_cost", "network_cost", "team.effort", "team.equity", "deflator"]
    draws = simulate(read("gpt-4", sets=["outcomes=[cash_cost]"]), 100, keep=names).retained_draws
    hardware = draws["chip_cost"] + draws["server_cost"] + draws["network_cost"]
    equity = draws["team.effort"] * draws["team.equity"] * draws["deflator"]
    np.testing.assert_allclose(draws["cash_cost"], draws["total_cost"] - hardware - equity, rtol=1e-12)


def test_idle_hours_of_own_chips_pay_for_their_site_and_not_for_their_depreciation():
    names = ["idle_cost", "idle_noncash_cost", "fixed_cost", "fixed_noncash_share", "chip_cost", "server_cost", "network_cost",
             "capital_cost", "resale_credit"]  # fmt: skip
    plain = read("llama-3.1-405b", sets=["basis=owned", "fleet_use=0.5", "outcomes=[cash_cost]"])
    kept = [name for name in names if name in plain.plan.names]
    draws = simulate(plain, 100, keep=kept).retained_draws
    never = sum(
        draws[name] for name in kept if name.endswith(("chip_cost", "server_cost", "network_cost", "capital_cost", "credit"))
    )
    np.testing.assert_allclose(draws["idle_noncash_cost"], draws["idle_cost"] * never / draws["fixed_cost"], rtol=1e-12)


def test_a_line_with_terms_without_payment_is_no_cash(read_plan):
    scenario = read_plan(PLAN.replace("outcomes: []", "outcomes: [cash_cost]") + "payments: {energy_cost: accrual-only}\n")
    assert simulate(scenario, 100, keep=["cash_cost"]).retained_draws["cash_cost"][0] == 5
