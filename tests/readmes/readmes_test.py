"""What the READMEs say is so: links, paths, commands, campaigns, and what commands print. A README that shows

    $ nxmc plan mine.yaml
    …

has this command run here, in a folder where the campaigns are that the README shows, and what it prints compared with the lines
below it; a line `…` stands for any lines.

Arguments: nxmc, the folder of the build, and what to do: `text` (reads), or `outputs` (runs commands).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from functools import lru_cache
from pathlib import Path

from markdown import Console, Readme, all_readmes

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "include", "campaigns", "slurm", "tests", "tools", "build", "out", ".ci")


def readme(name: str) -> Readme:
    return Readme(ROOT, ROOT / name)


def run(command: list[str], **options) -> str:
    """What it prints, in the order in which it does."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, check=False, **options
    ).stdout


def command_lines(page: Readme) -> list[tuple[int, str]]:
    """Everything that a reader may type: lines of code blocks in no language, and `code` in prose."""
    lines = [(console.line, console.command) for console in page.consoles()]
    for block in page.code:
        if block.language == "" and not block.text.startswith("$ "):
            lines += [(block.line + k, line) for k, line in enumerate(block.text.splitlines())]
    return lines + page.spans()


def words_of(line: str) -> list[str]:
    """Of a command, without what follows `#`."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # prose with an apostrophe
        return line.split()


class Links(unittest.TestCase):
    def check(self, pages: list[Readme]) -> None:
        for page in pages:
            for line, link in page.links():
                if re.match(r"\w+:", link):
                    continue
                path, _, anchor = link.partition("#")
                target = (page.file.parent / path).resolve() if path else page.file
                with self.subTest(f"{page.name}:{line}: {link}"):
                    self.assertTrue(target.exists(), f"{target} is not there")
                    if anchor:
                        self.assertIn(anchor, Readme(target.parent, target).anchors())

    def test_lead_to_what_is_there(self) -> None:
        self.check(all_readmes(ROOT))

    def test_lead_to_what_is_there_when_installed(self) -> None:
        with tempfile.TemporaryDirectory() as prefix:
            cache = (Path(BUILD) / "CMakeCache.txt").read_text()
            cmake = re.search(r"^CMAKE_COMMAND:INTERNAL=(.*)$", cache, re.MULTILINE).group(1)
            subprocess.run([cmake, "--install", BUILD, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
            folder = Path(prefix) / "share/doc/nxmc"
            pages = [Readme(folder, file) for file in sorted(folder.glob("**/README.md"))]
            self.assertEqual({page.name for page in pages}, {page.name for page in all_readmes(ROOT)})
            self.check(pages)

    def test_of_the_first_readme_lead_to_each_folder_but_that_of_headers(self) -> None:
        targets = {link for _, link in readme("README.md").links()}
        for folder in ("campaigns", "slurm", "tools", "tests", "src"):
            self.assertIn(f"{folder}/README.md", targets)


class Paths(unittest.TestCase):
    def test_of_the_repository_exist(self) -> None:
        for page in all_readmes(ROOT):
            for line, text in command_lines(page):
                for word in re.findall(r"(?<![\w/.<>~-])(?:%s)/[\w./*+-]+" % "|".join(FOLDERS), text):
                    path = word.rstrip(".,:*/")
                    if path.split("/")[0] in ("build", "out"):
                        continue  # made by the commands
                    with self.subTest(f"{page.name}:{line}: {word}"):
                        beside = page.file.parent / path
                        self.assertTrue((ROOT / path).exists() or beside.exists(), "is not there")

    def test_of_files_beside_a_readme_exist(self) -> None:
        for page in all_readmes(ROOT):
            for line, text in page.spans():
                if not re.fullmatch(r"[\w-]+/|[\w-]+\.(yaml|json|sbatch|cpp|hpp|md)", text) or text in ("mine.yaml", "wrong.yaml"):
                    continue
                with self.subTest(f"{page.name}:{line}: {text}"):
                    places = [page.file.parent / text, ROOT / text, ROOT / "campaigns/paper" / text, ROOT / "campaigns/materials" / text]
                    self.assertTrue(any(place.exists() for place in places) or text.split("/")[0] in FOLDERS)


@lru_cache(maxsize=None)
def help_of(*command: str) -> str:
    return run([NXMC, *command, "--help"])


def names_of_commands() -> set[str]:
    commands = re.search(r"^Commands:\n((?:  .*\n)+)", help_of(), re.MULTILINE).group(1)
    return set(re.findall(r"^  (\w+) ", commands, re.MULTILINE))


class Tables(unittest.TestCase):
    """What a folder holds, in the table of its README."""

    def check(self, page: str, heading: str, files: set[str]) -> None:
        named = {row[0].strip("`").removeprefix(page.split("/")[0] + "/") for row in readme(page).table(heading)}
        self.assertEqual(named, files)

    def test_of_tests_has_each_folder(self) -> None:
        folders = {f"{path.name}/" for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "data"}
        self.check("tests/README.md", "folder", {name for name in folders if not name.startswith("__")})

    def test_of_tools_has_each_command(self) -> None:
        files = [path for path in (ROOT / "tools").iterdir() if path.is_file() and os.access(path, os.X_OK)]
        self.check("tools/README.md", "script", {path.name for path in files if path.suffix != ".py"})

    def test_of_batch_scripts_has_each_of_them(self) -> None:
        self.check("slurm/README.md", "script", {path.name for path in (ROOT / "slurm").glob("*.sbatch")})

    def test_of_campaigns_has_each_file(self) -> None:
        files = {path.name for path in (ROOT / "campaigns").iterdir() if path.suffix in (".yaml", ".json")}
        self.check("campaigns/README.md", "file", files | {"paper/", "materials/"})


class Commands(unittest.TestCase):
    def calls(self) -> list[tuple[str, list[str]]]:
        """What follows `nxmc` in every command of every README."""
        found = []
        for page in all_readmes(ROOT):
            for line, text in command_lines(page):
                for part in re.split(r"[;&]| \| ", text) if "'" not in text else [text]:
                    words = words_of(part)
                    if "nxmc" in words:
                        found.append((f"{page.name}:{line}", words[words.index("nxmc") + 1 :]))
        return found

    def test_exist_with_the_options_that_are_shown(self) -> None:
        names = names_of_commands()
        calls = [call for call in self.calls() if call[1] and re.fullmatch(r"[a-z]+|--.*", call[1][0])]
        self.assertGreater(len(calls), 40)
        for place, words in calls:
            with self.subTest(f"{place}: nxmc {' '.join(words)}"):
                if not words[0].startswith("--"):
                    self.assertIn(words[0], names)
                known = help_of(words[0]) + help_of() if words[0] in names else help_of()
                options = words[: words.index("--")] if "--" in words else words
                for option in (word.split("=")[0] for word in options if re.match(r"--\w", word)):
                    self.assertRegex(known, rf"{option}\b")

    def test_of_every_name_are_in_a_readme(self) -> None:
        self.assertLessEqual(names_of_commands(), {words[0] for _, words in self.calls() if words})

    def test_of_tools_can_be_started(self) -> None:
        for page in all_readmes(ROOT):
            for line, text in command_lines(page):
                if re.match(r"tools/([\w-]+|[\w-]+\.py .*)( |$)", text):
                    with self.subTest(f"{page.name}:{line}: {text}"):
                        self.assertTrue(os.access(ROOT / text.split()[0], os.X_OK))

    def test_of_presets_name_presets(self) -> None:
        presets = {preset["name"] for preset in json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]}
        for page in all_readmes(ROOT):
            for name in re.findall(r"--preset (\w+)", page.text):
                self.assertIn(name, presets, page.name)


def names_of_tests() -> list[str]:
    """As CTest knows them, from the sources: whether they have been built or not."""
    lists = [file.read_text() for file in (ROOT / "tests").glob("**/CMakeLists.txt")]
    names = [name for text in lists for name in re.findall(r"(?:add_test\(NAME |^nxmc_python_test\()(\w+)", text, re.MULTILINE)]
    for file in (ROOT / "tests").glob("**/*_test.cpp"):
        text = file.read_text()
        prefixes: dict[str, list[str]] = {}
        for prefix, suite in re.findall(r"INSTANTIATE_TEST_SUITE_P\(\s*(\w*),\s*(\w+)", text):
            prefixes.setdefault(suite, []).append(prefix)
        for kind, suite, name in re.findall(r"^(?:TYPED_)?(TEST\w*)\(\s*(\w+),\s*(\w+)\)", text, re.MULTILINE):
            of_suite = [f"{prefix}/{suite}".lstrip("/") for prefix in prefixes.get(suite, [])] if kind == "TEST_P" else [suite]
            names += [f"{suite}.{name}" for suite in of_suite]
    for suites in re.findall(r"^  SUITES ([\w ]+)\)", (ROOT / "tests/CMakeLists.txt").read_text(), re.MULTILINE):
        names += suites.split()
    for file in (ROOT / "tests/fuzz").glob("*_fuzz.cpp"):
        names.append(f"Fuzz.{file.name.removesuffix('_fuzz.cpp')}")
    return names


class NamedTests(unittest.TestCase):
    def test_exist(self) -> None:
        names = names_of_tests()
        self.assertGreater(len(names), 500)
        count = 0
        for page in all_readmes(ROOT):
            for line, text in command_lines(page):
                words = words_of(text)
                if not words or words[0] != "ctest" and "ctest" not in words:
                    continue
                for option, value in zip(words, words[1:]):
                    with self.subTest(f"{page.name}:{line}: {text}"):
                        if option == "-R":
                            count += 1
                            self.assertTrue(any(re.search(value, name) for name in names), f"no test is called {value}")
                        if option in ("-L", "-LE"):
                            self.assertTrue(value == "long" or (ROOT / "tests" / value).is_dir(), f"no label {value}")
        self.assertGreater(count, 15)


class Messages(unittest.TestCase):
    def test_that_are_quoted_are_those_of_the_program(self) -> None:
        """What varies are numbers with their units, and names with digits."""
        sources = "".join(file.read_text() for file in sorted((ROOT / "src").glob("*/*.cpp")))
        literals = re.sub(r'"\s*\n\s*"', "", sources)
        count = 0
        for page in all_readmes(ROOT):
            for line, text in page.spans():
                message = re.match(r"(rank \d|no sign of life|kernels are ready)", text)
                if not message:
                    continue
                count += 1
                for piece in re.split(r"\w*\d[\d.]*(?: (?:s|min|MiB|GiB|%)(?!\w))?", text):
                    if len(piece.strip()) < 8:
                        continue
                    with self.subTest(f"{page.name}:{line}: {piece}"):
                        self.assertIn(piece.strip(" ;:,"), literals)
        self.assertEqual(count, 3)


class Campaigns(unittest.TestCase):
    def test_that_are_shown_can_be_planned(self) -> None:
        count = 0
        for page in all_readmes(ROOT):
            for name, text in page.campaigns().items():
                count += 1
                with self.subTest(f"{page.name}: {name}"), tempfile.TemporaryDirectory() as folder:
                    (Path(folder) / f"{name}.yaml").write_text(text)
                    plan = subprocess.run([NXMC, "plan", f"{name}.yaml"], cwd=folder, capture_output=True, text=True)
                    self.assertEqual((plan.returncode, plan.stderr), (0, ""))
        self.assertGreaterEqual(count, 2)

    def test_of_the_papers_cost_what_is_said(self) -> None:
        rows = readme("campaigns/README.md").table("`paper/…`")
        files = {row[0].strip("`") for row in rows}
        self.assertEqual(files, {file.name for file in (ROOT / "campaigns/paper").glob("*.yaml")})
        for name, _, jobs, time in rows:
            plan = run([NXMC, "plan", str(ROOT / "campaigns/paper" / name.strip("`"))])
            with self.subTest(name):
                self.assertRegex(plan, rf"(?m)^jobs +{jobs}$")
                self.assertRegex(plan, rf"(?m)^computing time .*\b{time} on one core")


class Architecture(unittest.TestCase):
    def test_has_the_modules_of_the_build_in_their_order(self) -> None:
        modules = re.search(r"foreach\(module ([\w ]+)\)", (ROOT / "src/CMakeLists.txt").read_text()).group(1).split()
        self.assertEqual([row[0].strip("`") for row in readme("src/README.md").table("module")], modules)

    def test_has_the_versions_of_the_sources(self) -> None:
        constants = {
            "archive": ("include/nxmc/archive/archive.hpp", r"\barchive_format = (\d+);"),
            "results": ("include/nxmc/engine/parameters.hpp", r"\bnumerics_version = (\d+);"),
        }
        versions = {row[0]: row[1] for row in readme("src/README.md").table("what | version")}
        for what, (file, pattern) in constants.items():
            version = re.search(pattern, (ROOT / file).read_text()).group(1)
            self.assertEqual(versions[what].split()[-1], version)
            self.assertTrue(
                any(re.search(rf"{'archive format' if what == 'archive' else '`numerics`'} {version}\b", row[1])
                    for row in readme("src/README.md").table("date")),
                f"{what} {version} is missing among the changes",
            )  # fmt: skip


class Memory(unittest.TestCase):
    def test_of_a_plan_is_that_of_the_prediction(self) -> None:
        source = (ROOT / "src/schedule/node_memory.cpp").read_text()
        predicted = [
            re.search(rf"\b{name} = (\d+);", source).group(1)
            for name in ("making_the_archive", "on_first_rank", "on_other_rank")
        ]
        rows = {row[0]: row[1] for row in readme("slurm/README.md").table("part")}
        self.assertEqual(re.findall(r"\d+", rows["plan"]), predicted)


class Text(unittest.TestCase):
    def test_says_nothing_twice(self) -> None:
        long_enough = 60
        places: dict[str, list[str]] = {}
        for page in all_readmes(ROOT):
            for sentence in page.sentences():
                if len(sentence) > long_enough:
                    places.setdefault(sentence.lower().rstrip(".:;"), []).append(page.name)
        self.assertGreater(len(places), 200)
        twice = {sentence: where for sentence, where in places.items() if len(where) > 1}
        self.assertEqual(twice, {})

    def test_names_no_place_of_a_machine(self) -> None:
        for page in all_readmes(ROOT):
            self.assertNotRegex(page.text, r"(?<![\w.~$}/>])/(work|home|root|tmp|scratch)/")

    def test_of_the_first_readme_is_read_in_five_minutes(self) -> None:
        self.assertLessEqual(len(readme("README.md").text.splitlines()), 120)

    def test_of_each_folder_is_there(self) -> None:
        for folder in ("src", "include", "campaigns", "slurm", "tests", "tools"):
            self.assertTrue((ROOT / folder / "README.md").is_file(), folder)


class Folder:
    """Where commands of READMEs are run: the campaigns that are shown, and archives of them once they are asked for."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.path = Path(self._directory.name)
        for name in ("campaigns", "slurm", "tools"):
            (self.path / name).symlink_to(ROOT / name)
        for page in all_readmes(ROOT):
            for name, text in page.campaigns().items():
                (self.path / f"{name}.yaml").write_text(text)

    def close(self) -> None:
        self._directory.cleanup()

    def provide(self, archive: str) -> None:
        if (self.path / archive).exists():
            return
        beside = Path(archive).with_suffix(".yaml")
        campaign = beside if (self.path / beside).exists() else Path("campaigns") / beside.name
        (self.path / archive).parent.mkdir(exist_ok=True)
        self.run(f"nxmc --log-level error run {campaign} --archive {archive}", check=True)

    def run(self, command: str, check: bool = False) -> list[str]:
        path = f"{Path(NXMC).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.path, env=os.environ | {"PATH": path, "LC_ALL": "C.UTF-8"}, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stdout}")
        return done.stdout.splitlines()


