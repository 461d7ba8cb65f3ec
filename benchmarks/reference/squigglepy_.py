"""The reference model in squigglepy. An input used twice must be one sample, so each is sampled once and then computed with."""

import squigglepy as sq
from measure import PERCENTS, main
from model import LIFE, LOGNORMALS, MFU, POWER, PUE, costs

DISTRIBUTIONS = {name: sq.to(low, high, credibility=95) for name, (low, high) in LOGNORMALS.items()}
DISTRIBUTIONS |= {"life": sq.triangular(*LIFE), "mfu": sq.beta(*MFU), "power": sq.beta(*POWER), "pue": sq.pert(*PUE)}
DISTRIBUTIONS |= {name: 1 + DISTRIBUTIONS[name] for name in ("server", "network", "experiments")}


def simulate(n, seed=0):
    """Sample every distribution n times."""
    sq.set_seed(seed)
    hardware, energy, staff = costs(**{name: distribution @ n for name, distribution in DISTRIBUTIONS.items()})
    total = hardware + energy + staff
    lines = {"hardware_cost": hardware, "energy_cost": energy, "staff_cost": staff, "total_cost": total}
    figures = {name: (x.mean(), *sq.get_percentiles(x, percentiles=list(PERCENTS)).values()) for name, x in lines.items()}
    return figures, {name: (x / total).mean() for name, x in lines.items()}


if __name__ == "__main__":
    main(simulate, "squigglepy")
