"""Pictures of how f_U is distributed at transitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .curves import groups_of, is_doubtful, key_of, numbers, others, symbol_of, symbol_of_fraction, words_of_diagram
from .errors import NothingToDraw
from .pictures import PHASE_COLOUR, at_most, describe, end_of_first_line, grid_of_panels, legend_beside
from .program import Program, Row
from .written import number, with_error

COLOUR = PHASE_COLOUR["U1"]
SPLIT_COLOUR = PHASE_COLOUR["U2"]
LINE_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C8C", "#7B3294")
"""as many as panels are drawn at most"""
NEGLIGIBLE = 1e-3
"""of the highest density: bins beyond the last one with more are not shown"""
PLACE = {"equal weight": "equal_weight", "variance peak": "variance_peak"}
KIND = {"equal weight": "equal weight of the sides", "variance peak": "peak of the variance"}


def read_histograms(
    program: Program, archive: str | Path, axis: str = "shell_stiffness", where: str = "", split: float | None = None, of: str = ""
) -> tuple[list[Row], list[Row]]:
    """The bins of all transitions, and the transitions, as `nxmc diagram` prints them. NothingToDraw where there are none."""
    words = words_of_diagram(axis, where, split, of)
    bins = program.ask("diagram", archive, *words, "--histogram")
    if not bins:
        raise NothingToDraw(f"no transition within the range of {axis}; `nxmc diagram` tells why")
    return bins, program.ask("diagram", archive, *words)


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


def draw_free_energies(bins: Sequence[Row], axis: str) -> Figure:
    """Free energies of all transitions in one panel for each order parameter, each over its lowest value, with one standard error as a band."""
    panels = at_most(groups_of(bins, ("order_parameter",)))
    figure, grid = grid_of_panels(len(panels), 1, 4.4)
    for ax, panel in zip(grid[:, 0], panels):
        lines = at_most(groups_of(panel, others(axis)))
        varying = [name for name in others(axis) if len({line[0].get(name) for line in lines}) > 1]
        for line, colour in zip(lines, LINE_COLOURS):
            draw_free_energy(ax, line, colour, ", ".join(f"{name.replace('_', ' ')} {line[0][name]}" for name in varying))
        fraction = symbol_of_fraction(panel[0].get("order_parameter") or "f_U")
        ax.set(xlabel=f"fraction of inner core sites {fraction}", ylabel="free energy $F / k_BT$")
        ax.set_title(describe({"method": "equilibrium", **panel[0]}, but=(axis, *varying)))
        ax.set_ylim(bottom=0)
    legend_beside(end_of_first_line(grid)[0], legend_of_lines(grid[:, 0]))
    return figure


def draw_free_energy(ax: Axes, bins: Sequence[Row], colour: str, label: str) -> None:
    x, free_energy, error = (numbers(bins, name) for name in ("centre", "free_energy", "free_energy_err"))
    doubt = f" ({bins[0]['verdict']})" if is_doubtful(bins[0]) else ""
    ax.plot(x, free_energy, color=colour, linewidth=1.4, label=f"{label or 'free energy'}{doubt}")
    ax.fill_between(x, free_energy - error, free_energy + error, color=colour, alpha=0.25, linewidth=0)


def legend_of_lines(panels: Iterable[Axes]) -> list[Line2D]:
    entries = {str(line.get_label()): line for ax in panels for line in ax.lines}
    return [*entries.values(), Line2D([], [], linestyle="none", label="bands: ± σ")]


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
    below = Legend(ax, [handle], [", ".join(words)], loc="upper center", bbox_to_anchor=(0.5, -0.17), handlelength=0, handletextpad=0, fontsize=9)
    ax.add_artist(below)
    below.set_clip_on(False)
