"""Conversions that users bring: a CSV with columns t and X, and perhaps error and temperature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import NothingToFit
from .curve import Body, Curve
from .units import TEMPERATURE, TIME, Units

NAMES = {
    "t": ("t", "time"),
    "X": ("x", "conversion"),
    "error": ("error", "x_err", "x_error", "err", "sigma"),
    "temperature": ("temperature", "temp"),
}
"""of columns, in small letters; `T` is the temperature, `t` the time"""
CONVERSION = {"%": 0.01}


def read_curves(path: Path, body: Body, temperature_unit: str = "K") -> list[Curve]:
    """A curve for each temperature, ascending, or one. Lengths of the body in cm. NothingToFit with the place of what is wrong.

    Headers may have units: `t (min)`, `T [C]`, `X (%)`; without them times are seconds, temperatures in `temperature_unit`.
    """
    table = _read(path)
    columns = _columns(path, list(table.columns))
    values = {name: _numbers(path, table, header, unit, name, temperature_unit) for name, (header, unit) in columns.items()}
    if "X" in values:
        _require(path, table, values["t"] >= 0, columns["t"][0], "a time must not be negative")
        _require(path, table, np.abs(values["X"]) <= 2, columns["X"][0], "a conversion is a fraction between 0 and 1; name the column 'X (%)' for per cent")
    if "error" in values:
        _require(path, table, values["error"] > 0, columns["error"][0], "an error must be above 0")
    if "temperature" not in values:
        return [_curve({}, np.nan, body, values, np.arange(len(table)))]
    _require(path, table, values["temperature"] > 0, columns["temperature"][0], "a temperature must be above 0 K")
    kelvins = np.unique(values["temperature"])
    return [_curve({"temperature": float(kelvin)}, float(kelvin), body, values, np.flatnonzero(values["temperature"] == kelvin)) for kelvin in kelvins]


def _curve(parameters: dict[str, object], kelvin: float, body: Body, values: dict[str, np.ndarray], rows: np.ndarray) -> Curve:
    rows = rows[np.argsort(values["t"][rows], kind="stable")]
    error = values["error"][rows] if "error" in values else None
    usual = (-np.inf, np.inf)
    return Curve(parameters, body, values["t"][rows], values["X"][rows], None, error, usual_range=usual, units=Units(kelvin, 1.0, 1.0))


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, skipinitialspace=True, comment="#", keep_default_na=False, encoding="utf-8-sig", sep=None, engine="python")
    except OSError as error:
        raise NothingToFit(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, pd.errors.ParserError, UnicodeError) as error:
        raise NothingToFit(f"{path}: is no table of comma-separated values: {str(error).splitlines()[0]}") from error
    except Exception as error:  # csv.Error of a sniffer that finds no separator
        raise NothingToFit(f"{path}: is no table of comma-separated values: {error}") from error
    if table.empty:
        raise NothingToFit(f"{path}: has no rows below its header")
    return table


def _columns(path: Path, headers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Header and unit (empty where there is none) of each column that is known."""
    found: dict[str, tuple[str, str]] = {}
    for header in headers:
        once = re.sub(r"\.\d+$", "", str(header))  # as pandas calls the second column of a name
        word, unit = _split(once if once in headers else str(header))
        named = ["temperature"] if word == "T" else [name for name, words in NAMES.items() if word.lower() in words]
        if not named:
            continue
        (name,) = named
        if name in found:
            raise NothingToFit(f"{path}: the columns '{found[name][0]}' and '{header}' are both {name}")
        found[name] = (str(header), unit)
    for name in ("t", "X"):
        if name not in found:
            raise NothingToFit(f"{path}: no column is called {name} or {NAMES[name][1]}; the columns are {', '.join(map(str, headers))}")
    return found


def _split(header: str) -> tuple[str, str]:
    """Name and unit of `t (min)`, `t [min]`, `t / min` or `t_min`."""
    match = re.fullmatch(r"\s*([A-Za-z]+(?:_err(?:or)?)?)\s*(?:[\[(/_]\s*([^\])]+?)\s*[\])]?)?\s*", header)
    return (match.group(1), match.group(2) or "") if match else (header.strip(), "")


def _numbers(path: Path, table: pd.DataFrame, header: str, unit: str, name: str, temperature_unit: str) -> np.ndarray:
    values = pd.to_numeric(table[header], errors="coerce").to_numpy(float)
    _require(path, table, np.isfinite(values), header, "is no number")
    known: dict[str, tuple[float, float]]
    if name == "t":
        known = {each: (factor, 0.0) for each, factor in TIME.items()} | {"": (1.0, 0.0)}
    elif name == "temperature":
        known = TEMPERATURE | {"": TEMPERATURE[temperature_unit]}
    else:
        known = {each: (factor, 0.0) for each, factor in CONVERSION.items()} | {"": (1.0, 0.0)}
    if unit not in known:
        raise NothingToFit(f"{path}: column '{header}': '{unit}' is no unit of it; write one of {', '.join(each for each in known if each)}")
    factor, summand = known[unit]
    return np.asarray(values * factor + summand)


def _require(path: Path, table: pd.DataFrame, holds: np.ndarray, header: str, reason: str) -> None:
    wrong = np.flatnonzero(~holds)
    if len(wrong) > 0:
        row = int(wrong[0])
        raise NothingToFit(f"{path}: row {row + 1} below the header, column '{header}': '{table[header].iloc[row]}': {reason}")
