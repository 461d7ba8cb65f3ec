"""One timeline: every duration follows from the phases. All amounts are computed by hand; a month is 730.5 hours."""

import numpy as np
import pytest

from simulator.core.errors import InvalidInputError
from simulator.core.units import HOURS_PER_YEAR
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, open_scenario, read

MONTH = HOURS_PER_YEAR / 12
HEAD = "outcomes: []\nprices: 2026 USD\ndeflator: 1\n"
RATE = 8766  # USD a year: one USD an hour
STAFF = f"""lines: [staff_cost]
staff:
  lead: {{people: 1, fte: 1, salary: {RATE} USD/person/year, on_cost: 1, equity: 0 USD/person/year}}
  annotators: {{people: 10, fte: 1, salary: {RATE} USD/person/year, on_cost: 1, equity: 0 USD/person/year}}
"""
STORAGE = """lines: [storage_cost]
stored_bytes: 1e15 byte
storage_price: 0.02 USD/GB/month
"""
CONTRACT = """lines: [rental_cost, idle_cost]
basis: rented
commitment: one-year
reservation: dedicated
one_year_term: 1 year
on_demand_price: 2 USD/chip/hour
one_year_discount: 0.5
price_factor: 1
chips: 10
final_run_chip_hours: 1000 chip*hour
experiments_factor: 1
"""
RISK = """risks:
  late: {probability: 1, delay: 2 month}
  never: {probability: 0.0001, delay: 7 month, variate: 0.5}
"""


def total_of(scenario):
    return value_of(scenario, TOTAL)


def value_of(scenario, name):
    return simulate(scenario, 2, keep=[name]).retained_draws[name][0]


@pytest.fixture
def plan(read_plan):
    """Read a scenario from its parts."""
    return lambda *parts: read_plan(HEAD + "".join(parts))


# --- staff ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("months", [3, 30])
def test_staff_is_paid_for_the_phases_that_it_works_in(plan, months):
    schedule = f"schedule:\n  data: {{duration: {months} month, staff: [annotators]}}\n  build: {{duration: 4 month}}\n"
    # The lead works until the release, ten annotators in the data phase alone.
    assert total_of(plan(STAFF, schedule)) == pytest.approx((months + 4) * MONTH + 10 * months * MONTH)


def test_a_role_in_two_phases_is_paid_once_where_they_overlap(plan):
    schedule = """schedule:
  data: {duration: 3 month, staff: [annotators]}
  trials: {duration: 5 month, after: [], lag: 2 month, staff: [annotators]}
  build: {duration: 1 month}
  check: {duration: 2 month, staff: [annotators]}
"""
    # Months 0 to 7 and 8 to 10 of the annotators; the lead works for 10 months.
    assert total_of(plan(STAFF, schedule)) == pytest.approx((10 + 10 * 9) * MONTH)


def test_tools_are_paid_for_in_the_phases_that_name_them(plan):
    tools = "lines: [tool_cost]\ntools: {labelling: {count: 4, fee: 100 USD/month}, tracking: {count: 1, fee: 10 USD/month}}\n"
    schedule = "schedule:\n  data: {duration: 3 month, tools: [labelling]}\n  build: {duration: 5 month}\n"
    assert total_of(plan(tools, schedule)) == pytest.approx(4 * 100 * 3 + 10 * 8)


def test_staff_may_be_paid_after_the_release(plan):
    schedule = "schedule:\n  data: {duration: 3 month}\n  serving: {duration: 12 month, staff: [annotators]}\n"
    assert total_of(plan(STAFF, schedule)) == pytest.approx((3 + 10 * 12) * MONTH)


# --- durations that are given too -------------------------------------------------------------------------------------------


def test_the_schedule_replaces_an_inherited_duration_and_says_so(write_plan, plan):
    write_plan(HEAD + STAFF + "duration: 24 month\n", "base")
    scenario = plan("extends: base.yaml\nschedule:\n  data: {duration: 3 month}\n")
    assert total_of(scenario) == pytest.approx(11 * 3 * MONTH)
    (note,) = [note for note in scenario.notes if note.code == "schedule-replaces"]
    assert (note.subject, note.text) == (
        "duration",
        "the schedule determines duration, 3.00 month at the medians, in place of the scenario that this one extends",
    )


