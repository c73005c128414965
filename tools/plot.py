#!/usr/bin/python3
"""Draws an nxmc archive: phase fractions, time courses, snapshots and maps.

Works while the campaign runs: what is not there yet is left out, and the picture says so.

Examples:
    tools/plot.py out/quickstart.h5 --phases phases.png
    tools/plot.py out/quickstart.h5 --time time.png --snapshots snapshots.png --job 3f2a
    tools/plot.py out/quickstart.h5 --map map.png --axes shell_stiffness,size
"""

from __future__ import annotations

import argparse
import contextlib
import os
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
    from nxmc import maps, pictures
except ImportError as error:
    sys.exit(
        f"plot.py: {sys.executable}: {error} Pictures need the Debian packages python3-h5py, python3-pandas, python3-xxhash and "
        "python3-matplotlib, which tools/install-dependencies installs for /usr/bin/python3."
    )


def save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)
    print(path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="archive that `nxmc run` wrote, or is writing")
    parser.add_argument("--phases", type=Path, metavar="PNG", help="phase fractions against the stiffness of the shell")
    parser.add_argument("--time", type=Path, metavar="PNG", help="composition and phase fractions against time")
    parser.add_argument("--snapshots", type=Path, metavar="PNG", help="configurations of one job")
    parser.add_argument("--job", metavar="ID", help="job for --snapshots, or how its identity begins")
    parser.add_argument("--map", type=Path, metavar="PNG", help="the dominant phase over two parameters, with its boundaries")
    parser.add_argument("--axes", metavar="X,Y", help="of --map, as of `nxmc diagram --map` (default: shell_stiffness,size)")
    parser.add_argument("--where", metavar="CONDITION", help="of which jobs --map is")
    parser.add_argument("--nxmc", metavar="PROGRAM", help="the program that --map asks")
    arguments = parser.parse_args()
    if not (arguments.phases or arguments.time or arguments.snapshots or arguments.map):
        parser.error("say what to draw: --phases, --time, --snapshots or --map")
    if not arguments.map and (arguments.axes or arguments.where or arguments.nxmc):
        parser.error("--axes, --where and --nxmc are for --map")
    return arguments


def program_of(arguments: argparse.Namespace) -> str:
    """As named, else the one that was built beside this file, else that of the PATH."""
    built = Path(__file__).resolve().parent.parent / "build/release/nxmc"
    return arguments.nxmc or (str(built) if built.exists() else "nxmc")


def draw_map(arguments: argparse.Namespace) -> Figure:
    axes = arguments.axes or "shell_stiffness,size"
    return maps.draw_map(*maps.read_map(program_of(arguments), arguments.archive, axes, arguments.where or ""), axes)


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
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
