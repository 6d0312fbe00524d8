"""Two runs are the same when Batch was asked for the same jobs, in an order the DAG allows, with the same end."""

from __future__ import annotations

import re
from dataclasses import replace

from airstep.errors import left_behind
from asl_export.verify.compare import Comparison, compare
from asl_export.verify.edges import Edge, JobTask
from asl_export.verify.flow import DagFlow
from asl_export.verify.jobs import Job
from tests.unit.verify.runs import (
    DIRECT_ID,
    EXPORTED_ID,
    blocked,
    direct_run,
    edge,
    exported_run,
    failed,
    flow,
    job,
    run,
    task,
    terminated,
)

JOB_ID = "0b8e2f3a-94c1-4c57-9d6e-2f6a1f0c9e11"
OTHER_ID = "7c1d9a44-0f2b-4d0e-8a55-6b3f4e2d1c00"
FAILED = "a failed"


def both(direct: list[Job], exported: list[Job], *edges: Edge, reason: str | None = None) -> Comparison:
    return compare(run("Airflow", *direct, reason=reason), run("Step Functions", *exported, reason=reason), edges)


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


def test_a_job_of_a_task_without_edges_is_not_taken_for_one_whose_name_the_run_tells() -> None:
    any_name = JobTask(task_id="zz", literal=False, pattern=re.compile(".*"))
    from_a = Edge(upstream=task("a"), downstream=any_name, per_item=False)
    known = replace(flow("a zz", "t"), tasks=(task("a"), any_name, task("t")), edges=(from_a,))
    runs = [job("t"), job("a"), job("item", at=2)]
    assert compare(direct_run(*runs), exported_run(*runs), known.edges, flow=known).differences == ()
    late = [job("t"), job("a", at=2), job("item")]
    assert told(compare(direct_run(*late), exported_run(*runs), known.edges, flow=known)) == [
        ("order", "Airflow: item (zz) started before a had ended", "", "")
    ]


def test_when_both_failed_a_job_that_one_had_no_time_to_reach_is_a_note() -> None:
    comparison = both([failed("a")], [failed("a"), terminated("b")], reason="a failed")
    assert comparison.same
    assert comparison.notes == ("b: submitted by Step Functions only; in Airflow a failure came before it",)


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


def known(direct: list[Job], exported: list[Job], dag: DagFlow, *, reason: str | None = None) -> Comparison:
    """The comparison of two runs of a DAG that is known."""
    return compare(direct_run(*direct, reason=reason), exported_run(*exported, reason=reason), dag.edges, flow=dag)


def test_when_both_failed_a_job_that_only_one_submitted_is_a_difference_unless_something_stopped_it() -> None:
    runs = ([failed("a")], [failed("a"), job("b")])
    assert told(known(*runs, flow("a", "b"), reason=FAILED)) == [("b", "job", "never submitted", "SUCCEEDED")]
    assert known(*runs, flow("a", "b", stopped_early="a b"), reason=FAILED).same


def test_a_job_that_a_fail_fast_group_stopped_is_no_difference_in_runs_that_go_on_behind_it() -> None:
    runs = ([failed("a"), job("b")], [failed("a"), terminated("b")])
    assert known(*runs, flow("a", "b", stopped_early="a b")).same
    assert told(known(*runs, flow("a", "b")))[0] == ("b", "status", "SUCCEEDED", "FAILED")
    assert not known([job("a"), job("b")], [job("a"), terminated("b")], flow("a", "b", stopped_early="a b")).same


def test_what_follows_a_fail_fast_group_need_not_wait_for_the_jobs_that_are_being_stopped() -> None:
    stopped = job("b", status="FAILED", exit_code=143, reason="a sibling failed", stopped=3)
    runs = ([failed("a"), job("b"), job("c", at=2)], [failed("a"), stopped, job("c", at=2)])
    assert known(*runs, flow("a c", "b c", stopped_early="a b")).same
    assert ("order", "Step Functions: c (c) started before b had ended") in [
        found[:2] for found in told(known(*runs, flow("a c", "b c")))
    ]


