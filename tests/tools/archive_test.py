"""Compares tools/archive.py with `nxmc query`: every column of several archives, names, types and values. First argument: nxmc."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

import h5py  # noqa: E402
import numpy as np  # noqa: E402
from archive import EQUILIBRIUM_COLUMNS, EXCHANGE_SUMMARY_COLUMNS, Archive  # noqa: E402

HEAD = "name: table\nseed: 12345678901\ndefaults: {lattice: hexagon, size: [3, 4], temperature: 0.2}\nscans:\n"
COLD = """
  - {name: cold, method: equilibrium, shell_layers: 1, shell_stiffness: 2, equilibration_sweeps: 4, measured_sweeps: 8}
  - {name: both, method: equilibrium, shell_layers: 1, shell_stiffness: [1, 2], equilibration_sweeps: 4, measured_sweeps: 8}
  - {name: boxes, method: equilibrium, lattice: box, size: [[2, 2, 3]], equilibration_sweeps: 4, measured_sweeps: 8, start: segregated}
"""
KINETICS = """
  - {name: kinetics, method: exchange, delta_mu: -20, times: [0.1, 1], exchange_until: 0.5, rates: {exchange: 1, diffusion: 2}}
  - {name: short, method: exchange, delta_mu: -20, times: [0.1, 1, 9], max_events: 5, interaction: {elastic: 1, ising: 0.3}, size: 3}
"""
LONGER = COLD.replace("measured_sweeps: 8", "measured_sweeps: 16")


def as_json(value: object) -> object:
    """A value of a column as `nxmc query --format json` prints it."""
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    return str(value) or None


class Table(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_campaign(self, scans: str) -> Path:
        (self.folder / "t.yaml").write_text(HEAD + scans)
        subprocess.run([NXMC, "--log-level", "error", "run", "t.yaml"], cwd=self.folder, check=True)
        return self.folder / "t.h5"

    def query(self, *options: str) -> list[dict[str, object]]:
        done = subprocess.run([NXMC, "query", "t.h5", "--format", "json", *options], cwd=self.folder, check=True, capture_output=True)
        return json.loads(done.stdout)

    def columns(self) -> list[str]:
        """All of the job table, those on request included."""
        return [row["column"] for row in self.query("--describe") if row["rows"] is None or row["rows"].split()[0] in ("jobs", "all")]

    def expect_same(self, file: Path) -> None:
        table = Archive(file).table()
        columns = self.columns()
        self.assertLessEqual(set(columns), set(table))
        rows = self.query("--columns", ",".join(columns))
        self.assertGreater(len(rows), 0)
        for name in columns:
            expected = [row[name] for row in rows]
            found = [as_json(value) for value in table[name]]
            self.assertEqual(found, expected, name)
            for mine, theirs in zip(found, expected):
                self.assertIs(type(mine), type(theirs), name)

    def test_of_both_methods(self) -> None:
        file = self.run_campaign(COLD + KINETICS)
        self.expect_same(file)
        archive = Archive(file)
        shared = archive.in_scan("cold") & archive.in_scan("both")
        self.assertEqual(shared.sum(), 2)
        self.assertEqual(set(archive.jobs["scan"][shared]), {"cold,both"})

    def test_of_equilibrium_alone(self) -> None:
        file = self.run_campaign(COLD)
        self.expect_same(file)
        archive = Archive(file)
        self.assertEqual(tuple(archive.equilibrium()), EQUILIBRIUM_COLUMNS)
        self.assertTrue(np.isnan(archive.exchange_summary()["events"]).all())
        self.assertEqual(list(archive.trajectories(range(archive.states.size))), [])

    def test_of_exchange_alone(self) -> None:
        file = self.run_campaign(KINETICS)
        self.expect_same(file)
        archive = Archive(file)
        self.assertTrue(np.isnan(archive.equilibrium()["f_U"]).all())
        self.assertEqual(tuple(archive.exchange_summary()), EXCHANGE_SUMMARY_COLUMNS)
        self.assertEqual(sum(observed["c"].shape[0] for _, observed in archive.trajectories(range(archive.states.size))), 3)

    def test_of_chains_that_were_measured_for_longer(self) -> None:
        before = Archive(self.run_campaign(COLD)).states.size
        file = self.run_campaign(LONGER + KINETICS)
        archive = Archive(file)
        self.assertEqual(archive.superseded.sum(), before)
        self.expect_same(file)

    def test_of_waiting_jobs(self) -> None:
        whole = self.run_campaign(COLD).rename(self.folder / "whole.h5")
        with h5py.File(whole, "r") as file:
            offset = file["equilibrium/results"].id.get_offset()
        with open(whole, "r+b") as file:
            file.seek(offset + 8)
            file.write(b"damage")
        # A job whose results are damaged is copied as one that waits.
        prune = [NXMC, "--log-level", "error", "prune", "whole.h5", "t.h5", "--where", "scan == boxes"]
        subprocess.run(prune, cwd=self.folder, check=True, capture_output=True)
        self.assertIn("waiting", Archive(self.folder / "t.h5").table()["state"])
        self.expect_same(self.folder / "t.h5")

    def test_python_without_h5py_is_told_which_has_it(self) -> None:
        hide = "import sys; sys.modules['h5py'] = None; import archive"
        done = subprocess.run([sys.executable, "-c", hide], cwd=TOOLS, capture_output=True, text=True)
        self.assertIn("python3-h5py", done.stderr)
        self.assertIn("/usr/bin/python3", done.stderr)


if __name__ == "__main__":
    NXMC = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
