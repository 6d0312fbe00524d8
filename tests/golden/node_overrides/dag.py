"""Overrides of a multi-node job, of ECS tasks and of EKS pods: names as AWS writes them, values as given."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("node_overrides"):
    nodes = [{"targetNodes": "0:1", "containerOverrides": {"command": ["mpirun", "{{ run_id }}"]}}]
    environment = [{"name": "lower_Case", "value": "x"}]
    BatchJobOperator(task_id="nodes", node_overrides={"numNodes": 2, "nodePropertyOverrides": nodes}, **JOB)
    BatchJobOperator(
        task_id="ecs",
        ecs_properties_override={"taskProperties": [{"containers": [{"name": "main", "environment": environment}]}]},
        **JOB,
    )
    limits = {"limits": {"cpu": "2", "nvidia.com/gpu": "1"}}
    BatchJobOperator(
        task_id="eks",
        eks_properties_override={
            "podProperties": {
                "containers": [{"resources": limits, "env": environment}],
                "metadata": {"labels": {"myApp": "x"}},
            }
        },
        **JOB,
    )
