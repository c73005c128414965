"""Exported configurations in the eyes of those who read them. First argument: the program nxmc.

Ends with 77, which CTest shows as skipped, where ASE (Debian's python3-ase) is missing.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

try:
    import ase.io
except ImportError:
    ase = None

CAMPAIGN = """
name: exported
scans:
  - {name: flat, method: exchange, lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20, times: [1],
     snapshots: {times: [0, 0.1, 1]}}
  - {name: box, method: equilibrium, lattice: box, size: [[3, 3, 5]], shell_layers: 1, shell_stiffness: 3, temperature: 1.5,
     equilibration_sweeps: 2, measured_sweeps: 4, measure_every: {areas: 0}, snapshots: {sweeps: [0, 6]}}
  - {name: rigid, method: exchange, lattice: hexagon, size: 3, interaction: ising, temperature: 2, delta_mu: -10, times: [1],
     snapshots: {times: [1]}}
"""


class Exported(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "exported.yaml").write_text(CAMPAIGN)
        cls.nxmc("--log-level", "error", "run", "exported.yaml")

    @classmethod
    def nxmc(cls, *arguments: str) -> str:
        return subprocess.run([NXMC, *arguments], cwd=cls.folder, check=True, capture_output=True, text=True).stdout

    def export(self, scan: str, *options: str) -> Path:
        job = self.nxmc("query", "exported.h5", "--where", f"scan == {scan}", "--columns", "job", "--format", "csv").split()[1]
        path = self.folder / f"{scan}.xyz"
        path.unlink(missing_ok=True)
        self.nxmc("export", "exported.h5", "--job", job, "--output", path.name, *options)
        return path

    def test_keeps_the_rules_of_extended_xyz(self) -> None:
        """Those that OVITO and ASE document: a cell of nine numbers, Properties that count the columns, elements."""
        for scan, options in (("flat", ()), ("box", ("--positions", "relaxed")), ("rigid", ("--species", "Ag,Cd"))):
            lines = self.export(scan, *options).read_text().splitlines()
            while lines:
                count, comment = int(lines[0]), lines[1]
                keys = {key: quoted or plain for key, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', comment)}
                self.assertEqual(re.sub(r'\w+=(?:"[^"]*"|\S+) ?', "", comment), "", "nothing but key=value")
                self.assertEqual(len(keys["Lattice"].split()), 9)
                self.assertEqual(keys["pbc"], "F F F")
                properties = keys["Properties"].split(":")
                self.assertEqual(properties[:6], ["species", "S", "1", "pos", "R", "3"])
                columns = sum(map(int, properties[2::3]))
                rows = [line.split() for line in lines[2 : 2 + count]]
                self.assertEqual({len(row) for row in rows}, {columns})
                self.assertLessEqual({row[0] for row in rows}, {keys["A"], keys["B"]})
                cell = np.array(keys["Lattice"].split(), float).reshape(3, 3).diagonal()
                inside = np.array([row[1:4] for row in rows], float) - np.array(keys["Origin"].split(), float)
                self.assertTrue(((inside > 0) & (inside < cell)).all(), "the cell holds all sites")
                lines = lines[2 + count :]

    @unittest.skipIf(ase is None, "ASE is missing (python3-ase)")
    def test_is_read_by_ase(self) -> None:
        frames = ase.io.read(self.export("flat"), index=":", format="extxyz")
        self.assertEqual([len(frame) for frame in frames], [37] * 3)
        self.assertEqual([frame.info["time"] for frame in frames], [0, 0.1, 1])
        self.assertEqual(set(frames[0].get_chemical_symbols()), {"Pb"}, "it begins as A throughout")
        self.assertEqual({symbol for frame in frames for symbol in frame.get_chemical_symbols()}, {"Pb", "Cd"})
        self.assertEqual((frames[0].info["A"], frames[0].info["B"]), ("Pb", "Cd"))
        self.assertFalse(frames[0].pbc.any())
        self.assertEqual(frames[0].arrays["layer"].max(), 4)
        self.assertEqual(set(frames[0].arrays["phase"]), {0, 2}, "pure A, and the surface without phase")
        nearest = frames[0].get_all_distances() + 9 * np.eye(37)
        self.assertAlmostEqual(nearest.min(), 1)

    @unittest.skipIf(ase is None, "ASE is missing (python3-ase)")
    def test_relaxed_positions_are_the_lattice_plus_displacements_without_rigid_motion(self) -> None:
        perfect = ase.io.read(self.export("box"), index=":", format="extxyz")
        for mismatch in (0.1, 0.2):
            relaxed = ase.io.read(
                self.export("box", "--positions", "relaxed", "--mismatch", str(mismatch)), index=":", format="extxyz"
            )
            for before, after in zip(perfect, relaxed):
                u = after.arrays["displacement"]
                self.assertTrue((before.numbers == after.numbers).all())
                np.testing.assert_allclose(after.positions, before.positions + u, atol=1e-12)
                np.testing.assert_allclose(u.sum(axis=0), 0, atol=1e-10)
                np.testing.assert_allclose(np.cross(before.positions, u).sum(axis=0), 0, atol=1e-9)
                self.assertGreater(np.abs(u).max(), 0.1 * mismatch)
                self.assertEqual(after.info["mismatch"], mismatch)
                per_mismatch = u / mismatch
                if mismatch == 0.1:
                    before.info["u"] = per_mismatch
                else:
                    np.testing.assert_allclose(per_mismatch, before.info["u"], atol=1e-9)

    def test_without_elastic_interaction_nothing_is_displaced(self) -> None:
        with self.assertRaises(subprocess.CalledProcessError) as failure:
            self.export("rigid", "--positions", "relaxed")
        self.assertEqual(failure.exception.returncode, 2)
        self.assertIn("has no elastic interaction, so its sites stay where they are", failure.exception.stderr)


if __name__ == "__main__":
    NXMC = str(Path(sys.argv.pop(1)).resolve())
    result = unittest.main(exit=False, verbosity=2).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
