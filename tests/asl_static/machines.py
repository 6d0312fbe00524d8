"""Small right machines in both query languages; tests change them a little."""

from __future__ import annotations

from typing import Any

JOB = "arn:aws:states:::batch:submitJob.sync"


def jsonata_machine() -> dict[str, Any]:
    """Variables, a Choice, a Parallel with a failure caught, and a Map, in JSONata."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "first",
        "States": {
            "first": {
                "Type": "Task",
                "Resource": JOB,
                "Arguments": {"JobName": "first", "Tags": {"run": "{% $states.context.Execution.Name %}"}},
                "Retry": [
                    {"ErrorEquals": ["Batch.AWSBatchException"], "IntervalSeconds": 2, "MaxAttempts": 9},
                    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxDelaySeconds": 60, "MaxAttempts": 2},
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"end": "failed"}, "Next": "asked"}],
                "Assign": {"end": "success", "job": "{% $states.result.JobId %}"},
                "TimeoutSeconds": 60,
                "Next": "both",
            },
            "both": {
                "Type": "Parallel",
                "Branches": [_branch("left", "{% $job & '-left' %}"), _branch("right", "{% $not($exists($end)) %}")],
                "Assign": {"worst": "{% $filter($states.result, function($one) { $one = 'failed' })[0] %}"},
                "Output": {},
                "Next": "asked",
            },
            "asked": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $end = 'failed' %}", "Assign": {"why": "first"}, "Next": "failed"}],
                "Default": "each",
            },
            "each": {
                "Type": "Map",
                "Items": "{% ($n := 3; [1..$n]) %}",
                "ItemSelector": {"item": "{% $states.context.Map.Item.Value %}"},
                "MaxConcurrency": 2,
                "ItemProcessor": {
                    "StartAt": "kept",
                    "States": {
                        "kept": {"Type": "Pass", "Assign": {"item": "{% $states.input.item %}"}, "Next": "one"},
                        "one": {
                            "Type": "Task",
                            "Resource": JOB,
                            "Arguments": {"JobName": "{% 'one-' & $item & $end %}"},
                            "End": True,
                        },
                    },
                },
                "Next": "done",
            },
            "done": {"Type": "Succeed", "Output": {}},
            "failed": {"Type": "Fail", "Error": "Failed", "Cause": "{% $why & ' failed' %}"},
        },
    }


def _branch(name: str, command: str) -> dict[str, Any]:
    handler = f"{name} failed"
    return {
        "StartAt": name,
        "States": {
            name: {
                "Type": "Task",
                "Resource": JOB,
                "Arguments": {"JobName": name, "Parameters": {"x": command}},
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": handler}
                ],
                "Output": "success",
                "End": True,
            },
            handler: {"Type": "Pass", "Output": "failed", "End": True},
        },
    }


def jsonpath_machine() -> dict[str, Any]:
    """Variables, a Choice, a Parallel with a failure caught, and a Map, in JSONPath."""
    return {
        "QueryLanguage": "JSONPath",
        "StartAt": "first",
        "States": {
            "first": {
                "Type": "Task",
                "Resource": JOB,
                "Parameters": {"JobName": "first", "Tags": {"run.$": "$$.Execution.Name"}},
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"end": "failed"}, "Next": "asked"}],
                "Assign": {"end": "success", "job.$": "$.JobId"},
                "OutputPath": None,
                "Next": "both",
            },
            "both": {
                "Type": "Parallel",
                "Branches": [
                    {
                        "StartAt": "left",
                        "States": {
                            "left": {
                                "Type": "Task",
                                "Resource": JOB,
                                "Parameters": {"JobName": "left", "Tags": {"x.$": "States.Format('{}-left', $job)"}},
                                "Catch": [
                                    {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "left failed"}
                                ],
                                "End": True,
                            },
                            "left failed": {"Type": "Pass", "End": True},
                        },
                    }
                ],
                "ResultSelector": {"failures.$": "$[?(@.Error)]"},
                "Next": "asked",
            },
            "asked": {
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [
                            {"Variable": "$end", "StringEquals": "failed"},
                            {"Not": {"Variable": "$.failures[0]", "IsPresent": True}},
                        ],
                        "Assign": {"why": "first"},
                        "Next": "failed",
                    }
                ],
                "Default": "each",
            },
            "each": {
                "Type": "Map",
                "ItemsPath": "$.failures",
                "ItemSelector": {"item.$": "$$.Map.Item.Value"},
                "ItemProcessor": {
                    "StartAt": "kept",
                    "States": {
                        "kept": {"Type": "Pass", "Assign": {"item.$": "$.item"}, "Next": "one"},
                        "one": {
                            "Type": "Task",
                            "Resource": JOB,
                            "Parameters": {"JobName.$": "States.Format('one-{}-{}', $item, $end)"},
                            "End": True,
                        },
                    },
                },
                "End": True,
            },
            "failed": {"Type": "Fail", "Error": "Failed", "CausePath": "$why"},
        },
    }
