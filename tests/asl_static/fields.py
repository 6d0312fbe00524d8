"""Faults in which fields a state has, in its query language.

Source: https://states-language.net/spec.html and the state types in the AWS Step Functions developer guide
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.asl_static.machine import JSONATA, JSONPATH, WITH_RESULT, Fields, State

_MAP = (
    *("ItemProcessor", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter", "MaxConcurrency", "Label"),
    *("ToleratedFailureCount", "ToleratedFailurePercentage"),
)
_BOTH = {
    "Task": ("Resource", "Credentials", "TimeoutSeconds", "HeartbeatSeconds"),
    "Parallel": ("Branches",),
    "Map": _MAP,
    "Pass": (),
    "Wait": ("Seconds", "Timestamp"),
    "Choice": ("Choices", "Default"),
    "Succeed": (),
    "Fail": ("Error", "Cause"),
}
_JSONATA = {"Task": ("Arguments",), "Parallel": ("Arguments",), "Map": ("Items",)}
_JSONPATH = {
    "Task": ("Parameters", "TimeoutSecondsPath", "HeartbeatSecondsPath"),
    "Parallel": ("Parameters",),
    "Map": (
        *("Iterator", "Parameters", "ItemsPath", "MaxConcurrencyPath"),
        *("ToleratedFailureCountPath", "ToleratedFailurePercentagePath"),
    ),
    "Pass": ("Result", "Parameters", "ResultPath"),
    "Wait": ("SecondsPath", "TimestampPath"),
    "Fail": ("ErrorPath", "CausePath"),
}
_REQUIRED = {"Task": ("Resource",), "Parallel": ("Branches",), "Map": ("ItemProcessor",), "Choice": ("Choices",)}
_RESOURCE = re.compile(r"arn:aws[a-z-]*:(states:::[A-Za-z0-9-]+:[A-Za-z0-9]+|lambda:[^:]+:\d+:function:.+).*")
_JOINED = ("And", "Or", "Not")
_COMPARISON = re.compile(
    r"(String|Numeric|Timestamp)(Equals|(Less|Greater)Than(Equals)?)(Path)?|BooleanEquals(Path)?|StringMatches"
    r"|Is(Null|Present|Numeric|String|Boolean|Timestamp)"
)


def field_faults(state: State) -> Iterator[str]:
    """Fields that a state of its type and language doesn't have, and those it lacks."""
    allowed = _allowed(state)
    for field in state.body:
        if field not in allowed:
            yield f"{state.name}: a {state.kind} state in {state.language} has no {field}"
    for field in _REQUIRED.get(state.kind, ()):
        if field not in state.body:
            yield f"{state.name}: has no {field}"
    if state.kind == "Task" and not _RESOURCE.fullmatch(str(state.body.get("Resource"))):
        yield f"{state.name}: has the Resource {state.body.get('Resource')!r}"
    if state.kind == "Wait":
        given = [field for field in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if field in state.body]
        yield from (f"{state.name}: waits for one thing, not {given}" for _ in [0] if len(given) != 1)
    for field in ("Error", "Cause"):
        if field in state.body and f"{field}Path" in state.body:
            yield f"{state.name}: has both {field} and {field}Path"
    for rule in state.body.get("Choices", ()):
        yield from (f"{state.name}: {fault}" for fault in _rule_faults(rule, state.language, outermost=True))


def _allowed(state: State) -> set[str]:
    kind = state.kind
    fields = {"Type", "Comment", "QueryLanguage", *_BOTH.get(kind, ())}
    fields |= {"Retry", "Catch"} if kind in WITH_RESULT else set()
    fields |= {"Assign"} if kind not in ("Succeed", "Fail") else set()
    fields |= {"Next", "End"} if kind not in ("Choice", "Succeed", "Fail") else set()
    if state.is_jsonata:
        return fields | set(_JSONATA.get(kind, ())) | ({"Output"} if kind != "Fail" else set())
    fields |= {"InputPath", "OutputPath"} if kind != "Fail" else set()
    fields |= {"ResultPath", "ResultSelector"} if kind in WITH_RESULT else set()
    return fields | set(_JSONPATH.get(kind, ()))


def _rule_faults(rule: Fields, language: str, *, outermost: bool) -> Iterator[str]:
    aside = {"Next", "Assign", "Comment"} if outermost else {"Comment"}
    if outermost and "Next" not in rule:
        yield "a rule has no Next"
    if language == JSONATA:
        yield from (f"a rule in {JSONATA} has no {field}" for field in set(rule) - aside - {"Condition", "Output"})
        yield from ("a rule has no Condition" for _ in [0] if "Condition" not in rule)
        return
    asked = [field for field in rule if field not in aside | {"Variable"}]
    yield from (
        f"a rule in {JSONPATH} has no {field}"
        for field in asked
        if field not in _JOINED and not _COMPARISON.fullmatch(field)
    )
    if len(asked) != 1 or (asked[0] in _JOINED) == ("Variable" in rule):
        yield f"a rule compares one Variable or joins rules, and has {sorted(rule)}"
    for inner in [*rule.get("And", ()), *rule.get("Or", ()), *([rule["Not"]] if "Not" in rule else ())]:
        yield from _rule_faults(inner, language, outermost=False)
