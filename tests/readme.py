"""The README's console blocks: read them, run them, write them again (`python tests/readme.py` does the last)."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def examples(text: str) -> list[tuple[str, str]]:
    """Return each command of the console blocks with the output shown under it, in order."""
    found = []
    for block in _BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def run(command: str, folder: Path) -> str:
    """Run a command as a reader would, and return what the terminal shows without the blanks at the ends of lines."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "110",
        "NO_COLOR": "1",
        "PYTHONWARNINGS": "",
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


def written(text: str, folder: Path) -> str:
    """Return the README with the outputs that its commands give today."""

    def renewed(block: re.Match[str]) -> str:
        commands = [part.partition("\n")[0] for part in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]]
        return "```console\n" + "\n".join(f"$ {command}\n{run(command, folder)}" for command in commands) + "```"

    return _BLOCK.sub(renewed, text)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        README.write_text(written(README.read_text(encoding="utf-8"), Path(made)), encoding="utf-8")
