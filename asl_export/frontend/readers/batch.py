"""`BatchOperator` and `BatchJobOperator`: one Batch job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airstep.results import with_result_variable
from airstep.spec import SPEC_FIELDS, JobSpec, as_text, submit_job_request
from asl_export.diagnostics import Code
from asl_export.frontend.readers.field_names import with_capitals
from asl_export.frontend.readers.reading import JobReading
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting, refused, warned
from asl_export.frontend.template_scope import Scope
from asl_export.ir.job_fields import JOB_KINDS, OF_ONE_CONTAINER
from asl_export.ir.values import (
    VALUE_TYPES,
    Call,
    Context,
    Document,
    Format,
    Function,
    Item,
    Kind,
    Literal,
    Moment,
    TaskResult,
    Value,
    format_text,
    kind_of,
)

STOCK_SETTINGS: Mapping[str, Setting] = {
    **{name: HONOURED for name in SPEC_FIELDS if name != "timeout"},
    "submit_job_timeout": HONOURED,
    "wait_for_completion": HONOURED,
    "job_id": HARMLESS,
    "arn": HARMLESS,
    "waiters": HARMLESS,
    "max_retries": warned(
        "the exported machine waits for a job until it ends", "limit with execution_timeout", default=4200
    ),
    "status_retries": HARMLESS,
    "deferrable": HONOURED,
    "poll_interval": HARMLESS,
    "awslogs_enabled": HARMLESS,
    "awslogs_fetch_interval": HARMLESS,
    "botocore_config": HARMLESS,
    "verify": HARMLESS,
    "aws_hook_class": HARMLESS,
    "aws_conn_id": warned(
        "the exported machine submits jobs with its own role",
        "give that role the rights of the connection",
        default="aws_default",
    ),
    # Taken by the constructor and used by nobody.
    "region": HARMLESS,
    "region_name": refused(
        "the exported machine submits jobs in its own region",
        "remove it, and create the state machine in that region",
    ),
}

OWN_SETTINGS: Mapping[str, Setting] = {
    **STOCK_SETTINGS,
    "deferrable": HARMLESS,
    # The operator takes none but the default.
    "max_retries": HARMLESS,
    "result": HONOURED,
}


_STRUCTURED = {
    **dict.fromkeys(("parameters", "container_overrides", "environment", "tags", "array_properties"), "mapping"),
    **dict.fromkeys(("ecs_properties_override", "eks_properties_override", "node_overrides"), "mapping"),
    "retry_strategy": "mapping",
    "command": "list",
    "depends_on": "list",
}


_DESCRIPTION = TaskResult(kind=Kind.TEXT, keys={"job": Kind.OBJECT}, parts={"job": JOB_KINDS})
_MANY_CONTAINERS = ("array_properties", "node_overrides", "ecs_properties_override", "eks_properties_override")
_OF_MANY = replace(
    _DESCRIPTION,
    parts={"job": {name: kind for name, kind in JOB_KINDS.items() if name not in OF_ONE_CONTAINER}},
)
_DOCUMENT = TaskResult(kind=Kind.ANY, keys=None)


def job_result(attributes: Mapping[str, Any]) -> TaskResult:
    """What others may read of a Batch task: its document, or its job's id and description."""
    if attributes.get("result") is not None:
        return _DOCUMENT
    return _OF_MANY if any(attributes.get(name) for name in _MANY_CONTAINERS) else _DESCRIPTION


def read_job(attributes: Mapping[str, Document], scope: Scope) -> JobReading:
    """The job of an operator's attributes, already read as documents.

    :raises RefusalError: for a value that has no text, or that must be known and isn't.
    :raises ValueError: for an override given twice, or a number that is none.
    """
    prefix = attributes.get("result")
    uri = None if prefix is None else _result_uri(prefix, scope)
    submitted = read_request(attributes)
    request = with_capitals(submitted if uri is None else with_result_variable(submitted, uri))
    wait = _switch("wait_for_completion", attributes.get("wait_for_completion"))
    return JobReading(request=request, wait=wait, result=uri)


def read_request(attributes: Mapping[str, Document]) -> dict[str, Any]:
    """The SubmitJob request of an operator's attributes, with boto3's names.

    :raises RefusalError: for a value that has no text, or that must be known and isn't.
    :raises ValueError: for an override given twice, or a number that is none.
    """
    fields = {name: attributes.get("submit_job_timeout" if name == "timeout" else name) for name in SPEC_FIELDS}
    _check_shapes(attributes)
    _check_texts(fields)
    for name, value in fields.items():
        if name in _STRUCTURED and isinstance(value, VALUE_TYPES):
            fields[name] = _structured(name, value)
    return with_numbers(submit_job_request(JobSpec(**fields), text=_text))


def _check_shapes(attributes: Mapping[str, Document]) -> None:
    """Refuse a list or a mapping where Batch takes the other of them, or neither."""
    for name, value in attributes.items():
        wanted = _STRUCTURED.get(name, "value")
        if value is not None and not isinstance(value, VALUE_TYPES) and _WORDS[type(value)] != f"a {wanted}":
            raise RefusalError(
                Code.INVALID_VALUE,
                f"{name} can't be {_WORDS[type(value)]}",
                why=f"Batch takes a {wanted} there" if name in _STRUCTURED else "Batch takes a single value there",
                fix="correct the value",
                field=name,
            )


