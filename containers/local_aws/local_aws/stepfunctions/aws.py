"""Calls to the other services of the local AWS, from the interpreter's event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

_CALLS_AT_ONCE = 64
_CREDENTIALS = {"aws_access_key_id": "step-functions", "aws_secret_access_key": "any"}
_LONGEST_CALL = 15 * 60  # a Lambda function may take that long


class Aws:
    """boto3 clients of one endpoint; a call runs in a thread and is never repeated by the SDK.

    A repeated SubmitJob would be a second job, and Retry is the definition's business.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(max_workers=_CALLS_AT_ONCE, thread_name_prefix="step-functions-call")
        # What is polled must not wait behind calls that take long.
        self._poller = ThreadPoolExecutor(max_workers=2, thread_name_prefix="step-functions-poll")

    async def call(self, service: str, operation: str, request: Mapping[str, Any], *, region: str) -> Any:
        """The answer of an operation (its API name, such as `SubmitJob`).

        :raises botocore.exceptions.ClientError: what the service answers with an error.
        """
        return await self._in(self._threads, service, operation, request, region)

    async def poll(self, service: str, operation: str, request: Mapping[str, Any], *, region: str) -> Any:
        """As `call`, for short questions asked again and again."""
        return await self._in(self._poller, service, operation, request, region)

    async def _in(
        self, threads: Executor, service: str, operation: str, request: Mapping[str, Any], region: str
    ) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, self._call, service, operation, request, region)

    def _call(self, service: str, operation: str, request: Mapping[str, Any], region: str) -> Any:
        client = self._client(service, region)
        methods = {api: method for method, api in client.meta.method_to_api_mapping.items()}
        return getattr(client, methods[operation])(**request)

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                session = boto3.session.Session(**_CREDENTIALS, region_name=region)
                config = Config(
                    retries={"total_max_attempts": 1},
                    max_pool_connections=_CALLS_AT_ONCE,
                    read_timeout=_LONGEST_CALL,
                    s3={"addressing_style": "path"},
                )
                self._clients[service, region] = session.client(service, endpoint_url=self._endpoint, config=config)
            return self._clients[service, region]
