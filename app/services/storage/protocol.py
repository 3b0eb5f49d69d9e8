"""What Lectern asks of an object store."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from app.services.storage.direct import DirectUploads


@dataclass(frozen=True)
class ObjectInfo:
    size_bytes: int


class ObjectStore(DirectUploads, Protocol):
    """All methods raise StorageUnavailable when the store cannot answer."""

    def incoming_dir(self) -> Path:
        """A local folder for files on their way in: on the store's own file system where that saves a copy."""

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store ``path`` under ``key``, replacing what was there. The file is moved where that saves a copy."""

    def info(self, key: str) -> ObjectInfo | None:
        """Size of an object, None where there is none."""

    def fetch(self, key: str, path: Path) -> None:
        """Make the object readable at ``path`` (which must not exist), by a link where that saves a copy.

        Raises ArtifactNotFound.
        """

    def copy(self, source_key: str, target_key: str) -> None:
        """Make ``target_key`` the same object, replacing what was there; no bytes pass through this host.

        Raises ArtifactNotFound.
        """

    def read_head(self, key: str, size_bytes: int) -> bytes:
        """The first ``size_bytes`` of an object, or all of a shorter one. Raises ArtifactNotFound."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys of the objects under ``prefix``, which ends at a slash (``jobs/``, ``jobs/<id>/``)."""

    def delete(self, key: str) -> None:
        """Remove an object; no error where there is none."""

    def url(self, key: str, *, filename: str, content_type: str, expires_in_s: int, inline: bool = True) -> str:
        """A link that works without headers until it expires: absolute for S3, a path of the API otherwise."""

    def local_path(self, key: str) -> Path | None:
        """Where the object lies on this host, None where the store is remote or there is no such object."""

    def check(self) -> None:
        """Raise StorageUnavailable unless the store answers."""


def content_disposition(filename: str, *, inline: bool) -> str:
    """The header that names a download (RFC 6266): ASCII for all, and the true name for who reads RFC 8187."""
    plain = re.sub(r'[^ -~]|["\\\\%]', "_", filename)
    header = f'{"inline" if inline else "attachment"}; filename="{plain}"'
    return header if plain == filename else f"{header}; filename*=UTF-8''{quote(filename, safe='')}"
