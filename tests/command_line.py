"""The command line in a process of its own."""

import subprocess
import sys

COMMAND = [sys.executable, "-m", "simulator"]


def run_llmcost(*arguments, **options):
    """Run `llmcost` with arguments; options are those of `subprocess.run`."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)
