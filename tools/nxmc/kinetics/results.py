"""Rows that are printed: fits, their residuals, Arrhenius lines. Every row of a kind has the same columns; None or NaN where there is nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from .arrhenius import Line, line_through
from .curve import Curve
from .fit import Fit, Wanted, differences, fit_all
from .laws import LAWS, Law
from .units import BOLTZMANN, KJ_PER_MOL

Row = dict[str, object]

COEFFICIENTS = tuple(dict.fromkeys(name for law in LAWS for name in law.coefficients))
PHYSICAL = ("K", "D_cm2_s", "D_cm2_s_err")
"""columns that need the units of a laboratory"""
SHOWN_OF_FITS = ("n", "K", "model", "D", "D_err", "D_cm2_s", "D_cm2_s_err", "k1", "k1_err", "A1", "A1_err", "k2", "k2_err", "A2", "A2_err", "rms", "delta_aic", "holds_from", "holds_to", "remark")
SHOWN_OF_LINES = ("model", "coefficient", "points", "E_a", "E_a_err", "energy_unit", "barrier", "prefactor", "prefactor_unit", "ln_prefactor_err", "chi2", "remark")
ALONG = ("temperature", "energy_unit")
"""what differs between the points of an Arrhenius line"""


@dataclass(frozen=True)
class Fitted:
    """A curve and the laws that were fitted to it."""

    curve: Curve
    fits: list[Fit]


def fit_curves(curves: Iterable[Curve], laws: list[Law], wanted: Wanted) -> Iterator[Fitted]:
    """One after the other, so that memory does not grow with them."""
    for curve in curves:
        yield Fitted(curve, fit_all(curve, laws, wanted))


def rows_of_fits(fitted: Fitted) -> list[Row]:
    """A row for each law."""
    curve, above = fitted.curve, differences(fitted.fits)
    to_physical = curve.centimetres**2 / curve.seconds
    rows: list[Row] = []
    for fit, difference in zip(fitted.fits, above):
        row: Row = dict(curve.parameters) | {"n": curve.n, "times": fit.times, "K": curve.kelvin, "model": fit.law.name}
        coefficients: Row = {}
        for name in COEFFICIENTS:
            coefficients |= {name: np.nan, f"{name}_err": np.nan}
        if fit.found:
            for name, value, error in zip(fit.law.coefficients, fit.values, fit.errors):
                coefficients |= {name: float(value), f"{name}_err": float(error)}
        row |= {"D": coefficients.pop("D"), "D_err": coefficients.pop("D_err")}
        row |= {"D_cm2_s": _product(row["D"], to_physical), "D_cm2_s_err": _product(row["D_err"], to_physical)}
        row |= coefficients
        row |= {"rms": fit.rms, "largest": fit.largest, "chi2": fit.chi2, "freedom": fit.freedom, "aic": fit.aic, "delta_aic": float(difference)}
        row |= {"holds_from": fit.holds[0], "holds_to": fit.holds[1], "holds_from_t": fit.holds_at[0], "holds_to_t": fit.holds_at[1]}
        rows.append(row | {"remark": "; ".join([*([fit.remark] if fit.remark else []), *curve.remarks])})
    return rows


def _product(value: object, factor: float) -> float:
    return float(value) * factor if isinstance(value, float) else np.nan


def rows_of_residuals(fitted: Fitted) -> Iterator[Row]:
    """A row for each law that was found and time."""
    curve = fitted.curve
    for fit in fitted.fits:
        if not fit.found:
            continue
        for time, seen, error, predicted in zip(curve.time, curve.conversion, curve.standard_error, fit.predicted):
            yield dict(curve.parameters) | {
                "model": fit.law.name, "t": float(time), "X": float(seen), "X_err": float(error), "X_model": float(predicted), "residual": float(seen - predicted),
            }  # fmt: skip


@dataclass
class _Point:
    inverse: float
    value: float
    error: float


@dataclass
class Lines:
    """Collects the coefficients of points, and draws Arrhenius lines through those that differ in the temperature alone."""

    barrier: float = np.nan
    """of the rate that is the inverse unit of time, eV; NaN: not known"""
    _points: defaultdict[tuple[tuple[str, str], ...], list[tuple[Mapping[str, object], str, str, _Point, bool]]] = field(default_factory=lambda: defaultdict(list))
    _temperatures: defaultdict[tuple[tuple[str, str], ...], set[float]] = field(default_factory=lambda: defaultdict(set))

    def add(self, fitted: Fitted) -> None:
        """The coefficients of a point that has a temperature."""
        curve = fitted.curve
        temperature = curve.parameters.get("temperature")
        if not isinstance(temperature, float) or curve.parameters.get("energy_unit") == "kT" and not np.isfinite(curve.kelvin):
            return
        key = tuple((name, str(value)) for name, value in curve.parameters.items() if name not in ALONG)
        self._temperatures[key].add(temperature)
        is_physical = bool(np.isfinite(curve.kelvin) and np.isfinite(curve.seconds))
        inverse = 1 / (BOLTZMANN * curve.kelvin) if is_physical else 1 / temperature
        for fit in fitted.fits:
            if not fit.found:
                continue
            for name, value, error in zip(fit.law.coefficients, fit.values, fit.errors):
                if name.startswith("A"):
                    continue
                factor = 1.0
                if is_physical:
                    factor = (curve.centimetres**2 if name == "D" and np.isfinite(curve.centimetres) else 1.0) / curve.seconds
                self._points[key].append((curve.parameters, fit.law.name, name, _Point(inverse, float(value) * factor, float(error) * factor), is_physical))

    def __iter__(self) -> Iterator[tuple[Row, np.ndarray, np.ndarray, np.ndarray, Line, bool]]:
        """Of each line: its row, 1/(k_BT), values and errors of its points, the line, and whether it is in physical units."""
        for key, points in self._points.items():
            if len(self._temperatures[key]) < 2:
                continue
            of: defaultdict[tuple[str, str], list[_Point]] = defaultdict(list)
            for _, model, name, point, _ in points:
                of[model, name].append(point)
            parameters = {name: value for name, value in points[0][0].items() if name not in ALONG}
            is_physical = points[0][4]
            for (model, name), each in of.items():
                inverse, values, errors = (np.array([getattr(point, of_point) for point in each]) for of_point in ("inverse", "value", "error"))
                line = line_through(inverse, values, errors)
                yield self._row(parameters, str(points[0][0].get("energy_unit", "")), model, name, line, is_physical), inverse, values, errors, line, is_physical

    def _row(self, parameters: Row, energy_unit: str, model: str, name: str, line: Line, is_physical: bool) -> Row:
        factor = KJ_PER_MOL if is_physical else 1.0
        unit = "kJ/mol" if is_physical else energy_unit
        if name == "D":
            unit_of_prefactor = "cm²/s" if is_physical else "a²/time_unit"
        else:
            unit_of_prefactor = "1/s" if is_physical else "1/time_unit"
        return dict(parameters) | {
            "model": model, "coefficient": name, "points": line.points, "E_a": line.energy * factor, "E_a_err": line.energy_error * factor, "energy_unit": unit,
            "barrier": self.barrier * KJ_PER_MOL if is_physical else np.nan,
            "prefactor": line.prefactor, "prefactor_unit": unit_of_prefactor, "ln_prefactor": line.logarithm, "ln_prefactor_err": line.logarithm_error,
            "chi2": line.chi2, "freedom": line.freedom, "remark": line.remark,
        }  # fmt: skip
