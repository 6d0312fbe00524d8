"""The container of a job: the definition's, with the job's overrides and parameters in it."""

import json
import re
from typing import Any

from local_aws.batch.errors import ClientException
from local_aws.batch.jobs import ContainerRequest

PARAMETER = re.compile(r"Ref::([A-Za-z0-9_-]+)")
RESOURCES = frozenset({"GPU", "VCPU", "MEMORY"})
LARGEST_OVERRIDES = 8192
LOG_GROUP = "/aws/batch/job"

Document = dict[str, Any]


def merged_container(definition: Document, overrides: Document) -> Document:
    """The definition's container with the overrides in it, as DescribeJobs shows it."""
    size = len(json.dumps(overrides, separators=(",", ":")))
    if size > LARGEST_OVERRIDES:
        raise ClientException(f"Container Overrides length must be at most {LARGEST_OVERRIDES}; it is {size}.")
    merged = {**definition}
    if overrides.get("command"):
        merged["command"] = overrides["command"]
    environment = _variables(definition["environment"]) | _variables(overrides.get("environment") or [])
    merged["environment"] = [{"name": name, "value": value} for name, value in environment.items()]
    requirements = {
        requirement["type"]: requirement["value"]
        for requirement in [*definition["resourceRequirements"], *(overrides.get("resourceRequirements") or [])]
    }
    if unknown := requirements.keys() - RESOURCES:
        raise ClientException(f"Resource requirement type must be GPU, VCPU or MEMORY; it is {min(unknown)}.")
    merged["resourceRequirements"] = [{"type": kind, "value": value} for kind, value in requirements.items()]
    for name in ("vcpus", "memory"):
        if name in overrides:
            merged[name] = overrides[name]
    return merged


def container_request(container: Document, parameters: dict[str, str], definition_name: str) -> ContainerRequest:
    """What to run of a merged container, its placeholders filled. Raises ClientException."""
    required: dict[str, str] = {each["type"]: each["value"] for each in container["resourceRequirements"]}
    logs = container.get("logConfiguration") or {"logDriver": "awslogs"}
    options = logs.get("options") or {}
    return ContainerRequest(
        image=container["image"],
        command=tuple(_with_parameters(word, parameters) for word in container["command"]),
        environment=tuple((variable["name"], variable["value"]) for variable in container["environment"]),
        # Deprecated vcpus and memory don't override resourceRequirements: API_ContainerOverrides.
        vcpus=_amount("VCPU", required.get("VCPU") or container.get("vcpus")),
        memory=int(_amount("MEMORY", required.get("MEMORY") or container.get("memory"))),
        gpus=int(_amount("GPU", required["GPU"])) if "GPU" in required else 0,
        log_group=options.get("awslogs-group", LOG_GROUP),
        log_stream_prefix=(
            options.get("awslogs-stream-prefix", definition_name) if logs["logDriver"] == "awslogs" else None
        ),
    )


def _with_parameters(word: str, parameters: dict[str, str]) -> str:
    """``Ref::name`` replaced; one without a value stays as it is."""
    return PARAMETER.sub(lambda match: str(parameters.get(match[1], match[0])), word)


def _variables(documents: list[Document]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for document in documents:
        name = document.get("name")
        if not name or str(name).startswith("AWS_BATCH"):
            raise ClientException(
                f"Environment variable {name!r}: a name is required, and those that start with AWS_BATCH are reserved."
            )
        variables[name] = document.get("value") or ""
    return variables


def _amount(kind: str, value: object) -> float:
    try:
        amount = float(str(value))
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise ClientException(f"Resource requirement {kind} must be a number above 0; it is {value!r}.")
    return amount
