"""Tests of `nxmc kinetics`, tools/kinetics.py and nxmc.kinetics. First argument: the program nxmc. The package is found through PYTHONPATH."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import subprocess
import sys
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path

from nxmc import command  # noqa: F401  before anything that draws

import numpy as np

from nxmc.frechette2021 import diffusion
from nxmc.kinetics import covariance, fit, of_archive, of_table, results
from nxmc.kinetics.curve import Body, Curve, Surface
from nxmc.kinetics.fit import Fit, Range, Wanted
from nxmc.kinetics.laws import LAWS, laws_named
from nxmc.kinetics.linear_exchange import LinearExchange, diffusion_of_hops
from nxmc.kinetics.shapes import Shape, cells_inside, of_crystal
from nxmc.lattice import Lattice

from campaign_runs import finished, stopped_at_work

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = SourceFileLoader("kinetics", str(ROOT / "tools/kinetics.py")).load_module()
GAS_CONSTANT = 8.314462618
NANOCRYSTAL = Shape("sphere", (3.55e-7,))
"""of Nelson et al. 2019, in cm"""


class Shapes(unittest.TestCase):
    def test_spheres_follow_the_series_at_all_times(self) -> None:
        n = np.arange(1, 20001)
        for time in (1e-6, 1e-3, 0.0499, 0.0501, 0.3, 3.0):
            series = 1 - 6 / np.pi**2 * (np.exp(-time * (n * np.pi) ** 2) / n**2).sum()
            self.assertAlmostEqual(float(Shape("sphere", (2.0,)).fick(np.array([4 * time]))[0]), float(series), delta=1e-4 if time < 1e-4 else 1e-9)

    def test_early_and_late_solutions_meet(self) -> None:
        for name, place, error in (("sphere", 0.05, 1e-11), ("slab", 0.02, 1e-11), ("disc", 1e-4, 1e-8), ("hexagon", 0.04, 1e-5)):
            before, after = Shape(name, (1.0,)).fick(np.array([place * (1 - 1e-12), place]))
            self.assertLess(abs(before - after), error, name)

    def test_boxes_are_products_of_slabs(self) -> None:
        time = np.array([0.01, 0.1, 0.5])
        left = [1 - Shape("slab", (edge,)).fick(time) for edge in (1.0, 2.0, 3.0)]
        np.testing.assert_allclose(Shape("box", (1.0, 2.0, 3.0)).fick(time), 1 - left[0] * left[1] * left[2], atol=1e-12)
        np.testing.assert_allclose(Shape("cube", (2.0,)).fick(time), 1 - left[1] ** 3, atol=1e-12)
        of_disc = 1 - Shape("disc", (1.5,)).fick(time)
        np.testing.assert_allclose(Shape("cylinder", (1.5, 3.0)).fick(time), 1 - of_disc * left[2], atol=1e-12)

    def test_hexagons_decay_with_their_first_eigenvalue(self) -> None:
        early, late = 1 - Shape("hexagon", (2.0,)).fick(np.array([2.0, 3.0]))
        self.assertAlmostEqual(float(np.log(early / late)) * 4, 7.1553, places=3)

    def test_shrinking_cores_invert_their_formulas(self) -> None:
        x = np.linspace(0, 1, 21)
        left = 1 - x
        times = {
            "sphere": (1 - 3 * np.cbrt(left) ** 2 + 2 * left) / 6,
            "disc": (x + left * np.log(np.where(left > 0, left, 1))) / 4,
            "slab": x**2 / 8,
        }
        for name, time in times.items():
            np.testing.assert_allclose(Shape(name, (1.0,)).shrinking_core(time), x, atol=1e-9, err_msg=name)
            self.assertEqual(Shape(name, (1.0,)).shrinking_core(np.array([9.0])), 1)

    def test_a_nanocrystal_of_nelson_is_96_per_cent_exchanged_after_5000_s(self) -> None:
        self.assertAlmostEqual(float(NANOCRYSTAL.fick(np.array([6.7e-18 * 5000]))[0]), 0.956, places=3)


class ExactEquation(unittest.TestCase):
    def test_is_that_of_all_sites(self) -> None:
        times = np.logspace(-3, 1, 15)
        for lattice in (Lattice("hexagon", (5,), 0), Lattice("cube", (5, 5, 5), 0), Lattice("box", (3, 4, 7), 0)):
            found = LinearExchange(lattice).conversion(times, 1, np.exp(2.0), np.exp(-2.0))
            np.testing.assert_allclose(1 - found, diffusion.composition(lattice, -4.0, times), atol=1e-12)

    def test_strong_drives_absorb(self) -> None:
        equation, times = LinearExchange(Lattice("hexagon", (5,), 0)), np.logspace(-2, 1, 9)
        np.testing.assert_allclose(equation.conversion(times, 1), equation.conversion(times, 1, 9e3, 0), atol=2e-4)

    def test_swaps_diffuse_with_3_2_and_5(self) -> None:
        self.assertAlmostEqual(diffusion_of_hops(Lattice("hexagon", (3,), 0)), 1.5)
        self.assertAlmostEqual(diffusion_of_hops(Lattice("cube", (3, 3, 3), 0)), 5)

    def test_volumes_are_those_between_the_sites(self) -> None:
        exact = {("hexagon", (5,)): 48, ("triangle", (5,)): 6.5, ("parallelogram", (4, 6)): 14, ("box", (3, 4, 5)): 24, ("cube", (4, 4, 4)): 27}
        for (name, edges), volume in exact.items():
            self.assertAlmostEqual(cells_inside(Lattice(name, edges, 0)), volume, places=9, msg=name)
        for m in (3, 8, 15):  # half the diagonal
            self.assertAlmostEqual(cells_inside(Lattice("octahedron", (m + 1,), 0)), 2 * m * (2 * m + 1) * (m - 1) / 3, places=9)
        for radius in (8, 12, 20):
            missing = 4 / 3 * np.pi * radius**3 - cells_inside(Lattice("sphere", (radius,), 0))
            self.assertAlmostEqual(missing / (4 * np.pi * radius**2), 0.6, delta=0.03, msg="steps take a layer of the same depth off balls of any size")
        self.assertEqual(of_crystal(Lattice("cylinder", (6, 9), 0)).lengths[1], 8)

    def test_volumes_are_those_with_the_shell(self) -> None:
        lid = Lattice("cube", (5, 5, 5), 4, ("+z",))
        self.assertEqual((len(lid.cells), cells_inside(lid)), (225, 128))
        self.assertEqual(of_crystal(lid).name, "sphere")
        self.assertAlmostEqual(of_crystal(lid).volume, 128)
        self.assertEqual(of_crystal(Lattice("cube", (13, 13, 13), 4)).lengths, (12,))
        self.assertEqual(of_crystal(Lattice("cylinder", (4, 5), 3)).lengths[1], 10)

    def test_large_crystals_are_continua(self) -> None:
        for name, edges in (("hexagon", ((9,), (17,))), ("cube", ((9, 9, 9), (17, 17, 17)))):
            deviations = []
            for edge in edges:
                lattice = Lattice(name, edge, 0)
                diffused = np.array([0.02, 0.05, 0.1]) * (edge[0] - 1) ** 2
                left = 1 - LinearExchange(lattice).conversion(diffused, 1 / diffusion_of_hops(lattice))
                deviations.append(np.abs(1 - left * len(lattice.cells) / cells_inside(lattice) - of_crystal(lattice).fick(diffused)).max())
            self.assertLess(deviations[1], 0.3 * deviations[0], name)  # as the square of the spacing


class Independent:
    """Trajectories of ions that know nothing of each other: each leaves a site of a hexagon at a time of its own."""

    def __init__(self, edge: int, times: np.ndarray) -> None:
        lattice = Lattice("hexagon", (edge,), 0)
        equation = LinearExchange(lattice)
        self.time, self.sites = times, len(lattice.cells)
        inner = np.flatnonzero(lattice.layer > 1)
        rates, modes = np.linalg.eigh(diffusion.generator(lattice, -1.0)[np.ix_(inner, inner)])
        self.left = np.exp(np.outer(times, rates)) * (modes.T @ np.ones(len(inner))) @ modes.T
        self.body = Body(of_crystal(lattice), equation.share_of_surface, 1 - cells_inside(lattice) / self.sites, 1.0, Surface(equation, np.inf, 0.0))

    def curve(self, random: np.random.Generator, trajectories: int) -> Curve:
        leave = random.random((trajectories, 1, self.left.shape[1]))
        conversions = 1 - (leave < self.left).sum(axis=2) / self.sites
        return Curve({}, self.body, self.time, conversions.mean(axis=0), conversions, resolution=1 / self.sites, usual_range=(self.body.at_once, 0.99))


def only(fits: list[Fit]) -> Fit:
    (found,) = fits
    return found


class Fits(unittest.TestCase):
    def test_errors_over_trajectories_cover_d(self) -> None:
        """Of 100 sets of ten trajectories D = 1.5 lies within one error in 68 %, less what ten trajectories do not know of their scatter."""
        random, source = np.random.default_rng(4), Independent(4, np.logspace(-1.5, 1.2, 20))
        for weights in (None, "errors"):
            found = [only(fit.fit_all(source.curve(random, 10), laws_named(["lattice"]), Wanted(weights=weights))) for _ in range(100)]  # type: ignore[arg-type]
            values, errors = (np.array([getattr(each, name)[0] for each in found]) for name in ("values", "errors"))
            inside = int((np.abs(values - 1.5) < errors).sum())
            self.assertGreater(inside, 50, weights)
            self.assertLess(inside, 84, weights)
            self.assertLess(abs(values.mean() - 1.5), 4 * values.std() / np.sqrt(100) + 0.01)
            self.assertAlmostEqual(errors.mean() / values.std(), 1, delta=0.25)

    def test_the_law_that_made_the_data_describes_them_best(self) -> None:
        random, time = np.random.default_rng(5), np.geomspace(10, 20000, 40)
        body, error = Body(NANOCRYSTAL), np.full(40, 0.005)
        truths = {"sphere": [3e-18], "shrinking-core": [2e-18], "exponential": [1e-3, 0.9], "two-exponentials": [2e-4, 0.4, 4e-3, 0.5]}
        for name, values in truths.items():
            (law,) = laws_named([name])
            truth = law.conversion(body, time, values)
            for given in (error, None):
                curve = Curve({}, body, time, truth + error * random.standard_normal(40), error=given)
                fits = fit.fit_all(curve, list(LAWS), Wanted())
                self.assertEqual(fits[int(np.nanargmin(fit.differences(fits)))].law.name, name)
                best = next(each for each in fits if each.law.name == name)
                self.assertLess(np.abs((best.values - values) / best.errors).max(), 4)

    def test_errors_of_independent_points_cover_d(self) -> None:
        random, time = np.random.default_rng(6), np.geomspace(100, 10000, 15)
        truth, error = NANOCRYSTAL.fick(3e-18 * time), np.full(15, 0.02)
        for given in (error, None):
            inside = 0
            for _ in range(100):
                curve = Curve({}, Body(NANOCRYSTAL), time, truth + error * random.standard_normal(15), error=given)
                found = only(fit.fit_all(curve, laws_named(["sphere"]), Wanted()))
                inside += bool(abs(found.values[0] - 3e-18) < found.errors[0])
            self.assertGreater(inside, 52)
            self.assertLess(inside, 84)

    def test_covariances_of_few_trajectories_can_be_inverted(self) -> None:
        random, source = np.random.default_rng(7), Independent(5, np.logspace(-1.5, 1.2, 60))
        few = covariance.of_mean(source.curve(random, 3).trajectories, 1 / source.sites)  # type: ignore[arg-type]
        self.assertLess(np.linalg.cond(few), 1e5)
        many = source.curve(random, 4000).trajectories
        assert many is not None
        many = many[:, many.var(axis=0) > 1.1 / source.sites**2]  # not where less than an ion differs
        scale = np.sqrt(np.outer(many.var(axis=0), many.var(axis=0)) / 4000**2)
        self.assertLess(np.abs((covariance.of_mean(many, 1 / source.sites) - np.cov(many.T) / 4000) / scale).max(), 0.02)

    def test_a_law_holds_in_the_widest_stretch_within_its_limits(self) -> None:
        time = np.linspace(1, 10, 10)
        seen = NANOCRYSTAL.fick(3e-18 * 300 * time)
        seen[2] += 0.1
        curve = Curve({}, Body(NANOCRYSTAL), time * 300, seen)
        found = only(fit.fit_all(curve, laws_named(["sphere"]), Wanted(Range("t", 1200, np.inf), tolerance=0.01)))
        self.assertEqual(found.holds_at, (1200, 3000))
        self.assertEqual(found.times, 7)

    def test_what_cannot_be_fitted_has_a_reason_and_no_number(self) -> None:
        body, time = Body(NANOCRYSTAL), np.array([100.0, 200.0, 300.0])
        cases = {
            "X is 0 at all times": (np.zeros(3), "sphere"),
            "3 times in the range, and 4 coefficients": (np.array([0.1, 0.2, 0.3]), "two-exponentials"),
            "X is 0.5 at all times: there": (np.full(3, 0.5), "sphere"),
        }
        for words, (seen, name) in cases.items():
            found = only(fit.fit_all(Curve({}, body, time, seen), laws_named([name]), Wanted()))
            self.assertFalse(found.found)
            self.assertIn(words, found.remark)
        none = only(fit.fit_all(Curve({}, body, time, np.array([0.1, 0.2, 0.3])), laws_named(["sphere"]), Wanted(Range("X", 0.8, 0.9))))
        self.assertIn("no time with X between 0.8 and 0.9", none.remark)


class Nelson(unittest.TestCase):
    """E_a and D0 of the paper, from conversions made with them."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def table(self, energy: float, prefactor: float, law: str, noise: float = 0.0) -> None:
        random = np.random.default_rng(8)
        course = NANOCRYSTAL.fick if law == "sphere" else NANOCRYSTAL.shrinking_core
        lines = ["t (min),X (%),T [C]"]
        for celsius in range(140, 201, 10):
            d = prefactor * np.exp(-energy * 1e3 / (GAS_CONSTANT * (celsius + 273.15)))
            for time in np.linspace(300, 15000, 30):
                seen = course(np.array([d * time]))[0] + noise * random.standard_normal()
                lines.append(f"{time / 60},{100 * seen},{celsius}")
        (self.folder / "nelson.csv").write_text("\n".join(lines) + "\n")

    def lines(self, law: str) -> dict[str, float]:
        done = kinetics("--data", "nelson.csv", "--radius", "3.55 nm", "--model", law, "--arrhenius", "--format", "json", folder=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        (line,) = json.loads(done.stdout)
        self.assertEqual((line["unit"], line["prefactor_unit"], line["points"]), ("kJ/mol", "cm²/s", 7))
        return dict(line)

    def test_comes_back_exactly(self) -> None:
        for law, energy, prefactor in (("sphere", 174, 110), ("shrinking-core", 165, 3.3)):
            self.table(energy, prefactor, law)
            line = self.lines(law)
            self.assertAlmostEqual(line["E_a"], energy, places=3)
            self.assertAlmostEqual(line["prefactor"] / prefactor, 1, places=3)

    def test_comes_back_within_errors(self) -> None:
        self.table(174, 110, "sphere", noise=0.01)
        line = self.lines("sphere")
        self.assertLess(abs(line["E_a"] - 174), 3 * line["E_a_err"])
        self.assertLess(line["E_a_err"], 3)
        self.assertLess(abs(line["ln_prefactor"] - np.log(110)), 3 * line["ln_prefactor_err"])


def kinetics(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The script, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = SCRIPT.main([*words, "--nxmc", NXMC])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def program(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command that starts it."""
    return subprocess.run([NXMC, "kinetics", *words], cwd=folder, capture_output=True, text=True)


CAMPAIGN = """
name: conversions
defaults: {method: exchange, delta_mu: -20, replicas: 60, times: {from: 0.02, to: 30, points: 20, scale: log}}
scans:
  - {name: plane, lattice: hexagon, size: 6, interaction: none}
  - {name: space, lattice: cube, size: 6, interaction: none, times: {from: 0.003, to: 3, points: 20, scale: log}}
  - {name: hot, lattice: hexagon, size: 4, interaction: ising, temperature: [2, 3, 4], delta_mu: -60, replicas: 8}
  - {name: alone, lattice: hexagon, size: 5, interaction: none, replicas: 1}
  - {name: never, lattice: hexagon, size: 5, interaction: none, delta_mu: 60, replicas: 2}
  - {name: equilibrium, method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, equilibration_sweeps: 1, measured_sweeps: 1}
"""


class OfACampaign(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        finished(NXMC, CAMPAIGN, cls.folder, "conversions")

    def rows(self, *words: str) -> list[dict[str, str]]:
        done = kinetics("conversions.h5", *words, "--format", "csv", folder=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def test_without_interaction_d_is_that_of_swaps(self) -> None:
        for scan, d in (("plane", 1.5), ("space", 5.0)):
            (row, *_) = self.rows("--where", f"scan == {scan}")
            self.assertEqual((row["model"], row["n"]), ("lattice", "60"))
            self.assertLess(abs(float(row["D"]) - d), 3.3 * float(row["D_err"]))
            self.assertLess(float(row["D_err"]), 0.04 * d)
            self.assertEqual(float(row["delta_aic"]), 0)
            self.assertGreater(float(row["holds_to"]), 0.99)

    def test_bonds_have_an_activation_energy(self) -> None:
        done = kinetics("conversions.h5", "--where", "scan == hot", "--model", "lattice", folder=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        fits, lines = done.stdout.split("\n\n")
        self.assertEqual(fits.split()[:7], ["temperature", "n", "model", "D", "D_err", "rms", "delta_aic"])
        self.assertEqual(len(fits.splitlines()), 4)
        self.assertRegex(lines, r"(?m)^lattice +D +3 +\d\.\d+ +0\.\d+ +J +[\d.]+ +a²/time_unit")

    def test_units_of_a_laboratory(self) -> None:
        """An attempt rate with a barrier: E_a is that of the model and the barrier together."""
        words = ("--where", "scan == hot", "--model", "lattice", "--arrhenius")
        (line,) = self.rows(*words)
        physical = ("--lattice-constant", "6 angstrom", "--attempt-rate", "1e13 Hz", "--barrier", "0.5 eV", "--energy", "20 meV")
        (same,) = self.rows(*words, *physical)
        of_model = 0.020 * float(line["E_a"]) * 96.48533212
        self.assertEqual((same["unit"], same["prefactor_unit"]), ("kJ/mol", "cm²/s"))
        self.assertAlmostEqual(float(same["barrier"]), 48.243, places=3)
        self.assertAlmostEqual(float(same["E_a"]), 48.243 + of_model, places=2)
        self.assertAlmostEqual(float(same["prefactor"]) / (float(line["prefactor"]) * 36e-16 * 1e13), 1, places=6)
        fits = self.rows(*words[:-1], *physical)
        kelvin = 2 * 0.020 / 8.617333262e-5
        self.assertAlmostEqual(float(fits[0]["K"]), kelvin, places=6)
        self.assertAlmostEqual(float(fits[0]["D_cm2_s"]) / (float(fits[0]["D"]) * 36e-16 * 1e13 * np.exp(-0.5 / 0.04)), 1, places=9)

    def test_one_trajectory_has_no_errors(self) -> None:
        (row, *_) = self.rows("--where", "scan == alone", "--model", "lattice")
        self.assertEqual((row["D_err"], row["aic"], row["remark"]), ("", "", "one trajectory: no errors"))
        self.assertLess(abs(float(row["D"]) - 1.5), 0.8)

    def test_residuals_are_what_laws_leave_over(self) -> None:
        rows = self.rows("--where", "scan == plane", "--model", "lattice", "--residuals")
        self.assertEqual(len(rows), 20)
        for row in rows:
            self.assertAlmostEqual(float(row["X"]) - float(row["X_model"]), float(row["residual"]), places=12)

    def test_pictures(self) -> None:
        for words in (("--output", "fits.png", "--where", "scan == plane or scan == never"), ("--output", "lines.pdf", "--arrhenius", "--model", "lattice,shape", "--where", "scan == hot")):
            done = kinetics("conversions.h5", *words, folder=self.folder)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{words[1]}\n", ""))
            self.assertGreater((self.folder / words[1]).stat().st_size, 10000)

    def test_what_has_no_answer_is_told_and_has_no_number(self) -> None:
        cases = {
            ("--where", "scan == never"): r"no model was found for any of 1 point: .*X is 0 at all times: there is nothing to fit",
            ("--where", "scan == equilibrium"): r"among the chosen jobs are no exchange jobs",
            ("--where", "scan == plane", "--range", "X=0.5:0.5001"): r"no time with X between 0.5 and 0.5001",
            ("--where", "scan == plane", "--arrhenius"): r"an Arrhenius line needs two temperatures",
            ("--model", "cube"): r"--model: there is no model 'cube'",
            ("--range", "a:b"): r"--range: 'a' is no number",
            ("--columns", "E"): r"there is no column 'E'",
            ("--radius", "3 nm"): r"--radius: only for --data",
            ("--barrier", "0.5 eV"): r"--barrier: needs --attempt-rate",
            ("--lattice-constant", "6"): r"--lattice-constant: '6' has no unit",
            ("--lattice-constant", "-6 nm"): r"--lattice-constant: -6 must be above 0",
        }
        for words, message in cases.items():
            done = kinetics("conversions.h5", *words, folder=self.folder)
            self.assertEqual((done.returncode, done.stdout), (1, ""), words)
            self.assertRegex(done.stderr, message)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for words in (("conversions.h5", "--data", "x.csv"), (), ("conversions.h5", "--output", "x.txt"), ("conversions.h5", "--where", "size <")):
            self.assertEqual(program(*words, folder=self.folder).returncode, 2, words)

    def test_the_program_passes_everything_on(self) -> None:
        words = ("conversions.h5", "--where", "scan == hot", "--model", "lattice,sphere", "--range", "0.6:0.95", "--tolerance", "0.03", "--format", "csv")
        self.assertEqual(program(*words, folder=self.folder).stdout, kinetics(*words, folder=self.folder).stdout)
        done = program("conversions.h5", "--where", "scan == equilibrium", folder=self.folder)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("kinetics.py: conversions.h5: among the chosen jobs are no exchange jobs", done.stderr)

    def test_campaigns_at_work_tell_what_is_there(self) -> None:
        text = "name: late\nscans: [{name: s, method: exchange, lattice: hexagon, size: [4, 30], interaction: none, delta_mu: -20, replicas: 40}]\n"
        archive = stopped_at_work(NXMC, text, self.folder, "late")
        done = kinetics(archive.name, "--model", "lattice", folder=self.folder)
        if done.returncode == 1:
            self.assertRegex(done.stderr, "none of 80 exchange jobs has results yet|nothing was to be fitted|no model was found")
        else:
            self.assertRegex(done.stdout, r"lattice +[\d.]+")

    def test_points_keep_what_the_equation_of_their_crystal_needs(self) -> None:
        job: dict[str, object] = {"delta_mu": -20.0, "temperature": 1.0, "rate_exchange": 2.0, "interaction": "none"}
        body = of_archive.body_of(of_archive.crystal(Lattice("hexagon", (4,), 0)), job)
        assert body.surface is not None
        self.assertAlmostEqual(body.surface.to_b, 2 * np.exp(10))
        self.assertAlmostEqual(body.at_once, 18 / 37)
        self.assertAlmostEqual(body.outside, 10 / 37)
        absorbing = of_archive.body_of(of_archive.crystal(Lattice("hexagon", (4,), 0)), job | {"interaction": "ising"})
        assert absorbing.surface is not None
        self.assertEqual((absorbing.surface.to_b, absorbing.surface.to_a), (np.inf, 0))


MATERIAL = """
A: {name: CdTe, structure: zincblende, lattice_constant: 6.48 angstrom, bulk_modulus: 45 GPa, source: a test}
B: {name: CdS, structure: zincblende, lattice_constant: 5.82 angstrom, bulk_modulus: 55 GPa, source: a test}
attempt_rates: {exchange: {prefactor: 1e13 Hz, barrier: 0.43 eV}, diffusion: {prefactor: 1e13 Hz, barrier: 0.5 eV}}
"""
IN_KELVIN = """
name: warm
material: pair.yaml
scans:
  - {name: free, method: exchange, lattice: hexagon, size: 5, interaction: none, delta_mu: -1 eV, temperature: [350 K, 400 K, 450 K], replicas: 40,
     times: {from: 10 ns, to: 100 us, points: 30, scale: log}}
"""


class InKelvin(unittest.TestCase):
    def test_campaigns_with_a_material_need_no_options(self) -> None:
        """What varies with the temperature, here rates, times and the drive over k_BT, belongs to the same line."""
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            (folder / "pair.yaml").write_text(MATERIAL)
            finished(NXMC, IN_KELVIN, folder, "warm")
            fits = json.loads(kinetics("warm.h5", "--model", "lattice", "--format", "json", folder=folder).stdout)
            self.assertEqual([row["K"] for row in fits], [350, 400, 450])
            spacing = 6.15e-8 / np.sqrt(2)
            for row in fits:
                seconds = 1e-13 * np.exp(0.43 / (8.617333262e-5 * row["K"]))
                self.assertAlmostEqual(row["D_cm2_s"] / (row["D"] * spacing**2 / seconds), 1, places=5)
            (line,) = json.loads(kinetics("warm.h5", "--model", "lattice", "--arrhenius", "--format", "json", folder=folder).stdout)
            self.assertEqual((line["points"], line["unit"], line["delta_mu"]), (3, "kJ/mol", None))
            self.assertAlmostEqual(line["barrier"], 0.5 * 96.48533212, places=3)
            self.assertLess(abs(line["E_a"] - line["barrier"]), 3.3 * line["E_a_err"])
            self.assertLess(line["E_a_err"], 1)
            self.assertLess(abs(line["ln_prefactor"] - np.log(1.5 * spacing**2 * 1e13)), 3.3 * line["ln_prefactor_err"])

    def test_materials_tell_spacing_and_unit_of_energy(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            (folder / "pair.yaml").write_text(MATERIAL)
            text = "name: warm\nscans: [{name: s, method: exchange, lattice: hexagon, size: 4, temperature: [1.5, 2], delta_mu: -60, replicas: 4, times: {from: 1e-3, to: 30, points: 20, scale: log}}]\n"
            finished(NXMC, text, folder, "warm")
            words = ("warm.h5", "--material", "pair.yaml", "--attempt-rate", "1e13 Hz", "--barrier", "0.43 eV", "--model", "lattice", "--format", "json")
            rows = json.loads(kinetics(*words, folder=folder).stdout)
            epsilon = 6.15e-10 * 50e9 * (0.66e-10) ** 2 / 48 / 1.602176634e-19
            for row in rows:
                self.assertAlmostEqual(row["K"] / (row["temperature"] * epsilon / 8.617333262e-5), 1, places=5)
                attempts = 1e13 * np.exp(-0.43 / (8.617333262e-5 * row["K"]))
                self.assertAlmostEqual(row["D_cm2_s"] / (row["D"] * (6.15e-8) ** 2 / 2 * attempts), 1, places=5)
            done = kinetics(*words[:2], "none.yaml", *words[3:], folder=folder)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("none.yaml", done.stderr)


class Tables(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def refusal(self, text: str | None, *words: str) -> str:
        if text is not None:
            (self.folder / "mine.csv").write_text(text)
        done = kinetics("--data", "mine.csv", *words, folder=self.folder)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr

    def test_refusals_name_the_place(self) -> None:
        size = ("--radius", "3 nm")
        good = "t,X\n1,0.1\n2,0.2\n3,0.3\n"
        self.assertIn("mine.csv: cannot be read", self.refusal(None, *size))
        self.assertIn("say how large the crystals are", self.refusal(good))
        self.assertIn("no column is called X or conversion", self.refusal("t,Y\n1,2\n", *size))
        self.assertIn("row 2 below the header, column 'X': 'abc': is no number", self.refusal("t,X\n1,0.1\n2,abc\n", *size))
        self.assertIn("a time must not be negative", self.refusal("t,X\n-1,0.1\n", *size))
        self.assertIn("a fraction between 0 and 1", self.refusal("t,X\n1,30\n", *size))
        self.assertIn("an error must be above 0", self.refusal("t,X,error\n1,0.3,0\n", *size))
        self.assertIn("'fortnights' is no unit", self.refusal("t (fortnights),X\n1,0.3\n", *size))
        self.assertIn("has no rows", self.refusal("t,X\n", *size))
        self.assertIn("the columns 't' and 'time' are both t", self.refusal("t,time,X\n1,1,0.3\n", *size))
        self.assertIn("the columns 'X' and 'X.1' are both X", self.refusal("t,X,X\n1,0.3,0.4\n", *size))
        self.assertIn("no time is above 0", self.refusal("t,X\n0,0\n0,0.1\n", *size))
        self.assertIn("a box has 3", self.refusal(good, "--shape", "box", "--radius", "3 nm"))
        self.assertIn("is no unit", self.refusal(good, "--radius", "3 furlongs"))
        self.assertIn("--lattice-constant: only for an archive", self.refusal(good, *size, "--lattice-constant", "6 angstrom"))
        self.assertIn("1 time in the range, and 1 coefficient", self.refusal("t,X\n1,0.3\n", *size))

    def test_headers_tell_units(self) -> None:
        path = self.folder / "mine.csv"
        path.write_text("# made by hand\ntime [min]; X (%); X_err (%); T / C\n2; 50; 5; 20\n1; 25; 5; 20\n")
        (curve,) = of_table.read_curves(path, Body(NANOCRYSTAL))
        np.testing.assert_allclose(curve.time, [60, 120])
        np.testing.assert_allclose(curve.conversion, [0.25, 0.5])
        assert curve.error is not None
        np.testing.assert_allclose(curve.error, 0.05)
        self.assertAlmostEqual(curve.units.kelvin, 293.15)

    def test_surfaces_and_ends_are_taken_into_account(self) -> None:
        time = np.geomspace(50, 5000, 20)
        seen = 0.2 + 0.7 * Shape("cube", (5e-7,)).fick(3e-18 * time)
        (self.folder / "mine.csv").write_text("t,X\n" + "".join(f"{t},{x}\n" for t, x in zip(time, seen)))
        words = ("--data", "mine.csv", "--shape", "cube", "--radius", "5 nm", "--at-once", "0.2", "--final", "0.9", "--model", "shape", "--format", "json")
        (row,) = json.loads(kinetics(*words, folder=self.folder).stdout)
        self.assertAlmostEqual(row["D"] / 3e-18, 1, places=5)


class Lines(unittest.TestCase):
    def test_errors_of_lines_cover_the_energy(self) -> None:
        random, inverse = np.random.default_rng(9), np.linspace(1, 3, 6)
        inside = 0
        for _ in range(300):
            truth = 2 * np.exp(-1.5 * inverse)
            line = results.line_through(inverse, truth * np.exp(0.05 * random.standard_normal(6)), 0.05 * truth)
            inside += bool(abs(line.energy - 1.5) < line.energy_error)
        self.assertGreater(inside, 190)  # more than 68 %, since errors are only enlarged
        self.assertLess(inside, 265)

    def test_need_two_temperatures(self) -> None:
        line = results.line_through(np.array([1.0]), np.array([2.0]), np.array([0.1]))
        self.assertTrue(np.isnan(line.energy))
        self.assertIn("a line needs two", line.remark)


if __name__ == "__main__":
    NXMC = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
