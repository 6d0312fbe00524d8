"""The checks of BatchJobOperator's arguments: what can be known wrong before AWS says so, each naming its field."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from airstep.spec import JobSpec, submit_job_request

JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_RETRY_KEYS = {"attempts", "evaluateOnExit"}
_EXIT_KEYS = {"onStatusReason", "onReason", "onExitCode", "action"}

REFUSED = {
    "job_id": "the stock operator replaces it by the id of the job it submits; to wait for a job that something else "
    "submitted use airflow.providers.amazon.aws.sensors.batch.BatchSensor",
    "waiters": "waiting has one schedule here, quick for a young job and slow for an old one; leave it out",
    "max_retries": "a job is waited for until it ends; limit that with execution_timeout",
    "status_retries": "errors of DescribeJobs are retried until the job ends; limit that with execution_timeout",
    "region": "it is called region_name",
}
"""Arguments of the stock operator that would do nothing here, and what to do instead."""


def default_job_name(label: str) -> str:
    """A task's label in the letters that Batch allows: A-Z, a-z, 0-9, hyphen, underscore; a letter or digit first."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", label).lstrip("_-")[:128] or "job"


def is_literal(value: Any) -> bool:
    """Whether a field's value is known while the DAG is parsed: no template in it, no result of another task."""
    match value:
        case None | bool() | int() | float():
            return True
        case str():
            return "{{" not in value and "{%" not in value
        case Mapping():
            return all(is_literal(item) for pair in value.items() for item in pair)
        case list() | tuple():
            return all(is_literal(item) for item in value)
        case _:
            return False


def problems(spec: JobSpec) -> Iterator[str]:
    """What is wrong with a job's fields as far as they are literal, one sentence each.

    Source of the limits: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
    """
    yield from _missing(spec)
    if is_literal(spec.job_name) and spec.job_name and not JOB_NAME.fullmatch(str(spec.job_name)):
        yield (
            f"job_name {spec.job_name!r} must be 1 to 128 letters, digits, hyphens and underscores, "
            "the first a letter or digit"
        )
    yield from _mappings(spec)
    yield from _number_problems("submit_job_timeout", spec.timeout, low=60, unit=" seconds")
    yield from _number_problems("vcpus", spec.vcpus, whole=False)
    yield from _number_problems("memory", spec.memory, low=1, unit=" MiB")
    yield from _number_problems("gpus", spec.gpus, low=1)
    priority = spec.scheduling_priority_override
    yield from _number_problems("scheduling_priority_override", priority, low=0, high=9999)
    if isinstance(spec.array_properties, Mapping):
        size = spec.array_properties.get("size")
        yield from _number_problems("array_properties['size']", size, low=1, high=10_000)
    if isinstance(spec.depends_on, Sequence) and len(spec.depends_on) > 20:
        yield f"depends_on names {len(spec.depends_on)} jobs; AWS Batch allows 20"
    if isinstance(spec.depends_on, str) and is_literal(spec.depends_on):
        yield "depends_on must be a list of job ids or of {'jobId': …, 'type': …}, not one text"
    if isinstance(spec.retry_strategy, Mapping):
        yield from _retry_problems(spec.retry_strategy)
    yield from _override_problems(spec)


def _missing(spec: JobSpec) -> Iterator[str]:
    for name in ("job_definition", "job_queue"):
        if not getattr(spec, name):
            yield f"{name} is empty; give a name or an ARN"


def _mappings(spec: JobSpec) -> Iterator[str]:
    names = (
        "parameters",
        "container_overrides",
        "environment",
        "array_properties",
        "ecs_properties_override",
        "eks_properties_override",
        "node_overrides",
        "retry_strategy",
        "tags",
    )
    for name in names:
        value = getattr(spec, name)
        if value is not None and is_literal(value) and not isinstance(value, Mapping):
            yield f"{name} must be a mapping, not {type(value).__name__}: {value!r}"


def _number_problems(
    name: str,
    value: Any,
    *,
    low: int | None = None,
    high: int | None = None,
    unit: str = "",
    whole: bool = True,
) -> Iterator[str]:
    if value is None or not is_literal(value):
        return
    try:
        number = int(value) if whole else float(value)
        right = number == float(value) and math.isfinite(number) and not isinstance(value, bool)
    except (TypeError, ValueError, OverflowError):
        right = False
    if not right:
        yield f"{name} must be a{' whole' if whole else ''} number, not {value!r}"
    elif low is not None and number < low:
        yield f"{name} is {value}{unit}; the least is {low}{unit}"
    elif high is not None and number > high:
        yield f"{name} is {value}{unit}; the most is {high}{unit}"
    elif not whole and number <= 0:
        yield f"{name} is {value}; it must be more than 0"


