"""An AIRFLOW_HOME of its own for each run: a migrated SQLite file, copied, so that a run needs no set-up of seconds."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from asl_export.verify.children import child
from asl_export.verify.errors import VerifyError

MIGRATE_SECONDS = 180.0


def airflow_home(folder: Path, *, cache: Path, dags_folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """A new, empty Airflow in `folder`; the environment in which the `airflow` command uses it.

    :raises VerifyError: when Airflow can't migrate its database.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(_migrated_database(cache, environment), folder / "airflow.db")
    return _settings(folder, environment) | {"AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder)}


def _settings(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    return {
        **environment,
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
    }


def _migrated_database(cache: Path, environment: Mapping[str, str]) -> Path:
    """The database as a fresh installation has it, made once for each Airflow version."""
    kept = cache / f"airflow-{version('apache-airflow')}.db"
    if kept.exists():
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        folder = Path(scratch)
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        log = cache / "airflow-db-migrate.log"
        with child(command, environment=_settings(folder, environment), log=log) as process:
            process.wait(MIGRATE_SECONDS)
        if process.returncode:
            raise VerifyError(f"airflow db migrate failed with exit code {process.returncode} (its log: {log})")
        (folder / "airflow.db").replace(kept)
    return kept
