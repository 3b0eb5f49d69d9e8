"""Bodies as events, whatever the size of the blocks they come in."""

import pytest

from app.core.errors import LecternError
from app.services.multipart import (
    Event,
    MalformedBody,
    MultipartEvents,
    PartBegin,
    PartData,
    PartEnd,
    UnsupportedContentType,
    boundary_of,
)

BODY = (
    b'--edge\r\nContent-Disposition: form-data; name="options"\r\n\r\n{}\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="V\xc3\xadtor \\"x\\".mp4"\r\n'
    b"Content-Type: video/mp4\r\n\r\nab\r\n--edg\r\n\r\n--edgeX\r\ncd\r\n--edge--\r\n"
)


def read(body: bytes, block_bytes: int) -> list[Event]:
    events = MultipartEvents(b"edge")
    found = [
        event for start in range(0, len(body), block_bytes) for event in events.feed(body[start : start + block_bytes])
    ]
    events.finish()
    return found


@pytest.mark.parametrize("block_bytes", [1, 2, 7, 64, 10_000])
def test_blocks_do_not_matter(block_bytes: int) -> None:
    begun, data = [], {}
    for event in read(BODY, block_bytes):
        match event:
            case PartBegin(name, filename):
                begun.append((name, filename))
                data[name] = b""
            case PartData(piece):
                data[begun[-1][0]] += piece
            case PartEnd():
                data[begun[-1][0]] += b"|"
    assert begun == [("options", None), ("file", 'Vítor "x".mp4')]
    assert data == {"options": b"{}|", "file": b"ab\r\n--edg\r\n\r\n--edgeX\r\ncd|"}


@pytest.mark.parametrize(
    "body",
    [
        BODY[:-20],
        b"",
        b"garbage that is no multipart at all",
        b"--edge\r\nContent-Disposition: attachment\r\n\r\nx\r\n--edge--\r\n",
        b"--edge\r\n\r\nx\r\n--edge--\r\n",
        b"--edge\r\nbad header\x00: x\r\n\r\nx\r\n--edge--\r\n",
        b"--edge\r\n" + b"".join(b"H%d: x\r\n" % n for n in range(40)) + b"\r\nx\r\n--edge--\r\n",
        b"--edge\r\nX: " + b"y" * 20_000 + b"\r\n\r\nx\r\n--edge--\r\n",
    ],
)
def test_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read(body, 16)


@pytest.mark.parametrize(
    ("content_type", "error"),
    [
        (None, UnsupportedContentType),
        ("", UnsupportedContentType),
        ("application/json", UnsupportedContentType),
        ("multipart/mixed; boundary=x", UnsupportedContentType),
        ("multipart/form-data", MalformedBody),
        ("multipart/form-data; boundary=", MalformedBody),
        ("multipart/form-data; boundary=" + "x" * 71, MalformedBody),
    ],
)
def test_boundary_missing(content_type: str | None, error: type[LecternError]) -> None:
    with pytest.raises(error):
        boundary_of(content_type)


def test_boundary() -> None:
    assert boundary_of('multipart/form-data; charset=utf-8; boundary="a b"') == b"a b"
