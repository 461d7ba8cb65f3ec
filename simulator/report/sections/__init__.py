"""Sections of a report: each file turns a part of a study into blocks."""
