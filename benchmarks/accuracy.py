"""Error after N draws, and time to an error of 0.1 %: `python benchmarks/accuracy.py [--quick]`.

Needs llmcost (so numpy and scipy) and nothing else. Writes accuracy.md and accuracy.json here, and reference/truth.json, which
`run.py` compares with every contender. With --quick it prints, and writes nothing. A full run takes about ten minutes.

The truth is independent of llmcost: means are in closed form, quantiles from scrambled Sobol points through scipy's
inverses, with the lognormal factors of each line integrated out; their standard error is estimated over scrambles.
"""

import argparse
import datetime
import json
import math
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "reference"))

import model  # noqa: E402
import naive  # noqa: E402

from simulator.engine.simulate import simulate  # noqa: E402
from simulator.scenario import read  # noqa: E402

SCENARIO = read(str(HERE / "reference" / "scenario.yaml"))
METHODS = {
    "random": {},
    "Latin hypercube": {"method": "lhs"},
    "Sobol": {"method": "sobol"},
    "Sobol, one factor integrated out": {"method": "sobol", "integrate": "team.fte*team.salary"},
}
STATISTICS = {"mean": None, "P50": 0.5, "P95": 0.95, "P97.5": 0.975}
TARGET = 0.001


# --- the truth ------------------------------------------------------------------------------------------------------------


def exact_means() -> dict[str, float]:
    """Means in closed form: inputs are independent, so means of products are products of means."""
    mean = {name: math.exp(mu + sigma**2 / 2) for name in model.LOGNORMALS for mu, sigma in [model.log_parameters(name)]}
    mean |= {name: 1 + mean[name] for name in model.ABOVE_ONE}
    low, mode, high = model.LIFE
    rising = (mode - low - low * math.log(mode / low)) / (mode - low)
    falling = (high * math.log(high / mode) - (high - mode)) / (high - mode)
    one_over_life = 2 / (high - low) * (rising + falling) / model.YEAR
    a, b = model.MFU
    hours = 6 * 200e9 * mean["tokens"] / (989e12 * 3600) * (a + b - 1) / (a - 1) * mean["experiments"]
    hardware = mean["chip_price"] * mean["server"] * one_over_life * hours * mean["network"]
    pue = (model.PUE[0] + 4 * model.PUE[1] + model.PUE[2]) / 6
    energy = hours * 0.7 * 1.82 * model.POWER[0] / sum(model.POWER) * pue * mean["price"]
    staff = mean["fte"] * mean["pay"]
    return {"hardware_cost": hardware, "energy_cost": energy, "staff_cost": staff, "total_cost": hardware + energy + staff}


def inputs(points: np.ndarray) -> dict[str, np.ndarray]:
    """Map points of the unit cube to inputs, by scipy's inverse distribution functions."""
    columns = iter(points.T)
    values = {}
    for name in model.LOGNORMALS:
        mu, sigma = model.log_parameters(name)
        values[name] = np.exp(mu + sigma * special.ndtri(next(columns))) + (name in model.ABOVE_ONE)
    low, mode, high = model.LIFE
    values["life"] = stats.triang.ppf(next(columns), (mode - low) / (high - low), low, high - low)
    values["mfu"] = special.betaincinv(*model.MFU, next(columns))
    values["power"] = special.betaincinv(*model.POWER, next(columns))
    values["pue"] = model.PUE[0] + (model.PUE[2] - model.PUE[0]) * special.betaincinv(*model.PUE_BETA, next(columns))
    return values


def product(*names: str) -> tuple[float, float]:
    """Return log-mean and log-sd of a product of lognormal inputs."""
    parameters = [model.log_parameters(name) for name in names]
    return sum(mu for mu, _ in parameters), math.hypot(*(sigma for _, sigma in parameters))


class Smooth:
    """The distribution of shift + scale * exp(normal) over draws of (shift, scale)."""

    def __init__(self, shift, scale, factor: tuple[str, ...]) -> None:
        mu, self.sigma = product(*factor)
        self.shift, self.log_scale = shift, np.log(scale) + mu

    def z(self, value: float) -> np.ndarray:
        return (np.log(np.maximum(value - self.shift, 1e-300)) - self.log_scale) / self.sigma

    def quantile(self, p: float, between: tuple[float, float]) -> float:
        return optimize.brentq(lambda value: special.ndtr(self.z(value)).mean() - p, *between, xtol=1e-3, rtol=1e-13)

    def density(self, value: float) -> float:
        above = np.maximum(value - self.shift, 1e-300)
        return float((np.exp(-(self.z(value) ** 2) / 2) / (math.sqrt(2 * math.pi) * self.sigma * above)).mean())


