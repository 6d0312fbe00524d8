"""The checks of BatchMapOperator's arguments, each naming its field, before and after templates are rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.xcom_arg import XComArg

from airstep.items import DELIMITERS, S3Csv, S3JsonLines, S3Objects, changed_texts, for_runner, has_field
from airstep.maps.requests import OWN_VARIABLES, array_request, fields_outside
from airstep.operators.fields import is_literal, problems
from airstep.results import prefix_problem
from airstep.spec import submit_job_request

if TYPE_CHECKING:
    from airstep.operators.batch_map import BatchMapOperator

_STAND_IN = "1"


def map_problems(operator: BatchMapOperator) -> Iterator[str]:
    """What is wrong with a map's arguments as far as they are known, one sentence each."""
    yield from _source_problems(operator.items)
    if is_literal(operator.results) and (problem := prefix_problem(operator.results)):
        yield f"results {problem}"
    if operator.strategy not in ("array", "jobs"):
        yield f"strategy must be 'array' or 'jobs', not {operator.strategy!r}"
    yield from _whole("items_per_child", operator.items_per_child, low=1)
    yield from _whole("max_concurrency", operator.max_concurrency, low=1)
    yield from _whole("tolerated_failure_count", operator.tolerated_failure_count, low=0)
    percentage = operator.tolerated_failure_percentage
    if percentage is not None and not _is_percentage(percentage):
        yield f"tolerated_failure_percentage must be a number from 0 to 100, not {percentage!r}"
    if operator.strategy == "jobs" and operator.items_per_child != 1:
        yield "items_per_child packs items into the children of an array job; leave it out, or use strategy='array'"
    if isinstance(operator.runner, str) or not all(isinstance(word, str) for word in operator.runner):
        yield f"runner must be a list of words, not {operator.runner!r}"
    yield from (
        f"{name} names the item, but is the same for all items: only fields of their jobs may"
        for name in ("items", "results", "planner_job_definition", "planner_job_queue")
        if has_field(getattr(operator, name))
    )
    yield from _job_problems(operator)


def _source_problems(items: Any) -> Iterator[str]:
    match items:
        case S3Objects(bucket=bucket):
            if not bucket:
                yield "items: the bucket of S3Objects is empty"
            elif is_literal(bucket) and "/" in str(bucket):
                yield f"items: the bucket of S3Objects must be a bucket's name, not {bucket!r}"
            yield from _max_items(items.max_items)
        case S3JsonLines(uri=uri) | S3Csv(uri=uri):
            if is_literal(uri) and not str(uri).startswith("s3://"):
                yield f"items: the uri of {type(items).__name__} must be s3://bucket/key, not {uri!r}"
            yield from _max_items(items.max_items)
            if isinstance(items, S3Csv) and items.delimiter not in DELIMITERS and is_literal(items.delimiter):
                yield f"items: the delimiter must be one of {' '.join(map(repr, DELIMITERS))}, not {items.delimiter!r}"
        case XComArg():
            return
        case str() if not is_literal(items):
            return
        case str() | Mapping():
            yield f"items must be a list, a task's result, S3Objects, S3JsonLines or S3Csv, not {items!r}"
        case Sequence():
            return
        case _:
            yield f"items must be a list, a task's result, S3Objects, S3JsonLines or S3Csv, not {items!r}"


def _max_items(value: Any) -> Iterator[str]:
    if value is not None and is_literal(value) and not str(value).isdecimal():
        yield f"items: max_items must be a whole number above 0, not {value!r}"


def _whole(name: str, value: Any, *, low: int) -> Iterator[str]:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < low):
        yield f"{name} must be a whole number, {low} or more, not {value!r}"


def _is_percentage(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100


def _job_problems(operator: BatchMapOperator) -> Iterator[str]:
    """What is wrong with the job of an item, its fields filled with something."""
    spec = operator.spec()
    plain = type(spec)(
        **{name: changed_texts(getattr(spec, name), _without_fields) for name in spec.__dataclass_fields__}
    )
    yield from problems(plain)
    yield from (
        f"{name} names the item in the name of an entry, but names are the same for all items: only values may"
        for name in ("environment", "parameters", "tags")
        if isinstance(given := getattr(operator, name), Mapping) and any(map(has_field, given))
    )
    environment = operator.environment if isinstance(operator.environment, Mapping) else {}
    yield from (
        f"environment sets {name}, which the map sets; leave it out" for name in OWN_VARIABLES if name in environment
    )
    if any(isinstance(getattr(spec, name), XComArg) for name in ("environment", "parameters", "tags")):
        return  # known once the task has given it
    try:
        request = submit_job_request(spec, text=lambda value: value)
    except ValueError:
        return  # told by `problems`
    if operator.strategy != "array" or isinstance(operator.command, str):
        return
    for name in fields_outside(request):
        yield (
            f"{name} names the item, but all children of an array job have it in common: only command, environment "
            "and parameters may; or use strategy='jobs'"
        )
    try:
        array_request(request, text=lambda text: for_runner(text) if isinstance(text, str) else text)
    except ValueError as error:
        yield str(error)


def _without_fields(text: str) -> str:
    return _STAND_IN if has_field(text) else text
