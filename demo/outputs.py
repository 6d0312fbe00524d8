"""The files that a run left in S3: what they are, and whether both runs left the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av

from asl_export.verify.compare import Difference
from asl_export.verify.errors import VerifyError
from asl_export.verify.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file under a run's output prefix; size in bytes, duration in seconds, None where it is no video."""

    key: str
    path: Path
    size: int
    digest: str
    codec: str | None
    picture: str | None
    duration: float | None

    @property
    def kind(self) -> tuple[str | None, str | None, float | None]:
        """What both runs' files must share."""
        return self.codec, self.picture, self.duration


def fetch(session: Session, bucket: str, prefix: str, folder: Path) -> dict[str, Output]:
    """Download everything under a prefix; the files by their key after the prefix, in order.

    :raises VerifyError: for a key that would be a file outside of the folder.
    """
    client = session.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    keys = sorted(item["Key"] for page in pages for item in page.get("Contents", []))
    found = {}
    for key in keys:
        target = folder / key
        if not target.resolve().is_relative_to(folder.resolve()):
            raise VerifyError(f"s3://{bucket}/{key} is not fetched: its name leads out of {folder}")
        target.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(bucket, key, str(target))
        name = key.removeprefix(f"{prefix}/")
        found[name] = read_output(name, target, own_text=f"{bucket}/{prefix}/")
    return found


def folded(files: Mapping[str, Output]) -> dict[str, Output]:
    """The files at the top, and each folder as if it were one file: the sum of its sizes, the digest of its digests."""
    top = {name: file for name, file in files.items() if "/" not in name}
    folders = sorted({name.partition("/")[0] for name in files if "/" in name})
    for folder in folders:
        inside = [file for name, file in files.items() if name.startswith(f"{folder}/")]
        digest = hashlib.sha256("".join(file.key + file.digest for file in inside).encode()).hexdigest()
        name = f"{folder}/ ({len(inside)} files)"
        size = sum(file.size for file in inside)
        top[name] = Output(
            key=name, path=inside[0].path.parent, size=size, digest=digest, codec=None, picture=None, duration=None
        )
    return top


def read_output(key: str, path: Path, *, own_text: str) -> Output:
    """What a file is, from its content; a JSON document counts without `own_text`, the address of its own run."""
    codec = picture = duration = None
    if path.suffix == ".mp4":
        with av.open(str(path)) as container:
            stream = container.streams.video[0].codec_context
            codec, picture = stream.name, f"{stream.width}×{stream.height}"
            duration = round((container.duration or 0) / av.time_base, 2)
    content = path.read_bytes()
    if path.suffix == ".json":
        content = content.replace(own_text.encode(), b"")
    digest = hashlib.sha256(content).hexdigest()
    return Output(key=key, path=path, size=len(content), digest=digest, codec=codec, picture=picture, duration=duration)


def output_differences(direct: Mapping[str, Output], exported: Mapping[str, Output]) -> tuple[Difference, ...]:
    """Files that only one run left, and videos that differ in codec, picture or duration."""
    found = []
    for key in sorted({*direct, *exported}):
        ours, theirs = direct.get(key), exported.get(key)
        if ours is None or theirs is None or ours.kind != theirs.kind:
            found.append(Difference(where=key, what="file", direct=_shown(ours), exported=_shown(theirs)))
    return tuple(found)


def _shown(output: Output | None) -> str:
    return "missing" if output is None else " ".join(str(part) for part in output.kind)
