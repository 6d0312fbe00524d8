"""What becomes of each setting of a task and of a DAG: nothing that Airflow would act on is dropped in silence.

A setting at its default says nothing. Any other value is honoured, harmless (it changes nothing outside Airflow),
told by a warning or refused. A test fails when Airflow gains an attribute that isn't listed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from jinja2 import StrictUndefined

from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.frontend.json_values import checked_text
from asl_export.frontend.refusal import RefusalError


class Treatment(StrEnum):
    """What the export does with a setting that isn't at its default."""

    HONOURED = "honoured"
    HARMLESS = "harmless"
    WARNED = "warned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A treatment and, where it is worth a message, why and what to do; `default` values say nothing."""

    treatment: Treatment
    default: Any = None
    why: str = ""
    fix: str = ""


HONOURED = Setting(treatment=Treatment.HONOURED)
HARMLESS = Setting(treatment=Treatment.HARMLESS)


def warned(why: str, fix: str, default: Any = None) -> Setting:
    """A setting whose loss leaves the jobs and their order as they are."""
    return Setting(treatment=Treatment.WARNED, why=why, fix=fix, default=default)


def refused(why: str, fix: str, default: Any = None) -> Setting:
    """A setting without which the DAG would mean something else."""
    return Setting(treatment=Treatment.REFUSED, why=why, fix=fix, default=default)


_CALLBACK = refused(
    "a callback is Python, which a state machine doesn't run",
    "remove it, or notify from an EventBridge rule on the execution's status",
)
_HOOK = refused("it is Python, which a state machine doesn't run", "do it in the job")
_PAST = refused("a state machine knows nothing of earlier runs", "remove it, or keep this DAG in Airflow")
_MAIL = warned("the exported machine sends no e-mail", "use an EventBridge rule on the execution's status")
_OUTLETS = warned("the exported machine raises no Airflow asset events", "start what depends on them in another way")
_TASK_DATES = warned("the exported machine runs at any date", "remove it")
_NATIVE = refused(
    "templates then give Python objects instead of text",
    "remove it; give lists and numbers as they are instead of in a template",
    default=False,
)

# The arguments of attributes that are called otherwise.
_ARGUMENTS = {"_pre_execute_hook": "pre_execute", "_post_execute_hook": "post_execute"}

BASE_OPERATOR: Mapping[str, Setting] = {
    "task_id": HONOURED,
    "task_group": HONOURED,
    "retries": HONOURED,
    "retry_delay": HONOURED,
    "retry_exponential_backoff": HONOURED,
    "max_retry_delay": HONOURED,
    "execution_timeout": HONOURED,
    "max_active_tis_per_dagrun": HONOURED,
    "params": HONOURED,
    "default_args": HONOURED,
    "_task_display_name": HONOURED,
    "task_display_name": HONOURED,
    "dag": HONOURED,
    # Airflow 3 takes it and does nothing with it.
    "sla": HARMLESS,
    # As arguments; what they are kept as is judged below.
    "pre_execute": HARMLESS,
    "post_execute": HARMLESS,
    "doc_md": HONOURED,
    "doc": HONOURED,
    "upstream_task_ids": HONOURED,
    "downstream_task_ids": HONOURED,
    "template_fields": HONOURED,
    "template_ext": HONOURED,
    "owner": HARMLESS,
    "email": _MAIL,
    "email_on_retry": HARMLESS,
    "email_on_failure": HARMLESS,
    "retry_policy": refused("a retry policy is Python", "use retries, retry_delay and retry_exponential_backoff"),
    # Of a task only one that is later than the DAG's own.
    "start_date": _TASK_DATES,
    "end_date": _TASK_DATES,
    "depends_on_past": Setting(treatment=Treatment.REFUSED, default=False, why=_PAST.why, fix=_PAST.fix),
    "wait_for_downstream": Setting(treatment=Treatment.REFUSED, default=False, why=_PAST.why, fix=_PAST.fix),
    "ignore_first_depends_on_past": HARMLESS,
    "wait_for_past_depends_before_skipping": HARMLESS,
    "priority_weight": HARMLESS,
    "weight_rule": HARMLESS,
    "queue": HARMLESS,
    "pool": warned(
        "the exported machine isn't held back by Airflow's pools",
        "limit with the job queue's compute environment",
        default="default_pool",
    ),
    "pool_slots": HARMLESS,
    "on_execute_callback": _CALLBACK,
    "on_failure_callback": _CALLBACK,
    "on_success_callback": _CALLBACK,
    "on_retry_callback": _CALLBACK,
    "on_skipped_callback": _CALLBACK,
    "_pre_execute_hook": _HOOK,
    "_post_execute_hook": _HOOK,
    "trigger_rule": HONOURED,
    "resources": HARMLESS,
    "run_as_user": HARMLESS,
    "task_concurrency": HARMLESS,
    "map_index_template": HARMLESS,
    "max_active_tis_per_dag": warned(
        "the exported machine doesn't limit how many runs do this task at once",
        "limit with the job queue's compute environment",
    ),
    "executor": HARMLESS,
    "executor_config": HARMLESS,
    "do_xcom_push": HONOURED,
    "multiple_outputs": HARMLESS,
    "inlets": HARMLESS,
    "outlets": _OUTLETS,
    "doc_json": HARMLESS,
    "doc_yaml": HARMLESS,
    "doc_rst": HARMLESS,
    "logger_name": HARMLESS,
    "allow_nested_operators": HARMLESS,
    "render_template_as_native_obj": _NATIVE,
    "is_setup": HONOURED,
    "is_teardown": HONOURED,
    "template_fields_renderers": HARMLESS,
    "deserialization_allowed_class_fields": HARMLESS,
    "operator_extra_links": HARMLESS,
    "ui_color": HARMLESS,
    "ui_fgcolor": HARMLESS,
    "partial": HARMLESS,
    "overwrite_rtif_after_execution": HARMLESS,
    "start_trigger_args": HARMLESS,
    "start_from_trigger": HARMLESS,
    "shallow_copy_attrs": HARMLESS,
    "returns_dag_result": HARMLESS,
    "on_failure_fail_dagrun": HONOURED,
}

