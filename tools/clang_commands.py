"""Prints a compile_commands.json from which clang can read the sources that another compiler builds.

    clang_commands.py TESTS BENCHMARKS

Both are build directories; of the second only the benchmarks count, which the first does not build. Precompiled headers of
other compilers and GCC's parameters are left out, which clang refuses, and so are the commands that make them: clang-tidy borrows commands for
sources without one. A directory in which several sources are compiled as one is refused: each would have a borrowed command.
"""

import json
import pathlib
import re
import sys


def entries(build):
    return json.loads((pathlib.Path(build) / "compile_commands.json").read_text())


def makes_precompiled_header(entry):
    return pathlib.Path(entry["file"]).name.startswith("cmake_pch.")


def is_several_sources(entry):
    return re.fullmatch(r"unity_\w+\.cxx", pathlib.Path(entry["file"]).name) is not None


def without_what_clang_refuses(command):
    return re.sub(r" -Winvalid-pch\b| -include \S*cmake_pch\.hxx(?!\S)| --param=\S+", "", command)


def main():
    tests, benchmarks = sys.argv[1:]
    built = entries(tests) + [entry for entry in entries(benchmarks) if "/tests/bench/" in entry["file"]]
    if any(is_several_sources(entry) for entry in built):
        sys.exit(f"{tests}: several sources are compiled as one there. Configure a directory with -DCMAKE_UNITY_BUILD=OFF, as tools/lint does.")
    sources = [
        {**entry, "command": without_what_clang_refuses(entry["command"])} for entry in built if not makes_precompiled_header(entry)
    ]
    json.dump(sources, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
