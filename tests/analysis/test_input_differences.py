"""What differs in the inputs of two scenarios, as people read it."""

import llmcost
from simulator.analysis.input_differences import MOST_ALONE, grouped, input_differences
from simulator.core.formatting import to_words


def groups(first, other):
    differences = input_differences(first.scenario, other.scenario)
    found = grouped(differences)
    assert sorted(each.name for group in found for each in group.items) == sorted(each.name for each in differences)
    return found, {each.name: each for each in differences}


def test_known_values_have_their_display_units():
    h100 = llmcost.open_scenario("serve/llama-3.3-70b")
    found, by_name = groups(h100, h100.with_(sets={"chip": "nvidia-b200-sxm"}))
    assert (by_name["serving_memory"].before, by_name["serving_memory"].after) == ("80 GB/chip", "180 GB/chip")
    assert by_name["serving_memory_bandwidth"].before == "3.35 TB/s/chip"
    assert by_name["chip"].after == "nvidia-b200-sxm"
    (many,) = (group for group in found if "another distribution" in group.after and len(group.items) > 2)
    assert many.label == f"{to_words(many.items[0].name)} and {len(many.items) - 1} more"


def test_inputs_of_one_scenario_stand_together():
    found, by_name = groups(llmcost.open_scenario("serve/llama-3.3-70b"), llmcost.open_scenario("serve/api"))
    own = [name for name, each in by_name.items() if each.after == "none"]
    assert len(own) > MOST_ALONE
    (group,) = (each for each in found if each.after == "none")
    assert (group.before, len(group.items)) == (f"{len(own)} inputs", len(own))
    places = ["none" in (group.before, group.after) for group in found]
    assert places == sorted(places)


def test_a_few_inputs_of_one_scenario_have_their_values():
    gpt4 = llmcost.open_scenario("gpt-4")
    found, by_name = groups(gpt4, gpt4.with_(basis="rented"))
    alone = [group for group in found if "none" in (group.before, group.after)]
    assert alone
    for group in alone:
        (each,) = group.items
        assert (group.before, group.after) == (by_name[each.name].before, by_name[each.name].after)