def test_a_job_that_airflow_never_submitted_is_told_with_the_state_of_its_task() -> None:
    direct = direct_run(failed("a"), reason=FAILED, tasks={"b": ("skipped",)})
    exported = exported_run(failed("a"), job("b"), reason=FAILED)
    found = compare(direct, exported, (), flow=flow("a", "b"))
    assert told(found) == [("b", "job", "never submitted (task b: skipped)", "SUCCEEDED")]


def test_what_follows_a_task_with_a_time_limit_need_not_wait_for_the_job_that_the_limit_stops() -> None:
    stopped = job("b", status="FAILED", exit_code=143, reason="timed out", stopped=3)
    runs = ([failed("a"), stopped, job("c", at=2)],) * 2
    assert known(*runs, flow("a c", "b c", limited="b")).same
    assert not known(*runs, flow("a c", "b c", limited="a")).same
    by_itself = ([failed("a"), failed("b", stopped=3), job("c", at=2)],) * 2
    assert not known(*by_itself, flow("a c", "b c", limited="b")).same


def test_a_job_that_may_have_been_stopped_before_its_turn_is_a_note() -> None:
    comparison = known([failed("a"), job("b")], [failed("a")], flow("a", "b", stopped_early="b"), reason=FAILED)
    assert comparison.same
    assert comparison.notes == ("b: submitted by Airflow only; in Step Functions a failure came before it",)


def test_a_job_submitted_ahead_that_never_had_a_turn_counts_as_not_submitted() -> None:
    comparison = known([failed("a")], [failed("a"), blocked("b", "a")], flow("a b"), reason=FAILED)
    assert (comparison.same, comparison.notes, len(comparison.pairs)) == (True, (), 1)


def test_a_job_that_both_submitted_ahead_and_that_never_had_a_turn_is_the_same() -> None:
    jobs = [failed("a"), blocked("b", "a")]
    assert len(known(jobs, jobs, flow("a b"), reason=FAILED).pairs) == 2


def test_a_job_submitted_ahead_that_did_run_is_a_difference() -> None:
    ran = failed("b", at=2, request={"dependsOn": ["a"]})
    assert told(known([failed("a")], [failed("a"), ran], flow("a b"), reason=FAILED))[0][:2] == ("b", "job")


def test_batch_may_wait_for_upstream_tasks_where_airflow_does_itself() -> None:
    first, last = job("a"), job("c", at=5)
    assert known([first, last], [first, job("c", at=5, request={"dependsOn": ["a"]})], flow("a b", "b c")).same


def test_batch_may_wait_for_what_a_group_has_submitted_ahead_where_step_functions_does_itself() -> None:
    ours = [job("a"), job("b", at=2, request={"dependsOn": ["a"]})]
    theirs = [job("a"), job("b", at=2)]
    assert known(ours, theirs, flow("a b", ahead="a b")).same
    assert told(known(ours, theirs, flow("a b"))) == [("b", "dependsOn", "a", "not set")]


def test_a_dependency_that_the_dag_asks_for_in_such_a_group_must_be_in_both() -> None:
    ours = [job("z"), job("a"), job("b", at=2, request={"dependsOn": ["a", "z"]})]
    theirs = [job("z"), job("a"), job("b", at=2)]
    assert told(known(ours, theirs, flow("a b", "z", ahead="a b"))) == [("b", "dependsOn", "z", "not set")]


def test_jobs_of_one_name_that_were_submitted_ahead_are_matched_by_what_else_they_ask() -> None:
    ours = [job("a"), *(job("b", id=n, at=2, request={"dependsOn": ["a"], "parameters": {"n": n}}) for n in "12")]
    theirs = [job("a"), *(job("b", id=n, at=2, request={"parameters": {"n": n}}) for n in "21")]
    assert known(ours, theirs, flow("a b", ahead="a b")).same


