"""A job's result: one JSON document in S3, the same for both ways to run a DAG. Pure: no airflow, no boto3."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

RESULT_VARIABLE = "AIRSTEP_RESULT_URI"
"""The environment variable that tells a job where to write its result."""

MOST_BYTES = 262_144
"""How many bytes a result may have, written as a JSON string (quotes, backslashes and line ends are escaped).

Step Functions hands a document on in that form, and no more of it than this.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

_PREFIX = re.compile(r"s3://[^/\s]+(/.*)?", re.DOTALL)
_XCOM_KEY = re.compile(r"(?!\.{1,2}$|_link_)[^/?#%]{1,512}")
_TAKEN = ("job", "return_value", "skipmixin_key")


def result_uri(prefix: str, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> str:
    """Where a task's job writes its result: `prefix/dag/run/task.json`, and `prefix/dag/run/task/3.json` if mapped.

    :param prefix: `s3://bucket` or `s3://bucket/prefix`; slashes at its end don't count.
    :param run_id: the run's id; in an export the execution's name.
    """
    item = f"/{map_index}" if map_index >= 0 else ""
    return f"{prefix.rstrip('/')}/{dag_id}/{run_id}/{task_id}{item}.json"


def prefix_problem(prefix: object) -> str | None:
    """What is wrong with the prefix under which results are written, as the end of a sentence; None if it is right."""
    if isinstance(prefix, str) and _PREFIX.fullmatch(prefix):
        return None
    return f"must be an S3 URI such as 's3://bucket/prefix', not {prefix!r}"


def bucket_and_key(uri: str) -> tuple[str, str]:
    """The two parts of `s3://bucket/key`."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def with_result_variable(request: Mapping[str, Any], uri: Any) -> dict[str, Any]:
    """The SubmitJob request of a job that finds `uri` in its environment, behind its other variables.

    :param uri: text, or the compiler's expression of it.
    :raises ValueError: the variable is set already, or the environment is no list.
    """
    overrides = request.get("containerOverrides") or {}
    environment = overrides.get("environment") or []
    if not isinstance(environment, Sequence) or isinstance(environment, str):
        raise ValueError(f"container_overrides['environment'] must be a list, not {environment!r}")
    if RESULT_VARIABLE in variable_names(environment):
        raise ValueError(f"environment sets {RESULT_VARIABLE}, which result sets; leave one out")
    variable = {"name": RESULT_VARIABLE, "value": uri}
    return {**request, "containerOverrides": {**overrides, "environment": [*environment, variable]}}


def variable_names(environment: Any) -> list[Any]:
    """The names in an `environment` of SubmitJob's container overrides; none if it is no list."""
    listed = environment if isinstance(environment, Sequence) and not isinstance(environment, str) else []
    return [item.get("name") for item in listed if isinstance(item, Mapping)]


def parse_result(text: str) -> Any:
    """The value of a result document.

    :raises ValueError: it is larger than `MOST_BYTES`, or no JSON; the message is the end of a sentence that starts
        with the document's address.
    """
    size = len(json.dumps(text, ensure_ascii=False).encode())
    if size > MOST_BYTES:
        raise ValueError(too_large(size))
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON: {error}") from error


def too_large(size: int) -> str:
    """Why a document of that many bytes is no result, as the end of a sentence that starts with its address."""
    return (
        f"has {size:,} bytes; the most that Step Functions can hand on is {MOST_BYTES:,}, counted as a JSON string. "
        "Write the data to S3 and let the result say where it is"
    )


def named_results(document: Any) -> Mapping[str, Any]:
    """What of a document gets an XCom of its own: an object's values by key, unless the name is taken or can't be one.

    The names `job`, `return_value`, `skipmixin_key` and those that start with `_link_` are Airflow's or the task's own.
    """
    if not isinstance(document, Mapping):
        return {}
    return {key: value for key, value in document.items() if _XCOM_KEY.fullmatch(key) and key not in _TAKEN}


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is a number in Python only")
