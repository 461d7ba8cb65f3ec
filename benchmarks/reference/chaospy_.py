"""The reference model in chaospy: a joint distribution, sampled through its inverse."""

import chaospy as cp
from measure import main
from model import ABOVE_ONE, LIFE, LOGNORMALS, MFU, POWER, PUE, costs, log_parameters, statistics

LAWS = {name: cp.LogNormal(*log_parameters(name), shift=float(name in ABOVE_ONE)) for name in LOGNORMALS}
LAWS |= {"life": cp.Triangle(*LIFE), "mfu": cp.Beta(*MFU), "power": cp.Beta(*POWER), "pue": cp.PERT(*PUE)}
JOINT = cp.J(*LAWS.values())


def simulate(n, seed=0):
    """Sample the joint distribution and compute with its rows."""
    samples = JOINT.sample(n, rule="random", seed=seed)
    return statistics(*costs(**dict(zip(LAWS, samples, strict=True))))


if __name__ == "__main__":
    main(simulate, "chaospy")
