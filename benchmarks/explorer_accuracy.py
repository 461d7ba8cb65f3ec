"""P80 of changed cases of the explorer against runs of a million draws: `python benchmarks/explorer_accuracy.py [CASES]`.

Each case is a state of the page of one of five scenarios, chosen at random, which its own command simulates again. It needs a
browser, and about five seconds a case.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import programs  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from report.explorer_cases import fragments, html, variant  # noqa: E402

from simulator.engine.scenario import TOTAL  # noqa: E402
from simulator.engine.simulate import simulate  # noqa: E402

SCENARIOS = ("gpt-4", "llama-3.1-405b", "startup-7b", "frontier company", "whole life")
DRAWS = 1_000_000


def errors(name, count, tab):
    """Return the relative errors of the P80 of changed cases of a scenario, and print the largest."""
    found = []
    for fragment in fragments(name, count, seed=2):
        state = tab.evaluate("fragment => explorer.evaluate(fragment)", fragment)
        scenario = variant(name, state["command"]).scenario
        amounts = simulate(scenario, DRAWS, keep=[TOTAL]).retained_draws[TOTAL]
        found.append(abs(state["p80"] / np.quantile(amounts, 0.8) - 1))
        if found[-1] > 0.02:
            print(f"  {100 * found[-1]:.2f}%: {state['command']}")
    return np.array(found)


def main(count):
    """Print the errors of each scenario and of all."""
    every = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=programs.program("browser"), args=["--no-sandbox"])
        for name in SCENARIOS:
            tab = browser.new_page()
            file = Path(tempfile.mkdtemp()) / "explorer.html"
            file.write_text(html(name), encoding="utf-8")
            tab.goto(file.as_uri())
            tab.wait_for_selector("html[data-ready]")
            every.append(errors(name, count // len(SCENARIOS), tab))
            median, p95, largest = (100 * np.quantile(every[-1], p) for p in (0.5, 0.95, 1))
            print(f"{name}: median {median:.2f}%, 95% of cases within {p95:.2f}%, all within {largest:.2f}%", flush=True)
        browser.close()
    together = np.concatenate(every)
    print(f"{len(together)} cases: {np.mean(together < 0.02):.1%} within 2%, all within {100 * together.max():.2f}%")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
