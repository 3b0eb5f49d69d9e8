"""Source media on this host: fetched once per upload, whatever number of steps need it, and bounded in size."""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path

from app.services.storage.protocol import ObjectStore

MAX_BYTES = 20 * 1024**3


class MediaCache:
    """``link(key, target)`` makes the object readable at ``target`` by a hard link; the cache may forget it then."""

    def __init__(self, folder: Path, store: ObjectStore, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._store = store
        self._max_bytes = max_bytes

    def link(self, key: str, target: Path) -> None:
        """Raises ArtifactNotFound or StorageUnavailable."""
        if self._store.local_path(key) is not None:
            self._store.fetch(key, target)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        entry = self._folder / key.replace("/", "_")
        with (self._folder / f"{entry.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not entry.exists():
                partial = entry.with_suffix(f"{entry.suffix}.part")
                partial.unlink(missing_ok=True)
                self._store.fetch(key, partial)
                partial.replace(entry)
            os.utime(entry)
            try:
                os.link(entry, target)
            except OSError:
                shutil.copyfile(entry, target)
        self._shrink(keep=entry)

    def _shrink(self, keep: Path) -> None:
        entries = [p for p in self._folder.iterdir() if p.suffix not in {".lock", ".part"}]
        sizes = {}
        for entry in entries:
            with suppress(FileNotFoundError):
                sizes[entry] = entry.stat()
        total = sum(s.st_size for s in sizes.values())
        for entry in sorted(sizes, key=lambda p: sizes[p].st_mtime):
            if total <= self._max_bytes:
                return
            if entry != keep:
                total -= sizes[entry].st_size
                entry.unlink(missing_ok=True)
                entry.with_name(f"{entry.name}.lock").unlink(missing_ok=True)
