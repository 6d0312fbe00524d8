"""Two runs are the same when Batch was asked for the same jobs, in an order the DAG allows, with the same end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from asl_export.verify.compare import Comparison, compare
from asl_export.verify.edges import Edge, JobTask
from asl_export.verify.jobs import Job
from asl_export.verify.run import Outcome, Run


def job(name: str, *, id: str = "", at: float = 0.0, **changes: Any) -> Job:
    """A job that ran for a second from `at` on."""
    request = {"jobName": name, "jobQueue": "queue", **changes.pop("request", {})}
    known: dict[str, Any] = {
        "id": id or f"{name}@{at}",
        "name": name,
        "queue": "queue",
        "request": request,
        "status": "SUCCEEDED",
        "reason": None,
        "exit_code": 0,
        "created": at,
        "started": at,
        "stopped": at + 1,
        "log_stream": None,
    }
    return Job(**{**known, **changes})


def failed(name: str, *, exit_code: int = 1, at: float = 0.0) -> Job:
    reason = "Essential container in task exited"
    return job(name, at=at, status="FAILED", exit_code=exit_code, reason=reason)


def terminated(name: str) -> Job:
    return job(name, status="FAILED", exit_code=143, reason="a sibling failed")


def run(engine: str, *jobs: Job, reason: str | None = None) -> Run:
    outcome = Outcome(engine=engine, succeeded=reason is None, reason=reason, began=0, ended=9, log=Path("log"))
    return Run(outcome=outcome, jobs=jobs)


def both(direct: list[Job], exported: list[Job], *edges: Edge, reason: str | None = None) -> Comparison:
    return compare(run("Airflow", *direct, reason=reason), run("Step Functions", *exported, reason=reason), edges)


def edge(upstream: str, downstream: str, *, per_item: bool = False) -> Edge:
    tasks = [JobTask(task_id=name, literal=True, pattern=re.compile(name)) for name in (upstream, downstream)]
    return Edge(upstream=tasks[0], downstream=tasks[1], per_item=per_item)


def told(comparison: Comparison) -> list[tuple[str, str, str, str]]:
    return [(found.where, found.what, found.direct, found.exported) for found in comparison.differences]


def test_equal_runs_are_the_same_whatever_the_order_of_independent_jobs() -> None:
    assert both([job("a", at=0), job("b", at=1)], [job("b", at=0), job("a", at=0)]).same


def test_a_field_of_a_request_that_differs_is_named_with_both_values() -> None:
    ours = job("a", request={"environment": {"SIZE": "1", "SAME": "x"}})
    theirs = job("a", request={"environment": {"SIZE": "2", "SAME": "x", "MORE": "y"}})
    assert told(both([ours], [theirs])) == [
        ("a", "environment.SIZE", "1", "2"),
        ("a", "environment.MORE", "not set", "y"),
    ]


def test_text_and_a_number_that_look_alike_differ_visibly() -> None:
    found = told(both([job("a", request={"priority": "1"})], [job("a", request={"priority": 1})]))
    assert found == [("a", "priority", "'1'", "1")]


def test_a_job_that_one_run_never_submitted_is_a_difference() -> None:
    assert told(both([job("a"), job("b")], [job("a")])) == [("b", "job", "SUCCEEDED", "never submitted")]


def test_a_job_submitted_twice_is_a_difference() -> None:
    found = told(both([job("a")], [job("a", id="1"), job("a", id="2")]))
    assert found == [("a", "job", "never submitted", "SUCCEEDED")]


def test_jobs_of_one_name_are_matched_by_their_requests() -> None:
    items = [job("run", id=str(n), request={"environment": {"N": str(n)}}) for n in (1, 2, 3)]
    assert both(items, items[::-1]).same


def test_an_exit_code_that_differs_is_a_difference_when_both_runs_failed_too() -> None:
    found = told(both([failed("a", exit_code=1)], [failed("a", exit_code=2)], reason="a failed"))
    assert found == [("a", "exit code", "1", "2")]


def test_when_both_failed_a_job_that_one_had_no_time_to_reach_is_a_note() -> None:
    comparison = both([failed("a")], [failed("a"), terminated("b")], reason="a failed")
    assert comparison.same
    assert comparison.notes == ("b: submitted by Step Functions only; Airflow had failed before it",)


def test_when_both_failed_a_job_that_only_one_had_to_terminate_is_no_difference() -> None:
    assert both([failed("a"), job("b")], [failed("a"), terminated("b")], reason="a failed").same


def test_one_run_that_failed_alone_is_a_difference_with_its_reason() -> None:
    comparison = compare(run("Airflow", job("a")), run("Step Functions", job("a"), reason="no permission"), ())
    assert told(comparison) == [("the run", "final state", "succeeded", "failed: no permission")]


def test_a_start_before_the_upstream_job_ended_is_a_difference() -> None:
    comparison = both([job("a", at=0), job("b", at=1)], [job("a", at=0), job("b", at=0.5)], edge("a", "b"))
    assert [found.what for found in comparison.differences] == [
        "Step Functions: b (b) started before a had ended",
    ]


def test_a_start_in_the_millisecond_of_the_upstream_end_is_in_order() -> None:
    jobs = [job("a", at=0), job("b", at=1)]
    assert both(jobs, jobs, edge("a", "b")).edges_checked == 1
    assert both(jobs, jobs, edge("a", "b")).same


def test_an_item_of_a_mapped_group_may_go_on_before_the_other_items() -> None:
    jobs = [job("a", id="a1", at=0), job("b", id="b1", at=1), job("a", id="a2", at=5), job("b", id="b2", at=6)]
    assert both(jobs, jobs, edge("a", "b", per_item=True)).same
    assert not both(jobs, jobs, edge("a", "b", per_item=False)).same


def test_an_item_that_overtakes_its_own_upstream_is_found() -> None:
    jobs = [job("a", id="a1", at=3), job("b", id="b1", at=1)]
    assert not both(jobs, jobs, edge("a", "b", per_item=True)).same


def test_an_edge_between_jobs_that_can_t_be_told_apart_is_noted_and_not_counted() -> None:
    first, second = edge("same", "b"), edge("c", "same")
    twin = JobTask(task_id="twin", literal=True, pattern=re.compile("same"))
    edges = (first, Edge(upstream=second.upstream, downstream=twin, per_item=False))
    comparison = both([job("same"), job("b", at=2)], [job("same"), job("b", at=2)], *edges)
    assert comparison.edges_checked == 0
    assert comparison.notes[0] == "the order of same >> b: more than one task has a job named same"


def test_an_output_folder_of_its_own_is_no_difference_when_told_so() -> None:
    direct = run("Airflow", job("a", request={"parameters": {"out": "s3://b/one/x"}, "command": ["s3://b/one"]}))
    exported = run("Step", job("a", request={"parameters": {"out": "s3://b/two/x"}, "command": ["s3://b/two"]}))
    assert compare(direct, exported, (), same_text={"s3://b/two": "s3://b/one"}).same
    assert not compare(direct, exported, ()).same
