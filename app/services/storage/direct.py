"""What Lectern asks of a store for uploads that go straight to it: in one piece, or in parts that can be resumed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Promise:
    """What a client says that it will send. ``sha256`` is in lower-case hex."""

    size_bytes: int
    content_type: str
    sha256: str


@dataclass(frozen=True)
class SignedPut:
    """Where to PUT, and the headers that go with it. Content-Length is bound too; every client sends it by itself."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True)
class StoredPart:
    """A part that the store has. ``number`` counts from 1; ``etag`` is the store's, without quotes."""

    number: int
    size_bytes: int
    etag: str


class DirectUploads(Protocol):
    """URLs are absolute for S3, paths of the API otherwise. All methods raise StorageUnavailable."""

    def put_url(self, key: str, promise: Promise, *, expires_in_s: int) -> SignedPut:
        """A link that stores exactly what was promised: another size, type or content is refused."""

    def begin_multipart(self, key: str, content_type: str) -> str:
        """Open a multipart upload of ``key``. Returns the store's name for it."""

    def part_url(self, key: str, store_upload_id: str, number: int, size_bytes: int, *, expires_in_s: int) -> str:
        """A link that stores part ``number`` (from 1) of exactly ``size_bytes``; a part sent again replaces the old."""

    def parts(self, key: str, store_upload_id: str) -> list[StoredPart]:
        """The parts that have arrived, by number; none where the upload is finished or aborted."""

    def finish_multipart(self, key: str, store_upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Make the object of all its parts. No error where somebody else has finished or aborted it: ``info`` tells."""

    def abort_multipart(self, key: str, store_upload_id: str | None) -> None:
        """Throw the parts away: of one upload, or of all that ``key`` has where its name is not known."""

    def sha256_of(self, key: str) -> str:
        """Of an object's content, in hex: from the store where it keeps one, else by reading. Raises ArtifactNotFound.

        Memory stays flat.
        """
