"""The datasets of an archive as rows of jobs, each checked against its checksum before it is believed.

States are read before what they vouch for, so that archives may be read while a campaign writes to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import xxhash

from .user_block import check_contents, check_user_block

WAITING, RUNNING, DONE, TRUNCATED, FAILED, SPARE = 0, 3, 5, 6, 9, 10
"""What /status/state says of a job. Done and truncated ones have results; those and failed ones are sealed. Spare ones have not
been asked for so far."""

STATES = {WAITING: "waiting", RUNNING: "running", DONE: "done", TRUNCATED: "truncated", FAILED: "failed", SPARE: "spare"}
SEAL_MARK = 0x6C6165732D636D78

STRETCH = 4096
"""Jobs that are read at once, and …"""
STRETCH_BYTES = 4 << 20
"""… how many bytes of their results, if more than one job's."""

_STATUS_NUMBERS = (
    ("payload_checksum", "<u8"), ("state", "u1"), ("generation", "<u4"), ("pieces", "<u4"), ("started", "<f8"),
    ("finished", "<f8"), ("wall_seconds", "<f8"), ("numerics", "<i4"),
)  # fmt: skip
_STATUS_TEXTS = (("program_version", "S32"), ("host", "S64"), ("reason", "S160"))
_PLACES = (
    "times", "row", "profile_offset", "profile_length", "snapshots", "samples", "sample_every", "snapshot_bytes",
    "snapshot_offset", "snapshot_at", "final_state_offset", "final_state_length",
)  # fmt: skip
_SINCE_FORMAT_3 = ("samples", "sample_every")

INTACT, UNFINISHED, UNKNOWN_STATE, DAMAGED_RESULTS, DAMAGED_PAYLOAD = range(5)
"""What a look at the row of a job says."""


@dataclass(frozen=True)
class Results:
    """Rows of some jobs whose results stand in one table."""

    jobs: np.ndarray
    """rows of the archive, ascending, shape (n,)"""
    intact: np.ndarray
    """sealed, with the right checksum; bool, shape (n,)"""
    values: np.ndarray
    """shape (n, columns) for equilibrium, (n, times, columns) for exchange"""
    summary: np.ndarray
    """shape (n, columns of the summary), of exchange; (n, 0) for equilibrium"""
    status: np.ndarray
    """/status of the jobs, structured, shape (n,)"""


@dataclass(frozen=True)
class Payload:
    """What belongs to a job and does not stand in a table."""

    intact: bool
    profile: np.ndarray
    """float64"""
    configurations: np.ndarray
    """snapshots, then samples; uint8, packed"""
    final_state: np.ndarray
    """uint8"""


