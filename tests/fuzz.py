"""A fuzz by grammar of all that reads a file: each input ends in an answer or in `InvalidInputError`, in time and in memory.

Among the inputs are scenarios in several spellings (`spellings.py`): those that are accepted must mean the same.

`make fuzz SECONDS=600` makes inputs until the time is over. An input that fails is kept in tests/fuzz_cases/, and the suite tries
it again for ever. An input depends on its number alone: `python tests/fuzz.py --only 1234` makes one again.
"""

import argparse
import contextlib
import math
import os
import random
import re
import resource
import signal
import string
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import yaml
from spellings import check_spellings

from simulator import model
from simulator.core.errors import InvalidInputError, NonFiniteResultError
from simulator.engine.simulate import simulate
from simulator.io.run_summary import summarize_run
from simulator.records import codecarbon, focus, format_priors, quotes, runs
from simulator.scenario import library, read
from simulator.scenario.schema import DISTRIBUTION_KEYS, Settings
from simulator.scenario.text import parse

HERE = Path(__file__).parent
CASES = HERE / "fuzz_cases"
RECORDS = {"focus": focus.read, "codecarbon": codecarbon.read, "runs": runs.read, "quotes": quotes.read}
SPELLING = "spelling"
KINDS = ("scenario", *RECORDS, SPELLING)  # a reader more is a row more
SUFFIXES = {"scenario": ".yaml", SPELLING: ".txt"}
MOST_SECONDS = 5
MOST_BYTES = 1 << 30

# --- the words of the grammar -------------------------------------------------------------------------------------------------

NUMBERS = (
    "0", "1", "-1", "0.4", "40%", "1e3", "70e9", "14e12", "1e-300", "1e308", "-1e308", "1e309", "9" * 400, "0.1e-400", ".5", "5.",
    "1_000", "1,000", "1.2.3", "0x10", "1e", "e5", "--1", "+3", "NaN", "inf", "-.inf", ".nan", "null", "~", "yes", "no", "true",
    "12:30:45", "2026-02-30", "0o17", "\N{ARABIC-INDIC DIGIT FIVE}", "\N{FULLWIDTH DIGIT ONE}", "\N{SUPERSCRIPT TWO}", "1e99999999", "2024",
)  # fmt: skip
UNITS = (
    "USD", "USD/chip/hour", "chip", "hour", "kWh", "USD/kWh", "FLOP/second/chip", "parameter", "token", "W", "month", "person*hour",
    "GPU", "EUR", "USD/", "1/hour", "kg", "furlong", "USD*USD*USD", "hour/" * 30 + "1", "degC", "percent", "%", "T", "M USD", "1",
)  # fmt: skip
OTHER = (
    "", " ", "x", "gpt-4", "dependence", "training-run", "../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "~", "*a", "&a b", "!!python/object:os.system",
    "<<", "{{7*7}}", "$(id)", "=cmd()", "\x1b[31m", "a" * 3000, "\N{RIGHT-TO-LEFT OVERRIDE}x", "\N{ZERO WIDTH SPACE}", "\ud7ff", "é", "[", "{", "- -", "? :",
    "total_cost", "mfu before lever/x", "team.fte", "__class__", "self", "p50", "lever/x", "owned", "rented", "H100",
)  # fmt: skip


def words():
    quantities = [name for name in model.every_graph().units if "." not in name]
    kinds = [name for kind in ("scenarios", "levers", "shocks") for name in library.names(kind)]
    rows = [name for named in library.rows().values() for name in named]
    return quantities, kinds, rows, list(library.chips())


QUANTITIES, SHELVES, ROWS, CHIPS = words()
SETTINGS = tuple(Settings.model_fields)
BASES = [node.plain() for name in library.names("scenarios") if (node := library.find_file("scenarios", name))]


def number(rng):
    if rng.random() < 0.3:
        return rng.choice(NUMBERS)
    return f"{rng.choice((1, 1, 1, -1)) * 10 ** rng.uniform(-4, 14):.3g}"


def value(rng):
    kind = rng.randrange(8)
    if kind < 3:
        said = number(rng)
        if rng.random() < 0.5:
            said += f" to {number(rng)}"
        return said + (f" {rng.choice(UNITS)}" if rng.random() < 0.4 else "")
    if kind == 3:
        return rng.choice(OTHER)
    return rng.choice(rng.choice((QUANTITIES, SHELVES, ROWS, CHIPS, NUMBERS)))


