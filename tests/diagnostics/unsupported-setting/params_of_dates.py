"""Params by whose names the execution's input has the run's dates."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG(
    "params_of_dates",
    params={"logical_date": Param("2020-01-01", type="string"), "data_interval_end": "2020-01-02", "ds": "2020-01-03"},
):
    BatchJobOperator(task_id="job", command=["{{ ds }}", "{{ params.logical_date }}", "{{ params.ds }}"], **JOB)
