#!/usr/bin/python3
"""Writes a report on nxmc archives: one HTML page that needs no other file, no network and no script.

It says what ran, where and how long, which results can be believed, shows a picture for every scan, and beneath each the command
that makes it again. Works while the campaign runs; what is not there yet is named.

Examples:
    tools/report.py out/quickstart.h5 --output report.html
    tools/report.py first.h5 second.h5 --output both.html
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

try:
    from nxmc import command  # first of all
    import nxmc
    from nxmc import report
    from nxmc.errors import NothingToDraw
    from nxmc.program import Program
except ImportError as error:
    sys.exit(
        f"report.py: {sys.executable}: {error} Reports need the Debian packages python3-h5py, python3-pandas, python3-xxhash and, for "
        "pictures, python3-matplotlib, which tools/install-dependencies installs for /usr/bin/python3."
    )


PATIENCE = 120
"""seconds for each question; of what takes longer the page says so"""


def page_name(name: str) -> Path:
    path = Path(name)
    if path.suffix.lower() not in (".html", ".htm"):
        raise argparse.ArgumentTypeError(f"{name}: a report is a page: end its name in .html")
    return path


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", type=Path, nargs="+", metavar="ARCHIVE", help="that `nxmc run` wrote, or is writing")
    parser.add_argument("--output", type=page_name, required=True, metavar="PAGE", help="the page, whose name ends in .html")
    parser.add_argument("--refresh", type=int, metavar="SECONDS", help="has browsers load it again, for a page that is renewed")
    parser.add_argument("--nxmc", metavar="PROGRAM", help="the program that is asked (default: that of build/release, else of the PATH)")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    if not command.can_be_written("report.py", arguments.output):
        return 1
    program, plot = Program(command.program_of(arguments.nxmc, __file__), PATIENCE), command.shown_script(__file__, "plot.py")
    try:
        text = report.write_report(arguments.archives, program, arguments.refresh, plot)
    except (nxmc.ArchiveError, NothingToDraw) as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 1
    return 0 if command.write_page("report.py", arguments.output, text) else 1


if __name__ == "__main__":
    command.run("report.py", main)
