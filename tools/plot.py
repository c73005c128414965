#!/usr/bin/python3
"""Draws an nxmc archive: phase fractions, time courses and snapshots.

Works while the campaign runs: what is not there yet is left out, and the picture says so.

Examples:
    tools/plot.py out/quickstart.h5 --phases phases.png
    tools/plot.py out/quickstart.h5 --time time.png --snapshots snapshots.png --job 3f2a
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Pictures are the same for everybody: matplotlib finds neither a matplotlibrc, which it would look for in the current directory
# first of all, nor a backend of the user's.
os.environ["MATPLOTLIBRC"] = os.devnull
os.environ.pop("MPLBACKEND", None)
try:
    with contextlib.chdir(Path(__file__).parent):
        import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    from archive import Archive, ArchiveError, Snapshot
    from crystal import NO_PHASE, PHASES, box_phases, hexagon_phases, hexagon_positions
except ImportError as error:
    sys.exit(
        f"plot.py: {sys.executable}: {error}. Pictures need the Debian packages python3-numpy, python3-h5py and "
        "python3-matplotlib, which tools/install-dependencies installs for /usr/bin/python3."
    )

# One look per phase, in every picture: blue where A, vermilion where B is in the majority. The colours are those of Okabe and
# Ito, which the colour-blind tell apart.
PHASE_COLOUR = dict(zip(PHASES, ("#0072B2", "#56B4E9", "#8C8C8C", "#E69F00", "#D55E00")))
PHASE_MARKER = dict(zip(PHASES, "^v.sD"))
PHASE_MEANING = dict(zip(PHASES, ("all A", "A-rich superlattice", "none of these", "B-rich superlattice", "all B")))
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
}


class NothingToDraw(Exception):
    """A picture that this archive has no data for, with the reason."""


def group(archive: Archive, rows: Iterable[int], but: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """Rows that agree in every parameter except those in `but`, in the order of the archive."""
    columns = [archive.jobs[name] for name in archive.parameters if name not in but]
    groups: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        groups.setdefault(tuple(str(column[row]) for column in columns), []).append(row)
    return groups


def panels_of(archive: Archive, rows: Sequence[int], but: Sequence[str]) -> list[list[int]]:
    """The groups of `group`, at most MAX_PANELS of them."""
    groups = list(group(archive, rows, but).values())
    if len(groups) > MAX_PANELS:
        print(f"plot.py: {len(groups)} parameter sets, drawing the first {MAX_PANELS}", file=sys.stderr)
    return groups[:MAX_PANELS]


def mean_and_error(values: np.ndarray, errors: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the first axis and its standard error; NaNs are left out. The rule is that of `nxmc query --group-by`.

    The larger of what the scatter of the chains and what their own error bars say: few chains may agree by chance more closely
    than each is known.
    """
    count = np.isfinite(values).sum(axis=0)
    some = np.where(count > 0, count, np.nan)
    mean = np.nansum(values, axis=0) / some
    scatter = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / np.where(count > 1, (count - 1) * count, np.nan))
    if errors is None:
        return mean, scatter
    return mean, np.fmax(scatter, np.sqrt(np.nansum(errors**2, axis=0)) / some)


def number(value: float) -> str:
    """Shortest decimal, with a typographic minus."""
    return f"{value:g}".replace("-", "−")


def describe(archive: Archive, row: int, inches: float = PANEL_INCHES, but: Sequence[str] = ()) -> str:
    """The parameters of a job in words, for a title that is at most so wide."""
    job = {name: column[row] for name, column in archive.jobs.items()}
    energy = ENERGY_SYMBOL[job["energy_unit"]]
    words = [f"{job['lattice']} {job['size']}"]
    if job["shell_layers"] > 0:
        words.append(f"shell of {job['shell_layers']}")
        if "shell_stiffness" not in but:
            words.append(f"$K_{{shell}}/K$ = {number(job['shell_stiffness'])}")
    if job["energy_unit"] != "kT":  # where k_BT is the unit
        words.append(f"$k_BT/{energy}$ = {number(job['temperature'])}")
    if job["method"] == "exchange":
        words.append(f"$\\Delta\\mu/{energy}$ = {number(job['delta_mu'])}")
    else:
        words.append(f"$c$ = {number(job['composition'])}")
    if job["interaction"] != "elastic":
        words.append(f"interaction {job['interaction']}")
    if job["hamiltonian"] != "exact":
        words.append(f"hamiltonian {job['hamiltonian']}")
    if job["method"] == "exchange":
        if (job["rate_exchange"], job["rate_diffusion"]) != (1, 1):
            words.append(f"rates {number(job['rate_exchange'])} and {number(job['rate_diffusion'])}")
        if np.isfinite(job["exchange_until"]):
            words.append(f"exchange until $t$ = {number(job['exchange_until'])}")
    return wrapped(words, inches)


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


