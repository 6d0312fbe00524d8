"""What the random DAGs may contain: one switch for each thing that the export says in ASL."""

from enum import StrEnum


class Feature(StrEnum):
    """A kind of thing in a DAG."""

    FAILURES = "jobs that fail"
    RETRIES = "retries, of jobs that fail at first"
    CROSSING = "edges that no nesting of series and parallel has"
    JOINS = "EmptyOperator"
    GROUPS = "task groups"
    BRANCHES = "ParallelBranches without fail_fast"
    FAIL_FAST = "ParallelBranches with fail_fast"
    LINKS = "edges between tasks of different groups"
    MAPS = "mapped tasks over literal items"
    MAPPED_GROUPS = "mapped task groups over literal items"
    JOB_GRAPHS = "BatchJobGraph"
    AHEAD = "ParallelBranches with submit_ahead"
    CHOICES = "ChoiceOperator over params"
    RESULT_CHOICES = "ChoiceOperator over results"
    INDEX_CHOICES = "ChoiceOperator over the item's index"
    RULES = "trigger rules"
    TEARDOWNS = "setup and teardown tasks"
    RESULTS = "results handed on"
    RESULT_MAPS = "mapped task groups over a result"
    BATCH_MAPS = "BatchMapOperator over literal items or a result"


FEATURES: dict[Feature, bool] = {
    Feature.FAILURES: True,
    Feature.RETRIES: True,
    Feature.CROSSING: True,
    Feature.JOINS: True,
    Feature.GROUPS: True,
    Feature.BRANCHES: True,
    Feature.FAIL_FAST: True,
    Feature.LINKS: True,
    Feature.MAPS: True,
    Feature.MAPPED_GROUPS: True,
    Feature.JOB_GRAPHS: True,
    Feature.AHEAD: True,
    Feature.CHOICES: True,
    Feature.RESULT_CHOICES: True,
    Feature.INDEX_CHOICES: True,
    Feature.RULES: True,
    Feature.TEARDOWNS: True,
    Feature.RESULTS: True,
    Feature.RESULT_MAPS: True,
    Feature.BATCH_MAPS: True,
}
"""Switched on as the export learns them."""

ON: frozenset[Feature] = frozenset(feature for feature, on in FEATURES.items() if on)

MODELLED = ON - {Feature.BATCH_MAPS}
"""What the model of Airflow knows: a map's planner and what it keeps in S3 are no affair of a scheduler."""
