"""A job for each of millions of objects: definition and queue by the kind of processor, options from the input."""

from datetime import timedelta

from airflow.sdk import DAG, Param

from airstep.operators import BatchMapOperator, S3Objects, item

ARN = "arn:aws:batch:eu-west-1:111122223333:job"
PARAMS = {
    "name": "archive",
    "compute": Param("intel", enum=["intel", "arm", "amd", "nvidia", "xilinx"]),
    "input": {"s3_bucket": "media", "s3_prefix": "in/", "file_options": "null"},
    "output": {"s3_bucket": "archive", "s3_prefix": "out/", "s3_suffix": ".wav", "file_options": "-ac 1 -ar 48000"},
    "global": {"options": "null"},
}

with DAG("batch_map_objects", params=PARAMS):
    BatchMapOperator(
        task_id="convert",
        items=S3Objects("{{ params.input.s3_bucket }}", "{{ params.input.s3_prefix }}"),
        strategy="jobs",
        results="s3://{{ params.input.s3_bucket }}/batch-ffmpeg-state-machine/results-output/",
        max_concurrency=5000,
        job_name="{{ params.name }}",
        job_definition=ARN + "-definition/batch-ffmpeg-job-definition-{{ params.compute }}",
        job_queue=ARN + "-queue/batch-ffmpeg-job-queue-{{ params.compute }}",
        parameters={
            "name": "{{ params.name }}",
            "compute": "{{ params.compute }}",
            "global_options": "{{ params['global'].options }}",
            "input_file_options": "{{ params.input.file_options }}",
            "input_url": "s3://{{ params.input.s3_bucket }}/" + item["Key"],
            "output_file_options": "{{ params.output.file_options }}",
            "output_url": "s3://{{ params.output.s3_bucket }}/{{ params.output.s3_prefix }}"
            + item["Key"]
            + "{{ params.output.s3_suffix }}",
        },
        retries=10,
        retry_delay=timedelta(seconds=180),
        retry_exponential_backoff=3,
        max_retry_delay=timedelta(seconds=300),
    )
