"""Pictures of any column against any other, of one archive or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .archive import Archive
from .columns import Kind, columns_of
from .courses import COLOURS
from .errors import NothingToDraw, unknown_column, warn
from .pictures import ENERGY_SYMBOL, describe, grid_of_panels, legend_beside, telling_fraction
from .written import number, with_results

MARKERS = "os^vD<>P"
KINDS: tuple[Kind, ...] = ("jobs", "times", "series", "profiles")
LOGARITHMIC = ("time",)
"""columns that go over decades"""
MOST_DOTS = 20_000
"""that are drawn as single dots"""
LEFT_OUT = ("start", "method")
"""parameters whose values are averaged over, or are those of a kind of rows"""


@dataclass(frozen=True)
class Source:
    """What is drawn together with others."""

    name: str
    archive: Archive
    jobs: pd.DataFrame | None = None
    """rows of `Archive.jobs`; None: all"""


@dataclass(frozen=True)
class Line:
    """Of jobs that agree in all parameters but those that are drawn."""

    label: str
    x: np.ndarray
    y: np.ndarray
    error: np.ndarray
    is_average: bool
    """else single jobs, that no line connects"""


def draw_columns(sources: Sequence[Source], x: str | None = None, y: Sequence[str] = (), color: str | None = None, linear: bool = False, inset: bool = False) -> Figure:
    """Columns against another one: averages with one standard error where x is a parameter, single jobs as dots where it is measured.

    x       a column; None: the parameter with the most values
    y       measured columns; none: the one that tells most of such jobs
    color   a column that tells lines apart; None: all parameters that vary
    linear  times on a linear scale
    inset   the same once more, on the other scale of x
    """
    chosen = [(source, with_results(source.archive.jobs() if source.jobs is None else source.jobs)) for source in sources]
    chosen = [(source, jobs) for source, jobs in chosen if not jobs.empty]
    if not chosen:
        raise NothingToDraw("none of the chosen jobs has results yet")
    every = pd.concat([jobs for _, jobs in chosen], ignore_index=True)
    x = x or varying_column(every)
    y = list(y) or [telling_column(chosen[0][0].archive, chosen[0][1])]
    kind = kind_with([x, *y, *([color] if color else [])])
    lines: list[tuple[str, Line]] = []
    for source, jobs in chosen:
        before = f"{source.name}: " if len(sources) > 1 else ""
        lines += [(name, line) for name in y for line in lines_of(source.archive, kind, jobs, x, name, color, before)]
    if not lines:
        raise NothingToDraw(f"there is nothing to draw of {', '.join(y)} against {x}")
    if len(lines) > len(COLOURS):
        warn(f"{len(lines)} lines, drawing the first {len(COLOURS)}")
    figure, grid = grid_of_panels(1, 1, 4.6)
    ax = grid[0, 0]
    log = x in LOGARITHMIC and not linear
    draw_lines(ax, lines[: len(COLOURS)], y)
    units = list(pd.unique(every["energy_unit"]))
    unit = units[0] if len(units) == 1 else ""
    ax.set(xlabel=label_of(kind, x, unit), ylabel=", ".join(label_of(kind, name, unit) for name in y), xscale="log" if log else "linear")
    ax.set_title(f"{describe(every.iloc[0], but=varying_parameters(every))}\n{len(every)} job{'s' if len(every) != 1 else ''}")
    if inset:
        small = ax.inset_axes((0.56, 0.54, 0.42, 0.42))
        draw_lines(small, lines[: len(COLOURS)], y)
        small.set(xscale="linear" if log else "log")
        small.set_title("linear" if log else "logarithmic", fontsize=7)
        small.tick_params(labelsize=7)
    legend_beside(ax, ax.get_legend_handles_labels()[0])
    return figure


def varying_parameters(jobs: pd.DataFrame) -> list[str]:
    """In which they differ, the one with the most values first."""
    names = [name for name, column in columns_of("jobs").items() if column.role == "parameter" and name not in LEFT_OUT]
    counts = {name: jobs[name].map(str).nunique() for name in names}
    return sorted((name for name in names if counts[name] > 1), key=lambda name: -counts[name])


def varying_column(jobs: pd.DataFrame) -> str:
    if (jobs["method"] == "exchange").all():
        return "time"
    numbers = [name for name in varying_parameters(jobs) if pd.api.types.is_numeric_dtype(jobs[name])]
    if not numbers:
        raise NothingToDraw("no parameter of these jobs varies: say what is drawn against what, with --x and --y")
    return numbers[0]


def telling_column(archive: Archive, jobs: pd.DataFrame) -> str:
    first = jobs.iloc[0]
    return "c" if first["method"] == "exchange" else telling_fraction(first, bool(archive.are_flat(jobs.head(1)).iloc[0]))[0]


def kind_with(names: Sequence[str]) -> Kind:
    """The first kind of rows that has all these columns."""
    for kind in KINDS:
        if all(name in columns_of(kind) for name in names):
            return kind
    for name in names:
        if not any(name in columns_of(kind) for kind in KINDS):
            raise NothingToDraw(str(unknown_column(name, {each: None for kind in KINDS for each in columns_of(kind)})))
    raise NothingToDraw(f"no rows have all of the columns {', '.join(dict.fromkeys(names))}; `nxmc query --describe` lists those of each kind")


def lines_of(archive: Archive, kind: Kind, jobs: pd.DataFrame, x: str, y: str, color: str | None, before: str) -> list[Line]:
    known = columns_of(kind)
    if known[y].type == "word" or known[x].type == "word" and x != "size":
        raise NothingToDraw(f"{x if known[x].type == 'word' else y} has words, and no place on an axis: choose a number")
    is_average = known[x].role == "parameter"
    found = []
    for label, some in groups_of(jobs, x, y, color):
        table = {"jobs": archive.jobs, "times": archive.times, "series": archive.series, "profiles": archive.profiles}[kind]
        if is_average:
            rows = table([x, y, f"{y}_err"], jobs=some, group_by=x).dropna(subset=[y])
            error = rows[f"{y}_err"].to_numpy(float)
        else:
            rows = table([x, y], jobs=some).dropna()
            if len(rows) > MOST_DOTS:
                warn(f"{len(rows)} points of one colour, drawing the first {MOST_DOTS}")
                rows = rows.head(MOST_DOTS)
            error = np.zeros(len(rows))
        if rows.empty:
            continue
        places = pd.to_numeric(rows[x], errors="coerce").to_numpy(float)
        if np.isnan(places).any():
            raise NothingToDraw(f"{x} has words, and no place on an axis: choose a number")
        order = np.argsort(places, kind="stable") if is_average else np.arange(len(rows))
        found.append(Line(before + label, places[order], rows[y].to_numpy(float)[order], error[order], is_average))
    return found


def groups_of(jobs: pd.DataFrame, x: str, y: str, color: str | None) -> list[tuple[str, pd.DataFrame]]:
    """Jobs that agree in what tells lines apart, and its name."""
    names = [color] if color and color in jobs else [name for name in varying_parameters(jobs) if name != x]
    if not names:
        return [(y, jobs)]
    return [
        (", ".join(f"{name.replace('_', ' ')} {shown(value)}" for name, value in zip(names, some[names].iloc[0])), some)
        for _, some in jobs.groupby(jobs[names].astype(str).agg(", ".join, axis=1), sort=False)
    ]


def shown(value: object) -> str:
    return number(value) if isinstance(value, (int, float)) else str(value)


def draw_lines(ax: Axes, lines: Sequence[tuple[str, Line]], y: Sequence[str]) -> None:
    """The colour is that of the line, the marker that of the column."""
    for colour, (name, line) in zip(COLOURS, lines):
        marker = MARKERS[list(y).index(name) % len(MARKERS)]
        label = f"{name}, {line.label}" if len(y) > 1 and not line.label.endswith(name) else line.label
        many = len(line.x) > 60
        if line.is_average and many:
            ax.plot(line.x, line.y, color=colour, label=label, linewidth=1.4)
            ax.fill_between(line.x, line.y - np.nan_to_num(line.error), line.y + np.nan_to_num(line.error), color=colour, alpha=0.3, linewidth=0)
        elif line.is_average:
            ax.errorbar(line.x, line.y, np.nan_to_num(line.error), color=colour, marker=marker, label=label, linewidth=1.2)
        else:
            ax.plot(line.x, line.y, marker if not many else ".", color=colour, alpha=0.6, label=label, rasterized=len(line.x) > 2000)


def label_of(kind: Kind, name: str, energy_unit: str) -> str:
    unit = columns_of(kind)[name].unit
    unit = {"energy_unit": ENERGY_SYMBOL.get(energy_unit, ""), "time_unit": "$1/k_0$", "1/time_unit": "$k_0$"}.get(unit, unit)
    letter, _, index = name.partition("_")
    symbol = f"${letter}_{{{index}}}$" if letter == "f" and index and "_" not in index else name.replace("_", " ")
    return f"{symbol} ({unit})" if unit else symbol
