"""Several ingests at once, and ingests that are killed: the lake ends up as after one clean run."""

import json
import random
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.simulate import simulate
from tests.chaos.lakes import contents, ingest_command

SEEDS = range(3)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("files")
    simulate(root, start=datetime(2026, 3, 2, tzinfo=UTC), hours=1, seed=5, scale=0.1)
    return root / "bucket"


@pytest.fixture(scope="module")
def clean(bucket: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    lake = tmp_path_factory.mktemp("clean") / "lake"
    subprocess.run(ingest_command(lake, bucket), check=True, capture_output=True)
    found = contents(lake)
    assert found["staged.vpc_flow"]
    return found


def test_ingests_at_once_add_everything_once(bucket, clean, tmp_path):
    lake = tmp_path / "lake"
    running = [subprocess.Popen(ingest_command(lake, bucket), stdout=subprocess.PIPE) for _ in range(4)]
    reports = [report for process in running for report in json.loads(process.communicate()[0])]
    assert [process.returncode for process in running] == [0] * 4
    assert contents(lake) == clean
    staged = sum(report["rows_out"] for report in reports if report["source"] == "vpc_flow")
    assert staged == len(clean["staged.vpc_flow"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_ingest_is_finished_by_the_next(bucket, clean, tmp_path, seed):
    lake, chance = tmp_path / "lake", random.Random(seed)
    for _ in range(2):
        process = subprocess.Popen(ingest_command(lake, bucket), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=chance.uniform(0.8, 3.0))
        process.kill()
        process.wait()
    subprocess.run(ingest_command(lake, bucket), check=True, capture_output=True)
    assert contents(lake) == clean
    assert not list((lake / ".intent").glob("*.json"))


POINTS = ("before the intent", "after the intent", "between two tables", "before it is cleared")


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_a_named_point_loses_and_doubles_nothing(bucket, clean, tmp_path, point):
    lake = tmp_path / "lake"
    crashed = subprocess.run([sys.executable, "-m", "tests.chaos.crash", point, str(lake), str(bucket)], check=False)
    assert crashed.returncode == 9, "the process did not reach the point"
    subprocess.run(ingest_command(lake, bucket), check=True, capture_output=True)
    assert contents(lake) == clean
