"""Compares the Python package with `nxmc query`, `nxmc kernel` and `nxmc verify`: every row, column, type and bit of several
archives. First argument: the program nxmc. The package is found through PYTHONPATH."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unittest
import warnings
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import xxhash

import nxmc
from nxmc.columns import KINDS, Kind, columns_of
from nxmc.tables import FAILED, Tables

DATA = Path(__file__).resolve().parents[1] / "data"
HEAD = "name: table\nseed: 12345678901\ndefaults: {lattice: hexagon, size: [3, 4], temperature: 0.2}\nscans:\n"
COLD = """
  - {name: cold, method: equilibrium, shell_layers: 1, shell_stiffness: 2, equilibration_sweeps: 4, measured_sweeps: 8,
     snapshots: {sweeps: [0, 6]}}
  - {name: both, method: equilibrium, shell_layers: 1, shell_stiffness: [1, 2], equilibration_sweeps: 4, measured_sweeps: 8,
     replicas: 3, snapshots: {sweeps: [0, 6]}, samples: {every: 3}}
  - {name: boxes, method: equilibrium, lattice: box, size: [[2, 2, 3]], equilibration_sweeps: 4, measured_sweeps: 8,
     start: segregated, replicas: 2, temperature: [0.2, 0.3]}
"""
OPEN = """
  - {name: open, method: equilibrium, ensemble: semigrand, delta_mu: [-0.5, 0.5], temperature: 0.6, start: [A, random],
     equilibration_sweeps: 4, measured_sweeps: 8}
  - {name: open boxes, method: equilibrium, ensemble: semigrand, lattice: box, size: [[2, 2, 3]], delta_mu: 1, temperature: 6,
     start: B, equilibration_sweeps: 4, measured_sweeps: 8}
"""
KINETICS = """
  - {name: kinetics, method: exchange, delta_mu: -20, times: [0.1, 1], exchange_until: 0.5, rates: {exchange: 1, diffusion: 2},
     snapshots: {times: [0.001, 1]}}
  - {name: short, method: exchange, delta_mu: -20, times: [0.1, 1, 9], max_events: 5, interaction: {elastic: 1, ising: 0.3}, size: 3}
  - {name: rods, method: exchange, lattice: box, size: [[2, 3, 4], [2, 2, 3]], delta_mu: -200, temperature: 1.5,
     times: [1e-20, 1e-3, 10], replicas: 4, hamiltonian: [exact, published]}
  - {name: rods again, method: exchange, lattice: box, size: [[2, 3, 4]], delta_mu: -200, temperature: 1.5,
     times: [1e-20, 1e-3, 10], replicas: 2}
  - {name: free, method: exchange, interaction: none, delta_mu: -20, times: [0.1, 1], replicas: 5}
