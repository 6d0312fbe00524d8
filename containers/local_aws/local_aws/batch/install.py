"""Puts our Batch in the place of moto's."""

from moto.batch.models import batch_backends

from local_aws.batch import cloudformation
from local_aws.batch.capacity import describe_queue
from local_aws.batch.events import StateChangeEvents
from local_aws.batch.models import LocalBatchBackend
from local_aws.batch.rate_limit import RateLimit
from local_aws.batch.responses import LocalBatchResponse
from local_aws.batch.scheduler import Scheduler
from local_aws.runners.interface import Runner
from local_aws.settings import Settings


def install_batch(*, settings: Settings, runner: Runner, endpoint: str) -> Scheduler:
    """Make every Batch backend of moto ours. The scheduler that is returned isn't started yet."""
    scheduler = Scheduler(
        runner=runner,
        endpoint=endpoint,
        stop_timeout=settings.stop_timeout,
        describe_queue=describe_queue,
        changed=StateChangeEvents().changed,
    )
    LocalBatchBackend.scheduler = scheduler
    LocalBatchBackend.minimum_timeout = settings.minimum_timeout
    LocalBatchResponse.rate_limit = None if settings.rate_limit is None else RateLimit(settings.rate_limit)
    batch_backends.backend = LocalBatchBackend
    cloudformation.install()
    return scheduler
