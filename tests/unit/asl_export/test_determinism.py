"""The same DAG gives the same bytes in any process: nothing comes from a hash, a clock or a folder's order."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asl_export.pipeline import QueryLanguage

ROOT = Path(__file__).parents[3]
GOLDEN = ("conf", "fail_fast_inside", "hostile_text", "map_group", "map_kwargs", "nested_failures", "params")
FILES = [*sorted((ROOT / "dags").glob("*.py")), *(ROOT / "tests/golden" / case / "dag.py" for case in GOLDEN)]
CASES = [(file, language) for file in FILES for language in QueryLanguage]

SCRIPT = """
import json, sys
from pathlib import Path
from asl_export.pipeline import QueryLanguage, export_dag, list_dags

found = {
    f"{file} {language}": [
        export_dag(dag, query_language=language).to_json(pretty=False) for dag in list_dags(Path(file)).dags.values()
    ]
    for file in sys.argv[1:]
    for language in QueryLanguage
}
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[str]]]:
    """Every machine of every file, from two processes whose sets and dictionaries of text hash differently."""
    home = tmp_path_factory.mktemp("airflow")
    return [exported({**os.environ, "AIRFLOW_HOME": str(home), "PYTHONHASHSEED": seed}) for seed in ("1", "2718")]


def exported(environment: dict[str, str]) -> dict[str, list[str]]:
    command = [sys.executable, "-c", SCRIPT, *map(str, FILES)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=300)
    return json.loads(done.stdout)


@pytest.mark.parametrize(("file", "language"), CASES, ids=lambda part: part.parent.name if part in FILES else str(part))
def test_a_dag_gives_the_same_bytes_whatever_the_hash_seed(
    file: Path, language: QueryLanguage, processes: list[dict[str, list[str]]]
) -> None:
    first, second = (found[f"{file} {language}"] for found in processes)
    assert first
    assert first == second
