"""Quantities with units, and what the units of a model are in those of a laboratory."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..errors import NothingToFit

BOLTZMANN = 8.617333262e-5
"""eV/K"""
KJ_PER_MOL = 96.48533212
"""of one eV"""

LENGTH = {"angstrom": 1e-8, "Å": 1e-8, "A": 1e-8, "pm": 1e-10, "nm": 1e-7, "um": 1e-4, "µm": 1e-4, "mm": 0.1, "cm": 1.0, "m": 100.0}
"""in cm"""
RATE = {"Hz": 1.0, "1/s": 1.0, "s^-1": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12, "1/min": 1 / 60, "1/h": 1 / 3600}
"""in 1/s"""
ENERGY = {"eV": 1.0, "meV": 1e-3, "kJ/mol": 1 / KJ_PER_MOL, "kcal/mol": 4.184 / KJ_PER_MOL, "J/mol": 1e-3 / KJ_PER_MOL, "K": BOLTZMANN}
"""in eV"""
TIME = {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0}
"""in s"""
TEMPERATURE = {"K": (1.0, 0.0), "C": (1.0, 273.15), "°C": (1.0, 273.15), "degC": (1.0, 273.15)}
"""factor and summand that make kelvin of it"""


def quantity(text: str, units: dict[str, float], option: str) -> float:
    """A positive number with its unit, in the unit that has the factor 1. NothingToFit with what is wrong."""
    found = re.fullmatch(r"\s*([-+]?[0-9.]+(?:[eE][-+]?\d+)?)\s*(\S.*?)?\s*", text)
    example = next(iter(units))
    if found is None:
        raise NothingToFit(f"{option}: '{text}' is no number with a unit, such as '1 {example}'")
    try:
        value = float(found.group(1))
    except ValueError:
        raise NothingToFit(f"{option}: '{found.group(1)}' is no number") from None
    unit = found.group(2)
    if unit is None:
        raise NothingToFit(f"{option}: '{text}' has no unit; write '{text.strip()} {example}' or another of {', '.join(units)}")
    if unit not in units:
        raise NothingToFit(f"{option}: '{unit}' is no unit of it; write one of {', '.join(units)}")
    if not (np.isfinite(value) and value > 0):
        raise NothingToFit(f"{option}: {value:g} must be above 0")
    return value * units[unit]


@dataclass(frozen=True)
class Units:
    """Of a job, in those of a laboratory. NaN: not known."""

    kelvin: float = np.nan
    """its temperature"""
    seconds: float = np.nan
    """its unit of time"""
    centimetres: float = np.nan
    """its lattice spacing"""


@dataclass(frozen=True)
class Laboratory:
    """What the units of a campaign are. NaN: not known."""

    spacing: float = np.nan
    """lattice spacing, cm"""
    attempts: float = np.nan
    """prefactor of the rate that is the inverse unit of time, 1/s"""
    barrier: float = 0.0
    """of that rate, eV"""
    energy: float = np.nan
    """the unit of energy, eV"""

    def units(self, temperature: float, energy_unit: str) -> Units:
        """Of a job at this k_BT in the unit of energy; where that is k_BT itself, kelvins are not known."""
        kelvin = np.nan if energy_unit == "kT" else temperature * self.energy / BOLTZMANN
        waits = np.exp(self.barrier / (BOLTZMANN * kelvin)) if self.barrier > 0 else 1.0
        return Units(kelvin, float(waits / self.attempts), self.spacing)
