"""A report on archives: what ran, what was found with which verdicts, a picture for every scan, and the command that makes each again."""

from __future__ import annotations

import math
import shlex
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from .archive import Archive
from .columns import columns_of
from .errors import ArchiveError, ArchiveWarning, NothingToDraw
from .page import Column, Markup, Section, command, element, facts, inline_svg, joined, page, table
from .program import Program, Row, as_argument
from .written import AXES_OF_LINES, number, with_error, with_results

try:
    import matplotlib.pyplot as plt

    from .pictures import STYLE
    from .scan_pictures import pictures_of
    from .scan_pictures import Picture

    NO_PICTURES = ""
except ImportError as missing:
    NO_PICTURES = f"There are no pictures: {missing}. They need matplotlib (Debian's python3-matplotlib)."

from .scan_source import Source, axis_of_windows, condition_on_scan, is_flat

MOST_BYTES = 15_000_000
"""of a page; pictures that would make it larger are left out"""
ROOM_FOR_TABLES = 3_000_000
MOST_ROWS = 60
"""of a table"""
MOST_SCANS = 200
MOST_TEXT = 100_000
"""characters of a campaign file"""
PARAMETERS = (
    "lattice", "size", "shell_layers", "shell_stiffness", "temperature", "delta_mu", "composition", "start", "interaction", "hamiltonian",
    "exchange_until", "stages", "rate_rule", "rate_exchange", "rate_diffusion",
)  # fmt: skip
AVERAGES = ("f_U", "f_S", "f_C", "f_0", "c", "energy", "rms_area", "tau_int")
EXCHANGE_AVERAGES = ("events", "end_time")
UNIT_OF_ENERGY = {"epsilon": "ε", "J": "J", "kT": "k_BT"}
TRANSITIONS = ("equal_weight", "equal_height", "variance_peak", "peak_height", "barrier", "jump_energy")

Warnings = list[str]


def write_report(archives: Sequence[Path], program: Program, refresh_seconds: int | None = None, plot: str = "tools/plot.py") -> str:
    """The page, as text. `plot`: how the script is called that draws, for the commands on it. Raises ArchiveError where a file is no archive."""
    opened = [Archive(path) for path in archives]
    files = [identity_of(path) for path in archives]
    drawn = Pictures(sum(len(archive.scans[:MOST_SCANS]) for archive in opened))
    sections: list[Section] = []
    for path, archive in zip(archives, opened):
        before = "" if len(opened) == 1 else f"{archive.name}: " if len({each.name for each in opened}) == len(opened) else f"{path}: "
        sections.append(summary_of(archive, program, f"{before}summary"))
        for scan in archive.scans[:MOST_SCANS]:
            sections.append(section_of_scan(archive, scan, program, f"{before}scan {scan}", drawn, plot))
        sections.append(campaign_of(archive, f"{before}campaign file"))
    for path, before_that in zip(archives, files):
        if identity_of(path) != before_that:
            sections[0].parts.insert(0, note(f"{path} was replaced by a run while this page was written, which may mix both: write it again."))
    if NO_PICTURES:
        sections[0].parts.insert(0, note(NO_PICTURES))
    names = ", ".join(dict.fromkeys(archive.name for archive in opened))
    lead = f"Report of {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())} on {', '.join(path.name for path in archives)}"
    return page(f"nxmc: {names}", lead, sections, refresh_seconds)


def identity_of(path: Path) -> tuple[int, int]:
    """Of the file: another one may take its place."""
    found = path.stat()
    return found.st_dev, found.st_ino


# -- Summary


def summary_of(archive: Archive, program: Program, title: str) -> Section:
    section = Section(title)
    status = program.status(archive.path)
    section.add(facts(facts_of(archive, status)))
    if len(status["scans"]) > 0:
        section.add(table_of_scans(status["scans"]))
    section.add(*verdicts_of(status), *failures_of(archive, status))
    section.add(command(shlex.join(["nxmc", "status", as_argument(archive.path)])))
    return section


