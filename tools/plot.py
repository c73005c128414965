#!/usr/bin/python3
"""Draws an nxmc archive: phase fractions, time courses, snapshots, series of chains, curves with their transition, and maps.

Works while the campaign runs: what is not there yet is left out, and the picture says so.

A picture is PNG, PDF or SVG, as its name ends; it is there whole or not at all. A movie is MP4, GIF or a sequence of PNG.

Examples:
    tools/plot.py out/quickstart.h5 --phases phases.png
    tools/plot.py out/quickstart.h5 --curves curves.pdf
    tools/plot.py out/quickstart.h5 --time time.png --snapshots snapshots.png --job 3f2a
    tools/plot.py out/quickstart.h5 --series series.png --column energy --where 'shell_stiffness == 6'
    tools/plot.py out/quickstart.h5 --map map.png --axes shell_stiffness,size
    tools/plot.py first.h5 second.h5 --xy both.png --x shell_stiffness --y f_U --color size
    tools/plot.py out/quickstart.h5 --time time.png --inset --style paper --data time.csv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

try:
    from nxmc import command  # first of all
    import matplotlib.pyplot as plt
    import pandas as pd
    from matplotlib.figure import Figure

    import nxmc
    from nxmc import chain_pictures, column_pictures, curves, gallery, histograms, maps, movies, paper_style, patterns, picture_data, pictures
    from nxmc import profile_pictures, site_pictures, solid_pictures, undated
    from nxmc.verdicts import read_verdicts
    from nxmc.program import Program, Row
except ImportError as error:
    sys.exit(
        f"plot.py: {sys.executable}: {error} Pictures need the Debian packages python3-h5py, python3-pandas, python3-xxhash and "
        "python3-matplotlib, which tools/install-dependencies installs for /usr/bin/python3."
    )


ENDINGS = (".png", ".pdf", ".svg")
OF_CRYSTALS = ("snapshots", "areas", "solids", "movie")
STYLES = ("nxmc", "paper")


def picture(name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() not in ENDINGS:
        raise argparse.ArgumentTypeError(f"{name}: a picture is PNG, PDF or SVG: end its name in {', '.join(ENDINGS)}")
    return path


def movie(name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() not in movies.ENDINGS:
        raise argparse.ArgumentTypeError(f"{name}: a movie is MP4, GIF or a sequence of PNG: end its name in {', '.join(movies.ENDINGS)}")
    return path


def numbers(words: str) -> list[float]:
    try:
        return [float(word) for word in words.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words}: write numbers with commas between them") from None


def chosen(arguments: argparse.Namespace, option: str) -> Any:
    return getattr(arguments, option.replace("-", "_"))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "archives", type=Path, nargs="+", metavar="archive", help="archive that `nxmc run` wrote, or is writing; several for --xy; of --patterns the file of these"
    )
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
        "xy": "any column against any other, of one archive or several",
        "profiles": "composition of 3D crystals along z",
        "solids": "3D crystals in space, B translucent",
    }
    for name, meaning in pictures.items():
        parser.add_argument(f"--{name}", type=picture, metavar="PICTURE", help=meaning)
    parser.add_argument("--movie", type=movie, metavar="MOVIE", help="all snapshots of one job; MP4 becomes a GIF where ffmpeg is missing")
    pictures["movie"] = ""
    parser.add_argument("--job", metavar="ID", help="job for --snapshots, --areas, --solids and --movie, or how its identity begins")
    parser.add_argument("--cut-away", action="store_true", default=None, help="of --solids: the corner that is nearest left out, and nothing translucent")
    parser.add_argument("--x", metavar="COLUMN", help="of --xy (default: the parameter with the most values)")
    parser.add_argument("--y", metavar="COLUMN,…", help="of --xy, measured ones (default: c of exchange, else f_U in 2D, f_C in 3D, f_S in the bulk)")
    parser.add_argument("--color", metavar="COLUMN", help="of --xy: what tells lines apart (default: all parameters that vary)")
    parser.add_argument("--linear", action="store_true", default=None, help="of --xy and --time: time on a linear scale")
    parser.add_argument("--inset", action="store_true", default=None, help="of --xy and --time: a small panel with the other scale")
    parser.add_argument("--times", type=numbers, metavar="TIME,…", help="of --profiles (default: some at which the composition changes)")
    parser.add_argument("--style", choices=STYLES, default="nxmc", help="colours: those that the colour-blind tell apart, or A blue and B red as in the paper")
    parser.add_argument("--data", type=Path, metavar="FILE.csv", help="what the picture shows, as a table")
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
        ("job",): OF_CRYSTALS,
        ("cut-away",): ("solids",),
        ("x", "y", "color"): ("xy",),
        ("linear", "inset"): ("xy", "time"),
        ("times",): ("profiles",),
        ("column",): ("series",),
        ("along",): ("curves", "histogram", "free-energy", "phases"),
        ("of",): ("curves", "histogram", "free-energy"),
        ("axes",): ("map",),
        ("split",): ("curves", "histogram", "free-energy", "map"),
    }
    for options, of in belong.items():
        if any(chosen(arguments, name) is not None for name in options) and not any(chosen(arguments, name) for name in of):
            parser.error(f"--{', --'.join(options)}: only for --{', --'.join(of)}")
    asked = [name for name in pictures if chosen(arguments, name)]
    if arguments.data is not None and len(asked) > 1:
        parser.error(f"--data: the numbers of one picture, and these are {len(asked)}: --{', --'.join(asked)}")
    if len(arguments.archives) > 1 and asked != ["xy"]:
        parser.error("several archives: only for --xy")
    arguments.archive = arguments.archives[0]
    return arguments


def chosen_jobs(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> pd.DataFrame | None:
    """None: all."""
    if not arguments.where:
        return None
    rows = program.ask("query", archive.path, "--where", arguments.where, "--columns", "job")
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


def draw_phases(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> Figure:
    jobs = chosen_jobs(archive, program, arguments)
    return pictures.draw_phases(archive, jobs, arguments.along, read_verdicts(program, archive.path, arguments.where or ""))


def draw_columns(archives: list[nxmc.Archive], program: Program, arguments: argparse.Namespace) -> Figure:
    names = [archive.path.stem if len({each.path.stem for each in archives}) == len(archives) else str(archive.path) for archive in archives]
    sources = [column_pictures.Source(name, archive, chosen_jobs(archive, program, arguments)) for name, archive in zip(names, archives)]
    y = arguments.y.split(",") if arguments.y else []
    return column_pictures.draw_columns(sources, arguments.x, y, arguments.color, bool(arguments.linear), bool(arguments.inset))


Wanted = list[tuple[Path | None, Callable[[], Figure]]]


def of_archives(archives: list[nxmc.Archive], program: Program, arguments: argparse.Namespace) -> Wanted:
    archive = archives[0]
    return [
        (arguments.phases, lambda: draw_phases(archive, program, arguments)),
        (arguments.time, lambda: pictures.draw_time(archive, chosen_jobs(archive, program, arguments), bool(arguments.linear), bool(arguments.inset))),
        (arguments.snapshots, lambda: pictures.draw_snapshots(archive, arguments.job, chosen_jobs(archive, program, arguments))),
        (arguments.areas, lambda: site_pictures.draw_areas(archive, arguments.job, chosen_jobs(archive, program, arguments))),
        (arguments.gallery, lambda: gallery.draw_gallery(archive, chosen_jobs(archive, program, arguments))),
        (arguments.series, lambda: draw_series(archive, program, arguments)),
        (arguments.curves, lambda: draw_curves(archive, program, arguments)),
        (arguments.histogram, lambda: histograms.draw_histograms(*read_histograms(program, arguments))),
        (arguments.free_energy, lambda: draw_free_energies(program, arguments)),
        (arguments.map, lambda: draw_map(program, arguments)),
        (arguments.xy, lambda: draw_columns(archives, program, arguments)),
        (arguments.profiles, lambda: profile_pictures.draw_profiles(archive, chosen_jobs(archive, program, arguments), arguments.times or ())),
        (arguments.solids, lambda: solid_pictures.draw_solids(archive, arguments.job, chosen_jobs(archive, program, arguments), bool(arguments.cut_away))),
    ]


def sites(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> pd.DataFrame:
    """Of pictures of crystals."""
    return picture_data.sites_of_configurations(archive, pictures.row_with_snapshots(archive, arguments.job, chosen_jobs(archive, program, arguments)))


def has_written_data(path: Path, table: pd.DataFrame) -> bool:
    return command.has_written("plot.py", path, lambda unfinished: table.to_csv(unfinished, index=False))


def write_picture(path: Path, draw: Callable[[], Figure], numbers_of_crystals: Callable[[], pd.DataFrame] | None, arguments: argparse.Namespace) -> bool:
    figure = draw()
    if arguments.style == "paper":
        paper_style.recolour(figure)
    is_whole = command.has_written("plot.py", path, partial(undated.save, figure, ending=path.suffix))
    plt.close(figure)
    if is_whole and arguments.data is not None:
        is_whole = has_written_data(arguments.data, numbers_of_crystals() if numbers_of_crystals else picture_data.data_of(figure))
    return is_whole


def write_movie(archive: nxmc.Archive, program: Program, arguments: argparse.Namespace) -> bool:
    jobs = chosen_jobs(archive, program, arguments)
    try:
        path, said = movies.draw_movie(arguments.movie, archive, arguments.job, jobs)
    except OSError as error:
        print(f"plot.py: {command.cannot_write(arguments.movie, error)}", file=sys.stderr)
        return False
    if said:
        print(f"plot.py: {said}", file=sys.stderr)
    print(path)
    return arguments.data is None or has_written_data(arguments.data, sites(archive, program, arguments))


def has_drawn(path: Path, write: Callable[[], bool], arguments: argparse.Namespace) -> bool:
    """Says why not."""
    if not all(command.can_be_written("plot.py", each) for each in (path, arguments.data) if each is not None):
        return False
    try:
        return write()
    except pictures.NothingToDraw as reason:
        print(f"plot.py: {path} not drawn: {arguments.archive}: {reason}", file=sys.stderr)
        return False


def main() -> int:
    arguments = parse_arguments()
    program = Program(command.program_of(arguments.nxmc, __file__))
    wanted: Wanted = [(arguments.patterns, lambda: patterns.draw_patterns(patterns.read_patterns(arguments.archive)))]
    archives: list[nxmc.Archive] = []
    if not arguments.patterns:
        try:
            archives = [nxmc.open(path) for path in arguments.archives]
        except nxmc.ArchiveError as error:
            print(f"plot.py: {error}", file=sys.stderr)
            return 1
        wanted = of_archives(archives, program, arguments)
    of_crystals = (lambda: sites(archives[0], program, arguments)) if any(chosen(arguments, name) for name in OF_CRYSTALS) else None
    with plt.rc_context(pictures.STYLE):
        done = [has_drawn(path, partial(write_picture, path, draw, of_crystals, arguments), arguments) for path, draw in wanted if path is not None]
        if arguments.movie is not None:
            done.append(has_drawn(arguments.movie, lambda: write_movie(archives[0], program, arguments), arguments))
    return 0 if all(done) else 1


if __name__ == "__main__":
    command.run("plot.py", main)
