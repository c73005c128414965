"""Laws of conversion that are fitted: of diffusion, of a core that shrinks, of reactions of first order.

Coefficients are positive: D in squared lengths over time, rates k in inverse times, shares A. Where the surface is exchanged at once, or the
exchange does not go to its end, all laws take it into account alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .curve import Body

Values = Sequence[float]


@dataclass(frozen=True)
class Law:
    """X(t) with some coefficients."""

    name: str
    coefficients: tuple[str, ...]
    meaning: str
    conversion: Callable[[Body, np.ndarray, Values], np.ndarray]
    """of a body, at times, with values of the coefficients"""
    guesses: Callable[[Body, np.ndarray, np.ndarray], list[Values]]
    """from which a search may begin, given times and conversions; the best one first"""
    is_of: Callable[[Body], bool] = lambda body: True
    """whether it can be fitted to what a body does"""


def _lattice(body: Body, time: np.ndarray, values: Values) -> np.ndarray:
    assert body.surface is not None
    surface = body.surface
    return surface.equation.conversion(time, values[0] / surface.equation.diffusion, surface.to_b, surface.to_a)


def _shape(body: Body, time: np.ndarray, values: Values) -> np.ndarray:
    return body.scaled(body.shape.fick(values[0] * time))


def _sphere(body: Body, time: np.ndarray, values: Values) -> np.ndarray:
    return body.scaled(body.shape.rounded.fick(values[0] * time))


def _shrinking_core(body: Body, time: np.ndarray, values: Values) -> np.ndarray:
    return body.scaled(body.shape.shrinking_core(values[0] * time))


def _exponentials(body: Body, time: np.ndarray, values: Values) -> np.ndarray:
    pairs = zip(values[::2], values[1::2])
    return np.asarray(body.at_once + sum(share * -np.expm1(-rate * time) for rate, share in pairs))


def _guess_diffusion(conversion: Callable[[Body, np.ndarray, Values], np.ndarray]) -> Callable[[Body, np.ndarray, np.ndarray], list[Values]]:
    def guesses(body: Body, time: np.ndarray, seen: np.ndarray) -> list[Values]:
        squared = body.shape.volume ** (2 / body.shape.dimensions)
        candidates = squared / np.median(time) * np.logspace(-7, 3, 101)
        misfits = [float(((conversion(body, time, [value]) - seen) ** 2).sum()) for value in candidates]
        return [[float(candidates[np.argmin(misfits)])]]

    return guesses


def _rates(time: np.ndarray, count: int) -> np.ndarray:
    return np.geomspace(0.05 / time.max(), 20 / time[time > 0].min(), count)


def _guess_one(body: Body, time: np.ndarray, seen: np.ndarray) -> list[Values]:
    return _best(body, time, seen, [(rate,) for rate in _rates(time, 60)])


def _guess_two(body: Body, time: np.ndarray, seen: np.ndarray) -> list[Values]:
    rates = _rates(time, 30)
    return _best(body, time, seen, [(slow, quick) for k, slow in enumerate(rates) for quick in rates[k + 2 :]])


def _best(body: Body, time: np.ndarray, seen: np.ndarray, candidates: Sequence[tuple[float, ...]]) -> list[Values]:
    """The best three of these rates, each with the shares that fit best."""
    target = seen - body.at_once
    rates = np.array(candidates)  # (candidates, exponentials)
    courses = -np.expm1(-time[None, :, None] * rates[:, None, :])
    normal = np.swapaxes(courses, 1, 2) @ courses
    shares = np.linalg.solve(normal + 1e-12 * np.eye(rates.shape[1]), np.swapaxes(courses, 1, 2) @ target[None, :, None])[:, :, 0]
    misfits = ((np.einsum("ctk,ck->ct", courses, shares) - target) ** 2).sum(axis=1)
    misfits[(shares <= 1e-6).any(axis=1)] = np.inf
    best = [k for k in np.argsort(misfits)[:3] if np.isfinite(misfits[k])]
    return [np.ravel(np.column_stack([rates[k], shares[k]])).tolist() for k in best]


def _is_of_the_model(body: Body) -> bool:
    return body.surface is not None


def _guess_lattice(body: Body, time: np.ndarray, seen: np.ndarray) -> list[Values]:
    """As if the surface were B from the beginning, which takes the modes of the crystal once."""

    def conversion(of: Body, times: np.ndarray, values: Values) -> np.ndarray:
        assert of.surface is not None
        return of.surface.equation.conversion(times, values[0] / of.surface.equation.diffusion)

    return _guess_diffusion(conversion)(body, time, seen)


LAWS = (
    Law("lattice", ("D",), "Fick's law on the sites of the crystal itself: the exact equation of swaps without interaction", _lattice, _guess_lattice, _is_of_the_model),
    Law("shape", ("D",), "Fick's law in a continuous body of the crystal's shape", _shape, _guess_diffusion(_shape), lambda body: body.shape.name != body.shape.rounded.name),
    Law("sphere", ("D",), "Fick's law in a sphere, in 2D a disc, of the same volume", _sphere, _guess_diffusion(_sphere)),
    Law("shrinking-core", ("D",), "a core of A with a sharp surface in a sphere, in 2D a disc", _shrinking_core, _guess_diffusion(_shrinking_core)),
    Law("exponential", ("k1", "A1"), "a reaction of first order", _exponentials, _guess_one),
    Law("two-exponentials", ("k1", "A1", "k2", "A2"), "two reactions of first order side by side, the slower one first", _exponentials, _guess_two),
)  # fmt: skip


def laws_named(names: Sequence[str]) -> list[Law]:
    """These of LAWS, in their order; all where none is named. KeyError for a name that is none."""
    known = {law.name: law for law in LAWS}
    return [known[name] for name in known if name in {known[name].name for name in names}] if names else list(LAWS)
