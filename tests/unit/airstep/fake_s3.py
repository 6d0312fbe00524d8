"""S3 in memory, as far as the maps use it."""
# ruff: noqa: N801, N803, N818 - the names are boto3's

import base64
import hashlib
import io
from datetime import UTC, datetime
from typing import Any

MODIFIED = datetime(2026, 3, 9, 12, tzinfo=UTC)


class FakeS3:
    """Objects by bucket and key; listings have pages of a few keys."""

    class exceptions:
        class NoSuchKey(Exception):
            pass

    def __init__(self, *, page: int = 3) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.calls: list[str] = []
        self._page = page

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ChecksumSHA256: str | None = None, **_: Any) -> None:
        self.calls.append("put")
        if ChecksumSHA256 is not None:
            assert base64.b64decode(ChecksumSHA256) == hashlib.sha256(Body).digest()
        self.objects[Bucket, Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self.calls.append("get")
        if (Bucket, Key) not in self.objects:
            raise self.exceptions.NoSuchKey
        body = self.objects[Bucket, Key]
        return {"Body": io.BytesIO(body), "ContentLength": len(body)}

    def list_objects_v2(self, *, Bucket: str, Prefix: str, ContinuationToken: str = "") -> dict[str, Any]:
        self.calls.append("list")
        keys = sorted(key for bucket, key in self.objects if bucket == Bucket and key.startswith(Prefix))
        left = [key for key in keys if key > ContinuationToken]
        page = [
            {
                "Key": key,
                "Size": len(self.objects[Bucket, key]),
                "ETag": f'"{hashlib.md5(self.objects[Bucket, key]).hexdigest()}"',
                "LastModified": MODIFIED,
                "StorageClass": "STANDARD",
            }
            for key in left[: self._page]
        ]
        if len(left) <= self._page:
            return {"Contents": page, "IsTruncated": False}
        return {"Contents": page, "IsTruncated": True, "NextContinuationToken": page[-1]["Key"]}
