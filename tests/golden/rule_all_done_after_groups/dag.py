"""all_done behind a group of chains and a mapped task: it runs whatever failed in them."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_all_done_after_groups"):
    with TaskGroup("group") as group:
        a = BatchJobOperator(task_id="a", **JOB)
        b = BatchJobOperator(task_id="b", **JOB)
        c = BatchJobOperator(task_id="c", **JOB)
        a >> b
    each = BatchJobOperator.partial(task_id="each", **JOB).expand(environment=[{"NUMBER": "1"}, {"NUMBER": "2"}])
    last = BatchJobOperator(task_id="last", trigger_rule="all_done", **JOB)
    [group, each] >> last
