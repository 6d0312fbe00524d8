"""Which runnable job starts next, and in which compute environment."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from local_aws.batch.jobs import ContainerRequest, Job, JobStatus

# docs.aws.amazon.com/batch/latest/userguide/troubleshooting.html, jobs stuck in RUNNABLE.
MAX_RESOURCE = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - "
    "All compute environments have a maxvCpus setting that is smaller than the job requirements."
)
JOB_REQUIREMENT = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - "
    "All compute environments have no connected instances that meet the job requirements."
)

# Processes that run at once on this machine, whatever the compute environments allow: each costs two descriptors.
MACHINE_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A compute environment's capacity. Memory in MiB, None where only vCPUs are limited (Fargate).

    ``largest`` are the (vCPUs, MiB) of the instance types, of which one must hold a whole job.
    """

    arn: str
    name: str
    enabled: bool
    is_fargate: bool
    vcpus: float
    memory: float | None
    largest: tuple[tuple[float, float], ...]

    def refusal(self, container: ContainerRequest) -> str | None:
        """Why this environment can never run the container, None when it can."""
        if container.vcpus > self.vcpus:
            return MAX_RESOURCE
        fits = any(container.vcpus <= vcpus and container.memory <= memory for vcpus, memory in self.largest)
        return None if fits else JOB_REQUIREMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A job queue: the higher ``priority`` goes first, its environments are in order of preference."""

    arn: str
    priority: int
    environments: tuple[Environment, ...]


@dataclass(slots=True)
class _Used:
    vcpus: float = 0.0
    memory: float = 0.0
    jobs: int = 0


class Placement:
    """The runnable jobs of all queues, and what those that run have taken of each environment.

    Within a queue the first come is the first served; a job that waits for room isn't overtaken, neither in its queue
    nor from a queue of lower priority on the same environments, or a stream of small jobs would starve a large one.
    A job that can never fit doesn't hold up the others.
    """

    def __init__(self, describe_queue: Callable[[str], Queue | None]) -> None:
        self._describe_queue = describe_queue
        self._waiting: dict[str, deque[Job]] = {}
        self._unplaceable: list[Job] = []
        self._used: dict[str, _Used] = {}

    def add(self, job: Job, *, first: bool = False) -> None:
        """Line up a runnable job; ``first`` for one that is tried again, which is older than the others."""
        line = self._waiting.setdefault(job.submission.queue_arn, deque())
        if first:
            line.appendleft(job)
        else:
            line.append(job)

    def reconsider(self) -> None:
        """Queues or environments have changed: jobs that could never fit may fit now."""
        for job in self._unplaceable:
            if job.status is JobStatus.RUNNABLE:
                job.status_reason = None
                self.add(job)
        self._unplaceable = []

    def take(self, limit: int) -> list[tuple[Job, Environment]]:
        """Up to ``limit`` jobs that start now, with the environment whose room each has been given."""
        placed: list[tuple[Job, Environment]] = []
        for job, environment in self._next():
            placed.append((job, environment))
            if len(placed) == limit:
                break
        return placed

    def release(self, job: Job, environment_arn: str) -> None:
        """Give back the room of a job that has ended."""
        used = self._used[environment_arn]
        used.vcpus -= job.submission.container.vcpus
        used.memory -= job.submission.container.memory
        used.jobs -= 1

    def _next(self) -> Iterator[tuple[Job, Environment]]:
        closed: set[str] = set()
        running = sum(used.jobs for used in self._used.values())
        for queue, line in self._by_priority():
            while (job := self._head(line)) is not None and running < MACHINE_LIMIT:
                able, refusal = _able(queue, job.submission.container)
                if not able:
                    line.popleft()
                    job.status_reason = refusal
                    self._unplaceable.append(job)
                    continue
                environment = self._with_room(able, job.submission.container, closed)
                if environment is None:
                    closed.update(candidate.arn for candidate in able)
                    break
                line.popleft()
                self._reserve(environment, job.submission.container)
                running += 1
                yield job, environment

    def _by_priority(self) -> list[tuple[Queue, deque[Job]]]:
        lines = []
        for arn, line in list(self._waiting.items()):
            queue = self._describe_queue(arn) if self._head(line) is not None else None
            if queue is None:
                del self._waiting[arn]
            else:
                lines.append((queue, line))
        return sorted(lines, key=lambda entry: (-entry[0].priority, entry[1][0].submission.sequence))

    @staticmethod
    def _head(line: deque[Job]) -> Job | None:
        while line and line[0].status is not JobStatus.RUNNABLE:  # cancelled meanwhile
            line.popleft()
        return line[0] if line else None

    def _with_room(
        self, environments: list[Environment], container: ContainerRequest, closed: set[str]
    ) -> Environment | None:
        for environment in environments:
            used = self._used.get(environment.arn, _Used())
            memory_fits = environment.memory is None or used.memory + container.memory <= environment.memory
            if environment.arn not in closed and used.vcpus + container.vcpus <= environment.vcpus and memory_fits:
                return environment
        return None

    def _reserve(self, environment: Environment, container: ContainerRequest) -> None:
        used = self._used.setdefault(environment.arn, _Used())
        used.vcpus += container.vcpus
        used.memory += container.memory
        used.jobs += 1


def _able(queue: Queue, container: ContainerRequest) -> tuple[list[Environment], str | None]:
    refusals = [(environment, environment.refusal(container)) for environment in queue.environments]
    able = [environment for environment, refusal in refusals if refusal is None and environment.enabled]
    return able, next((refusal for _, refusal in refusals if refusal is not None), None)
