"""Conversions with the laws that were fitted to them, and Arrhenius lines."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..courses import COLOURS
from ..errors import NothingToDraw
from ..pictures import MAX_PANELS, describe, grid_of_panels, legend_beside
from ..written import number, with_error
from .fit import Range, Wanted
from .laws import LAWS
from .results import Fitted, Lines
from .units import BOLTZMANN

COLOUR = dict(zip((law.name for law in LAWS), COLOURS))


def draw_fits(points: list[Fitted], wanted: Wanted, of_all: int) -> Figure:
    """A panel for each of the first points: conversions with one standard error, laws, and below them what these leave over."""
    if not any(fit.found for point in points for fit in point.fits):
        raise NothingToDraw("no law was found for any point")
    figure, grid = grid_of_panels(len(points), 2, 6.0)
    for (upper, lower), point in zip(grid, points):
        _draw_point(upper, lower, point, wanted)
    last = min(len(points), 3) - 1
    legend_beside(grid[last, 0], [line for line in grid[last, 0].get_lines() if not str(line.get_label()).startswith("_")])
    if of_all > len(points):
        figure.suptitle(f"the first {len(points)} of {of_all} points", fontsize=9, color="firebrick")
    return figure


def _draw_point(upper: Axes, lower: Axes, point: Fitted, wanted: Wanted) -> None:
    curve = point.curve
    error = np.nan_to_num(curve.standard_error)
    many = len(curve.time) > 40
    for ax, values in ((upper, curve.conversion), (lower, np.zeros(len(curve.time)))):
        if many:
            ax.fill_between(curve.time, values - error, values + error, color="black", alpha=0.25, linewidth=0)
    upper.errorbar(curve.time, curve.conversion, None if many else error, color="black", marker=".", linestyle="", markersize=3, label="measured")
    for fit in point.fits:
        if not fit.found:
            continue
        upper.plot(curve.time, fit.predicted, color=COLOUR[fit.law.name], linewidth=1.2, label=fit.law.name)
        lower.plot(curve.time, curve.conversion - fit.predicted, color=COLOUR[fit.law.name], linewidth=1.2)
    limit = wanted.tolerance
    for height in (-limit, limit):
        lower.axhline(height, color="black", linewidth=0.6, linestyle=":")
    of = wanted.range or Range("X", *curve.usual_range)
    for value in (of.low, of.high):
        if np.isfinite(value) and (of.of == "t" or 0 < value < 1):
            (upper.axvline if of.of == "t" else upper.axhline)(value, color="black", linewidth=0.6, linestyle=":")
    spread = curve.time[curve.time > 0]
    is_wide = len(spread) > 0 and spread.max() > 50 * spread.min()
    upper.set(ylabel="conversion $X$", ylim=(-0.02, 1.05), xscale="log" if is_wide else "linear")
    upper.set_title(_title(point))
    upper.tick_params(labelbottom=False)
    lower.set(ylabel="$X$ minus law", xlabel="time $t$ (s)" if "lattice" not in curve.parameters else "time $t$ ($1/k_0$)", ylim=(-0.12, 0.12))
    lower.sharex(upper)
    lower.set_xscale("log" if is_wide else "linear")


def _title(point: Fitted) -> str:
    curve = point.curve
    if "lattice" in curve.parameters:
        return f"{describe(dict(curve.parameters) | {'method': 'exchange'})}\n{f'{number(curve.units.kelvin)} K, ' if np.isfinite(curve.units.kelvin) else ''}{curve.n} trajectories"
    return f"{number(curve.units.kelvin)} K" if np.isfinite(curve.units.kelvin) else ""


def draw_lines(lines: Lines) -> Figure:
    """A panel for each set of points that differ in temperature alone and each kind of coefficient."""
    panels: dict[str, list[tuple[str, np.ndarray, np.ndarray, np.ndarray, float, float, bool, str]]] = {}
    for each_line in lines:
        row, line = each_line.row, each_line.line
        inverse, values, errors, is_physical = each_line.inverse, each_line.values, each_line.errors, each_line.is_physical
        name = str(row["coefficient"])
        others = ", ".join(f"{key} {value}" for key, value in row.items() if key in ("lattice", "size", "interaction", "hamiltonian") and value)
        label = f"{row['model']}" + ("" if np.isnan(line.energy) else f": $E_a$ = {with_error(float(str(row['E_a'])), float(str(row['E_a_err'])))} {row['unit']}".replace("epsilon", "ε"))
        unit = str(row["prefactor_unit"]).replace("1/time_unit", "$k_0$").replace("a²/time_unit", "$a^2 k_0$")
        panels.setdefault(f"{name}\n{others}", []).append((label, inverse, values, errors, line.energy, line.logarithm, is_physical, f"{name} ({unit})"))
    if not panels:
        raise NothingToDraw("no points differ in temperature alone: an Arrhenius line needs two temperatures")
    chosen = list(panels.items())[:MAX_PANELS]
    figure, grid = grid_of_panels(len(chosen), 1, 4.6)
    for ax, (title, each) in zip(grid[:, 0], chosen):
        for label, inverse, values, errors, energy, logarithm, is_physical, unit in each:
            colour = COLOUR[label.split(":")[0]]
            along = BOLTZMANN * 1000 * inverse if is_physical else inverse
            ax.errorbar(along, values, np.nan_to_num(errors), color=colour, marker="o", linestyle="", label=label)
            if np.isfinite(energy):
                ends = np.array([inverse.min(), inverse.max()])
                ax.plot(BOLTZMANN * 1000 * ends if is_physical else ends, np.exp(logarithm - energy * ends), color=colour, linewidth=1)
            ax.set(yscale="log", xlabel="$1000/T$ (1/K)" if is_physical else "$1/k_BT$ (inverse unit of energy)", ylabel=unit)
        ax.set_title(title.partition("\n")[2])
        ax.legend(fontsize=7)
    if len(panels) > MAX_PANELS:
        figure.suptitle(f"the first {MAX_PANELS} of {len(panels)} panels", fontsize=9, color="firebrick")
    return figure