def progress_note(archive: Archive, method: str) -> str:
    """Empty when all jobs of a method have results."""
    of_method = (archive.jobs["method"] == method) & ~archive.superseded
    done = int((archive.has_results & of_method).sum())
    return "" if done == of_method.sum() else f"{done} of {of_method.sum()} {method} jobs have results"


def rows_with_results(archive: Archive, method: str) -> list[int]:
    """Rows of one method that hold results, or NothingToDraw with what is missing."""
    of_method = archive.jobs["method"] == method
    if not of_method.any():
        raise NothingToDraw(f"the campaign has no {method} jobs")
    rows = np.flatnonzero(of_method & archive.has_results)
    if rows.size == 0:
        raise NothingToDraw(f"none of its {of_method.sum()} {method} jobs has results yet")
    return rows.tolist()


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


def draw_phases(archive: Archive) -> Figure:
    """Phase fractions against K_shell: mean over chains with error bars, single chains as dots."""
    panels = panels_of(archive, rows_with_results(archive, "equilibrium"), but=("shell_stiffness", "start"))
    figure, axes = grid_of_panels(len(panels), 1, 4.2)
    results = archive.equilibrium()
    for ax, rows in zip(axes[:, 0], panels):
        draw_phase_panel(ax, archive, results, rows)
    legend_of_all(axes[:, 0], end_of_first_line(axes)[0])
    figure.suptitle(progress_note(archive, "equilibrium"), fontsize=9, color="firebrick")
    return figure


def draw_phase_panel(ax: Axes, archive: Archive, results: dict[str, np.ndarray], rows: list[int]) -> None:
    rows_at: dict[float, list[int]] = {}
    for row in rows:
        rows_at.setdefault(float(archive.jobs["shell_stiffness"][row]), []).append(row)
    stiffness = sorted(rows_at)

    for name, colour, marker, label in [
        *((f"f_{p}", PHASE_COLOUR[p], PHASE_MARKER[p], f"$f_{{{p}}}$  {PHASE_MEANING[p]}") for p in PHASES),
        ("f_U", MIXED_COLOUR, "o", "$f_U = f_{U1} + f_{U2}$"),
    ]:
        value, error = results[name], results[f"{name}_err"]
        if np.isnan(value[rows]).all():  # crystals in 3D have no superlattice phases
            continue
        points = [mean_and_error(value[rows_at[k]], error[rows_at[k]]) for k in stiffness]
        mean, bar = np.array(points).T
        ax.errorbar(stiffness, mean, bar, color=colour, marker=marker, label=label, linewidth=1.2)
        chains = [row for k in stiffness for row in rows_at[k]]
        ax.plot(archive.jobs["shell_stiffness"][chains], value[chains], ".", color=colour, alpha=0.3, markersize=3)
    ax.set_ylim(bottom=-0.02)
    ax.set(
        xlabel="stiffness of the shell $K_{shell}/K$",
        ylabel="fraction of inner core sites",
        title=describe(archive, rows[0], but=("shell_stiffness",)),
    )


def draw_time(archive: Archive) -> Figure:
    """Composition and phase fractions against time: mean over trajectories, one standard error as a band."""
    panels = panels_of(archive, rows_with_results(archive, "exchange"), but=())
    figure, axes = grid_of_panels(len(panels), 2, 6.0)
    for (upper, lower), rows in zip(axes, panels):
        draw_time_panel(upper, lower, archive, rows)
    legend_of_all(axes[:, 1], end_of_first_line(axes)[1])
    figure.suptitle(progress_note(archive, "exchange"), fontsize=9, color="firebrick")
    return figure


