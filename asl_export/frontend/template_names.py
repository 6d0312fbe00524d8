"""Names of a template with their attributes and subscripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jinja2 import nodes

from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.template_scope import Expressions
from asl_export.frontend.template_words import (
    DATE_PARTS,
    DATES,
    MAPPING_METHODS,
    NAMES,
    RUN_ID,
    SCALARS,
    SCHEMA_KINDS,
)
from asl_export.ir.graph import ParamSpec
from asl_export.ir.values import (
    Call,
    Context,
    Function,
    Input,
    Key,
    Kind,
    Literal,
    Moment,
    Origin,
    TaskOutput,
    Value,
    kind_of,
)

_RUN = ("ti", "task_instance", "dag_run")
_TASK = ("ti", "task_instance", "task")


def read_name(reader: Expressions, node: nodes.Node) -> Value:
    """What a name, or another value, with attributes and subscripts stands for."""
    root, steps = path_of(reader, node)
    keys = [key for key, _ in steps]
    if not isinstance(root, nodes.Name):
        value = reader.called(root) if isinstance(root, nodes.Call) else reader.value(root)
        return part_of(reader, node, value, keys)
    match root.name, keys:
        case "params", [str() as name, *_]:
            _no_methods(reader, node, steps)
            return _param(reader, node, name, keys)
        case "dag_run", ["conf", _, *_]:
            _no_methods(reader, node, steps[1:])
            no_date(reader, node, keys[1], "dag_run.conf")
            return Input(origin=Origin.CONF, path=tuple(keys[1:]), source=source_text(node))
        case name, ["run_id"] if name in _RUN:
            return RUN_ID
        case "dag_run", [str() as date, *rest] if date in DATES:
            return _date(reader, node, DATES[date], rest)
        case (("ti" | "task_instance"), ["map_index"]):
            return _map_index(reader)
        case name, ["dag_id"] if name in ("dag", *_RUN):
            return Literal(value=reader.scope.dag_id)
        case name, ["task_id"] if name in _TASK:
            return Literal(value=reader.scope.task_id)
        case (("var" | "conn"), _):
            raise reader.refuse(
                node,
                f"{source_text(node)}: Airflow's variables and connections aren't known to the exported machine",
                why="it runs without Airflow and its database",
                fix="make it a Param of the DAG; for a secret, name it under `secrets` in the job definition",
            )
        case name, rest if name in DATES:
            return _date(reader, node, DATES[name], rest)
        case name, [] if name in NAMES:
            return NAMES[name]
        case _:
            raise reader.refuse(node, source_text(node))


def path_of(reader: Expressions, node: nodes.Node) -> tuple[nodes.Node, list[tuple[Key, bool]]]:
    """What `a.b["c"][0]` starts with, and the keys, each with whether it is written as an attribute."""
    steps: list[tuple[Key, bool]] = []
    while True:
        match node:
            case nodes.Getattr(node=inner, attr=attribute):
                steps.append((attribute, True))
            case nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as key)) if not isinstance(key, bool):
                steps.append((key, False))
            case nodes.Getitem(node=inner, arg=nodes.Neg(node=nodes.Const(value=int() as key))):
                steps.append((-key, False))
            case nodes.Getitem(arg=nodes.Slice()):
                raise reader.refuse(node, "a slice")
            case nodes.Getitem():
                raise reader.refuse(
                    node,
                    "a subscript that is worked out in the run can't be evaluated by a state machine",
                    why="a place in a state machine is fixed",
                    fix="write the key or position as a constant",
                )
            case _:
                return node, steps[::-1]
        node = inner


def part_of(reader: Expressions, node: nodes.Node, value: Value, keys: Sequence[Key]) -> Value:
    """A part of a value that isn't a plain name."""
    if keys and kind_of(value) in SCALARS:
        raise reader.refuse(node, f"a part of {article(kind_of(value))}")
    if isinstance(value, TaskOutput) and keys:
        parts = _parts(reader, value)
        if parts and keys[0] not in parts:
            raise _not_kept(reader, node, f"{value.source}{path_text(keys[:1])}", parts)
        kind = parts[str(keys[0])] if parts else Kind.ANY
        if len(keys) > 1 and kind in SCALARS:
            raise reader.refuse(node, f"a part of {article(kind)}")
        path, source = (*value.path, *keys), value.source + path_text(keys)
        return replace(value, path=path, kind=kind if len(keys) == 1 else Kind.ANY, source=source)
    for key in keys:
        if isinstance(value, Call) and value.function is Function.PULLED:
            raise reader.refuse(
                node,
                "a part of all values of a mapped task",
                why="of a single item xcom_pull gives the value itself, not a list of one",
                fix="name the task in a list: xcom_pull(task_ids=['…'])[0]",
            )
        value = Call(function=Function.PART, arguments=(value, Literal(value=key)), kind=Kind.ANY)
    return value


