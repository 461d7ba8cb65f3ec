"""Foundations of the package: errors, units, formatting, files, resources."""
