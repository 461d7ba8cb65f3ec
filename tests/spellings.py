"""Spellings of one scenario that must mean the same: in the file, on top, in a child, in a cell, in other units and orders.

A number determines a base scenario, a change of it and the spellings of the change. All spellings that are accepted must
give the same inputs, choices and lines; one that is refused says nothing. `fuzz.py` tries numbers, and so does the suite.
"""

import contextlib
import random
from pathlib import Path

import numpy as np

from simulator.core.errors import InvalidInputError, UnsupportedError
from simulator.scenario import read
from simulator.scenario.chips import FACTS_OF_CHIP
from simulator.scenario.grid import read_grid
from simulator.scenario.overrides import open_mapping, open_scenario
from simulator.scenario.variants import open_variant

BASE = {
    "extends": "training-run", "chip": "nvidia-h100-sxm", "basis": "rented", "lines": "[compute]",
    "total_parameters": "70e9 parameter", "chips": "4096 chip", "training_tokens": "15e12 token", "mfu": "0.4",
    "goodput": "0.9", "rental_price": "2 to 3 USD/chip/hour",
}  # fmt: skip
UNITS = {
    "rental_price": ((1, 8), {"USD/chip/hour": 1, "USD/chip/day": 24}),
    "tdp": ((0.3, 1.2), {"kW/chip": 1, "W/chip": 1000}),
    "memory": ((40, 200), {"GB/chip": 1, "MB/chip": 1000}),
    "electricity_price": ((0.03, 0.2), {"USD/kWh": 1, "USD/MWh": 1000}),
    "training_tokens": ((1e12, 3e13), {"token": 1, "T token": 1e-12, "B token": 1e-9}),
    "total_parameters": ((1e9, 5e11), {"parameter": 1, "B parameter": 1e-9}),
    "chips": ((1024, 16384), {"chip": 1, "k chip": 1e-3}),
    "mfu": ((0.2, 0.5), {"": 1, "%": 100}),
    "goodput": ((0.7, 0.95), {"": 1, "%": 100}),
    "power_share": ((0.5, 0.9), {"": 1, "%": 100}),
    "pue": ((1.05, 1.6), {"": 1}),
    "price_decline": ((0.05, 0.4), {"1/year": 1, "percent/year": 100}),
}
"""The numbers of a quantity in its first unit, and what one of that unit is in each of its units."""
SETTINGS = {
    "basis": ("rented", "owned", "purchased"),
    "chip": ("nvidia-h100-sxm", "nvidia-gb200", "nvidia-a100-sxm4-80gb", "nvidia-b200-sxm"),
    "commitment": ("on-demand", "one-year", "spot", "three-year"),
    "channel": ("neocloud", "hyperscaler"),
    "lines": ("[compute]", "[compute, carbon_cost]", "[compute, energy_cost]", "[compute, compute_cost]"),
    "budget": ("5e6 USD", "5M USD"),
}
CHIP = "nvidia-h100-sxm"
INTERVALS = (50, 80, 90, 95)


def number_in(value, unit, factor):
    """Return a number of the first unit as text in another one."""
    text = f"{value * factor:.12g}"
    if unit == "%":
        return f"{text}%"
    scale, _, rest = unit.partition(" ")
    return f"{text}{scale}" if rest else text


def after(unit):
    """Return what follows the number, or both numbers of a range."""
    name = unit.partition(" ")[2] or unit
    return "" if unit in ("", "%") else f" {name}"


def values_of(rng, name):
    """Return the spellings of one value of a quantity, and whether it is a range."""
    (low, high), units = UNITS[name]
    points = sorted(float(f"{rng.uniform(low, high):.6g}") for _ in range(2))
    is_range = rng.random() < 0.5 and points[0] < points[1]
    if name == "chips":
        points, is_range = [float(round(point)) for point in points], False
    texts = []
    for unit, factor in units.items():
        numbers = [number_in(point, unit, factor) for point in points[: 1 + is_range]]
        texts.append(" to ".join(numbers) + after(unit))
    return texts, is_range


def text_of(keys):
    return "".join(f"{key}: {value}\n" for key, value in keys.items())


