"""Tests of tools/plot.py and nxmc.pictures on a small archive. First argument: the program nxmc. The package is found through PYTHONPATH."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path
from unittest import mock

from nxmc import command  # noqa: F401  before anything that draws
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.legend import Legend

import nxmc
from nxmc import chain_pictures, curves, histograms, maps, patterns, pictures, site_pictures
from nxmc.program import Program
from nxmc.strain import Strain

from campaign_runs import finished
from forked_commands import ForkedCommand

TOOLS = Path(__file__).resolve().parents[2] / "tools"
PLOT = TOOLS / "plot.py"
plot = ForkedCommand(PLOT)

CAMPAIGN = """
name: pictures
defaults: {lattice: hexagon, size: 4, temperature: 0.2, delta_mu: -20}
scans:
  - {name: cubes, method: equilibrium, lattice: cube, shell_layers: 1, shell_stiffness: [1, 2], equilibration_sweeps: 2,
     measured_sweeps: 1, measure_every: {areas: 0}}
  - {name: hexagons, method: equilibrium, shell_layers: 1, shell_stiffness: [1, 2], equilibration_sweeps: 2,
     measured_sweeps: 20, replicas: 2, measure_every: {areas: 0}}
  - {name: boxes, method: exchange, lattice: box, size: [[4, 5, 6]], temperature: 1.5, delta_mu: -200,
     snapshots: {times: [1e-20, 100]}}
  - {name: stopped, method: exchange, hamiltonian: [exact, published], exchange_until: 0.25, times: [0.001, 1, 2]}
  - {name: free, method: exchange, interaction: none, times: [0.001, 1, 2]}
  - {name: truncated, method: exchange, size: 5, times: [1e-9, 1], max_events: 50, snapshots: {times: [1e-9, 100]}}
