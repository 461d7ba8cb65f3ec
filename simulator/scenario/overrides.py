"""Options that override parts of a scenario, and a scenario that is read once and varied cheaply."""

import os
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.files import check_output_file, write_text_atomically
from simulator.core.formatting import one_line
from simulator.core.suggestions import InvalidValueError
from simulator.engine.scenario import Scenario
from simulator.scenario import arguments
from simulator.scenario.arguments import Pair, Sets
from simulator.scenario.assemble.pipeline import Assembly, Base
from simulator.scenario.layers import MERGED, Assignment, Layer, command_line_layer, layers_of
from simulator.scenario.plain import MAPPING_LABEL, mapping_name, node_of_mapping
from simulator.scenario.writing import scenario_text

Source: TypeAlias = str | os.PathLike[str] | Mapping[str, object]
"""A scenario by built-in name, by path, `-` for standard input, or as a mapping with the keys of a file."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is set on top of a scenario file.

    Attributes
    ----------
    sets : tuple of str or Assignment
        `NAME=VALUE` in the grammar of the file, or a name and a value from Python.
    levers, shocks : tuple of str
        Names of the library that are applied.
    basis : str or None
        `owned`, `purchased` or `rented`.
    budget : str or None
        The budget, such as `12e6`.
    formulas : tuple of callable
        Functions that are added to those of the model and override them.
    allow_unused : bool
        Whether a setting without effect is no error, for settings that apply to another reading of the same scenario.
    correlations : dict of (str, str) to float
        Rank correlations of priors.
    from_python : bool
        Whether messages name the arguments of a function rather than the options of the command line.

    """

    sets: tuple[str | Assignment, ...] = ()
    levers: tuple[str, ...] = ()
    shocks: tuple[str, ...] = ()
    basis: str | None = None
    budget: str | None = None
    formulas: tuple[Callable[..., Any], ...] = ()
    allow_unused: bool = False
    correlations: Mapping[Pair, float] = field(default_factory=dict)
    from_python: bool = False


NO_OVERRIDES = Overrides()
"""The scenario as its file has it."""


def settings_of(overrides: Overrides) -> dict[str, str]:
    """Return the options that set something, by what they set; raise `InvalidInputError` where two set the same."""
    found: dict[str, str] = {}
    singles = [("basis", "--basis", overrides.basis), ("budget", "--budget", overrides.budget)]
    pairs = [(key, option) for key, option, value in singles if value is not None]
    pairs += [(each.partition("=")[0].strip() if isinstance(each, str) else each.name, "--set") for each in overrides.sets]
    issues = []
    for name, option in pairs:
        if name in found and not (name in MERGED and option == "--set"):
            others = "" if found[name] == option else f", here and by {found[name]}"
            issues.append(Issue(Place(option), name, f"is set twice{others}; keep one"))
        found.setdefault(name, option)
    if issues:
        raise InvalidInputError(issues)
    return found


