"""Bodies that an ion diffuses out of: conversion by Fick's law with the surface held at B, and by a core that shrinks.

D t has the unit of the squared lengths. Series converge to the last digits at late times; at early ones solutions of the half space do,
which the finite body changes by exponentially little. Sources: Crank, The mathematics of diffusion, 2nd ed., eqs. 4.18, 4.20, 5.23, 5.24,
6.20, 6.22; for corners of polygons van den Berg and Srisatkunarajah, Probab. Theory Relat. Fields 86, 41 (1990).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import integrate, spatial, special

from ..lattice import NO_SITE, Lattice
from .linear_exchange import LinearExchange, diffusion_of_hops

LENGTHS = {"sphere": 1, "disc": 1, "cylinder": 2, "slab": 1, "hexagon": 1, "cube": 1, "box": 3}
"""How many lengths each shape has."""
MEANING = {
    "sphere": "radius",
    "disc": "radius; also of a long cylinder",
    "cylinder": "radius, height",
    "slab": "thickness",
    "hexagon": "edge; also of a long prism",
    "cube": "edge",
    "box": "three edges",
}


@dataclass(frozen=True)
class Shape:
    """A body; `name` is one of LENGTHS, which MEANING explains."""

    name: str
    lengths: tuple[float, ...]

    @property
    def dimensions(self) -> int:
        """In which it is finite."""
        return {"slab": 1, "disc": 2, "hexagon": 2}.get(self.name, 3)

    @property
    def volume(self) -> float:
        """Volume, area or thickness."""
        (first, *_) = self.lengths
        by_name: dict[str, Callable[[], float]] = {
            "sphere": lambda: 4 / 3 * np.pi * first**3,
            "disc": lambda: np.pi * first**2,
            "cylinder": lambda: np.pi * first**2 * self.lengths[1],
            "slab": lambda: first,
            "hexagon": lambda: 1.5 * np.sqrt(3) * first**2,
            "cube": lambda: first**3,
            "box": lambda: float(np.prod(self.lengths)),
        }
        return float(by_name[self.name]())

    @property
    def rounded(self) -> Shape:
        """The sphere, disc or slab of the same volume."""
        if self.dimensions == 1:
            return self
        return _rounded(self.volume, self.dimensions == 2)

    def fick(self, diffused: np.ndarray) -> np.ndarray:
        """Conversion by Fick's law. `diffused`: D t."""
        (first, *_) = self.lengths
        if self.name in ("cube", "box"):
            edges = self.lengths * 3 if self.name == "cube" else self.lengths
            return np.asarray(1 - np.prod([1 - _slab(diffused / edge**2) for edge in edges], axis=0))
        if self.name == "cylinder":
            return np.asarray(1 - (1 - _disc(diffused / first**2)) * (1 - _slab(diffused / self.lengths[1] ** 2)))
        of = {"sphere": _sphere, "disc": _disc, "slab": _slab, "hexagon": _hexagon}[self.name]
        return of(np.asarray(diffused, float) / first**2)

    def shrinking_core(self, diffused: np.ndarray) -> np.ndarray:
        """Conversion where ions cross a shell of B in a steady state and change at the sharp surface of a core of A, of the sphere, disc or
        slab of the same volume. `diffused`: D t; the sphere's is R²/6 [1 − 3(1−X)^⅔ + 2(1−X)], the disc's R²/4 [X + (1−X) ln(1−X)], the
        slab's (thickness X)²/8."""
        body = self.rounded
        (first, *_) = body.lengths
        if body.dimensions == 1:
            return np.minimum(np.sqrt(8 * diffused) / first, 1.0)
        if body.dimensions == 2:
            passed = np.clip(4 * np.asarray(diffused, float) / first**2, 0, 1 - 1e-300)
            # y (1 − ln y) = 1 − passed for what is left of the core, y = 1 − X, by Lambert's function, which has a branch point at X = 0
            is_early = passed < 1e-10
            left = np.where(is_early, 0.5, np.maximum(1 - passed, 1e-300))
            return np.asarray(np.where(is_early, np.sqrt(2 * passed), 1 - np.exp(1 + special.lambertw(-left / np.e, -1).real)), float)
        passed = np.clip(6 * diffused / first**2, 0, 1)
        # 2x³ − 3x² + 1 = passed for the core's radius over that of the sphere, by the cosine of three angles
        core = 0.5 + np.cos((2 * np.pi - np.arccos(2 * passed - 1)) / 3)
        return np.asarray(1 - np.clip(core, 0, 1) ** 3)


