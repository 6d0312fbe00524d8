"""JSONPath with intrinsic functions: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html

It has no conditions, no change of case and no way to tell types apart within an expression; what needs them is refused.
"""
# ruff: noqa: D102 - the Dialect protocol says what each method gives

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.asl import states as asl
from asl_export.asl.dialects import CannotSayError
from asl_export.asl.dialects.jsonpath_syntax import SWITCH, member, path_to
from asl_export.asl.dialects.jsonpath_values import JsonPathValues
from asl_export.asl.states import ParamRule, Rule
from asl_export.ir.values import Document, Literal, Reference, Value

_TYPE_TESTS = {
    "string": "IsString",
    "integer": "IsNumeric",
    "number": "IsNumeric",
    "boolean": "IsBoolean",
    "null": "IsNull",
}
# How a date in UTC ends.
_UTC = ("Z", "+00:00")


class JsonPath:
    """Writes values as JSONPath and intrinsic functions."""

    name = "JSONPath"
    items_inside = False
    knows_types = False
    missing_is_nothing = False

    def document(self, document: Document) -> Any:
        return JsonPathValues().document(document)

    def arguments(self, arguments: Document) -> Mapping[str, Any]:
        return {"Parameters": self.document(arguments)}

    def assigned(self, assign: asl.Assign) -> Mapping[str, Any]:
        return {"Assign": self.document(assign)} if assign else {}

    def gathered(self, gathered: asl.Gathered) -> Mapping[str, Any]:
        failures = {"failures.$": "$[?(@.Error)]"}
        match gathered:
            case asl.Gathered.NOTHING:
                return self.dropped()
            case asl.Gathered.FAILURES:
                return {"ResultSelector": failures}
            case asl.Gathered.FAILURES_AND_RESULTS:
                return {"ResultSelector": {**failures, "results.$": "$"}}

    def dropped(self) -> Mapping[str, Any]:
        return {"OutputPath": None}

    def output(self, output: Document) -> Mapping[str, Any]:
        return {"Parameters": self.document(output)}

    def wait(self, state: asl.Wait) -> Mapping[str, Any]:
        name, value = ("Seconds", state.seconds) if state.seconds is not None else ("Timestamp", state.until)
        if isinstance(value, Literal):
            return {name: value.value}
        if isinstance(value, Reference):
            return {f"{name}Path": JsonPathValues().code(value)}
        raise CannotSayError(
            f"{name} can't be worked out in JSONPath", why="it takes a path there, not a function", fix=SWITCH
        )

    def items(self, items: Document | None) -> Mapping[str, Any]:
        return {"ItemsPath": "$" if items is None else JsonPathValues().code(items)}

    def selector(self, selector: Mapping[str, Document]) -> Mapping[str, Any]:
        return {"ItemSelector": self.document(selector)}

    def make_items(self, items: Document) -> Mapping[str, Any]:
        return {"Parameters": {"items": self.document(items)}, "OutputPath": "$.items"}

    def rule(self, condition: Value) -> Mapping[str, Any]:
        return JsonPathValues().rule(condition)

    def any_failure(self) -> Mapping[str, Any]:
        return {"Variable": "$.failures[0]", "IsPresent": True}

    def first_failure(self) -> Mapping[str, Any]:
        return {"ErrorPath": "$.failures[0].Error", "CausePath": "$.failures[0].Cause"}

    def cause(self, cause: Value) -> Mapping[str, Any]:
        if isinstance(cause, Literal):
            return {"Cause": cause.value}
        return {"CausePath": JsonPathValues().code(cause)}

    def failure_output(self, state: asl.BranchFailed) -> Mapping[str, Any]:
        if state.cause is not None:
            return {"Parameters": self.document({"Error": Literal(value="TasksFailed"), "Cause": state.cause})}
        if state.most is not None:
            # No function cuts a text, so the whole Cause stays behind.
            error = "$.failures[0].Error" if state.collected else "$.Error"
            return {"Parameters": {"Error.$": error, "Cause": "See the history of this execution."}}
        return {"OutputPath": "$.failures[0]"} if state.collected else {}

    def merge_input(self, defaults: Mapping[str, Document]) -> Mapping[str, Any]:
        return {
            "Parameters": {"defaults": self.document(defaults), "input.$": "$$.Execution.Input"},
            "Assign": {"params.$": "States.JsonMerge($.defaults, $.input, false)"},
            **self.dropped(),
        }

    def broken(self, rule: ParamRule) -> Mapping[str, Any] | None:
        variable = "$params" + member(rule.param)
        match rule.rule:
            case Rule.PRESENT:
                return {"Variable": variable, "IsPresent": False}
            case Rule.TYPE if all(name in _TYPE_TESTS for name in rule.operand):
                tests = [{"Variable": variable, _TYPE_TESTS[name]: True} for name in rule.operand]
                return {"Not": tests[0] if len(tests) == 1 else {"Or": tests}}
            case Rule.ENUM if all(isinstance(item, str) for item in rule.operand):
                tests = [{"Variable": variable, "StringEquals": item} for item in rule.operand]
                return {"Not": tests[0] if len(tests) == 1 else {"Or": tests}}
            case Rule.MINIMUM:
                return {"Variable": variable, "NumericLessThan": rule.operand}
            case Rule.MAXIMUM:
                return {"Variable": variable, "NumericGreaterThan": rule.operand}
            case Rule.PART:
                return {"Variable": path_to(rule.operand), "IsPresent": False}
            case Rule.UTC:
                return {"Not": {"Or": [{"Variable": variable, "StringMatches": f"*T*{zone}"} for zone in _UTC]}}
            case _:
                return None

    def problem(self, text: str) -> Mapping[str, Any]:
        return {"Assign": {"problem": text}}

    def fail_with_problem(self) -> Mapping[str, Any]:
        return {"CausePath": "$problem"}

    def code(self, value: Value) -> str:
        """The path or intrinsic function of a value."""
        return JsonPathValues().code(value)
