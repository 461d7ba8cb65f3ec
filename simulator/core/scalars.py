"""Types of numbers that callers pass: those of Python, and scalars of NumPy."""

from typing import Any, TypeAlias

import numpy as np

Number: TypeAlias = float | np.integer[Any] | np.floating[Any]
"""A number: an int, a float, or a scalar of NumPy."""