def test_a_job_that_airflow_submitted_ahead_and_that_never_had_a_turn_counts_as_not_submitted() -> None:
    ours, theirs = [failed("a"), blocked("b", "a")], [failed("a")]
    assert known(ours, theirs, flow("a b", ahead="a b"), reason=FAILED).same
    assert told(known(ours, theirs, flow("a b"), reason=FAILED)) == [("b", "job", "FAILED", "never submitted")]


def test_a_job_submitted_ahead_counts_once_where_its_task_submitted_another_after_a_retry() -> None:
    first, again = blocked("b", "a"), job("b", at=5)
    ours = [failed("a"), first, job("a", at=3), again]
    assert known(ours, [failed("a"), job("a", at=3), again], flow("a b", ahead="a b")).same


def test_a_job_that_airflow_ended_behind_a_task_that_failed_counts_as_not_submitted() -> None:
    ended = replace(blocked("b", "a"), reason=left_behind("a"))
    comparison = known([job("a"), ended], [job("a")], flow("a b", ahead="a b"), reason=FAILED)
    assert (comparison.same, len(comparison.pairs)) == (True, 1)


def test_a_dependency_on_a_task_that_is_not_upstream_is_a_difference() -> None:
    found = known([job("a"), job("b")], [job("a"), job("b", request={"dependsOn": ["a"]})], flow("a", "b"))
    assert told(found) == [("b", "dependsOn", "not set", "a")]


def test_dependencies_that_the_dag_asks_batch_for_must_be_the_same() -> None:
    ours, theirs = (job("c", at=5, request={"dependsOn": list(names)}) for names in ("a", "ab"))
    found = known([job("a"), job("b"), ours], [job("a"), job("b"), theirs], flow("a c", "b c"))
    assert told(found) == [("c", "dependsOn", "a", "a, b")]


def test_each_run_s_own_id_is_the_same_text() -> None:
    ours = job("a", request={"environment": {"ID": f"id={DIRECT_ID}"}})
    theirs = job("a", request={"environment": {"ID": f"id={EXPORTED_ID}"}})
    assert known([ours], [theirs], flow("a")).same
    assert known([ours], [ours], flow("a")).differences[0].exported == f"id={DIRECT_ID}"


def test_a_run_id_is_known_in_a_job_s_name_too() -> None:
    ours, theirs = (job(f"a-{name}") for name in ("manual__2026-01-31T08-00-00-123456-00-00",) * 2)
    assert known([ours], [theirs], flow("a")).pairs[0].name == "a-{run id}"


def test_ids_of_the_same_job_are_the_same_text() -> None:
    ours = [job("a", id=JOB_ID), job("b", request={"environment": {"AFTER": JOB_ID}})]
    theirs = [job("a", id=OTHER_ID), job("b", request={"environment": {"AFTER": OTHER_ID}})]
    assert known(ours, theirs, flow("a", "b")).same
    theirs[1] = job("b", request={"environment": {"AFTER": "x"}})
    assert told(known(ours, theirs, flow("a", "b"))) == [("b", "environment.AFTER", "{id of a}", "x")]


def test_results_are_compared_value_by_value() -> None:
    ours, theirs = (
        job("a", result=({"n": number, "ids": ["x"], "run": name},))
        for number, name in ((1, DIRECT_ID), (2, EXPORTED_ID))
    )
    assert told(known([ours], [theirs], flow("a"))) == [("a", "result.n", "1", "2")]
    assert told(known([ours], [job("a")], flow("a"))) == [
        ("a", "result", repr({"n": 1, "ids": ["x"], "run": "{run id}"}), "not set")
    ]


def test_a_word_of_a_command_that_differs_is_named_by_its_place() -> None:
    ours, theirs = (job("a", request={"command": ["sh", "-c", script]}) for script in ("exit 0", "exit 1"))
    assert told(known([ours], [theirs], flow("a"))) == [("a", "command[2]", "exit 0", "exit 1")]
