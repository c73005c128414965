"""Campaigns that tests run: to their end, or until they are at work."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path


def finished(nxmc: str, text: str, folder: str | Path, name: str = "campaign") -> Path:
    """The archive of a campaign that is run there."""
    campaign = Path(folder) / f"{name}.yaml"
    campaign.write_text(text)
    subprocess.run([nxmc, "--log-level", "error", "run", campaign.name], cwd=folder, check=True)
    return campaign.with_suffix(".h5")


def stopped_at_work(nxmc: str, text: str, folder: str | Path, name: str) -> Path:
    """The archive of a campaign that is asked to end as soon as it works on a job, or has ended by then."""
    campaign = Path(folder) / f"{name}.yaml"
    campaign.write_text(text)
    with subprocess.Popen([nxmc, "run", campaign.name], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
        while run.poll() is None and not _has_begun_a_job(nxmc, campaign.with_suffix(".h5")):
            time.sleep(0.02)  # until `status` tells of a job that is not waiting any more
        run.send_signal(signal.SIGTERM)
        _, said = run.communicate()
    if run.returncode not in (0, 75):
        raise AssertionError(f"{campaign}: exit code {run.returncode}: {said}")
    return campaign.with_suffix(".h5")


def _has_begun_a_job(nxmc: str, archive: Path) -> bool:
    status = subprocess.run([nxmc, "status", str(archive), "--json"], capture_output=True, text=True)
    if status.returncode != 0:
        return False
    jobs = json.loads(status.stdout).get("jobs", {})
    return bool(jobs) and jobs["waiting"] < jobs["total"]
