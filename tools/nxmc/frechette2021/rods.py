"""Rods: Figs. 10 and S1."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ..courses import COLOURS, draw_courses
from ..errors import NothingToDraw
from ..pictures import draw_snapshots, grid_of_panels, legend_beside
from ..solid_pictures import draw_solids
from ..written import number, with_results
from .equilibrium import averages
from .exchange import HAMILTONIANS, composition
from .statement import Drawing, PaperFigure, Results, Statement, found_by, mean_and_error, measured


@dataclass(frozen=True)
class Stripes:
    """Of a profile c(z)."""

    composition: float
    deviation: float
    """standard deviation of c(z) over the planes, without the outermost two at either end"""
    wavelength: float
    """in lattice spacings: the strongest Fourier component of c(z) less its mean"""


ENDS = 2
"""planes at either end that belong to the surface"""
FINER = 8
"""wave numbers for each that fits the rod"""


def structure_factor(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """S(q) = |sum of (c(z) - its mean) exp(-i 2 pi q z)|^2 / planes, for waves q per lattice spacing; random c(z) of A planes of n sites has c(1-c)/n."""
    inner = profile[ENDS:-ENDS]
    length = FINER * len(inner)
    return np.fft.rfftfreq(length, 1.0), np.abs(np.fft.rfft(inner - inner.mean(), length)) ** 2 / len(inner)


def stripes_of(profile: np.ndarray) -> Stripes:
    waves, strengths = structure_factor(profile)
    longest = FINER * 2  # waves that fit fewer than twice are no stripes
    k = longest + int(np.argmax(strengths[longest : len(profile[ENDS:-ENDS]) * FINER // 4]))
    return Stripes(float(profile.mean()), float(profile[ENDS:-ENDS].std()), float(1 / waves[k]))


def half_life(times: np.ndarray, deviations: np.ndarray) -> float:
    """How long c(z) of one rod deviates more than half as much as at its most, from first to last, linear between observations; infinite where it still does at the end."""
    half = deviations.max() / 2
    k = int(np.argmax(deviations))

    def crossing(one: int, other: int) -> float:
        share = (deviations[one] - half) / (deviations[one] - deviations[other])
        return float(times[one] + share * (times[other] - times[one]))

    before, after = np.flatnonzero(deviations[:k] < half), k + np.flatnonzero(deviations[k:] < half)
    begin = crossing(int(before[-1]) + 1, int(before[-1])) if len(before) else float(times[0])
    return crossing(int(after[0]) - 1, int(after[0])) - begin if len(after) else np.inf


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

    def draw(results: Results) -> Figure:
        name, _ = most_striped(results, scan, at, **parameters)
        jobs = results.jobs(scan, **parameters)
        return draw_solids(results.archive, int(jobs.index[jobs["job"] == name][0]), cut_away=True)

    return Drawing(caption, draw)


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


def profiles_in_time(results: Results, scan: str, **parameters: object) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Observation times, and c(z, t) of each trajectory; shape (times, planes)."""
    rows = results.archive.profiles(["job", "time", "plane", "c"], jobs=with_results(results.jobs(scan, **parameters)))
    if rows.empty:
        raise NothingToDraw(f"scan {scan} has no profiles yet")
    times = np.unique(rows["time"].to_numpy())
    tables = {job: one.pivot(index="time", columns="plane", values="c").to_numpy() for job, one in rows.groupby("job", sort=False)}
    return times, {job: table for job, table in tables.items() if len(table) == len(times)}


