"""Lets whoever tests a pipeline make its jobs fail: `POST /local-aws/fail-jobs` replaces the list, `GET` shows it."""

import json
import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from local_aws.batch.failing import FailingJobs, FailRule, JobPattern

PATH = "/local-aws/fail-jobs"
REQUEST_FIELDS = {"environment": dict, "parameters": dict, "command": list, "queue": str}

Document = dict[str, Any]


class FailJobs:
    """The application, with the list of jobs to fail beside it."""

    def __init__(self, application: WSGIApplication, failing: FailingJobs) -> None:
        self._application = application
        self._failing = failing

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what concerns the list, hand on all else."""
        if environ.get("PATH_INFO") != PATH:
            return self._application(environ, start_response)
        status, answer = self._answer(environ)
        body = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> tuple[str, Document]:
        if environ["REQUEST_METHOD"] == "POST":
            try:
                self._failing.replace(_rules(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
            except ValueError as error:
                return "400 Bad Request", {"message": f"{PATH}: {error}"}
        elif environ["REQUEST_METHOD"] != "GET":
            return "405 Method Not Allowed", {"message": f"{PATH}: use GET or POST"}
        return "200 OK", {"jobs": self._failing.listed()}


def _rules(body: bytes) -> list[FailRule]:
    """The rules that a body asks for. ValueError for one that isn't understood."""
    document = json.loads(body)
    if not isinstance(document, dict) or set(document) != {"jobs"} or not isinstance(document["jobs"], list):
        raise ValueError('the body must be {"jobs": [...]}')
    return [_rule(each) for each in document["jobs"]]


def _rule(document: Any) -> FailRule:
    if not isinstance(document, dict) or not isinstance(document.get("name"), str):
        raise ValueError(f"each of jobs must be an object with a text as its name, not {json.dumps(document)}")
    _check_names(document, {"name", "request", "times"}, "a job")
    times, request = document.get("times"), document.get("request") or {}
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 0):
        raise ValueError(f"times must be a number of jobs, or null for all, not {json.dumps(times)}")
    if not isinstance(request, dict):
        raise ValueError(f"request must be an object, not {json.dumps(request)}")
    _check_names(request, set(REQUEST_FIELDS), "request")
    for name, value in request.items():
        if not isinstance(value, REQUEST_FIELDS[name]):
            raise ValueError(f"request.{name} must not be {json.dumps(value)}")
    try:
        pattern = re.compile(document["name"])
    except re.error as error:
        raise ValueError(f"the name {document['name']!r} is no regular expression: {error}") from error
    if "command" in request:
        request = {**request, "command": tuple(request["command"])}
    return FailRule(document=document, pattern=JobPattern(name=pattern, **request), times=times)


def _check_names(document: Document, allowed: set[str], what: str) -> None:
    if unknown := sorted(set(document) - allowed):
        raise ValueError(f"{what} can't have {', '.join(unknown)}; it may have {', '.join(sorted(allowed))}")
