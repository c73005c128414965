"""What every column is called, in which unit, of which type, and what it means.

columns.json repeats the one description of columns that nxmc has, in C++; `tests/tools/columns_test.py NXMC --write` renews it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from .errors import QueryError, unknown_column

Kind = Literal["jobs", "times", "profiles", "series"]
"""What a row is about: a job; a job and a time; a job, a plane across its crystal and, for exchange, a time; a job and a stretch of
its chain."""

KINDS: tuple[Kind, ...] = ("jobs", "times", "profiles", "series")


@dataclass(frozen=True)
class Column:
    """One column of a kind of rows."""

    name: str
    unit: str
    """empty where there is none; energy_unit and time_unit are the job's"""
    type: Literal["real", "whole", "word"]
    role: Literal["label", "parameter", "measured"]
    """measured ones are averaged; averages over different parameters deserve a warning; labels may differ"""
    shown: bool
    """without being asked for by name"""
    meaning: str


@cache
def columns_of(kind: Kind) -> dict[str, Column]:
    """All columns of a kind of rows by name, in the order of `nxmc query`."""
    described = json.loads(resources.files(__package__).joinpath("columns.json").read_text(encoding="utf-8"))
    if kind not in described:
        raise QueryError(f"there are no rows of kind '{kind}'; the kinds are {', '.join(KINDS)}")
    return {entry["column"]: Column(entry.pop("column"), **entry) for entry in described[kind]}


def require_columns(kind: Kind, names: Sequence[str]) -> None:
    """Raises QueryError for the first name that rows of this kind do not have."""
    known = columns_of(kind)
    for name in names:
        if name not in known:
            raise elsewhere(kind, name) or unknown_column(name, known)


def elsewhere(kind: Kind, name: str) -> QueryError | None:
    """The error for a column that other kinds of rows have."""
    others = [f"{other}()" for other in KINDS if other != kind and name in columns_of(other)]
    return QueryError(f"'{name}' is a column of {' and '.join(others)}") if others else None


def error_of(kind: Kind, name: str) -> str | None:
    """The column that has the error bars of another one, if single rows have them."""
    return f"{name}_err" if f"{name}_err" in columns_of(kind) else None


def is_error(kind: Kind, name: str) -> bool:
    """Whether a column has the error bars of another one."""
    return name.endswith("_err") and name[: -len("_err")] in columns_of(kind)
