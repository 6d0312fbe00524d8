"""Python tasks and sensors, all told at once."""

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("python"):

    @task
    def decorated() -> None:
        """Runs Python."""

    job = BatchJobOperator(task_id="job", **JOB)
    PythonOperator(task_id="plain", python_callable=print) >> job
    BashOperator(task_id="shell", bash_command="true")
    decorated() >> job