def draw_structure_factors(scan: str, times: tuple[float, ...], caption: str, **parameters: object) -> Drawing:
    """S(q) of c(z), averaged over the rods that are partly exchanged at the first time."""

    def draw(results: Results) -> Figure:
        known, profiles = profiles_in_time(results, scan, **parameters)
        at = [int(np.argmin(np.abs(known - time))) for time in times]
        chosen = [each for each in profiles.values() if is_partly_exchanged(each[at[0]])]
        if not chosen:
            raise NothingToDraw(f"no rod of scan {scan} is partly exchanged at t = {times[0]:g}")
        figure, grid = grid_of_panels(1, 1, 4.4)
        ax = grid[0, 0]
        for k, colour in zip(at, COLOURS):
            waves, _ = structure_factor(chosen[0][k])
            strengths = np.array([structure_factor(each[k])[1] for each in chosen])
            mean, error = strengths.mean(axis=0), strengths.std(axis=0, ddof=1) / np.sqrt(len(chosen)) if len(chosen) > 1 else np.zeros(len(waves))
            ax.plot(waves, mean, color=colour, label=f"t = {known[k]:g}")
            ax.fill_between(waves, mean - error, mean + error, color=colour, alpha=0.3, linewidth=0)
        ax.set(xlabel="waves per lattice spacing along $z$", ylabel="$S(q)$ of $c(z)$", xlim=(0, 0.3), title=f"{len(chosen)} of {len(profiles)} rods, those with 0.15 < $c$ < 0.9 at t = {times[0]:g}")
        ax.set_ylim(bottom=0)
        legend_beside(ax, ax.get_lines())
        return figure

    return Drawing(caption, draw)


def is_partly_exchanged(profile: np.ndarray) -> bool:
    return bool(0.15 < profile.mean() < 0.9)


def draw_drives(results: Results) -> Figure:
    courses = {}
    for (kind, drive), _ in results.jobs("drives").groupby(["hamiltonian", "delta_mu"]):
        with contextlib.suppress(NothingToDraw):  # whose trajectories have not come to their ends
            courses[f"{kind}, {drive:g}".replace("-", "−")] = composition(results, "drives", hamiltonian=kind, delta_mu=drive)
    courses["published, −21.5"] = composition(results, "fitted")
    return draw_courses(courses, "fraction of A $c$", log_time=False)


PRINTED_TIMES = (0.0724, 7.23, 11.8, 13.5)
RELAXED_TIMES = (12.5, 14.43, 22.04, 23.8)


def check_fig10(results: Results) -> list[Statement]:
    def of_drives() -> list[Statement]:
        waits = waiting_times(results)
        return [*waiting(waits), drive_that_fits(waits)]

    return found_by(
        lambda: printed_drive(results), lambda: [fitted_drive(results)], of_drives,
        lambda: [stripes_while_exchanging(results), transient_stripes(results)],
        lambda: [stripes_after(results), lifetime_after(results)], lambda: stripes_at_the_printed_drive(results),
    )  # fmt: skip


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


@dataclass(frozen=True)
class Wait:
    """Until half of the ions are exchanged, at one drive."""

    hamiltonian: str
    drive: float
    mean: float
    error: float
    """of the trajectories that come so far"""
    missing: int
    trajectories: int


def waiting_times(results: Results) -> list[Wait]:
    """When single trajectories pass c = 1/2, linear between observations; by Hamiltonian and drive, the weakest first."""
    found = []
    for scan in ("drives", "fitted"):
        jobs = with_results(results.jobs(scan))
        for (kind, drive), some in jobs.groupby(["hamiltonian", "delta_mu"]):
            rows = results.archive.times(["job", "time", "c"], jobs=some)
            passed = [passes_half(one["time"].to_numpy(), one["c"].to_numpy()) for _, one in rows.groupby("job")]
            known = [time for time in passed if np.isfinite(time)]
            mean, error = mean_and_error(known) if known else (np.nan, np.nan)
            found.append(Wait(str(kind), float(drive), mean, error, len(passed) - len(known), len(passed)))
    return sorted(found, key=lambda each: (each.hamiltonian, -each.drive))


def passes_half(time: np.ndarray, c: np.ndarray) -> float:
    below = np.flatnonzero(c < 0.5)
    if len(below) == 0:
        return np.nan
    k = int(below[0])
    return float(time[k]) if k == 0 else float(time[k - 1] + (c[k - 1] - 0.5) / (c[k - 1] - c[k]) * (time[k] - time[k - 1]))


def waiting(waits: list[Wait]) -> list[Statement]:
    found = []
    for kind in HAMILTONIANS:
        words = [
            f"{measured(each.mean, each.error) if np.isfinite(each.mean) else 'not'}{f' ({each.missing} of {each.trajectories} not by then)' if each.missing else ''} at {number(each.drive)}"
            for each in waits if each.hamiltonian == kind
        ]  # fmt: skip
        found.append(Statement("not in the paper", f"half of the ions are exchanged at t, for Δμ/ε ({kind})", ", ".join(words), None, "nucleation: the weaker the drive, the longer the wait"))
    return found


