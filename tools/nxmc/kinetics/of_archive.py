"""Conversions of the exchange jobs of an archive: X = 1 − c, averaged over the trajectories of each point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ..archive import Archive
from ..columns import columns_of
from ..errors import NothingToFit
from ..lattice import Lattice
from ..written import with_results
from .curve import Body, Curve, Surface
from .linear_exchange import LinearExchange, TooManySites
from .shapes import Shape, cells_inside, of_crystal
from .units import Units

_OF_EQUILIBRIUM = ("method", "composition", "bias", "window_from", "window_to")
PARAMETERS = tuple(name for name, column in columns_of("jobs").items() if column.role == "parameter" and name not in _OF_EQUILIBRIUM)
"""that tell exchange points apart"""
NEARLY_ALL = 0.99
"""conversion beyond which times are not fitted unless it is asked for: single ions decide there"""
LARGEST_EXPONENT = 40.0
"""of rates at the surface: far quicker than any hop"""

UnitsOf = Callable[[pd.Series], Units]
"""of a job, a row of `points_of`"""
_Observed = defaultdict[bytes, list[np.ndarray]]
"""c of trajectories, by the times at which it was observed"""


def points_of(archive: Archive, jobs: pd.DataFrame | None) -> list[pd.DataFrame]:
    """Jobs that agree in every parameter, finished or not, in the order of the archive. NothingToFit where none has results.

    jobs   rows of `Archive.jobs`; None: all
    """
    columns = ["job", "method", "state", "energy_unit", "n_sites", *PARAMETERS]
    found = archive.jobs(columns) if jobs is None else archive.jobs(columns, jobs=jobs)
    exchange = found[found["method"] == "exchange"]
    if exchange.empty:
        whose = "the campaign has no" if jobs is None else "among the chosen jobs are no"
        raise NothingToFit(f"{archive.path}: {whose} exchange jobs, and only those have a conversion against time (method: exchange)")
    if with_results(exchange).empty:
        raise NothingToFit(f"{archive.path}: none of {len(exchange)} exchange jobs has results yet")
    keys = [exchange[name].map(str) for name in PARAMETERS]  # as words: what is missing shall be equal to itself
    return [point for _, point in exchange.groupby(keys, sort=False)]


def curves_of(archive: Archive, points: list[pd.DataFrame], units_of: UnitsOf) -> Iterator[Curve]:
    """The conversions of each point that has results; of one whose trajectories were observed at different times as many as there are lists
    of these. The archive is read once, and of it no more is kept than points before which others are not complete."""
    done = [with_results(jobs) for jobs in points]
    point_of = pd.concat([pd.Series(k, index=jobs.index) for k, jobs in enumerate(done)])
    awaited = [len(jobs) for jobs in done]
    found: defaultdict[int, _Observed] = defaultdict(lambda: defaultdict(list))
    following = 0
    for block in archive.numbered_blocks("times", ["time", "c"], point_of.index.to_numpy()):
        time, c = block.column("time"), block.column("c")
        first = np.flatnonzero(np.diff(block.job_of_row, prepend=-1))
        for begin, end in zip(first, [*first[1:], len(time)]):
            point = int(point_of[block.numbers[block.job_of_row[begin]]])
            found[point][time[begin:end].tobytes()].append(c[begin:end])
            awaited[point] -= 1
        while following < len(points) and awaited[following] == 0:
            yield from _curves(archive, points[following], found.pop(following, None), 0, units_of)
            following += 1
    for point in range(following, len(points)):  # behind one with damaged rows
        yield from _curves(archive, points[point], found.pop(point, None), awaited[point], units_of)


def _curves(archive: Archive, jobs: pd.DataFrame, observed: _Observed | None, damaged: int, units_of: UnitsOf) -> Iterator[Curve]:
    if observed is None and damaged > 0:
        yield _curve(archive, jobs, np.empty(0), np.empty((0, 0)), damaged, units_of)
    for times, each in (observed or {}).items():
        yield _curve(archive, jobs, np.frombuffer(times), np.array(each), damaged, units_of)


def _curve(archive: Archive, jobs: pd.DataFrame, time: np.ndarray, c: np.ndarray, damaged: int, units_of: UnitsOf) -> Curve:
    first = jobs.iloc[0]
    remarks = []
    waiting = len(jobs) - len(with_results(jobs))
    if waiting > 0:
        remarks.append(f"{waiting} of {len(jobs)} trajectories have no results yet")
    if damaged > 0:
        remarks.append(f"{damaged} damaged {'trajectory' if damaged == 1 else 'trajectories'} left out")
    order = np.argsort(time, kind="stable")
    time, c = time[order], c[:, order] if len(c) else c
    known = ~np.isnan(c).any(axis=0) if len(c) else np.zeros(0, bool)
    if len(c) and not known.all():
        remarks.append("trajectories end early (max_events): later times are left out")
    until = float(first["exchange_until"])
    if np.isfinite(until) and (time > until).any():
        known &= time <= until
        remarks.append(f"until the exchange ends at t = {until:g}")
    if first["stages"]:
        until = _end_of_first_stage(str(first["stages"]))
        known &= time <= until
        remarks.append(f"until the first stage ends at t = {until:g}" if until > 0 else "no stage begins with what the job is listed under")
    time, conversion = time[known], 1 - c[:, known] if len(c) else np.empty((0, 0))
    sites = int(first["n_sites"])
    body = body_of(crystal(archive.lattice(int(jobs.index[0]))), first)
    units = units_of(first)
    return Curve(
        {name: first[name] for name in PARAMETERS} | {"energy_unit": first["energy_unit"]},
        body,
        time,
        conversion.mean(axis=0) if len(conversion) else np.empty(0),
        conversion,
        resolution=1 / sites,
        usual_range=(body.at_once, NEARLY_ALL),
        units=units,
        remarks=tuple(remarks),
    )


def _end_of_first_stage(stages: str) -> float:
    """0 where it has a temperature, a drive or rates of its own: the columns of the job are those of later ones."""
    first = stages.split(" | ")[0]
    return 0.0 if ":" in first else float(first.removeprefix("until "))


@dataclass(frozen=True)
class Crystal:
    """What does not depend on temperature and drive."""

    shape: Shape
    surface: float
    """share of the sites at the surface"""
    outside: float
    """share of the crystal outside of the shape, which is that of the sites within the surface"""
    equation: LinearExchange | None
    """None where its modes would take minutes"""


@lru_cache(maxsize=8)
def crystal(lattice: Lattice) -> Crystal:
    """What laws need to know of one."""
    try:
        equation = LinearExchange(lattice)
    except TooManySites:
        equation = None
    return Crystal(of_crystal(lattice), float((lattice.layer == 1).mean()), 1 - cells_inside(lattice) / len(lattice.cells), equation)


def body_of(crystal: Crystal, job: pd.Series | Mapping[str, object]) -> Body:
    """A crystal with the rates at its surface where nothing interacts; else those depend on neighbours, and the surface is B from the
    beginning, as Fick's law has it."""
    if crystal.equation is None:
        return Body(crystal.shape, crystal.surface, crystal.outside)
    to_b, to_a = np.inf, 0.0
    if job["interaction"] == "none":
        drive = -float(str(job["delta_mu"])) / (2 * float(str(job["temperature"])))
        to_b, to_a = float(str(job["rate_exchange"])) * np.exp(np.clip([drive, -drive], -LARGEST_EXPONENT, LARGEST_EXPONENT))
    return Body(crystal.shape, crystal.surface, crystal.outside, surface=Surface(crystal.equation, float(to_b), float(to_a)))
