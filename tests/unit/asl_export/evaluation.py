"""Templates rendered as Airflow does, and evaluated as a state machine does, in both query languages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow.sdk.definitions._internal.templater import create_template_env
from airflow.sdk.execution_time import macros

from asl_export.asl.dialects import CannotSayError
from asl_export.asl.dialects.jsonata import Jsonata
from asl_export.asl.dialects.jsonpath import JsonPath
from asl_export.asl.places import Places
from asl_export.frontend.templates import Scope, condition_of, read_template
from asl_export.ir.graph import ParamSpec
from asl_export.ir.values import (
    RETURN_VALUE,
    Format,
    Kind,
    Reference,
    Root,
    TaskOutput,
    TaskResult,
    Value,
    kind_of,
    replace_values,
    walk,
)
from local_aws.stepfunctions.errors import StatesError
from local_aws.stepfunctions.language.choice import rule_applies
from local_aws.stepfunctions.language.intrinsics import evaluate_intrinsic, is_intrinsic
from local_aws.stepfunctions.language.jsonata import evaluate, to_jsonata
from local_aws.stepfunctions.language.paths import select
from local_aws.stepfunctions.language.scope import Scope as StateScope

NODE_MODULES = Path(__file__).parents[2] / "node_modules"
AIRFLOW = create_template_env()


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Stands for the text that isn't there: the rendering or the state failed."""

    why: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A template, the types of its params and what the run was started with; `results` are XComs by task and key."""

    template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    conf: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, TaskResult] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        names = dict.fromkeys([*self.params, *self.types])
        specs = {
            name: ParamSpec(
                name=name, required=False, default=None, schema={"type": self.types[name]} if name in self.types else {}
            )
            for name in names
        }
        return Scope(dag_id="d", task_id="t", params=specs, outputs=self.outputs, upstream=frozenset(self.outputs))

    @property
    def places(self) -> Places:
        return Places(
            merged=True,
            dated=False,
            declared=frozenset(self.types),
        )

    def placed(self, value: Value) -> Value:
        """The value with what it reads in its place: a task's result in the variable of its name."""
        placed: Value = replace_values(value, self._place)
        return placed

    def _place(self, value: Value) -> Value:
        match value:
            case TaskOutput(task=task, key=key, path=path, kind=kind, source=source):
                rest = path if key == RETURN_VALUE else (key, *path)
                place = (f"job_{task}", *rest)
                return Reference(root=Root.VARIABLE, path=place, kind=kind, source=source, certain=not rest)
            case _:
                return self.places.reference(value)

    @property
    def variables(self) -> dict[str, Any]:
        return {"params": dict(self.params), **{f"job_{task}": value for task, value in self.results.items()}}

    def jinja(self) -> str | Failed:
        """What Airflow renders."""
        context = {
            "params": dict(self.params),
            "dag_run": {"conf": dict(self.conf)},
            "macros": macros,
            "ti": _TaskInstance(self),
            "task_instance": _TaskInstance(self),
        }
        try:
            return AIRFLOW.from_string(self.template).render(context)
        except Exception as error:
            return Failed(why=f"{type(error).__name__}: {error}")

    def jsonata(self) -> Any:
        """What the local Step Functions makes of the field in JSONata."""
        return run_jsonata(self.jsonata_field(), self.variables, self.conf)

    def jsonata_field(self) -> Any:
        return Jsonata().document(self.placed(read_template(self.template, self.scope)))

    def jsonpath(self) -> Any:
        """What the local Step Functions makes of the field in JSONPath.

        :raises CannotSayError: where JSONPath has no words for it.
        """
        document = JsonPath().document({"x": self.placed(read_template(self.template, self.scope))})
        if "x" in document:
            return document["x"]
        return run_jsonpath(document["x.$"], self.variables, self.conf)

    @property
    def has_untyped_text(self) -> bool:
        """Whether a value of unknown type is written as text: the export warns of it in JSONPath."""
        value = read_template(self.template, self.scope)
        texts = [part for inner in walk(value) if isinstance(inner, Format) for part in inner.parts]
        return any(kind_of(part) in (Kind.ANY, Kind.NUMBER) for part in texts)

    def condition(self) -> dict[str, Any]:
        """The condition's value in Python, and what a Choice makes of it in each query language."""
        value = self.placed(condition_of(self.template, self.scope))
        code = Jsonata().rule(value)["Condition"]
        found = {"jinja": self.jinja(), "jsonata": run_jsonata(code, self.variables, self.conf)}
        try:
            test = JsonPath().rule(value)
        except CannotSayError:
            return found
        return {**found, "jsonpath": _applies(test, _scope(self.variables, self.conf))}


