"""Crystals that are a list of sites in a file: what is wrong with such files, and what becomes of those that are right. First argument:
the program nxmc."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

import nxmc
from nxmc.lattice import sites_of, word_of_list
from nxmc.strain import Strain

# A wedge of the triangular lattice, a cube without a corner: none of the shapes.
WEDGE = "# row, place\n" + "".join(f"{row} {place}\n" for row in range(4) for place in range(5 - row // 2))
DENTED = "".join(f"{x}, {y}, {z}  # a site\n" for x, y, z in itertools.product(range(3), repeat=3) if (x, y, z) != (2, 2, 2))
CAMPAIGN = """
name: lists
scans:
  - {name: wedge, method: exchange, sites: wedge.txt, temperature: 1, delta_mu: -20, times: [1e-3, 1e6], snapshots: {times: [1e-3]}}
  - {name: dented, method: equilibrium, sites: lists/dented.txt, shell_layers: 1, shell_stiffness: 3, temperature: 1, measured_sweeps: 8,
     equilibration_sweeps: 4, snapshots: {sweeps: [0]}}
"""


class Sites(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "lists").mkdir()
        self.write("wedge.txt", WEDGE)
        self.write("lists/dented.txt", DENTED)
        self.write("lists.yaml", CAMPAIGN)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def nxmc(self, *words: object, code: int = 0) -> str:
        done = subprocess.run([NXMC, "--log-level", "error", *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr if code else done.stdout

    def refusal(self, text: str) -> str:
        self.write("wedge.txt", text)
        lines = self.nxmc("plan", "lists.yaml", code=1)
        self.assertIn("lists.yaml:4:44: scans[0].sites: ", lines)
        return lines

    def test_wrong_lists_are_refused_with_their_place(self) -> None:
        for text, message in (
            ("", "'wedge.txt' holds no sites"),
            ("# nothing\n", "'wedge.txt' holds no sites"),
            ("0 0\n0 x\n", "wedge.txt:2: 'x' is no whole number"),
            ("0 0\n0 1.5\n", "wedge.txt:2: '1.5' is no whole number"),
            ("0 0\n0 99999999999\n", "wedge.txt:2: '99999999999' is no whole number"),
            ("0\n", "wedge.txt:1: 1 number; a site has two"),
            ("0 0 0 0\n", "wedge.txt:1: 4 numbers; a site has two"),
            ("0 0\n0 1 1\n", "wedge.txt:2: 3 numbers, where line 1 has 2"),
            ("0 0\n0 1\n\n0 0\n", "wedge.txt:4: the site stands in line 1, too"),
            ("0 0\n", "'wedge.txt' holds a single site"),
            ("0 0\n0 1\n5 5\n5 6\n", "'wedge.txt' holds sites in several pieces"),
            ("0 0\n0 1\n0 2\n", "parts of this crystal move without force"),
        ):
            with self.subTest(text):
                self.assertIn(message, self.refusal(text))

    def test_a_missing_file_is_refused_where_it_is_named(self) -> None:
        (self.folder / "wedge.txt").unlink()
        self.assertIn("lists.yaml:4:44: scans[0].sites: 'wedge.txt' cannot be read", self.nxmc("plan", "lists.yaml", code=1))

    def test_a_campaign_goes_on_when_the_list_is_gone(self) -> None:
        self.nxmc("run", "lists.yaml")
        (self.folder / "wedge.txt").unlink()
        kept = "wedge.txt is not there any more; its text in lists.h5 is taken"
        for words in (("plan", "lists.yaml", "--archive", "lists.h5"), ("run", "lists.yaml")):
            done = subprocess.run([NXMC, *words], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(kept, done.stderr)
        self.write("lists.yaml", CAMPAIGN + "  - {name: more, method: exchange, sites: wedge.txt, temperature: 2, delta_mu: -20, times: [1]}\n")
        self.nxmc("run", "lists.yaml")
        jobs = nxmc.open(self.folder / "lists.h5").jobs()
        self.assertEqual(set(jobs["state"]), {"done"})
        self.assertEqual(jobs[jobs["scan"] == "more"]["lattice"].iloc[0], jobs[jobs["scan"] == "wedge"]["lattice"].iloc[0])

    def test_archives_with_lists_are_merged(self) -> None:
        self.nxmc("run", "lists.yaml")
        self.write("lists.yaml", CAMPAIGN.replace("temperature: 1,", "temperature: 3,"))
        self.nxmc("run", "lists.yaml", "--archive", "hot.h5")
        self.nxmc("merge", "lists.h5", "hot.h5", "both.h5")
        (self.folder / "wedge.txt").unlink()
        self.nxmc("verify", "both.h5")
        both = nxmc.open(self.folder / "both.h5")
        self.assertEqual(sorted(both.jobs()["temperature"]), [1, 1, 3, 3])
        self.assertEqual({len(both.lattice(job).cells) for job in range(4)}, {len(nxmc.open(self.folder / "hot.h5").lattice(job).cells) for job in range(2)})

    def test_units_of_lists_are_those_of_their_dimension(self) -> None:
        material = """A: {name: CdTe, structure: zincblende, lattice_constant: 6.48 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 5.82 angstrom}
