"""The page: what is printed and what is found, figure by figure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..archive import Archive
from ..errors import ArchiveError, NothingToDraw
from ..page import Column, Markup, Section, command, element, facts, joined, page, table
from ..program import Program
from ..report import draw, duration, note
from . import bulk, cubes, equilibrium, exchange, rods
from .statement import PaperFigure, Results, Statement

FIGURES: Sequence[PaperFigure] = (exchange.FIGURES[0], *bulk.FIGURES, exchange.FIGURES[1], *equilibrium.FIGURES, exchange.FIGURES[2], *cubes.FIGURES, *rods.FIGURES)


def figures_named(name: str | None) -> list[PaperFigure]:
    """All, or the one of that name or number. ValueError with the names where there is none."""
    if name is None:
        return list(FIGURES)
    found = [figure for figure in FIGURES if name in (figure.name, figure.name.removeprefix("fig"))]
    if not found:
        raise ValueError(f"there is no figure {name}; they are {', '.join(figure.name.removeprefix('fig') for figure in FIGURES)}")
    return found


def write_page(figures: Sequence[PaperFigure], folder: Path, campaigns: Path, program: Program) -> tuple[str, list[str]]:
    """The page, and the statements that do not hold. Raises ArchiveError where what should be an archive is none."""
    sections: list[Section] = []
    statements: list[tuple[PaperFigure, Statement]] = []
    number = 0
    for figure in figures:
        section = Section(figure.title, [element("p", figure.shows)])
        path = folder / f"{figure.name}.h5"
        run = f"mpirun -n 2 nxmc run {campaigns / figure.name}.yaml --archive {path}"
        if not path.exists():
            section.add(note(f"{path} is not there: the campaign has not been run."), command(run))
            sections.append(section)
            continue
        results = Results(Archive(path), program)
        section.add(facts(facts_of(results)))
        found = checked(figure, results, section)
        statements += [(figure, each) for each in found]
        if found:
            section.add(table_of(found, "Statements of the paper, and what is found here"))
        for drawing in figure.drawings:
            number += 1
            section.add(*drawn(drawing.caption, partial(drawing.draw, results), f"fig{number}", run))
        sections.append(section)
    failed = [f"{figure.title}: {each.words}" for figure, each in statements if each.holds is False]
    lead = f"Frechette, Dellago and Geissler, PNAS 118 (52), 2021, doi 10.1073/pnas.2114551118, figure by figure; {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}"
    return page("Ion exchange in nanocrystals: the figures of the paper", lead, [summary(statements), *sections]), failed


def facts_of(results: Results) -> list[tuple[object, object]]:
    status = results.program.status(results.archive.path)
    jobs = status["jobs"]
    found: list[tuple[object, object]] = [("Jobs", f"{jobs['done'] + jobs['truncated']} of {jobs['total']} have results")]
    found.append(("Computing time", f"{duration(3600 * status['core_hours']['done'])} of one core"))
    verdicts = {verdict: count for verdict, count in status.get("verdicts", {}).items() if count > 0}
    if verdicts:
        found.append(("Verdicts", ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())))
    return found


def checked(figure: PaperFigure, results: Results, section: Section) -> list[Statement]:
    """What its campaign does not tell so far is said, and the other figures go on."""
    try:
        return figure.check(results)
    except (NothingToDraw, ArchiveError, IndexError, ValueError) as reason:
        section.add(note(f"Not checked: {reason}"))
        return []


def drawn(caption: str, make: Callable[[], Any], name: str, run: str) -> list[Markup]:
    try:
        svg, warned = draw(make, name, caption)
    except (NothingToDraw, ArchiveError, IndexError, ValueError) as reason:
        return [note(f"Not drawn: {caption} {reason}")]
    notes = joined(element("span", f" {words}.", class_="note") for words in warned)
    return [element("figure", svg, element("figcaption", caption, notes, command(run)))]


def table_of(statements: Sequence[Statement], caption: str) -> Markup:
    columns = [Column("what the paper says", "long"), Column("where", "word"), Column("here", "long"), Column("holds", "word")]
    return table(caption, columns, [[each.words, each.place, with_reason(each), verdict(each)] for each in statements])


def with_reason(each: Statement) -> Markup:
    return joined([each.ours, Markup("<br>") if each.why else "", each.why])


def verdict(each: Statement) -> Markup:
    word = {True: "yes", False: "no", None: "–"}[each.holds]
    return element("span", word, class_="yes" if each.holds else "no" if each.holds is False else "word")


def summary(statements: Sequence[tuple[PaperFigure, Statement]]) -> Section:
    section = Section("Summary")
    judged = [each for _, each in statements if each.holds is not None]
    held = sum(each.holds is True for each in judged)
    section.add(element("p", element("strong", f"{held} of {len(judged)} statements of the paper hold"), "; numbers with their standard errors in parentheses, in the paper's units. ",
                        "“exact” is the stated energy; “published” that of the program behind the figures, which counts the self-interaction twice."))  # fmt: skip
    failed = [each for _, each in statements if each.holds is False]
    if failed:
        section.add(table_of(failed, "What does not hold here"))
    return section