def _check_texts(fields: Mapping[str, Document]) -> None:
    """Refuse, with its place, what can't become text where Batch takes nothing else."""
    for name in ("command", "environment", "parameters", "tags"):
        match fields[name]:
            case Mapping() as given:
                parts = [(f"{name}[{key!r}]", value) for key, value in given.items()]
            case list() as given:
                parts = [(f"{name}[{index}]", value) for index, value in enumerate(given)]
            case _:
                parts = []
        for place, value in parts:
            if not isinstance(value, VALUE_TYPES):
                raise RefusalError(
                    Code.INVALID_VALUE,
                    f"{_WORDS.get(type(value), type(value).__name__)} has no text",
                    why=f"Batch takes texts in {name}",
                    fix="give a text, a number or a boolean, or leave it out",
                    field=place,
                )


_WORDS = {type(None): "None", list: "a list", dict: "a mapping"}


def _structured(name: str, value: Value) -> Value:
    """A list or mapping that a task or an item gives.

    :raises RefusalError: for a text, or where the machine has to know what is in it.
    """
    given = _FROM_VALUES.get(name)
    if given is None or kind_of(value) not in (given[0], Kind.ANY) or isinstance(value, Format):
        raise RefusalError(
            Code.INVALID_VALUE,
            f"{name} must be a {_STRUCTURED[name]} that is known when the DAG is parsed, not a text or a result",
            why="the state machine is written with all its parts, and only their values come from the run",
            fix=f"write the {_STRUCTURED[name]} out, with templates or results as the values in it",
            field=name,
        )
    return Call(function=given[1], arguments=(value,), kind=given[0])


_FROM_VALUES = {
    "command": (Kind.LIST, Function.TEXTS),
    "parameters": (Kind.OBJECT, Function.TEXTS_BY_NAME),
}


def read_stock_job(attributes: Mapping[str, Document], scope: Scope) -> JobReading:
    """The job of a stock `BatchOperator`, which always waits when it is deferrable.

    :raises ValueError: as `read_job`.
    """
    job = read_job(attributes, scope)
    return replace(job, wait=job.wait or attributes.get("deferrable") == Literal(value=True))


def _result_uri(prefix: Value, scope: Scope) -> Value:
    """Where the job writes its result, as `airstep.results.result_uri` says it."""
    parts = without_slashes(prefix)
    run_id = Context(moment=Moment.RUN_ID)
    middle: list[Value] = [Literal(value=f"/{scope.dag_id}/"), run_id, Literal(value=f"/{scope.task_id}")]
    if scope.map_index is not None:
        middle.append(Literal(value=f"/{scope.map_index}"))
    elif scope.in_dynamic_map:
        middle.extend([Literal(value="/"), Context(moment=Moment.MAP_INDEX)])
    return format_text([*parts, *middle, Literal(value=".json")])


def without_slashes(prefix: Value) -> list[Value]:
    """The parts of a prefix, without slashes at its end."""
    parts: list[Value] = list(prefix.parts) if isinstance(prefix, Format) else [prefix]
    if isinstance(parts[-1], Literal):
        parts[-1] = Literal(value=str(parts[-1].value).rstrip("/"))
    else:
        parts[-1] = Call(function=Function.WITHOUT_SLASHES, arguments=(parts[-1],), kind=Kind.TEXT)
    return parts


def _switch(name: str, leaf: Document) -> bool:
    match leaf:
        case None:
            return True
        case Literal(value=bool() as given):
            return given
        case Literal(value=str() as given) if given.strip().lower() in ("true", "false"):
            return given.strip().lower() == "true"
        case _:
            raise RefusalError(
                Code.INVALID_VALUE,
                f"{name} must be True or False when the DAG is parsed",
                why="the state machine is written with it",
                fix="write True or False",
                field=name,
            )


_NUMBERS = (("arrayProperties", "size"), ("retryStrategy", "attempts"), ("timeout", "attemptDurationSeconds"))


def with_numbers(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with whole numbers where SubmitJob wants them: a template gives text. An array of one is no array."""
    changed = dict(request)
    for outer, inner in _NUMBERS:
        if isinstance(request.get(outer), Mapping) and inner in request[outer]:
            changed[outer] = {**request[outer], inner: _number(inner, request[outer][inner])}
    if changed.get("arrayProperties") == {"size": Literal(value=1)}:
        del changed["arrayProperties"]
    if "schedulingPriorityOverride" in request:
        priority = request["schedulingPriorityOverride"]
        changed["schedulingPriorityOverride"] = _number("scheduling_priority_override", priority)
    if "propagateTags" in request:
        changed["propagateTags"] = Literal(value=_switch("propagate_tags", request["propagateTags"]))
    return changed


def _number(name: str, leaf: Any) -> Any:
    match leaf:
        case Literal(value=str() as text):
            if not text.strip().isdecimal():
                raise ValueError(f"{name} must be a whole number, not {text!r}")
            return Literal(value=int(text))
        case Format(parts=[part]) if kind_of(part) is Kind.INTEGER:
            return part
        case Literal() | Item() | None:
            return leaf
        case _ if isinstance(leaf, VALUE_TYPES):
            return Call(function=Function.WHOLE_NUMBER, arguments=(leaf,), kind=Kind.INTEGER)
        case _:
            return leaf


def _text(leaf: Any) -> Value:
    if isinstance(leaf, Literal):
        return Literal(value=as_text(leaf.value))
    if not isinstance(leaf, VALUE_TYPES):
        raise ValueError(f"expected text, a number or a boolean, not {type(leaf).__name__}")
    if kind_of(leaf) is Kind.TEXT:
        return leaf
    return Call(function=Function.BATCH_TEXT, arguments=(leaf,), kind=Kind.TEXT)
