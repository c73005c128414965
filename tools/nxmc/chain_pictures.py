"""Pictures of what equilibrium chains measured along their sweeps: whether they forget their start, and what they go through."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .archive import Archive
from .columns import columns_of
from .errors import NothingToDraw, unknown_column, warn
from .pictures import (
    ENERGY_SYMBOL,
    SURFACE_COLOUR,
    at_most,
    counted,
    describe,
    end_of_first_line,
    grid_of_panels,
    jobs_to_draw,
    legend_beside,
    panels_of,
    progress_note,
)

START_COLOUR = {"random": "#332288", "segregated": "#CC6677", "A": "#117733", "B": "#AA4499"}
"""Neither of a phase."""
OTHER_COLOUR = "#888888"
NOT_MEASURED_COLOUR = SURFACE_COLOUR
MAX_CHAINS = 24
"""in a panel: more lines hide each other"""


def draw_series(archive: Archive, column: str = "f_U", jobs: pd.DataFrame | None = None) -> Figure:
    """A column of `Archive.series` against sweeps: a line for each chain, a panel for chains that differ in start and replica alone.

    jobs   rows of `Archive.jobs`; None: all equilibrium jobs
    """
    measured = [name for name, known in columns_of("series").items() if known.role == "measured"]
    if column not in measured:
        raise unknown_column(column, measured)
    done = jobs_to_draw(archive, "equilibrium", jobs)
    done = done[done[column].notna()]
    if done.empty:
        raise NothingToDraw(f"the chosen chains have not measured {column}")
    panels = [_first_chains(panel) for panel in at_most(panels_of(done, but=("start",)))]
    series = archive.series(["job", "sweep", "bin_sweeps", column], jobs=pd.concat(panels)).dropna()
    figure, grid = grid_of_panels(len(panels), 1, 3.6)
    for ax, panel in zip(grid[:, 0], panels):
        _draw_panel(ax, panel, series, column)
    starts = list(dict.fromkeys(start for panel in panels for start in panel["start"]))
    handles: list[Line2D | Patch] = [Line2D([], [], color=_colour(start), label=f"start: {start}") for start in starts]
    handles.append(Patch(color=NOT_MEASURED_COLOUR, label="equilibration"))
    legend_beside(end_of_first_line(grid)[0], handles)
    figure.suptitle(progress_note(archive, "equilibrium", jobs), fontsize=9, color="firebrick")
    return figure


def _first_chains(panel: pd.DataFrame) -> pd.DataFrame:
    """At most MAX_CHAINS of them, as many of each start."""
    if len(panel) <= MAX_CHAINS:
        return panel
    warn(f"{len(panel)} chains of one parameter set, drawing {MAX_CHAINS}")
    each = MAX_CHAINS // panel["start"].nunique()
    return panel.groupby("start", sort=False).head(each)


def _draw_panel(ax: Axes, panel: pd.DataFrame, series: pd.DataFrame, column: str) -> None:
    """Chains that agree in all parameters. A last stretch that is shorter than the others is noise beside them, and left out."""
    for job, start in zip(panel["job"], panel["start"]):
        chain = series[series["job"] == job]
        chain = chain[chain["bin_sweeps"] == chain["bin_sweeps"].max()]
        middle = chain["sweep"] - chain["bin_sweeps"] / 2
        alone = "." if len(chain) == 1 else ""
        ax.plot(middle, chain[column], marker=alone, color=_colour(start), linewidth=0.7, alpha=0.8, gid=job)
    unit = columns_of("series")[column].unit
    symbol = f"$f_{{{column[2:]}}}$" if column.startswith("f_") else column
    ax.axvspan(0, panel["equilibration_sweeps"].min(), color=NOT_MEASURED_COLOUR, linewidth=0)
    ax.set_xlim(left=0)
    ax.locator_params(axis="x", nbins=5)
    ax.set(xlabel="sweeps", title=f"{describe(panel.iloc[0])}\n{counted(len(panel), len(panel), 'chain')}")
    ax.set_ylabel(f"{symbol} / {ENERGY_SYMBOL[panel['energy_unit'].iloc[0]]}" if unit == "energy_unit" else symbol)


def _colour(start: str) -> str:
    return START_COLOUR.get(start, OTHER_COLOUR)
