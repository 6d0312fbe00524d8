"""What all executions share: one event loop in its own thread, the calls to AWS, the watched jobs, the task tokens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from local_aws.stepfunctions.aws import Aws
from local_aws.stepfunctions.integrations.batch_jobs import BatchJobs
from local_aws.stepfunctions.tokens import Tokens

T = TypeVar("T")

_STACK = 64 * 1024 * 1024  # deep JSONata expressions recurse


class Engine:
    """Runs coroutines of executions, however many, in one thread."""

    def __init__(self, endpoint: str) -> None:
        self.aws = Aws(endpoint)
        self.batch_jobs = BatchJobs(self.aws)
        self.tokens = Tokens()
        self._loop = asyncio.new_event_loop()
        self._background: set[asyncio.Task[Any]] = set()
        before = threading.stack_size(_STACK)
        try:
            threading.Thread(target=self._loop.run_forever, name="step-functions", daemon=True).start()
        finally:
            threading.stack_size(before)

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin work from any thread; cancelling the future cancels the work."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin work that outlives whoever asks for it, from within the loop."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
