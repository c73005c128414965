"""What the program nxmc answers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from .errors import NothingToDraw

Row = Mapping[str, Any]


def as_argument(archive: str | os.PathLike[str]) -> str:
    """A name that is no option, whatever it begins with."""
    name = os.fspath(archive)
    return f"./{name}" if name.startswith("-") else name


class Program:
    """The program nxmc. Of several pictures that ask the same it is asked once."""

    def __init__(self, path: str, patience: float | None = None) -> None:
        """`patience`: seconds after which a question is given up; None: never."""
        self.path = path
        self._patience = patience
        self._answers: dict[tuple[str, ...], Any] = {}

    def ask(self, command: str, archive: str | os.PathLike[str], *words: str) -> list[Row]:
        """The rows that `nxmc COMMAND ARCHIVE WORDS… --format json` prints. NothingToDraw with its words where it refuses."""
        rows: list[Row] = self._tell(command, as_argument(archive), *words, "--format", "json")
        return rows

    def status(self, archive: str | os.PathLike[str]) -> dict[str, Any]:
        """What `nxmc status ARCHIVE --json` prints. NothingToDraw with its words where it refuses."""
        told: dict[str, Any] = self._tell("status", as_argument(archive), "--json")
        return told

    def _tell(self, *words: str) -> Any:
        if words not in self._answers:
            try:
                self._answers[words] = self._run(*words)
            except NothingToDraw as refusal:
                self._answers[words] = refusal
        answer = self._answers[words]
        if isinstance(answer, NothingToDraw):
            raise NothingToDraw(str(answer))
        return answer

    def _run(self, *words: str) -> Any:
        try:
            run = subprocess.run([self.path, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=self._patience)
        except subprocess.TimeoutExpired as late:
            raise NothingToDraw(f"not answered within {self._patience:.0f} s; ask yourself") from late
        except OSError as error:
            raise NothingToDraw(f"cannot start {self.path} ({error.strerror}): say with --nxmc where the program is") from error
        if run.returncode != 0:
            reasons = run.stderr.strip().splitlines() or [f"{self.path} ended with {run.returncode} and said nothing"]
            raise NothingToDraw(reasons[0].removeprefix("nxmc: "))
        return json.loads(run.stdout)
