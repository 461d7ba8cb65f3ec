"""Assembly of a scenario from its layers: inputs, a graph and a plan, or all issues. Each stage is a module."""

from simulator.scenario.assemble.context import MOST_ISSUES
from simulator.scenario.assemble.pipeline import Base

__all__ = ["MOST_ISSUES", "Base"]
