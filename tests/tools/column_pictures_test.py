"""Tests of nxmc.column_pictures, picture_data, profile_pictures, paper_style and verdicts. First argument: the program nxmc. The package is
found through PYTHONPATH."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from nxmc import command  # noqa: F401  before anything that draws
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb

import nxmc
from nxmc import column_pictures, paper_style, picture_data, pictures, profile_pictures
from nxmc.column_pictures import Source
from nxmc.errors import ArchiveWarning, NothingToDraw
from nxmc.program import Program
from nxmc.verdicts import point_of, read_verdicts

from campaign_runs import finished

PLOT = Path(__file__).resolve().parents[2] / "tools/plot.py"

CAMPAIGN = """
name: columns
defaults: {temperature: 0.2, equilibration_sweeps: 20, measured_sweeps: 200, measure_every: {areas: 0}}
scans:
  - {name: shells, method: equilibrium, lattice: hexagon, size: [3, 4], shell_layers: 1, shell_stiffness: [1, 2, 4], start: [random, segregated]}
  - {name: layers, method: equilibrium, lattice: hexagon, size: 3, shell_layers: [0, 1, 2], hamiltonian: published}
  - {name: rods, method: exchange, lattice: box, size: [[3, 4, 6]], temperature: 1.5, delta_mu: -200, replicas: 3, times: [1e-31, 1e-27, 1e-5, 100]}
