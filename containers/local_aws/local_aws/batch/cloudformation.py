"""AWS::Batch::* in CloudFormation templates: their properties are the API's, with a capital first letter.

moto's own reading of them needs optional properties, forgets others, lower-cases the keys of tags and parameters, and
neither updates nor deletes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.batch.models import BatchBackend, ComputeEnvironment, JobDefinition, JobQueue, batch_backends
from moto.cloudformation.exceptions import ValidationError
from moto.core.exceptions import AWSError

from local_aws.batch.ignored import note_ignored

Document = dict[str, Any]
Resource = Any

API = botocore.session.Session().get_service_model("batch")
# Properties that only CloudFormation knows; they steer updates of a stack.
STACK_ONLY = frozenset({"ReplaceComputeEnvironment", "ResourceRetentionPolicy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One resource type: the operation whose request its properties are, and what a stack does with it.

    ``update`` takes the resource's name and returns the resource as it is then.
    """

    model: Any
    operation: str
    name: str
    create: Callable[[BatchBackend, str, Document], Resource]
    update: Callable[[BatchBackend, str, Document], Resource]
    delete: Callable[[BatchBackend, str], None]


def install() -> None:
    """Put these in the place of moto's, which CloudFormation calls on the resource classes."""
    for kind in KINDS:
        kind.model.create_from_cloudformation_json = _creation(kind)
        kind.model.update_from_cloudformation_json = _update(kind)
        kind.model.delete_from_cloudformation_json = _deletion(kind)


def api_request(operation: str, properties: Document) -> Document:
    """A resource's properties as the request of ``operation``. Raises ValidationError for one that isn't known."""
    shape = API.operation_model(operation).input_shape
    wanted = {name: value for name, value in properties.items() if name not in STACK_ONLY}
    request = cast(Document, _as_shape(wanted, cast(Shape, shape), operation))
    note_ignored(operation, request)
    return request


def _creation(kind: Kind) -> Any:
    def create(resource_name: str, template: Document, account_id: str, region_name: str, **_: Any) -> Resource:
        request = api_request(kind.operation, template["Properties"])
        backend = batch_backends[account_id][region_name]
        return _told(lambda: kind.create(backend, request.get(kind.name, resource_name), request))

    return staticmethod(create)


def _update(kind: Kind) -> Any:
    def update(
        original_resource: Resource,
        new_resource_name: str,
        cloudformation_json: Document,
        account_id: str,
        region_name: str,
    ) -> Resource:
        del new_resource_name  # a new random one where the template names none
        request = api_request(kind.operation, cloudformation_json["Properties"])
        backend = batch_backends[account_id][region_name]
        name = request.get(kind.name, original_resource.name)
        if name == original_resource.name:
            return _told(lambda: kind.update(backend, name, request))
        replacement = _told(lambda: kind.create(backend, name, request))
        kind.delete(backend, original_resource.arn)
        return replacement

    return staticmethod(update)


def _deletion(kind: Kind) -> Any:
    def delete(resource_name: str, template: Document, account_id: str, region_name: str) -> None:
        del template
        kind.delete(batch_backends[account_id][region_name], resource_name)

    return staticmethod(delete)


def _told(make: Callable[[], Resource]) -> Resource:
    """What ``make`` returns; Batch's refusal is CloudFormation's, which speaks XML."""
    try:
        return make()
    except AWSError as error:
        raise ValidationError(message=error.message) from error


def _create_environment(backend: BatchBackend, name: str, request: Document) -> Resource:
    return backend.create_compute_environment(
        compute_environment_name=name,
        _type=request.get("type", "MANAGED").upper(),
        state=request.get("state"),
        compute_resources=request.get("computeResources"),
        service_role=request.get("serviceRole"),
        tags=request.get("tags"),
    )


def _update_environment(backend: BatchBackend, name: str, request: Document) -> Resource:
    backend.update_compute_environment(
        name, request.get("state"), request.get("computeResources"), request.get("serviceRole")
    )
    return backend.get_compute_environment(name)


def _create_queue(backend: BatchBackend, name: str, request: Document) -> Resource:
    return backend.create_job_queue(
        queue_name=name,
        priority=request["priority"],
        schedule_policy=request.get("schedulingPolicyArn"),
        state=request.get("state"),
        compute_env_order=request.get("computeEnvironmentOrder"),
        tags=request.get("tags"),
    )


def _update_queue(backend: BatchBackend, name: str, request: Document) -> Resource:
    backend.update_job_queue(
        name,
        request["priority"],
        request.get("state"),
        request.get("computeEnvironmentOrder"),
        request.get("schedulingPolicyArn"),
    )
    return backend.get_job_queue(name)


def _create_definition(backend: BatchBackend, name: str, request: Document) -> Resource:
    return backend.register_job_definition(
        name,
        parameters=request.get("parameters"),
        _type=request.get("type", "container").lower(),
        tags=request.get("tags"),
        retry_strategy=request.get("retryStrategy"),
        container_properties=request.get("containerProperties"),
        node_properties=request.get("nodeProperties"),
        eks_properties=request.get("eksProperties"),
        timeout=request.get("timeout"),
        platform_capabilities=request.get("platformCapabilities"),
        propagate_tags=request.get("propagateTags"),
    )


def _update_definition(backend: BatchBackend, name: str, request: Document) -> Resource:
    """A new revision; the one before is deregistered, as by AWS::Batch::JobDefinition."""
    before = backend.get_job_definition(name)
    updated = _create_definition(backend, name, request)
    backend.deregister_job_definition(before.arn)
    return updated


KINDS = (
    Kind(
        model=ComputeEnvironment,
        operation="CreateComputeEnvironment",
        name="computeEnvironmentName",
        create=_create_environment,
        update=_update_environment,
        delete=lambda backend, name: backend.delete_compute_environment(name),
    ),
    Kind(
        model=JobQueue,
        operation="CreateJobQueue",
        name="jobQueueName",
        create=_create_queue,
        update=_update_queue,
        delete=lambda backend, name: backend.delete_job_queue(name),
    ),
    Kind(
        model=JobDefinition,
        operation="RegisterJobDefinition",
        name="jobDefinitionName",
        create=_create_definition,
        update=_update_definition,
        delete=lambda backend, name: backend.deregister_job_definition(name),
    ),
)


def _as_shape(value: Any, shape: Shape, where: str) -> Any:
    match shape:
        case StructureShape():
            return dict(_members(value, shape, where))
        case ListShape():
            return [_as_shape(item, shape.member, where) for item in value]
        case MapShape():
            return {key: _as_shape(item, shape.value, where) for key, item in value.items()}
    match shape.type_name:
        case "integer" | "long":
            return int(value)
        case "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        case "string":
            return str(value)
    return value


def _members(properties: Document, shape: StructureShape, where: str) -> list[tuple[str, Any]]:
    members = []
    for property_name, value in properties.items():
        name = property_name[0].lower() + property_name[1:]
        if name not in shape.members:
            raise ValidationError(message=f"{where}: {property_name} isn't a property of {shape.name}")
        members.append((name, _as_shape(value, shape.members[name], f"{where}.{property_name}")))
    return members
