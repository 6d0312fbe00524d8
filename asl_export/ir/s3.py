"""An S3 URI as what S3's operations want."""

from __future__ import annotations

from asl_export.ir.values import Call, Format, Function, Kind, Literal, Value, format_text


def s3_place(uri: Value) -> dict[str, Value]:
    """The bucket and key of an S3 URI, worked out now as far as its text is known."""
    first = uri.parts[0] if isinstance(uri, Format) else uri
    bucket, slash, key = (
        str(first.value).removeprefix("s3://").partition("/") if isinstance(first, Literal) else ("",) * 3
    )
    if bucket and slash:
        rest = uri.parts[1:] if isinstance(uri, Format) else ()
        return {"Bucket": Literal(value=bucket), "Key": format_text([Literal(value=key), *rest])}
    return {
        "Bucket": Call(function=Function.S3_BUCKET, arguments=(uri,), kind=Kind.TEXT),
        "Key": Call(function=Function.S3_KEY, arguments=(uri,), kind=Kind.TEXT),
    }
