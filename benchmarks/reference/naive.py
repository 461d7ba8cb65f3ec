"""The reference model as anybody would write it in numpy: fifteen lines, all draws at once."""

import numpy as np

YEAR = 8766.0
PERCENTS = (2.5, 50, 80, 95, 97.5)


def lognormal(rng, low, high, n):
    """A lognormal through its central 95 %."""
    return rng.lognormal(np.log(low * high) / 2, np.log(high / low) / 3.919927969080108, n)


def simulate(n, seed=0):
    """Draw n times and return mean and percentiles of the total and of each line, and mean shares."""
    rng = np.random.default_rng(seed)
    chip_price = lognormal(rng, 22e3, 40e3, n)
    server, network = 1 + lognormal(rng, 0.4, 0.9, n), 1 + lognormal(rng, 0.1, 0.4, n)
    life = rng.triangular(3, 4, 6, n) * YEAR
    tokens, experiments = lognormal(rng, 8e12, 16e12, n), 1 + lognormal(rng, 0.5, 4, n)
    mfu, power = rng.beta(20, 30, n), rng.beta(15, 5, n)
    pue = 1.05 + 0.35 * rng.beta(1 + 4 * 0.10 / 0.35, 1 + 4 * 0.25 / 0.35, n)
    price, fte, pay = lognormal(rng, 0.05, 0.12, n), lognormal(rng, 100, 300, n), lognormal(rng, 250e3, 600e3, n)
    hours = 6 * 200e9 * tokens / (989e12 * 3600 * mfu) * experiments
    hardware = chip_price * server / life * hours * network
    energy = hours * 0.7 * 1.82 * power * pue * price
    staff = fte * pay
    total = hardware + energy + staff
    lines = {"hardware_cost": hardware, "energy_cost": energy, "staff_cost": staff, "total_cost": total}
    figures = {name: (x.mean(), *np.percentile(x, PERCENTS)) for name, x in lines.items()}
    return figures, {name: (x / total).mean() for name, x in lines.items()}


if __name__ == "__main__":
    from measure import main

    main(simulate, "numpy")
