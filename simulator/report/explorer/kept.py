"""What a page cannot compute: quantities whose formulas do not compile, which keep their draws, and all that they depend on.

A change of what such a quantity depends on would not reach it, so the page offers none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulator.core.formatting import to_words
from simulator.engine.compile.program import compile_plan
from simulator.engine.scenario import TOTAL, Scenario
from simulator.figures.comparisons import join_names
from simulator.figures.phrases import sentence


@dataclass(frozen=True)
class Kept:
    """Quantities that keep their draws, whatever changes on the page.

    Attributes
    ----------
    is_searched : dict of str to bool
        For each of these quantities whether its value is searched for; if not, its formula does not compile.
    behind : set of str
        All quantities on which one of them depends.

    """

    is_searched: Mapping[str, bool]
    behind: frozenset[str]

    @property
    def sentence(self) -> str:
        """What the page says of these quantities, or an empty text."""
        if not self.is_searched:
            return ""
        their, depend = ("their", "they depend") if len(self.is_searched) > 1 else ("its", "it depends")
        return f"{self._names} {self._reason}, so {their} draws stay as they are, and what {depend} on has no control"

    def notice(self, inputs: Sequence[str]) -> str:
        """Return what the page says of important inputs that are no sliders, or an empty text."""
        if not inputs:
            return ""
        many = len(inputs) > 1
        head = "Not sliders here, though they are" if many else "Not a slider here, though it is"
        return (
            f"{head} among the inputs that matter most: {join_names([to_words(each) for each in inputs])}. "
            f"{sentence(self.dependence('them' if many else 'it'))}; use llmcost run --set."
        )

    def dependence(self, on: str) -> str:
        """Return a clause: they depend on something, and why a page cannot compute them."""
        return f"{self._names} {'depend' if len(self.is_searched) > 1 else 'depends'} on {on}, and {self._reason}"

    @property
    def _names(self) -> str:
        return join_names([to_words(each) for each in self.is_searched])

    @property
    def _reason(self) -> str:
        many = len(self.is_searched) > 1
        if all(self.is_searched.values()):
            return f"{'are' if many else 'is'} searched for, which a page cannot do"
        return "have formulas that do not translate to a page" if many else "has a formula that does not translate to a page"


def quantity_of(name: str) -> str:
    """Return the quantity of an input, whose name also says which adjustments change it."""
    return name.partition(" before ")[0]


def find_kept(scenarios: Iterable[Scenario]) -> Kept:
    """Return what keeps its draws in one of some scenarios, so that no control differs between choices in what it reaches."""
    is_searched: dict[str, bool] = {}
    behind: set[str] = set()
    for scenario in scenarios:
        program = compile_plan(scenario.plan, [TOTAL, *scenario.lines])
        for name in program.uncompiled:
            is_searched[quantity_of(name)] = name in program.searched
        behind.update(map(quantity_of, program.behind))
    return Kept(is_searched, frozenset(behind))
