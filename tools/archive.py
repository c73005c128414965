"""Reads an nxmc archive with h5py: what tools/plot.py draws from, and an example for notebooks.

An archive is a plain HDF5 file (README.md has a table of its layout) that may be read while a campaign writes to it:

    >>> archive = Archive("out/quickstart.h5")
    >>> pandas.DataFrame(archive.table())                       # the rows and columns of `nxmc query`
    >>> stiff = archive.jobs["shell_stiffness"] > 10            # one value per job
    >>> archive.equilibrium()["f_U"][stiff & archive.has_results]
    >>> for times, observed in archive.trajectories(rows): ...  # observed["c"] has the shape (trajectories, times)

Names and types are those of `nxmc query --format json`: `job` is 32 hexadecimal digits, whole numbers are int64, others
float64 with NaN where there is none, words str and empty where there is none. `size` is an int for crystals with one
number and a str ("4x4x12") for others. `scan` is one str, also for jobs of several scans ("cold,warm"); `in_scan` asks
for one of them. Checksums are not looked at here; `nxmc verify` does that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError as error:
    raise ImportError(
        f"{error}. On Debian `apt install python3-h5py` gives it to /usr/bin/python3, which need not be the python3 that runs now: "
        f"{sys.executable}. Elsewhere `python3 -m pip install h5py` does."
    ) from error

FORMAT = 1
"""Version of the layout that this file knows."""

WAITING, RUNNING, DONE, TRUNCATED, FAILED = 0, 3, 5, 6, 9
"""What /status/state says of a job. Done and truncated ones have results."""

STATES = {WAITING: "waiting", RUNNING: "running", DONE: "done", TRUNCATED: "truncated", FAILED: "failed"}

EQUILIBRIUM_COLUMNS = (
    "f_U1", "f_U1_err", "f_S1", "f_S1_err", "f_0", "f_0_err", "f_S2", "f_S2_err", "f_U2", "f_U2_err", "f_U", "f_U_err",
    "f_U_var", "f_U_var_err", "energy", "energy_err", "rms_area", "rms_area_err", "acceptance", "tau_int",
)  # fmt: skip
EXCHANGE_SUMMARY_COLUMNS = ("events", "end_time")
"""What is NaN throughout where an archive has no job of that method; others tell the names themselves."""


class ArchiveError(Exception):
    """A file that cannot be read as an archive."""


@dataclass(frozen=True)
class Snapshot:
    """A configuration that was kept."""

    at: float
    """time, or sweeps since the start of equilibration"""
    is_a: np.ndarray
    """which sites hold A; bool, in the order of the crystal's sites"""