@pytest.mark.parametrize("duration", ["12 month", "2 to 4 month"])
def test_a_duration_beside_the_schedule_is_refused_if_it_differs(plan, duration):
    with pytest.raises(InvalidInputError, match=r"contradicts the schedule, by which it is 3\.00 month .medians.; remove it"):
        plan(STAFF, f"duration: {duration}\nschedule:\n  data: {{duration: 3 month}}\n")


def test_a_duration_beside_the_schedule_is_accepted_if_it_is_the_same(plan):
    assert total_of(plan(STAFF, "duration: 0.25 year\nschedule:\n  data: {duration: 3 month}\n")) == pytest.approx(33 * MONTH)


def test_a_duration_on_top_of_a_schedule_is_refused(write_plan):
    path = write_plan(HEAD + STAFF + "schedule:\n  data: {duration: 3 month}\n")
    with pytest.raises(InvalidInputError, match=r"duration: 12\.0 month contradicts the schedule"):
        read(path, sets=["duration=12 month"])
    assert total_of(read(path, sets=["data.duration=12 month"])) == pytest.approx(11 * 12 * MONTH)


@pytest.mark.parametrize(
    ("phases", "reason"),
    [
        ("", "there is no `schedule` here; `schedule={data: {duration: 3 month}}` is one, from which all times follow"),
        (
            "  trials: {duration: 1 month}\n",
            "the `schedule` here has the phases trials; `schedule={data: {duration: 3 month}}` adds it",
        ),
    ],
)
def test_an_option_on_a_missing_phase_names_a_schedule_that_has_it(write_plan, phases, reason):
    path = write_plan(HEAD + STAFF + (f"schedule:\n{phases}" if phases else "duration: 6 month\n"))
    with pytest.raises(InvalidInputError) as refused:
        read(path, sets=["data.duration=3 month"])
    assert f"data: is a phase, but {reason}" in " ".join(str(refused.value).split())
    if phases:
        scenario = read(path, sets=["schedule={data: {duration: 3 month}}"])
        assert total_of(scenario) == pytest.approx(11 * 4 * MONTH)


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("held_time", "9 month"), ("storage_time", "1 year"), ("bill_time", "2 month"), ("block_need", "1 day")],
)
def test_other_times_beside_the_schedule_are_refused_too(plan, quantity, value):
    with pytest.raises(InvalidInputError, match=f"{quantity}: .* contradicts the schedule"):
        plan(CONTRACT, f"{quantity}: {value}\nschedule:\n  final_run: {{duration: 3 month}}\n")


def test_a_role_that_works_longer_than_the_schedule_is_refused(plan):
    staff = STAFF.replace("people: 10,", "people: 10, duration: {} month,")
    schedule = "schedule:\n  data: {duration: 3 month}\n"
    assert total_of(plan(staff.replace("{}", "2"), schedule)) == pytest.approx((3 + 10 * 2) * MONTH)
    with pytest.raises(InvalidInputError, match=r"annotators\.duration: 4\.00 month is longer than the schedule"):
        plan(staff.replace("{}", "4"), schedule)
    with pytest.raises(InvalidInputError, match="annotators works in the phases that name it: data"):
        plan(staff.replace("{}", "2"), schedule.replace("3 month", "3 month, staff: [annotators]"))


def test_a_phase_names_roles_that_there_are(plan):
    with pytest.raises(InvalidInputError, match="no 'annotator' among the staff here; did you mean 'annotators'"):
        plan(STAFF, "schedule:\n  data: {duration: 3 month, staff: [annotator]}\n")


# --- storage and service ----------------------------------------------------------------------------------------------------


def test_storage_lasts_from_the_data_to_the_end_of_the_service(plan):
    schedule = (
        "schedule: {data: {duration: 3 month, lag: 1 month}, build: {duration: 2 month}, serving: {duration: 18 month}}\n"
    )
    # A million GB for 3 + 2 + 18 months at 0.02 USD.
    assert total_of(plan(STORAGE, schedule)) == pytest.approx(1e6 * 0.02 * 23)


def test_storage_without_a_service_ends_with_the_release(plan):
    assert total_of(plan(STORAGE, "schedule:\n  build: {duration: 2 month, lag: 1 month}\n")) == pytest.approx(1e6 * 0.02 * 3)


SERVED = """lines: [serving_cost]
serving: priced
request_cost: 0.01 USD
requests: 1000 request/hour
demand_growth: 0 OOM/year
serving_price_decline: 0 OOM/year
"""


