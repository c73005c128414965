#!/usr/bin/python3
"""Fits laws of diffusion and reaction to conversions against time: those of an archive's exchange jobs, or of a table of your own.

Works while the campaign runs: what is not there yet is left out, and remarks say so.

Examples:
    tools/kinetics.py out/quickstart.h5
    tools/kinetics.py out/quickstart.h5 --model lattice,sphere --range X=0.3:0.9 --output kinetics.png
    tools/kinetics.py out/hot.h5 --arrhenius --lattice-constant '6.1 angstrom' --attempt-rate '1e13 Hz' --barrier '0.5 eV' --energy '31 meV'
    tools/kinetics.py --data mine.csv --radius '3.55 nm' --arrhenius
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

try:
    from nxmc import command  # first of all
    import numpy as np
    import pandas as pd

    import nxmc
    from nxmc.errors import NothingToDraw, NothingToFit
    from nxmc.kinetics import of_archive, of_table, printed, results, units
    from nxmc.kinetics.curve import Body, Curve
    from nxmc.kinetics.fit import Range, Wanted
    from nxmc.kinetics.laws import LAWS, Law, laws_named
    from nxmc.kinetics.results import Fitted, Lines, Row
    from nxmc.kinetics.shapes import LENGTHS, MEANING, Shape
    from nxmc.program import Program
except ImportError as error:
    sys.exit(
        f"kinetics.py: {sys.executable}: {error} Fits need the Debian packages python3-h5py, python3-pandas, python3-scipy, python3-xxhash and, "
        "for pictures, python3-matplotlib, which tools/install-dependencies installs for /usr/bin/python3."
    )

PICTURES = (".png", ".pdf", ".svg")
MAX_ROWS_OF_TABLE = 20000
PANELS = 9


def parse_arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, nargs="?", help="archive that `nxmc run` wrote, or is writing")
    parser.add_argument("--data", type=Path, metavar="FILE", help="instead: a table of your own with columns t, X and perhaps error, temperature (CSV)")
    parser.add_argument("--model", default="", metavar="MODELS", help=f"only these, separated by commas: {', '.join(law.name for law in LAWS)}")
    parser.add_argument("--range", metavar="RANGE", help="of conversions or times that are fitted: X=0.2:0.9, t=300:5000 (default: from the surface's share to 0.99; all of a table)")
    parser.add_argument("--tolerance", default="0.02", metavar="NUMBER", help="a law holds where it deviates by less in X, or by less than two standard errors (default: 0.02)")
    parser.add_argument("--weights", choices=("equal", "errors"), help="of points (default: equal for trajectories, errors for a table that has some)")
    parser.add_argument("--where", metavar="CONDITION", help="of which jobs, as of `nxmc query`")
    parser.add_argument("--shape", metavar="SHAPE", help=f"of the crystals of a table: {', '.join(LENGTHS)} (default: sphere)")
    parser.add_argument("--radius", "--length", dest="length", metavar="LENGTH", help="of these: '3.55 nm'; thickness of a slab, edge of a cube or hexagon, radius and height of a cylinder, three edges of a box: '5 nm,5 nm,30 nm'")
    parser.add_argument("--at-once", metavar="X", help="conversion of the surface at the beginning, of a table (default: 0)")
    parser.add_argument("--final", metavar="X", help="conversion in the end, of a table (default: 1)")
    parser.add_argument("--temperature-unit", choices=sorted(units.TEMPERATURE), help="of a table whose header names none (default: K)")
    parser.add_argument("--material", metavar="FILE", help="what an archive's crystals are made of, as `nxmc material` reads it: lattice spacing and unit of energy")
    parser.add_argument("--lattice-constant", metavar="LENGTH", help="the lattice spacing of an archive: '5.94 angstrom'")
    parser.add_argument("--attempt-rate", metavar="RATE", help="what an archive's inverse unit of time is: '1e13 Hz', times exp(−barrier/k_BT)")
    parser.add_argument("--barrier", metavar="ENERGY", help="of that rate: '0.5 eV'")
    parser.add_argument("--energy", metavar="ENERGY", help="what an archive's unit of energy is: '31 meV'")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--arrhenius", action="store_true", help="instead: a row for each line through coefficients at several temperatures")
    kind.add_argument("--residuals", action="store_true", help="instead: a row for each law and time")
    parser.add_argument("--columns", default="", metavar="COLUMNS", help="only these, separated by commas")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument("--output", type=Path, metavar="PICTURE", help="instead of rows a picture: PNG, PDF or SVG, as its name ends")
    parser.add_argument("--nxmc", metavar="PROGRAM", help="the program that is asked for --where")
    return parser.parse_args(words)


def number(text: str, option: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise NothingToFit(f"{option}: '{text}' is no number") from None
    if not low <= value <= high:
        raise NothingToFit(f"{option}: {text} is not between {low:g} and {high:g}")
    return value


def range_of(text: str | None) -> Range | None:
    if text is None:
        return None
    name, equals, ends = text.partition("=")
    if not equals:
        name, ends = "X", text
    low, colon, high = ends.partition(":")
    if name not in ("X", "t") or not colon:
        raise NothingToFit(f"--range: '{text}' is no range; write X=0.2:0.9 or t=300:5000")
    found = Range(name, number(low, "--range", -1e300, 1e300) if low else -1e300, number(high, "--range", -1e300, 1e300) if high else 1e300)
    if not found.low < found.high:
        raise NothingToFit(f"--range: {low} is not below {high}")
    return found


def laws_of(text: str) -> list[Law]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = [law.name for law in LAWS]
    for name in names:
        if name not in known:
            raise NothingToFit(f"--model: there is no model '{name}'; the models are {', '.join(known)}")
    return laws_named(names)


def body_of(arguments: argparse.Namespace) -> Body:
    """Of a table."""
    name = arguments.shape or "sphere"
    if name not in LENGTHS:
        raise NothingToFit(f"--shape: there is no shape '{name}'; the shapes are {', '.join(LENGTHS)}")
    if arguments.length is None:
        raise NothingToFit(f"--data: say how large the crystals are: --radius '3.55 nm' ({MEANING[name]})")
    lengths = tuple(units.quantity(length, units.LENGTH, "--radius") for length in arguments.length.split(","))
    if len(lengths) != LENGTHS[name]:
        raise NothingToFit(f"--radius: a {name} has {LENGTHS[name]} ({MEANING[name]}), not {len(lengths)}")
    at_once, final = number(arguments.at_once or "0", "--at-once", 0, 0.99), number(arguments.final or "1", "--final", 0.01, 1)
    if not at_once < final:
        raise NothingToFit(f"--final: {final:g} is not above the {at_once:g} of --at-once")
    return Body(Shape(name, lengths), at_once, at_once, final)


def laboratory_of(arguments: argparse.Namespace) -> units.Laboratory:
    known: dict[str, float] = {}
    for option, name, of in (("lattice_constant", "spacing", units.LENGTH), ("attempt_rate", "attempts", units.RATE), ("barrier", "barrier", units.ENERGY), ("energy", "energy", units.ENERGY)):
        text = getattr(arguments, option)
        if text is not None:
            known[name] = units.quantity(text, of, f"--{option.replace('_', '-')}")
    if "barrier" in known and ("attempts" not in known or "energy" not in known and arguments.material is None):
        raise NothingToFit("--barrier: needs --attempt-rate, which it belongs to, and --energy or --material, which tell the temperature in kelvin")
    return units.Laboratory(**known)


def require_options_that_fit(arguments: argparse.Namespace) -> None:
    of_tables = ("shape", "length", "at_once", "final", "temperature_unit")
    of_archives = ("where", "material", "lattice_constant", "attempt_rate", "barrier", "energy")
    if (arguments.archive is None) == (arguments.data is None):
        raise NothingToFit("name an archive, or a table with --data" if arguments.data is None else "name either an archive or --data")
    for option in of_archives if arguments.data is not None else of_tables:
        if getattr(arguments, option) is not None:
            word = "radius" if option == "length" else option.replace("_", "-")
            raise NothingToFit(f"--{word}: only for {'an archive' if arguments.data is not None else '--data'}")
    if arguments.output is not None and arguments.output.suffix.lower() not in PICTURES:
        raise NothingToFit(f"--output: {arguments.output} is no name of a picture; end it in {', '.join(PICTURES)}")
    if arguments.output is not None and (arguments.residuals or arguments.columns):
        raise NothingToFit(f"--output: a picture has no {'rows of --residuals; it shows residuals anyhow' if arguments.residuals else '--columns'}")


def read(arguments: argparse.Namespace, laboratory: units.Laboratory) -> tuple[int, Iterator[Curve]]:
    """How many points there are, and their curves."""
    if arguments.data is not None:
        curves = of_table.read_curves(arguments.data, body_of(arguments), arguments.temperature_unit or "K")
        return len(curves), iter(curves)
    archive = nxmc.open(arguments.archive)
    program = Program(command.program_of(arguments.nxmc, __file__))
    jobs = None
    if arguments.where:
        names = {str(row["job"]) for row in program.ask("query", arguments.archive, "--where", arguments.where, "--columns", "job")}
        every = archive.jobs(["job"])
        jobs = every[every["job"].isin(names)]
    points = of_archive.points_of(archive, jobs)
    return len(points), of_archive.curves_of(archive, points, units_of_jobs(archive, program, laboratory, arguments.material))


def units_of_jobs(archive: nxmc.Archive, program: Program, laboratory: units.Laboratory, material: str | None) -> Callable[[pd.Series], units.Units]:
    """As options say; what they do not say is asked for where the campaign has a material."""
    told: dict[str, Row] = {}
    length = np.nan
    of_material = {} if material is None else units_of_material(program, material)
    if re.search(r"^\s*\"?material\"?\s*:", archive.text, re.MULTILINE):
        told = {str(row["job"]): dict(row) for row in program.ask("query", archive.path, "--columns", "job,kelvin,unit_length,unit_time")}
        unit_of = {str(row["column"]): str(row["unit"]) for row in program.ask("query", archive.path, "--describe")}
        length = units.LENGTH[unit_of["unit_length"]]

    every = archive.jobs(["job", "lattice"])
    is_flat = dict(zip(every["lattice"].astype(str), archive.are_flat(every)))

    def units_of(job: pd.Series) -> units.Units:
        energy_unit = str(job["energy_unit"])
        spacing, energy = of_material.get((is_flat[str(job["lattice"])], energy_unit), (np.nan, np.nan))
        complete = units.Laboratory(
            laboratory.spacing if np.isfinite(laboratory.spacing) else spacing,
            laboratory.attempts,
            laboratory.barrier,
            laboratory.energy if np.isfinite(laboratory.energy) else energy,
        )
        by_options = complete.units(float(job["temperature"]), energy_unit)
        row = told.get(str(job["job"]), {})

        def known(value: float, name: str, factor: float) -> float:
            given = row.get(name)
            return value if np.isfinite(value) or not isinstance(given, (int, float)) else given * factor

        return units.Units(
            known(by_options.kelvin, "kelvin", 1.0), known(by_options.seconds, "unit_time", 1.0), known(by_options.centimetres, "unit_length", length)
        )

    return units_of


def units_of_material(program: Program, file: str) -> dict[tuple[bool, str], tuple[float, float]]:
    """Lattice spacing in cm and unit of energy in eV, in 2D or not, for each unit of energy of jobs; NaN: not known."""
    found: dict[tuple[str, str], float] = {}
    for row in program.ask("material", file):
        factor = units.LENGTH.get(str(row["unit"])) or units.ENERGY.get(str(row["unit"]))
        if row["quantity"] in ("spacing", "epsilon", "J") and factor:
            found[str(row["of"]), str(row["quantity"])] = float(row["value"]) * factor
    return {
        (dimension == "2D", energy_unit): (found.get((dimension, "spacing"), np.nan), found.get((dimension, energy_unit), np.nan))
        for dimension in ("2D", "3D")
        for energy_unit in ("epsilon", "J", "kT")
    }


def columns_of(asked: str, known: Iterable[str], shown: Iterable[str], rows: list[Row]) -> list[str]:
    """Those that were asked for; else, where `rows` are to be shown as a table, parameters that vary and `shown` where there is something."""
    every = list(known)
    if asked:
        names = [name.strip() for name in asked.split(",")]
        for name in names:
            if name not in every:
                raise nxmc.errors.unknown_column(name, every)
        return names
    order = list(shown)
    parameters = [name for name in every[: every.index("n" if "n" in every else "model")] if name not in order]
    varying = [name for name in parameters if len({str(row[name]) for row in rows}) > 1 or name == "temperature"]
    return varying + [name for name in order if any(not printed.is_missing(row[name]) for row in rows)]


class Collected:
    """Passes fits on, and keeps what comes after them: lines, the first points, whether there was anything."""

    def __init__(self, fitted: Iterator[Fitted], lines: Lines) -> None:
        self._fitted, self.lines = fitted, lines
        self.first: list[Fitted] = []
        self.points = 0
        self.reasons: dict[str, str] = {}
        self.found = False

    def __iter__(self) -> Iterator[Fitted]:
        for fitted in self._fitted:
            self.points += 1
            self.lines.add(fitted)
            if len(self.first) < PANELS:
                self.first.append(fitted)
            for fit in fitted.fits:
                self.found = self.found or fit.found
                if not fit.found and (fit.remark in self.reasons or len(self.reasons) < 5):
                    self.reasons.setdefault(fit.remark, fit.law.name)
            yield fitted

    def require_something(self, what: object) -> None:
        """Before anything is printed of a table, and at the end otherwise."""
        if not self.found:
            raise NothingToFit(f"{what}: no model was found for any of {self.points} {'point' if self.points == 1 else 'points'}: {'; '.join(self._told()) or 'nothing was to be fitted'}")

    def _told(self) -> list[str]:
        """Reasons, with the model where there are several."""
        return list(self.reasons) if len(self.reasons) == 1 else [f"{model}: {reason}" for reason, model in self.reasons.items()]


def tell(pieces: Iterable[str]) -> None:
    for piece in pieces:
        sys.stdout.write(piece)
    sys.stdout.flush()


def print_rows(arguments: argparse.Namespace, collected: Collected, points: int) -> None:
    source = arguments.data or arguments.archive
    if arguments.arrhenius:
        for _ in collected:
            pass
        collected.require_something(source)
        rows: Iterable[Row] = [line.row for line in collected.lines]
        if not rows:
            raise NothingToFit(f"{source}: no points differ in temperature alone: an Arrhenius line needs two temperatures")
    elif arguments.residuals:
        rows = (row for fitted in collected for row in results.rows_of_residuals(fitted))
    else:
        rows = (row for fitted in collected for row in results.rows_of_fits(fitted))
    if arguments.format == "table":
        print_table(arguments, collected, rows, points)
        return
    stream = iter(rows)
    first = next(stream, None)
    if first is None:
        collected.require_something(source)
        raise NothingToFit(f"{source}: there is nothing to print")
    names = columns_of(arguments.columns, first, first, [first]) if arguments.columns else list(first)
    every = _chained(first, stream)
    tell((printed.as_csv if arguments.format == "csv" else printed.as_json)(every, names))
    collected.require_something(source)


def _chained(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def print_table(arguments: argparse.Namespace, collected: Collected, rows: Iterable[Row], points: int) -> None:
    source = arguments.data or arguments.archive
    if not arguments.arrhenius and points * len(LAWS) > MAX_ROWS_OF_TABLE:
        raise NothingToFit(f"{source}: {points} points are too many for a table: choose some with --where, or take --format csv")
    kept: list[Row] = []
    for row in rows:
        kept.append(row)
        if len(kept) > MAX_ROWS_OF_TABLE:
            raise NothingToFit(f"{source}: more than {MAX_ROWS_OF_TABLE} rows are too many for a table: choose some with --where, or take --format csv")
    collected.require_something(source)
    of_fits = [name for name in results.SHOWN_OF_FITS if arguments.data is None or name not in ("n", "K", "D", "D_err")]
    shown = results.SHOWN_OF_LINES if arguments.arrhenius else ("model", "t", "X", "X_err", "X_model", "residual") if arguments.residuals else of_fits
    tell([printed.as_table(kept, columns_of(arguments.columns, kept[0], shown, kept))])
    lines = [line.row for line in collected.lines]
    if lines and not (arguments.arrhenius or arguments.residuals or arguments.columns):
        tell(["\n", printed.as_table(lines, columns_of("", lines[0], results.SHOWN_OF_LINES, lines))])


def draw(arguments: argparse.Namespace, collected: Collected, wanted: Wanted, points: int) -> None:
    import matplotlib.pyplot as plt

    from nxmc import pictures as style
    from nxmc import undated
    from nxmc.kinetics import pictures

    for _ in collected:
        if not arguments.arrhenius and len(collected.first) == PANELS:
            break
    collected.require_something(arguments.data or arguments.archive)
    with plt.rc_context(style.STYLE):
        figure = pictures.draw_lines(collected.lines) if arguments.arrhenius else pictures.draw_fits(collected.first, wanted, points)
        try:
            command.replace(arguments.output, lambda unfinished: undated.save(figure, unfinished, arguments.output.suffix))
        except OSError as error:
            raise NothingToFit(command.cannot_write(arguments.output, error)) from error
        plt.close(figure)
    print(arguments.output)


def main(words: list[str] | None = None) -> int:
    """`words`: of the command line; None: those of this process."""
    arguments = parse_arguments(words)
    try:
        require_options_that_fit(arguments)
        laws = laws_of(arguments.model)
        wanted = Wanted(range_of(arguments.range), arguments.weights, number(arguments.tolerance, "--tolerance", 1e-9, 1))
        laboratory = laboratory_of(arguments)
        points, curves = read(arguments, laboratory)
        collected = Collected(results.fit_curves(curves, laws, wanted), Lines())
        if arguments.output is not None:
            draw(arguments, collected, wanted, points)
        else:
            print_rows(arguments, collected, points)
    except (nxmc.ArchiveError, nxmc.QueryError, NothingToDraw, NothingToFit) as error:
        print(f"kinetics.py: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read it has seen enough
        sys.stderr.close()
        return 1
    except OSError as error:
        print(f"kinetics.py: cannot write to standard output: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    command.run("kinetics.py", main)
