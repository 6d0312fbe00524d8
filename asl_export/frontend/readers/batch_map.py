"""`BatchMapOperator`: a distributed Map over the items, or over the array jobs that a planner job makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airstep.items import DELIMITERS, parts
from airstep.maps.json_text import json_text
from airstep.maps.requests import ITEMS_VARIABLE, PLANNER, RETRIES, array_request, work_of
from airstep.maps.sizes import ShardSize
from airstep.spec import JobSpec, submit_job_request
from asl_export.diagnostics import Code
from asl_export.frontend.readers.batch import OWN_SETTINGS, read_request, without_slashes
from asl_export.frontend.readers.field_names import with_capitals
from asl_export.frontend.readers.map_leaves import as_document, doubled, each_leaf, names_item, parts_of
from asl_export.frontend.readers.reading import BatchMapReading
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.settings import HONOURED, Setting
from asl_export.frontend.template_scope import Scope
from asl_export.ir.graph import ItemReader
from asl_export.ir.s3 import s3_place
from asl_export.ir.values import (
    VALUE_TYPES,
    Call,
    Context,
    Document,
    Format,
    Function,
    Item,
    Kind,
    Literal,
    Moment,
    TaskResult,
    Value,
    format_text,
    value_of,
)

_OWN = ("items", "results", "strategy", "items_per_child", "max_concurrency", "runner")
_LIMITS = ("tolerated_failure_percentage", "tolerated_failure_count")
_PLANNER = ("planner_job_definition", "planner_job_queue")
_NOT_OF_MAPS = (
    "job_id", "arn", "waiters", "max_retries", "status_retries", "region", "aws_hook_class", "result",
    "wait_for_completion", "awslogs_enabled", "awslogs_fetch_interval", "array_properties", "depends_on",
    "container_overrides", "ecs_properties_override", "eks_properties_override", "node_overrides",
)  # fmt: skip

BATCH_MAP_SETTINGS: Mapping[str, Setting] = {
    **{name: setting for name, setting in OWN_SETTINGS.items() if name not in _NOT_OF_MAPS},
    **dict.fromkeys((*_OWN, *_LIMITS, *_PLANNER), HONOURED),
}

_OF_OBJECTS = {
    "Key": Kind.TEXT,
    "Etag": Kind.TEXT,
    "StorageClass": Kind.TEXT,
    "Size": Kind.INTEGER,
    "LastModified": Kind.INTEGER,
}
_LIST_OBJECTS = "arn:aws:states:::s3:listObjectsV2"
_GET_OBJECT = "arn:aws:states:::s3:getObject"


def map_result(attributes: Mapping[str, Any]) -> TaskResult:
    """What others may read of a map: the manifest, and of one by array jobs the counts."""
    if attributes.get("strategy") == "array":
        return TaskResult(kind=Kind.ANY, keys=None)
    return TaskResult(kind=Kind.OBJECT, keys={"manifest": Kind.TEXT})


def read_batch_map(attributes: Mapping[str, Document], scope: Scope) -> BatchMapReading:
    """The map of an operator's attributes, already read as documents.

    :raises RefusalError: for what a machine can't do.
    :raises ValueError: for a job that is wrong.
    """
    if scope.map_index is not None or scope.in_dynamic_map:
        raise RefusalError(
            Code.MAPPING,
            "a BatchMapOperator that is mapped, or in a mapped task group, can't be exported",
            why="its Map would lie in another, and the results of all would have one place",
            fix="put all items into one map",
        )
    of_job = {name: value for name, value in attributes.items() if name in OWN_SETTINGS}
    reading = _Reading(attributes=attributes, scope=scope, request=read_request(of_job))
    return reading.by_arrays() if reading.known("strategy") == "array" else reading.by_jobs()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The attributes of a map and the request of an item's job, its fields unfilled."""

    attributes: Mapping[str, Document]
    scope: Scope
    request: Mapping[str, Any]

    def known(self, name: str) -> Any:
        """The value of an attribute that is no template."""
        value = self.attributes.get(name)
        return value.value if isinstance(value, Literal) else None

    @property
    def limits(self) -> dict[str, Any]:
        """How many items of a Map may fail."""
        percentage = self.known("tolerated_failure_percentage")
        if percentage is not None and percentage != int(percentage):
            raise RefusalError(
                Code.UNSUPPORTED_SETTING,
                f"tolerated_failure_percentage={percentage:g} can't be exported with strategy='jobs'",
                why="a Map's ToleratedFailurePercentage is a whole number",
                fix="give a whole percentage or tolerated_failure_count, or use strategy='array'",
                field="tolerated_failure_percentage",
            )
        return {
            "tolerated_percentage": None if percentage is None else int(percentage),
            "tolerated_count": self.known("tolerated_failure_count"),
        }

    @property
    def array_size(self) -> ShardSize:
        """How the items are cut into array jobs."""
        return ShardSize.of(is_array=True, max_concurrency=self.known("max_concurrency"))

    @property
    def numbers(self) -> dict[str, Any]:
        """How many items there may be, and how many an array job has."""
        match self.attributes.get("items"):
            case {"S3Objects": source} | {"S3JsonLines": source} | {"S3Csv": source}:
                most = source.get("max_items")
            case _:
                most = None
        return {
            "most_items": int(most.value) if isinstance(most, Literal) else None,
            "items_per_array_job": self.array_size.children * (self.known("items_per_child") or 1),
        }

    # -- a job an item ---------------------------------------------------------------------------------------------

    def by_jobs(self) -> BatchMapReading:
        """A Map over the items."""
        reader = self.item_reader()
        return BatchMapReading(
            job=with_capitals(each_leaf(self.request, self.of_item)),
            items=None if reader else self.listed(),
            reader=reader,
            max_concurrency=self.known("max_concurrency") or 0,
            results=self.text(*without_slashes(self.results), *self.own_path),
            **self.limits,
            **self.numbers,
        )

    def of_item(self, leaf: Value) -> Value:
        """A leaf of the request with the item's fields as values."""
        pieces = [piece for part in parts_of(leaf) for piece in self.pieces(part)]
        return format_text(pieces) if names_item(leaf) else leaf

    def pieces(self, part: Value) -> list[Value]:
        """A part of a text: what is written out, and texts of the item's fields."""
        if not isinstance(part, Literal):
            return [part]
        return [
            Literal(value=found) if isinstance(found, str) else self.field(found) for found in parts(str(part.value))
        ]

    def field(self, path: tuple[str, ...]) -> Value:
        """The text of a field of the item."""
        kind = Kind.ANY
        match self.attributes.get("items"), path:
            case {"S3Objects": _}, (name,):
                kind = _OF_OBJECTS.get(name, Kind.ANY)
            case {"S3Csv": _}, (_,):
                kind = Kind.TEXT
        found = Item(map=self.scope.task_id, path=path, kind=kind)
        return found if kind is Kind.TEXT else Call(function=Function.BATCH_TEXT, arguments=(found,), kind=Kind.TEXT)

    def item_reader(self) -> ItemReader | None:
        """Where Step Functions reads the items itself; None for a list."""
        match self.attributes.get("items"):
            case {"S3Objects": source}:
                if source.get("suffix") not in (None, Literal(value="")):
                    raise _items_refused(
                        "the suffix of S3Objects", why="a Map reads all objects under a prefix", fix="choose a prefix"
                    )
                arguments = {"Bucket": source["bucket"], "Prefix": source.get("prefix", Literal(value=""))}
                return ItemReader(resource=_LIST_OBJECTS, arguments=arguments, config=self.most(source))
            case {"S3JsonLines": source}:
                config = {"InputType": "JSONL", **self.most(source)}
                return ItemReader(resource=_GET_OBJECT, arguments=s3_place(source["uri"]), config=config)
            case {"S3Csv": source}:
                config = {"InputType": "CSV", **_csv_config(source), **self.most(source)}
                return ItemReader(resource=_GET_OBJECT, arguments=s3_place(source["uri"]), config=config)
            case _:
                return None

    def most(self, source: Mapping[str, Document]) -> Mapping[str, int]:
        """MaxItems of a ReaderConfig."""
        match source.get("max_items"):
            case None:
                return {}
            case Literal(value=value):
                return {"MaxItems": int(value)}
            case _:
                raise _items_refused("a template in max_items", why="the Map is written with it", fix="write a number")

    def listed(self) -> Document:
        """Items that are a list, or the result of a task."""
        items = self.attributes.get("items")
        if isinstance(items, list) or (isinstance(items, VALUE_TYPES) and not isinstance(items, Literal | Format)):
            return items
        raise RefusalError(
            Code.MAPPING,
            "a template that gives the items can't be exported",
            why="it gives a text, and Airflow doesn't take that for a list either",
            fix="give the result itself, as in items=task.output, or name the items' place in S3",
            field="items",
        )

    # -- array jobs ------------------------------------------------------------------------------------------------

    def by_arrays(self) -> BatchMapReading:
        """A Map over the array jobs, between the job that plans them and the one that says what became of all."""
        if self.attributes.get("planner_job_definition") is None:
            raise RefusalError(
                Code.INVALID_VALUE,
                "planner_job_definition is missing",
                why="in Airflow the task itself plans the array jobs; the exported machine lets a job do it",
                fix="name a job definition with the image of containers/item_runner, or use strategy='jobs'",
                field="planner_job_definition",
            )
        size = self.array_size
        runner = [str(word.value) for word in _list(self.attributes.get("runner"))]
        for_arrays = array_request(self.request, runner=runner, text=self.for_runner, names_item=names_item)
        single = self.with_items(for_arrays)
        array = {**single, "arrayProperties": {"size": self.of_shard("children", Kind.INTEGER)}}
        shards = self.text(*self.run, "/1/shards.json")
        return BatchMapReading(
            job=with_capitals(as_document(array)),
            single=with_capitals(as_document(single)),
            items=items if isinstance(items := self.attributes.get("items"), list) else None,
            reader=ItemReader(resource=_GET_OBJECT, arguments=s3_place(shards), config={"InputType": "JSON"}),
            max_concurrency=size.at_once or 0,
            plan=self.step("plan", [*self.planning(size.children), "--", *work_of(self.request)]),
            finish=self.step("finish", self.finishing()),
            summary=self.text(*self.run, "/summary.json"),
            **self.numbers,
        )

    def for_runner(self, leaf: Any) -> Value:
        """A leaf as `airstep-item` reads it: what the run puts in has its braces doubled too."""
        return format_text([doubled(part) for part in parts_of(leaf)])

    def with_items(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The request that names its shard."""
        overrides = dict(request.get("containerOverrides") or {})
        variable = {"name": ITEMS_VARIABLE, "value": self.of_shard("uri", Kind.TEXT)}
        overrides["environment"] = [*overrides.get("environment", ()), variable]
        return {**request, "containerOverrides": overrides}

    def of_shard(self, name: str, kind: Kind) -> Value:
        """A field of the shard that an array job is for."""
        return Item(map=self.scope.task_id, path=(name,), kind=kind)

    def step(self, name: str, words: list[Any]) -> Mapping[str, Document]:
        """The request of the job that plans or finishes."""
        queue = self.attributes.get("planner_job_queue")
        spec = JobSpec(
            job_name=self.text(self.request["jobName"], f"-{name}"),
            job_queue=self.request["jobQueue"] if queue is None else queue,
            job_definition=self.attributes["planner_job_definition"],
            command=[*PLANNER, name, *_option("base", self.text(*self.base)), *_option("run-id", _RUN_ID), *words],
            retry_strategy=RETRIES,
        )
        request: Mapping[str, Document] = with_capitals(as_document(submit_job_request(spec, text=lambda leaf: leaf)))
        return request

    def planning(self, children: int) -> list[Any]:
        """The planner's words for the items and how they are cut."""
        words: list[Any] = _option("children", children)
        if (together := self.known("items_per_child")) not in (None, 1):
            words += _option("items-per-child", together)
        match self.attributes.get("items"):
            case {"S3Objects": source}:
                words += [*_option("s3-objects", source["bucket"]), *_options(source, ("prefix", "suffix"))]
            case {"S3JsonLines": source}:
                words += _option("s3-json-lines", source["uri"])
            case {"S3Csv": source}:
                headers = [word for header in _list(source.get("headers")) for word in _option("header", header)]
                words += [*_option("s3-csv", source["uri"]), *_options(source, ("delimiter",)), *headers]
            case _:
                return [*words, *_option("list", _json_text(self.listed()))]
        return [*words, *_options(source, ("max_items",))]

    def finishing(self) -> list[Any]:
        """The words that say how many items may fail."""
        given = (
            ("tolerated-percentage", self.known("tolerated_failure_percentage")),
            ("tolerated-count", self.known("tolerated_failure_count")),
        )
        return [word for name, value in given if value is not None for word in _option(name, value)]

    # -- places ----------------------------------------------------------------------------------------------------

    @property
    def results(self) -> Value:
        """The prefix of all."""
        found: Value = self.attributes["results"]
        return found

    @property
    def own_path(self) -> list[Value]:
        """What stands behind the prefix for this task."""
        return [Literal(value=f"/{self.scope.dag_id}/{self.scope.task_id}")]

    @property
    def base(self) -> list[Value]:
        """Where the map lies."""
        return [*without_slashes(self.results), *self.own_path]

    @property
    def run(self) -> list[Value]:
        """Where its run lies."""
        return [*self.base, Literal(value="/runs/"), _RUN_ID]

    def text(self, *found: Any) -> Value:
        """The text made of parts."""
        flat = [piece for part in found for piece in parts_of(part)]
        return format_text(flat)


_RUN_ID = Context(moment=Moment.RUN_ID)


def _list(document: Document) -> list[Any]:
    return document if isinstance(document, list) else []


def _options(source: Mapping[str, Document], names: tuple[str, ...]) -> list[Value]:
    return [
        word
        for name in names
        if (value := source.get(name)) not in (None, Literal(value=""))
        for word in _option(name.replace("_", "-"), value)
    ]


def _option(name: str, value: Any) -> list[Value]:
    """The word of an option: one, as a value that starts with a hyphen would be taken for another option."""
    return [format_text([Literal(value=f"--{name}="), *parts_of(value)])]


def _json_text(items: Document) -> Value:
    """The JSON text of a list."""
    found = value_of(items)
    if isinstance(found, Literal):
        return Literal(value=json_text(found.value))
    return Call(function=Function.TO_JSON, arguments=(found,), kind=Kind.TEXT)


def _csv_config(source: Mapping[str, Document]) -> dict[str, Any]:
    headers, delimiter = _list(source.get("headers")), source.get("delimiter")
    known = [value.value for value in (*headers, delimiter) if isinstance(value, Literal)]
    if len(known) != len(headers) + 1:
        raise _items_refused(
            "a template in the headers or the delimiter of S3Csv", why="the Map is written with them", fix="write them"
        )
    config: dict[str, Any] = {"CSVHeaderLocation": "GIVEN" if headers else "FIRST_ROW"}
    if headers:
        config["CSVHeaders"] = known[:-1]
    if known[-1] != ",":
        config["CSVDelimiter"] = DELIMITERS[known[-1]]
    return config


def _items_refused(what: str, *, why: str, fix: str) -> RefusalError:
    return RefusalError(
        Code.MAPPING, f"{what} can't be exported", why=why, fix=f"{fix}, or use strategy='array'", field="items"
    )
