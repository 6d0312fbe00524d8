"""The JSONPath query language: InputPath, Parameters, ResultSelector, ResultPath and OutputPath.

Source: https://states-language.net/spec.html#filters and
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.stepfunctions.errors import RUNTIME
from local_aws.stepfunctions.language.choice import rule_applies
from local_aws.stepfunctions.language.intrinsics import evaluate_intrinsic, is_intrinsic
from local_aws.stepfunctions.language.paths import place, select
from local_aws.stepfunctions.language.scope import UNSET, Scope
from local_aws.stepfunctions.machine import Kind, State


class JsonpathLanguage:
    """Fields ending in `.$`, paths and intrinsic functions."""

    misfit = RUNTIME

    def arguments(self, state: State, scope: Scope) -> Any:
        """The input after InputPath and Parameters."""
        data = self._filtered(state, "InputPath", scope, scope.input)
        # A Map's Parameters is the old name of its ItemSelector.
        if "Parameters" not in state.fields or state.kind is Kind.MAP:
            return data
        return self._template(state.fields["Parameters"], scope, data, "Parameters")

    def output(self, state: State, scope: Scope) -> Any:
        """The result after ResultSelector, placed in the input by ResultPath; then OutputPath."""
        if scope.result is UNSET:
            data = self._filtered(state, "InputPath", scope, scope.input)
        else:
            result = scope.result
            if "ResultSelector" in state.fields:
                result = self._template(state.fields["ResultSelector"], scope, result, "ResultSelector")
            data = self._placed(state.fields, scope, result)
        return self._filtered(state, "OutputPath", scope, data)

    def caught(self, rule: Mapping[str, Any], scope: Scope) -> Any:
        """The error output, placed in the input by the rule's ResultPath."""
        return self._placed(rule, scope, scope.error)

    def assigned(self, rule: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
        """Assign, `$` being the error, the result, or the scope's input: the first there is."""
        found = [value for value in (scope.error, scope.result, scope.input) if value is not UNSET]
        values: dict[str, Any] = self._template(rule.get("Assign", {}), scope, found[0], "Assign")
        return values

    def value(self, fields: Mapping[str, Any], name: str, scope: Scope) -> Any:
        """The field as written, or what the field of the same name with `Path` at its end selects."""
        if (path := fields.get(f"{name}Path")) is not None:
            return self._selected(path, scope, scope.input, f"{name}Path")
        return fields.get(name)

    def template(self, template: Any, scope: Scope, *, field: str) -> Any:
        """The template with each `"name.$": path` replaced by `"name": value`."""
        return self._template(template, scope, scope.input, field)

    def chosen(self, rule: Mapping[str, Any], scope: Scope) -> bool:
        """Whether the comparison holds, `$` being the scope's input."""
        return rule_applies(rule, scope)

    def _template(self, template: Any, scope: Scope, data: Any, field: str) -> Any:
        if isinstance(template, list):
            return [self._template(item, scope, data, field) for item in template]
        if not isinstance(template, dict):
            return template
        filled = {}
        for name, inner in template.items():
            if name.endswith(".$"):
                filled[name[:-2]] = self._selected(inner, scope, data, name)
            else:
                filled[name] = self._template(inner, scope, data, field)
        return filled

    def _selected(self, text: str, scope: Scope, data: Any, field: str) -> Any:
        if is_intrinsic(text):
            return evaluate_intrinsic(text, lambda path: select(path, scope, data, field=field))
        return select(text, scope, data, field=field)

    def _filtered(self, state: State, name: str, scope: Scope, data: Any) -> Any:
        path = state.fields.get(name, "$")
        return {} if path is None else select(path, scope, data, field=name)

    def _placed(self, rule: Mapping[str, Any], scope: Scope, value: Any) -> Any:
        path = rule.get("ResultPath", "$")
        return scope.input if path is None else place(path, scope.input, value)