def draw_time_panel(upper: Axes, lower: Axes, archive: Archive, rows: list[int]) -> None:
    for times, observed in archive.trajectories(rows):
        draw_band(upper, times, observed["c"], MIXED_COLOUR, "")
        for phase in PHASES:
            label = f"$f_{{{phase}}}$  {PHASE_MEANING[phase]}"
            draw_band(lower, times, observed[f"f_{phase}"], PHASE_COLOUR[phase], label)
    upper.set(ylabel="fraction of A $c$", ylim=(-0.02, 1.02), xscale="log")
    upper.set_title(f"{describe(archive, rows[0])}\n{len(rows)} trajectories")
    upper.tick_params(labelbottom=False)
    lower.set(ylabel="fraction of inner sites", ylim=(-0.02, 1.02), xscale="log")
    lower.set_xlabel("time $t$ (inverse attempt rate $1/k_0$)")
    upper.sharex(lower)


def draw_band(ax: Axes, times: np.ndarray, values: np.ndarray, colour: str, label: str) -> None:
    """A curve with its standard error; `values` has the shape (trajectories, times). Draws nothing of what a crystal lacks."""
    if np.isnan(values).all():
        return
    mean, error = mean_and_error(values)
    ax.plot(times, mean, color=colour, label=label, linewidth=1.4)
    ax.fill_between(times, mean - error, mean + error, color=colour, alpha=0.3, linewidth=0)


def draw_snapshots(archive: Archive, job: str | None) -> Figure:
    """Configurations of one job: occupants above, local phases below."""
    row = row_with_snapshots(archive, job)
    snapshots = evenly(archive.snapshots(row), MAX_SNAPSHOTS)
    artist = artist_for(archive, row)

    width = max(1.2, 1.9 * artist.aspect) * len(snapshots) + 1.8
    figure, axes = plt.subplots(2, len(snapshots), squeeze=False, layout="constrained", figsize=(width, 4.4))
    is_exchange = archive.jobs["method"][row] == "exchange"
    clock = "$t$" if is_exchange else "sweep"
    for (upper, lower), snapshot in zip(axes.T, snapshots):
        artist.draw(upper, np.where(snapshot.is_a, A_COLOUR, B_COLOUR))
        artist.draw(lower, phase_colours(artist.phases(snapshot.is_a)))
        caption = f"{clock} = {snapshot.at:g}"
        if is_exchange:  # at equilibrium it is fixed, and stands in the title
            caption += f"\n$c$ = {snapshot.is_a.mean():.3f}"
        lower.text(0.5, -0.04, caption, transform=lower.transAxes, ha="center", va="top")
    legend_beside(axes[0, -1], [Patch(color=A_COLOUR, label="A"), Patch(color=B_COLOUR, label="B")])
    phases = [Patch(color=PHASE_COLOUR[p], label=f"{p}  {PHASE_MEANING[p]}") for p in artist.possible]
    legend_beside(axes[1, -1], [*phases, Patch(color=SURFACE_COLOUR, label="surface")])
    title = f"{describe(archive, row, width)} — job {archive.jobs['job'][row][:8]}"
    figure.suptitle(f"{title}\n{artist.note}" if artist.note else title, fontsize=10)
    return figure


def row_with_snapshots(archive: Archive, job: str | None) -> int:
    """The row whose identity starts with `job`, else the first exchange job with snapshots, else any."""
    if job is not None:
        matches = [row for row, name in enumerate(archive.jobs["job"]) if name.startswith(job)]
        if len(matches) != 1:
            raise NothingToDraw(f"{len(matches)} jobs are called '{job}…'; `nxmc query` lists them")
        if not archive.snapshots(matches[0]):
            raise NothingToDraw(f"job '{job}…' has no snapshots: not finished, truncated before the first, or none asked for")
        return matches[0]
    exchange_first = np.argsort(archive.jobs["method"] != "exchange", kind="stable")
    for row in exchange_first.tolist():
        if archive.snapshots(row):
            return row
    raise NothingToDraw("no finished job has snapshots; `snapshots:` in the campaign asks for them")


