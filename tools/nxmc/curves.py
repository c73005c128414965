"""Pictures of phase fractions along one axis: measured points, the reweighted line through them, and the transition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .errors import NothingToDraw, warn
from .pictures import (
    COLUMNS_COLOUR,
    ENERGY_SYMBOL,
    MIXED_COLOUR,
    PHASE_COLOUR,
    at_most,
    counted,
    describe,
    end_of_first_line,
    grid_of_panels,
    legend_beside,
)
from .program import Program, Row
from .written import AXES_OF_LINES, with_error

CRYSTAL = ("lattice", "size", "shell_layers", "composition")
"""Samples of one crystal are reweighted together."""
PARAMETERS = (*CRYSTAL, "shell_stiffness", "temperature", "delta_mu", "interaction", "hamiltonian")
NAME_OF_AXIS = {"shell_stiffness": "stiffness of the shell", "temperature": "temperature", "delta_mu": "reservoir"}
AXES = AXES_OF_LINES


@dataclass(frozen=True)
class Look:
    """How one fraction is drawn."""

    name: str
    colour: str
    marker: str
    label: str


FRACTIONS = (
    Look("f_U", MIXED_COLOUR, "o", "$f_U$  united, A or B"),
    Look("f_S1", PHASE_COLOUR["S1"], "s", "$f_{S1}$  A-rich superlattice"),
    Look("f_S2", PHASE_COLOUR["S2"], "D", "$f_{S2}$  B-rich superlattice"),
    Look("f_C", COLUMNS_COLOUR, "v", "$f_C$  columns"),
    Look("f_0", PHASE_COLOUR["0"], "^", "$f_0$  none of these"),
    Look("c", "#CC6677", "P", "$c$  of A in the core"),
)
LINE_PLACES = 40
"""of a reweighted line; those of a crystal share its places"""

MARKS = (
    ("equal_weight", "black", "-", "equal weight of the sides"),
    ("equal_height", "#117733", ":", "equal height of both peaks"),
    ("variance_peak", "#882255", "--", "peak of var {of}"),
)


@dataclass(frozen=True)
class Curves:
    """What the program tells along one axis."""

    axis: str
    points: Sequence[Row]
    """measured, with verdicts, of `nxmc query`"""
    lines: Sequence[Row]
    """of `nxmc reweight`"""
    transitions: Sequence[Row] | None
    """of `nxmc diagram`; None: not asked for"""


@dataclass(frozen=True)
class Panel:
    """What agrees in all parameters but the axis; points and line along it."""

    points: list[Row]
    line: list[Row]
    transitions: list[Row] | None


def read_curves(
    program: Program, archive: str | Path, axis: str = "shell_stiffness", where: str = "", split: float | None = None, of: str = ""
) -> Curves:
    """Asks the program; `split` and `of` are those of `nxmc diagram`. What it refuses to tell of reweighted lines and transitions is warned
    of, and left out."""
    if axis not in AXES:
        raise NothingToDraw(f"'{axis}' is no axis of curves; write {', '.join(AXES[:-1])} or {AXES[-1]}")
    points = measured_points(program, archive, where)
    several = [panel for panel in groups_of(points, others(axis)) if len(panel) > 1]
    if not several:
        raise NothingToDraw(f"no finished points that differ in {axis} alone")
    lines: list[Row] = []
    for crystal in groups_of([point for panel in several for point in panel], CRYSTAL):
        places = sorted({place for panel in groups_of(crystal, others(axis)) for place in places_of_line(panel, axis)})
        at = f"{axis}=[{', '.join(map(repr, places))}]"
        condition = both(where, " and ".join(f"{name} == {crystal[0][name]}" for name in CRYSTAL if crystal[0][name] is not None))
        lines += unless_refused(program, "reweight", archive, "--at", at, "--where", condition)
    words = words_of_diagram(axis, where, split, of)
    return Curves(axis, [point for panel in several for point in panel], lines, unless_refused(program, "diagram", archive, *words))


def words_of_diagram(axis: str, where: str, split: float | None, of: str) -> list[str]:
    """Options of `nxmc diagram`."""
    words = ["--along", axis]
    for option, value in (("--where", where), ("--split", "" if split is None else repr(split)), ("--of", of)):
        words += [option, value] if value else []
    return words


def measured_points(program: Program, archive: str | Path, where: str) -> list[Row]:
    """Averages over the chains of each point that has results."""
    names = [*(look.name for look in FRACTIONS), "f_S"]
    columns = [*PARAMETERS, "energy_unit", "n", *names, *(f"{name}_err" for name in names), "verdict"]
    words = ["--where", both(where, "method == equilibrium and not window_to >= 0"), "--group-by", ",".join((*PARAMETERS, "energy_unit")), "--columns", ",".join(columns)]
    return [row for row in program.ask("query", archive, *words) if any(row[name] is not None for name in names)]


def both(where: str, condition: str) -> str:
    return f"({where}) and {condition}" if where else condition


def unless_refused(program: Program, command: str, archive: str | Path, *words: str) -> list[Row]:
    try:
        return program.ask(command, archive, *words)
    except NothingToDraw as reason:
        warn(str(reason))
        return []


def others(axis: str) -> tuple[str, ...]:
    return tuple(name for name in PARAMETERS if name != axis)


def key_of(row: Row, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in names)


def groups_of(rows: Iterable[Row], names: Sequence[str]) -> list[list[Row]]:
    """Rows that agree in these columns, in the order in which they come."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(key_of(row, names), []).append(row)
    return list(groups.values())


