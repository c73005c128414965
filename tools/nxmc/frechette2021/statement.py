"""Statements of the paper as checks with numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..archive import Archive
from ..errors import NothingToDraw
from ..program import Program
from ..written import with_error


@dataclass(frozen=True)
class Statement:
    """What the paper says, and what is found here."""

    place: str
    """in the paper"""
    words: str
    """what is stated, in our words"""
    ours: str
    """with errors"""
    holds: bool | None
    """None: it cannot be told"""
    why: str = ""
    """where it does not hold, or cannot be told, or holds only in part"""


@dataclass(frozen=True)
class Results:
    """Of one campaign."""

    archive: Archive
    program: Program

    def jobs(self, scan: str, **parameters: object) -> pd.DataFrame:
        """Rows of `Archive.jobs` of a scan whose parameters have these values. Trajectories that an earlier version of the campaign observed at
        other times are there once more, behind those of the present one, which count."""
        jobs = self.archive.jobs()
        chosen = jobs["scan"].map(lambda names: scan in str(names).split(","))
        for name, value in parameters.items():
            chosen &= jobs[name] == value
        return jobs[chosen].drop_duplicates("job", keep="first")


@dataclass(frozen=True)
class Drawing:
    """A picture of the paper, or of what it says, made here."""

    caption: str
    draw: Callable[[Results], Figure]


@dataclass(frozen=True)
class PaperFigure:
    """A figure of the paper, or several that one campaign is for."""

    name: str
    """of the campaign, and of its archive"""
    title: str
    shows: str
    """what is printed"""
    drawings: Sequence[Drawing]
    check: Callable[[Results], list[Statement]]


def found_by(*checks: Callable[[], Sequence[Statement]]) -> list[Statement]:
    """What several checks find: one whose scan has no results yet does not cost the others."""
    found: list[Statement] = []
    for check in checks:
        try:
            found += check()
        except NothingToDraw as reason:
            found.append(Statement("–", "not checked so far", str(reason), None))
    return found


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Of independent values, the error NaN where there is one only. NothingToDraw where there is none."""
    several = np.array(values, dtype=float)
    if len(several) == 0:
        raise NothingToDraw("no trajectory has results yet")
    error = float(several.std(ddof=1) / np.sqrt(len(several))) if len(several) > 1 else np.nan
    return float(several.mean()), error


def measured(value: float, error: float, unit: str = "") -> str:
    return with_error(value, error) + (f" {unit}" if unit else "")
