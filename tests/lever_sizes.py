"""Sizes of the levers: what their sources measured (`lever_sizes.yaml`), and what levers change in a reference run."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from simulator.engine.simulate import simulate
from simulator.model import LINES
from simulator.scenario import Scenario, library, open_scenario
from simulator.scenario.schema import AdjustmentRow

FILE = Path(__file__).with_suffix(".yaml")
DRAWS = 20_000
SEED = 5
WAYS = ("multiply", "scale_from_one", "add", "replace", "at_most")
NEUTRAL = {"multiply": 1.0, "scale_from_one": 1.0, "add": 0.0}
COMPUTE = "lines.compute"
"""Stands for the sum of the lines of chips and their energy."""
RICH = """
extends: llama-3.1-405b
basis: rented
baseline: modern
lines: [compute, staff_cost, licence_cost, labelling_cost, storage_cost, chip_licence_cost, refresh_cost,
  serving_cost]
outcomes: [chip_hours, wall_clock, energy, emissions, memory_use, smallest_cluster, partner_cost, cash_cost]
experiments_factor: new-open-model
post_training_share: reported-2026
repeated_share: 0.1
idle_factor: cloud-2025
budget: 150e6 USD
credit_grant: 1e9 USD
credit_share: 0.2
duration: 12 month
staff: {team: {posts: team-frontier, salary: sf-ml-2024, on_cost: us-2024, equity: sf-ml-2024}}
deals: {archive: {count: 2, price: archive-2024}}
labels: {preferences: {items: comparisons-2023, price: comparison-crowd-2025}}
dataset_tokens: 15.6e12 token
surviving_share: web-crawl-2024
bytes_per_token: raw-to-clean
checkpoints_kept: 50
checkpoint_bytes: weights-and-optimiser
storage_price: object-2026
storage_time: 1 year
chip_licence_price: 0.1 USD/chip/hour
service_life: 2 year
refresh_interval: 4 month
refresh_share: continued-pretraining-2024
requests: 1e6 request/day
demand_growth: 0 OOM/year
serving_price_decline: 0 OOM/year
prompt_tokens: 1000 token
input_price: 2 USD/Mtoken
output_price: 8 USD/Mtoken
output_tokens: 500 token
serving_speed: dense-7b-h100-2026
serving_utilisation: own-chips
serving_chip_price: h100-owner-full-2026
"""
"""The run of Llama 3.1 405B with every quantity that a lever can affect."""


SPEEDS = ("serving_speed:", "serving_utilisation:")
"""What the model of serving computes, unless a scenario states it."""
LISTED = """
extends: training-run
chip: nvidia-h100-sxm
basis: rented
channel: hyperscaler
chips: 1024 chip
total_parameters: 70e9 parameter
training_tokens: 2e12 token
outcomes: [chip_hours, wall_clock]
"""
"""A run at the list prices of a large cloud."""


@dataclass(frozen=True)
class Change:
    """A change of one quantity as its source measured it: the 5 %, 50 % and 95 % points, None where it states none."""

    on: str
    how: str
    quantiles: tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Lever:
    """What the sources of a lever measured, and what the reference run needs for it."""

    name: str
    effects: tuple[Change, ...]
    none: float = 0.0
    choice: bool = False
    owned: bool = False
    hosted: bool = False
    listed: bool = False
    served: bool = False
    set: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    draws: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False)


@cache
def levers() -> dict[str, Lever]:
    """Return the levers of the file by name."""
    found = {}
    for name, row in yaml.safe_load(FILE.read_text(encoding="utf-8")).items():
        effects = tuple(
            Change(each["of"], how, tuple(None if value is None else float(value) for value in each[how]))
            for each in row.pop("effects")
            for how in WAYS
            if how in each
        )
        row = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        found[name] = Lever(name, effects, **row)
    return found


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="levers-"))


def reference_text(lever: Lever) -> str:
    """Return the text of the reference run of a lever."""
    text = LISTED if lever.listed else RICH
    if lever.owned:
        text = text.replace("basis: rented", "basis: owned")
    if lever.hosted or lever.served:
        text += "serving: hosted\n"
    if lever.served:
        text = "\n".join(line for line in text.splitlines() if not line.startswith(SPEEDS)) + "\n"
    given = dict(each.split("=", 1) for each in lever.set)
    kept = [line for line in text.splitlines() if line.split(":")[0] not in (*lever.without, *given)]
    kept += [f"{key}: {value}" for key, value in given.items()]
    inherited = [name for name in lever.without if f"\n{name}:" not in RICH]
    return "\n".join(kept) + (f"\nwithout: [{', '.join(inherited)}]\n" if inherited else "\n")


def scenarios(lever: Lever) -> tuple[Scenario, Scenario]:
    """Return the reference run without and with a lever."""
    path = _folder() / f"{lever.name}.yaml"
    path.write_text(reference_text(lever), encoding="utf-8")
    opened = open_scenario(str(path))
    adoption = AdjustmentRow.model_validate(library.find_file("levers", lever.name).plain()).adoption
    parts = {"effort": "person*month", "delay": "month"}
    taken = ", ".join(f"{key}: 0 {unit}" for key, unit in parts.items() if getattr(adoption, key, None) is not None)
    sets = [f"adoption={{{lever.name}: {{{taken}}}}}"] if taken else []
    return opened.scenario, opened.with_(levers=[lever.name], sets=sets).scenario


@cache
def changes(name: str) -> dict[str, np.ndarray]:
    """Return the change of each quantity by a lever in each draw, by its operation."""
    lever = levers()[name]
    before, after = scenarios(lever)
    names = [change.on for change in lever.effects]
    found = {}
    old, new = (_draws(each, name, names) for each in (before, after))
    for change in lever.effects:
        base = new["before"] if change.on in new["before"] else old
        found[change.on] = observed(change.how, new[change.on], base.get(change.on, new[change.on]))
    return found


def _draws(scenario: Scenario, lever: str, names: list[str]) -> dict:
    kept = dict.fromkeys(
        [
            *(name for name in names if name in scenario.plan.names),
            *scenario.lines,
            *_befores(scenario, lever),
            *_quality(scenario, lever),
        ]
    )
    draws = simulate(scenario, DRAWS, seed=SEED, keep=kept).retained_draws
    found: dict = {name: draws[name] for name in names if name in draws}
    found["before"] = {name.partition(" before ")[0]: draws[name] for name in _befores(scenario, lever)}
    for name in _quality(scenario, lever):
        found[name.partition(" before ")[0]] = draws[name]
    run_lines = [line for line in scenario.lines if LINES[line].stage == "run"]
    found[COMPUTE] = sum(draws[line] for line in run_lines)
    return found


def _befores(scenario: Scenario, lever: str) -> list[str]:
    return [name for name in scenario.plan.names if name.endswith(f" before lever/{lever}")]


def _quality(scenario: Scenario, lever: str) -> list[str]:
    """Return the quantities before the compute that compensates for lost quality, which is another change."""
    return [name for name in scenario.plan.names if name.endswith(f" before lever/{lever} quality")]


def observed(how: str, after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return the change of a quantity by its operation."""
    if how == "multiply":
        return np.divide(after, before)
    if how == "scale_from_one":
        return np.divide(after - 1, before - 1)
    return after - before if how == "add" else after


def active(lever: Lever, change: Change, values: np.ndarray) -> np.ndarray:
    """Return the changes in draws in which a lever has its effect."""
    if not lever.none or change.how not in NEUTRAL or change.on == "partner_share":
        return values
    return values[~np.isclose(values, NEUTRAL[change.how], rtol=1e-10, atol=1e-10)]
