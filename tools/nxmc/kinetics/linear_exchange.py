"""Exchange of a crystal without interaction, exactly: mean occupations of sites obey a linear equation.

Conversion is a sum over sites, so that only modes with the full symmetry of the crystal count. In these the equation has as many rows
as the crystal has sites that symmetry does not make equivalent: a twelfth of a hexagon, a 48th of a cube.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..lattice import NO_SITE, Lattice

MAX_KINDS = 3000
"""of sites that are not equivalent, for which the modes take seconds and 70 MB"""
STIFF = 1e4
"""times the rate of hops: surfaces that change faster are as good as always in balance with the reservoir"""


class TooManySites(Exception):
    """The equation of a crystal would take minutes and gigabytes."""


def diffusion_of_hops(lattice: Lattice) -> float:
    """D of swaps of neighbours at rate 1 in units of the squared spacing, as a continuum: 1.5 on the triangular lattice, 5 for 18 bonds."""
    squares = np.ones(len(lattice.bonds)) if lattice.is_flat else (lattice.bonds**2).sum(axis=1)
    return float(squares.sum() / (4 if lattice.is_flat else 6))


class LinearExchange:
    """Conversion of a crystal that begins as A throughout, whose ions swap at one rate and are exchanged at its surface."""

    def __init__(self, lattice: Lattice) -> None:
        """Raises TooManySites."""
        self.lattice = lattice
        sites = len(lattice.cells)
        representatives, kind, _ = lattice.orbits()
        if len(representatives) > MAX_KINDS:
            raise TooManySites(f"{len(representatives)} kinds of sites are more than {MAX_KINDS}")
        count = np.bincount(kind).astype(float)
        neighbours = lattice.neighbour[representatives]
        exists = neighbours != NO_SITE
        swaps = np.zeros((len(representatives), len(representatives)))
        of, bond = np.nonzero(exists)
        np.add.at(swaps, (of, kind[neighbours[of, bond]]), 1.0)
        swaps -= np.diag(exists.sum(axis=1))
        self._swaps = swaps * np.sqrt(count[:, None] / count)  # symmetric: both ends of a bond count it alike
        self._weights = np.sqrt(count / sites)
        self._is_surface = lattice.layer[representatives] == 1
        self.diffusion = diffusion_of_hops(lattice)
        """D of swaps at rate 1"""

    @cached_property
    def share_of_surface(self) -> float:
        """Fraction of the sites that lie at the surface."""
        return float((self._weights[self._is_surface] ** 2).sum())

    @cached_property
    def absorbed(self) -> tuple[np.ndarray, np.ndarray]:
        """With a surface that is B from the beginning: decay rates of the modes in units of the rate of swaps, ascending, and
        what each of them contributes to the fraction of A at first."""
        inner = ~self._is_surface
        return _modes(self._swaps[np.ix_(inner, inner)], self._weights[inner])

    def conversion(self, times: np.ndarray, swaps: float, to_b: float = np.inf, to_a: float = 0.0) -> np.ndarray:
        """X(t), the fraction of B, at these times.

        swaps       their rate, in the inverse unit of the times
        to_b, to_a  rates at which ions of the surface are exchanged
        """
        if to_b > STIFF * swaps:
            end = to_a / to_b / (1 + to_a / to_b) if np.isfinite(to_b) else 0.0
            rates, amplitudes = self.absorbed
            rates = rates * swaps
        else:
            end = to_a / (to_a + to_b)
            rates, amplitudes = _modes(swaps * self._swaps - np.diag((to_a + to_b) * self._is_surface), self._weights)
        return np.asarray((1 - end) * (1 - np.exp(-np.outer(times, rates)) @ amplitudes))


def _modes(matrix: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(matrix) == 0:
        return np.zeros(0), np.zeros(0)
    rates, modes = np.linalg.eigh(matrix)
    return -rates[::-1], (weights @ modes)[::-1] ** 2
