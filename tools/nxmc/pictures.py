"""Pictures of archives: phase fractions, time courses and configurations.

One look per phase, in every picture: blue where A, vermilion where B is in the majority. The colours are those of Okabe and Ito,
which the colour-blind tell apart. What is not there yet is left out, and the picture says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .archive import Archive
from .columns import columns_of
from .errors import NothingToDraw, QueryError, warn
from .lattice import NO_PHASE, PHASES, Lattice, sites_of
from .verdicts import Verdicts, point_of
from .written import number, with_results

PHASE_COLOUR = dict(zip(PHASES, ("#0072B2", "#56B4E9", "#8C8C8C", "#E69F00", "#D55E00", "#009E73", "#CC79A7", "#F0E442")))
PHASE_MARKER = dict(zip(PHASES, "^v.sD<>P"))
PHASE_MEANING = dict(
    zip(PHASES, ("all A", "A-rich superlattice", "none of these", "B-rich superlattice", "all B", *(f"columns along {x}" for x in "xyz")))
)
PLANE_PHASES, SPACE_PHASES = ("U1", "S1", "0", "S2", "U2"), ("U1", "0", "U2", "Cx", "Cy", "Cz")
COLUMNS_COLOUR = "#004D38"
A_COLOUR, B_COLOUR = PHASE_COLOUR["U1"], PHASE_COLOUR["U2"]
MIXED_COLOUR = "black"
SURFACE_COLOUR = "#E8E8E8"

INVISIBLE = str.maketrans("", "", "$_{}")
ENERGY_SYMBOL = {"epsilon": "ε", "J": "J", "kT": "k_BT"}
MAX_PANELS = 9
PANELS_PER_LINE = 3
LETTERS_PER_INCH = 10.5  # of a title, with some room to spare
PANEL_INCHES = 4.4
MAX_SNAPSHOTS = 6

STYLE = {
    "font.size": 10,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "lines.markersize": 4,
    "errorbar.capsize": 2,
    "savefig.dpi": 160,
    "savefig.bbox": "tight",
    "svg.hashsalt": "nxmc",
}


Panel = TypeVar("Panel")


def panels_of(jobs: pd.DataFrame, but: Sequence[str]) -> list[pd.DataFrame]:
    """Jobs that agree in every parameter and their start, except those in `but`; in the order of the archive."""
    names = [name for name, column in columns_of("jobs").items() if column.role == "parameter" or name == "start"]
    # As words: sizes are numbers or words, and what is missing shall be equal to itself.
    keys = [jobs[name].map(str) for name in names if name not in but]
    return [panel for _, panel in jobs.groupby(keys, sort=False)]


def at_most(panels: list[Panel], is_doubtful: Callable[[Panel], bool] | None = None) -> list[Panel]:
    """MAX_PANELS of them, in their order: those that are doubtful before others, else the first ones."""
    if len(panels) <= MAX_PANELS:
        return panels
    doubts = [is_doubtful is not None and is_doubtful(panel) for panel in panels]
    chosen = sorted(sorted(range(len(panels)), key=lambda k: not doubts[k])[:MAX_PANELS])
    which = f"{MAX_PANELS} of them, those that are not converged first" if any(doubts) else f"the first {MAX_PANELS}"
    warn(f"{len(panels)} parameter sets, drawing {which}")
    return [panels[k] for k in chosen]


def has_reservoir(job: pd.Series | Mapping[str, Any]) -> bool:
    """Whether it exchanges ions at a delta_mu: a core in equilibrium has that or a composition."""
    delta_mu = job.get("delta_mu")
    return delta_mu is not None and bool(np.isfinite(delta_mu))


def describe(job: pd.Series | Mapping[str, Any], inches: float = PANEL_INCHES, but: Sequence[str] = ()) -> str:
    """The parameters of a job (a row of `Archive.jobs`) in words, for a title that is at most so wide."""
    energy = ENERGY_SYMBOL[job["energy_unit"]]
    words = [str(job["lattice"])] if "size" in but else [f"{job['lattice']} {job['size']}", sites_in_words(job)]
    if job["shell_layers"] > 0 or "shell_layers" in but:
        if "shell_layers" not in but:
            words.append(f"shell of {number(job['shell_layers'])}")
        if "shell_stiffness" not in but:
            words.append(f"$K_{{shell}}/K$ = {number(job['shell_stiffness'])}")
    if job["energy_unit"] != "kT" and "temperature" not in but:  # where k_BT is the unit
        words.append(f"$k_BT/{energy}$ = {number(job['temperature'])}")
    if has_reservoir(job):
        if "delta_mu" not in but:
            words.append(f"$\\Delta\\mu/{energy}$ = {number(job['delta_mu'])}")
    elif "composition" not in but and job.get("composition") is not None:
        words.append(f"$c$ = {number(job['composition'])}")
    if job["interaction"] != "elastic":
        words.append(f"interaction {job['interaction']}")
    if job["hamiltonian"] != "exact":
        words.append(f"hamiltonian {job['hamiltonian']}")
    if job["method"] == "exchange":
        if (job["rate_exchange"], job["rate_diffusion"]) != (1, 1):
            words.append(f"rates {number(job['rate_exchange'])} and {number(job['rate_diffusion'])}")
        if job.get("rate_rule"):
            words.append(f"rates: {job['rate_rule']}")
        if np.isfinite(job["exchange_until"]):
            words.append(f"exchange until $t$ = {number(job['exchange_until'])}")
        if job.get("stages"):
            words.append(f"in stages: {shortened(str(job['stages']))}")
    return wrapped(words, inches)


def shortened(stages: str) -> str:
    """Of many stages the first and the last."""
    all_of_them = stages.split(" | ")
    return "; ".join(all_of_them if len(all_of_them) <= 3 else [all_of_them[0], "…", f"{all_of_them[-1]} ({len(all_of_them)} stages)"])


def telling_fraction(job: pd.Series, is_flat: bool) -> tuple[str, str]:
    """The column that tells most of an equilibrium chain, and its name in a sentence: what verdicts go by, too."""
    if has_reservoir(job):
        return "c", "the fraction of A"
    if job["lattice"] == "periodic-hexagon":
        return "f_S", "the fraction of superlattices"
    return ("f_U", "f_U") if is_flat else ("f_C", "the fraction of columns")


def sites_in_words(job: pd.Series | Mapping[str, Any]) -> str:
    """Of a crystal, or of its core where it has a shell."""
    symbol = "N_{core}" if job["shell_layers"] > 0 else "N"
    counted = int(job["n_core"]) if "n_core" in job else sites_of(str(job["lattice"]), str(job["size"]))
    return f"${symbol}$ = {counted}"


def counted(least: int, most: int, what: str) -> str:
    """4 chains; 2 to 4 chains."""
    return f"{most} {what}{'s' if most != 1 else ''}" if least == most else f"{least} to {most} {what}s"


def wrapped(words: Sequence[str], inches: float) -> str:
    """Words with commas between them, in lines that are no wider than `inches`."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]}, {word}" if lines else word
        if lines and len(re.sub(r"\\[a-zA-Z]+", "x", longer).translate(INVISIBLE)) > LETTERS_PER_INCH * inches:
            lines[-1] += ","
            lines.append(word)
        else:
            lines[-1:] = [longer]
    return "\n".join(lines)


