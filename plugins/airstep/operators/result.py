"""What `result=` of BatchJobOperator asks of its other arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airstep.operators.fields import is_literal
from airstep.results import RESULT_VARIABLE, prefix_problem, variable_names
from airstep.spec import JobSpec

_ELSEWHERE = ("ecs_properties_override", "eks_properties_override", "node_overrides")


def result_problems(result: Any, spec: JobSpec, *, waits: Any) -> Iterator[str]:
    """What is wrong with `result` beside the other arguments as far as they are literal, one sentence each.

    :param waits: the argument `wait_for_completion`.
    """
    if result is None:
        return
    if is_literal(result) and (problem := prefix_problem(result)):
        yield f"result {problem}"
    if is_literal(waits) and str(waits).strip().lower() == "false":
        yield "result needs wait_for_completion=True: a job that has not ended has no result"
    for name in _ELSEWHERE:
        if getattr(spec, name):
            yield (
                f"result can't be had of a job with {name}: {RESULT_VARIABLE} is handed in as a container override; "
                "leave one out"
            )
    overrides = spec.container_overrides if isinstance(spec.container_overrides, Mapping) else {}
    named = list(spec.environment) if isinstance(spec.environment, Mapping) else []
    if RESULT_VARIABLE in (*named, *variable_names(overrides.get("environment"))):
        yield f"environment sets {RESULT_VARIABLE}, which result sets; leave one out"
