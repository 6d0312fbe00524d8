"""Video processing on AWS Batch: metadata first, then features and four renditions side by side.

Two queues share one compute environment: the first half of each rendition goes to the high priority queue, the rest
to the low one. A branch that fails stops all the others. Runs from Airflow (`airflow dags test video_processing`) or as
a Step Functions state machine (`asl-export export video_processing`).
"""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ParallelBranches

ARN = "arn:aws:batch:{{ params.region }}:{{ params.account }}"
HIGH = f"{ARN}:job-queue/StepsBatchTutorial_HighPriorityQueue"
LOW = f"{ARN}:job-queue/StepsBatchTutorial_LowPriorityQueue"
METADATA = f"{ARN}:job-definition/StepsBatchTutorial_ExtractMetadata:1"
FEATURES = f"{ARN}:job-definition/StepsBatchTutorial_ExtractFeatures:1"
TRANSCODE = f"{ARN}:job-definition/StepsBatchTutorial_TranscodeVideo:1"

FILES = {"input": "{{ params.input }}", "output": "{{ params.output }}"}


def transcode(rendition: str, part: int, queue: str) -> BatchJobOperator:
    """One half of a rendition; the second half's job also joins both."""
    name = f"Transcode_{rendition}-{part}"
    return BatchJobOperator(
        task_id=name,
        task_display_name=name,
        job_name=name,
        job_queue=queue,
        job_definition=TRANSCODE,
        parameters={**FILES, "rendition": rendition, "part": str(part)},
    )


with DAG(
    "video_processing",
    schedule=None,
    doc_md=__doc__,
    tags=["airstep", "video"],
    params={
        "region": Param("us-east-1", type="string", description="AWS region of the queues and job definitions"),
        "account": Param("123456789012", type="string", pattern="^[0-9]{12}$", description="AWS account id"),
        "input": Param("s3://airstep-video-processing/input.mp4", type="string", description="the video, in S3"),
        "output": Param("s3://airstep-video-processing/output", type="string", description="S3 prefix of the results"),
    },
):
    metadata = BatchJobOperator(
        task_id="extract_metadata",
        task_display_name="Extract Metadata",
        job_name="SplitVideo",
        job_queue=HIGH,
        job_definition=METADATA,
        parameters=FILES,
    )
    # Submitted ahead, the branches overlap even in `airflow dags test`, which runs one task after the other.
    with ParallelBranches("process_video", group_display_name="Process Video", submit_ahead=True) as process:
        BatchJobOperator(
            task_id="extract_features",
            task_display_name="Extract Features",
            job_name="ExtractFeatures",
            job_queue=LOW,
            job_definition=FEATURES,
            parameters=FILES,
        )
        with ParallelBranches("transcode_video", group_display_name="Transcode Video"):
            for rendition in ("4k", "1080p", "720p", "480p"):
                transcode(rendition, 1, HIGH) >> transcode(rendition, 2, LOW)

    metadata >> process
