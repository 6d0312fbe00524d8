"""Items that the DAG lists, by both strategies; by jobs with templates in them, and with fields of any name."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchMapOperator, item

WHERE = {"results": "s3://results/listed", "job_queue": "low", "job_definition": "echo:1"}
JOB = {"command": ["echo", item["name"]], "parameters": {"size": item["size"]}, **WHERE}
LISTED = [{"name": "a", "size": 1}, {"name": "it's {b}", "size": 2.5}]

with DAG("batch_map_list", params={"name": Param("b", type="string")}):
    BatchMapOperator(
        task_id="jobs", strategy="jobs", items=[*LISTED, {"name": "{{ params.name }}", "size": "{x}"}], **JOB
    )
    BatchMapOperator(
        task_id="arrays",
        items=LISTED,
        planner_job_definition="planner",
        runner=["/opt/airstep-item", "--"],
        job_name="listed",
        **JOB,
    )
    plain = BatchMapOperator(
        task_id="plain", strategy="jobs", items=["x", "y"], command=["echo", item], job_name="plain-" + item, **WHERE
    )
    plain >> BatchMapOperator(
        task_id="quoted",
        strategy="jobs",
        items=[{"a / b.name": 1}],
        command=["echo", item["a / b.name"]],
        **WHERE,
    )
