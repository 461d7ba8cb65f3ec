"""Pages of the explorer, states of them, and the same states in Python."""

import random
import shlex
from functools import cache
from urllib.parse import parse_qsl

import numpy as np
import paths

import llmcost
from simulator.engine.scenario import TOTAL
from simulator.report.explorer.build import build_explorer
from simulator.report.explorer.data import page_data, page_values
from simulator.report.explorer.document import document
from simulator.report.explorer.kept import quantity_of

PRESETS = {
    "small startup": ["small-medium", "startup"],
    "small academic": ["small-medium", "academic"],
    "small company": ["small-medium", "tech-company"],
    "large company": ["large", "tech-company"],
    "large startup": ["large", "startup"],
    "large academic": ["large", "academic"],
    "frontier company": ["cutting-edge", "tech-company"],
    "frontier consortium": ["cutting-edge", "consortium"],
    "whole life": ["large", "startup", "whole-life"],
}
SERVED = {
    "served llama": {
        "extends": "serve/llama-3.3-70b",
        "token_demand": "2e9 token/day",
        "time_per_output_token_target": "50 ms/token",
    },
    "served deepseek": {"extends": "serve/deepseek-v3", "token_demand": "2e9 token/day"},
    "served gpt-oss": {"extends": "serve/gpt-oss-120b", "token_demand": "2e9 token/day"},
    "priced tokens": {"extends": "serve/api", "token_demand": "2e9 token/day"},
}
FILES = {"startup-7b": "reports/startup-7b.yaml", "rent-or-buy": "reports/rent-or-buy-4096.yaml"}
NAMES = (
    "gpt-4", "gpt-3", "gpt-3-lambda-2020", "llama-3.1-405b", "bloom-176b", "deepseek-v3", "palm-540b", "gemini-ultra",
    "small-medium", *FILES, *PRESETS, *SERVED,
)  # fmt: skip
"""Scenarios by the name under which the tests show them."""


@cache
def opened(name):
    """Open one of the scenarios."""
    if name in SERVED:
        return llmcost.open_scenario(SERVED[name])
    if name in PRESETS:
        return llmcost.open_scenario({"extends": PRESETS[name]})
    return llmcost.open_scenario(paths.ROOT / FILES[name] if name in FILES else name)


@cache
def explorer(name):
    """Return the content of the page on a scenario."""
    return build_explorer([opened(name)], [name], [("SCENARIO",)])


@cache
def html(name):
    """Return the page on a scenario."""
    return document(explorer(name))


@cache
def data(name):
    """Return the data of the page on a scenario."""
    return page_data(explorer(name))["cases"][0]


def fragments(name, count, seed=0):
    """Return addresses with changes chosen at random: choices, shocks, levers, fixed and moved inputs."""
    rng, case, found = random.Random(f"{name} {seed}"), data(name), []
    while len(found) < count:
        parts = [f"{axis['key']}={rng.choice(axis['options'])}" for axis in case["axes"] if rng.random() < 0.4]
        parts += [
            f"on={toggle['name']}" for toggle in rng.sample(case["toggles"], min(rng.randint(0, 3), len(case["toggles"])))
        ]
        for driver in rng.sample(case["drivers"], min(rng.randint(0, 2), len(case["drivers"]))):
            values = column_of(name, driver["name"])
            if rng.random() < 0.6:
                value = float(np.quantile(values, rng.uniform(0.05, 0.95)))
                parts.append(f"fix.{driver['name']}={browser_number(float(f'{value:.4g}'))}")
            else:
                parts.append(f"move.{driver['name']}={rng.choice([-1, -0.5, 0, 0.5, 1])}%2C{rng.choice([0.5, 0.75, 1.5])}")
        if parts:
            rng.shuffle(parts)
            found.append("&".join(parts))
    return found


