"""Boolean values as the tests of a Choice rule in JSONPath, where they say exactly what Python means.

Source: https://states-language.net/spec.html#choice-state
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from asl_export.asl.dialects import CannotSayError
from asl_export.asl.dialects.jsonpath_syntax import SWITCH, path_to
from asl_export.ir.values import Call, Function, Kind, Literal, Reference, Value, kind_of

Rule = Mapping[str, Any]

_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.FLOAT})
_ORDERS: Mapping[Function, tuple[str, Function, Callable[[Any, Any], Any]]] = {
    # the test's name, what it is with its sides changed, and what it is in Python
    Function.LESS: ("LessThan", Function.GREATER, operator.lt),
    Function.LESS_EQUAL: ("LessThanEquals", Function.GREATER_EQUAL, operator.le),
    Function.GREATER: ("GreaterThan", Function.LESS, operator.gt),
    Function.GREATER_EQUAL: ("GreaterThanEquals", Function.LESS_EQUAL, operator.ge),
    Function.EQUAL: ("Equals", Function.EQUAL, operator.eq),
}
_TYPES = {
    Function.IS_NONE: ("IsNull",),
    Function.IS_TEXT: ("IsString",),
    # Python's booleans are numbers.
    Function.IS_NUMBER: ("IsNumeric", "IsBoolean"),
    Function.IS_BOOLEAN: ("IsBoolean",),
}


def rule(value: Value) -> Rule:
    """The test that a boolean value is.

    :raises CannotSayError: for one that no test has words for.
    """
    match value:
        case Literal(value=constant):
            return _constant(bool(constant))
        case Reference() if kind_of(value) is Kind.BOOLEAN:
            return {"Variable": path_to(value), "BooleanEquals": True}
        case Call(function=Function.AND, arguments=parts):
            return {"And": [rule(part) for part in parts]}
        case Call(function=Function.OR, arguments=parts):
            return {"Or": [rule(part) for part in parts]}
        case Call(function=Function.ENDED_IN, arguments=[Reference() as variable, Literal(value=list() as ways)]):
            return {"Or": [{"Variable": path_to(variable), "StringEquals": way} for way in ways]}
        case Call(function=Function.HAS_ITEMS, arguments=[Reference() as items]):
            return {"Variable": f"{path_to(items)}[0]", "IsPresent": True}
        case Call(function=Function.NOT, arguments=[inner]):
            return {"Not": rule(inner)}
        case Call(function=Function.IF, arguments=[test, first, second]):
            return {"Or": [{"And": [rule(test), rule(first)]}, {"And": [{"Not": rule(test)}, rule(second)]}]}
        case Call(function=Function.NOT_EQUAL, arguments=[left, right]):
            return {"Not": _comparison(Function.EQUAL, left, right)}
        case Call(function=function, arguments=[left, right]) if function in _ORDERS:
            return _comparison(function, left, right)
        case Call(function=Function.HAS_ITEMS, arguments=[Reference() as items]):
            return {"Variable": f"{path_to(items)}[0]", "IsPresent": True}
        case Call(function=Function.TRUTH, arguments=[inner]):
            return _truth(inner)
        case Call(function=Function.IS_DEFINED, arguments=[inner]):
            return _defined(inner)
        case Call(function=function, arguments=[Reference() as inner]) if function in _TYPES:
            tests = [{"Variable": path_to(inner), name: True} for name in _TYPES[function]]
            return _when_present(inner, tests[0] if len(tests) == 1 else {"Or": tests})
        case Call(function=function, arguments=[Reference(kind=Kind.TEXT) as inner, Literal(value=str() as part)]):
            return _matches(function, inner, part)
        case _:
            raise _cannot(value)


def _comparison(function: Function, left: Value, right: Value, *, turned: bool = False) -> Rule:
    """Two values compared: a place with a constant, or two places of one kind."""
    match left, right:
        case Literal(value=first), Literal(value=second):
            return _constant(bool(_ORDERS[function][2](first, second)))
        case Call(function=Function.DEFAULT, arguments=[Reference(certain=True) as place, _]), _:
            return _comparison(function, place, right)
        case Call(function=Function.DEFAULT, arguments=[Reference() as place, Literal() as default]), _:
            there = _defined(place)
            given = {"And": [there, _comparison(function, place, right)]}
            return {"Or": [given, {"And": [{"Not": there}, _comparison(function, default, right)]}]}
        case Call(function=Function.INT, arguments=[inner, *_]), _ if kind_of(inner) is Kind.INTEGER:
            return _comparison(function, inner, right)
        case Reference(), Reference():
            return _two_places(function, left, right)
        case Reference(), Literal(value=constant):
            return _with_constant(function, left, constant)
        case _ if not turned:
            return _comparison(_ORDERS[function][1], right, left, turned=True)
        case _:
            raise _cannot(right if isinstance(left, Reference | Literal) else left)


def _with_constant(function: Function, place: Reference, constant: Any) -> Rule:
    kind, path = place.kind, path_to(place)
    test = _ORDERS[function][0]
    match constant:
        case None if function is Function.EQUAL:
            return {"Variable": path, "IsNull": True}
        case bool() if function is Function.EQUAL and kind in (Kind.BOOLEAN, Kind.ANY):
            exactly = {"Variable": path, "BooleanEquals": constant}
            # In Python True equals 1.
            return exactly if kind is Kind.BOOLEAN else _either(exactly, path, "NumericEquals", int(constant))
        case bool() if function is Function.EQUAL and kind in _NUMBERS:
            return {"Variable": path, "NumericEquals": int(constant)}
        case str() if kind is Kind.TEXT or (kind is Kind.ANY and function is Function.EQUAL):
            return {"Variable": path, f"String{test}": constant}
        case int() | float() if kind in _NUMBERS or (kind is Kind.ANY and function is Function.EQUAL):
            exactly = {"Variable": path, f"Numeric{test}": constant}
            flag = kind is Kind.ANY and constant in (0, 1)
            return _either(exactly, path, "BooleanEquals", bool(constant)) if flag else exactly
        case int() | float() if function is Function.EQUAL and kind is Kind.BOOLEAN and constant in (0, 1):
            return {"Variable": path, "BooleanEquals": bool(constant)}
        case bool() | str() | int() | float() if function is Function.EQUAL:
            # Of different types: not equal, once the place is there.
            return {"And": [{"Variable": path, "IsNull": True}, _constant(False)]}
        case _:
            raise CannotSayError(
                f"{place.source or 'a value'} {function.value} {constant!r} can't be tested in JSONPath",
                why="a Choice rule doesn't fail on a value of another type, as Airflow does",
                fix=f'give the Param a type, as in Param(3, type="integer"), or {SWITCH}',
            )


def _either(rule_: Rule, path: str, test: str, constant: Any) -> Rule:
    return {"Or": [rule_, {"Variable": path, test: constant}]}


def _two_places(function: Function, left: Reference, right: Reference) -> Rule:
    kinds = {left.kind, right.kind}
    if kinds <= _NUMBERS:
        name = "Numeric"
    elif kinds == {Kind.TEXT}:
        name = "String"
    elif kinds == {Kind.BOOLEAN} and function is Function.EQUAL:
        name = "Boolean"
    else:
        raise CannotSayError(
            f"{left.source or 'a value'} {function.value} {right.source or 'a value'} can't be tested in JSONPath",
            why="a Choice rule must know the types of both",
            fix=f'give the Params a type, as in Param(3, type="integer"), or {SWITCH}',
        )
    return {"Variable": path_to(left), f"{name}{_ORDERS[function][0]}Path": path_to(right)}


def _truth(value: Value) -> Rule:
    """Whether Python takes a value for true."""
    match value, kind_of(value):
        case _, Kind.BOOLEAN:
            return rule(value)
        case Literal(value=constant), _:
            return _constant(bool(constant))
        case Reference(), Kind.TEXT:
            return {"Not": {"Variable": path_to(value), "StringEquals": ""}}
        case Reference(certain=True), Kind.LIST:
            return {"Variable": f"{path_to(value)}[0]", "IsPresent": True}
        case Reference(), (Kind.INTEGER | Kind.NUMBER | Kind.FLOAT):
            return {"Not": {"Variable": path_to(value), "NumericEquals": 0}}
        case _:
            raise CannotSayError(
                f"whether {_source(value)} is true or empty can't be tested in JSONPath",
                why="a Choice rule must know its type, and has no test for an empty list or mapping",
                fix=f'compare it, as in params.x == "a", give the Param a type, or {SWITCH}',
            )


def _defined(value: Value) -> Rule:
    """Whether a place holds a value; like Airflow it fails where what should hold it is missing."""
    if not isinstance(value, Reference) or value.certain:
        return _constant(True)
    present = {"Variable": path_to(value), "IsPresent": True}
    parent = Reference(root=value.root, path=value.path[:-1], kind=Kind.ANY, certain=False, sure=value.sure)
    if len(parent.path) < value.sure:
        return present
    # A test other than IsPresent fails the state when there is nothing.
    holder = path_to(parent)
    return {"And": [{"Or": [{"Variable": holder, "IsNull": False}, {"Variable": holder, "IsNull": True}]}, present]}


def _when_present(value: Reference, test: Rule) -> Rule:
    return test if value.certain else {"And": [{"Variable": path_to(value), "IsPresent": True}, test]}


def _matches(function: Function, value: Reference, part: str) -> Rule:
    """A text that starts with, ends with or holds another."""
    plain = part.replace("\\", "\\\\").replace("*", "\\*")
    patterns = {
        Function.STARTS_WITH: f"{plain}*",
        Function.ENDS_WITH: f"*{plain}",
        Function.CONTAINS: f"*{plain}*",
    }
    if function not in patterns:
        raise _cannot(Call(function=function, arguments=(value,), kind=Kind.BOOLEAN))
    return {"Variable": path_to(value), "StringMatches": patterns[function]}


def _constant(value: bool) -> Rule:
    """A test that is always true, or never: an execution has a name."""
    return {"Variable": "$$.Execution.Name", "IsPresent": value}


def _source(value: Value) -> str:
    return value.source if isinstance(value, Reference) and value.source else "a value"


def _cannot(value: Value) -> CannotSayError:
    what = repr(value.function.value) if isinstance(value, Call) else _source(value)
    return CannotSayError(
        f"a condition with {what} can't be written in JSONPath",
        why="a Choice rule compares what a path leads to with a constant or with what another path leads to",
        fix=SWITCH,
    )