def facts_of(archive: Archive, status: dict[str, Any]) -> Iterable[tuple[object, object]]:
    jobs = status["jobs"]
    yield "Archive", element("code", str(archive.path))
    yield "Campaign", f"{archive.name}, seed {archive.seed}, {len(archive.scans)} scan{'s' if len(archive.scans) != 1 else ''}"
    yield "Jobs", ", ".join(words_of_states(jobs))
    if status["run"]:
        yield "Now", f"a run is at work; {duration(status['seconds_left'])} left" if status["seconds_left"] else "a run is at work"
    elif jobs["done"] + jobs["truncated"] + jobs["failed"] < jobs["total"]:
        yield "Now", "no run is at work; `nxmc run` with the same campaign goes on"
    yield "Computing time", f"{duration(3600 * status['core_hours']['done'])} of one core" + (
        f", {duration(3600 * status['core_hours']['left'])} left" if status["core_hours"]["left"] > 0 else ""
    )
    runs = archive.runs()
    if len(runs) > 0:
        hosts = ", ".join(dict.fromkeys(runs["host"]))
        slurm = ", ".join(dict.fromkeys(name for name in runs["slurm_job"] if name))
        ranks = sorted(set(runs["ranks"].astype(int)))
        yield "Runs", (
            f"{len(runs)}, the first one at {moment(runs['started'].iloc[0])}"
            + (f", the last one at {moment(runs['started'].iloc[-1])}" if len(runs) > 1 else "")
            + f"; on {hosts} with {' or '.join(map(str, ranks))} rank{'s' if ranks != [1] else ''}"
            + (f"; Slurm jobs {slurm}" if slurm else "")
        )
        yield "Version", ", ".join(dict.fromkeys(runs["program_version"]))


def words_of_states(jobs: dict[str, int]) -> list[str]:
    total = jobs["total"]
    if jobs["done"] == total:
        return [f"{total}, all done"]
    return [f"{total}", *(f"{jobs[state]} {state}" for state in ("done", "truncated", "running", "waiting", "failed") if jobs[state] > 0)]


def duration(seconds: float) -> str:
    """Two digits and a unit."""
    for unit, length in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.2g} s"


def moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def table_of_scans(scans: Sequence[dict[str, Any]]) -> Markup:
    rows = [
        [scan["scan"], *(scan["jobs"][state] for state in ("total", "done", "truncated", "running", "waiting", "failed")), duration(3600 * scan["core_hours"]["done"])]
        for scan in scans[:MOST_ROWS]
    ]
    titles = ("scan", "jobs", "done", "truncated", "running", "waiting", "failed", "computing time")
    return table("Jobs of each scan" + left_out(len(scans)), [Column(title, "word" if title == "scan" else "number") for title in titles], rows)


def left_out(count: int) -> str:
    return f": the first {MOST_ROWS} of {count}" if count > MOST_ROWS else ""


def verdicts_of(status: dict[str, Any]) -> Iterable[Markup]:
    verdicts = {verdict: count for verdict, count in status.get("verdicts", {}).items() if count > 0}
    points = sum(verdicts.values())
    if points == 0:
        return
    words = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    good = list(verdicts) == ["converged"]
    yield element(
        "p",
        f"Verdicts on {points} equilibrium point{'s' if points > 1 else ''}: ",
        element("strong", words, class_="yes" if good else "no"),
        "." if good else ". What is not converged is no result yet: its error bars do not tell how far off it is.",
    )


def failures_of(archive: Archive, status: dict[str, Any]) -> Iterable[Markup]:
    failures = status["failures"]
    if not failures:
        return
    jobs = archive.jobs(["job", "scan"])
    scans = dict(zip(jobs["job"], jobs["scan"]))
    rows = [[failure.get("job", "")[:8], scans.get(failure.get("job", ""), ""), failure.get("reason", "")] for failure in failures[:MOST_ROWS]]
    yield table("Failed jobs" + left_out(status["jobs"]["failed"]), [Column("job", "word"), Column("scan", "word"), Column("reason", "long")], rows)
    yield command(shlex.join(["nxmc", "query", as_argument(archive.path), "--where", "state == failed"]))


def campaign_of(archive: Archive, title: str) -> Section:
    section = Section(title)
    lines = archive.text.splitlines()
    beginning = archive.text if len(archive.text) <= MOST_TEXT else archive.text[:MOST_TEXT] + "\n…"
    section.add(element("details", element("summary", f"{len(lines)} lines"), element("pre", beginning)))
    return section


# -- Scans


