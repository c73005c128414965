"""Pictures of maps: what `nxmc diagram --map` tells, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .pictures import (
    COLUMNS_COLOUR,
    PANEL_INCHES,
    PHASE_COLOUR,
    at_most,
    end_of_first_line,
    grid_of_panels,
    legend_beside,
    wrapped,
)
from .program import Program, Row
from .written import number

COLOUR = {"U": PHASE_COLOUR["U1"], "U1": PHASE_COLOUR["U1"], "U2": PHASE_COLOUR["U2"], "S": PHASE_COLOUR["S1"], "S1": PHASE_COLOUR["S1"], "S2": PHASE_COLOUR["S2"], "C": COLUMNS_COLOUR, "0": PHASE_COLOUR["0"]}
MEANING = {"U": "united", "U1": "united, A", "U2": "united, B", "S": "superlattice", "S1": "superlattice, A-rich", "S2": "superlattice, B-rich", "C": "columns", "0": "none of these"}
BOUNDARY_COLOUR = "black"
RESULTS = ("phase", "verdict", "line", "below", "above", "low", "high", "kind")


def read_map(program: Program, archive: Path, axes: str, where: str = "", split: float | None = None) -> tuple[list[Row], list[Row]]:
    """Points and boundaries of a map, as `nxmc diagram` prints them; `split` is that of the boundaries. NothingToDraw with its words where it refuses."""
    words = ["--map", axes, *(["--where", where] if where else [])]
    splitting = [] if split is None else ["--split", repr(split)]
    return program.ask("diagram", archive, *words), program.ask("diagram", archive, *words, "--boundaries", *splitting)


def others_of(row: Row, x: str, y: str) -> tuple[tuple[str, Any], ...]:
    """The parameters of a row that are no axis: what tells panels apart."""
    measured = {x, y, f"{x}_err", *RESULTS}
    return tuple((name, value) for name, value in row.items() if name not in measured and not name.startswith("f_"))


def draw_map(points: Sequence[Row], boundaries: Sequence[Row], axes: str) -> Figure:
    """Points in the colour of their dominant phase, hollow where they are not converged; boundaries with error bars, dashed
    where they are only known to lie between two points."""
    x, y = (name.strip() for name in axes.split(","))
    doubtful = {others_of(point, x, y) for point in points if is_doubtful(point)}
    panels = at_most(list(dict.fromkeys(others_of(point, x, y) for point in points)), lambda panel: panel in doubtful)
    varying = {name for name, _ in panels[0] if len({dict(panel)[name] for panel in panels}) > 1}
    figure, grid = grid_of_panels(len(panels), 1, 4.2)
    for ax, panel in zip(grid[:, 0], panels):
        draw_points(ax, [point for point in points if others_of(point, x, y) == panel], x, y)
        draw_boundaries(ax, [place for place in boundaries if others_of(place, x, y) == panel], x, y)
        ax.set(xlabel=x.replace("_", " "), ylabel=y.replace("_", " "), title=wrapped(words_of(panel, varying), PANEL_INCHES))
        scale(ax, ax.xaxis, x, [point[x] for point in points])
        scale(ax, ax.yaxis, y, [point[y] for point in points])
    legend_beside(end_of_first_line(grid)[0], legend_of(points, boundaries))
    return figure


def words_of(panel: tuple[tuple[str, Any], ...], varying: set[str]) -> list[str]:
    shown = [(name.replace("_", " "), value) for name, value in panel if name in varying and value is not None]
    return [f"{name} {number(value) if isinstance(value, float) else value}" for name, value in shown]


def scale(ax: Axes, axis: Axis, name: str, values: Sequence[float]) -> None:
    """Times over decades; whole numbers of sites and layers have ticks where there are points."""
    if name == "time" and min(values) > 0:
        ax.set(**{f"{axis.axis_name}scale": "log"})
    elif name in ("size", "shell_layers"):
        axis.set_ticks(sorted(set(values)), [number(value) for value in sorted(set(values))])


def draw_points(ax: Axes, points: Sequence[Row], x: str, y: str) -> None:
    for phase, colour in COLOUR.items():
        for hollow in (False, True):
            chosen = [p for p in points if p["phase"] == phase and is_doubtful(p) == hollow]
            if chosen:
                face = "none" if hollow else colour
                ax.scatter([p[x] for p in chosen], [p[y] for p in chosen], facecolors=face, edgecolors=colour, s=36, zorder=3)


def draw_boundaries(ax: Axes, places: Sequence[Row], x: str, y: str) -> None:
    for line in dict.fromkeys(place["line"] for place in places):
        chosen = [place for place in places if place["line"] == line]
        at = np.array([(place[x], place[y], place[f"{x}_err"] or 0) for place in chosen], dtype=float)
        style = "--" if any(place["kind"] == "step" for place in chosen) else "-"
        ax.errorbar(at[:, 0], at[:, 1], xerr=at[:, 2], color=BOUNDARY_COLOUR, linestyle=style, marker="|", linewidth=1.2, zorder=2)


def is_doubtful(row: Row) -> bool:
    return bool(row.get("verdict", "converged") != "converged")


def legend_of(points: Sequence[Row], boundaries: Sequence[Row]) -> list[Line2D]:
    def dot(colour: str, face: str, label: str) -> Line2D:
        return Line2D([], [], linestyle="none", marker="o", markersize=6, color=colour, markerfacecolor=face, label=label)

    shown = {point["phase"] for point in points}
    handles = [dot(colour, colour, f"{phase}  {MEANING[phase]}") for phase, colour in COLOUR.items() if phase in shown]
    if any(is_doubtful(point) for point in points):
        handles.append(dot("grey", "none", "not converged"))
    for kinds, style, label in ((("equal weight", "variance peak"), "-", "transition"), (("step",), "--", "between points")):
        if any(place["kind"] in kinds for place in boundaries):
            handles.append(Line2D([], [], color=BOUNDARY_COLOUR, linestyle=style, label=label))
    return handles
