"""The rules of a param's JSON Schema as JSONata tests."""

from __future__ import annotations

import re

from asl_export.asl.dialects.jsonata_syntax import json_literal, text_literal
from asl_export.asl.states import ParamRule, Rule


def broken_test(param: str, rule: ParamRule) -> str | None:
    """A test that is true when a param breaks a rule; like JSON Schema, it lets values of other types pass."""
    number, text = f"$type({param}) = 'number' ?", f"$type({param}) = 'string' ?"
    operand = rule.operand
    match rule.rule:
        case Rule.PRESENT:
            return f"$not($exists({param}))"
        case Rule.TYPE:
            kinds = [_type_test(param, name) for name in operand]
            return f"$not({' or '.join(kinds)})"
        case Rule.ENUM:
            return f"$not({param} in {json_literal(operand)})"
        case Rule.MINIMUM:
            return f"{number} {param} < {json_literal(operand)} : false"
        case Rule.MAXIMUM:
            return f"{number} {param} > {json_literal(operand)} : false"
        case Rule.EXCLUSIVE_MINIMUM:
            return f"{number} {param} <= {json_literal(operand)} : false"
        case Rule.EXCLUSIVE_MAXIMUM:
            return f"{number} {param} >= {json_literal(operand)} : false"
        case Rule.MIN_LENGTH:
            return f"{text} $length({param}) < {json_literal(operand)} : false"
        case Rule.MAX_LENGTH:
            return f"{text} $length({param}) > {json_literal(operand)} : false"
        case Rule.EXACT:
            return f"{number} $abs({param}) >= {json_literal(operand)} : false"
        case Rule.PART | Rule.UTC:
            # What isn't there is nothing, and dates are read, not cut.
            return None
        case Rule.PATTERN:
            if not operand or _NOT_THE_SAME.search(_ESCAPED.sub("e", operand)):
                return None
            return f"{text} $not($contains({param}, /{_slashed(operand)}/)) : false"


# What isn't the same elsewhere: Python's own groups and anchors, a repetition that gives nothing back or has no least
# number, a set that starts with its end, and what would end the expression.
_ESCAPED = re.compile(r"\\[^AZ\n]")
_NOT_THE_SAME = re.compile(r"\(\?[^:=!]|\\[AZ]|[*+?}]\+|\{,|\[\^?\]|%\}|\{%|\n")


def _slashed(pattern: str) -> str:
    return re.sub(r"(\\.)|/", lambda found: found[1] or r"\/", pattern)


def _type_test(param: str, name: str) -> str:
    if name == "integer":
        return f"($type({param}) = 'number' ? {param} = $floor({param}) : false)"
    return f"$type({param}) = {text_literal(name)}"
