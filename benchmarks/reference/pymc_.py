"""The reference model in PyMC. `python pymc_.py N [SEED] [sized]`.

`pm.draw(..., draws=N)` is what its documentation shows; `sized` gives every variable the shape (N,) and draws once: quicker.
"""

import pymc as pm
from measure import main
from model import ABOVE_ONE, LIFE, LOGNORMALS, MFU, POWER, PUE, PUE_BETA, costs, log_parameters, statistics


def build(shape=()):
    """Return the three lines as random variables."""
    with pm.Model():
        distributions = {}
        for name in LOGNORMALS:
            mu, sigma = log_parameters(name)
            distributions[name] = pm.LogNormal(name, mu, sigma, shape=shape) + float(name in ABOVE_ONE)
        low, mode, high = LIFE
        distributions["life"] = pm.Triangular("life", lower=low, c=mode, upper=high, shape=shape)
        distributions["mfu"] = pm.Beta("mfu", *MFU, shape=shape)
        distributions["power"] = pm.Beta("power", *POWER, shape=shape)
        distributions["pue"] = PUE[0] + (PUE[2] - PUE[0]) * pm.Beta("pue", *PUE_BETA, shape=shape)
        hardware, energy, staff = costs(**distributions)
        return [pm.Deterministic("hardware", hardware), pm.Deterministic("energy", energy), pm.Deterministic("staff", staff)]


def simulate(n, seed=0, way="draws"):
    """Draw the lines n times."""
    if way == "sized":
        return statistics(*pm.draw(build((n,)), random_seed=seed))
    return statistics(*pm.draw(build(), draws=n, random_seed=seed))


if __name__ == "__main__":
    main(simulate, "pymc")