def evenly(snapshots: list[Snapshot], count: int) -> list[Snapshot]:
    """At most `count` of them, first and last included."""
    chosen = np.unique(np.linspace(0, len(snapshots) - 1, count).round().astype(int))
    return [snapshots[i] for i in chosen]


@dataclass(frozen=True)
class Artist:
    """How one crystal is drawn."""

    aspect: float
    """width of its picture over the height"""
    draw: Callable[[Axes, np.ndarray], None]
    """puts the crystal into axes, given one colour per site"""
    phases: Callable[[np.ndarray], np.ndarray]
    """local phases, given which sites hold A"""
    possible: Sequence[str]
    """phases that the crystal can show"""
    note: str = ""
    """what the picture shows of the crystal, unless it is all"""


def artist_for(archive: Archive, row: int) -> Artist:
    edges = archive.edges(row)
    if archive.is_hexagon(row):
        cells = hexagon_outlines(edges[0])
        return Artist(
            aspect=2 / np.sqrt(3),
            draw=lambda ax, colours: draw_outlines(ax, cells, colours),
            phases=lambda is_a: hexagon_phases(edges[0], is_a),
            possible=PHASES,
        )
    middle = edges[1] // 2
    cut = np.arange(np.prod(edges)).reshape(edges)[:, middle, :].ravel()
    squares = square_outlines(edges[0], edges[2])
    return Artist(
        aspect=edges[0] / edges[2],
        draw=lambda ax, colours: draw_outlines(ax, squares, colours[cut], linewidth=0.6),
        phases=lambda is_a: box_phases(edges, is_a).ravel(),
        possible=("U1", "0", "U2"),
        note=f"cut through the middle, y = {middle} of 0 to {edges[1] - 1}; x to the right, z upwards",
    )


def hexagon_outlines(edge: int) -> np.ndarray:
    """Corners of the Voronoi cell of every site, shape (N, 6, 2)."""
    angle = np.pi / 6 + np.pi / 3 * np.arange(6)
    corners = np.column_stack([np.cos(angle), np.sin(angle)]) / np.sqrt(3)
    return hexagon_positions(edge)[:, None, :] + corners


def square_outlines(across: int, up: int) -> np.ndarray:
    """Corners of a square around every site of a plane, shape (across * up, 4, 2); `up` is the faster index."""
    centres = np.stack(np.meshgrid(np.arange(across), np.arange(up), indexing="ij"), axis=-1).reshape(-1, 1, 2)
    return centres + np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


def draw_outlines(ax: Axes, cells: np.ndarray, colours: np.ndarray, linewidth: float = 0.15) -> None:
    ax.add_collection(PolyCollection(cells, facecolors=colours, edgecolors="white", linewidths=linewidth))
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


def save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)
    print(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="archive that `nxmc run` wrote, or is writing")
    parser.add_argument("--phases", type=Path, metavar="PNG", help="phase fractions against the stiffness of the shell")
    parser.add_argument("--time", type=Path, metavar="PNG", help="composition and phase fractions against time")
    parser.add_argument("--snapshots", type=Path, metavar="PNG", help="configurations of one job")
    parser.add_argument("--job", metavar="ID", help="job for --snapshots, or how its identity begins")
    arguments = parser.parse_args()
    if not (arguments.phases or arguments.time or arguments.snapshots):
        parser.error("say what to draw: --phases, --time or --snapshots")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    try:
        archive = Archive(arguments.archive)
    except ArchiveError as error:
        print(f"plot.py: {error}", file=sys.stderr)
        return 1
    pictures: list[tuple[Path | None, Callable[[], Figure]]] = [
        (arguments.phases, lambda: draw_phases(archive)),
        (arguments.time, lambda: draw_time(archive)),
        (arguments.snapshots, lambda: draw_snapshots(archive, arguments.job)),
    ]
    failures = 0
    with plt.rc_context(STYLE):
        for path, draw in pictures:
            if path is None:
                continue
            try:
                save(draw(), path)
            except NothingToDraw as reason:
                print(f"plot.py: {path} not drawn: {arguments.archive}: {reason}", file=sys.stderr)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
