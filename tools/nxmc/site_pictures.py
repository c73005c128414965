"""Pictures of a number at every site: local areas of configurations, and the interaction with one site."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from .archive import Archive
from .errors import NothingToDraw
from .lattice import Lattice
from .pictures import MAX_SNAPSHOTS, artist_for, describe, evenly, row_with_snapshots
from .strain import Strain

SCALE = "PuOr_r"
"""Violet below zero, orange above: told apart by the colour-blind."""
MOST_SITES = 2000
"""of a crystal whose displacements are computed here, by dense matrices"""


def draw_values(lattice: Lattice, panels: Sequence[tuple[str, np.ndarray]], label: str, outlined: Sequence[int | None] = ()) -> Figure:
    """Crystals side by side, coloured by a number at each site on one scale around zero.

    panels    a caption and the numbers, shape (N,), NaN where there is none
    outlined  of each panel a site that is white, the one that the others interact with
    """
    artist = artist_for(lattice)
    largest = max((float(np.abs(values[np.isfinite(values)]).max(initial=0)) for _, values in panels)) or 1.0
    norm, scale = Normalize(-largest, largest), plt.get_cmap(SCALE)
    width = max(1.2, 1.9 * artist.aspect) * len(panels) + 1.4
    figure, axes = plt.subplots(1, len(panels), squeeze=False, layout="constrained", figsize=(max(width, 4.8), 2.9))
    for k, (ax, (caption, values)) in enumerate(zip(axes[0], panels)):
        colours = scale(norm(values))
        colours[np.isnan(values)] = (0.91, 0.91, 0.91, 1)
        if outlined and outlined[k] is not None:
            colours[outlined[k]] = (1, 1, 1, 1)
        artist.draw(ax, colours)
        ax.text(0.5, -0.04, caption, transform=ax.transAxes, ha="center", va="top")
    figure.colorbar(ScalarMappable(norm, scale), ax=list(axes[0]), label=label, shrink=0.8)
    return figure


def draw_areas(archive: Archive, job: str | int | None = None, jobs: pd.DataFrame | None = None) -> Figure:
    """How far local areas deviate in the configurations of one job: in 3D the mean of squared bond lengths, in a cut; arguments as of
    `pictures.draw_snapshots`."""
    row = row_with_snapshots(archive, job, jobs)
    lattice, configurations = archive.lattice(row), archive.configurations(row)
    (parameters,) = (parameters for _, parameters in archive.jobs(jobs=[row]).iterrows())
    if "elastic" not in parameters["interaction"]:
        raise NothingToDraw("without elastic interaction sites do not move")
    if len(lattice.cells) > MOST_SITES:
        raise NothingToDraw(f"local areas of {len(lattice.cells)} sites: more than {MOST_SITES} are left to `nxmc export --positions relaxed`")
    strain = Strain(lattice, parameters["shell_stiffness"])
    surface = lattice.layer == 1
    chosen = evenly(len(configurations), MAX_SNAPSHOTS)
    panels = [
        (f"{'$t$' if configurations.clock == 'time' else 'sweep'} = {configurations.at[k]:g}", np.where(surface, np.nan, strain.area_deviations(configurations.is_a[k])))
        for k in chosen
    ]
    figure = draw_values(lattice, panels, "$\\Delta A_R$ ($a^2$)")
    note = artist_for(lattice).note
    title = f"{describe(parameters, 8)} — job {parameters['job'][:8]}"
    figure.suptitle(f"{title}\n{note}" if note else title, fontsize=10)
    return figure


def draw_interaction(archive: Archive, row: int) -> Figure:
    """V(R, ·) of a site in the middle of a crystal and of one at its edge, in epsilon."""
    lattice, kernel = archive.lattice(row), archive.kernel(row)
    centre = lattice.position.mean(axis=0)
    distance = np.linalg.norm(lattice.position - centre, axis=1)
    middle = int(np.argmin(distance))
    edge = int(np.argmin(np.where(lattice.layer == 1, distance, np.inf)))
    panels = []
    for name, site in (("in the middle", middle), ("at an edge", edge)):
        values = kernel[site].copy()
        values[site] = np.nan
        panels.append((f"site {name}: $V(R, R)$ = {kernel[site, site]:.2f}", values))
    return draw_values(lattice, panels, "$V(R, R')/\\epsilon$", outlined=(middle, edge))
