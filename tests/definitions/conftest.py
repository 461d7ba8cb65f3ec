"""The folder in which the commands of the cases run, with the files that they name."""

import json

import pytest
from definitions.case import Case
from definitions.figures import answer_of

PLANS = {
    # A schedule, a register of risks, correlated priors and prices that rise.
    "startup": """extends: [small-medium, startup, development]
schedule:
  data: {duration: 1 to 3 month}
  experiments: {duration: 1 to 3 month, lines: [compute]}
  final_run: {lines: [compute]}
escalation: {normal: {p5: 0, p95: 0.06}, unit: 1/year}
risks:
  claim: {probability: 2% to 10%, impact: 1e6 to 5e6 USD}
""",
    # A register of risks, and a mean: no tail is too heavy for one.
    "insured": """lines: [energy_cost, risk_cost]
outcomes: []
prices: 2026 USD
deflator: {normal: {p5: 1.0, p95: 1.1}}
energy_cost: {lognormal: {median: 4e6, sigma: 0.2}}
final_run_chip_hours: 1e5 chip*hour
rework_price: 2 USD/chip/hour
schedule: {final_run: {duration: 2 to 5 month}}
risks:
  claim: {probability: 20% to 40%, impact: 1e6 to 5e6 USD}
""",
    # A mean of the model, though the draws alone look as if there were none.
    "wide": """lines: [chip_cost, energy_cost]
outcomes: []
prices: 2026 USD
chip_cost: {lognormal: {median: 1000, sigma: 2.2}}
energy_cost: {lognormal: {median: 400, sigma: 0.3}}
schedule: {final_run: {duration: 2 to 5 month}}
""",
    # Bought chips, and a service of several years after the release.
    "programme": """extends: [large, tech-company, whole-life]
basis: purchased
schedule:
  build: {duration: 3 to 9 month, lines: [chip_purchase]}
  final_run: {}
  serving: {duration: 18 to 40 month}
""",
    # Hardware that is charged by the hour, bought for the model and sold at the end of its life.
    "fleet": """extends: [large, tech-company]
payments: {hardware: purchase}
schedule:
  data: {duration: 7 month}
  final_run: {}
useful_life: 3 year
""",
    "under-way": "extends: startup.yaml\nprogress: {share_done: 0.33, spent: 2e5 USD}\n",
    # A tail without a mean, and a point estimate above the higher levels.
    "heavy": """lines: [chip_cost, energy_cost]
outcomes: []
prices: 2026 USD
point: 4000
chip_cost: {lognormal: {median: 1000, sigma: 4}}
energy_cost: {lognormal: {median: 400, sigma: 0.3}}
schedule: {final_run: {duration: 2 to 5 month}}
""",
    "grid": """extends: llama-3.1-405b
budget: 80e6
grid:
  mfu: [0.3, 0.4]
  basis: [owned, rented]
  levers: [none, mixture-of-experts]
""",
    "list": "extends: small-medium\nlist: [{chips: 2048}, {mfu: 0.4, shocks: goodput-half}]\n",
    "cube": """extends: gpt-4
budget: 150e6
latin-hypercube: {cells: 3, over: {chips: 20000 to 30000, electricity_price: 0.05 to 0.1 USD/kWh}}
""",
    # Owned: a building, spares, duty and a resale value of its own. Rented: spot capacity.
    "owner": """extends: llama-3.1-405b
commitment: spot
spot_price: {lognormal: {p5: 1.2, p95: 2.5}, unit: USD/chip/hour}
deflator: {normal: {p5: 1.0, p95: 1.1}}
building_price: {lognormal: {p5: 9000, p95: 15000}, unit: USD/kW}
building_life: 20 year
cost_of_capital: {normal: {p5: 0.06, p95: 0.12}}
resale_share: {normal: {p5: 0.2, p95: 0.5}}
spares_share: 0.03
import_duty_rate: 0.1
fleet_use: {uniform: {min: 0.5, max: 0.9}}
""",
    # A heavy tail in a scenario to which levers and shocks apply.
    "heavy-run": "extends: llama-3.1-405b\nchip_price: {lognormal: {median: 30000, sigma: 3}, unit: USD/chip}\n",
}

TABLES = {
    # What was spent: several rows of a month, a refund, lines that one account covers, and one that is no part of the plan.
    "spent.csv": """month,account,amount (k USD)
1,staff cost,150
2,staff cost,260
1,Cloud bill,2
2,Cloud bill,9.5
2,Cloud bill,-0.5
2,Travel,3
""",
    "overspent.csv": """month,line,amount,currency
1,staff_cost,9e6,USD
1,rental_cost,2.5e3,USD
2,staff_cost,21e6,USD
""",
}


@pytest.fixture(scope="session")
def plans(tmp_path_factory):
    """A folder with the scenarios of the cases."""
    folder = tmp_path_factory.mktemp("plans")
    for name, text in PLANS.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _in_folder(plans, monkeypatch):
    monkeypatch.chdir(plans)
    old = plans / "old.json"
    if not old.exists():
        document = answer_of(Case("run gpt-4 --draws 5000 --seed 3 --set chips=20000")).document
        old.write_text(json.dumps(document), encoding="utf-8")