class OpenScenario:
    """A scenario whose files were read and validated once; `scenario` is the scenario, `with_` a variant of it.

    Made by `open_scenario`. A variant shares the files, so many variants cost little.

    Parameters
    ----------
    base : Base
        Files and formulas.
    overrides : Overrides
        What is set on top.

    Examples
    --------
    >>> import llmcost
    >>> gpt4 = llmcost.open_scenario("gpt-4")
    >>> rented = gpt4.with_(basis="rented")
    >>> rented.scenario.name
    'gpt-4'
    >>> rented
    <OpenScenario gpt-4: basis=rented>

    """

    def __init__(self, base: Base, overrides: Overrides) -> None:
        self.base, self.overrides = base, overrides

    def __repr__(self) -> str:
        mine = self.overrides
        changes = [each if isinstance(each, str) else each.name for each in (*mine.sets, *mine.levers, *mine.shocks)]
        changes += [f"{key}={value}" for key, value in (("basis", mine.basis), ("budget", mine.budget)) if value is not None]
        changes += [" and ".join(pair) for pair in mine.correlations]
        return f"<OpenScenario {one_line(self.base.reference)}{one_line(': ' + ', '.join(changes), 80) if changes else ''}>"

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario; raises `InvalidInputError` with all issues."""
        try:
            return self.base.scenario_of(self._assembly())
        except InvalidInputError as error:
            raise self._own_error(error) from None

    def scenario_or_issue(self, notes_on: str = "", *, remedies: bool = True) -> Scenario | Issue:
        """Return the scenario, or its first issue, in less time than all issues of `scenario` take.

        Of the notes that propose a change of the scenario, only those on the adjustment with the full name `notes_on` are
        included, such as `lever/spot-instances`.

        Parameters
        ----------
        notes_on : str, optional
            Full name of a lever or shock.
        remedies : bool, optional
            Whether remedies are tried; without them, issues and notes have their alternative text.

        Returns
        -------
        Scenario or Issue

        Raises
        ------
        InvalidInputError
            If a text is not in the grammar of a file.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.open_scenario("gpt-4", sets={"chipss": 100}).scenario_or_issue().key
        'chipss'

        """
        try:
            found = self.base.scenario_or_issue(self._assembly(), notes_on, remedies=remedies)
        except InvalidInputError as error:
            raise self._own_error(error) from None
        return arguments.name_argument(found) if isinstance(found, Issue) and self.overrides.from_python else found

    def try_scenario(self) -> Scenario | Issue:
        """Return the scenario, or its first issue as it is: no remedy is tried, which takes most of the time of a refusal.

        Returns
        -------
        Scenario or Issue

        Raises
        ------
        InvalidInputError
            If a text is not in the grammar of a file.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.open_scenario("gpt-4", sets={"precision": "fp8"}).try_scenario().key
        'chip'

        """
        _, scenario, report = self._assembly()
        return report.issues[0] if scenario is None else scenario

    def _assembly(self) -> Assembly:
        """Return the assembly of the files and the overrides."""
        mine = self.overrides
        key = (mine.sets, mine.levers, mine.shocks, mine.basis, mine.budget, tuple(mine.correlations.items()))
        is_text = all(isinstance(each, str) for each in mine.sets)  # a value from Python may be an array
        return self.base.assemble(self._layers, key if is_text else None)

    def _own_error(self, error: InvalidInputError) -> InvalidInputError:
        """Return an error whose issues name arguments, where the scenario was opened in Python."""
        if not self.overrides.from_python:
            return error
        return InvalidInputError([arguments.name_argument(issue) for issue in error.issues])

    def _layers(self) -> list[Layer]:
        """Return the layer of the overrides, if there are any."""
        layer = command_line_layer(
            self.overrides.sets,
            self.overrides.basis,
            self.overrides.budget,
            self.overrides.levers,
            self.overrides.shocks,
            self.base.group_items,
            self.overrides.correlations,
        )
        return [] if layer is None else [layer]

    def with_(
        self,
        *,
        sets: Sets | None = None,
        levers: str | Iterable[str] = (),
        shocks: str | Iterable[str] = (),
        basis: str | None = None,
        budget: str | float | None = None,
        correlations: Mapping[Pair, float] | None = None,
        formulas: Callable[..., Any] | Iterable[Callable[..., Any]] = (),
        money: str | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> "OpenScenario":
        """Return the same files with more overrides.

        Settings, levers, shocks, correlations, formulas and rates are added; basis, budget and money replace earlier ones.

        Parameters
        ----------
        sets : mapping or iterable of str, optional
            Values by name: text in the grammar of a file, numbers, priors, arrays of observed values, mappings. Or texts
            `NAME=VALUE`. A quantity of an item has its name, as in `team.salary`.
        levers, shocks : str or iterable of str, optional
            Names of the library (`llmcost list levers`).
        basis : str, optional
            `owned`, `purchased` or `rented`.
        budget : float or str, optional
            The budget, in the money of the outputs, or a text with its currency.
        correlations : mapping of pairs of names to float, optional
            Spearman rank correlations of priors, -1 to 1.
        formulas : callable or iterable of callable, optional
            Functions with units for all values (`llmcost.units`), which are added to those of the model or replace them.
        money : str, optional
            Money of all outputs, such as `2026 EUR`; by default that of the prices of the scenario.
        rates : mapping of str to float, optional
            Units of a currency for one USD, such as `{"EUR": 0.86}`.

        Returns
        -------
        OpenScenario

        Raises
        ------
        InvalidInputError
            If an argument has the wrong form. What concerns the scenario as a whole is raised by `scenario`.

        Examples
        --------
        >>> import llmcost
        >>> gpt4 = llmcost.open_scenario("gpt-4")
        >>> gpt4.with_(sets={"chips": 20_000}, budget=80e6).scenario.budget
        80000000.0

        """
        mine = self.overrides
        more_formulas = arguments.formulas_of(formulas)
        more_sets = (*arguments.assignments_of(sets), *arguments.money_of(money, rates))
        own = Overrides(
            more_sets,
            basis=None if basis is None else arguments.basis_of(basis),
            budget=None if budget is None else arguments.amount_of(budget),
        )
        try:
            settings_of(own)
        except InvalidInputError as error:
            raise InvalidInputError([arguments.name_argument(issue) for issue in error.issues]) from None
        return OpenScenario(
            self.base.with_formulas(more_formulas) if more_formulas else self.base,
            replace(
                mine,
                sets=(*mine.sets, *more_sets),
                levers=(*mine.levers, *arguments.names_of(levers, "levers")),
                shocks=(*mine.shocks, *arguments.names_of(shocks, "shocks")),
                basis=mine.basis if own.basis is None else own.basis,
                budget=mine.budget if own.budget is None else own.budget,
                correlations={**mine.correlations, **arguments.correlations_of(correlations)},
                formulas=(*mine.formulas, *more_formulas),
            ),
        )

    def to_yaml(self) -> str:
        """Return the scenario as the text of a scenario file.

        A built-in scenario is extended; a file or a mapping is written out, with what was set on top of it.

        Returns
        -------
        str
            YAML that is read as the same scenario, with the same `fingerprint`.

        Raises
        ------
        InvalidInputError
            If the scenario is invalid.
        UnsupportedError
            If a file cannot hold it: it uses formulas of your own, or more values than a file may have.

        See Also
        --------
        OpenScenario.save : Write it to a file.

        Examples
        --------
        >>> import llmcost
        >>> ours = llmcost.open_scenario("gpt-4", sets={"chip_price": llmcost.between(10_000, 16_000)}, budget=80e6)
        >>> print(ours.to_yaml())
        extends: gpt-4
        chip_price:
          value: 10000.0 to 16000.0
        budget: 80000000.0

        """
        return self._text("the text of a file", self.base.layers[-1].home)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the scenario to a scenario file, completely or not at all.

        Parameters
        ----------
        path : str or path-like
            File that ends in `.yaml` or `.yml`. A file that the scenario extends must be in its folder or below.

        Raises
        ------
        InvalidInputError
            If the scenario is invalid, or the file cannot be written.
        InvalidValueError
            If `path` is none, or has another suffix.
        UnsupportedError
            As for `to_yaml`.

        Examples
        --------
        >>> import llmcost, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "ours.yaml"
        >>> ours = llmcost.open_scenario("gpt-4", sets={"chips": 20_000})
        >>> ours.save(path)
        >>> llmcost.read(path).fingerprint == ours.scenario.fingerprint
        True

        """
        if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
            raise InvalidValueError(f"a file is named by a path, not {one_line(repr(path))}")
        file = Path(path)
        check_output_file(file, (".yaml", ".yml"))
        text = self._text(str(file), file.resolve().parent)
        try:
            write_text_atomically(file, text)
        except OSError as error:
            raise InvalidInputError([Issue(Place(str(file)), "", f"cannot be written: {error.strerror}")]) from None

    def _text(self, label: str, home: Path | None) -> str:
        layers = self._layers()
        scenario = self.scenario
        return scenario_text(self.base, self.base.with_layers(layers)[-1] if layers else None, scenario, label, home)

    def combined(self) -> Base:
        """Return the files with what is set on top as their last layer.

        Returns
        -------
        Base

        Examples
        --------
        >>> import llmcost
        >>> len(llmcost.open_scenario("gpt-4", budget=1e6).combined().layers) - len(llmcost.open_scenario("gpt-4").base.layers)
        1

        """
        return self.base.including(self._layers())

    def allowing_unused(self) -> "OpenScenario":
        """Return the same scenario, in which a setting without effect is no error.

        Returns
        -------
        OpenScenario

        Examples
        --------
        >>> import llmcost
        >>> llmcost.open_scenario("gpt-4", sets={"mfu": 0.4}).allowing_unused().scenario.unused_options
        ('mfu',)

        """
        base = copy(self.base)
        base.allow_unused = True
        return OpenScenario(base, replace(self.overrides, allow_unused=True))

    def without_shocks(self) -> "OpenScenario":
        """Return the same scenario without the shocks of its overrides.

        Returns
        -------
        OpenScenario

        Examples
        --------
        >>> import llmcost
        >>> llmcost.open_scenario("gpt-4", shocks="chip-price-double").without_shocks()
        <OpenScenario gpt-4>

        """
        return OpenScenario(self.base, replace(self.overrides, shocks=()))


