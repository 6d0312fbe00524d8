"""What moto's queues and compute environments mean for placement."""

from functools import lru_cache

from moto.batch.models import BatchBackend, ComputeEnvironment, batch_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES

from local_aws.batch.neighbours import existing
from local_aws.batch.placement import Environment, Queue

# "optimal" chooses from these: docs.aws.amazon.com/batch/latest/userguide/create-compute-environment.html.
OPTIMAL = ("c4", "m4", "r4")
# The largest task: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html.
FARGATE_LARGEST = ((16.0, 120 * 1024.0),)

Sizes = tuple[tuple[float, float], ...]


def describe_queue(queue_arn: str) -> Queue | None:
    """The queue as placement sees it now, None when it was deleted."""
    _, _, _, region, account, _ = queue_arn.split(":", 5)
    backend: BatchBackend | None = existing(batch_backends, account, region)
    queue = backend._job_queues.get(queue_arn) if backend is not None else None
    if backend is None or queue is None:
        return None
    environments = [each for each in queue.environments if each.arn in backend._compute_environments]
    return Queue(
        arn=queue_arn,
        priority=int(queue.priority),
        environments=tuple(_environment(each) for each in environments),
    )


def _environment(environment: ComputeEnvironment) -> Environment:
    resources = environment.compute_resources or {}
    is_fargate = "FARGATE" in resources.get("type", "")
    vcpus = float(resources.get("maxvCpus", 0))  # an UNMANAGED environment has no hosts here
    sizes = FARGATE_LARGEST if is_fargate else _sizes(tuple(resources.get("instanceTypes", ())))
    most_per_vcpu = max((memory / count for count, memory in sizes), default=0.0)
    return Environment(
        arn=environment.arn,
        name=environment.name,
        enabled=environment.state != "DISABLED",
        is_fargate=is_fargate,
        vcpus=vcpus,
        memory=None if is_fargate else vcpus * most_per_vcpu,
        largest=sizes,
    )


@lru_cache
def _sizes(instance_types: tuple[str, ...]) -> Sizes:
    """The (vCPUs, MiB) of instance types and of the families' members."""
    wanted = [name for each in instance_types for name in (OPTIMAL if each == "optimal" else (each,))]
    return tuple(
        (float(details["VCpuInfo"]["DefaultVCpus"]), float(details["MemoryInfo"]["SizeInMiB"]))
        for name, details in sorted(INSTANCE_TYPES.items())
        if any(name == each or name.startswith(f"{each}.") for each in wanted)
    )
