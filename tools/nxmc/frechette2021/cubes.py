"""Cubes: Fig. 9, and Fig. 5c of the preprint."""

from __future__ import annotations

from matplotlib.figure import Figure

from ..courses import course, draw_trajectories
from ..curves import Curves, draw_curves, measured_points
from ..pictures import PHASE_COLOUR, draw_snapshots
from ..solid_pictures import draw_solids
from .equilibrium import averages, value_of
from .exchange import HAMILTONIANS
from .statement import Drawing, PaperFigure, Results, Statement, found_by, measured


def draw_fractions(results: Results) -> Figure:
    columns = [("f_U1", "$f_{U1}$", PHASE_COLOUR["U1"]), ("f_U2", "$f_{U2}$", PHASE_COLOUR["U2"]), ("f_C", "$f_C$ columns", "#004D38")]
    return draw_trajectories(results.archive, {kind: results.jobs("exchange", hamiltonian=kind) for kind in HAMILTONIANS}, columns, "fraction of inner sites")


def draw_shell(scan: str, caption: str) -> Drawing:
    def draw(results: Results) -> Figure:
        return draw_curves(Curves("shell_stiffness", measured_points(results.program, results.archive.path, f"scan == {scan}"), [], None))

    return Drawing(caption, draw)


def check_fig9(results: Results) -> list[Statement]:
    return found_by(lambda: shells_and_courses(results), lambda: [larger_core(results)])


def shells_and_courses(results: Results) -> list[Statement]:
    found = []
    for kind in HAMILTONIANS:
        rows = averages(results, "shell", kind, "shell_stiffness", ["f_U", "f_C"])
        soft, stiff = rows[0], rows[-1]
        words = f"f_U = {measured(*value_of(soft, 'f_U'))} at K_shell = {soft['shell_stiffness']:g}, {measured(*value_of(stiff, 'f_U'))} at {stiff['shell_stiffness']:g}"
        found.append(Statement("Fig. 9C", f"unstructured phases are there inside of soft shells, and absent inside of stiff ones ({kind})", words, bool(value_of(soft, "f_U")[0] > 0.1 and value_of(stiff, "f_U")[0] < 0.01)))
        words = f"columns: f_C = {measured(*value_of(soft, 'f_C'))} at K_shell = {soft['shell_stiffness']:g}, {measured(*value_of(stiff, 'f_C'))} at {stiff['shell_stiffness']:g}; disorder has 0.01"
        found.append(Statement("p. 8, Fig. 9A and C", f"what is “unclassified” there is more complicated than in two dimensions ({kind})", words, None, "it is an ordered phase: columns of like sites along one axis"))
        columns, u1 = (course(results.archive, results.jobs("exchange", hamiltonian=kind), name) for name in ("f_C", "f_U1"))
        time, height, error = columns.maximum()
        first = u1.passes(0.5 * float(u1.mean[0]))[0]
        found.append(Statement("Fig. 9A and B", f"rapid exchange of the surface, then slower rearrangement with spatial modulation ({kind})", f"U1 is half gone at t = {first:.2g}; columns have at most {measured(height, error)} of the inner sites, at t = {time:.2g}", bool(first < 1e-3 * time and height > 0.02)))
    return found


def larger_core(results: Results) -> Statement:
    rows = averages(results, "preprint", "published", "shell_stiffness", ["f_U"])
    words = ", ".join(f"{measured(*value_of(row, 'f_U'))} at {row['shell_stiffness']:g} [{row['verdict']}]" for row in (rows[0], rows[-1]))
    return Statement("preprint, Fig. 5c", "the same with a core of 1728 sites", f"f_U = {words}", bool(value_of(rows[0], "f_U")[0] > 0.1 and value_of(rows[-1], "f_U")[0] < 0.01))


FIGURES = (
    PaperFigure(
        "fig9", "Fig. 9: cubes", "Exchange of a cube of 12³ sites, and a half-exchanged core of 11³ inside of a frozen shell of one layer. The preprint calls it Fig. 5.",
        (
            Drawing("Fig. 9B: fractions of the phases; thin lines are single trajectories, thick ones their average.", draw_fractions),
            draw_shell("shell", "Fig. 9C: at equilibrium, against the stiffness of the shell."),
            draw_shell("preprint", "Fig. 5c of the preprint: the same for a core of 1728 sites."),
            Drawing("Fig. 9A, with the published Hamiltonian.", lambda results: draw_solids(results.archive, None, results.jobs("exchange", hamiltonian="published"))),
            Drawing("The same as cuts.", lambda results: draw_snapshots(results.archive, None, results.jobs("exchange", hamiltonian="published"))),
        ),
        check_fig9,
    ),
)  # fmt: skip