bulk_modulus: 50 GPa
"""
        self.write("pair.yaml", material)
        self.write("lists.yaml", CAMPAIGN.replace("scans:", "material: pair.yaml\nscans:"))
        self.nxmc("run", "lists.yaml")
        told = self.nxmc("query", "lists.h5", "--units", "physical", "--format", "csv", "--columns", "size,temperature").split()
        self.assertEqual([line.split(",")[0] for line in told[-2:]], list(map(str, nxmc.open(self.folder / "lists.h5").jobs()["size"])), "how many, no length")
        told = self.nxmc("query", "lists.h5", "--format", "csv", "--columns", "unit_length").split()
        self.assertAlmostEqual(float(told[-2]), 6.15 / 2**0.5, places=4)
        self.assertAlmostEqual(float(told[-1]), 6.15, places=4)

    def test_pictures_know_lists_by_their_dimension(self) -> None:
        self.nxmc("run", "lists.yaml")
        archive = nxmc.open(self.folder / "lists.h5")
        jobs = archive.jobs()
        self.assertEqual(list(archive.are_flat(jobs)), [True, False])
        self.assertEqual([sites_of(*row) for row in zip(jobs["lattice"], jobs["size"])], list(jobs["n_core"]))

    def test_a_list_has_no_other_shape(self) -> None:
        self.write("lists.yaml", CAMPAIGN.replace("sites: wedge.txt", "sites: wedge.txt, lattice: disc, size: 3"))
        refused = self.nxmc("plan", "lists.yaml", code=1)
        self.assertIn("scans[0].lattice: a list of sites has neither lattice nor size", refused)
        self.assertIn("scans[0].size: a list of sites has neither lattice nor size", refused)

    def test_archives_keep_the_list(self) -> None:
        self.nxmc("run", "lists.yaml")
        (self.folder / "wedge.txt").unlink()
        self.nxmc("verify", "lists.h5")
        archive = nxmc.open(self.folder / "lists.h5")
        jobs = archive.jobs()
        self.assertEqual(set(jobs["state"]), {"done"})
        self.assertTrue(jobs["lattice"].str.match("sites-[0-9a-f]{16}$").all())
        wedge, dented = archive.lattice(0), archive.lattice(1)
        self.assertEqual(sorted(map(tuple, wedge.cells[:, :2].tolist())), sorted((r, p) for r in range(4) for p in range(5 - r // 2)))
        self.assertEqual(len(dented.core), 26)
        self.assertEqual(len(dented.symmetry), 6)
        self.assertEqual([int(n) for n in jobs["n_sites"]], [len(wedge.cells), len(dented.cells)])
        self.assertEqual(archive.times(where="time > 1")["c"].tolist(), [0.0])
        self.assertAlmostEqual(float(np.abs(archive.kernel(1).sum(axis=1)).max()), 0, places=9)
        is_a = archive.configurations(0).is_a[0]
        self.nxmc("export", "lists.h5", "--job", jobs["job"][0], "--positions", "relaxed", "--output", "x.xyz")
        lines = (self.folder / "x.xyz").read_text().splitlines()
        frame = [line.split() for line in lines[2 : 2 + int(lines[0])]]
        self.assertEqual([words[0] == "Pb" for words in frame], is_a.tolist())
        displacements = np.array([words[4:6] for words in frame], dtype=float)
        np.testing.assert_allclose(displacements, Strain(wedge).displacements(is_a), rtol=0, atol=1e-9)

    def test_a_list_under_the_name_of_another_is_damage(self) -> None:
        self.nxmc("run", "lists.yaml")
        archive = nxmc.open(self.folder / "lists.h5")
        names = [str(name) for name in archive.jobs()["lattice"]]
        for job, name in enumerate(names):
            self.assertEqual(word_of_list(archive._sites(name)), name, job)
        swapped = {f"crystals/{names[0]}": archive._file[f"crystals/{names[1]}"]}
        with mock.patch.object(archive, "_file", swapped), self.assertRaisesRegex(nxmc.ArchiveError, f"/crystals/{names[0]} is not the list"):
            archive._sites(names[0])

    def test_jobs_are_named_by_what_is_in_the_list(self) -> None:
        def jobs(text: str) -> list[str]:
            self.write("wedge.txt", text)
            self.nxmc("run", "lists.yaml", "--archive", f"{len(list(self.folder.iterdir()))}.h5")
            newest = max(self.folder.glob("*.h5"), key=lambda path: path.stat().st_mtime_ns)
            return list(nxmc.open(newest).jobs()["job"])

        first = jobs(WEDGE)
        self.assertEqual(jobs("\n".join(reversed(WEDGE.splitlines()))), first)
        self.assertNotEqual(jobs(WEDGE + "4 0\n")[0], first[0])


if __name__ == "__main__":
    NXMC = Path(sys.argv.pop(1)).resolve()
    unittest.main()