def truth(scrambles: int, power: int) -> dict:
    """Return value, its relative standard error and the relative error of one draw, for mean and quantiles of each cost."""
    values: dict[str, dict[str, list[float]]] = {}
    noise: dict[str, dict[str, list[float]]] = {}
    for scramble in range(scrambles):
        points = stats.qmc.Sobol(12, rng=1_000_000 + scramble).random_base2(power)
        given = inputs(points.clip(1e-16, 1 - 1e-16))
        hardware, energy, staff = model.costs(**given)
        lines = {
            "hardware_cost": (
                hardware,
                Smooth(0.0, hardware / given["chip_price"] / given["tokens"], ("chip_price", "tokens")),
            ),
            "energy_cost": (energy, Smooth(0.0, energy / given["price"] / given["tokens"], ("price", "tokens"))),
            "staff_cost": (staff, Smooth(0.0, 1.0, ("fte", "pay"))),
            "total_cost": (hardware + energy + staff, Smooth(hardware + energy, 1.0, ("fte", "pay"))),
        }
        for line, (sample, smooth) in lines.items():
            for name, p in STATISTICS.items():
                if p is None:
                    value, one = float(sample.mean()), float(sample.std() / sample.mean())
                else:
                    middle = float(np.quantile(sample, p))
                    value = smooth.quantile(p, (middle / 1.3, middle * 1.3))
                    one = math.sqrt(p * (1 - p)) / (smooth.density(value) * value)
                values.setdefault(line, {}).setdefault(name, []).append(value)
                noise.setdefault(line, {}).setdefault(name, []).append(one)
    means = exact_means()
    found = {}
    for line, named in values.items():
        found[line] = {}
        for name, each in named.items():
            value = statistics.mean(each)
            error = statistics.stdev(each) / math.sqrt(scrambles) / value
            if name == "mean":
                assert abs(value / means[line] - 1) < 6 * error + 1e-6, (line, value, means[line])
                value, error = means[line], 0.0
            found[line][name] = {"value": value, "error": error, "noise": statistics.mean(noise[line][name])}
    return {"points": f"{scrambles} scrambles of 2^{power} Sobol points", "lines": found}


# --- error against N ------------------------------------------------------------------------------------------------------


def estimate(draws: int, seed: int, options: dict) -> list[float]:
    """Return the statistics of the total from one run of llmcost."""
    total = simulate(SCENARIO, draws, seed=seed, **options).accumulators["total_cost"]
    return [total.mean if p is None else total.quantile(p) for p in STATISTICS.values()]


def estimate_naive(draws: int, seed: int) -> list[float]:
    """Return the statistics of the total from one run of plain numpy."""
    mean, _, p50, _, p95, p97 = naive.simulate(draws, seed)[0]["total_cost"]
    return [mean, p50, p95, p97]


def rms(runs: list[list[float]], known: list[float]) -> list[float]:
    """Return the root mean square of the relative errors."""
    return np.sqrt(np.square(np.array(runs) / known - 1).mean(axis=0)).tolist()


def offered() -> dict[str, dict]:
    """Return the methods that the installed llmcost offers."""
    found = {}
    for name, options in METHODS.items():
        try:
            estimate(1024, 0, options)
        except (TypeError, ValueError) as error:
            print(f"left out: {name}: {error}", file=sys.stderr)
        else:
            found[name] = options
    return found


def errors(methods: dict[str, dict], sizes: list[int], replicates: int, known: list[float]) -> dict:
    """Return the RMS relative errors of each method at each N."""
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in methods}
    for draws in sizes:
        for name, options in methods.items():
            runs = [estimate(draws, 1000 + seed, options) for seed in range(replicates)]
            found[name][str(draws)] = dict(zip(STATISTICS, rms(runs, known), strict=True))
        print(f"N = {draws:,} done", file=sys.stderr)
    return found


# --- time to 0.1 % --------------------------------------------------------------------------------------------------------


def draws_to_target(found: dict[str, dict[str, float]]) -> int | None:
    """Return the smallest size from which the error of P95 stays within the target."""
    enough = None
    for draws, error in sorted(((int(n), row["P95"]) for n, row in found.items()), reverse=True):
        if error > TARGET:
            break
        enough = draws
    return enough


