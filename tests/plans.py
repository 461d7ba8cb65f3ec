"""Scenarios as text, which several tests read."""

SIGMA = 0.5
HEAD = "outcomes: []\nprices: 2026 USD\n"
ONE = HEAD + f"lines: [chip_cost]\nchip_cost: {{lognormal: {{median: 1000, sigma: {SIGMA}}}}}\n"
CONSTANT = HEAD + "lines: [chip_cost, staff_cost]\nchip_cost: 1000\nstaff_cost: 500\n"
TWO = (
    HEAD
    + "lines: [chip_cost, energy_cost]\n"
    + "chip_cost: {lognormal: {median: 1000, sigma: 0.5}}\nenergy_cost: {lognormal: {median: 400, sigma: 0.3}}\n"
)

SUM = """lines: [chip_cost, energy_cost, staff_cost]
outcomes: []
prices: 2026 USD
chip_cost: {normal: {mean: 100, sd: 12}, sources: [{title: A}]}
energy_cost: {normal: {mean: 60, sd: 9}, grade: D, about: An assumption}
staff_cost: 500
"""
CORRELATED_SUM = SUM + "dependence: [{between: [chip_cost, energy_cost], rank: 0.6}]\n"

SCHEDULE = """lines: [chip_cost]
outcomes: []
prices: 2026 USD
chip_cost: {lognormal: {median: 1000, sigma: 0.5}}
schedule: {data: {duration: {lognormal: {median: 3, sigma: 0.4}, unit: month}}, final_run: {duration: 2 month}}
"""

CLUSTER = """lines: [compute]
outcomes: []
prices: 2026 USD
depreciation: straight-line
commitment: on-demand
useful_life: 1000 hour
chip_price: 1000
server_factor: 1
network_factor: 1
deflator: 1
chips: 10
chip_hours: 500 chip*hour
idle_factor: 1
price_factor: 1
on_demand_price: 2
tdp: 1000 W/chip
server_power_factor: 1
power_share: 1
pue: 1
electricity_price: 0.2 USD/kWh
"""
