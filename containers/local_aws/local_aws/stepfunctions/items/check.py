"""What can be seen wrong in a Map state's own fields before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.stepfunctions.errors import Problem
from local_aws.stepfunctions.items.readers import CSV_DELIMITERS, GET_OBJECT, INPUT_TYPES, LIST_OBJECTS
from local_aws.stepfunctions.items.writer import OUTPUT_TYPES, PUT_OBJECT, TRANSFORMATIONS

Fault = tuple[str, str]

_DISTRIBUTED_ONLY = (
    "ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailureCountPath",
    "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
)  # fmt: skip
_READER_CONFIG = (
    "InputType", "MaxItems", "MaxItemsPath", "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter", "ItemsPointer",
)  # fmt: skip


def map_problems(state: Mapping[str, Any], where: str) -> list[Problem]:
    """Every fault of ProcessorConfig, ItemReader, ItemBatcher, ResultWriter and the fields of distributed Maps.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    """
    faults = _faults(state, where)
    return [Problem(code="SCHEMA_VALIDATION_FAILED", message=message, location=place) for message, place in faults]


def _faults(state: Mapping[str, Any], where: str) -> Iterator[Fault]:
    name = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
    processor = state.get(name)
    config = processor.get("ProcessorConfig", {}) if isinstance(processor, dict) else {}
    config_at = f"{where}/{name}/ProcessorConfig"
    if not isinstance(config, dict):
        return
    yield from _unknown(config, ("Mode", "ExecutionType"), config_at)
    yield from _choice(config, "Mode", ("INLINE", "DISTRIBUTED"), config_at)
    yield from _choice(config, "ExecutionType", ("STANDARD", "EXPRESS"), config_at)
    if config.get("Mode") == "DISTRIBUTED":
        if "ExecutionType" not in config:
            yield "These fields are required: [ExecutionType]", config_at
        yield from _reader_faults(state.get("ItemReader"), f"{where}/ItemReader")
        yield from _batcher_faults(state.get("ItemBatcher"), f"{where}/ItemBatcher")
        yield from _writer_faults(state.get("ResultWriter"), f"{where}/ResultWriter")
        return
    for field in _DISTRIBUTED_ONLY:
        if field in state:
            yield f"Field '{field}' is only supported in a Map state of Mode DISTRIBUTED", f"{where}/{field}"


def _reader_faults(reader: Any, where: str) -> Iterator[Fault]:
    if not isinstance(reader, dict):
        return
    yield from _unknown(reader, ("Resource", "Parameters", "Arguments", "ReaderConfig"), where)
    yield from _resource(reader, (LIST_OBJECTS, GET_OBJECT), where)
    config = reader.get("ReaderConfig", {})
    if isinstance(config, dict):
        yield from _unknown(config, _READER_CONFIG, f"{where}/ReaderConfig")
        yield from _choice(config, "InputType", INPUT_TYPES, f"{where}/ReaderConfig")
        yield from _choice(config, "CSVDelimiter", CSV_DELIMITERS, f"{where}/ReaderConfig")
        yield from _choice(config, "CSVHeaderLocation", ("FIRST_ROW", "GIVEN"), f"{where}/ReaderConfig")
        if config.get("CSVHeaderLocation") == "GIVEN" and not isinstance(config.get("CSVHeaders"), list):
            yield "These fields are required: [CSVHeaders]", f"{where}/ReaderConfig"


def _batcher_faults(batcher: Any, where: str) -> Iterator[Fault]:
    if not isinstance(batcher, dict):
        return
    sizes = ("MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
    yield from _unknown(batcher, (*sizes, "BatchInput"), where)
    if not set(sizes) & set(batcher):
        yield "An ItemBatcher needs MaxItemsPerBatch, MaxInputBytesPerBatch or both", where


def _writer_faults(writer: Any, where: str) -> Iterator[Fault]:
    if not isinstance(writer, dict):
        return
    yield from _unknown(writer, ("Resource", "Parameters", "Arguments", "WriterConfig"), where)
    if "Resource" in writer or "WriterConfig" not in writer:
        yield from _resource(writer, (PUT_OBJECT,), where)
        target = writer.get("Arguments", writer.get("Parameters"))
        if isinstance(target, dict) and not {"Bucket", "Bucket.$"} & set(target):
            yield "These fields are required: [Bucket]", where
    config = writer.get("WriterConfig", {})
    if isinstance(config, dict):
        yield from _unknown(config, ("Transformation", "OutputType"), f"{where}/WriterConfig")
        yield from _choice(config, "Transformation", TRANSFORMATIONS, f"{where}/WriterConfig")
        yield from _choice(config, "OutputType", OUTPUT_TYPES, f"{where}/WriterConfig")


def _resource(document: Mapping[str, Any], actions: tuple[str, ...], where: str) -> Iterator[Fault]:
    resource = document.get("Resource")
    if not isinstance(resource, str) or not resource.endswith(tuple(f":states:::{action}" for action in actions)):
        allowed = " or ".join(f"arn:aws:states:::{action}" for action in actions)
        yield f"The field 'Resource' must be {allowed}", f"{where}/Resource"


def _unknown(document: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> Iterator[Fault]:
    for name in document:
        if name not in allowed:
            yield f"Field '{name}' is not supported here by the local AWS", f"{where}/{name}"


def _choice(document: Mapping[str, Any], name: str, allowed: tuple[str, ...], where: str) -> Iterator[Fault]:
    if name in document and document[name] not in allowed:
        yield f"The value for the field '{name}' must be one of {', '.join(allowed)}", f"{where}/{name}"
