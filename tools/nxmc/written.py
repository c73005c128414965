"""Numbers as they are written, and which jobs count."""

from __future__ import annotations

from math import floor, isfinite, log10

import pandas as pd

AXES_OF_LINES = ("shell_stiffness", "temperature", "delta_mu")
"""along which `nxmc diagram` finds transitions"""


def number(value: float) -> str:
    """Shortest decimal, with a typographic minus."""
    return f"{value:g}".replace("-", "−")


def with_error(value: float, error: float | None) -> str:
    """10.805(3): the error in units of the last digit; two digits of it where it begins with 1. Of very small numbers, and where the error is
    that of rounding, other than that."""
    if error is None or not isfinite(error) or error <= 1e-12 * abs(value):
        return number(value)
    if abs(value) < 1e-4 and error < 1e-5:
        return f"{value:.3g} ± {error:.1g}".replace("-", "−")
    first = floor(log10(error))
    decimals = (1 if error / 10**first < 1.95 else 0) - first
    if decimals <= 0:
        return f"{value:.0f}({error:.0f})".replace("-", "−")
    digits = round(error * 10**decimals)
    return f"{value:.{decimals}f}({digits})".replace("-", "−")


def with_results(jobs: pd.DataFrame) -> pd.DataFrame:
    """Those jobs that have results."""
    return jobs[jobs["state"].isin(["done", "truncated"])]
