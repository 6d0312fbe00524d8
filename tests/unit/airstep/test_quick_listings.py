"""Listings are read quickly, and say what boto3 says of the same answer; the answers are written out, as S3's are."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from airstep.maps.listing import objects_under
from airstep.maps.quick_listings import with_quick_listings

OBJECT = """<Contents><Key>{key}</Key><LastModified>2026-03-09T08:00:01.123Z</LastModified>
<ETag>&quot;5d41402a&quot;</ETag>
<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><Size>5000000000</Size>
<Owner><ID>1</ID><DisplayName>Key</DisplayName></Owner>{storage}</Contents>"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>in/</Prefix>
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>
{token}{objects}</ListBucketResult>"""
IN_GERMAN = OBJECT.format(key="in/%C3%A4+b%2B%26%3Cc%3E", storage="<StorageClass>GLACIER</StorageClass>")
WITHOUT_CLASS = OBJECT.format(key="in/z", storage="")
FIRST = PAGE.format(more="true", token="<NextContinuationToken>t/=</NextContinuationToken>", objects=IN_GERMAN)
LAST = PAGE.format(more="false", token="", objects=WITHOUT_CLASS)
EMPTY = PAGE.format(more="false", token="", objects="")
DENIED = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


class Raw:
    """The body of an answer as urllib3 hands it on."""

    def __init__(self, text: str) -> None:
        self._body = text.encode()

    def stream(self, **_: Any) -> list[bytes]:
        return [self._body]


def s3(answers: Mapping[str, tuple[int, str]]) -> Any:
    """A real client that is answered without a network: status and body by the continuation token that it sends."""
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        token = parse_qs(urlsplit(request.url).query).get("continuation-token", [""])[0]
        status, text = answers[token]
        return AWSResponse(request.url, status, {"Content-Type": "application/xml"}, Raw(text))

    client.meta.events.register("before-send.s3.ListObjectsV2", answer)
    return client


def two_pages() -> Any:
    return s3({"": (200, FIRST), "t/=": (200, LAST)})


def test_a_quick_listing_has_the_values_of_boto3s_own() -> None:
    own = list(objects_under(two_pages(), "b", "in/"))
    quick = list(objects_under(with_quick_listings(two_pages()), "b", "in/"))
    assert [each["Key"] for each in quick] == ["in/ä b+&<c>", "in/z"]
    assert quick == [{name: each[name] for name in each.keys() - {"ChecksumAlgorithm", "Owner"}} for each in own]
    assert [each["LastModified"].timestamp() for each in quick] == [1773043201.123] * 2
    assert "StorageClass" not in quick[1]


def test_all_else_of_an_answer_is_boto3s() -> None:
    own, quick = (client.list_objects_v2(Bucket="b") for client in (two_pages(), with_quick_listings(two_pages())))
    assert own.keys() == quick.keys()
    assert {name: quick[name] for name in own if name != "Contents"} == {
        name: own[name] for name in own if name != "Contents"
    }


def test_a_client_may_be_made_quick_twice() -> None:
    assert len(list(objects_under(with_quick_listings(with_quick_listings(two_pages())), "b", "in/"))) == 2


def test_a_prefix_without_objects_lists_none() -> None:
    assert list(objects_under(with_quick_listings(s3({"": (200, EMPTY)})), "b", "in/")) == []


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [(403, DENIED, "AccessDenied"), (200, DENIED, "AccessDenied"), (200, FIRST[:-30], "500"), (500, "", "500")],
)
def test_an_error_is_what_it_is_in_boto3(status: int, text: str, error: str) -> None:
    for client in (s3({"": (status, text)}), with_quick_listings(s3({"": (status, text)}))):
        with pytest.raises(ClientError, match=error):
            list(objects_under(client, "b", "in/"))
