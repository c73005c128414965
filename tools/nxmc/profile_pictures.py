"""Pictures of c(z): composition across 3D crystals, plane by plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from .archive import Archive
from .courses import COLOURS
from .errors import NothingToDraw
from .pictures import MAX_SNAPSHOTS, at_most, describe, evenly, grid_of_panels, panels_of
from .written import with_results


def draw_profiles(archive: Archive, jobs: pd.DataFrame | None = None, times: Sequence[float] = ()) -> Figure:
    """c(z) averaged over trajectories, or chains, with one standard error as a band; a panel for each set of parameters.

    jobs    rows of `Archive.jobs`; None: all
    times   of trajectories: the observation times next to these; none: some of those at which c changes
    """
    done = with_results(archive.jobs() if jobs is None else jobs)
    done = done[~archive.are_flat(done)]
    if done.empty:
        raise NothingToDraw("no 3D crystal among the chosen jobs has results yet")
    panels = at_most(panels_of(done, but=("start",)))
    figure, grid = grid_of_panels(len(panels), 1, 4.2)
    for ax, panel in zip(grid[:, 0], panels):
        is_exchange = panel["method"].iloc[0] == "exchange"
        keys = ["time", "plane"] if is_exchange else ["plane"]
        rows = archive.profiles([*keys, "c", "c_err"], jobs=panel, group_by=keys)
        lines = [(f"$t$ = {time:.3g}".replace("-", "−"), rows[rows["time"] == time]) for time in shown_times(rows, times)] if is_exchange else [("average", rows)]
        for colour, (label, line) in zip(COLOURS, lines):
            plane, c, error = (line[name].to_numpy(float) for name in ("plane", "c", "c_err"))
            ax.plot(plane, c, color=colour, linewidth=1.4, label=label)
            ax.fill_between(plane, c - np.nan_to_num(error), c + np.nan_to_num(error), color=colour, alpha=0.3, linewidth=0)
        what = "trajector" + ("y" if len(panel) == 1 else "ies") if is_exchange else "chain" + ("" if len(panel) == 1 else "s")
        ax.set(xlabel="plane along $z$", ylabel="$c(z)$", ylim=(-0.02, 1.02), title=f"{describe(panel.iloc[0])}\n{len(panel)} {what}")
        ax.legend(fontsize=7)
    return figure


def shown_times(rows: pd.DataFrame, asked: Sequence[float]) -> list[float]:
    known = np.unique(rows["time"].to_numpy(float))
    if asked:
        return [float(known[np.argmin(np.abs(known - time))]) for time in asked]
    course = rows.groupby("time")["c"].mean()
    changing = np.flatnonzero(np.abs(np.diff(course.to_numpy(), prepend=np.nan)) > 1e-3)
    some = known[changing] if len(changing) else known
    return [float(some[k]) for k in evenly(len(some), MAX_SNAPSHOTS)]