def progress_note(archive: Archive, method: str, chosen: pd.DataFrame | None = None) -> str:
    """Empty when all jobs of a method, those of `chosen` unless it is None, have results."""
    jobs = archive.jobs(where=f"method == '{method}'") if chosen is None else chosen[chosen["method"] == method]
    done = len(with_results(jobs))
    return "" if done == len(jobs) else f"{done} of {len(jobs)} {method} jobs have results"


def jobs_named(archive: Archive, names: list[str]) -> pd.DataFrame:
    """Rows of `Archive.jobs` of these jobs."""
    jobs = archive.jobs()
    return jobs[jobs["job"].isin(names)]


def jobs_to_draw(archive: Archive, method: str, chosen: pd.DataFrame | None = None) -> pd.DataFrame:
    """Jobs of one method that have results, or NothingToDraw with what is missing. `chosen`: rows of `Archive.jobs`; None: all."""
    if chosen is None:
        jobs, whose = archive.jobs(where=f"method == '{method}'"), "the campaign has no"
    else:
        jobs, whose = chosen[chosen["method"] == method], "among the chosen jobs are no"
    if jobs.empty:
        raise NothingToDraw(f"{whose} {method} jobs")
    done = with_results(jobs)
    if done.empty:
        raise NothingToDraw(f"none of {'its' if chosen is None else 'the chosen'} {len(jobs)} {method} jobs has results yet")
    return done


