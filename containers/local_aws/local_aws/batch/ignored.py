"""Settings that AWS honours and this machine can't: each is named once on standard error, not dropped in silence."""

import sys
from typing import Any

# What describes the cloud around a job (roles, networks, instance types) isn't here: nobody expects it on a laptop.
WITHOUT_EFFECT = {
    "CreateComputeEnvironment": frozenset({"unmanagedvCpus", "eksConfiguration", "context"}),
    "CreateJobQueue": frozenset({"jobStateTimeLimitActions", "serviceEnvironmentOrder", "jobQueueType"}),
    "RegisterJobDefinition": frozenset({"schedulingPriority", "consumableResourceProperties", "ecsProperties"}),
    "containerProperties": frozenset(
        {
            "enableExecuteCommand",
            "ephemeralStorage",
            "linuxParameters",
            "mountPoints",
            "privileged",
            "readonlyRootFilesystem",
            "secrets",
            "ulimits",
            "user",
            "volumes",
        }
    ),
}

_noted: set[tuple[str, ...]] = set()


def note_ignored(operation: str, request: dict[str, Any]) -> None:
    """Name the settings of a request that have no effect here, once for each set of them."""
    found = _present(operation, request)
    found += [f"containerProperties.{name}" for name in _present("containerProperties", request)]
    note = (operation, *found)
    if found and note not in _noted:
        _noted.add(note)
        print(f"local_aws: {operation}: no effect here: {', '.join(found)}", file=sys.stderr)


def _present(part: str, request: dict[str, Any]) -> list[str]:
    settings = request.get(part) if part == "containerProperties" else request
    return sorted(name for name in WITHOUT_EFFECT.get(part, frozenset()) if (settings or {}).get(name))
