"""Write a report as one folder, atomically: page, figures, tables, data, and a manifest of its inputs."""

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from simulator.core.errors import LlmcostError
from simulator.core.files import write_folder_atomically
from simulator.core.processes import running_beside
from simulator.core.results import json_text
from simulator.core.version import tool_version
from simulator.engine.options import RunOptions
from simulator.figures.format import FigureFormat
from simulator.report.content import FigureBlock, Report, TableBlock
from simulator.scenario import OpenScenario

if TYPE_CHECKING:
    from simulator.report.pages import Drawing

Format = Literal["html", "markdown"]
FORMATS: dict[str, str] = dict(zip(get_args(Format), ("report.html", "report.md"), strict=True))
MANIFEST = "manifest.json"
KIND = "llmcost report"
_NARROW = FigureFormat(width=3.6)
"""Of figures on a phone: 375 pixels less the margins of the page, so that letters have their own size."""
_VERSIONS = ("numpy", "scipy", "matplotlib", "jinja2", "xlsxwriter")


class OccupiedFolderError(LlmcostError, ValueError):
    """A folder to which no report can be written, with the reason.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> Path("notes").mkdir()
    >>> _ = Path("notes/mine.txt").write_text("mine")
    >>> llmcost.report("gpt-4", folder="notes")
    Traceback (most recent call last):
        ...
    llmcost.OccupiedFolderError: notes: holds files and is not a report of llmcost; name another folder, ...

    """

    __module__ = "llmcost"  # where users import it from, which tracebacks show


def check_folder(folder: Path) -> None:
    """Raise `OccupiedFolderError` if a folder holds anything but an earlier report, or cannot be written to."""
    if folder.is_symlink():
        raise OccupiedFolderError("is a link; name the folder itself")
    if folder.exists() and not folder.is_dir():
        raise OccupiedFolderError("is a file, but a report is a folder")
    if not folder.parent.is_dir():
        raise OccupiedFolderError(f"there is no folder {folder.parent}")
    if not os.access(folder.parent, os.W_OK):
        raise OccupiedFolderError(f"the folder {folder.parent} cannot be written to")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    own_files = _own_files(folder)
    if own_files is None:
        raise OccupiedFolderError("holds files and is not a report of llmcost; name another folder, or empty it")
    other_files = sorted(name for name in _files(folder) if name not in own_files)
    if other_files:
        raise OccupiedFolderError(
            f"holds {other_files[0]}, which does not belong to its report; move it, or name another folder"
        )


def _own_files(folder: Path) -> set[str] | None:
    """Return the files that the manifest of a report names, or None if the folder is not a report."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {*manifest["files"], MANIFEST} if manifest["kind"] == KIND else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _files(folder: Path) -> Iterable[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def write(
    report: Report,
    folder: Path,
    page_format: str = "html",
    manifest: Mapping[str, object] | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> None:
    """Write a report to a folder and replace an earlier report there; on failure, the earlier one remains.

    `manifest` describes the inputs. Raises `OccupiedFolderError` if the folder holds anything but a report.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100, resolve() would follow a link
    check_folder(folder)

    def fill(path: Path) -> None:
        _write_contents(report, path, page_format, step)
        files = {name: _sha256(path / name) for name in sorted(_files(path))}
        content = {"kind": KIND, "schema": 2, "title": report.title, "date": report.date, "versions": versions(),
                **(manifest or {}), "files": files}  # fmt: skip
        _write_text(path / MANIFEST, json_text(content))

    write_folder_atomically(folder, fill)


