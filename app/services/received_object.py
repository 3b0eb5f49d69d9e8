"""One object as it comes in by a signed link: counted and hashed while it is written, and kept only if it is right."""

import hashlib
import secrets
from pathlib import Path

from app.core.errors import FileTooLarge, LecternError, StorageUnavailable

BLOCK_BYTES = 1024 * 1024


class UploadIncomplete(LecternError):
    code = "upload_incomplete"
    status = 422
    title = "Not everything has arrived"


class ChecksumMismatch(LecternError):
    code = "checksum_mismatch"
    status = 422
    title = "The content is not what was promised"


class ReceivedObject:
    """A body on disk under ``folder``. Only ``write`` and ``end`` touch the disk: call them from a thread.

    ``sha256`` is in hex; empty where no checksum was promised. ``discard`` it in any case.
    """

    def __init__(self, folder: Path, *, size_bytes: int, sha256: str = "") -> None:
        self.path = folder / f"upload-{secrets.token_hex(12)}"
        self._size_bytes, self._sha256 = size_bytes, sha256
        self._arrived_bytes = 0
        self._digest = hashlib.sha256()
        self._pending = bytearray()

    def announce(self, content_length: int | None) -> None:
        """Judge the announced length before anything is read. Raises FileTooLarge, UploadIncomplete."""
        if content_length is not None:
            self._refuse_over(content_length)
            self._refuse_under(content_length)

    def take(self, data: bytes) -> bool:
        """Keep ``data`` until the next ``write``; True when that is due. Raises FileTooLarge."""
        self._arrived_bytes += len(data)
        self._refuse_over(self._arrived_bytes)
        self._pending += data
        return len(self._pending) >= BLOCK_BYTES

    def write(self) -> None:
        """Append what is kept. Raises StorageUnavailable where the disk is full."""
        block, self._pending = self._pending, bytearray()
        self._digest.update(block)
        try:
            with self.path.open("ab") as out:
                out.write(block)
        except OSError as error:
            raise StorageUnavailable(f"The upload could not be written: {error.strerror}.") from error

    def end(self) -> str:
        """Judge the whole. Returns its SHA-256 in hex. Raises UploadIncomplete, ChecksumMismatch."""
        self._refuse_under(self._arrived_bytes)
        self.write()
        found = self._digest.hexdigest()
        if self._sha256 and found != self._sha256:
            raise ChecksumMismatch("The SHA-256 of what arrived is not the one the link was made for. Send it again.")
        return found

    def discard(self) -> None:
        """Remove what is on disk; no error where it has been moved into the store."""
        self.path.unlink(missing_ok=True)

    def _refuse_over(self, size_bytes: int) -> None:
        if size_bytes > self._size_bytes:
            raise FileTooLarge(f"The link was made for {self._size_bytes:,} bytes, and more are being sent.")

    def _refuse_under(self, size_bytes: int) -> None:
        if size_bytes < self._size_bytes:
            raise UploadIncomplete(f"Only {size_bytes:,} of {self._size_bytes:,} bytes arrive. Send it again.")
