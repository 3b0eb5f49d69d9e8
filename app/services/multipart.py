"""multipart/form-data told as events while it arrives: nothing is kept, so memory does not grow with the body.

RFC 7578 over python-multipart's incremental parser; Starlette's ``form()`` would first spool every file to disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.core.errors import LecternError

MAX_HEADERS = 16
MAX_HEADER_BYTES = 8192


class MalformedBody(LecternError):
    code = "malformed_body"
    status = 400
    title = "The body cannot be read"


class UnsupportedContentType(LecternError):
    code = "unsupported_content_type"
    status = 415
    title = "The body has another content type"


@dataclass(frozen=True)
class PartBegin:
    """``filename`` is None where the part is a plain field; it is the sender's and not to be trusted."""

    name: str
    filename: str | None


@dataclass(frozen=True)
class PartData:
    data: bytes


@dataclass(frozen=True)
class PartEnd:
    pass


Event = PartBegin | PartData | PartEnd


def boundary_of(content_type: str | None) -> bytes:
    """The boundary named by a Content-Type header. Raises UnsupportedContentType or MalformedBody."""
    kind, parameters = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise UnsupportedContentType("Send the recording as multipart/form-data, in a part named file.")
    boundary = parameters.get(b"boundary")
    if not boundary or len(boundary) > 70:  # RFC 2046 §5.1.1
        raise MalformedBody("The Content-Type header names no boundary between 1 and 70 characters.")
    return boundary


class MultipartEvents:
    """Feed it the body in blocks of any size; call ``finish`` at its end."""

    def __init__(self, boundary: bytes) -> None:
        self._events: list[Event] = []
        self._headers: dict[str, str] = {}
        self._field = bytearray()
        self._value = bytearray()
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._part_begin,
                "on_part_data": lambda data, start, end: self._events.append(PartData(data[start:end])),
                "on_part_end": lambda: self._events.append(PartEnd()),
                "on_end": self._end,
            },
            max_header_count=MAX_HEADERS,
            max_header_size=MAX_HEADER_BYTES,
        )

    def feed(self, block: bytes) -> Iterator[Event]:
        """The events that ``block`` completes. Raises MalformedBody."""
        try:
            self._parser.write(block)
        except FormParserError as error:
            raise MalformedBody("The body is not well-formed multipart/form-data.") from error
        events, self._events = self._events, []
        yield from events

    def finish(self) -> None:
        """Raises MalformedBody where the closing boundary never came."""
        if not self._ended:
            raise MalformedBody("The body ends before its closing boundary: the upload was cut off.")

    def _header_end(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._field.clear()
        self._value.clear()

    def _part_begin(self) -> None:
        kind, parameters = parse_options_header(self._headers.get("content-disposition"))
        name = parameters.get(b"name")
        if kind != b"form-data" or name is None:
            raise MalformedBody("A part of the body has no name.")
        filename = parameters.get(b"filename")
        self._events.append(PartBegin(_text(name), None if filename is None else _text(filename)))

    def _end(self) -> None:
        self._ended = True


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