def section_of_scan(archive: Archive, scan: str, program: Program, title: str, drawn: Pictures, plot: str) -> Section:
    section = Section(title)
    rows = archive.jobs(["scan"], per_scan=True)
    jobs = archive.jobs()
    jobs = jobs[jobs.index.isin(rows.index[rows["scan"] == scan])]
    try:
        source = Source(archive, program, condition_on_scan(scan), jobs, plot)
    except NothingToDraw as reason:
        section.add(note(str(reason)))
        return section
    drawn.begin_scan()
    if jobs.empty:
        why = "its name has a comma, which separates the scans of a job: rename it" if "," in scan else "the rounds in which ladders place their rungs come first"
        section.add(note(f"Nothing to tell so far: {why}."))
        return section
    section.add(element("p", words_of_scan(jobs)))
    done = with_results(jobs)
    if done.empty:
        section.add(note(f"None of its {len(jobs)} jobs has results yet."))
        return section
    if len(done) < len(jobs):
        section.add(note(f"{len(done)} of {len(jobs)} jobs have results."))
    if truncated := int((done["state"] == "truncated").sum()):
        section.add(note(f"{truncated} of {len(done)} trajectories ended at max_events: averages after the ends of these are of the others alone."))
    for part in (tables_of_transitions, tables_of_averages, tables_of_courses, tables_of_ladders):
        section.add(*attempted("A table.", partial(part, source, done)))
    if not NO_PICTURES:
        for picture in pictures_of(source):
            section.add(*attempted(picture.caption, partial(drawn.drawn, picture, source)))
    return section


def attempted(what: str, make: Callable[[], Iterable[Markup]]) -> list[Markup]:
    """What cannot be read or drawn does not keep the rest of the page from being written."""
    try:
        return list(make())
    except ArchiveError as error:
        return [note(f"Left out: {what} {error}")]
    except Exception as error:
        traceback.print_exc()
        return [note(f"Left out: {what} This is a mistake of nxmc ({type(error).__name__}: {error}); please report it.")]


def note(words: str) -> Markup:
    return element("p", words, class_="note")


def words_of_scan(jobs: pd.DataFrame) -> str:
    """What it keeps and what it varies."""
    fixed, varying = [], []
    for name in PARAMETERS:
        values = [value for value in pd.unique(jobs[name]) if not is_missing(value)]
        if not values or (name in ("shell_layers", "shell_stiffness") and (jobs["shell_layers"] == 0).all()):
            continue
        words, unit = name.replace("_", " "), unit_of(name, jobs)
        if len(values) == 1:
            if name not in ("interaction", "hamiltonian", "rate_exchange", "rate_diffusion", "start") or values[0] not in ("elastic", "exact", 1, "random"):
                fixed.append(f"{words} {shown(values[0])}{unit}{sites_in_words(jobs) if name == 'size' else ''}")
        else:
            varying.append(f"{words} {range_of(values)}{unit}{sites_in_words(jobs) if name == 'size' else ''}")
    replicas = int(jobs["replica"].max()) + 1
    what = {"equilibrium": "chains at equilibrium", "exchange": "trajectories of exchange"}
    kinds = " and ".join(what[method] for method in pd.unique(jobs["method"]))
    sentence = f"{len(jobs)} {kinds} of {', '.join(fixed)}"
    if varying:
        sentence += f"; {', '.join(varying)}"
    return sentence + (f"; {replicas} replicas of each point." if replicas > 1 else ".")


def unit_of(name: str, jobs: pd.DataFrame) -> str:
    """With a space before it; of sizes and layers the name tells it."""
    unit = columns_of("jobs")[name].unit
    if unit == "energy_unit":
        units = list(pd.unique(jobs["energy_unit"]))
        unit = UNIT_OF_ENERGY[units[0]] if len(units) == 1 else ""
    unit = unit.replace("time_unit", "(1/k₀)").replace("1/(1/k₀)", "k₀")
    return f" {unit.strip('()')}" if unit and unit not in ("sites", "layers") else ""


def sites_in_words(jobs: pd.DataFrame) -> str:
    counts = sorted(set(jobs["n_core"].astype(int)))
    return f" ({', '.join(map(str, counts))} sites{' in the core' if (jobs['shell_layers'] > 0).any() else ''})" if len(counts) <= 12 else ""


def is_missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def shown(value: object) -> str:
    return number(value) if isinstance(value, (int, float)) else str(value)


def range_of(values: Sequence[Any]) -> str:
    if all(isinstance(value, (int, float)) for value in values) and len(values) > 5:
        return f"from {shown(float(min(values)))} to {shown(float(max(values)))} ({len(values)} values)"
    return ", ".join(shown(value) for value in values[:12]) + (f", … ({len(values)} values)" if len(values) > 12 else "")


def varying_of(jobs: pd.DataFrame) -> list[str]:
    return [name for name in PARAMETERS if jobs[name].map(str).nunique() > 1]


