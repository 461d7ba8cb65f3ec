"""What a large language model costs, with uncertainty, its drivers and stress tests.

Two lines suffice::

    import llmcost
    print(llmcost.run("gpt-4").headline())

`dir(llmcost)` lists the public names, which `__init__.pyi` declares; each is imported on first use, so that importing the
package is fast. All exceptions that an argument can provoke derive from `LlmcostError`.
"""

import ast
from importlib import import_module
from pathlib import Path


def _modules() -> dict[str, str]:
    """Return the module of each public name, from the stub that type checkers read."""
    statements = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")).body
    imports = [statement for statement in statements if isinstance(statement, ast.ImportFrom)]
    return {alias.name: "." * each.level + (each.module or "") for each in imports for alias in each.names}


_MODULES = {"__version__": "simulator.core.version", **_modules()}
__all__ = sorted(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'llmcost' has no attribute {name!r}", name=name, obj=__import__(__name__))
    module = _MODULES[name]
    if name == "__version__":
        value = import_module(module).tool_version()
    else:
        value = import_module(f".{name}", __name__) if module == "." else getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
