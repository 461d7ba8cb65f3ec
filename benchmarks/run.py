"""Run time of the reference model in llmcost, plain numpy and other tools: `python benchmarks/run.py [--quick]`.

Every contender is a whole process, run in turn (A B C, A B C, ...), so that a busy machine is busy for all; times are ratios to
naive numpy in the same round, medians over rounds. Run it with the Python that has llmcost. The others want their own:

    python3 -m venv ../peers/sq && ../peers/sq/bin/pip install squigglepy
    python3 -m venv ../peers/mo && ../peers/mo/bin/pip install monaco
    python3 -m venv ../peers/ot && ../peers/ot/bin/pip install openturns chaospy SALib
    python3 -m venv ../peers/pm && ../peers/pm/bin/pip install pymc
    mkdir ../peers/js && (cd ../peers/js && npm init -y && npm install @quri/squiggle-lang)

    python benchmarks/run.py --python squigglepy=../peers/sq --python monaco=../peers/mo --python openturns=../peers/ot \\
        --python chaospy=../peers/ot --python SALib=../peers/ot --python pymc=../peers/pm --python squiggle=../peers/js

Other packages are looked for in this Python, and marked as not installed if missing. Writes results.md and
results.json to this folder; --quick measures little, prints, and writes nothing. Uses the standard library only.
"""

import argparse
import datetime
import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent.resolve()
TRUTH = json.loads((HERE / "reference" / "truth.json").read_text())["lines"]
LIMIT = 60.0  # seconds that another tool may take at one N
FREE_FOR_NAIVE = 18e3  # MB that must be free for naive numpy at 1e8, which takes 13 GB
NAIVE = "naive numpy"


class Contender(NamedTuple):
    """A way to run the reference model; `ours` and naive go to larger N than the others."""

    file: str
    package: str
    more: tuple[str, ...] = ()
    largest: float = 1e7
    note: str = ""


CONTENDERS = {
    NAIVE: Contender("naive.py", "numpy", largest=1e8),
    "llmcost, 1 thread": Contender("llmcost_.py", "llmcost", ("1",), 1e8),
    "llmcost, 2 threads": Contender("llmcost_.py", "llmcost", ("2",), 1e9),
    "llmcost, 2 threads, exact quantiles": Contender("llmcost_.py", "llmcost", ("2", "exact"), 1e8),
    "squigglepy": Contender("squigglepy_.py", "squigglepy"),
    "OpenTURNS": Contender("openturns_.py", "openturns"),
    "chaospy": Contender("chaospy_.py", "chaospy"),
    "SALib": Contender("salib_.py", "SALib", note="Latin hypercube"),
    "PyMC, one sized draw": Contender("pymc_.py", "pymc", ("sized",)),
    "PyMC, `pm.draw` N times": Contender("pymc_.py", "pymc", note="as documented"),
    "Squiggle": Contender("squiggle.mjs", "squiggle"),
    "monaco": Contender("monaco_.py", "monaco", note="case by case"),
}
MODULES = {"llmcost": "simulator"}


# --- one process ----------------------------------------------------------------------------------------------------------


def command(contender: Contender, pythons: dict[str, Path]) -> tuple[list[str], Path | None]:
    """Return the command of a contender without N, and the folder in which to run it."""
    file = str(HERE / "reference" / contender.file)
    given = pythons.get(contender.package)
    if contender.file.endswith(".mjs"):
        return ["node", file], given
    if given is not None and given.is_dir():
        given = given / "bin" / "python"
    return [str(given or sys.executable), file], None


def missing(contender: Contender, pythons: dict[str, Path]) -> str:
    """Return the reason why a contender cannot run here, or an empty string."""
    start, folder = command(contender, pythons)
    if contender.file.endswith(".mjs"):
        here = folder is not None and (folder / "node_modules" / "@quri" / "squiggle-lang").is_dir()
        return "" if here else "not installed here"
    module = MODULES.get(contender.package, contender.package)
    look = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    try:
        found = subprocess.run([start[0], "-c", look], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return "not installed here"
    return "" if found.returncode == 0 else "not installed here"


def run_once(contender: Contender, pythons: dict[str, Path], draws: int, seed: int, timeout: float) -> dict:
    """Run one process and return its output and total wall time, or the reason of a failure."""
    start, folder = command(contender, pythons)
    started = time.perf_counter()
    try:
        done = subprocess.run(
            [*start, str(draws), str(seed), *contender.more],
            capture_output=True, text=True, cwd=folder, timeout=timeout, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"failed": f"over {timeout:.0f} s"}
    whole = time.perf_counter() - started
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"failed": "memory" if done.returncode in (-9, -6, 134, 137) else f"fails: {said[:80]}"}
    printed = json.loads(done.stdout.strip().splitlines()[-1])
    figures = printed.pop("figures")
    del printed["shares"]
    return {**printed, "whole_seconds": whole, "off": furthest_off(figures, draws)}


