"""Pictures of 3D crystals in space: B translucent, as in Fig. 9A of Frechette et al. (2021), or cut away at the corner that is nearest."""

from __future__ import annotations

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .archive import Archive
from .errors import NothingToDraw
from .lattice import Lattice
from .pictures import A_COLOUR, B_COLOUR, MANY_CELLS, MAX_SNAPSHOTS, bare, describe, evenly, legend_beside, row_with_snapshots, words_of_moment

TOWARDS_VIEWER = np.array([1.0, -1.35, 0.8])
"""Of a parallel projection, in which z points upwards."""
SHADE = (0.82, 0.92, 1.0)
"""of faces that look along x, y and z"""
TRANSLUCENT = 0.1
MARGIN = 1.0


def draw_solids(archive: Archive, job: str | int | None = None, jobs: pd.DataFrame | None = None, cut_away: bool = False) -> Figure:
    """Configurations of one 3D crystal, arguments as of `pictures.draw_snapshots`.

    cut_away   every ion opaque, and those before the planes through the middle, which hide the inside, left out; else B translucent
    """
    row = row_with_snapshots(archive, job, jobs)
    lattice, configurations = archive.lattice(row), archive.configurations(row)
    if lattice.is_flat:
        raise NothingToDraw("the chosen crystal is flat: --snapshots draws it")
    chosen = evenly(len(configurations), MAX_SNAPSHOTS)
    (parameters,) = (parameters for _, parameters in archive.jobs(jobs=[row]).iterrows())
    edges = np.ptp(lattice.cells, axis=0) + 1
    aspect = max(0.25, min(1.6, (edges[0] + edges[1]) / (edges[0] + edges[1] + 2 * edges[2]) * 2))
    width = max(1.1, 2.2 * aspect) * len(chosen) + 1.2
    figure, axes = plt.subplots(1, len(chosen), squeeze=False, layout="constrained", figsize=(max(width, 4.8), 3.6))
    for ax, k in zip(axes[0], chosen):
        draw_solid(ax, *solid_of(lattice, configurations.is_a[k]), cut_away)
        ax.text(0.5, -0.02, f"{words_of_moment(configurations.at[k], configurations.clock, parameters)}\n$c$ = {configurations.is_a[k].mean():.3f}", transform=ax.transAxes, ha="center", va="top")
    legend_beside(axes[0, -1], [Patch(color=A_COLOUR, label="A"), Patch(color=B_COLOUR, alpha=1 if cut_away else 0.3, label="B")])
    note = "the corner that is nearest is cut away" if cut_away else "B is translucent"
    figure.suptitle(f"{describe(parameters, width)} — job {parameters['job'][:8]}\n{note}", fontsize=10)
    return figure


def solid_of(lattice: Lattice, is_a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which cells of a box around a crystal hold A, and which an ion at all; bool, shape of the box."""
    place = tuple((lattice.cells - lattice.cells.min(axis=0)).T)
    holds_a, is_there = (np.zeros(np.ptp(lattice.cells, axis=0) + 1, bool) for _ in range(2))
    holds_a[place] = is_a
    is_there[place] = True
    return holds_a, is_there


def draw_solid(ax: Axes, is_a: np.ndarray, is_there: np.ndarray, cut_away: bool) -> None:
    """Cubes of A and B; see `solid_of`."""
    faces, colours = visible_faces(is_a, is_there, cut_away)
    many = len(faces) > MANY_CELLS
    ax.add_collection(PolyCollection(faces, facecolors=colours, edgecolors=(1, 1, 1, 0.25 if cut_away else 0.15), linewidths=0.2, rasterized=many))
    corners = projected(np.array(list(product(*((-0.5, edge - 0.5) for edge in is_a.shape)))))
    ax.set_xlim(corners[:, 0].min() - MARGIN, corners[:, 0].max() + MARGIN)
    ax.set_ylim(corners[:, 1].min() - MARGIN, corners[:, 1].max() + MARGIN)
    bare(ax)


def visible_faces(is_a: np.ndarray, is_there: np.ndarray, cut_away: bool) -> tuple[np.ndarray, np.ndarray]:
    """Corners of faces that look at the viewer, in the plane of the picture, shape (F, 4, 2), and their colours, shape (F, 4); the hindmost first.

    Whatever hides something else lies before it along each axis, so that the order of distances is one in which they can be painted.
    """
    site = np.indices(is_a.shape).reshape(3, -1).T
    if cut_away:
        is_there = is_there & ~np.all([before_the_middle(np.indices(is_a.shape)[axis], is_a.shape[axis], axis) for axis in range(3)], axis=0)
    opaque = is_there if cut_away else is_a
    corners, colours, depths = [], [], []
    for axis in range(3):
        step = np.zeros(3, int)
        step[axis] = int(np.sign(TOWARDS_VIEWER[axis]))
        before = site + step
        inside = ((before >= 0) & (before < is_a.shape)).all(axis=1)
        hidden, covered = (np.zeros(len(site), bool) for _ in range(2))
        hidden[inside] = opaque[tuple(before[inside].T)]
        covered[inside] = is_there[tuple(before[inside].T)]
        # Of translucent ions the faces of the crystal alone are drawn, or those inside would add up to opaque ones.
        kinds = [(opaque.ravel() & ~hidden, 1.0)] + ([] if cut_away else [((is_there & ~is_a).ravel() & ~covered, TRANSLUCENT)])
        for wanted, alpha in kinds:
            middle = site[wanted] + 0.5 * step
            across = [direction for direction in np.eye(3) if not direction[axis]]
            around = np.array([sign[0] * across[0] + sign[1] * across[1] for sign in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))])
            corners.append(projected(middle[:, None, :] + around))
            ions = is_a.ravel()[wanted]
            table = np.where(ions[:, None], to_rgba(A_COLOUR), to_rgba(B_COLOUR))
            table[:, :3] *= SHADE[axis]
            table[:, 3] = alpha
            colours.append(table)
            depths.append(site[wanted] @ TOWARDS_VIEWER + 1e-3 * axis)
    order = np.argsort(np.concatenate(depths), kind="stable")
    return np.concatenate(corners)[order], np.concatenate(colours)[order]


def before_the_middle(place: np.ndarray, edge: int, axis: int) -> np.ndarray:
    """On the viewer's side."""
    return place >= edge // 2 if TOWARDS_VIEWER[axis] > 0 else place < (edge + 1) // 2


def projected(places: np.ndarray) -> np.ndarray:
    """Where places in space lie in the picture; shape (…, 3) to (…, 2)."""
    towards = TOWARDS_VIEWER / np.linalg.norm(TOWARDS_VIEWER)
    right = np.cross([0, 0, 1], towards)
    right /= np.linalg.norm(right)
    return np.stack([places @ right, places @ np.cross(towards, right)], axis=-1)
