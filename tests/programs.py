"""Programs that some tests need: a browser and LibreOffice.

Without one, `make test` skips its tests and says so. `make test-all` sets LLMCOST_REQUIRE, and a program that it names must be
there.
"""

import os
import shutil

import pytest

PROGRAMS = {
    "browser": (("chromium", "chromium-browser", "google-chrome"), "no page was opened in a browser"),
    "office": (("soffice", "libreoffice"), "no workbook was recalculated"),
}
"""For each kind the names of its program, and what is not tested without it."""
REQUIRED = "LLMCOST_REQUIRE"


def required_kinds():
    """Return the kinds of programs that must be there; an unknown name is an error."""
    kinds = [kind.strip() for kind in os.environ.get(REQUIRED, "").split(",") if kind.strip()]
    unknown = sorted(set(kinds) - set(PROGRAMS))
    if unknown:
        raise pytest.UsageError(f"{REQUIRED}: no program {', '.join(unknown)}; there are {', '.join(PROGRAMS)}")
    return kinds


def program(kind):
    """Return the path of a program; skip the test without it, or fail where it is required."""
    names, consequence = PROGRAMS[kind]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is not None:
        return found
    message = f"none of {', '.join(names)} is on the PATH: {consequence}"
    if kind in required_kinds():
        pytest.fail(f"{message}; {REQUIRED} names {kind}")
    pytest.skip(f"{message} (`make test-all` requires it)")
