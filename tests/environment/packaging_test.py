"""What packages are built from agrees with what CMake looks for: the recipe of Spack, which is run with a stub of Spack, and the
folder for Debian. And the commit that a program tells is its own, also where there is no repository.

Argument: cmake.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import types
import unittest
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = ROOT / "tools/packaging/debian"
RECIPE = ROOT / "tools/packaging/spack/spack_repo/nxmc/packages/nxmc/package.py"


def required(kind: str) -> set[str]:
    """What src/dependencies.cmake tells to install, from DEBIAN or SPACK."""
    text = (ROOT / "src/dependencies.cmake").read_text()
    calls = re.findall(r"^ *nxmc_require\((.*?)\)\n", text, re.MULTILINE | re.DOTALL)
    found = [re.search(kind + r' (?:"([^"]*)"|(\S+))', call) for call in calls]
    names = {match[1] or match[2] for match in found if match}
    assert len(names) > 10, names
    return names


def cmake_version() -> str:
    return re.search(r"cmake_minimum_required\(VERSION ([\d.]+)\)", (ROOT / "CMakeLists.txt").read_text())[1]


def project() -> dict:
    return tomllib.loads((ROOT / "tools/pyproject.toml").read_text())["project"]


def destinations(build: Path) -> set[str]:
    """Where `cmake --install` of this build puts files."""
    scripts = [file.read_text() for file in build.glob("**/cmake_install.cmake")]
    return {place for text in scripts for place in re.findall(r'file\(INSTALL DESTINATION "([^"]*)"', text)}


class Configured(unittest.TestCase):
    def configure(self, *options: str) -> set[str]:
        """Installs where; fails upon options that CMake does not know."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        done = subprocess.run(
            [CMAKE, "-S", ROOT, "-B", folder.name, *options], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("not used by the project", done.stderr)
        return destinations(Path(folder.name))


class InstallDirectories(Configured):
    def test_are_those_that_cmake_is_told(self) -> None:
        places = self.configure(
            "-DCMAKE_INSTALL_PREFIX=/p", "-DCMAKE_INSTALL_BINDIR=b", "-DCMAKE_INSTALL_DATADIR=d", "-DCMAKE_INSTALL_MANDIR=m",
            "-DCMAKE_INSTALL_DOCDIR=o", "-DNXMC_PYTHON_DIR=y", "-DNXMC_ZSH_DIR=z",
        )  # fmt: skip
        of_install = {re.sub(r"^\$\{CMAKE_INSTALL_PREFIX\}/", "", place) for place in places}
        self.assertEqual({place.split("/")[0] for place in of_install}, set("bdmoyz"), of_install)


