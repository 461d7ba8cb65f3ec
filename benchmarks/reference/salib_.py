"""The reference model in SALib: Latin hypercube samples of a problem. It has no beta, so three columns pass through scipy's."""

from measure import main
from model import ABOVE_ONE, LIFE, LOGNORMALS, MFU, POWER, PUE, PUE_BETA, costs, log_parameters, statistics
from SALib.sample import latin
from scipy.stats import beta

BETAS = {"mfu": beta(*MFU), "power": beta(*POWER), "pue": beta(*PUE_BETA, PUE[0], PUE[2] - PUE[0])}
PROBLEM = {
    "num_vars": 12,
    "names": [*LOGNORMALS, "life", *BETAS],
    "bounds": [
        *(list(log_parameters(name)) for name in LOGNORMALS),
        [LIFE[0], LIFE[2], (LIFE[1] - LIFE[0]) / (LIFE[2] - LIFE[0])],
        *([0, 1] for _ in BETAS),
    ],
    "dists": ["lognorm"] * len(LOGNORMALS) + ["triang"] + ["unif"] * len(BETAS),
}


def simulate(n, seed=0):
    """Sample the problem and compute with its columns."""
    values = dict(zip(PROBLEM["names"], latin.sample(PROBLEM, n, seed=seed).T, strict=True))
    values |= {name: distribution.ppf(values[name]) for name, distribution in BETAS.items()}
    values |= {name: 1 + values[name] for name in ABOVE_ONE}
    return statistics(*costs(**values))


if __name__ == "__main__":
    main(simulate, "SALib")
