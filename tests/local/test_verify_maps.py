"""`asl-export verify` on maps: the jobs of their items, or their array jobs, are the same from both engines."""

from pathlib import Path

import pytest

from tests.local.test_verify_runs import STACK, compared, plan

pytestmark = pytest.mark.slow

MORE = """
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: maps}
  Items:
    Type: AWS::Batch::JobDefinition
    Properties:
      JobDefinitionName: items
      Type: container
      ContainerProperties:
        Image: airstep/items:1
        ResourceRequirements: [{Type: VCPU, Value: "1"}, {Type: MEMORY, Value: "128"}]
  Planner:
    Type: AWS::Batch::JobDefinition
    Properties:
      JobDefinitionName: planner
      Type: container
      ContainerProperties:
        Image: airstep/item_runner:1
        ResourceRequirements: [{Type: VCPU, Value: "1"}, {Type: MEMORY, Value: "128"}]
"""

BODY = """
    from airstep.operators import BatchMapOperator, item
    common = {{
        "job_queue": "queue", "job_definition": "items", "planner_job_definition": "planner",
        "results": "s3://maps/results", "items": [{{"n": number, "w": "{{x}}"}} for number in range(3)],
        "strategy": {strategy!r}, "tolerated_failure_count": {tolerated},
    }}
    each = BatchMapOperator(
        task_id="each", command=["sh", "-c", "test $0 != 1", item["n"]],
        environment={{"W": item["w"] + "{{{{ params.size }}}}", "S": "{{{{ params.size }}}}{{}}"}}, **common,
    )
    job("first") >> each >> job("last")
"""


@pytest.mark.parametrize("tolerated", [1, 0])
@pytest.mark.parametrize("strategy", ["jobs", "array"])
def test_a_map_does_the_same_on_both_engines(tmp_path: Path, strategy: str, tolerated: int) -> None:
    made = plan(tmp_path, BODY.format(strategy=strategy, tolerated=tolerated))
    made.stack.write_text(STACK + MORE)
    found = compared(made)
    assert found.differences == ()
    ended = (found.direct.outcome.succeeded, found.exported.outcome.succeeded)
    assert ended == (bool(tolerated), bool(tolerated))
    jobs = {"first": 1, "each": 3 if strategy == "jobs" else 1, **({"last": 1} if tolerated else {})}
    names = [job.name for job in found.exported.jobs]
    assert {name: names.count(name) for name in names} == jobs
