"""Conversion against time of one point, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .linear_exchange import LinearExchange
from .shapes import Shape
from .units import Units


@dataclass(frozen=True)
class Surface:
    """What the exact equation of a crystal needs to know besides the rate of swaps."""

    equation: LinearExchange
    to_b: float
    to_a: float
    """rates at which ions of the surface are exchanged when nothing interacts, in the inverse unit of time"""


@dataclass(frozen=True)
class Body:
    """What ions diffuse out of."""

    shape: Shape
    """lengths in the unit of length"""
    at_once: float = 0.0
    """conversion of the surface, which diffusion needs no time for"""
    outside: float = 0.0
    """conversion of what lies outside of the shape, which is that of the surface in a continuum; of sites at the surface a part lies inside"""
    final: float = 1.0
    """conversion in the end"""
    surface: Surface | None = None
    """of a crystal of the model"""

    def scaled(self, converted: np.ndarray) -> np.ndarray:
        """Conversion of the whole, given that of the shape."""
        return self.outside + (self.final - self.outside) * converted


@dataclass(frozen=True)
class Curve:
    """Conversions of one point. Times ascend and are not negative."""

    parameters: Mapping[str, object]
    """that name the point"""
    body: Body
    time: np.ndarray
    """shape (T,)"""
    conversion: np.ndarray
    """averages over trajectories; shape (T,)"""
    trajectories: np.ndarray | None = None
    """one by one, shape (n, T); None where they are not known"""
    error: np.ndarray | None = None
    """standard errors that somebody gives for points that are independent of each other, shape (T,)"""
    resolution: float = 0.0
    """conversion that one ion makes"""
    usual_range: tuple[float, float] = (0.0, 1.0)
    """of conversions that laws are fitted to where nothing else is asked for"""
    units: Units = Units()
    remarks: tuple[str, ...] = field(default=())

    @property
    def n(self) -> int:
        """Trajectories."""
        return 0 if self.trajectories is None else len(self.trajectories)

    @cached_property
    def standard_error(self) -> np.ndarray:
        """Of the averages; NaN where it is not known. Shape (T,)"""
        if self.trajectories is not None and self.n > 1:
            return np.asarray(self.trajectories.std(axis=0, ddof=1) / np.sqrt(self.n))
        return self.error if self.error is not None else np.full(len(self.time), np.nan)
