"""Lists of prices as vendors write them: of rents in long and wide tables, and of tokens in JSON and CSV."""

import json

import pytest

from simulator.core.errors import InvalidInputError
from simulator.core.suggestions import InvalidValueError
from simulator.records import quotes, token_prices
from simulator.records.quote_columns import normalise_term, read_price_name
from simulator.records.token_prices import TokenOptions


@pytest.fixture
def table(tmp_path):
    """Write a table from its lines, the header first."""

    def write(*lines, name="prices.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def medians(prior_set):
    return {
        prior.quantity: prior.distribution["quantiles"]["p50"]
        if "quantiles" in prior.distribution
        else prior.distribution["value"]
        for prior in prior_set.priors
    }


def notes(prior_set):
    return "\n".join(map(str, prior_set.notes))


def refusal(reader, *arguments, **options):
    with pytest.raises(InvalidInputError) as error:
        reader(*arguments, **options)
    return str(error.value)


# --- quotes


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("price_usd_per_gpu_hour", ("USD/gpu/hour", "")),
        ("USD/GPU-hr", ("USD/gpu/hour", "")),
        ("hourly_price", ("hour", "")),
        ("on_demand_usd_per_gpu_hour", ("USD/gpu/hour", "on demand")),
        ("spot_price", ("", "spot")),
        ("1yr reserved EUR/server/month", ("EUR/server/month", "12 months")),
        ("Price per GPU hour (USD)", ("USD/gpu/hour", "")),
        ("vendor", None),
        ("gpu", None),
        ("term", None),
        ("hours", None),
        ("total", None),
        ("gpu_count", None),
        ("price_source", None),
        ("currency", None),
        ("price", None),
    ],
)
def test_name_of_a_column_of_prices(name, stated):
    assert read_price_name(name) == stated


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("On-Demand", "on demand"),
        ("PAYG", "on demand"),
        ("1 year reserved", "12 months"),
        ("36-month commitment", "36 months"),
        ("Preemptible", "spot"),
        ("three years", "36 months"),
        ("Capacity Block", "capacity block"),
        ("n/a", ""),
        ("promo", "promo"),
    ],
)
def test_term(text, term):
    assert normalise_term(text) == term


@pytest.mark.parametrize(
    "header", ["price_usd_per_gpu_hour", "USD per GPU hour", "hourly_rate_usd_gpu", "price (USD/chip/hour)"]
)
def test_unit_in_the_name_of_a_column(table, header):
    path = table(f"provider,chip,{header},date", "North,H100,3.99,2026-08-01", "South,H100,2.69,2026-08-01")
    # The geometric mean of 3.99 and 2.69.
    assert medians(quotes.read(path)) == {"rental_price": pytest.approx(3.276, abs=1e-3)}


def test_column_is_named_by_an_option(table):
    path = table("vendor,chip,Our offer,Listed", "A,H100,20,24")
    assert "price: there is no such column" in refusal(quotes.read, path)
    assert medians(quotes.read(path, price_columns=["Our offer=USD/chip/day"])) == {
        "rental_price": pytest.approx(20 / 24, rel=1e-5)
    }
    assert "Offer: there is no such column" in refusal(quotes.read, path, price_columns=["Offer=USD/chip/day"])
    two = table("vendor,chip,price_usd_gpu_hour,cost_usd_gpu_hour", "A,H100,2,3", name="two.csv")
    assert "price_usd_gpu_hour, cost_usd_gpu_hour; choose with --price-column" in refusal(quotes.read, two)
    assert medians(quotes.read(two, price_columns=["cost_usd_gpu_hour"])) == {"rental_price": 3.0}


def test_wide_table_has_a_price_for_each_term(table):
    path = table(
        "provider,gpu,on_demand_usd_per_gpu_hour,spot_usd_per_gpu_hour,1yr_usd_per_gpu_hour,3yr_usd_per_gpu_hour",
        "North,H100,4,1.5,2.5,-",
        "South,H100,4,1.5,2.5,2",
        "East,A100 80GB,1.5,0.8,1.1,-",
    )
    found = quotes.read(path, chip="H100")
    expected = {"on_demand_price": 4.0, "spot_price": 1.5, "one_year_price": 2.5, "three_year_price": 2.0}
    assert medians(found) == expected
    assert "2 of 3 rows used" in notes(found)
    assert "one_year_price takes part under `commitment: one-year`" in notes(found)


@pytest.mark.parametrize(
    ("term", "quantity"),
    [
        ("on demand", "on_demand_price"),
        ("spot", "spot_price"),
        ("1 year", "rental_price"),
        ("2 years", "rental_price"),
        ("", "rental_price"),
    ],
)
def test_term_alone_selects_the_price_of_the_supply_model(table, term, quantity):
    assert medians(quotes.read(table("chip,price_usd_gpu_hour,term", f"H100,2,{term}"))) == {quantity: 2.0}