def of_crystal(lattice: Lattice) -> Shape:
    """What lies inside of the sites of the surface, which are B from the beginning; lengths in lattice spacings. Hexagons, boxes and cylinders
    are what they are, all others discs or spheres of the same area or volume."""
    edges = tuple(float(edge - 1) for edge in lattice.edges)
    volume = cells_inside(lattice) * (np.sqrt(3) / 2 if lattice.is_flat else 1.0)
    if lattice.covered:  # its edges are those of the core
        return _rounded(volume, lattice.is_flat)
    if lattice.name == "hexagon":
        return Shape("hexagon", edges)
    if lattice.name in ("cube", "box"):
        return Shape("cube", edges[:1]) if len(set(edges)) == 1 else Shape("box", edges)
    height = float(np.ptp(lattice.cells[:, 2]))  # with its shell
    if lattice.name == "cylinder" and height > 0:
        return Shape("cylinder", (float(np.sqrt(volume / (np.pi * height))), height))
    return _rounded(volume, lattice.is_flat)


def _rounded(volume: float, is_flat: bool) -> Shape:
    """The disc or sphere of a volume."""
    return Shape("disc", (float(np.sqrt(volume / np.pi)),)) if is_flat else Shape("sphere", (float(np.cbrt(volume * 3 / (4 * np.pi))),))


def cells_inside(lattice: Lattice) -> float:
    """Its volume in sites: that of the triangles, or of the cubes and their cut off parts, that have sites at their corners, one of them not at
    the surface. A site at a flat surface counts by half, one at an edge or corner less; where surfaces are two sites deep, the outer ones do
    not count."""
    inner = lattice.layer > 1
    if lattice.is_flat:
        exists = lattice.neighbour != NO_SITE  # bonds run round the ring
        touches = inner[lattice.neighbour] & exists
        triangles = exists & np.roll(exists, 1, axis=1) & (inner[:, None] | touches | np.roll(touches, 1, axis=1))
        return float(triangles.sum() / 6)  # two to a cell, each seen from three corners
    cells = lattice.cells - lattice.cells.min(axis=0)
    grid = np.zeros((2, *(cells.max(axis=0) + 1)), dtype=np.uint8)
    grid[0][tuple(cells.T)], grid[1][tuple(cells[inner].T)] = 1, 1
    nx, ny, nz = np.array(grid.shape[1:]) - 1
    corners = np.zeros((2, nx, ny, nz), dtype=np.uint8)
    for bit, (x, y, z) in enumerate(_CORNERS):
        corners += np.uint8(1 << bit) * grid[:, x : x + nx, y : y + ny, z : z + nz]
    there, count = np.unique(corners[0][corners[1] > 0], return_counts=True)
    return float(sum(number * _volume_between(int(mask)) for mask, number in zip(there, count)))


_CORNERS = tuple(itertools.product((0, 1), repeat=3))


@cache
def _volume_between(corners: int) -> float:
    """Of the part of a unit cube between some of its corners, one bit each."""
    points = np.array([point for bit, point in enumerate(_CORNERS) if corners >> bit & 1])
    if len(points) < 4 or np.linalg.matrix_rank(points - points[0]) < 3:
        return 0.0
    return float(spatial.ConvexHull(points).volume)


def _ierfc(x: np.ndarray) -> np.ndarray:
    return np.exp(-(x**2)) / np.sqrt(np.pi) - x * special.erfc(x)


