"""What people read: display names, documentation of DAG, groups and tasks."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("docs_and_names", dag_display_name="Film → web", doc_md="# A film for the web", tags=["film", "team:web"]):
    with TaskGroup("renditions", group_display_name="All renditions", tooltip="One for each size") as renditions:
        BatchJobOperator(task_id="small", task_display_name="Small 🎬", doc_md="For *phones*.", **JOB)
        BatchJobOperator(task_id="large", task_display_name="Large 📺", doc="For screens.", **JOB)
    renditions >> BatchJobOperator(task_id="publish", task_display_name="Опубликовать", owner="web", **JOB)
