"""ECS tasks: with every field, on a capacity provider, and one that isn't waited for."""

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.sdk import DAG, Param

with DAG("ecs_run_task", params={"film": Param("rain", type="string")}):
    full = EcsRunTaskOperator(
        task_id="full",
        cluster="films",
        task_definition="render:3",
        launch_type="FARGATE",
        platform_version="1.4.0",
        group="family:render",
        overrides={
            "cpu": "1024",
            "containerOverrides": [
                {
                    "name": "render",
                    "command": ["render", "{{ params.film }}"],
                    "environment": [{"name": "FILM", "value": "{{ params.film }}"}],
                    "memory": 2048,
                }
            ],
        },
        network_configuration={"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}},
        placement_constraints=[{"type": "distinctInstance"}],
        placement_strategy=[{"type": "spread", "field": "host"}],
        tags={"film": "{{ params.film }}"},
        propagate_tags="TASK_DEFINITION",
        awslogs_group="/films",
        awslogs_stream_prefix="render",
    )
    spot = EcsRunTaskOperator(
        task_id="spot",
        cluster="films",
        task_definition="pack",
        overrides={},
        capacity_provider_strategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        deferrable=True,
    )
    started = EcsRunTaskOperator(
        task_id="started", cluster="films", task_definition="tell", overrides={}, wait_for_completion=False
    )
    full >> spot >> started
