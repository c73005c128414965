"""Compares tools/nxmc/columns.json with what `nxmc query --describe` says of columns. First argument: the program nxmc.

With --write instead: renews the file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "tools/nxmc/columns.json"
CAMPAIGN = """
name: columns
scans: [{name: boxes, method: exchange, lattice: cube, size: 2, temperature: 1, delta_mu: -9, max_events: 1, times: [1e-9]}]
"""
OPTION = {"jobs": "jobs", "times": "--times", "profiles": "--profiles", "series": "--series"}


def described(nxmc: str) -> str:
    """The columns of each kind of rows in the order of csv, then those on request in the order of --describe."""
    with tempfile.TemporaryDirectory() as folder:

        def run(*arguments: str) -> str:
            done = subprocess.run([nxmc, "--log-level", "error", *arguments], cwd=folder, check=True, capture_output=True, text=True)
            return done.stdout

        (Path(folder) / "columns.yaml").write_text(CAMPAIGN)
        run("run", "columns.yaml")
        lines = json.loads(run("query", "columns.h5", "--describe", "--format", "json"))
        kinds = {}
        for kind, option in OPTION.items():
            shown = run("query", "columns.h5", "--format", "csv", *([option] if kind != "jobs" else [])).split("\n")[0].split(",")
            mine = {line["column"]: line for line in lines if line["rows"] == "all" or option in line["rows"].split()}
            names = shown + [name for name in mine if name not in shown]
            entries = [{key: mine[name][key] or "" for key in ("column", "unit", "type", "role", "meaning")} for name in names]
            kinds[kind] = [entry | {"shown": entry["column"] in shown} for entry in entries]
    rows = {kind: ",\n".join(f"  {json.dumps(entry)}" for entry in entries) for kind, entries in kinds.items()}
    return "{\n" + ",\n".join(f' "{kind}": [\n{lines}\n ]' for kind, lines in rows.items()) + "\n}\n"


class Columns(unittest.TestCase):
    def test_are_those_of_query(self) -> None:
        remedy = f"renew it: {__file__} NXMC --write"
        self.assertEqual(FILE.read_text(), described(NXMC), remedy)


if __name__ == "__main__":
    NXMC = str(Path(sys.argv.pop(1)).resolve())
    if sys.argv[1:] == ["--write"]:
        FILE.write_text(described(NXMC))
    else:
        unittest.main()