def test_terms_side_by_side_are_prices_of_their_own_unless_one_has_none(table):
    rows = ("chip,price_usd_gpu_hour,term", "H100,4,on demand", "H100,2.5,12 months")
    assert medians(quotes.read(table(*rows))) == {"on_demand_price": 4.0, "one_year_price": 2.5}
    assert "several terms: 12 months (1), 24 months (1), on demand (1)" in refusal(quotes.read, table(*rows, "H100,2,2 years"))
    assert medians(quotes.read(table(*rows, "H100,2,2 years"), term="24 months")) == {"rental_price": 2.0}


def test_channels_are_kept_apart(table):
    path = table(
        "vendor,chip,price_usd_gpu_hour,channel", "A,H100,7,Hyperscaler", "B,H100,2.5,neocloud", "C,H100,2.5,GPU cloud"
    )
    assert "several channels: hyperscaler (1), neocloud (2)" in refusal(quotes.read, path)
    found = quotes.read(path, channel="neocloud")
    assert medians(found) == {"rental_price": 2.5}
    assert [prior.channel for prior in found.priors] == ["neocloud"]
    assert "channel: neocloud" in found.to_yaml()
    assert "of another channel (1)" in notes(found)


@pytest.mark.parametrize(
    ("rows", "grade"),
    [(("A,H100,2",), "C"), (("A,H100,2", "A,H100,3"), "C"), (("A,H100,2", "B,H100,3"), "A"), ((",H100,2", ",H100,3"), "B")],
)
def test_list_of_one_vendor_is_no_market(table, rows, grade):
    assert quotes.read(table("vendor,chip,price_usd_gpu_hour", *rows)).priors[0].grade == grade


def test_instances_tell_chip_and_number(table):
    # 55.04 / 8, and 98.32 / 8.
    path = table("cloud,instance_type,hourly_price,currency", "AWS,p5.48xlarge,55.04,USD", "Azure,ND96isr H100 v5,98.32,USD")
    assert medians(quotes.read(path)) == {"rental_price": pytest.approx((6.88 * 12.29) ** 0.5, rel=1e-5)}


# --- token prices

LITELLM = {
    "sample_spec": {"input_cost_per_token": 0.0, "mode": "chat", "max_tokens": "text"},
    "m-1": {
        "litellm_provider": "p",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 1.5e-05,
        "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06,
        "cache_creation_input_token_cost_above_1hr": 6e-06,
        "max_input_tokens": 200000,
        "input_cost_per_token_above_200k_tokens": 6e-06,
        "output_cost_per_token_above_200k_tokens": 2.25e-05,
        "input_cost_per_token_batches": 1.5e-06,
        "output_cost_per_token_batches": 7.5e-06,
        "input_cost_per_token_priority": 9e-06,
        "input_cost_per_token_above_200k_tokens_batches": 3e-06,
        "input_cost_per_audio_token": 1e-3,
        "prompt_caching_min_tokens": 1024,
    },
}
OPENROUTER = {
    "data": [
        {
            "id": "p/m-1",
            "pricing": {
                "prompt": "0.000003",
                "completion": "0.000015",
                "request": "0",
                "image": "0.004",
                "input_cache_read": "0.0000003",
                "web_search": "0.01",
            },
        }
    ]
}
MODELS_DEV = {
    "p": {
        "id": "p",
        "models": {
            "m-1": {
                "id": "m-1",
                "cost": {"input": 3, "output": 15, "cache_read": 0.3, "context_over_200k": {"input": 6, "output": 22.5}},
                "limit": {"context": 200000, "output": 64000},
            }
        },
    }
}
LLM_PRICES = {
    "updated_at": "2026-10-01",
    "prices": [{"id": "m-1", "vendor": "p", "name": "M", "input": 3, "output": 15, "input_cached": 0.3}],
}
GENAI = [
    {
        "id": "p",
        "models": [
            {
                "id": "m-1",
                "prices": [
                    {"prices": {"input_mtok": 9, "output_mtok": 45}},
                    {
                        "constraint": {"start_date": "2026-01-01"},
                        "prices": {
                            "input_mtok": {"base": 3, "tiers": [{"start": 200000, "price": 6}]},
                            "output_mtok": 15,
                            "cache_read_mtok": 0.3,
                        },
                    },
                    {
                        "constraint": {"start_time": "01:00:00Z", "end_time": "04:00:00Z"},
                        "prices": {"input_mtok": 1, "output_mtok": 2},
                    },
                ],
            }
        ],
    }
]
LISTS = {
    "litellm": LITELLM,
    "openrouter": OPENROUTER,
    "models-dev": MODELS_DEV,
    "llm-prices": LLM_PRICES,
    "genai-prices": GENAI,
}
TABLE = (
    "provider,model,condition,input_usd_per_mtok,cache_read_usd_per_mtok,cache_write_usd_per_mtok,output_usd_per_mtok,tier",
    "p,m-1,base,9,0.9,,45,",
    "p,m-1,from 2026-01-01,3,0.3,3.75,15,input x2 above 200000 tokens",
    "p,m-1,from 2099-01-01,1,,,2,",
    "p,m-1,01:00-04:00 UTC,1,,,2,",
    "p,m-2,base,1,,,2,",
)


