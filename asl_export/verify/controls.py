"""What only a local AWS can be asked: to forget everything, and to let jobs fail (containers/local_aws/README.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from asl_export.verify.errors import VerifyError

FAIL_JOBS = "/local-aws/fail-jobs"
RESET = "/moto-api/reset"
_SECONDS = 60.0

Rule = Mapping[str, Any]
"""Which jobs are to fail: `name`, a regular expression, and `request`, what they have among other things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The switches of the local AWS at an endpoint."""

    endpoint: str

    def reset(self) -> None:
        """End all jobs and executions, and forget all resources."""
        self._told(RESET, b"")

    def failing(self) -> list[Rule]:
        """The rules in force, each with the number of jobs it was `used` for.

        :raises VerifyError: when the endpoint is no local AWS that can let jobs fail.
        """
        status, answer = self._call(FAIL_JOBS)
        try:
            return list(json.loads(answer)["jobs"])
        except (ValueError, LookupError, TypeError) as error:
            raise VerifyError(
                f"--fail-each needs a local AWS that can be told which jobs fail; {self.endpoint} has no {FAIL_JOBS} "
                f"(it answers {status}). Start one with `python -m local_aws`, or leave out --endpoint-url."
            ) from error

    def fail(self, rules: Sequence[Rule]) -> None:
        """Let the jobs fail that match one of the rules and are submitted from now on; no others."""
        self._told(FAIL_JOBS, json.dumps({"jobs": [_without_count(rule) for rule in rules]}).encode())

    def _told(self, path: str, body: bytes) -> None:
        status, answer = self._call(path, body)
        if status != HTTPStatus.OK:
            said = answer.decode(errors="replace").strip()
            raise VerifyError(f"{self.endpoint}{path} answers {status}: {said}")

    def _call(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        request = Request(self.endpoint.rstrip("/") + path, data=body)  # noqa: S310 - the endpoint is the user's own
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=_SECONDS) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()
        except OSError as error:
            raise VerifyError(f"{self.endpoint} does not answer: {error}") from error


def _without_count(rule: Rule) -> Rule:
    return {name: value for name, value in rule.items() if name != "used"}