def tables_of_averages(source: Source, done: pd.DataFrame) -> Iterable[Markup]:
    """Of each point of equilibrium chains: averages over starts and replicas with their verdict; of trajectories how they ended."""
    for method, averages in (("equilibrium", AVERAGES), ("exchange", EXCHANGE_AVERAGES)):
        jobs = done[done["method"] == method]
        if jobs.empty or (method == "equilibrium" and is_flat(jobs)):  # averages in windows are those of no state
            continue
        measured = [name for name in averages if jobs[name].notna().any()]
        groups = [name for name in varying_of(source.jobs) if name != "start"] or ["lattice"]
        wanted = [*groups, "n", *(each for name in measured for each in (name, f"{name}_err")), *(["verdict"] if method == "equilibrium" else [])]
        words = ["--where", f"({source.condition}) and method == {method}", "--group-by", ",".join(groups), "--columns", ",".join(wanted)]
        yield from table_of(source, "query", words, groups, measured, "Averages, one standard error in parentheses", "rows")


def tables_of_transitions(source: Source, done: pd.DataFrame) -> Iterable[Markup]:
    chains = done[done["method"] == "equilibrium"]
    for axis in AXES_OF_LINES:
        if axis != axis_of_windows(chains) if is_flat(chains) else chains[axis].nunique() < 2:
            continue
        groups = [name for name in varying_of(source.jobs) if name not in ("start", axis)] or ["lattice"]
        words = ["--along", axis, "--where", source.condition]
        yield from table_of(source, "diagram", words, groups, TRANSITIONS, f"Transitions along {axis.replace('_', ' ')}, one standard error in parentheses", "transitions")


COURSE = ("c", "f_U1", "f_S1", "f_S2", "f_U2", "f_C", "f_0", "rms_area")
TIMES_OF_TABLE = 8


