"""Exchange of hexagons: Figs. 1B, 2, 4, 7 and 8."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..courses import Course, course, draw_courses, draw_trajectories
from ..pictures import PHASE_COLOUR, PLANE_PHASES, draw_snapshots
from ..site_pictures import draw_areas, draw_interaction
from ..written import with_results
from . import diffusion
from .statement import Drawing, PaperFigure, Results, Statement, mean_and_error, measured

HAMILTONIANS = ("exact", "published")


def composition(results: Results, scan: str, **parameters: object) -> Course:
    return course(results.archive, results.jobs(scan, **parameters), "c")


# -- Fig. 2


def draw_composition(scan: str, inset: str, log_time: bool) -> Drawing:
    def draw(results: Results) -> Figure:
        kinds = sorted(set(results.jobs(scan)["hamiltonian"]))
        courses = {kind if len(kinds) > 1 else scan: composition(results, scan, hamiltonian=kind) for kind in kinds}
        if scan == "non-interacting":
            lattice = results.archive.lattice(results.jobs(scan).index[0])
            each = courses[scan]
            courses["exact solution"] = Course(each.time, diffusion.composition(lattice, drive_of(results), each.time), np.zeros(len(each.time)), 0)
        return draw_courses(courses, "fraction of A $c$", inset=inset, log_time=log_time)

    panel = {"non-interacting": "Fig. 2A, without interaction; the inset shows the exponential decay", "ising": "Fig. 2B, Ising", "elastic": "Fig. 2C, elastic"}[scan]
    return Drawing(f"{panel}: c(t), average over trajectories.", draw)


def drive_of(results: Results) -> float:
    return float(results.jobs("non-interacting")["delta_mu"].iloc[0])


def draw_configurations(scan: str, caption: str, **parameters: object) -> Drawing:
    return Drawing(caption, lambda results: draw_snapshots(results.archive, None, results.jobs(scan, **parameters)))


def share_of_a_at_surface(results: Results, scan: str, at: float) -> tuple[float, float]:
    """Fraction of A among the sites of the outermost layer at the first snapshot not before `at`, and its error over trajectories."""
    shares = []
    for row in with_results(results.jobs(scan)).index:
        configurations = results.archive.configurations(int(row))
        k = int(np.flatnonzero(configurations.at >= at)[0])
        shares.append(configurations.is_a[k][results.archive.lattice(int(row)).layer == 1].mean())
    return mean_and_error(shares)


def draw_interaction_of_sites(results: Results) -> Figure:
    return draw_interaction(results.archive, int(results.jobs("elastic", hamiltonian="exact").index[0]))


def interaction_decays(results: Results) -> Statement:
    """Averages of V over sites at the same distance from the one in the middle."""
    row = int(results.jobs("elastic", hamiltonian="exact").index[0])
    lattice, kernel = results.archive.lattice(row), results.archive.kernel(row)
    distances = np.linalg.norm(lattice.position - lattice.position.mean(axis=0), axis=1)
    of_middle = kernel[int(np.argmin(distances))]
    rings = np.unique(distances.round(6))
    averages = np.array([of_middle[np.isclose(distances, ring)].mean() for ring in rings])
    turns = int((np.diff(np.sign(np.diff(averages[1:]))) != 0).sum())
    shown = ", ".join(f"{averages[k]:.3f} at {rings[k]:.2f}" for k in range(1, 6)).replace("-", "−")
    return Statement("p. 3, Fig. 3", "the elastic interaction decays gradually and nonmonotonically with distance, and is felt several spacings away",
                     f"V/ε of the site in the middle: {shown}; its average over rings turns {turns} times", bool(turns > 0 and np.abs(averages[rings > 3]).max() > 0.01 * np.abs(averages[1])))  # fmt: skip


def check_fig2(results: Results) -> list[Statement]:
    return [interaction_decays(results), surface_first(results), exact_decay(results), exponential_decay(results), monolayers(results), *elastic_is_faster(results), difference_of_hamiltonians(results, "elastic")]


def surface_first(results: Results) -> Statement:
    words, holds = [], True
    for scan in ("non-interacting", "elastic"):
        share, error = share_of_a_at_surface(results, scan, 0.1)
        words.append(f"{scan} {measured(share, error)}")
        holds = holds and share < 0.1
    return Statement("p. 2, text on Fig. 2A", "the outermost layer is exchanged at once", f"A left there at t = 0.1: {', '.join(words)}", holds)


def exact_decay(results: Results) -> Statement:
    """The chance of the largest deviation, of as many independent ones."""
    found = composition(results, "non-interacting")
    lattice = results.archive.lattice(results.jobs("non-interacting").index[0])
    exact = diffusion.composition(lattice, drive_of(results), found.time)
    seen = (found.error > 0) & (found.mean > 0.02)
    deviation = np.abs(found.mean - exact)[seen] / found.error[seen]
    # Averages at neighbouring times are of the same trajectories: some ten of them are independent.
    return Statement(
        "p. 2, Fig. 2A", "without interaction exchange is plain diffusion into a sink",
        f"c(t) deviates from the exact linear equation by at most {deviation.max():.1f} standard errors at {seen.sum()} times", bool(deviation.max() < 4),
    )  # fmt: skip


def exponential_decay(results: Results) -> Statement:
    found = composition(results, "non-interacting")
    lattice = results.archive.lattice(results.jobs("non-interacting").index[0])
    rate = diffusion.slowest_rate(lattice, drive_of(results))
    late = (found.time > 1 / rate) & (found.mean > 5 * found.error) & (found.error > 0)
    weights = found.mean[late] / found.error[late]
    slope, covariance = np.polyfit(found.time[late], np.log(found.mean[late]), 1, w=weights, cov="unscaled")
    fitted, error = -float(slope[0] if np.ndim(slope) else slope), float(np.sqrt(covariance[0, 0]))
    # Times of one set of trajectories are not independent: the error of the last point alone says how well the slope can be known.
    error = max(error, float(1 / weights[-1] / (found.time[late][-1] - 1 / rate)))
    return Statement(
        "Fig. 2A, inset", "c decays approximately exponentially",
        f"rate {measured(fitted, error, 'k0')} of ln c at late times, exactly {rate:.4f} k0", bool(abs(fitted - rate) < 4 * error),
    )  # fmt: skip


SMOOTHED = 7
"""times over which slopes are averaged: trajectories are noisy"""


def smoothed(values: np.ndarray) -> np.ndarray:
    return np.convolve(np.pad(values, SMOOTHED // 2, mode="edge"), np.ones(SMOOTHED) / SMOOTHED, mode="valid")


def monolayers(results: Results) -> Statement:
    """Where c(t) is flattest on a logarithmic scale between its first fall and its end, against what is left after whole layers."""
    found = composition(results, "ising")
    lattice = results.archive.lattice(results.jobs("ising").index[0])
    inner = np.array([float((lattice.layer > depth).mean()) for depth in range(1, int(lattice.layer.max()))])
    slope = smoothed(-np.gradient(found.mean, np.log10(found.time)))
    steps = [
        float(found.mean[k])
        for k in range(SMOOTHED, len(slope) - SMOOTHED)
        if slope[k] == slope[k - 4 : k + 5].min() and 0.15 < found.mean[k] < 0.9 and slope[k] < 0.9 * min(slope[max(0, k - 15) : k].max(), slope[k : k + 16].max())
    ]
    near = [(c, float(inner[np.argmin(np.abs(inner - c))])) for c in steps]
    shown = ", ".join(f"{c:.2f} ({whole:.2f})" for c, whole in near)
    # A layer that has just gone leaves some roughness behind: within a third of a layer.
    holds = len(near) >= 1 and all(abs(c - whole) < 0.07 for c, whole in near)
    return Statement("Fig. 2B, inset", "Ising crystals lose one monolayer after the other", f"c(t) is flattest at c = {shown or 'nowhere'}; in parentheses what whole layers leave", holds)


def elastic_is_faster(results: Results) -> list[Statement]:
    ising = composition(results, "ising")
    found = []
    for kind in HAMILTONIANS:
        elastic = composition(results, "elastic", hamiltonian=kind)
        words = []
        ratio = np.nan
        for value in (0.25, 0.1):
            (slow, slow_error), (quick, quick_error) = ising.passes(value), elastic.passes(value)
            ratio = slow / quick
            words.append(f"{measured(ratio, ratio * float(np.hypot(slow_error / slow, quick_error / quick)))} times at c = {value}")
        found.append(Statement("p. 3, text on Fig. 2B and C", f"elastic exchange is much faster than Ising exchange ({kind})", ", ".join(words), bool(ratio > 10)))
    return found


def difference_of_hamiltonians(results: Results, scan: str) -> Statement:
    """Not in the paper: nobody has published it."""
    exact, published = (composition(results, scan, hamiltonian=kind) for kind in HAMILTONIANS)
    difference = exact.mean - published.mean
    k = int(np.argmax(np.abs(difference)))
    error = float(np.hypot(exact.error[k], published.error[k]))
    return Statement("not in the paper", "how far c(t) by the stated energy is from that of the published program", f"at most {measured(float(difference[k]), error)}, at t = {exact.time[k]:.3g}", None,
                     "the published program counts the self-interaction twice")  # fmt: skip


# -- Figs. 4 and 7


def draw_phases(results: Results) -> Figure:
    columns = [(f"f_{phase}", f"$f_{{{phase}}}$", PHASE_COLOUR[phase]) for phase in PLANE_PHASES]
    return draw_trajectories(results.archive, {kind: results.jobs("exchange", hamiltonian=kind) for kind in HAMILTONIANS}, columns, "fraction of inner sites")


def draw_strain(results: Results) -> Figure:
    columns = [("rms_area", "r.m.s. of the local area's deviation", "#8C8C8C")]
    return draw_trajectories(results.archive, {kind: results.jobs("exchange", hamiltonian=kind) for kind in HAMILTONIANS}, columns, "r.m.s. of $\\Delta A_R$ ($a^2$)")


def draw_drives(results: Results) -> Figure:
    drives = sorted(set(results.jobs("drive")["delta_mu"]), reverse=True)
    courses = {f"$\\Delta\\mu/k_BT$ = {drive / 0.2:.0f}".replace("-", "−"): composition(results, "drive", delta_mu=drive) for drive in drives}
    courses["exchange ten times faster"] = composition(results, "faster-exchange")
    return draw_courses(courses, "fraction of A $c$")


def check_fig4(results: Results) -> list[Statement]:
    found = []
    for kind in HAMILTONIANS:
        of = {phase: course(results.archive, results.jobs("exchange", hamiltonian=kind), f"f_{phase}") for phase in PLANE_PHASES}
        found += [order_of_phases(of, kind), superlattice(of, kind), strain_decays(results, kind)]
    found += [difference_of_hamiltonians(results, "exchange"), drive_does_not_matter(results), rates_do_not_matter(results)]
    return found


def order_of_phases(of: dict[str, Course], kind: str) -> Statement:
    """U1 falls below a half of what it was, S1 and S2 have their maxima, U2, which grows from the surface all the time, is nearly all."""
    times = [of["U1"].passes(0.5 * float(of["U1"].mean[0]))[0], of["S1"].maximum()[0], of["S2"].maximum()[0], of["U2"].passes(0.9)[0]]
    shown = ", ".join(f"{name} {time:.3g}" for name, time in zip(("U1 half gone at t =", "most S1 at", "most S2 at", "nine tenths U2 at"), times))
    return Statement("Fig. 4D", f"U1 → S1 → S2 → U2, in this order ({kind})", shown, bool(np.all(np.diff(times) > 0)))


def superlattice(of: dict[str, Course], kind: str) -> Statement:
    share = of["S1"].mean + of["S2"].mean
    k = int(np.argmax(share))
    late = np.flatnonzero(share[k:] < share[k] / 2)
    end = of["S1"].time[k + late[0]] if len(late) else np.nan
    error = float(np.hypot(of["S1"].error[k], of["S2"].error[k]))
    u1 = of["U1"]
    words = f"at most {measured(float(share[k]), error)} of the inner sites, at t = {u1.time[k]:.3g}, where U1 has {measured(float(u1.mean[k]), float(u1.error[k]))}; half of that is left at t = {end:.3g}"
    return Statement("p. 4, Fig. 4D", f"U1 decays to nearly nothing; superlattices live much longer, and decay slowly ({kind})", words, bool(u1.mean[k] < 0.1 and share[k] > 0.2 and end > 3 * u1.time[k]),
                     "" if u1.mean[k] < 0.1 else "there is still U1 when the superlattices are at their most")  # fmt: skip


def strain_decays(results: Results, kind: str) -> Statement:
    found = course(results.archive, results.jobs("exchange", hamiltonian=kind), "rms_area")
    start, height, error = found.maximum()
    values = [found.at(time) for time in (2.98, 25.6, 74.8)]
    shown = ", ".join(measured(value, each) for value, each in values)
    falls = height > values[0][0] > values[1][0] > values[2][0]
    return Statement("Fig. 7B", f"strain is largest at short times and decays ({kind})", f"{measured(height, error)} at t = {start:.3g}; {shown} at t = 2.98, 25.6, 74.8", bool(start < 2.98 and falls))


def largest_difference(first: Course, second: Course) -> tuple[float, float, float]:
    """Where two averages differ most: the difference, its error, and the time."""
    difference = first.mean - second.mean
    k = int(np.argmax(np.abs(difference)))
    return float(difference[k]), float(np.hypot(first.error[k], second.error[k])), float(first.time[k])


def drive_does_not_matter(results: Results) -> Statement:
    """After the surface has changed: that this happens at once, sooner where the drive is stronger, is not what is meant."""
    base = composition(results, "drive", delta_mu=-20)
    words, largest = [], 0.0
    for drive in sorted(set(results.jobs("drive")["delta_mu"]) - {-20.0}, reverse=True):
        difference, error, time = largest_difference(late(composition(results, "drive", delta_mu=drive)), late(base))
        words.append(f"{measured(difference, error)} at {drive / 0.2:.0f} (t = {time:.2g})".replace("-", "−"))
        largest = max(largest, abs(difference) if drive < -20 else 0.0)
    return Statement("p. 2", "trajectories do not depend on Δμ beyond |Δμ|/k_BT ≈ 100", f"largest differences of c to −100 after t = 0.1: {', '.join(words)}", bool(largest < 0.05))


def late(each: Course) -> Course:
    after = each.time >= 0.1
    return Course(each.time[after], each.mean[after], each.error[after], each.trajectories)


def rates_do_not_matter(results: Results) -> Statement:
    difference, error, time = largest_difference(late(composition(results, "faster-exchange")), late(composition(results, "drive", delta_mu=-20)))
    words = f"ten times the rate of exchange changes c by at most {measured(difference, error)} after t = 0.1 (t = {time:.2g})"
    return Statement("Materials and Methods, p. 9", "nor on the ratio of the bare rates", words, bool(abs(difference) < 0.05))


# -- Fig. 8


def check_fig8(results: Results) -> list[Statement]:
    found = []
    for kind in HAMILTONIANS:
        jobs = with_results(results.jobs("relaxation", hamiltonian=kind))
        shares = []
        for row in jobs.index:
            phases = results.archive.lattice(int(row)).phases
            counts = [phases(is_a) for _, is_a in results.archive.configurations(int(row))]
            shares.append([(np.isin(each, (1, 3)).sum() / (each >= 0).sum(), np.isin(each, (0, 4)).sum() / (each >= 0).sum()) for each in counts])
        modulated, unstructured = ([mean_and_error([each[k][which] for each in shares]) for k in (0, -1)] for which in (0, 1))
        words = f"superlattice {' → '.join(measured(*each) for each in modulated)}, unstructured {' → '.join(measured(*each) for each in unstructured)} in 221 time units"
        grows = unstructured[1][0] > unstructured[0][0] + 2 * np.hypot(unstructured[0][1], unstructured[1][1])
        found.append(Statement("p. 7, Fig. 8", f"unstructured domains grow, and modulated order persists ({kind})", words, bool(grows and modulated[1][0] > 0.05)))
    return found


FIGURES = (
    PaperFigure(
        "fig2", "Figs. 1B, 2 and 3: composition in time",
        "Crystals of 271 sites without interaction, with Ising's and with elastic interaction; S1 to S3 of the preprint show the same.",
        (
            draw_composition("non-interacting", "log", False), draw_composition("ising", "log time", False), draw_composition("elastic", "log time", False),
            draw_configurations("non-interacting", "Fig. 1B, without interaction."), draw_configurations("ising", "Fig. 1B, Ising."),
            Drawing("Fig. 3: the interaction of a site in the middle, and of one at an edge, with all others.", draw_interaction_of_sites),
            draw_configurations("elastic", "Fig. 1B, elastic, with the published Hamiltonian.", hamiltonian="published"),
        ),
        check_fig2,
    ),
    PaperFigure(
        "fig4", "Figs. 4C, 4D, 7A and 7B: phases and strain in time",
        "A crystal of 721 sites on its way from A to B: configurations in both colour schemes, fractions of the phases, and how much local areas deviate.",
        (
            Drawing("Fig. 4D: fractions of the phases; thin lines are single trajectories, thick ones their average.", draw_phases),
            Drawing("Fig. 7B: root mean square of the deviation of local areas.", draw_strain),
            draw_configurations("exchange", "Fig. 4C, with the published Hamiltonian, at the printed times.", hamiltonian="published"),
            draw_configurations("exchange", "The same with the stated energy.", hamiltonian="exact"),
            Drawing("Fig. 7A: how far local areas deviate, with the published Hamiltonian.", lambda results: draw_areas(results.archive, None, results.jobs("exchange", hamiltonian="published"))),
            Drawing("c(t) at several drives, and with faster exchange.", draw_drives),
        ),
        check_fig4,
    ),
    PaperFigure(
        "fig8", "Fig. 8: relaxation", "Exchange is switched off at t = 7.84; from then on ions only diffuse.",
        (
            draw_configurations("relaxation", "Fig. 8, with the published Hamiltonian: 0, 125, 193 and 221 after the end of the exchange.", hamiltonian="published"),
            draw_configurations("relaxation", "The same with the stated energy.", hamiltonian="exact"),
        ),
        check_fig8,
    ),
)  # fmt: skip