"""
ONE_PANEL_EACH = "scan == hexagons or scan == free or scan == boxes"


def legend_of(figure: Figure) -> list[str]:
    (legend,) = [ax.get_legend() for ax in figure.axes if ax.get_legend() is not None]
    return [text.get_text().split()[0] for text in legend.get_texts()]


def titles_of(figure: Figure) -> list[str]:
    return [ax.get_title().replace("\n", " ") for ax in figure.axes if ax.get_title()]


def dots_of(ax: Axes) -> set[tuple[float, str, bool]]:
    """Of a map: x, phase, and whether a point is hollow."""
    # U1 looks as U does on maps that do not tell A from B.
    phases = {matplotlib.colors.to_rgba(maps.COLOUR[phase]): phase for phase in ("U1", "U2", "U", "S", "C", "0")}
    return {
        (float(x), phases[tuple(dots.get_edgecolors()[0])], len(dots.get_facecolors()) == 0)
        for dots in ax.collections
        if isinstance(dots, PathCollection)
        for x, _ in dots.get_offsets()
    }


def lines_of(ax: Axes, gid: str) -> list[matplotlib.lines.Line2D]:
    return [line for line in ax.lines if line.get_gid() == gid]


def words_below(ax: Axes) -> list[str]:
    """Of the legend of a panel that tells of its transition."""
    (legend,) = [child for child in ax.get_children() if isinstance(child, Legend) and child is not ax.get_legend()]
    return [text.get_text() for text in legend.get_texts()]


class Pictures(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = finished(NXMC, CAMPAIGN, cls.folder.name)
        cls.archive = nxmc.open(cls.file)
        cls.jobs = cls.archive.jobs()
        with plt.rc_context(pictures.STYLE), warnings.catch_warnings(record=True) as cls.warned:
            warnings.simplefilter("always")
            cls.phases, cls.courses, snapshots = pictures.draw_phases(cls.archive), pictures.draw_time(cls.archive), pictures.draw_snapshots(cls.archive, None)
            for figure in (cls.phases, cls.courses, snapshots):
                figure.canvas.draw()

    def tearDown(self) -> None:
        plt.close("all")

    def row_of(self, scan: str) -> int:
        return int(self.jobs.index[self.jobs["scan"] == scan][0])

    def test_the_legend_holds_what_any_panel_shows(self) -> None:
        phases = [f"$f_{{{phase}}}$" for phase in pictures.PHASES]
        self.assertEqual(legend_of(self.phases), [*phases, "$f_U", "$f_C"])  # its first panel is 3D
        self.assertEqual(legend_of(self.courses), phases)

    def test_crystals_in_3d_have_no_superlattice_in_the_legend(self) -> None:
        figure, ax = plt.subplots()
        pictures.draw_phase_panel(ax, self.archive, self.jobs[self.jobs["scan"] == "cubes"])
        pictures.legend_of_all([ax], ax)
        self.assertEqual(legend_of(figure), ["$f_{U1}$", "$f_{0}$", "$f_{U2}$", *(f"$f_{{C{x}}}$" for x in "xyz"), "$f_U", "$f_C"])

    def test_crystals_in_2d_have_no_columns_in_the_legend(self) -> None:
        figure, ax = plt.subplots()
        pictures.draw_phase_panel(ax, self.archive, self.jobs[self.jobs["scan"] == "hexagons"])
        pictures.legend_of_all([ax], ax)
        self.assertEqual(legend_of(figure), [f"$f_{{{phase}}}$" for phase in pictures.PLANE_PHASES] + ["$f_U"])

    def test_titles_name_what_tells_the_panels_apart(self) -> None:
        titles = titles_of(self.courses)
        self.assertEqual(sum("exchange until $t$ = 0.25" in title for title in titles), 2)
        self.assertEqual(sum("hamiltonian published" in title for title in titles), 1)
        (free,) = [title for title in titles if "interaction none" in title]
        self.assertNotIn("$k_BT/", free)

    def test_a_single_time_is_a_dot(self) -> None:
        text = "name: once\nscans: [{name: s, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -5, times: [1]}]\n"
        figure = pictures.draw_time(nxmc.open(finished(NXMC, text, self.folder.name, "once")))
        self.assertTrue(all(line.get_marker() == "o" for ax in figure.axes for line in ax.lines))

    def test_titles_stay_clear_of_each_other(self) -> None:
        for figure in (self.phases, self.courses):
            boxes = [ax.title.get_window_extent() for ax in figure.axes if ax.get_title()]
            for i, box in enumerate(boxes):
                self.assertFalse(any(box.overlaps(other) for other in boxes[:i]))

    def test_nothing_is_warned_of(self) -> None:
        ours = [str(w.message) for w in self.warned if "pyparsing" not in w.filename]
        self.assertEqual(ours, [])

    def test_boxes_are_cut_along_y(self) -> None:
        row = self.row_of("boxes")
        figure = pictures.draw_snapshots(self.archive, self.jobs["job"][row])
        self.assertIn("cut through the middle, y = 2 of 0 to 4", figure._suptitle.get_text())
        for column, (_, is_a) in enumerate(self.archive.configurations(row)):
            (squares,) = figure.axes[column].collections
            blue = matplotlib.colors.to_rgba_array(pictures.A_COLOUR)[0] == squares.get_facecolors()
            self.assertEqual(blue.all(axis=1).tolist(), is_a.reshape(4, 5, 6)[:, 2, :].ravel().tolist())
            centres = [tuple(path.vertices[:4].mean(axis=0)) for path in squares.get_paths()]
            self.assertEqual(centres, [(x, z) for x in range(4) for z in range(6)])

    def test_areas_are_those_that_the_program_measured(self) -> None:
        scan = "method: exchange, temperature: 0.2, delta_mu: -20, times: [0.001, 0.1], snapshots: {times: [0.001, 0.1]}"
        kinds = ("lattice: hexagon, size: 4", "lattice: hexagon, size: 4, shell_layers: 1, shell_stiffness: 5", "lattice: box, size: [[3, 4, 5]]")
        scans = ", ".join(f"{{name: s{k}, {scan}, {kind}}}" for k, kind in enumerate(kinds))
        archive = nxmc.open(finished(NXMC, f"name: areas\nscans: [{scans}]\n", self.folder.name, "areas"))
        for row in range(len(kinds)):
            lattice = archive.lattice(row)
            strain = Strain(lattice, float(archive.jobs()["shell_stiffness"][row]))
            measured = archive.times(["time", "rms_area"], jobs=[row])["rms_area"]
            for (_, is_a), expected in zip(archive.configurations(row), measured, strict=True):
                deviations = strain.area_deviations(is_a)[lattice.layer >= 2]
                self.assertAlmostEqual(np.sqrt((deviations**2).mean()), expected, places=12)
        figure = site_pictures.draw_areas(archive, 0)
        (cells,) = figure.axes[0].collections
        values = np.where(archive.lattice(0).layer == 1, np.nan, Strain(archive.lattice(0)).area_deviations(archive.configurations(0).is_a[0]))
        drawn = cells.get_facecolors()
        order = np.argsort(values[~np.isnan(values)])
        reds = drawn[~np.isnan(values)][order][:, 0] - drawn[~np.isnan(values)][order][:, 2]
        self.assertGreater(reds[-1], reds[0], "orange where a crystal is expanded, violet where it is compressed")
        with self.assertRaisesRegex(pictures.NothingToDraw, "without elastic interaction"):
            text = f"name: free\nscans: [{{name: s, {scan}, interaction: ising, lattice: hexagon, size: 3}}]\n"
            site_pictures.draw_areas(nxmc.open(finished(NXMC, text, self.folder.name, "free")))

    def test_a_truncated_trajectory_has_no_snapshots_after_its_end(self) -> None:
        row = self.row_of("truncated")
        self.assertEqual(self.archive.configurations(row).at.tolist(), [1e-9])

    def test_a_chain_that_was_measured_for_longer_counts_once(self) -> None:
        scan = "method: equilibrium, lattice: hexagon, size: 3, temperature: 0.2, equilibration_sweeps: 2, replicas: 3"
        for sweeps in (10, 20):
            file = finished(NXMC, f"name: longer\nscans: [{{name: s, {scan}, measured_sweeps: {sweeps}}}]\n", self.folder.name, "longer")
        archive = nxmc.open(file)
        self.assertEqual(len(archive), 6)
        self.assertEqual(archive.jobs()["measured_sweeps"].tolist(), [20] * 3)
        self.assertEqual(pictures.progress_note(archive, "equilibrium"), "")

    def test_curves_are_the_averages_of_query(self) -> None:
        panel = self.jobs[self.jobs["scan"] == "hexagons"]
        _, ax = plt.subplots()
        pictures.draw_phase_panel(ax, self.archive, panel)
        means = self.archive.jobs(jobs=panel, group_by="shell_stiffness")
        drawn = {bars.get_label().split()[0]: bars for bars in ax.containers}
        for name, label in (("f_U", "$f_U"), ("f_S1", "$f_{S1}$"), ("f_0", "$f_{0}$")):
            line, _, (bars,) = drawn[label]
            np.testing.assert_array_equal(line.get_ydata(), means[name])
            lengths = [np.ptp(segment[:, 1]) for segment in bars.get_segments()]
            np.testing.assert_allclose(lengths, 2 * means[f"{name}_err"], atol=1e-12)

    def test_the_command_draws_what_each_name_ends_in(self) -> None:
        pictures = {"--phases": ("phases.pdf", b"%PDF"), "--time": ("time.SVG", b"<?xml"), "--snapshots": ("snapshots.png", b"\x89PNG")}
        options = [word for option, (name, _) in pictures.items() for word in (option, str(Path(self.folder.name) / name))]
        run = plot(self.file, *options, "--where", ONE_PANEL_EACH, "--nxmc", NXMC)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        for name, beginning in pictures.values():
            self.assertEqual((Path(self.folder.name) / name).read_bytes()[: len(beginning)], beginning)

    def test_pictures_do_not_depend_on_the_settings_of_the_user(self) -> None:
        settings = "text.usetex: True\nbackend: nonsense\nfont.size: 30\nsavefig.format: svg\nsavefig.facecolor: red\nno such key: 1\n"
        folder = Path(self.folder.name) / "settings"
        for place in ("here", "home/.config/matplotlib", "config"):
            (folder / place).mkdir(parents=True)
            (folder / place / "matplotlibrc").write_text(settings)
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "MATPLOTLIB"))}
        environments = {
            "plain": (folder, plain),
            "current directory": (folder / "here", plain),
            "home": (folder, plain | {"HOME": str(folder / "home")}),
            "MPLCONFIGDIR": (folder, plain | {"MPLCONFIGDIR": str(folder / "config")}),
            "MATPLOTLIBRC": (folder, plain | {"MATPLOTLIBRC": str(folder / "here")}),
            "MPLBACKEND": (folder, plain | {"MPLBACKEND": "nonsense"}),
        }
        show = f"import runpy; runpy.run_path('{TOOLS / 'nxmc/command.py'}'); import matplotlib; print(dict(matplotlib.rcParams))"
        shown: dict[str, str] = {}
        drawn: dict[Path, bytes] = {}
        for name, (directory, environment) in environments.items():
            run = subprocess.run([sys.executable, "-B", "-c", show], cwd=directory, env=environment, capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr), (0, ""), name)
            shown[name] = run.stdout
            self.assertEqual(run.stdout, shown["plain"], name)
        everything = plain | {"HOME": str(folder / "home"), "MPLCONFIGDIR": str(folder / "config"), "MPLBACKEND": "nonsense"}
        for directory, environment in (environments["plain"], (folder / "here", everything)):
            words = ["--phases", "phases.png", "--where", "scan == hexagons", "--nxmc", NXMC]
            run = subprocess.run([PLOT, self.file, *words], cwd=directory, env=environment, capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            drawn[directory] = (directory / "phases.png").read_bytes()
        self.assertEqual(drawn[folder / "here"], drawn[folder])

    def test_maps_show_phases_verdicts_and_boundaries(self) -> None:
        def row(x: float, phase: str, verdict: str, layers: float = 1.0) -> dict[str, object]:
            return {"lattice": "hexagon", "shell_layers": layers, "shell_stiffness": x, "size": 6.0, "f_U": 0.5, "phase": phase, "verdict": verdict}

        points = [row(1, "U", "converged"), row(2, "0", "short"), row(3, "S", "converged"), row(1, "S", "metastable", 2.0)]
        place = {"lattice": "hexagon", "shell_layers": 1.0, "line": 1.0, "below": "U", "above": "S", "size": 6.0, "shell_stiffness": 2.2,
                 "shell_stiffness_err": 0.1, "low": 2.0, "high": 3.0, "kind": "variance peak", "verdict": "converged"}  # fmt: skip
        figure = maps.draw_map(points, [place], "shell_stiffness, size")
        self.assertEqual(titles_of(figure), ["shell layers 1", "shell layers 2"])
        self.assertEqual(legend_of(figure), ["U", "S", "0", "not", "transition"])
        first, second = (dots_of(ax) for ax in figure.axes)
        self.assertEqual(first, {(1.0, "U", False), (2.0, "0", True), (3.0, "S", False)})
        self.assertEqual(second, {(1.0, "S", True)})
        (bars,) = figure.axes[0].containers
        np.testing.assert_allclose(bars[2][0].get_segments(), [[[2.1, 6], [2.3, 6]]])
        self.assertEqual(bars[0].get_linestyle(), "-")

    def test_the_command_draws_maps_of_the_program(self) -> None:
        picture = Path(self.folder.name) / "map.png"
        for axes, where in (("shell_stiffness,temperature", "lattice == hexagon"), ("time,delta_mu", "size == 5")):
            options = ["--map", picture, "--axes", axes, "--where", where, "--nxmc", NXMC]
            run = plot(self.file, *options)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")
            picture.unlink()

    def test_maps_that_cannot_be_drawn_say_why(self) -> None:
        for program, axes, reason in (
            (NXMC, "size,lattice", "'lattice' is no axis of maps"),
            ("/bin/false", "size,temperature", "/bin/false ended with 1 and said nothing"),
            ("/no/such/nxmc", "size,temperature", "say with --nxmc where the program is"),
        ):
            run = plot(self.file, "--map", "map.png", "--axes", axes, "--nxmc", program)
            self.assertEqual((run.returncode, run.stderr.count("\n")), (1, 1))
            self.assertIn(reason, run.stderr)

    def test_maps_of_many_crystals_draw_the_first_and_say_so(self) -> None:
        points = [
            {"lattice": "hexagon", "temperature": t / 10, "shell_stiffness": 1.0, "size": 6.0, "phase": "U", "verdict": "converged"}
            for t in range(1, 15)
        ]
        with self.assertWarnsRegex(UserWarning, "14 parameter sets, drawing the first 9"):
            figure = maps.draw_map(points, [], "shell_stiffness,size")
        self.assertEqual(titles_of(figure), [f"temperature {t / 10:g}" for t in range(1, 10)])

    def test_what_is_for_other_pictures_is_refused(self) -> None:
        for options, message in (
            (["--phases", "x.png", "--axes", "size,temperature"], "--axes: only for --map"),
            (["--time", "x.png", "--along", "size"], "--along: only for --curves, --histogram, --free-energy, --phases"),
        ):
            run = plot(self.file, *options)
            self.assertEqual(run.returncode, 2)
            self.assertIn(message, run.stderr)

    def test_pictures_are_of_the_chosen_jobs(self) -> None:
        folder = Path(self.folder.name)
        for option in ("--phases", "--time", "--snapshots"):
            run = plot(self.file, option, folder / "chosen.png", "--where", "size == 99", "--nxmc", NXMC)
            self.assertEqual(run.returncode, 1)
            self.assertRegex(run.stderr, "not drawn: .*(among the chosen jobs|no finished job among the chosen ones)")
        hexagons = self.jobs[self.jobs["scan"] == "hexagons"]
        self.assertEqual(titles_of(pictures.draw_phases(self.archive, hexagons)), titles_of(self.phases)[1:])

    def test_phases_are_drawn_along_the_axis_that_varies(self) -> None:
        scan = "method: equilibrium, lattice: hexagon, size: [4, 5], temperature: 0.2, equilibration_sweeps: 2, measured_sweeps: 5"
        text = f"name: layers\nscans: [{{name: s, {scan}, shell_layers: [0, 1, 2], composition: [0.3, 0.5]}}]\n"
        archive = nxmc.open(finished(NXMC, text, self.folder.name, "layers"))
        figure = pictures.draw_phases(archive)
        titles = [title.replace("hexagon ", "") for title in titles_of(figure)]
        self.assertEqual(titles, [
            f"{size}, $N$ = {sites}, $K_{{shell}}/K$ = 1, $k_BT/ε$ = 0.2, $c$ = {c} 1 chain at each point" for size, sites in ((4, 37), (5, 61)) for c in (0.3, 0.5)])  # fmt: skip
        self.assertEqual([label.get_text() for label in figure.axes[0].get_xticklabels()], ["0", "1", "2"])
        along_size = pictures.draw_phases(archive, along="size")
        self.assertEqual(len(titles_of(along_size)), 6)
        with self.assertRaisesRegex(nxmc.errors.NothingToDraw, "'start' is no axis of phases; write one of shell_stiffness, "):
            pictures.draw_phases(archive, along="start")


CURVES = """
name: curves
seed: 2
defaults: {method: equilibrium, lattice: hexagon, size: 3, equilibration_sweeps: 100, measured_sweeps: 600,
           shell_layers: 1, measure_every: {areas: 0}, start: [random, segregated]}
