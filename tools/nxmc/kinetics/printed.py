"""Rows as a table for people, as CSV or as JSON, as the program nxmc prints its own."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

Row = dict[str, object]

ROUGH = ("rms", "largest", "chi2", "aic", "delta_aic", "holds_from", "holds_to", "holds_from_t", "holds_to_t", "prefactor", "barrier", "ln_prefactor", "X_model", "residual")
"""of which four digits tell enough in a table"""


def is_missing(value: object) -> bool:
    """Whether there is nothing to print."""
    return value is None or value == "" or (isinstance(value, (float, np.floating)) and not math.isfinite(value))


def as_csv(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[str]:
    """Lines, the header first; numbers with all their digits, nothing where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if is_missing(row[name]) else _plain(row[name]) for name in columns])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def as_json(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[str]:
    """A list of objects, one to a line; null where there is nothing."""
    before = "[\n"
    for row in rows:
        yield before + json.dumps({name: None if is_missing(row[name]) else _plain(row[name]) for name in columns}, ensure_ascii=False, separators=(",", ":"))
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def as_table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Columns side by side; values as precise as their errors (`<name>_err`), a dash where there is nothing."""
    cells = [[_cell(row, name) for name in columns] for row in rows]
    is_word = [any(isinstance(row[name], str) for row in rows) and not all(is_missing(row[name]) or _is_number(row[name]) for row in rows) for name in columns]
    widths = [max(len(name), *(len(line[k]) for line in cells)) if cells else len(name) for k, name in enumerate(columns)]
    lines = []
    for line in [list(columns), *cells]:
        lines.append("  ".join(cell.ljust(width) if word else cell.rjust(width) for cell, width, word in zip(line, widths, is_word)).rstrip() + "\n")
    return "".join(lines)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number))


def _cell(row: Row, name: str) -> str:
    value = row[name]
    if is_missing(value):
        return "-"
    if isinstance(value, str) or not _is_number(value):
        return str(value)
    number = float(value)  # type: ignore[arg-type]
    is_error = name.endswith("_err")
    partner = row.get(name.removesuffix("_err") if is_error else f"{name}_err")
    error = value if is_error else partner
    if is_missing(error) or is_missing(partner) or float(error) <= 0:  # type: ignore[arg-type]
        digits = 4 if name in ROUGH else 6
        return f"{number:.{digits}g}" if isinstance(value, (float, np.floating)) else str(value)
    size = float(partner) if is_error else number  # type: ignore[arg-type]
    return _with_digits(number, size, float(error))  # type: ignore[arg-type]


def _with_digits(number: float, size: float, error: float) -> str:
    """A number as precisely as two digits of the error are, as a power of ten where `size` asks for it."""
    last = math.floor(math.log10(error)) - 1
    size = max(abs(size), error)
    if 1e-4 <= size < 1e6:
        return f"{number:.{max(0, -last)}f}"
    first = math.floor(math.log10(size))
    return f"{number:.{max(0, (math.floor(math.log10(abs(number))) if number else first) - last)}e}"
