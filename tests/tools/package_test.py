"""Installs the Python package without network, as users do, and runs what is shown of it. First argument: the program nxmc.

The package is found through PYTHONPATH, except where it is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
QUICKSTART = TOOLS.parent / "campaigns/quickstart.yaml"


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        text = QUICKSTART.read_text()
        for sweeps in ("equilibration_sweeps: 20000", "measured_sweeps: 20000"):
            assert sweeps in text
            text = text.replace(sweeps, sweeps.replace("20000", "200"))
        (cls.folder / "quick.yaml").write_text(text.replace("replicas: 40", "replicas: 3"))
        cls.run_program(NXMC, "--log-level", "error", "run", "quick.yaml")

    @classmethod
    def run_program(cls, *words: object, path: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        if path is not None:
            environment["PYTHONPATH"] = path
        done = subprocess.run([*map(str, words)], cwd=cls.folder, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def test_pip_installs_it_without_network(self) -> None:
        source = self.folder / "tools"  # a build leaves files in the folder that it builds from
        shutil.copytree(TOOLS, source, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
        has_pip = importlib.util.find_spec("pip") is not None  # which the environment then sees; to unpack another one takes longest
        self.run_program(sys.executable, "-m", "venv", "--system-site-packages", *(["--without-pip"] if has_pip else []), self.folder / "venv")
        python = self.folder / "venv/bin/python3"
        pip = ("-m", "pip", "--disable-pip-version-check", "install", "--no-index", "--no-build-isolation", "--no-deps")
        self.run_program(python, *pip, source)
        show = "import nxmc; print(nxmc.__file__); print(len(nxmc.open('quick.h5').jobs()), len(nxmc.columns('times')))"
        place, numbers = self.run_program(python, "-c", show).stdout.splitlines()
        self.assertTrue(place.startswith(str(self.folder / "venv")), place)
        columns = json.loads((TOOLS / "nxmc/columns.json").read_text())["times"]
        self.assertEqual(numbers, f"{15 * 2 * 4 + 3} {len(columns)}")
        self.assertTrue((Path(place).parent / "py.typed").exists())

    def test_examples_run(self) -> None:
        examples = sorted((TOOLS / "examples").glob("*.py"))
        self.assertGreater(len(examples), 0)
        for example in examples:
            picture = self.folder / f"{example.stem}.png"
            done = self.run_program(sys.executable, "-B", "-W", "error::UserWarning", example, "quick.h5", picture, path=str(TOOLS))
            self.assertEqual(picture.read_bytes()[:4], b"\x89PNG", done.stdout)
            self.assertIn("# %%", example.read_text())

    def test_every_public_name_has_a_docstring(self) -> None:
        import nxmc

        for name in nxmc.__all__:
            item = getattr(nxmc, name)
            if callable(item):
                self.assertTrue(item.__doc__, name)
                for method, function in vars(item).items():
                    if not method.startswith("_") and callable(function):
                        self.assertTrue(function.__doc__, f"{name}.{method}")

    def test_the_readme_shows_what_is_printed(self) -> None:
        """The lines behind `>>>` give the lines below them: names and columns to the letter, numbers as far as they do not depend
        on how long was measured."""
        text = (TOOLS / "README.md").read_text()
        sessions = re.findall(r"```pycon\n(.*?)```", text, re.DOTALL)
        self.assertEqual(len(sessions), 1)
        source = [line[4:] for line in sessions[0].splitlines() if line.startswith((">>> ", "... "))]
        program = "\n".join(source).replace("out/quickstart.h5", "quick.h5")
        script = "import code, sys\nshell = code.InteractiveInterpreter()\nfor line in sys.stdin.read().split('\\n'): shell.runsource(line)\n"
        environment = os.environ | {"PYTHONPATH": str(TOOLS)}
        done = subprocess.run([sys.executable, "-B", "-c", script], input=program, cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        shown = [line for line in sessions[0].splitlines() if not line.startswith((">>>", "..."))]
        self.assertEqual(self.words(done.stdout), self.words("\n".join(shown).replace("out/quickstart.h5", "quick.h5")))

    @staticmethod
    def words(text: str) -> list[str]:
        return [word for word in re.findall(r"[A-Za-z_][\w.]*", text) if word != "e"]


if __name__ == "__main__":
    NXMC = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