def with_memory(opened: OpenScenario) -> OpenScenario:
    """Return the same scenario, which keeps every variant of it, so that none is assembled twice.

    A scenario that has a memory already keeps it.
    """
    if opened.base.memory is not None:
        return opened
    base = copy(opened.base)
    base.memory = {}
    return OpenScenario(base, opened.overrides)


def open_scenario(reference: str, overrides: Overrides = NO_OVERRIDES) -> OpenScenario:
    """Read a scenario by built-in name, path, or `-` for standard input, and validate its files.

    Raises `InvalidInputError` for files that cannot be read; what concerns the scenario as a whole is raised by `scenario`.
    """
    base = Base(reference, layers_of(reference), overrides.formulas, allow_unused=overrides.allow_unused)
    return OpenScenario(base, overrides)


def open_source(source: Source) -> OpenScenario:
    """Read a scenario in one of the forms of `Source`, for Python: its messages name arguments, not options.

    Raises `InvalidInputError` for what cannot be read, and `InvalidValueError` for what is no source.
    """
    if isinstance(source, Mapping):
        return open_mapping(source)
    if not isinstance(source, str | os.PathLike) or not isinstance(os.fspath(source), str):
        message = f"a scenario is a built-in name, a path, a mapping or `open_scenario(...)`, not {one_line(repr(source))}"
        raise InvalidValueError(message)
    return open_scenario(os.fspath(source), Overrides(from_python=True))


def open_mapping(source: Mapping[str, object], label: str = MAPPING_LABEL) -> OpenScenario:
    """Read a scenario from a mapping. Its name is its title, or the label, by which messages call it."""
    layers = layers_of(label, (node_of_mapping(source, label), Path.cwd()))
    return OpenScenario(Base(mapping_name(source, label), layers), Overrides(from_python=True))


def read(
    reference: str,
    *,
    sets: Iterable[str] = (),
    levers: Iterable[str] = (),
    shocks: Iterable[str] = (),
    basis: str | None = None,
    budget: str | None = None,
    formulas: Iterable[Callable[..., Any]] = (),
    allow_unused: bool = False,
) -> Scenario:
    """Read a scenario; the options are those of `Overrides`. Raises `InvalidInputError` with all issues."""
    overrides = Overrides(tuple(sets), tuple(levers), tuple(shocks), basis, budget, tuple(formulas), allow_unused)
    return open_scenario(reference, overrides).scenario
