"""Energy logs as codecarbon's releases write them: their columns, ranks of one job, GPUs that the library does not know."""

import pytest

from simulator.core.errors import InvalidInputError
from simulator.records import codecarbon

COLUMNS = {
    "1.2.0": (
        "timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,"
        "region,on_cloud,cloud_provider,cloud_region"
    ),
    "2.0.0": (
        "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,"
        "gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,"
        "os,python_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,"
        "tracking_mode,on_cloud"
    ),
    "2.2.2": (
        "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,"
        "gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,"
        "os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
        "ram_total_size,tracking_mode,on_cloud"
    ),
    "2.4.2": (
        "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,"
        "gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,"
        "os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
        "ram_total_size,tracking_mode,on_cloud,pue"
    ),
    "2.8.4": (
        "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
        "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,"
        "cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,"
        "longitude,latitude,ram_total_size,tracking_mode,on_cloud,pue"
    ),
    "3.1.1": (
        "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
        "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,"
        "region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,"
        "gpu_model,longitude,latitude,ram_total_size,tracking_mode,on_cloud,pue,wue"
    ),
    "3.3.2": (
        "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
        "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,"
        "region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,"
        "gpu_model,longitude,latitude,ram_total_size,tracking_mode,cpu_utilization_percent,"
        "gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue"
    ),
}
"""Columns of the files that the releases write, in their order, as seen in files of each (of 1.2.0, in its data class)."""
DEFAULT_EXPERIMENT = "5b0fa12a-3dd7-45bb-9766-cc326314d9f1"
"""What releases from 2 write as the experiment where none is set, in every run."""
RUN = {
    "timestamp": "2026-09-04T20:00:00",
    "project_name": "sft",
    "run_id": "a",
    "experiment_id": DEFAULT_EXPERIMENT,
    "duration": "36000",
    "emissions": "16.8",
    "energy_consumed": "56",
    "gpu_energy": "48",
    "cpu_model": "c",
    "gpu_count": "8",
    "os": "Linux",
    "gpu_model": "8 x NVIDIA H100 80GB HBM3",
    "ram_total_size": "1000",
    "tracking_mode": "machine",
    "pue": "1.0",
    "wue": "0.0",
}


