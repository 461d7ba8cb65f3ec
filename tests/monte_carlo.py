"""Figures with a Monte Carlo error beside what is known."""


def near(found, known, times=5.0):
    """Whether an estimate with its error lies within some errors of what is known."""
    value, error = found
    return abs(value - known) < times * error + 1e-9 * abs(known)
