"""Which lattice coordinates the shapes of crystals hold, as nxmc has them: flat sides with their names, and curved ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Facets = dict[str, tuple[tuple[int, int, int], int]]
"""Name (the direction in which it looks), normal and bound: cells have normal · cell <= bound."""


@dataclass(frozen=True)
class Region:
    """What a shape cuts out of its lattice: between corners of a box, on the inner side of facets, and within a curved side."""

    lowest: tuple[int, int, int]
    highest: tuple[int, int, int]
    facets: Facets = field(default_factory=dict)
    square: Callable[[np.ndarray], np.ndarray] | None = None
    """of coordinates, shape (N, 3): squared distances from the middle, which are at most `radius`²"""
    radius: int = 0

    def cells(self) -> np.ndarray:
        """All of them, lexicographically; int, shape (N, 3)."""
        lowest = np.array(self.lowest)
        shape = np.array(self.highest) - lowest + 1
        cells = np.indices(tuple(shape)).reshape(3, -1).T + lowest
        return self._within_curve(_within(cells, self.facets))

    def _within_curve(self, cells: np.ndarray) -> np.ndarray:
        return cells if self.square is None else cells[self.square(cells) <= self.radius**2]

    def within_bare_sides(self, cells: np.ndarray, covered: tuple[str, ...]) -> np.ndarray:
        """The cells on the inner side of facets that are not covered, and of curved sides."""
        bare = {name: facet for name, facet in self.facets.items() if name not in covered}
        return self._within_curve(_within(cells, bare))

    def moved_out(self, by: int, covered: tuple[str, ...], is_flat: bool) -> Region:
        """With some facets further out, in two dimensions or three."""
        step = np.array([by, by, 0 if is_flat else by])
        facets = {name: (normal, bound + (by if name in covered else 0)) for name, (normal, bound) in self.facets.items()}
        return Region(_cell(np.array(self.lowest) - step), _cell(np.array(self.highest) + step), facets)


@dataclass(frozen=True)
class Listed:
    """A crystal that is a list of sites."""

    sites: tuple[tuple[int, ...], ...]

    def within_bare_sides(self, cells: np.ndarray, covered: tuple[str, ...]) -> np.ndarray:
        """All: it has no facets."""
        return cells

    def cells(self) -> np.ndarray:
        """All of them, lexicographically; int, shape (N, 3)."""
        cells = np.zeros((len(self.sites), 3), dtype=int)
        cells[:, : len(self.sites[0])] = self.sites
        return np.unique(cells, axis=0)


def _within(cells: np.ndarray, facets: Facets) -> np.ndarray:
    """The cells on the inner side of facets."""
    for normal, bound in facets.values():
        cells = cells[cells @ np.array(normal) <= bound]
    return cells


def _cell(values: np.ndarray) -> tuple[int, int, int]:
    return (int(values[0]), int(values[1]), int(values[2]))


def _between_lines(rows: tuple[int, int], places: tuple[int, int], sums: tuple[int, int]) -> Region:
    facets: Facets = {
        "+y": ((1, 0, 0), rows[1]), "-y": ((-1, 0, 0), -rows[0]),
        "+x+y": ((1, 1, 0), sums[1]), "-x-y": ((-1, -1, 0), -sums[0]),
        "+x-y": ((0, 1, 0), places[1]), "-x+y": ((0, -1, 0), -places[0]),
    }  # fmt: skip
    return Region((rows[0], places[0], 0), (rows[1], places[1], 0), facets)


def _hexagon(n: int) -> Region:
    return _between_lines((0, 2 * n - 2), (1 - n, n - 1), (0, 2 * n - 2))


def _elongated_hexagon(a: int, b: int, c: int) -> Region:
    return _between_lines((0, b + c - 2), (1 - c, a - 1), (0, a + b - 2))


def _parallelogram(rows: int, along: int) -> Region:
    facets = {name: _between_lines((0, rows - 1), (0, along - 1), (0, 0)).facets[name] for name in ("+y", "-y", "+x-y", "-x+y")}
    return Region((0, 0, 0), (rows - 1, along - 1, 0), facets)


def _triangle(n: int) -> Region:
    facets = {name: _between_lines((0, 0), (0, 0), (0, n - 1)).facets[name] for name in ("-y", "+x+y", "-x+y")}
    return Region((0, 0, 0), (n - 1, n - 1, 0), facets)


def _rectangle(rows: int, along: int) -> Region:
    facets: Facets = {"+x": ((1, 2, 0), 2 * along - 2), "-x": ((-1, -2, 0), 0), "+y": ((1, 0, 0), rows - 1), "-y": ((-1, 0, 0), 0)}
    return Region((0, -((rows - 1) // 2), 0), (rows - 1, along - 1, 0), facets)


def _disc(radius: int) -> Region:
    reach = radius + radius // 6 + 1
    return Region((-reach, -reach, 0), (reach, reach, 0), square=lambda c: c[:, 0] ** 2 + c[:, 0] * c[:, 1] + c[:, 1] ** 2, radius=radius)


def _box(nx: int, ny: int, nz: int) -> Region:
    facets: Facets = {
        "+x": ((1, 0, 0), nx - 1), "-x": ((-1, 0, 0), 0), "+y": ((0, 1, 0), ny - 1), "-y": ((0, -1, 0), 0),
        "+z": ((0, 0, 1), nz - 1), "-z": ((0, 0, -1), 0),
    }  # fmt: skip
    return Region((0, 0, 0), (nx - 1, ny - 1, nz - 1), facets)


def _corners() -> dict[str, tuple[int, int, int]]:
    corners = ((a, b, c) for a, b, c in itertools.product((1, -1), repeat=3))
    return {"".join(f"{'+' if sign > 0 else '-'}{x}" for sign, x in zip(signs, "xyz")): signs for signs in corners}


def _octahedron(n: int) -> Region:
    m = n - 1
    return Region((-m, -m, -m), (m, m, m), {name: (signs, m) for name, signs in _corners().items()})


def _truncated_octahedron(n: int, cut: int) -> Region:
    whole = _octahedron(n)
    return Region(whole.lowest, whole.highest, {**whole.facets, **{name: (normal, n - 1 - cut) for name, (normal, _) in _box(1, 1, 1).facets.items()}})


def _tetrahedron(n: int) -> Region:
    signs = _corners()
    facets = {name: (signs[name], 2 * n - 2 if name == "+x+y+z" else 0) for name in ("+x+y+z", "-x-y+z", "-x+y-z", "+x-y-z")}
    return Region((0, 0, 0), (n - 1, n - 1, n - 1), facets)


def _truncated_cube(n: int, cut: int) -> Region:
    whole = _box(n, n, n)
    return Region(whole.lowest, whole.highest, {**whole.facets, **{name: (signs, signs.count(1) * (n - 1) - cut) for name, signs in _corners().items()}})


def _sphere(radius: int) -> Region:
    return Region((-radius,) * 3, (radius,) * 3, square=lambda c: (c**2).sum(axis=1), radius=radius)


def _cylinder(radius: int, length: int) -> Region:
    facets: Facets = {"+z": ((0, 0, 1), length - 1), "-z": ((0, 0, -1), 0)}
    return Region((-radius, -radius, 0), (radius, radius, length - 1), facets, lambda c: c[:, 0] ** 2 + c[:, 1] ** 2, radius)


def _hexagonal_plate(n: int, planes: int) -> Region:
    last = (planes - 1) // 2 if planes % 2 else planes // 2 + 1
    across = 3 * (n - 1)
    facets: Facets = {"+x+y+z": ((1, 1, 1), last), "-x-y-z": ((-1, -1, -1), planes - 1 - last)}
    sides = {"+2x-y-z": (2, -1, -1), "-x+2y-z": (-1, 2, -1), "-x-y+2z": (-1, -1, 2)}
    opposite = {"-2x+y+z": (-2, 1, 1), "+x-2y+z": (1, -2, 1), "+x+y-2z": (1, 1, -2)}
    facets.update({name: (normal, across) for name, normal in {**sides, **opposite}.items()})
    reach = n + planes
    return Region((-reach,) * 3, (reach,) * 3, facets)


_SHAPES: dict[str, Callable[..., Region]] = {
    "hexagon": _hexagon,
    "box": _box,
    "cube": _box,
    "rectangle": _rectangle,
    "parallelogram": _parallelogram,
    "triangle": _triangle,
    "disc": _disc,
    "elongated_hexagon": _elongated_hexagon,
    "octahedron": _octahedron,
    "truncated_octahedron": _truncated_octahedron,
    "tetrahedron": _tetrahedron,
    "truncated_cube": _truncated_cube,
    "sphere": _sphere,
    "cylinder": _cylinder,
    "hexagonal_plate": _hexagonal_plate,
}

FLAT = ("hexagon", "rectangle", "parallelogram", "triangle", "disc", "elongated_hexagon")
"""Shapes in two dimensions."""

GROWING = ("hexagon", "box", "cube")
"""Shapes around which a closed shell is a larger one of their kind; around others it is all sites within as many bonds."""


def region_of(name: str, sizes: tuple[int, ...]) -> Region:
    """Where a shape of these sizes ends."""
    return _SHAPES[name](*sizes)
