"""Figures as files that are the same whenever they are drawn."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

_DATES = {"pdf": "CreationDate", "svg": "Date"}


def save(figure: Figure, path: Path, ending: str) -> None:
    """Writes PNG, PDF or SVG, as `ending` says, whatever the name of the file is. Raises OSError."""
    kind = ending.lower().removeprefix(".")
    figure.savefig(path, format=kind, metadata={_DATES[kind]: None} if kind in _DATES else None)
