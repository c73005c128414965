"""Tables of an archive as xarray datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray

from .columns import Kind, columns_of, require_columns
from .errors import QueryError
from .memory import require_room

if TYPE_CHECKING:
    from .archive import Archive, Jobs


_AXES: dict[Kind, tuple[str, ...]] = {"times": ("time",), "profiles": ("time", "plane"), "series": ("sweep",)}
"""besides the jobs"""
_OF_ROWS = ("time", "plane", "sweep", "bin_sweeps")
"""no parameters of jobs"""


def dataset(archive: Archive, kind: Kind, columns: Sequence[str] | None, jobs: Jobs | None) -> xarray.Dataset:
    """See Archive.to_xarray."""
    known = columns_of(kind)
    measured = [name for name, column in known.items() if column.role == "measured"]
    if columns is not None:
        require_columns(kind, columns)
        if strange := [name for name in columns if name not in measured]:
            raise QueryError(f"'{strange[0]}' is not measured: it is a coordinate already")
        measured = list(columns)
    if kind == "series":
        measured.append("bin_sweeps")
    of_job = [name for name, column in known.items() if column.role != "measured" and name not in _OF_ROWS]
    table = archive.jobs([name for name in of_job if known[name].shown], jobs=jobs)
    axes: dict[str, np.ndarray] = {}
    data: dict[str, tuple[tuple[str, ...], np.ndarray]]
    if kind == "jobs":
        data = {str(name): (("job",), column.to_numpy()) for name, column in archive.jobs(measured, jobs=table).items()}
    else:
        places, axes = _places(archive, kind, table)
        table = table[table.index.isin(places)]
        data = _fill(archive, kind, measured, table, axes)
    found = xarray.Dataset(data, coords=_coordinates(table) | axes, attrs=_attributes(archive))
    for name, variable in found.variables.items():
        described = known.get(str(name)) or columns_of("jobs").get(str(name))
        if described is not None:
            variable.attrs.update(units=described.unit, long_name=described.meaning)
    return found


def _coordinates(table: pd.DataFrame) -> dict[str, tuple[str, np.ndarray]]:
    return {str(name): ("job", column.to_numpy()) for name, column in table.items()}


def _attributes(archive: Archive) -> dict[str, object]:
    return {"campaign": archive.name, "seed": archive.seed, "source": str(archive.path)}


def _places(archive: Archive, kind: Kind, table: pd.DataFrame) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Rows of the archive that have something of this kind, and the axes besides the jobs."""
    names = ["method", *_AXES[kind]]
    rows: list[np.ndarray] = [np.empty(0, np.int64)]
    found: dict[str, set[object]] = {name: set() for name in names}
    for block in archive.numbered_blocks(kind, names, table):
        rows.append(block.numbers)
        for name in names:
            found[name].update(np.unique(block.column(name)).tolist())
    if len(found["method"]) > 1:
        raise QueryError("profiles of equilibrium and exchange jobs have different axes: choose one method with jobs=")
    axes = {name: np.array(sorted(found[name])) for name in names[1:]}  # type: ignore[type-var]
    if found["method"] == {"equilibrium"}:
        axes.pop("time", None)
    return np.concatenate(rows), axes


def _fill(
    archive: Archive, kind: Kind, measured: list[str], table: pd.DataFrame, axes: dict[str, np.ndarray]
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Arrays with NaN where nothing was observed, block by block."""
    shape = (len(table), *(len(axis) for axis in axes.values()))
    require_room(8 * len(measured) * int(np.prod(shape)))
    dims = ("job", *axes)
    data = {name: (dims, np.full(shape, np.nan)) for name in measured}
    for block in archive.numbered_blocks(kind, [*axes, *measured], table):
        places = [table.index.get_indexer(block.numbers)[block.job_of_row]]
        places += [np.searchsorted(axis, block.column(name)) for name, axis in axes.items()]
        for name in measured:
            data[name][1][tuple(places)] = block.column(name)
    return data
