"""The explorer: one page that recomputes a scenario in the browser as its inputs, choices, shocks and levers change.

1. `options` finds the choices, shocks and levers of a scenario, each by assembling the scenario with it; `kept` finds
   what a page cannot compute, so that nothing is offered that would have to pass through it.
2. `plans` assembles every combination of choices once, with a switch for each shock and lever, and compiles it.
3. `columns` stores the joint draws of its inputs as 16-bit numbers.
4. `content` adds the drivers and the reported case, and `data` makes plain data of all.
5. `document` writes the page from the files in `page/`; its script contains the compiled formulas.
6. `build` runs these stages, and leaves out what matters least until the page is small enough.

The browser computes with the same formulas and the same draws as Python. It never reweights draws: a changed input has other
values, and everything that depends on it is computed again.
"""
