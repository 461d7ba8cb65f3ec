"""Dependence between streams: a Gaussian copula from rank correlations."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Copula:
    """A Gaussian copula over some of the streams, specified by rank correlations of pairs.

    A rank correlation rho becomes the correlation 2 sin(pi rho / 6) of the normal variates (Kruskal 1958). Streams are
    correlated within each connected group, in alphabetical order, so a pair of another group has no effect on it.
    """

    def __init__(self, ranks: Mapping[tuple[str, str], float]) -> None:
        self.factors: list[tuple[tuple[str, ...], Array]] = []
        for group in _groups(ranks):
            matrix = np.eye(len(group))
            for (a, b), rank in ranks.items():
                if a in group:
                    i, j = group.index(a), group.index(b)
                    matrix[i, j] = matrix[j, i] = rank if abs(rank) == 1 else 2 * np.sin(np.pi * rank / 6)
            self._check(group, matrix, ranks)
            self.factors.append((group, _cholesky(matrix)))

    @property
    def names(self) -> list[str]:
        """The correlated streams."""
        return [name for group, _ in self.factors for name in group]

    @staticmethod
    def _check(group: tuple[str, ...], matrix: Array, ranks: Mapping[tuple[str, str], float]) -> None:
        values, vectors = np.linalg.eigh(matrix)
        if values[0] >= -1e-10:
            return
        weight = vectors[:, 0]
        index = {name: i for i, name in enumerate(group)}
        contributions = {
            pair: float(weight[index[pair[0]]] * weight[index[pair[1]]] * matrix[index[pair[0]], index[pair[1]]])
            for pair in ranks
            if pair[0] in index
        }
        worst = sorted((pair for pair in contributions if contributions[pair] < -1e-12), key=contributions.__getitem__)
        pairs = ", ".join(f"{a} with {b} ({ranks[a, b]:+g})" for a, b in worst[:4])
        raise ValueError(
            f"these rank correlations are inconsistent (smallest eigenvalue {values[0]:.3g}): {pairs}; "
            "move one of them closer to zero"
        )

    def correlate(self, z: dict[str, Array]) -> None:
        """Replace independent normal variates by correlated ones, in place; a group is correlated if it is complete."""
        for group, factor in self.factors:
            if all(name in z for name in group):
                # Not `@`: the last digits of BLAS depend on the number of cores.
                correlated = np.einsum("ij,jk->ik", factor, np.stack([z[name] for name in group]))
                z.update(zip(group, correlated, strict=True))


def _groups(ranks: Mapping[tuple[str, str], float]) -> list[tuple[str, ...]]:
    groups: list[set[str]] = []
    for a, b in ranks:
        connected = [group for group in groups if a in group or b in group]
        groups = [group for group in groups if group not in connected] + [set().union({a, b}, *connected)]
    return sorted(tuple(sorted(group)) for group in groups)


def _cholesky(matrix: Array) -> Array:
    """Return the Cholesky factor, with zero columns if the matrix is singular (a perfectly correlated pair)."""
    size = len(matrix)
    factor = np.zeros_like(matrix)
    for j in range(size):
        rest = matrix[j:, j] - factor[j:, :j] @ factor[j, :j]
        if rest[0] > 1e-10:
            factor[j:, j] = rest / np.sqrt(rest[0])
    return factor
