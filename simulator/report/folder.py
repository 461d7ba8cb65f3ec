"""A report as a folder that is whole or not there: page, figures, tables, data, and a manifest of what it was made from."""

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulator.core.files import write_folder_whole
from simulator.core.version import tool_version
from simulator.io.netcdf import to_tree
from simulator.io.to_json import json_text
from simulator.report.content import Figure, Report, Table

FORMATS = {"html": "report.html", "markdown": "report.md"}
MANIFEST = "manifest.json"
KIND = "llmcost report"
_VERSIONS = ("numpy", "scipy", "matplotlib", "jinja2", "xarray", "h5netcdf", "xlsxwriter")


class Occupied(ValueError):
    """A place where no report can be put, with the reason."""


def check_place(folder: Path) -> None:
    """Refuse a place that holds anything but an earlier report, or that cannot be written to."""
    if folder.is_symlink():
        raise Occupied("is a link; name the folder itself")
    if folder.exists() and not folder.is_dir():
        raise Occupied("is a file, and a report is a folder")
    if not folder.parent.is_dir():
        raise Occupied(f"there is no folder {folder.parent}")
    if not os.access(folder.parent, os.W_OK):
        raise Occupied(f"the folder {folder.parent} cannot be written to")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    own = _own_files(folder)
    if own is None:
        raise Occupied("holds files and is no report of llmcost; name another folder, or empty it")
    others = sorted(found for found in _files(folder) if found not in own)
    if others:
        raise Occupied(f"holds {others[0]}, which is none of its report's files; move it, or name another folder")


def _own_files(folder: Path) -> set[str] | None:
    """Return the files that the manifest of a report names, or None where the folder is no report."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {*said["files"], MANIFEST} if said["kind"] == KIND else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _files(folder: Path) -> Iterable[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def write(
    report: Report,
    folder: Path,
    form: str = "html",
    manifest: Mapping[str, Any] | None = None,
    step: Callable[[str], None] = lambda _: None,
    *,
    images: bool = True,
    draws: bool = True,
) -> None:
    """Write a report to a folder, in place of an earlier report there; on any failure what was there stays.

    `manifest` says what it was made from. `images` are the figures as PNG besides SVG, `draws` the draws as netCDF. Raises
    `Occupied` where the folder holds anything else.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100, resolve() would follow a link
    check_place(folder)

    def fill(made: Path) -> None:
        _fill(report, made, form, step, images=images, draws=draws)
        files = {name: _sha256(made / name) for name in sorted(_files(made))}
        said = {"kind": KIND, "schema": 1, "title": report.title, "date": report.date, "versions": versions(),
                **(manifest or {}), "files": files}  # fmt: skip
        _write_text(made / MANIFEST, json_text(said))

    write_folder_whole(folder, fill)


def _fill(report: Report, folder: Path, form: str, step: Callable[[str], None], *, images: bool, draws: bool) -> None:
    from simulator.report import pages, sheets

    for name in ("figures", "tables"):
        (folder / name).mkdir()
    said, drawings = _draw(report, folder / "figures", step, images=images)
    step("writing")
    page = pages.html(report, drawings) if form == "html" else pages.markdown(report, said)
    _write_text(folder / FORMATS[form], page)
    for table in report.blocks(Table):
        _write_text(folder / "tables" / f"{table.name}.csv", sheets.as_csv(table))
    (folder / "tables.xlsx").write_bytes(sheets.as_workbook(report))
    _write_text(folder / "summary.json", json_text(report.summary))
    if draws:
        for place, result in enumerate(report.results, start=1):
            tree = to_tree(result)
            for node in tree.subtree:
                node.attrs.pop("created_at", None)  # a clock; the date is the report's
            number = "" if len(report.results) == 1 else f"-{place}"
            tree.to_netcdf(folder / f"draws{number}.nc", engine="h5netcdf")


def _draw(report: Report, folder: Path, step: Callable[[str], None], *, images: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Draw every figure once; return what each says to who cannot see it, and its `<svg>` element."""
    from simulator import figures

    said, drawings = {}, {}
    for block in report.blocks(Figure):
        step(f"figure {block.name}")
        figure = figures.draw(block.kind, block.data, report.date)
        said[block.name] = figures.alt_text(block.kind, block.data)
        drawings[block.name] = figures.svg(figure, f"f-{block.name}", title=block.caption, about=said[block.name])
        _write_text(folder / f"{block.name}.svg", f'<?xml version="1.0" encoding="utf-8"?>\n{drawings[block.name]}\n')
        if images:
            figures.save(figure, folder / f"{block.name}.png")
    return said, drawings


def versions() -> dict[str, str]:
    """Return the versions of everything that the numbers and the page come from."""
    return {"llmcost": tool_version(), "python": platform.python_version(), **{name: version(name) for name in _VERSIONS}}


def inputs(references: Iterable[str], formulas: Iterable[Path] = ()) -> dict[str, str]:
    """Return the SHA-256 of each file that scenarios are read from, by name; the library's together as one."""
    from simulator.scenario import library
    from simulator.scenario.layers import layers_of

    found = {"library": _library()}
    for reference in references:
        for layer in layers_of(reference):
            path = Path(layer.identity)
            if not layer.node.place.file.startswith(library.SHOWN) and path.is_file():
                found[path.name] = _sha256(path)
    return found | {path.name: _sha256(path) for path in formulas}


def _library() -> str:
    """One hash of all the library's files, by their names and contents."""
    from simulator.scenario import library

    top = library.folder()
    paths = sorted(path for path in top.rglob("*") if path.suffix in (".yaml", ".csv"))
    parts = (f"{path.relative_to(top).as_posix()} {_sha256(path)}\n" for path in paths)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