PARAMETERS = (
    "mean", "sd", "median", "sigma", "low", "high", "min", "mode", "max", "a", "b", "shape", "scale", "df", "location", "value",
    "p5", "p50", "p95", "p2.5", "p97.5", "p0", "p100", "p-1", "pinf", "P5", "q5", "p5.", "p1e1",
)  # fmt: skip


def distribution(rng, depth=0):
    name = rng.choice(DISTRIBUTION_KEYS).rstrip("_")
    if name == "mixture":
        return {name: [{"weight": number(rng), "distribution": entry(rng, depth + 1)} for _ in range(rng.randrange(4))]}
    if name == "choice":
        return {
            name: {
                rng.choice(QUANTITIES): {"weight": number(rng), "distribution": entry(rng, depth + 1)}
                for _ in range(rng.randrange(4))
            }
        }
    if name == "empirical":
        return {name: [number(rng) for _ in range(rng.choice((0, 1, 3, 50)))]}
    if name in ("value", "from"):
        return {name: value(rng)}
    return {name: {rng.choice(PARAMETERS): number(rng) for _ in range(rng.randrange(5))}}


def entry(rng, depth=0):
    if rng.random() < 0.4 or depth > 3:
        return value(rng)
    said = distribution(rng, depth)
    for key in ("unit", "about", "date", "grade", "times", "truncate", "sources", "note"):
        if rng.random() < 0.12:
            said[key] = {
                "times": lambda: entry(rng, depth + 1),
                "truncate": lambda: {rng.choice(("low", "high", "x")): number(rng) for _ in range(2)},
                "sources": lambda: {"title": value(rng), "url": value(rng), "date": value(rng)},
                "unit": lambda: rng.choice(UNITS),
                "grade": lambda: rng.choice("ABCDE"),
            }.get(key, lambda: value(rng))()
    return said


