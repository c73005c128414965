"""The numbers of a picture, as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

from .archive import Archive
from .lattice import NO_PHASE, PHASES

COLUMNS = ("panel", "x_axis", "y_axis", "series", "x", "y", "error")


def data_of(figure: Figure) -> pd.DataFrame:
    """What its panels show: a row for each point of a line, with one standard error where it has one. Insets show the same once more."""
    rows: list[tuple[object, ...]] = []
    for ax in figure.axes:
        before = tuple(plain(words) for words in (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()))
        for series, x, y, error in series_of(ax):
            rows += [(*before, series, *point) for point in zip(x.tolist(), y.tolist(), error.tolist())]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def series_of(ax: Axes) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Names, x, y and errors of what is drawn, NaN where there is no error."""
    labels = {to_rgb(handle.get_color()): str(handle.get_label()) for handle in _lines(ax) if _has_label(handle)}
    errors: dict[Line2D, np.ndarray] = {}
    caps = set()
    for container in ax.containers:
        line, ends, bars = container
        caps.update(ends)
        if line is not None and bars:
            segments = bars[0].get_segments()
            errors[line] = np.array([np.ptp(segment[:, 1]) / 2 if len(segment) else np.nan for segment in segments])
            labels.setdefault(to_rgb(line.get_color()), str(container.get_label()))
            labels[to_rgb(line.get_color())] = str(container.get_label())
    for line in _lines(ax):
        x, y = (np.asarray(values, dtype=float) for values in line.get_data())
        if len(x) == 0 or line in caps or line.get_transform() != ax.transData:  # a mark across the panel is no data
            continue
        name = str(line.get_label()) if _has_label(line) else labels.get(to_rgb(line.get_color()), "")
        yield plain(name), x, y, errors.get(line, _band(ax, line, x))
    for patch in ax.patches:
        if isinstance(patch, StepPatch):
            values, edges, _ = patch.get_data()
            yield "histogram", (edges[1:] + edges[:-1]) / 2, np.asarray(values, float), np.full(len(values), np.nan)
    for dots in ax.collections:
        if isinstance(dots, PathCollection):
            places = np.asarray(dots.get_offsets(), dtype=float)
            yield plain(str(dots.get_label()).removeprefix("_")), places[:, 0], places[:, 1], np.full(len(places), np.nan)


def _lines(ax: Axes) -> list[Line2D]:
    return list(ax.get_lines())


def _has_label(line: Line2D) -> bool:
    return not str(line.get_label()).startswith("_")


def _band(ax: Axes, line: Line2D, x: np.ndarray) -> np.ndarray:
    """Half the height of the band of a line's colour at its places."""
    error = np.full(len(x), np.nan)
    for band in ax.collections:
        if not isinstance(band, PolyCollection) or len(band.get_facecolor()) == 0 or not np.allclose(band.get_facecolor()[0][:3], to_rgb(line.get_color())):
            continue
        corners = np.concatenate([path.vertices for path in band.get_paths()]) if band.get_paths() else np.empty((0, 2))
        for k, place in enumerate(x):
            heights = corners[corners[:, 0] == place, 1]
            if len(heights) > 1:
                error[k] = np.ptp(heights) / 2
    return error


def plain(words: str) -> str:
    """Without what sets formulas, in one line."""
    return re.sub(r"[${}]|\\(?=[a-zA-Z])", "", words).replace("\n", " ").strip()


def sites_of_configurations(archive: Archive, row: int) -> pd.DataFrame:
    """Of pictures of crystals: time or sweep, place, occupant, and local phase of each site, empty at the surface."""
    lattice, configurations = archive.lattice(row), archive.configurations(row)
    names = np.array([*PHASES, ""], dtype=object)
    tables = [
        pd.DataFrame(
            {
                configurations.clock.removesuffix("s"): at,
                **{axis: lattice.position[:, k] for k, axis in enumerate("xyz")},
                "occupant": np.where(is_a, "A", "B"),
                "phase": names[np.where((phases := lattice.phases(is_a)) == NO_PHASE, len(PHASES), phases)],
            }
        )
        for at, is_a in configurations
    ]
    return pd.concat(tables, ignore_index=True)
