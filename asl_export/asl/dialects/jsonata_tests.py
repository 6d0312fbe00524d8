"""Conditions in JSONata, with Python's idea of what is true and what is equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asl_export.asl.dialects.jsonata_writer import NUMBERS, Writer, failure, source_of
from asl_export.ir.values import Call, Function, Kind, Literal, Reference, Value, kind_of, walk

_OPERATORS = {
    Function.EQUAL: "=",
    Function.NOT_EQUAL: "!=",
    Function.LESS: "<",
    Function.LESS_EQUAL: "<=",
    Function.GREATER: ">",
    Function.GREATER_EQUAL: ">=",
}

_NEVER_FAIL = frozenset(
    {
        Function.EQUAL,
        Function.NOT_EQUAL,
        Function.AND,
        Function.OR,
        Function.NOT,
        Function.HAS_ITEMS,
        Function.ANY_ENDED,
        Function.ENDED_IN,
    }
)


def _default(writer: Writer, call: Call) -> str:
    """`default` of Jinja: for what is missing, which only a place can be."""
    value, default = call.arguments
    if not isinstance(value, Reference) or value.certain:
        return writer.operand(value)
    found = f"($v := {writer.code(value)}; $exists($v) ? $v : {writer.operand(default)})"
    return _within(writer, value, found)


def _default_if_false(writer: Writer, call: Call) -> str:
    value, default = call.arguments
    if not isinstance(value, Reference) or value.certain:
        return f"($v := {writer.operand(value)}; ({truth_of('$v')}) ? $v : {writer.operand(default)})"
    found = f"($v := {writer.code(value)}; ({truth_of('$v')}) ? $v : {writer.operand(default)})"
    return _within(writer, value, found)


def _is_defined(writer: Writer, call: Call) -> str:
    value = call.arguments[0]
    if not isinstance(value, Reference) or value.certain:
        return "true"
    return _within(writer, value, f"$exists({writer.code(value)})")


def _within(writer: Writer, value: Reference, code: str) -> str:
    """What is said of a place that may be missing; like Airflow it fails where even what should hold it is."""
    parent = _parent(value)
    if parent is None:
        return code
    return f"($exists({writer.code(parent)}) ? {code} : {failure(source_of(parent) + ' is missing')})"


def _parent(value: Reference) -> Reference | None:
    """What holds a value, where it may be missing itself."""
    path = value.path[:-1]
    if value.certain or len(path) < value.sure:
        return None
    source = value.source.rsplit("[" if isinstance(value.path[-1], int) else ".", 1)[0]
    return Reference(root=value.root, path=path, kind=Kind.ANY, source=source, certain=False, sure=value.sure)


def _if(writer: Writer, call: Call) -> str:
    first, second = (writer.operand(argument) for argument in call.arguments[1:])
    return f"({writer.truth(call.arguments[0])} ? {first} : {second})"


def _and(writer: Writer, call: Call) -> str:
    *others, last = (writer.truth(argument) for argument in call.arguments)
    if _never_fails(call):
        return " and ".join([*others, last])
    return "(" + "".join(f"{other} ? " for other in others) + last + " : false" * len(others) + ")"


def _or(writer: Writer, call: Call) -> str:
    *others, last = (writer.truth(argument) for argument in call.arguments)
    if _never_fails(call):
        return " or ".join([*others, last])
    return "(" + "".join(f"{other} ? true : " for other in others) + last + ")"


def _not(writer: Writer, call: Call) -> str:
    inner = call.arguments[0]
    is_test = isinstance(inner, Call) and kind_of(inner) is Kind.BOOLEAN
    return f"$not({writer.code(inner) if is_test else writer.truth(inner)})"


def _never_fails(call: Call) -> bool:
    """Whether all of a condition may be evaluated: not every JSONata leaves out what `and` and `or` needn't look at."""
    inner = [value for value in walk(call) if isinstance(value, Call | Reference)]
    return all(value.function in _NEVER_FAIL if isinstance(value, Call) else value.certain for value in inner)