def tables_of_courses(source: Source, done: pd.DataFrame) -> Iterable[Markup]:
    """Averages over trajectories at some times, for those who do not see the picture."""
    jobs = done[done["method"] == "exchange"]
    if jobs.empty:
        return
    groups = [name for name in varying_of(source.jobs) if name != "start"]
    several = len(jobs.groupby([jobs[name].map(str) for name in groups])) if groups else 1
    times = source.archive.times(["time"], jobs=jobs.iloc[:1])["time"].to_numpy()  # those of all trajectories of a scan
    count = min(len(times), TIMES_OF_TABLE, max(3, MOST_ROWS // several))
    chosen = sorted({times[round(k * (len(times) - 1) / max(count - 1, 1))] for k in range(count)})
    if not chosen:
        return
    wanted = [*groups, "time", "n", *(each for name in COURSE for each in (name, f"{name}_err"))]
    at = ", ".join(repr(float(time)) for time in chosen)
    words = ["--times", "--where", f"({source.condition}) and time in [{at}]", "--group-by", ",".join([*groups, "time"]), "--columns", ",".join(wanted)]
    yield from table_of(source, "query", words, [*groups, "time"], list(COURSE), "Courses: averages over trajectories, one standard error in parentheses", "rows")


def tables_of_ladders(source: Source, done: pd.DataFrame) -> Iterable[Markup]:
    if not (done["ladder"].notna() & (done["ladder"] != "")).any():
        return
    words = ["--ladders", "--where", source.condition]
    groups = [name for name in (*varying_of(done), "replica") if name in ("size", "start", "temperature", "shell_stiffness", "delta_mu", "composition", "replica")]
    measured = ["exchange_acceptance", "rejection", "round_trips", "restarts"]
    yield from table_of(source, "query", words, [*groups, "from", "to"], measured, "Exchanges between rungs, rejections summed up from the first rung on", "rows")


def table_of(source: Source, question: str, words: Sequence[str], groups: Sequence[str], measured: Sequence[str], caption: str, what: str) -> Iterable[Markup]:
    """What the program answers, or why it does not, and the question."""
    asked = shlex.join(["nxmc", question, as_argument(source.archive.path), *words])
    try:
        rows = source.program.ask(question, source.archive.path, *words)
    except NothingToDraw as reason:
        yield note(f"{caption.split(',')[0]}: {reason}")
        yield command(asked)
        return
    if not rows:
        return
    if len(rows) > MOST_ROWS:
        rows = sorted(rows, key=lambda row: row.get("verdict", "converged") == "converged")
    core = {str(size): int(count) for size, count in zip(source.jobs["size"], source.jobs["n_core"])}

    def size_cell(row: Row, name: str) -> str:
        size = str(row[name])
        return f"{size} (N = {core[size]})" if size in core else size

    cells: dict[str, Callable[[Row, str], object]] = {name: size_cell if name == "size" else plain_cell for name in groups if name in rows[0]}
    cells |= {name: word_cell for name in ("verdict",) if any(row.get(name) for row in rows)}
    cells |= {name: plain_cell for name in ("n",) if name in rows[0]}
    cells |= {name: estimate_cell for name in measured if any(row.get(name) is not None for row in rows)}
    cells |= {name: word_cell for name in ("order", "remark") if any(row.get(name) for row in rows)}
    columns = [column_of(name, source.jobs) for name in cells]
    body = [[show(row, name) for name, show in cells.items()] for row in rows[:MOST_ROWS]]
    size = f": {MOST_ROWS} of {len(rows)} {what}, those that are not converged first" if len(rows) > MOST_ROWS else ""
    yield table(caption + size, columns, body)
    yield command(asked)


def column_of(name: str, jobs: pd.DataFrame) -> Column:
    described = columns_of("jobs").get(name) or columns_of("times").get(name)
    is_word = name in ("order", "verdict") or (described is not None and described.type == "word" and name != "size")
    title = {"n": "jobs", "tau_int": "τ (sweeps)", "rms_area": "r.m.s. area (a²)", "time": "time (1/k₀)", "end_time": "end time (1/k₀)"}.get(name) or name.replace("_", " ")
    if described is not None and name in (*PARAMETERS, "energy") and (unit := unit_of(name, jobs)):
        title = f"{title} ({unit.strip()})"
    if name.startswith("f_"):
        title = joined(["f", element("sub", name[2:])])
    return Column(title, "long" if name == "remark" else "word" if is_word else "number")


def plain_cell(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else shown(value)


def estimate_cell(row: Row, name: str) -> str:
    value, error = row.get(name), row.get(f"{name}_err")
    if value is None:
        return ""
    return f"{float(value):.5g}".replace("-", "−") if error is None else with_error(float(value), float(error))


def word_cell(row: Row, name: str) -> object:
    word = row.get(name) or ""
    return element("span", word, class_="yes" if word == "converged" else "no") if name == "verdict" else word


# -- Pictures


class Pictures:
    """Of one page, numbered; those for which there is no room are named instead."""

    def __init__(self, scans: int) -> None:
        self._count = 0
        self._room = MOST_BYTES - ROOM_FOR_TABLES
        self._scans_left = scans
        self._room_of_scan = 0
        self._is_first = True

    def begin_scan(self) -> None:
        """Each of those that are left gets the same share of the room; its first picture is drawn in any case, as far as there is room at all."""
        self._room_of_scan = self._room // max(self._scans_left, 1)
        self._scans_left -= 1
        self._is_first = True

    def drawn(self, picture: Picture, source: Source) -> Iterable[Markup]:
        """A figure with its caption and command; where it cannot be drawn why, unless nobody misses it."""
        asked = picture.command(source)
        try:
            svg, warned = draw(picture.draw, f"fig{self._count + 1}", f"Figure {self._count + 1}. {picture.caption}")
        except NothingToDraw as reason:
            if not picture.is_optional:
                yield note(f"Not drawn: {picture.caption} {reason}")
            return
        if len(svg) > (self._room if self._is_first else self._room_of_scan):
            yield note(f"Left out, for the page would become too large: {picture.caption}")
            yield command(asked)
            return
        self._count += 1
        self._room -= len(svg)
        self._room_of_scan -= len(svg)
        self._is_first = False
        caption = f"Figure {self._count}. {picture.caption}"
        notes = joined(element("span", f" {words[0].upper()}{words[1:]}.", class_="note") for words in warned)
        yield element("figure", svg, element("figcaption", caption, notes, command(asked)))


def draw(make: Callable[[], Any], name: str, title: str) -> tuple[Markup, Warnings]:
    """A figure as part of a page, and what it warned of; see `inline_svg`."""
    with warnings.catch_warnings(record=True) as caught, plt.rc_context(STYLE):
        warnings.simplefilter("always", ArchiveWarning)
        made = make()
        svg = inline_svg(made, name, title)
        plt.close(made)
    return svg, list(dict.fromkeys(str(each.message) for each in caught if issubclass(each.category, ArchiveWarning)))
