"""Calls of functions: a payload known now, one worked out in the run, another's answer, one not waited for."""

import json
from datetime import timedelta

from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.sdk import DAG, Param

with DAG("lambda_invoke", params={"frames": Param(24, type="integer"), "film": Param("rain", type="string")}):
    first = LambdaInvokeFunctionOperator(
        task_id="first",
        function_name="plan",
        payload=json.dumps({"codec": "av1", "sizes": [1080, 480]}),
        qualifier="live",
        client_context="eyJjbGllbnQiOiB7fX0=",
        log_type="Tail",
    )
    second = LambdaInvokeFunctionOperator(
        task_id="second",
        function_name="split-{{ params.film }}",
        payload='{"frames": {{ params.frames }}, "film": {{ params.film | tojson }}}',
        retries=2,
        retry_delay=timedelta(seconds=10),
        execution_timeout=timedelta(minutes=15),
    )
    third = LambdaInvokeFunctionOperator(task_id="third", function_name="check", payload=second.output)
    last = LambdaInvokeFunctionOperator(
        task_id="last",
        function_name="tell",
        invocation_type="Event",
        payload='{"checked": {{ ti.xcom_pull("third") }}, "n": {{ macros.json.loads(ti.xcom_pull("first")).n }}}',
    )
    first >> second >> third >> last
