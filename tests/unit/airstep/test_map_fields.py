"""BatchMapOperator's arguments that name the item where there is no single one, or that are known only in the run."""

from typing import Any

import pytest
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, BatchMapOperator, S3Objects, item

WHERE = {"job_queue": "queue", "job_definition": "definition"}
JOB = {"items": S3Objects("media"), "results": "s3://results", "command": ["echo", item["Key"]], **WHERE}


def mapped(**arguments: Any) -> BatchMapOperator:
    with DAG("d"):
        return BatchMapOperator(task_id="each", **{**JOB, **arguments})


@pytest.mark.parametrize(
    "arguments",
    [
        {"items": S3Objects("media", item["Key"])},
        {"items": [item]},
        {"results": "s3://results/" + item["Key"]},
        {"planner_job_definition": item["Key"]},
        {"planner_job_queue": "queue-" + item["Key"]},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_what_is_the_same_for_all_items_cannot_name_one(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"'each': {next(iter(arguments))} names the item, but is the same for all"):
        mapped(**arguments)


@pytest.mark.parametrize("field", ["environment", "parameters", "tags"])
def test_the_names_of_a_mapping_cannot_name_the_item(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} names the item in the name of an entry"):
        mapped(**{field: {"A" + item["Key"]: "x"}}, strategy="jobs")


@pytest.mark.parametrize("strategy", ["array", "jobs"])
@pytest.mark.parametrize("field", ["environment", "parameters"])
def test_a_mapping_may_come_from_a_task(field: str, strategy: str) -> None:
    with DAG("d"):
        given = BatchJobOperator(task_id="given", result="s3://results", **WHERE).output
        found = BatchMapOperator(task_id="each", strategy=strategy, **{**JOB, field: given})
    assert getattr(found, field) is given
