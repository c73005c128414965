"""Rows of an archive as `nxmc query` counts them, block by block: jobs, times of exchange jobs, planes of 3D crystals, stretches of
equilibrium chains."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from .chain_series import StrangeState, series_of_chain, stretches
from .columns import Kind, columns_of
from .errors import ArchiveError
from .tables import DONE, SPARE, STATES, TRUNCATED, Payload, Results, Tables, words

JOBS_AT_ONCE = 4096
ROWS_AT_ONCE = 1 << 16
"""Of a block; more only where a single job has more."""

_SUMS = {"f_U": ("f_U1", "f_U2"), "f_S": ("f_S1", "f_S2"), "f_C": ("f_Cx", "f_Cy", "f_Cz")}
"""Columns that are sums of others: what archives of older versions lack follows from these, where they have them, or is missing."""

_UNCOMMON = ("exchange_until", "rate_exchange", "rate_diffusion")
_OF_STATUS = ("wall_seconds", "pieces", "started", "finished", "host", "program_version")
_LATER_WORDS = ("ladder", "bias", "stages", "rate_rule")
"""Columns of jobs that not every archive has: those of ladders came with format 4, those of windows with format 6; stages and rules of
rates are there where a job has some."""
_LATER = ("exchange_every", *_LATER_WORDS, "window_from", "window_to")
DAMAGED = "damaged"


@dataclass
class Block:
    """Some rows. What the rows of a job share stands once for each job (once for each scan of it, where scans are told apart)."""

    numbers: np.ndarray
    """row of the archive of each job, shape (jobs,)"""
    jobs: dict[str, np.ndarray]
    """columns of the jobs, shape (jobs,)"""
    rows: dict[str, np.ndarray]
    """columns of the rows, shape (rows,)"""
    job_of_row: np.ndarray
    """index into `jobs`, ascending, shape (rows,)"""

    def column(self, name: str) -> np.ndarray:
        """A value for each row."""
        return self.jobs[name][self.job_of_row] if name in self.jobs else self.rows[name]

    def where(self, kept: np.ndarray) -> Block:
        """Only the rows for which `kept` (bool) is true."""
        rows = {name: column[kept] for name, column in self.rows.items()}
        return Block(self.numbers, self.jobs, rows, self.job_of_row[kept])


def superseded(tables: Tables, states: np.ndarray) -> np.ndarray:
    """Rows whose chain has results for more sweeps as well, spare ones, and those of rounds in which ladders place their rungs,
    bool: answers leave them out, as `nxmc query` does."""
    hidden = states == SPARE
    if "jobs/exploratory" in tables.file:
        hidden |= tables.column("jobs/exploratory", np.arange(tables.jobs)) != 0
    sweeps = tables.place("measured_sweeps")  # 0 for exchange
    if np.unique(sweeps[sweeps > 0]).size < 2:
        return hidden
    everything = np.arange(tables.jobs)
    chains = zip(tables.column("jobs/identity", everything).tolist(), tables.column("jobs/continuation", everything).tolist())
    longest: dict[tuple[bytes, bytes], int] = {}
    names = list(chains)
    for row in np.flatnonzero(np.isin(states, (DONE, TRUNCATED))).tolist():
        longest[names[row]] = max(longest.get(names[row], 0), int(sweeps[row]))
    for row, name in enumerate(names):
        hidden[row] |= sweeps[row] < longest.get(name, 0)
    return hidden


@dataclass
class Rows:
    """The rows of a kind. Which jobs there are to see is decided when this is made: later passes bring the same rows."""

    tables: Tables
    kind: Kind
    chosen: np.ndarray | None = None
    """rows of the archive to look at, ascending; None: all"""
    per_scan: bool = False
    """a job of several scans is a row for each of them"""
    states: np.ndarray = field(init=False)
    damaged: int = field(init=False, default=0)
    """jobs whose results were damaged, in the last pass"""

    def __post_init__(self) -> None:
        self.states = self.tables.states()
        visible = ~superseded(self.tables, self.states)
        if self.kind != "jobs":
            visible &= np.isin(self.states, (DONE, TRUNCATED))
        if self.kind == "times":
            visible &= self.tables.place("times") >= 0
        if self.kind == "profiles":
            visible &= self.tables.place("profile_length") > 0
        if self.kind == "series":
            visible &= (self.tables.place("times") < 0) & (self.tables.place("final_state_length") > 0)
        numbers = np.flatnonzero(visible)
        self.numbers = numbers if self.chosen is None else numbers[np.isin(numbers, self.chosen)]

    def count(self) -> int:
        """How many rows there are, damaged ones included, scans not told apart."""
        if self.kind == "jobs":
            return len(self.numbers)
        if self.kind == "series":
            every = np.maximum(self.tables.column("jobs/phases_every", self.numbers), 1)
            measurements = self.tables.place("measured_sweeps")[self.numbers] // every
            return sum(stretches(count)[0] for count in measurements.tolist())
        groups = self.tables.place("times")[self.numbers]
        times = {k: len(self.tables.times(k)) for k in np.unique(groups).tolist() if k >= 0}
        if self.kind == "times":
            return sum(times[k] for k in groups.tolist())
        lengths = self.tables.place("profile_length")[self.numbers]
        return int(np.where(groups < 0, lengths // 2, lengths).sum())

    def blocks(self, names: Iterable[str]) -> Iterator[Block]:
        """All rows with these columns, in the order of the archive."""
        self.damaged = 0
        wanted = list(dict.fromkeys(names))
        make: dict[str, Callable[[np.ndarray, list[str]], Iterator[Block]]]
        make = {"jobs": self._jobs, "times": self._times, "profiles": self._profiles, "series": self._series}
        for first in range(0, len(self.numbers), JOBS_AT_ONCE):
            for block in make[self.kind](self.numbers[first : first + JOBS_AT_ONCE], wanted):
                if block.job_of_row.size > 0:
                    yield block

    # -- What jobs share

    def _job_columns(self, numbers: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
        shared = {name for name in columns_of(self.kind) if self._is_of_job(name)}
        return {name: self._job_column(name, numbers) for name in names if name in shared}

    def _is_of_job(self, name: str) -> bool:
        path = "jobs/identity" if name == "job" else f"jobs/{name}"
        return name in ("seed", "state", "numerics", *_LATER) or (path in self.tables.file and name not in _OF_STATUS)

    def _job_column(self, name: str, numbers: np.ndarray) -> np.ndarray:
        tables = self.tables
        if name == "state":
            return np.array([STATES[state] for state in self.states[numbers].tolist()], object)
        if name == "seed":
            return np.full(len(numbers), str(int(tables.dataset("campaign/seed")[()])), object)
        if name == "job":
            return np.array([identity.decode() for identity in tables.column("jobs/identity", numbers).tolist()], object)
        if name in _LATER and f"jobs/{name}" not in tables.file:
            return np.full(len(numbers), None, object) if name in _LATER_WORDS else np.full(len(numbers), np.nan)
        values = tables.column("status/numerics" if name == "numerics" else f"jobs/{name}", numbers)
        if values.dtype.kind == "S":
            return words(values)
        if name == "exchange_every":
            return np.where(values > 0, values, np.nan)
        if name.endswith("_sweeps"):
            return np.where(tables.place("times")[numbers] < 0, values, np.nan)
        if name in _UNCOMMON:
            return np.where(np.isfinite(values), values, np.nan)
        return values.astype(np.int64 if values.dtype.kind in "iu" else np.float64)

    def _split(self, block: Block) -> Block:
        """One row for each scan of a job."""
        if not self.per_scan:
            return block
        scans = [(name or "").split(",") for name in block.jobs["scan"]]
        counts = np.array([len(names) for names in scans], np.int64)
        if (counts == 1).all():
            return block
        old = np.repeat(np.arange(len(counts)), counts)
        first = np.searchsorted(block.job_of_row, np.arange(len(counts)))
        rows_of_job = np.bincount(block.job_of_row, minlength=len(counts))
        rows = [np.arange(first[job], first[job] + rows_of_job[job]) for job in old]
        jobs = {name: column[old] for name, column in block.jobs.items()}
        jobs["scan"] = np.array([name or None for names in scans for name in names], object)
        picked = np.concatenate(rows)
        job_of_row = np.repeat(np.arange(len(old)), rows_of_job[old])
        return Block(block.numbers[old], jobs, {name: column[picked] for name, column in block.rows.items()}, job_of_row)

    # -- One row for each job

    def _jobs(self, numbers: np.ndarray, names: list[str]) -> Iterator[Block]:
        columns = columns_of("jobs")
        block = Block(numbers, self._job_columns(numbers, names), {}, np.arange(len(numbers)))
        measured = [name for name in names if name not in block.jobs]
        empty = {"real": (np.nan, np.float64), "whole": (0, np.int64), "word": (None, object)}
        for name in measured:
            value, kind = empty[columns[name].type]
            block.jobs[name] = np.full(len(numbers), value, kind)
        if measured or "state" in names:
            self._fill(block, numbers)
        yield self._split(block)

    def _fill(self, block: Block, numbers: np.ndarray) -> None:
        with_results = numbers[np.isin(self.states[numbers], (DONE, TRUNCATED))]
        equilibrium, summary = (self.tables.names(f"{path}column") for path in ("equilibrium/", "exchange/summary_"))
        for results in self.tables.results(with_results):
            exchange = results.values.ndim == 3
            values = results.summary if exchange else results.values
            found = _with_sums(dict(zip(summary if exchange else equilibrium, values.T)))
            intact = results.intact & np.isin(results.status["state"], (DONE, TRUNCATED))
            at = np.searchsorted(numbers, results.jobs)
            for name, column in block.jobs.items():
                if name in found:
                    column[at[intact]] = found[name][intact]
                elif name in _OF_STATUS:
                    status = results.status[name]
                    column[at[intact]] = (words(status) if status.dtype.kind == "S" else status)[intact]
            # A row that says nothing may be one whose profile or snapshots are damaged, too.
            silent = ~intact | np.isnan(values).all(axis=1)
            for place in at[silent].tolist():
                if self._is_damaged(int(numbers[place])):
                    self._mark(block, place)

    @staticmethod
    def _mark(block: Block, place: int) -> None:
        if "state" in block.jobs:
            block.jobs["state"][place] = DAMAGED
        if "wall_seconds" in block.jobs:
            block.jobs["wall_seconds"][place] = np.nan

    def _is_damaged(self, job: int) -> bool:
        damaged = self.tables.damaged(job)
        self.damaged += damaged
        return damaged

    # -- Several rows for each job

    def _times(self, numbers: np.ndarray, names: list[str]) -> Iterator[Block]:
        observed = self.tables.names("exchange/column")
        measured = [name for name, column in columns_of("times").items() if column.role == "measured"]
        for results in _in_order(self.tables.results(numbers)):
            for bad in results.jobs[~results.intact].tolist():
                self._is_damaged(bad)
            times = self.tables.times(int(self.tables.place("times")[results.jobs[0]]))
            some = np.flatnonzero(results.intact & np.isin(results.status["state"], (DONE, TRUNCATED)))
            step = max(1, ROWS_AT_ONCE // len(times))
            for chosen in (some[first : first + step] for first in range(0, len(some), step)):
                values = results.values[chosen]
                found = _with_sums({name: values[:, :, k].ravel() for k, name in enumerate(observed)})
                missing = np.full(values.shape[0] * values.shape[1], np.nan)
                rows = {name: found.get(name, missing) for name in names if name in measured}
                if "time" in names:
                    rows["time"] = np.tile(times, len(chosen))
                jobs = results.jobs[chosen]
                job_of_row = np.repeat(np.arange(len(jobs)), len(times))
                yield self._split(Block(jobs, self._job_columns(jobs, names), rows, job_of_row))

    def _profiles(self, numbers: np.ndarray, names: list[str]) -> Iterator[Block]:
        return self._from_payloads(numbers, names, lambda job, payload: self._planes(job, payload.profile))

    def _series(self, numbers: np.ndarray, names: list[str]) -> Iterator[Block]:
        return self._from_payloads(numbers, names, lambda job, payload: self._stretches(job, payload.final_state))

    def _from_payloads(
        self, numbers: np.ndarray, names: list[str], rows_of: Callable[[int, Payload], dict[str, np.ndarray]]
    ) -> Iterator[Block]:
        found: list[tuple[int, dict[str, np.ndarray]]] = []
        count = 0
        for job, payload in self.tables.payloads(numbers):
            if not payload.intact:
                self._is_damaged(job)
                continue
            rows = rows_of(job, payload)
            if _length(rows) == 0:
                continue
            found.append((job, rows))
            count += _length(rows)
            if count >= ROWS_AT_ONCE:
                yield self._block_of(found, names)
                found, count = [], 0
        if found:
            yield self._block_of(found, names)

    def _planes(self, job: int, profile: np.ndarray) -> dict[str, np.ndarray]:
        """Of an equilibrium mean and error of each plane, of an exchange a value for each time and plane."""
        k = int(self.tables.place("times")[job])
        if k < 0:
            c, error = profile.reshape(-1, 2).T
            return {"time": np.full(len(c), np.nan), "plane": np.arange(len(c)), "c": c, "c_err": error}
        times = self.tables.times(k)
        planes = len(profile) // len(times)
        missing = np.full(len(profile), np.nan)
        return {"time": np.repeat(times, planes), "plane": np.tile(np.arange(planes), len(times)), "c": profile, "c_err": missing}

    def _stretches(self, job: int, final_state: np.ndarray) -> dict[str, np.ndarray]:
        """What the chain of an equilibrium measured in each stretch."""
        names = ("jobs/equilibration_sweeps", "jobs/measured_sweeps", "jobs/phases_every")
        schedule = (int(self.tables.dataset(name)[job]) for name in names)
        try:
            found = _with_sums(series_of_chain(final_state, *schedule))
        except StrangeState as reason:
            raise ArchiveError(f"{self.tables.path}: row {job}: where its chain ended {reason}. jobs= leaves the row out") from reason
        missing = np.full(_length(found), np.nan)
        measured = (name for name, column in columns_of("series").items() if column.role == "measured")
        return {name: found.get(name, missing) for name in ("sweep", "bin_sweeps", *measured)}

    def _block_of(self, found: list[tuple[int, dict[str, np.ndarray]]], names: list[str]) -> Block:
        jobs = np.array([job for job, _ in found])
        rows = {name: np.concatenate([of_job[name] for _, of_job in found]) for name in found[0][1] if name in names}
        job_of_row = np.repeat(np.arange(len(found)), [_length(of_job) for _, of_job in found])
        return self._split(Block(jobs, self._job_columns(jobs, names), rows, job_of_row))


def _length(rows: dict[str, np.ndarray]) -> int:
    return len(next(iter(rows.values())))


def _with_sums(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns of results as they are stored, and the sums of these that are not."""
    for name, parts in _SUMS.items():
        if name not in found and all(part in found for part in parts):
            found[name] = functools.reduce(np.add, (found[part] for part in parts))
    return found


def _in_order(parts: Iterable[Results]) -> Iterator[Results]:
    """The same results in the order of jobs: those of one stretch come table by table."""
    waiting: list[Results] = []
    for part in parts:
        if waiting and part.jobs[0] > max(other.jobs[-1] for other in waiting):
            yield from _by_jobs(waiting)
            waiting = []
        waiting.append(part)
    yield from _by_jobs(waiting)


def _by_jobs(parts: list[Results]) -> Iterator[Results]:
    """Runs of jobs that stand in one table."""
    jobs = np.concatenate([part.jobs for part in parts]) if parts else np.empty(0, np.int64)
    table = np.repeat(np.arange(len(parts)), [len(part.jobs) for part in parts])
    place = np.concatenate([np.arange(len(part.jobs)) for part in parts]) if parts else jobs
    order = np.argsort(jobs, kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(table[order])) + 1) if len(order) else []
    for run in runs:
        part, rows = parts[table[run[0]]], place[run]
        yield Results(part.jobs[rows], part.intact[rows], part.values[rows], part.summary[rows], part.status[rows])