class _TaskInstance:
    """What a template sees of its task instance."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.dag_id, self.task_id, self.map_index, self.run_id = "d", "t", -1, "run"

    def xcom_pull(self, task_ids: Any = None, dag_id: str | None = None, key: str = "return_value", **_: Any) -> Any:
        """As TaskInstance.xcom_pull of Airflow's task SDK, without its calls to the server."""
        found: list[Any] = []
        for task in [task_ids] if isinstance(task_ids, str) else task_ids:
            values = self._values(task, key)
            found.extend(values or [None])
        return found[0] if isinstance(task_ids, str) and len(found) == 1 else found

    def _values(self, task: str, key: str) -> list[Any]:
        value, known = self._case.results[task], self._case.outputs[task]
        each = value if known.mapped else [value]
        if known.json_text:
            each = [json.dumps(one) for one in each]
        return each if key == "return_value" else [one[key] for one in each]


def run_jsonata(written: Any, variables: Mapping[str, Any], conf: Mapping[str, Any]) -> Any:
    """The value of a field in JSONata."""
    match written:
        case str() if written.startswith("{%") and written.endswith("%}"):
            assert "%}" not in written[2:-2]
            states = to_jsonata({"context": _context(conf), "input": {}})
            bound = {**{name: to_jsonata(value) for name, value in variables.items()}, "states": states}
            try:
                return evaluate(written[2:-2].strip(), bound, field="x")
            except StatesError as error:
                return Failed(why=str(error))
        case list():
            return [run_jsonata(item, variables, conf) for item in written]
        case dict():
            return {name: run_jsonata(item, variables, conf) for name, item in written.items()}
        case _:
            return written


def run_jsonpath(code: str, variables: Mapping[str, Any], conf: Mapping[str, Any]) -> Any:
    """The value of a path or intrinsic function."""
    scope = _scope(variables, conf)

    def look_up(path: str) -> Any:
        return select(path, scope, {}, field="x")

    try:
        return evaluate_intrinsic(code, look_up) if is_intrinsic(code) else look_up(code)
    except StatesError as error:
        return Failed(why=str(error))


def _applies(test: Mapping[str, Any], scope: StateScope) -> Any:
    try:
        return rule_applies(test, scope)
    except StatesError as error:
        return Failed(why=str(error))


def _context(conf: Mapping[str, Any]) -> dict[str, Any]:
    return {"Execution": {"Input": dict(conf), "Name": "run", "StartTime": "2026-03-09T23:14:13.192Z"}}


def _scope(variables: Mapping[str, Any], conf: Mapping[str, Any]) -> StateScope:
    return StateScope(input={}, context=_context(conf), variables=dict(variables))


# A line in, a line out. `$parse` is Step Functions' own.
_NODE = """
const jsonata = require(process.argv[1]);
const lines = require('readline').createInterface({input: process.stdin});
(async () => {
  for await (const line of lines) {
    const {code, variables} = JSON.parse(line);
    let found;
    try {
      const expression = jsonata(code);
      expression.assign('parse', (text) => JSON.parse(text));
      const value = await expression.evaluate(undefined, variables);
      found = value === undefined ? {failed: 'undefined'} : {value};
    } catch (error) { found = {failed: String(error.message)}; }
    console.log(JSON.stringify(found));
  }
})();
"""


class Original:
    """The JSONata that all others follow, in a Node process of its own until `close`."""

    def __init__(self) -> None:
        self._node = subprocess.Popen(
            ["node", "-e", _NODE, str(NODE_MODULES / "jsonata")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def value(self, code: str, variables: Mapping[str, Any]) -> Any:
        """The value of an expression with its variables."""
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps({"code": code, "variables": variables}) + "\n")
        self._node.stdin.flush()
        found = json.loads(self._node.stdout.readline())
        return found["value"] if "value" in found else Failed(why=found["failed"])

    def close(self) -> None:
        """End the process."""
        assert self._node.stdin
        self._node.stdin.close()
        self._node.wait(timeout=30)
