"""An S3 on a free loopback port that answers written-out listings, and takes in whatever is put.

python -m benchmarks.maps.listing_server KEYS     # prints its address; ends with its standard input
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from benchmarks.maps.counting_aws import PAGE, SOURCE

_OBJECT = (
    "<Contents><Key>in/{:010d}.wav</Key><LastModified>2026-03-09T08:00:00.000Z</LastModified>"
    "<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"
    "<ChecksumType>FULL_OBJECT</ChecksumType><Size>1048576</Size><StorageClass>STANDARD</StorageClass></Contents>"
)
_ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Name>{bucket}</Name><Prefix>{prefix}</Prefix><KeyCount>{count}</KeyCount><MaxKeys>{page}</MaxKeys>"
    "<EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>{token}{objects}</ListBucketResult>"
)


def answer(path: str, keys: int) -> bytes:
    """The answer to ListObjectsV2, whose address ends in `path`: of the source `keys` objects, elsewhere none."""
    query = parse_qs(urlsplit(path).query)
    prefix = query.get("prefix", [""])[0]
    start = int(query.get("continuation-token", ["0"])[0])
    end = min(start + PAGE, keys) if prefix == SOURCE.prefix else start
    more = end < keys and end > start
    return _ANSWER.format(
        bucket=SOURCE.bucket,
        prefix=prefix,
        count=end - start,
        page=PAGE,
        more=str(more).lower(),
        token=f"<NextContinuationToken>{end}</NextContinuationToken>" if more else "",
        objects="".join(map(_OBJECT.format, range(start, end))),
    ).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    keys = 0

    def do_GET(self) -> None:
        """A page of a listing."""
        self._send(answer(self.path, self.keys))

    def do_PUT(self) -> None:
        """Take an object in."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self.rfile.read(size + 2)
            while self.rfile.readline().strip():
                pass
        else:
            self.rfile.read(int(self.headers["Content-Length"]))
        self._send(b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until the standard input ends."""
    _Handler.keys = int(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
