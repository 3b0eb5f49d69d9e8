"""Direct uploads to the folder: links that the API itself answers, and parts as files until they are joined."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from app.core.errors import ArtifactNotFound, StorageUnavailable
from app.core.security import sign
from app.services.storage.direct import Promise, SignedPut, StoredPart
from app.services.storage.keys import checked_key
from app.services.storage.local_folder import LocalFolder, translated

MEDIA_ROUTE = "/api/v1/media/"
BLOCK_BYTES = 1024 * 1024
PLAN = "plan.json"
WHOLE = "whole"


@dataclass(frozen=True)
class PutGrant:
    """What a link to PUT allows, as its query says it: a whole object, or a part of ``upload`` (then without a type
    and a checksum). Its signature covers all of it."""

    key: str
    size: str
    type: str = ""
    sha256: str = ""
    upload: str = ""
    part: str = ""

    def signed_text(self) -> str:
        """Never the text of a link to GET: that has line breaks."""
        return json.dumps(["put", *asdict(self).values()])

    def url(self, secret: bytes, expires_at: int) -> str:
        query = {name: value for name, value in asdict(self).items() if value and name != "key"}
        signature = sign(secret, self.signed_text(), expires_at)
        return f"{MEDIA_ROUTE}{self.key}?{urlencode({'expires': expires_at, 'signature': signature, **query})}"


class LocalUploads(LocalFolder):
    """The part of LocalStore that signs uploads and keeps parts.

    Parts lie in ``.parts/<key>/<upload>/<number>``. Joining renames that folder first, so that no part comes in any
    more, and then appends part after part, removing each: one copy on disk, and a killed join goes on where it was.
    """

    def put_url(self, key: str, promise: Promise, *, expires_in_s: int) -> SignedPut:
        grant = PutGrant(checked_key(key), str(promise.size_bytes), promise.content_type, promise.sha256)
        return SignedPut(grant.url(self._secret, _end(expires_in_s)), {"Content-Type": promise.content_type})

    def begin_multipart(self, key: str, content_type: str) -> str:  # noqa: ARG002 - S3 keeps it
        name = secrets.token_hex(16)
        with translated():
            (self._parts_of(key) / name).mkdir(parents=True)
        return name

    def part_url(self, key: str, store_upload_id: str, number: int, size_bytes: int, *, expires_in_s: int) -> str:
        grant = PutGrant(checked_key(key), str(size_bytes), upload=store_upload_id, part=str(number))
        return grant.url(self._secret, _end(expires_in_s))

    def put_part(self, key: str, store_upload_id: str, number: int, path: Path) -> str:
        """Move a whole part in. Returns its ETag. Raises ArtifactNotFound where the upload is finished or aborted."""
        try:
            etag = _etag(path.stat())
            path.replace(self._parts_of(key) / store_upload_id / str(number))
        except FileNotFoundError:
            raise ArtifactNotFound("This upload is finished or was dropped.") from None
        except OSError as error:
            raise StorageUnavailable(f"The object folder cannot be used: {error.strerror}.") from error
        return etag

    def parts(self, key: str, store_upload_id: str) -> list[StoredPart]:
        folder = self._parts_of(key)
        with suppress(FileNotFoundError):
            plan = json.loads((folder / f"{store_upload_id}.joining" / PLAN).read_text())
            return [StoredPart(**part) for part in plan]
        with suppress(FileNotFoundError):
            found = [(path, path.stat()) for path in (folder / store_upload_id).iterdir() if path.name.isdigit()]
            listed = [StoredPart(int(path.name), stat.st_size, _etag(stat)) for path, stat in found]
            return sorted(listed, key=lambda part: part.number)
        return []

    def finish_multipart(self, key: str, store_upload_id: str, parts: Sequence[StoredPart]) -> None:
        folder = self._parts_of(key)
        with translated(), _locked(folder) as there:
            live, joining = folder / store_upload_id, folder / f"{store_upload_id}.joining"
            if there and live.is_dir():
                (live / PLAN).write_text(json.dumps([asdict(part) for part in parts]))
                live.rename(joining)
            if there and joining.is_dir():
                _join(joining, parts)
                self._place(joining / WHOLE, key)
                self._forget(key)

    def abort_multipart(self, key: str, store_upload_id: str | None) -> None:  # noqa: ARG002 - a key has one at a time
        folder = self._parts_of(key)
        with translated(), _locked(folder) as there:
            if there:
                self._forget(key)

    def sha256_of(self, key: str) -> str:
        path = self.local_path(key)
        if path is None:
            raise ArtifactNotFound("The object is not in the store.")
        with translated(), path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    def _parts_of(self, key: str) -> Path:
        return self._root / ".parts" / checked_key(key)

    def _forget(self, key: str) -> None:
        folder = self._parts_of(key)
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # not empty: parts of others
            folder.parent.rmdir()


def _etag(stat: os.stat_result) -> str:
    return f"{stat.st_mtime_ns:x}-{stat.st_ino:x}"


def _end(expires_in_s: int) -> int:
    return int(time.time()) + expires_in_s


def _join(folder: Path, parts: Sequence[StoredPart]) -> None:
    """Append to ``whole`` what is not in it yet."""
    with (folder / WHOLE).open("ab") as whole:
        begins = 0
        for part in parts:
            path = folder / str(part.number)
            if path.exists():
                whole.truncate(begins)  # a join before this one may have been killed in the middle of it
                with path.open("rb") as content:
                    shutil.copyfileobj(content, whole, BLOCK_BYTES)
                whole.flush()
                path.unlink()
            begins += part.size_bytes


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold ``folder`` against others that would join or remove it; False where it is not there (any more)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder.exists()
    finally:
        os.close(descriptor)