def thing(rng, depth=0):
    kind = rng.randrange(10)
    if kind < 4:
        return entry(rng)
    if kind < 6 and depth < 4:
        return [thing(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind < 8 and depth < 4:
        return {value(rng): thing(rng, depth + 1) for _ in range(rng.randrange(4))}
    if kind == 8 and depth == 0:
        deep = value(rng)
        for _ in range(rng.choice((5, 25, 200))):
            deep = [deep] if rng.random() < 0.5 else {"distribution": deep}
        return deep
    return value(rng)


def places(node, path=()):
    """Every place in a tree of plain data."""
    yield path
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


def holder(node, path):
    for step in path[:-1]:
        node = node[step]
    return node


def copied(node):
    if isinstance(node, dict):
        return {key: copied(part) for key, part in node.items()}
    return [copied(part) for part in node] if isinstance(node, list) else node


def mutated(rng, tree):
    """Change a tree of plain data in a few places."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        path = rng.choice(list(places(tree))[1:] or [("x",)])
        try:
            parent, key = holder(tree, path), path[-1]
            how = rng.randrange(12)
            if how > 5:
                parent[key] = nudged(rng, parent[key])
            elif how == 0:
                del parent[key]
            elif how == 1:
                parent[key] = thing(rng)
            elif how == 2:
                parent[key] = value(rng)
            elif how == 3:
                parent[key] = entry(rng)
            elif how == 4 and isinstance(parent, dict):
                parent[rng.choice((*SETTINGS, *QUANTITIES))] = copied(parent[key])
            else:
                tree[rng.choice((*SETTINGS, *QUANTITIES))] = rng.choice((entry, thing, value))(rng)
        except (KeyError, IndexError, TypeError):
            continue
    return tree


def nudged(rng, node):
    """Change the numbers of a text a little, so that most of it is still believed."""
    if not isinstance(node, str):
        return node
    return re.sub(r"(?<![\w.-])\d+(\.\d+)?(e\d+)?", lambda found: f"{float(found[0]) * 10 ** rng.gauss(0, 0.3):.4g}", node)


def dumped(rng, node, depth=0):
    """Write plain data as YAML; by hand, since a library refuses or repairs what we want to see refused."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{scalar(rng, str(key))}: {dumped(rng, part)}" for key, part in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(dumped(rng, part) for part in node) + "]"
    return scalar(rng, str(node))


def scalar(rng, text):
    if rng.random() < 0.03:
        return text
    if all(letter.isalnum() or letter in " ._-+%/" for letter in text) and text.strip() and rng.random() < 0.9:
        return text
    return yaml.dump(text, default_style='"', width=10**9).strip()


def scenario(rng):
    how = rng.random()
    if how < 0.45:
        tree = mutated(rng, copied(rng.choice(BASES)))
    elif how < 0.8:
        tree = mutated(rng, {"extends": rng.choice(SHELVES)})
    else:
        tree = {rng.choice((*SETTINGS, *QUANTITIES)): thing(rng) for _ in range(rng.randrange(12))}
    if rng.random() < 0.005:
        return "x: " + "[" * 100_000
    return "\n".join(f"{scalar(rng, str(key))}: {dumped(rng, part)}" for key, part in tree.items()) + "\n"


# --- tables -------------------------------------------------------------------------------------------------------------------

SEEDS = {kind: (HERE / "cases" / "records" / f"{kind}.csv").read_text(encoding="utf-8") for kind in RECORDS}
CELLS = (
    *NUMBERS, "", "N/A", "#REF!", "=1+1", "@x", "+1", "$3", "1 960,50", "(5)", "H100", "A100 80GB", "8xH100", "2026-01-01", "2026-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "Hours", "h", "USD", "EUR", "Usage", "Tax", "Correction", "Committed", "Dynamic",
    '{"GpuCount": 8}', '{"GpuCount": -1}', "{" * 2000, '{"GpuCount": 1e999}', '{"GpuCount": NaN}', "[" * 100_000, '{"InstanceType": "p5.48xlarge"}',
    '"', '""', "a,b", "a\nb", "\r", "\x00", "\x1b[2J", "x" * 140_000, "7 x 8 x H100", "12 months", "spot", "100", "1e-320",
)  # fmt: skip


def table(rng, kind):
    separator = ";" if ";" in SEEDS[kind].partition("\n")[0] else ","
    rows = [line.split(separator) for line in SEEDS[kind].splitlines()]
    for _ in range(rng.choice((1, 1, 2, 3, 10))):
        row = rng.choice(rows)
        how = rng.randrange(9)
        if how < 4 and row:
            row[rng.randrange(len(row))] = rng.choice(CELLS)
        elif how == 4:
            rows.append(list(rng.choice(rows)))
        elif how == 5 and len(rows) > 1:
            rows.remove(row)
        elif how == 6:
            rows += [list(rng.choice(rows)) for _ in range(rng.choice((2, 20, 300)))]
        elif how == 7:
            for each in rows:  # a column with a text in all its rows
                if each:
                    each[min(rng.randrange(3), len(each) - 1)] = rng.choice(CELLS)
        elif row:
            row.insert(rng.randrange(len(row)), rng.choice(CELLS))
    return "\n".join(
        (rng.choice((separator, separator, separator, ",", "\t")) if rng.random() < 0.02 else separator).join(row)
        for row in rows
    )


def spoiled(rng, data):
    """Change bytes, as a bad transfer or another program does."""
    if rng.random() < 0.75 or not data:
        return data
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 10))):
        at, length = rng.randrange(len(made) + 1), rng.choice((1, 1, 5, 40))
        how = rng.randrange(5)
        if how == 0:
            del made[at : at + length]
        elif how == 1:
            made[at:at] = bytes(rng.randrange(256) for _ in range(length))
        elif how == 2:
            made[at:at] = rng.choice(OTHER + NUMBERS).encode("utf-8", "surrogatepass")
        elif how == 3:
            made[at:at] = made[at : at + length] * rng.choice((1, 2, 200))
        else:
            made[at:at] = rng.choice(string.punctuation).encode() * length
    return bytes(made)


def made(number):
    """Return the kind and the bytes of an input."""
    rng = random.Random(number)
    kind = rng.choice(("scenario", "scenario", *KINDS))
    if kind == SPELLING:
        return kind, str(number).encode("ascii")
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)  # one deep input may stand in another; to write it is not what is tried
    try:
        text = scenario(rng) if kind == "scenario" else table(rng, kind)
    finally:
        sys.setrecursionlimit(usual)
    return kind, spoiled(rng, text.encode("utf-8", "surrogatepass"))


# --- the check ----------------------------------------------------------------------------------------------------------------


