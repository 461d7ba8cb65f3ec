"""The command line: one command, one file; a command parses, calls, prints."""

from simulator.cli.app import group, main

__all__ = ["group", "main"]
