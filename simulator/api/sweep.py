"""Many scenarios of a grid, simulated with common random numbers."""

import os
from collections.abc import Callable, Iterable, Mapping

from simulator.analysis.sweep import SUFFIXES, Store, SweepResult, check_output, save
from simulator.analysis.sweep import sweep as sweep_grid
from simulator.api.arguments import one_of, run_options, short
from simulator.api.values import File, file_of, flag
from simulator.core.files import check_output_file
from simulator.core.levels import Level
from simulator.core.suggestions import InvalidValueError
from simulator.engine.options import Progress
from simulator.engine.sampling.methods import METHODS
from simulator.scenario.arguments import formulas_of
from simulator.scenario.grid import read_grid

Formula = Callable[..., object]


def sweep(
    grid: str | os.PathLike[str] | Mapping[str, object],
    *,
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
    grid : str, path or mapping
        A scenario, usually only ``extends``, with one of the keys ``grid`` (values of each name, all combinations), ``list``
        (cells with their changes) and ``latin-hypercube`` (``cells`` and ``over``).
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
    source = grid if isinstance(grid, Mapping) else _path_text(grid)
    cells = read_grid(source, formulas=formulas_of(formulas), seed=options.seed, progress=options.progress)
    result = sweep_grid(cells, options, method=sampling, store=store)
    if path is not None and store is not None:
        save(result, path)
        store.remove()
    return result


def _path_text(grid: str | os.PathLike[str]) -> str:
    if not isinstance(grid, str | os.PathLike):
        raise InvalidValueError(f"a grid is a path or a mapping with the keys of a grid file, not {short(grid)}")
    return str(file_of(grid, "grid"))
