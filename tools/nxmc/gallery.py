"""Crystals of all shapes of an archive side by side, each when about half of it is exchanged."""

from __future__ import annotations

from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch

from .archive import Archive
from .errors import NothingToDraw
from .lattice import Lattice
from .pictures import A_COLOUR, B_COLOUR, artist_for, bare, legend_beside
from .written import with_results

CRYSTAL = ["lattice", "size", "shell_layers"]
ACROSS = 5
"""pictures in a row"""
TOWARDS_VIEWER = np.array([0.7, -0.45, 0.5])


def draw_gallery(archive: Archive, jobs: pd.DataFrame | None = None) -> Figure:
    """Of each crystal (lattice, size, shell) the configuration whose composition is nearest to one half, from its first job with
    snapshots. Crystals in space are drawn without the quarter that faces the viewer.

    jobs   rows of `Archive.jobs` among which crystals are looked for; None: all
    """
    table = with_results(archive.jobs([*CRYSTAL, "state"]) if jobs is None else jobs)
    table = table[archive.snapshots_asked()[table.index] > 0]
    shown = [(group.index[0], words) for words, group in table.groupby(CRYSTAL, sort=False)]
    if not shown:
        raise NothingToDraw("no finished job has snapshots; `snapshots:` in the campaign asks for them")
    rows = ceil(len(shown) / ACROSS)
    columns = min(ACROSS, len(shown))
    figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained", figsize=(2.5 * columns + 1, 2.8 * rows))
    for ax in axes.ravel():
        bare(ax)
    for ax, (row, (name, size, layers)) in zip(axes.ravel(), shown):
        configurations = archive.configurations(row)
        if len(configurations) == 0:
            continue
        lattice = archive.lattice(row)
        k = int(np.argmin(abs(configurations.is_a.mean(axis=1) - 0.5)))
        is_a = configurations.is_a[k]
        draw_crystal(ax, lattice, np.where(is_a, A_COLOUR, B_COLOUR))
        shell = f" in {layers}" if layers else ""
        ax.set_title(f"{name.replace('_', ' ')} {size}{shell}\n{len(is_a)} sites, $c$ = {is_a.mean():.2f}", fontsize=9)
    legend_beside(axes[0, -1], [Patch(color=A_COLOUR, label="A"), Patch(color=B_COLOUR, label="B")])
    return figure


def draw_crystal(ax: Axes, lattice: Lattice, colours: np.ndarray) -> None:
    """The whole of a crystal in the plane; of one in space what is seen when a quarter is cut out."""
    if lattice.is_flat:
        artist_for(lattice).draw(ax, colours)
        return
    to_viewer = TOWARDS_VIEWER / np.linalg.norm(TOWARDS_VIEWER)
    right = np.cross([0, 0, 1], to_viewer)
    right /= np.linalg.norm(right)
    up = np.cross(to_viewer, right)
    position = lattice.position - (lattice.position.max(axis=0) + lattice.position.min(axis=0)) / 2
    kept = (position[:, 0] <= 0.1) | (position[:, 1] >= -0.1)
    hidden = is_hidden(lattice, kept)
    order = np.argsort(position @ to_viewer, kind="stable")
    order = order[(kept & ~hidden)[order]]
    circles = [Circle((x, y), 0.56) for x, y in zip(position[order] @ right, position[order] @ up)]
    ax.add_collection(PatchCollection(circles, facecolors=colours[order], edgecolors="white", linewidths=0.3))
    ax.autoscale_view()
    bare(ax)


def is_hidden(lattice: Lattice, kept: np.ndarray) -> np.ndarray:
    """Whether sites have kept neighbours on all sides that the viewer sees, and so are hidden; bool, shape (N,)."""
    ends = lattice.neighbour[:, lattice.bonds @ TOWARDS_VIEWER > 0]
    return np.asarray(((ends >= 0) & kept[ends]).all(axis=1))
