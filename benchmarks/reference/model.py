"""The arithmetic of the reference model for contenders that hand over whole arrays, and the distributions as plain
parameters.
"""

import math

import numpy as np
from measure import PERCENTS

YEAR = 8766.0
LOGNORMALS = {  # by their central 95 %; the first three below are what is added to one
    "chip_price": (22e3, 40e3),
    "server": (0.4, 0.9),
    "network": (0.1, 0.4),
    "experiments": (0.5, 4),
    "tokens": (8e12, 16e12),
    "price": (0.05, 0.12),
    "fte": (100, 300),
    "pay": (250e3, 600e3),
}
ABOVE_ONE = ("server", "network", "experiments")
LIFE = (3, 4, 6)  # least, mode, most, in years
MFU, POWER = (20, 30), (15, 5)  # beta
PUE = (1.05, 1.15, 1.4)  # PERT: least, mode, most
PUE_BETA = (1 + 4 * 0.10 / 0.35, 1 + 4 * 0.25 / 0.35)


def log_parameters(name):
    """Mean and standard deviation of the logarithm."""
    low, high = LOGNORMALS[name]
    return math.log(low * high) / 2, math.log(high / low) / 3.919927969080108


def costs(chip_price, server, network, life, tokens, experiments, mfu, power, pue, price, fte, pay):
    """Hardware, energy and staff cost; `life` in years."""
    hours = 6 * 200e9 * tokens / (989e12 * 3600 * mfu) * experiments
    hardware = chip_price * server / (life * YEAR) * hours * network
    energy = hours * 0.7 * 1.82 * power * pue * price
    return hardware, energy, fte * pay


def statistics(hardware, energy, staff):
    """Mean and percentiles of the total and of each line, and mean shares."""
    total = hardware + energy + staff
    lines = {"hardware_cost": hardware, "energy_cost": energy, "staff_cost": staff, "total_cost": total}
    figures = {name: (x.mean(), *np.percentile(x, PERCENTS)) for name, x in lines.items()}
    return figures, {name: (x / total).mean() for name, x in lines.items()}
