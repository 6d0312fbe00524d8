"""Counts the API calls that the server gets, for whoever wants to know what a client costs: `GET /local-aws/calls`."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/local-aws/calls"
_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A signed call: the service it is signed for, and the operation.

    An operation is what the protocol names it: ``SubmitJob`` is ``submitjob`` (its path, ``/v1/submitjob``),
    ``StartExecution`` its own name (its target, ``AWSStepFunctions.StartExecution``), an S3 call its method.
    """

    service: str
    operation: str

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> "Call | None":
        """What a request calls; None for one that isn't signed, as those to the server itself."""
        signed = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        return cls(service=signed.group(1), operation=_operation(signed.group(1), environ)) if signed else None


class CountedCalls:
    """The application, with every signed call counted by service and operation."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._counts: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the counts, or count the call and hand it on."""
        if environ.get("PATH_INFO") == PATH:
            with self._lock:
                body = json.dumps(self._counts, sort_keys=True).encode()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        if call := Call.of(environ):
            with self._lock:
                self._counts.setdefault(call.service, Counter())[call.operation] += 1
        return self._application(environ, start_response)


def _operation(service: str, environ: WSGIEnvironment) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if service == "s3":
        return str(environ["REQUEST_METHOD"])
    return str(environ["PATH_INFO"]).rstrip("/").rpartition("/")[2]
