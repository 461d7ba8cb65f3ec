"""The notebook of the documentation: execute it, write it again with its outputs (`python tests/notebooks.py` does that).

It is executed by this Python with the package of this checkout, whatever kernels are installed. Written are its cells and their
outputs, without times, versions and paths of the machine, so that the same code gives the same file.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError as CellExecutionError

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs/tutorial/analyst.ipynb"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
TIME_LIMIT = 120
"""Time that one cell may take, seconds."""


def read(path=NOTEBOOK):
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


def executed(notebook):
    """Return a copy of a notebook with the outputs that its cells give today, in a kernel and a folder of its own."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment["SOURCE_DATE_EPOCH"] = "1795219200"  # ages of prices count to 2026-11-21
    with TemporaryDirectory() as folder:
        # Without folders of kernels there is one: ipykernel of this Python. Its sockets are files, so no network is used.
        specifications = KernelSpecManager(kernel_dirs=[])
        manager = AsyncKernelManager(kernel_spec_manager=specifications, transport="ipc", ip=f"{folder}/kernel")
        client = NotebookClient(copy, km=manager, timeout=TIME_LIMIT, record_timing=False, coalesce_streams=True)
        client.execute(cwd=folder, env=environment | {"IPYTHONDIR": folder, "PYTHONPATH": str(ROOT)}, cleanup_kc=True)
    copy.metadata = nbformat.from_dict(METADATA)
    for cell in copy.cells:
        cell.metadata = nbformat.from_dict({})
    return copy


def outputs(cell):
    """Return what a code cell shows, as pairs of a type and its text; pictures without their bytes."""
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append((output.name, output.text))
        elif output.output_type == "error":
            shown.append(("error", output.evalue))
        else:
            shown += [(kind, "" if kind.startswith("image/") else data) for kind, data in sorted(output.data.items())]
    return shown


if __name__ == "__main__":
    nbformat.write(executed(read()), NOTEBOOK)
    sys.stdout.write(f"wrote {NOTEBOOK}\n")
