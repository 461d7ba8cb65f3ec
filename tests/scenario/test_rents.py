"""Rents by channel and term: the rows that a chip has, what replaces them, and the discounts that apply to them."""

import pytest
from scenario_texts import RUN, refusal_of

from simulator.core.units import Unit
from simulator.scenario import library
from simulator.scenario.entries import Reader, library_entry
from simulator.scenario.rents import DISCOUNTS, PRICES, channel_of, rents_of

RENTED = RUN + "basis: rented\n"
USD_PER_CHIP_HOUR = Unit("USD/chip/hour")
ROWS = [(quantity, name) for quantity in (*PRICES.values(), *DISCOUNTS.values()) for name in library.rows_of(quantity)]
TERM_OF = {**{price: term for term, price in PRICES.items()}, **{discount: term for term, discount in DISCOUNTS.items()}}
NAMED = [
    (chip, channel, term, row)
    for chip in library.chips()
    for channel, terms in rents_of(chip).items()
    for term, row in terms.items()
]


def median(quantity, row):
    return Reader().distribution(quantity, library_entry(quantity, row), USD_PER_CHIP_HOUR).quantile(0.5)


@pytest.mark.parametrize(("quantity", "name"), ROWS)
def test_every_rent_and_discount_states_its_channel_and_the_term_of_its_quantity(quantity, name):
    entry = library_entry(quantity, name)
    assert entry.channel
    assert entry.term == TERM_OF[quantity]


@pytest.mark.parametrize(("chip", "channel", "term", "row"), NAMED)
def test_a_chip_has_rows_of_the_channel_and_the_term_under_which_it_names_them(chip, channel, term, row):
    entry = library_entry(PRICES[term], row)
    assert channel in entry.channel
    assert entry.term == term


@pytest.mark.parametrize("discount", DISCOUNTS.values())
def test_the_default_discount_of_a_channel_was_measured_on_it(discount):
    defaults = [channel for channel in ("neocloud", "hyperscaler", "marketplace") if channel in library.rows_of(discount)]
    assert defaults
    for channel in defaults:
        assert library_entry(discount, channel).channel == (channel,)


@pytest.mark.parametrize("chip", [chip for chip in library.chips() if rents_of(chip)])
def test_a_longer_term_has_no_higher_price_in_one_channel(chip):
    for terms in rents_of(chip).values():
        prices = [median(PRICES[term], terms[term]) for term in ("three-year", "one-year", "on-demand") if term in terms]
        assert prices == sorted(prices)
        if {"spot", "on-demand"} <= terms.keys():
            assert median("spot_price", terms["spot"]) < median("on_demand_price", terms["on-demand"])


def test_the_channel_is_a_neocloud_or_the_only_one_that_has_the_chip():
    assert channel_of("nvidia-h100-sxm", None) == "neocloud"
    assert channel_of("google-tpu-v5p", None) == "hyperscaler"
    assert channel_of("google-tpu-v5p", "neocloud") == "neocloud"
    assert channel_of(None, None) == "neocloud"


@pytest.mark.parametrize(
    ("commitment", "channel", "quantity", "row"),
    [
        ("on-demand", "neocloud", "on_demand_price", "h100-neocloud-2026-08"),
        ("one-year", "neocloud", "one_year_price", "h100-one-year-2026-06"),
        ("three-year", "neocloud", "three_year_price", "h100-neocloud-three-year-2026"),
        ("spot", "neocloud", "spot_price", "h100-spot-2026-08"),
        ("on-demand", "hyperscaler", "on_demand_price", "h100-hyperscaler-2026"),
    ],
)
def test_the_rent_is_the_row_of_chip_channel_and_term(commitment, channel, quantity, row, read_scenario):
    scenario = read_scenario(RENTED, sets=[f"commitment={commitment}", f"channel={channel}"])
    assert scenario.inputs[quantity].specification == row
    assert scenario.choices["channel"] == channel
    if commitment != "on-demand":
        assert not {"one_year_discount", "three_year_discount", "spot_discount"} & scenario.inputs.keys()


