"""The check shares nothing with what it checks."""

import subprocess
import sys

CODE = """
import sys, tests.asl_static.faults
print(sorted({name.split(".")[0] for name in sys.modules} & {"airflow", "airstep", "asl_export", "local_aws"}))
"""


def test_faults_are_found_without_the_compiler_and_airflow() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
