"""`python -m simulator` is `llmcost`."""

from simulator.cli import main

main()
