"""What the program nxmc answers, as rows."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from .errors import NothingToDraw

Row = Mapping[str, Any]


def ask(program: str, command: str, archive: str | os.PathLike[str], *words: str) -> list[Row]:
    """The rows that `nxmc COMMAND ARCHIVE WORDS… --format json` prints. NothingToDraw with its words where it refuses."""
    question = [program, command, os.fspath(archive), *words, "--format", "json"]
    try:
        run = subprocess.run(question, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NothingToDraw(f"cannot start {program} ({error.strerror}): say with --nxmc where the program is") from error
    if run.returncode != 0:
        reasons = run.stderr.strip().splitlines() or [f"{program} ended with {run.returncode} and said nothing"]
        raise NothingToDraw(reasons[0].removeprefix("nxmc: "))
    rows: list[Row] = json.loads(run.stdout)
    return rows
