"""The header of results: what they were computed from."""

from simulator.io.header import header_of as header_of
from simulator.io.header import header_of_several as header_of_several
