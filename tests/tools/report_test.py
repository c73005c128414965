"""Tests of tools/report.py and nxmc.report on small archives. First argument: the program nxmc. The package is found through PYTHONPATH."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TextIO
from unittest import mock

import h5py

from nxmc import command  # noqa: F401  before anything that draws
from matplotlib.figure import Figure

import nxmc
from nxmc import pictures, report
from nxmc.errors import NothingToDraw
from nxmc.page import Column, Markup, element, page, table
from nxmc.program import Program

from campaign_runs import finished, stopped_at_work
from forked_commands import ForkedCommand

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "tools/report.py"
report_command = ForkedCommand(REPORT)
plot_command = ForkedCommand(ROOT / "tools/plot.py")

CAMPAIGN = """
name: told & <b>bold</b>
seed: 3
defaults: {lattice: hexagon, size: 4, temperature: 0.2, equilibration_sweeps: 50, measured_sweeps: 400, measure_every: {areas: 0}}
scans:
  - {name: shells, method: equilibrium, size: 3, temperature: 0.3, shell_layers: 1, shell_stiffness: [0.5, 1, 2], start: [random, segregated], samples: {every: 10}}
  - {name: two ways, method: equilibrium, shell_layers: 1, size: [3, 4, 5], shell_stiffness: [1, 2, 4], samples: {every: 10}}
  - {name: "layers <&>", method: equilibrium, shell_layers: [0, 1]}
  - {name: ladder, method: equilibrium, shell_layers: 1, shell_stiffness: [1, 2], temperature: 0.3, ladder: {along: shell_stiffness, exchange_every: 5}}
  - {name: windows, method: equilibrium, shell_layers: 1, shell_stiffness: 1.3, temperature: 0.3, bias: {along: f_U, windows: 2}, equilibration_sweeps: 1000, measured_sweeps: 4000}
  - {name: cubes, method: exchange, lattice: cube, size: 4, temperature: 1.5, delta_mu: -200, snapshots: {times: [1e-20, 100]}}
  - {name: free, method: exchange, interaction: none, delta_mu: [-5, -10], temperature: 1, replicas: 3, times: [0.001, 1, 2]}
"""
SMALL = """
name: small & <b>bold</b>
defaults: {method: exchange, times: [1]}
scans:
  - {name: cubes, lattice: cube, size: 3, temperature: 1.5, delta_mu: -200, snapshots: {times: [1e-20, 100]}}
  - {name: free, lattice: hexagon, size: 3, interaction: none, delta_mu: -5}
"""

VOID = {"meta", "br", "img", "hr", "input", "link"}


class Page(HTMLParser):
    """What a page is made of. Raises AssertionError where elements are not closed as they were opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.commands: list[str] = []
        self.headings: list[str] = []
        self.words: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes[name] for name in ("href", "src", "xlink:href", "aria-labelledby") if name in attributes]
        self.links += re.findall(r"url\((#[^)]*)\)", " ".join(attributes.values()))
        if tag not in VOID:
            self._open.append((tag, attributes))
        if attributes.get("class") == "command":
            self.commands.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()[0]
        assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        if not self._open:
            return
        tag, attributes = self._open[-1]
        if attributes.get("class") == "command":
            self.commands[-1] += data
        if tag in ("h1", "h2", "h3"):
            self.headings.append(data)
        if tag not in ("style", "title"):
            self.words.append(data)


def save_nothing(_: Figure, place: Path | TextIO, **__: object) -> None:
    with place.open("w") if isinstance(place, Path) else contextlib.nullcontext(place) as file:
        file.write("<svg ></svg>")


drawn_only = mock.patch.object(Figure, "savefig", save_nothing)
"""where pictures are not what is asked about; laying them out and saving them takes longest"""


