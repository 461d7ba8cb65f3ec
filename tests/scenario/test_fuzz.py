"""Inputs that once failed in fuzzing, and a few hundred random ones; `make fuzz` searches for new ones."""

import random
import time

import fuzz
import pytest

SAVED_CASES = sorted(fuzz.CASES.iterdir())


@pytest.mark.parametrize("path", SAVED_CASES, ids=lambda path: path.name)
def test_input_that_once_failed_ends_in_an_answer_or_a_refusal(path, tmp_path):
    kind = path.name.partition("-")[0]
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    start = time.process_time()
    assert fuzz.check(kind, copy) in ("answered", "refused", "broken, and named")
    assert time.process_time() - start < fuzz.MOST_SECONDS


@pytest.mark.parametrize("start", [1_000, 2_000, 3_000, 4_000])
def test_random_inputs_end_in_an_answer_or_a_refusal(start, tmp_path):
    outcomes = set()
    for number in range(start, start + 50):
        kind, data = fuzz.made(number)
        path = tmp_path / f"input{fuzz.SUFFIXES.get(kind, '.csv')}"
        path.write_bytes(data)
        outcomes.add((kind, fuzz.check(kind, path)))
    assert {kind for kind, _ in outcomes} == set(fuzz.KINDS)
    assert {outcome for _, outcome in outcomes} >= {"answered", "refused"}


def test_an_input_depends_on_its_number_alone():
    random.seed(1)
    assert fuzz.made(77) == fuzz.made(77)
    assert len({fuzz.made(number) for number in range(50)}) == 50
