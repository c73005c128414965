"""Coefficients along a temperature axis: ln D = ln D0 − E_a/(k_BT), with errors.

A line through points with errors; these are enlarged by the square root of χ² per degree of freedom where that exceeds 1, since a law that
does not hold at one temperature as at another makes points scatter by more than trajectories tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Line:
    """An Arrhenius line, or why there is none."""

    points: int
    energy: float = np.nan
    """E_a in the unit that 1/(k_BT) is the inverse of"""
    energy_error: float = np.nan
    logarithm: float = np.nan
    """ln D0"""
    logarithm_error: float = np.nan
    chi2: float = np.nan
    freedom: int = 0
    remark: str = ""

    @property
    def prefactor(self) -> float:
        """D0; NaN where it is out of the range of numbers."""
        return float(np.exp(self.logarithm)) if abs(self.logarithm) < LARGEST_EXPONENT else np.nan


def line_through(inverse: np.ndarray, values: np.ndarray, errors: np.ndarray) -> Line:
    """The line through ln values at these 1/(k_BT). Where an error is not known, all points count alike."""
    points = len(inverse)
    if len(np.unique(inverse)) < 2:
        return Line(points, remark=f"{points} {'temperature has' if points == 1 else 'temperatures have'} a number: a line needs two")
    known = bool(np.isfinite(errors).all() and (errors > 0).all())
    weight = values / errors if known else np.ones(points)
    middle = float(np.average(inverse, weights=weight**2))
    matrix = np.column_stack([np.ones(points), -(inverse - middle)]) * weight[:, None]
    target = np.log(values) * weight
    (height, energy), *_ = np.linalg.lstsq(matrix, target, rcond=None)
    squares = float(((matrix @ [height, energy] - target) ** 2).sum())
    freedom = points - 2
    inverse_normal = np.linalg.inv(matrix.T @ matrix)
    if known:
        factor = max(1.0, squares / freedom) if freedom > 0 else 1.0
    else:
        factor = squares / freedom if freedom > 0 else np.nan
    covariance = inverse_normal * factor
    slope_variance = float(covariance[1, 1])
    logarithm = float(height + energy * middle)
    variance = float(covariance[0, 0] + 2 * middle * covariance[0, 1] + middle**2 * slope_variance)
    remark = "" if known else ("errors from the scatter of the points" if freedom > 0 else "two points without errors: none of the line")
    return Line(points, float(energy), float(np.sqrt(slope_variance)), logarithm, float(np.sqrt(variance)), squares if known else np.nan, freedom, remark)
