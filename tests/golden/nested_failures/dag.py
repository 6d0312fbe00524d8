"""Parallel within parallel, without fail_fast: inner failures reach the end as failures."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


def job(name: str) -> BatchJobOperator:
    return BatchJobOperator(task_id=name, **JOB)


with DAG("nested_failures"):
    job("outer") >> job("after_outer")
    start = job("start")
    start >> [job("inner_1"), job("inner_2")] >> job("join")