def grid_of_panels(count: int, rows_each: int, height: float) -> tuple[Figure, np.ndarray]:
    """A figure with `count` panels side by side (PANELS_PER_LINE to a line), each of `rows_each` axes above one another.

    Returns the axes as an array of shape (count, rows_each).
    """
    columns = min(count, PANELS_PER_LINE)
    lines = -(-count // columns)
    figure, axes = plt.subplots(
        lines * rows_each,
        columns,
        squeeze=False,
        layout="constrained",
        figsize=(max(6.4, PANEL_INCHES * columns), height * lines),
    )
    by_panel = axes.reshape(lines, rows_each, columns).swapaxes(1, 2).reshape(lines * columns, rows_each)
    for spare in by_panel[count:].flat:
        spare.remove()
    return figure, by_panel[:count]


def end_of_first_line(axes: np.ndarray) -> np.ndarray:
    """The axes of the panel that has nothing to its right."""
    return axes[min(len(axes), PANELS_PER_LINE) - 1]


AXES_OF_PHASES = {
    "shell_stiffness": "stiffness of the shell $K_{shell}/K$",
    "temperature": "temperature $k_BT$",
    "delta_mu": "reservoir $\\Delta\\mu$",
    "composition": "fraction of A in the core $c$",
    "shell_layers": "layers of the shell",
    "size": "sites along an edge of the core",
}
MANY_DOTS, MANY_CELLS = 2000, 500
"""More of them are pixels also in pictures that are made of lines, which they would make slow and large."""


def varying_axis(jobs: pd.DataFrame) -> str:
    """The parameter with the most values; the stiffness of the shell where none has more than others."""
    return max(AXES_OF_PHASES, key=lambda name: jobs[name].nunique())


def draw_phases(archive: Archive, jobs: pd.DataFrame | None = None, along: str | None = None, verdicts: Verdicts | None = None) -> Figure:
    """Phase fractions along an axis: mean over chains with error bars, single chains as dots.

    jobs      rows of `Archive.jobs`; None: all equilibrium jobs
    along     one of AXES_OF_PHASES; None: that of which there are most values
    verdicts  of the points (`verdicts.read_verdicts`): those that are not converged are hollow
    """
    if along is not None and along not in AXES_OF_PHASES:
        raise NothingToDraw(f"'{along}' is no axis of phases; write one of {', '.join(AXES_OF_PHASES)}")
    done = jobs_to_draw(archive, "equilibrium", jobs)
    axis = along or varying_axis(done)
    panels = at_most(panels_of(done, but=(axis, "start")), lambda panel: any(is_doubtful(row, verdicts) for _, row in panel.iterrows()))
    figure, axes = grid_of_panels(len(panels), 1, 4.2)
    for ax, panel in zip(axes[:, 0], panels):
        draw_phase_panel(ax, archive, panel, axis, verdicts)
    legend_of_all(axes[:, 0], end_of_first_line(axes)[0])
    figure.suptitle(progress_note(archive, "equilibrium", jobs), fontsize=9, color="firebrick")
    return figure


def is_doubtful(job: pd.Series | Mapping[str, Any], verdicts: Verdicts | None) -> bool:
    return verdicts is not None and verdicts.get(point_of(job), "converged") != "converged"


def places_along(axis: str, values: pd.Series | np.ndarray, of: pd.Series | np.ndarray) -> np.ndarray:
    """Where values of an axis are drawn; words, as sizes of boxes are, at 0, 1, … in the order in which they come in `of`."""
    if axis != "size" or pd.api.types.is_numeric_dtype(np.asarray(of)):
        return np.asarray(values, dtype=float)
    order = {word: place for place, word in enumerate(pd.unique(np.asarray(of)))}
    return np.array([order[word] for word in values], dtype=float)


def draw_phase_panel(ax: Axes, archive: Archive, jobs: pd.DataFrame, axis: str = "shell_stiffness", verdicts: Verdicts | None = None) -> None:
    """The phases of jobs that agree in everything but what `axis` is."""
    means = archive.jobs(jobs=jobs, group_by=axis)
    x, dots = (places_along(axis, rows[axis], jobs[axis]) for rows in (means, jobs))
    doubtful = np.array([is_doubtful(jobs[jobs[axis] == value].iloc[0], verdicts) for value in means[axis]], dtype=bool)
    for name, colour, marker, label in [
        *((f"f_{p}", PHASE_COLOUR[p], PHASE_MARKER[p], f"$f_{{{p}}}$  {PHASE_MEANING[p]}") for p in PHASES),
        ("f_U", MIXED_COLOUR, "o", "$f_U = f_{U1} + f_{U2}$"),
        ("f_C", COLUMNS_COLOUR, "X", "$f_C = f_{Cx} + f_{Cy} + f_{Cz}$"),
    ]:
        if jobs[name].isna().all():  # crystals in 3D have no superlattice phases, those in 2D no columns
            continue
        mean, error = (means[column].to_numpy() for column in (name, f"{name}_err"))
        bars = np.nan_to_num(error)  # an error that is not known has no bar
        ax.errorbar(x, mean, bars, color=colour, marker=marker, label=label, linewidth=1.2)
        ax.plot(x[doubtful], mean[doubtful], marker, color=colour, markerfacecolor="white", zorder=3, gid="doubtful")
        ax.plot(dots, jobs[name], ".", color=colour, alpha=0.3, markersize=3, rasterized=len(jobs) > MANY_DOTS)
    if axis in ("size", "shell_layers"):
        ax.set_xticks(x, [f"{value}" for value in means[axis]])
    ax.set_ylim(bottom=-0.02)
    unit = f"$/{ENERGY_SYMBOL[jobs['energy_unit'].iloc[0]]}$" if axis in ("temperature", "delta_mu") else ""
    ax.set(
        xlabel=AXES_OF_PHASES[axis] + unit,
        ylabel="fraction of inner core sites",
        title=f"{describe(jobs.iloc[0], but=(axis,))}\n{counted(int(means['n'].min()), int(means['n'].max()), 'chain')} at each point",
    )
    if doubtful.any():
        ax.plot([], [], "o", color="grey", markerfacecolor="white", label="hollow: not converged")


def draw_time(archive: Archive, jobs: pd.DataFrame | None = None, linear: bool = False, inset: bool = False) -> Figure:
    """Composition and phase fractions against time: mean over trajectories, one standard error as a band.

    jobs    rows of `Archive.jobs`; None: all exchange jobs
    linear  time from 0 on a linear scale instead of a logarithmic one
    inset   the composition on the other scale of time as well
    """
    panels = at_most(panels_of(jobs_to_draw(archive, "exchange", jobs), but=()))
    figure, axes = grid_of_panels(len(panels), 2, 6.0)
    for (upper, lower), panel in zip(axes, panels):
        draw_time_panel(upper, lower, archive, panel, linear)
        if inset:
            draw_inset(upper, "log" if linear else "linear")
    legend_of_all(axes[:, 1], end_of_first_line(axes)[1])
    figure.suptitle(progress_note(archive, "exchange", jobs), fontsize=9, color="firebrick")
    return figure


def draw_time_panel(upper: Axes, lower: Axes, archive: Archive, jobs: pd.DataFrame, linear: bool = False) -> None:
    """Composition above, phases below, of trajectories that agree in all parameters."""
    scale = "linear" if linear else "log"
    means = archive.times(jobs=jobs, group_by="time")
    draw_band(upper, means, "c", MIXED_COLOUR, "")
    for phase in PHASES:
        draw_band(lower, means, f"f_{phase}", PHASE_COLOUR[phase], f"$f_{{{phase}}}$  {PHASE_MEANING[phase]}")
    upper.set(ylabel="fraction of A $c$", ylim=(-0.02, 1.02), xscale=scale)
    upper.set_title(f"{describe(jobs.iloc[0])}\n{len(jobs)} {'trajectory' if len(jobs) == 1 else 'trajectories'}")
    upper.tick_params(labelbottom=False)
    lower.set(ylabel="fraction of inner sites", ylim=(-0.02, 1.02), xscale=scale)
    lower.set_xlabel("time $t$ (inverse attempt rate $1/k_0$)")
    upper.sharex(lower)


def draw_inset(upper: Axes, scale: str) -> None:
    """At the upper right, from where the composition has fallen."""
    small = upper.inset_axes((0.56, 0.5, 0.42, 0.4))
    for line in upper.get_lines():
        small.plot(line.get_xdata(), line.get_ydata(), color=line.get_color(), linewidth=1)
    end = max((float(np.asarray(line.get_xdata())[np.asarray(line.get_ydata()) > 0.01].max(initial=0)) for line in upper.get_lines()), default=0)
    small.set(xscale=scale)
    if scale == "linear" and end > 0:
        small.set_xlim(0, 1.2 * end)
    small.tick_params(labelsize=7)
    small.set_title(f"{'logarithmic' if scale == 'log' else scale} time", fontsize=7)


def draw_band(ax: Axes, means: pd.DataFrame, name: str, colour: str, label: str) -> None:
    """A curve of averages over time with their standard error. Draws nothing of what a crystal lacks."""
    if means[name].isna().all():
        return
    time, mean, error = (means[column].to_numpy() for column in ("time", name, f"{name}_err"))
    ax.plot(time, mean, color=colour, label=label, linewidth=1.4, marker="o" if len(time) == 1 else "")
    ax.fill_between(time, mean - error, mean + error, color=colour, alpha=0.3, linewidth=0)


def draw_snapshots(archive: Archive, job: str | int | None = None, jobs: pd.DataFrame | None = None) -> Figure:
    """Configurations of one job (default: the first exchange job that has some): occupants above, local phases below.

    jobs   rows of `Archive.jobs` among which the first one is looked for; None: all
    """
    row = row_with_snapshots(archive, job, jobs)
    configurations = archive.configurations(row)
    chosen = evenly(len(configurations), MAX_SNAPSHOTS)
    artist = artist_for(archive.lattice(row))
    (parameters,) = (parameters for _, parameters in archive.jobs(jobs=[row]).iterrows())

    width = max(1.2, 1.9 * artist.aspect) * len(chosen) + 1.8
    figure, axes = plt.subplots(2, len(chosen), squeeze=False, layout="constrained", figsize=(width, 4.4))
    is_exchange = configurations.clock == "time"
    for (upper, lower), k in zip(axes.T, chosen):
        at, is_a = configurations.at[k], configurations.is_a[k]
        artist.draw(upper, np.where(is_a, A_COLOUR, B_COLOUR))
        artist.draw(lower, phase_colours(artist.lattice.phases(is_a)))
        caption = words_of_moment(at, configurations.clock, parameters)
        if is_exchange:  # at equilibrium it is fixed, and stands in the title
            caption += f"\n$c$ = {is_a.mean():.3f}"
        lower.text(0.5, -0.04, caption, transform=lower.transAxes, ha="center", va="top")
    legend_beside(axes[0, -1], [Patch(color=A_COLOUR, label="A"), Patch(color=B_COLOUR, label="B")])
    legend_beside(axes[1, -1], phase_patches(artist.possible))
    title = f"{describe(parameters, width)} — job {parameters['job'][:8]}"
    figure.suptitle(f"{title}\n{artist.note}" if artist.note else title, fontsize=10)
    return figure


def words_of_moment(at: float, clock: str, job: pd.Series | Mapping[str, Any]) -> str:
    """When a configuration was kept; after the end of the exchange also how long after it."""
    end = float(job["exchange_until"])
    since = f"\n{at - end:.4g} after its end" if clock == "time" and np.isfinite(end) and at >= end else ""
    return f"{'$t$' if clock == 'time' else 'sweep'} = {at:g}{since}"


def row_with_snapshots(archive: Archive, job: str | int | None, chosen: pd.DataFrame | None = None) -> int:
    """The row of a job that has snapshots, else the first exchange job with some among the chosen ones, else any of these."""
    if job is not None:
        try:
            row = archive.row(job)
        except QueryError as error:
            raise NothingToDraw(f"{error}; `nxmc query` lists them") from error
        if len(archive.configurations(row)) == 0:
            raise NothingToDraw(f"job '{job}…' has no snapshots: not finished, truncated before the first, or none asked for")
        return row
    jobs = with_results(archive.jobs(["method", "state"]) if chosen is None else chosen)
    jobs = jobs[archive.snapshots_asked()[jobs.index] > 0]
    for row in [*jobs.index[jobs["method"] == "exchange"], *jobs.index[jobs["method"] != "exchange"]]:
        if len(archive.configurations(row)) > 0:
            return int(row)
    raise NothingToDraw(f"no finished job {'' if chosen is None else 'among the chosen ones '}has snapshots; `snapshots:` in the campaign asks for them")


def evenly(count: int, at_most: int) -> list[int]:
    """At most so many numbers below `count`, first and last included."""
    return np.unique(np.linspace(0, count - 1, at_most).round().astype(int)).tolist()


@dataclass(frozen=True)
class Artist:
    """How one crystal is drawn."""

    lattice: Lattice
    aspect: float
    """width of its picture over the height"""
    draw: Callable[[Axes, np.ndarray], None]
    """puts the crystal into axes, given one colour per site"""
    possible: Sequence[str]
    """phases that the crystal can show"""
    note: str = ""
    """what the picture shows of the crystal, unless it is all"""


def artist_for(lattice: Lattice) -> Artist:
    """The artist of a crystal: those in the plane are drawn whole, of 3D crystals a cut."""
    if lattice.is_flat:
        cells = hexagon_outlines(lattice)
        width, height = (2, np.sqrt(3)) if lattice.name == "hexagon" else np.ptp(lattice.position[:, :2], axis=0) + 1
        return Artist(lattice, float(width / height), lambda ax, colours: draw_outlines(ax, cells, colours), PLANE_PHASES)
    lowest, highest = lattice.cells.min(axis=0), lattice.cells.max(axis=0)
    edges = highest - lowest + 1
    middle = lowest[1] + edges[1] // 2
    cut = np.flatnonzero(lattice.cells[:, 1] == middle)
    squares = square_outlines(lattice.cells[cut][:, [0, 2]])
    return Artist(
        lattice,
        aspect=float(edges[0] / edges[2]),
        draw=lambda ax, colours: draw_outlines(ax, squares, colours[cut], linewidth=min(0.6, 7 / edges[2])),
        possible=SPACE_PHASES,
        note=f"cut through the middle, y = {middle} of {lowest[1]} to {highest[1]}; x to the right, z upwards",
    )


def hexagon_outlines(lattice: Lattice) -> np.ndarray:
    """Corners of the Voronoi cell of every site, shape (N, 6, 2)."""
    angle = np.pi / 6 + np.pi / 3 * np.arange(6)
    corners = np.column_stack([np.cos(angle), np.sin(angle)]) / np.sqrt(3)
    return lattice.position[:, None, :2] + corners


def square_outlines(sites: np.ndarray) -> np.ndarray:
    """Corners of a square around every site of a plane, shape (sites, 4, 2). `sites`: coordinates, shape (sites, 2)."""
    return sites[:, None, :] + np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


def draw_outlines(ax: Axes, cells: np.ndarray, colours: np.ndarray, linewidth: float = 0.15) -> None:
    many = len(cells) > MANY_CELLS
    ax.add_collection(PolyCollection(cells, facecolors=colours, edgecolors="white", linewidths=linewidth, rasterized=many))
    ax.autoscale_view()
    bare(ax)


def bare(ax: Axes) -> None:
    ax.set_aspect("equal")
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def phase_colours(phases: np.ndarray) -> np.ndarray:
    palette = np.array([*PHASE_COLOUR.values(), SURFACE_COLOUR])
    return palette[np.where(phases == NO_PHASE, len(PHASES), phases)]


def phase_patches(phases: Iterable[str]) -> list[Patch]:
    """What a legend of local phases shows."""
    patches = [Patch(color=PHASE_COLOUR[phase], label=f"{phase}  {PHASE_MEANING[phase]}") for phase in phases]
    return [*patches, Patch(color=SURFACE_COLOUR, label="surface")]


def legend_of_all(panels: Iterable[Axes], beside: Axes) -> None:
    """A legend beside one panel of what is drawn in any of them, in the order of the phases."""
    entries: dict[str, Line2D | ErrorbarContainer] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels()):
            entries.setdefault(label, handle)
    legend_beside(beside, [entries[label] for label in sorted(entries, key=place_in_legend)])


def place_in_legend(label: str) -> int:
    return next((i for i, phase in enumerate(PHASES) if label.startswith(f"$f_{{{phase}}}$")), len(PHASES))


def legend_beside(ax: Axes, handles: Sequence[Patch | Line2D | ErrorbarContainer]) -> None:
    """A legend to the right of a panel."""
    ax.legend(handles=handles, loc="center left", bbox_to_anchor=(1.02, 0.5))