def furthest_off(figures: dict[str, list[float]], draws: int) -> float:
    """Return the largest deviation of mean or P95 of a line or the total from the truth, in Monte Carlo standard errors."""
    worst = 0.0
    for line, row in TRUTH.items():
        for name, place in (("mean", 0), ("P95", 4)):
            known = row[name]
            error = math.hypot(known["noise"] / math.sqrt(draws), known["error"])
            worst = max(worst, abs(figures[line][place] / known["value"] - 1) / error)
    return worst


def free_mb() -> float:
    """Return the available memory in MB."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable"):
            return int(line.split()[1]) / 1024
    return math.inf


# --- all contenders --------------------------------------------------------------------------------------------------------


def excuse(name: str, draws: int, before: dict | None) -> str:
    """Return the reason why a contender is not run at this N, by its cost at the last smaller one, or an empty string."""
    if name == NAIVE and draws >= 1e8 and free_mb() < FREE_FOR_NAIVE:
        return "memory"
    if before is None or name == NAIVE or name.startswith("llmcost"):
        return ""
    if "failed" in before:
        return before["failed"]
    times = draws / before["draws"]
    if before["seconds"] * times > LIMIT:
        return f"over {LIMIT:.0f} s"
    return "memory" if before["peak_mb"] * times > 0.7 * free_mb() else ""


def measure(options: argparse.Namespace, pythons: dict[str, Path]) -> dict:
    """Run everything in interleaved rounds; return the runs of each contender and why some are absent."""
    runs: dict[str, list[dict]] = {name: [] for name in CONTENDERS}
    absent: dict[str, dict[str, str]] = {name: {} for name in CONTENDERS}
    here = []
    for name, contender in CONTENDERS.items():
        reason = missing(contender, pythons)
        if not reason:
            warmed = run_once(contender, pythons, 10_000, 0, 300)  # warms file and compiler caches
            reason = warmed.get("failed", "")
        if reason:
            absent[name]["all"] = reason
        else:
            here.append(name)
    for draws in options.sizes:
        rounds = 1 if draws >= 1e9 else min(options.rounds, 3) if draws >= 1e8 else options.rounds
        chosen = []
        for name in here:
            own = name == NAIVE or name.startswith("llmcost")
            if draws > CONTENDERS[name].largest or (draws < 1e5 and not own):
                continue
            last = max(runs[name], key=lambda run: run["draws"], default=None)
            reason = excuse(name, draws, last) or absent[name].get("stopped", "")
            if reason:
                absent[name][str(draws)] = reason
            else:
                chosen.append(name)
        for number in range(rounds):
            for name in list(chosen):
                own = name == NAIVE or name.startswith("llmcost")
                run = run_once(CONTENDERS[name], pythons, draws, number, 3600 if own else 2 * LIMIT)
                if not own and run.get("seconds", 0.0) > LIMIT:
                    run = {"failed": f"over {LIMIT:.0f} s"}
                if "failed" in run:
                    absent[name][str(draws)] = absent[name]["stopped"] = run["failed"]
                    chosen.remove(name)
                    continue
                runs[name].append({"draws": draws, "round": number, **run})
                print(f"{draws:.0e} round {number + 1}/{rounds} {name}: {run['seconds']:.2f} s", file=sys.stderr)
    return {"runs": runs, "absent": absent}


def ratios(runs: dict[str, list[dict]], name: str, draws: int, field: str) -> list[float]:
    """Return a field of each run over that of naive in the same round."""
    naive = {run["round"]: run[field] for run in runs[NAIVE] if run["draws"] == draws}
    mine = [run for run in runs[name] if run["draws"] == draws]
    return [run[field] / naive[run["round"]] for run in mine if run["round"] in naive]


def median(runs: list[dict], draws: int, field: str) -> float:
    """Return the median of a field over the rounds at N, or nan."""
    found = [run[field] for run in runs if run["draws"] == draws]
    return statistics.median(found) if found else math.nan


# --- text -----------------------------------------------------------------------------------------------------------------


def short(value: float) -> str:
    """Write a number with two digits, or three from 100 on."""
    if math.isnan(value):
        return "-"
    digits = 2 - math.floor(math.log10(abs(value))) - 1 if value else 0
    return f"{value:,.{max(0, digits)}f}"


def cell(result: dict, name: str, draws: int, field: str = "seconds") -> str:
    """Write the ratio to naive at N, or the seconds if naive was not run, or the reason of a gap."""
    runs = result["runs"]
    found = ratios(runs, name, draws, field)
    seconds = median(runs[name], draws, field)
    if name == NAIVE and not math.isnan(seconds):
        return f"1 ({short(seconds)} s)"
    if found:
        return short(statistics.median(found))
    if not math.isnan(seconds):
        return f"{short(seconds)} s"
    return result["absent"][name].get(str(draws), "-")


def power(draws: int) -> str:
    """Write 1e6 for a million."""
    return f"1e{round(math.log10(draws))}" if math.log10(draws).is_integer() else f"{draws:,}"


def table(result: dict) -> str:
    """Write the results as Markdown."""
    sizes = [draws for draws in result["sizes"] if 1e5 <= draws <= 1e8]
    main = 1_000_000 if 1_000_000 in sizes else sizes[-1]
    lines = [
        "# Reference model: twelve inputs, three lines, means, five quantiles and shares",
        "",
        f"{result['date']}, {result['machine']}, Python {result['python']}. Whole processes in turn,",
        f"medians of {result['rounds']} rounds. Times run from the first draw to the last statistic in a fresh process,",
        "so what is loaded or compiled on first use counts, and are ratios to naive numpy in the same round.",
        f"CPU and memory are those at {power(main)} draws (at the largest N below it, where that was not run).",
        "Cold start is the whole process at 1e5 draws with its imports. *Off*: the mean or P95 of a line or the total that",
        "lies furthest from the truth in any run, in Monte Carlo standard errors; more than 5 would be wrong.",
        "",
        f"| | {' | '.join(f'{power(draws)} draws' for draws in sizes)} | CPU | peak MB | cold start, s | times naive | off |",
        f"|---|{'---:|' * (len(sizes) + 5)}",
    ]
    for name, contender in CONTENDERS.items():
        runs = result["runs"][name]
        label = f"{name} ({contender.note})" if contender.note else name
        if not runs:
            reason = result["absent"][name].get("all") or result["absent"][name].get("stopped", "not measured")
            lines.append(f"| {label} | {reason} |{' |' * (len(sizes) + 4)}")
            continue
        at = max((run["draws"] for run in runs if run["draws"] <= main), default=main)
        where = "" if at == main else f" ({power(at)})"
        cpu = ratios(result["runs"], name, at, "cpu_seconds")
        cold = ratios(result["runs"], name, 100_000, "whole_seconds")
        cells = [
            *(cell(result, name, draws) for draws in sizes),
            (short(statistics.median(cpu)) if cpu else "-") + where,
            f"{median(runs, at, 'peak_mb'):,.0f}{where}",
            short(median(runs, 100_000, "whole_seconds")),
            short(statistics.median(cold)) if cold else "-",
            f"{max(run['off'] for run in runs):.1f}" + (" WRONG" if max(run["off"] for run in runs) > 5 else ""),
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    big = largest(result)
    lines += [*([""] if big else []), *big, "", f"Versions: {', '.join(versions(result))}.", ""]
    wrong = [name for name, runs in result["runs"].items() if any(run["off"] > 5 for run in runs)]
    lines.append(
        f"Mean or P95 beyond 5 standard errors: {', '.join(wrong)}."
        if wrong
        else "All agree: mean and P95 of each line and the total lie within 5 standard errors of the truth in every run."
    )
    return "\n".join(lines) + "\n"


def largest(result: dict) -> list[str]:
    """Describe time and memory of the largest runs."""
    found = []
    for name, runs in result["runs"].items():
        for draws in sorted({run["draws"] for run in runs if run["draws"] >= 1e8}):
            times = sum(run["draws"] == draws for run in runs)
            seconds, peak = median(runs, draws, "seconds"), median(runs, draws, "peak_mb")
            found.append(f"- {power(draws)} draws, {name}: {seconds:,.1f} s, {peak:,.0f} MB ({times} run{'s' * (times > 1)})")
    return found


def versions(result: dict) -> list[str]:
    """Return each version once."""
    return list(dict.fromkeys(run["version"] for runs in result["runs"].values() for run in runs))


def processor() -> str:
    """Return the number of cores and the name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{os.cpu_count()} cores, {line.partition(':')[2].strip()}"
    return f"{os.cpu_count()} cores"