"""
LONGER = COLD.replace("measured_sweeps: 8", "measured_sweeps: 16")
OPTION = {"jobs": [], "times": ["--times"], "profiles": ["--profiles"], "series": ["--series"]}
OF_A_KIND: dict[Kind, tuple[str, ...]] = {
    "jobs": (), "times": ("time", "scan,time"), "profiles": ("plane", "scan,size,time,plane"), "series": ("sweep", "scan,size,sweep"),
}  # fmt: skip
GROUPS = ("seed", "size", "scan", "method,scan", "temperature", "lattice,size,shell_stiffness,delta_mu", "job", "start,replica")


def as_json(value: object) -> object:
    """A value of a column as `nxmc query --format json` prints it."""
    if isinstance(value, float):
        return None if np.isnan(value) else float(value)
    return int(value) if isinstance(value, (int, np.integer)) else value


class Archives(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def nxmc(self, *arguments: object, fails: bool = False) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([NXMC, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode != 0, fails, done.stderr)
        return done

    whole: dict[str, bytes] = {}
    """archives of campaigns that have run, for other tests that begin with the same one"""

    def run_campaign(self, scans: str, head: str = HEAD) -> Path:
        campaign, archive = self.folder / "t.yaml", self.folder / "t.h5"
        campaign.write_text(head + scans)
        if archive.exists() or head + scans not in self.whole:
            goes_on = archive.exists()
            self.nxmc("--log-level", "error", "run", "t.yaml")
            if not goes_on:
                self.whole[head + scans] = archive.read_bytes()
        else:
            archive.write_bytes(self.whole[head + scans])
        return archive

    def query(self, file: Path, kind: Kind, *options: str) -> tuple[list[dict[str, object]], list[str]]:
        """Rows, and warnings."""
        done = self.nxmc("query", file, *OPTION[kind], "--format", "json", *options)
        return json.loads(done.stdout), re.findall("^nxmc: warning: (.*)", done.stderr, re.MULTILINE)

    def expect_same_table(self, table: pd.DataFrame, rows: list[dict[str, object]], names: list[str], what: str) -> None:
        self.assertEqual(list(table.columns), names, what)
        self.assertEqual(len(table), len(rows), what)
        for name in names:
            found = [as_json(value) for value in table[name].tolist()]
            expected = [row[name] for row in rows]
            self.assertEqual(found, expected, f"{what}: {name}")
            self.assertEqual([type(value) for value in found], [type(value) for value in expected], f"{what}: {name}")

    def ask(self, archive: nxmc.Archive, kind: Kind, *arguments: object, **named: object) -> tuple[pd.DataFrame, list[str]]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            table = getattr(archive, kind)(*arguments, **named)
        for warning in caught:
            self.assertIs(warning.category, nxmc.ArchiveWarning, warning)
            self.assertEqual(warning.filename, __file__, "the warning points at the question")
        return table, [str(warning.message) for warning in caught]

    def expect_same(self, file: Path, expect: tuple[Kind, ...], groups: Sequence[str] = ("scan",)) -> None:
        """Compares all kinds of rows, all columns, groups and warnings."""
        with nxmc.open(file) as archive:
            self.expect_same_rows(file, archive, expect, groups)

    def expect_same_rows(self, file: Path, archive: nxmc.Archive, expect: tuple[Kind, ...], groups: Sequence[str]) -> None:
        for kind in KINDS:
            rows, told = self.query(file, kind)
            told = [text for text in told if "another program added" not in text]
            self.assertEqual(len(rows) > 0, kind in expect, kind)
            table, warned = self.ask(archive, kind)
            self.assertEqual(warned, told)
            # Columns in the order of csv, which has those that are shown without being asked for.
            shown = self.nxmc("query", file, *OPTION[kind], "--format", "csv").stdout.split("\n")[0].split(",")
            self.expect_same_table(table, rows, shown, kind)
            everything = list(columns_of(kind))
            rows, _ = self.query(file, kind, "--columns", ",".join(everything))
            self.expect_same_table(self.ask(archive, kind, everything)[0], rows, everything, f"{kind}, all columns")
            for keys in (*groups, *(OF_A_KIND[kind][-1:] if rows else ())):
                self.expect_same_groups(file, archive, kind, keys)

    def expect_same_groups(self, file: Path, archive: nxmc.Archive, kind: Kind, keys: str) -> None:
        rows, told = self.query(file, kind, "--group-by", keys)
        told = [text for text in told if "another program added" not in text]
        table, warned = self.ask(archive, kind, group_by=keys.split(","))
        self.assertEqual([text.replace("group_by", "--group-by").replace("among the rows", "with --where") for text in warned], told)
        self.expect_same_table(table, rows, list(rows[0]) if rows else list(table.columns), f"{kind} by {keys}")


class SeveralArchives(Archives):
    def test_of_both_methods_shared_jobs_and_profiles(self) -> None:
        self.expect_same(self.run_campaign(COLD + OPEN + KINETICS), ("jobs", "times", "profiles", "series"), GROUPS)

    def test_of_equilibrium_alone(self) -> None:
        self.expect_same(self.run_campaign(COLD), ("jobs", "profiles", "series"))

    def test_of_exchange_alone(self) -> None:
        self.expect_same(self.run_campaign(KINETICS), ("jobs", "times", "profiles"))

    def test_of_sizes_that_are_all_numbers(self) -> None:
        file = self.run_campaign("  - {name: free, method: exchange, interaction: none, delta_mu: -20, times: [0.1, 1]}\n")
        self.expect_same(file, ("jobs", "times"), ("size",))
        self.assertEqual(nxmc.open(file).jobs()["size"].dtype, np.int64)

    def test_of_chains_that_were_measured_for_longer(self) -> None:
        before = len(nxmc.open(self.run_campaign(COLD)))
        file = self.run_campaign(LONGER + KINETICS)
        self.expect_same(file, ("jobs", "times", "profiles", "series"))
        archive = nxmc.open(file)
        hidden = set(range(len(archive))) - set(archive.jobs().index)
        self.assertEqual(len(hidden), before)
        name = archive.jobs().query("scan == 'boxes'")["job"].iloc[0]
        self.assertNotIn(archive.row(name), hidden)

    def test_of_chains_that_go_on_until_they_are_precise(self) -> None:
        until = COLD.replace("measured_sweeps: 8", "measured_sweeps: 8, until: {energy: 3%, at_most: 32}")
        file = self.run_campaign(until + KINETICS)
        self.expect_same(file, ("jobs", "times", "profiles", "series"))
        archive = nxmc.open(file)
        self.assertGreater(len(archive) - len(archive.jobs()), 0, "spare rows")
        self.assertNotIn("spare", set(archive.jobs()["state"]))
        self.assertEqual(archive.verify(), [])

    def test_of_chains_with_many_sweeps_in_a_stretch(self) -> None:
        chains = """
  - {name: long, method: equilibrium, size: [3, 4], shell_layers: 1, equilibration_sweeps: 10, measured_sweeps: 1027}
  - {name: seldom, method: equilibrium, lattice: cube, size: 3, temperature: 2, equilibration_sweeps: 10, measured_sweeps: 1029,
     measure_every: {phases: 2, areas: 0}}