COLLAPSE = 12.5
"""Between the printed times 11.8, when the rod is on its way, and 13.5, when it has collapsed; relaxation begins here from a rod that is partly exchanged."""


def drive_for(waits: list[Wait], kind: str, time: float) -> tuple[float, float]:
    """The drive at which half of the ions are exchanged at a time: ln t is linear between two drives. NaN where they do not lie on either side.
    Where a few trajectories wait beyond the last observation the weaker drive waits longer than it seems, which matters little next to the stronger."""
    known = [each for each in waits if each.hamiltonian == kind and 4 * each.missing <= each.trajectories and np.isfinite(each.error)]
    for weak, strong in zip(known, known[1:]):
        if strong.mean <= time <= weak.mean:
            slope = (weak.drive - strong.drive) / np.log(weak.mean / strong.mean)
            share = np.log(time / strong.mean) / np.log(weak.mean / strong.mean)
            return strong.drive + slope * np.log(time / strong.mean), float(abs(slope) * np.hypot(share * weak.error / weak.mean, (1 - share) * strong.error / strong.mean))
    return np.nan, np.nan


def drive_that_fits(waits: list[Wait]) -> Statement:
    words = []
    for kind in HAMILTONIANS:
        drive, error = drive_for(waits, kind, COLLAPSE)
        words.append(f"{measured(drive, error)} ({kind})" if np.isfinite(drive) else f"not within the drives that were tried ({kind})")
    return Statement("Fig. 10A and B", "the drive that fits the printed times", f"half of the ions are exchanged at t = {COLLAPSE} at Δμ/ε = {', '.join(words)}", None, "the paper prints −200")


def stripes_while_exchanging(results: Results) -> Statement:
    found = [stripes_of(profile) for profile in profiles_at(results, "fitted", 11.8).values()]
    on_the_way = [each for each in found if each.composition > 0.2]
    if not on_the_way:
        return Statement("Fig. 10B", "concentration is modulated along the rod while it is exchanged", "no trajectory is on its way at t = 11.8", None)
    deviation = measured(*mean_and_error([each.deviation for each in on_the_way]))
    return Statement("Fig. 10B", "concentration is modulated along the rod while it is exchanged", f"standard deviation of c(z) {deviation} in the {len(on_the_way)} of {len(found)} trajectories with c > 0.2 at t = 11.8 (random: {np.sqrt(0.2 / 100):.3f})", bool(np.mean([each.deviation for each in on_the_way]) > 0.05))


def transient_stripes(results: Results) -> Statement:
    """Each rod has its own time of nucleation: lifetimes are those of single rods."""
    times, profiles = profiles_in_time(results, "fitted")
    lives = [half_life(times, np.array([stripes_of(profile).deviation for profile in each])) for each in profiles.values()]
    ended = [life for life in lives if np.isfinite(life)]
    if len(ended) < 2:
        return Statement("Fig. 10B", "stripes of the exchange are transient", "too few rods have come to their end", None)
    words = f"c(z) deviates more than half as much as at its most for {measured(*mean_and_error(ended))} time units ({len(ended)} of {len(lives)} rods{f'; the others still do at t = {times[-1]:g}' if len(ended) < len(lives) else ''})"
    return Statement("Fig. 10B", "stripes of the exchange are transient", words, bool(np.mean(ended) < COLLAPSE))


def relaxed(results: Results, scan: str) -> tuple[np.ndarray, list[np.ndarray], int]:
    """Times since the exchange ended, c(z, t) of those rods that are partly exchanged then, and of how many."""
    times, profiles = profiles_in_time(results, scan)
    partly = [each for each in profiles.values() if is_partly_exchanged(each[0])]
    return times - times[0], partly, len(profiles)


def words_of_stripes(times: np.ndarray, rods: list[np.ndarray], k: int) -> str:
    found = [stripes_of(each[k]) for each in rods]
    deviation, wavelength = (mean_and_error([getattr(each, name) for each in found]) for name in ("deviation", "wavelength"))
    return f"{measured(*deviation)} and {measured(*wavelength)} sites after {number(times[k])}"


