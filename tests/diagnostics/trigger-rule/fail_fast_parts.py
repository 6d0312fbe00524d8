"""Fail-fast groups of which Airflow runs a part when another has failed."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_parts", params={"n": Param(1, type="integer")}):
    first = BatchJobOperator(task_id="first", **JOB)
    with ParallelBranches("half_started") as half_started:
        BatchJobOperator(task_id="work", **JOB)
        BatchJobOperator(task_id="regardless", trigger_rule="all_done", **JOB)
    with ParallelBranches("skips") as skips:
        choice = ChoiceOperator(task_id="choice", choices=[("{{ params.n > 1 }}", "skips.followed")])
        followed, left_out = (BatchJobOperator(task_id=name, **JOB) for name in ("followed", "left_out"))
        choice >> [followed, left_out] >> BatchJobOperator(task_id="join", **JOB)
    with ParallelBranches("races") as races:
        other, chosen = (BatchJobOperator(task_id=name, **JOB) for name in ("other", "chosen"))
        ChoiceOperator(task_id="choice", choices=[("{{ params.n > 1 }}", "races.chosen")]) >> chosen
        other >> chosen
    first >> half_started
    setup = BatchJobOperator(task_id="setup", **JOB).as_setup()
    with ParallelBranches("in_setup") as in_setup:
        BatchJobOperator(task_id="a", **JOB) >> BatchJobOperator(task_id="b", **JOB)
        BatchJobOperator(task_id="asks_setup_only", trigger_rule="all_done", **JOB)
    setup >> BatchJobOperator(task_id="before", **JOB) >> in_setup
    in_setup >> BatchJobOperator(task_id="teardown", **JOB).as_teardown(setups=setup)
