"""From an operator's rendered fields to what AWS is asked.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airstep.errors import SubmissionRejected
from airstep.hooks.aws import AwsConnection
from airstep.hooks.task_instances import TaskKey
from airstep.operators.fields import problems, with_numbers
from airstep.operators.result import result_problems
from airstep.results import prefix_problem, result_uri, with_result_variable
from airstep.spec import submit_job_request

if TYPE_CHECKING:
    from airstep.operators.batch_job import BatchJobOperator
    from airstep.operators.batch_map import BatchMapOperator


def request_of(operator: BatchJobOperator, *, result: str | None = None) -> Mapping[str, Any]:
    """The SubmitJob request of an operator whose fields are rendered, its name without the digits of a direct run.

    :param result: where the job is told to write its result.
    :raises SubmissionRejected: a rendered value can't be right.
    """
    if isinstance(operator.depends_on, Sequence) and not isinstance(operator.depends_on, str):
        operator.depends_on = list(_flat(operator.depends_on))
    who = f"{type(operator).__name__} {operator.task_id!r}"
    waits = operator.wait_for_completion
    if found := [*problems(operator.spec()), *result_problems(operator.result, operator.spec(), waits=waits)]:
        raise SubmissionRejected("\n".join(f"{who}: {sentence}" for sentence in found))
    try:
        request = with_numbers(submit_job_request(operator.spec()))
        return with_result_variable(request, result) if result else request
    except ValueError as error:
        raise SubmissionRejected(f"{who}: {error}") from error


def result_of(operator: BatchJobOperator, key: TaskKey) -> str | None:
    """Where the job of a task is told to write its result; None if it has none.

    :raises SubmissionRejected: the rendered `result` is no S3 URI.
    """
    if operator.result is None:
        return None
    if problem := prefix_problem(operator.result):
        raise SubmissionRejected(f"{type(operator).__name__} {operator.task_id!r}: result {problem}")
    return result_uri(operator.result, key.dag_id, key.run_id, key.task_id, key.map_index)


def connection_of(operator: BatchJobOperator | BatchMapOperator) -> AwsConnection:
    """How an operator reaches AWS."""
    return AwsConnection(
        aws_conn_id=operator.aws_conn_id,
        region_name=operator.region_name,
        verify=operator.verify,
        botocore_config=operator.botocore_config,
    )


def _flat(items: Sequence[Any]) -> Iterator[Any]:
    """A mapped task's result is a list of ids inside the list of dependencies."""
    for item in items:
        if isinstance(item, Sequence) and not isinstance(item, str):
            yield from _flat(item)
        else:
            yield item