def _write_contents(report: Report, folder: Path, page_format: str, step: Callable[[str], None]) -> None:
    from simulator.report import pages, sheets, workbook
    from simulator.report.explorer.result import page_beside

    for name in ("figures", "tables"):
        (folder / name).mkdir()
    is_page = page_format == "html"
    step("figures and workbook")
    with running_beside(lambda: _draw_figures(report, folder / "figures", page=is_page)) as drawn:
        for table in report.blocks(TableBlock):
            _write_text(folder / "tables" / f"{table.name}.csv", sheets.as_csv(table, report.currency))
        (folder / "workbook.xlsx").write_bytes(workbook.report_workbook(report))
        if report.has_explorer:
            step("explorer")
            _write_text(folder / "explorer.html", page_beside(report))
        step("writing")
        _write_text(folder / "summary.json", json_text(report.summary))
        descriptions, drawings = drawn()
    page = pages.html(report, drawings) if is_page else pages.markdown(report, descriptions)
    _write_text(folder / FORMATS[page_format], page)


def _draw_figures(report: Report, folder: Path, *, page: bool) -> "tuple[dict[str, str], dict[str, Drawing]]":
    """Draw every figure; return its alternative text and, for a `page` in HTML, its drawings, by name."""
    import matplotlib.figure  # noqa: F401, before the process is copied, so that it is loaded once

    from simulator import figures
    from simulator.figures.output import inline_svg, svg_text
    from simulator.report.pages import Drawing

    blocks = report.blocks(FigureBlock)
    descriptions = {block.name: figures.alt_text(block.kind, block.data) for block in blocks}

    def draw_narrow() -> dict[str, str]:
        return {block.name: _narrow_svg(block, descriptions[block.name], report.date) for block in blocks if page}

    drawings = {}
    with running_beside(draw_narrow) as narrow:
        for block in blocks:
            figure = figures.draw(block.kind, block.data, report.date)
            text = svg_text(figure)
            _write_text(folder / f"{block.name}.svg", text)
            if page:
                wide = inline_svg(figure, f"f-{block.name}", block.finding, descriptions[block.name], bare=True, text=text)
                drawings[block.name] = Drawing(wide, "", figures.remark_of(figure))
        narrow_svgs = narrow()
    return descriptions, {name: drawing._replace(narrow=narrow_svgs[name]) for name, drawing in drawings.items()}


def _narrow_svg(block: FigureBlock, description: str, date: str) -> str:
    from simulator import figures

    figure = figures.draw(block.kind, block.data, date, _NARROW)
    return figures.svg(figure, f"n-{block.name}", title=block.finding, description=description, bare=True)


def versions() -> dict[str, str]:
    """Return the versions of all packages that the numbers and the page depend on."""
    return {"llmcost": tool_version(), "python": platform.python_version(), **{name: version(name) for name in _VERSIONS}}


def manifest_of(
    report: Report, options: RunOptions, opened: Iterable[OpenScenario], formulas: Iterable[Path] = (), command: str = ""
) -> dict[str, object]:
    """Return what a manifest says about the inputs of a report; `command` reproduces it."""
    return {
        "command": command,
        "seed": options.seed,
        "draws": options.draws,
        "method": "random",
        "inputs": input_hashes(opened, formulas),
        "fingerprints": {result.scenario.name: result.scenario.fingerprint for result in report.results},
    }


def input_hashes(opened: Iterable[OpenScenario], formulas: Iterable[Path] = ()) -> dict[str, str]:
    """Return the SHA-256 of each file that the scenarios are read from, by name, with one hash for the library."""
    from simulator.scenario import library

    hashes = {"library": _library_hash()}
    for each in opened:
        for layer in each.base.layers:
            path = Path(layer.identity)
            if not layer.node.place.file.startswith(library.LIBRARY_LABEL) and path.is_file():
                hashes[path.name] = _sha256(path)
    return hashes | {path.name: _sha256(path) for path in formulas}


def _library_hash() -> str:
    """Return one hash of the names and contents of all library files."""
    from simulator.scenario import library

    root = library.folder()
    paths = sorted(path for path in root.rglob("*") if path.suffix in (".yaml", ".csv"))
    parts = (f"{path.relative_to(root).as_posix()} {_sha256(path)}\n" for path in paths)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
