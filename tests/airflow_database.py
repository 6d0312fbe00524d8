"""Airflow's database in tests: a private PostgreSQL server where one is installed, else a SQLite file.

PostgreSQL is what people run Airflow on; SQLite answers "database is locked" when the machine is busy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.pool import NullPool

CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
USER = "airflow"
SYSTEM_USERS = ("postgres", "nobody")
"""Whom the server may run as when the tests run as root, which it refuses: the first that exists."""
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=300",
    "timezone=UTC",
    "log_timezone=UTC",
)
SECONDS = 60.0


def postgres_binaries() -> Path | None:
    """The folder of PostgreSQL's `initdb` and `postgres`, of the newest version; None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(versions, key=lambda each: float(each.parent.name), default=None)


@contextlib.contextmanager
def postgres_server(binaries: Path) -> Iterator[str]:
    """An empty PostgreSQL on a free loopback port, gone with its files after the block; its URL for SQLAlchemy."""
    folder = Path(tempfile.mkdtemp(prefix="airstep-postgres-"))
    user = _system_user(folder)
    data, log, port = folder / "data", folder / "log", _free_port()
    command = [str(binaries / "initdb"), "-D", str(data), "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
    try:
        subprocess.run([*command, "--no-sync"], check=True, capture_output=True, cwd=folder, user=user)
        where = ["-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [str(binaries / "postgres"), *where, *settings],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                user=user,
                start_new_session=True,
            )
        try:
            url = f"postgresql+psycopg2://{USER}@127.0.0.1:{port}/{USER}"
            _create_database(url, server, log)
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)  # immediately: nobody wants its data
            server.wait(SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def best_database(home: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment of an Airflow home on PostgreSQL, with its tables; as it is, on SQLite, where there is none."""
    binaries = postgres_binaries()
    if binaries is None:
        yield dict(home)
        return
    with postgres_server(binaries) as url:
        environment = {**home, CONNECTION: url}
        migrate = [sys.executable, "-m", "airflow", "db", "migrate"]
        done = subprocess.run(migrate, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        yield environment


def rows(home: Mapping[str, str], query: str, **values: Any) -> Sequence[Any]:
    """What a query of Airflow's database gives; `:name` in it stands for a value."""
    engine = sqlalchemy.create_engine(home[CONNECTION], poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.text(query), values).fetchall()


def newest_job(home: Mapping[str, str], job_type: str) -> int:
    """The id of the part of Airflow that was started last, of a kind: "SchedulerJob", "TriggererJob"."""
    ((found,),) = rows(home, "SELECT max(id) FROM job WHERE job_type = :type", type=job_type)
    return int(found)


def silence_job(home: Mapping[str, str], job_id: int) -> None:
    """Put the last heartbeat of a part that is killed or halted an hour back: nobody needs to wait for that long."""
    _execute(home, "UPDATE job SET latest_heartbeat = :then WHERE id = :id", id=job_id, then=_an_hour_ago())


def silence_tasks(home: Mapping[str, str], run_id: str) -> None:
    """Put the last heartbeats of a run's tasks, whose workers are halted, an hour back."""
    then = "UPDATE task_instance SET last_heartbeat_at = :then WHERE run_id = :run AND state = 'running'"
    _execute(home, then, run=run_id, then=_an_hour_ago())


def transactions(home: Mapping[str, str]) -> int:
    """How many sessions have a transaction open in which they do nothing just now; 0 on SQLite, which doesn't say."""
    if not home[CONNECTION].startswith("postgresql"):
        return 0
    ((count,),) = rows(home, "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
    return int(count)


def _execute(home: Mapping[str, str], statement: str, **values: Any) -> None:
    engine = sqlalchemy.create_engine(home[CONNECTION], poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(statement), values)


def _an_hour_ago() -> str:
    return (datetime.now(tz=UTC) - timedelta(hours=1)).replace(tzinfo=None).isoformat(sep=" ")


def _system_user(folder: Path) -> str | None:
    """The user that the server runs as and the folder is given to; None for who we are."""
    if os.geteuid() != 0:
        return None
    for name in SYSTEM_USERS:
        with contextlib.suppress(LookupError):
            shutil.chown(folder, user=name)
            return name
    raise LookupError(f"PostgreSQL doesn't run as root, and none of the users {', '.join(SYSTEM_USERS)} exists")


def _create_database(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + SECONDS
    engine = sqlalchemy.create_engine(
        url.removesuffix(USER) + "postgres", isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(sqlalchemy.text(f"CREATE DATABASE {USER}"))
                return
        except sqlalchemy.exc.OperationalError:
            if server.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"PostgreSQL doesn't start:\n{log.read_text()}") from None
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
