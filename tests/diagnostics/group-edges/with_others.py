"""What is wrong with the edges and with a job is told beside a task that can't be read at all."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("with_others"):
    python = PythonOperator(task_id="python", python_callable=print)
    with ParallelBranches("group"):
        one, two = (BatchJobOperator(task_id=name, **JOB) for name in ("one", "two"))
    python >> one
    two >> BatchOperator(task_id="last", job_name="no name!", **JOB)
