"""Where the tests find the project, their cases, and tables that are not part of it."""

import os
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
CASES = TESTS / "cases"
SHARED = Path(os.environ.get("LLMCOST_SHARED", ROOT.parent / "shared")) / "data"
