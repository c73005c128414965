#!/usr/bin/python3
"""Draws an nxmc archive: phase fractions, time courses, snapshots, series of chains, curves with their transition, and maps.

Works while the campaign runs: what is not there yet is left out, and the picture says so.

A picture is PNG, PDF or SVG, as its name ends; it is there whole or not at all.

Examples:
    tools/plot.py out/quickstart.h5 --phases phases.png
    tools/plot.py out/quickstart.h5 --curves curves.pdf
    tools/plot.py out/quickstart.h5 --time time.png --snapshots snapshots.png --job 3f2a
    tools/plot.py out/quickstart.h5 --series series.png --column energy --where 'shell_stiffness == 6'
    tools/plot.py out/quickstart.h5 --map map.png --axes shell_stiffness,size
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    from nxmc import command  # first of all
    import matplotlib.pyplot as plt
    import pandas as pd
    from matplotlib.figure import Figure

    import nxmc
    from nxmc import chain_pictures, curves, gallery, histograms, maps, patterns, pictures, site_pictures
    from nxmc.program import Program, Row
except ImportError as error:
    sys.exit(
        f"plot.py: {sys.executable}: {error} Pictures need the Debian packages python3-h5py, python3-pandas, python3-xxhash and "
        "python3-matplotlib, which tools/install-dependencies installs for /usr/bin/python3."
    )


ENDINGS = (".png", ".pdf", ".svg")


def picture(name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() not in ENDINGS:
        raise argparse.ArgumentTypeError(f"{name}: a picture is PNG, PDF or SVG: end its name in {', '.join(ENDINGS)}")
    return path


def save(figure: Figure, path: Path) -> None:
    ending = path.suffix.lower().removeprefix(".")
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending)
    command.replace(path, lambda unfinished: figure.savefig(unfinished, format=ending, metadata=undated))
    plt.close(figure)
    print(path)


def chosen(arguments: argparse.Namespace, option: str) -> Any:
    return getattr(arguments, option.replace("-", "_"))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="archive that `nxmc run` wrote, or is writing; of --patterns the file of these")
    pictures = {
        "phases": "phase fractions against a parameter",
        "time": "composition and phase fractions against time",
        "snapshots": "configurations of one job",
        "areas": "how far local areas deviate in configurations of one job",
        "gallery": "each crystal when half of it is exchanged",
        "series": "what equilibrium chains measured along their sweeps",
        "curves": "phase fractions through all stiffnesses, reweighted, and the transition",
        "histogram": "how f_U is distributed at the transition",
        "free-energy": "the free energy of f_U at the transition",
        "map": "the dominant phase over two parameters, with its boundaries",
        "patterns": "powder patterns and how their peaks go on, of a file that `nxmc diffraction --output FILE.h5` wrote",
    }
    for name, meaning in pictures.items():
        parser.add_argument(f"--{name}", type=picture, metavar="PICTURE", help=meaning)
    parser.add_argument("--job", metavar="ID", help="job for --snapshots and --areas, or how its identity begins")
    parser.add_argument("--column", metavar="COLUMN", help="of --series (default: f_U)")
    parser.add_argument("--along", metavar="AXIS", help="axis of --curves, --histogram and --free-energy (default: shell_stiffness), of --phases (default: the one with the most values)")
    parser.add_argument("--split", type=float, metavar="F_U", help="of these, as of `nxmc diagram` (default: the histogram's valley)")
    parser.add_argument("--of", metavar="FRACTION", help="of these, as of `nxmc diagram`: f_U, f_S, f_C or c (default: c along delta_mu, else f_U in 2D, f_S in the bulk, f_C in 3D)")
    parser.add_argument("--axes", metavar="X,Y", help="of --map, as of `nxmc diagram --map` (default: shell_stiffness,size)")
    parser.add_argument("--where", metavar="CONDITION", help="of which jobs the pictures are, as of `nxmc query`")
    parser.add_argument("--nxmc", metavar="PROGRAM", help="the program that is asked: for --curves, --histogram, --free-energy, --map and --where")
    arguments = parser.parse_args()
    if not any(chosen(arguments, name) for name in pictures):
        parser.error("say what to draw: --" + ", --".join(pictures))
    if arguments.patterns and any(chosen(arguments, name) for name in pictures if name != "patterns"):
        parser.error("--patterns: a file of patterns is no archive; ask for its picture alone")
    belong = {
        ("job",): ("snapshots", "areas"),
        ("column",): ("series",),
        ("along",): ("curves", "histogram", "free-energy", "phases"),
        ("of",): ("curves", "histogram", "free-energy"),
        ("axes",): ("map",),
        ("split",): ("curves", "histogram", "free-energy", "map"),
    }
    for options, of in belong.items():
        if any(chosen(arguments, name) is not None for name in options) and not any(chosen(arguments, name) for name in of):
            parser.error(f"--{', --'.join(options)}: only for --{', --'.join(of)}")
    return arguments


def chosen_jobs(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> pd.DataFrame | None:
    """None: all."""
    if not arguments.where:
        return None
    rows = program.ask("query", arguments.archive, "--where", arguments.where, "--columns", "job")
    return pictures.jobs_named(archive, [row["job"] for row in rows])


def draw_series(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> Figure:
    try:
        return chain_pictures.draw_series(archive, arguments.column or "f_U", chosen_jobs(archive, program, arguments))
    except nxmc.QueryError as error:
        raise pictures.NothingToDraw(str(error)) from error


def draw_curves(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> Figure:
    axis = arguments.along or curves.AXES[0]
    told = curves.read_curves(program, arguments.archive, axis, arguments.where or "", arguments.split, arguments.of or "")
    return curves.draw_curves(told, pictures.progress_note(archive, "equilibrium"))


def read_histograms(program: Program, arguments: argparse.Namespace) -> tuple[list[Row], list[Row], str]:
    axis = arguments.along or curves.AXES[0]
    told = histograms.read_histograms(program, arguments.archive, axis, arguments.where or "", arguments.split, arguments.of or "")
    return *told, axis


def draw_free_energies(program: Program, arguments: argparse.Namespace) -> Figure:
    bins, _, axis = read_histograms(program, arguments)
    return histograms.draw_free_energies(bins, axis)


def draw_map(program: Program, arguments: argparse.Namespace) -> Figure:
    axes = arguments.axes or "shell_stiffness,size"
    return maps.draw_map(*maps.read_map(program, arguments.archive, axes, arguments.where or "", arguments.split), axes)


Wanted = list[tuple[Path | None, Callable[[], Figure]]]


def of_archive(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> Wanted:
    return [
        (arguments.phases, lambda: pictures.draw_phases(archive, chosen_jobs(archive, program, arguments), arguments.along)),
        (arguments.time, lambda: pictures.draw_time(archive, chosen_jobs(archive, program, arguments))),
        (arguments.snapshots, lambda: pictures.draw_snapshots(archive, arguments.job, chosen_jobs(archive, program, arguments))),
        (arguments.areas, lambda: site_pictures.draw_areas(archive, arguments.job, chosen_jobs(archive, program, arguments))),
        (arguments.gallery, lambda: gallery.draw_gallery(archive, chosen_jobs(archive, program, arguments))),
        (arguments.series, lambda: draw_series(archive, program, arguments)),
        (arguments.curves, lambda: draw_curves(archive, program, arguments)),
        (arguments.histogram, lambda: histograms.draw_histograms(*read_histograms(program, arguments))),
        (arguments.free_energy, lambda: draw_free_energies(program, arguments)),
        (arguments.map, lambda: draw_map(program, arguments)),
    ]


def main() -> int:
    arguments = parse_arguments()
    wanted: Wanted = [(arguments.patterns, lambda: patterns.draw_patterns(patterns.read_patterns(arguments.archive)))]
    if not arguments.patterns:
        program = Program(command.program_of(arguments.nxmc, __file__))
        try:
            wanted = of_archive(nxmc.open(arguments.archive), program, arguments)
        except nxmc.ArchiveError as error:
            print(f"plot.py: {error}", file=sys.stderr)
            return 1
    failures = 0
    with plt.rc_context(pictures.STYLE):
        for path, draw in wanted:
            if path is None:
                continue
            try:
                save(draw(), path)
            except pictures.NothingToDraw as reason:
                print(f"plot.py: {path} not drawn: {arguments.archive}: {reason}", file=sys.stderr)
                failures += 1
            except OSError as error:
                print(f"plot.py: {command.cannot_write(path, error)}", file=sys.stderr)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    command.run("plot.py", main)