def test_the_service_lasts_as_long_as_its_phase(write_plan, plan):
    write_plan(HEAD + SERVED + "service_life: 3 year\n", "base")
    scenario = plan("extends: base.yaml\nschedule:\n  build: {duration: 5 month}\n  serving: {duration: 18 month}\n")
    assert total_of(scenario) == pytest.approx(18 * MONTH * 1000 * 0.01)
    with pytest.raises(InvalidInputError, match=r"service_life: 36\.0 month contradicts the schedule"):
        plan(SERVED, "service_life: 3 year\nschedule:\n  serving: {duration: 18 month}\n")


def test_a_service_without_a_phase_follows_the_release(plan):
    scenario = plan(SERVED, "service_life: 18 month\nschedule:\n  build: {duration: 5 month}\n")
    assert list(scenario.phases) == ["build", "serving"]
    assert value_of(scenario, "serving.start") == pytest.approx(5 * MONTH)
    assert value_of(scenario, "serving.end") == pytest.approx(23 * MONTH)
    assert [note.subject for note in scenario.notes if note.code == "serving-added"] == ["serving"]
    assert total_of(scenario) == pytest.approx(18 * MONTH * 1000 * 0.01)


# --- what is held -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("months", "held"), [(3, 12), (14, 16)])
def test_a_contract_is_paid_for_its_term_or_as_long_as_the_cluster_is_held(plan, months, held):
    phases = f"data: {{duration: 5 month}}, experiments: {{duration: {months} month}}, final_run: {{duration: 2 month}}"
    schedule = f"schedule: {{{phases}}}\n"
    assert total_of(plan(CONTRACT, schedule)) == pytest.approx(10 * held * MONTH)


def test_a_contract_without_a_term_is_paid_for_as_long_as_the_cluster_is_held(write_plan, plan):
    write_plan(HEAD + CONTRACT, "base")
    schedule = "schedule:\n  data: {duration: 5 month}\n  final_run: {duration: 2 month}\n"
    scenario = plan("extends: base.yaml\nwithout: [one_year_term]\n", schedule)
    assert total_of(scenario) == pytest.approx(10 * 2 * MONTH)


def test_a_phase_of_another_name_holds_the_cluster_if_compute_is_spent_in_it(plan):
    scenario = plan(CONTRACT, "schedule:\n  build: {duration: 20 month, lines: [compute]}\n")
    assert total_of(scenario) == pytest.approx(10 * 20 * MONTH)


RUN = "lines: [rental_cost]\nbasis: rented\non_demand_price: 1 USD/chip/hour\nprice_factor: 1\nchips: 10\n"
WORK = "final_run_chip_hours: 36525 chip*hour\nexperiments_factor: 1.2\npost_training_share: 0.1\n"  # 5, 1 and 0.5 months


def test_phases_of_work_last_as_long_as_their_work(plan):
    schedule = "schedule: {experiments: {}, final_run: {}, post_training: {}, release: {duration: 1 month}}\n"
    scenario = plan(RUN, WORK, "commitment: on-demand\n", schedule)
    ends = [value_of(scenario, f"{phase}.end") / MONTH for phase in scenario.phases]
    assert ends == pytest.approx([1, 6, 6.5, 7.5])


@pytest.mark.parametrize(("planned", "end"), [(3, 5), (6, 6)])
def test_a_run_that_is_planned_too_short_lasts_as_long_as_its_work(plan, planned, end):
    scenario = plan(RUN, WORK, f"commitment: on-demand\nschedule: {{final_run: {{duration: {planned} month}}}}\n")
    assert value_of(scenario, "final_run.end") == pytest.approx(end * MONTH)
    assert any(note.code == "work-beyond-phase" for note in scenario.notes) == (planned < end)


def test_spot_capacity_lengthens_the_final_run(plan):
    spot = """commitment: spot
spot_discount: 0.5
spot_interruption_rate: 0.001 1/node/hour
chips_per_node: 1 chip/node
restart_time: 10 hour
repeated_interval: 0
checkpoint_interval: 1 hour
capacity_wait: 20 hour
"""
    # Ten nodes, 0.01 interruptions an hour of 30 hours each: 30% longer; what is billed is 10% more, at half the price.
    scenario = plan(RUN, WORK, spot, "schedule: {final_run: {}}\n")
    assert value_of(scenario, "final_run.end") == pytest.approx(1.3 * 5 * MONTH)
    assert total_of(scenario) == pytest.approx(36525 * 1.3 * 1.1 * 0.5)


