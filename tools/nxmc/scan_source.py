"""The jobs of a scan, and how the program nxmc is asked for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from .archive import Archive
from .errors import NothingToDraw
from .program import Program

WORDS_OF_CONDITIONS = ("and", "or", "not", "in")


@dataclass(frozen=True)
class Source:
    """Of whose jobs pictures are."""

    archive: Archive
    program: Program
    condition: str
    """of the program nxmc"""
    jobs: pd.DataFrame
    """those that fulfil it"""
    plot: str = "tools/plot.py"
    """how the script is called that draws"""


def is_flat(chains: pd.DataFrame) -> bool:
    """Whether there are windows of flat histograms."""
    return bool((chains["bias"].notna() & (chains["bias"] != "")).any())


def axis_of_windows(chains: pd.DataFrame) -> str:
    """Along which the transition of flat histograms is looked for."""
    return "delta_mu" if (chains["bias"] == "c").any() else "shell_stiffness"


def condition_on_scan(name: str) -> str:
    """In the language of `nxmc query`. NothingToDraw where a name has both kinds of quotes."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) and name not in WORDS_OF_CONDITIONS:
        return f"scan == {name}"
    quote = "'" if "'" not in name else '"'
    if quote in name:
        raise NothingToDraw(f"the name of scan {name} has both kinds of quotes; rename it")
    return f"scan == {quote}{name}{quote}"
