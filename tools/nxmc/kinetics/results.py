"""Rows that are printed: fits, their residuals, Arrhenius lines. Every row of a kind has the same columns; None or NaN where there is nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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
SHOWN_OF_LINES = ("model", "coefficient", "points", "E_a", "E_a_err", "unit", "barrier", "prefactor", "prefactor_unit", "ln_prefactor_err", "chi2", "remark")
TEMPERATURE = ("temperature", "energy_unit")
"""what differs between the points of an Arrhenius line"""
MAY_GO_ALONG = (("delta_mu", "rate_diffusion", "exchange_until"), ("rate_diffusion", "exchange_until"), ())
"""what else may, if each temperature has one value of it: what a campaign gives in kelvin, eV and seconds"""


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
    to_physical = curve.units.centimetres**2 / curve.units.seconds
    rows: list[Row] = []
    for fit, difference in zip(fitted.fits, above):
        row: Row = dict(curve.parameters) | {"n": curve.n, "times": fit.times, "K": curve.units.kelvin, "model": fit.law.name}
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


@dataclass(frozen=True)
class _Point:
    """Coefficients of one curve, in units of a laboratory or of the model."""

    parameters: Mapping[str, object]
    inverse: float
    """1/(k_BT)"""
    swaps: float
    """their rate"""
    coefficients: list[tuple[str, str, float, float]]
    """law, name, value, error"""


@dataclass(frozen=True)
class ArrheniusLine:
    """A line with its points."""

    row: Row
    inverse: np.ndarray
    """1/(k_BT)"""
    values: np.ndarray
    errors: np.ndarray
    line: Line
    is_physical: bool


class Lines:
    """Collects the coefficients of points, and draws Arrhenius lines through those that differ in the temperature alone."""

    def __init__(self) -> None:
        self._points: defaultdict[tuple[bool, tuple[str, ...]], list[_Point]] = defaultdict(list)

    def add(self, fitted: Fitted) -> None:
        """The coefficients of a curve that has a temperature."""
        curve, units = fitted.curve, fitted.curve.units
        is_physical = bool(np.isfinite(units.kelvin) and np.isfinite(units.seconds))
        if "temperature" not in curve.parameters or curve.parameters.get("energy_unit") == "kT" and not is_physical:
            return
        inverse = 1 / (BOLTZMANN * units.kelvin) if is_physical else 1 / float(str(curve.parameters["temperature"]))
        rate = 1 / units.seconds if is_physical else 1.0
        area = units.centimetres**2 if is_physical and np.isfinite(units.centimetres) else 1.0
        coefficients = [
            (fit.law.name, name, float(value) * rate * (area if name == "D" else 1.0), float(error) * rate * (area if name == "D" else 1.0))
            for fit in fitted.fits
            for name, value, error in zip(fit.law.coefficients, fit.values, fit.errors)
            if not name.startswith("A")
        ]
        swaps = float(str(curve.parameters.get("rate_diffusion", "nan"))) * rate
        others = tuple(str(value) for name, value in curve.parameters.items() if name not in (*TEMPERATURE, *MAY_GO_ALONG[0]))
        self._points[is_physical, others].append(_Point(curve.parameters, inverse, swaps, coefficients))

    def __iter__(self) -> Iterator[ArrheniusLine]:
        for (is_physical, _), points in self._points.items():
            for each in _of_one_line(points):
                if len({point.inverse for point in each}) > 1:
                    yield from self._lines(each, is_physical)

    def _lines(self, points: list[_Point], is_physical: bool) -> Iterator[ArrheniusLine]:
        of: defaultdict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
        for point in points:
            for law, name, value, error in point.coefficients:
                of[law, name].append((point.inverse, value, error))
        for (law, name), each in of.items():
            inverse, values, errors = np.array(each).T
            line = line_through(inverse, values, errors)
            yield ArrheniusLine(self._row(points, law, name, line, is_physical), inverse, values, errors, line, is_physical)

    def _row(self, points: list[_Point], law: str, name: str, line: Line, is_physical: bool) -> Row:
        factor = KJ_PER_MOL if is_physical else 1.0
        first = points[0].parameters
        same: Row = {
            key: value if len({str(point.parameters[key]) for point in points}) == 1 else None for key, value in first.items() if key not in TEMPERATURE
        }
        unit = ("cm²/" if is_physical else "a²/") if name == "D" else "1/"
        unit += "s" if is_physical else "time_unit"
        return same | {
            "model": law, "coefficient": name, "points": line.points, "E_a": line.energy * factor, "E_a_err": line.energy_error * factor,
            "unit": "kJ/mol" if is_physical else str(first.get("energy_unit", "")), "barrier": _barrier(points) * factor if is_physical else np.nan,
            "prefactor": line.prefactor, "prefactor_unit": unit, "ln_prefactor": line.logarithm, "ln_prefactor_err": line.logarithm_error,
            "chi2": line.chi2, "freedom": line.freedom, "remark": line.remark,
        }  # fmt: skip


def _of_one_line(points: list[_Point]) -> list[list[_Point]]:
    """Points that agree in all that does not go along with the temperature."""
    parts: list[list[_Point]] = []
    for along in MAY_GO_ALONG:
        apart: defaultdict[tuple[str, ...], list[_Point]] = defaultdict(list)
        for point in points:
            apart[tuple(str(point.parameters.get(name)) for name in MAY_GO_ALONG[0] if name not in along)].append(point)
        parts = list(apart.values())
        if all(len({point.inverse for point in part}) == len(part) for part in parts):
            return parts
    return parts


def _barrier(points: list[_Point]) -> float:
    """Of swaps, whose rate follows Arrhenius exactly; eV. NaN where it is not known."""
    low, high = (end(points, key=lambda point: point.inverse) for end in (min, max))
    if not (low.swaps > 0 and high.swaps > 0):
        return np.nan
    return float(np.log(low.swaps / high.swaps) / (high.inverse - low.inverse))
