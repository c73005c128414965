"""Which pictures tell what a scan found, and the commands that draw the same ones."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from . import chain_pictures, curves, histograms, maps, pictures
from .program import as_argument
from .verdicts import read_verdicts
from .scan_source import Source, axis_of_windows, is_flat

MAP_AXES = ("shell_stiffness", "temperature", "delta_mu", "composition", "shell_layers", "size")
LEAST_OF_A_MAP = 3
"""values along each of its axes"""


@dataclass(frozen=True)
class Picture:
    """One that is worth a try. Whoever draws it may be told by NothingToDraw that there is nothing to draw."""

    caption: str
    """what is drawn, and what it tells"""
    options: tuple[str, ...]
    """of plot.py, without the name of the picture and the condition"""
    draw: Callable[[], Figure]
    is_optional: bool = False
    """whether nobody misses it where there is nothing of its kind"""

    def command(self, source: Source) -> str:
        words = [source.plot, as_argument(source.archive.path), *self.options, "--where", source.condition]
        return " ".join(shlex.quote(word) for word in words)


def pictures_of(source: Source) -> list[Picture]:
    """The pictures that fit what a scan varies and measures, the ones that say most first."""
    chosen: list[Picture] = []
    methods = set(source.jobs["method"])
    if "equilibrium" in methods:
        chains = source.jobs[source.jobs["method"] == "equilibrium"]
        chosen += flat_histogram_pictures(source, axis_of_windows(chains)) if is_flat(chains) else chain_pictures_of(source, chains)
    if "exchange" in methods:
        chosen.append(
            Picture(
                "Composition and phases in the course of the exchange: means over trajectories, bands of one standard error.",
                ("--time", "time.svg"),
                lambda: pictures.draw_time(source.archive, source.jobs),
            )
        )
    if source.archive.snapshots_asked()[source.jobs.index].any():
        chosen.append(
            Picture(
                "Configurations of one crystal: occupants above, local phases below.",
                ("--snapshots", "snapshots.svg"),
                lambda: pictures.draw_snapshots(source.archive, None, source.jobs),
            )
        )
    return chosen


def chain_pictures_of(source: Source, chains: pd.DataFrame) -> list[Picture]:
    """Of equilibrium chains: maps of what varies in two directions, curves along one, else points; and the chains themselves."""
    chosen: list[Picture] = []
    values = {axis: chains[axis].nunique() for axis in MAP_AXES}
    are_boxes = not pd.api.types.is_numeric_dtype(chains["size"])  # whose sizes are no axis
    wide = sorted((axis for axis in MAP_AXES if values[axis] >= LEAST_OF_A_MAP and not (axis == "size" and are_boxes)), key=lambda axis: -values[axis])
    if len(wide) >= 2:
        chosen.append(map_picture(source, f"{wide[0]},{wide[1]}"))
    lines = [axis for axis in curves.AXES if values[axis] >= 2]
    for axis in sorted(lines, key=lambda axis: -values[axis])[:1]:
        chosen += [curves_picture(source, axis), histogram_picture(source, axis)]
    if not lines:
        axis = pictures.varying_axis(chains)
        chosen.append(
            Picture(
                "Phase fractions: means over chains with one standard error, single chains as dots; hollow points are not converged.",
                ("--phases", "phases.svg", "--along", axis),
                lambda: pictures.draw_phases(source.archive, source.jobs, axis, read_verdicts(source.program, source.archive.path, source.condition)),
            )
        )
    column, words = pictures.telling_fraction(chains.iloc[0], bool(source.archive.are_flat(chains.head(1)).iloc[0]))
    chosen.append(
        Picture(
            f"How {words} goes along the sweeps of each chain: chains that have forgotten their start mingle.",
            ("--series", "series.svg", "--column", column),
            lambda: chain_pictures.draw_series(source.archive, column, source.jobs),
        )
    )
    return chosen


def flat_histogram_pictures(source: Source, axis: str) -> list[Picture]:
    """Of chains in windows: the free energy along what they level."""

    def draw() -> Figure:
        bins, _ = histograms.read_histograms(source.program, source.archive.path, axis, source.condition)
        return histograms.draw_free_energies(bins, axis)

    return [
        Picture(
            "Free energy at the transition, over that of the more stable phase, in k_BT; bands of one standard error.",
            ("--free-energy", "free-energy.svg", "--along", axis),
            draw,
        )
    ]


def map_picture(source: Source, axes: str) -> Picture:
    def draw() -> Figure:
        return maps.draw_map(*maps.read_map(source.program, source.archive.path, axes, source.condition), axes)

    caption = "The dominant phase over two parameters; hollow points are not converged, lines are transitions with one standard error."
    return Picture(caption, ("--map", "map.svg", "--axes", axes), draw)


def curves_picture(source: Source, axis: str) -> Picture:
    def draw() -> Figure:
        told = curves.read_curves(source.program, source.archive.path, axis, source.condition)
        return curves.draw_curves(told, pictures.progress_note(source.archive, "equilibrium", source.jobs))

    caption = "Phase fractions: points as measured, lines reweighted from the samples of all chains, the transition with its error."
    return Picture(caption, ("--curves", "curves.svg", "--along", axis), draw)


def histogram_picture(source: Source, axis: str) -> Picture:
    def draw() -> Figure:
        told = histograms.read_histograms(source.program, source.archive.path, axis, source.condition)
        return histograms.draw_histograms(*told, axis)

    caption = "How the order parameter is distributed at the transition: two peaks are two phases that coexist."
    return Picture(caption, ("--histogram", "histogram.svg", "--along", axis), draw, is_optional=True)
