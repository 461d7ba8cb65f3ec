"""Dependence between streams: a Gaussian copula from rank correlations."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Copula:
    """A Gaussian copula over some of the streams, given as rank correlations of pairs.

    A rank correlation rho becomes the correlation 2 sin(pi rho / 6) of the scores (Kruskal 1958). Streams are correlated
    within each connected group, in the order of the alphabet, so a pair elsewhere changes nothing here.
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
            self.factors.append((group, _root(matrix)))

    @property
    def names(self) -> list[str]:
        """The streams that are correlated."""
        return [name for group, _ in self.factors for name in group]

    @staticmethod
    def _check(group: tuple[str, ...], matrix: Array, ranks: Mapping[tuple[str, str], float]) -> None:
        values, vectors = np.linalg.eigh(matrix)
        if values[0] >= -1e-10:
            return
        weight = vectors[:, 0]
        index = {name: i for i, name in enumerate(group)}
        blame = {
            pair: float(weight[index[pair[0]]] * weight[index[pair[1]]] * matrix[index[pair[0]], index[pair[1]]])
            for pair in ranks
            if pair[0] in index
        }
        worst = sorted((pair for pair in blame if blame[pair] < -1e-12), key=blame.__getitem__)
        named = ", ".join(f"{a} with {b} ({ranks[a, b]:+g})" for a, b in worst[:4])
        raise ValueError(
            f"these rank correlations cannot hold together (smallest eigenvalue {values[0]:.3g}): {named}; "
            "bring one of them nearer to zero"
        )

    def correlate(self, z: dict[str, Array]) -> None:
        """Replace independent scores by dependent ones, in place; a group is correlated where all of it is there."""
        for group, factor in self.factors:
            if all(name in z for name in group):
                # Not `@`: the last digits of BLAS hang on the number of cores.
                correlated = np.einsum("ij,jk->ik", factor, np.stack([z[name] for name in group]))
                z.update(zip(group, correlated, strict=True))


def _groups(ranks: Mapping[tuple[str, str], float]) -> list[tuple[str, ...]]:
    groups: list[set[str]] = []
    for a, b in ranks:
        touching = [group for group in groups if a in group or b in group]
        groups = [group for group in groups if group not in touching] + [set().union({a, b}, *touching)]
    return sorted(tuple(sorted(group)) for group in groups)


def _root(matrix: Array) -> Array:
    """Cholesky's factor, with zero columns where the matrix is singular (a pair correlated completely)."""
    size = len(matrix)
    root = np.zeros_like(matrix)
    for j in range(size):
        rest = matrix[j:, j] - root[j:, :j] @ root[j, :j]
        if rest[0] > 1e-10:
            root[j:, j] = rest / np.sqrt(rest[0])
    return root
