"""States written as Amazon States Language, in one dialect.

Source: https://states-language.net/spec.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.asl import states as asl
from asl_export.asl.dialects import Dialect


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
    match state:
        case asl.Task():
            return {state.name: {"Type": "Task", **_task(state, dialect), **_end(state.next)}}
        case asl.Parallel():
            return {state.name: {"Type": "Parallel", **_parallel(state, dialect), **_end(state.next)}}
        case asl.Map():
            return {state.name: {"Type": "Map", **_map(state, dialect), **_end(state.next)}}
        case asl.MakeItems():
            return {state.name: {"Type": "Pass", **dialect.make_items(state.items), **_end(state.next)}}
        case asl.Outcome():
            rule = {**dialect.any_failure(), "Next": state.failed}
            return {state.name: _choice([rule], state.next)}
        case asl.Failed():
            return {state.name: {"Type": "Fail", **dialect.first_failure()}}
        case asl.BranchFailed():
            return {state.name: {"Type": "Pass", **dialect.failure_output(state), "End": True}}
        case asl.MergeInput():
            return {state.name: {"Type": "Pass", **dialect.merge_input(state.defaults), **_end(state.next)}}
        case asl.KeepItem():
            return {state.name: {"Type": "Pass", **dialect.keep_input(state.variable), **_end(state.next)}}
        case asl.CheckParams():
            rules = [
                {**broken, **dialect.problem(rule.problem), "Next": state.failed}
                for rule in state.rules
                if (broken := dialect.broken(rule)) is not None
            ]
            return {state.name: _choice(rules, state.next)}
        case asl.ParamsFailed():
            return {state.name: {"Type": "Fail", "Error": "InvalidParams", **dialect.fail_with_problem()}}
        case asl.Done():
            return {state.name: {"Type": "Succeed", **dialect.dropped()}}
        case asl.Nothing():
            return {state.name: {"Type": "Pass", **dialect.dropped(), **_end(state.next)}}


def _task(state: asl.Task, dialect: Dialect) -> dict[str, Any]:
    return {
        **_comment(state.comment),
        "Resource": state.resource.value,
        **dialect.task(state),
        **({"TimeoutSeconds": state.timeout} if state.timeout else {}),
        **({"Retry": [_retrier(retrier) for retrier in state.retriers]} if state.retriers else {}),
        **_catch(state.catch),
    }


def _parallel(state: asl.Parallel, dialect: Dialect) -> dict[str, Any]:
    return {
        **_comment(state.comment),
        "Branches": [_states(branch, dialect) for branch in state.branches],
        **(dialect.collected() if state.collect else dialect.dropped()),
        **_catch(state.catch),
    }


def _map(state: asl.Map, dialect: Dialect) -> dict[str, Any]:
    return {
        **_comment(state.comment),
        **dialect.items(state.items),
        **({"MaxConcurrency": state.max_concurrency} if state.max_concurrency else {}),
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **_states(state.body, dialect)},
        **(dialect.collected() if state.collect else dialect.dropped()),
        **_catch(state.catch),
    }


def _choice(rules: list[dict[str, Any]], default: str | None) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": rules, **({"Default": default} if default else {})}


def _retrier(retrier: asl.Retrier) -> dict[str, Any]:
    return {
        "ErrorEquals": list(retrier.errors),
        "IntervalSeconds": retrier.interval,
        "MaxAttempts": retrier.attempts,
        "BackoffRate": retrier.backoff,
        **({"MaxDelaySeconds": retrier.max_delay} if retrier.max_delay else {}),
        **({"JitterStrategy": "FULL"} if retrier.jitter else {}),
    }


def _catch(target: str | None) -> dict[str, Any]:
    """Where a failure goes; what the target gets is `{"Error", "Cause"}`, in both dialects."""
    return {} if target is None else {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": target}]}


def _comment(comment: str | None) -> Mapping[str, Any]:
    return {"Comment": comment} if comment else {}


def _end(target: str | None) -> Mapping[str, Any]:
    return {"End": True} if target is None else {"Next": target}
