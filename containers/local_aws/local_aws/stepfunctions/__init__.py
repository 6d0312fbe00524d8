"""AWS Step Functions: moto's API, in which state machines really run.

    moto's API ─ responses ─ backend ─ execution ─ interpreter ─ states ─ integrations ─ the other services
                               │                        │           └ items (of a Map)
                           definition                language
                 (text → Machine, or its faults)  (JSONata, JSONPath)

moto ships an interpreter of its own, switched off; it isn't used. It has a thread for each branch, task and timeout,
none of which can be interrupted, so a failed branch, a timeout or a stop leaves its jobs running; and much that a
definition says isn't done. Here every execution is a tree of coroutines in one thread: cancelling one part ends all
below it, a Task's `.sync` job included, and a Map's concurrency costs no threads.
"""

from local_aws.stepfunctions.install import install

__all__ = ["install"]
