"""The video_processing DAG with a video that is none: the right job fails, in ffmpeg's words, in both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from asl_export.pipeline import export_dag, load_dag
from asl_export.verify.session import Session, child_environment, open_session
from asl_export.verify.stack import create_stack
from tests.airflow_run import DagsTest, airflow_dags_test, airflow_home, wait_until

ROOT = Path(__file__).parents[2]
DAG_FILE = ROOT / "dags/video_processing.py"
CONF = {"input": "s3://airstep-video-processing/broken.mp4", "output": "s3://airstep-video-processing/out"}
WORDS = "Invalid data found when processing input"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A local AWS with the DAG's stack and a text file in place of the video."""
    with open_session(tmp_path_factory.mktemp("video"), images=ROOT / "containers") as session:
        create_stack(session, ROOT / "containers/stacks/video_processing.yaml", "video-processing")
        session.client("s3").put_object(Bucket="airstep-video-processing", Key="broken.mp4", Body=b"no video at all")
        yield session


@pytest.fixture(scope="module")
def direct(session: Session) -> DagsTest:
    home = airflow_home(
        session.folder / "home",
        dags={DAG_FILE.name: DAG_FILE.read_text()},
        environment=child_environment(session.endpoint),
    )
    return airflow_dags_test(home, "video_processing", CONF)


@pytest.fixture(scope="module")
def execution(session: Session) -> Mapping[str, Any]:
    client = session.client("stepfunctions")
    machine = client.create_state_machine(
        name="video_processing",
        definition=export_dag(load_dag("video_processing", DAG_FILE.parent)).to_json(pretty=False),
        roleArn="arn:aws:iam::123456789012:role/any",
    )
    started = client.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(CONF))

    def ended() -> Any:
        described = client.describe_execution(executionArn=started["executionArn"])
        return described if described["status"] != "RUNNING" else None

    return dict(wait_until(ended, seconds=60))


def test_the_task_that_reads_the_video_fails_in_ffmpegs_words_and_names_the_job(direct: DagsTest) -> None:
    error = re.search(
        r"JobFailed: Batch job 'SplitVideo-[0-9a-f]{8}-[0-9a-f]{12}'.*\n +exit code: 1\n(?: .*\n)+", direct.output
    )

    assert direct.exit_code != 0
    assert direct.run.tasks["extract_metadata"] == "failed"
    assert error, direct.output
    assert WORDS in error.group()


def test_nothing_that_needs_the_video_s_metadata_runs(direct: DagsTest) -> None:
    others = {state for task, state in direct.run.tasks.items() if task != "extract_metadata"}

    assert others == {"upstream_failed"}


def test_the_exported_machine_fails_at_the_same_job_and_submits_no_other(
    session: Session, execution: Mapping[str, Any]
) -> None:
    failed = json.loads(execution["cause"])
    log = session.client("logs").get_log_events(
        logGroupName="/aws/batch/job", logStreamName=failed["Container"]["LogStreamName"]
    )

    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    assert (failed["JobName"], failed["Container"]["ExitCode"]) == ("SplitVideo", 1)
    assert WORDS in "".join(event["message"] for event in log["events"])


def test_a_param_of_the_wrong_form_is_refused_before_any_job(session: Session) -> None:
    home = airflow_home(
        session.folder / "refused",
        dags={DAG_FILE.name: DAG_FILE.read_text()},
        environment=child_environment(session.endpoint),
    )

    done = airflow_dags_test(home, "video_processing", {**CONF, "account": "12"})

    assert done.exit_code != 0
    assert "'12' does not match '^[0-9]{12}$'" in done.output
