"""Estimate what an LLM costs, with uncertainty, its drivers and stress tests: the implementation.

The public Python API is `llmcost`; the command line is `simulator.cli`.
"""
