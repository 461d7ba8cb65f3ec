"""Many scenarios of a grid, simulated with common random numbers."""

import os
from collections.abc import Callable, Iterable, Mapping

from simulator.analysis.sweep import SUFFIXES, Store, SweepResult, check_output, save
from simulator.analysis.sweep import sweep as sweep_grid
from simulator.api.arguments import ScenarioLike, one_of, opened, run_options, short
from simulator.api.values import File, file_of, flag
from simulator.core.errors import InvalidInputError
from simulator.core.files import check_output_file
from simulator.core.levels import Level
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress, RunOptions
from simulator.engine.sampling.methods import METHODS
from simulator.engine.scenario import Scenario
from simulator.scenario.arguments import formulas_of, name_argument
from simulator.scenario.grid import Grid, grid_of_scenario, read_grid
from simulator.scenario.overrides import OpenScenario

Formula = Callable[..., object]


def sweep(
    source: ScenarioLike,
    *,
    grid: Mapping[str, object] | None = None,
    method: str = "random",
    formulas: Formula | Iterable[Formula] = (),
    output: File | None = None,
    resume: bool = False,
    draws: float = 100_000,
    seed: int = 0,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> SweepResult:
    """Simulate every cell of a grid, a list or a Latin hypercube of scenarios.

    Parameters
    ----------
    source : str, path, mapping or OpenScenario
        With `grid`, a scenario in any form that can be varied. Without it, a scenario (usually only ``extends``) with one
        of the keys ``grid`` (values of each name, all combinations), ``list`` (cells with their changes) and
        ``latin-hypercube`` (``cells`` and ``over``).
    grid : mapping of str to sequence, optional
        Values of each name: lists, arrays, series or ranges, or a mapping of labels to values. The cells are all combinations.
    method : {"random", "sobol", "lhs"}
        Sampling method.
    formulas : callable or iterable of callable
        Your own formulas, added to those of the model.
    output : path or None
        File that the result is written to: ``.nc``, ``.zarr``, ``.csv`` or ``.json``. Finished cells are kept beside it until
        it is complete.
    resume : bool, default False
        Continue an interrupted sweep to the same `output`.
    draws : float, default 100,000
        Number of draws of each cell.
    seed, interval, threads
        As in `budget`.
    progress : callable or None
        Called with the number of cells done and their total.

    Returns
    -------
    SweepResult
        ``cells`` in the order of the grid; ``statistic("total_cost", "p80")`` is one figure of every cell,
        ``to_dataframe()`` and ``to_xarray()`` have all.

    Raises
    ------
    InvalidInputError
        With the issues of all cells.
    SweepInterruptedError
        If the sweep was interrupted; finished cells are then beside `output`.
    InvalidValueError, NonFiniteResultError
        As in `budget`.

    Notes
    -----
    All cells use common random numbers, so they differ by what is swept alone.

    Examples
    --------
    >>> import llmcost
    >>> result = llmcost.sweep({"extends": "gpt-4", "grid": {"chips": [16e3, 32e3], "basis": ["owned", "rented"]}}, draws=2000)
    >>> [variable.name for variable in result.variables]
    ['chips', 'basis']
    >>> cheapest, _ = result.extremes("total_cost")
    >>> result.cells[cheapest].at["chips"]
    '16000.0'
    >>> ours = llmcost.open_scenario("gpt-4", sets={"run_duration": "80 to 110 day"})
    >>> len(llmcost.sweep(ours, grid={"chips": range(16_000, 33_000, 8_000)}, draws=2000).cells)
    3

    """
    options = run_options(draws, seed, interval, threads, progress)
    sampling = one_of(method, "method", METHODS)
    path = None if output is None else file_of(output, "output")
    if flag(resume, "resume") and path is None:
        raise InvalidValueError("resume continues a sweep with an output: name it")
    store = None
    if path is not None:
        check_output_file(path, SUFFIXES)
        check_output(path)
        store = Store(path)
        if not resume and store.read():
            raise InvalidValueError(f"{store.path} holds cells of an interrupted sweep: resume it, or remove the file")
    cells = _cells(source, grid, formulas_of(formulas), options)
    result = sweep_grid(cells, options, method=sampling, store=store)
    if path is not None and store is not None:
        save(result, path)
        store.remove()
    return result


def _cells(source: ScenarioLike, grid: Mapping[str, object] | None, formulas: tuple[Formula, ...], options: RunOptions) -> Grid:
    """Return the cells of a grid over a scenario, or of a scenario that defines its sweep."""
    if grid is not None:
        if not isinstance(grid, Mapping):
            raise InvalidValueError(
                f"grid must be a mapping of names to values, such as {{'chips': [8192, 16384]}}, not {short(grid)}"
            )
        try:
            return grid_of_scenario(opened(source).with_(formulas=formulas).combined(), grid, progress=options.progress)
        except InvalidInputError as error:
            raise InvalidInputError([name_argument(issue) for issue in error.issues]) from None
    if isinstance(source, OpenScenario | Scenario):
        raise InvalidValueError("name what to sweep, as in sweep(scenario, grid={'chips': [8192, 16384]})")
    if not isinstance(source, str | os.PathLike | Mapping):
        raise InvalidValueError(f"a grid is a path or a mapping with the keys of a grid file, not {short(source)}")
    reference = source if isinstance(source, Mapping) else str(file_of(source, "source"))
    return read_grid(reference, formulas=formulas, seed=options.seed, progress=options.progress)
