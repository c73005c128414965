"""Pictures of powder patterns: of files that `nxmc diffraction FILE --output FILE.h5` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .errors import NothingToDraw
from .pictures import PHASE_COLOUR
from .written import number

PROGRESS = (("fraction_B", "fraction of B"), ("shell_fraction", "fraction of the volume in the shell"), ("frame", "frame"))
"""what patterns are drawn along, the first that they have"""
PEAKS = ("111", "200", "220")
MARKERS = "osD^vP<>X"
MOST_SERIES = 6
MOST_LINES = 16
"""of a series; of more patterns some are drawn, evenly"""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


@dataclass(frozen=True)
class Patterns:
    q: np.ndarray
    intensity: np.ndarray
    """[pattern][Q]"""
    about: Mapping[str, np.ndarray]
    """[pattern] what each is of, and its peaks"""
    remark: str

    @property
    def progress(self) -> tuple[np.ndarray, str]:
        """[pattern] along what they are drawn, and what it is called."""
        for name, label in PROGRESS:
            if name in self.about:
                return self.about[name], label
        return np.arange(1, len(self.intensity) + 1), "pattern"

    @property
    def series(self) -> list[tuple[str, np.ndarray]]:
        """Patterns of one point: its name, and which they are."""
        names = self._names()
        return [(name, np.flatnonzero(names == name)) for name in dict.fromkeys(names)][:MOST_SERIES]

    def _names(self) -> np.ndarray:
        if "job" not in self.about:
            return np.full(len(self.intensity), "")
        scans, jobs = self.about["scan"].astype(str), self.about["job"].astype(str)
        several = {scan for scan in scans if len({job for other, job in zip(scans, jobs) if other == scan}) > 1}
        return np.array([f"{scan} {job[:6]}" if scan in several else scan for scan, job in zip(scans, jobs)])


def read_patterns(file: str | Path) -> Patterns:
    """NothingToDraw where the file holds none."""
    try:
        with h5py.File(file) as data:
            about = {name: values.asstr()[()] if h5py.check_string_dtype(values.dtype) else values[()] for name, values in data["pattern"].items()}
            remark = data.attrs.get("remark", b"")
            return Patterns(data["q"][()], data["intensity"][()], about, remark.decode() if isinstance(remark, bytes) else str(remark))
    except (OSError, KeyError) as error:
        raise NothingToDraw(f"no file of patterns, as `nxmc diffraction … --output FILE.h5` writes them ({error})") from error


def draw_patterns(patterns: Patterns) -> Figure:
    """Patterns above each other, each series in a panel; to the right how peaks and their ratio go on."""
    if not len(patterns.intensity):
        raise NothingToDraw("the file has no pattern")
    series = patterns.series
    courses = [f"q_max_{peak}" for peak in PEAKS if f"q_max_{peak}" in patterns.about]
    courses += ["i_111_200"] if "i_111_200" in patterns.about else []
    with_courses = bool(courses) and len(patterns.intensity) > len(series)
    columns = len(series) + with_courses
    figure = plt.figure(figsize=(3.2 * len(series) + 4.0 * with_courses, 6.4), layout="constrained")
    grid = figure.add_gridspec(len(courses) if with_courses else 1, columns, width_ratios=[3.2] * len(series) + [4.0] * with_courses)
    for k, (name, members) in enumerate(series):
        draw_series(figure.add_subplot(grid[:, k]), patterns, name, members, first=k == 0)
    if with_courses:
        shared: Axes | None = None
        for k, course in enumerate(courses):
            shared = figure.add_subplot(grid[k, len(series)], sharex=shared)
            draw_course(shared, patterns, series, course)
            shared.tick_params(labelbottom=k + 1 == len(courses))
        assert shared is not None
        shared.set_xlabel(patterns.progress[1])
    if patterns.remark:
        figure.supxlabel(patterns.remark, fontsize=7, wrap=True)
    return figure


def draw_series(ax: Axes, patterns: Patterns, name: str, members: np.ndarray, first: bool) -> None:
    progress, label = patterns.progress
    chosen = members[np.argsort(progress[members], kind="stable")]
    if len(chosen) > MOST_LINES:
        chosen = chosen[np.unique(np.linspace(0, len(chosen) - 1, MOST_LINES).round().astype(int))]
    step = 0.35
    for k, member in enumerate(chosen):
        line = patterns.intensity[member] / patterns.intensity[members].max() + step * k
        share = k / max(1, len(chosen) - 1)
        ax.plot(patterns.q, line, color=plt.colormaps["viridis"](0.9 * share), linewidth=0.9, gid=f"pattern {member}")
        ax.annotate(number(round(float(progress[member]), 3)), (patterns.q[-1], line[-1]), fontsize=7, ha="right", va="bottom")
    for peak in PEAKS:
        if f"q_max_{peak}" in patterns.about and np.isfinite(patterns.about[f"q_max_{peak}"][chosen[0]]):
            ax.axvline(patterns.about[f"q_max_{peak}"][chosen[0]], color="grey", linestyle=":", linewidth=0.8)
    ax.set(xlabel="Q / Å$^{-1}$", title=f"{name}\nnumbers: {label}" if len(chosen) > 1 else name, yticks=[])
    if first:
        ax.set_ylabel("I(Q), above each other")


def draw_course(ax: Axes, patterns: Patterns, series: list[tuple[str, np.ndarray]], course: str) -> None:
    progress, _ = patterns.progress
    for k, (name, members) in enumerate(series):
        order = members[np.argsort(progress[members], kind="stable")]
        ax.plot(progress[order], patterns.about[course][order], color=COLOURS[k], marker=MARKERS[k], linewidth=1, label=name, gid=f"{course} {name}")
    peak = course.rpartition("_")[2]
    ax.set_ylabel("$I_{111}/I_{200}$" if course == "i_111_200" else f"$Q_{{{peak}}}$ / Å$^{{-1}}$")
    if course == "q_max_111" and len(series) > 1:
        ax.legend(fontsize=8)
    ax.axhline(patterns.about[course][series[0][1][0]], color=PHASE_COLOUR["0"], linestyle=":", linewidth=0.8)
