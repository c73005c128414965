"""Tests of nxmc.solid_pictures, movies, and of the numbers of crystals. First argument: the program nxmc. The package is found through PYTHONPATH."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from nxmc import command  # noqa: F401  before anything that draws
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import nxmc
from nxmc import movies, picture_data, solid_pictures
from nxmc.errors import NothingToDraw
from nxmc.lattice import sites_of
from nxmc.pictures import A_COLOUR

from campaign_runs import finished

CAMPAIGN = """
name: solids
defaults: {method: exchange, temperature: 1.5, delta_mu: -200, times: [1]}
scans:
  - {name: boxes, lattice: box, size: [[3, 4, 5]], exchange_until: 1e-25, snapshots: {times: [1e-40, 1e-27, 1]}}
  - {name: flat, lattice: hexagon, size: 3, snapshots: {times: [1e-40, 1]}}
  - {name: balls, lattice: sphere, size: 3, snapshots: {times: [1e-40, 1e-27]}}
  - {name: single, lattice: hexagon, size: 4, snapshots: {times: [1]}}
"""


class Faces(unittest.TestCase):
    def test_of_a_pure_crystal_its_three_sides_are_seen(self) -> None:
        for cut_away in (False, True):
            faces, colours = solid_pictures.visible_faces(np.ones((3, 4, 5), bool), np.ones((3, 4, 5), bool), cut_away)
            self.assertEqual(len(faces), 3 * 4 + 3 * 5 + 4 * 5)
            self.assertTrue((colours[:, 3] == 1).all())

    def test_b_is_translucent_and_hides_nothing(self) -> None:
        is_a = np.zeros((3, 3, 3), bool)
        is_a[1, 1, 1] = True
        faces, colours = solid_pictures.visible_faces(is_a, np.ones_like(is_a), cut_away=False)
        self.assertEqual(((colours[:, 3] == 1).sum(), (colours[:, 3] < 1).sum()), (3, 27))
        self.assertTrue(np.isclose(colours[colours[:, 3] == 1, :3].max(axis=0), to_rgb(A_COLOUR)).all())
        hidden, _ = solid_pictures.visible_faces(is_a, np.ones_like(is_a), cut_away=True)
        self.assertGreater(len(hidden), 27 - 1)

    def test_what_hides_something_is_painted_after_it(self) -> None:
        """Along rays from the viewer: what they meet first is what is painted last at their place."""
        random = np.random.default_rng(1)
        is_a = random.random((4, 4, 4)) < 0.3
        faces, colours = solid_pictures.visible_faces(is_a, np.ones_like(is_a), cut_away=False)
        opaque = faces[colours[:, 3] == 1]
        towards = solid_pictures.TOWARDS_VIEWER / np.linalg.norm(solid_pictures.TOWARDS_VIEWER)
        right, up = solid_pictures.projected(np.eye(3)).T
        met = 0
        for place in solid_pictures.projected(random.uniform(0, 3, (60, 3))):
            cells = np.rint(place[0] * right + place[1] * up + np.linspace(12, -12, 24001)[:, None] * towards).astype(int)
            inside = ((cells >= 0) & (cells < 4)).all(axis=1)
            hit = np.zeros(len(cells), bool)
            hit[inside] = is_a[tuple(cells[inside].T)]
            over = [face for face in opaque if _contains(face, place)]
            if not hit.any():
                self.assertEqual(over, [])
                continue
            first = int(np.argmax(hit))
            step = cells[first - 1] - cells[first]
            if np.abs(step).sum() == 1:  # else through an edge
                np.testing.assert_allclose(over[-1].mean(axis=0), solid_pictures.projected(cells[first] + 0.5 * step), atol=1e-9)
                met += 1
        self.assertGreater(met, 20)


def _contains(face: np.ndarray, place: np.ndarray) -> bool:
    edges = np.roll(face, -1, axis=0) - face
    to_place = place - face
    turns = edges[:, 0] * to_place[:, 1] - edges[:, 1] * to_place[:, 0]
    return bool((turns > 0).all() or (turns < 0).all())


class Pictures(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.archive = nxmc.open(finished(NXMC, CAMPAIGN, cls.folder, "solids"))
        jobs = cls.archive.jobs()
        cls.row = {scan: int(jobs.index[jobs["scan"] == scan][0]) for scan in ("boxes", "flat", "balls", "single")}

    def tearDown(self) -> None:
        plt.close("all")

    def test_crystals_say_what_they_are(self) -> None:
        figure = solid_pictures.draw_solids(self.archive, self.row["boxes"])
        self.assertIn("box 3x4x5, $N$ = 60", figure._suptitle.get_text())
        self.assertIn("B is translucent", figure._suptitle.get_text())
        captions = [text.get_text() for ax in figure.axes for text in ax.texts]
        self.assertEqual(captions[0], "$t$ = 1e-40\n$c$ = 1.000")
        self.assertIn("$t$ = 1\n1 after its end", captions[2])
        with self.assertRaisesRegex(NothingToDraw, "is flat"):
            solid_pictures.draw_solids(self.archive, self.row["flat"])

    def test_crystals_of_any_shape_are_drawn(self) -> None:
        solid_pictures.draw_solids(self.archive, self.row["balls"], cut_away=True)
        lattice = self.archive.lattice(self.row["balls"])
        is_a, is_there = solid_pictures.solid_of(lattice, np.ones(len(lattice.cells), bool))
        self.assertEqual((is_a.shape, is_a.sum(), is_there.sum()), ((7, 7, 7), len(lattice.cells), len(lattice.cells)))
        faces, _ = solid_pictures.visible_faces(is_a, is_there, cut_away=False)
        outside = sum(tuple(cell + step) not in {tuple(each) for each in lattice.cells} for cell in lattice.cells for step in ((1, 0, 0), (0, -1, 0), (0, 0, 1)))
        self.assertEqual(len(faces), outside)

    def test_numbers_of_crystals_are_their_sites(self) -> None:
        table = picture_data.sites_of_configurations(self.archive, self.row["boxes"])
        self.assertEqual(list(table.columns), ["time", "x", "y", "z", "occupant", "phase"])
        self.assertEqual(len(table), 3 * 60)
        shares = table.groupby("time")["occupant"].apply(lambda each: (each == "A").mean())
        np.testing.assert_allclose(shares, self.archive.configurations(self.row["boxes"]).is_a.mean(axis=1))
        self.assertEqual((table["phase"] == "").sum(), 3 * (60 - 1 * 2 * 3))

    def test_without_ffmpeg_a_movie_is_a_gif(self) -> None:
        with mock.patch("shutil.which", return_value=None):
            path, said = movies.draw_movie(self.folder / "m.mp4", self.archive, self.row["flat"])
        self.assertEqual((path, path.read_bytes()[:4]), (self.folder / "m.gif", b"GIF8"))
        self.assertIn("ffmpeg is missing", said)
        if shutil.which("ffmpeg") is not None:
            path, said = movies.draw_movie(self.folder / "m.mp4", self.archive, self.row["flat"])
            self.assertEqual((path.read_bytes()[4:8], said), (b"ftyp", ""))

    def test_or_a_sequence_of_pictures(self) -> None:
        path, said = movies.draw_movie(self.folder / "s.png", self.archive, self.row["boxes"])
        names = sorted(each.name for each in self.folder.glob("s-*.png"))
        self.assertEqual((path.name, names, said), ("s-0001.png", ["s-0001.png", "s-0002.png", "s-0003.png"], ""))
        with self.assertRaisesRegex(NothingToDraw, "at least 2 snapshots"):
            movies.draw_movie(self.folder / "x.gif", self.archive, self.row["single"])

    def test_of_which_all_are_there_or_none(self) -> None:
        folder = self.folder / "sequence"
        folder.mkdir()

        def full(figure: Figure, path: Path, **_: object) -> None:
            if len(list(folder.iterdir())) == 2:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            path.write_text("a frame")

        with mock.patch.object(Figure, "savefig", full), self.assertRaisesRegex(OSError, "No space left"):
            movies.draw_movie(folder / "s.png", self.archive, self.row["boxes"])
        self.assertEqual(list(folder.iterdir()), [])
        (folder / "s-0003.png").mkdir()
        with self.assertRaises(IsADirectoryError):
            movies.draw_movie(folder / "s.png", self.archive, self.row["boxes"])
        self.assertEqual([path.name for path in folder.iterdir()], ["s-0003.png"])

    def test_crystals_have_as_many_sites_as_their_size_says(self) -> None:
        jobs = self.archive.jobs()
        self.assertEqual([sites_of(lattice, str(size)) for lattice, size in zip(jobs["lattice"], jobs["size"])], jobs["n_core"].tolist())
        self.assertEqual([sites_of("periodic-hexagon", "12"), sites_of("periodic-hexagon", "12x18"), sites_of("periodic-cube", "4"), sites_of("cube", "5")], [144, 216, 64, 125])


if __name__ == "__main__":
    NXMC = os.path.abspath(sys.argv.pop(1))
    unittest.main()