def numbers(rows: Sequence[Row], name: str) -> np.ndarray:
    """A column, NaN where there is none."""
    return np.array([row.get(name) for row in rows], dtype=float)


def places_of_line(points: Sequence[Row], axis: str) -> list[float]:
    """Measured places, and between them others at even distances along the measured curve of f_U, in the bulk in 2D f_S, or along delta_mu of c:
    close where it is steep, and next to that, where it bends."""
    in_bulk = any(point["lattice"] == "periodic-hexagon" for point in points)
    fraction = "c" if axis == "delta_mu" else "f_S" if in_bulk else "f_U"
    rows = sorted((point for point in points if point[fraction] is not None), key=lambda row: row[axis])
    if len(rows) < 2:
        return []
    x, y = numbers(rows, axis), numbers(rows, fraction)
    rise = np.pad(np.abs(np.diff(y)), 1)
    steeper = np.max([rise[:-2], rise[1:-1], rise[2:]], axis=0)
    steps = np.hypot(np.diff(x) / np.ptp(x), steeper / (np.ptp(y) or 1))
    length = np.concatenate([[0], np.cumsum(steps)])
    between = np.interp(np.linspace(0, length[-1], LINE_PLACES), length, x)
    digits = 4 - floor(log10(np.ptp(x)))
    return sorted({*x.tolist(), *np.round(between, digits).tolist()})


def panels_of(curves: Curves) -> list[Panel]:
    names = others(curves.axis)
    panels = []
    for points in groups_of(curves.points, names):
        key = key_of(points[0], names)
        low, high = min(point[curves.axis] for point in points), max(point[curves.axis] for point in points)
        line = [row for row in curves.lines if key_of(row, names) == key and low <= row[curves.axis] <= high]
        transitions = None if curves.transitions is None else [row for row in curves.transitions if key_of(row, names) == key]
        panels.append(Panel(points, line, transitions))
    return at_most(panels, lambda panel: any(is_doubtful(point) for point in panel.points))


def draw_curves(curves: Curves, note: str = "") -> Figure:
    """A panel for each combination of the other parameters: points hollow where their verdict is not `converged`, through them
    the reweighted line with its error as a band, gaps where the samples do not reach, or where nobody asked for it dots from point to
    point; the transition with its error."""
    panels = panels_of(curves)
    if not panels:
        raise NothingToDraw("no points have results yet")
    figure, grid = grid_of_panels(len(panels), 1, 4.6)
    for ax, panel in zip(grid[:, 0], panels):
        for look in FRACTIONS:
            draw_fraction(ax, panel, curves.axis, look)
        draw_transitions(ax, panel, curves.axis)
        ax.set_ylim(bottom=-0.02)
        ax.set(
            xlabel=label_of(curves.axis, panel.points[0]["energy_unit"]),
            ylabel="fraction of inner core sites",
            title=title_of(panel, curves.axis),
        )
    legend_beside(end_of_first_line(grid)[0], legend_of(panels))
    figure.suptitle(note, fontsize=9, color="firebrick")
    return figure


def title_of(panel: Panel, axis: str) -> str:
    words = describe({"method": "equilibrium", **panel.points[0]}, but=(axis,))
    chains = [int(point["n"]) for point in panel.points if point.get("n")]
    return f"{words}\n{counted(min(chains), max(chains), 'chain')} at each point" if chains else words


def label_of(axis: str, energy_unit: str) -> str:
    return f"{NAME_OF_AXIS[axis]} {symbol_of(axis, energy_unit)}"


