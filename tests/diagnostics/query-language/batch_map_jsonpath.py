"""What JSONPath has no words for in a map."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchMapOperator, S3Objects, item

WHERE = {"job_queue": "low", "job_definition": "echo:1", "planner_job_definition": "planner"}
OBJECTS = S3Objects("media")

with DAG("batch_map_jsonpath", params={"rate": Param("48000", type="string"), "place": Param("s3://a", type="string")}):
    given = ["convert", item["Key"], "{{ params.rate }}"]
    BatchMapOperator(task_id="braces", items=OBJECTS, results="s3://results", command=given, **WHERE)
    listed = [{"name": "{{ params.rate }}"}]
    BatchMapOperator(task_id="listed", items=listed, results="s3://results", command=["x", item["name"]], **WHERE)
    named = ["x", item["it's"]]
    BatchMapOperator(task_id="named", items=OBJECTS, strategy="jobs", results="s3://results", command=named, **WHERE)
    BatchMapOperator(task_id="placed", items=OBJECTS, results="{{ params.place }}", command=["x"], **WHERE)
