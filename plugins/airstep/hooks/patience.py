"""Calls of AWS that outlast its troubles: throttling, errors of its own, a network that is gone.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import asyncio
import io
import logging
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, assert_never

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
)

from airstep.pace import backoff

log = logging.getLogger(__name__)

_T = TypeVar("_T")

AWS_ERRORS = (ClientError, BotoCoreError)
"""What a call of boto3 raises."""

_THROTTLED = {
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
}
_OUTAGE = {"InternalError", "InternalFailure", "RequestTimeout", "RequestTimeoutException", "ServerException"}
_NO_ANSWER = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
)


class Trouble(Enum):
    """What the error of a call means for the next one."""

    THROTTLED = "AWS throttles it"
    OUTAGE = "AWS can't be reached, or answers with an error of its own"
    LASTING = "the next call would end as this one did"


def trouble_of(error: Exception) -> Trouble:
    """What kind of trouble an error of boto3 is."""
    if isinstance(error, ClientError):
        code, status = error.response["Error"]["Code"], _status(error)
        if code in _THROTTLED or status == 429:
            return Trouble.THROTTLED
        return Trouble.OUTAGE if code in _OUTAGE or status >= 500 else Trouble.LASTING
    return Trouble.OUTAGE if isinstance(error, _NO_ANSWER) else Trouble.LASTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how many seconds a call is repeated while AWS throttles it, and while AWS doesn't answer it properly."""

    throttled: float = math.inf
    outage: float = 900.0

    def of(self, trouble: Trouble) -> float:
        """The seconds for a kind of trouble."""
        match trouble:
            case Trouble.THROTTLED:
                return self.throttled
            case Trouble.OUTAGE:
                return self.outage
            case Trouble.LASTING:
                return 0.0
        assert_never(trouble)


PATIENT = Patience()
"""A task has all the time that its execution_timeout leaves it: trouble at AWS is no failure of its."""

HURRIED = Patience(throttled=3.0, outage=3.0)
"""From SIGTERM to SIGKILL Airflow leaves a task 5 seconds. Also for what is good to know, and can be done without."""

ONCE = Patience(throttled=0.0, outage=0.0)
"""For who has a backing off of its own."""


class Spell:
    """The troubles of one call, from the first to its success or to the end of patience.

    :param what: the call, as the beginning of a sentence in the log.
    :param clock: seconds.
    """

    def __init__(self, what: str, patience: Patience, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._patience = patience
        self._clock = clock
        self._failures = 0
        self._trouble: Trouble | None = None
        self._since = 0.0

    def pause(self, error: Exception) -> float:
        """Seconds after which the call is to be repeated; raises the error itself if it is not."""
        now, trouble = self._clock(), trouble_of(error)
        is_new = trouble is not self._trouble
        if is_new:
            self._trouble, self._since = trouble, now
        left = self._patience.of(trouble) - (now - self._since)
        if left <= 0:
            raise error
        if is_new:
            log.warning("%s: %s; it is repeated until it is done (%s)", self._what, trouble.value, error)
        self._failures += 1
        return min(backoff(self._failures, key=self._what), left)

    def over(self) -> None:
        """The call succeeded."""
        if self._failures:
            log.info("%s: done, after %d more tries", self._what, self._failures)


def patiently(
    call: Callable[[], _T],
    what: str,
    patience: Patience,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> _T:
    """What a call of boto3 answers, however often it has to be repeated until then.

    An exception that a signal raises, as execution_timeout does, ends the pauses too.

    :param what: the call, as the beginning of a sentence in the log.
    :raises ClientError: AWS says no, or throttles for longer than the patience.
    :raises BotoCoreError: the call can't be made, or AWS can't be reached for longer than the patience.
    """
    spell = Spell(what, patience, clock=clock)
    while True:
        try:
            answer = call()
        except AWS_ERRORS as error:
            pause(spell.pause(error))
        else:
            spell.over()
            return answer


async def patiently_in_threads(
    call: Callable[[], _T],
    what: str,
    patience: Patience,
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> _T:
    """As `patiently`, for an event loop: each try in a thread, which nobody holds in the pauses."""
    spell = Spell(what, patience)
    while True:
        try:
            answer = await asyncio.to_thread(call)
        except AWS_ERRORS as error:
            await pause(spell.pause(error))
        else:
            spell.over()
            return answer


_READ_AT_ONCE = 1 << 25
"""Bytes."""


class PatientClient:
    """A boto3 client whose calls outlast the troubles of AWS."""

    def __init__(self, client: Any, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self.exceptions = client.exceptions

    def get_object(self, **request: Any) -> dict[str, Any]:
        """S3's object, its body read too unless it is too much for that: a line may fail in the midst of it."""

        def read() -> dict[str, Any]:
            answer: dict[str, Any] = self._client.get_object(**request)
            if answer["ContentLength"] <= _READ_AT_ONCE:
                answer["Body"] = io.BytesIO(answer["Body"].read())
            return answer

        return patiently(read, "GetObject", self._patience)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """What calls an operation, however often it has to be repeated."""
        call = getattr(self._client, operation)
        what = "".join(word.capitalize() for word in operation.split("_"))
        return lambda **request: patiently(lambda: call(**request), what, self._patience)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
