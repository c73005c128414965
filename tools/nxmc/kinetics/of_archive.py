"""Conversions of the exchange jobs of an archive: X = 1 − c, averaged over the trajectories of each point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
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
from .shapes import cells_inside, of_crystal
from .units import Laboratory

PARAMETERS = tuple(
    name
    for name in ("lattice", "size", "shell_layers", "shell_stiffness", "interaction", "hamiltonian", "temperature", "delta_mu", "rate_exchange", "rate_diffusion", "exchange_until")
    if name in columns_of("jobs")
)
"""that tell exchange points apart"""
NEARLY_ALL = 0.99
"""conversion beyond which times are not fitted unless it is asked for: single ions decide there"""
LARGEST_EXPONENT = 40.0
"""of rates at the surface: far quicker than any hop"""


def points_of(archive: Archive, jobs: pd.DataFrame | None) -> list[pd.DataFrame]:
    """Jobs that agree in every parameter, finished or not, in the order of the archive. NothingToFit where none has results.

    jobs   rows of `Archive.jobs`; None: all
    """
    columns = ["method", "state", "energy_unit", "n_sites", *PARAMETERS]
    found = archive.jobs(columns) if jobs is None else archive.jobs(columns, jobs=jobs)
    exchange = found[found["method"] == "exchange"]
    if exchange.empty:
        whose = "the campaign has no" if jobs is None else "among the chosen jobs are no"
        raise NothingToFit(f"{archive.path}: {whose} exchange jobs, and only those have a conversion against time (method: exchange)")
    if with_results(exchange).empty:
        raise NothingToFit(f"{archive.path}: none of {len(exchange)} exchange jobs has results yet")
    keys = [exchange[name].map(str) for name in PARAMETERS]  # as words: what is missing shall be equal to itself
    return [point for _, point in exchange.groupby(keys, sort=False)]


def curves_of(archive: Archive, points: list[pd.DataFrame], laboratory: Laboratory) -> Iterator[Curve]:
    """The conversions of each point that has results; of one whose trajectories were observed at different times as many as there are lists
    of these."""
    for jobs in points:
        done = with_results(jobs)
        if done.empty:
            continue
        for time, trajectories, damaged in _trajectories(archive, done):
            yield _curve(archive, jobs, time, trajectories, damaged, laboratory)


def _trajectories(archive: Archive, done: pd.DataFrame) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Times, c of the trajectories that were observed then, shape (trajectories, times), and how many are damaged."""
    observed: defaultdict[tuple[float, ...], list[np.ndarray]] = defaultdict(list)
    for block in archive.numbered_blocks("times", ["time", "c"], done):
        time, c = block.column("time"), block.column("c")
        for job in np.unique(block.job_of_row):
            mine = block.job_of_row == job
            observed[tuple(time[mine].tolist())].append(c[mine])
    damaged = len(done) - sum(len(each) for each in observed.values())
    if not observed:
        yield np.empty(0), np.empty((0, 0)), damaged
    for times, each in observed.items():
        yield np.array(times), np.array(each), damaged


def _curve(archive: Archive, jobs: pd.DataFrame, time: np.ndarray, c: np.ndarray, damaged: int, laboratory: Laboratory) -> Curve:
    first = jobs.iloc[0]
    remarks = []
    if len(c) < len(jobs):
        remarks.append(f"{len(c)} of {len(jobs)} trajectories" + (f", {damaged} damaged" if damaged else ""))
    order = np.argsort(time, kind="stable")
    time, c = time[order], c[:, order] if len(c) else c
    known = ~np.isnan(c).any(axis=0) if len(c) else np.zeros(0, bool)
    if len(c) and not known.all():
        remarks.append("trajectories end early (max_events): later times are left out")
    until = float(first["exchange_until"])
    if np.isfinite(until) and (time > until).any():
        known &= time <= until
        remarks.append(f"until the exchange ends at t = {until:g}")
    time, conversion = time[known], 1 - c[:, known] if len(c) else np.empty((0, 0))
    sites = int(first["n_sites"])
    body = body_of(archive.lattice(int(jobs.index[0])), first)
    kelvin = laboratory.kelvin(float(first["temperature"]), str(first["energy_unit"]))
    return Curve(
        {name: first[name] for name in PARAMETERS} | {"energy_unit": first["energy_unit"]},
        body,
        time,
        conversion.mean(axis=0) if len(conversion) else np.empty(0),
        conversion,
        resolution=1 / sites,
        usual_range=(body.at_once, NEARLY_ALL),
        kelvin=kelvin,
        seconds=laboratory.seconds(kelvin),
        centimetres=laboratory.spacing,
        remarks=tuple(remarks),
    )


def body_of(lattice: Lattice, job: pd.Series | Mapping[str, float]) -> Body:
    """A crystal with the rates at its surface; without its own equation where that would take minutes."""
    sites = len(lattice.cells)
    shape = of_crystal(lattice)
    drive = float(np.clip(-job["delta_mu"] / (2 * job["temperature"]), -LARGEST_EXPONENT, LARGEST_EXPONENT))
    rate = float(job["rate_exchange"])
    try:
        surface = Surface(_equation(lattice.name, lattice.edges), rate * np.exp(drive), rate * np.exp(-drive))
    except TooManySites:
        surface = None
    return Body(shape, float((lattice.layer == 1).mean()), 1 - cells_inside(lattice) / sites, 1.0, surface)


@lru_cache(maxsize=4)
def _equation(name: str, edges: tuple[int, ...]) -> LinearExchange:
    return LinearExchange(Lattice(name, edges, 0))
