"""clang-tidy for many files at once, each of which it looks at only when something that it reads has changed.

    tidy.py COMMANDS PASSED FILE…

COMMANDS is a directory with compile_commands.json. PASSED keeps an empty file for each source that passed; its name is the
digest of every byte that counts: clang-tidy itself, its configuration, the command that compiles the source, and the source with
every header that it includes, of the system too. What has not passed is never remembered. Exit code 1: there are findings.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

TIDY = "clang-tidy-14"
COMPILER = "clang++-14"


@functools.lru_cache(maxsize=None)
def digest_of(file):
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()


def compile_commands(folder):
    """The commands of each source: one that is part of several programs has several, and clang-tidy runs on each."""
    commands = {}
    for entry in json.loads((folder / "compile_commands.json").read_text()):
        commands.setdefault(os.path.realpath(entry["file"]), []).append((entry["directory"], shlex.split(entry["command"])))
    return commands


def files_read(directory, command):
    """Every file that the compiler reads, as `clang++ -M` names them. None if it cannot tell."""
    arguments = iter(command[1:])
    kept = []
    for argument in arguments:
        if argument in ("-o", "-MF", "-MT", "-MQ"):
            next(arguments)
        elif argument not in ("-c", "-MD", "-MMD"):
            kept.append(argument)
    made = subprocess.run([COMPILER, *kept, "-M", "-w"], cwd=directory, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return None
    names = shlex.split(made.stdout.replace("\\\n", " ").split(":", 1)[1])
    return [os.path.join(directory, name) for name in names]


def configurations(source):
    """The .clang-tidy files that may apply to a source or to headers of the repository."""
    return [folder / ".clang-tidy" for folder in pathlib.Path(source).parents if (folder / ".clang-tidy").is_file()]


def digest_of_all_that_counts(tool, source, commands):
    counts = [tool, source]
    for directory, command in commands:
        read = files_read(directory, command)
        if read is None:
            return None
        counts += [directory, *command, *(f"{name} {digest_of(name)}" for name in read)]
    counts += [f"{name} {digest_of(name)}" for name in configurations(source)]
    return hashlib.sha256("\0".join(counts).encode()).hexdigest()


def main():
    folder, passed, *files = sys.argv[1:]
    passed = pathlib.Path(passed)
    passed.mkdir(parents=True, exist_ok=True)
    commands = compile_commands(pathlib.Path(folder))
    # The program and the libraries that do its work; what it is started with is in this file.
    libraries = subprocess.run(["ldd", shutil.which(TIDY)], capture_output=True, text=True, check=True).stdout.split()
    tool = " ".join(digest_of(name) for name in [shutil.which(TIDY), __file__, *(name for name in libraries if name[0] == "/")])

    def passes(file):
        source = os.path.realpath(file)
        mark = None
        if source in commands:
            digest = digest_of_all_that_counts(tool, source, commands[source])
            mark = passed / digest if digest else None
        if mark and mark.exists():
            return True
        looked = subprocess.run([TIDY, "-p", folder, "--quiet", file], capture_output=True, text=True, check=False)
        if looked.returncode == 0:
            if mark:
                mark.touch()
            return True
        print(looked.stdout + looked.stderr, end="", flush=True)
        return False

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as workers:
        return 0 if all(list(workers.map(passes, files))) else 1


if __name__ == "__main__":
    sys.exit(main())
