"""An archive of nxmc as pandas tables, xarray datasets and arrays."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

import numpy as np
import pandas as pd

from . import groups
from .columns import Kind, columns_of, elsewhere, require_columns
from .errors import ArchiveError, QueryError, warn
from .lattice import Lattice, word_of_list
from .memory import require_room
from .rows import Block, Rows, superseded
from .tables import DAMAGED_PAYLOAD, DAMAGED_RESULTS, TRUNCATED, UNKNOWN_STATE, Tables, ascending
from .user_block import check_user_block, fail_damaged

if TYPE_CHECKING:
    import xarray

Jobs: TypeAlias = Union[pd.DataFrame, pd.Series, np.ndarray, Sequence[int], Sequence[str]]
"""Some jobs: rows of `Archive.jobs()`, their index, a mask over all rows of the archive, or names of jobs or their beginnings."""

_DAMAGE = {
    UNKNOWN_STATE: "its state is none that a row can have",
    DAMAGED_RESULTS: "the checksum of its results is wrong",
    DAMAGED_PAYLOAD: "the checksum of its profile, configurations and final state is wrong",
}


@dataclass(frozen=True)
class Configurations:
    """Configurations that a job kept."""

    at: np.ndarray
    """times (exchange) or sweeps since the start of equilibration; float64, shape (K,)"""
    is_a: np.ndarray
    """which sites hold A; bool, shape (K, N), sites in the order of `Archive.lattice`"""
    clock: str
    """what `at` is: time or sweeps"""

    def __len__(self) -> int:
        return len(self.at)

    def __iter__(self) -> Iterator[tuple[float, np.ndarray]]:
        return zip(self.at.tolist(), self.is_a)


@dataclass(frozen=True)
class Damage:
    """A part of an archive that is not what was sealed."""

    where: str
    """the part, in words"""
    what: str
    """what is wrong with it"""
    job: int | None = None
    """row of the archive, if it is one"""
    kernel: int | None = None
    """number of the kernel, if it is one"""


class Archive:
    """A file that `nxmc run` wrote, or is writing. Every question is answered from the file as it is then.

    Rows, names and values of columns are those of `nxmc query`; `nxmc.columns()` tells their units and meanings. Real numbers
    are float64 with NaN where there is none, whole ones int64, words str and None where there is none. Rows whose checksum is
    wrong are left out with an ArchiveWarning. An archive that a run has extended is another file: open it again to see what is new.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens an archive. Raises ArchiveError unless it is one and its metadata are whole."""
        self.path = Path(path)
        self._tables = Tables(self.path)
        self._file = self._tables.file
        self.name: str = self._file["campaign/name"][()].decode()
        """of the campaign"""
        self.text: str = self._file["campaign/text"][()].decode()
        """the campaign file, verbatim"""
        self.seed = int(self._file["campaign/seed"][()])
        """of the campaign; with `job` it names a trajectory"""
        self.scans: list[str] = self._tables.names("campaign/scans")
        """their names"""
        self._sizes_are_numbers = all(word.isdigit() for word in np.unique(self._file["jobs/size"][:]).tolist())

    def __len__(self) -> int:
        """Rows of the archive: jobs, and chains that have been measured for longer."""
        return self._tables.jobs

    def __repr__(self) -> str:
        return f"<nxmc archive {self.path}: campaign '{self.name}', {len(self)} jobs>"

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    # -- Tables

    def jobs(
        self,
        columns: Sequence[str] | None = None,
        *,
        jobs: Jobs | None = None,
        where: str | None = None,
        group_by: str | Sequence[str] | None = None,
        per_scan: bool = False,
    ) -> pd.DataFrame:
        """One row per job, finished or not, as `nxmc query FILE`; its index (`row`) is the row of the archive.

        columns   names of columns, those among them that are only shown on request (`host`, `started` …); None: those of `query`
        jobs      only these
        where     condition on columns in pandas' language: 'shell_stiffness > 5 and start == "random"'
        group_by  averages over rows that agree in these columns, with `n` and `_err`, as `nxmc query --group-by`
        per_scan  a job of several scans is a row for each, with `scan` its name; so it is with group_by="scan"
        """
        return self._table("jobs", columns, jobs, where, group_by, per_scan)

    def times(
        self,
        columns: Sequence[str] | None = None,
        *,
        jobs: Jobs | None = None,
        where: str | None = None,
        group_by: str | Sequence[str] | None = None,
        per_scan: bool = False,
    ) -> pd.DataFrame:
        """One row per finished exchange job and observation time, as `nxmc query FILE --times`; parameters as those of `jobs`.

        Raises TooLarge if the table would take most of the free memory: choose columns or jobs, group, or take `blocks`.
        """
        return self._table("times", columns, jobs, where, group_by, per_scan)

    def profiles(
        self,
        columns: Sequence[str] | None = None,
        *,
        jobs: Jobs | None = None,
        where: str | None = None,
        group_by: str | Sequence[str] | None = None,
        per_scan: bool = False,
    ) -> pd.DataFrame:
        """One row per finished job of a 3D crystal and plane of it (and time, for exchange), as `nxmc query FILE --profiles`;
        parameters as those of `jobs`, errors as those of `times`."""
        return self._table("profiles", columns, jobs, where, group_by, per_scan)

    def series(
        self,
        columns: Sequence[str] | None = None,
        *,
        jobs: Jobs | None = None,
        where: str | None = None,
        group_by: str | Sequence[str] | None = None,
        per_scan: bool = False,
    ) -> pd.DataFrame:
        """One row per finished equilibrium job and stretch of its measured sweeps, as `nxmc query FILE --series`: averages over the
        `bin_sweeps` sweeps that end with `sweep`. Parameters as those of `jobs`, errors as those of `times`; only the jobs asked for
        are read: archive.series(["sweep", "f_U"], jobs=["05b7"])."""
        return self._table("series", columns, jobs, where, group_by, per_scan)

    def blocks(
        self,
        rows: Kind = "times",
        columns: Sequence[str] | None = None,
        *,
        jobs: Jobs | None = None,
        where: str | None = None,
        per_scan: bool = False,
    ) -> Iterator[pd.DataFrame]:
        """The rows of a table in pieces of about 65 000 (4096 of jobs), so that memory does not grow with the archive."""
        names = self._names(rows, columns)
        source = self._rows(rows, jobs, per_scan)
        for block in self._blocks(source, names, where):
            yield self._frame(rows, {name: block.column(name) for name in names}, self._index(rows, block))
        self._warn_of_damage(source)

    def numbered_blocks(self, rows: Kind, columns: Sequence[str], jobs: Jobs | None) -> Iterator[Block]:
        """The same as `blocks`, with the row of the archive of each job, and damaged rows left out in silence."""
        yield from self._blocks(self._rows(rows, jobs, False), columns, None)

    def _table(
        self,
        kind: Kind,
        columns: Sequence[str] | None,
        jobs: Jobs | None,
        where: str | None,
        group_by: str | Sequence[str] | None,
        per_scan: bool,
    ) -> pd.DataFrame:
        if group_by is not None:
            return self._groups(kind, columns, jobs, where, [group_by] if isinstance(group_by, str) else list(group_by))
        names = self._names(kind, columns)
        source = self._rows(kind, jobs, per_scan)
        if where is None:
            require_room(8 * len(names) * source.count())
        parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
        indices: list[np.ndarray] = []
        for block in self._blocks(source, names, where):
            for name in names:
                parts[name].append(block.column(name))
            if kind == "jobs":
                indices.append(block.numbers[block.job_of_row])
        self._warn_of_damage(source)
        # Column by column, so that pieces and table are not in the memory together.
        table = {name: self._joined(kind, name, parts.pop(name)) for name in names}
        if kind != "jobs":
            return self._frame(kind, table)
        rows = np.concatenate(indices) if indices else np.empty(0, np.int64)
        return self._frame(kind, table, pd.Index(rows, name="row"))

    def _groups(
        self, kind: Kind, columns: Sequence[str] | None, jobs: Jobs | None, where: str | None, keys: list[str]
    ) -> pd.DataFrame:
        require_columns(kind, keys)
        for name in columns or ():
            known = name in columns_of(kind) or name.removesuffix("_err") in columns_of(kind)
            if not known and (error := elsewhere(kind, name)):
                raise error
        source = self._rows(kind, jobs, "scan" in keys)
        table, mixed = groups.average(kind, keys, columns, lambda names: self._blocks(source, names, where))
        self._warn_of_damage(source)
        if mixed:
            warn(f"the averages mix rows that differ in {', '.join(mixed)}; add it to group_by or choose among the rows")
        if kind == "jobs" and "job" not in keys:
            self._warn_of_doubled_chains(jobs, where)
        return self._frame(kind, table)

    def _warn_of_doubled_chains(self, jobs: Jobs | None, where: str | None) -> None:
        """Scans may observe one chain in several ways, and averages then count it as often."""
        rows: Counter[str] = Counter()
        for block in self._blocks(self._rows("jobs", jobs, False), ["job", "method", "energy"], where):
            measured = (block.column("method") == "equilibrium") & ~np.isnan(block.column("energy"))
            rows.update(block.column("job")[measured].tolist())
        doubled = sum(count > 1 for count in rows.values())
        if doubled:
            warn(
                f"{doubled} {'chain counts' if doubled == 1 else 'chains count'} more than once, because scans observe "
                f"{'it' if doubled == 1 else 'them'} in several ways (samples, snapshots, equilibration_sweeps): the errors are too "
                "small; choose one of the scans among the rows"
            )

    def _names(self, kind: Kind, columns: Sequence[str] | None) -> list[str]:
        if columns is None:
            return [name for name, column in columns_of(kind).items() if column.shown]
        if isinstance(columns, str):
            raise QueryError(f"columns is a list of names: ['{columns}']")
        if "n" in columns:
            raise QueryError("'n' counts averaged rows: it comes with group_by")
        require_columns(kind, columns)
        return list(columns)

    def _rows(self, kind: Kind, jobs: Jobs | None, per_scan: bool) -> Rows:
        return Rows(self._tables, kind, None if jobs is None else self._chosen(jobs), per_scan)

    def _blocks(self, source: Rows, names: Sequence[str], where: str | None) -> Iterator[Block]:
        needed = [*names, *self._mentioned(source.kind, where)] + (["scan"] if source.per_scan else [])
        for block in source.blocks(needed):
            if where is not None:
                columns = {name: block.column(name) for name in dict.fromkeys(needed)}
                frame = self._frame(source.kind, columns)
                block = block.where(np.asarray(frame.eval(where, engine="python"), bool))
            if len(block.job_of_row) > 0:
                yield block

    @staticmethod
    def _mentioned(kind: Kind, where: str | None) -> list[str]:
        """Columns whose names occur in a condition."""
        if where is None:
            return []
        words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in where).split()
        return [name for name in columns_of(kind) if name in words]

    @staticmethod
    def _index(kind: Kind, block: Block) -> pd.Index | None:
        return pd.Index(block.numbers[block.job_of_row], name="row") if kind == "jobs" else None

    def _frame(self, kind: Kind, table: dict[str, np.ndarray], index: pd.Index | None = None) -> pd.DataFrame:
        for name in ("size", "seed"):
            if name in table:
                table[name] = self._as_numbers(name, table[name])
        return pd.DataFrame(table, index=index, copy=False)

    def _as_numbers(self, name: str, words: np.ndarray) -> np.ndarray:
        """Sizes are stored as words because boxes have three, seeds because they have 64 bits."""
        if name == "size" and not self._sizes_are_numbers:
            return np.array([int(word) if word.isdigit() else word for word in words] + [None], object)[:-1]
        return words.astype(np.uint64 if name == "seed" and self.seed >= 1 << 63 else np.int64)

    @staticmethod
    def _joined(kind: Kind, name: str, parts: list[np.ndarray]) -> np.ndarray:
        kinds = {"real": np.float64, "whole": np.int64, "word": object}
        return np.concatenate(parts) if parts else np.empty(0, kinds[columns_of(kind)[name].type])

    def _warn_of_damage(self, source: Rows) -> None:
        if source.damaged == 0:
            return
        rows = "1 row is" if source.damaged == 1 else f"{source.damaged} rows are"
        warn(f"{rows} damaged and left out; see 'nxmc verify {self.path}'")

    def runs(self) -> pd.DataFrame:
        """The runs that worked on it, oldest first, at most the last 256: `started` (seconds since 1970), `host` of rank 0, `ranks`, `program_version`,
        `slurm_job` (empty outside of Slurm), `slurm_restarts`."""
        names = ("started", "host", "ranks", "program_version", "slurm_job", "slurm_restarts")
        if "runs" not in self._file:  # of a version that did not note them
            return pd.DataFrame({name: np.empty(0, object if name in ("host", "program_version", "slurm_job") else float) for name in names})
        columns = {name: self._file[f"runs/{name}"][:] for name in names}
        known = columns["ranks"] > 0
        words = {name: np.char.decode(column, "utf-8", "replace") for name, column in columns.items() if column.dtype.kind == "S"}
        table = pd.DataFrame({name: words[name].astype(object) if name in words else columns[name] for name in names})
        return table[known].sort_values("started", ignore_index=True)

    # -- Labelled arrays

    def to_xarray(self, rows: Kind = "times", columns: Sequence[str] | None = None, *, jobs: Jobs | None = None) -> xarray.Dataset:
        """Everything measured of some jobs as arrays with coordinates, units and meanings.

        Dimensions are (job) for jobs; (job, time) for times; (job, plane) or, of exchange jobs, (job, time, plane) for profiles;
        (job, sweep) for series, with the length of each stretch as `bin_sweeps`.
        The coordinates along `job` are its name and all its parameters. Where jobs have been observed at different times, `time`
        has all of them, and NaN stands where a job was not observed; so it is with `sweep`. Raises QueryError for profiles of both methods together.
        """
        from .labelled import dataset

        return dataset(self, rows, columns, jobs)

    # -- Single jobs

    def configurations(self, job: str | int) -> Configurations:
        """Snapshots that a job kept: none while it has no results, or if none were asked for.

        job   its name or how it begins, or its row of the archive (the index of `jobs`)
        """
        row = self.row(job)
        tables = self._tables
        count = int(tables.place("snapshots")[row])
        clock = "time" if int(tables.place("times")[row]) >= 0 else "sweeps"
        is_a = self._unpacked(row, 0, count)
        if len(is_a) == 0:
            return Configurations(np.empty(0), is_a, clock)
        first = int(tables.place("snapshot_at")[row])
        at = self._file["snapshots/at"][first : first + count]
        kept = at <= self._end(row)
        return Configurations(at[kept], is_a[kept], clock)

    def snapshots_asked(self) -> np.ndarray:
        """How many snapshots each row was asked for; int64, shape (rows,). A row without results has none so far."""
        return self._tables.place("snapshots")

    def samples(self, job: str | int) -> Configurations:
        """Configurations that an equilibrium job kept for averages, all with the same weight: none while it has no results, or if
        it keeps none (`samples: none`, exchange, archives before format 3).

        job   as in `configurations`
        """
        row = self.row(job)
        tables = self._tables
        count = int(tables.place("samples")[row])
        is_a = self._unpacked(row, int(tables.place("snapshots")[row]), count)
        before = int(self._file["jobs/equilibration_sweeps"][row])
        at = before + int(tables.place("sample_every")[row]) * np.arange(1, len(is_a) + 1, dtype=float)
        return Configurations(at, is_a, "sweeps")

    def _unpacked(self, row: int, first: int, count: int) -> np.ndarray:
        """Some of the configurations of a row, bool, shape (count, N); (0, N) where it has none, or no results."""
        sites = int(self._file["jobs/n_sites"][row])
        none = np.empty((0, sites), bool)
        if count == 0:
            return none
        ((_, payload),) = self._tables.payloads(np.array([row]))
        if not payload.intact:
            if self._tables.damaged(row):
                raise ArchiveError(f"{self.path}: the configurations of row {row} are damaged; see 'nxmc verify {self.path}'")
            return none
        size = int(self._tables.place("snapshot_bytes")[row])
        some = payload.configurations[first * size : (first + count) * size].reshape(count, -1)
        return np.unpackbits(some, axis=1, count=sites, bitorder="little").astype(bool)

    def _end(self, row: int) -> float:
        """Until when a job was followed: behind the end of a truncated trajectory nothing was kept."""
        ((results),) = self._tables.results(np.array([row]))
        if results.status["state"][0] != TRUNCATED or results.summary.size == 0:
            return np.inf
        return float(results.summary[0, self._tables.names("exchange/summary_column").index("end_time")])

    def lattice(self, job: str | int) -> Lattice:
        """The crystal of a job, shell included: positions, neighbours, layers, symmetry, local phases."""
        return self._lattice("jobs", self.row(job))

    def are_flat(self, jobs: pd.DataFrame) -> pd.Series:
        """Whether crystals have two dimensions; bool, a value for each row of `jobs`, which have the columns `job` and `lattice`."""
        first = jobs.groupby("lattice")["job"].first()
        # Rows of one job, a chain and its continuation, have one lattice.
        flat = {word: self._lattice("jobs", int(self._rows_called(str(job))[0])).is_flat for word, job in first.items()}
        return jobs["lattice"].map(flat).astype(bool)

    def _lattice(self, group: str, row: int) -> Lattice:
        name, _, inside = self._file[f"{group}/lattice"][row].decode().partition("(")
        shell_words = [word for word in inside.removesuffix(")").split(",") if word]
        covered = tuple(word for word in shell_words if word != "A")
        nx, ny, nz, shell = (int(self._file[f"{group}/{column}"][row]) for column in ("nx", "ny", "nz", "shell_layers"))
        sizes = tuple(size for size in (nx, ny, nz) if size > 0)
        if name.startswith("sites-"):
            return Lattice(name, (), shell, covered, "A" in shell_words, self._sites(name))
        growth = 0 if covered else {"hexagon": 1, "box": 2, "cube": 2}.get(name, 0)
        return Lattice(name, tuple(size + growth * shell for size in sizes), shell, covered, "A" in shell_words)

    def _sites(self, name: str) -> tuple[tuple[int, ...], ...]:
        """Those of a list. ArchiveError where it is not the one that its name tells."""
        cells = tuple(tuple(map(int, cell)) for cell in np.array(self._file[f"crystals/{name}"]))
        if word_of_list(cells) != name:
            fail_damaged(self.path, f"/crystals/{name} is not the list of sites that its name tells")
        return cells

    def kernel(self, job: str | int) -> np.ndarray:
        """The elastic interaction V of a job's crystal in epsilon, float64, shape (N, N): the energy is 1/2 sum V_ij s_i s_j with
        s = 1 for A and -1 for B. To be multiplied with the job's weight of it (`interaction`) where that is not 1.

        Raises ArchiveError where the job has no elastic interaction, or V is not known yet, damaged, or too large to be kept.
        """
        row = self.row(job)
        kernel = int(self._file["jobs/kernel"][row])
        if kernel < 0:
            raise ArchiveError(f"{self.path}: row {row} has no elastic interaction")
        rows = self._tables.kernel_rows(kernel)
        if rows is None:
            raise ArchiveError(f"{self.path}: V of row {row} {self._why_no_kernel(kernel)}")
        lattice = self._lattice("kernels", kernel)
        full = np.empty((rows.shape[1], rows.shape[1]))
        if lattice.is_periodic:
            for site in range(len(full)):
                full[site, lattice.translation(site)] = rows[0]
            return full
        _, of_site, operation = lattice.orbits()
        for site, (representative, g) in enumerate(zip(of_site, operation)):
            full[site, lattice.symmetry[g]] = rows[representative]
        return full

    def _why_no_kernel(self, kernel: int) -> str:
        if int(self._file["kernels/length"][kernel]) == 0:
            return "was too large to be kept; `nxmc kernel` computes it"
        if self._tables.kernel_seal(kernel)[0] == 0:
            return "is not known yet: the run has not built it"
        return f"is damaged; see 'nxmc verify {self.path}'"

    def row(self, job: str | int) -> int:
        """Row of the archive of a job, given its name or how that begins, or the row itself. Of a chain that has been measured for
        longer, it is the longest with results. Raises QueryError unless there is just one."""
        if not isinstance(job, str):
            if not 0 <= int(job) < len(self):
                raise QueryError(f"there is no row {job}; the archive has {len(self)}")
            return int(job)
        found = self._rows_called(job)
        if len(found) > 1:
            found = found[~superseded(self._tables, self._tables.states())[found]]
        if len(found) != 1:
            rows = f" (rows {', '.join(map(str, found))})" if 1 < len(found) < 6 else ""
            raise QueryError(f"{len(found)} jobs are called '{job}…'{rows}; jobs() lists them")
        return int(found[0])

    def _rows_called(self, beginning: str) -> np.ndarray:
        return np.flatnonzero(np.char.startswith(self._file["jobs/identity"][:], beginning.encode()))

    def _chosen(self, jobs: Jobs) -> np.ndarray:
        if isinstance(jobs, pd.DataFrame):
            if jobs.index.name != "row":
                raise QueryError("jobs= takes rows of jobs(), whose index says which they are")
            return ascending(jobs.index)
        if isinstance(jobs, str):
            raise QueryError(f"jobs= takes several jobs: ['{jobs}']")
        some = np.asarray(jobs)
        if some.dtype == bool:
            if isinstance(jobs, pd.Series) and jobs.index.name == "row":
                return ascending(jobs.index[some])
            if len(some) != len(self):
                raise QueryError(f"the mask has {len(some)} values for {len(self)} rows of the archive")
            return np.flatnonzero(some)
        if some.dtype.kind in "UO":
            rows = [self._rows_called(str(name)) for name in some]
            missing = [str(name) for name, found in zip(some, rows) if len(found) == 0]
            if missing:
                raise QueryError(f"no job is called '{missing[0]}…'; jobs() lists them")
            return ascending(np.concatenate(rows).tolist()) if rows else np.empty(0, np.int64)
        return ascending(some.tolist())

    # -- Checks

    def verify(self) -> list[Damage]:
        """Compares every checksum, as `nxmc verify` does; empty if all are right. Needs no nxmc."""
        damages = []
        try:
            check_user_block(self.path)
        except ArchiveError as error:
            damages.append(Damage("metadata", str(error)))
        tables = self._tables
        for row, found in self._damaged_rows().items():
            identity = self._file["jobs/identity"][row].decode()
            damages.append(Damage(f"row {row} (job {identity})", _DAMAGE[found], job=row))
        for kernel in range(tables.kernels()):
            mark, sealed = tables.kernel_seal(kernel)
            kept = int(self._file["kernels/length"][kernel]) > 0
            whole = tables.kernel_rows(kernel) is not None if kept else sealed
            if mark != 0 and not whole:
                damages.append(Damage(f"kernel {kernel}", "its checksum is wrong", kernel=kernel))
        return damages

    def _damaged_rows(self) -> dict[int, int]:
        """What is wrong with each row with which something is."""
        everything = np.arange(len(self))
        suspects = set()
        for results in self._tables.results(everything):
            suspects.update(results.jobs[~results.intact].tolist())
        suspects.update(job for job, payload in self._tables.payloads(everything) if not payload.intact)
        # A row that was reset and computed again while it was being read looks damaged once, but not twice.
        found = {row: self._tables.check(row) for row in sorted(suspects)}
        return {row: check for row, check in found.items() if check in _DAMAGE}


def open(path: str | os.PathLike[str]) -> Archive:
    """Opens an archive that `nxmc run` wrote, or is writing. Raises ArchiveError unless it is one and its metadata are whole."""
    return Archive(path)


def columns(rows: Kind = "jobs") -> pd.DataFrame:
    """What the columns of a kind of rows are: unit, type, role and meaning of each, as `nxmc query --describe` tells."""
    described: Iterable[tuple[object, ...]]
    described = [(c.name, c.unit, c.type, c.role, c.meaning) for c in columns_of(rows).values()]
    return pd.DataFrame(described, columns=["column", "unit", "type", "role", "meaning"]).set_index("column")