def test_chips_on_spot_capacity_beyond_a_reservation_lengthen_the_final_run(plan):
    mixed = """commitment: mixed
reservation: dedicated
reserved_chips: 4 chip
reserved_term: 1 month
spot_share: 0.5
one_year_discount: 0.5
spot_discount: 0.5
spot_interruption_rate: 0.001 1/node/hour
chips_per_node: 1 chip/node
restart_time: 10 hour
repeated_interval: 0
checkpoint_interval: 1 hour
capacity_wait: 20 hour
"""
    # Three of ten chips are on spot capacity, which takes 30% longer; the four reserved ones are held until the end.
    scenario = plan(RUN, WORK, mixed, "schedule: {final_run: {}}\n")
    assert value_of(scenario, "final_run.end") == pytest.approx(1.09 * 5 * MONTH)
    assert value_of(scenario, "reserved_chip_hours") == pytest.approx(4 * 1.09 * 5 * MONTH)


# --- delays -----------------------------------------------------------------------------------------------------------------

PHASES = "schedule:\n  data: {duration: 3 month}\n  final_run: {duration: 12 month}\n  serving: {duration: 6 month}\n"


def test_a_risk_lengthens_the_timeline_and_all_that_follows_from_it(plan):
    lines = "lines: [staff_cost, storage_cost, compute, risk_cost]\n"
    parts = [each.partition("\n")[2] for each in (STAFF, STORAGE, CONTRACT)]
    scenario = plan(lines, *parts, RISK, PHASES)
    costs = simulate(scenario, 2, keep=scenario.lines).retained_draws
    # Final run of 12 + 2 months: eleven posts for 17 months, storage for 23, ten chips for 14; the risk has no other cost.
    assert costs["staff_cost"][0] == pytest.approx(11 * 17 * MONTH)
    assert costs["storage_cost"][0] == pytest.approx(1e6 * 0.02 * 23)
    assert costs["rental_cost"][0] + costs["idle_cost"][0] == pytest.approx(10 * 14 * MONTH)
    assert costs["risk_cost"][0] == 0


def test_a_risk_lengthens_the_phase_that_it_names(plan):
    lines = "lines: [staff_cost, compute, risk_cost]\n"
    parts = [each.partition("\n")[2] for each in (STAFF, CONTRACT)]
    scenario = plan(lines, *parts, RISK.replace("2 month", "2 month, phase: data"), PHASES)
    costs = simulate(scenario, 2, keep=scenario.lines).retained_draws
    assert costs["staff_cost"][0] == pytest.approx(11 * 17 * MONTH)
    assert costs["rental_cost"][0] + costs["idle_cost"][0] == pytest.approx(10 * 12 * MONTH)
    with pytest.raises(InvalidInputError, match="no phase 'dta' before the release in the schedule; did you mean 'data'"):
        plan(lines, *parts, RISK.replace("2 month", "2 month, phase: dta"), PHASES)


def test_a_risk_that_is_no_line_has_no_delay(plan):
    assert total_of(plan(STAFF, RISK, PHASES)) == pytest.approx(11 * 15 * MONTH)


def test_a_delay_of_a_stated_staff_cost_costs_its_share(plan):
    text = CONTRACT.replace("[rental_cost, idle_cost]", "[compute, staff_cost, risk_cost]") + "staff_cost: 1500 USD\n"
    # 1,500 USD for 15 months: 100 USD a month, for a delay of two.
    assert value_of(plan(text, RISK, PHASES), "risk_cost") == pytest.approx(200)


def test_the_adoption_of_levers_lengthens_the_first_phase_by_the_longest(read_plan):
    text = """extends: llama-3.1-405b
levers: [fault-tolerance, new-optimisers]
adoption: {fault-tolerance: {delay: 1 month}, new-optimisers: {delay: 4 month}}
schedule: {data: {duration: 3 month}, final_run: {}}
"""
    assert value_of(read_plan(text), "data.end") == pytest.approx(7 * MONTH)


def test_a_shock_to_the_duration_shifts_the_release_and_the_service(plan):
    shock = "adjustments: {late: {about: x, effects: [{on: duration, add: 6 month}]}}\n"
    scenario = plan(STAFF, PHASES, shock)
    assert value_of(scenario, "release") == pytest.approx(21 * MONTH)
    assert value_of(scenario, "serving.end") == pytest.approx(27 * MONTH)
    assert total_of(scenario) == pytest.approx(11 * 21 * MONTH)


# --- without a schedule -----------------------------------------------------------------------------------------------------