class Tables:
    """An open archive, dataset by dataset."""

    def __init__(self, path: Path) -> None:
        self.path = path
        block = check_user_block(path)
        self.format = block.format
        access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
        access.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
        access.set_sieve_buf_size(0)  # nothing of what a campaign writes meanwhile is remembered
        self.file = h5py.File(h5py.h5f.open(str(path).encode(), h5py.h5f.ACC_RDONLY, access))
        if not block.as_sealed:
            check_contents(path, self.file, block.contents)
        self.jobs: int = self.file["status/state"].shape[0]
        self._places: dict[str, np.ndarray] = {}
        self._datasets: dict[str, h5py.Dataset] = {}

    def dataset(self, path: str) -> h5py.Dataset:
        """A dataset that is opened once."""
        found = self._datasets.get(path)
        if found is None:
            found = self._datasets[path] = self.file[path]
        return found

    def place(self, name: str) -> np.ndarray:
        """A column of /jobs that says where results are, int64; read when first asked for, and kept."""
        if name not in self._places:
            if name in _SINCE_FORMAT_3 and name not in self.file["jobs"]:
                self._places[name] = np.zeros(self.file["jobs/row"].shape, np.int64)
            else:
                self._places[name] = self.dataset(f"jobs/{name}")[:].astype(np.int64)
        return self._places[name]

    def states(self) -> np.ndarray:
        """/status/state as it is now, uint8; what is no state counts as waiting."""
        raw = self.dataset("status/state")[:]
        return np.where(np.isin(raw, list(STATES)), raw, WAITING)

    def names(self, path: str) -> list[str]:
        """A column of words, such as the names of result columns; empty if it is not there."""
        return [word.decode() for word in self.dataset(path)[:]] if path in self.file else []

    def lists_of_times(self) -> int:
        """Number of groups /exchange/k."""
        k = 0
        while f"exchange/{k}" in self.file:
            k += 1
        return k

    def times(self, k: int) -> np.ndarray:
        """Observation times of /exchange/k, float64."""
        return self.dataset(f"exchange/{k}/time")[:]

    # -- Results

    def results(self, jobs: np.ndarray) -> Iterator[Results]:
        """Results of jobs (ascending), table by table, a stretch at a time."""
        for stretch in self._stretches(jobs, self._bytes_of_results(jobs)):
            states = self._rows("status/state", stretch)  # first: they vouch for all else
            tables = self.place("times")[stretch]
            for k in np.unique(tables):
                mine = tables == k
                yield self._results_of_table(int(k), stretch[mine], states[mine])

    def _results_of_table(self, k: int, jobs: np.ndarray, states: np.ndarray) -> Results:
        rows = self.place("row")[jobs]
        if k < 0:
            values, summary = self._rows("equilibrium/results", rows), np.empty((len(jobs), 0))
        else:
            values, summary = self._rows(f"exchange/{k}/results", rows), self._rows(f"exchange/{k}/summary", rows)
        status, checksum = self._status(jobs, states)
        computed = self.checksums(jobs, values, summary, status)
        sealed = np.isin(states, (DONE, TRUNCATED, FAILED))
        return Results(jobs, sealed & (computed == checksum), values, summary, status)

    def _status(self, jobs: np.ndarray, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        status = np.zeros(len(jobs), np.dtype([*_STATUS_NUMBERS, *_STATUS_TEXTS]))
        status["state"] = states
        for name, _ in (*_STATUS_NUMBERS, *_STATUS_TEXTS):
            if name != "state":
                status[name] = self._rows(f"status/{name}", jobs)
        return status, self._rows("status/checksum", jobs)

    def checksums(self, jobs: np.ndarray, values: np.ndarray, summary: np.ndarray, status: np.ndarray) -> np.ndarray:
        """XXH3-64 of all that sealed rows say, uint64, shape (n,); failed rows have no results."""
        values = values.reshape(len(jobs), -1)
        names = np.dtype([("identity", "<u8", 2), ("observation", "<u8", 2)])
        results = np.dtype([("values", "<f8", values.shape[1:]), ("summary", "<f8", summary.shape[1:])])
        checksums = np.zeros(len(jobs), np.uint64)
        for failed, parts in ((False, (names, results, status.dtype)), (True, (names, status.dtype))):
            mine = np.flatnonzero((status["state"] == FAILED) == failed)
            fields = [(name, part.fields[name][0]) for part in parts for name in part.names or () if part.fields]
            rows = np.zeros(len(mine), np.dtype(fields))
            for name in ("identity", "observation"):
                rows[name] = _identities(self._rows(f"jobs/{name}", jobs[mine]))
            for name in status.dtype.names or ():
                rows[name] = status[name][mine]
            if not failed:
                rows["values"], rows["summary"] = values[mine], summary[mine]
            packed = rows.view(np.uint8).reshape(len(mine), rows.dtype.itemsize)
            checksums[mine] = [xxhash.xxh3_64_intdigest(row) for row in packed]
        return checksums

    def _bytes_of_results(self, jobs: np.ndarray) -> np.ndarray:
        tables = self.place("times")[jobs]
        sizes = np.zeros(len(jobs), np.int64)
        for k in np.unique(tables):
            data = self.dataset("equilibrium/results" if k < 0 else f"exchange/{k}/results")
            sizes[tables == k] = 8 * int(np.prod(data.shape[1:]))
        return sizes

    @staticmethod
    def _stretches(jobs: np.ndarray, sizes: np.ndarray) -> Iterator[np.ndarray]:
        first = 0
        total = np.concatenate([[0], np.cumsum(sizes)])
        while first < len(jobs):
            fitting = int(np.searchsorted(total, total[first] + STRETCH_BYTES, "right")) - 1
            near = int(np.searchsorted(jobs, jobs[first] + STRETCH))
            last = max(first + 1, min(fitting, near))
            yield jobs[first:last]
            first = last

    def _rows(self, path: str, rows: np.ndarray) -> np.ndarray:
        """Rows of a dataset, in the order given. They mostly stand together; those that do not are read one by one."""
        data = self.dataset(path)
        if len(rows) == 0:
            return np.empty((0, *data.shape[1:]), data.dtype)
        first, last = int(rows.min()), int(rows.max())
        if last - first < 2 * STRETCH:
            return data[first : last + 1][rows - first]
        return np.stack([data[int(row)] for row in rows])

    def column(self, path: str, rows: np.ndarray) -> np.ndarray:
        """Values of /jobs or /status for ascending rows of the archive, as they are stored."""
        parts = [self._rows(path, part) for part in self._stretches(rows, np.zeros(len(rows), np.int64))]
        return np.concatenate(parts) if parts else self._rows(path, rows)

    # -- Profiles, configurations, final states

    def configuration_bytes(self, jobs: np.ndarray) -> np.ndarray:
        """What snapshots and samples of jobs take in the archive, shape (n,)"""
        return (self.place("snapshots")[jobs] + self.place("samples")[jobs]) * self.place("snapshot_bytes")[jobs]

    def payloads(self, jobs: np.ndarray) -> Iterator[tuple[int, Payload]]:
        """Payloads of jobs (ascending), one after the other."""
        sizes = (
            8 * self.place("profile_length")[jobs]
            + self.configuration_bytes(jobs)
            + self.place("final_state_length")[jobs]
        )
        for stretch in self._stretches(jobs, sizes):
            states = self._rows("status/state", stretch)
            lengths = self.configuration_bytes(stretch)
            heaps = (
                self._extents("profiles/values", "f8", self.place("profile_offset")[stretch], self.place("profile_length")[stretch]),
                self._extents("snapshots/bits", "u1", self.place("snapshot_offset")[stretch], lengths),
                self._extents(
                    "equilibrium/final_states", "u1", self.place("final_state_offset")[stretch], self.place("final_state_length")[stretch]
                ),
            )
            sealed = self._rows("status/payload_checksum", stretch)
            for job, state, checksum, *parts in zip(stretch.tolist(), states, sealed, *heaps):
                digest = xxhash.xxh3_64()
                for part in parts:
                    digest.update(part.tobytes())
                intact = state in (DONE, TRUNCATED) and digest.intdigest() == checksum
                yield job, Payload(intact, *parts)

    def _extents(self, path: str, kind: str, offsets: np.ndarray, lengths: np.ndarray) -> Iterator[np.ndarray]:
        """Stretches of a heap, of which consecutive jobs have extents side by side."""
        some = lengths > 0
        if not some.any():
            yield from (np.empty(0, kind) for _ in lengths)
            return
        first, last = int(offsets[some].min()), int((offsets + lengths)[some].max())
        data = self.dataset(path)
        together = last - first <= 2 * int(lengths.sum()) + 8192
        values = data[first:last] if together else None
        for offset, length in zip(offsets.tolist(), lengths.tolist()):
            if length == 0:
                yield np.empty(0, kind)
            elif values is None:
                yield data[offset : offset + length]
            else:
                yield values[offset - first : offset - first + length]

    # -- Checks

    def check(self, job: int) -> int:
        """Looks at a row and its payload as they are now: INTACT … DAMAGED_PAYLOAD."""
        raw = int(self.dataset("status/state")[job])
        if raw not in STATES:
            return UNKNOWN_STATE
        if raw in (WAITING, RUNNING, SPARE):
            return UNFINISHED
        one = np.array([job])
        (results,) = self.results(one)
        if results.status["state"][0] not in (DONE, TRUNCATED, FAILED):
            return UNFINISHED  # given up meanwhile
        if not results.intact[0]:
            return DAMAGED_RESULTS
        if raw == FAILED:
            return INTACT
        ((_, payload),) = self.payloads(one)
        return INTACT if payload.intact else DAMAGED_PAYLOAD

    def damaged(self, job: int) -> bool:
        """Sealed, but not what was sealed."""
        return self.check(job) in (DAMAGED_RESULTS, DAMAGED_PAYLOAD)

    def kernels(self) -> int:
        """Number of kernels that the archive knows."""
        return int(self.dataset("kernels/seals").shape[0]) if "kernels/seals" in self.file else 0

    def kernel_seal(self, kernel: int) -> tuple[int, bool]:
        """Mark of a kernel's seal (0: nothing is known yet), and whether the seal is intact."""
        words = self.dataset("kernels/seals")[kernel][:5]
        name = _identities(self._rows("kernels/identity", np.array([kernel]))).tobytes()
        right = xxhash.xxh3_64_intdigest(name + words[:4].tobytes()) == int(words[4])
        return int(words[0]), bool(int(words[0]) == SEAL_MARK and right)

    def kernel_rows(self, kernel: int) -> np.ndarray | None:
        """The rows of V that symmetry does not repeat, in epsilon; shape (representatives, N). None if they are not what was sealed."""
        length, offset = (int(self.dataset(f"kernels/{name}")[kernel]) for name in ("length", "offset"))
        if length == 0 or not self.kernel_seal(kernel)[1]:
            return None
        words = self.dataset("kernels/seals")[kernel]
        values = self.dataset("kernels/rows")[offset : offset + length]
        grid = int(words[1])  # a negative exponent as a seed: two's complement, as it is stored
        digest = xxhash.xxh3_128_intdigest(values.tobytes(), seed=grid)
        if digest != int(words[2]) << 64 | int(words[3]):
            return None
        return values.reshape(int(self.dataset("kernels/representatives")[kernel]), -1)


def _identities(texts: np.ndarray) -> np.ndarray:
    """Names of 32 hexadecimal digits as two 64-bit words each, the high one first; shape (n, 2)."""
    digits = b"".join(texts.tolist()).decode()
    return np.frombuffer(bytes.fromhex(digits), ">u8").reshape(-1, 2).astype("<u8")


def words(texts: np.ndarray) -> np.ndarray:
    """Stored words as an object array of str, None where there is none."""
    different, where = np.unique(texts, return_inverse=True)
    return np.array([word.decode(errors="replace") or None for word in different.tolist()] or [None], object)[where]


def ascending(rows: Iterable[int]) -> np.ndarray:
    """Row numbers in the order of the archive, each once; int64."""
    return np.unique(np.fromiter(rows, np.int64))
