"""Every golden machine passes npm's asl-validator (`npm ci --prefix tests` installs it)."""

import os
import subprocess
from pathlib import Path

import pytest

VALIDATOR = Path(__file__).parents[1] / "node_modules" / ".bin" / "asl-validator"
MACHINES = sorted(Path(__file__).parent.glob("*/expected.*.json"))


@pytest.mark.skipif(
    not VALIDATOR.exists() and "CI" not in os.environ, reason="asl-validator isn't installed: npm ci --prefix tests"
)
def test_every_golden_machine_is_valid() -> None:
    paths = [option for machine in MACHINES for option in ("--json-path", str(machine))]
    done = subprocess.run([str(VALIDATOR), *paths], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("is valid") == len(MACHINES) > 40
