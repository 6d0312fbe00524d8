"""No golden machine has a fault."""

import json
from pathlib import Path

import pytest

from tests.asl_static.faults import faults

GOLDEN = Path(__file__).parents[1] / "golden"
MACHINES = sorted(f"{path.parent.name}/{path.name}" for path in GOLDEN.glob("*/expected.*.json"))


@pytest.mark.parametrize("machine", MACHINES)
def test_a_golden_machine_has_no_faults(machine: str) -> None:
    assert faults(json.loads((GOLDEN / machine).read_text(encoding="utf-8"))) == []
