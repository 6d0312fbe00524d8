"""Dates of single tasks, at which Airflow leaves them out of a run; the DAG's own start says nothing."""

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("dates", default_args={"start_date": pendulum.datetime(2026, 1, 1)}):
    usual = BatchJobOperator(task_id="usual", **JOB)
    earlier = BatchJobOperator(task_id="earlier", start_date=pendulum.datetime(2025, 1, 1), **JOB)
    later = BatchJobOperator(task_id="later", start_date=pendulum.datetime(2099, 1, 1), **JOB)
    each = BatchJobOperator.partial(task_id="each", start_date=pendulum.datetime(2099, 1, 1), **JOB)
    ends = EmptyOperator(task_id="ends", end_date=pendulum.datetime(2030, 1, 1))
    usual >> earlier >> later >> each.expand(command=[["a"], ["b"]]) >> ends
