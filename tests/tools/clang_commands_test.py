"""Tests of tools/clang_commands.py: no precompiled header of another compiler is left, and every benchmark has its command."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADER = "/b/tests/CMakeFiles/work.dir/cmake_pch.hxx"


def entry(file: str, options: str) -> dict[str, str]:
    return {"directory": "/b", "command": f"c++ {options} -o x.o -c {file}", "file": file}


class ClangCommands(unittest.TestCase):
    def commands(self, tests: list[dict[str, str]], benchmarks: list[dict[str, str]]) -> dict[str, str]:
        """The command of each source."""
        with tempfile.TemporaryDirectory() as scratch:
            for name, entries in (("tests", tests), ("benchmarks", benchmarks)):
                Path(scratch, name).mkdir()
                Path(scratch, name, "compile_commands.json").write_text(json.dumps(entries))
            program = [sys.executable, "-B", str(ROOT / "tools/clang_commands.py"), f"{scratch}/tests", f"{scratch}/benchmarks"]
            printed = subprocess.run(program, capture_output=True, text=True, check=True).stdout
        return {one["file"]: one["command"] for one in json.loads(printed)}

    def test_precompiled_headers_are_left_out_wherever_they_stand(self) -> None:
        for options in (f"-g -Winvalid-pch -include {HEADER} -I/i", f"-Winvalid-pch -g -include {HEADER} -I/i", f"-include {HEADER} -g -I/i"):
            self.assertEqual(self.commands([entry("/s/a.cpp", options)], []), {"/s/a.cpp": "c++ -g -I/i -o x.o -c /s/a.cpp"})

    def test_parameters_of_gcc_are_left_out(self) -> None:
        commands = self.commands([entry("/s/a.cpp", "-O0 --param=ggc-min-heapsize=500000 -Wall")], [])
        self.assertEqual(commands["/s/a.cpp"], "c++ -O0 -Wall -o x.o -c /s/a.cpp")

    def test_other_headers_stay(self) -> None:
        commands = self.commands([entry("/s/a.cpp", "-include /s/always.hpp")], [])
        self.assertEqual(commands["/s/a.cpp"], "c++ -include /s/always.hpp -o x.o -c /s/a.cpp")

    def test_what_makes_a_precompiled_header_lends_its_command_to_nobody(self) -> None:
        making = entry(HEADER + ".cxx", f"-Winvalid-pch -x c++-header -include {HEADER}")
        self.assertEqual(list(self.commands([making, entry("/s/a.cpp", "")], [])), ["/s/a.cpp"])

    def test_sources_that_are_compiled_as_one_are_refused_with_a_remedy(self) -> None:
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            self.commands([entry("/s/a.cpp", ""), entry("/b/src/cli/CMakeFiles/cli.dir/Unity/unity_0_cxx.cxx", "")], [])
        self.assertIn("-DCMAKE_UNITY_BUILD=OFF", refused.exception.stderr)

    def test_of_the_second_directory_only_the_benchmarks_count(self) -> None:
        commands = self.commands(
            [entry("/s/src/a.cpp", "-O1")], [entry("/s/src/a.cpp", "-O3"), entry("/s/tests/bench/b.cpp", "-O3")]
        )
        self.assertEqual(
            commands, {"/s/src/a.cpp": "c++ -O1 -o x.o -c /s/src/a.cpp", "/s/tests/bench/b.cpp": "c++ -O3 -o x.o -c /s/tests/bench/b.cpp"}
        )


if __name__ == "__main__":
    unittest.main()
