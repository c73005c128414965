"""Reads an archive again and again while a campaign writes to it, until a file appears that says that the campaign has ended.

    read_live.py ARCHIVE END TOOLS    TOOLS is the folder of the package nxmc

Everything that was ever seen of a job with results has to be what the archive holds in the end. Makes the file END.seen when
there is such a job. Prints how often it read.
"""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, sys.argv[3])
import nxmc  # noqa: E402

warnings.simplefilter("error")


def seen(path):
    """Everything that jobs with results have left, as words, by job."""
    with nxmc.open(path) as archive:
        jobs = archive.jobs()
        jobs = jobs[jobs["state"].isin(["done", "truncated"])]
        values = {row: [repr(job)] for row, job in zip(jobs.index, jobs.to_dict("records"))}
        rows = dict(zip(jobs["job"], jobs.index))
        for kind in ("times", "profiles"):
            for block in archive.blocks(kind, jobs=jobs):
                for name, of_job in block.groupby("job"):
                    values[rows[name]].append(of_job.to_csv(index=False))
        for row in jobs.index:
            values[row].append(archive.configurations(row).is_a.tobytes())
    return {jobs["job"][row]: found for row, found in values.items()}


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
