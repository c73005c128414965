"""What the commands that draw have in common: matplotlib without settings of the user's, ends by signals, files that are there whole or
not at all. To be imported before anything that draws."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

# Pictures are the same for everybody: matplotlib finds neither a matplotlibrc, which it would look for in the current directory
# first of all, nor a backend of the user's.
os.environ["MATPLOTLIBRC"] = os.devnull
os.environ.pop("MPLBACKEND", None)
with contextlib.chdir(Path(__file__).parent), contextlib.suppress(ImportError):  # pages are also written without pictures
    import matplotlib

    matplotlib.use("Agg")

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(name: str, main: Callable[[], int]) -> None:
    """Runs a command and ends the process. Warnings are one line each, with its name before them."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup asks for
            signal.signal(number, _leave)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be text
    warnings.showwarning = lambda message, *_: print(f"{name}: {message}", file=sys.stderr)
    sys.exit(main())


def _leave(number: int, _: object) -> None:
    """Ends with what has been begun removed, once: a terminal and the program nxmc may both ask for it."""
    for other in ENDING_SIGNALS:
        signal.signal(other, lambda *_: None)
    sys.exit(128 + number)


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Has a file written under a name beside it at first: what cannot be written whole replaces nothing. A link stays, and leads to the new
    file. Raises OSError."""
    path = _place_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _unfinished(path)
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def replace_all(paths: Sequence[Path], write: Callable[[int, Path], object]) -> None:
    """As `replace`, of files that belong together: none is replaced before all are written. `write` gets their numbers, from 0."""
    for path in paths:
        try_place(path)
    unfinished = [_unfinished(_place_of(path)) for path in paths]
    try:
        for k, name in enumerate(unfinished):
            write(k, name)
        for path, name in zip(paths, unfinished):
            name.replace(_place_of(path))
    finally:
        for name in unfinished:
            name.unlink(missing_ok=True)


def try_place(path: Path) -> None:
    """Before all work: raises OSError where `replace` would."""
    path = _place_of(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _unfinished(path)
    unfinished.touch()
    unfinished.unlink()


def _place_of(path: Path) -> Path:
    return path.resolve() if path.is_symlink() else path


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")


def can_be_written(name: str, path: Path) -> bool:
    """Whether the command `name` can write a file there; says why not."""
    try:
        try_place(path)
    except OSError as error:
        print(f"{name}: {cannot_write(path, error)}", file=sys.stderr)
        return False
    return True


def cannot_write(path: Path, error: OSError) -> str:
    """What to say then."""
    return f"cannot write {path}: {error.strerror or error}: name a place that can be written"


def write_page(name: str, path: Path, text: str) -> bool:
    """Writes a page for the command `name`, and says where it is, or why it cannot be written."""
    return has_written(name, path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))


def has_written(name: str, path: Path, write: Callable[[Path], object]) -> bool:
    """Whether the command `name` has replaced a file; says where it is, or why it cannot be written."""
    try:
        replace(path, write)
    except OSError as error:
        print(f"{name}: {cannot_write(path, error)}", file=sys.stderr)
        return False
    print(path)
    return True


def program_of(named: str | None, script: str) -> str:
    """The program nxmc: as named, else the one that was built beside the script that was started, else that of the PATH."""
    built = Path(script).resolve().parent.parent / "build/release/nxmc"
    return named or (str(built) if built.exists() else "nxmc")


def shown_script(script: str, name: str) -> str:
    """How a script beside the one that was started is called, for commands on pages: short where that does from the current directory."""
    place = Path(script).resolve().with_name(name)
    return str(place.relative_to(Path.cwd())) if place.is_relative_to(Path.cwd()) else str(place)
