"""Archives of nxmc in Python: tables for pandas, labelled arrays for xarray, configurations, crystals and kernels.

    >>> import nxmc
    >>> archive = nxmc.open("out/quickstart.h5")
    >>> archive.jobs(group_by="shell_stiffness")[["shell_stiffness", "f_U", "f_U_err"]]
    >>> archive.times(["time", "c", "c_err"], group_by="time")
    >>> archive.to_xarray("times").c.mean("job")

An archive may be opened while a campaign writes to it. Nothing here needs the program nxmc; whatever is read is compared with its
checksum first.
"""

import sys as _sys

try:
    import h5py as _  # noqa: F401
    import numpy as _  # noqa: F401
    import pandas as _  # noqa: F401
    import xxhash as _  # noqa: F401
except ImportError as _error:
    raise ImportError(
        f"{_error}. On Debian `apt install python3-h5py python3-pandas python3-xxhash` gives what is needed to /usr/bin/python3, which "
        f"need not be the python3 that runs now: {_sys.executable}. Elsewhere `python3 -m pip install h5py pandas xxhash` does."
    ) from _error

from .archive import Archive, Configurations, Damage, columns, open
from .errors import ArchiveError, ArchiveWarning, QueryError, TooLarge
from .lattice import NO_PHASE, NO_SITE, PHASES, Lattice

__all__ = [
    "NO_PHASE",
    "NO_SITE",
    "PHASES",
    "Archive",
    "ArchiveError",
    "ArchiveWarning",
    "Configurations",
    "Damage",
    "Lattice",
    "QueryError",
    "TooLarge",
    "columns",
    "open",
]
