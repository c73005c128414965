"""Movies of configurations: MP4 where ffmpeg is, else GIF, or a sequence of PNG."""

from __future__ import annotations

import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.animation import FFMpegWriter, PillowWriter
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from . import command
from .archive import Archive, Configurations
from .errors import NothingToDraw
from .lattice import Lattice
from .pictures import A_COLOUR, B_COLOUR, Artist, artist_for, describe, legend_beside, phase_colours, phase_patches, row_with_snapshots
from .solid_pictures import draw_solid, solid_of

ENDINGS = (".mp4", ".gif", ".png")
FRAMES_PER_SECOND = 8
LEAST_FRAMES = 2
INCHES, DOTS_PER_INCH = (8.0, 4.5), 120


def draw_movie(path: Path, archive: Archive, job: str | int | None = None, jobs: pd.DataFrame | None = None) -> tuple[Path, str]:
    """All snapshots of one job, occupants beside local phases, arguments as of `pictures.draw_snapshots`.

    Returns the file that has been written, of a sequence the first one, and what is to be said of it, if anything.
    """
    row = row_with_snapshots(archive, job, jobs)
    configurations = archive.configurations(row)
    if len(configurations) < LEAST_FRAMES:
        raise NothingToDraw(f"a movie needs at least {LEAST_FRAMES} snapshots; `snapshots:` in the campaign asks for them")
    figure = _Frames(archive, row, configurations)
    said = ""
    if path.suffix.lower() == ".mp4" and shutil.which("ffmpeg") is None:
        path = path.with_suffix(".gif")
        said = "ffmpeg is missing (Debian's package ffmpeg): a GIF instead of MP4"
    if path.suffix.lower() == ".png":
        return _write_sequence(path, figure, len(configurations)), said
    is_gif = path.suffix.lower() == ".gif"

    def write(unfinished: Path) -> None:
        if is_gif:
            writer: PillowWriter | FFMpegWriter = PillowWriter(fps=FRAMES_PER_SECOND)
        else:
            writer = FFMpegWriter(fps=FRAMES_PER_SECOND, codec="libx264", extra_args=["-pix_fmt", "yuv420p", "-f", "mp4"])
        if is_gif:  # it goes by the name, which is another one until the file is whole
            named = unfinished.with_name(unfinished.name + ".gif")
            try:
                _film(writer, named, figure, len(configurations))
                named.replace(unfinished)
            finally:
                named.unlink(missing_ok=True)
        else:
            _film(writer, unfinished, figure, len(configurations))

    command.replace(path, write)
    return path, said


def _film(writer: PillowWriter | FFMpegWriter, path: Path, frames: _Frames, count: int) -> None:
    with plt.rc_context({"savefig.bbox": None}), writer.saving(frames.figure, str(path), DOTS_PER_INCH):  # frames have one size
        for k in range(count):
            frames.draw(k)
            writer.grab_frame()


def _write_sequence(path: Path, frames: _Frames, count: int) -> Path:
    """NAME-0001.png and so on: all of them or none."""
    names = [path.with_name(f"{path.stem}-{k + 1:04d}{path.suffix}") for k in range(count)]

    def write(k: int, unfinished: Path) -> None:
        frames.draw(k)
        with plt.rc_context({"savefig.bbox": None}):
            frames.figure.savefig(unfinished, format="png", dpi=DOTS_PER_INCH)

    command.replace_all(names, write)
    return names[0]


class _Frames:
    """One figure, whose configuration changes."""

    def __init__(self, archive: Archive, row: int, configurations: Configurations) -> None:
        self._configurations = configurations
        self._lattice: Lattice = archive.lattice(row)
        self._artist: Artist = artist_for(self._lattice)
        (parameters,) = (parameters for _, parameters in archive.jobs(jobs=[row]).iterrows())
        self._title = f"{describe(parameters, INCHES[0] - 1)} — job {parameters['job'][:8]}"
        self.figure: Figure = plt.figure(figsize=INCHES, dpi=DOTS_PER_INCH)
        self._axes = [self.figure.add_axes((left, 0.06, 0.32, 0.74)) for left in (0.02, 0.44)]

    def draw(self, k: int) -> None:
        at, is_a = self._configurations.at[k], self._configurations.is_a[k]
        for ax in self._axes:
            ax.clear()
        if self._lattice.is_flat:
            self._artist.draw(self._axes[0], np.where(is_a, A_COLOUR, B_COLOUR))
        else:
            draw_solid(self._axes[0], *solid_of(self._lattice, is_a), cut_away=False)
        self._artist.draw(self._axes[1], phase_colours(self._lattice.phases(is_a)))
        legend_beside(self._axes[0], [Patch(color=A_COLOUR, label="A"), Patch(color=B_COLOUR, label="B")])
        legend_beside(self._axes[1], phase_patches(self._artist.possible))
        clock = "$t$" if self._configurations.clock == "time" else "sweep"
        self.figure.suptitle(f"{self._title}\n{clock} = {at:.3g}, $c$ = {is_a.mean():.3f}", fontsize=9)
