"""The reference model in llmcost: a scenario file. `python llmcost_.py N [SEED] [THREADS] [exact]`."""

from pathlib import Path

from measure import PERCENTS, main

from simulator.engine import simulate as engine
from simulator.scenario import read

SCENARIO = read(str(Path(__file__).with_name("scenario.yaml")))


def simulate(n, seed=0, threads="1", *options):
    """Draw, and read the same statistics off the accumulators."""
    result = engine.simulate(SCENARIO, n, seed=seed, threads=int(threads), exact="exact" in options)
    percents = [p / 100 for p in PERCENTS]
    lines = {name: result.accumulators[name] for name in (*SCENARIO.lines, "total_cost")}
    figures = {name: (accumulator.mean, *accumulator.quantiles(percents)) for name, accumulator in lines.items()}
    return figures, {name: result.shares[name].mean for name in SCENARIO.lines} | {"total_cost": 1.0}


if __name__ == "__main__":
    main(simulate, "llmcost")
