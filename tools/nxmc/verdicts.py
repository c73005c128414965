"""Which points of equilibrium chains are converged, as the program nxmc tells."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from .errors import NothingToDraw, warn
from .program import Program

POINT = ("lattice", "size", "shell_layers", "shell_stiffness", "temperature", "delta_mu", "composition", "interaction", "hamiltonian")
"""Chains that agree in these have one verdict."""

Verdicts: TypeAlias = Mapping[tuple[str, ...], str]
"""of points, which `point_of` names"""


def point_of(row: Mapping[str, Any] | pd.Series) -> tuple[str, ...]:
    """Of a row of `Archive.jobs`, or of one that the program tells: what is missing, and how numbers are written, does not matter."""
    return tuple(_word(row[name]) for name in POINT)


def _word(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    try:
        return repr(float(value))
    except ValueError:
        return str(value)


def read_verdicts(program: Program, archive: str | os.PathLike[str], where: str = "") -> Verdicts:
    """Empty, with a warning, where the program does not tell."""
    condition = "method == equilibrium and not window_to >= 0"
    words = ["--where", f"({where}) and {condition}" if where else condition, "--group-by", ",".join(POINT), "--columns", ",".join((*POINT, "verdict"))]
    try:
        return {point_of(row): str(row["verdict"]) for row in program.ask("query", archive, *words) if row.get("verdict")}
    except NothingToDraw as reason:
        warn(f"which points are converged is not known: {reason}")
        return {}
