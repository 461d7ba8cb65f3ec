"""The reference model in chaospy: a joint distribution, sampled through its inverse."""

import chaospy as cp
from measure import main
from model import ABOVE_ONE, LIFE, LOGNORMALS, MFU, POWER, PUE, PUE_BETA, costs, log_parameters, statistics

DISTRIBUTIONS = {name: cp.LogNormal(*log_parameters(name), shift=float(name in ABOVE_ONE)) for name in LOGNORMALS}
DISTRIBUTIONS |= {"life": cp.Triangle(*LIFE), "mfu": cp.Beta(*MFU), "power": cp.Beta(*POWER)}
# Not chaospy.PERT: 4.3.21 builds its beta from the mean where the mode belongs, so PERT(0, 1, 10) has mean 3.22, not 2.33.
DISTRIBUTIONS |= {"pue": cp.Beta(*PUE_BETA, PUE[0], PUE[2])}
JOINT = cp.J(*DISTRIBUTIONS.values())


def simulate(n, seed=0):
    """Sample the joint distribution and compute with its rows."""
    samples = JOINT.sample(n, rule="random", seed=seed)
    return statistics(*costs(**dict(zip(DISTRIBUTIONS, samples, strict=True))))


if __name__ == "__main__":
    main(simulate, "chaospy")