DERIVED = "outcomes: [wall_clock]\nprices: 2026 USD\ndeflator: 1\ncommitment: on-demand\n"
"""The phases are derived from what the lines and outcomes need, and from nothing else."""


def months_of(scenario):
    times = [f"{phase}.{edge}" for phase in scenario.phases for edge in ("start", "end")]
    draws = simulate(scenario, 2, keep=times).retained_draws
    return {phase: tuple(float(draws[f"{phase}.{edge}"][0] / MONTH) for edge in ("start", "end")) for phase in scenario.phases}


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (10, {"data": (0, 3.5), "experiments": (3.5, 4.5), "final_run": (4.5, 9.5), "post_training": (9.5, 10)}),
        (6, {"data": (0, 0), "experiments": (0, 0.5), "final_run": (0.5, 5.5), "post_training": (5.5, 6)}),
        (2, {"data": (0, 0), "experiments": (0, 0), "final_run": (0, 5), "post_training": (5, 5.5)}),
    ],
)
def test_phases_are_derived_from_the_work_and_the_duration(read_plan, duration, expected):
    text = DERIVED + RUN.replace("[rental_cost]", "[rental_cost, staff_cost]") + STAFF.partition("\n")[2]
    scenario = read_plan(text + WORK + f"duration: {duration} month\n")
    assert scenario.has_derived_schedule
    months = months_of(scenario)
    assert list(months) == list(expected)
    for phase, times in expected.items():
        assert months[phase] == pytest.approx(times, abs=1e-9)


def test_people_work_beside_a_service_that_is_bought(plan):
    scenario = plan(SERVED.replace("[serving_cost]", "[serving_cost, staff_cost]"), STAFF.partition("\n")[2],
                    "service_life: 18 month\nduration: 12 month\n")  # fmt: skip
    assert months_of(scenario) == {"development": (0, 12), "serving": (0, 18)}


def test_a_service_follows_the_development(read_plan):
    text = DERIVED + RUN.replace("[rental_cost]", "[rental_cost, serving_cost]") + SERVED.partition("\n")[2]
    months = months_of(read_plan(text + WORK + "service_life: 18 month\n"))
    assert months["post_training"][1] == pytest.approx(6.5)
    assert months["serving"] == pytest.approx((6.5, 24.5))


def test_a_cost_without_any_time_has_one_phase_of_no_length(read_plan):
    scenario = read_plan("lines: [chip_cost]\noutcomes: []\nprices: 2026 USD\nchip_cost: 1000 USD\n")
    assert scenario.has_derived_schedule
    assert months_of(scenario) == {"development": (0, 0)}


def test_a_stated_schedule_is_not_derived(plan):
    assert not plan(STAFF, "schedule:\n  data: {duration: 3 month}\n").has_derived_schedule


@pytest.mark.parametrize("name", ["gpt-4", "large", "small-medium", "api-user", "programme-5-to-7-trillion"])
def test_derived_phases_change_no_quantity(monkeypatch, name):
    """Nothing depends on them: without them, all quantities of the plan have the same draws, and the same inputs."""
    from simulator.scenario.assemble import pipeline

    derived = read(name)
    monkeypatch.setattr(pipeline, "with_derived_phases", lambda context, parts: parts)
    plain = read(name)
    assert derived.phases
    assert not plain.phases
    assert derived.inputs.keys() == plain.inputs.keys()
    names = plain.plan.names
    before, after = (simulate(scenario, 64, keep=names).retained_draws for scenario in (plain, derived))
    for quantity in names:
        assert np.array_equal(before[quantity], after[quantity], equal_nan=True), quantity


# --- dates ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "day"), [("2027-01", "2027-01-01"), ("2027-02-15", "2027-02-15")])
def test_a_start_is_the_first_day_of_the_schedule(plan, start, day):
    assert str(plan(STAFF, f"start: {start}\nduration: 3 month\n").start_date) == day


@pytest.mark.parametrize("start", ["2027", "2027-13", "soon"])
def test_a_start_is_a_month_or_a_day(plan, start):
    with pytest.raises(InvalidInputError, match="start"):
        plan(STAFF, f"start: {start}\nduration: 3 month\n")


def test_without_a_start_there_is_no_date(plan):
    assert plan(STAFF, "duration: 3 month\n").start_date is None


def test_escalation_applies_without_a_schedule(write_plan):
    opened = open_scenario(write_plan(HEAD + STAFF + "duration: 3 month\n"))
    assert "escalation" in opened.with_(sets=["escalation=0.03 1/year"]).scenario.plan.names
