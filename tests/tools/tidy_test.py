"""Tests of tools/tidy.py: what has passed is not looked at again, and nothing that clang-tidy would find is missed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HEADER = "#pragma once\ninline int twice(int i) { return 2 * i; }\n"
SOURCE = '#include <header.hpp>\nint four() { return twice(2); }\n'


class Tidy(unittest.TestCase):
    def setUp(self) -> None:
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        # Below "src", as the project's headers are, so that its own configuration applies.
        self.folder = Path(self.scratch.name, "src")
        self.folder.mkdir()
        shutil.copy(ROOT / ".clang-tidy", self.folder)
        self.write("header.hpp", HEADER)
        self.write("source.cpp", SOURCE)
        self.command("")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def command(self, options: str) -> None:
        command = f"c++ -std=c++20 {options} -I{self.folder} -o source.o -c {self.folder}/source.cpp"
        entry = {"directory": str(self.folder), "command": command, "file": str(self.folder / "source.cpp")}
        self.write("compile_commands.json", json.dumps([entry]))

    def tidy(self) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-B", str(ROOT / "tools" / "tidy.py"), str(self.folder), str(self.folder / "passed"), "source.cpp"],
            cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def passed(self) -> int:
        return len(os.listdir(self.folder / "passed"))

    def pass_once(self) -> None:
        self.assertEqual(self.tidy(), (0, ""))
        self.assertEqual(self.passed(), 1)

    def assert_finds(self, check: str) -> None:
        """Also when it is asked again: findings are never remembered as passed."""
        for _ in range(2):
            code, said = self.tidy()
            self.assertEqual(code, 1, said)
            self.assertIn(check, said)

    def test_what_has_passed_is_not_looked_at_again(self) -> None:
        self.pass_once()
        mark = next((self.folder / "passed").iterdir())
        os.utime(mark, (1, 1))
        self.assertEqual(self.tidy(), (0, ""))
        self.assertEqual([(file, file.stat().st_mtime) for file in (self.folder / "passed").iterdir()], [(mark, 1)])

    def test_a_change_that_keeps_the_meaning_is_looked_at_once(self) -> None:
        self.pass_once()
        self.write("header.hpp", HEADER + "// More.\n")
        self.assertEqual(self.tidy(), (0, ""))
        self.assertEqual(self.passed(), 2)

    def test_a_new_finding_of_the_analyzer_in_the_source(self) -> None:
        self.pass_once()
        self.write("source.cpp", SOURCE + "int at(int i) { int* p = nullptr; if (i > 3) return *p; return i; }\n")
        self.assert_finds("clang-analyzer-core.NullDereference")

    def test_a_new_finding_in_the_source(self) -> None:
        self.pass_once()
        self.write("source.cpp", SOURCE + "int* nothing() { return 0; }\n")
        self.assert_finds("modernize-use-nullptr")

    def test_a_new_finding_in_a_header(self) -> None:
        self.pass_once()
        self.write("header.hpp", HEADER + "inline int* nothing() { return 0; }\n")
        self.assert_finds("modernize-use-nullptr")

    def test_a_new_finding_in_a_public_header_which_is_reached_through_a_link(self) -> None:
        scratch = Path(self.scratch.name)
        for folder in ("public", "module-headers"):
            (scratch / folder).mkdir()
        (scratch / "module-headers" / "nxmc").symlink_to(scratch / "public")
        self.write("source.cpp", SOURCE.replace("header.hpp", "nxmc/header.hpp"))
        self.write("../public/header.hpp", HEADER)
        self.command(f"-I{scratch}/module-headers")
        self.pass_once()
        self.write("../public/header.hpp", HEADER + "inline int* nothing() { return 0; }\n")
        self.assert_finds("modernize-use-nullptr")

    def test_a_comment_that_silenced_a_finding_is_gone(self) -> None:
        self.write("header.hpp", HEADER + "inline int* nothing() { return 0; }  // NOLINT\n")
        self.pass_once()
        self.write("header.hpp", HEADER + "inline int* nothing() { return 0; }\n")
        self.assert_finds("modernize-use-nullptr")

    def test_a_header_that_comes_before_another_of_its_name(self) -> None:
        self.command(f"-I{self.folder}/nearer")
        self.pass_once()
        (self.folder / "nearer").mkdir()
        self.write("nearer/header.hpp", HEADER + "inline int* nothing() { return 0; }\n")
        self.assert_finds("modernize-use-nullptr")

    def test_a_macro_of_the_command(self) -> None:
        self.write("source.cpp", SOURCE + "#ifdef MORE\nint* nothing() { return 0; }\n#endif\n")
        self.pass_once()
        self.command("-DMORE")
        self.assert_finds("modernize-use-nullptr")

    def test_a_check_that_is_switched_on(self) -> None:
        self.write("source.cpp", SOURCE + "auto five() -> int { return 5; }\nint six() { return 6; }\n")
        self.pass_once()
        self.write(".clang-tidy", "Checks: '-*,modernize-use-trailing-return-type'\nWarningsAsErrors: '*'\n")
        self.assert_finds("modernize-use-trailing-return-type")

    def test_what_does_not_compile_is_told_each_time(self) -> None:
        self.pass_once()
        self.write("source.cpp", SOURCE.replace("header", "missing"))
        self.assert_finds("'missing.hpp' file not found")


if __name__ == "__main__":
    if shutil.which("clang-tidy-14") is None or shutil.which("clang++-14") is None:
        print("clang-tidy-14 is not here, which tools/test --full installs")
        sys.exit(77)
    unittest.main()
