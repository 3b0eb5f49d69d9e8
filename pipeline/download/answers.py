"""Judges the head of an answer: whether it goes on from the bytes there are, begins anew, or brings no file."""

from dataclasses import replace

from app.core.errors import SourceRefused
from pipeline.download.naming import remote_name
from pipeline.download.partial import Partial, Version
from pipeline.download.ranges import content_length, content_range
from pipeline.egress import StreamedAnswer

AGAIN_LATER = frozenset((408, 425, 429))
ADVICE = {
    401: "It asks for a sign-in: use a link that works without one.",
    403: "It forbids access: use a link that works without a sign-in.",
    404: "There is nothing at this address: check the URL.",
    410: "The recording is gone: check the URL.",
}


class Broken(Exception):
    """This attempt is over; the next one may go on."""


def beginning_of(url: str, answer: StreamedAnswer, partial: Partial) -> None:
    """Make ``partial`` ready for the answer's body. Raises SourceRefused, FileTooLarge, Broken."""
    going_on = bool(partial.condition)
    if going_on and answer.status == 416:
        partial.forget()
        raise Broken("The source no longer has the bytes that it had.")
    if answer.status != 200 and not (going_on and answer.status == 206):
        _refuse(answer)
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise SourceRefused("The source sends the recording compressed although asked not to. Use another link.")
    if answer.status == 206:
        _go_on(url, answer, partial)
    else:
        size_bytes = content_length(answer)
        _check_size(size_bytes, partial)
        partial.begin(Version.of(url, answer, size_bytes))
    partial.name = remote_name(answer)


def _go_on(url: str, answer: StreamedAnswer, partial: Partial) -> None:
    """The part must be the one that was asked for, of the version that was asked for."""
    brings = content_range(answer)
    now = Version.of(url, answer, brings.size_bytes if brings else None)
    known = partial.version
    if (
        brings is None
        or known is None
        or brings.first != partial.have
        or now.validator not in (None, known.validator)
        or (known.size_bytes is not None and now.size_bytes not in (None, known.size_bytes))
    ):
        partial.forget()
        raise Broken("The source sent another part than the one it was asked for.")
    _check_size(now.size_bytes, partial)
    partial.version = replace(known, size_bytes=now.size_bytes or known.size_bytes)


def _check_size(size_bytes: int | None, partial: Partial) -> None:
    if size_bytes is not None and size_bytes > partial.max_bytes:
        raise partial.too_large()


def _refuse(answer: StreamedAnswer) -> None:
    status = answer.status
    if status >= 500 or status in AGAIN_LATER:
        raise Broken(f"The source answered {status}.")
    advice = ADVICE.get(status, "Use a link that leads straight to the file.")
    raise SourceRefused(f"The source answered {status}. {advice}")