def check(kind, path):
    """Read a file and use what it gives; return how it ended. Whatever else is raised is an issue of ours."""
    try:
        if kind == "scenario":
            return answered(read(str(path)))
        if kind == SPELLING:
            with tempfile.TemporaryDirectory() as folder:
                return "refused" if check_spellings(int(path.read_text(encoding="ascii")), folder) == "refused" else "answered"
        found = RECORDS[kind](path)
        text = format_priors(found, f"from-{kind}")
        parse(text, "made")
        priors = path.with_name("priors.yaml")
        priors.write_text(text + "extends: gpt-4\n", encoding="utf-8")
        for prior in found.priors:
            assert all(math.isfinite(x) for x in numbers(prior.distribution)), prior
        with contextlib.suppress(
            InvalidInputError
        ):  # a distribution that the scenario's bounds refuse, or that its other keys shadow
            read(str(priors))
    except InvalidInputError as error:
        said = str(error)
        assert said.strip()
        assert all(letter.isprintable() or letter == "\n" for letter in said), "steers a terminal"
        return "refused"
    return "answered"


def answered(scenario):
    try:
        result = simulate(scenario, 200, threads=1)
        summary = summarize_run(result)
        summary.to_json()
        summary.to_csv()
    except NonFiniteResultError:
        return "broken, and named"
    return "answered"


def numbers(tree):
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (list, tuple)) else None
    if parts is None:
        return [tree] if isinstance(tree, (int, float)) else []
    return [x for part in parts for x in numbers(part)]


# --- the run ------------------------------------------------------------------------------------------------------------------


class Hung(BaseException):
    """An input took too long."""


def hung(*_):
    raise Hung


def work(start, seconds, folder):
    """Try inputs from a number on; one line for each issue, and the counts at the end."""
    warm = folder / "warm.yaml"
    warm.write_text("extends: gpt-4\n", encoding="utf-8")
    check("scenario", warm)
    virtual = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (virtual + MOST_BYTES,) * 2)
    signal.signal(signal.SIGPROF, hung)  # of the time of the processor: a busy machine is no hang
    ends, counts, number = time.monotonic() + seconds, Counter(), start
    slowest = 0.0
    while time.monotonic() < ends:
        kind, data = made(number)
        (folder / "number").write_text(str(number), encoding="ascii")
        path = folder / f"input{SUFFIXES.get(kind, '.csv')}"
        path.write_bytes(data)
        begun = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        try:
            counts[f"{kind} {check(kind, path)}"] += 1
        except BaseException as error:
            signal.setitimer(signal.ITIMER_PROF, 0)
            if isinstance(error, KeyboardInterrupt):
                raise
            counts[f"{kind} FAULT"] += 1
            keep(kind, number, data)
            last = traceback.extract_tb(error.__traceback__)[-1]
            print(f"{kind} {number}: {type(error).__name__}: {str(error)[:200]} ({last.filename}:{last.lineno})", flush=True)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        slowest = max(slowest, time.process_time() - begun)
        number += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = ", ".join(f"{what} {many:,}" for what, many in sorted(counts.items()))
    print(f"{number - start:,} inputs: {said}; slowest {slowest:.2f} s of the processor, peak {peak:.0f} MB")
    return sum(many for what, many in counts.items() if what.endswith("FAULT"))


def keep(kind, number, data):
    CASES.mkdir(exist_ok=True)
    (CASES / f"{kind}-{number}{SUFFIXES.get(kind, '.csv')}").write_bytes(data)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--start", type=int, default=int(time.time()) * 1000)
    options.add_argument("--only", type=int)
    options.add_argument("--worker", action="store_true")
    given = options.parse_args()
    if given.only is not None:
        kind, data = made(given.only)
        print(f"{kind}:\n{data!r}")
        return 0
    with tempfile.TemporaryDirectory() as name:
        if given.worker:
            return min(1, work(given.start, given.seconds, Path(name)))
        return watched(given, Path(name))


def watched(given, folder):
    """Work in a process of its own, so that what brings it down is kept too."""
    ends, start, issues = time.monotonic() + given.seconds, given.start, 0
    environment = os.environ | {"TMPDIR": str(folder)}
    while (left := ends - time.monotonic()) > 1:
        command = [sys.executable, __file__, "--worker", "--seconds", str(left), "--start", str(start)]
        code = subprocess.run(command, env=environment, check=False).returncode
        if code in (0, 1):
            return issues + code
        dead = int(next(folder.glob("*/number")).read_text(encoding="ascii"))
        print(f"{made(dead)[0]} {dead}: brought the process down ({code})")
        keep(made(dead)[0], dead, made(dead)[1])
        issues, start = issues + 1, dead + 1
    return issues


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
