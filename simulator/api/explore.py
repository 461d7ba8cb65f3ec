"""The explorer: a page that recomputes scenarios in the browser."""

from collections.abc import Callable, Sequence

from simulator.api.arguments import Openable, opened, run_options, several_opened
from simulator.api.sources import labels
from simulator.api.values import File, file_of
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.core.suggestions import InvalidValueError
from simulator.report.explorer.result import Exploration, explore_scenarios, words_of


def explore(
    *sources: Openable,
    file: File | None = None,
    names: Sequence[str] | None = None,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Callable[[str], None] | None = None,
) -> Exploration:
    """Return a page that recomputes scenarios in the browser as drivers, choices, shocks and levers change.

    Parameters
    ----------
    *sources : str, path, mapping or OpenScenario
        The scenarios, in one money. A name may be followed by changes, as in ``"gpt-4:basis=rented"``. A ``Scenario`` of
        `read` cannot be varied.
    file : path or None
        File to write the page to, such as ``"explorer.html"``. Without it, nothing is written.
    names : sequence of str or None
        Name of each scenario on the page.
    draws : float, default 100,000
        Number of draws of the run that the unchanged case shows; the page itself holds 4,096 or 8,192.
    seed, interval, threads
        As in `budget`.
    progress : callable or None
        Called with the name of each step that begins.

    Returns
    -------
    Exploration
        ``html``, and the figures of the unchanged ``scenarios``; ``save`` writes the page.

    Raises
    ------
    UnsupportedError
        For a run under way, or scenarios in different money.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    report : A report with all analyses of a scenario.

    Notes
    -----
    The browser computes with the same formulas and joint draws as Python, and never reweights. A formula of yours that does
    not compile keeps its draws on the page, and ``notes`` says so.

    Examples
    --------
    >>> import llmcost
    >>> exploration = llmcost.explore("gpt-4", draws=2000)
    >>> exploration.scenarios[0].levers > 0
    True

    """
    options = run_options(draws, seed, interval, threads)
    if not sources:
        raise InvalidValueError("an explorer needs a scenario")
    if progress is not None and not callable(progress):
        raise InvalidValueError("progress of an explorer must be a function of the name of a step")
    path = None if file is None else file_of(file, "file")
    sources = several_opened(sources)
    several = [opened(source) for source in sources]
    step = progress or _ignore
    exploration = explore_scenarios(several, labels(sources, names), [words_of(each) for each in several], options, step)
    if path is not None:
        exploration.save(path)
    return exploration


def _ignore(_: str) -> None:
    """Report no progress."""
