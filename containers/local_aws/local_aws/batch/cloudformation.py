"""AWS::Batch::* in CloudFormation templates: their properties are the API's, with a capital first letter.

moto's own reading of them needs optional properties, forgets others and lower-cases the keys of tags and parameters.
"""

from typing import Any, cast

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.batch.models import BatchBackend, ComputeEnvironment, JobDefinition, JobQueue, batch_backends

from local_aws.batch.errors import ClientException

Document = dict[str, Any]

API = botocore.session.Session().get_service_model("batch")
# Properties that only CloudFormation knows; they steer updates of a stack.
STACK_ONLY = frozenset({"ReplaceComputeEnvironment", "ResourceRetentionPolicy"})


def api_request(operation: str, properties: Document) -> Document:
    """A resource's properties as the request of ``operation``. Raises ClientException for one that isn't known."""
    shape = API.operation_model(operation).input_shape
    wanted = {name: value for name, value in properties.items() if name not in STACK_ONLY}
    return cast(Document, _as_shape(wanted, cast(Shape, shape), operation))


def create_compute_environment(
    _class: type[Any], /, resource_name: str, template: Document, account_id: str, region_name: str, **_: Any
) -> ComputeEnvironment:
    """AWS::Batch::ComputeEnvironment."""
    request = api_request("CreateComputeEnvironment", template["Properties"])
    return _backend(account_id, region_name).create_compute_environment(
        compute_environment_name=request.get("computeEnvironmentName", resource_name),
        _type=request.get("type", "MANAGED").upper(),
        state=request.get("state"),
        compute_resources=request.get("computeResources"),
        service_role=request.get("serviceRole"),
        tags=request.get("tags"),
    )


def create_job_queue(
    _class: type[Any], /, resource_name: str, template: Document, account_id: str, region_name: str, **_: Any
) -> JobQueue:
    """AWS::Batch::JobQueue."""
    request = api_request("CreateJobQueue", template["Properties"])
    return _backend(account_id, region_name).create_job_queue(
        queue_name=request.get("jobQueueName", resource_name),
        priority=request["priority"],
        schedule_policy=request.get("schedulingPolicyArn"),
        state=request.get("state"),
        compute_env_order=request.get("computeEnvironmentOrder"),
        tags=request.get("tags"),
    )


def create_job_definition(
    _class: type[Any], /, resource_name: str, template: Document, account_id: str, region_name: str, **_: Any
) -> JobDefinition:
    """AWS::Batch::JobDefinition."""
    request = api_request("RegisterJobDefinition", template["Properties"])
    return _backend(account_id, region_name).register_job_definition(
        request.get("jobDefinitionName", resource_name),
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


def install() -> None:
    """Put these in the place of moto's, which CloudFormation calls on the resource classes."""
    for resource, create, delete in (
        (ComputeEnvironment, create_compute_environment, BatchBackend.delete_compute_environment),
        (JobQueue, create_job_queue, BatchBackend.delete_job_queue),
        (JobDefinition, create_job_definition, BatchBackend.deregister_job_definition),
    ):
        resource.create_from_cloudformation_json = classmethod(create)
        resource.delete_from_cloudformation_json = classmethod(_deletion(delete.__name__))


def _deletion(method: str) -> Any:
    def delete(
        _class: type[Any], /, resource_name: str, _template: Document, account_id: str, region_name: str
    ) -> None:
        getattr(_backend(account_id, region_name), method)(resource_name)

    return delete


def _backend(account_id: str, region_name: str) -> BatchBackend:
    return batch_backends[account_id][region_name]


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
            raise ClientException(f"{where}: {property_name} isn't a property of {shape.name}")
        members.append((name, _as_shape(value, shape.members[name], f"{where}.{property_name}")))
    return members
