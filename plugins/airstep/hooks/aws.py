"""AWS clients from an Airflow connection, made by the amazon provider.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import boto3
from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from botocore.config import Config

from airstep.maps.quick_listings import with_quick_listings

ONE_TRY = {"total_max_attempts": 1}
"""botocore's `retries` setting for calls that must not be repeated blindly."""

_HURRIED = Config(connect_timeout=2, read_timeout=3)
"""For a signal handler: botocore's own limits are a minute each, and Airflow kills the process after five seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsConnection:
    """How to reach AWS, in the words of the amazon provider's operators; all JSON types, so a trigger can carry it."""

    aws_conn_id: str | None = "aws_default"
    region_name: str | None = None
    verify: bool | str | None = None
    botocore_config: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """One text per different connection."""
        return json.dumps(asdict(self), sort_keys=True, default=str)

    def to_dict(self) -> dict[str, Any]:
        """The keyword arguments that make an equal connection."""
        return {**asdict(self), "botocore_config": dict(self.botocore_config) if self.botocore_config else None}


class Clients(Protocol):
    """Where boto3 clients come from; tests hand in fakes."""

    def client(self, service: str, *, region: str | None = None, one_try: bool = False) -> Any:
        """A client of the service, made once; `one_try` switches the SDK's own retries off."""

    def fresh(self) -> Clients:
        """The same source without a client in use, its calls short: for a signal handler that may interrupt one."""

    def prepare(self) -> None:
        """Make a client of AWS Batch for `fresh` ahead of time."""

    def forget(self) -> None:
        """Resolve the connection again at the next call."""


class ProviderClients:
    """Clients of the amazon provider's AwsBaseHook: its connections, roles, session factory and config apply.

    AWS_ENDPOINT_URL and the other AWS variables apply as in boto3. An `aws_default` that nobody defined is boto3's own
    behaviour, without a warning.
    """

    def __init__(self, connection: AwsConnection, *, _base: Any = None, _limits: Config | None = None) -> None:
        self._connection = connection
        self._base = _base
        self._limits = _limits or Config()
        self._clients: dict[tuple[str, str | None, bool], Any] = {}
        self._sessions: dict[str | None, Any] = {}
        self._lock = threading.Lock()
        self._spare: ProviderClients | None = None

    def client(self, service: str, *, region: str | None = None, one_try: bool = False) -> Any:
        """A client of the service, made once for a region and retry setting."""
        key = (service, region, one_try)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(service, region, one_try)
            return self._clients[key]

    def fresh(self) -> ProviderClients:
        """The same connection, already resolved, with no client, lock or call in use, whose calls don't last long."""
        return self._spare or ProviderClients(self._connection, _base=self._base, _limits=_HURRIED)

    def prepare(self) -> None:
        """Make a client of AWS Batch for `fresh` now: on a machine that is busy it takes seconds.

        A task that is killed has five of them.
        """
        if self._spare is None:
            spare = self.fresh()
            spare.client("batch", one_try=True)
            self._spare = spare

    def forget(self) -> None:
        """Resolve the connection again at the next call: its credentials may have been replaced."""
        with self._lock:
            self._base = self._spare = None
            self._clients.clear()
            self._sessions.clear()

    def _make(self, service: str, region: str | None, one_try: bool) -> Any:
        if self._base is None:
            self._base = _base_hook(self._connection)
        base = self._base
        config = base.config.merge(self._limits)
        config = config.merge(Config(retries=ONE_TRY)) if one_try else config
        where = region or base.region_name
        if where not in self._sessions:
            self._sessions[where] = base.get_session(region_name=where)
        endpoint = base.conn_config.get_service_endpoint_url(service_name=service)
        client = self._sessions[where].client(service, endpoint_url=endpoint, config=config, verify=base.verify)
        return with_quick_listings(client) if service == "s3" else client


class SessionClients:
    """Clients as boto3 finds its way to AWS, without Airflow.

    :param profile: of the AWS CLI's configuration; None for the environment's.
    """

    def __init__(self, *, region: str | None = None, profile: str | None = None) -> None:
        self._region = region
        self._profile = profile
        self._clients: dict[tuple[str, str | None, bool], Any] = {}

    def client(self, service: str, *, region: str | None = None, one_try: bool = False) -> Any:
        """A client of the service, made once for a region and retry setting."""
        key = (service, region, one_try)
        if key not in self._clients:
            session = boto3.Session(region_name=region or self._region, profile_name=self._profile)
            self._clients[key] = session.client(service, config=Config(retries=ONE_TRY) if one_try else None)
        return self._clients[key]

    def fresh(self) -> SessionClients:
        """The same source without a client in use."""
        return SessionClients(region=self._region, profile=self._profile)

    def prepare(self) -> None:
        """Nothing: without Airflow nobody is killed in a hurry."""

    def forget(self) -> None:
        """Make the clients anew at the next call."""
        self._clients.clear()


_OF_PROCESS: dict[str, ProviderClients] = {}


def provider_clients(connection: AwsConnection) -> ProviderClients:
    """The process's clients of a connection: making them takes 0.1 s, `airflow dags test` runs many tasks in one."""
    return _OF_PROCESS.setdefault(connection.key, ProviderClients(connection))


def _base_hook(connection: AwsConnection) -> Any:
    return AwsBaseHook(
        client_type="batch",
        aws_conn_id=connection.aws_conn_id if _is_defined(connection.aws_conn_id) else None,
        region_name=connection.region_name,
        verify=connection.verify,
        config=dict(connection.botocore_config) if connection.botocore_config else None,
    )


def _is_defined(aws_conn_id: str | None) -> bool:
    """False only for an `aws_default` that does not exist: the provider would warn about it in every task."""
    if aws_conn_id != "aws_default":
        return bool(aws_conn_id)
    try:
        Connection.get(aws_conn_id)
    except AirflowNotFoundException:
        return False
    return True