def pattern_of(shown: list[str]) -> str:
    """Lines as they are shown; `…` stands for any lines."""
    return "".join(r"(?:.*\n)*" if line.strip() == "…" else re.escape(line) + r"\n" for line in shown)


class Outputs(unittest.TestCase):
    folder: Folder

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Folder()
        cls.addClassCleanup(cls.folder.close)

    def check(self, page: Readme, console: Console) -> None:
        for archive in re.findall(r"[\w/.-]+\.h5\b", console.command):
            self.folder.provide(archive)
        printed = self.folder.run(console.command)
        shown = list(console.output)
        while shown and not shown[-1]:  # a gap before the next command
            shown.pop()
        with self.subTest(f"{page.name}:{console.line}: {console.command}"):
            if not re.fullmatch(pattern_of(shown), "".join(line + "\n" for line in printed)):
                self.assertEqual(printed, shown)

    def test_are_those_that_are_shown(self) -> None:
        count = 0
        for page in all_readmes(ROOT):
            for console in page.consoles():
                count += 1
                self.check(page, console)
        self.assertGreaterEqual(count, 6)

    def test_of_queries_have_the_observables_that_are_listed(self) -> None:
        self.folder.provide("mine.h5")
        described: dict[str, set[str]] = {}  # the rows that have it
        measured: set[str] = set()
        for line in self.folder.run("nxmc query mine.h5 --describe")[1:]:
            name, _, _, role, rows = re.split(r"  +", line)[:5]
            described.setdefault(name, set()).update(rows.replace("--", "").split())
            if role == "measured" and not name.endswith("_err"):
                measured.add(name)
        listed: dict[str, set[str]] = {}
        for names, rows, *_ in readme("campaigns/README.md").table("name"):
            listed |= {name: set(rows.split(", ")) for name in re.findall(r"`(\w+)`", names)}
        self.assertLessEqual(measured, set(listed))
        self.assertEqual(listed, {name: described[name] for name in listed})

    def test_of_the_quickstart_are_those_that_are_shown(self) -> None:
        script = (ROOT / "tools/quickstart").read_text()
        query = re.search(r'^"\$nxmc" (query "\$archive" .*?)$(?!\\)', script.replace("\\\n", ""), re.MULTILINE).group(1)
        shown = next(block for block in readme("README.md").code if re.match(r"(nxmc: .*\n)*shell_stiffness ", block.text))
        command = "nxmc " + query.replace('"$archive"', "out/quickstart.h5")
        self.check(readme("README.md"), Console(command, shown.text.splitlines(), shown.line))


TEXT = (Links, Paths, Tables, Commands, NamedTests, Messages, Campaigns, Architecture, Memory, Text)

if __name__ == "__main__":
    NXMC, BUILD, part = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    names = [case.__name__ for case in {"text": TEXT, "outputs": (Outputs,)}[part]]
    unittest.main(argv=[sys.argv[0], *names, *sys.argv[4:]])
