"""Trials of remedies: each is applied to the scenario, which is assembled again, before a message proposes it.

A remedy works if its issue is resolved and no new issue appears. If none works alone, each is combined with a remedy for the
remaining issue. The number of trials is bounded, and there are none for a valid scenario without notes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from simulator.core.errors import Issue, Place
from simulator.core.results import Note
from simulator.core.suggestions import Remedy, did_you_mean, is_misspelt
from simulator.engine.adjustments import Adjustment, adjustment_note
from simulator.scenario import library
from simulator.scenario.layers import Layer
from simulator.scenario.remedy_application import apply, or_remove_duplicate, size

MOST_TRIALS = 60
"""Maximum number of assemblies for the messages of one scenario; each takes some milliseconds."""
MOST_WORK = 30_000
"""Maximum number of keys and values that all these assemblies may read in total."""
MOST_REMEDIES = 6
MOST_SECOND_REMEDIES = 2
"""Maximum number of remedies tried for one issue, and for the issue that remains after one of them."""


class NoteWithRemedies(NamedTuple):
    """A note whose remedies are not tried yet.

    `code` and `subject` are those of the note. Where it is on an adjustment, the message of the issue leaves out its name.
    """

    code: str
    subject: str
    issue: Issue
    adjustment: Adjustment | None = None

    def complete(self, issue: Issue) -> Note:
        """Return the note for its issue, the message of which is completed with a remedy."""
        if self.adjustment is None:
            return Note(self.code, self.subject, issue.message)
        statement = self.issue.message
        return adjustment_note(self.code, self.adjustment, statement, issue.message.removeprefix(statement))


class AssemblyReport(NamedTuple):
    """The result of an assembly: issues, notes, warnings, and whether it reached a plan."""

    issues: tuple[Issue, ...]
    notes: tuple[NoteWithRemedies, ...] = ()
    warnings: tuple[str, ...] = ()
    is_planned: bool = True


Assemble = Callable[[list[Layer]], AssemblyReport]


@dataclass
class Trials:
    """Tries remedies by assembling the scenario again; `remaining` is the number of trials left."""

    assemble: Assemble
    remaining: int = MOST_TRIALS

    @classmethod
    def of(cls, assemble: Assemble, layers: list[Layer]) -> "Trials":
        """Return trials for a scenario, fewer of them for long files, to limit the time."""
        total_size = sum(size(layer.node) for layer in layers if not layer.node.place.file.startswith(library.LIBRARY_LABEL))
        return cls(assemble, min(MOST_TRIALS, MOST_WORK // max(1, total_size)))

    def complete(self, issues: Sequence[Issue], layers: list[Layer], before: AssemblyReport) -> list[Issue]:
        """Return the issues, their messages completed with a remedy that works, or else with their alternative text."""
        return [self._complete_issue(issue, layers, before) for issue in issues]

    def _complete_issue(self, issue: Issue, layers: list[Layer], before: AssemblyReport) -> Issue:
        single = self._try_each(issue, layers, before)
        if single.text:
            return _with_text(issue, single.text)
        if single.names:
            return _with_text(issue, did_you_mean(single.names))
        return _with_text(issue, self._try_pairs(issue, before, single.failures) or single.missing_text or issue.fallback)

    def _try_each(self, issue: Issue, layers: list[Layer], before: AssemblyReport) -> "_SingleTrials":
        """Try each remedy by itself, until one that is not a name works, or enough names do."""
        trials = _SingleTrials()
        for proposed in islice(issue.remedies(), MOST_REMEDIES) if self.remaining > 0 else ():
            remedy = or_remove_duplicate(layers, issue.place, proposed)
            changed_layers = apply(layers, issue.place, remedy)
            if changed_layers is None or (trials.names and not remedy.name) or not self._take_trial():
                continue
            after = self.assemble(changed_layers)
            unresolved = _remaining_issues(issue, remedy, before, after)
            if unresolved:
                trials.add_failure(issue, remedy, changed_layers, after, unresolved)
            elif not remedy.name:
                trials.text = remedy.text
                break
            else:
                trials.names.append(remedy.name)
                if len(trials.names) == issue.max_names:
                    break
        return trials

    def _try_pairs(self, issue: Issue, before: AssemblyReport, failures: "Sequence[_Failure]") -> str:
        """Return the text of a remedy that works together with one for the issue that remains, or an empty text."""
        for remedy, changed_layers, after, second_issue in failures:
            for second_remedy in islice(second_issue.remedies(), MOST_SECOND_REMEDIES) if self.remaining > 0 else ():
                changes_more = bool(second_remedy.settings) or second_remedy.remove is not None
                if remedy.name and changes_more and not is_misspelt(issue.key, remedy.name):
                    continue  # a name that fits only where something else changes is not what was meant
                combined = apply(changed_layers, second_issue.place, second_remedy)
                if combined is None or not self._take_trial():
                    continue
                final = self.assemble(combined)
                if not _remaining_issues(second_issue, second_remedy, after, final) and not _remaining_issues(
                    issue, remedy, before, final
                ):
                    return _join_proposals(remedy.text, second_remedy.text, second_issue.place)
        return ""

    def _take_trial(self) -> bool:
        self.remaining -= 1
        return self.remaining >= 0


class _Failure(NamedTuple):
    """A remedy after which one issue remains."""

    remedy: Remedy
    changed_layers: list[Layer]
    after: AssemblyReport
    remaining_issue: Issue


@dataclass
class _SingleTrials:
    """What came of trying the remedies of an issue one by one."""

    text: str = ""
    """The proposal that works, if any."""
    names: list[str] = field(default_factory=list)
    """The names that work in place of the one that was written."""
    failures: list[_Failure] = field(default_factory=list)
    missing_text: str = ""
    """A proposal that would work together with quantities that are missing."""

    def add_failure(
        self, issue: Issue, remedy: Remedy, changed_layers: list[Layer], after: AssemblyReport, unresolved: Sequence[Issue]
    ) -> None:
        """Keep what a remedy after which issues remain is good for."""
        if len(unresolved) == 1:
            self.failures.append(_Failure(remedy, changed_layers, after, unresolved[0]))
        needs_only_others = all(each.missing not in ("", issue.missing) for each in unresolved)
        if remedy.settings and not self.missing_text and needs_only_others:
            missing = ", ".join(dict.fromkeys(each.missing for each in unresolved))
            self.missing_text = f"{remedy.text}, which would need {missing} too"


def _join_proposals(first: str, second: str, second_place: Place) -> str:
    """Join two proposals; after a question, the second is a sentence of its own. The same one twice names both places."""
    if first == second:
        return f"{first} and that of {second_place}"
    return f"{first} And {second.lstrip(':;, ')}" if first.endswith("?") else first + second


def _with_text(issue: Issue, text: str) -> Issue:
    return replace(issue, message=issue.message + text, remedies=tuple, fallback="")


def _remaining_issues(issue: Issue, remedy: Remedy, before: AssemblyReport, after: AssemblyReport) -> list[Issue]:
    """Return the issues after a remedy: the original issue if it is unresolved, and new ones.

    An assembly that gets further than the one before may report issues that existed already; these count only if they concern
    what the remedy changed.
    """
    earlier = {_identity(each) for each in (*before.issues, *(note.issue for note in before.notes))}
    current = (*after.issues, *(note.issue for note in after.notes)) if issue.unused else after.issues
    unresolved = [each for each in current if _identity(each) == _identity(issue)]
    new_issues = [each for each in after.issues if _identity(each) not in earlier]
    if after.is_planned and not before.is_planned:
        changed_keys = {remedy.name, *(key for key, _ in remedy.settings)}
        new_issues = [each for each in new_issues if each.place == issue.place or each.key in changed_keys]
    if remedy.edit is not None and not remedy.name and not unresolved and not new_issues:
        # Another reading of a number is not a remedy if the number is then implausible.
        new_issues = [
            Issue(issue.place, issue.key, warning) for warning in after.warnings if warning.startswith(f"{issue.place}: ")
        ]
    return unresolved + new_issues


def _identity(issue: Issue) -> tuple[Place, str, str]:
    """Return what identifies an issue; its message may change with a remedy at another place."""
    return issue.place, issue.key, issue.missing
