"""Commands of tools/ as children of the test, forked when the modules that they need have been imported: each has a process of its own, with
its words, folder, environment, streams and exit code, and no second start of Python. What happens before that, as settings that are read while
modules are imported, is tested with processes that are started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import NoReturn

import h5py

_FILTERS = list(warnings.filters)
"""those of a new process; unittest has others"""


class ForkedCommand:
    """A script whose `main` is run in forked children. `name`: of the module, where the script is part of a package."""

    def __init__(self, script: Path, name: str = "") -> None:
        self.script = script
        self.module = SourceFileLoader(name or script.stem, str(script)).load_module()

    def __call__(self, *words: object, cwd: str | Path | None = None, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run([script, *words], capture_output=True, text=True)`."""
        arguments = [str(self.script), *map(str, words)]
        return forked(lambda: self._begin(arguments), arguments, cwd, env)

    def _begin(self, arguments: list[str]) -> None:
        sys.argv = arguments
        self.module.command.run(self.script.name, self.module.main)


def forked(
    begin: Callable[[], object], arguments: list[str], cwd: str | Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What a child that calls `begin` has said, and how it ended."""
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            _be_child(begin, (out.fileno(), err.fileno()), cwd, env)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(status), out.read(), err.read())


def _be_child(begin: Callable[[], object], streams: tuple[int, int], cwd: str | Path | None, env: Mapping[str, str] | None) -> NoReturn:
    code = 1
    try:
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        for number, stream in enumerate(streams, start=1):
            os.dup2(stream, number)
        sys.stdin, sys.stdout, sys.stderr = (open(number, "r" if number == 0 else "w", closefd=False) for number in range(3))
        _forget_what_the_test_did()
        if cwd is not None:
            os.chdir(cwd)
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
        begin()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _forget_what_the_test_did() -> None:
    """Archives that it has open, of which HDF5 would show the child what it knew then, filters of warnings, and what becomes of signals."""
    of_files = h5py.h5f.OBJ_FILE | h5py.h5f.OBJ_GROUP | h5py.h5f.OBJ_DATASET | h5py.h5f.OBJ_ATTR  # types are those of h5py itself
    for identifier in h5py.h5f.get_obj_ids(h5py.h5f.OBJ_ALL, of_files):
        while identifier.valid:
            h5py.h5i.dec_ref(identifier)
    warnings.resetwarnings()
    warnings.filters[:] = _FILTERS
    signal.signal(signal.SIGINT, signal.default_int_handler)
