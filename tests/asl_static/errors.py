"""Faults in Retry and Catch rules.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.asl_static.machine import Fields, Scope, State, all_scopes
from tests.asl_static.numbers import is_whole

LARGEST = 99_999_999
LONGEST_DELAY = 31_622_400

STATES_ERRORS = frozenset(
    f"States.{name}"
    for name in (
        "ALL",
        "BranchFailed",
        "DataLimitExceeded",
        "ExceedToleratedFailureThreshold",
        "HeartbeatTimeout",
        "Http.Socket",
        "IntrinsicFailure",
        "ItemReaderFailed",
        "NoChoiceMatched",
        "ParameterPathFailure",
        "Permissions",
        "QueryEvaluationError",
        "ResultPathMatchFailure",
        "ResultWriterFailed",
        "Runtime",
        "TaskFailed",
        "Timeout",
    )
)
_OF_A_SERVICE = re.compile(r"[A-Z][A-Za-z0-9]*\.[A-Z][A-Za-z0-9]*")
_RETRY = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
}


def error_faults(root: Scope) -> Iterator[str]:
    """What is wrong in the Retry and Catch rules of a machine."""
    states = [state for scope in all_scopes(root) for state in scope.states.values()]
    raised = frozenset(str(state.body["Error"]) for state in states if state.kind == "Fail" and "Error" in state.body)
    for state in states:
        for field in ("Retry", "Catch"):
            rules = state.body.get(field, ())
            yield from (f"{state.name}: {field} {fault}" for fault in _matching_faults(rules, raised))
        for number, rule in enumerate(state.body.get("Retry", ())):
            yield from (f"{state.name}: Retry[{number}] {fault}" for fault in _retry_faults(rule))
        for number, rule in enumerate(state.body.get("Catch", ())):
            yield from (f"{state.name}: Catch[{number}] {fault}" for fault in _catch_faults(rule, state))


def _matching_faults(rules: Sequence[Fields], raised: frozenset[str]) -> Iterator[str]:
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        names = rule.get("ErrorEquals", ())
        if not names:
            yield f"[{number}] names no errors"
        if "States.ALL" in names and (len(names) > 1 or number != len(rules) - 1):
            yield f"[{number}] has States.ALL, which must be alone and last"
        for name in names:
            if name.startswith("States.") and name not in STATES_ERRORS:
                yield f"[{number}] names {name}, which isn't an error of Step Functions"
            elif not name.startswith("States.") and name not in raised and not _OF_A_SERVICE.fullmatch(name):
                yield f"[{number}] names {name}, which no service and no Fail state raises"
            if name in seen:
                yield f"[{number}] names {name}, as a rule before it does"
            seen.add(name)


def _retry_faults(rule: Fields) -> Iterator[str]:
    yield from (f"has no field {field}" for field in sorted(set(rule) - _RETRY))
    interval, delay = rule.get("IntervalSeconds", 1), rule.get("MaxDelaySeconds")
    rate = rule.get("BackoffRate", 2.0)
    if not is_whole(interval, 1, LARGEST):
        yield f"has IntervalSeconds {interval!r}"
    if not is_whole(rule.get("MaxAttempts", 3), 0, LARGEST):
        yield f"has MaxAttempts {rule['MaxAttempts']!r}"
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
        yield f"has BackoffRate {rate!r}"
    if delay is not None and not (is_whole(delay, 1, LONGEST_DELAY) and is_whole(interval, 1, delay - 1)):
        yield f"has MaxDelaySeconds {delay!r} with IntervalSeconds {interval!r}"
    if rule.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
        yield f"has JitterStrategy {rule['JitterStrategy']!r}"


def _catch_faults(rule: Fields, state: State) -> Iterator[str]:
    allowed = {"ErrorEquals", "Next", "Assign", "Comment", "Output" if state.is_jsonata else "ResultPath"}
    yield from (f"has no field {field} in {state.language}" for field in sorted(set(rule) - allowed))
