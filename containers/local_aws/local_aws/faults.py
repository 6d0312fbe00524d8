"""Lets whoever tests a client make AWS fail it: `POST /local-aws/faults` replaces the list, `GET` shows it."""

import json
import random
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, assert_never
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.sax.saxutils import escape

from local_aws.calls import Call
from local_aws.fault_rules import Drop, Fault, FaultRule, FaultRules, Latency, Refusal
from local_aws.switches import Document, Switch, check_names, count_of

PATH = "/local-aws/faults"
KINDS = ("error", "drop", "latency")
FIELDS = {"service", "operation", *KINDS, "after_effect", "rate", "seed", "times", "seconds"}


class DroppedConnectionError(ConnectionError):
    """Tells the HTTP server to close the connection without an answer."""


class FaultyCalls:
    """The application, in which calls go wrong as the rules say."""

    def __init__(self, application: WSGIApplication, rules: FaultRules) -> None:
        self._application = application
        self._rules = rules

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The application's answer, or what becomes of it.

        :raises DroppedConnectionError: there is none.
        """
        call = Call.of(environ)
        rules = self._rules.of(call) if call else []
        for rule in rules:
            if not rule.after_effect and (answer := _befall(rule.fault, environ, start_response)) is not None:
                return answer
        late = [rule for rule in rules if rule.after_effect]
        if not late:
            return self._application(environ, start_response)
        status, headers, body = self._answer(environ)
        for rule in late:
            if (answer := _befall(rule.fault, environ, start_response)) is not None:
                return answer
        start_response(status, headers)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
        """All that the application does and answers, before anything of it goes out."""
        begun: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
            begun.append((status, headers))
            return written.append

        parts = self._application(environ, start_response)
        try:
            written.extend(parts)
        finally:
            if close := getattr(parts, "close", None):
                close()
        return *begun[-1], b"".join(written)


def faults(application: WSGIApplication, rules: FaultRules) -> Switch:
    """The application, with the list of faults beside it."""
    return Switch(
        application=application,
        path=PATH,
        name="faults",
        replace=lambda documents: rules.replace([_rule(each, rules.clock()) for each in documents]),
        listed=rules.listed,
    )


def _befall(fault: Fault, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes] | None:
    """The answer that a fault puts in place of the application's; None if that one still comes."""
    match fault:
        case Latency(seconds=seconds):
            time.sleep(seconds)
            return None
        case Drop():
            raise DroppedConnectionError
        case Refusal():
            return _refuse(fault, environ, start_response)
    assert_never(fault)


def _refuse(refusal: Refusal, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """An error in the protocol of the request: JSON (1.0, 1.1, REST), query or REST-XML."""
    code, message = escape(refusal.code), escape(refusal.message)
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    call = Call.of(environ)
    service = call.service if call else ""
    if service == "ec2":
        kind, text = "text/xml", f"<Response><Errors>{error}</Errors></Response>"
    elif environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        kind, text = "text/xml", f"<ErrorResponse>{error}</ErrorResponse>"
    elif service == "s3":
        kind, text = "application/xml", error
    else:
        kind = environ.get("CONTENT_TYPE", "") if "HTTP_X_AMZ_TARGET" in environ else "application/json"
        text = json.dumps({"__type": refusal.code, "message": refusal.message})
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-errortype", refusal.code)]
    start_response(f"{refusal.status} {_phrase(refusal.status)}", headers)
    return [body]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else "Error"


def _rule(document: Any, now: float) -> FaultRule:
    if not isinstance(document, dict):
        raise ValueError(f"each of faults must be an object, not {json.dumps(document)}")
    check_names(document, FIELDS, "a fault")
    for name in ("service", "operation"):
        if not isinstance(document.get(name), str) or not document[name]:
            raise ValueError(f'a fault needs a text as its {name} ("*" for any), not {json.dumps(document.get(name))}')
    rate = _number(document, "rate", default=1.0)
    if rate > 1:
        raise ValueError(f"rate must be from 0 to 1, not {json.dumps(rate)}")
    seed, seconds = document.get("seed", 0), document.get("seconds")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"seed must be a whole number, not {json.dumps(seed)}")
    return FaultRule(
        document=document,
        service=document["service"],
        operation=document["operation"],
        fault=_fault(document),
        after_effect=_flag(document, "after_effect"),
        rate=rate,
        chance=random.Random(seed),  # noqa: S311 - the same faults each time are what is wanted
        times=count_of(document, "times", "calls"),
        until=None if seconds is None else now + _number(document, "seconds"),
    )


def _fault(document: Document) -> Fault:
    kinds = [kind for kind in KINDS if kind in document]
    if len(kinds) != 1:
        raise ValueError(f"a fault is one of {', '.join(KINDS)}, not {' and '.join(kinds) or 'none of them'}")
    if kinds == ["error"]:
        return _refusal(document["error"])
    if kinds == ["latency"]:
        return Latency(seconds=_number(document, "latency"))
    if not _flag(document, "drop"):
        raise ValueError("drop can only be true")
    return Drop()


def _refusal(error: Any) -> Refusal:
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        raise ValueError(f"error must be an object with a status and a text as its code, not {json.dumps(error)}")
    check_names(error, {"status", "code", "message"}, "error")
    status, message = error.get("status"), error.get("message", "A fault of /local-aws/faults")
    if isinstance(status, bool) or not isinstance(status, int) or not 400 <= status <= 599:
        raise ValueError(f"error.status must be an HTTP status from 400 to 599, not {json.dumps(status)}")
    if not isinstance(message, str):
        raise ValueError(f"error.message must be a text, not {json.dumps(message)}")
    return Refusal(status=status, code=error["code"], message=message)


def _number(document: Document, name: str, *, default: float | None = None) -> float:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError(f"{name} must be a number from 0 on, not {json.dumps(value)}")
    return float(value)


def _flag(document: Document, name: str) -> bool:
    value = document.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {json.dumps(value)}")
    return value
