"""Whether an answer fits into the memory of this machine."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import TooLarge

_HARMLESS = 1 << 30
"""Bytes that nobody is asked about."""


def free_bytes() -> int:
    """Memory that programs can get without swapping, in bytes."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def require_room(needed: int) -> None:
    """Raises TooLarge for an answer of so many bytes that would take more than half of the free memory."""
    if needed <= _HARMLESS or needed <= (free := free_bytes()) / 2:
        return
    raise TooLarge(
        f"this would take {needed / 1e9:.1f} GB of the {free / 1e9:.1f} GB that are free. "
        "Name the columns or jobs that are needed, average with group_by, or go through the rows with blocks()"
    )