def test_without_a_row_of_the_term_the_discount_of_the_channel_applies(read_scenario):
    scenario = read_scenario(RENTED, sets=["commitment=one-year", "channel=hyperscaler"])
    assert scenario.inputs["on_demand_price"].specification == "h100-hyperscaler-2026"
    assert scenario.inputs["one_year_discount"].specification == "hyperscaler"
    scenario = read_scenario(RENTED, sets=["commitment=one-year", "chip=nvidia-b200-sxm"])
    assert scenario.inputs["one_year_discount"].specification == "neocloud"


def test_a_list_price_replaces_the_rows_of_all_terms_and_a_discount_that_of_its_term(read_scenario):
    scenario = read_scenario(RENTED, sets=["commitment=one-year", "on_demand_price=3"])
    assert scenario.inputs["on_demand_price"].distribution.quantile(0.5) == 3
    assert scenario.inputs["one_year_discount"].specification == "neocloud"
    scenario = read_scenario(RENTED, sets=["commitment=one-year", "one_year_discount=0"])
    assert "one_year_price" not in scenario.inputs
    assert scenario.inputs["on_demand_price"].specification == "h100-neocloud-2026-08"


def test_a_discount_of_another_channel_than_its_list_price_is_refused(read_scenario):
    message = refusal_of(read_scenario, RENTED, sets=["commitment=one-year", "one_year_discount=hyperscaler"])
    assert "one_year_discount: hyperscaler is a discount on list prices of a hyperscaler, but on_demand_price" in message
    assert message.endswith("(h100-neocloud-2026-08) is that of a neocloud; it applies with `channel: hyperscaler`")
    message = refusal_of(
        read_scenario, RENTED + "on_demand_price: posterior/rental-large\ncommitment: one-year\none_year_discount: neocloud\n"
    )
    assert (
        "is a discount on list prices of a neocloud, but on_demand_price (posterior/rental-large) is that of a hyperscal"
        in message
    )


@pytest.mark.parametrize(
    "lines",
    [
        "on_demand_price: 3\none_year_discount: hyperscaler\n",  # a price of no channel
        "one_year_discount: 0.3\n",  # a discount of no channel
        "on_demand_price: h100-hyperscaler-2025\none_year_discount: hyperscaler\n",
    ],
)
def test_a_number_of_no_channel_combines_with_any_channel(lines, read_scenario):
    assert read_scenario(RENTED + "commitment: one-year\n" + lines)


def test_a_channel_that_does_not_rent_out_the_chip_is_refused_naming_those_that_do(read_scenario):
    message = refusal_of(read_scenario, RENTED, sets=["chip=google-tpu-v5p", "channel=neocloud"])
    assert "the library has no rent of google-tpu-v5p from a neocloud" in message
    assert message.endswith("or choose `channel: hyperscaler`")


def test_a_stated_rent_is_filed_under_the_price_of_its_term(read_scenario):
    text = RENTED + "rental_price: {value: 2, term: one-year}\n"
    assert read_scenario(text + "commitment: one-year\n").inputs["one_year_price"].distribution.quantile(0.5) == 2
    message = refusal_of(read_scenario, text, sets=["rental_price={value: 2, term: spot}"])
    assert "spot_price: has no effect here: it would with `commitment: spot`" in message
    message = refusal_of(read_scenario, RENTED + "one_year_price: {value: 2, term: spot}\n")
    assert "one_year_price: is for the term one-year, not spot; give it as spot_price" in message
    message = refusal_of(read_scenario, RENTED + "mfu: {value: 0.4, channel: neocloud}\n")
    assert "mfu: is no rent and no discount on one, so it has no channel and no term" in message


@pytest.mark.parametrize(("settings", "expected"), [
    (["commitment=one-year"], ("contract_amount",)),
    (["commitment=three-year", "reservation=shared", "idle_factor=1.2"], ("contract_amount", "counted_contract_amount")),
    (["commitment=on-demand"], ()),
])  # fmt: skip
def test_a_contract_is_an_outcome_wherever_there_is_one(read_scenario, settings, expected):
    assert read_scenario(RENTED + "outcomes: []\n", sets=settings).outcomes == expected