@pytest.fixture
def log(tmp_path):
    """Write a log of a release from runs, each with what differs from ten hours of eight H100 at 700 W."""

    def write(*runs, release="3.3.2"):
        columns = COLUMNS[release].split(",")
        rows = [RUN | {"codecarbon_version": release} | run for run in runs]
        lines = [",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows)]
        path = tmp_path / "emissions.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def power(prior_set):
    return next((prior for prior in prior_set.priors if prior.quantity == "average_power"), None)


def notes(prior_set):
    return "\n".join(map(str, prior_set.notes))


@pytest.mark.parametrize("release", COLUMNS)
def test_file_of_each_release(log, release):
    # 56 kWh in 10 h on 8 chips are 0.7 kW a chip; 16.8 kg over 56 kWh are 300 g/kWh.
    prior_set = codecarbon.read(log({}, release=release))
    intensity = next(prior for prior in prior_set.priors if prior.quantity == "grid_intensity")
    assert intensity.distribution == {"value": 300.0}
    if release.startswith("1"):
        assert power(prior_set) is None
        assert "it needs gpu_count (no such column)" in notes(prior_set)
    else:
        assert power(prior_set).distribution["quantiles"]["p50"] == pytest.approx(0.7)


def test_file_without_gpus_gives_no_power(log):
    prior_set = codecarbon.read(log({"gpu_count": "", "gpu_model": "", "gpu_energy": "0.0"}))
    assert power(prior_set) is None
    assert "average_power is not available" in notes(prior_set)


def test_experiment_is_the_run_in_the_first_version(log):
    earlier, later = {"duration": "18000", "energy_consumed": "28", "emissions": "8.4"}, {}
    prior_set = codecarbon.read(log(earlier, later, {"experiment_id": "other"}, release="1.2.0"))
    assert "2 runs used" in notes(prior_set)
    assert "an earlier state of the same run (1)" in notes(prior_set)


def ranks(count, **others):
    return [
        {"run_id": f"rank-{i}", "timestamp": f"2026-09-04T20:00:0{i}", "duration": str(36000 + i)} | others
        for i in range(count)
    ]


def test_ranks_of_one_job_count_once(log):
    alone = power(codecarbon.read(log({})))
    prior_set = codecarbon.read(log(*ranks(8)))
    job = power(prior_set)
    assert job.grade == alone.grade == "B"
    for key, value in alone.distribution["quantiles"].items():
        assert job.distribution["quantiles"][key] == pytest.approx(value, rel=2e-4)
    assert "8 rows of like machines at overlapping times count as 1 run" in notes(prior_set)


def test_runs_one_after_another_are_several(log):
    days = [{"run_id": f"r{day}", "timestamp": f"2026-09-0{day}T20:00:00"} for day in (1, 2, 3)]
    prior_set = codecarbon.read(log(*days))
    assert "3 runs used" in notes(prior_set)
    assert power(prior_set).grade == "A"


def test_runs_that_hardly_overlap_are_several(log):
    # Ten hours until 20:00, and ten hours until 05:00 of the next day: one hour is common.
    prior_set = codecarbon.read(log({}, {"run_id": "b", "timestamp": "2026-09-05T05:00:00"}))
    assert "2 runs used" in notes(prior_set)


def test_other_machines_at_the_same_time_are_other_runs(log):
    prior_set = codecarbon.read(log({}, {"run_id": "b", "project_name": "other"}))
    assert "2 runs used" in notes(prior_set)


RTX = {
    "gpu_model": "1 x NVIDIA GeForce RTX 4070",
    "gpu_count": "1",
    "duration": "7200",
    "energy_consumed": "0.56",
    "gpu_energy": "0.36",
}
ADA = {
    "gpu_model": "2 x NVIDIA RTX 6000 Ada Generation",
    "gpu_count": "2",
    "duration": "7200",
    "energy_consumed": "1.36",
    "gpu_energy": "1.16",
}


def test_unknown_gpus_are_named_and_not_pooled(log):
    path = log(RTX | {"run_id": "a"}, ADA | {"run_id": "b"})
    prior_set = codecarbon.read(path)
    assert power(prior_set) is None
    assert "GPUs that the library does not know: RTX 4070 (1), RTX 6000 Ada Generation (1)" in notes(prior_set)
    # 0.56 kWh in 2 h on one, 1.36 kWh in 2 h on two.
    assert power(codecarbon.read(path, chip="RTX 4070")).distribution["quantiles"]["p50"] == pytest.approx(0.28)
    assert power(codecarbon.read(path, chip="NVIDIA RTX 6000 Ada Generation")).distribution["quantiles"][
        "p50"
    ] == pytest.approx(0.34)


def test_unknown_gpus_beside_known_ones_are_left_out(log):
    prior_set = codecarbon.read(log({}, RTX | {"run_id": "b"}))
    assert power(prior_set).distribution["quantiles"]["p50"] == pytest.approx(0.7)
    assert "of another chip, NVIDIA GeForce RTX 4070 (1)" in notes(prior_set)


def test_misspelt_chip_is_refused(log):
    with pytest.raises(InvalidInputError, match="no chip 'RTX 4090'"):
        codecarbon.read(log(RTX), chip="RTX 4090")


def test_logged_use_of_gpus_is_told(log):
    assert "GPUs busy 93% of the time (which is no MFU)" in power(codecarbon.read(log({"gpu_utilization_percent": "93"}))).about
    assert "look at this: GPUs were busy for 12% of the time" in notes(codecarbon.read(log({"gpu_utilization_percent": "12"})))
    assert "busy" not in power(codecarbon.read(log({}))).about
