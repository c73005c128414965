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
import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

# Pictures are the same for everybody: matplotlib finds neither a matplotlibrc, which it would look for in the current directory
# first of all, nor a backend of the user's.
os.environ["MATPLOTLIBRC"] = os.devnull
os.environ.pop("MPLBACKEND", None)
try:
    with contextlib.chdir(Path(__file__).parent):
        import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    import nxmc
    from nxmc import chain_pictures, curves, histograms, maps, pictures
    from nxmc.program import ask
except ImportError as error:
    sys.exit(
        f"plot.py: {sys.executable}: {error} Pictures need the Debian packages python3-h5py, python3-pandas, python3-xxhash and "
        "python3-matplotlib, which tools/install-dependencies installs for /usr/bin/python3."
    )


ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDINGS = (".png", ".pdf", ".svg")


def picture(name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() not in ENDINGS:
        raise argparse.ArgumentTypeError(f"{name}: a picture is PNG, PDF or SVG: end its name in {', '.join(ENDINGS)}")
    return path


def save(figure: Figure, path: Path) -> None:
    """Under a name beside it at first: a picture that cannot be written whole replaces none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    ending = path.suffix.lower().removeprefix(".")
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending)
    try:
        figure.savefig(unfinished, format=ending, metadata=undated)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    plt.close(figure)
    print(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="archive that `nxmc run` wrote, or is writing")
    pictures = {
        "phases": "phase fractions against the stiffness of the shell",
        "time": "composition and phase fractions against time",
        "snapshots": "configurations of one job",
        "series": "what equilibrium chains measured along their sweeps",
        "curves": "phase fractions through all stiffnesses, reweighted, and the transition",
        "histogram": "how f_U is distributed at the transition",
        "map": "the dominant phase over two parameters, with its boundaries",
    }
    for name, meaning in pictures.items():
        parser.add_argument(f"--{name}", type=picture, metavar="PICTURE", help=meaning)
    parser.add_argument("--job", metavar="ID", help="job for --snapshots, or how its identity begins")
    parser.add_argument("--column", metavar="COLUMN", help="of --series (default: f_U)")
    parser.add_argument("--along", metavar="AXIS", help="axis of --curves and --histogram (default: shell_stiffness)")
    parser.add_argument("--split", type=float, metavar="F_U", help="of these, as of `nxmc diagram` (default: the histogram's valley)")
    parser.add_argument("--of", metavar="FRACTION", help="of these, as of `nxmc diagram`: f_U, f_S, f_C or c (default: c along delta_mu, else f_U in 2D, f_S in the bulk, f_C in 3D)")
    parser.add_argument("--axes", metavar="X,Y", help="of --map, as of `nxmc diagram --map` (default: shell_stiffness,size)")
    parser.add_argument("--where", metavar="CONDITION", help="of which jobs these, --map and --series are")
    parser.add_argument("--nxmc", metavar="PROGRAM", help="the program that these and --map ask, and --series with --where")
    arguments = parser.parse_args()
    if not any(getattr(arguments, name) for name in pictures):
        parser.error("say what to draw: --" + ", --".join(pictures))
    belong = {
        ("job",): ("snapshots",),
        ("column",): ("series",),
        ("along", "of"): ("curves", "histogram"),
        ("axes",): ("map",),
        ("split",): ("curves", "histogram", "map"),
        ("where", "nxmc"): ("curves", "histogram", "map", "series"),
    }
    for options, of in belong.items():
        if any(getattr(arguments, name) is not None for name in options) and not any(getattr(arguments, name) for name in of):
            parser.error(f"--{', --'.join(options)}: only for --{', --'.join(of)}")
    return arguments


def program_of(arguments: argparse.Namespace) -> str:
    """As named, else the one that was built beside this file, else that of the PATH."""
    built = Path(__file__).resolve().parent.parent / "build/release/nxmc"
    return arguments.nxmc or (str(built) if built.exists() else "nxmc")


def draw_series(archive: nxmc.Archive, arguments: argparse.Namespace) -> Figure:
    jobs = None
    if arguments.where:
        rows = ask(program_of(arguments), "query", arguments.archive, "--where", arguments.where, "--columns", "job")
        jobs = chain_pictures.jobs_named(archive, [row["job"] for row in rows])
    try:
        return chain_pictures.draw_series(archive, arguments.column or "f_U", jobs)
    except nxmc.QueryError as error:
        raise pictures.NothingToDraw(str(error)) from error


def draw_curves(archive: nxmc.Archive, arguments: argparse.Namespace) -> Figure:
    axis = arguments.along or curves.AXES[0]
    told = curves.read_curves(program_of(arguments), arguments.archive, axis, arguments.where or "", arguments.split, arguments.of or "")
    return curves.draw_curves(told, pictures.progress_note(archive, "equilibrium"))


def draw_histograms(arguments: argparse.Namespace) -> Figure:
    axis = arguments.along or curves.AXES[0]
    told = histograms.read_histograms(program_of(arguments), arguments.archive, axis, arguments.where or "", arguments.split, arguments.of or "")
    return histograms.draw_histograms(*told, axis)


def draw_map(arguments: argparse.Namespace) -> Figure:
    axes = arguments.axes or "shell_stiffness,size"
    return maps.draw_map(*maps.read_map(program_of(arguments), arguments.archive, axes, arguments.where or "", arguments.split), axes)


def leave(number: int, _: object) -> None:
    """Ends with what has been begun removed, once: a terminal and the program nxmc may both ask for it."""
    for other in ENDING_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main() -> int:
    arguments = parse_arguments()
    warnings.showwarning = lambda message, *_: print(f"plot.py: {message}", file=sys.stderr)
    try:
        archive = nxmc.open(arguments.archive)
    except nxmc.ArchiveError as error:
        print(f"plot.py: {error}", file=sys.stderr)
        return 1
    wanted: list[tuple[Path | None, Callable[[], Figure]]] = [
        (arguments.phases, lambda: pictures.draw_phases(archive)),
        (arguments.time, lambda: pictures.draw_time(archive)),
        (arguments.snapshots, lambda: pictures.draw_snapshots(archive, arguments.job)),
        (arguments.series, lambda: draw_series(archive, arguments)),
        (arguments.curves, lambda: draw_curves(archive, arguments)),
        (arguments.histogram, lambda: draw_histograms(arguments)),
        (arguments.map, lambda: draw_map(arguments)),
    ]
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
                print(f"plot.py: cannot write {path}: {error.strerror or error}: name a place that can be written", file=sys.stderr)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup asks for
            signal.signal(number, leave)
    sys.exit(main())
