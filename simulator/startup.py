"""Start of the command line: what may go wrong before it is loaded ends with one line, not with a traceback.

It imports nothing that takes time, so that an interrupt is handled from the first milliseconds on.
"""

import gc
import os
import signal
import sys
from typing import NoReturn


def stop_early(*_: object) -> NoReturn:
    """End the process while the command line is being loaded: nothing was written yet."""
    os.write(2, b"llmcost: interrupted; no incomplete file was left\n")
    os._exit(130)


COLLECTION_THRESHOLDS = (50_000, 20, 20)
"""Objects and younger collections after which Python looks for unreachable cycles: with its own values, that search takes a
quarter of the processor time of a report. Arrays of draws are in no cycle, so they are freed as before."""


def start() -> NoReturn:
    """Load the command line and run it."""
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop_early)
    try:
        from simulator.cli import main
    except Exception as error:
        print(f"llmcost: cannot be loaded: {type(error).__name__}: {error}{describe_foreign_library()}", file=sys.stderr)
        sys.exit(1)
    main()


LIBRARIES = {
    "click": "click", "numpy": "numpy", "scipy": "scipy", "yaml": "PyYAML", "pydantic": "pydantic", "pint": "Pint",
    "rich": "rich", "xarray": "xarray", "h5netcdf": "h5netcdf", "matplotlib": "matplotlib", "pandas": "pandas",
    "jinja2": "Jinja2", "pymc": "pymc", "arviz": "arviz", "distributed": "distributed", "dask": "dask",
}  # fmt: skip
"""Modules that another file of the same name could stand in for, and their distributions."""


def describe_foreign_library() -> str:
    """Return which library was loaded from another place than it is installed in, such as a `numpy.py` on PYTHONPATH."""
    from importlib.metadata import PackageNotFoundError, distribution

    for name, package in LIBRARIES.items():
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is None:
            continue
        try:
            own = os.path.realpath(str(distribution(package).locate_file("")))
        except PackageNotFoundError:
            continue
        if not os.path.realpath(file).startswith(f"{own}{os.sep}"):
            return f"; {file} is loaded in place of the library {name}: remove it from PYTHONPATH, or run in another folder"
    return ""