scans:
  - {name: hexagons, shell_stiffness: [0.5, 1, 2], temperature: [0.3, 0.4], samples: {every: 10}}
  - {name: alone, shell_stiffness: 3, temperature: 0.5, samples: {every: 10}}
  - {name: forgetful, shell_stiffness: [1, 2], temperature: 0.3, composition: 0.3, samples: none}
  - {name: open, ensemble: semigrand, shell_layers: 0, delta_mu: [-1, 0, 1], temperature: 2, start: [A, B], samples: {every: 10}}
"""


class Curves(unittest.TestCase):
    """Points, lines and marks of curves: those that the program tells."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = finished(NXMC, CURVES, cls.folder.name)

    def tearDown(self) -> None:
        plt.close("all")

    @staticmethod
    def row(place: float, verdict: str, **more: object) -> dict[str, object]:
        """Of a hexagon, with fractions that differ between places."""
        fractions = {name: place / (20 + k) for k, name in enumerate(("f_U", "f_S1", "f_S2", "f_0"))}
        errors = {f"{name}_err": value / 10 for name, value in fractions.items()}
        parameters = {"lattice": "hexagon", "size": 6, "shell_layers": 1, "composition": 0.5, "temperature": 0.2, "energy_unit": "epsilon",
                      "interaction": "elastic", "hamiltonian": "exact"}  # fmt: skip
        return {**parameters, "shell_stiffness": place, "delta_mu": None, **fractions, **errors, "f_C": None, "c": None, "verdict": verdict, **more}

    def drawn(self, points: list, lines: list = [], transitions: list = []) -> Axes:
        return curves.draw_curves(curves.Curves("shell_stiffness", points, lines, transitions)).axes[0]

    def test_series_have_a_line_for_each_chain(self) -> None:
        archive = nxmc.open(self.file)
        jobs = archive.jobs(where="scan == 'hexagons' and temperature == 0.3")
        figure = chain_pictures.draw_series(archive, "energy", jobs)
        self.assertEqual([ax.get_ylabel() for ax in figure.axes], ["energy / ε"] * 3)
        self.assertEqual([text.get_text() for text in figure.axes[2].get_legend().get_texts()], ["start: random", "start: segregated", "equilibration"])
        for ax, (stiffness, panel) in zip(figure.axes, jobs.groupby("shell_stiffness")):
            self.assertIn(f"$ = {stiffness:g}", ax.get_title())
            self.assertEqual(len(ax.lines), 2)
            for job, start in zip(panel["job"], panel["start"]):
                chain = archive.series(["sweep", "energy"], jobs=[job])
                (line,) = lines_of(ax, job)
                np.testing.assert_array_equal(line.get_xdata(), chain["sweep"] - 1)  # middle of two sweeps
                np.testing.assert_array_equal(line.get_ydata(), chain["energy"])
                self.assertEqual(line.get_color(), chain_pictures.START_COLOUR[start])

    def test_series_that_cannot_be_drawn_say_why(self) -> None:
        archive = nxmc.open(self.file)
        with self.assertRaisesRegex(pictures.NothingToDraw, "have not measured f_C"):
            chain_pictures.draw_series(archive, "f_C")
        with self.assertRaisesRegex(pictures.NothingToDraw, "among the chosen jobs are no equilibrium jobs"):
            chain_pictures.draw_series(archive, jobs=archive.jobs(where="size == 99"))
        with self.assertRaisesRegex(nxmc.QueryError, "did you mean 'f_U'?"):
            chain_pictures.draw_series(archive, "f_u")

    def test_the_command_draws_series_of_a_condition(self) -> None:
        picture = Path(self.folder.name) / "series.png"
        for column, code, words in (("energy", 0, ""), ("f_S3", 1, "there is no column 'f_S3'; did you mean")):
            options = ["--series", picture, "--column", column, "--where", "shell_stiffness == 3", "--nxmc", NXMC]
            run = plot(self.file, *options)
            self.assertEqual(run.returncode, code, run.stderr)
            self.assertIn(words, run.stderr)
            self.assertEqual(picture.exists(), code == 0)
            picture.unlink(missing_ok=True)

    def test_points_are_hollow_where_their_verdict_says_so(self) -> None:
        verdicts = ["converged", "short", "converged", "metastable", "one start"]
        ax = self.drawn([self.row(1.0 + k, verdict) for k, verdict in enumerate(verdicts)])
        for look in curves.FRACTIONS:
            faces = {x: line.get_markerfacecolor() for line in lines_of(ax, f"points {look.name}") for x in line.get_xdata()}
            solid = {} if look.name in ("f_C", "c") else {1.0: look.colour, 2.0: "white", 3.0: look.colour, 4.0: "white", 5.0: "white"}
            self.assertEqual(faces, solid)
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        self.assertIn("hollow: metastable, one start, short", labels)
        self.assertFalse(any("columns" in label or "reweighted" in label for label in labels))

    def test_points_have_their_error_bars(self) -> None:
        ax = self.drawn([self.row(x, "converged") for x in (1.0, 2.0)])
        bars = {c.lines[0].get_gid(): c.lines[2][0].get_segments() for c in ax.containers if len(c.lines[0].get_xdata())}
        np.testing.assert_allclose(bars["points f_U"], [[[x, 0.9 * x / 20], [x, 1.1 * x / 20]] for x in (1, 2)])
        np.testing.assert_allclose(bars["points f_S2"], [[[x, 0.9 * x / 22], [x, 1.1 * x / 22]] for x in (1, 2)])

    def test_lines_are_what_was_reweighted_with_gaps_without_overlap(self) -> None:
        nothing = {name: None for name in ("f_U", "f_U_err")}
        line = [self.row(x, "reweighted") for x in (1.0, 1.5, 2.5, 3.0)]
        line.insert(2, self.row(2.0, "no overlap", **nothing))
        ax = self.drawn([self.row(x, "converged") for x in (1.0, 3.0)], [*line, self.row(3.5, "reweighted")])
        (drawn,) = lines_of(ax, "line f_U")
        np.testing.assert_array_equal(drawn.get_xdata(), [1, 1.5, 2, 2.5, 3])  # nothing beyond what was measured
        np.testing.assert_array_equal(drawn.get_ydata(), [1 / 20, 1.5 / 20, np.nan, 2.5 / 20, 3 / 20])
        band = next(c for c in ax.collections if not isinstance(c, matplotlib.collections.LineCollection))
        corners = {tuple(np.round(corner, 9)) for path in band.get_paths() for corner in path.vertices}
        self.assertIn((1.5, round(1.1 * 1.5 / 20, 9)), corners)
        self.assertFalse(any(1.5 < x < 2.5 for x, _ in corners))

    def test_along_delta_mu_they_are_isotherms(self) -> None:
        found = curves.read_curves(Program(NXMC), self.file, "delta_mu", "scan == open")
        ax = curves.draw_curves(found).axes[0]
        self.assertEqual(ax.get_xlabel(), "reservoir $\\Delta\\mu/ε$")
        self.assertNotIn("$c$ =", ax.get_title())
        (line,) = lines_of(ax, "line c")
        self.assertEqual((line.get_xdata().min(), line.get_xdata().max()), (-1, 1))
        self.assertTrue((np.diff(line.get_ydata()) > 0).all())
        told = nxmc.open(self.file).jobs(where="scan == 'open'", group_by=["delta_mu"])
        points = np.concatenate([points.get_ydata() for points in lines_of(ax, "points c")])
        np.testing.assert_array_equal(np.sort(points), np.sort(told["c"]))
        self.assertTrue(any(words.startswith("peak of var $c$: $\\Delta\\mu/ε$ = ") for words in words_below(ax)), words_below(ax))

    def test_transitions_are_marked_with_their_errors(self) -> None:
        told = self.row(0, "short", equal_weight=2.345, equal_weight_err=0.003, equal_height=2.36, equal_height_err=0.02,
                        variance_peak=2.4, variance_peak_err=0.0151, order="first", order_parameter="f_C")  # fmt: skip
        ax = self.drawn([self.row(x, "converged") for x in (1.0, 3.0)], [], [told])
        for gid, place, error in (("equal_weight", 2.345, 0.003), ("equal_height", 2.36, 0.02), ("variance_peak", 2.4, 0.0151)):
            (line,) = lines_of(ax, gid)
            self.assertEqual(line.get_xdata(), [place, place])
            spans = [patch.get_xy()[:, 0] for patch in ax.patches]
            self.assertTrue(any(np.allclose((span.min(), span.max()), (place - error, place + error)) for span in spans))
        self.assertEqual(
            words_below(ax),
            ["equal weight of the sides: $K_{shell}/K$ = 2.345(3) (short)", "equal height of both peaks: $K_{shell}/K$ = 2.36(2) (short)",
             "peak of var $f_{C}$: $K_{shell}/K$ = 2.400(15) (short)"],
        )

    def test_that_there_is_no_transition_is_said(self) -> None:
        none = self.row(0, "converged", equal_weight=None, equal_weight_err=None, variance_peak=None, variance_peak_err=None, order="none")
        points = [self.row(x, "converged") for x in (1.0, 3.0)]
        self.assertEqual(words_below(self.drawn(points, [], [none])), ["no transition within the range"])
        self.assertEqual(words_below(self.drawn(points)), ["transition not known"])

    def test_errors_are_told_in_units_of_the_last_digit(self) -> None:
        cases = {(10.80512, 0.0031): "10.805(3)", (6.3411, 0.01533): "6.341(15)", (2.9, 0.0952): "2.90(10)", (2.9, 0.99): "2.9(10)",
                 (12.3, 2.0): "12(2)", (-1.5, 0.02): "−1.50(2)", (1234.5, 45.0): "1234(45)", (3.25, None): "3.25", (3.25, 0.0): "3.25"}  # fmt: skip
        for (value, error), words in cases.items():
            self.assertEqual(curves.with_error(value, error), words)

    def test_everything_is_what_the_program_tells(self) -> None:
        told = curves.read_curves(Program(NXMC), self.file, where="composition == 0.5", split=0.1)
        shown = ("temperature", "shell_stiffness", "f_U", "f_U_err", "f_0", "verdict")
        points = Program(NXMC).ask("query", self.file, "--where", "scan == hexagons", "--group-by", "temperature,shell_stiffness",
                     "--columns", ",".join(shown))  # fmt: skip
        self.assertEqual(sorted(curves.key_of(row, shown) for row in told.points), sorted(curves.key_of(row, shown) for row in points))
        self.assertEqual(told.transitions, Program(NXMC).ask("diagram", self.file, "--where", "composition == 0.5", "--split", "0.1"))
        self.assertTrue(any(row["equal_weight"] is not None for row in told.transitions))
        of_columns = curves.read_curves(Program(NXMC), self.file, where="composition == 0.5", split=0.1, of="f_C").transitions
        self.assertEqual({(row["order_parameter"], row["equal_weight"]) for row in of_columns}, {("f_C", None)})  # 2D has none
        line = {(row["temperature"], row["shell_stiffness"]): row for row in told.lines}
        self.assertLessEqual({(t, k) for t in (0.3, 0.4) for k in (0.5, 1, 2)}, set(line))  # the line passes what was measured
        self.assertGreater(len(line), 2 * curves.LINE_PLACES)
        between = sorted(k for t, k in line if t == 0.3)[7]
        asked = Program(NXMC).ask("reweight", self.file, "--at", f"shell_stiffness={between}", "--where", "composition == 0.5")
        for row in asked:
            self.assertEqual(line[row["temperature"], between], row)

    def test_without_samples_there_are_points_alone_and_it_is_said_why(self) -> None:
        with self.assertWarnsRegex(UserWarning, "none of 4 equilibrium chains has kept samples"):
            told = curves.read_curves(Program(NXMC), self.file, where="scan == forgetful")
        self.assertEqual((len(told.points), told.lines, told.transitions), (2, [], []))

    def test_one_point_is_no_curve(self) -> None:
        with self.assertRaisesRegex(pictures.NothingToDraw, "no finished points that differ in shell_stiffness alone"):
            curves.read_curves(Program(NXMC), self.file, where="scan == alone")

    def test_words_stay_clear_of_each_other(self) -> None:
        mark = self.row(0, "short", equal_weight=2.345, equal_weight_err=0.003, equal_height=2.36, equal_height_err=0.02,
                        variance_peak=2.4, variance_peak_err=0.0151, order="first")  # fmt: skip
        points = [self.row(x, "converged", temperature=t) for t in (0.2, 0.3, 0.4, 0.5) for x in (1.0, 3.0)]
        marks = [{**mark, "temperature": t} for t in (0.2, 0.3, 0.4, 0.5)]
        with plt.rc_context(pictures.STYLE):
            figure = curves.draw_curves(curves.Curves("shell_stiffness", points, points, marks), "3 of 8 jobs have results")
            figure.canvas.draw()
            boxes = [legend.get_window_extent() for ax in figure.axes for legend in ax.get_children() if isinstance(legend, Legend)]
            boxes += [word.get_window_extent() for ax in figure.axes for word in (ax.title, ax.xaxis.label, ax.yaxis.label)]
            boxes += [ax.get_window_extent() for ax in figure.axes] + [figure._suptitle.get_window_extent()]
        for i, box in enumerate(boxes):
            self.assertFalse(any(box.overlaps(other) for other in boxes[:i]))

    def test_the_command_draws_them(self) -> None:
        picture = Path(self.folder.name) / "curves.png"
        options = ["--along", "temperature", "--where", "scan == hexagons and shell_stiffness == 2", "--nxmc", NXMC]
        run = plot(self.file, "--curves", picture, *options)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")

    def test_pictures_are_whole_or_not_at_all(self) -> None:
        folder = Path(self.folder.name) / "places"
        folder.mkdir()
        (folder / "file").write_text("")
        run = plot(self.file, "--phases", folder / "file/x.png")
        self.assertEqual((run.returncode, run.stderr.count("\n")), (1, 1))
        self.assertRegex(run.stderr, r"plot.py: cannot write .*/file/x.png: .*: name a place that can be written")
        (folder / "taken.png").mkdir()
        run = plot(self.file, "--phases", folder / "taken.png")
        self.assertEqual((run.returncode, run.stderr.count("\n")), (1, 1))
        run = plot(self.file, "--phases", folder / "x.png", "--data", folder / "file/x.csv")
        self.assertEqual((run.returncode, run.stderr.count("\n")), (1, 1))
        self.assertRegex(run.stderr, r"cannot write .*/file/x.csv: ")
        full = folder / "full.csv"
        with mock.patch.object(pd.DataFrame, "to_csv", lambda *_, **__: Path("/dev/full").write_text("x")):
            run = plot(self.file, "--phases", folder / "x.png", "--where", "scan == hexagons", "--data", full, "--nxmc", NXMC)
        self.assertEqual((run.returncode, run.stdout), (1, f"{folder / 'x.png'}\n"))
        self.assertEqual(run.stderr, f"plot.py: cannot write {full}: No space left on device: name a place that can be written\n")
        (folder / "x.png").unlink()
        for name in ("x.bmp", "x"):
            run = plot(self.file, "--phases", folder / name)
            self.assertEqual(run.returncode, 2)
            self.assertIn("a picture is PNG, PDF or SVG: end its name in .png, .pdf, .svg", run.stderr)
        self.assertEqual({path.name for path in folder.iterdir()}, {"file", "taken.png"})


