"""Crystals of every shape, computed by nxmc, as Python has them: sites, layers, V, what is exported, and pictures. First argument: the
program nxmc."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib.collections import PolyCollection

import nxmc
from nxmc.gallery import draw_gallery
from nxmc.pictures import draw_snapshots
from nxmc.site_pictures import draw_areas
from nxmc.strain import Strain

SCHEMA = Path(__file__).resolve().parents[2] / "campaigns/schema.json"
SIZES = {
    "hexagon": 3, "box": [3, 2, 4], "cube": 3, "square_plate": [4, 2], "rectangle": [4, 5], "parallelogram": [3, 4], "triangle": 4, "disc": 2,
    "elongated_hexagon": [2, 3, 4], "octahedron": 3, "truncated_octahedron": [4, 1], "tetrahedron": 4, "truncated_cube": [4, 1],
    "sphere": 2, "cylinder": [2, 3], "hexagonal_plate": [3, 2],
}  # fmt: skip


def campaign() -> str:
    lattices = ", ".join(SIZES)
    sizes = ", ".join(str(size) for size in SIZES.values())
    crystals = f"lattice: [{lattices}], size: [{sizes}], zip: [lattice, size]"
    return f"""
name: shapes
scans:
  - {{name: bare, method: exchange, {crystals}, temperature: 1, delta_mu: -20, times: [1e-6, 1e6], snapshots: {{times: [1e-6, 1e6]}}}}
  - {{name: in a shell, method: equilibrium, {crystals}, shell_layers: 1, shell_stiffness: 3, temperature: 1, equilibration_sweeps: 4,
     measured_sweeps: 8, snapshots: {{sweeps: [0, 6]}}}}
  - {{name: covered, method: equilibrium, lattice: [cube, cylinder, truncated_octahedron, box], size: [3, [2, 3], [4, 1], [3, 3, 1]], zip: [lattice, size],
     shell: {{layers: 2, facets: [+z]}}, shell_stiffness: 3, temperature: 1, equilibration_sweeps: 4, measured_sweeps: 8,
     snapshots: {{sweeps: [0, 6]}}}}
  - {{name: edge, method: equilibrium, lattice: triangle, size: 4, shell: {{layers: 2, facets: -y}}, shell_occupation: A, temperature: 1,
     equilibration_sweeps: 4, measured_sweeps: 8, snapshots: {{sweeps: [0, 6]}}}}
