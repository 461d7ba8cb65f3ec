"""The reference model in monaco: random variables of scipy's, and a run function that is called case by case."""

import math

import monaco as mc
from measure import LINES, PERCENTS, main
from model import ABOVE_ONE, LIFE, LOGNORMALS, MFU, POWER, PUE, PUE_BETA, costs, log_parameters
from scipy.stats import beta, lognorm, triang


def preprocess(case):
    """Take the inputs of one case."""
    return ({name: var.val for name, var in case.invals.items()},)


def run(inputs):
    """Compute one case."""
    hardware, energy, staff = costs(**inputs)
    return hardware, energy, staff


def postprocess(case, hardware, energy, staff):
    """Keep what one case gave."""
    total = hardware + energy + staff
    for name, value in zip(LINES, (hardware, energy, staff, total), strict=True):
        case.addOutVal(name, value)
        case.addOutVal(name + " share", value / total)


def simulate(n, seed=0):
    """Run n cases and ask each output for its statistics."""
    functions = {"preprocess": preprocess, "run": run, "postprocess": postprocess}
    sim = mc.Sim("reference", n, functions, samplemethod="random", seed=seed, verbose=False)
    for name in LOGNORMALS:
        mu, sigma = log_parameters(name)
        sim.addInVar(name, lognorm, {"s": sigma, "scale": math.exp(mu), "loc": float(name in ABOVE_ONE)})
    low, mode, high = LIFE
    sim.addInVar("life", triang, {"c": (mode - low) / (high - low), "loc": low, "scale": high - low})
    sim.addInVar("mfu", beta, {"a": MFU[0], "b": MFU[1]})
    sim.addInVar("power", beta, {"a": POWER[0], "b": POWER[1]})
    sim.addInVar("pue", beta, {"a": PUE_BETA[0], "b": PUE_BETA[1], "loc": PUE[0], "scale": PUE[2] - PUE[0]})
    sim.runSim()
    figures, shares = {}, {}
    for name in LINES:
        outcome, share = sim.outvars[name], sim.outvars[name + " share"]
        outcome.addVarStat("mean")
        for percent in PERCENTS:
            outcome.addVarStat("percentile", {"p": percent / 100})
        share.addVarStat("mean")
        figures[name], shares[name] = [stat.vals for stat in outcome.varstats], share.varstats[0].vals
    return figures, shares


if __name__ == "__main__":
    main(simulate, "monaco")