def _joined(time: np.ndarray, change: float, early: Callable[[np.ndarray], np.ndarray], late: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    time = np.atleast_1d(np.asarray(time, float))
    is_early = time < change
    found = np.empty(time.shape)
    found[is_early], found[~is_early] = early(time[is_early]), late(time[~is_early])
    return np.clip(found, 0, 1)


def _sphere(time: np.ndarray) -> np.ndarray:
    n = np.arange(1, 31)

    def early(t: np.ndarray) -> np.ndarray:
        root = np.sqrt(t)
        images = sum(_ierfc(k / np.maximum(root, 1e-30)) for k in (1, 2, 3))
        return np.asarray(6 * root / np.sqrt(np.pi) - 3 * t + 12 * root * images)

    return _joined(time, 0.05, early, lambda t: 1 - 6 / np.pi**2 * (np.exp(-np.outer(t, (n * np.pi) ** 2)) / n**2).sum(axis=1))


def _slab(time: np.ndarray) -> np.ndarray:
    odd = np.arange(1, 60, 2)

    def early(t: np.ndarray) -> np.ndarray:
        root = np.sqrt(t)
        images = sum((-1) ** k * _ierfc(k / np.maximum(2 * root, 1e-30)) for k in (1, 2, 3))
        return np.asarray(4 * root * (1 / np.sqrt(np.pi) + 2 * images))

    return _joined(time, 0.02, early, lambda t: 1 - 8 / np.pi**2 * (np.exp(-np.outer(t, (odd * np.pi) ** 2)) / odd**2).sum(axis=1))


def _disc(time: np.ndarray) -> np.ndarray:
    zeros = _zeros_of_bessel()
    return _joined(
        time,
        1e-4,
        lambda t: 4 * np.sqrt(t / np.pi) - t - t**1.5 / (3 * np.sqrt(np.pi)),
        lambda t: 1 - 4 * (np.exp(-np.outer(t, zeros**2)) / zeros**2).sum(axis=1),
    )


@cache
def _zeros_of_bessel() -> np.ndarray:
    return np.asarray(special.jn_zeros(0, 256))


def _hexagon(time: np.ndarray) -> np.ndarray:
    """Early: perimeter and corners, exact but for terms of the order exp(−3/(4t)). Late: lattices of two fineness, extrapolated. Both differ by 1e-6 where they meet."""

    def early(t: np.ndarray) -> np.ndarray:
        return np.asarray((12 * np.sqrt(t / np.pi) - 6 * _corner(2 * np.pi / 3) * t) / (1.5 * np.sqrt(3)))

    def late(t: np.ndarray) -> np.ndarray:
        coarse, fine = (1 - np.exp(-np.outer(t, rates)) @ amplitudes for rates, amplitudes in _modes_of_hexagons())
        return np.asarray((4 * fine - coarse) / 3)

    return _joined(time, 0.04, early, late)


def _corner(angle: float) -> float:
    """Heat content that a corner adds, over the time."""

    def integrand(x: float) -> float:
        # 4 sinh((π − γ)x) / (sinh(πx) cosh(γx)) without overflow
        return float(8 * np.exp(-2 * angle * x) * -np.expm1(-2 * (np.pi - angle) * x) / (-np.expm1(-2 * np.pi * x) * (1 + np.exp(-2 * angle * x))))

    return float(integrate.quad(integrand, 1e-12, np.inf)[0])


@cache
def _modes_of_hexagons() -> list[tuple[np.ndarray, np.ndarray]]:
    """Decay rates over D/edge², and shares, of hexagons of 24 and 48 spacings."""
    found = []
    for spacings in (24, 48):
        lattice = Lattice("hexagon", (spacings + 1,), 0)
        rates, shares = LinearExchange(lattice).absorbed
        found.append((rates * spacings**2 / diffusion_of_hops(lattice), shares * len(lattice.cells) / cells_inside(lattice)))
    return found