class OfACampaign(unittest.TestCase):
    """One with a scan of each kind."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.file = finished(NXMC, CAMPAIGN, cls.folder, "told")
        with mock.patch.object(pictures, "MAX_PANELS", 2):  # further ones are more of the same
            run = report_command("told.h5", "--output", "told.html", "--nxmc", NXMC, cwd=cls.folder)
        assert (run.returncode, run.stdout, run.stderr) == (0, "told.html\n", ""), run
        cls.html = (cls.folder / "told.html").read_text(encoding="utf-8")
        cls.page = Page(cls.html)
        cls.words = " ".join(cls.page.words)

    def test_the_page_needs_nothing_but_itself(self) -> None:
        self.assertEqual({"script", "link", "iframe", "object", "embed"} & set(self.page.tags), set())
        self.assertEqual([link for link in self.page.links if not link.startswith(("#", "data:")) and link not in self.page.ids], [])
        self.assertNotIn("@import", self.html)
        self.assertNotIn("http-equiv", self.html)

    def test_links_lead_somewhere_and_names_are_single(self) -> None:
        ids = self.page.ids
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual([link for link in self.page.links if link.startswith("#") and link[1:] not in ids], [])

    def test_whoever_does_not_see_the_pictures_hears_what_they_are(self) -> None:
        drawn = re.findall(r'<svg [^>]*role="img" aria-labelledby="([^"]*)"[^>]*><title id="([^"]*)">Figure ([0-9]+)\. ', self.html)
        self.assertEqual(len(drawn), self.page.tags.count("svg"))
        self.assertEqual(len(drawn), self.page.tags.count("figcaption"))
        self.assertEqual([int(number) for _, _, number in drawn], list(range(1, len(drawn) + 1)))
        self.assertTrue(all(label == title for label, title, _ in drawn))
        self.assertIn('<html lang="en">', self.html)

    def test_every_scan_has_a_picture_that_fits_its_kind(self) -> None:
        self.assertEqual(self.page.headings[1:], ["summary", *(f"scan {name}" for name in ("shells", "two ways", "layers <&>", "ladder", "windows", "cubes", "free")), "campaign file"])  # fmt: skip
        drawn = [set(re.findall(r"--[a-z-]+(?= [a-z-]+\.svg)", part)) for part in re.split("<h2", self.html)[2:-1]]
        self.assertEqual(
            drawn,
            [{"--curves", "--series", "--histogram"}, {"--map", "--curves", "--series"}, {"--phases", "--series"}]
            + [{"--curves", "--series"}, {"--free-energy"}, {"--time", "--snapshots"}, {"--time"}],
        )

    def test_histograms_are_where_the_program_has_found_a_transition(self) -> None:
        for scan, is_there in (("shells", True), ("'two ways'", False), ("ladder", False)):
            found = Program(NXMC).ask("diagram", self.file, "--where", f"scan == {scan}")
            self.assertEqual(any(row["equal_weight"] or row["variance_peak"] for row in found), is_there, scan)

    def test_what_users_write_is_text(self) -> None:
        self.assertNotIn("<b>", self.html)
        self.assertIn("nxmc: told & <b>bold</b>", self.page.headings)

    def test_it_says_what_ran_and_what_can_be_believed(self) -> None:
        self.assertRegex(self.words, r"Jobs [0-9]+, all done")
        self.assertRegex(self.words, r"Computing time .* of one core")
        self.assertRegex(self.words, r"Runs 1, the first one at 20[0-9-]+ [0-9:]+ UTC; on \S+ with 1 rank")
        self.assertRegex(self.words, r"Verdicts on [0-9]+ equilibrium points: .*one start")
        self.assertIn("is no result yet", self.words)

    def test_tables_tell_what_the_program_answers(self) -> None:
        rows = Program(NXMC).ask("query", self.file, "--where", "scan == shells", "--group-by", "shell_stiffness", "--columns", "shell_stiffness,f_U,f_U_err")
        for row in rows:
            shown = report.estimate_cell(row, "f_U")
            self.assertRegex(self.html, rf'<th scope="row" class="number">{row["shell_stiffness"]:g}</th><td class="word">.*?</td><td class="number">2</td><td class="number">{re.escape(shown)}</td>')

    def test_numbers_have_units_and_crystals_their_sites(self) -> None:
        self.assertIn("size 4 (37 sites in the core)", self.words)
        self.assertIn("temperature 0.2 ε", self.words)
        self.assertIn("delta mu −5, −10 k_BT", self.words)
        self.assertIn("shell stiffness (K)", self.words)
        self.assertIn("4 (N = 37)", self.words)

    def test_courses_are_tables_for_those_who_do_not_see_them(self) -> None:
        (row,) = Program(NXMC).ask("query", self.file, "--times", "--where", "scan == free and time == 1 and delta_mu == -10", "--group-by", "time", "--columns", "c,c_err")
        part = self.html[self.html.index("scan free</h2>") :]
        self.assertRegex(part, rf'<th scope="row" class="number">−10</th><td class="number">1</td><td class="number">3</td><td class="number">{re.escape(report.estimate_cell(row, "c"))}</td>')

    def test_every_command_on_it_does_what_it_says(self) -> None:
        (self.folder / "bin").mkdir()
        (self.folder / "bin/nxmc").symlink_to(NXMC)
        environment = os.environ | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        commands = list(dict.fromkeys(self.page.commands))
        self.assertGreater(len(commands), 20)
        # The page has saved the same figures.
        with drawn_only:
            for words in commands:
                arguments = shlex.split(words)
                if arguments[0] == str(plot_command.script):
                    run = plot_command(*arguments[1:], "--nxmc", NXMC, cwd=self.folder)
                else:
                    run = subprocess.run(arguments, cwd=self.folder, env=environment, capture_output=True, text=True)
                self.assertEqual(run.returncode, 0, f"{words}: {run.stderr}")

    def test_several_archives_stand_below_each_other(self) -> None:
        other = finished(NXMC, "name: other\nscans: [{name: only, method: exchange, lattice: hexagon, size: 3, temperature: 0.2, delta_mu: -5, times: [1]}]\n", self.folder, "other")
        more = finished(NXMC, SMALL, self.folder, "small")
        with mock.patch.object(report, "NO_PICTURES", "None are asked for."):
            html = report.write_report([other, more], Program(NXMC))
        headings = Page(html).headings
        self.assertEqual(headings[:4], ["nxmc: other, small & <b>bold</b>", "other: summary", "other: scan only", "other: campaign file"])
        self.assertEqual(headings[4:], ["small & <b>bold</b>: " + each for each in ("summary", "scan cubes", "scan free", "campaign file")])

    def test_what_does_not_fit_on_the_page_is_named(self) -> None:
        file = finished(NXMC, SMALL, self.folder, "small")
        svgs: dict[str, tuple[Markup, list[str]]] = {}

        def again(make: Callable[[], object], name: str, title: str) -> tuple[Markup, list[str]]:
            return svgs[title] if title in svgs else svgs.setdefault(title, draw(make, name, title))

        draw = report.draw
        with mock.patch.object(report, "draw", again):
            whole = report.write_report([file], Program(NXMC))
        drawn = [len(svg) for svg in re.findall(r"<svg.*?</svg>", whole, flags=re.DOTALL)]
        room = sum(drawn) - 1
        with mock.patch.object(report, "MOST_BYTES", report.ROOM_FOR_TABLES + room), mock.patch.object(report, "draw", again):
            html = report.write_report([file], Program(NXMC))
        self.assertIn("Left out, for the page would become too large: ", html)
        kept = [len(svg) for svg in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)]
        self.assertLess(sum(kept), room)
        self.assertLess(0, len(kept))
        self.assertLess(len(kept), len(drawn))
        self.assertEqual(set(Page(whole).commands), set(Page(html).commands))


class OfWhatIsNotThere(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def report(self, *words: str) -> subprocess.CompletedProcess[str]:
        return report_command("--nxmc", NXMC, *words, cwd=self.folder)

    def test_a_campaign_that_has_just_begun_says_what_is_missing(self) -> None:
        scan = "{name: s, method: equilibrium, lattice: hexagon, size: 4, temperature: 0.2, shell_layers: 1, shell_stiffness: [1, 2], measured_sweeps: 1e14}"
        stopped_at_work(NXMC, f"name: x\nscans: [{scan}]\n", self.folder, "y")  # no job comes to its end
        told = self.report("y.h5", "--output", "y.html")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        words = " ".join(Page((self.folder / "y.html").read_text()).words)
        self.assertIn("None of its 2 jobs has results yet.", words)
        self.assertRegex(words, "Jobs 2, .*waiting")

    def run_campaign(self, *scans: str) -> Path:
        return finished(NXMC, "name: x\ndefaults: {lattice: hexagon, size: 3}\nscans:\n" + "".join(f"  - {{{scan}}}\n" for scan in scans), self.folder, "x")

    def words_of(self, name: str = "x") -> str:
        told = self.report(f"{name}.h5", "--output", f"{name}.html")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        return " ".join(Page((self.folder / f"{name}.html").read_text()).words)

    def test_failed_jobs_are_told_with_their_reason(self) -> None:
        file = self.run_campaign("name: s, method: exchange, temperature: 0.2, delta_mu: -5, times: [1], replicas: 2")
        job = nxmc.open(file).jobs()["job"].iloc[0]
        status = Program(NXMC).status(file) | {"failures": [{"job": job, "reason": "energy is <not> finite"}]}
        (failures, question) = report.failures_of(nxmc.open(file), status)
        self.assertIn(f'<th scope="row" class="word">{job[:8]}</th><td class="word">s</td><td class="long">energy is &lt;not&gt; finite</td>', failures)
        self.assertIn("state == failed", question)

    @drawn_only
    def test_truncated_trajectories_are_told(self) -> None:
        self.run_campaign("name: s, method: exchange, temperature: 0.2, delta_mu: -20, times: [0.001, 100], max_events: 20, replicas: 3")
        self.assertIn("3 of 3 trajectories ended at max_events", self.words_of())

    @drawn_only
    def test_what_is_damaged_does_not_keep_the_rest_from_being_told(self) -> None:
        file = self.run_campaign("name: s, method: exchange, temperature: 0.2, delta_mu: -20, times: [0.001, 1], snapshots: {times: [0.001, 1]}", "name: t, method: exchange, temperature: 0.2, delta_mu: -5, times: [1, 2]")
        place = int(nxmc.open(file)._tables.place("snapshot_offset")[0])
        with h5py.File(file, "r+") as archive:
            archive["snapshots/bits"][place] = ~archive["snapshots/bits"][place]
        words = self.words_of()
        self.assertIn("Left out: Configurations of one crystal", words)
        self.assertIn("scan t", words)

    def test_mistakes_of_ours_cost_what_they_concern_and_are_reported(self) -> None:
        def mistaken(*_: object) -> None:
            raise KeyError("f_S")

        file = self.run_campaign("name: s, method: exchange, temperature: 0.2, delta_mu: -20, times: [0.001, 1]")
        with mock.patch("nxmc.pictures.draw_time", mistaken), mock.patch("traceback.print_exc") as told:
            html = report.write_report([file], Program(NXMC))
        self.assertIn("This is a mistake of nxmc (KeyError: &#x27;f_S&#x27;); please report it.", html)
        told.assert_called_once()

    def test_flat_histograms_along_c_and_periodic_crystals_have_what_fits_them(self) -> None:
        chain = "method: equilibrium, equilibration_sweeps: 100, measured_sweeps: 1000, measure_every: {areas: 0}, samples: {every: 10}"
        long = chain.replace("100", "2000", 1).replace("1000", "10000")
        self.run_campaign(
            f"name: levelled, {long}, ensemble: semigrand, delta_mu: 0, temperature: 0.6, bias: {{along: c, windows: 2}}",
            f"name: bulk, {chain}, boundary: periodic, size: 6, temperature: [0.2, 0.3], composition: 1/3",
            f"name: open, {chain}, ensemble: semigrand, delta_mu: [-1, 0, 1], temperature: 2",
            f"name: cubes, {chain}, lattice: cube, shell_layers: 1, temperature: [1.5, 2]",
        )
        words = self.words_of()
        self.assertNotIn("mistake", words)
        self.assertIn("--free-energy free-energy.svg --along delta_mu", words)
        self.assertNotIn("scan == levelled) and method == equilibrium", words, "averages in windows are those of no state")
        for column, scan in (("f_S", "bulk"), ("c", "open"), ("f_C", "cubes")):
            self.assertIn(f"--series series.svg --column {column} --where 'scan == {scan}'", words)

    def test_without_matplotlib_there_are_tables(self) -> None:
        self.run_campaign("name: s, method: exchange, temperature: 0.2, delta_mu: -20, times: [0.001, 1]")
        (self.folder / "nothing/matplotlib").mkdir(parents=True)
        (self.folder / "nothing/matplotlib/__init__.py").write_text("raise ImportError('there is no matplotlib')")
        environment = os.environ | {"PYTHONPATH": f"{self.folder / 'nothing'}:{ROOT / 'tools'}"}
        told = subprocess.run([NXMC, "report", "x.h5", "--output", "x.html"], cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual((told.returncode, told.stdout, told.stderr), (0, "x.html\n", ""))
        words = " ".join(Page((self.folder / "x.html").read_text()).words)
        self.assertIn("There are no pictures: there is no matplotlib", words)
        self.assertIn("end time", words)

    @drawn_only
    def test_names_that_begin_as_options_do(self) -> None:
        file = self.run_campaign("name: s, method: exchange, temperature: 0.2, delta_mu: -20, times: [0.001, 1]")
        file.rename(self.folder / "-x.h5")
        (self.folder / "kept").mkdir()
        (self.folder / "x.html").symlink_to("kept/x.html")
        told = self.report("--output", "x.html", "--", "-x.h5")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertIn("nxmc status ./-x.h5", (self.folder / "kept/x.html").read_text())
        self.assertTrue((self.folder / "x.html").is_symlink())

    @drawn_only
    def test_a_replaced_archive_is_told(self) -> None:
        file = self.run_campaign("name: s, method: exchange, temperature: 0.2, delta_mu: -20, times: [0.001, 1]")
        with mock.patch("nxmc.report.identity_of", side_effect=[(1, 1), (1, 2)]):
            self.assertIn("was replaced by a run while this page was written", report.write_report([file], Program(NXMC)))

    def test_questions_that_take_long_are_given_up(self) -> None:
        slow = self.folder / "slow"
        os.mkfifo(self.folder / "answer")
        slow.write_text(f"#!/bin/sh\nexec cat {self.folder}/answer\n")  # waits for somebody who writes it: nobody does
        slow.chmod(0o755)
        with self.assertRaisesRegex(NothingToDraw, "not answered within 0 s; ask yourself"):
            Program(str(slow), patience=0.1).ask("query", "x.h5")

    def test_a_page_is_there_whole_or_not_at_all(self) -> None:
        (self.folder / "no.h5").write_text("nothing")
        for words, message in (
            (["no.h5", "--output", "x.html"], "no.h5"),
            (["missing.h5", "--output", "x.html"], "missing.h5"),
        ):
            told = self.report(*words)
            self.assertEqual((told.returncode, told.stderr.count("\n")), (1, 1), told.stderr)
            self.assertIn(message, told.stderr)
        self.assertIn("end its name in .html", self.report("no.h5", "--output", "x.pdf").stderr)
        told = self.report("no.h5", "--output", "no.h5/x.html")
        self.assertIn("cannot write no.h5/x.html: ", told.stderr, "which is tried before the archive is read")
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"no.h5"})


class Pages(unittest.TestCase):
    def test_text_is_escaped_and_markup_is_not(self) -> None:
        self.assertEqual(element("p", "a < b", element("b", "&"), class_="x'\""), '<p class="x&#x27;&quot;">a &lt; b<b>&amp;</b></p>')

    def test_tables_name_their_rows_and_columns(self) -> None:
        html = table("caption <", [Column("a", "word"), Column("b")], [["x", 1]])
        Page(html)
        self.assertIn('<th scope="col" class="word">a</th><th scope="col" class="number">b</th>', html)
        self.assertIn('<th scope="row" class="word">x</th><td class="number">1</td>', html)
        self.assertIn('aria-label="caption &lt;"', html)

    def test_pages_that_are_renewed_say_so_to_browsers(self) -> None:
        self.assertIn('<meta http-equiv="refresh" content="60">', page("t", "l", [], 60))
        Page(page("t", "l", [], 60))


if __name__ == "__main__":
    NXMC = os.path.abspath(sys.argv.pop(1))
    unittest.main()
