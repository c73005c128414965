"""Laws fitted to a conversion: coefficients with errors, how well a law describes the data, and where it holds.

What is known of the errors of the data decides:
- trajectories. Coefficients are those of the nearest curve, all times counting alike: a law that does not hold has no others that mean
  anything, since weights that follow the covariance tear it to the slopes of the data. Their errors are those of a jackknife
  that leaves out groups of trajectories, each time with one step of Gauss and Newton. Chi square is that of the covariance of the average
  (`covariance`) at its own minimum, and AIC = chi square + 2k. With weights "errors" the coefficients are those of that minimum, too.
- errors of independent points. They are the weights; errors of coefficients are those of the linearised fit, enlarged where chi square
  per degree of freedom exceeds 1. AIC as before.
- nothing. All points count alike, errors come from the residuals, and AIC = n ln(sum r²/n) + 2k' + 2k'(k'+1)/(n-k'-1), k' = k + 1 (AICc).
- one trajectory. All points count alike, and there is neither an error nor AIC: its points are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import linalg, optimize

from . import covariance
from .curve import Curve
from .laws import Law, Values

LARGEST_ERROR = 2.0
"""of the logarithm of a coefficient: what is known worse than within a factor of seven is not known"""


Weighting = Literal["equal", "errors"]


@dataclass(frozen=True)
class Range:
    """What laws are fitted to."""

    of: str = "X"
    """X or t"""
    low: float = -np.inf
    high: float = np.inf


@dataclass(frozen=True)
class Wanted:
    """How fits are made."""

    range: Range | None = None
    """None: the usual one of each curve"""
    weights: Weighting | None = None
    """None: all times of trajectories alike, independent points by their errors"""
    tolerance: float = 0.02
    """in X: a law holds where it deviates by less, or by less than two standard errors"""


@dataclass(frozen=True)
class Fit:
    """A law with its coefficients, or why there are none."""

    law: Law
    times: int
    """in the range that it was fitted to"""
    values: np.ndarray
    """of the coefficients; empty where there are none"""
    errors: np.ndarray
    """standard errors; NaN where they are not known"""
    predicted: np.ndarray
    """X at all times of the curve"""
    rms: float = np.nan
    largest: float = np.nan
    """of the residuals in the range that it was fitted to"""
    chi2: float = np.nan
    freedom: int = 0
    aic: float = np.nan
    holds: tuple[float, float] = (np.nan, np.nan)
    """conversions between which it holds"""
    holds_at: tuple[float, float] = (np.nan, np.nan)
    """the same as times"""
    remark: str = ""

    @property
    def found(self) -> bool:
        """Whether there are numbers."""
        return len(self.values) > 0


class Weights:
    """How much each time of a range counts."""

    def __init__(self, curve: Curve, chosen: np.ndarray, weighting: Weighting | None) -> None:
        self.mean = curve.conversion[chosen]
        alike = np.eye(len(chosen))
        self.nearest = alike
        """W of the sum of squares |W (X - data)|² that the coefficients minimise"""
        self.likely: np.ndarray | None = None
        """that of chi square; None where errors are not known"""
        self.parts: list[tuple[np.ndarray, np.ndarray]] = []
        """of the jackknife: averages and W"""
        self.is_one_trajectory = curve.n == 1
        self.has_errors = False
        if curve.trajectories is not None and curve.n > 1:
            conversions = curve.trajectories[:, chosen]
            self.likely = _half(covariance.of_mean(conversions, curve.resolution))
            parts = [conversions[part] for part in covariance.leave_out(curve.n)]
            if weighting == "errors":
                self.nearest = self.likely
                halves = [_half(covariance.of_mean(part, curve.resolution)) if len(part) > 1 else self.likely for part in parts]
            else:
                halves = [alike] * len(parts)
            self.parts = [(part.mean(axis=0), half) for part, half in zip(parts, halves)]
        elif curve.error is not None and weighting != "equal":
            self.nearest = self.likely = np.diag(1 / curve.error[chosen])
            self.has_errors = True


def _half(matrix: np.ndarray) -> np.ndarray:
    """W with WᵀW the inverse of a covariance."""
    return np.asarray(linalg.solve_triangular(linalg.cholesky(matrix, lower=True), np.eye(len(matrix)), lower=True))


def times_in_range(curve: Curve, wanted: Wanted) -> np.ndarray:
    """Indices of the times that laws are fitted to."""
    of = wanted.range or Range("X", *curve.usual_range)
    values = curve.conversion if of.of == "X" else curve.time
    return np.flatnonzero((values >= of.low) & (values <= of.high) & (curve.time > 0))


def fit_all(curve: Curve, laws: list[Law], wanted: Wanted) -> list[Fit]:
    """Each law that the body of the curve can follow."""
    chosen = times_in_range(curve, wanted)
    reason = _why_not(curve, chosen, wanted)
    weights = None if reason else Weights(curve, chosen, wanted.weights)
    with np.errstate(over="ignore"):  # far from a minimum
        return [_fit(curve, law, chosen, weights, wanted, reason) for law in laws if law.is_of(curve.body)]


def _why_not(curve: Curve, chosen: np.ndarray, wanted: Wanted) -> str:
    """Why nothing can be fitted at all; empty where something can."""
    if curve.body.shape.volume == 0 or curve.body.at_once >= 1:
        return "all sites of the crystal lie at its surface"
    if len(curve.time) == 0:
        return "no time at which all trajectories were observed"
    if curve.time.max() <= 0:
        return "no time is above 0"
    if len(curve.time) > 1 and np.ptp(curve.conversion) <= 1e-9:
        return f"X is {curve.conversion[0]:.3g} at all times: there is nothing to fit"
    if len(chosen) == 0:
        of = wanted.range or Range("X", *curve.usual_range)
        return f"no time with {of.of} between {of.low:.6g} and {of.high:.6g}"
    if len(chosen) > 1 and np.ptp(curve.conversion[chosen]) <= 1e-9:
        return f"X is {curve.conversion[chosen][0]:.3g} at all times of the range: there is nothing to fit"
    return ""


def _fit(curve: Curve, law: Law, chosen: np.ndarray, weights: Weights | None, wanted: Wanted, reason: str) -> Fit:
    def none(because: str) -> Fit:
        empty = np.full(len(curve.time), np.nan)
        return Fit(law, len(chosen), np.empty(0), np.empty(0), empty, remark=because)

    count = len(law.coefficients)
    if reason or weights is None:
        return none(reason)
    if len(chosen) <= count:
        return none(f"{len(chosen)} {'time' if len(chosen) == 1 else 'times'} in the range, and {count} {'coefficient' if count == 1 else 'coefficients'}")
    time, mean = curve.time[chosen], weights.mean

    def search(half: np.ndarray, guesses: list[Values]) -> optimize.OptimizeResult | None:
        """The best minimum that is found from these guesses."""

        def whitened(logarithms: np.ndarray) -> np.ndarray:
            return np.asarray(half @ (law.conversion(curve.body, time, np.exp(np.clip(logarithms, -600, 600)).tolist()) - mean))

        results = [optimize.least_squares(whitened, np.log(guess), x_scale="jac", xtol=1e-10, ftol=1e-10, gtol=1e-10, max_nfev=200) for guess in guesses]
        converged = [result for result in results if result.success]
        return min(converged, key=lambda result: float(result.cost)) if converged else None

    best = search(weights.nearest, law.guesses(curve.body, time, mean))
    if best is None:
        return none("no convergence")
    order = _by_rate(law, best.x)
    logarithms, jacobian = best.x[order], best.jac[:, order]
    normal = jacobian.T @ jacobian
    scale = np.sqrt(np.diag(normal))
    if (scale <= 0).any() or not np.isfinite(normal).all():
        return none("no convergence: the data do not depend on a coefficient")
    if np.linalg.cond(normal / np.outer(scale, scale)) > 1e10:
        return none("the data do not tell its coefficients apart")
    values = np.exp(logarithms)
    predicted = law.conversion(curve.body, curve.time, values.tolist())
    residuals = mean - predicted[chosen]
    squares = float(2 * best.cost)
    errors, remark = _errors(weights, jacobian, residuals, float(2 * best.cost))
    if (errors > LARGEST_ERROR).any():
        worst = law.coefficients[int(np.argmax(errors))]
        return none(f"{worst} is not determined by the data")
    chi2 = np.nan
    if weights.likely is not None:
        likeliest = best if weights.likely is weights.nearest else search(weights.likely, [values.tolist()])
        chi2 = np.nan if likeliest is None else float(2 * likeliest.cost)
    aic = _criterion(weights, chi2, float(2 * best.cost), count)
    holds, holds_at = _where_it_holds(curve, predicted, wanted.tolerance)
    return Fit(
        law, len(chosen), values, values * errors, predicted, float(np.sqrt((residuals**2).mean())), float(np.abs(residuals).max()),
        chi2, len(chosen) - count, aic, holds, holds_at, remark,
    )  # fmt: skip


def _by_rate(law: Law, logarithms: np.ndarray) -> np.ndarray:
    """The order of the coefficients in which the slower exponential comes first."""
    if law.coefficients[:1] != ("k1",):
        return np.arange(len(logarithms))
    pairs = np.argsort(logarithms[::2])
    return np.ravel(np.column_stack([2 * pairs, 2 * pairs + 1]))


def _errors(weights: Weights, jacobian: np.ndarray, residuals: np.ndarray, squares: float) -> tuple[np.ndarray, str]:
    """Of the logarithms of the coefficients, and what there is to say on them."""
    count = jacobian.shape[1]
    if weights.is_one_trajectory:
        return np.full(count, np.nan), "one trajectory: no errors"
    if weights.parts:
        slopes = linalg.solve(weights.nearest, jacobian)
        predicted = weights.mean - residuals
        steps = [np.linalg.lstsq(half @ slopes, half @ (mean - predicted), rcond=None)[0] for mean, half in weights.parts]
        groups = len(steps)
        return np.sqrt((groups - 1) / groups * ((np.array(steps) - np.mean(steps, axis=0)) ** 2).sum(axis=0)), ""
    per_freedom = squares / (len(residuals) - count)
    return np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)) * (max(1.0, per_freedom) if weights.has_errors else per_freedom)), ""


def _criterion(weights: Weights, chi2: float, squares: float, count: int) -> float:
    """Akaike's; NaN where it is not known."""
    if weights.likely is not None:
        return chi2 + 2 * count
    points, coefficients = len(weights.mean), count + 1
    if weights.is_one_trajectory or points - coefficients - 1 <= 0:
        return np.nan
    correction = 2 * coefficients * (coefficients + 1) / (points - coefficients - 1)
    return float(points * np.log(max(squares, 1e-300) / points) + 2 * coefficients + correction)


def _where_it_holds(curve: Curve, predicted: np.ndarray, tolerance: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The stretch of neighbouring times with the widest range of conversions in which the law is within its limits."""
    limit = np.maximum(tolerance, 2 * np.nan_to_num(curve.standard_error))
    good = np.abs(curve.conversion - predicted) <= limit
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(int)))
    if len(edges) == 0:
        return (np.nan, np.nan), (np.nan, np.nan)
    stretches = [slice(first, last) for first, last in zip(edges[::2], edges[1::2])]
    widest = max(stretches, key=lambda each: float(np.ptp(curve.conversion[each])))
    conversions, times = curve.conversion[widest], curve.time[widest]
    return (float(conversions.min()), float(conversions.max())), (float(times[0]), float(times[-1]))


def differences(fits: list[Fit]) -> np.ndarray:
    """AIC of each over that of the best; NaN where there is none."""
    of = np.array([fit.aic for fit in fits])
    return of - np.nanmin(of) if np.isfinite(of).any() else of
