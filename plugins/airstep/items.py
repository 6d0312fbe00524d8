"""The items of a `BatchMapOperator`: where they come from, and how a job's fields name the one they are for.

BatchMapOperator(
items=S3Objects(bucket="media", prefix="in/", suffix=".wav"),
command=["ffmpeg", "-i", "s3://media/" + item["Key"], …],
)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, SupportsIndex
from urllib.parse import quote, unquote

from airstep.spec import as_text

_START, _END = "\ue000", "\ue001"
"""Around an item's field in a text: characters for private use, which no template and no program gives a meaning."""

FIELD = re.compile(f"{_START}([^{_START}{_END}]*){_END}")
"""A field of the item in a text."""

_NAME = re.compile(r"[^.{}\[\]!:]+")

Path = tuple[str, ...]
"""The names of an item's nested fields, outermost first; empty for the whole item."""


class ItemField(str):
    """The item, or a field of it, as a text that stands for it: `item["Key"]`, `item["size"]["width"]`.

    It is a text, so it goes wherever one goes: into an f-string, beside a template, joined by `+`.
    """

    __slots__ = ()

    @classmethod
    def at(cls, path: Path) -> ItemField:
        """The field at a path."""
        return cls(_START + "/".join(quote(name, safe="") for name in path) + _END)

    def __getitem__(self, key: SupportsIndex | slice | str) -> str:
        """A field of this field; by number or slice it is a text as any other."""
        if not isinstance(key, str):
            return super().__getitem__(key)
        (found,) = parts(self)
        return ItemField.at((*found, key))


item = ItemField.at(())
"""The item that a job is for, in `command`, `environment` and `parameters` of a `BatchMapOperator`."""


class S3Objects(NamedTuple):
    """The objects under a prefix, in the order of their keys: an item has `Key`, `Size`, `Etag`, `LastModified`
    (seconds since 1970), `StorageClass`, as a distributed Map of Step Functions has it.

    All fields are templated.

    :param suffix: only the keys that end with it.
    :param max_items: only so many, the first ones.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
    """

    bucket: str
    prefix: str = ""
    suffix: str = ""
    max_items: int | str | None = None


class S3JsonLines(NamedTuple):
    """The lines of an object, each a JSON value; empty lines are none. All fields are templated.

    :param uri: `s3://bucket/key`.
    :param max_items: only so many, the first ones.
    """

    uri: str
    max_items: int | str | None = None


class S3Csv(NamedTuple):
    """The rows of a CSV object, each an object of texts by column. All fields are templated.

    :param uri: `s3://bucket/key`.
    :param headers: the columns' names where the file's first row doesn't hold them.
    :param delimiter: one of , | ; space, tab: Step Functions knows no other.
    :param max_items: only so many, the first ones.
    """

    uri: str
    headers: Sequence[str] | None = None
    delimiter: str = ","
    max_items: int | str | None = None


S3Source = S3Objects | S3JsonLines | S3Csv
SOURCES: Mapping[str, type[S3Source]] = {kind.__name__: kind for kind in (S3Objects, S3JsonLines, S3Csv)}
DELIMITERS = {",": "COMMA", "|": "PIPE", ";": "SEMICOLON", " ": "SPACE", "\t": "TAB"}
"""What may stand between the values of a CSV file, and Step Functions' name for it."""


def parts(text: str) -> Iterator[str | Path]:
    """A text's pieces: what is written out, and the fields that it names."""
    end = 0
    for found in FIELD.finditer(text):
        if found.start() > end:
            yield text[end : found.start()]
        yield tuple(unquote(name) for name in found[1].split("/")) if found[1] else ()
        end = found.end()
    if end < len(text):
        yield text[end:]


def has_field(value: Any) -> bool:
    """Whether a value, or one inside it, names a field of the item."""
    match value:
        case str():
            return _START in value
        case Mapping():
            return any(has_field(inner) for pair in value.items() for inner in pair)
        case list() | tuple():
            return any(has_field(inner) for inner in value)
        case _:
            return False


def changed_texts(value: Any, change: Callable[[str], Any]) -> Any:
    """A value with each text in its lists and mappings changed; names in mappings stay."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {name: changed_texts(inner, change) for name, inner in value.items()}
        case list() | tuple():
            return [changed_texts(inner, change) for inner in value]
        case _:
            return value


def plain(value: Any) -> Any:
    """A value with plain texts in place of `ItemField`s, which Airflow's serialisation of DAGs doesn't know."""
    match value:
        case ItemField():
            return str(value)
        case Mapping():
            return {plain(name): plain(inner) for name, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case tuple() if type(value) is tuple:
            return tuple(plain(inner) for inner in value)
        case _:
            return value


def for_runner(text: str) -> str:
    """A text as `airstep-item` fills it: `{Key}` for a field, `{}` for the item, braces of its own doubled.

    :raises ValueError: a field's name can't be said that way.
    """
    return "".join(_braced(part) for part in parts(text))


def filled(text: str, value: Any) -> str:
    """A text with the fields of one item in their places, as Batch and `airstep-item` write them.

    :raises ValueError: the item has no such field, or one without a text; the message is a sentence.
    """
    found = [part if isinstance(part, str) else _field_text(part, value) for part in parts(text)]
    return "".join(found)


def _braced(part: str | Path) -> str:
    if isinstance(part, str):
        return part.replace("{", "{{").replace("}", "}}")
    if wrong := [name for name in part if not _NAME.fullmatch(name)]:
        raise ValueError(f"item[{wrong[0]!r}]: a name with any of . {{ }} [ ] ! : can't be used here; rename the field")
    return "{" + ".".join(part) + "}"


def _field_text(path: Path, value: Any) -> str:
    found = value
    for depth, name in enumerate(path):
        if not isinstance(found, Mapping) or name not in found:
            where = f"item{''.join(f'[{each!r}]' for each in path[: depth + 1])}"
            known = (
                f"its fields are {', '.join(map(repr, found))}" if isinstance(found, Mapping) else "it has no fields"
            )
            raise ValueError(f"there is no {where}: {known}")
        found = found[name]
    try:
        return as_text(found)
    except ValueError as error:
        raise ValueError(f"item{''.join(f'[{each!r}]' for each in path)}: {error}") from error
