"""All that can be seen wrong in a machine's definition without running it."""

from __future__ import annotations

from typing import Any

from tests.asl_static.errors import error_faults
from tests.asl_static.fields import field_faults
from tests.asl_static.flow import flow_faults, name_faults
from tests.asl_static.machine import JSONATA, JSONPATH, all_scopes, read_scope
from tests.asl_static.numbers import field_faults as machine_number_faults
from tests.asl_static.numbers import number_faults
from tests.asl_static.sites import site_faults
from tests.asl_static.variables import variable_faults

_MACHINE = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}


def faults(definition: dict[str, Any]) -> list[str]:
    """One sentence for each fault, with the state it is in; none for a right definition."""
    root = read_scope(definition)
    found = [f"the machine has no field {field}" for field in sorted(set(definition) - _MACHINE)]
    found += [f"the machine {fault}" for fault in machine_number_faults(definition, computed=False)]
    found += name_faults(root)
    found += error_faults(root)
    for scope in all_scopes(root):
        found += flow_faults(scope)
        for state in scope.states.values():
            found += field_faults(state)
            found += number_faults(state)
            found += site_faults(state)
            if state.language == JSONPATH and definition.get("QueryLanguage") == JSONATA:
                found.append(f"{state.name}: can't be in {JSONPATH} in a machine in {JSONATA}")
    found += variable_faults(root)
    return found
