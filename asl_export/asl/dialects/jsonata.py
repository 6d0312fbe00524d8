"""JSONata, the default: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
# ruff: noqa: D102 - the Dialect protocol says what each method gives

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.asl import states as asl
from asl_export.asl.dialects.jsonata_rules import broken_test
from asl_export.asl.dialects.jsonata_syntax import expression, member
from asl_export.asl.dialects.jsonata_values import JsonataValues
from asl_export.asl.states import ParamRule
from asl_export.ir.values import Document, Value


class Jsonata:
    """Writes values as JSONata."""

    name = "JSONata"
    items_inside = True
    knows_types = True
    missing_is_nothing = True

    def document(self, document: Document) -> Any:
        return JsonataValues().document(document)

    def literal(self, value: Any) -> Any:
        return JsonataValues().literal(value)

    def arguments(self, arguments: Document) -> Mapping[str, Any]:
        return {"Arguments": self.document(arguments)}

    def assigned(self, assign: asl.Assign) -> Mapping[str, Any]:
        return {"Assign": {name: self.document(value) for name, value in assign.items()}} if assign else {}

    def gathered(self, gathered: asl.Gathered) -> Mapping[str, Any]:
        failures = expression("[$states.result[$exists(Error)]]")
        match gathered:
            case asl.Gathered.NOTHING:
                return self.dropped()
            case asl.Gathered.FAILURES:
                return {"Output": {"failures": failures}}
            case asl.Gathered.FAILURES_AND_RESULTS:
                return {"Output": {"failures": failures, "results": expression("$states.result")}}

    def dropped(self) -> Mapping[str, Any]:
        return {"Output": {}}

    def output(self, output: Document) -> Mapping[str, Any]:
        return {"Output": self.document(output)}

    def wait(self, state: asl.Wait) -> Mapping[str, Any]:
        if state.seconds is not None:
            return {"Seconds": self.document(state.seconds)}
        return {"Timestamp": self.document(state.until)}

    def items(self, items: Document | None) -> Mapping[str, Any]:
        return {"Items": self.document(items)}

    def selector(self, selector: Mapping[str, Document]) -> Mapping[str, Any]:
        return {"ItemSelector": self.document(selector)}

    def make_items(self, items: Document) -> Mapping[str, Any]:
        return {"Output": self.document(items)}

    def rule(self, condition: Value) -> Mapping[str, Any]:
        return JsonataValues().rule(condition)

    def any_failure(self) -> Mapping[str, Any]:
        return {"Condition": expression("$count($states.input.failures) > 0")}

    def first_failure(self) -> Mapping[str, Any]:
        return {
            "Error": expression("$states.input.failures[0].Error"),
            "Cause": expression("$states.input.failures[0].Cause"),
        }

    def cause(self, cause: Value) -> Mapping[str, Any]:
        return {"Cause": self.document(cause)}

    def failure_output(self, state: asl.BranchFailed) -> Mapping[str, Any]:
        if state.cause is not None:
            return {"Output": {"Error": "TasksFailed", "Cause": self.document(state.cause)}}
        failure = "$states.input.failures[0]" if state.collected else "$states.input"
        if state.most is not None:
            cause = expression(f"$substring({failure}.Cause, 0, {state.most})")
            return {"Output": {"Error": expression(f"{failure}.Error"), "Cause": cause}}
        return {"Output": expression(failure)} if state.collected else {}

    def merge_input(self, defaults: Mapping[str, Document]) -> Mapping[str, Any]:
        given = "$states.context.Execution.Input"
        code = f"$merge([{self.code_of_object(defaults)}, {given}])" if defaults else given
        return {"Assign": {"params": expression(code)}, **self.dropped()}

    def broken(self, rule: ParamRule) -> Mapping[str, Any] | None:
        test = broken_test(f"$params{member(rule.param)}", rule)
        return {"Condition": expression(test)} if test else None

    def problem(self, text: str) -> Mapping[str, Any]:
        return {"Assign": {"problem": self.literal(text)}}

    def fail_with_problem(self) -> Mapping[str, Any]:
        return {"Cause": expression("$problem")}

    def code_of_object(self, document: Mapping[str, Document]) -> str:
        """An object constructor."""
        return JsonataValues().code_of_object(document)

    def code(self, value: Value) -> str:
        """The expression of a value."""
        return JsonataValues().code(value)