def draws_list(text: str) -> list[int]:
    """Parse '1e5,1e6'."""
    return sorted(int(float(part)) for part in text.split(","))


def main() -> None:
    """Measure, print, and write unless it is a quick run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    where = "location of a package: an interpreter, a virtual environment, or Squiggle's npm folder"
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH", help=where)
    parser.add_argument("--rounds", type=int, default=5, help="rounds (3 at most at 1e8, one at 1e9)")
    parser.add_argument("--sizes", type=draws_list, default="1e4,1e5,1e6,1e7,1e8,1e9", help="numbers of draws")
    parser.add_argument("--machine", default=processor(), help="name of this machine in the report")
    parser.add_argument("--quick", action="store_true", help="one round up to 1e5, write nothing")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.sizes = 1, [10_000, 100_000]
    pythons = {name: Path(path).absolute() for name, _, path in (given.partition("=") for given in options.python)}
    unknown = pythons.keys() - {contender.package for contender in CONTENDERS.values()}
    if unknown:
        parser.error(f"unknown contender: {', '.join(sorted(unknown))}")
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": options.machine,
        "python": sys.version.split()[0],
        "rounds": options.rounds,
        "sizes": options.sizes,
        **measure(options, pythons),
    }
    words = table(result)
    print(words)
    if not options.quick:
        (HERE / "results.md").write_text(words)
        (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
