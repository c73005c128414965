"""Reads an archive again and again while a campaign writes to it, until a file appears that says that the campaign has ended.

    read_live.py ARCHIVE END TOOLS    TOOLS is the folder of archive.py

Everything that was ever seen of a job with results has to be what the archive holds in the end. Makes the file END.seen when
there is such a job. Prints how often it read.
"""

import sys
from pathlib import Path

sys.path.insert(0, sys.argv[3])
from archive import Archive  # noqa: E402


def seen(path):
    """Bytes of everything that jobs with results have left, by job identity."""
    archive = Archive(path)
    done = archive.has_results.nonzero()[0]
    values = {str(archive.jobs["job"][job]): [bytes([archive.states[job]])] for job in done}
    equilibrium = archive.equilibrium()
    for job in done:
        key = str(archive.jobs["job"][job])
        if archive.jobs["method"][job] == "equilibrium":
            values[key] += [column[job].tobytes() for column in equilibrium.values()]
        else:
            values[key] += [observed.tobytes() for _, each in archive.trajectories([job]) for observed in each.values()]
        values[key] += [snapshot.is_a.tobytes() for snapshot in archive.snapshots(job)]
    return values


def main():
    path, end = Path(sys.argv[1]), Path(sys.argv[2])
    opens, first, different = 0, {}, 0
    while not end.exists():
        for job, values in seen(path).items():
            different += first.setdefault(job, values) != values
        opens += 1
        if first:
            end.with_suffix(".seen").touch()
    final = seen(path)
    different += sum(final[job] != values for job, values in first.items())
    print(f"{opens} {len(first)} {different}")
    return 0 if different == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