@pytest.fixture(params=[*LISTS, "table"])
def price_list(request, table):
    """Each kind of list, with the same prices of a model m-1."""
    if request.param == "table":
        return table(*TABLE)
    return table(json.dumps(LISTS[request.param]), name="list.json")


def read(path, **options):
    return token_prices.read(path, TokenOptions(**({"model": "m-1", "date": "2026-11-01"} | options)))


def prices_of(prior_set):
    """Return the prices of tokens that are read and written, without those of the cache."""
    return {name: price for name, price in medians(prior_set).items() if name in ("input_price", "output_price")}


def test_each_list_gives_the_same_prices(price_list):
    found = read(price_list)
    assert prices_of(found) == {"input_price": 3.0, "output_price": 15.0}
    assert medians(found)["cached_input_price"] == 0.3
    assert medians(found).get("cache_write_price", 3.75) == 3.75  # some lists have none
    assert {prior.grade for prior in found.priors} == {"B"}


def test_cached_share_gives_the_price_of_the_mixture(price_list):
    # 0.2 x 3 + 0.8 x 0.3.
    assert prices_of(read(price_list, cached_share=0.8)) == {"input_price": 0.84, "output_price": 15.0}


@pytest.mark.parametrize("kind", ["litellm", "models-dev", "genai-prices", "table"])
def test_long_prompts_have_a_tier(kind, table):
    path = table(*TABLE) if kind == "table" else table(json.dumps(LISTS[kind]), name="list.json")
    output = 22.5 if kind in ("litellm", "models-dev") else 15.0
    assert prices_of(read(path, prompt_tokens=250_000)) == {"input_price": 6.0, "output_price": output}
    assert prices_of(read(path, prompt_tokens=200_000)) == {"input_price": 3.0, "output_price": 15.0}


def test_batches_have_prices_of_their_own(table):
    path = table(json.dumps(LITELLM), name="list.json")
    assert prices_of(read(path, is_batch=True)) == {"input_price": 1.5, "output_price": 7.5}
    assert medians(read(path, is_batch=True, prompt_tokens=250_000))["input_price"] == 3.0
    assert "no price of input tokens in batches" in notes(read(table(*TABLE), is_batch=True))


def test_price_of_the_day_holds_and_changes_are_told(table):
    path = table(*TABLE)
    assert prices_of(read(path, date="2025-06-01")) == {"input_price": 9.0, "output_price": 45.0}
    found = read(path)
    assert found.date == "2026-01-01"
    assert "look at this: prices change: input tokens at 1 USD/Mtoken from 2099-01-01" in notes(found)
    assert "01:00-04:00 UTC: input tokens at 1 USD/Mtoken" in notes(found)
    history = {
        "id": "m-1",
        "vendor": "p",
        "price_history": [
            {"input": 9, "output": 45, "from_date": None, "to_date": "2026-01-01"},
            {"input": 3, "output": 15, "from_date": "2026-01-01"},
        ],
    }
    path = table(json.dumps(history), name="history.json")
    assert [medians(read(path, date=day))["input_price"] for day in ("2025-06-01", "2026-06-01")] == [9.0, 3.0]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("[1, 2]", {}, "has no price of tokens that is known"),
        ("{", {}, "is no JSON"),
        ('{"a": {"foo": {"input": 2, "output": 3}}}', {}, "nothing tells whether it is by the token or by the million tokens"),
        (json.dumps(LITELLM), {"model": None}, "2 models: sample_spec, p/m-1; choose one with --model"),
        (json.dumps(LITELLM), {"model": "m-3"}, "has no model 'm-3'"),
        ("model,input,output\nm-1,3,15", {}, "input_usd_per_mtok"),
        ("model,input_eur_per_mtok\nm-1,3", {}, "is in EUR"),
        ("model,input_price\nm-1,3", {}, "does not tell the tokens"),
        ("model,input_usd_per_mtok,tier\nm-1,3,double later", {}, "is no tier"),
        ("model,input_usd_per_mtok\nm-1,-3", {}, "below zero"),
    ],
)
def test_list_that_is_none_is_refused(table, text, options, words):
    assert words in refusal(read, table(text, name="list.json"), **options)


def test_cached_share_needs_a_price(table):
    with pytest.raises(InvalidValueError, match="no price of cached input tokens of m-2"):
        read(table(*TABLE), model="m-2", cached_share=0.5)
