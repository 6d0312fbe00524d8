"""A list that whoever tests a pipeline sets over HTTP: POST replaces it, GET shows it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """An application with a list beside it, at a path of its own.

    :param name: what the list is called in the bodies: ``{"<name>": [...]}``.
    :param replace: takes the new list. ValueError, with a sentence, for one that isn't understood.
    :param listed: the list as it was given, with what came of each.
    """

    application: WSGIApplication
    path: str
    name: str
    replace: Callable[[list[Any]], None]
    listed: Callable[[], list[Document]]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what concerns the list, hand on all else."""
        if environ.get("PATH_INFO") != self.path:
            return self.application(environ, start_response)
        status, answer = self._answer(environ)
        body = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> tuple[str, Document]:
        if environ["REQUEST_METHOD"] == "POST":
            try:
                self.replace(self._list(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
            except ValueError as error:
                return "400 Bad Request", {"message": f"{self.path}: {error}"}
        elif environ["REQUEST_METHOD"] != "GET":
            return "405 Method Not Allowed", {"message": f"{self.path}: use GET or POST"}
        return "200 OK", {self.name: self.listed()}

    def _list(self, body: bytes) -> list[Any]:
        document = json.loads(body)
        if not isinstance(document, dict) or set(document) != {self.name} or not isinstance(document[self.name], list):
            raise ValueError(f'the body must be {{"{self.name}": [...]}}')
        listed: list[Any] = document[self.name]
        return listed


def check_names(document: Document, allowed: set[str], what: str) -> None:
    """ValueError when an object has names that nobody knows."""
    if unknown := sorted(set(document) - allowed):
        raise ValueError(f"{what} can't have {', '.join(unknown)}; it may have {', '.join(sorted(allowed))}")


def count_of(document: Document, name: str, what: str) -> int | None:
    """A whole number, or None for no limit. ValueError for anything else."""
    value = document.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError(f"{name} must be a number of {what}, or null for all, not {json.dumps(value)}")
    return value
