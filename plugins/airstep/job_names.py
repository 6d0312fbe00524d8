"""The name of a job in a direct run: the DAG's own, and digits by which the job is found again. Pure: no airflow."""

from __future__ import annotations

import hashlib
import re

MOST_CHARACTERS = 128
"""Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html"""

_RUN_DIGITS = 8
_JOB_DIGITS = 12
_ADDED = _RUN_DIGITS + _JOB_DIGITS + 2


def unique_name(job_name: str, dag_id: str, run_id: str, *parts: str | int) -> str:
    """A job name of at most 128 characters that ends in 8 hex digits of its run and 12 of all parts.

    By the first all jobs of a run are known on AWS, by the second this one.
    """
    return f"{job_name[: MOST_CHARACTERS - _ADDED]}-{run_digits(dag_id, run_id)}-{_digits(dag_id, run_id, *parts)}"


def run_digits(dag_id: str, run_id: str) -> str:
    """The 8 hex digits that the names of all jobs of a run have before their own 12."""
    return _digits(dag_id, run_id)[:_RUN_DIGITS]


def is_of_run(job_name: str, digits: str) -> bool:
    """Whether a job's name ends as those of the run with these `run_digits` do."""
    return re.fullmatch(rf".+-{digits}-[0-9a-f]{{{_JOB_DIGITS}}}", job_name) is not None


def _digits(*parts: str | int) -> str:
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:_JOB_DIGITS]
