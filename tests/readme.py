"""The examples of the documents: read them, run them, write them again (`python tests/readme.py [FILE.md ...]` does the last).

Two kinds of fenced block take part. A `console` block holds commands behind `$ ` with the output under each. A block whose
first line names a file after the language, such as ```yaml plan.yaml, is that file: it is written before the commands below it
are run. The blocks of one document share an empty folder and are taken in order, so a later command finds the files of earlier
ones. All other blocks are only read.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(?P<language>\w+)(?: (?P<file>[\w-]+\.\w+))?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)

Example = tuple[str, str]
"""A command and the output shown under it."""


def has_examples(path: Path) -> bool:
    """Whether a document has commands to run."""
    return bool(all_examples(path.read_text(encoding="utf-8")))


def all_examples(text: str) -> list[Example]:
    """Return the commands of a document with their outputs, in order."""
    consoles = [block["text"] for block in _BLOCK.finditer(text) if block["language"] == "console"]
    return [example for block in consoles for example in examples(block)]


def examples(block: str) -> list[Example]:
    """Return the commands of a console block with their outputs, in order."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def walk(text: str, folder: Path, console: Callable[[list[Example]], str]) -> str:
    """Write the files of a document, hand over its console blocks, and return it with what they give in their place."""

    def block(found: re.Match[str]) -> str:
        if found["language"] == "console":
            return f"```console\n{console(examples(found['text']))}```"
        if found["file"]:
            (folder / found["file"]).write_text(found["text"], encoding="utf-8")
        return found[0]

    return _BLOCK.sub(block, text)


def run(command: str, folder: Path) -> str:
    """Run a command as a reader would, and return what the terminal shows without the blanks at the ends of lines."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "110",
        "NO_COLOR": "1",
        "PYTHONWARNINGS": "",
        "SOURCE_DATE_EPOCH": "1795219200",  # ages of prices count to 2026-11-21
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return plain(done.stdout)


def plain(text: str) -> str:
    """Leave out blanks at the ends of lines and empty lines at the end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n") + "\n" if text.strip() else ""


def renewed(text: str, folder: Path) -> str:
    """Return a document with the outputs that its commands give today."""
    return walk(text, folder, lambda found: "\n".join(f"$ {command}\n{run(command, folder)}" for command, _ in found))


def differences(text: str, folder: Path) -> list[str]:
    """Return the commands of a document whose output differs from what it shows, each with both."""
    found = []

    def compare(block: list[Example]) -> str:
        for command, shown in block:
            printed = run(command, folder)
            if printed != plain(shown):
                found.append(f"$ {command}\nprints:\n{printed}\nthe document shows:\n{shown}")
        return ""

    walk(text, folder, compare)
    return found


def rewrite(path: Path) -> None:
    """Write a document again with the outputs of today."""
    with TemporaryDirectory() as folder:
        path.write_text(renewed(path.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    if not Path(sys.executable).with_name("llmcost").exists():
        sys.exit("run this with the Python of an environment that has llmcost: .venv/bin/python tests/readme.py")
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(rewrite, [Path(name).resolve() for name in sys.argv[1:]] or DOCUMENTS))
