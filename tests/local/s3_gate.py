"""A server in front of the local AWS that holds or refuses chosen requests."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class Gate(ThreadingHTTPServer):
    """Requests of ``method`` with ``part`` in their path get ``status``, or wait for ``opened`` where that is None."""

    daemon_threads = True

    def __init__(self, endpoint: str, method: str, part: str, status: int | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = endpoint.partition("//")[2]
        self.method, self.part, self.status = method, part, status
        self.arrived, self.opened = threading.Event(), threading.Event()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        gate: Any = self.server
        if self.headers.get("Expect") == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == gate.method and gate.part in self.path:
            gate.arrived.set()
            if gate.status is not None:
                return self.give(gate.status, {}, DENIED)
            gate.opened.wait(60)
        connection = http.client.HTTPConnection(gate.behind)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        return self.give(answer.status, dict(answer.getheaders()), content)

    do_GET = do_PUT = do_HEAD = answer  # noqa: N815

    def give(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def gate(endpoint: str, method: str, part: str, *, status: int | None = None) -> Iterator[Gate]:
    with Gate(endpoint, method, part, status) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.opened.set()
            server.shutdown()
            thread.join()
