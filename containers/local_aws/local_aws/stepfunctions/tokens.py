"""Task tokens: a Task that waits for SendTaskSuccess, SendTaskFailure or a heartbeat."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from local_aws.stepfunctions.errors import HEARTBEAT_TIMEOUT, StatesError


class UnknownTokenError(Exception):
    """No task waits for this token (any more)."""


class Tokens:
    """The tokens that tasks wait for. All methods but `issue`, `wait` and `forget` may be called from any thread."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiter] = {}

    def issue(self) -> str:
        """A new token, which may be answered from now on: who gets it can be quicker than the task."""
        token = str(uuid.uuid4())
        self._waiting[token] = _Waiter()
        return token

    def forget(self, token: str) -> None:
        """Its task has ended: nobody waits any more."""
        self._waiting.pop(token, None)

    async def wait(self, token: str, *, heartbeat: float | None) -> Any:
        """The output that comes in for the token.

        :param heartbeat: seconds that may pass between heartbeats.
        :raises StatesError: the failure sent, or States.HeartbeatTimeout.
        """
        waiter = self._waiting[token]
        while not waiter.outcome.done():
            waiter.beat.clear()
            beat = asyncio.ensure_future(waiter.beat.wait())
            done, _ = await asyncio.wait({waiter.outcome, beat}, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            beat.cancel()
            if not done:
                raise StatesError(HEARTBEAT_TIMEOUT, "")
        return waiter.outcome.result()

    def succeed(self, token: str, output: str) -> None:
        """SendTaskSuccess. ValueError when the output isn't JSON, UnknownTokenError when nobody waits."""
        value = json.loads(output)
        self._find(token).settle(lambda outcome: outcome.set_result(value))

    def fail(self, token: str, error: str, cause: str) -> None:
        """SendTaskFailure. UnknownTokenError when nobody waits."""
        failure = StatesError(error, cause, located=False)
        self._find(token).settle(lambda outcome: outcome.set_exception(failure))

    def beat(self, token: str) -> None:
        """SendTaskHeartbeat. UnknownTokenError when nobody waits."""
        waiter = self._find(token)
        waiter.loop.call_soon_threadsafe(waiter.beat.set)

    def _find(self, token: str) -> _Waiter:
        waiter = self._waiting.get(token)
        if waiter is None:
            raise UnknownTokenError(token)
        return waiter


class _Waiter:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[Any] = self.loop.create_future()
        self.beat = asyncio.Event()

    def settle(self, how: Any) -> None:
        self.loop.call_soon_threadsafe(lambda: None if self.outcome.done() else how(self.outcome))
