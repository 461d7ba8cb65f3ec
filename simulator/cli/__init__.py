"""The command line. Each command has a file that parses its options, calls the library and prints the result."""

from simulator.cli.app import group, main

__all__ = ["group", "main"]
