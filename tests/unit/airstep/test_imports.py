"""What a DAG file's parsing pays for."""

import json
import subprocess
import sys

PROBE = """
import graphlib, json, sys
from airflow.sdk import DAG, BaseBranchOperator, BaseOperator, TaskGroup, BaseOperatorLink
from airflow.sdk.configuration import conf
before = set(sys.modules)
import airstep.operators
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_importing_the_operators_loads_only_their_own_modules() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert [name for name in loaded if not name.startswith("airstep")] == []
    assert [name for name in loaded if name.startswith(("airstep.hooks", "airstep.triggers"))] == []


def test_the_public_names_are_the_ones_in_all() -> None:
    import airstep.operators

    assert sorted(airstep.operators.__all__) == [
        "BatchJobGraph",
        "BatchJobOperator",
        "BatchMapOperator",
        "ChoiceOperator",
        "ParallelBranches",
        "RETRY_LOST_HOSTS",
        "S3Csv",
        "S3JsonLines",
        "S3Objects",
        "item",
    ]
