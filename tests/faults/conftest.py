"""`pytest tests/faults --fault-times 10 --fault-seconds 60 --fault-records FILE` puts a real Airflow through faults."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.airflow_database import CONNECTION
from tests.airflow_run import Scheduler, airflow_home, running_scheduler
from tests.faults.kinds import DAGS, KINDS, RETRIES, TASKS, Kind
from tests.faults.report import Outcome, Record
from tests.faults.work import Faults, Work
from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.local_aws_server import LocalAws, serving
from tests.local.s3_bucket import new_bucket

SETTINGS = {
    "AIRFLOW__CORE__PARALLELISM": "32",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "5",
}
"""Airflow looks for the dead more often than by default; tasks look whether they are still wanted as seldom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Where what came of the faults is kept, if anywhere."""

    path: Path | None
    database: str

    def judge(
        self,
        fault: str,
        kind: Kind,
        outcome: Outcome,
        expected: Outcome,
        *,
        injected: int,
        shared: bool = False,
        seconds: float | None = None,
    ) -> None:
        """Keep what came of a fault, then fail if it isn't what was expected."""
        record = Record(
            fault=fault,
            kind=kind.words,
            injected=injected,
            shared=shared,
            outcome=outcome,
            expected=expected,
            seconds=seconds,
            database=self.database,
        )
        if self.path:
            record.append_to(self.path)
        assert outcome == expected, f"{fault}: {kind.words}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-times", type=int, default=1, help="how often each fault is injected, at least")
    parser.addoption("--fault-seconds", type=float, default=8, help="how long a fault of AWS lasts")
    parser.addoption("--fault-kinds", default=",".join(KINDS), help="what they come to; default: %(default)s")
    parser.addoption("--fault-records", type=Path, help="the file to which a line is added for each fault")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat a test that takes a `turn`: its mark `hits(n)` says how many faults one injects."""
    if "turn" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("hits")
        times = metafunc.config.getoption("--fault-times", default=1)
        metafunc.parametrize("turn", range(math.ceil(times / (mark.args[0] if mark else 1))))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hits(n): how many faults one turn of this test injects")


@pytest.fixture(scope="session")
def records(request: pytest.FixtureRequest, airflow: Scheduler) -> Records:
    database = airflow.home[CONNECTION].partition(":")[0].partition("+")[0]
    return Records(path=request.config.getoption("--fault-records", default=None), database=database)


@pytest.fixture(scope="session")
def fault_seconds(request: pytest.FixtureRequest) -> float:
    return float(request.config.getoption("--fault-seconds", default=8))


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """A server of our own, whose faults hit nobody else."""
    with serving("--minimum-timeout", "1", "--stop-timeout", "2") as server:
        yield server


@pytest.fixture(scope="session")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws, vcpus=200)
    made.define("-items", container={"image": "airstep/items:1"})
    yield made
    stop_all(made)


@pytest.fixture
def faults(local_aws: LocalAws) -> Iterator[Faults]:
    made = Faults(endpoint=local_aws.endpoint)
    yield made
    made.set()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder whose files let jobs end."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session")
def airflow(batch: Batch, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    folder: Path = tmp_path_factory.mktemp("scheduler")
    bucket = new_bucket(batch.aws)
    text = DAGS.format(name=batch.name, bucket=bucket.name, folder=files, tasks=TASKS, retries=RETRIES)
    dags = {"dags.py": text}
    home = airflow_home(folder / "airflow", dags=dags, environment=batch.aws.environment)
    with running_scheduler(home, folder / "logs", settings=SETTINGS, triggerers=2) as scheduler:
        yield scheduler


@pytest.fixture(scope="session")
def kinds(request: pytest.FixtureRequest) -> tuple[Kind, ...]:
    names: str = request.config.getoption("--fault-kinds", default=",".join(KINDS))
    return tuple(KINDS[name] for name in names.split(","))


@pytest.fixture
def waiting(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """The kinds whose tasks wait in their own process."""
    return tuple(kind for kind in kinds if not kind.deferred) or pytest.skip("no kind that waits was asked for")


@pytest.fixture
def deferred(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """The kinds whose tasks wait in the triggerer."""
    return tuple(kind for kind in kinds if kind.deferred) or pytest.skip("no kind that is deferred was asked for")


Start = Callable[[Sequence[Kind]], list[Work]]


@pytest.fixture
def start(airflow: Scheduler, batch: Batch, files: Path) -> Iterator[Start]:
    """Starts a run of each kind; at the end none of their jobs lives."""
    made = list[Work]()

    def call(kinds: Sequence[Kind]) -> list[Work]:
        found = [Work.start(airflow, batch, files, kind) for kind in kinds]
        made.extend(found)
        return found

    yield call
    Faults(endpoint=batch.aws.endpoint).set()
    for work in made:
        work.let_jobs_end()
    stop_all(batch)
