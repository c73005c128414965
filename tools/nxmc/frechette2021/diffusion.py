"""The crystal without interaction, exactly: occupations of sites are independent of each other and follow a linear equation."""

from __future__ import annotations

import numpy as np

from ..lattice import NO_SITE, Lattice


def generator(lattice: Lattice, delta_mu: float) -> np.ndarray:
    """M of dn/dt = M n + b for the probabilities n of A: swaps of neighbours at rate 1, at the surface A to B at exp(-delta_mu/2), in k_BT,
    and back at exp(delta_mu/2). Shape (N, N)."""
    count = len(lattice.cells)
    matrix = np.zeros((count, count))
    site, bond = np.nonzero(lattice.neighbour != NO_SITE)
    matrix[site, lattice.neighbour[site, bond]] += 1
    matrix[np.diag_indices(count)] -= (lattice.neighbour != NO_SITE).sum(axis=1)
    surface = lattice.layer == 1
    matrix[np.flatnonzero(surface), np.flatnonzero(surface)] -= 2 * np.cosh(delta_mu / 2)
    return matrix


def composition(lattice: Lattice, delta_mu: float, times: np.ndarray) -> np.ndarray:
    """c(t) of a crystal that begins as A throughout."""
    matrix = generator(lattice, delta_mu)
    rates, modes = np.linalg.eigh(matrix)
    source = np.where(lattice.layer == 1, np.exp(delta_mu / 2), 0.0)
    final = np.linalg.solve(matrix, -source)
    amplitudes = modes.T @ (np.ones(len(matrix)) - final)
    decay = np.exp(np.outer(times, rates)) * amplitudes
    return np.asarray((decay @ modes.T + final).mean(axis=1))


def slowest_rate(lattice: Lattice, delta_mu: float) -> float:
    """At which c decays in the end."""
    return float(-np.linalg.eigvalsh(generator(lattice, delta_mu))[-1])