def time_to_target(
    methods: dict[str, dict], found: dict, known: list[float], noise: float, replicates: int, rounds: int
) -> list:
    """Return the cost of P95 to 0.1 % RMS by each method: draws, seconds (warm, interleaved, one thread), error reached."""
    independent = round((noise / TARGET) ** 2)
    ways = {"naive numpy": (independent, estimate_naive, ()), "llmcost, random": (independent, estimate, ({"threads": 1},))}
    for name, options in methods.items():
        draws = draws_to_target(found[name])
        if name != "random" and draws is not None:
            ways[f"llmcost, {name}"] = (draws, estimate, ({"threads": 1, **options},))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, (draws, function, more) in ways.items():
            start = time.perf_counter()
            function(draws, number, *more)
            if number:  # the first round warms up
                seconds[name].append(time.perf_counter() - start)
    rows = []
    for name, (draws, function, more) in ways.items():
        reached = rms([function(draws, 5000 + seed, *more) for seed in range(replicates)], known)
        ratios = [mine / base for mine, base in zip(seconds[name], seconds["naive numpy"], strict=True)]
        rows.append(
            {
                "way": name,
                "draws": draws,
                "seconds": statistics.median(seconds[name]),
                "ratio": statistics.median(ratios),
                "error": reached[list(STATISTICS).index("P95")],
            }
        )
    return rows


# --- text -----------------------------------------------------------------------------------------------------------------


def percent(value: float) -> str:
    """Write a relative error with two digits."""
    return f"{value * 100:.{max(0, 1 - math.floor(math.log10(value * 100)))}f} %"


def table(result: dict) -> str:
    """Write the results as Markdown."""
    true, methods = result["truth"]["lines"]["total_cost"], list(result["errors"])
    known = ", ".join(
        f"{name} {row['value'] / 1e6:.4f} M USD ({percent(row['error']) if row['error'] else 'closed form'})"
        for name, row in true.items()
    )
    lines = [
        "# Error against draws",
        "",
        f"{result['date']}, {result['machine']}, {result['versions']}. Root mean square of the relative error",
        f"of the reference model's total over {result['replicates']} seeds. The factor integrated out is staff, the product",
        "of two lognormal inputs of twelve.",
        f"Against {known};",
        f"in brackets its own standard error, from {result['truth']['points']} through scipy's inverses.",
        "",
        f"| statistic | draws | {' | '.join(methods)} |",
        f"|---|---:|{'---:|' * len(methods)}",
    ]
    sizes = [n for n in result["errors"][methods[0]] if int(n).bit_count() == 1 and (int(n).bit_length() - 1) % 2 == 0]
    for name in STATISTICS:
        for n in sizes:
            cells = " | ".join(percent(result["errors"][method][n][name]) for method in methods)
            lines.append(f"| {name} | {int(n):,} | {cells} |")
    lines += [
        "",
        f"## P95 to {percent(TARGET)}",
        "",
        f"Warm, in one process, one thread; medians of {result['rounds']} interleaved rounds. Sobol draws are a power of two",
        "or three halves of one, so they overshoot; naive and random draws are those that theory asks for.",
        f"The error reached is that of {result['replicates']} other seeds.",
        "",
        "| | draws | seconds | times naive | P95 error reached |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in result["target"]:
        cells = f"{row['draws']:,} | {row['seconds']:.2g} | {row['ratio']:.2g} | {percent(row['error'])}"
        lines.append(f"| {row['way']} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write unless it is a quick run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few replicates, up to 2^14, write nothing")
    parser.add_argument(
        "--time-only", action="store_true", help="reuse the errors of accuracy.json, and measure the time again"
    )
    parser.add_argument("--machine", default=f"{os.cpu_count()} cores", help="name of this machine in the report")
    options = parser.parse_args()
    replicates, top, rounds = (6, 14, 3) if options.quick else (100, 20, 9)
    sizes = sorted({1 << power for power in range(10, top + 1)} | {3 << power for power in range(12, top - 3)})
    old = json.loads((HERE / "accuracy.json").read_text()) if options.time_only else None
    true = old["truth"] if old else truth(*((4, 14) if options.quick else (16, 18)))
    total = true["lines"]["total_cost"]
    known = [row["value"] for row in total.values()]
    methods = offered()
    found = old["errors"] if old else errors(methods, sizes, replicates, known)
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": options.machine,
        "versions": f"llmcost {simulator_version()}, numpy {np.__version__}",
        "replicates": replicates,
        "rounds": rounds,
        "truth": true,
        "errors": found,
        "target": time_to_target(methods, found, known, total["P95"]["noise"], replicates, rounds),
    }
    words = table(result)
    print(words)
    if not options.quick:
        (HERE / "reference" / "truth.json").write_text(json.dumps(true, indent=1) + "\n")
        (HERE / "accuracy.json").write_text(json.dumps(result, indent=1) + "\n")
        (HERE / "accuracy.md").write_text(words)


def simulator_version() -> str:
    """Return the version of llmcost that is installed."""
    from importlib.metadata import version

    return version("llmcost")


if __name__ == "__main__":
    main()
