"""Parts of a day and of a life over which a mean is taken where a quantity rises by whole steps, such as replicas."""

PARTS_OF_DAY = 24
"""Hours of a day."""
PARTS_OF_LIFE = 12
"""Parts of a service life, over which demand grows."""


def midpoints(parts: int) -> tuple[float, ...]:
    """Return the middle of each of some equal parts of the interval from 0 to 1.

    Examples
    --------
    >>> midpoints(2)
    (0.25, 0.75)

    """
    return tuple((part + 0.5) / parts for part in range(parts))
