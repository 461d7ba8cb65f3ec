"""A model has to fit the memory of its chips."""

from scenario_texts import RUN, refusal_of


def test_memory_too_small_is_refused(read_scenario):
    message = refusal_of(read_scenario, RUN.replace("chips: 4096", "chips: 12") + "state_bytes: 16 byte/parameter\n")
    # 70e9 x 16 = 1120 GB; 12 x 80 GB
    assert "chips: the training state of 1,120 GB does not fit 12 chips with 960 GB" in message
    read_scenario(RUN.replace("chips: 4096", "chips: 14") + "state_bytes: 16 byte/parameter\n")
    assert "chips: is zero at its median" in refusal_of(read_scenario, RUN.replace("chips: 4096", "chips: 0"))
