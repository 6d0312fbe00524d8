"""States written as Amazon States Language, in one dialect.

Source: https://states-language.net/spec.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.asl import states as asl
from asl_export.asl.dialects import Dialect
from asl_export.ir.values import Document


def render(machine: asl.StateMachine, dialect: Dialect) -> dict[str, Any]:
    """The definition of a state machine as JSON data.

    :raises CannotSayError: for a value that the dialect has no expression for.
    """
    return {
        **({"Comment": machine.comment} if machine.comment else {}),
        "QueryLanguage": dialect.name,
        **({"TimeoutSeconds": machine.timeout} if machine.timeout else {}),
        **_states(machine.states, dialect),
    }


def _states(states: asl.States, dialect: Dialect) -> dict[str, Any]:
    rendered: dict[str, Any] = {}
    for state in states.states:
        rendered.update(_state(state, dialect))
    return {"StartAt": states.states[0].name, "States": rendered}


def _state(state: asl.State, dialect: Dialect) -> dict[str, Any]:
    return {state.name: _fields(state, dialect)}


def _fields(state: asl.State, dialect: Dialect) -> dict[str, Any]:
    match state:
        case asl.Task():
            return {"Type": "Task", **_task(state, dialect), **_end(state.next)}
        case asl.Wait():
            fields = {**_comment(state.comment), **dialect.wait(state), **dialect.assigned(state.assign)}
            return {"Type": "Wait", **fields, **dialect.dropped(), **_end(state.next)}
        case asl.Parallel():
            return {"Type": "Parallel", **_parallel(state, dialect), **_end(state.next)}
        case asl.Map():
            return {"Type": "Map", **_map(state, dialect), **_end(state.next)}
        case asl.MakeItems():
            return {"Type": "Pass", **dialect.make_items(state.items), **_end(state.next)}
        case asl.Outcome():
            rule = {**dialect.any_failure(), **dialect.assigned(state.failed_assign), "Next": state.failed}
            return _choice([rule], state.next, dialect.assigned(state.assign))
        case asl.Choice():
            rules = [
                {**dialect.rule(rule.condition), **dialect.assigned(rule.assign), "Next": rule.next}
                for rule in state.rules
            ]
            return _choice(rules, state.next, {**_comment(state.comment), **dialect.assigned(state.assign)})
        case asl.Pass():
            output = dialect.dropped() if state.output is None else dialect.output(state.output)
            return {"Type": "Pass", **output, **dialect.assigned(state.assign), **_end(state.next)}
        case asl.Failed():
            return {"Type": "Fail", **dialect.first_failure()}
        case asl.TasksFailed():
            return {"Type": "Fail", "Error": "TasksFailed", **dialect.cause(state.cause)}
        case asl.BranchFailed():
            return {"Type": "Pass", **dialect.failure_output(state), "End": True}
        case asl.MergeInput():
            return {"Type": "Pass", **dialect.merge_input(state.defaults), **_end(state.next)}
        case asl.CheckParams():
            rules = [
                {**broken, **dialect.problem(rule.problem), "Next": state.failed}
                for rule in state.rules
                if (broken := dialect.broken(rule)) is not None
            ]
            return _choice(rules, state.next)
        case asl.ParamsFailed():
            return {"Type": "Fail", "Error": "InvalidParams", **dialect.fail_with_problem()}
        case asl.Done():
            return {"Type": "Succeed", **dialect.dropped()}
        case asl.Nothing():
            return {"Type": "Pass", **dialect.dropped(), **_end(state.next)}


def _task(state: asl.Task, dialect: Dialect) -> dict[str, Any]:
    return {
        **_comment(state.comment),
        "Resource": state.resource,
        **dialect.arguments(state.arguments),
        **dialect.assigned(state.assign),
        **dialect.dropped(),
        **({"TimeoutSeconds": state.timeout} if state.timeout else {}),
        **({"Retry": [_retrier(retrier) for retrier in state.retriers]} if state.retriers else {}),
        **_catch(state.catch, dialect),
    }


def _parallel(state: asl.Parallel, dialect: Dialect) -> dict[str, Any]:
    return {
        **_comment(state.comment),
        "Branches": [_states(branch, dialect) for branch in state.branches],
        **dialect.assigned(state.assign),
        **dialect.gathered(state.gathered),
        **_catch(state.catch, dialect),
    }


def _map(state: asl.Map, dialect: Dialect) -> dict[str, Any]:
    mode = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} if state.distributed else {"Mode": "INLINE"}
    return {
        **_comment(state.comment),
        **(dialect.items(state.items) if state.reader is None else _reader(state.reader, dialect)),
        **(dialect.selector(state.selector) if state.selector is not None else {}),
        **({"MaxConcurrency": state.max_concurrency} if state.max_concurrency else {}),
        **_tolerance(state),
        "ItemProcessor": {"ProcessorConfig": mode, **_states(state.body, dialect)},
        **({"ResultWriter": _writer(state.writer, dialect)} if state.writer is not None else {}),
        **dialect.assigned(state.assign),
        **dialect.gathered(state.gathered),
        **_catch(state.catch, dialect),
    }


def _reader(reader: asl.Reader, dialect: Dialect) -> dict[str, Any]:
    config = {"ReaderConfig": dict(reader.config)} if reader.config else {}
    return {"ItemReader": {"Resource": reader.resource, **config, **dialect.arguments(reader.arguments)}}


def _writer(target: Document, dialect: Dialect) -> dict[str, Any]:
    return {"Resource": "arn:aws:states:::s3:putObject", **dialect.arguments(target)}


def _tolerance(state: asl.Map) -> dict[str, Any]:
    given = (
        ("ToleratedFailurePercentage", state.tolerated_percentage),
        ("ToleratedFailureCount", state.tolerated_count),
    )
    return {name: value for name, value in given if value is not None}


def _choice(rules: list[dict[str, Any]], default: str | None, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"Type": "Choice", **(more or {}), "Choices": rules, **({"Default": default} if default else {})}


def _retrier(retrier: asl.Retrier) -> dict[str, Any]:
    return {
        "ErrorEquals": list(retrier.errors),
        "IntervalSeconds": retrier.interval,
        "MaxAttempts": retrier.attempts,
        "BackoffRate": retrier.backoff,
        **({"MaxDelaySeconds": retrier.max_delay} if retrier.max_delay else {}),
        **({"JitterStrategy": "FULL"} if retrier.jitter else {}),
    }


def _catch(catches: tuple[asl.Catch, ...], dialect: Dialect) -> dict[str, Any]:
    """Where failures go; what the target gets is `{"Error", "Cause"}`, in both dialects."""
    rules = [
        {"ErrorEquals": list(catch.errors), **dialect.assigned(catch.assign), "Next": catch.next} for catch in catches
    ]
    return {"Catch": rules} if rules else {}


def _comment(comment: str | None) -> Mapping[str, Any]:
    return {"Comment": comment} if comment else {}


def _end(target: str | None) -> Mapping[str, Any]:
    return {"End": True} if target is None else {"Next": target}
