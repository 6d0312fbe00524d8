"""One rule per file, each a function from the graph to diagnostics. CHECKS lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asl_export.checks.array_size import check_array_size
from asl_export.checks.dependencies import check_dependencies
from asl_export.checks.early_rules import check_early_rules
from asl_export.checks.fail_fast import check_fail_fast
from asl_export.checks.job_graph_rules import check_job_graph_rules
from asl_export.checks.job_graph_tries import check_job_graph_tries
from asl_export.checks.job_name import check_job_name
from asl_export.checks.job_retries import check_job_retries
from asl_export.checks.job_timeout import check_job_timeout
from asl_export.checks.map_limits import check_map_limits
from asl_export.checks.map_results import check_map_results
from asl_export.checks.request_size import check_request_size
from asl_export.checks.request_types import check_request_types
from asl_export.checks.retry import check_retry
from asl_export.checks.state_data import check_state_data
from asl_export.diagnostics import Diagnostic
from asl_export.ir.graph import FlowGraph

CHECKS: tuple[Callable[[FlowGraph], Iterator[Diagnostic]], ...] = (
    check_job_name,
    check_dependencies,
    check_array_size,
    check_request_size,
    check_request_types,
    check_job_retries,
    check_job_timeout,
    check_retry,
    check_state_data,
    check_map_results,
    check_map_limits,
    check_fail_fast,
    check_job_graph_rules,
    check_job_graph_tries,
    check_early_rules,
)
