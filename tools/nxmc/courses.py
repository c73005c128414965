"""Courses in time: averages over trajectories, when they pass a value, and their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .archive import Archive
from .errors import NothingToDraw
from .pictures import grid_of_panels, legend_beside
from .written import with_results

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C8C", "#7B3294")
"""Of Okabe and Ito, in an order in which neighbours differ most."""
MAX_TRAJECTORIES = 100
"""that are drawn one by one"""


@dataclass(frozen=True)
class Course:
    """An average over trajectories with its standard error, along times."""

    time: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    trajectories: int

    def at(self, time: float) -> tuple[float, float]:
        """The average and its error at the observation time next to `time`, on a logarithmic scale."""
        k = int(np.argmin(np.abs(np.log(self.time / time)))) if time > 0 else 0
        return float(self.mean[k]), float(self.error[k])

    def passes(self, value: float) -> tuple[float, float]:
        """When the average passes a value for the first time, and the error of that; NaN where it does not."""
        sign = np.sign(self.mean - value)
        changes = np.flatnonzero(sign[:-1] * sign[1:] <= 0)
        if len(changes) == 0:
            return np.nan, np.nan
        k = int(changes[0])
        slope = (self.mean[k + 1] - self.mean[k]) / np.log(self.time[k + 1] / self.time[k])
        if slope == 0:
            return float(self.time[k]), np.nan
        time = float(np.exp(np.log(self.time[k]) + (value - self.mean[k]) / slope))
        return time, float(time * max(self.error[k], self.error[k + 1]) / abs(slope))

    def maximum(self) -> tuple[float, float, float]:
        """Its time, height, and the error of that."""
        k = int(np.argmax(self.mean))
        return float(self.time[k]), float(self.mean[k]), float(self.error[k])


def course(archive: Archive, jobs: pd.DataFrame, column: str) -> Course:
    """Of jobs that agree in all parameters. NothingToDraw where none has results."""
    done = with_results(jobs)
    if done.empty:
        raise NothingToDraw("no trajectory has results yet")
    means = archive.times(["time", column, f"{column}_err"], jobs=done, group_by="time")
    time, mean, error = (means[name].to_numpy() for name in ("time", column, f"{column}_err"))
    return Course(time, mean, error, len(done))


def draw_courses(courses: dict[str, Course], label: str, unit_of_time: str = "$1/k_0$", inset: str = "", log_time: bool = True) -> Figure:
    """Several courses in one panel, with one standard error as bands.

    inset   the same once more, small: "log time", "linear time" or "log"
    """
    if not courses:
        raise NothingToDraw("nothing to draw")
    figure, grid = grid_of_panels(1, 1, 4.4)
    ax = grid[0, 0]
    _draw_lines(ax, courses)
    ax.set(xlabel=f"time $t$ ({unit_of_time})", ylabel=label, xscale="log" if log_time else "linear")
    if not log_time:
        ax.set_xlim(0, 1.2 * max(end_of(each) for each in courses.values()))
    if inset:
        small = ax.inset_axes((0.52, 0.52, 0.46, 0.44))
        _draw_lines(small, courses)
        small.set(xscale="log" if inset == "log time" else "linear", yscale="log" if inset == "log" else "linear")
        if inset == "log":
            lowest = min(float(each.mean[each.mean > 0].min(initial=1)) for each in courses.values())
            small.set_ylim(bottom=max(lowest, 1e-3))
            small.set_xlim(0, max(end_of(each, 1e-3) for each in courses.values()))
        small.tick_params(labelsize=7)
        small.set_title({"log": "composition on a logarithmic scale"}.get(inset, inset), fontsize=7)
    legend_beside(ax, ax.get_lines())
    return figure


def end_of(each: Course, value: float = 0.01) -> float:
    """When it falls below a value, else its last time."""
    time = each.passes(value)[0]
    return time if np.isfinite(time) else float(each.time[-1])


def _draw_lines(ax: Axes, courses: dict[str, Course]) -> None:
    for colour, (name, each) in zip(COLOURS, courses.items()):
        ax.plot(each.time, each.mean, color=colour, linewidth=1.4, label=f"{name} ({each.trajectories} trajectories)" if each.trajectories > 0 else name)
        ax.fill_between(each.time, each.mean - each.error, each.mean + each.error, color=colour, alpha=0.3, linewidth=0)


def draw_trajectories(archive: Archive, panels: dict[str, pd.DataFrame], columns: Sequence[tuple[str, str, str]], label: str) -> Figure:
    """Trajectories one by one as thin lines, and their average as a thick one; a panel for each of `panels`.

    columns   name, label and colour of what is drawn
    """
    figure, grid = grid_of_panels(len(panels), 1, 4.4)
    for ax, (title, jobs) in zip(grid[:, 0], panels.items()):
        done = with_results(jobs)
        if done.empty:
            raise NothingToDraw("no trajectory has results yet")
        rows = archive.times(["job", "time", *(name for name, _, _ in columns)], jobs=done.head(MAX_TRAJECTORIES))
        for name, words, colour in columns:
            for _, one in rows.groupby("job", sort=False):
                ax.plot(one["time"], one[name], color=colour, linewidth=0.4, alpha=0.25, rasterized=True)
            average = course(archive, done, name)
            ax.plot(average.time, average.mean, color="black", linewidth=3)
            ax.plot(average.time, average.mean, color=colour, linewidth=1.8, label=words)
        ax.set(xlabel="time $t$ ($1/k_0$)", ylabel=label, xscale="log", title=f"{title}, {len(done)} trajectories")
    legend_beside(grid[min(len(panels), 3) - 1, 0], [line for line in grid[0, 0].get_lines() if not str(line.get_label()).startswith("_")])
    return figure