"""
        file = self.run_campaign(chains, HEAD.replace("size: [3, 4], ", ""))
        self.expect_same(file, ("jobs", "profiles", "series"))
        archive = nxmc.open(file)
        table = archive.series(["job", "scan", "bin_sweeps", "f_U"])
        self.assertEqual(table.groupby("scan").size().to_dict(), {"long": 2 * 257, "seldom": 257})
        self.assertEqual(table["bin_sweeps"].tolist()[254:258], [4, 4, 3, 4])
        chosen = archive.series(["sweep"], jobs=[table["job"][300]])
        self.assertEqual(chosen["sweep"].tolist()[-2:], [1034, 1037])
        data = archive.to_xarray("series", ["f_U"], jobs=archive.jobs(where="scan == 'long'"))
        mean = (data.f_U * data.bin_sweeps).sum("sweep") / data.bin_sweeps.sum("sweep")
        np.testing.assert_allclose(mean, archive.jobs(where="scan == 'long'")["f_U"], rtol=1e-12)

    def test_states_of_an_unknown_version_are_refused_with_the_words_of_query(self) -> None:
        file = self.run_campaign(COLD)
        first = int(nxmc.open(file).jobs(where="scan == 'both'").index[0])
        numerics = 8 + 8  # behind the length and the kind of the state
        for at, value in ((numerics, 5), (8, 0), (0, 255)):
            broken = self.folder / f"{at}.h5"
            broken.write_bytes(file.read_bytes())
            with h5py.File(broken, "r+") as archive:
                archive["equilibrium/final_states"][int(archive["jobs/final_state_offset"][first]) + at] = value
            tables = Tables(broken)
            ((_, payload),) = tables.payloads(np.array([first]))
            tables.file.close()
            parts = (payload.profile, payload.configurations, payload.final_state)
            with h5py.File(broken, "r+") as archive:
                archive["status/payload_checksum"][first] = xxhash.xxh3_64_intdigest(b"".join(part.tobytes() for part in parts))
            with self.assertRaisesRegex(nxmc.ArchiveError, f"row {first}: where its chain ended ") as refused:
                nxmc.open(broken).series()
            reason = str(refused.exception).split(": ", 1)[1].split(". ")[0]
            self.assertIn(reason, self.nxmc("query", broken, "--series", fails=True).stderr)
            self.assertGreater(len(nxmc.open(broken).series(jobs=[first + 1])), 0)

    def test_of_jobs_observed_at_other_times_than_before(self) -> None:
        scan = "  - {{name: free, method: exchange, interaction: none, delta_mu: -20, times: {}, replicas: 2}}\n"
        self.run_campaign(scan.format([0.1, 1]))
        (self.folder / "t.yaml").write_text(HEAD + scan.format([0.2, 1, 2]))
        self.nxmc("--log-level", "error", "run", "t.yaml", "--allow-removed")
        self.expect_same(self.folder / "t.h5", ("jobs", "times"))
        data = nxmc.open(self.folder / "t.h5").to_xarray("times", ["c"])
        self.assertEqual(data["c"].shape, (8, 4))
        self.assertEqual(int(np.isfinite(data["c"]).sum()), 4 * 2 + 4 * 3)

    def test_of_older_formats(self) -> None:
        for number in (1, 2):
            self.expect_same(DATA / f"archive_format_{number}.h5", ("jobs", "times", "profiles", "series"), ("scan", "job"))

    def test_of_a_compressed_copy(self) -> None:
        self.run_campaign(COLD + KINETICS)
        self.nxmc("repack", "t.h5", "packed.h5")
        self.expect_same(self.folder / "packed.h5", ("jobs", "times", "profiles", "series"))

    def test_of_seeds_of_64_bits(self) -> None:
        file = self.run_campaign(COLD, HEAD.replace("12345678901", str(2**64 - 1)))
        self.expect_same(file, ("jobs", "profiles", "series"), ("seed",))

    def test_of_failed_jobs(self) -> None:
        file = self.run_campaign(COLD + KINETICS)
        self.fail_jobs(file, (1, 14))
        self.assertEqual((nxmc.open(file).jobs()["state"] == "failed").sum(), 2)
        self.expect_same(file, ("jobs", "times", "profiles", "series"))
        self.assertEqual(nxmc.open(file).verify(), [])
        self.nxmc("verify", file)

    @staticmethod
    def fail_jobs(file: Path, jobs: tuple[int, ...]) -> None:
        """Makes rows what a run makes of jobs that it cannot compute."""
        with h5py.File(file, "r+") as archive:
            for job in jobs:
                archive["status/state"][job] = FAILED
                archive["status/reason"][job] = b"its energy is not finite"
        tables = Tables(file)
        sealed = {}
        for job in jobs:
            (row,) = tables.results(np.array([job]))
            sealed[job] = tables.checksums(row.jobs, row.values, row.summary, row.status)[0]
        tables.file.close()
        with h5py.File(file, "r+") as archive:
            for job, checksum in sealed.items():
                archive["status/checksum"][job] = checksum

    def test_of_waiting_jobs(self) -> None:
        whole = self.run_campaign(COLD).rename(self.folder / "whole.h5")
        self.damage(whole, "equilibrium/results", 8)
        # A job whose results are damaged is copied as one that waits.
        self.nxmc("--log-level", "error", "prune", "whole.h5", "t.h5", "--where", "scan == boxes")
        self.assertIn("waiting", set(nxmc.open(self.folder / "t.h5").jobs()["state"]))
        self.expect_same(self.folder / "t.h5", ("jobs", "series"))

    def damage(self, file: Path, path: str, at: int) -> None:
        with h5py.File(file, "r") as archive:
            offset = archive[path].id.get_offset()
        with open(file, "r+b") as bytes_of_file:
            bytes_of_file.seek(offset + at)
            byte = bytes_of_file.read(1)[0]
            bytes_of_file.seek(offset + at)
            bytes_of_file.write(bytes([byte ^ 0x10]))

    def test_of_damaged_rows(self) -> None:
        file = self.run_campaign(COLD + KINETICS)
        for path, at in (
            ("equilibrium/results", 8), ("exchange/0/results", 3), ("exchange/1/results", 100), ("profiles/values", 9),
            ("snapshots/bits", 2), ("kernels/rows", 8), ("status/state", 3), ("exchange/2/summary", 1),
            ("equilibrium/final_states", 40),
        ):  # fmt: skip
            self.damage(file, path, at)
        self.expect_same(file, ("jobs", "times", "profiles", "series"))
        self.expect_same_damages(file)

    def expect_same_damages(self, file: Path) -> None:
        found = nxmc.open(file).verify()
        lines = self.nxmc("verify", file, fails=len(found) > 0).stdout.splitlines()
        self.assertGreater(len(found), 0)
        self.assertEqual([f"{damage.where}: {damage.what}" for damage in found], [line.rsplit(" (", 1)[0] for line in lines])

    def test_verify_finds_nothing_where_nothing_is(self) -> None:
        for file in (self.run_campaign(COLD + KINETICS), *DATA.glob("archive_format_*.h5")):
            self.nxmc("verify", file)
            self.assertEqual(nxmc.open(file).verify(), [])


class Opening(Archives):
    def expect_refused_alike(self, file: Path) -> None:
        with self.assertRaises(nxmc.ArchiveError) as refused:
            nxmc.open(file)
        told = self.nxmc("query", file, fails=True).stderr
        reason = str(refused.exception).split(": ", 1)[1].split(". ")[0]
        self.assertIn(reason, told)

    def test_what_is_no_archive_is_refused_with_the_words_of_query(self) -> None:
        whole = self.run_campaign(COLD).read_bytes()
        other = self.folder / "other.h5"
        with h5py.File(other, "w") as file:
            file["x"] = 1
        self.expect_refused_alike(other)
        for content in (b"", b"text", whole[:30], whole[:-100], whole[:17] + b"\x09" + whole[18:], whole[:40] + b"x" + whole[41:]):
            other.write_bytes(content)
            self.expect_refused_alike(other)
        self.expect_refused_alike(self.folder / "nothing.h5")

    def test_a_changed_parameter_is_damage(self) -> None:
        file = self.run_campaign(COLD)
        with h5py.File(file, "r+") as archive:
            archive["jobs/temperature"][0] = 7
        self.expect_refused_alike(file)

    def test_what_another_program_added_does_no_harm(self) -> None:
        file = self.run_campaign(COLD + KINETICS)
        with h5py.File(file, "r+") as archive:
            archive.attrs["note"] = "mine"
            archive["analysis/peak"] = np.arange(3)
            archive["jobs/temperature"].attrs["colour"] = 3
            archive["exchange/9/time"] = [1.0]
        self.expect_same(file, ("jobs", "times", "profiles", "series"))
        with nxmc.open(file) as archive:
            self.assertEqual(archive.verify(), [])
        with h5py.File(file, "r+") as archive:
            archive["jobs/temperature"][0] = 7
        self.expect_refused_alike(file)
        archive = self.nxmc("query", file, fails=True)
        self.assertIn("/jobs/temperature has changed", archive.stderr)


class Questions(Archives):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.run_campaign(COLD + KINETICS)
        self.archive = nxmc.open(self.file)
        self.addCleanup(self.archive.close)

    def test_conditions_select_as_those_of_query(self) -> None:
        for kind, ours, theirs in (
            ("jobs", "shell_stiffness > 1 and state == 'done'", "shell_stiffness > 1 and state == done"),
            ("jobs", "scan in ['cold', 'boxes']", None),
            ("times", "time > 0.5 and c < 0.9 and method == 'exchange'", "time > 0.5 and c < 0.9 and method == exchange"),
            ("profiles", "plane in [0, 2] and c > 0.4", "plane in [0, 2] and c > 0.4"),
            ("series", "sweep > 8 and scan == 'cold'", "sweep > 8 and scan == cold"),
        ):
            table = getattr(self.archive, kind)(where=ours)
            rows, _ = self.query(self.file, kind, "--where", theirs) if theirs else ([], [])
            if theirs:
                self.expect_same_table(table, rows, list(table.columns), ours)
                self.assertGreater(len(table), 0)
        grouped, _ = self.ask(self.archive, "times", where="time > 0.5", group_by="lattice")
        rows, _ = self.query(self.file, "times", "--where", "time > 0.5", "--group-by", "lattice")
        self.expect_same_table(grouped, rows, list(grouped.columns), "groups of some")

    def test_one_row_per_scan_on_request(self) -> None:
        table = self.archive.jobs(["job", "scan"], per_scan=True)
        together = self.archive.jobs(["job", "scan"])
        self.assertEqual(len(table), sum(len(scans.split(",")) for scans in together["scan"]))
        self.assertEqual(set(table["scan"]), set(self.archive.scans))
        times = self.archive.times(["job", "scan", "time"], per_scan=True)
        self.assertEqual((times["scan"] == "rods again").sum(), 2 * 3)
        rows, _ = self.query(self.file, "times", "--where", "scan == 'rods again'")
        self.assertEqual(times[times["scan"] == "rods again"]["job"].tolist(), [row["job"] for row in rows])

    def test_jobs_are_chosen_by_rows_masks_and_names(self) -> None:
        table = self.archive.jobs()
        some = table[table["scan"] == "free"]
        every = self.archive.times(jobs=some)
        self.assertEqual(set(every["scan"]), {"free"})
        for same in (some.index, some["job"].tolist(), [name[:12] for name in some["job"]], table["scan"] == "free", some["scan"] == "free"):
            pd.testing.assert_frame_equal(self.archive.times(jobs=same), every)
        pd.testing.assert_frame_equal(self.archive.jobs(jobs=some), some)
        for nonsense in (["fffffffffff"], [True], table.reset_index(), "all"):
            with self.assertRaises(nxmc.QueryError):
                self.archive.times(jobs=nonsense)

    def test_blocks_are_the_table_in_pieces(self) -> None:
        for kind in KINDS:
            pieces = pd.concat(list(self.archive.blocks(kind)))
            whole = getattr(self.archive, kind)()
            pd.testing.assert_frame_equal(pieces if kind == "jobs" else pieces.reset_index(drop=True), whole)

    def test_mistakes_are_told_with_the_nearest_word(self) -> None:
        for question, words in (
            (lambda a: a.jobs(["shel_stiffness"]), "there is no column 'shel_stiffness'; did you mean 'shell_stiffness'?"),
            (lambda a: a.jobs(["time"]), "'time' is a column of times() and profiles()"),
            (lambda a: a.times(group_by="c"), "'c' is measured; group by what was simulated"),
            (lambda a: a.times(group_by="tim"), "did you mean 'time'?"),
            (lambda a: a.times(["n"]), "comes with group_by"),
            (lambda a: a.times("c"), r"a list of names: ['c']"),
            (lambda a: a.times(["f_X"], group_by="time"), "there is no column 'f_X'"),
            (lambda a: a.times(["plane"], group_by="time"), "'plane' is a column of profiles()"),
            (lambda a: a.configurations("zz"), "0 jobs are called 'zz…'"),
            (lambda a: a.configurations(""), "jobs are called '…'"),
            (lambda a: a.lattice(10**6), "there is no row 1000000"),
            (lambda a: a.to_xarray("profiles"), "choose one method"),
            (lambda a: a.to_xarray("times", ["method"]), "'method' is not measured"),
        ):
            with self.assertRaises(nxmc.QueryError) as error:
                question(self.archive)
            self.assertIn(words, str(error.exception))

    def test_groups_have_the_columns_asked_for(self) -> None:
        names = ["time", "n", "c_err", "c"]
        table, _ = self.ask(self.archive, "times", names, group_by="time")
        rows, _ = self.query(self.file, "times", "--group-by", "time", "--columns", ",".join(names))
        self.expect_same_table(table, rows, names, "chosen columns")

    def test_labelled_arrays_are_the_tables_with_units(self) -> None:
        data = self.archive.to_xarray()
        table = self.archive.times()
        self.assertEqual(data["c"].dims, ("job", "time"))
        for _, row in table.iterrows():
            for name in ("c", "energy", "f_S1"):
                np.testing.assert_equal(data[name].sel(job=row["job"], time=row["time"]).item(), row[name])
        self.assertEqual(int(np.isfinite(data["c"]).sum()), int(table["c"].notna().sum()))
        self.assertEqual(data["energy"].attrs["units"], "energy_unit")
        self.assertEqual(data["temperature"].attrs["long_name"], "k_B T")
        self.assertEqual(data["delta_mu"].sel(job=table["job"][0]).item(), table["delta_mu"][0])
        jobs = self.archive.to_xarray("jobs")
        np.testing.assert_equal(jobs["f_U"].to_numpy(), self.archive.jobs()["f_U"].to_numpy())
        for method, dims in (("equilibrium", ("job", "plane")), ("exchange", ("job", "time", "plane"))):
            chosen = self.archive.jobs()
            planes = self.archive.to_xarray("profiles", jobs=chosen[chosen["method"] == method])
            self.assertEqual(planes["c"].dims, dims)
            expected = self.archive.profiles(where=f"method == '{method}'")["c"]
            self.assertAlmostEqual(float(planes["c"].sum()), expected.sum())
            self.assertEqual(int(np.isfinite(planes["c"]).sum()), len(expected))

    def test_configurations_are_those_that_are_exported(self) -> None:
        table = self.archive.jobs()
        for scan in ("both", "kinetics"):
            row = table.index[table["scan"] == scan][0]
            found = self.archive.configurations(int(row))
            (self.folder / "x.xyz").unlink(missing_ok=True)
            self.nxmc("export", "t.h5", "--job", table["job"][row], "--output", "x.xyz")
            lines = (self.folder / "x.xyz").read_text().splitlines()
            sites = int(lines[0])
            frames = [lines[first + 2 : first + 2 + sites] for first in range(0, len(lines), sites + 2)]
            self.assertEqual([[line.split()[0] == "Pb" for line in frame] for frame in frames], found.is_a.tolist())
            lattice = self.archive.lattice(table["job"][row][:20])
            layers = [int(line.split()[4]) for line in frames[0]]
            self.assertEqual(layers, lattice.layer.tolist())
            value = {"U1": 2, "S1": 1, "0": 0, "S2": -1, "U2": -2, "Cx": 3, "Cy": 4, "Cz": 5}
            for frame, (_, is_a) in zip(frames, found):
                phases = [value[nxmc.PHASES[phase]] if phase != nxmc.NO_PHASE else 0 for phase in lattice.phases(is_a)]
                self.assertEqual([int(line.split()[5]) for line in frame], phases)

    def test_samples_are_those_that_are_exported(self) -> None:
        table = self.archive.jobs()
        row = int(table.index[table["scan"] == "both"][0])
        found = self.archive.samples(row)
        self.assertEqual((found.at - found.at[0]).tolist(), [3.0 * k for k in range(len(found))])
        self.assertGreater(len(found), 1)
        self.nxmc("export", "t.h5", "--samples", "--job", table["job"][row], "--output", "samples.xyz")
        lines = (self.folder / "samples.xyz").read_text().splitlines()
        sites = int(lines[0])
        frames = [lines[first + 1 : first + 2 + sites] for first in range(0, len(lines), sites + 2)]
        self.assertEqual([[line.split()[0] == "Pb" for line in frame[1:]] for frame in frames], found.is_a.tolist())
        for frame, at in zip(frames, found.at):
            self.assertIn(f"sweep={int(at)} ", frame[0] + " ")
        exchange = int(table.index[table["method"] == "exchange"][0])
        self.assertEqual(self.archive.samples(exchange).is_a.shape, (0, len(self.archive.lattice(exchange).layer)))

    def test_rows_that_alternate_like_a_chequerboard_are_columns(self) -> None:
        lattice = nxmc.Lattice("box", (5, 5, 6), 0)
        for axis in range(3):
            across = np.delete(lattice.cells, axis, axis=1).sum(axis=1)
            phases = lattice.phases(across % 2 == 0)
            inside = phases[lattice.layer > 1]
            self.assertEqual({nxmc.PHASES[phase] for phase in inside}, {f"C{'xyz'[axis]}"})

    def test_crystals_and_kernels_are_those_of_nxmc_kernel(self) -> None:
        table = self.archive.jobs()
        table = table[table["interaction"] != "none"]
        seen = 0
        for row, job in table.drop_duplicates(["lattice", "size", "shell_layers", "shell_stiffness", "hamiltonian"]).iterrows():
            if job["hamiltonian"] == "published":
                continue
            options = ("--shell-layers", job["shell_layers"], "--shell-stiffness", job["shell_stiffness"], "--output", "V.h5")
            (self.folder / "V.h5").unlink(missing_ok=True)
            size = str(job["size"]).split("x")
            self.nxmc("kernel", "--lattice", job["lattice"], "--size", ",".join(size), *options)
            lattice = self.archive.lattice(row)
            with h5py.File(self.folder / "V.h5") as kernel:
                np.testing.assert_array_equal(lattice.position, kernel["position"])
                np.testing.assert_array_equal(lattice.layer, kernel["layer"])
                np.testing.assert_allclose(self.archive.kernel(row), kernel["V"], rtol=0, atol=1e-10)
            self.expect_neighbours(lattice)
            self.assertEqual(len(lattice.core), job["n_core"])
            seen += 1
        self.assertGreater(seen, 4)
        with self.assertRaisesRegex(nxmc.ArchiveError, "no elastic interaction"):
            self.archive.kernel(int(self.archive.jobs().query("interaction == 'none'").index[0]))

    def expect_neighbours(self, lattice: nxmc.Lattice) -> None:
        """Bonds join the sites whose distance is that of a bond, each of them once, and opposite ones point apart."""
        distance = np.linalg.norm(lattice.position[:, None] - lattice.position[None], axis=2)
        longest = 1.01 if lattice.is_flat else 1.42
        for site, ends in enumerate(lattice.neighbour):
            near = np.flatnonzero((distance[site] > 0) & (distance[site] < longest))
            self.assertEqual(sorted(end for end in ends if end != nxmc.NO_SITE), near.tolist())
        half = len(lattice.bonds) // 2
        np.testing.assert_array_equal(lattice.bonds[:half], -lattice.bonds[half:])

    def test_python_without_h5py_is_told_what_is_missing(self) -> None:
        hide = "import sys; sys.modules['h5py'] = None; import nxmc"
        done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True)
        self.assertIn("python3-h5py", done.stderr)
        self.assertIn("/usr/bin/python3", done.stderr)


class Memory(Archives):
    def test_grows_neither_with_jobs_nor_with_times(self) -> None:
        """Peaks of programs that go through archives of which one has five times as many rows."""
        peaks = []
        for replicas in (1000, 4000):
            scan = f"  - {{name: free, method: exchange, interaction: none, delta_mu: -20, max_events: 3, replicas: {replicas}}}\n"
            file = self.run_campaign(scan, HEAD.replace("size: [3, 4]", "size: 3")).rename(self.folder / f"{replicas}.h5")
            program = (
                "import resource, sys, nxmc\nrows = 0\n"
                "for block in nxmc.open(sys.argv[1]).blocks('times'): rows += len(block)\n"
                "print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
            )
            done = subprocess.run([sys.executable, "-B", "-c", program, file], capture_output=True, text=True, check=True)
            rows, peak = map(int, done.stdout.split())
            self.assertEqual(rows, replicas * 120)
            peaks.append(peak)
        # 360 000 rows more, which are 100 MB as a table.
        self.assertLess(peaks[1] - peaks[0], 40 << 10)

    def test_a_table_that_does_not_fit_is_refused_before_it_is_read(self) -> None:
        with self.assertRaisesRegex(nxmc.TooLarge, "blocks"):
            nxmc.memory.require_room(1 << 60)


if __name__ == "__main__":
    NXMC = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
