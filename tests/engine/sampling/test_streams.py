"""Random streams: a variate is one number for its seed, name and place."""

import pytest

from simulator.engine.sampling import streams
from simulator.engine.sampling.streams import BLOCK, random_normals

# The first two variates of a block and its last; a change of any digit changes every saved result.
RANDOM = {
    (7, "mfu", 0): (-1.625182470982762, 0.03733733325529761, 0.7169892617677465),
    (7, "mfu", 3): (-0.69731461272453, -0.2650012489910374, 0.44077787703580656),
    (8, "mfu", 0): (-0.9084827796989594, 1.7571726690518823, 1.0496052880048812),
    (7, "gpu_hour_price", 0): (-0.6287763062054699, 0.5388441609194876, 0.6376003433236477),
    (0, "mfu", 0): (0.41218879768265476, -1.8203063493024936, 0.9904984691586847),
    (2**64 + 1, "é", 12_345): (0.1548074684267043, -1.522297082280164, -0.8926061830254182),
}


@pytest.mark.parametrize("address", RANDOM)
def test_a_random_variate_never_changes(address):
    assert tuple(random_normals(*address, BLOCK)[[0, 1, -1]]) == RANDOM[address]


def test_uniforms_of_rejected_positions_differ_by_seed_name_and_block(monkeypatch):
    monkeypatch.setattr(streams, "normals_from_words", lambda words, draw_uniforms: draw_uniforms(3))
    blocks = [streams.random_normals(*of, 4).tobytes() for of in ((1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1))]
    assert len(set(blocks)) == 4
    assert streams.random_normals(1, "a", 0, 4).tobytes() == blocks[0]
