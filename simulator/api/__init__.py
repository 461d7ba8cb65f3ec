"""The public API behind `llmcost`: functions and classes that check their arguments and call the library.

Each module has one subject and imports what it needs; `llmcost/__init__.pyi` lists the public names.
"""
