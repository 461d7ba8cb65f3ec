"""Blocks of standard normal variates, for tests of samplers."""

from simulator.engine.sampling.methods import build_sampler
from simulator.engine.sampling.streams import BLOCK

DRAWS = 3 * BLOCK + 1000
KNOWN = ("mfu", "goodput", "gpu_hour_price", "electricity_price")
NAMES = (*KNOWN, "role.engineer.fte", "shock.delay")


def sample_block(method, name, block, size=None, seed=7, names=NAMES, draws=DRAWS):
    """Return one block of the variates of a name, by default as long as it is in a run."""
    sampler = build_sampler(method, seed, draws, names, KNOWN)
    return sampler(name, block, min(BLOCK, draws - block * BLOCK) if size is None else size)
