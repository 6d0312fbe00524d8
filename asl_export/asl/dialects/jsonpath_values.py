"""Values written as paths and intrinsic functions, as far as there are any.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from asl_export.asl.dialects import CannotSayError
from asl_export.diagnostics import InternalError
from asl_export.ir.values import (
    Call,
    Document,
    Format,
    Function,
    Key,
    Kind,
    Literal,
    Reference,
    Root,
    Value,
    kind_of,
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SWITCH = "export to JSONata, the default"


class JsonPathValues:
    """Writes values as JSONPath and intrinsic functions."""

    def document(self, document: Document) -> Any:
        """A document as JSON, with `.$` fields where it isn't known."""
        match document:
            case Literal(value=value):
                return self.literal(value)
            case Mapping():
                return dict(self.field(key, item) for key, item in document.items())
            case list() | tuple():
                return [self.document(item) for item in document]
            case None | str() | bool() | int() | float():
                return document
            case _:
                raise InternalError(f"no JSON for {document!r}")

    def literal(self, value: Any) -> Any:
        """JSON as it is; a key that ends in `.$` can't be written."""
        match value:
            case dict():
                return dict(self.field(key, item) for key, item in value.items())
            case list():
                return [self.literal(item) for item in value]
            case _:
                return value

    def field(self, key: str, item: Document) -> tuple[str, Any]:
        """A field of an object: an expression's key ends in `.$`."""
        if key.endswith(".$"):
            raise CannotSayError(
                f"the name {key!r} can't be written in JSONPath", why="a name that ends in .$ marks a path", fix=SWITCH
            )
        if isinstance(item, Reference | Format | Call):
            return f"{key}.$", self.code(item)
        if isinstance(item, list | tuple) and any(isinstance(part, Reference | Format | Call) for part in item):
            return f"{key}.$", self.array(item)
        return key, self.document(item)

    def array(self, items: list[Document] | tuple[Document, ...]) -> str:
        """An array with expressions in it."""
        if not all(isinstance(part, Literal | Reference | Format | Call) for part in items):
            raise CannotSayError(
                "a list of objects and expressions can't be written in JSONPath", why="it has no such list", fix=SWITCH
            )
        return f"States.Array({', '.join(self.code(part) for part in items)})"

    def code(self, value: Value) -> str:
        """The path or intrinsic function of a value."""
        match value:
            case Literal(value=str() as text):
                return text_literal(text)
            case Literal(value=bool() | int() | float() | None as constant):
                return json.dumps(constant)
            case Literal():
                return f"States.StringToJson({text_literal(json.dumps(value.value, ensure_ascii=False))})"
            case Reference(root=root, path=path):
                start, rest = {
                    Root.VARIABLE: (f"${path[0]}" if path else "", path[1:]),
                    Root.STATE_INPUT: ("$", path),
                    Root.RESULT: ("$", path),
                    Root.CONTEXT: ("$$", path),
                }[root]
                return start + "".join(member(key) for key in rest)
            case Format(parts=parts):
                return self.format(parts)
            case Call():
                return self.call(value)
            case _:
                raise InternalError(f"{value!r} has no place in the machine")

    def rule(self, value: Value) -> dict[str, Any]:
        """A Choice rule."""
        match value:
            case Call(function=Function.NOT, arguments=(inner,)):
                return {"Not": self.rule(inner)}
            case Call(function=Function.AND, arguments=parts):
                return {"And": [self.rule(part) for part in parts]}
            case Call(function=Function.OR, arguments=parts):
                return {"Or": [self.rule(part) for part in parts]}
            case Call(function=Function.EQUAL, arguments=(Reference() as left, Literal(value=str() as text))):
                return {"Variable": self.code(left), "StringEquals": text}
            case Call(function=Function.HAS_ITEMS, arguments=(Reference() as items,)):
                return {"Variable": f"{self.code(items)}[0]", "IsPresent": True}
            case Reference():
                return {"Variable": self.code(value), "BooleanEquals": True}
            case _:
                raise InternalError(f"no rule for {value!r}")

    def format(self, parts: tuple[Value, ...]) -> str:
        """Text made of parts."""
        template, arguments = "", []
        for part in parts:
            if isinstance(part, Literal):
                template += escaped(part.value if isinstance(part.value, str) else str(part.value))
                continue
            if kind_of(part) is Kind.BOOLEAN:
                raise CannotSayError(
                    "a boolean can't become text as in Airflow ('True') in JSONPath",
                    why="States.Format writes 'true'",
                    fix=f"{SWITCH}, or use a param of type string",
                )
            template += "{}"
            arguments.append(self.code(part))
        return f"States.Format('{template}'{''.join(f', {argument}' for argument in arguments)})"

    def call(self, call: Call) -> str:
        """A function, as far as there is an intrinsic function for it."""
        match call.function, call.arguments:
            case Function.BATCH_TEXT, [value]:
                return f"States.Format('{{}}', {self.code(value)})"
            case Function.TO_JSON, [value]:
                return f"States.JsonToString({self.code(value)})"
            case Function.INT, [value] if kind_of(value) is Kind.INTEGER:
                return self.code(value)
            case Function.WHOLE_NUMBER, [value]:
                return f"States.StringToJson({self.code(value)})"
            case Function.ADD, [left, right] if call.kind is Kind.INTEGER:
                return f"States.MathAdd({self.code(left)}, {self.code(right)})"
            case Function.SUBTRACT, [left, Literal(value=int() as number)] if call.kind is Kind.INTEGER:
                return f"States.MathAdd({self.code(left)}, {-number})"
            case Function.LENGTH, [value] if kind_of(value) is Kind.ANY:
                return f"States.ArrayLength({self.code(value)})"
            case Function.PARSE, [text]:
                return f"States.StringToJson({self.code(text)})"
            case Function.S3_BUCKET, [uri]:
                return f"States.ArrayGetItem(States.StringSplit({self.code(uri)}, '/'), 1)"
            case Function.ANY_ENDED, [outputs, Literal(value=name), Literal(value=way)]:
                return f"States.ArrayContains({self.code(outputs)}[*]{member(name)}, '{way}')"
            case Function.ALL_OF, [outputs, Literal(value=name)]:
                return f"{self.code(outputs)}[*]{member(name)}"
            case Function.DATE, [moment]:
                return _part(self.code(moment), "T", 0)
            case Function.DATE_NODASH, [moment]:
                date = _part(self.code(moment), "T", 0)
                return f"States.Format('{{}}{{}}{{}}', {', '.join(_part(date, '-', index) for index in range(3))})"
            case Function.DEFAULT, _:
                raise CannotSayError(
                    "the filter 'default' can't be written in JSONPath",
                    why="an expression fails when what it names is missing",
                    fix=f"declare a Param with a default, or {SWITCH}",
                )
            case function, _:
                raise CannotSayError(
                    f"{function.value!r} can't be written in JSONPath", why="it has no such function", fix=SWITCH
                )


def _part(text: str, separator: str, index: int) -> str:
    return f"States.ArrayGetItem(States.StringSplit({text}, '{separator}'), {index})"


def member(key: Key) -> str:
    """A step into an object or a list."""
    if isinstance(key, int):
        return f"[{key}]"
    if _NAME.fullmatch(key):
        return f".{key}"
    if "'" in key or "\\" in key:
        raise CannotSayError(
            f"the name {key!r} can't be part of a path", why="it holds a quote or backslash", fix=SWITCH
        )
    return f"['{key}']"


def escaped(text: str) -> str:
    """Text inside a literal of an intrinsic function."""
    return re.sub(r"([\\'{}])", r"\\\1", text)


def text_literal(text: str) -> str:
    """A text as an argument of an intrinsic function."""
    return f"'{escaped(text)}'"
