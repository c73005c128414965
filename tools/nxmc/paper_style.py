"""Colours as in Frechette et al. (PNAS 2021): A blue, B red.

Of the plaquettes of their Fig. 4B the text tells no colours: superlattices are paler than the phase that is rich in the same ion.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import to_rgb, to_rgba, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .pictures import PHASE_COLOUR
from .solid_pictures import SHADE

COLOUR = {
    PHASE_COLOUR["U1"]: "#0000FF",
    PHASE_COLOUR["S1"]: "#00C8FF",
    PHASE_COLOUR["0"]: "#BFBFBF",
    PHASE_COLOUR["S2"]: "#FFA500",
    PHASE_COLOUR["U2"]: "#FF0000",
}
PAIRS = [(np.array(to_rgb(ours)), np.array(to_rgb(theirs)), shade) for ours, theirs in COLOUR.items() for shade in sorted({1.0, *SHADE}, reverse=True)]


def recolour(figure: Figure) -> None:
    """Whatever has the colour of a phase or an ion gets the paper's; shades of faces in space stay."""
    for artist in figure.findobj():
        _recolour(artist)


def _recolour(artist: Artist) -> None:
    if isinstance(artist, Line2D):
        artist.set_color(_one(artist.get_color()))
        for part in ("markerfacecolor", "markeredgecolor"):
            artist.set(**{part: _one(getattr(artist, f"get_{part}")())})
    elif isinstance(artist, Patch):
        face, edge = artist.get_facecolor(), artist.get_edgecolor()
        artist.set_facecolor(_one(face))
        artist.set_edgecolor(_one(edge))
    elif isinstance(artist, Collection) and artist.get_array() is None:
        artist.set_facecolor(_several(artist.get_facecolor()))
        artist.set_edgecolor(_several(artist.get_edgecolor()))


def _one(colour: Any) -> Any:
    if isinstance(colour, str) and colour in ("none", "auto"):
        return colour
    red, green, blue, alpha = to_rgba(colour)
    for ours, theirs, shade in PAIRS:
        if np.allclose((red, green, blue), shade * ours, atol=2e-3):
            return (*(shade * theirs), alpha)
    return colour


def _several(colours: Any) -> Any:
    table = to_rgba_array(colours)
    found = table.copy()
    for ours, theirs, shade in PAIRS:
        found[np.isclose(table[:, :3], shade * ours, atol=2e-3).all(axis=1), :3] = shade * theirs
    return found
