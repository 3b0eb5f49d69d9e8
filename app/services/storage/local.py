"""Objects as files in a folder, with signed links that the API serves."""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from app.core.errors import ArtifactNotFound, StorageUnavailable
from app.core.security import sign
from app.services.storage.keys import checked_key, checked_prefix
from app.services.storage.local_folder import translated
from app.services.storage.local_uploads import MEDIA_ROUTE, LocalUploads
from app.services.storage.protocol import ObjectInfo


class LocalStore(LocalUploads):
    """``root`` holds the objects; files appear there only whole, by rename."""

    def incoming_dir(self) -> Path:
        folder = self._root / ".incoming"
        with translated():
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def put_file(self, key: str, path: Path, content_type: str) -> None:  # noqa: ARG002 - S3 keeps it
        checked_key(key)
        with translated():
            try:
                self._place(path, key)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                partial = self.incoming_dir() / secrets.token_hex(8)
                shutil.copyfile(path, partial)
                self._place(partial, key)
                path.unlink()

    def info(self, key: str) -> ObjectInfo | None:
        path = self.local_path(key)
        return ObjectInfo(path.stat().st_size) if path else None

    def fetch(self, key: str, path: Path) -> None:
        source = self.local_path(key)
        if source is None:
            raise ArtifactNotFound("The object is not in the store.")
        try:
            os.link(source, path)
        except OSError:
            shutil.copyfile(source, path)

    def copy(self, source_key: str, target_key: str) -> None:
        checked_key(target_key)
        partial = self.incoming_dir() / secrets.token_hex(8)
        with translated():
            self.fetch(source_key, partial)  # objects are replaced and never written to: two names may share one
            self._place(partial, target_key)
            partial.unlink(missing_ok=True)  # renaming one name of a file to another of its names does nothing

    def read_head(self, key: str, size_bytes: int) -> bytes:
        source = self.local_path(key)
        if source is None:
            raise ArtifactNotFound("The object is not in the store.")
        with translated(), source.open("rb") as content:
            return content.read(size_bytes)

    def keys(self, prefix: str) -> Iterator[str]:
        folder = self._root / checked_prefix(prefix)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(self._root).as_posix()

    def delete(self, key: str) -> None:
        target = self._root / checked_key(key)
        with translated():
            target.unlink(missing_ok=True)
        with suppress(OSError):  # not empty: others still live there
            for folder in list(target.parents)[: len(Path(key).parts) - 1]:
                folder.rmdir()

    def url(self, key: str, *, filename: str, content_type: str, expires_in_s: int, inline: bool = True) -> str:
        # The time is rounded up so that links asked for within a minute are the same and can be cached.
        expires_at = (int(time.time() + expires_in_s) // 60 + 1) * 60
        query = {
            "expires": expires_at,
            "signature": sign(self._secret, self.signed_text(key, filename, content_type, inline), expires_at),
            "filename": filename,
            "type": content_type,
            "inline": int(inline),
        }
        return f"{MEDIA_ROUTE}{key}?{urlencode(query)}"

    @staticmethod
    def signed_text(key: str, filename: str, content_type: str, inline: bool) -> str:
        """What a link's signature covers: nothing in it can be changed."""
        return "\n".join((key, filename, content_type, str(int(inline))))

    def check(self) -> None:
        if not os.access(self.incoming_dir(), os.W_OK):
            raise StorageUnavailable("The object folder cannot be written.")
