"""Values written as paths and intrinsic functions, as far as there are any.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from asl_export.asl.dialects import CannotSayError
from asl_export.asl.dialects.jsonpath_rules import rule
from asl_export.asl.dialects.jsonpath_syntax import SWITCH, escaped, member, path_to, text_literal
from asl_export.diagnostics import InternalError
from asl_export.ir.s3 import hook_key
from asl_export.ir.values import (
    Call,
    Document,
    Format,
    Function,
    Kind,
    ListOf,
    Literal,
    ObjectOf,
    Reference,
    Value,
    format_text,
    kind_of,
)

MOST_FUNCTIONS = 10
"""In one field, all together: the guide counts so in its example of nested functions."""

_WRITTEN = Reference | Format | Call
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)
_CALL = re.compile(r"\bStates\.[A-Za-z0-9]+\(")


class JsonPathValues:
    """Writes values as JSONPath and intrinsic functions."""

    def document(self, document: Document) -> Any:
        """A document as JSON, with `.$` fields where it isn't known."""
        match document:
            case Literal(value=value):
                return self.literal(value)
            case ObjectOf(items=entries):
                return dict(self.field(name, item) for name, item in entries)
            case ListOf(items=items):
                return self.document(list(items))
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

    def rule(self, value: Value) -> Mapping[str, Any]:
        """The test of a Choice rule that applies when a boolean value is true.

        :raises CannotSayError: for a value that no test has words for.
        """
        return rule(value)

    def field(self, key: str, item: Document) -> tuple[str, Any]:
        """A field of an object: an expression's key ends in `.$`."""
        if key.endswith(".$"):
            raise CannotSayError(
                f"the name {key!r} can't be written in JSONPath", why="a name that ends in .$ marks a path", fix=SWITCH
            )
        if isinstance(item, Call) and item.function is Function.S3_KEY:
            item = _key(item.arguments[0])
        if isinstance(item, _WRITTEN):
            return f"{key}.$", _few_functions(self.code(item))
        parts = item.items if isinstance(item, ListOf) else item
        if isinstance(parts, list | tuple) and any(isinstance(part, _WRITTEN | ListOf | ObjectOf) for part in parts):
            return f"{key}.$", _few_functions(self.array(parts))
        return key, self.document(item)

    def array(self, items: Sequence[Document]) -> str:
        """An array with expressions in it."""
        if not all(isinstance(part, Literal | Reference | Format | Call | ListOf) for part in items):
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
                return json.dumps(constant, allow_nan=False)
            case Literal():
                text = json.dumps(value.value, ensure_ascii=False, allow_nan=False)
                return f"States.StringToJson({text_literal(text)})"
            case Reference():
                return path_to(value)
            case Format(parts=parts):
                return self.format(parts)
            case ListOf(items=items):
                return self.array(items)
            case Call():
                return self.call(value)
            case ObjectOf():
                raise CannotSayError(
                    "a mapping within an expression can't be written in JSONPath", why="it has none", fix=SWITCH
                )
            case _:
                raise InternalError(f"{value!r} has no place in the machine")

    def format(self, parts: tuple[Value, ...]) -> str:
        """Text made of parts."""
        template, arguments = "", []
        for part in parts:
            if isinstance(part, Literal):
                template += escaped(part.value if isinstance(part.value, str) else str(part.value))
                continue
            template += "{}"
            arguments.append(self.text(part))
        return f"States.Format('{template}'{''.join(f', {argument}' for argument in arguments)})"

    def text(self, value: Value) -> str:
        """An argument of States.Format that becomes the text that Python gives for the value."""
        match kind_of(value):
            case Kind.LIST | Kind.OBJECT as kind:
                raise CannotSayError(
                    f"a {kind} can't become text as in Airflow in JSONPath",
                    why="States.Format writes JSON, and Airflow what Python does",
                    fix="write | tojson",
                )
            case Kind.BOOLEAN:
                raise CannotSayError(
                    "a boolean can't become text as in Airflow ('True') in JSONPath",
                    why="States.Format writes 'true'",
                    fix=f"{SWITCH}, or use a param of type string",
                )
            case Kind.FLOAT:
                raise CannotSayError(
                    "a fraction can't become text as in Airflow in JSONPath",
                    why="Airflow writes '2.0' where States.Format may write '2'",
                    fix=f"{SWITCH}, or use a param of type string",
                )
            case Kind.ANY if isinstance(value, Call):
                raise _untyped()
            case _:
                return self.code(value)

    def call(self, call: Call) -> str:
        """A function, as far as there is an intrinsic function for it."""
        match call.function, call.arguments:
            case Function.BATCH_TEXT, [value]:
                return f"States.Format('{{}}', {self.code(value)})"
            case Function.STRING, [value]:
                if kind_of(value) is Kind.ANY:
                    raise _untyped()
                return self.code(value) if kind_of(value) is Kind.TEXT else self.format((value,))
            case Function.WITHOUT_SLASHES, [value]:
                # A slash too many is part of the key, for the job as for who reads its result.
                return self.code(value)
            case ((Function.TEXTS | Function.TEXTS_BY_NAME), [value]):
                # Batch refuses what isn't text; Airflow makes texts of numbers.
                return self.code(value)
            case Function.DOUBLED_BRACES, _:
                raise CannotSayError(
                    "a value of the run beside fields of the item can't be written in JSONPath",
                    why="airstep-item fills in what is in braces, so the value's own are doubled, which JSONPath can't",
                    fix=f"hand the value to the job in an environment variable of its own, or {SWITCH}",
                )
            case Function.TO_JSON, [value]:
                return f"States.JsonToString({self.code(value)})"
            case ((Function.WHOLE_NUMBER | Function.FROM_JSON), [value]):
                return f"States.StringToJson({self.code(value)})"
            case Function.INT, [value, *_] if kind_of(value) is Kind.INTEGER:
                return self.code(value)
            case Function.ADD, [left, right] if call.kind is Kind.INTEGER:
                return f"States.MathAdd({self.code(left)}, {self.code(right)})"
            case Function.SUBTRACT, [left, Literal(value=int() as number)] if call.kind is Kind.INTEGER:
                return f"States.MathAdd({self.code(left)}, {-number})"
            case Function.LENGTH, [value] if kind_of(value) in (Kind.ANY, Kind.LIST):
                return f"States.ArrayLength({self.code(value)})"
            case Function.CONTAINS, [holder, wanted] if kind_of(holder) is Kind.LIST:
                return f"States.ArrayContains({self.code(holder)}, {self.code(wanted)})"
            case Function.PART, [holder, Literal(value=int() as index)] if index >= 0:
                return f"States.ArrayGetItem({self.code(holder)}, {index})"
            case Function.S3_BUCKET, [Format(parts=[Literal(value="s3://"), bucket, Literal(), *_])]:
                return self.code(bucket)
            case Function.S3_BUCKET, _:
                raise _cannot_split()
            case Function.S3_KEY, [uri]:
                return self.code(_key(uri))
            case Function.S3_HOOK_KEY, [key]:
                return self.hook_key(key)
            case Function.ANY_ENDED, [
                Reference() as outputs,
                Literal(value=str() as name),
                Literal(value=str() as way),
            ]:
                return f"States.ArrayContains({path_to(outputs)}[*]{member(name)}, '{way}')"
            case Function.ALL_OF, [Reference() as outputs, Literal(value=str() as name)]:
                return f"{path_to(outputs)}[*]{member(name)}"
            case Function.DATE, [moment]:
                return self.date(moment, "%Y-%m-%d")
            case Function.DATE_NODASH, [moment]:
                return self.date(moment, "%Y%m%d")
            case Function.FORMAT_DATE, [moment, Literal(value=str() as form)]:
                return self.date(moment, form)
            case Function.ADD_DAYS, [day, Literal(value=0)]:
                return self.code(day)
            case ((Function.DEFAULT | Function.DEFAULT_IF_FALSE), _):
                raise CannotSayError(
                    "the filter 'default' can't be written in JSONPath",
                    why="an expression fails when what it names is missing",
                    fix=f"declare a Param with a default, or {SWITCH}",
                )
            case function, _:
                raise CannotSayError(
                    f"{function.value!r} can't be written in JSONPath", why="it has no such function", fix=SWITCH
                )

    def hook_key(self, key: Value) -> str:
        """A key without what follows a question mark. Slashes at its start can only be left out of a known text."""
        if isinstance(key, Call) and key.function is Function.S3_KEY:
            key = _key(key.arguments[0])
        match hook_key(key):
            case Call(function=Function.S3_HOOK_KEY, arguments=[Format(parts=[Literal(), *_]) as text]):
                return _part(self.code(text), "?", 0)
            case Call(function=Function.S3_HOOK_KEY):
                raise CannotSayError(
                    "the key of an S3 URI that starts with a value of the run can't be written in JSONPath",
                    why="Airflow leaves out slashes at its start, which JSONPath can't",
                    fix=f"give bucket_name, and the key as bucket_key, or {SWITCH}",
                )
            case known:
                return self.code(known)

    def date(self, moment: Value, form: str) -> str:
        """A date in a form of its own, as far as that has year, month and day only."""
        text = self.code(moment)
        if form == "%Y-%m-%d":
            return _part(text, "T", 0)
        template, arguments = "", []
        for part in re.findall(r"%.|[^%]", form, re.DOTALL):
            if part in ("%Y", "%m", "%d"):
                template += "{}"
                arguments.append(_part(text, "-T", ("%Y", "%m", "%d").index(part)))
            elif part.startswith("%") and part != "%%":
                raise CannotSayError(
                    f"the date format {form!r} can't be written in JSONPath",
                    why="it can take a date's year, month and day out of its text, and no more",
                    fix=SWITCH,
                )
            else:
                template += escaped(part[-1])
        return f"States.Format('{template}'{''.join(f', {argument}' for argument in arguments)})"


