"""An S3 URI as what S3's operations want, in the two ways that Airflow's side takes one apart."""

from __future__ import annotations

from asl_export.ir.values import Call, Context, Format, Function, Kind, Literal, Moment, Value, format_text, kind_of

_WITHOUT_SLASH = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.FLOAT, Kind.BOOLEAN, Kind.DATE})
_DAYS = frozenset({Function.DATE, Function.DATE_NODASH})


def s3_place(uri: Value) -> dict[str, Value]:
    """The bucket and key of an S3 URI as `airstep.results` takes it, worked out now as far as its text is known."""
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


def hook_place(uri: Value) -> dict[str, Value]:
    """The bucket and key of an S3 URI as Airflow's `S3Hook` takes it."""
    place = s3_place(uri)
    return {**place, "Key": hook_key(place["Key"])}


def hook_key(key: Value) -> Value:
    """A key without slashes at its start and what follows a question mark: `S3Hook` leaves both out of a URI."""
    parts = key.parts if isinstance(key, Format) else (key,)
    kept: list[Value] = []
    for part in parts:
        if isinstance(part, Literal):
            text, mark, _ = str(part.value).partition("?")
            kept.append(Literal(value=text if kept else text.lstrip("/")))
            if mark:
                break
        else:
            kept.append(part)
    known = format_text(kept)
    if all(_stays(part) for part in kept):
        return known
    return Call(function=Function.S3_HOOK_KEY, arguments=(known,), kind=Kind.TEXT)


def _stays(part: Value) -> bool:
    """Whether a part of a key has no slash and no question mark that only the run could find."""
    match part:
        case Literal() | Context(moment=Moment.RUN_ID | Moment.MAP_INDEX):
            return True
        case Call(function=function) if function in _DAYS:
            return True
        case _:
            return kind_of(part) in _WITHOUT_SLASH
