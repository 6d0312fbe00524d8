"""What AWS Batch is asked for: an array job for a shard, or a job for an item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from airstep.items import changed_texts, filled, for_runner, has_field
from airstep.maps.shards import Shard
from airstep.spec import Leaf

ITEMS_VARIABLE = "AIRSTEP_ITEMS"
"""Where a child finds its shard."""

ENVIRONMENT_VARIABLE = "AIRSTEP_ITEM_ENVIRONMENT"
"""The names of the variables in which the child fills in its item, with commas between."""

_MOST_RULES = 5

OWN_VARIABLES = (ITEMS_VARIABLE, ENVIRONMENT_VARIABLE)

NO_RETRY = ("65", "64")
"""The exit codes of a child that say that to run it again would not help: EX_DATAERR and EX_USAGE of sysexits.h."""

TRY_AGAIN = "75"
"""The exit code of a child that could not reach S3: EX_TEMPFAIL of sysexits.h."""

RETRIES: Mapping[str, Any] = {
    "attempts": 5,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onStatusReason": "Your Spot Task was interrupted*", "action": "RETRY"},
        {"onExitCode": TRY_AGAIN, "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}
"""What AWS Batch does by itself about a child of an array job that failed, unless the operator says otherwise."""

PLANNER = ("python3", "-m", "airstep.maps")
"""How the commands of the jobs begin that an exported machine leaves planning to."""

RUNNER = ("airstep-item", "--")
"""What comes before the command in a child of an array job."""


def work_of(request: Mapping[str, Leaf]) -> list[Leaf]:
    """What a job does to its item, as a list of texts: definition, command, environment and parameters.

    Whatever else the request says (queue, size, retries, tags) may change without an item having to be done again.

    :param request: SubmitJob's, with the item's fields unfilled.
    """
    overrides = request.get("containerOverrides") or {}
    environment = overrides.get("environment") or ()
    return [
        request["jobDefinition"],
        "command",
        *(overrides.get("command") or ()),
        "environment",
        *(text for variable in environment for text in (variable["name"], variable["value"])),
        "parameters",
        *(text for pair in (request.get("parameters") or {}).items() for text in pair),
    ]


def array_request(
    request: Mapping[str, Leaf],
    *,
    runner: Sequence[str] = RUNNER,
    text: Callable[[Leaf], Leaf] = for_runner,
    names_item: Callable[[Leaf], bool] = has_field,
) -> dict[str, Any]:
    """The request of a map's array jobs without what differs between them; the item's fields as the runner fills them.

    :param request: SubmitJob's, with the item's fields unfilled.
    :param runner: the words before the command.
    :param text: writes a leaf as the runner reads it; the compiler hands in its own.
    :param names_item: whether a leaf names a field.
    :raises ValueError: a field's name can't be said to the runner.
    """
    result = {**request, "retryStrategy": with_retries(request.get("retryStrategy"))}
    overrides = dict(request.get("containerOverrides") or {})
    if overrides.get("command"):
        overrides["command"] = [*runner, *(text(word) for word in overrides["command"])]
    variables = list(overrides.get("environment") or ())
    if changing := [variable["name"] for variable in variables if names_item(variable["value"])]:
        overrides["environment"] = [
            {**each, "value": text(each["value"])} if each["name"] in changing else each for each in variables
        ]
        overrides["environment"].append({"name": ENVIRONMENT_VARIABLE, "value": ",".join(changing)})
    if overrides:
        result["containerOverrides"] = overrides
    if request.get("parameters"):
        # Batch puts them into the definition's command, of which all is read by the runner.
        result["parameters"] = {name: text(value) for name, value in request["parameters"].items()}
    return result


def with_retries(strategy: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The retry strategy of an array job: the operator's, but for a child that says that a retry would not help."""
    if not strategy:
        return RETRIES
    rules = list(strategy.get("evaluateOnExit") or ())
    if any("onExitCode" in rule for rule in rules):
        return strategy
    own = [{"onExitCode": code, "action": "EXIT"} for code in NO_RETRY[: _MOST_RULES - len(rules)]]
    return {**strategy, "evaluateOnExit": [*own, *rules]}


def for_shard(request: Mapping[str, Any], shard: Shard) -> dict[str, Any]:
    """The request of a shard's array job, or of the plain job for a shard of one: Batch allows arrays from two."""
    overrides = dict(request.get("containerOverrides") or {})
    variable = {"name": ITEMS_VARIABLE, "value": shard.uri}
    overrides["environment"] = [*overrides.get("environment", ()), variable]
    result = {**request, "containerOverrides": overrides}
    return {**result, "arrayProperties": {"size": shard.children}} if shard.children > 1 else result


def for_item(request: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """The request of an item's own job.

    :raises ValueError: the item lacks a field, or has one without a text.
    """
    changed: dict[str, Any] = changed_texts(request, lambda text: filled(text, value))
    return changed


def fields_outside(request: Mapping[str, Any]) -> Iterator[str]:
    """The parts of a request, of those that all children of an array job have in common, that name the item."""
    for name, value in request.items():
        if name == "containerOverrides":
            for inner, each in value.items():
                if inner not in ("command", "environment") and has_field(each):
                    yield inner
        elif name != "parameters" and has_field(value):
            yield name
