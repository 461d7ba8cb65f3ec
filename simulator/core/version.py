"""The version of this package."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def tool_version() -> str:
    """Return the version of the installed distribution."""
    try:
        return version("llmcost")
    except PackageNotFoundError:
        return "unknown"
