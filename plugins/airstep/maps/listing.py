"""The objects under a prefix, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def objects_under(s3: Any, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    """What S3 lists under a prefix, in the order of the keys.

    :param s3: a boto3 client, or what calls one with patience.
    """
    request = {"Bucket": bucket, "Prefix": prefix}
    while True:
        page = s3.list_objects_v2(**request)
        yield from page.get("Contents", ())
        if not page.get("IsTruncated"):
            return
        request["ContinuationToken"] = page["NextContinuationToken"]
