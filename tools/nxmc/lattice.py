"""Crystals as nxmc numbers their sites: positions, neighbours, layers, symmetry, and local phases of configurations.

Crystals in the plane are ordered by row, then along the row, those in space with x slowest and z fastest. Periodic crystals ("periodic-hexagon",
"periodic-cube", "periodic-box") are cells of the bulk, hexagonal ones rhombic with rows and sites along a row as edges.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import xxhash

from .shapes import FLAT, GROWING, Listed, Region, region_of

PHASES = ("U1", "S1", "0", "S2", "U2", "Cx", "Cy", "Cz")
"""Local phases (Eq. 13 of Frechette et al. 2021; in 3D columns along x, y and z); `Lattice.phases` returns indices into this."""

NO_PHASE = -1
"""Sites of the outermost layer: they lack neighbours and have no local phase."""

NO_SITE = -1
"""In lists of neighbours: the bond is missing."""

BULK_LAYER = 2
"""The layer of all sites of a periodic crystal: none is at a surface."""

_PERIODIC = "periodic-"

_U1, _S1, _DISORDERED, _S2, _U2, _CX, _CY, _CZ = range(8)

# Bond k and bond (k + Z/2) % Z point opposite ways; in 2D, k runs round the ring of neighbours.
_HEXAGON_BONDS = ((0, 1, 0), (1, 0, 0), (1, -1, 0), (0, -1, 0), (-1, 0, 0), (-1, 1, 0))
_HALF_OF_BOX_BONDS = (
    (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1),
)  # fmt: skip
_BOX_BONDS = (*_HALF_OF_BOX_BONDS, *((-x, -y, -z) for x, y, z in _HALF_OF_BOX_BONDS))
_HEXAGON_BASIS = np.array([[0.5, np.sqrt(3) / 2, 0], [1, 0, 0], [0, 0, 1]])


@dataclass(frozen=True)
class Lattice:
    """A crystal with its shell; N sites, Z bonds of each (6 in 2D, 18 in 3D: nearest and next-nearest neighbours)."""

    name: str
    """the shape: hexagon, cube, box, disc …, with `periodic-` before it of the bulk"""
    edges: tuple[int, ...]
    """sites along the edges of the whole crystal, shell included: one number for a hexagon, two for a periodic one, three for a box; of
    other shapes, and where the shell covers some facets only, the sizes of the core"""
    shell_layers: int
    covered: tuple[str, ...] = ()
    """facets that the shell covers; none: all sides"""
    shell_of_a: bool = False
    """whether a frozen shell consists of A, not B"""
    listed: tuple[tuple[int, ...], ...] = ()
    """lattice coordinates of the core of a crystal that is a list of sites: two or three of each"""

    @property
    def is_flat(self) -> bool:
        """Two-dimensional?"""
        return len(self.listed[0]) == 2 if self.listed else self.name.removeprefix(_PERIODIC) in FLAT

    @property
    def is_periodic(self) -> bool:
        """Without a surface?"""
        return self.name.startswith(_PERIODIC)

    @cached_property
    def cells(self) -> np.ndarray:
        """Lattice coordinates (row, place along the row, 0) or (x, y, z) of every site; int, shape (N, 3)."""
        if self.is_periodic:
            return np.indices(self._periods).reshape(3, -1).T
        region = self._region
        if self._shell_is_layers:
            return region.cells()
        if isinstance(region, Region) and self.name in GROWING:
            return region.moved_out(self.shell_layers, self.covered, self.is_flat).cells()
        cells = region.cells()
        steps = np.vstack([np.zeros((1, 3), dtype=int), self.bonds])
        for _ in range(self.shell_layers):
            cells = np.unique((cells[:, None, :] + steps).reshape(-1, 3), axis=0)
        return region.within_bare_sides(cells, self.covered) if self.covered else cells

    @cached_property
    def in_shell(self) -> np.ndarray:
        """Whether sites are in the shell; bool, shape (N,)."""
        if self._shell_is_layers:
            return self.layer <= self.shell_layers
        shell = np.ones(len(self.cells), dtype=bool)
        shell[self._site_at(self._region.cells())] = False
        return shell

    @property
    def _region(self) -> Region | Listed:
        return Listed(self.listed) if self.listed else region_of(self.name, self.edges)

    @property
    def _shell_is_layers(self) -> bool:
        return self.shell_layers == 0 or self.is_periodic or (not self.covered and self.name in GROWING)

    @cached_property
    def position(self) -> np.ndarray:
        """Sites on the perfect lattice in units of the lattice spacing; float, shape (N, 3), z = 0 in 2D."""
        return self.cells @ _HEXAGON_BASIS if self.is_flat else self.cells.astype(float)

    @property
    def bonds(self) -> np.ndarray:
        """Differences of `cells` along the bonds; int, shape (Z, 3)."""
        return np.array(_HEXAGON_BONDS if self.is_flat else _BOX_BONDS)

    @property
    def bond_vectors(self) -> np.ndarray:
        """The same as differences of `position`; float, shape (Z, 3)."""
        return self.bonds @ _HEXAGON_BASIS if self.is_flat else self.bonds.astype(float)

    @cached_property
    def neighbour(self) -> np.ndarray:
        """Site at the other end of every bond, NO_SITE where there is none; int, shape (N, Z)."""
        return self._site_at(self.cells[:, None, :] + self.bonds)

    @cached_property
    def layer(self) -> np.ndarray:
        """1 on the surface, else 1 + distance in bonds to the nearest surface site; int, shape (N,)."""
        if self.is_periodic:
            return np.full(len(self.cells), BULK_LAYER)
        layer = np.where((self.neighbour == NO_SITE).any(axis=1), 1, 0)
        depth = 1
        while (layer == 0).any():
            reached = np.unique(self.neighbour[layer == depth])
            reached = reached[reached != NO_SITE]
            layer[reached[layer[reached] == 0]] = depth + 1
            depth += 1
        return layer

    @property
    def core(self) -> np.ndarray:
        """Sites inside of the shell, ascending; int, shape (core sites,)."""
        return np.flatnonzero(~self.in_shell)

    @cached_property
    def symmetry(self) -> np.ndarray:
        """Point operations as permutations: site i goes to symmetry[g, i]; int, shape (operations, N), the first one is the identity.
        Of a periodic crystal those about its first site."""
        if self.is_periodic:
            operations = (operation for operation in _point_group(self.is_flat) if self._keeps_periods(operation))
            return np.array([self._site_at(self.cells @ operation) for operation in operations])
        count = len(self.cells)
        total = self.cells.sum(axis=0)
        permutations = []
        for operation in _point_group(self.is_flat):
            shift = total - total @ operation
            if (shift % count != 0).any():
                continue
            image = self._site_at(self.cells @ operation + shift // count)
            if (image != NO_SITE).all() and (self.in_shell[image] == self.in_shell).all():
                permutations.append(image)
        return np.array(permutations)

    def orbits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sites that symmetry makes equivalent: representatives, shape (R,); of every site its representative's place among them
        and the operation that brings the representative to it, shape (N,) each. To all sites of a periodic crystal translations lead
        from the first one (`translation`), which are no such operations."""
        row, operation = np.full((2, len(self.cells)), -1)
        representatives: list[int] = []
        for site in range(len(self.cells)):
            if row[site] != -1:
                continue
            for g, image in enumerate(self.symmetry[:, site]):
                if row[image] == -1:
                    row[image], operation[image] = len(representatives), g
            representatives.append(site)
        return np.array(representatives), row, operation

    def translation(self, site: int) -> np.ndarray:
        """Where the translation takes each site that takes the first one of a periodic crystal to `site`; int, shape (N,)."""
        return self._site_at(self.cells + self.cells[site])

    def phases(self, is_a: np.ndarray) -> np.ndarray:
        """Index into PHASES of every site of a configuration, NO_PHASE on the surface. `is_a`: bool, shape (N,)."""
        whole = (self.neighbour != NO_SITE).all(axis=1)
        ring = is_a[self.neighbour].T  # wrong where a neighbour is missing, which `whole` sorts out
        all_a, all_b = ring.all(axis=0), ~ring.any(axis=0)
        if not self.is_flat:
            columns = _columns(ring == is_a)
            return np.select([~whole, all_a & is_a, all_b & ~is_a, *columns], [NO_PHASE, _U1, _U2, _CX, _CY, _CZ], _DISORDERED)
        alternating = (ring[0] != ring[1]) & (ring[:4] == ring[2:]).all(axis=0)
        return np.select(
            [~whole, all_a & is_a, all_b & ~is_a, all_a | (alternating & is_a), all_b | alternating],
            [NO_PHASE, _U1, _U2, _S1, _S2],
            _DISORDERED,
        )

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest cell of a box around the crystal with a margin, and the site at each of its cells."""
        lowest = self.cells.min(axis=0) - 1
        table = np.full(self.cells.max(axis=0) - lowest + 2, NO_SITE)
        table[tuple((self.cells - lowest).T)] = np.arange(len(self.cells))
        return lowest, table

    @property
    def _periods(self) -> tuple[int, ...]:
        """Cells along each edge."""
        return (*self.edges, 1) if self.is_flat else self.edges

    def _keeps_periods(self, operation: np.ndarray) -> bool:
        periods = np.array(self._periods)
        return bool((periods[:, None] * operation % periods == 0).all())

    def _site_at(self, cells: np.ndarray) -> np.ndarray:
        if self.is_periodic:
            return np.ravel_multi_index(tuple(np.moveaxis(cells % np.array(self._periods), -1, 0)), self._periods)
        lowest, table = self._table
        inside = np.clip(cells - lowest, 0, np.array(table.shape) - 1)
        return table[tuple(np.moveaxis(inside, -1, 0))]


def _columns(like: np.ndarray) -> list[np.ndarray]:
    """Whether sites are in columns along x, y and z. `like`: of each bond in 3D whether both ends are alike, shape (18, N)."""
    along, across = like[:3] & like[9:12], ~(like[:3] | like[9:12])
    return [along[axis] & across[axis - 1] & across[axis - 2] for axis in range(3)]


def word_of_list(sites: Sequence[Sequence[int]]) -> str:
    """What stands for a list of sites in `lattice`: its digest, whatever their order."""
    listed = (" ".join(map(str, (*site, 0)[:3])) for site in sorted(tuple(site) for site in sites))
    return f"sites-{xxhash.xxh3_64_hexdigest(','.join((str(len(sites[0])), *listed)))}"


@cache
def sites_of(lattice: str, size: str) -> int:
    """Sites of a crystal, or of the core of one with a shell, whose `lattice` and `size` are those of a row of `Archive.jobs`."""
    lattice = lattice.split("(")[0]  # behind it stands what is particular about the shell
    if lattice.startswith("sites-"):
        return int(size)  # of a list
    edges = tuple(int(float(edge)) for edge in size.split("x"))
    if lattice == "hexagon":
        return 3 * edges[0] * (edges[0] - 1) + 1
    if lattice.startswith(_PERIODIC) or lattice in ("cube", "box"):
        return math.prod(edges) if len(edges) > 1 else edges[0] ** (2 if lattice.removeprefix(_PERIODIC) in FLAT else 3)
    return len(region_of(lattice, edges).cells())


@cache
def _point_group(is_flat: bool) -> list[np.ndarray]:
    """Integer matrices M, applied as cells @ M, that keep lengths and angles; the identity first."""
    bonds = _HEXAGON_BONDS if is_flat else _BOX_BONDS
    basis = _HEXAGON_BASIS if is_flat else np.eye(3)
    metric = basis @ basis.T
    thirds: Sequence[tuple[int, ...]] = ((0, 0, 1),) if is_flat else bonds
    group = [np.eye(3, dtype=int)]
    for rows in itertools.product(bonds, bonds, thirds):
        operation = np.array(rows)
        if np.allclose(operation @ metric @ operation.T, metric, atol=1e-9) and not (operation == group[0]).all():
            group.append(operation)
    return group