"""


class Columns(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.file = finished(NXMC, CAMPAIGN, cls.folder, "columns")
        cls.archive = nxmc.open(cls.file)
        jobs = cls.archive.jobs()
        cls.jobs = {scan: jobs[jobs["scan"] == scan] for scan in ("shells", "layers", "rods")}

    def tearDown(self) -> None:
        plt.close("all")

    def test_averages_are_those_of_query_a_line_for_each_other_parameter(self) -> None:
        figure = column_pictures.draw_columns([Source("a", self.archive, self.jobs["shells"])], "shell_stiffness", ["f_S"])
        data = picture_data.data_of(figure)
        self.assertEqual(sorted(set(data["series"])), ["size 3", "size 4"])
        for size in (3, 4):
            rows = Program(NXMC).ask("query", self.file, "--where", f"scan == shells and size == {size}", "--group-by", "shell_stiffness", "--columns", "shell_stiffness,f_S,f_S_err")
            shown = data[data["series"] == f"size {size}"]
            for column, name in (("x", "shell_stiffness"), ("y", "f_S"), ("error", "f_S_err")):
                np.testing.assert_allclose(shown[column], [row[name] for row in rows])

    def test_what_is_drawn_against_what_is_chosen_by_what_varies(self) -> None:
        for scan, x, y in (("shells", "shell stiffness (K)", "$f_{U}$"), ("layers", "shell layers (layers)", "$f_{U}$"), ("rods", "time ($1/k_0$)", "c")):
            ax = column_pictures.draw_columns([Source("a", self.archive, self.jobs[scan])]).axes[0]
            self.assertEqual((ax.get_xlabel(), ax.get_ylabel()), (x, y))
            self.assertEqual(ax.get_xscale(), "log" if scan == "rods" else "linear")
            self.assertRegex(ax.get_title(), f"{len(self.jobs[scan])} jobs")

    def test_measured_columns_against_each_other_are_dots_of_single_jobs(self) -> None:
        figure = column_pictures.draw_columns([Source("a", self.archive, self.jobs["shells"])], "f_U", ["energy"], "shell_stiffness")
        data = picture_data.data_of(figure)
        self.assertEqual(sorted(set(data["series"])), ["shell stiffness 1", "shell stiffness 2", "shell stiffness 4"])
        np.testing.assert_array_equal(np.sort(data["y"]), np.sort(self.jobs["shells"]["energy"]))

    def test_archives_share_an_axis_under_their_names(self) -> None:
        two = [Source(name, self.archive, self.jobs["layers"]) for name in ("first", "second")]
        data = picture_data.data_of(column_pictures.draw_columns(two, "shell_layers", ["f_0"]))
        self.assertEqual(sorted(set(data["series"])), ["first: f_0", "second: f_0"])

    def test_scales_of_time_and_insets(self) -> None:
        figure = column_pictures.draw_columns([Source("a", self.archive, self.jobs["rods"])], "time", ["c"], linear=True, inset=True)
        (small,) = figure.axes[0].child_axes
        self.assertEqual((figure.axes[0].get_xscale(), small.get_xscale()), ("linear", "log"))
        upper = pictures.draw_time(self.archive, self.jobs["rods"], inset=True).axes[0]
        self.assertEqual((upper.get_xscale(), upper.child_axes[0].get_xscale()), ("log", "linear"))

    def test_what_cannot_be_drawn_says_why(self) -> None:
        rods = [Source("a", self.archive, self.jobs["rods"])]
        for x, y, reason in (("time", "f_u", "did you mean 'f_U"), ("start", "c", "has words, and no place on an axis"), ("sweep", "plane", "no rows have all of the columns"), ("sweep", "c", "nothing to draw")):
            with self.assertRaisesRegex(NothingToDraw, reason):
                column_pictures.draw_columns(rods, x, [y])

    def test_profiles_are_averages_over_trajectories(self) -> None:
        figure = profile_pictures.draw_profiles(self.archive, self.jobs["rods"], [1e-27, 100])
        rows = self.archive.profiles(["time", "plane", "c", "c_err"], jobs=self.jobs["rods"], group_by=["time", "plane"])
        data = picture_data.data_of(figure)
        self.assertEqual(list(dict.fromkeys(data["series"])), ["t = 1e−27", "t = 100"])
        expected = rows[rows["time"] == 1e-27]
        shown = data[data["series"] == "t = 1e−27"]
        np.testing.assert_array_equal(shown["y"], expected["c"])
        np.testing.assert_allclose(shown["error"], expected["c_err"], atol=1e-12)
        with self.assertRaisesRegex(NothingToDraw, "no 3D crystal"):
            profile_pictures.draw_profiles(self.archive, self.jobs["layers"])

    def test_points_that_are_not_converged_are_hollow(self) -> None:
        verdicts = read_verdicts(Program(NXMC), self.file, "scan == layers")
        self.assertEqual(set(verdicts.values()), {"one start"})
        self.assertEqual({point_of(row) for _, row in self.jobs["layers"].iterrows()}, set(verdicts))
        known = dict(verdicts) | {point_of(self.jobs["layers"].iloc[1]): "converged"}
        ax = pictures.draw_phases(self.archive, self.jobs["layers"], "shell_layers", known).axes[0]
        self.assertEqual({tuple(line.get_xdata()) for line in ax.lines if line.get_gid() == "doubtful"}, {(0, 2)})
        self.assertIn("hollow: not converged", [text.get_text() for text in ax.get_legend().get_texts()])
        self.assertTrue(ax.get_title().endswith("1 chain at each point"))

    def test_doubtful_panels_come_before_others(self) -> None:
        with self.assertWarnsRegex(ArchiveWarning, "12 parameter sets, drawing 9 of them, those that are not converged first"):
            self.assertEqual(pictures.at_most(list(range(12)), lambda panel: panel in (3, 10, 11)), [0, 1, 2, 3, 4, 5, 6, 10, 11])

    def test_the_style_of_the_paper_has_a_blue_and_b_red(self) -> None:
        figure = pictures.draw_time(self.archive, self.jobs["rods"])
        before = picture_data.data_of(figure)
        paper_style.recolour(figure)
        colours = {str(line.get_label()).split()[0]: to_hex(line.get_color()) for line in figure.axes[1].lines}
        self.assertEqual((colours["$f_{U1}$"], colours["$f_{U2}$"]), ("#0000ff", "#ff0000"))
        self.assertEqual(colours["$f_{Cx}$"], to_hex(pictures.PHASE_COLOUR["Cx"]))
        self.assertIn(to_rgb("#0000ff"), {tuple(band.get_facecolor()[0][:3]) for band in figure.axes[1].collections})
        pd.testing.assert_frame_equal(picture_data.data_of(figure), before)

    def test_the_command_draws_several_archives_and_writes_their_numbers(self) -> None:
        other = finished(NXMC, CAMPAIGN.replace("name: columns", "name: other\nseed: 2"), self.folder, "other").rename(self.folder / "-other.h5")
        words = ["--xy", "xy.svg", "--y", "f_U,f_S", "--where", "scan == shells and size == 4", "--data", "xy.csv", "--style", "paper", "--nxmc", NXMC]
        run = subprocess.run([PLOT, *words, "--", self.file.name, other.name], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "xy.svg\nxy.csv\n", ""))
        table = pd.read_csv(self.folder / "xy.csv")
        self.assertEqual(sorted(set(table["series"])), ["-other: f_S", "-other: f_U", "columns: f_S", "columns: f_U"])
        self.assertEqual(len(table), 4 * 3)


if __name__ == "__main__":
    NXMC = os.path.abspath(sys.argv.pop(1))
    unittest.main()