"""


class Shapes(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "shapes.yaml").write_text(campaign())
        cls.nxmc("run", "shapes.yaml")
        cls.archive = nxmc.open(cls.folder / "shapes.h5")
        cls.jobs = cls.archive.jobs()

    @classmethod
    def nxmc(cls, *words: object) -> str:
        done = subprocess.run([NXMC, "--log-level", "error", *map(str, words)], cwd=cls.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_all_shapes_are_here(self) -> None:
        words = json.loads(SCHEMA.read_text())["definitions"]["lattice"]["enum"]
        self.assertEqual(sorted(SIZES), sorted(words))

    def test_archives_are_sound(self) -> None:
        self.nxmc("verify", "shapes.h5")
        self.assertEqual(set(self.jobs["state"]), {"done"})

    def test_crystals_and_kernels_are_those_of_nxmc_kernel(self) -> None:
        for row, job in self.jobs.iterrows():
            lattice = self.archive.lattice(row)
            (self.folder / "V.h5").unlink(missing_ok=True)
            shell = ["--shell-layers", job["shell_layers"], "--shell-stiffness", job["shell_stiffness"]]
            shell += ["--shell-facets=" + ",".join(lattice.covered)] if lattice.covered else []
            self.nxmc("kernel", "--lattice", lattice.name, "--size", job["size"], *shell, "--output", "V.h5")
            with h5py.File(self.folder / "V.h5") as kernel:
                np.testing.assert_array_equal(lattice.position, kernel["position"])
                np.testing.assert_array_equal(lattice.layer, kernel["layer"])
                np.testing.assert_allclose(self.archive.kernel(row), kernel["V"], rtol=0, atol=1e-10)
            self.assertEqual(len(lattice.core), job["n_core"])
            self.assertEqual(len(lattice.cells), job["n_sites"])

    def test_a_strong_drive_leaves_pure_b(self) -> None:
        times = self.archive.times(where="time > 1")
        self.assertEqual(len(times), len(SIZES))
        self.assertEqual(set(times["c"]), {0.0})

    def test_shells_stay_b_and_cores_keep_their_composition(self) -> None:
        for row, job in self.jobs[self.jobs["method"] == "equilibrium"].iterrows():
            lattice = self.archive.lattice(row)
            for _, is_a in self.archive.configurations(row):
                self.assertEqual(set(is_a[lattice.in_shell]), {lattice.shell_of_a})
                self.assertEqual(is_a[lattice.core].sum(), job["n_core"] // 2)

    def test_shells_on_facets_leave_others_bare(self) -> None:
        words = self.jobs["lattice"][self.jobs["scan"].isin(["covered", "edge"])].tolist()
        self.assertEqual(words, ["cube(+z)", "cylinder(+z)", "truncated_octahedron(+z)", "box(+z)", "triangle(A,-y)"])
        for row in self.jobs.index[self.jobs["scan"] == "covered"]:
            lattice = self.archive.lattice(row)
            self.assertGreater(lattice.cells[lattice.in_shell][:, 2].min(), lattice.cells[lattice.core][:, 2].max())
        cube = self.archive.lattice(int(self.jobs.index[self.jobs["lattice"] == "cube(+z)"][0]))
        self.assertEqual(len(cube.cells), 3 * 3 * 5)
        self.assertEqual(len(cube.symmetry), 8)

    def test_profiles_are_fractions_of_planes(self) -> None:
        profiles = self.archive.profiles()
        self.assertTrue(profiles["c"].between(0, 1).all())
        for row, job in self.jobs.iterrows():
            lattice = self.archive.lattice(row)
            planes = len(profiles[(profiles["job"] == job["job"])].drop_duplicates("plane"))
            if lattice.is_flat:
                self.assertEqual(planes, 0)
                continue
            self.assertEqual(planes, max(np.ptp(lattice.cells[lattice.core], axis=0)) + 1)

    def test_exports_are_the_configurations(self) -> None:
        for row, job in self.jobs[self.jobs["method"] == "exchange"].iterrows():
            lattice, found = self.archive.lattice(row), self.archive.configurations(row)
            (self.folder / "x.xyz").unlink(missing_ok=True)
            self.nxmc("export", "shapes.h5", "--job", job["job"], "--positions", "relaxed", "--output", "x.xyz")
            lines = (self.folder / "x.xyz").read_text().splitlines()
            frame = [line.split() for line in lines[2 : 2 + int(lines[0])]]
            self.assertEqual([words[0] == "Pb" for words in frame], found.is_a[0].tolist())
            displacements = np.array([words[4:7] for words in frame], dtype=float)[:, : 2 if lattice.is_flat else 3]
            np.testing.assert_allclose(displacements, Strain(lattice).displacements(found.is_a[0]), rtol=0, atol=1e-9)

    def test_all_are_drawn(self) -> None:
        """Each with all of its sites, bare and in a shell; one in the plane and one in space are laid out and saved."""
        saved = {self.archive.row(self.jobs["job"][self.jobs["lattice"] == word].iloc[0]) for word in ("disc", "octahedron")}
        for row, job in self.jobs.iterrows():
            lattice = self.archive.lattice(row)
            middle = lattice.cells[:, 1].min() + (np.ptp(lattice.cells[:, 1]) + 1) // 2
            sites = job["n_sites"] if lattice.is_flat else (lattice.cells[:, 1] == middle).sum()
            for draw in (draw_snapshots,) if job["scan"] == "bare" and row not in saved else (draw_areas,) if row not in saved else (draw_snapshots, draw_areas):
                figure = draw(self.archive, row)
                self.assertEqual({len(cells.get_paths()) for ax in figure.axes for cells in ax.collections if isinstance(cells, PolyCollection)}, {sites})
                if row in saved:
                    figure.savefig(self.folder / "x.png")
                    self.assertGreater((self.folder / "x.png").stat().st_size, 1000)
                matplotlib.pyplot.close(figure)

    def test_the_gallery_has_a_picture_of_each_crystal(self) -> None:
        figure = draw_gallery(self.archive, self.jobs[self.jobs["method"] == "exchange"])
        titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
        self.assertEqual(len(titles), len(SIZES))
        self.assertTrue(any(title.startswith("truncated octahedron 4x1\n") for title in titles), titles)
        self.assertTrue(all(ax.collections for ax in figure.axes if ax.get_title()))
        matplotlib.pyplot.close(figure)


if __name__ == "__main__":
    NXMC = Path(sys.argv.pop(1)).resolve()
    unittest.main()
