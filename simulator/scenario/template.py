"""A commented scenario to start from."""

TEMPLATE = """\
# What may our next training run cost? `llmcost check {name}` says what is wrong, `llmcost run {name}` what it costs.
title: Our 70B run
extends: owner-costs              # presets: priors where you know nothing better, also of what owners of hardware pay
ranges: 95                        # what `a to b` means in this file: the central 95 %
prices: 2026 USD

chip: nvidia-h100-sxm             # llmcost list chips
basis: rented                     # rented | owned | purchased | granted
commitment: on-demand             # on-demand | one-year | three-year | spot | capacity-block | mixed
reservation: dedicated            # of a contract: dedicated (all of it is billed here) | shared (with other work)
lines: [compute, staff_cost]      # what adds up to the total

# Choices: known numbers.
total_parameters: 70e9
chips: 4096

# Priors: a range, a row of the library (llmcost list priors), or a distribution with its source.
training_tokens: 14e12 to 16e12
mfu: posterior/utilisation        # from published runs on such chips; your own pilots: llmcost prior from-runs
goodput: posterior/utilisation    # useful share of all hours, jointly with the MFU
experiments_factor: known-recipe
on_demand_price:                  # without this, the rent is the library's for the chip, the channel and the commitment
  lognormal: {{p5: 2.3, p95: 3.2}}
  unit: USD/chip/hour
  channel: neocloud
  about: On demand, three providers
  grade: C
  sources: {{title: Our quotes, date: 2026-10-02}}

staff:
  research: {{people: 12, fte: 0.6 to 0.95, salary: sf-ml-2024, on_cost: us-2024, equity: sf-ml-2024}}
duration: 5 to 9 month

# A rank correlation between two priors.
# dependence: [{{between: [on_demand_price, training_tokens], rank: 0.2, about: A guess}}]

budget: 45e6 USD
"""


def scenario_template(name: str) -> str:
    """Return the text of a scenario that is complete enough to run; `name` is that of its file."""
    return TEMPLATE.format(name=name)
