"""Cubes and rods: Figs. 9, 10 and S1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ..courses import COLOURS, course, draw_courses, draw_trajectories
from ..curves import draw_curves, read_curves
from ..errors import NothingToDraw
from ..pictures import PHASE_COLOUR, draw_snapshots, grid_of_panels, legend_beside
from ..written import with_results
from .equilibrium import averages, value_of
from .exchange import HAMILTONIANS, composition
from .statement import Drawing, PaperFigure, Results, Statement, mean_and_error, measured

# -- Fig. 9


def draw_fractions(results: Results) -> Figure:
    columns = [("f_U1", "$f_{U1}$", PHASE_COLOUR["U1"]), ("f_U2", "$f_{U2}$", PHASE_COLOUR["U2"]), ("f_C", "$f_C$ columns", "#004D38")]
    return draw_trajectories(results.archive, {kind: results.jobs("exchange", hamiltonian=kind) for kind in HAMILTONIANS}, columns, "fraction of inner sites")


def draw_shell(results: Results) -> Figure:
    return draw_curves(read_curves(results.program, results.archive.path, where="scan == shell"))


def draw_crystal(scan: str, caption: str, **parameters: object) -> Drawing:
    return Drawing(caption, lambda results: draw_snapshots(results.archive, None, results.jobs(scan, **parameters)))


def check_fig9(results: Results) -> list[Statement]:
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


# -- Rods


@dataclass(frozen=True)
class Stripes:
    """Of a profile c(z)."""

    composition: float
    deviation: float
    """standard deviation of c(z) over the planes, without the outermost two at either end"""
    wavelength: float
    """in lattice spacings: the strongest Fourier component of c(z) less its mean"""


def stripes_of(profile: np.ndarray) -> Stripes:
    inner = profile[2:-2]
    strengths = np.abs(np.fft.rfft(inner - inner.mean(), 8 * len(inner))) ** 2
    longest = 8 * 2  # waves that fit fewer than twice are no stripes
    k = longest + int(np.argmax(strengths[longest : 8 * len(inner) // 4]))
    return Stripes(float(profile.mean()), float(inner.std()), 8 * len(inner) / k)


def profiles_at(results: Results, scan: str, at: float, **parameters: object) -> dict[str, np.ndarray]:
    """c(z) of each trajectory at the observation time next to `at`."""
    jobs = with_results(results.jobs(scan, **parameters))
    rows = results.archive.profiles(["job", "time", "plane", "c"], jobs=jobs)
    if rows.empty:
        raise NothingToDraw(f"scan {scan} has no profiles yet")
    times = np.unique(rows["time"].to_numpy())
    nearest = times[np.argmin(np.abs(times - at))]
    return {job: one.sort_values("plane")["c"].to_numpy() for job, one in rows[rows["time"] == nearest].groupby("job", sort=False)}


def most_striped(results: Results, scan: str, at: float, **parameters: object) -> tuple[str, int]:
    """The job whose c(z) varies most at a time, and of how many."""
    profiles = profiles_at(results, scan, at, **parameters)
    return max(profiles, key=lambda name: float(profiles[name].std())), len(profiles)


def draw_striped(scan: str, at: float, caption: str, **parameters: object) -> Drawing:
    """The trajectory that `draw_profiles` shows."""
    return Drawing(caption, lambda results: draw_snapshots(results.archive, most_striped(results, scan, at, **parameters)[0]))


def draw_profiles(scan: str, times: tuple[float, ...], caption: str, **parameters: object) -> Drawing:
    """Of one trajectory, as the paper shows it."""

    def draw(results: Results) -> Figure:
        job, count = most_striped(results, scan, times[-1], **parameters)
        figure, grid = grid_of_panels(1, 1, 4.4)
        ax = grid[0, 0]
        for time, colour in zip(times, COLOURS):
            profile = profiles_at(results, scan, time, **parameters)[job]
            ax.plot(np.arange(len(profile)), profile, color=colour, label=f"t = {time:g}, $c$ = {profile.mean():.2f}")
        ax.set(xlabel="plane along $z$", ylabel="$c(z)$", ylim=(-0.02, 1.02), title=f"job {job[:8]}, the one of {count} trajectories that is most striped at the last time")
        legend_beside(ax, ax.get_lines())
        return figure

    return Drawing(caption, draw)


def draw_drives(results: Results) -> Figure:
    courses = {}
    for (kind, drive), _ in results.jobs("drives").groupby(["hamiltonian", "delta_mu"]):
        courses[f"{kind}, {drive:g}".replace("-", "−")] = composition(results, "drives", hamiltonian=kind, delta_mu=drive)
    return draw_courses(courses, "fraction of A $c$", log_time=False)


PRINTED_TIMES = (0.0724, 7.23, 11.8, 13.5)
RELAXED_TIMES = (12.5, 14.43, 22.04, 23.8)


def check_fig10(results: Results) -> list[Statement]:
    return [*printed_drive(results), fitted_drive(results), *waiting(results), stripes_while_exchanging(results), stripes_after(results)]


def printed_drive(results: Results) -> list[Statement]:
    found = []
    for kind in HAMILTONIANS:
        course_of = composition(results, "printed", hamiltonian=kind)
        words = ", ".join(f"{measured(*course_of.at(time)) if course_of.at(time)[1] > 0 else f'{course_of.at(time)[0]:.3g}'} at t = {time:g}" for time in PRINTED_TIMES)
        end = course_of.passes(0.01)[0]
        found.append(Statement("Fig. 10A and B", f"at Δμ/ε = −200 a rod is in the midst of its exchange at t = 7.23, 11.8 and 13.5 ({kind})", f"c = {words}; c = 0.01 at t = {end:.2g}", bool(0.02 < course_of.at(7.23)[0] < 0.98),
                               "the figure was made with another drive than printed, it seems: see below"))  # fmt: skip
    return found


def fitted_drive(results: Results) -> Statement:
    found = composition(results, "fitted")
    words = ", ".join(f"{measured(*found.at(time))} at t = {time:g}" for time in PRINTED_TIMES)
    return Statement("Fig. 10A and B", "what is printed for t = 0.0724, 7.23, 11.8, 13.5: nearly A, then on its way, then collapsed", f"published, Δμ/ε = −21.5: c = {words}", bool(found.at(0.0724)[0] > 0.9 and 0.5 < found.at(7.23)[0] and found.at(13.5)[0] < 0.5 * found.at(7.23)[0]))


def waiting(results: Results) -> list[Statement]:
    """When single trajectories pass c = 1/2."""
    words: dict[str, list[str]] = {}
    for scan in ("drives", "fitted"):
        jobs = with_results(results.jobs(scan))
        for (kind, drive), some in jobs.groupby(["hamiltonian", "delta_mu"]):
            rows = results.archive.times(["job", "time", "c"], jobs=some)
            passed = [float(one["time"][one["c"] < 0.5].min()) for _, one in rows.groupby("job") if (one["c"] < 0.5).any()]
            missing = len(some) - len(passed)
            mean = measured(*mean_and_error(passed)) if len(passed) > 1 else "not"
            words.setdefault(kind, []).append(f"{mean}{f' ({missing} of {len(some)} not by then)' if missing else ''} at {drive:g}".replace("-", "−"))
    return [Statement("not in the paper", f"half of the ions are exchanged at t, for Δμ/ε ({kind})", ", ".join(each), None, "nucleation: the weaker the drive, the longer the wait") for kind, each in words.items()]


def stripes_while_exchanging(results: Results) -> Statement:
    found = [stripes_of(profile) for profile in profiles_at(results, "fitted", 11.8).values()]
    on_the_way = [each for each in found if each.composition > 0.2]
    if not on_the_way:
        return Statement("Fig. 10B", "concentration is modulated along the rod while it is exchanged", "no trajectory is on its way at t = 11.8", None)
    deviation = measured(*mean_and_error([each.deviation for each in on_the_way]))
    return Statement("Fig. 10B", "concentration is modulated along the rod while it is exchanged", f"standard deviation of c(z) {deviation} in the {len(on_the_way)} of {len(found)} trajectories with c > 0.2 at t = 11.8 (random: {np.sqrt(0.2 / 100):.3f})", bool(np.mean([each.deviation for each in on_the_way]) > 0.05))


def stripes_after(results: Results) -> Statement:
    before, after = (profiles_at(results, "relaxation", time) for time in (RELAXED_TIMES[0], RELAXED_TIMES[-1]))
    partly = [job for job, profile in before.items() if 0.2 < profile.mean() < 0.9]
    if not partly:
        return Statement("Fig. 10D", "relaxed rods keep long-lived stripes", "no trajectory is partly exchanged at t = 12.5", None)
    deviations = mean_and_error([stripes_of(after[job]).deviation for job in partly])
    wavelength = mean_and_error([stripes_of(after[job]).wavelength for job in partly])
    words = f"{len(partly)} of {len(before)} rods are partly exchanged at t = 12.5; 11.3 later c(z) has a standard deviation of {measured(*deviations)} and a wavelength of {measured(*wavelength)} sites"
    return Statement("Fig. 10C and D", "relaxed rods keep long-lived stripes", words, bool(deviations[0] > 0.1))


def check_figS1(results: Results) -> list[Statement]:
    jobs = with_results(results.jobs("stripes"))
    rows = results.archive.profiles(["job", "plane", "c"], jobs=jobs)
    found = []
    for _, one in rows.groupby("job"):
        profile = one.sort_values("plane")["c"].to_numpy()
        found.append(stripes_of(profile[profile > 0] if (profile > 0).any() else profile))
    verdict = averages(results, "stripes", "exact", "shell_stiffness", ["f_U"])[0]["verdict"]
    words = f"average c(z) of {len(found)} chains [{verdict}] has a standard deviation of {measured(*mean_and_error([each.deviation for each in found]))} and a wavelength of {measured(*mean_and_error([each.wavelength for each in found]))} sites"
    return [Statement("SI, Fig. S1", "core/shell rods are striped at equilibrium", words, bool(np.mean([each.deviation for each in found]) > 0.1))]


FIGURES = (
    PaperFigure(
        "fig9", "Fig. 9: cubes", "Exchange of a cube of 12³ sites, and a half-exchanged core of 11³ inside of a frozen shell of one layer. The preprint calls it Fig. 5.",
        (
            Drawing("Fig. 9B: fractions of the phases; thin lines are single trajectories, thick ones their average.", draw_fractions),
            Drawing("Fig. 9C: at equilibrium, against the stiffness of the shell.", draw_shell),
            draw_crystal("exchange", "Fig. 9A, as cuts, with the published Hamiltonian.", hamiltonian="published"),
        ),
        check_fig9,
    ),
    PaperFigure(
        "fig10", "Fig. 10: rods", "Exchange of a rod of 10 × 10 × 50 sites, and its relaxation.",
        (
            draw_striped("fitted", PRINTED_TIMES[-1], "Fig. 10A, as cuts, at the drive that fits the printed times (Δμ/ε = −21.5, published)."),
            draw_profiles("fitted", PRINTED_TIMES, "Fig. 10B at that drive: c(z) at the printed times."),
            draw_profiles("printed", PRINTED_TIMES, "The same at the printed drive, Δμ/ε = −200.", hamiltonian="published"),
            draw_striped("relaxation", RELAXED_TIMES[-1], "Fig. 10C, as cuts: relaxation from t = 12.5, at the fitted drive."),
            draw_profiles("relaxation", RELAXED_TIMES, "Fig. 10D: c(z) 0, 1.93, 9.54 and 11.3 later."),
            Drawing("c(t) at several drives.", draw_drives),
        ),
        check_fig10,
    ),
    PaperFigure(
        "figS1", "Fig. S1: core/shell rods", "A half-exchanged rod inside of a frozen shell, at equilibrium.",
        (draw_crystal("stripes", "Fig. S1, as a cut."),),
        check_figS1,
    ),
)  # fmt: skip
