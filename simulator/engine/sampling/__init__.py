"""Random and quasi-random standard normal variates, addressable by seed, name and number."""
