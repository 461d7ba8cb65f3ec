"""Reading of JSON files that this tool wrote earlier."""

import json
from pathlib import Path
from typing import Any

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.scenario.text import read_text


def read_json(path: Path) -> Any:
    """Return the content of a JSON file of an earlier run; raise `InvalidInputError` if it is not JSON."""
    text = read_text(path, str(path))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        issue = Issue(Place(str(path), error.lineno, error.colno), "", f"cannot be read as JSON: {error.msg}")
    except (ValueError, RecursionError):
        issue = Issue(Place(str(path)), "", "cannot be read as JSON: a number is too long, or it is nested too deeply")
    raise InvalidInputError([issue])
