"""How reports look in a browser: headless Chromium lays them out at two widths and prints them. First argument: the program nxmc."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from campaign_runs import finished
from nxmc.page import Markup, Section, element, inline_svg, page

# What is looked at in the page: boxes of all words that overlap or leave what holds them, pictures without size, links that lead nowhere.
# Words of pictures are groups of outlines, whose boxes the browser knows as well.
MEASURE = """
<script>
window.addEventListener('load', () => {
  const box = (each) => { const b = each.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const seen = (b) => b[2] - b[0] > 0 && b[3] - b[1] > 0;
  const told = {width: document.documentElement.clientWidth, scroll: document.documentElement.scrollWidth, pictures: [], outside: [], overlaps: [], links: []};
  for (const svg of document.querySelectorAll('svg')) {
    const frame = box(svg);
    told.pictures.push(frame[2] - frame[0], frame[3] - frame[1]);
    const words = [];
    const walker = document.createTreeWalker(svg, NodeFilter.SHOW_COMMENT);
    while (walker.nextNode()) words.push([walker.currentNode.data.trim(), box(walker.currentNode.nextElementSibling)]);
    for (const [text, b] of words)
      if (b[0] < frame[0] - 1 || b[1] < frame[1] - 1 || b[2] > frame[2] + 1 || b[3] > frame[3] + 1) told.outside.push(text);
    for (let i = 0; i < words.length; ++i)
      for (let k = 0; k < i; ++k) {
        const [a, b] = [words[i][1], words[k][1]];
        const across = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), down = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
        if (across > 1 && down > 1) told.overlaps.push(words[k][0] + ' | ' + words[i][0]);
      }
  }
  for (const each of document.querySelectorAll('h1, h2, h3, p, dt, dd, figcaption, code, caption'))
    if (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline' && getComputedStyle(each).overflowX === 'visible')
      told.outside.push(each.textContent.slice(0, 60));
  const texts = [...document.querySelectorAll('h1, h2, h3, p, dt, dd, table, figure, nav')].map((each) => [each, box(each)]).filter((t) => seen(t[1]));
  for (let i = 0; i < texts.length; ++i)
    for (let k = 0; k < i; ++k) {
      if (texts[k][0].contains(texts[i][0]) || texts[i][0].contains(texts[k][0])) continue;
      const [a, b] = [texts[i][1], texts[k][1]];
      if (Math.min(a[2], b[2]) - Math.max(a[0], b[0]) > 1 && Math.min(a[3], b[3]) - Math.max(a[1], b[1]) > 1)
        told.overlaps.push(texts[k][0].textContent.slice(0, 40) + ' | ' + texts[i][0].textContent.slice(0, 40));
    }
  for (const link of document.querySelectorAll('a[href]'))
    if (!document.getElementById(link.getAttribute('href').slice(1))) told.links.push(link.getAttribute('href'));
  document.body.textContent = 'TOLD' + JSON.stringify(told) + 'END';
});
</script>
"""

CAMPAIGN = """
name: layout
defaults: {lattice: hexagon, size: 4, temperature: 0.2, equilibration_sweeps: 200, measured_sweeps: 2000, measure_every: {areas: 0}}
scans:
  - {name: shells, method: equilibrium, shell_layers: 1, shell_stiffness: {from: 1, to: 3, step: 0.25}, start: [random, segregated], samples: {every: 10}}
  - {name: sizes, method: equilibrium, shell_layers: 1, size: [3, 4, 5], shell_stiffness: [1, 2, 4], temperature: [0.2, 0.3], samples: {every: 10}}
  - {name: layers, method: equilibrium, shell_layers: [0, 1, 2], hamiltonian: [exact, published]}
  - {name: cubes, method: exchange, lattice: cube, size: [4, 5], temperature: 1.5, delta_mu: -200, replicas: 2, snapshots: {times: [1e-20, 1e-5, 100]}}
  - {name: hexagons, method: exchange, size: 16, delta_mu: [-5, -20], replicas: 3, snapshots: {times: [0.01, 1, 100]}}
"""


class Layout(unittest.TestCase):
    maxDiff = None
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        finished(NXMC, CAMPAIGN, cls.folder, "layout")
        subprocess.run([NXMC, "report", "layout.h5", "--output", "layout.html"], cwd=cls.folder, check=True, capture_output=True)
        cls.measure_the_report()

    @classmethod
    def measure_the_report(cls) -> None:
        html = (cls.folder / "layout.html").read_text(encoding="utf-8")
        (cls.folder / "measured.html").write_text(html.replace("</head>", MEASURE + "</head>"), encoding="utf-8")

    def browse(self, *options: str) -> str:
        profile = tempfile.mkdtemp(dir=self.folder)
        command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", *options]
        run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def measured(self, width: int) -> dict[str, Any]:
        dom = self.browse(f"--window-size={width},1000", "--dump-dom", (self.folder / "measured.html").as_uri())
        found = re.search("<body>TOLD(.*)END</body>", dom, flags=re.DOTALL)
        self.assertIsNotNone(found, dom[:2000])
        told: dict[str, Any] = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        return told

    def test_nothing_overlaps_or_is_cut_on_wide_and_narrow_windows(self) -> None:
        for width in (1200, 500):  # Chromium's least
            told = self.measured(width)
            with self.subTest(width=width):
                self.assertLessEqual(told["scroll"], told["width"], "the page is wider than the window")
                self.assertGreaterEqual(len(told["pictures"]), 2 * 9)
                self.assertGreater(min(told["pictures"]), 60)
                for kind in ("outside", "overlaps", "links"):
                    self.assertEqual("\n".join(told[kind]), "", kind)

    def test_what_overlaps_is_cut_or_leads_nowhere_is_found(self) -> None:
        figure = Figure(figsize=(3, 2))
        for place, word in ((0.4, "first"), (0.42, "second"), (0.95, "leaves")):
            figure.text(place, 0.5, word)
        svg = inline_svg(figure, "fig", "Words").replace("<svg ", '<svg id="wrong" style="overflow: hidden" ')
        wrong = Section("wrong", [Markup(svg), element("a", "nowhere", href="#nowhere"), element("p", element("span", "x" * 500, style="white-space: nowrap; overflow-wrap: normal"))])
        (self.folder / "measured.html").write_text(page("t", "l", [wrong]).replace("</head>", MEASURE + "</head>"), encoding="utf-8")
        self.addCleanup(self.measure_the_report)
        told = self.measured(1200)
        self.assertGreater(told["scroll"], told["width"])
        self.assertEqual((told["overlaps"], told["links"]), (["first | second"], ["#nowhere"]))
        self.assertIn("x" * 60, told["outside"])

    def test_it_prints(self) -> None:
        self.browse("--no-pdf-header-footer", f"--print-to-pdf={self.folder / 'layout.pdf'}", (self.folder / "layout.html").as_uri())
        pdf = (self.folder / "layout.pdf").read_bytes()
        self.assertEqual(pdf[:5], b"%PDF-")
        self.assertGreater(pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page "), 3)

    def test_it_can_be_looked_at(self) -> None:
        for width in (1200, 500):
            picture = self.folder / f"{width}.png"
            self.browse(f"--window-size={width},2000", f"--screenshot={picture}", (self.folder / "layout.html").as_uri())
            self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")


if __name__ == "__main__":
    NXMC = os.path.abspath(sys.argv.pop(1))
    BROWSER = shutil.which("chromium")
    if BROWSER is None:
        print("skipped: chromium is missing; tools/install-dependencies --full installs it")
        sys.exit(77)
    unittest.main()
