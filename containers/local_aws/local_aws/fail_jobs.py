"""Lets whoever tests a pipeline make its jobs fail: `POST /local-aws/fail-jobs` replaces the list, `GET` shows it."""

import json
import re
from typing import Any
from wsgiref.types import WSGIApplication

from local_aws.batch.failing import FailingJobs, FailRule, JobPattern
from local_aws.switches import Switch, check_names, count_of

PATH = "/local-aws/fail-jobs"
REQUEST_FIELDS = {"environment": dict, "parameters": dict, "command": list, "queue": str}


def fail_jobs(application: WSGIApplication, failing: FailingJobs) -> Switch:
    """The application, with the list of jobs to fail beside it."""
    return Switch(
        application=application,
        path=PATH,
        name="jobs",
        replace=lambda documents: failing.replace([_rule(each) for each in documents]),
        listed=failing.listed,
    )


def _rule(document: Any) -> FailRule:
    if not isinstance(document, dict) or not isinstance(document.get("name"), str):
        raise ValueError(f"each of jobs must be an object with a text as its name, not {json.dumps(document)}")
    check_names(document, {"name", "request", "times"}, "a job")
    times, request = count_of(document, "times", "jobs"), document.get("request") or {}
    if not isinstance(request, dict):
        raise ValueError(f"request must be an object, not {json.dumps(request)}")
    check_names(request, set(REQUEST_FIELDS), "request")
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