def symbol_of(axis: str, energy_unit: str) -> str:
    if axis == "shell_stiffness":
        return "$K_{shell}/K$"
    symbol = "k_BT" if axis == "temperature" else "\\Delta\\mu"
    return f"${symbol}/{ENERGY_SYMBOL[energy_unit]}$"


def symbol_of_fraction(name: str) -> str:
    """f_U, or c, as it is set."""
    letter, _, index = name.partition("_")
    return f"${letter}_{{{index}}}$" if index else f"${letter}$"


def is_doubtful(row: Row) -> bool:
    return bool(row["verdict"] != "converged")


def draw_fraction(ax: Axes, panel: Panel, axis: str, look: Look) -> None:
    """Draws nothing of what a crystal lacks."""
    if np.isnan(numbers(panel.points, look.name)).all():
        return
    x, y, error = (numbers(panel.line, name) for name in (axis, look.name, f"{look.name}_err"))
    ax.plot(x, y, color=look.colour, linewidth=1.2, gid=f"line {look.name}")
    ax.fill_between(x, y - error, y + error, color=look.colour, alpha=0.3, linewidth=0)
    if not panel.line:
        points = sorted(panel.points, key=lambda point: float(point[axis]))
        ax.plot(numbers(points, axis), numbers(points, look.name), color=look.colour, linewidth=0.8, linestyle=":")
    for hollow in (False, True):
        points = [point for point in panel.points if is_doubtful(point) == hollow]
        x, y, error = (numbers(points, name) for name in (axis, look.name, f"{look.name}_err"))
        bars = np.nan_to_num(error)  # an error that is not known has no bar
        face = "white" if hollow else look.colour
        drawn = ax.errorbar(x, y, bars, color=look.colour, marker=look.marker, markersize=4.5, markerfacecolor=face, linestyle="none")
        drawn[0].set_gid(f"points {look.name}")


def draw_transitions(ax: Axes, panel: Panel, axis: str) -> None:
    """Lines at the places, with their errors as bands; below the panel what they are."""
    if panel.transitions is None:
        return
    handles: list[Line2D] = []
    for row in panel.transitions:
        handles += [mark(ax, row, axis, panel.points[0]["energy_unit"], *how) for how in MARKS if row.get(how[0]) is not None]
    if not handles:
        handles = [Line2D([], [], linestyle="none", label="no transition within the range" if panel.transitions else "transition not known")]
    # An artist, so that the panel may have a legend of what is drawn, too; unclipped, so that the layout makes room for it.
    below = Legend(ax, handles, [str(handle.get_label()) for handle in handles], loc="upper center", bbox_to_anchor=(0.5, -0.17), fontsize=9)
    ax.add_artist(below)
    below.set_clip_on(False)


def mark(ax: Axes, row: Row, axis: str, energy_unit: str, name: str, colour: str, style: str, meaning: str) -> Line2D:
    place, error = row[name], row[f"{name}_err"]
    if error is not None:
        ax.axvspan(place - error, place + error, color=colour, alpha=0.2, linewidth=0, zorder=0.5)
    meaning = meaning.format(of=symbol_of_fraction(row.get("order_parameter") or "f_U"))
    label = f"{meaning}: {symbol_of(axis, energy_unit)} = {with_error(place, error)}"
    if is_doubtful(row):
        label += f" ({row['verdict']})"
    return ax.axvline(place, color=colour, linestyle=style, linewidth=1, zorder=1, label=label, gid=name)


def legend_of(panels: Sequence[Panel]) -> list[Patch | Line2D | ErrorbarContainer]:
    """Of all panels: fractions, and what hollow points and lines are."""
    points = [point for panel in panels for point in panel.points]
    shown = [look for look in FRACTIONS if any(point[look.name] is not None for point in points)]
    handles: list[Patch | Line2D | ErrorbarContainer] = [
        Line2D([], [], color=look.colour, marker=look.marker, markersize=4.5, linewidth=1.2, label=look.label) for look in shown
    ]
    doubts = sorted({str(point["verdict"]) for point in points if is_doubtful(point)})
    if doubts:
        face = {"color": "grey", "markerfacecolor": "white", "linestyle": "none", "marker": "o", "markersize": 4.5}
        handles.append(Line2D([], [], label="hollow: " + ", ".join(doubts), **face))
    if any(panel.line for panel in panels):
        handles.append(Patch(color="grey", alpha=0.3, label="line, band: reweighted ± σ"))
    return handles