def _untyped() -> CannotSayError:
    return CannotSayError(
        "a value whose type isn't known can't become text as in Airflow in JSONPath",
        why="States.Format writes JSON, and Airflow what Python does",
        fix=f"write | tojson, or {SWITCH}",
    )


def _few_functions(text: str) -> str:
    """The text of a field, unless there are more functions in it than AWS allows."""
    number = len(_CALL.findall(_QUOTED.sub("''", text)))
    if number > MOST_FUNCTIONS:
        raise CannotSayError(
            f"this takes {number} intrinsic functions in one field of JSONPath",
            why=f"Step Functions takes up to {MOST_FUNCTIONS}",
            fix=f"{SWITCH}, or take less apart in one value",
        )
    return text


def _part(text: str, separators: str, index: int) -> str:
    """Split at each of the separators, as few functions as can be."""
    return f"States.ArrayGetItem(States.StringSplit({text}, '{separators}'), {index})"


def _key(uri: Value) -> Value:
    """The key of an S3 URI of which a value of the run is the bucket."""
    match uri:
        case Format(parts=[Literal(value="s3://"), _, Literal(value=str() as start), *rest]) if start.startswith("/"):
            return format_text([Literal(value=start[1:]), *rest])
        case _:
            raise _cannot_split()


def _cannot_split() -> CannotSayError:
    return CannotSayError(
        "an S3 URI that is worked out in the run can't be taken apart in JSONPath",
        why="it can't tell where the bucket's name ends",
        fix="write the bucket's name, or s3://{{ params.bucket }}/…, into the DAG",
    )
