"""What equilibrium chains measured, stretch by stretch: read from the states in which they ended.

src/README.md tells how these are laid out (Formats, state of a chain).
"""

from __future__ import annotations

import struct

import numpy as np

EQUILIBRIUM = 0x0171652D636D786E
SEMIGRAND = 0x6367732D636D786E
MOST_BINS = 512
EXACT_INTEGERS = 2.0**53

_IN_2D = ("f_U1", "f_S1", "f_0", "f_S2", "f_U2")
_IN_3D = ("f_U1", "f_0", "f_U2", "f_Cx", "f_Cy", "f_Cz")
_PHASES = {1: _IN_2D, 2: _IN_2D, 3: _IN_2D, 4: _IN_3D}
"""What the states of each numerics follow, 3D crystals included; then f_U, its square and the energy, and of semi-grand chains c and its
square."""


class StrangeState(Exception):
    """Not the state in which the chain ended; says why, as the end of a sentence."""


class _Reader:
    """Numbers one after the other, in the order in which the program writes them."""

    def __init__(self, state: bytes) -> None:
        self.left = state

    def take(self, layout: str) -> int:
        (number,) = struct.unpack(f"<{layout}", self.bytes(struct.calcsize(f"<{layout}")))
        return int(number)

    def vector(self, kind: str) -> np.ndarray:
        return np.frombuffer(self.bytes(self.take("Q") * np.dtype(kind).itemsize), kind)

    def bytes(self, size: int) -> bytes:
        if size > len(self.left):
            raise StrangeState("does not have the contents of one")
        some, self.left = self.left[:size], self.left[size:]
        return some


def stretches(measurements: int) -> tuple[int, int]:
    """How many stretches so many measurements make, and how many measurements each has, but for the last."""
    length = 1
    while measurements // length >= MOST_BINS:
        length *= 2
    return -(-measurements // length), length


def series_of_chain(final_state: np.ndarray, equilibration_sweeps: int, measured_sweeps: int, phases_every: int) -> dict[str, np.ndarray]:
    """The columns sweep, bin_sweeps (int64), those of the phases that its crystal has, energy and, where it fluctuates, c: a value for each
    stretch.

    final_state   as it stands in the archive, uint8
    """
    whole = _Reader(final_state.tobytes())
    reader = _Reader(whole.bytes(whole.take("Q")))
    kind = reader.take("Q")
    if kind not in (EQUILIBRIUM, SEMIGRAND):
        raise StrangeState("is none of an equilibrium chain")
    numerics = reader.take("i")
    if numerics not in _PHASES:
        words = "which this program does not know: use the one that wrote it, or a newer one"
        raise StrangeState(f"is of numerics version {numerics}, {words}")
    reader.take("Q")  # digest of its parameters
    reader.vector("u1")  # configuration
    reader.take("Q")  # position in the random stream
    sweeps = reader.take("Q")
    reader.take("Q")  # accepted attempts
    reader.take("Q")  # snapshots taken
    reader.vector("u1")  # snapshots
    energy = len(_PHASES[numerics]) + 2
    count, length, means = _means(reader.vector("<f8"), energy + (3 if kind == SEMIGRAND else 1))
    if sweeps != equilibration_sweeps + measured_sweeps or count != (measured_sweeps // phases_every if phases_every else 0):
        raise StrangeState("is that of a chain of another length")
    last = np.minimum(length * np.arange(1, len(means) + 1), count)  # measurement of each stretch
    return {
        "sweep": equilibration_sweeps + last * phases_every,
        "bin_sweeps": np.diff(last, prepend=0) * phases_every,
        **dict(zip(_PHASES[numerics], means.T)),
        "energy": means[:, energy],
        **({"c": means[:, energy + 1]} if kind == SEMIGRAND else {}),
    }


def _means(series: np.ndarray, components: int) -> tuple[int, int, np.ndarray]:
    """Measurements, those of a stretch, and the mean of each stretch, shape (stretches, components)."""
    if len(series) < 2 or series[0] != components or not 0 <= series[1] <= EXACT_INTEGERS or np.isinf(series).any():
        raise StrangeState("does not have the contents of one")
    count = int(series[1])
    stretch_count, length = stretches(count)
    complete = count // length
    if len(series) != 2 + (4 + complete) * components:
        raise StrangeState("does not have the contents of one")
    origin, _, _, open_bin, *bins = series[2:].reshape(-1, components)
    means = np.empty((stretch_count, components))
    if complete > 0:
        means[:complete] = origin + np.array(bins) / length
    if stretch_count > complete:
        means[complete] = origin + open_bin / (count - complete * length)
    return count, length, means
