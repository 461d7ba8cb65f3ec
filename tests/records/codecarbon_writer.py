"""Write runs with the classes of a release of codecarbon: `python codecarbon_writer.py WHEEL FILE < RUNS`.

The release is imported from its wheel. Other packages that it imports are replaced, but for pandas: none of them takes part in
the writing of a file.
"""

import dataclasses
import importlib
import importlib.machinery
import inspect
import json
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pandas  # noqa: F401, which later releases write with


class _Replacements:
    """Finds a replacement for each module of a package that is neither loaded nor of Python itself."""

    def find_spec(self, name, path=None, target=None):
        package = name.partition(".")[0]
        if package in sys.stdlib_module_names or package == "codecarbon":
            return None
        is_loaded = package in sys.modules and not isinstance(sys.modules[package], MagicMock)
        return None if is_loaded else importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return MagicMock(__name__=spec.name, __path__=[], __spec__=spec)

    def exec_module(self, module):
        pass


def _value(field, text):
    """Return a text as the type of its field."""
    kind = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", "")
    if kind in ("float", "int"):
        return (float if kind == "float" else int)(text or 0)
    return text


def write(wheel, path, runs):
    """Write a file of runs."""
    package = ModuleType("codecarbon")  # without its first module, which imports the tracker too
    package.__path__ = [f"{wheel}/codecarbon"]
    sys.modules["codecarbon"] = package
    sys.meta_path.insert(0, _Replacements())
    output = importlib.import_module("codecarbon.output")
    sys.meta_path.pop(0)
    fields = dataclasses.fields(output.EmissionsData)
    names = inspect.signature(output.FileOutput).parameters
    if "output_dir" in names:
        file = output.FileOutput(path.name, str(path.parent))
    else:
        file = output.FileOutput(*[str(path), "append"][: len(names)])
    several = len(inspect.signature(file.out).parameters) > 1
    for run in runs:
        data = output.EmissionsData(**{field.name: _value(field, run.get(field.name, "")) for field in fields})
        file.out(data, data) if several else file.out(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), json.load(sys.stdin))
