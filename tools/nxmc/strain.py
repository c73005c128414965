"""Crystals at mechanical equilibrium: displacements of sites and deviations of local areas (Eqs. 5 and 14 of Frechette et al. 2021)."""

from __future__ import annotations

import numpy as np

from .lattice import NO_SITE, Lattice

MISMATCH = 0.1
"""Δ in lattice spacings, as in the paper"""


class Strain:
    """Of one crystal. What is needed for its configurations is prepared once, which takes (dimensions N)³ steps."""

    def __init__(self, lattice: Lattice, shell_stiffness: float = 1.0) -> None:
        """The springs of bonds with both ends in the shell are `shell_stiffness` times as stiff."""
        self._lattice = lattice
        self._dimensions = 2 if lattice.is_flat else 3
        self._bonds = self._unit_bonds()
        self._response = self._solve(shell_stiffness)

    def _unit_bonds(self) -> np.ndarray:
        """Directions of the bonds of a site, shape (Z, dimensions)."""
        vectors = self._lattice.bond_vectors[:, : self._dimensions]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _solve(self, shell_stiffness: float) -> np.ndarray:
        """D⁺C, shape (dimensions N, N): D and C as in Eqs. 7 and 8, with equal signs of both terms of C, as Eq. 4 has it."""
        lattice, d = self._lattice, self._dimensions
        count = len(lattice.cells)
        stiffness = np.zeros((count, d, count, d))
        coupling = np.zeros((count, d, count))
        in_shell = lattice.in_shell
        for bond, along in enumerate(self._bonds):
            site = np.flatnonzero(lattice.neighbour[:, bond] != NO_SITE)
            other = lattice.neighbour[site, bond]
            weight = np.where(in_shell[site] & in_shell[other], shell_stiffness, 1.0)
            tensors = weight[:, None, None] * np.outer(along, along)
            stiffness[site, :, site, :] += tensors
            stiffness[site, :, other, :] -= tensors
            coupling[site, :, site] -= weight[:, None] * along
            coupling[site, :, other] -= weight[:, None] * along
        matrix = stiffness.reshape(d * count, d * count)
        # Rigid motions cost nothing: the solution without them is the one of least norm.
        return np.asarray(np.linalg.pinv(matrix, hermitian=True, rcond=1e-9) @ coupling.reshape(d * count, count))

    def displacements(self, is_a: np.ndarray, mismatch: float = MISMATCH) -> np.ndarray:
        """Of every site, in lattice spacings, shape (N, dimensions). `is_a`: bool, shape (N,)."""
        sigma = np.where(is_a, 1.0, -1.0)
        return (0.5 * mismatch * self._response @ (sigma - sigma.mean())).reshape(len(sigma), self._dimensions)

    def area_deviations(self, is_a: np.ndarray, mismatch: float = MISMATCH) -> np.ndarray:
        """Of every site, in squares of the lattice spacing, relative to the mean composition; shape (N,)."""
        u, neighbour = self.displacements(is_a, mismatch), self._lattice.neighbour
        there = neighbour != NO_SITE
        stretched = self._bonds * self._bond_lengths()[:, None] + u[neighbour] - u[:, None, :]
        squares = (stretched**2).sum(axis=2) / self._bond_lengths() ** 2
        return np.asarray(np.where(there, squares, 0).sum(axis=1) / there.sum(axis=1) - 1)

    def _bond_lengths(self) -> np.ndarray:
        return np.asarray(np.linalg.norm(self._lattice.bond_vectors, axis=1))
