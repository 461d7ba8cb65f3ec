"""Layers of a scenario become inputs, a graph and a plan, or are refused with all their issues: one file a stage."""

from simulator.scenario.assemble.context import MOST_ISSUES
from simulator.scenario.assemble.pipeline import Base, read

__all__ = ["MOST_ISSUES", "Base", "read"]
