"""The command line in a process of its own."""

import os
import subprocess
import sys

import command_server

COMMAND = [sys.executable, "-m", "simulator"]


def run_llmcost(*arguments, cwd=None, input="", env=None):
    """Run `llmcost` with arguments; options are those of `subprocess.run`.

    The process is a fork of one that has loaded `llmcost`; with an environment of its own, which Python itself may read when it
    starts, it is a new one.
    """
    words = [*map(str, arguments)]
    if env is None and hasattr(os, "fork"):
        return command_server.run(words, cwd=cwd, text=input)
    command = [*COMMAND, *words]
    return subprocess.run(command, cwd=cwd, input=input, env=env, capture_output=True, text=True, check=False, timeout=60)