DAG_SETTINGS: Mapping[str, Setting] = {
    "dag_id": HONOURED,
    "description": HONOURED,
    "doc_md": HONOURED,
    "dag_display_name": HONOURED,
    "tags": HONOURED,
    "params": HONOURED,
    "default_args": HONOURED,
    "dagrun_timeout": HONOURED,
    "fail_fast": HONOURED,
    "task_group": HONOURED,
    "task_dict": HONOURED,
    "task_group_dict": HONOURED,
    "fileloc": HONOURED,
    "schedule": warned(
        "a state machine starts when something starts it",
        "start it from EventBridge Scheduler",
    ),
    "timetable": HARMLESS,
    "timezone": HARMLESS,
    "start_date": HARMLESS,
    "end_date": _TASK_DATES,
    "catchup": HARMLESS,
    "max_active_tasks": HONOURED,
    "max_active_runs": warned(
        "a state machine doesn't limit how many executions run at once",
        "limit what starts it",
        default=16,
    ),
    "max_consecutive_failed_dag_runs": warned(
        "the exported machine isn't paused after failures", "use a CloudWatch alarm", default=0
    ),
    "on_failure_callback": _CALLBACK,
    "on_success_callback": _CALLBACK,
    "sla_miss_callback": _CALLBACK,
    "deadline": refused("a deadline's callback is Python", "use dagrun_timeout, or a CloudWatch alarm"),
    "render_template_as_native_obj": _NATIVE,
    "template_searchpath": HARMLESS,
    "template_undefined": refused(
        "in the exported machine a template fails on what is missing, as Airflow's do by default",
        "remove it, and write | default('') where something may be missing",
        default=StrictUndefined,
    ),
    "user_defined_macros": HARMLESS,
    "user_defined_filters": HARMLESS,
    "jinja_environment_kwargs": refused("it changes how templates are read", "remove it"),
    "access_control": HARMLESS,
    "allowed_run_types": HARMLESS,
    "auto_register": HARMLESS,
    "owner_links": HARMLESS,
    "is_paused_upon_creation": HARMLESS,
    "edge_info": HARMLESS,
    "has_on_success_callback": HARMLESS,
    "has_on_failure_callback": HARMLESS,
    "disable_bundle_versioning": HARMLESS,
    "rerun_with_latest_version": HARMLESS,
    "last_loaded": HARMLESS,
    "relative_fileloc": HARMLESS,
    "partial": HARMLESS,
}


def check_settings(values: Mapping[str, Any], table: Mapping[str, Setting], where: Location) -> Iterator[Diagnostic]:
    """What is to say about settings, by name; a name the table doesn't know is refused."""
    for name, value in values.items():
        setting = table.get(name)
        argument = _ARGUMENTS.get(name, name.strip("_"))
        if setting is None:
            yield Diagnostic(
                code=Code.UNKNOWN_SETTING,
                message=f"the export doesn't know the setting {argument}={short(value)}",
                location=replace(where, field=argument),
                why="leaving it out could change what the task does",
                fix="remove it, or use an operator that the export knows",
            )
        elif setting.treatment in (Treatment.WARNED, Treatment.REFUSED) and not _says_nothing(value, setting.default):
            is_error = setting.treatment is Treatment.REFUSED
            yield Diagnostic(
                code=Code.UNSUPPORTED_SETTING if is_error else Code.IGNORED_SETTING,
                message=f"{argument}={short(value)} "
                + ("can't be exported" if is_error else "isn't part of the exported machine"),
                location=replace(where, field=argument),
                why=setting.why,
                fix=setting.fix,
                severity=Severity.ERROR if is_error else Severity.WARNING,
            )
        elif setting.treatment is Treatment.HONOURED:
            yield from check_texts(value, replace(where, field=argument))


def check_texts(value: Any, where: Location) -> Iterator[Diagnostic]:
    """A refusal of a text, or of those in a list or set, that is no Unicode; parts of an operator's are read later."""
    for text in value if isinstance(value, list | tuple | set | frozenset) else [value]:
        try:
            if isinstance(text, str):
                checked_text(text)
        except RefusalError as refusal:
            yield refusal.at(where)


def _says_nothing(value: Any, default: Any) -> bool:
    if value is None or value == default:
        return True
    return isinstance(value, list | tuple | dict | set) and not value


def short(value: Any) -> str:
    """A value as a person would write it, cut to a line."""
    match value:
        case Enum():
            text = repr(value.value)
        case list() | tuple():
            text = f"[{', '.join(short(item) for item in value)}]"
        case int() if value.bit_length() > 150:
            text = f"a whole number of {value.bit_length():,} bits"
        case datetime():
            text = value.isoformat()
        case _ if callable(value):
            text = str(getattr(value, "__qualname__", type(value).__name__))
        case _:
            text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
