"""Results of tasks for which nobody waits, as the rule between is "always"."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("always"):
    job = BatchJobOperator(task_id="job", **JOB)
    at_once = BatchJobOperator(task_id="at_once", trigger_rule="always", environment={"JOB": job.output}, **JOB)
    behind = BatchJobOperator(task_id="behind", environment={"JOB": "{{ ti.xcom_pull('job') }}"}, **JOB)
    at_once >> behind
