"""The plugin, however it is installed: in the plugins folder, by its entry point, or both."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
PROBE = """
import importlib.metadata, json, sys
from pathlib import Path
import importlib_metadata
def wanted(dist):
    return dist.metadata["Name"] != "airstep" or Path(dist.locate_file("")) == Path(sys.argv[1])
# Airflow uses the one or the other, by Python version, and keeps what it found when it was imported.
for module in (importlib.metadata, importlib_metadata):
    chosen = [dist for dist in module.distributions() if wanted(dist)]
    module.distributions = lambda chosen=chosen: chosen
from airflow import plugins_manager
from airflow.sdk import plugins_manager as task_plugins_manager
import airstep.operators
found = [manager._get_plugins() for manager in (plugins_manager, task_plugins_manager)]
operators = (airstep.operators.BatchJobOperator, airstep.operators.BatchMapOperator)
known = {type(link) for operator in operators for link in operator.operator_extra_links}
for plugins, errors in found:
    ours = [plugin for plugin in plugins if plugin.name == "airstep"]
    links = [type(link) for plugin in ours for link in plugin.operator_extra_links]
    print(json.dumps({"count": len(ours), "errors": errors, "links": len(links), "known": set(links) == known}))
"""


def plugins_seen(folder: Path, scratch: Path, *, entry_point: bool) -> list[dict[str, Any]]:
    """What Airflow's two plugin managers, of the server and of tasks, make of an installation.

    Metadata made for the test take the place of the installed ones.
    """
    metadata = scratch / "site" / "airstep-0.1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: airstep\nVersion: 0.1.0\n")
    points = "[airflow.plugins]\nairstep = airstep.entry_point:PLUGIN\n" if entry_point else ""
    (metadata / "entry_points.txt").write_text(points)
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(scratch),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder),
        "PYTHONPATH": f"{metadata.parent}{os.pathsep}{PLUGINS}",
    }
    command = [sys.executable, "-c", PROBE, str(metadata.parent)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


ONCE = {"count": 1, "errors": {}, "links": 5, "known": True}


@pytest.mark.parametrize("entry_point", [True, False])
def test_the_plugins_folder_registers_it_once(tmp_path: Path, entry_point: bool) -> None:
    assert plugins_seen(PLUGINS, tmp_path, entry_point=entry_point) == [ONCE, ONCE]


def test_the_entry_point_alone_registers_it_once(tmp_path: Path) -> None:
    assert plugins_seen(tmp_path / "plugins", tmp_path, entry_point=True) == [ONCE, ONCE]
