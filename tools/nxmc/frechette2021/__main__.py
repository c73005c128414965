"""Writes the page on the archives of a folder: python3 -m nxmc.frechette2021 FOLDER --output PAGE [--figure N]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import command
from ..errors import ArchiveError
from ..program import Program
from .page import FIGURES, figures_named, write_page


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nxmc.frechette2021", description="Writes the page on the figures of Frechette, Dellago and Geissler (PNAS 2021).")
    parser.add_argument("folder", type=Path, help="where the archives are, named after the campaigns")
    parser.add_argument("--output", type=Path, required=True, metavar="PAGE")
    parser.add_argument("--figure", metavar="N", help=f"only that one: {', '.join(figure.name for figure in FIGURES)}, or its number")
    parser.add_argument("--campaigns", type=Path, default=Path("campaigns/paper"), help="where the campaigns are, for the commands on the page")
    parser.add_argument("--nxmc", metavar="PROGRAM", default="nxmc", help="the program that is asked")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    try:
        figures = figures_named(arguments.figure)
        if not command.can_be_written("nxmc.frechette2021", arguments.output):
            return 1
        text, failed = write_page(figures, arguments.folder, arguments.campaigns, Program(arguments.nxmc))
    except (ArchiveError, ValueError) as error:
        print(f"nxmc.frechette2021: {error}", file=sys.stderr)
        return 1
    if not command.write_page("nxmc.frechette2021", arguments.output, text):
        return 1
    for words in failed:
        print(f"does not hold here: {words}")
    return 0


if __name__ == "__main__":
    command.run("nxmc.frechette2021", main)
