"""Averages over groups of rows with their error bars: the rule of `nxmc query --group-by`, to the last bit.

The error is the larger of what the scatter of the rows and what their own error bars say: few chains may agree by chance
more closely than each is known. Sums run over the rows one after the other, as there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cmp_to_key, partial

import numpy as np

from .columns import Kind, columns_of, error_of, is_error
from .errors import ArchiveError, QueryError, unknown_column
from .rows import Block

Pass = Callable[[list[str]], Iterator[Block]]
"""Goes through the rows once, with the columns named; the same rows every time."""


class _Numbers:
    """Numbers from 0 on for the distinct values of a column, in the order of appearance."""

    def __init__(self) -> None:
        self.known: dict[str | None, int] = {}
        self.first: list[object] = []
        """the first value of each number"""

    def __call__(self, values: np.ndarray) -> np.ndarray:
        if len(values) == 0:
            return np.empty(0, np.int64)
        if values.dtype == object:
            codes: dict[object, int] = {}
            where = np.fromiter((codes.setdefault(value, len(codes)) for value in values), np.int64, len(values))
            different, first = list(codes), range(len(codes))
        else:
            bits = values.view(np.int64)
            _, at, where = np.unique(bits, return_index=True, return_inverse=True)
            different, first = values[at].tolist(), at.tolist()
        numbers = np.empty(len(different), np.int64)
        for k in sorted(range(len(different)), key=lambda k: first[k]):
            numbers[k] = self._number(different[k])
        return numbers[where]

    def _number(self, value: object) -> int:
        # Values that print alike belong together: 12 digits are what campaign files are rounded to.
        text = f"{value:.12g}" if isinstance(value, float) else None if value is None else str(value)
        if text not in self.known:
            self.known[text] = len(self.first)
            self.first.append(value)
        return self.known[text]


class _Chains:
    """What the pooled variance of a quantity takes of each row in which its variance was measured."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []

    def add(self, groups: np.ndarray, block: Block, names: Sequence[str | None]) -> None:
        columns = [np.full(len(groups), np.nan) if name is None else block.column(name) for name in names]
        rows = np.column_stack([groups, *columns])
        self.parts.append(rows[~np.isnan(rows[:, 4])])

    def average(self, groups: int) -> tuple[np.ndarray, np.ndarray]:
        """Pooled variance of each group and its standard error; NaN where there is none."""
        rows = np.concatenate(self.parts) if self.parts else np.empty((0, 6))
        order = np.argsort(rows[:, 0], kind="stable")
        first = np.searchsorted(rows[order, 0], np.arange(groups + 1))
        found = [pooled_variance(rows[order[a:b], 1:]) for a, b in zip(first, first[1:])]
        variances, errors = np.array(found).reshape(-1, 2).T
        return variances, errors


def _total(values: np.ndarray) -> float:
    """Added one after the other."""
    return float(np.cumsum(values)[-1])


def pooled_variance(chains: np.ndarray) -> tuple[float, float]:
    """Variance of a quantity about its mean over several chains, within plus between them, and its standard error: the larger of
    the jackknife's and what the chains' own errors say. `chains`: weight, mean, error, variance, error of each, shape (chains, 5)."""
    counted = chains[(chains[:, 0] > 0) & ~np.isnan(chains[:, [1, 3]]).any(axis=1)]
    weight, mean, mean_error, variance, variance_error = counted.T
    if len(counted) < 2:
        return (float(variance[0]), float(variance_error[0])) if len(counted) else (np.nan, np.nan)
    k, weights = len(counted), _total(weight)
    centre = mean[0] + _total(weight * (mean - mean[0])) / weights
    d = mean - centre
    of_mean, of_square = _total(weight * d), _total(weight * (variance + d * d))
    within, between = _total(weight * variance) / weights, _total(weight * (d * d)) / weights
    others = weights - weight
    shift = (of_mean - weight * d) / others
    without = (of_square - weight * (variance + d * d)) / others - shift * shift
    spread = without - _total(without / k)
    jackknife = np.sqrt((k - 1) / k * _total(spread * spread))
    by_variance, by_mean = np.nan_to_num(variance_error), 2 * d * np.nan_to_num(mean_error)
    share = weight / weights
    squares = np.concatenate([[2 / (k - 1) * between * between], share * share * (by_variance * by_variance + by_mean * by_mean)])
    return within + between, float(np.maximum(jackknife, np.sqrt(_total(squares))))