def browser_number(value):
    """Return a number as the page writes it in an address; `+` stands for a blank there."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return np.format_float_positional(value, trim="-")
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa.removesuffix('.0')}e{'-' if exponent.startswith('-') else '%2B'}{exponent.lstrip('+-').lstrip('0')}"


def lost(name, asked, found):
    """Return the changes of an address that the page dropped, unless the choices, or a later lever, do not allow them."""
    case = data(name)
    axes, toggles = {axis["key"]: axis["options"] for axis in case["axes"]}, {each["name"]: each for each in case["toggles"]}
    whole = {each["name"] for each in case["drivers"] if each["isWhole"]}
    kept = {(key, normal(key, value, whole)) for key, value in parse_qsl(found)}
    on = [value for key, value in kept if key == "on"]
    selected = [pair for toggle in on for pair in toggles[toggle]["selects"].items()]
    chosen = {key: options[0] for key, options in axes.items()} | {key: value for key, value in kept if key in axes}
    dropped = []
    for key, value in parse_qsl(asked):
        if (key, normal(key, value, whole)) in kept or (key, value) in selected or (key in axes and value == axes[key][0]):
            continue
        if key in axes and (key in dict(selected) or not is_possible(name, chosen | {key: value})):
            continue
        if key == "on":
            toggle = toggles[value]
            is_replaced = any(set(toggle["groups"]) & set(toggles[other]["groups"]) for other in on)
            is_replaced |= any(toggle["selects"].get(k, v) != v for k, v in parse_qsl(asked))  # by a choice that follows it
            if is_replaced or any(not is_possible(name, each, toggle) for each in (chosen, {k: o[0] for k, o in axes.items()})):
                continue
        dropped.append((key, value))
    return dropped


def normal(key, value, whole):
    """Return the value of a change as numbers, where it has them."""
    way, _, driver = key.partition(".")
    if way not in ("fix", "move"):
        return value
    numbers = tuple(map(float, value.split(",")))
    return tuple(max(round(each), 1) for each in numbers) if way == "fix" and driver in whole else numbers


def is_possible(name, chosen, toggle=None):
    """Whether choices can be combined with each other, and with a shock or lever."""
    case, axes = explorer(name).cases[0], {axis["key"]: axis["options"] for axis in data(name)["axes"]}
    chosen = chosen | (toggle["selects"] if toggle else {})
    is_idle = chosen.get("basis", "rented") != "rented" and "commitment" in axes
    if is_idle and chosen["commitment"] != axes["commitment"][0] and not toggle:
        return False
    if is_idle:
        chosen = chosen | {"commitment": axes["commitment"][0]}
    plan = case.plans.get(tuple((key, chosen[key]) for key in axes if chosen[key] != axes[key][0]))
    return plan is not None and (toggle is None or toggle["name"] not in plan.unavailable)


def column_of(name, driver):
    """Return the draws of an input, in the unchanged case if that has it, and otherwise in the first that has it."""
    content = explorer(name)
    for plan in content.cases[0].plans.values():
        for quantity, place in plan.columns.items():
            if quantity in plan.scenario.inputs and quantity_of(quantity) == driver:
                return content.pool.columns.columns[place].draws
    raise AssertionError(driver)


def logit(share):
    """Return the logit of a share; one of 0 or 1 is within a millionth of it, so that it can be moved."""
    inside = np.clip(share, 1e-6, 1 - 1e-6)
    return np.log(inside / (1 - inside))


def moved(values, driver, shift, spread):
    """Return draws that are shifted and widened on the scale of the driver, in the way that the page describes."""
    low = values.min()
    if driver["isFraction"]:
        kind = "logit"
    elif driver["isAtLeastOne"]:
        kind = "excess" if low > 1 else "linear"
    else:
        kind = "log" if low > 0 else "linear"
    to = {"log": np.log, "logit": logit, "excess": lambda x: np.log(x - 1), "linear": lambda x: x}[kind]
    back = {"log": np.exp, "logit": lambda y: 1 / (1 + np.exp(-y)), "excess": lambda y: 1 + np.exp(y), "linear": lambda y: y}[
        kind
    ]
    p10, middle, p90 = (float(to(each)) for each in np.quantile(values, (0.1, 0.5, 0.9)))
    changed = back(middle + shift * (p90 - p10) / 2 + spread * (to(values) - middle))
    return np.clip(changed, driver["least"], driver["most"])


def python_values(name, fragment):
    """Return what Python computes for an address that the page has read: the values of the total and the lines."""
    content, case = explorer(name), data(name)
    axes = {axis["key"]: axis["options"] for axis in case["axes"]}
    drivers, toggles = {each["name"]: each for each in case["drivers"]}, {each["name"]: each for each in case["toggles"]}
    pairs = parse_qsl(fragment)
    on = [value for key, value in pairs if key == "on"]
    chosen = {key: options[0] for key, options in axes.items()} | {key: value for key, value in pairs if key in axes}
    for toggle in on:
        chosen |= toggles[toggle]["selects"]
    if chosen.get("basis", "rented") != "rented" and "commitment" in axes:
        chosen["commitment"] = axes["commitment"][0]
    plan = content.cases[0].plans[tuple((key, chosen[key]) for key in axes if chosen[key] != axes[key][0])]
    changes = {}
    for key, value in pairs:
        way, _, driver = key.partition(".")
        for quantity, place in plan.columns.items() if way in ("fix", "move") else ():
            if quantity not in plan.scenario.inputs or quantity_of(quantity) != driver:
                continue
            if way == "fix":
                changes[quantity] = float(value)
            else:
                shift, spread = map(float, value.split(","))
                draws = content.pool.columns.columns[place].draws
                if driver in plan.orders:  # a prior of its own
                    draws = np.sort(draws)[content.pool.columns.columns[plan.orders[driver]].codes]
                changes[quantity] = moved(draws, drivers[driver], shift, spread)
            for change, (own, level) in plan.levels.items():
                if own == driver:
                    changes[change] = float(np.quantile(changes[quantity], level))
    values = page_values(plan, content.pool, changes, [each for each in on if each not in plan.unavailable])
    return {held: values[held] for held in plan.results.values()} | {TOTAL: values[plan.results[TOTAL]]}


def variant(name, command):
    """Return the scenario of a command of the page, opened anew."""
    words = shlex.split(command)[3:]
    pairs = list(zip(words[::2], words[1::2], strict=True))
    of = lambda option: [value for key, value in pairs if key == option]  # noqa: E731
    return opened(name).with_(
        sets=of("--set"),
        basis=next(iter(of("--basis")), None),
        levers=of("--lever"),
        shocks=of("--shock"),
        budget=next(iter(of("--budget")), None),
    )
