"""The environment variables that a job's container sees."""

from local_aws.batch.jobs import Job
from local_aws.batch.placement import Environment


def container_environment(
    job: Job, environment: Environment, *, attempt: int, endpoint: str
) -> tuple[tuple[str, str], ...]:
    """The job's own variables, those of AWS Batch, and where AWS is for the job.

    Source: docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html.
    """
    submission = job.submission
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": submission.region,
        "AWS_DEFAULT_REGION": submission.region,
        **dict(submission.container.environment),
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt),
        "AWS_BATCH_JQ_NAME": submission.queue_name,
        "AWS_BATCH_CE_NAME": environment.name,
    }
    if job.index is not None:
        variables["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.index)
        variables["AWS_BATCH_JOB_ARRAY_SIZE"] = str(submission.array_size)
    return tuple(variables.items())
