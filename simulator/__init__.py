"""What may this LLM cost, how sure is that, what drives it, and what would break it?

import simulator
result = simulator.simulate(simulator.read("gpt-4"), draws=100_000)
print(simulator.headline(result))
"""

from typing import Any

_WHERE = {
    "read": "simulator.scenario",
    "Scenario": "simulator.scenario",
    "Rejected": "simulator.scenario",
    "simulate": "simulator.simulate",
    "Result": "simulator.simulate",
    "spread": "simulator.summary",
    "headline": "simulator.results",
    "as_json": "simulator.results",
    "to_tree": "simulator.results",
    "save": "simulator.results",
}

__all__ = ["Rejected", "Result", "Scenario", "as_json", "headline", "read", "save", "simulate", "spread", "to_tree"]


def __getattr__(name: str) -> Any:
    """Load what is asked for on first use: a bare import stays as quick as Python itself."""
    if name not in _WHERE:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