class _Sums:
    """Sums over the rows of each group, shape (groups,)."""

    def __init__(self) -> None:
        self.n = self.sum = self.squared_errors = self.errors = self.squared_deviations = np.zeros(0)

    def resize(self, groups: int) -> None:
        for name, sums in vars(self).items():
            setattr(self, name, np.concatenate([sums, np.zeros(groups - len(sums))]))

    def average(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard error; NaN where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            n = np.where(self.n > 0, self.n, np.nan)
            mean = self.sum / n
            from_rows = np.where(self.errors > 0, np.sqrt(self.squared_errors) / n, np.nan)
            more = np.where(self.n > 1, self.n, np.nan)
            between_rows = np.sqrt(self.squared_deviations / (more - 1) / more)
        return mean, np.fmax(between_rows, from_rows)


def _added(sums: np.ndarray, groups: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The sums with the values of rows added one after the other, as bincount does."""
    every = np.arange(len(sums))
    return np.bincount(np.concatenate([every, groups]), np.concatenate([sums, values]), len(sums))


def average(kind: Kind, keys: Sequence[str], wanted: Sequence[str] | None, rows: Pass) -> tuple[dict[str, np.ndarray], list[str]]:
    """Columns of the table of groups, sorted by their keys: keys, n, then mean and `_err` of everything measured; and the
    parameters that differ within groups."""
    grouping = _Grouping(kind, keys, wanted)
    for block in rows(grouping.columns_of_first_pass()):
        grouping.add(block)
    means = {name: sums.sum / np.where(sums.n > 0, sums.n, np.nan) for name, sums in grouping.sums.items()}
    seen_again = dict.fromkeys(means, 0.0)
    for block in rows(list(dict.fromkeys([*keys, *means]))):
        groups = grouping.groups_of(block)
        for name, mean in means.items():
            values = block.column(name)
            some = ~np.isnan(values) & (groups < len(mean))
            deviations = values[some] - mean[groups[some]]
            sums = grouping.sums[name]
            sums.squared_deviations = _added(sums.squared_deviations, groups[some], deviations * deviations)
            seen_again[name] += some.sum()
    if any(grouping.sums[name].n.sum() != seen for name, seen in seen_again.items()):
        raise ArchiveError("jobs were computed again while their results were read. Ask once more.")
    return grouping.finish(), [name for name in columns_of(kind) if name in grouping.mixed]


class _Grouping:
    def __init__(self, kind: Kind, keys: Sequence[str], wanted: Sequence[str] | None) -> None:
        columns = columns_of(kind)
        for key in keys:
            if columns[key].role == "measured":
                raise QueryError(f"group_by: '{key}' is measured; group by what was simulated")
        self.kind, self.keys, self.wanted = kind, list(keys), wanted
        self.measured = [name for name, column in columns.items() if column.role == "measured" and not is_error(kind, name)]
        averaged = [name for name in self.measured if wanted is None or {name, f"{name}_err"} & set(wanted)]
        known = [*keys, "n", *(f"{name}{end}" for name in self.measured for end in ("", "_err"))]
        for name in wanted or ():
            if name not in known:
                raise unknown_column(name, known)
        self.parameters = [name for name, column in columns.items() if column.role == "parameter" and name not in keys]
        self.numbers = {name: _Numbers() for name in (*keys, *self.parameters)}
        self.known: dict[tuple[int, ...], int] = {}
        self.sums = {name: _Sums() for name in averaged}
        self.chains = {name: _Chains() for name in averaged if self._pooled(name)}
        self.counts = np.zeros(0, np.int64)
        self.parameter_of_group = {name: np.zeros(0, np.int64) for name in self.parameters}
        self.mixed: set[str] = set()

    def columns_of_first_pass(self) -> list[str]:
        errors = [error for name in self.sums if (error := error_of(self.kind, name))]
        pooled = [part for name in self.chains for part in self._of_chains(name) if part]
        return list(dict.fromkeys([*self.keys, *self.measured, *errors, *pooled, *self.parameters]))

    def _pooled(self, name: str) -> bool:
        """Whether a column is the variance of another one along each chain."""
        return name.endswith("_var") and name.removesuffix("_var") in columns_of(self.kind)

    def _of_chains(self, name: str) -> list[str | None]:
        """Longer chains count more."""
        mean = name.removesuffix("_var")
        return ["measured_sweeps", mean, error_of(self.kind, mean), name, error_of(self.kind, name)]

    def _codes(self, block: Block, name: str) -> np.ndarray:
        if name in block.jobs:
            return self.numbers[name](block.jobs[name])[block.job_of_row]
        return self.numbers[name](block.rows[name])

    def groups_of(self, block: Block) -> np.ndarray:
        """The number of each row's group, shape (rows,); new ones in the order of their first rows."""
        codes = np.column_stack([self._codes(block, key) for key in self.keys])
        different, first, where = np.unique(codes, axis=0, return_index=True, return_inverse=True)
        numbers = np.empty(len(different), np.int64)
        for k in np.argsort(first).tolist():
            numbers[k] = self.known.setdefault(tuple(different[k].tolist()), len(self.known))
        return numbers[where.ravel()]

    def add(self, block: Block) -> None:
        groups = self.groups_of(block)
        count = len(self.known)
        measured = np.zeros(len(groups), bool)
        for name in self.measured:
            measured |= ~np.isnan(block.column(name))
        self._compare_parameters(block, groups, measured)
        more = np.bincount(groups[measured], minlength=count)
        more[: len(self.counts)] += self.counts
        self.counts = more
        for name, chains in self.chains.items():
            chains.add(groups, block, self._of_chains(name))
        for name, sums in self.sums.items():
            sums.resize(count)
            values = block.column(name)
            some = ~np.isnan(values)
            sums.n = _added(sums.n, groups[some], np.ones(some.sum()))
            sums.sum = _added(sums.sum, groups[some], values[some])
            if error := error_of(self.kind, name):
                errors = block.column(error)
                some &= ~np.isnan(errors)
                sums.errors = _added(sums.errors, groups[some], np.ones(some.sum()))
                sums.squared_errors = _added(sums.squared_errors, groups[some], errors[some] * errors[some])

    def _compare_parameters(self, block: Block, groups: np.ndarray, measured: np.ndarray) -> None:
        """Compares parameters of measured rows with those of the first one of their group."""
        mine = groups[measured]
        present, first = np.unique(mine, return_index=True)
        for name in self.parameters:
            if name in self.mixed:
                continue
            codes = self._codes(block, name)[measured]
            of_group = self.parameter_of_group[name]
            of_group = np.concatenate([of_group, np.full(len(self.known) - len(of_group), -1)])
            new = of_group[present] == -1
            of_group[present[new]] = codes[first[new]]
            if (of_group[mine] != codes).any():
                self.mixed.add(name)
            self.parameter_of_group[name] = of_group

    def finish(self) -> dict[str, np.ndarray]:
        columns = columns_of(self.kind)
        table: dict[str, np.ndarray] = {}
        codes = np.array(list(self.known), np.int64).reshape(len(self.known), len(self.keys))
        for k, key in enumerate(self.keys):
            kind = {"real": np.float64, "whole": np.int64, "word": object}[columns[key].type]
            first = np.array([*self.numbers[key].first, None], object)[:-1]
            table[key] = first[codes[:, k]].astype(kind)
        table["n"] = self.counts
        for name, sums in self.sums.items():
            pooled = self.chains.get(name)
            table[name], table[f"{name}_err"] = sums.average() if pooled is None else pooled.average(len(self.known))
        by_keys = cmp_to_key(partial(self._compare, table))
        order = sorted(range(len(self.known)), key=by_keys)
        names = table if self.wanted is None else self.wanted
        return {name: table[name][order] for name in names}

    def _compare(self, table: dict[str, np.ndarray], a: int, b: int) -> int:
        for key in self.keys:
            one, other = table[key][a], table[key][b]
            if _before(one, other):
                return -1
            if _before(other, one):
                return 1
        return 0


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _before(a: object, b: object) -> bool:
    if _is_missing(a) or _is_missing(b):
        return not _is_missing(a)
    return _word_before(a, b) if isinstance(a, str) and isinstance(b, str) else bool(a < b)  # type: ignore[operator]


def _word_before(a: str, b: str) -> bool:
    """The numbers in both by value, all else letter by letter; what is the same so far is decided by the whole."""
    ours, theirs = _pieces(a), _pieces(b)
    return (ours, a.encode()) < (theirs, b.encode())


def _pieces(word: str) -> list[tuple[int, int]]:
    """Bytes and numbers of a word such that lists of them are in order as the words are; bytes are signed, as there."""
    pieces = []
    for part in re.findall(b"[0-9]+|[^0-9]", word.encode(), re.DOTALL):
        byte = int.from_bytes(part[:1], "little", signed=True)
        pieces.append((ord("0"), int(part)) if part.isdigit() else (byte, 0))
    return pieces
