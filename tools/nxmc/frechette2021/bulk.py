"""The crystal without a surface: Fig. 4A."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..errors import NothingToDraw
from ..pictures import A_COLOUR, B_COLOUR, artist_for, draw_phases, legend_beside, phase_colours, phase_patches
from ..program import Row
from ..written import number, with_results
from .statement import Drawing, PaperFigure, Results, Statement, measured

TEMPERATURE = 0.2
SUPERLATTICE = 4 / 3
"""Energy of each site of S2 at c = 1/3 in ε: (1/2) V(K) 8/9 with V(K) = 3; with V = 4, of U1 and U2 apart from each other, it would be 16/9."""


def coldest(results: Results) -> pd.DataFrame:
    jobs = with_results(results.jobs("bulk", temperature=TEMPERATURE))
    if jobs.empty:
        raise NothingToDraw("no composition has results yet")
    return jobs


def draw_compositions(results: Results) -> Figure:
    """The last configuration of one chain of each composition."""
    jobs = coldest(results)
    some = [(float(c), int(one.index[-1])) for c, one in jobs.groupby("composition")]
    chosen = [some[k] for k in np.unique(np.linspace(0, len(some) - 1, 6).round().astype(int))]
    artist = artist_for(results.archive.lattice(chosen[0][1]))
    figure, axes = plt.subplots(2, len(chosen), squeeze=False, layout="constrained", figsize=(1.3 * artist.aspect * len(chosen) + 1.8, 3.2))
    for (upper, lower), (composition, row) in zip(axes.T, chosen):
        configurations = results.archive.configurations(row)
        if len(configurations) == 0:
            raise NothingToDraw("its chains have kept no configurations")
        is_a = configurations.is_a[-1]
        artist.draw(upper, np.where(is_a, A_COLOUR, B_COLOUR))
        artist.draw(lower, phase_colours(artist.lattice.phases(is_a)))
        lower.text(0.5, -0.04, f"$c$ = {composition:.3f}", transform=lower.transAxes, ha="center", va="top")
    legend_beside(axes[0, -1], [Patch(color=A_COLOUR, label="A"), Patch(color=B_COLOUR, label="B")])
    legend_beside(axes[1, -1], phase_patches(artist.possible)[:-1])  # no surface
    figure.suptitle(f"periodic, $N$ = {len(artist.lattice.cells)}, $k_BT/\\epsilon$ = {TEMPERATURE}", fontsize=10)
    return figure


def averages(results: Results) -> dict[float, Row]:
    """By composition."""
    columns = ("f_U1", "f_S1", "f_S2", "f_U2", "f_S", "f_U", "energy")
    wanted = ["composition", *(each for name in columns for each in (name, f"{name}_err")), "verdict"]
    words = ("--where", f"scan == bulk and temperature == {TEMPERATURE}", "--group-by", "composition", "--columns", ",".join(wanted))
    rows = [row for row in results.program.ask("query", results.archive.path, *words) if row["f_S"] is not None]
    if not rows:
        raise NothingToDraw("no composition has results yet")
    return {float(row["composition"]): row for row in rows}


def at(rows: dict[float, Row], composition: float) -> Row:
    return rows[min(rows, key=lambda each: abs(each - composition))]


def shares(row: Row, *names: str) -> str:
    known = ", ".join(f"{name} = {measured(float(row[name]), float(row[name + '_err'] or np.nan))}" for name in names)
    return known + ("" if row["verdict"] == "converged" else f" [{row['verdict']}]")


def check_fig4A(results: Results) -> list[Statement]:
    rows = averages(results)
    sites = len(results.archive.lattice(int(coldest(results).index[0])).cells)
    third, sixth, half = (at(rows, c) for c in (1 / 3, 1 / 6, 1 / 2))
    energy = float(third["energy"]) / sites
    return [
        Statement("p. 3 and 4, Fig. 4A", "in bulk superlattices dominate at intermediate compositions and low temperature", f"c = 1/3: {shares(third, 'f_S2', 'f_U')}", bool(float(third["f_S2"]) > 0.8)),
        Statement("Fig. 4A", "unstructured phases coexist with superlattices", f"c = 1/6: {shares(sixth, 'f_U2', 'f_S2', 'f_U1')}", bool(float(sixth["f_U2"]) > 0.1 and float(sixth["f_S2"]) > 0.2 and float(sixth["f_U1"]) < 0.01)),
        Statement("Fig. 4A", "S1 and S2 coexist, and U1 and U2 do not", f"c = 1/2: {shares(half, 'f_S1', 'f_S2', 'f_U')}", bool(min(float(half["f_S1"]), float(half["f_S2"])) > 0.15 and float(half["f_U"]) < 0.02)),
        Statement("exact, for V of the bulk", "a superlattice costs 4/3 ε for each site at c = 1/3, U1 and U2 apart from each other 16/9 ε",
                  f"{measured(energy, float(third['energy_err'] or np.nan) / sites, 'ε')} at k_BT/ε = {number(TEMPERATURE)}", bool(SUPERLATTICE - 1e-9 < energy < SUPERLATTICE + 0.1)),
    ]  # fmt: skip


FIGURES = (
    PaperFigure(
        "fig4A", "Fig. 4A: bulk", "Configurations of a crystal without a surface at equilibrium, over compositions.",
        (
            Drawing("Fig. 4A: one configuration of each composition, occupants above, local phases below.", draw_compositions),
            Drawing("Fractions of the phases against the composition.", lambda results: draw_phases(results.archive, coldest(results), "composition")),
        ),
        check_fig4A,
    ),
)  # fmt: skip
