"""What there is of a recording so far: its bytes and what they are a part of, in two files beside the target."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core.errors import FileTooLarge
from app.services.sniffing import HEAD_BYTES, accepted_type
from pipeline.egress import EgressStopped, StreamedAnswer

BLOCK_BYTES = 1 << 20
_STRONG_ETAG = re.compile(r'"[!#-~]{1,250}"')
_DATE = re.compile(r"[A-Za-z0-9,: +-]{20,40}")


@dataclass(frozen=True)
class Version:
    """One state of the file at its source. ``url_sha256`` stands for the URL, which may hold secrets.

    ``validator`` is what If-Range takes: a strong ETag, else the date of the last change (RFC 9110 §13.1.5).
    """

    url_sha256: str
    validator: str | None
    size_bytes: int | None

    @classmethod
    def of(cls, url: str, answer: StreamedAnswer, size_bytes: int | None) -> "Version":
        etag, changed = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        validator = etag if _STRONG_ETAG.fullmatch(etag) else changed if _DATE.fullmatch(changed) else None
        return cls(_digest(url), validator, size_bytes)


class Partial:
    """``have`` bytes are on disk and in ``sha256``. ``name`` and ``content_type`` are the recording's."""

    def __init__(self, target: Path, max_bytes: int, stop: threading.Event) -> None:
        self.max_bytes = max_bytes
        self.version: Version | None = None
        self.have = 0
        self.name = "recording"
        self.content_type = ""
        self._target, self._stop = target, stop
        self._part = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._reset()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def size_bytes(self) -> int | None:
        """Of the whole, where the source has told it."""
        return self.version.size_bytes if self.version else None

    @property
    def condition(self) -> dict[str, str]:
        """Headers that ask for the rest, if it is still the rest of the same."""
        if self.have == 0 or self.version is None or self.version.validator is None:
            return {}
        return {"Range": f"bytes={self.have}-", "If-Range": self.version.validator}

    def restore(self, url: str) -> None:
        """Take up what an earlier call left. Nothing is believed that does not fit together."""
        self.version = self._noted(url)
        if self.version is None:
            return self.forget()
        if self.version.size_bytes is not None:  # whole already: the last byte brings the answer that ends it
            os.truncate(self._part, min(self._part.stat().st_size, self.version.size_bytes - 1))
        with self._part.open("rb") as part:
            while block := part.read(BLOCK_BYTES):
                if self._stop.is_set():
                    raise EgressStopped
                self._count(block)
        return None

    def begin(self, version: Version) -> None:
        """Start from the first byte of ``version``."""
        self._reset()
        self.version = version
        self._part.write_bytes(b"")
        self._note.write_text(json.dumps(asdict(version)))

    def forget(self) -> None:
        """Ask for everything next time."""
        self._reset()
        self.version = None
        self.remove()

    @contextmanager
    def writing(self) -> Iterator[Callable[[bytes], None]]:
        """A function that appends. It raises FileTooLarge, UnsupportedMedia."""
        with self._part.open("ab") as sink:

            def write(chunk: bytes) -> None:
                if self.have + len(chunk) > self.max_bytes:
                    raise self.too_large()
                self._count(chunk)
                self.judge_head(whole=False)
                sink.write(chunk)

            yield write

    def judge_head(self, *, whole: bool) -> None:
        """Look at the first bytes once they are there. Raises UnsupportedMedia."""
        if not self.content_type and self.have and (whole or len(self._head) >= HEAD_BYTES):
            self.content_type = accepted_type(bytes(self._head), self.name)

    def too_large(self) -> FileTooLarge:
        return FileTooLarge(f"The recording is larger than the {self.max_bytes:,} bytes allowed. Use a smaller one.")

    def remove(self) -> None:
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """The part becomes the target."""
        self._part.replace(self._target)
        self._note.unlink(missing_ok=True)

    def _reset(self) -> None:
        self.have, self.content_type = 0, ""
        self._hash, self._head = hashlib.sha256(), bytearray()

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._head += chunk[: HEAD_BYTES - len(self._head)]
        self.have += len(chunk)

    def _noted(self, url: str) -> Version | None:
        try:
            version = Version(**json.loads(self._note.read_text()))
            have = self._part.stat().st_size
        except (OSError, ValueError, TypeError):
            return None
        fits = version.url_sha256 == _digest(url) and isinstance(version.validator, str) and 0 < have <= self.max_bytes
        if isinstance(version.size_bytes, int):
            fits = fits and have <= version.size_bytes
        return version if fits else None


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
