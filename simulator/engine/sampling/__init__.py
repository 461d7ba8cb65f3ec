"""Random and quasi-random standard normal variates, addressed by seed, name and number."""
