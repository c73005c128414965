"""Tests of nxmc.frechette2021 and tools/paper. First argument: the program nxmc; with --quick as second one the quick campaigns are run,
and every statement is checked. The package is found through PYTHONPATH."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from nxmc import command  # noqa: F401  before anything that draws
import numpy as np

import nxmc
from nxmc.courses import Course
from nxmc.frechette2021 import diffusion, exchange, page, rods
from nxmc.frechette2021.statement import Results, Statement
from nxmc.lattice import NO_SITE, Lattice
from nxmc.program import Program

from campaign_runs import finished, stopped_at_work
from forked_commands import ForkedCommand

ROOT = Path(__file__).resolve().parents[2]
write_page = ForkedCommand(ROOT / "tools/nxmc/frechette2021/__main__.py", "nxmc.frechette2021.__main__")
CAMPAIGNS = ROOT / "campaigns/paper"


class Campaigns(unittest.TestCase):
    def test_every_figure_has_one_and_a_quick_one(self) -> None:
        names = {f"{figure.name}.yaml" for figure in page.FIGURES}
        self.assertEqual({path.name for path in CAMPAIGNS.glob("*.yaml")}, names)
        self.assertEqual({path.name for path in (CAMPAIGNS / "quick").glob("*.yaml")}, names)

    def test_quick_ones_have_the_same_names_and_seeds(self) -> None:
        for path in CAMPAIGNS.glob("*.yaml"):
            full, quick = ({line for line in each.read_text().splitlines() if line.startswith(("name:", "seed:"))} for each in (path, CAMPAIGNS / "quick" / path.name))
            self.assertEqual(full, quick, path.name)


class WithoutInteraction(unittest.TestCase):
    """The exact linear equation."""

    def test_is_that_of_the_sites_one_by_one(self) -> None:
        lattice, drive = Lattice("hexagon", (3,), 0), -3.0
        share, times, step = np.ones(19), np.array([0.05, 0.2]), 0.0025

        def change_of(share: np.ndarray) -> np.ndarray:
            change = np.zeros(19)
            for site in range(19):
                for neighbour in lattice.neighbour[site]:
                    if neighbour != NO_SITE:
                        change[site] += share[neighbour] - share[site]
                if lattice.layer[site] == 1:
                    change[site] += np.exp(drive / 2) * (1 - share[site]) - np.exp(-drive / 2) * share[site]
            return change

        found = []
        for k in range(1, round(times[-1] / step) + 1):  # Runge and Kutta's steps
            first = change_of(share)
            second = change_of(share + step / 2 * first)
            third = change_of(share + step / 2 * second)
            share = share + step / 6 * (first + 2 * second + 2 * third + change_of(share + step * third))
            if np.isclose(k * step, times, atol=step / 2).any():
                found.append(share.mean())
        np.testing.assert_allclose(diffusion.composition(lattice, drive, times), found, rtol=1e-7)

    def test_ends_where_surface_and_reservoir_are_in_balance(self) -> None:
        lattice = Lattice("hexagon", (4,), 0)
        (end,) = diffusion.composition(lattice, -2.0, np.array([1e4]))
        self.assertAlmostEqual(end, 1 / (1 + np.exp(2.0)), places=9)
        self.assertGreater(diffusion.slowest_rate(lattice, -2.0), 0)

    def test_is_what_trajectories_do(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            archive = finished(
                NXMC,
                "name: free\nscans: [{name: non-interacting, method: exchange, lattice: hexagon, size: 4, interaction: none, delta_mu: -4, "
                "replicas: 400, times: {from: 0.01, to: 20, points: 30, scale: log}}]\n",
                folder,
                "free",
            )
            results = Results(nxmc.open(archive), Program(NXMC))
            found = exchange.composition(results, "non-interacting")
            exact = diffusion.composition(results.archive.lattice(0), -4.0, found.time)
            self.assertLess(np.abs((found.mean - exact) / found.error).max(), 4)
            statement = exchange.exact_decay(results)
            self.assertIs(statement.holds, True)


class Measures(unittest.TestCase):
    def test_courses_pass_values(self) -> None:
        time = np.logspace(-2, 2, 81)
        course = Course(time, np.exp(-time), np.full(81, 0.01), 7)
        passed, error = course.passes(0.5)
        self.assertAlmostEqual(passed, np.log(2), delta=0.01)
        self.assertAlmostEqual(error, 0.01 / 0.5, delta=0.003)
        self.assertTrue(np.isnan(course.passes(2)[0]))
        self.assertEqual(course.at(1.02), (float(np.exp(-time[40])), 0.01))

    def test_stripes_have_wavelength_and_height(self) -> None:
        plane = np.arange(50)
        for wavelength in (5.5, 11.0, 16.0):
            stripes = rods.stripes_of(0.5 + 0.3 * np.sin(2 * np.pi * plane / wavelength))
            self.assertAlmostEqual(stripes.wavelength, wavelength, delta=0.12 * wavelength)
            self.assertAlmostEqual(stripes.deviation, 0.3 / np.sqrt(2), delta=0.02)

    def test_stripes_live_from_half_their_height_to_half_their_height(self) -> None:
        times = np.arange(6.0)
        self.assertAlmostEqual(rods.half_life(times, np.array([0, 0.2, 0.4, 0.3, 0.1, 0])), 3.5 - 1)
        self.assertEqual(rods.half_life(times, np.array([0.4, 0.4, 0.3, 0.3, 0.3, 0.3])), np.inf)
        self.assertAlmostEqual(rods.half_life(times, np.array([0.4, 0.3, 0.1, 0, 0, 0])), 1.5)

    def test_drives_are_found_between_those_that_were_tried(self) -> None:
        waits = [rods.Wait("exact", drive, mean, 0.1 * mean, 0, 8) for drive, mean in ((-10, 40.0), (-11, 20.0), (-12, 10.0))]
        drive, error = rods.drive_for(waits, "exact", 20 / np.sqrt(2))
        self.assertAlmostEqual(drive, -11.5)
        self.assertAlmostEqual(error, 0.1 / np.sqrt(2) / np.log(2))
        self.assertTrue(np.isnan(rods.drive_for(waits, "exact", 50)[0]))
        self.assertTrue(np.isnan(rods.drive_for(waits, "published", 20)[0]))
        self.assertAlmostEqual(rods.passes_half(np.array([1.0, 2.0, 3.0]), np.array([0.9, 0.6, 0.4])), 2.5)

    def test_structure_factors_of_random_profiles_are_their_variance(self) -> None:
        profiles = np.random.default_rng(3).binomial(100, 0.3, (400, 50)) / 100
        strengths = np.mean([rods.structure_factor(profile)[1] for profile in profiles], axis=0)
        self.assertAlmostEqual(strengths[20:-20].mean(), 0.3 * 0.7 / 100, delta=2e-4)

    def test_flat_places_of_stairs_are_found(self) -> None:
        self.assertEqual(len(exchange.smoothed(np.arange(20.0))), 20)
        np.testing.assert_allclose(exchange.smoothed(np.arange(20.0))[5:15], np.arange(5, 15))


class Command(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def write(self, *words: str) -> subprocess.CompletedProcess[str]:
        return write_page(self.folder, "--output", self.folder / "x.html", "--nxmc", NXMC, *words)

    def test_what_has_not_run_is_named_with_its_command(self) -> None:
        done = self.write()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        html = (self.folder / "x.html").read_text()
        for figure in page.FIGURES:
            self.assertIn(f"mpirun -n 2 nxmc run campaigns/paper/{figure.name}.yaml --archive {self.folder / figure.name}.h5", html)

    def test_campaigns_that_have_just_begun_do_not_keep_the_page_from_being_written(self) -> None:
        for name in ("fig2", "fig10", "fig5"):
            text = (CAMPAIGNS / f"quick/{name}.yaml").read_text()
            stopped_at_work(NXMC, text.replace("[[10, 10, 50]]", "[[6, 6, 30]]").replace("size: 16", "size: 8"), self.folder, name)
        done = self.write()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("Figs. 1B, 2 and 3", (self.folder / "x.html").read_text())

    def test_unknown_figures_are_told_which_there_are(self) -> None:
        command = [sys.executable, "-B", "-m", "nxmc.frechette2021", self.folder, "--output", "x.html", "--nxmc", NXMC, "--figure", "3"]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT / "tools")})
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no figure 3; they are 2, 4A, 4, 5, 6, 8, 9, 10, S1", done.stderr)
        for words in (["--figure", "3"], ["--ranks", "none"], ["--ranks", "none", "--figure", "2"], ["--fast"]):
            refused = subprocess.run([ROOT / "tools/paper", *words], capture_output=True, text=True)
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn("Usage: tools/paper", refused.stderr)


class LongQuick(unittest.TestCase):
    """The quick campaigns: what holds, and numbers that are known."""

    def test_statements(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            found: dict[str, list[Statement]] = {}
            for figure in page.FIGURES:
                archive = Path(folder) / f"{figure.name}.h5"
                subprocess.run([NXMC, "--log-level", "error", "run", CAMPAIGNS / f"quick/{figure.name}.yaml", "--archive", archive], check=True)
                found[figure.name] = figure.check(Results(nxmc.open(archive), Program(NXMC)))
            failed = [f"{name}: {each.words}: {each.ours}" for name, several in found.items() for each in several if each.holds is False]
            # The drive that is printed does not lead to what is printed.
            self.assertEqual(len(failed), 2, failed)
            self.assertTrue(all("at Δμ/ε = −200 a rod is in the midst" in each for each in failed), failed)
            html, told = page.write_page(page.FIGURES, Path(folder), CAMPAIGNS, Program(NXMC))
            self.assertEqual(len(told), 2)
            self.assertNotIn("Not drawn", html)
            self.assertNotIn("Not checked", html)
            self.assertLess(len(html), 15_000_000)


if __name__ == "__main__":
    NXMC = os.path.abspath(sys.argv.pop(1))
    quick = "--quick" in sys.argv
    if quick:
        sys.argv.remove("--quick")
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    chosen = unittest.TestSuite(test for group in suite for test in group if isinstance(test, LongQuick) == quick)
    sys.exit(not unittest.TextTestRunner().run(chosen).wasSuccessful())
