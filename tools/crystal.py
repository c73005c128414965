"""Crystals as nxmc numbers their sites, for pictures: where a site is, and which local phase it is in.

Hexagons are ordered by row, then along the row; boxes with x slowest and z fastest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PHASES = ("U1", "S1", "0", "S2", "U2")
"""Local phases (Eq. 13 of Frechette et al. 2021); `local_phases` returns indices into this."""

NO_PHASE = -1
"""Sites of the outermost layer: they lack neighbours and have no local phase."""

RING = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
"""Steps (place, row) to the six neighbours in a hexagon, in the order in which they surround a site."""

U1, S1, DISORDERED, S2, U2 = range(5)


def hexagon_cells(edge: int) -> np.ndarray:
    """(place, row) of every site of a hexagon with `edge` sites on an edge, shape (N, 2), the centre at (0, 0)."""
    last = edge - 1
    return np.array(
        [
            (place, row)
            for row in range(-last, last + 1)
            for place in range(max(-last, -last - row), min(last, last - row) + 1)
        ]
    )


def hexagon_positions(edge: int) -> np.ndarray:
    """Positions of the sites of a hexagon in units of the lattice spacing, shape (N, 2)."""
    place, row = hexagon_cells(edge).T
    return np.column_stack([place + row / 2, row * np.sqrt(3) / 2])


def hexagon_phases(edge: int, is_a: np.ndarray) -> np.ndarray:
    """Index into PHASES of every site of a hexagon, NO_PHASE on its surface. `is_a`: bool, shape (N,)."""
    cells = hexagon_cells(edge) + edge  # an empty margin all round
    occupant = np.full((2 * edge + 1, 2 * edge + 1), np.nan)
    occupant[tuple(cells.T)] = is_a
    ring = np.stack([occupant[tuple((cells + step).T)] for step in RING])

    whole = ~np.isnan(ring).any(axis=0)
    alternating = whole & (ring[0] != ring[1]) & (ring[:4] == ring[2:]).all(axis=0)
    all_a, all_b = (ring == 1).all(axis=0), (ring == 0).all(axis=0)
    return np.select(
        [~whole, all_a & is_a, all_b & ~is_a, all_a | (alternating & is_a), all_b | alternating],
        [NO_PHASE, U1, U2, S1, S2],
        DISORDERED,
    )


def box_phases(edges: Sequence[int], is_a: np.ndarray) -> np.ndarray:
    """Index into PHASES of every site of a box, shape `edges`; U1 or U2 where a site and its 18 neighbours agree.

    Returns NO_PHASE on the surface.
    """
    occupant = is_a.reshape(edges)
    phases = np.full(edges, NO_PHASE)
    interior = tuple(slice(1, -1) for _ in range(3))
    steps = [s for s in np.ndindex(3, 3, 3) if 1 <= sum(abs(x - 1) for x in s) <= 2] + [(1, 1, 1)]
    block = np.stack([occupant[tuple(slice(x, x + n - 2) for x, n in zip(s, edges))] for s in steps])
    phases[interior] = np.select([block.all(axis=0), ~block.any(axis=0)], [U1, U2], DISORDERED)
    return phases
