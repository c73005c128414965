"""What goes wrong, in the user's words."""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path


class ArchiveError(Exception):
    """A file that cannot be read as an archive, or does not hold what was asked for: place, reason, remedy."""


class QueryError(ValueError):
    """A question that cannot be answered because of how it is put: reason and the nearest valid word."""


class TooLarge(MemoryError):
    """An answer that would fill the memory of this machine, with other ways to get what is needed of it."""


class NothingToDraw(Exception):
    """A picture that this archive has no data for, with the reason."""


class NothingToFit(Exception):
    """Conversions that no law can be fitted to, or a question on them that cannot be answered: the reason."""


class ArchiveWarning(UserWarning):
    """An answer is not what it seems: damaged rows were left out, or unlike rows averaged."""


def unknown_column(name: str, known: Iterable[str]) -> QueryError:
    """The error for a column that is not there, with the nearest one that is."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"the columns are {' '.join(names)}"
    return QueryError(f"there is no column '{name}'; {hint}")


def warn(text: str) -> None:
    """Warns of an answer, at the line outside of this package that asked."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and Path(frame.f_code.co_filename).parent == Path(__file__).parent:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, ArchiveWarning, stacklevel=level)
