"""`python -m simulator` is `llmcost`."""

from simulator.startup import start

start()
