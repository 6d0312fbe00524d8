"""`asl-export verify` on real runs: Airflow's own command, the local AWS, and the jobs that both leave."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from asl_export.pipeline import QueryLanguage
from asl_export.verify.compare import Comparison
from asl_export.verify.errors import VerifyError
from asl_export.verify.patience import Limits
from asl_export.verify.plan import Plan
from asl_export.verify.report import report
from asl_export.verify.verification import verify
from tests.airflow_run import CACHE
from tests.local.local_aws_server import serving, wait_for

IMAGES = Path(__file__).parents[1] / "images"

STACK = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16}
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/20}
  SecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties: {VpcId: !Ref Vpc, GroupDescription: jobs}
  Environment:
    Type: AWS::Batch::ComputeEnvironment
    Properties:
      ComputeEnvironmentName: environment
      Type: MANAGED
      ComputeResources:
        Type: FARGATE
        MaxvCpus: 4
        Subnets: [!Ref Subnet]
        SecurityGroupIds: [!GetAtt SecurityGroup.GroupId]
  Queue:
    Type: AWS::Batch::JobQueue
    Properties:
      JobQueueName: queue
      Priority: 1
      ComputeEnvironmentOrder: [{Order: 1, ComputeEnvironment: !Ref Environment}]
  Definition:
    Type: AWS::Batch::JobDefinition
    Properties:
      JobDefinitionName: shell
      Type: container
      ContainerProperties:
        Image: airstep/shell:1
        ResourceRequirements: [{Type: VCPU, Value: "1"}, {Type: MEMORY, Value: "128"}]
"""

DAG = """
import os
from datetime import timedelta
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator, ParallelBranches

def job(name, script="exit 0", definition="shell", **environment):
    return BatchJobOperator(
        task_id=name, job_queue="queue", job_definition=definition, command=["sh", "-c", script],
        environment={"SIZE": "{{ params.size }}", **environment},
    )

with DAG("subject", params={"size": 3}):
"""

DIAMOND = '    job("first", "echo $SIZE") >> [job("left"), job("right")] >> job("last")\n'
FAILING = '    job("first") >> job("lost", definition="not-there") >> job("never")\n'
UNLIKE = '    job("first", PARSED_IN=os.environ.get("AIRFLOW_HOME", "")) >> job("last")\n'
ENDLESS = '    job("endless", "sleep 600")\n'


def plan(folder: Path, body: str) -> Plan:
    dags = folder / "dags"
    dags.mkdir()
    (dags / "subject.py").write_text(DAG + body)
    (folder / "stack.yaml").write_text(STACK)
    (folder / "cache").symlink_to(CACHE)
    CACHE.mkdir(exist_ok=True)
    return Plan(
        dag_id="subject",
        dags_folder=dags,
        conf={"size": 5},
        folder=folder / "subject",
        query_language=QueryLanguage.JSONATA,
        stack=folder / "stack.yaml",
        images=IMAGES,
        logical_date=datetime(2026, 1, 31, tzinfo=UTC),
    )


def compared(plan: Plan) -> Comparison:
    return verify(plan, Console(file=io.StringIO())).comparison


def page(comparison: Comparison) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(report(comparison))
    return console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of the line before


@pytest.mark.slow
def test_a_diamond_does_the_same_on_both_engines(tmp_path: Path) -> None:
    comparison = compared(plan(tmp_path, DIAMOND))
    assert comparison.differences == ()
    assert [pair.name for pair in comparison.pairs if pair.direct and pair.exported][::3] == ["first", "last"]
    assert comparison.direct.jobs[0].request["environment"] == {"SIZE": "5"}
    assert comparison.edges_checked == 4
    assert "same jobs, same order, same result: yes  (4 jobs, 4 edges of the DAG)" in page(comparison)


@pytest.mark.slow
def test_both_runs_that_fail_alike_are_the_same_and_say_why(tmp_path: Path) -> None:
    comparison = compared(plan(tmp_path, FAILING))
    assert comparison.same
    assert not comparison.direct.outcome.succeeded
    assert "not-there" in (comparison.direct.outcome.reason or "")
    assert "not-there" in (comparison.exported.outcome.reason or "")


@pytest.mark.slow
def test_a_job_that_airflow_submits_otherwise_is_shown_field_by_field(tmp_path: Path) -> None:
    comparison = compared(plan(tmp_path, UNLIKE))
    assert [(found.where, found.what) for found in comparison.differences] == [("first", "environment.PARSED_IN")]
    assert "same result: no: jobs differ" in page(comparison)


def test_a_template_that_is_refused_is_told_with_its_name(tmp_path: Path) -> None:
    made = plan(tmp_path, DIAMOND)
    (tmp_path / "stack.yaml").write_text(STACK.replace("!GetAtt SecurityGroup.GroupId", "sg-1"))
    with pytest.raises(VerifyError, match=r"stack\.yaml: CloudFormation refused it.*sg-1"):
        compared(made)


@pytest.mark.slow
def test_an_interrupted_verify_leaves_no_process(tmp_path: Path) -> None:
    made = plan(tmp_path, ENDLESS)
    command = [sys.executable, "-m", "asl_export", "verify", "subject", "--dags-folder", str(made.dags_folder)]
    command += ["--stack", str(made.stack), "--images", str(IMAGES), "--folder", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}) as process:
        assert process.stderr is not None
        assert any("endless: RUNNING" in line for line in process.stderr)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        code = process.wait(40)
    assert len(family) >= 2
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert code == 128 + signal.SIGTERM
    assert not [found for found in psutil.process_iter(["cmdline"]) if "sleep 600" in (found.info["cmdline"] or [])]


@pytest.mark.slow
def test_a_local_aws_that_was_used_before_serves_again(tmp_path: Path) -> None:
    """Twice at one endpoint, the second time with a template that has changed."""
    made = plan(tmp_path, DIAMOND)
    with serving() as server:
        used = replace(made, endpoint=server.endpoint)
        assert compared(used).differences == ()
        (tmp_path / "stack.yaml").write_text(STACK.replace("Priority: 1", "Priority: 7"))
        again = compared(used)
        queues = server.client("batch").describe_job_queues()["jobQueues"]
    assert (again.differences, len(again.direct.jobs), len(again.exported.jobs)) == ((), 4, 4)
    assert [queue["priority"] for queue in queues] == [7]


@pytest.mark.slow
def test_a_run_that_takes_too_long_is_given_up_and_its_jobs_stopped(tmp_path: Path) -> None:
    made = replace(plan(tmp_path, ENDLESS), limits=Limits(total=30))
    with serving() as server:
        with pytest.raises(VerifyError, match=r"did not end within 30 s \(1 job so far, endless is RUNNING\)"):
            compared(replace(made, endpoint=server.endpoint))
        batch = server.client("batch")
        wait_for(lambda: not batch.list_jobs(jobQueue="queue")["jobSummaryList"], what="the job's end")