class Debian(Configured):
    def field(self, name: str) -> set[str]:
        text = (DEBIAN / "control").read_text()
        value = re.search(rf"^{name}:(.*(?:\n .*)*)", text, re.MULTILINE)[1]
        return {re.sub(r"\(.*\)|:any", "", entry).strip() for entry in value.split(",")}

    def test_build_depends_on_what_cmake_looks_for(self) -> None:
        named = {name for words in required("DEBIAN") for name in re.sub(r"\(.*\)", "", words).split()}
        self.assertLessEqual(named - {"g++"}, self.field("Build-Depends"))

    def test_build_depends_on_nothing_else(self) -> None:
        script = (ROOT / "tools/install-dependencies").read_text()
        installed = re.sub("#.*", "", re.search(r"^packages=\((.*?)^\)", script, re.MULTILINE | re.DOTALL)[1]).split()
        packaging = {"debhelper-compat", "dh-sequence-python3", "python3"}
        self.assertEqual(self.field("Build-Depends") - packaging, {name for name in installed if not name.startswith("python3")} - {"g++"})

    def test_python_package_depends_on_what_pip_would_install(self) -> None:
        text = (DEBIAN / "control").read_text().split("Package: python3-nxmc")[1]
        for requirement in project()["dependencies"]:
            self.assertRegex(text.split("Recommends")[0], r"\bpython3-" + re.match(r"\w+", requirement)[0])

    def test_versions_are_one(self) -> None:
        here = re.search(r"project\(nxmc VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertRegex((DEBIAN / "changelog").read_text(), rf"\Anxmc \({re.escape(here)}-\d+\) ")
        self.assertEqual(project()["version"], here)
        self.assertIn(f"cmake (>= {cmake_version()})", (DEBIAN / "control").read_text())

    def test_options_are_known_to_cmake(self) -> None:
        options = re.findall(r"-D\w+=\S+", (DEBIAN / "rules").read_text())
        self.assertGreater(len(options), 3)
        places = self.configure("-DCMAKE_INSTALL_PREFIX=/usr", *options)
        for place in ("lib/python3/dist-packages", "share/zsh/vendor-completions"):
            self.assertTrue(any(found.endswith("/" + place) for found in places), places)


class Prefix:
    """A path whose folders are attributes, as Spack has it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __getattr__(self, name: str) -> Prefix:
        return Prefix(f"{self.path}/{name}")

    def join(self, name: str) -> str:
        return f"{self.path}/{name}"


class Spack(Configured):
    @classmethod
    def setUpClass(cls) -> None:
        cls.directives: list[tuple[str, tuple, dict]] = []
        cls.filtered: list[tuple] = []

        def record(name: str):
            return lambda *words, **options: cls.directives.append((name, words, options))

        @contextmanager
        def when(condition: str):
            cls.directives.append(("when", (condition,), {}))
            yield

        class CMakePackage:
            @staticmethod
            def define(name: str, value: object) -> str:
                return f"-D{name}:BOOL={'ON' if value else 'OFF'}" if isinstance(value, bool) else f"-D{name}:STRING={value}"

        spack_package = types.ModuleType("spack.package")
        for name in ("license", "version", "variant", "depends_on", "extends"):
            setattr(spack_package, name, record(name))
        spack_package.when = when
        spack_package.run_after = lambda *_, **__: lambda method: method
        spack_package.filter_file = lambda *words: cls.filtered.append(words)
        cmake = types.ModuleType("cmake")
        cmake.CMakePackage = CMakePackage
        stubs = {"spack": types.ModuleType("spack"), "spack.package": spack_package}
        for name in ("spack_repo", "spack_repo.builtin", "spack_repo.builtin.build_systems"):
            stubs[name] = types.ModuleType(name)
        stubs["spack_repo.builtin.build_systems.cmake"] = cmake
        scope: dict = {"__name__": "package", "__file__": str(RECIPE)}
        with mock.patch.dict(sys.modules, stubs):
            exec(compile(RECIPE.read_text(), str(RECIPE), "exec"), scope)
        cls.recipe = scope["Nxmc"]

    def words(self, *names: str) -> list[str]:
        return [words[0] for name, words, _ in self.directives if name in names]

    def test_depends_on_what_cmake_looks_for(self) -> None:
        virtual = {"openmpi": "mpi", "gcc": "cxx", "pkgconf": "pkgconfig"}
        named = {virtual.get(name, name) for words in required("SPACK") for name in words.split(" ^")}
        build = {"c", "cmake"}
        ours = {re.sub(r"@[\d.:]+", "", words) for words in self.words("depends_on") if not words.startswith("py-")}
        self.assertEqual(ours - build, named)

    def test_versions_are_those_of_cmake_and_pip(self) -> None:
        self.assertIn(f"cmake@{cmake_version()}:", self.words("depends_on"))
        requirements = [*project()["dependencies"], *(name for extra in project()["optional-dependencies"].values() for name in extra)]
        pip = {f"py-{requirement.replace('>=', '@')}:" for requirement in requirements}
        self.assertEqual({words for words in self.words("depends_on") if words.startswith("py-")}, pip)
        self.assertEqual(self.words("extends"), [f"python@{project()['requires-python'].removeprefix('>=')}:"])

    def test_builds_the_repository_that_it_lies_in(self) -> None:
        self.assertEqual(self.recipe.git, f"file://{ROOT}")

    def test_options_are_known_to_cmake(self) -> None:
        for with_python in (True, False):
            package = self.recipe()
            python = types.SimpleNamespace(package=types.SimpleNamespace(purelib="lib/python3.11/site-packages"))
            package.spec = mock.MagicMock(satisfies=lambda spec, answer=with_python: answer)
            package.spec.__getitem__.side_effect = {"python": python}.__getitem__
            places = self.configure(*package.cmake_args())
            self.assertEqual(any(place.endswith("/lib/python3.11/site-packages") for place in places), with_python, places)

    def test_plot_begins_with_its_python(self) -> None:
        package = self.recipe()
        package.prefix = Prefix("/opt")
        package.spec = {"python": types.SimpleNamespace(command=types.SimpleNamespace(path="/s/python3"))}
        package.draw_with_this_python()
        self.assertEqual([file for _, _, file in self.filtered], [f"/opt/share/nxmc/tools/{name}" for name in ("plot.py", "report.py", "kinetics.py")])
        for pattern, replacement, file in self.filtered:
            lines = (ROOT / "tools" / Path(file).name).read_text().splitlines()
            changed = [re.sub(pattern, replacement, line) for line in lines]
            self.assertEqual(changed[0], "#!/s/python3")
            self.assertEqual(changed[1:], lines[1:])


class Commit(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.source = self.folder / "source"
        for name in (".gitattributes", "src/cli/git_hash.cmake"):
            (self.source / name).parent.mkdir(parents=True, exist_ok=True)
            (self.source / name).write_text((ROOT / name).read_text())

    def git(self, folder: Path, *words: str) -> str:
        command = ["git", "-C", folder, "-c", "user.name=x", "-c", "user.email=x@example.org", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, folder: Path) -> str:
        self.git(folder, "init", "-q")
        self.git(folder, "add", "-A")
        self.git(folder, "commit", "-q", "-m", "x")
        return self.git(folder, "rev-parse", "HEAD")[:12]

    def told(self, source: Path) -> str:
        header = self.folder / "git_hash.hpp"
        subprocess.run(
            [CMAKE, f"-DSOURCE_DIR={source}", f"-DHEADER={header}", "-P", source / "src/cli/git_hash.cmake"], check=True
        )
        return re.search('git_hash\\[\\] = "(.*)"', header.read_text())[1]

    def test_of_a_repository_is_its_own(self) -> None:
        head = self.commit(self.source)
        self.assertEqual(self.told(self.source), head)
        (self.source / ".gitattributes").write_text("src/cli/git_hash.cmake export-subst\n# changed\n")
        self.assertEqual(self.told(self.source), head + "-dirty")

    def test_of_an_archive_is_the_one_that_it_was_made_of_wherever_it_is_unpacked(self) -> None:
        head = self.commit(self.source)
        archive = self.folder / "archive.tar"
        self.git(self.source, "archive", "-o", str(archive), "HEAD")
        other = self.folder / "other"
        unpacked = other / "unpacked"
        unpacked.mkdir(parents=True)
        subprocess.run(["tar", "-xf", archive, "-C", unpacked], check=True)
        self.assertEqual(self.told(unpacked), head)
        (other / "file").write_text("")
        self.assertNotEqual(self.commit(other), head)
        self.assertEqual(self.told(unpacked), head)

    def test_of_copied_files_is_unknown_also_in_a_repository_of_something_else(self) -> None:
        self.assertEqual(self.told(self.source), "unknown")
        self.commit(self.folder)
        self.assertEqual(self.told(self.source), "unknown")


if __name__ == "__main__":
    CMAKE = sys.argv.pop(1)
    unittest.main()
