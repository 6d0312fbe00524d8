"""What a DAG runs on: the resources of a CloudFormation template, and its input files in S3."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from boto3.exceptions import Boto3Error
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from asl_export.verify.errors import VerifyError
from asl_export.verify.session import Session

CREATE_SECONDS = 300.0
_GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A local file and where it goes in S3."""

    source: Path
    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Upload:
        """Read `LOCAL=s3://bucket/key`.

        :raises ValueError: when the text has another form, or there is no such file.
        """
        source, _, uri = text.rpartition("=")
        parts = urlsplit(uri)
        if not source or parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
            raise ValueError(f"{text!r} is not LOCAL=s3://bucket/key")
        if not Path(source).is_file():
            raise ValueError(f"there is no file {source}")
        return cls(source=Path(source), bucket=parts.netloc, key=parts.path.lstrip("/"))


def create_stack(session: Session, template: Path, name: str) -> Mapping[str, str]:
    """Create the template's resources, or update the stack that is there already; its outputs by name.

    :raises VerifyError: when CloudFormation refuses the template or fails to create it.
    """
    client = session.client("cloudformation")
    request = {
        "StackName": name,
        "TemplateBody": template.read_text(encoding="utf-8"),
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    }
    try:
        try:
            client.create_stack(**request)
        except client.exceptions.AlreadyExistsException:
            _update(client, request)
    except (ClientError, ResponseParserError) as error:  # moto answers some refusals in a form of its own
        said = " ".join(str(error).split())
        raise VerifyError(f"{template}: CloudFormation refused it: {said}") from error
    give_up = time.monotonic() + CREATE_SECONDS
    while (stack := client.describe_stacks(StackName=name)["Stacks"][0])["StackStatus"] not in _GOOD:
        if "FAILED" in stack["StackStatus"] or "ROLLBACK" in stack["StackStatus"] or time.monotonic() > give_up:
            why = stack.get("StackStatusReason", "no reason given")
            raise VerifyError(f"{template}: stack {name} is {stack['StackStatus']}: {why}")
        time.sleep(0.5)
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _update(client: Any, request: Mapping[str, Any]) -> None:
    try:
        client.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def upload(session: Session, uploads: tuple[Upload, ...]) -> None:
    """Put the files into S3.

    :raises VerifyError: when S3 refuses one.
    """
    client = session.client("s3")
    for file in uploads:
        try:
            client.upload_file(str(file.source), file.bucket, file.key)
        except (Boto3Error, ClientError, OSError) as error:
            raise VerifyError(
                f"{file.source} could not be uploaded to s3://{file.bucket}/{file.key}: {error}"
            ) from error
