"""Pictures of how f_U is distributed at transitions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .curves import groups_of, is_doubtful, key_of, numbers, others, symbol_of, symbol_of_fraction, with_error, words_of_diagram
from .errors import NothingToDraw
from .pictures import PHASE_COLOUR, at_most, describe, end_of_first_line, grid_of_panels, legend_beside, number
from .program import Row, ask

COLOUR = PHASE_COLOUR["U1"]
SPLIT_COLOUR = PHASE_COLOUR["U2"]
NEGLIGIBLE = 1e-3
"""of the highest density: bins beyond the last one with more are not shown"""
PLACE = {"equal weight": "equal_weight", "variance peak": "variance_peak"}
KIND = {"equal weight": "equal weight of the sides", "variance peak": "peak of the variance"}


def read_histograms(
    program: str, archive: str | Path, axis: str = "shell_stiffness", where: str = "", split: float | None = None, of: str = ""
) -> tuple[list[Row], list[Row]]:
    """The bins of all transitions, and the transitions, as `nxmc diagram` prints them. NothingToDraw where there are none."""
    words = words_of_diagram(axis, where, split, of)
    bins = ask(program, "diagram", archive, *words, "--histogram")
    if not bins:
        raise NothingToDraw(f"no transition within the range of {axis}; `nxmc diagram` tells why")
    return bins, ask(program, "diagram", archive, *words)


def draw_histograms(bins: Sequence[Row], transitions: Sequence[Row], axis: str) -> Figure:
    """A panel for each transition: density with one standard error as a band, and where the sides are told apart."""
    names = (*others(axis), "order_parameter")
    panels = at_most(groups_of(bins, names))
    figure, grid = grid_of_panels(len(panels), 1, 4.4)
    for ax, panel in zip(grid[:, 0], panels):
        (transition,) = (row for row in transitions if key_of(row, names) == key_of(panel[0], names))
        draw_histogram(ax, panel, transition, axis)
    handles = [Line2D([], [], color=COLOUR, label="density"), Patch(color=COLOUR, alpha=0.3, label="± σ")]
    if any(bin["split"] is not None for bin in bins):
        handles.append(Line2D([], [], color=SPLIT_COLOUR, linestyle="--", label="split of the sides"))
    legend_beside(end_of_first_line(grid)[0], handles)
    return figure


def draw_histogram(ax: Axes, bins: Sequence[Row], transition: Row, axis: str) -> None:
    first = bins[0]
    fraction = first.get("order_parameter") or "f_U"
    centre, width, density, error = (numbers(bins, name) for name in ("centre", "width", "density", "density_err"))
    edges = np.append(centre - width / 2, centre[-1] + width[-1] / 2)
    ax.stairs(density, edges, color=COLOUR, linewidth=1.4)
    ax.fill_between(edges, *(np.append(side, side[-1]) for side in (density - error, density + error)), step="post", color=COLOUR, alpha=0.3, linewidth=0)  # fmt: skip
    if first["split"] is not None:
        ax.axvline(first["split"], color=SPLIT_COLOUR, linestyle="--", linewidth=1, gid="split")
    energy_unit = first["energy_unit"]
    ax.set(
        xlabel=f"fraction of inner core sites {symbol_of_fraction(fraction)}",
        ylabel="probability density",
        title=describe({"method": "equilibrium", **first}, but=(axis,)),
        xlim=(-width[0], edges[np.flatnonzero(density > NEGLIGIBLE * density.max())[-1] + 1] + width[0]),
    )
    ax.set_ylim(bottom=0)
    words = [f"{KIND[first['kind']]}: {symbol_of(axis, energy_unit)} = {with_error(first['place'], transition[PLACE[first['kind']] + '_err'])}"]
    if first["split"] is not None:
        words.append(f"split: {number(round(first['split'], 3))}")
    if is_doubtful(first):
        words.append(str(first["verdict"]))
    handle = Line2D([], [], linestyle="none")
    below = Legend(ax, [handle], [", ".join(words)], loc="upper center", bbox_to_anchor=(0.5, -0.14), handlelength=0, handletextpad=0, fontsize=9)
    ax.add_artist(below)
    below.set_clip_on(False)
