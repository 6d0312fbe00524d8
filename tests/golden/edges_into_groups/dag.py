"""Edges from and to single tasks inside of groups: the groups hold nothing back."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("edges_into_groups"):
    with TaskGroup("picture"):
        decode = BatchJobOperator(task_id="decode", **JOB)
        poster = BatchJobOperator(task_id="poster", **JOB)
    with TaskGroup("web"):
        page = BatchJobOperator(task_id="page", **JOB)
        feed = BatchJobOperator(task_id="feed", **JOB)
    poster >> page
    decode >> feed