def truth(writer: Writer, value: Value) -> str:
    """Whether Python takes the value for true; JSONata looks into a list for that."""
    match kind_of(value):
        case Kind.BOOLEAN:
            return writer.operand(value)
        case Kind.TEXT | Kind.INTEGER | Kind.NUMBER | Kind.FLOAT:
            return f"$boolean({writer.operand(value)})"
        case Kind.DATE:
            return "true"
        case _:
            return f"($v := {writer.operand(value)}; {truth_of('$v')})"


def truth_of(variable: str) -> str:
    """Whether Python takes what a variable holds for true."""
    return f"$type({variable}) = 'array' ? $count({variable}) > 0 : $boolean({variable})"


def _compare(writer: Writer, call: Call) -> str:
    left, right = call.arguments
    operator = _OPERATORS[call.function]
    if call.function in (Function.EQUAL, Function.NOT_EQUAL):
        return f"{_comparable(writer, left, right)} {operator} {_comparable(writer, right, left)}"
    return f"{writer.operand(left)} {operator} {writer.operand(right)}"


def _comparable(writer: Writer, value: Value, other: Value) -> str:
    """A value to test for equality: in Python True equals 1, in JSONata it doesn't."""
    code, kind, against = writer.operand(value), kind_of(value), kind_of(other)
    if isinstance(other, Literal) and against in NUMBERS and other.value not in (0, 1):
        return code
    if kind is Kind.BOOLEAN and (against in NUMBERS or against is Kind.ANY):
        return f"({code} ? 1 : 0)"
    nothing = isinstance(other, Literal) and other.value is None
    if kind is Kind.ANY and not nothing and (against in NUMBERS or against in (Kind.ANY, Kind.BOOLEAN)):
        return f"($v := {code}; $type($v) = 'boolean' ? ($v ? 1 : 0) : $v)"
    return code


def _contains(writer: Writer, call: Call) -> str:
    """Python's `in`: a part of a text, an item of a list, a key of a mapping."""
    holder, wanted = call.arguments
    found = writer.operand(wanted)
    match kind_of(holder):
        case Kind.TEXT:
            return f"$contains({writer.operand(holder)}, {found})"
        case Kind.LIST:
            return f"{found} in {writer.operand(holder)}"
        case Kind.OBJECT:
            return f"{found} in $keys({writer.operand(holder)})"
        case _:
            wrong = failure(f"{source_of(holder)} holds nothing")
            return (
                f"($v := {writer.operand(holder)}; $w := {found}; $t := $type($v); $t = 'string' ? $contains($v, $w) : "
                f"$t = 'array' ? $w in $v : $t = 'object' ? $w in $keys($v) : {wrong})"
            )


def _is_of(*types: str) -> Callable[[Writer, Call], str]:
    def written(writer: Writer, call: Call) -> str:
        value = call.arguments[0]
        # Of a missing value every such test is false, as in Jinja.
        code = f"$type({writer.code(value) if isinstance(value, Reference) else writer.operand(value)})"
        return f"{code} = '{types[0]}'" if len(types) == 1 else f"{code} in [{', '.join(map(repr, types))}]"

    return written


TEST_FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    **dict.fromkeys(_OPERATORS, _compare),
    Function.DEFAULT: _default,
    Function.DEFAULT_IF_FALSE: _default_if_false,
    Function.IF: _if,
    Function.AND: _and,
    Function.OR: _or,
    Function.NOT: _not,
    Function.TRUTH: lambda writer, call: writer.truth(call.arguments[0]),
    Function.CONTAINS: _contains,
    Function.IS_DEFINED: _is_defined,
    Function.IS_NONE: _is_of("null"),
    Function.IS_TEXT: _is_of("string"),
    # Python's booleans are numbers.
    Function.IS_NUMBER: _is_of("number", "boolean"),
    Function.IS_BOOLEAN: _is_of("boolean"),
    Function.IS_MAPPING: _is_of("object"),
}
