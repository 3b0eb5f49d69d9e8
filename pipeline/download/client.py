"""One download: attempts that go on from the bytes there are, until the file is whole or it makes no sense to go on."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import (
    EmptyFile,
    FileTooLarge,
    ForbiddenUrl,
    LecternError,
    SourceRefused,
    SourceUnreachable,
    StorageUnavailable,
    UnsupportedMedia,
)
from pipeline.download.answers import Broken, beginning_of
from pipeline.download.pace import Pace
from pipeline.download.partial import Partial
from pipeline.egress import Egress, EgressFailed, EgressRefused, EgressStopped, EgressTimedOut

Report = Callable[[float, str], None]
REDIRECTS = 5
ATTEMPTS = 6
"""Connections in a row that bring less than ``WORTHWHILE_BYTES``, the first included."""
WORTHWHILE_BYTES = 8 * 1024**2
PAUSE_S = 0.2
"""Before the second; each further pause is twice as long."""
STALLED_AFTER_S = 30.0
FINAL = (ForbiddenUrl, SourceRefused, FileTooLarge, EmptyFile, UnsupportedMedia)
"""Errors after which the bytes so far are of no use."""


class DownloadStopped(Exception):
    """The stop event was set. What is there stays for a later call."""


@dataclass(frozen=True)
class Downloaded:
    """``sha256`` in hexadecimal; ``content_type`` by the file's first bytes; ``filename`` fit to show."""

    size_bytes: int
    sha256: str
    content_type: str
    filename: str


def download_file(
    egress: Egress,
    url: str,
    path: Path,
    *,
    max_bytes: int,
    report: Report,
    stop: threading.Event,
    stalled_after_s: float = STALLED_AFTER_S,
    deadline_s: float = 4 * 3600.0,
) -> Downloaded:
    """Fetch ``url`` into ``path``; meanwhile there are ``path.part`` and ``path.part.json`` beside it.

    They stay after SourceUnreachable, DownloadStopped and StorageUnavailable, so that a later call goes on; after
    any other error they are gone. Raises ForbiddenUrl, SourceRefused, SourceUnreachable, FileTooLarge, EmptyFile,
    UnsupportedMedia, StorageUnavailable, DownloadStopped. Ends within a second of ``stop``.
    """
    partial = Partial(path, max_bytes, stop)
    try:
        with _typed():
            partial.restore(url)
            _Call(egress, url, partial, Pace(report, stalled_after_s), stop, time.monotonic() + deadline_s).fetch()
            done = Downloaded(partial.have, partial.sha256, partial.content_type, partial.name)
            partial.finish()
    except FINAL:
        partial.remove()
        raise
    report(1.0, "Fetched the recording")
    return done


@dataclass(frozen=True)
class _Call:
    egress: Egress
    url: str
    partial: Partial
    pace: Pace
    stop: threading.Event
    ends_at: float

    def fetch(self) -> None:
        """Attempt after attempt. Raises what the last one did."""
        attempt, most = 1, self.partial.have
        while True:
            try:
                return self._attempt()
            except EgressTimedOut:
                raise
            except (Broken, EgressFailed) as error:
                attempt = 1 if self.partial.have - most >= WORTHWHILE_BYTES else attempt + 1
                most = max(most, self.partial.have)
                if attempt > ATTEMPTS or (isinstance(error, EgressFailed) and not error.retryable):
                    raise
            if self.stop.wait(PAUSE_S * 2 ** max(attempt - 2, 0)):
                raise EgressStopped

    def _attempt(self) -> None:
        partial, pace = self.partial, self.pace
        pace.resume()
        with self.egress.stream(
            "GET",
            self.url,
            headers=partial.condition,
            timeout_s=pace.stalled_after_s,
            redirects=REDIRECTS,
            deadline_s=self.ends_at - time.monotonic(),
            stop=self.stop,
        ) as answer:
            beginning_of(self.url, answer, partial)
            with partial.writing() as write:
                pace.advance(0, partial.have, partial.size_bytes)
                for chunk in answer.chunks:
                    write(chunk)
                    pace.advance(len(chunk), partial.have, partial.size_bytes)
        partial.judge_head(whole=True)
        if partial.have == 0:
            raise EmptyFile("The source sent a file without a byte. Check the URL.")
        if partial.size_bytes is not None and partial.have != partial.size_bytes:
            if partial.have > partial.size_bytes:
                partial.forget()
            raise Broken("The source did not send what it had announced.")


@contextmanager
def _typed() -> Iterator[None]:
    """What goes wrong on the way, in the words of the API."""
    try:
        yield
    except LecternError:
        raise
    except EgressRefused as error:
        raise ForbiddenUrl(str(error)) from None
    except (EgressFailed, Broken) as error:
        if isinstance(error, EgressFailed) and not error.retryable:
            raise SourceRefused(f"{error} Check the URL.") from None
        raise SourceUnreachable(f"{error} Check the URL, or try again later.") from None
    except EgressStopped:
        raise DownloadStopped from None
    except OSError as error:
        raise StorageUnavailable(f"The recording cannot be written ({error.strerror}). Try again later.") from error
