"""Messages that are true, and that fit a caller in Python as well as the command line."""

import pytest

import llmcost
from llmcost.units import Usd

MAIN = {"draws": 2000}


def contract_cost(chip_cost: Usd) -> Usd:
    """A contract."""
    return chip_cost * 0.1


def message_of(call):
    with pytest.raises(llmcost.LlmcostError) as error:
        call()
    assert "--" not in str(error.value)
    return str(error.value)


def test_an_input_that_was_not_requested_has_no_value_in_the_result():
    values = llmcost.value_of_information("gpt-4", "run_duration", draws=2048)
    message = message_of(lambda: values.of("chip_price"))
    assert message == "there is no value of 'chip_price' in this result, which has run_duration; request it in `inputs`"


def test_a_computed_quantity_of_a_scenario_is_shown():
    rented = llmcost.open_scenario("gpt-4", basis="rented")
    (price,) = llmcost.show("rental_price", rented).entries
    assert (price.kind, price.unit, price.needs, price.users) == (
        "quantity",
        "USD/chip/hour",
        ("on_demand_price",),
        ("rent",),
    )
    ours = llmcost.open_scenario("gpt-4", sets={"lines": ["inherited", "contract_cost"]}, formulas=contract_cost)
    (own,) = llmcost.show("contract_cost", ours).entries
    assert (own.about, own.needs) == ("A contract.", ("chip_cost",))
    assert own.formula.endswith(".contract_cost")
    assert message_of(lambda: llmcost.show("rental_price", "gpt-4")) == "no line or outcome of gpt-4 uses 'rental_price'"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: llmcost.budget("gpt-4", **MAIN).contingency_at(81), "request it as one of the `levels`"),
        (lambda: llmcost.reweight("gpt-4", {"chip_price": "1 to 2"}, **MAIN), "simulate the changed scenario instead"),
        (lambda: llmcost.figure("prior", "gpt-4", **MAIN), "Name one as `of`"),
        (lambda: llmcost.read("zzzz"), "`list_scenarios()` shows them"),
        (lambda: llmcost.read("gpt-4", sets={"chip": "zzzz"}), "`list_chips()` shows them"),
        (lambda: llmcost.read("gpt-4", levers="zzzz"), "`list_levers()`"),
        (lambda: llmcost.read("gpt-4", sets={"zzzz": 3}), "`list_quantities()` shows them"),
        (lambda: llmcost.show("zzzz"), "functions such as `list_quantities()`"),
        (lambda: llmcost.priors_from_quotes("quotes.csv"), "name the `chip` of all quotes"),
        (lambda: llmcost.priors_from_quotes("quotes.csv", chip="zzzz"), "`list_chips()` shows them"),
    ],
)
def test_messages_name_no_option_of_the_command_line(call, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quotes.csv").write_text("price,unit\n2,USD/hour\n")
    assert words in message_of(call)
