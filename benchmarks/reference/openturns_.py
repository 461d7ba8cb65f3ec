"""The reference model in OpenTURNS: a joint distribution, a symbolic function, samples."""

import openturns as ot
from measure import LINES, PERCENTS, main
from model import ABOVE_ONE, LIFE, LOGNORMALS, MFU, POWER, PUE, PUE_BETA, log_parameters

INPUTS = ot.JointDistribution(
    [
        *(ot.LogNormal(*log_parameters(name), float(name in ABOVE_ONE)) for name in LOGNORMALS),
        ot.Triangular(*LIFE),
        ot.Beta(*MFU, 0, 1),
        ot.Beta(*POWER, 0, 1),
        ot.Beta(*PUE_BETA, PUE[0], PUE[2]),
    ]
)
FORMULA = """
var hours := 6 * 200e9 * tokens / (989e12 * 3600 * mfu) * experiments;
hardware := chip_price * server / (life * 8766) * hours * network;
energy := hours * 0.7 * 1.82 * power * pue * price;
staff := fte * pay;
total := hardware + energy + staff;
hardware_share := hardware / total;
energy_share := energy / total;
staff_share := staff / total;
"""
OUTPUTS = ["hardware", "energy", "staff", "total", "hardware_share", "energy_share", "staff_share"]
MODEL = ot.SymbolicFunction([*LOGNORMALS, "life", "mfu", "power", "pue"], OUTPUTS, FORMULA)


def simulate(n, seed=0):
    """Sample the inputs, apply the function, and ask the sample for its statistics."""
    ot.RandomGenerator.SetSeed(seed)
    sample = MODEL(INPUTS.getSample(n))
    means = sample.computeMean()
    quantiles = sample.getMarginal([0, 1, 2, 3]).computeQuantilePerComponent([p / 100 for p in PERCENTS])
    figures = {name: (means[i], *(q[i] for q in quantiles)) for i, name in enumerate(LINES)}
    return figures, dict(zip(LINES, (*means[4:], 1.0), strict=True))


if __name__ == "__main__":
    main(simulate, "openturns")