def whole(reader: Expressions, node: nodes.Node, value: Value) -> Value:
    """A value of which no part is taken; one that the machine keeps in parts only is refused."""
    if isinstance(value, TaskOutput) and (parts := _parts(reader, value)):
        raise _not_kept(reader, node, f"the whole of {value.source}", parts)
    return value


def _parts(reader: Expressions, value: TaskOutput) -> Mapping[str, Kind]:
    """The parts of a result that the machine keeps, where it doesn't keep all of it."""
    known = reader.scope.outputs.get(value.task)
    return known.parts.get(value.key, {}) if known is not None and not value.path else {}


def _not_kept(reader: Expressions, node: nodes.Node, what: str, parts: Mapping[str, Kind]) -> RefusalError:
    why = "what it keeps of that is " + ", ".join(parts)
    return reader.refuse(node, f"{what} isn't known to the exported machine", why=why, fix="read one of those")


def source_text(node: nodes.Node) -> str:
    """A name with its keys as a person would write it."""
    match node:
        case nodes.Name(name=name):
            return name
        case nodes.Getattr(node=inner, attr=attribute):
            return f"{source_text(inner)}.{attribute}"
        case nodes.Getitem(node=inner, arg=nodes.Const(value=key)):
            return f"{source_text(inner)}{path_text([key])}"
        case nodes.Getitem(node=inner):
            return f"{source_text(inner)}[…]"
        case nodes.Call(node=inner):
            return f"{source_text(inner)}(…)"
        case _:
            return "an expression"


def path_text(keys: Sequence[Key]) -> str:
    """Keys as a person would write them."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)


def article(kind: Kind) -> str:
    """A kind in a sentence."""
    if kind is Kind.ANY:
        return "a value of an unknown type"
    return f"{'an' if kind is Kind.INTEGER else 'a'} {kind}"


def _param(reader: Expressions, node: nodes.Node, name: str, path: Sequence[Key]) -> Value:
    """A param, with its kind from the schema."""
    spec = reader.scope.params.get(name)
    if spec is None:
        no_date(reader, node, name, "params")
    kind = SCHEMA_KINDS.get(str(spec.schema.get("type")), Kind.ANY) if spec is not None else Kind.ANY
    if len(path) > 1:
        if kind in SCALARS:
            raise reader.refuse(node, f"a part of {article(kind)}, {source_text(node)},")
        kind = Kind.ANY
    return Input(
        origin=Origin.PARAMS,
        path=tuple(path),
        kind=kind,
        source="params" + path_text(path),
        floating=spec is not None and kind is Kind.ANY and _may_be_float(spec, path[1:]),
    )


def _may_be_float(spec: ParamSpec, path: Sequence[Key]) -> bool:
    """Whether a param without a single type, or a part of a param, may be a float: its schema or default says so."""
    types = spec.schema.get("type")
    if not path and types is not None:
        return "number" in types
    value = spec.default
    for key in path:
        match value, key:
            case Mapping(), _ if key in value:
                value = value[key]
            case list() | tuple(), int() if -len(value) <= key < len(value):
                value = value[key]
            case _:
                return False
    return isinstance(value, float)


def no_date(reader: Expressions, node: nodes.Node, name: Key, holder: str) -> None:
    """Refuse a part of the execution's input whose name is the run's own date there, and isn't in Airflow."""
    if name in DATES:
        raise reader.refuse(
            node,
            f"{name!r} of {holder} isn't known to the exported machine",
            why="in the execution's input that name is the run's own date",
            fix=f"read the date as {{{{ {name} }}}}, or give what is read another name",
        )


def _date(reader: Expressions, node: nodes.Node, date: Value, rest: Sequence[Key]) -> Value:
    """A date, or a number of it such as its year."""
    match date, rest:
        case _, []:
            return date
        case Call(arguments=[moment]), [str() as part] if part in DATE_PARTS:
            form = (moment, Literal(value=DATE_PARTS[part]))
            text = Call(function=Function.FORMAT_DATE, arguments=form, kind=Kind.TEXT)
            return Call(function=Function.INT, arguments=(text,), kind=Kind.INTEGER)
        case _:
            raise reader.refuse(node, source_text(node))


def _map_index(reader: Expressions) -> Value:
    if reader.scope.map_index is None and reader.scope.in_dynamic_map:
        return Context(moment=Moment.MAP_INDEX)
    return Literal(value=-1 if reader.scope.map_index is None else reader.scope.map_index)


def _no_methods(reader: Expressions, node: nodes.Node, steps: Sequence[tuple[Key, bool]]) -> None:
    """Refuse an attribute that Jinja takes for a mapping's method and not for its key."""
    for key, attribute in steps:
        if attribute and key in MAPPING_METHODS:
            raise reader.refuse(
                node,
                f"{source_text(node)} is the method {key!r} of a mapping",
                why="Jinja looks for an attribute before it looks for a key",
                fix=f"write [{str(key)!r}] for the key of that name",
            )