def spellings(number, folder):
    """Return what a number stands for, and the readers of its spellings by name."""
    rng = random.Random(number)
    keys, base = dict(BASE), folder / "s.yaml"
    ranges = rng.choice(INTERVALS)
    keys["ranges"] = str(ranges)
    if rng.random() < 0.5:
        del keys[rng.choice(("rental_price", "mfu", "goodput"))]
    if rng.random() < 0.3:
        keys |= {name: values_of(rng, name)[0][0] for name in rng.sample(sorted(UNITS), 2)}
    if rng.random() < 0.3:
        keys["basis"] = rng.choice(SETTINGS["basis"])
    base.write_text(text_of(keys), encoding="utf-8")
    if rng.random() < 0.6:
        name = rng.choice(sorted(UNITS))
        texts, is_range = values_of(rng, name)
    else:
        name, is_range = rng.choice(sorted(SETTINGS)), False
        texts = [rng.choice(SETTINGS[name])]
    text = texts[0]
    files = {
        "in a child": {"extends": "s.yaml", "ranges": str(ranges), name: text},
        "in a child that repeats the chip": {"extends": "s.yaml", "ranges": str(ranges), "chip": CHIP, name: text},
        "in a child of a child": {"extends": "child.yaml", "ranges": str(ranges), name: text},
        "reversed": dict(reversed({"extends": "s.yaml", "ranges": str(ranges), name: text}.items())),
        "without inherited": {"extends": "s.yaml", "ranges": str(ranges), "outcomes": "[inherited]", name: text},
    }
    if name == "chip":
        del files["in a child that repeats the chip"]
    files |= {f"as {other}": {"extends": "s.yaml", "ranges": str(ranges), name: other} for other in texts[1:]}
    if is_range:
        files["with its interval"] = {"extends": "s.yaml", name: f"{{value: {text}, ranges: {ranges}}}"}
    (folder / "child.yaml").write_text(text_of({"extends": "s.yaml", "about": "the same"}), encoding="utf-8")
    readers = {}
    for label, content in files.items():
        path = folder / f"{len(readers)}.yaml"
        path.write_text(text_of(content), encoding="utf-8")
        readers[label] = lambda path=path: read(str(path))
    grid = folder / "grid.yaml"
    grid.write_text(text_of({"extends": "s.yaml", "ranges": str(ranges), "grid": f"{{{name}: [{text!r}]}}"}), encoding="utf-8")
    if name == "chip":  # what the file gives of its chip applies to that chip alone
        own = {key: kept for key, kept in keys.items() if text == CHIP or key not in FACTS_OF_CHIP}
        (folder / "own.yaml").write_text(text_of(own | {"chip": text}), encoding="utf-8")
        readers["in a file of that chip"] = lambda: read(str(folder / "own.yaml"))
    readers |= {
        "set": lambda: read(str(base), sets=[f"{name}={text}"]),
        "set with the chip": lambda: read(str(base), sets=[f"{name}={text}", *([] if name == "chip" else [f"chip={CHIP}"])]),
        "variant": lambda: open_variant(f"{base}:{name}={text}").scenario,
        "with_": lambda: open_scenario(str(base)).with_(sets={name: text}).scenario,
        "cell": lambda: read_grid(str(grid)).scenarios[0],
        "written": lambda: _written(folder, base, name, text),
    }
    if name != "lines":
        readers["mapping"] = lambda: open_mapping({"extends": str(base.name), "ranges": ranges, name: text}).scenario
    return f"{name}={text} on {keys}", readers


def _written(folder, base, name, text):
    path = folder / "written.yaml"
    open_scenario(str(base)).with_(sets={name: text}).save(path)
    return read(str(path))


def meaning(scenario):
    """Return what decides the figures of a scenario."""
    quantiles = {
        name: tuple(float(source.distribution.quantile(p)) for p in (0.05, 0.5, 0.95))
        for name, source in scenario.inputs.items()
        if name in scenario.plan.inputs
    }
    return quantiles, dict(scenario.choices), scenario.lines, scenario.budget


def differences(first, other):
    """Return the names in which two meanings differ."""
    names = [name for name in first[0].keys() | other[0].keys() if name not in first[0] or name not in other[0]]
    shared = first[0].keys() & other[0].keys()
    names += [name for name in shared if not np.allclose(first[0][name], other[0][name], rtol=1e-6, atol=0)]
    return [*sorted(names), *(f"part {part}" for part in (1, 2, 3) if first[part] != other[part])]


def check_spellings(number, folder):
    """Compare all spellings of a number; return how it ended, or raise AssertionError."""
    about, readers = spellings(number, Path(folder))
    found = {}
    with contextlib.chdir(folder):  # a mapping extends files of the current folder
        for label, reader in readers.items():
            with contextlib.suppress(InvalidInputError, UnsupportedError):
                found[label] = meaning(reader())
    (first, expected), *others = found.items() or [("", None)]
    for label, other in others:
        differing = differences(expected, other)
        assert not differing, f"{about}: {label} differs from {first} in {differing}"
    return "agree" if others else "refused"
