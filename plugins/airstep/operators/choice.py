"""The operator that chooses by conditions which of the tasks behind it run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseBranchOperator
from airflow.sdk.definitions.xcom_arg import XComArg
from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped

from airstep.operators.fields import as_bool, is_literal
from airstep.operators.skipped import stop_if_skipped

if TYPE_CHECKING:
    from airflow.sdk import Context

Follow = str | Sequence[str]
"""A task id or task-group id, as Airflow has it in full, or several."""


class ChoiceOperator(BaseBranchOperator):
    """Follow the first choice whose condition is true, skip what else is directly downstream, and return what follows.

    The result is the id that was followed, a list if there are several, or None if everything was skipped. What is
    skipped is exactly what Airflow's `BaseBranchOperator` skips: the tasks directly downstream that are neither
    followed nor downstream of a followed one.

        ChoiceOperator(
            task_id="how_long",
            choices=[("{{ params.frames > 1000 }}", "split"), ("{{ params.frames > 0 }}", ["render", "thumbnail"])],
            default="nothing_to_do",
        )

    In a mapped task group each item chooses for itself. If the items are known at run time only, Airflow 3.3 starts
    what should be skipped: operators of this package then skip themselves, others run (apache/airflow#67265).

    :param choices: pairs of a condition and what to follow. A condition is a template of one expression, which must
        render to True or False (templated), or a boolean, or the result of another task. What to follow is the id of a
        task or task group directly downstream, or a list of ids, in full: `group.task`.
    :param default: what to follow when no condition is true; None skips everything directly downstream.

    :raises AirflowFailException: a condition is neither True nor False, or an id isn't directly downstream: a retry
        would not help. Conditions behind the first true one are not looked at.
    """

    ui_color = "#eeeeee"
    template_fields: Sequence[str] = ("choices",)
    template_fields_renderers: ClassVar[dict[str, str]] = {"choices": "py"}

    def __init__(
        self,
        *,
        choices: Sequence[tuple[bool | str | XComArg, Follow]],
        default: Follow | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if found := [*_problems(choices), *_follow_problems("default", default, optional=True)]:
            raise ValueError("\n".join(f"{self._who}: {sentence}" for sentence in found))
        self.choices = [(condition, _ids(follow)) for condition, follow in choices]
        self.default = _ids(default)
        # `choices` is rendered when the task runs: messages quote the template, and an id is no template.
        self._written = tuple(self.choices)

    def choose_branch(self, context: Context) -> str | list[str] | None:
        """What to follow: the ids of the first choice whose condition is true, or the default's.

        :raises AirflowFailException: see the class.
        """
        stop_if_skipped(self, context["ti"])
        self._check_followed(context)
        ids = list(self._first_true())
        followed = ids[0] if len(ids) == 1 else ids or None
        if self.do_xcom_push and followed is not None:
            # Where a task is skipped Airflow ends the operator by an exception, and leaves the return value out.
            context["ti"].xcom_push(key="return_value", value=followed)
        return followed

    @staticmethod
    def _set_state_to_skipped(tasks: Sequence[str | tuple[str, int]], map_index: int | None) -> None:  # noqa: ARG004
        """Skip now, also in a mapped task group: there Airflow 3.3 leaves it to the scheduler, which overlooks it.

        Source: https://github.com/apache/airflow/issues/67265. Items that are known at run time only have no instances
        yet that could be skipped: see `operators/skipped.py`.
        """
        if tasks:
            raise DownstreamTasksSkipped(tasks=tasks)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped

    @property
    def _who(self) -> str:
        return f"{type(self).__name__} {self.task_id!r}"

    def _first_true(self) -> tuple[str, ...]:
        for number, ((rendered, _), (template, follow)) in enumerate(
            zip(self.choices, self._written, strict=True), start=1
        ):
            try:
                holds = as_bool("", rendered)
            except ValueError:
                raise AirflowFailException(
                    f"{self._who}: condition {number} of {len(self._written)} must render to True or False, but "
                    f"{_quoted(template)} gave {rendered!r}; write one comparison, such as {{{{ params.n > 1 }}}}"
                ) from None
            if holds:
                self.log.info("Condition %d of %d is true: %s", number, len(self._written), _quoted(template))
                return follow
        self.log.info("No condition is true: following the default, %s", ", ".join(self.default) or "nothing")
        return self.default

    def _check_followed(self, context: Context) -> None:
        """Every id that may be followed is directly downstream: Airflow would skip the others without a word."""
        task: Any = context["task"]
        groups: Mapping[str, Any] = task.dag.task_group_dict
        named = dict.fromkeys([*(each for _, follow in self._written for each in follow), *self.default])
        wrong = []
        for each in named:
            first = {root.task_id for root in groups[each].roots} if each in groups else {each}
            if not first or not first <= task.downstream_task_ids:
                wrong.append(each)
        if wrong:
            raise AirflowFailException(
                f"{self._who} may follow {', '.join(map(repr, wrong))}, which is not directly downstream of it (there: "
                f"{', '.join(map(repr, sorted(task.downstream_task_ids))) or 'no task'}). Give the id in full, as "
                f"'group.task', and the edge: {self.task_id} >> …"
            )


def _ids(follow: Follow | None) -> tuple[str, ...]:
    return () if follow is None else (follow,) if isinstance(follow, str) else tuple(follow)


def _quoted(template: object) -> str:
    return template if isinstance(template, str) else repr(template)


def _problems(choices: Any) -> Iterator[str]:
    """What is wrong with the choices as the DAG gives them, one sentence each."""
    if isinstance(choices, str | Mapping) or not isinstance(choices, Sequence):
        yield f"choices must be a list of (condition, follow) pairs, not {type(choices).__name__}: {choices!r}"
        return
    if not choices:
        yield "choices is empty; give at least one (condition, follow) pair"
    for number, pair in enumerate(choices):
        where = f"choices[{number}]"
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            yield f"{where} must be a (condition, follow) pair, not {pair!r}"
            continue
        condition, follow = pair
        yield from _condition_problems(where, condition)
        yield from _follow_problems(f"{where} follow", follow)


def _condition_problems(where: str, condition: Any) -> Iterator[str]:
    if isinstance(condition, XComArg):
        return
    if not isinstance(condition, str | bool):
        yield f"{where} condition must be a template or a boolean, not {type(condition).__name__}: {condition!r}"
    elif isinstance(condition, str) and is_literal(condition):
        try:
            as_bool("", condition)
        except ValueError:
            yield f"{where} condition {condition!r} is no template; write an expression: '{{{{ params.n > 1 }}}}'"


def _follow_problems(where: str, follow: Any, *, optional: bool = False) -> Iterator[str]:
    if follow is None and optional:
        return
    if not isinstance(follow, str | list | tuple):
        yield f"{where} must be a task id, a task-group id or a list of them, not {type(follow).__name__}: {follow!r}"
    elif not follow:
        yield f"{where} is empty; give the id of a task or task group directly downstream" + (
            ", or leave it out to skip everything" if optional else ""
        )
    elif wrong := [each for each in follow if not isinstance(each, str) or not each]:
        yield f"{where} must hold ids as text, not {', '.join(map(repr, wrong))}"