class Histograms(unittest.TestCase):
    """Of f_U at transitions: what the program tells."""

    BINS = [(0.0, 2.0, 0.2), (0.1, 1.0, 0.1), (0.2, 5.0, 0.4), (0.3, 2.0, 0.3)]  # centre, density, error

    def tearDown(self) -> None:
        plt.close("all")

    def bins(self, split: float | None, verdict: str = "converged", temperature: float = 0.2) -> list[dict[str, object]]:
        parameters = {"lattice": "hexagon", "size": 6, "shell_layers": 1, "composition": 0.5, "temperature": temperature,
                      "interaction": "elastic", "hamiltonian": "exact", "along": "shell_stiffness", "energy_unit": "epsilon"}  # fmt: skip
        told = {"place": 3.21, "kind": "equal weight" if split else "variance peak", "split": split, "verdict": verdict, "width": 0.1}
        return [{**parameters, **told, "centre": c, "density": d, "density_err": e} for c, d, e in self.BINS]

    def transition(self, bins: list[dict[str, object]]) -> dict[str, object]:
        return {**bins[0], "equal_weight": 3.21, "equal_weight_err": 0.012, "variance_peak": 3.21, "variance_peak_err": 0.4}

    def test_bins_are_steps_with_their_errors(self) -> None:
        bins = self.bins(split=0.1)
        ax = histograms.draw_histograms(bins, [self.transition(bins)], "shell_stiffness").axes[0]
        (steps,) = [patch for patch in ax.patches if isinstance(patch, matplotlib.patches.StepPatch)]
        values, edges, _ = steps.get_data()
        np.testing.assert_array_equal(values, [density for _, density, _ in self.BINS])
        np.testing.assert_allclose(edges, [-0.05, 0.05, 0.15, 0.25, 0.35])
        (band,) = ax.collections
        corners = {tuple(np.round(corner, 6)) for path in band.get_paths() for corner in path.vertices}
        for centre, density, error in self.BINS:
            for side in (-1, 1):
                left, height = round(centre - 0.05, 6), round(density + side * error, 6)
                self.assertIn((left, height), corners)
        self.assertEqual(words_below(ax), ["equal weight of the sides: $K_{shell}/K$ = 3.210(12), split: 0.1"])

    def test_the_split_is_marked_where_there_is_one(self) -> None:
        for split in (0.1, None):
            bins = self.bins(split, "metastable")
            figure = histograms.draw_histograms(bins, [self.transition(bins)], "shell_stiffness")
            lines = lines_of(figure.axes[0], "split")
            self.assertEqual([line.get_xdata() for line in lines], [[0.1, 0.1]] if split else [])
            labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
            self.assertEqual("split of the sides" in labels, split is not None)
            (words,) = words_below(figure.axes[0])
            self.assertTrue(words.endswith(", metastable"))
            self.assertEqual("peak of the variance: $K_{shell}/K$ = 3.2(4)" in words, split is None)

    def test_each_transition_has_a_panel(self) -> None:
        panels = [self.bins(0.1, temperature=t) for t in (0.2, 0.3)]
        figure = histograms.draw_histograms(sum(panels, []), [self.transition(bins) for bins in panels], "shell_stiffness")
        self.assertEqual([title.split("$ = ")[2].split(",")[0] for title in titles_of(figure)], ["0.2", "0.3"])

    def test_the_command_draws_them_or_says_why_not(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = finished(NXMC, CURVES, folder)
            picture, options = Path(folder) / "histogram.png", ["--nxmc", NXMC, "--where", "scan == hexagons and shell_stiffness"]
            run = plot(file, "--histogram", picture, *options[:-1], options[-1] + " > 0")
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")
            picture.unlink()
            run = plot(file, "--histogram", picture, *options[:-1], options[-1] + " > 0.9")
            self.assertEqual((run.returncode, run.stderr.count("\n"), picture.exists()), (1, 1, False))
            self.assertIn("no transition within the range of shell_stiffness; `nxmc diagram` tells why", run.stderr)


MATERIAL = """
A: {name: PbS, structure: rocksalt, lattice_constant: 5.94 angstrom}
B: {name: CdS, structure: zincblende, lattice_constant: 5.81 angstrom}
bulk_modulus: 54 GPa
"""


class Patterns(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        (Path(cls.folder.name) / "pbs-cds.yaml").write_text(MATERIAL)
        cls.diffraction("patterns.h5")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    @classmethod
    def diffraction(cls, output: str) -> subprocess.CompletedProcess[str]:
        words = ["--core-shell", "--radius", "15", "--shell-fraction", "0,0.5,1", "--material", "pbs-cds.yaml", "--output", output]
        return subprocess.run([NXMC, "diffraction", *words], capture_output=True, text=True, cwd=cls.folder.name, check=True)

    def test_have_a_line_each_and_the_course_of_their_peaks(self) -> None:
        read = patterns.read_patterns(Path(self.folder.name) / "patterns.h5")
        self.assertIn("core of PbS (rock salt, 5.94 angstrom)", read.remark)
        figure = patterns.draw_patterns(read)
        self.addCleanup(plt.close, figure)
        lines = {line.get_gid(): line for ax in figure.axes for line in ax.get_lines() if line.get_gid()}
        self.assertEqual(len([gid for gid in lines if str(gid).startswith("pattern")]), 3)
        np.testing.assert_allclose(np.asarray(lines["i_111_200 "].get_xdata()), [0, 0.5, 1])
        np.testing.assert_allclose(np.asarray(lines["q_max_220 "].get_ydata()), read.about["q_max_220"])

    def test_are_drawn_by_the_command_and_by_the_program(self) -> None:
        picture = Path(self.folder.name) / "drawn.svg"
        run = plot(Path(self.folder.name) / "patterns.h5", "--patterns", picture)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("<svg", picture.read_text())
        self.assertEqual(self.diffraction("asked.png").stdout.strip(), "asked.png")
        self.assertTrue((Path(self.folder.name) / "asked.png").read_bytes().startswith(b"\x89PNG"))

    def test_are_not_drawn_of_archives(self) -> None:
        file = Path(self.folder.name) / "pbs-cds.yaml"
        run = plot(file, "--patterns", "x.png", cwd=self.folder.name)
        self.assertEqual(run.returncode, 1)
        self.assertIn("no file of patterns, as `nxmc diffraction", run.stderr)


class Command(unittest.TestCase):
    def test_it_runs_by_itself_with_the_python_of_debian(self) -> None:
        self.assertTrue(os.access(PLOT, os.X_OK))
        self.assertEqual(PLOT.read_text().splitlines()[0], "#!/usr/bin/python3")

    def test_missing_packages_are_named(self) -> None:
        run = subprocess.run([sys.executable, "-S", PLOT, "x.h5"], capture_output=True, text=True)  # -S: without packages
        self.assertEqual((run.returncode, run.stderr.count("\n")), (1, 1))
        self.assertRegex(run.stderr, "^plot.py: .*No module named.*python3-matplotlib.*tools/install-dependencies")


if __name__ == "__main__":
    NXMC = os.path.abspath(sys.argv.pop(1))
    unittest.main()