def _retry_problems(strategy: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(set(strategy) - _RETRY_KEYS):
        yield f"retry_strategy has no key {key!r}; there are {', '.join(sorted(_RETRY_KEYS))}"
    yield from _number_problems("retry_strategy['attempts']", strategy.get("attempts"), low=1, high=10)
    rules = strategy.get("evaluateOnExit") or []
    if not isinstance(rules, list | tuple):
        yield f"retry_strategy['evaluateOnExit'] must be a list of rules, not {type(rules).__name__}"
        return
    if len(rules) > 5:
        yield f"retry_strategy['evaluateOnExit'] has {len(rules)} rules; AWS Batch allows 5"
    for number, rule in enumerate(rules):
        where = f"retry_strategy['evaluateOnExit'][{number}]"
        if not isinstance(rule, Mapping):
            yield f"{where} must be a mapping, not {type(rule).__name__}"
            continue
        for key in sorted(set(rule) - _EXIT_KEYS):
            yield f"{where} has no key {key!r}; there are {', '.join(sorted(_EXIT_KEYS))}"
        if is_literal(action := rule.get("action")) and str(action).upper() not in ("RETRY", "EXIT"):
            yield f"{where}['action'] must be RETRY or EXIT, not {action!r}"


def _override_problems(spec: JobSpec) -> Iterator[str]:
    """An override given twice, or a value without a text."""
    unknown = {
        name: stand_in
        for name, stand_in in (("environment", {"?": "?"}), ("container_overrides", None))
        if getattr(spec, name) and not isinstance(getattr(spec, name), Mapping)
    }
    try:
        submit_job_request(replace(spec, depends_on=None, **unknown), text=lambda value: value)
    except ValueError as error:
        yield str(error)
    for name in ("environment", "parameters", "tags"):
        mapping = getattr(spec, name)
        for key, value in mapping.items() if isinstance(mapping, Mapping) else ():
            if value is None or isinstance(value, Mapping | list | tuple):
                yield f"{name}[{key!r}] must be text, a number or a boolean, not {type(value).__name__}: {value!r}"
    if isinstance(spec.command, Sequence) and not isinstance(spec.command, str):
        for number, word in enumerate(spec.command):
            if word is None or isinstance(word, Mapping | list | tuple):
                yield f"command[{number}] must be text or a number, not {type(word).__name__}: {word!r}"
    elif isinstance(spec.command, str) and is_literal(spec.command):
        yield f"command must be a list of words, not one text: {spec.command!r}"


def as_bool(name: str, value: Any) -> bool:
    """A switch after rendering: a boolean, or the text of one.

    :raises ValueError: for anything else.
    """
    match value:
        case bool():
            return value
        case str() if value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        case _:
            raise ValueError(f"{name} must be True or False, not {value!r}")


def seconds_problems(name: str, value: object) -> Iterator[str]:
    """What is wrong with a literal number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        yield f"{name} must be a number of seconds above 0, not {value!r}"


def as_seconds(name: str, value: timedelta | float) -> float:
    """A duration in seconds.

    :raises ValueError: when it is no number, or not more than 0.
    """
    try:
        seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not seconds > 0:
        raise ValueError(f"{name} must be a number of seconds above 0, not {value!r}")
    return seconds


def with_numbers(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with whole numbers where boto3 wants them: a template renders to text.

    An array of one is a plain job: Batch allows arrays from two.

    :raises ValueError: when such a text is no number.
    """
    paths = (
        ("timeout", "attemptDurationSeconds", "submit_job_timeout"),
        ("arrayProperties", "size", "array_properties['size']"),
        ("retryStrategy", "attempts", "retry_strategy['attempts']"),
    )
    result = dict(request)
    for outer, inner, name in paths:
        if isinstance(value := (result.get(outer) or {}).get(inner), str):
            result[outer] = {**result[outer], inner: _number(name, value)}
    if (result.get("arrayProperties") or {}).get("size") == 1:
        del result["arrayProperties"]
    if isinstance(priority := result.get("schedulingPriorityOverride"), str):
        result["schedulingPriorityOverride"] = _number("scheduling_priority_override", priority)
    if isinstance(tagged := result.get("propagateTags"), str):
        result["propagateTags"] = as_bool("propagate_tags", tagged)
    return result


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} must be a whole number, not {text!r}") from None