class Archive:
    """An archive as it was when it was opened: `jobs` and `states` are read at once, results when they are asked for."""

    parameters = (
        "method", "lattice", "size", "shell_layers", "shell_stiffness", "temperature", "delta_mu", "composition", "start",
        "interaction", "hamiltonian", "rate_exchange", "rate_diffusion", "exchange_until",
    )  # fmt: skip
    """Columns of `jobs` that are physical parameters; jobs that agree in all of them are replicas."""

    def __init__(self, path: Path | str) -> None:
        if not Path(path).is_file():
            raise ArchiveError(f"{path}: there is no such file")
        if not h5py.is_hdf5(path):
            raise ArchiveError(f"{path}: not an HDF5 file, so not an nxmc archive")
        self._file = h5py.File(path, "r")
        if "jobs" not in self._file or "status" not in self._file:
            raise ArchiveError(f"{path}: not an nxmc archive")
        self.jobs: dict[str, np.ndarray] = {name: _column(data) for name, data in self._file["jobs"].items()}
        """Constant columns, one value per job; those that `nxmc query` has, too, are called as there."""
        self.jobs["job"] = self.jobs.pop("identity")
        self.jobs["size"] = _numbers_where_possible(self.jobs["size"])
        self.seed = int(self._file["campaign/seed"][()])
        self.states: np.ndarray = self._file["status/state"][:]
        self.has_results: np.ndarray = np.isin(self.states, (DONE, TRUNCATED))
        self.superseded: np.ndarray = self._superseded()
        """Rows whose chain has results for more sweeps as well: averages leave them out, as `nxmc query` does."""
        self.has_results &= ~self.superseded

    def _superseded(self) -> np.ndarray:
        superseded = np.zeros(self.states.size, dtype=bool)
        sweeps = self.jobs["measured_sweeps"]  # 0 for exchange
        if np.unique(sweeps[sweeps > 0]).size < 2:
            return superseded
        chains = list(zip(self.jobs["job"], self.jobs["continuation"]))
        with_results = np.flatnonzero(self.has_results)
        longest: dict[tuple[str, str], int] = {}
        for row in with_results:
            longest[chains[row]] = max(longest.get(chains[row], 0), sweeps[row])
        superseded[with_results] = [sweeps[row] < longest[chains[row]] for row in with_results]
        return superseded

    def in_scan(self, name: str) -> np.ndarray:
        """Which jobs belong to a scan; one value per job."""
        return np.array([name in names.split(",") for names in self.jobs["scan"]], dtype=bool)

    def table(self) -> dict[str, np.ndarray]:
        """What `nxmc query` shows, with all its columns, and those that it shows on request (`pieces`, `host` …): one value per
        job. Rows whose chain has been measured for longer are left out, as there."""
        status = {name: _column(self._file[f"status/{name}"]) for name in _STATUS_COLUMNS}
        exchange = self.jobs["method"] == "exchange"
        sweeps = {name: np.where(exchange, np.nan, self.jobs[name]) for name in ("equilibration_sweeps", "measured_sweeps")}
        columns = {name: self.jobs[name] for name in _JOB_COLUMNS} | sweeps
        columns["exchange_until"] = np.where(np.isfinite(self.jobs["exchange_until"]), self.jobs["exchange_until"], np.nan)
        columns["seed"] = np.full(self.states.size, self.seed)
        columns["numerics"] = status["numerics"].astype(np.int64)
        columns["state"] = np.array([STATES.get(state, "waiting") for state in self.states], dtype=object)
        columns |= self.equilibrium() | self.exchange_summary()
        for name in ("wall_seconds", "started", "finished"):
            columns[name] = np.where(self.has_results, status[name], np.nan)
        columns["pieces"] = np.where(self.has_results, status["pieces"], 0).astype(np.int64)
        for name in ("host", "program_version"):
            columns[name] = np.where(self.has_results, status[name], "")
        return {name: column[~self.superseded] for name, column in columns.items()}

    def equilibrium(self) -> dict[str, np.ndarray]:
        """Averages and error bars of equilibrium jobs, one value per job; NaN for all others."""
        mine = (self.jobs["method"] == "equilibrium") & self.has_results
        if "equilibrium/results" not in self._file:
            return {name: np.full(mine.size, np.nan) for name in EQUILIBRIUM_COLUMNS}
        table = self._file["equilibrium/results"]
        values = np.full((mine.size, table.shape[1]), np.nan)
        values[mine] = table[:][self.jobs["row"][mine]]
        return dict(zip(_names(self._file["equilibrium/column"]), values.T))

    def exchange_summary(self) -> dict[str, np.ndarray]:
        """Number of events and time of the last one of exchange jobs, one value per job; NaN for all others."""
        if "exchange/summary_column" not in self._file:
            return {name: np.full(self.states.size, np.nan) for name in EXCHANGE_SUMMARY_COLUMNS}
        names = _names(self._file["exchange/summary_column"])
        values = np.full((self.states.size, len(names)), np.nan)
        for k in np.unique(self.jobs["times"][self.jobs["times"] >= 0]):
            mine = (self.jobs["times"] == k) & self.has_results
            values[mine] = self._file[f"exchange/{k}/summary"][:][self.jobs["row"][mine]]
        return dict(zip(names, values.T))

    def trajectories(self, rows: Iterable[int]) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Times and observations of exchange jobs among these rows, once for each list of times among them.

        Observations are arrays of shape (trajectories, times); after a truncation they are NaN.
        """
        rows = np.array([row for row in rows if self.has_results[row] and self.jobs["times"][row] >= 0], dtype=int)
        lists_of_times = self.jobs["times"][rows]
        for k in np.unique(lists_of_times):
            group = self._file[f"exchange/{k}"]
            values = group["results"][:][self.jobs["row"][rows[lists_of_times == k]]]
            yield group["time"][:], dict(zip(_names(self._file["exchange/column"]), np.moveaxis(values, 2, 0)))

    def snapshots(self, row: int) -> list[Snapshot]:
        """Configurations that a job kept; empty while it has no results. Bit i % 8 of byte i // 8 is set where site i holds A."""
        if not self.has_results[row] or self.jobs["snapshots"][row] == 0:
            return []
        job = {name: column[row] for name, column in self.jobs.items()}
        at = self._file["snapshots/at"][job["snapshot_at"] :][: job["snapshots"]]
        start, length = job["snapshot_offset"], job["snapshot_bytes"]
        packed = self._file["snapshots/bits"][start : start + job["snapshots"] * length].reshape(-1, length)
        bits = np.unpackbits(packed, axis=1, count=job["n_sites"], bitorder="little").astype(bool)
        return [Snapshot(float(t), is_a) for t, is_a in zip(at, bits) if t <= self._last_moment(job, row)]

    def _last_moment(self, job: dict[str, np.generic], row: int) -> float:
        """Until when a job was followed: after a truncation there are no configurations, only zeros in their places."""
        if self.states[row] != TRUNCATED:
            return np.inf
        column = _names(self._file["exchange/summary_column"]).index("end_time")
        return float(self._file[f"exchange/{job['times']}/summary"][job["row"], column])

    def edges(self, row: int) -> list[int]:
        """Sites along the edges of the whole crystal, shell included: one number for a hexagon, three for a box."""
        job = {name: int(self.jobs[name][row]) for name in ("nx", "ny", "nz", "shell_layers")}
        if self.is_hexagon(row):
            return [job["nx"] + job["shell_layers"]]
        return [job[axis] + 2 * job["shell_layers"] for axis in ("nx", "ny", "nz")]

    def is_hexagon(self, row: int) -> bool:
        return self.jobs["lattice"][row] == "hexagon"


_JOB_COLUMNS = (
    "job", "scan", "method", "lattice", "size", "shell_layers", "shell_stiffness", "temperature", "delta_mu", "composition",
    "start", "interaction", "hamiltonian", "replica", "n_sites", "n_core", "energy_unit", "rate_exchange", "rate_diffusion",
)  # fmt: skip
_STATUS_COLUMNS = ("numerics", "wall_seconds", "pieces", "started", "finished", "host", "program_version")


def _numbers_where_possible(words: np.ndarray) -> np.ndarray:
    return np.array([int(word) if word.isdigit() else word for word in words], dtype=object)


def _column(data: h5py.Dataset) -> np.ndarray:
    return data.asstr()[:] if h5py.check_string_dtype(data.dtype) else data[:]


def _names(data: h5py.Dataset) -> list[str]:
    return list(_column(data))
