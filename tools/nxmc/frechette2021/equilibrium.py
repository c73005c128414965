"""Cores inside of frozen shells: Figs. 5, 6 and 7C."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..curves import Curves, draw_curves, measured_points
from ..errors import NothingToDraw
from ..pictures import draw_phases, draw_snapshots, grid_of_panels, legend_beside
from ..program import Row
from ..written import with_results
from .exchange import HAMILTONIANS
from .statement import Drawing, PaperFigure, Results, Statement, measured

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")


# -- Figs. 5 and 7C


def averages(results: Results, scan: str, kind: str, axis: str, columns: Iterable[str]) -> list[Row]:
    """Of the points along an axis, as `nxmc query` tells them, in their order."""
    wanted = [axis, "n", *(each for name in columns for each in (name, f"{name}_err")), "verdict"]
    words = ("--where", f"scan == {scan} and hamiltonian == {kind}", "--group-by", axis, "--columns", ",".join(wanted))
    rows = [row for row in results.program.ask("query", results.archive.path, *words) if any(row.get(name) is not None for name in columns)]
    if not rows:
        raise NothingToDraw(f"scan {scan} has no results yet")
    return sorted(rows, key=lambda row: float(row[axis]))


def draw_strain(results: Results) -> Figure:
    figure, grid = grid_of_panels(1, 1, 4.4)
    ax = grid[0, 0]
    for kind, colour in zip(HAMILTONIANS, COLOURS):
        rows = averages(results, "layers", kind, "shell_layers", ["rms_area"])
        ax.errorbar([row["shell_layers"] for row in rows], [row["rms_area"] for row in rows], [row["rms_area_err"] for row in rows], color=colour, marker="o", label=kind)
    ax.set(xlabel="layers of the shell", ylabel="r.m.s. of $\\Delta A_R$ ($a^2$)")
    legend_beside(ax, ax.get_legend_handles_labels()[0])
    return figure


def check_fig5(results: Results) -> list[Statement]:
    found = []
    for kind in HAMILTONIANS:
        rows = {int(row["shell_layers"]): row for row in averages(results, "layers", kind, "shell_layers", ["f_U", "f_S", "rms_area"])}
        found += [abrupt_loss(rows, kind), six_layers(rows, kind), strain_drops(rows, kind)]
    return found


def value_of(row: Row, name: str) -> tuple[float, float]:
    return float(row[name]), float(row[f"{name}_err"])


def shown(row: Row, name: str) -> str:
    return measured(*value_of(row, name)) + ("" if row["verdict"] == "converged" else f" [{row['verdict']}]")


def steps(rows: dict[int, Row], name: str) -> dict[int, float]:
    """By how much it falls from so many layers to the next."""
    return {layers: value_of(row, name)[0] - value_of(rows[layers + 1], name)[0] for layers, row in rows.items() if layers + 1 in rows}


def abrupt_loss(rows: dict[int, Row], kind: str) -> Statement:
    falls = steps(rows, "f_U")
    largest = max((layers for layers in falls if layers >= 1), key=lambda layers: falls[layers])
    near = ", ".join(f"{shown(row, 'f_U')} ({layers})" for layers, row in rows.items() if largest - 1 <= layers <= largest + 2)
    words = f"f_U = {near}; in parentheses the layers"
    return Statement("p. 5, Fig. 5B", f"unstructured phases vanish abruptly between six and seven layers ({kind})", words, largest == 6,
                     "" if largest == 6 else f"here the largest loss is between {largest} and {largest + 1} layers")  # fmt: skip


def six_layers(rows: dict[int, Row], kind: str) -> Statement:
    row = rows[6] if 6 in rows else rows[max(rows)]
    u, s = value_of(row, "f_U"), value_of(row, "f_S")
    return Statement("p. 5, Fig. 5B", f"at six layers all phases are about equally frequent ({kind})", f"f_U = {shown(row, 'f_U')}, f_S = {shown(row, 'f_S')}", bool(0.5 < u[0] / s[0] < 2),
                     "" if row["verdict"] == "converged" else "its chains are not converged: they remember their start")  # fmt: skip


def strain_drops(rows: dict[int, Row], kind: str) -> Statement:
    falls = steps(rows, "rms_area")
    largest = max((layers for layers in falls if layers >= 4), key=lambda layers: falls[layers])
    words = ", ".join(f"{shown(rows[layers], 'rms_area')} ({layers})" for layers in range(5, 9) if layers in rows)
    return Statement("Fig. 7C", f"local areas deviate less from six to seven layers ({kind})", words, largest == 6, "" if largest == 6 else f"here the drop is between {largest} and {largest + 1} layers")


# -- Fig. 6


FAR = "n24-wide"
"""Points so far from the transition that their samples tell nothing of it, and cost as much as the others."""


def transitions(results: Results, kind: str) -> list[Row]:
    """One for each size, the smallest first. Both ways of counting the energy are asked for at once: energies are what takes time."""
    rows = results.program.ask("diagram", results.archive.path, "--where", f"not scan == {FAR}")
    return sorted((row for row in rows if row["hamiltonian"] == kind), key=lambda row: int(row["size"]))


def place_of(row: Row) -> tuple[str, float, float]:
    """Equal weight where the histogram has two peaks, else the peak of the variance."""
    name = "equal_weight" if row["equal_weight"] is not None else "variance_peak"
    return name.replace("_", " "), float(row[name]), float(row[f"{name}_err"])


def core_sites(size: int) -> int:
    return 3 * size * size - 3 * size + 1


def draw_transition(kind: str) -> Drawing:
    def draw(results: Results) -> Figure:
        size = max(int(size) for size in set(results.archive.jobs()["size"]))
        points = measured_points(results.program, results.archive.path, f"size == {size} and hamiltonian == {kind}")
        return draw_curves(Curves("shell_stiffness", points, [], [row for row in transitions(results, kind) if int(row["size"]) == size]))

    return Drawing(f"Fig. 6A: fractions of the phases against the stiffness of the shell, hamiltonian {kind}.", draw)


def draw_variances(results: Results) -> Figure:
    """Points as measured."""
    figure, grid = grid_of_panels(2, 1, 4.4)
    for ax, kind in zip(grid[:, 0], HAMILTONIANS):
        jobs = with_results(results.archive.jobs(where=f"hamiltonian == '{kind}'"))
        for (size, some), colour in zip(jobs.groupby("size"), COLOURS):
            means = results.archive.jobs(["shell_stiffness", "f_U_var", "f_U_var_err"], jobs=some, group_by="shell_stiffness")
            label = f"N = {core_sites(int(size))}"
            ax.errorbar(means["shell_stiffness"], means["f_U_var"], np.nan_to_num(means["f_U_var_err"]), color=colour, marker="o", markersize=3, label=label)
        ax.set(xlabel="stiffness of the shell $K_{shell}/K$", ylabel="variance of $f_U$", title=f"hamiltonian {kind}")
        ax.set_ylim(bottom=0)
    legend_beside(grid[1, 0], grid[1, 0].get_legend_handles_labels()[0])
    return figure


def check_fig6(results: Results) -> list[Statement]:
    found = []
    for kind in HAMILTONIANS:
        rows = transitions(results, kind)
        if not rows:
            raise NothingToDraw("no size has its transition yet")
        found += [place_of_transition(rows[-1], kind), peaks_grow(rows, kind)]
    return found


def place_of_transition(row: Row, kind: str) -> Statement:
    what, place, error = place_of(row)
    trips = int(row["round_trips"] or 0)
    doubt = "" if row["verdict"] == "converged" else f" [{row['verdict']}, {trips} round trip{'' if trips == 1 else 's'}]"
    words = f"{what} at K_shell = {measured(place, error)} for N = {core_sites(int(row['size']))}{doubt}"
    if int(row["size"]) != 24:
        why = "a smaller core than the paper's"
    elif doubt:
        why = "a single chain crosses about ten times in 10⁶ sweeps, and ladders whose configurations go to and fro fewer than ten times are not called converged: the error may be too small"
    else:
        why = ""
    return Statement("p. 5, Fig. 6A", f"f_U drops at K_shell ≈ 17 for N = 1657 ({kind})", words, bool(abs(place - 17) < 0.5) if int(row["size"]) == 24 else None, why)


def peaks_grow(rows: list[Row], kind: str) -> Statement:
    words = ", ".join(f"{measured(float(row['peak_height']), float(row['peak_height_err']))} at {measured(float(row['variance_peak']), float(row['variance_peak_err']))} (N = {core_sites(int(row['size']))})" for row in rows if row["peak_height"] is not None)
    known = [row for row in rows if row["peak_height"] is not None]
    fails = [
        f"not from N = {core_sites(int(smaller['size']))} to {core_sites(int(larger['size']))}"
        for smaller, larger in zip(known, known[1:])
        if larger["peak_height"] <= smaller["peak_height"] or larger["variance_peak"] <= smaller["variance_peak"]
    ]
    return Statement("p. 5, Fig. 6B", f"peaks of the variance of f_U grow with N and move to stiffer shells ({kind})", words, len(known) >= 2 and not fails, ", ".join(fails))


def draw_layers(results: Results) -> Figure:
    return draw_phases(results.archive, results.jobs("layers"), "shell_layers")


def draw_configuration(layers: int) -> Drawing:
    def draw(results: Results) -> Figure:
        jobs: pd.DataFrame = results.jobs("layers", shell_layers=layers, hamiltonian="published")
        return draw_snapshots(results.archive, None, jobs)

    return Drawing(f"Fig. 5A: a core inside of {layers} layers, with the published Hamiltonian.", draw)


FIGURES = (
    PaperFigure(
        "fig5", "Figs. 5 and 7C: a shell of more and more layers", "A half-exchanged core inside of a frozen shell, at equilibrium.",
        (Drawing("Fig. 5B: fractions of the phases against the layers of the shell.", draw_layers), Drawing("Fig. 7C: how much local areas deviate.", draw_strain),
         *(draw_configuration(layers) for layers in (0, 6, 8))),
        check_fig5,
    ),
    PaperFigure(
        "fig6", "Fig. 6: a stiffer and stiffer shell", "A half-exchanged core inside of a frozen shell of one layer, whose springs become stiffer.",
        (*(draw_transition(kind) for kind in HAMILTONIANS), Drawing("Fig. 6B: variance of f_U for several sizes.", draw_variances)),
        check_fig6,
    ),
)  # fmt: skip
