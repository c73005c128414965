"""Builds the Debian packages from a clean tree, unpacks them and runs the quickstart with what they hold. Skipped, with 77, where
what builds packages is missing.

Argument: a folder to work in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        shutil.rmtree(WORK, ignore_errors=True)
        cls.addClassCleanup(shutil.rmtree, WORK, ignore_errors=True)
        done = subprocess.run([ROOT / "tools/packaging/make-deb", WORK], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"make-deb: {done.returncode}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}")
        cls.root = WORK / "root"
        for name in ("nxmc", "python3-nxmc"):
            (package,) = WORK.glob(f"{name}_*.deb")
            subprocess.run(["dpkg-deb", "-x", package, cls.root], check=True)
        (cls.tree,) = WORK.glob("nxmc-*/debian")
        cls.environment = {
            **os.environ,
            "PATH": f"{cls.root}/usr/bin:{os.environ['PATH']}",
            "PYTHONPATH": f"{cls.root}/usr/lib/python3/dist-packages",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AUTOPKGTEST_TMP": str(WORK / "quickstart"),
        }

    def test_run_the_quickstart(self) -> None:
        (WORK / "quickstart").mkdir()
        done = subprocess.run([self.tree / "tests/quickstart"], env=self.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        head = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout[:12]
        self.assertIn(f"(git {head})", done.stdout)

    def test_hold_files_where_debian_looks_for_them(self) -> None:
        for name in (
            "bin/nxmc",
            "lib/python3/dist-packages/nxmc/py.typed",
            "share/bash-completion/completions/nxmc",
            "share/doc/nxmc/README.md",
            "share/fish/vendor_completions.d/nxmc.fish",
            "share/man/man1/nxmc.1.gz",
            "share/man/man5/nxmc-campaign.5.gz",
            "share/nxmc/campaigns/quickstart.yaml",
            "share/nxmc/slurm/requeue.sbatch",
            "share/nxmc/tools/kinetics.py",
            "share/nxmc/tools/plot.py",
            "share/nxmc/tools/report.py",
            "share/zsh/vendor-completions/_nxmc",
        ):
            self.assertTrue((self.root / "usr" / name).is_file(), name)
        self.assertFalse((self.root / "usr/include").exists())

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not here")
    def test_have_no_error_that_lintian_knows(self) -> None:
        packages = sorted(WORK.glob("*.changes"))
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", *packages], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    missing = [program for program in ("dpkg-buildpackage", "dh", "dh_python3", "git") if not shutil.which(program)]
    if missing or not (ROOT / ".git").exists():
        print(f"skipped: {' '.join(missing) or '.git'} missing; tools/install-dependencies --full installs programs")
        sys.exit(77)
    WORK = Path(sys.argv.pop(1))
    unittest.main()
