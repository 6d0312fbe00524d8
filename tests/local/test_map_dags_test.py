"""BatchMapOperator under the real `airflow dags test`, on the local AWS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow_run import DagsTest, airflow_dags_test, airflow_home
from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket, new_bucket

pytestmark = pytest.mark.slow

DAG = """
from datetime import timedelta
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator, BatchMapOperator, S3Csv, S3JsonLines, S3Objects, item

common = {{
    "job_queue": "{name}-queue",
    "results": "s3://{bucket}/results",
    "job_definition": "{name}-definition",
}}
at_once = {{"retry_delay": timedelta(0)}}

with DAG("m", schedule=None, params={{"prefix": "in/"}}):
    for deferrable in (False, True):
        kind = "deferred" if deferrable else "waiting"
        BatchMapOperator(
            task_id=f"jobs-{{kind}}", strategy="jobs", deferrable=deferrable,
            items=S3Objects(bucket="{bucket}", prefix="{{{{ params.prefix }}}}", suffix=".txt"),
            command=["sh", "-c", "echo $KEY; test $KEY != in/bad.txt"],
            environment={{"KEY": item["Key"], "SIZE": item["Size"]}},
            tolerated_failure_count=1, **common,
        )
"""


@pytest.fixture(scope="module")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws)
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def bucket(local_aws: LocalAws) -> Bucket:
    made = new_bucket(local_aws)
    for name in ("a.txt", "b.txt", "bad.txt", "c.txt", "other.bin"):
        made.put(f"in/{name}", name)
    return made


@pytest.fixture(scope="module")
def done(batch: Batch, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> DagsTest:
    folder: Path = tmp_path_factory.mktemp("airflow")
    dag = DAG.format(name=batch.name, bucket=bucket.name)
    home = airflow_home(folder, dags={"m.py": dag}, environment=batch.aws.environment)
    return airflow_dags_test(home, "m")


@pytest.mark.parametrize("kind", ["waiting", "deferred"])
def test_each_item_has_a_job_of_its_own(done: DagsTest, batch: Batch, kind: str) -> None:
    assert done.run.tasks[f"jobs-{kind}"] == "success", done.output
    print(done.run.xcoms)