def stripes_after(results: Results) -> Statement:
    times, rods, count = relaxed(results, "relaxation")
    if not rods:
        return Statement("Fig. 10D", "relaxed rods keep long-lived stripes", "no trajectory is partly exchanged at t = 12.5", None)
    after = int(np.argmin(np.abs(times - 11.3)))
    words = f"{len(rods)} of {count} rods are partly exchanged at t = 12.5; standard deviation and wavelength of c(z): {words_of_stripes(times, rods, after)}, {words_of_stripes(times, rods, len(times) - 1)}"
    return Statement("Fig. 10C and D", "relaxed rods keep long-lived stripes", words, bool(np.mean([stripes_of(each[after]).deviation for each in rods]) > 0.1))


def lifetime_after(results: Results) -> Statement:
    times, rods, _ = relaxed(results, "relaxation")
    if not rods:
        return Statement("Fig. 10D", "for how long", "no trajectory is partly exchanged at t = 12.5", None)
    kept = [stripes_of(each[-1]).deviation / max(stripes_of(profile).deviation for profile in each) for each in rods]
    words = f"after {number(times[-1])} time units c(z) deviates {measured(*mean_and_error(kept))} times as much as at its most; {sum(share > 0.5 for share in kept)} of {len(kept)} rods more than half as much"
    return Statement("Fig. 10D", "stripes last much longer without exchange than with it", words, bool(np.mean(kept) > 0.5))


def stripes_at_the_printed_drive(results: Results) -> list[Statement]:
    """Not in the paper: relaxations of rods that were exchanged at the printed drive, and stopped earlier."""
    found = []
    for scan in ("relaxation-from-0.28", "relaxation-from-0.18"):
        times, rods, _ = relaxed(results, scan)
        if not rods:
            continue
        start = mean_and_error([float(each[0].mean()) for each in rods])
        highest = mean_and_error([float(each[-1][ENDS:-ENDS].max()) for each in rods])
        words = f"from c = {measured(*start)}: standard deviation and wavelength of c(z) {words_of_stripes(times, rods, 0)}, {words_of_stripes(times, rods, len(times) - 1)}, where c(z) is at most {measured(*highest)}"
        grown = np.mean([stripes_of(each[-1]).deviation for each in rods]) > 1.5 * np.mean([stripes_of(each[0]).deviation for each in rods])
        found.append(Statement("not in the paper", "stripes grow in relaxations from Δμ/ε = −200 as well", words, None, "" if grown else "here they do not grow"))
    return found


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
        "fig10", "Fig. 10: rods", "Exchange of a rod of 10 × 10 × 50 sites, and its relaxation.",
        (
            draw_striped("fitted", PRINTED_TIMES[-1], "Fig. 10A at the drive that fits the printed times (Δμ/ε = −21.5, published)."),
            draw_profiles("fitted", PRINTED_TIMES, "Fig. 10B at that drive: c(z) at the printed times."),
            draw_profiles("printed", PRINTED_TIMES, "The same at the printed drive, Δμ/ε = −200.", hamiltonian="published"),
            draw_striped("relaxation", RELAXED_TIMES[-1], "Fig. 10C: relaxation from t = 12.5, at the fitted drive."),
            draw_profiles("relaxation", RELAXED_TIMES, "Fig. 10D: c(z) 0, 1.93, 9.54 and 11.3 later."),
            draw_structure_factors("relaxation", (12.5, 23.8, 100.0), "Structure factors of c(z) on the way: the peak is at one wave per wavelength of the stripes."),
            draw_profiles("relaxation-from-0.28", (0.01, 1.01, 10.01, 30.01), "Relaxation at the printed drive, stopped at c = 0.28."),
            Drawing("c(t) at several drives.", draw_drives),
        ),
        check_fig10,
    ),
    PaperFigure(
        "figS1", "Fig. S1: core/shell rods", "A half-exchanged rod inside of a frozen shell, at equilibrium.",
        (Drawing("Fig. S1, as a cut.", lambda results: draw_snapshots(results.archive, None, results.jobs("stripes"))),),
        check_figS1,
    ),
)  # fmt: skip
