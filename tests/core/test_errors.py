"""Every exception of the package has the one base class, and a name that says so."""

import importlib
import pkgutil

import simulator
from simulator.core.errors import LlmcostError

SIGNALS = {"TerminationRequest", "_Interrupted"}
"""Signals of the operating system as exceptions, which no `except Exception` may stop."""


def exceptions():
    """Yield the exceptions that modules of the package define."""
    for module in pkgutil.walk_packages(simulator.__path__, "simulator."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                if (
                    isinstance(value, type)
                    and issubclass(value, BaseException)
                    and value.__module__ in (module.name, "llmcost")
                ):
                    yield value


def test_all_exceptions_derive_from_one_and_end_in_error():
    found = {each for each in exceptions() if each.__name__ not in SIGNALS}
    assert len(found) > 10
    assert all(issubclass(each, LlmcostError) and each.__name__.endswith("Error") for each in found)
