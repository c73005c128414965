"""What trajectories tell about the errors of their average: conversions at different times of one trajectory belong together.

With fewer trajectories than times the covariance that they show is singular, and its inverse would rest on chance. It is drawn towards
what is known without it: correlations towards none, as far as they are noise themselves (Schäfer and Strimmer, Stat. Appl. Genet. Mol.
Biol. 4, 32 (2005)) and at least by 1/n; variances as if two further trajectories had one that is proportional to X(1−X), as that of
independent ions is. A variance is not below that of one ion.
"""

from __future__ import annotations

import numpy as np

FURTHER = 2
"""trajectories that the expected variance counts as"""
GROUPS = 40
"""of trajectories, of which the jackknife leaves out one after the other"""


def of_mean(conversions: np.ndarray, resolution: float) -> np.ndarray:
    """Covariance of the average of trajectories; shape (times, times), positive definite.

    conversions   shape (trajectories, times), two trajectories at least
    resolution    the conversion that one ion makes
    """
    n = len(conversions)
    mean = conversions.mean(axis=0)
    deviation = conversions - mean
    variance = (deviation**2).sum(axis=0) / (n - 1)
    of_ions = np.clip(mean * (1 - mean), 0, None) + resolution
    expected = of_ions * (variance.sum() / of_ions.sum())
    drawn = np.maximum(((n - 1) * variance + FURTHER * expected) / (n - 1 + FURTHER), max(resolution**2, 1e-18))
    seen = np.where(variance > 0, np.sqrt(variance), 1.0)
    standard = deviation / seen
    correlation = standard.T @ standard / (n - 1)
    kept = 1 - _noise(standard, correlation)
    correlation = kept * correlation
    np.fill_diagonal(correlation, 1.0)
    scale = np.sqrt(drawn)
    return np.asarray(correlation * np.outer(scale, scale) / n)


def _noise(standard: np.ndarray, correlation: np.ndarray) -> float:
    """The share of correlations, off the diagonal, that is chance."""
    n, times = standard.shape
    if times < 2:
        return 1.0
    squares = (standard**2).T @ (standard**2)  # sums of the squared products of two times
    mean_product = correlation * (n - 1) / n
    variance = n / (n - 1) ** 3 * (squares - n * mean_product**2)
    off = ~np.eye(times, dtype=bool)
    total = float((correlation[off] ** 2).sum())
    estimate = float(variance[off].sum()) / total if total > 0 else 1.0
    return float(np.clip(max(estimate, 1 / n), 0, 1))


def leave_out(trajectories: int) -> list[np.ndarray]:
    """Which trajectories remain when one group after the other is left out; at most GROUPS of nearly the same size."""
    groups = np.arange(trajectories) % min(trajectories, GROUPS)
    return [np.flatnonzero(groups != group) for group in range(int(groups.max()) + 1)]
