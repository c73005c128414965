"""A README as what a reader sees: blocks of code, prose, tables, links, headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass
class CodeBlock:
    language: str
    text: str
    line: int  # of its first line, from 1 on


@dataclass
class Console:
    """A command behind `$ ` and what it prints, line by line."""

    command: str
    output: list[str]
    line: int


class Readme:
    def __init__(self, root: Path, file: Path) -> None:
        self.file = file
        self.name = str(file.relative_to(root))
        self.text = file.read_text()
        self.code: list[CodeBlock] = []
        self.prose = self._separate()

    def _separate(self) -> str:
        """Fills `code`; everything else, with empty lines in the place of code."""
        prose: list[str] = []
        block: CodeBlock | None = None
        for number, line in enumerate(self.text.splitlines(), start=1):
            fence = re.match(r"```(\w*)$", line)
            if block is None and fence:
                block = CodeBlock(fence.group(1), "", number + 1)
                self.code.append(block)
            elif block is not None and line == "```":
                block = None
            elif block is not None:
                block.text += line + "\n"
            prose.append("" if block is not None or fence else line)
        if block is not None:
            raise ValueError(f"{self.name}:{block.line}: a code block has no end")
        return "\n".join(prose)

    def spans(self) -> list[tuple[int, str]]:
        """`code` in prose, with its line; a span may go on in the next line."""
        return [
            (self.prose.count("\n", 0, found.start()) + 1, re.sub(r"\s+", " ", found.group(1)))
            for found in re.finditer(r"`([^`]+)`", self.prose)
        ]

    def links(self) -> list[tuple[int, str]]:
        text = re.sub(r"`[^`]*`", lambda span: " " * len(span.group()), self.prose)
        return [(text.count("\n", 0, found.start()) + 1, found.group(1)) for found in re.finditer(r"\]\(([^)\s]+)\)", text)]

    def anchors(self) -> set[str]:
        """Of its headings, as GitHub makes them."""
        headings = re.findall(r"^#+ (.*)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}

    def table(self, first_heading: str) -> list[list[str]]:
        """The rows of the table whose first column has this heading."""
        lines = self.prose.splitlines()
        begin = next(k for k, line in enumerate(lines) if line.startswith(f"| {first_heading} |"))
        rows: list[list[str]] = []
        for line in lines[begin + 2 :]:
            if not line.startswith("|"):
                break
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        return rows

    def consoles(self) -> list[Console]:
        found: list[Console] = []
        for block in self.code:
            if not block.text.startswith("$ "):
                continue
            lines = block.text.splitlines()
            k = 0
            while k < len(lines):
                if lines[k].startswith("$ "):
                    console = Console(lines[k][2:], [], block.line + k)
                    while console.command.endswith("\\"):
                        k += 1
                        console.command = console.command[:-1] + lines[k].strip()
                    found.append(console)
                else:
                    found[-1].output.append(lines[k])
                k += 1
        return found

    def campaigns(self) -> dict[str, str]:
        """Whole campaign files that it shows, by their `name`."""
        blocks = [block.text for block in self.code if block.language == "yaml"]
        named = [(re.search(r"^name: (\S+)", text, re.MULTILINE), text) for text in blocks]
        return {name.group(1): text for name, text in named if name and re.search(r"^scans:", text, re.MULTILINE)}

    def sentences(self) -> list[str]:
        """In plain words, those in cells of tables too."""
        text = re.sub(r"<!--.*?-->", "", self.prose, flags=re.DOTALL)
        text = re.sub(r"\]\([^)]*\)", "", text)
        text = re.sub(r"^(#+|[-*]|\d+\.) ", "\n\n", text, flags=re.MULTILINE)
        text = text.replace("|", "\n\n")
        text = re.sub(r"[`*\[\]]", "", text)
        paragraphs = [re.sub(r"\s+", " ", paragraph).strip() for paragraph in re.split(r"\n\s*\n", text)]
        return [sentence for paragraph in paragraphs for sentence in re.split(r"(?<=[.:;?!])\s+", paragraph) if sentence]


def all_readmes(root: Path) -> list[Readme]:
    folders = [root, *(root / name for name in ("src", "include", "campaigns", "slurm", "tests", "tools"))]
    files = [folder / "README.md" for folder in folders]
    files += sorted(path for folder in folders[1:] for path in folder.glob("*/**/README.md"))
    return [Readme(root, file) for file in files]
