"""Draws as 16-bit numbers: the columns of the inputs that the page embeds."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEPS = 65_535
_MOST_VALUES = 256
_LOG_FROM = 2.0


@dataclass(frozen=True)
class Column:
    """The draws of an input, as whole numbers from 0 to 65,535 on a scale.

    Attributes
    ----------
    scale : str
        `linear` between two values, `log` where all are above zero and the largest is twice the smallest or more, `exact` for
        few distinct values, which are listed.
    low, high : float
        The values of 0 and 65,535 on the scale; logarithms on `log`.
    values : tuple of float
        The distinct values on `exact`.
    codes : array of uint16

    """

    scale: str
    low: float
    high: float
    values: tuple[float, ...]
    codes: NDArray[np.uint16]

    @cached_property
    def draws(self) -> Array:
        """The draws as the page has them."""
        if self.scale == "exact":
            return np.array(self.values)[self.codes]
        on_scale = self.low + self.codes.astype(np.float64) * ((self.high - self.low) / STEPS)
        return np.exp(on_scale) if self.scale == "log" else on_scale

    def to_plain(self) -> dict[str, Any]:
        """Return the column as data of the page."""
        text = base64.b64encode(self.codes.astype("<u2").tobytes()).decode()
        if self.scale == "exact":
            return {"scale": self.scale, "values": list(self.values), "codes": text}
        return {"scale": self.scale, "low": self.low, "high": self.high, "codes": text}


def encode(draws: Array) -> Column:
    """Return the column of some draws; the error is at most half a step of its scale."""
    distinct = np.unique(draws)
    if len(distinct) <= _MOST_VALUES:
        return Column("exact", 0.0, 0.0, tuple(distinct.tolist()), np.searchsorted(distinct, draws).astype(np.uint16))
    low, high = float(distinct[0]), float(distinct[-1])
    if low > 0 and high / low >= _LOG_FROM:
        on_scale, low, high, scale = np.log(draws), float(np.log(low)), float(np.log(high)), "log"
    else:
        on_scale, scale = draws, "linear"
    return Column(scale, low, high, (), np.rint((on_scale - low) * (STEPS / (high - low))).astype(np.uint16))


class Columns:
    """The columns of all plans; equal draws of an input are stored once."""

    def __init__(self) -> None:
        self.columns: list[Column] = []
        self._places: dict[bytes, int] = {}

    def add(self, draws: Array) -> int:
        """Return the place of the column of some draws."""
        key = hashlib.blake2b(np.ascontiguousarray(draws).tobytes(), digest_size=16).digest()
        if key not in self._places:
            self._places[key] = len(self.columns)
            self.columns.append(encode(draws))
        return self._places[key]

    def add_ranks(self, variates: Array) -> int:
        """Return the place of the column of the ranks of some variates, from 0."""
        ranks = np.empty(len(variates), dtype=np.uint16)
        ranks[np.argsort(variates, kind="stable")] = np.arange(len(variates))
        key = b"ranks" + hashlib.blake2b(ranks.tobytes(), digest_size=16).digest()
        if key not in self._places:
            self._places[key] = len(self.columns)
            self.columns.append(Column("linear", 0.0, float(STEPS), (), ranks))
        return self._places[key]
